package portal

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

const seenAsAt = sharingAt + "/as"

// judging is a session of the record that says what others would see of it.
type judging interface {
	SeenAs(ctx context.Context, q search.Query, cursor string, as record.Viewer) (record.SeenPage, error)
	SeenCounts(ctx context.Context, q search.Query, as record.Viewer) (map[string]record.SeenCount, bool, error)
	WhoSees(ctx context.Context, k record.Key, all []record.Viewer) ([]record.Seen, error)
}

func judgingOf(r Records) (judging, error) {
	j, ok := r.(judging)
	if !ok {
		return nil, problem.New(problem.Unavailable, "")
	}
	return j, nil
}

// A record as somebody else would see it: how much of each kind, and entry by
// entry.
type (
	seenBody struct {
		As, Refused string // Refused is why they see nothing at all
		Detail      []fact // and what decided that
		Counts      table
		Entries     []seenEntry
		None, More  string
		Cut         bool // there is more than was counted
	}
	seenEntry struct {
		Kind, Title, Date, Href string
		Shown                   bool
		Why                     string
		Detail                  []fact
	}
)

// seenAs shows somebody their record as another would see it.
func seenAs(v *visit) error {
	r, ok, err := v.openOwn()
	if err != nil || !ok {
		return err
	}
	all, err := v.viewers(r)
	if err != nil {
		return err
	}
	w := v.p.words.SeenAs
	who := &field{ID: "who", Label: w.Who, Hint: w.WhoHint, Value: v.r.URL.Query().Get("who"), Options: []option{{"", w.Choose}}}
	for _, one := range all {
		who.Options = append(who.Options, option{one.id, one.name})
	}
	v.form = v.newForm(w.Show, who)
	body := seenBody{}
	i := slices.IndexFunc(all, func(one viewer) bool { return one.id == who.Value })
	switch {
	case i >= 0:
		if err := v.seen(r, all[i], &body); err != nil {
			return err
		}
	case who.Value != "" || v.r.URL.Query().Has("who"):
		who.Value, who.Problem = "", w.NotChosen
		return v.show(http.StatusUnprocessableEntity, "seenas", w.Title, body)
	}
	return v.show(http.StatusOK, "seenas", w.Title, body)
}

// seen fills the page for one who was chosen.
func (v *visit) seen(r Records, as viewer, body *seenBody) error {
	j, err := judgingOf(r)
	if err != nil {
		return err
	}
	w := v.p.words.SeenAs
	body.As = as.name
	if as.none { // of whom it is known that they see nothing now
		body.Refused = w.Why["no-mandate"]
		return nil
	}
	counted := func(count int, sort ...search.Pair) (search.Query, error) {
		return search.Parse(r.Registry(), aboutSomebody(), nil, append(sort, search.Pair{Name: "_count", Value: strconv.Itoa(count)}),
			search.Options{Strict: true, Now: v.p.cfg.Now().UnixMicro(), MaxCount: count})
	}
	q, err := counted(perPage, search.Pair{Name: "_sort", Value: "-_lastUpdated"})
	if err != nil {
		return err
	}
	page, err := j.SeenAs(v.r.Context(), q, v.after(), as.Viewer)
	if err != nil {
		return err
	}
	if page.Refused != nil {
		body.Refused, body.Detail = v.whySeen(*page.Refused), v.seenDetail(*page.Refused)
		return nil
	}
	if v.after() == "" {
		if q, err = counted(listedPage); err != nil {
			return err
		}
		counts, cut, err := j.SeenCounts(v.r.Context(), q, as.Viewer)
		if err != nil {
			return err
		}
		body.Cut, body.Counts = cut, v.seenTable(counts)
	}
	own := v.ownShowing()
	for i := range page.Items {
		e, err := own.seenEntry(&page.Items[i])
		if err != nil {
			return err
		}
		body.Entries = append(body.Entries, e)
	}
	if len(body.Entries) == 0 {
		body.None = v.p.words.Record.None
	}
	if page.Next != "" {
		body.More = seenAsAt + "?" + url.Values{"who": {as.id}, "after": {page.Next}}.Encode()
	}
	return nil
}

// seenTable says how much of each kind they see.
func (v *visit) seenTable(counts map[string]record.SeenCount) table {
	w := v.p.words.SeenAs
	t := table{Caption: w.Counts, None: v.p.words.Record.None, Heads: []string{v.p.words.Record.Kind, w.There, w.TheySee}}
	kinds := make([]string, 0, len(counts))
	for typ := range counts {
		kinds = append(kinds, typ)
	}
	slices.SortFunc(kinds, func(a, b string) int { return compare(v.kindText(a), v.kindText(b)) })
	for _, typ := range kinds {
		t.Rows = append(t.Rows, []cell{text(v.kindText(typ)), text(strconv.Itoa(counts[typ].There)), text(strconv.Itoa(counts[typ].Seen))})
	}
	return t
}

func (f *folder) seenEntry(one *record.Judged) (seenEntry, error) {
	t, err := parsed(one.Body)
	if err != nil {
		return seenEntry{}, err
	}
	title, date := f.preview(t)
	return seenEntry{Kind: f.kindText(one.Type), Title: title, Date: date, Href: recordAt + "/" + one.Type + "/" + one.ID, Shown: one.May,
		Why: f.whySeen(one.Seen), Detail: f.seenDetail(one.Seen)}, nil
}

// whySeen says in plain words why somebody would see an entry, or would not.
func (v *visit) whySeen(s record.Seen) string {
	w := v.p.words.SeenAs
	switch {
	case s.Layer == "choice" && s.May:
		return w.YouAllowed
	case s.Layer == "choice":
		return w.YouForbade
	case s.Layer == "policy" && s.May:
		return w.Lifted
	case s.Layer == "default" && !s.May:
		return w.RulesForbid
	}
	if why := w.Why[s.Rule]; why != "" {
		return why
	}
	if s.May {
		return w.RulesAllow
	}
	return w.RulesForbid
}

// seenDetail is what decided, for those who want to know it exactly.
func (v *visit) seenDetail(s record.Seen) []fact {
	w := v.p.words.SeenAs
	facts := []fact{{w.Layer, orUnknown(w.Layers[s.Layer], v.p.words.Looked)}, {w.Rule, s.Rule}, {w.Rules, s.Rules}, {w.Policy, s.Policy}}
	for _, l := range s.Hidden {
		facts = append(facts, fact{w.Label, l})
	}
	for _, step := range s.Steps {
		said := w.Steps[step.Why.String()]
		if said == "" {
			said = w.SaysNo
			if step.Permit {
				said = w.SaysYes
			}
		}
		facts = append(facts, fact{w.YourChoice + " " + step.Consent + ", " + v.p.words.Looked.Version + " " + decimal(step.Version), said + " (" + step.Path + ")"})
	}
	return facts
}

// whoSees says of one entry of a record who would see it.
func whoSees(v *visit) error {
	typ, err := v.kindNamed()
	if err != nil {
		return err
	}
	r, ok, err := v.openOwn()
	if err != nil || !ok {
		return err
	}
	j, err := judgingOf(r)
	if err != nil {
		return err
	}
	all, err := v.viewers(r)
	if err != nil {
		return err
	}
	asked := make([]record.Viewer, len(all))
	for i := range all {
		asked[i] = all[i].Viewer
	}
	seen, err := j.WhoSees(v.r.Context(), record.Key{Type: typ, ID: v.r.PathValue("id")}, asked)
	if err != nil {
		return v.notThere(err)
	}
	w := v.p.words.SeenAs
	t := table{Caption: w.EntryTitle, Heads: []string{w.Who, w.CanThey, w.Reason, w.All}}
	for i, one := range all {
		may, why := w.No, v.whySeen(seen[i])
		if one.none {
			why = w.Why["no-mandate"]
		} else if seen[i].May {
			may = w.Yes
		}
		t.Rows = append(t.Rows, []cell{text(one.name), text(may), text(why), {Text: w.ShowAll, Href: seenAsAt + "?" + url.Values{"who": {one.id}}.Encode(), About: one.name}})
	}
	return v.showSheet(&sheet{title: w.EntryTitle, text: []string{w.EntryText}, tables: []table{t},
		links: []link{{v.p.words.Record.EntryTitle, recordAt + "/" + typ + "/" + v.r.PathValue("id")}, {v.p.words.Record.Back, recordAt}}})
}
