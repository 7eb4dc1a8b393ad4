package portal

import (
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
)

// lookedThrough is how many entries are looked through for words or a source at
// once. No word of a record lies in an index (decision 0014), so they are read;
// the page says how far back that was, and leads on.
const lookedThrough = 200

// timelineFilter is what of a timeline is asked for.
type timelineFilter struct {
	span
	source, words string // in small letters; "" for all
	query         url.Values
	filtered      bool
	form          *form
}

// timelineFilter reads what was chosen. What can not be read stands at its field.
func (f *folder) timelineFilter() timelineFilter {
	q, w := f.r.URL.Query(), f.p.words.Folder
	t := timelineFilter{query: url.Values{}, span: span{types: lifeTypes(), most: perPage, cursor: f.after()}}
	kept := func(name string) string {
		value := strings.TrimSpace(q.Get(name))
		if value == "" || len(value) > 100 {
			return ""
		}
		t.query.Set(name, value)
		return value
	}
	kind := kept("kind")
	if c, ok := categoryOf(kind); ok {
		t.types = c.types
	}
	t.source, t.words = strings.ToLower(kept("source")), strings.ToLower(kept("words"))
	from, until := f.dayAsked("from", w.From, kept), f.dayAsked("until", w.Until, kept)
	if !from.day.IsZero() {
		t.from = from.day.Format(time.RFC3339)
	}
	if !until.day.IsZero() {
		t.until = until.day.AddDate(0, 0, 1).Format(time.RFC3339) // that day is within
	}
	if !from.day.IsZero() && !until.day.IsZero() && until.day.Before(from.day) {
		from.field.Problem = w.Order
	}
	if t.source+t.words != "" {
		t.most = lookedThrough
	}
	kinds := []option{{"", w.AnyKind}}
	for _, c := range categories() {
		if len(f.searchable(c.types)) > 0 {
			kinds = append(kinds, option{c.key, w.Categories[c.key]})
		}
	}
	t.filtered = len(t.query) > 0
	t.form = f.newForm(w.Show, &field{ID: "kind", Label: w.Kind, Value: kind, Options: kinds}, from.field, until.field,
		&field{ID: "source", Label: w.Source, Hint: w.SourceHint, Value: t.query.Get("source")},
		&field{ID: "words", Label: w.Words, Hint: w.WordsHint, Value: t.query.Get("words")})
	return t
}

// holds tells whether an entry has the words and the source that are asked for.
func (t *timelineFilter) holds(f *folder, l *entryLine, tree *fhir.Tree) bool {
	if t.source != "" && !strings.Contains(strings.ToLower(l.By), t.source) {
		return false
	}
	if t.words == "" || strings.Contains(strings.ToLower(l.What), t.words) {
		return true
	}
	if _, hidden := f.waits(tree); hidden {
		return false // a word that is found would tell of it
	}
	for _, row := range f.reader().Rows(tree) {
		if strings.Contains(strings.ToLower(row.Value), t.words) {
			return true
		}
	}
	return false
}

// timelineMonth is what was in one month.
type timelineMonth struct {
	Name  string
	Lines []timelineLine
}

type timelineLine struct {
	entryLine
	Kind string
}

// timeline shows the whole record by when things were.
func timeline(f *folder) error {
	w, says := f.p.words.Folder, f.says()
	t := f.timelineFilter()
	body := struct {
		What           string
		Months         []timelineMonth
		None, Sought   string
		More, MoreText string
		Filtered       bool
		Whole          string
		Links          []link
	}{What: says.TimelineWhat, Filtered: t.filtered, MoreText: f.p.words.Form.More, Links: []link{{w.Summary, f.at + "/summary"}, {w.AllKinds, f.at + "/all"}}}
	f.form = t.form
	if f.form.Problems() {
		return f.showFolder(http.StatusUnprocessableEntity, "timeline", says.Timeline, body)
	}
	f.showingAhead()
	all, next, err := f.byTime(t.span)
	if err != nil {
		return err
	}
	last := ""
	for _, one := range all {
		l := f.lineOf(one)
		last = l.When
		if t.holds(f, &l, one) {
			body.Months = f.intoMonth(body.Months, timelineLine{l, f.categoryName(one.Root().Get("resourceType").Str())})
		}
	}
	if next != "" {
		t.query.Set("after", next)
		body.More = f.r.URL.Path + "?" + t.query.Encode()
	}
	if t.most == lookedThrough {
		body.MoreText = w.Further
		switch {
		case next == "":
			body.Sought = w.Whole
		case t.cursor == "":
			body.Sought = w.Looked + " " + last + "."
		default:
			body.Sought = w.Back + " " + last + "."
		}
	}
	if len(body.Months) == 0 {
		if body.None = says.None; t.filtered || t.cursor != "" {
			body.None = w.NoneMatch
		}
	}
	return f.showFolder(http.StatusOK, "timeline", says.Timeline, body)
}

// intoMonth puts an entry under the month that it was in, or the year where no
// more is known.
func (f *folder) intoMonth(all []timelineMonth, l timelineLine) []timelineMonth {
	name := f.p.words.Folder.NotDated
	if month := f.p.plainWords().Month(l.day); month != "" {
		name = month
	}
	if len(all) == 0 || all[len(all)-1].Name != name {
		all = append(all, timelineMonth{Name: name})
	}
	m := &all[len(all)-1]
	m.Lines = append(m.Lines, l)
	return all
}
