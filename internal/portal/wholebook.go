package portal

import (
	"cmp"
	"html/template"
	"math"
	"net/http"
	"net/url"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/growth"
	"github.com/bevanhealth/bevan/internal/child/book"
	"github.com/bevanhealth/bevan/internal/child/given"
	"github.com/bevanhealth/bevan/internal/child/growing"
	"github.com/bevanhealth/bevan/internal/exchange/ips"
	"github.com/bevanhealth/bevan/internal/problem"
)

// wholeAt is the whole red book: a page to print, and a file.
const wholeAt = childAt + "/whole"

var wholeRoutes = recordPages(recordPage{wholeAt, wholeBook}, recordPage{wholeAt + "/file", wholeFile})

// chapter is one part of the printed book.
type chapter struct {
	ID, Title string
	Text      []string
	Drawings  []drawing
	Tables    []table
}

// drawing is a chart with what is said under it.
type drawing struct {
	SVG   template.HTML // drawn by us, with all text in it escaped
	Notes []string
}

// bookReader makes the chapters one after the other. What is kept apart is not in
// its folder.
type bookReader struct {
	*folder
	of    theirs
	known book.Known
}

// wholeBook shows the whole book on one page.
func wholeBook(f *folder) error {
	w := f.p.words.Whole
	facts, err := f.bookFacts()
	if err != nil {
		return f.notThere(err)
	}
	f.Records = f.toTakeAway()
	b := &bookReader{folder: f}
	if b.of, err = f.child(); err != nil {
		return err
	}
	if b.known, err = f.facts(b.of.born, append([]string{"birth"}, screeningParts...)...); err != nil {
		return err
	}
	body := struct {
		What, Print string
		At          string // of this page
		Facts       []fact
		Chapters    []chapter
		Fetch       string
		Links       []link
	}{What: f.mine(w.What, w.WhatFor), At: f.at + wholeAt, Print: f.p.words.IPS.Print, Facts: facts, Links: []link{{f.p.words.Book.BackTo, f.at + childAt}}}
	for _, make := range []func() (chapter, error){b.birth, b.screening, b.vaccinations, b.growth, b.reviews, b.milestones, b.diary, b.notes} {
		c, err := make()
		if err != nil {
			return err
		}
		body.Chapters = append(body.Chapters, c)
	}
	if f.mayTake() {
		body.Fetch = f.at + wholeAt + "/file"
	}
	return f.showFolder(http.StatusOK, "wholebook", f.mine(w.Own, w.Other), body)
}

// bookFacts say whose book it is, and of which day.
func (f *folder) bookFacts() ([]fact, error) {
	t, err := f.person()
	if err != nil {
		return nil, err
	}
	w, n := f.p.words.IPS, t.Root()
	number := strings.TrimPrefix(f.numberOf(n), f.p.words.Clinic.Person.Number+" ")
	return []fact{{w.Who, f.orNotKnown(f.entry(t).Title)}, {w.Born, f.orNotKnown(f.dayOf(n.Get("birthDate")))}, {w.Number, f.orNotKnown(number)}, {w.Made, f.when(f.p.cfg.Now())}}, nil
}

func (b *bookReader) birth() (chapter, error) {
	w := b.p.words.Book
	return chapter{ID: "birth", Title: w.Birth, Text: []string{b.byRules(book.Published().Rules)}, Tables: []table{b.plainly(b.factTable("birth", b.known, b.of))}}, nil
}

func (b *bookReader) screening() (chapter, error) {
	w := b.p.words.Book
	c := chapter{ID: "screening", Title: w.Screening, Text: []string{w.ScreeningText, b.byRules(book.Published().Rules)}}
	if b.of.born == "" {
		c.Text = append(c.Text, w.BornUnknown)
	}
	for _, part := range screeningParts {
		c.Tables = append(c.Tables, b.plainly(b.factTable(part, b.known, b.of)))
	}
	return c, nil
}

// plainly is a table without links: paper has none.
func (b *bookReader) plainly(t table) table {
	for _, row := range t.Rows {
		for i := range row {
			row[i].Href, row[i].About = "", ""
		}
	}
	if t.More != "" {
		t.More = ""
		t.Rows = append(t.Rows, b.lastRow(len(t.Heads)))
	}
	return t
}

// lastRow says that there are older entries than stand here.
func (b *bookReader) lastRow(wide int) []cell {
	row := make([]cell, max(wide, 1))
	for i := range row {
		row[i] = text("–")
	}
	row[0] = text(b.p.words.IPS.Cut)
	return row
}

func (b *bookReader) vaccinations() (chapter, error) {
	w := b.p.words.Vaccinations
	c := chapter{ID: "vaccinations", Title: b.p.words.Book.Vaccinations}
	j, err := b.readJabs(given.Asked{Received: true, With: withNames([]string{"Immunization"}, []search.Pair{})})
	if err != nil {
		return c, err
	}
	var parts []vaccinePart
	switch {
	case j.told:
		parts = j.ahead()
	case j.found.More:
		c.Text = append(c.Text, w.More)
	default:
		c.Text = append(c.Text, w.NoBirth)
	}
	for _, p := range append(j.behind(), parts...) {
		c.Tables = append(c.Tables, b.plainly(p.table))
	}
	c.Text = append(c.Text, j.whose())
	return c, nil
}

// growth are the charts of what was measured, each at the ages of its newest
// measurement, and all numbers.
func (b *bookReader) growth() (chapter, error) {
	w := b.p.words.Growth
	c := chapter{ID: "growth", Title: b.p.words.Book.Growth}
	read, err := b.growthBook()
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Forbidden) {
		c.Text = []string{b.noneHere(w.None)}
		return c, nil
	}
	if err != nil {
		return c, err
	}
	for _, m := range growth.Measures {
		g := b.grownOf(read, m)
		if len(g.entries) == 0 {
			c.Text = append(c.Text, g.says()...)
			continue
		}
		if g.ref != nil && read.Child.Born != 0 && g.child.Sex != growth.SexNotKnown {
			v := g.chart()
			c.Drawings = append(c.Drawings, drawing{v.SVG, append(g.says(), v.Notes...)})
		}
		c.Tables = append(c.Tables, b.plainly(ofGrowth(g.table())))
		c.Text = append(c.Text, g.missing()...)
	}
	return c, nil
}

// ofGrowth is the table of a chart as other tables are.
func ofGrowth(g growthTable) table {
	t := table{Caption: g.Caption, None: g.None, Heads: g.Heads, More: g.More}
	for _, row := range g.Rows {
		cells := make([]cell, len(row))
		for i, c := range row {
			cells[i] = text(c.Text)
		}
		t.Rows = append(t.Rows, cells)
	}
	return t
}

// grownOf is one measure as it is printed: by the reference that comes first, which
// the chart names.
func (b *bookReader) grownOf(read growing.Book, m growth.Measure) *grown {
	g := &grown{folder: b.folder, book: read, child: read.Child, of: m, id: "growth-" + m.String()}
	g.entries = read.Of(m)
	for _, r := range b.p.cfg.References {
		if _, to := r.Range(m, g.child.Sex); to > 0 {
			g.refs = append(g.refs, r)
		}
	}
	newest := math.NaN()
	if n := len(g.entries); n > 0 && read.Child.Born != 0 {
		newest = read.Child.Age(g.entries[n-1].On)
	}
	if len(g.refs) > 0 {
		g.ref = g.refs[0]
	}
	g.win = g.readAges(url.Values{}, newest)
	if g.ref != nil {
		g.review()
	}
	return g
}

func (b *bookReader) reviews() (chapter, error) {
	w := b.p.words.Book
	c := chapter{ID: "reviews", Title: w.Reviews, Text: []string{w.Review.Text, b.byRules(book.PublishedProgramme().Rules)}}
	all, err := b.standings(b.of, b.known)
	if err != nil {
		return c, err
	}
	written, err := b.coded("_tag", []book.Code{{System: book.Own, Code: reviewTag}}, mostContacts, "ClinicalImpression", "CarePlan", "Observation")
	if err != nil {
		return c, err
	}
	for _, t := range append([]table{b.contactTable(all)}, b.reviewTables(written)...) {
		c.Tables = append(c.Tables, b.plainly(t))
	}
	return c, nil
}

func (b *bookReader) milestones() (chapter, error) {
	w := b.p.words.Book
	c := chapter{ID: "milestones", Title: w.Milestones}
	all, more, err := b.codedUpTo("_tag", []book.Code{{System: book.Own, Code: book.MilestoneTag}}, mostMilestones, "Observation")
	if err != nil {
		return c, err
	}
	t := table{Caption: w.Milestones, None: b.noneHere(w.First.None), Heads: []string{w.First.What, w.When, w.By}}
	for _, one := range all {
		if n := one.Root(); !n.Get("status").Is("entered-in-error") {
			l := b.lineOf(one)
			t.Rows = append(t.Rows, []cell{text(b.orKnown(textOf(n.Get("valueCodeableConcept")))), text(l.When), text(cmp.Or(l.Note, l.By))})
		}
	}
	c.Tables = []table{b.cutAt(t, more)}
	return c, nil
}

func (b *bookReader) notes() (chapter, error) {
	w := b.p.words.Book
	c := chapter{ID: "notes", Title: w.Notes}
	all, more, err := b.codedUpTo("_tag", []book.Code{{System: book.Own, Code: book.NoteTag}}, mostNotes, "Communication")
	if err != nil {
		return c, err
	}
	t := table{Caption: w.Notes, None: b.noneHere(w.Talk.None), Heads: []string{w.When, w.Talk.From, w.Talk.Said}}
	for _, one := range all {
		if !book.Speaks(one) {
			continue
		}
		from, said := b.noteWords(one)
		t.Rows = append(t.Rows, []cell{text(b.dayOf(one.Root().Get("sent"))), text(from), text(said)})
	}
	c.Tables = []table{b.cutAt(t, more)}
	return c, nil
}

// cutAt says of a list that there is more than was read. That is asked of the
// record, since what is kept apart makes a list shorter.
func (b *bookReader) cutAt(t table, more bool) table {
	if more {
		t.Rows = append(t.Rows, b.lastRow(len(t.Heads)))
	}
	return t
}

// wholeFile hands the book out as a document for other programs, to somebody who
// used their passkey of late: it is a file that leaves this place.
func wholeFile(f *folder) error {
	if !f.mayTake() {
		return f.goOn(f.at + wholeAt)
	}
	if ok, err := f.need(f.toTake(), f.at+wholeAt); err != nil || !ok {
		return err
	}
	f.Records = f.toTakeAway()
	o := f.ipsOptions()
	o.Kind = ips.RedBook(growing.Codes(), !f.own())
	w := f.p.words
	o.Words.Title, o.Words.Nones = f.mine(w.Book.Title, w.Whole.DocTitle), map[string]string{}
	o.Words.Titles = map[string]string{"birth": w.Book.Birth, "screening": w.Book.Screening, "vaccinations": w.Book.Vaccinations, "growth": w.Book.Growth,
		"reviews": w.Book.Reviews, "milestones": w.Book.Milestones, "notes": w.Book.Notes, "diary": w.Book.Diary}
	for key, none := range w.Whole.Nones {
		o.Words.Nones[key] = f.noneHere(none)
	}
	o.Words.Held = w.Whole.Held
	sum, err := ips.Read(f.r.Context(), f.Records, o)
	if err != nil {
		return f.notThere(err)
	}
	b, err := sum.Document(f.p.cfg.Base, ips.NewNames())
	if err != nil {
		return err
	}
	if _, err := fhir.Parse(b, fhir.Limits{Bytes: len(b), Nodes: 64 << 20}); err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	return f.sendTaken("application/fhir+json", "red-book", ".json", b)
}
