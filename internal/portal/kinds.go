package portal

import (
	"net/http"
	"slices"
	"strconv"

	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// allKinds lists what kinds of data there are about somebody, and how many of
// each.
func allKinds(f *folder) error {
	types := f.searchable(aboutSomebody())
	counts, more, err := map[string]int{}, false, error(nil)
	if len(types) > 0 {
		counts, more, err = countKinds(f.r.Context(), f.Records, types, f.p.cfg.Now().UnixMicro())
	}
	if err != nil {
		return err
	}
	w, says := f.p.words.Folder, f.says()
	title, err := f.titled(says.All)
	if err != nil {
		return err
	}
	t := table{Caption: w.AllKinds, None: says.None, Heads: []string{f.p.words.Record.Kind, f.p.words.Record.Count}}
	kinds := make([]string, 0, len(counts))
	for typ := range counts {
		kinds = append(kinds, typ)
	}
	slices.SortFunc(kinds, func(a, b string) int { return compare(f.p.words.Kinds[a], f.p.words.Kinds[b]) })
	for _, typ := range kinds {
		t.Rows = append(t.Rows, []cell{{Text: f.p.words.Kinds[typ], Href: f.at + "/" + typ}, text(strconv.Itoa(counts[typ]))})
	}
	text := []string{says.What}
	if more {
		text = append(text, f.p.words.Record.More)
	}
	return f.showSheet(&sheet{title: title, text: text, tables: []table{t},
		links: []link{{w.Summary, f.at + "/summary"}, {w.Timeline, f.at + "/timeline"}, {f.p.words.Book.Link, f.at + childAt}}})
}

// kindNamed is the type in the address of the page.
func (v *visit) kindNamed() (string, error) {
	typ := v.r.PathValue("type")
	if !slices.Contains(aboutSomebody(), typ) {
		return "", problem.New(problem.NotFound, v.p.words.Problem.NotHere)
	}
	return typ, nil
}

// oneKind lists what there is of one kind, the newest first: of a type of FHIR, or
// of what people call one thing.
func oneKind(f *folder) error {
	w, says := f.p.words.Folder, f.says()
	c, there := categoryOf(f.r.PathValue("type"))
	name := w.Categories[c.key]
	if !there {
		typ, err := f.kindNamed()
		if err != nil {
			return err
		}
		c.types, name = []string{typ}, f.p.words.Kinds[typ]
	}
	all, next, err := f.byTime(span{types: c.types, most: perPage, cursor: f.after()})
	if err != nil {
		return err
	}
	title := name
	if !f.own() {
		if title, err = f.titled(name + ":"); err != nil {
			return err
		}
	}
	t := f.listOf(name, says.KindNone)
	for _, one := range all {
		t.Rows = append(t.Rows, f.lineOf(one).cells())
	}
	if next != "" {
		t.More = f.more(next)
	}
	return f.showSheet(&sheet{title: title, text: []string{says.KindText}, tables: []table{t},
		links: []link{{w.Summary, f.at + "/summary"}, {w.Timeline, f.at + "/timeline"}, {w.AllKinds, f.at + "/all"}}})
}

// listOf is a table of entries: what, when, and who said so.
func (f *folder) listOf(caption, none string) table {
	w := f.p.words.Folder
	return table{Caption: caption, None: none, Heads: []string{w.What, w.When, w.By}}
}

func (l entryLine) cells() []cell {
	by := l.By
	if l.Note != "" {
		by += ". " + l.Note
	}
	return []cell{{Text: l.What, Href: l.Href, About: l.When}, text(l.When), text(by)}
}

// oneEntry shows all that one entry says. The person themself can say that it is
// wrong, and who may see it.
func oneEntry(f *folder) error {
	tree, err := f.one()
	if err != nil {
		return err
	}
	if done, err := f.asksBefore(tree); done || err != nil {
		return err
	}
	if err := f.learn(tree); err != nil {
		return err
	}
	w, r := f.p.words.Folder, f.p.words.Record
	e, line := f.entry(tree), f.lineOf(tree)
	at := f.at + "/" + e.Type + "/" + e.ID
	body := struct {
		Wrong   bool
		Note    string
		Facts   []fact
		WrongAt string
		Files   []fileLink
		Links   []link
	}{Wrong: e.Wrong, Note: line.Note, Facts: []fact{{w.Entry, e.Title}, {r.When, line.When}, {r.By, line.By}}, Files: f.filesOf(tree, at)}
	for _, row := range e.Rows {
		body.Facts = append(body.Facts, fact{row.Label, row.Value})
	}
	if f.own() {
		body.WrongAt = at + "/wrong"
		if body.Links, err = f.entryLinks(record.Key{Type: e.Type, ID: e.ID}); err != nil {
			return err
		}
		body.Links = append(body.Links, link{f.p.words.SeenAs.EntryTitle, at + "/who"})
	}
	body.Links = append(body.Links, f.readAbout(tree)...)
	body.Links = append(body.Links, link{f.p.words.Kinds[e.Type], f.at + "/" + e.Type}, link{f.mine(r.Back, w.Record), f.at + "/summary"})
	return f.showFolder(http.StatusOK, "entry", f.says().EntryTitle, body)
}
