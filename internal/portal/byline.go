package portal

import (
	"net/url"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/exchange/plain"
	"github.com/bevanhealth/bevan/internal/portal/words"
	"github.com/bevanhealth/bevan/internal/problem"
)

// searcher is a session that knows which types it may search.
type searcher interface {
	Searchable(types []string) []string
}

// searchable keeps the types that the viewer may search. What they may not see at
// all looks like what is not there.
func (f *folder) searchable(types []string) []string {
	if s, ok := f.Records.(searcher); ok {
		return s.Searchable(types)
	}
	return nil
}

// span is a part of a record by time.
type span struct {
	types       []string
	from, until string // as FHIR writes days and times; "" for no bound
	most        int
	cursor      string
}

// byTime reads entries of some types, the newest first by when they were: one
// question, whatever the types, whose cost goes by how many are asked for and not
// by how many there are.
func (f *folder) byTime(s span) (all []*fhir.Tree, next string, err error) {
	types := f.searchable(s.types)
	if len(types) == 0 {
		return nil, "", nil
	}
	pairs := []search.Pair{{Name: "_sort", Value: "-" + search.When}, {Name: "_count", Value: strconv.Itoa(s.most)}, {Name: "_total", Value: "none"}}
	for _, bound := range [][2]string{{"ge", s.from}, {"lt", s.until}} {
		if bound[1] != "" {
			pairs = append(pairs, search.Pair{Name: search.When, Value: bound[0] + bound[1]})
		}
	}
	q, err := search.Parse(f.Registry(), types, nil, withNames(types, pairs), search.Options{Strict: true, When: true, Now: f.p.cfg.Now().UnixMicro()})
	if err != nil {
		return nil, "", err
	}
	page, err := f.Search(f.r.Context(), q, s.cursor)
	if err != nil {
		return nil, "", err
	}
	for _, one := range page.Items {
		t, err := fhir.Parse(one.Body, fhir.Limits{Bytes: len(one.Body), Nodes: 64 << 20})
		if err != nil {
			return nil, "", problem.Wrap(problem.Internal, "", err)
		}
		if one.Include {
			f.meet(one, t)
		} else {
			all = append(all, t)
		}
	}
	return all, page.Next, nil
}

// entryLine is one entry in a list.
type entryLine struct {
	What, Href, When, By string
	Note                 string // such as that the person added it
	day                  string // as FHIR writes it; "" for none
}

// lineOf is an entry in words, with its date and who said so: neither is ever
// left out.
func (f *folder) lineOf(t *fhir.Tree) entryLine {
	e := f.head(t)
	return f.lineIn(t, &e)
}

// lineIn is lineOf for one of whom the words are known.
func (f *folder) lineIn(t *fhir.Tree, e *plain.Entry) entryLine {
	w := f.p.words.Folder
	if wait, hidden := f.waits(t); hidden { // its name would tell of it
		return entryLine{What: wait.Says, Href: f.at + "/" + e.Type + "/" + url.PathEscape(e.ID), When: e.Date, By: e.By, day: e.Day}
	}
	l := entryLine{What: e.Title, Href: f.at + "/" + e.Type + "/" + url.PathEscape(e.ID), When: e.Date, By: e.By, day: e.Day}
	if e.Day == "" {
		l.When = w.NotDated
	}
	if value := f.valueOf(t.Root()); value != "" {
		l.What += ": " + value
	}
	l.What = shortened(l.What)
	l.Note = f.noteOf(t.Root())
	return l
}

// mostInLine is how many letters of an entry stand in a list. Its own page has all
// of it.
const mostInLine = 200

func shortened(text string) string {
	if all := []rune(text); len(all) > mostInLine {
		return string(all[:mostInLine]) + "…"
	}
	return text
}

// valueOf is what was measured or found.
func (f *folder) valueOf(n fhir.Node) string {
	if !n.Get("resourceType").Is("Observation") {
		return ""
	}
	value := valueText(n)
	for c := range n.Get("component").Items() {
		if s := valueText(c); s != "" {
			value = strings.TrimPrefix(value+"; "+codeText(c.Get("code"))+" "+s, "; ")
		}
	}
	return value
}

// mine is what is said to the person, or what is said to others.
func (f *folder) mine(own, other string) string {
	if f.own() {
		return own
	}
	return other
}

func (f *folder) says() words.FolderOf {
	if f.own() {
		return f.p.words.Folder.Own
	}
	return f.p.words.Folder.Other
}

// calledBy names what a reference leads to, as this viewer reads it, by its name
// if that was learnt.
func (f *folder) calledBy(reference string) string {
	ref := fhir.ParseReference(reference)
	if name := f.names[ref.Type+"/"+ref.ID]; name != "" && ref.Form == fhir.Relative && (ref.Type != "Patient" || ref.ID != f.patient) {
		return name
	}
	return f.p.called(reference, f.patient, f.mine(f.p.words.Folder.You, f.p.words.Folder.Person))
}

// called names what a reference in a record leads to; the person whose record it
// is is called who. A name that is only the number of something in this system
// tells people nothing, so it is said what it is.
func (p *Portal) called(reference, patient, who string) string {
	w := p.words.Folder
	ref := fhir.ParseReference(reference)
	switch {
	case ref.Form != fhir.Relative:
		return ""
	case ref.Type == "Patient" && ref.ID == patient:
		return who
	}
	switch ref.Type {
	case "Practitioner", "PractitionerRole", "CareTeam":
		return w.Staff
	case "Organization", "Location", "HealthcareService":
		return w.Organisation
	case "RelatedPerson", "Patient", "Person":
		return w.Somebody
	}
	return p.words.Kinds[ref.Type]
}

// reader tells entries as this viewer reads them.
func (f *folder) reader() plain.Reader {
	return plain.Reader{W: f.p.plainWords(), Name: f.calledBy, Code: f.p.codeName}
}

// entry is an entry in words, as this viewer reads it.
func (f *folder) entry(t *fhir.Tree) plain.Entry {
	e := f.head(t)
	e.Rows = f.reader().Rows(t)
	return e
}

// head is entry without its rows.
func (f *folder) head(t *fhir.Tree) plain.Entry {
	e := f.reader().Head(t)
	if e.Wrong {
		e.Title += " (" + f.p.words.Takeaway.WrongMark + ")"
	}
	return e
}

// noteOf says who added an entry, where it was no clinician: the person whose
// record it is, or who acts for them.
func (f *folder) noteOf(n fhir.Node) string {
	w := f.p.words.Add
	for _, element := range []string{"performer", "author", "informationSource"} {
		v := n.Get(element)
		if v.Kind() == fhir.Array {
			if v.Len() != 1 {
				continue
			}
			v = v.At(0)
		}
		switch by := v.Get("reference").Str(); {
		case by == "Patient/"+f.patient && f.own(), by != "" && by == f.right.Holder:
			return w.ByYou
		case by == "Patient/"+f.patient:
			return w.ByPerson
		case strings.HasPrefix(by, "RelatedPerson/"):
			return f.mine(w.ByYours, w.ByHelper)
		}
	}
	return ""
}
