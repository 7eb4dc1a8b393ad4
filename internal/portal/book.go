package portal

import (
	"cmp"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/child/book"
	"github.com/bevanhealth/bevan/internal/problem"
)

// childAt is what the address of a child's red book adds to that of the record.
const childAt = "/child"

// bookRoutes are the pages of the red book.
var bookRoutes = append(recordPages(
	recordPage{childAt, redBook},
	recordPage{childAt + "/birth", bookBirth},
	recordPage{childAt + "/screening", bookScreening},
	recordPage{childAt + "/reviews", bookReviews},
	recordPage{childAt + "/milestones", bookMilestones},
	recordPage{childAt + "/diary", bookDiary},
	recordPage{childAt + "/notes", bookNotes},
), slices.Concat(factRoutes(), reviewRoutes(), safeguardingRoutes(), bookFamilyRoutes())...)

// bookFamilyRoutes are what is sent by the family, and by staff who answer a note.
func bookFamilyRoutes() []route {
	return slices.Concat(addPages(childAt+"/milestones/add", addMilestone, addMilestoneFinish), []route{
		{"POST " + recordAt + childAt + "/diary", ofSelf(adding(addDiary))}, {"POST " + familyRecordAt + childAt + "/diary", ofFamily(adding(addDiary))},
		{"POST " + recordAt + childAt + "/notes", ofSelf(adding(addBookNote))}, {"POST " + familyRecordAt + childAt + "/notes", ofFamily(adding(addBookNote))},
		{"POST " + peopleAt + "/{person}" + childAt + "/notes", ofCare(addBookNote)},
		{"POST " + peopleAt + "/{person}" + childAt + "/notes/read", ofCare(readBookNotes)},
		{"GET " + notesAt, caring(talking(waitingNotes))},
	})
}

// Bounds of what is read for a page of the book. Birth and screening have some
// thirty facts, each told a few times at most.
const mostFacts = 200

// theirs is whose book it is.
type theirs struct {
	born string // the day of birth as FHIR writes it; "" where it is not known
	girl bool   // recorded as female
}

// child reads whose book it is. Somebody whose Patient is not to be seen has no
// day of birth.
func (f *folder) child() (theirs, error) {
	t, err := f.person()
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Gone) {
		return theirs{}, nil
	}
	if err != nil {
		return theirs{}, err
	}
	return childOf(t), nil
}

func childOf(patient *fhir.Tree) theirs {
	born := patient.Root().Get("birthDate").Str()
	if len(born) != len(time.DateOnly) {
		born = ""
	}
	return theirs{born, patient.Root().Get("gender").Is("female")}
}

// coded finds entries of some types that have one of some codes under a parameter,
// the newest first: one question. What the viewer may not search at all looks like
// what is not there.
func (f *folder) coded(param string, codes []book.Code, most int, types ...string) ([]*fhir.Tree, error) {
	all, _, err := f.codedUpTo(param, codes, most, types...)
	return all, err
}

// codedUpTo is coded, and whether there are older ones than it found.
func (f *folder) codedUpTo(param string, codes []book.Code, most int, types ...string) (all []*fhir.Tree, more bool, err error) {
	if types = f.searchable(types); len(types) == 0 {
		return nil, false, nil
	}
	var asked []string
	for _, c := range codes {
		asked = append(asked, c.System+"|"+c.Code)
	}
	pairs := []search.Pair{{Name: param, Value: strings.Join(asked, ",")}, {Name: "_sort", Value: "-" + search.When}, {Name: "_count", Value: strconv.Itoa(most)}, {Name: "_total", Value: "none"}}
	q, err := search.Parse(f.Registry(), types, nil, withNames(types, pairs), search.Options{Strict: true, When: true, Now: f.p.cfg.Now().UnixMicro(), MaxCount: most})
	if err != nil {
		return nil, false, err
	}
	page, err := f.Search(f.r.Context(), q, "")
	if err != nil {
		return nil, false, err
	}
	for _, one := range page.Items {
		t, err := fhir.Parse(one.Body, fhir.Limits{Bytes: len(one.Body), Nodes: 64 << 20})
		if err != nil {
			return nil, false, problem.Wrap(problem.Internal, "", err)
		}
		if one.Include {
			f.meet(one, t)
		} else {
			all = append(all, t)
		}
	}
	return all, page.Next != "", nil
}

// facts are what is known of some parts of the book.
func (f *folder) facts(born string, parts ...string) (book.Known, error) {
	rules := book.Published()
	all, err := f.coded("code", rules.Asked(parts...), mostFacts, "Observation", "Procedure")
	if err != nil {
		return nil, err
	}
	return rules.Gather(all, born, parts...), nil
}

// screeningParts are the parts of the page of checks and tests.
var screeningParts = []string{"newborn-exam", "weeks-exam", "hearing", "blood-spot"}

// bookPage shows a page of the book, with the way back to its first one.
func (f *folder) bookPage(title string, s *sheet) error {
	var err error
	if s.title, err = f.bookTitle(title); err != nil {
		return err
	}
	s.after = append(s.after, link{f.p.words.Book.BackTo, f.at + childAt})
	return f.showSheet(s)
}

// bookTitle is the title of a page of the book, with whose it is where that is
// another's.
func (f *folder) bookTitle(title string) (string, error) {
	if f.own() {
		return title, nil
	}
	return f.titled(title + ":")
}

// byRules says which version of a list an answer goes by, for those who have to
// know; it is said on every page that goes by one.
func (f *folder) byRules(r book.Rules) string {
	w := f.p.words.Book
	text := w.Version + " " + r.ID + ", " + r.Version + "."
	if r.SignedOff == nil {
		text += " " + w.NotSigned
	}
	return text
}

// factTable is one part of the book: every fact that it has, with what is known of
// it, and that nothing is known.
func (f *folder) factTable(part string, known book.Known, of theirs) table {
	w := f.p.words.Book
	t := table{Caption: w.PartTitles[part], Heads: []string{w.Fact, w.Result, w.When, w.By}}
	for _, one := range book.Published().Part(part).Facts {
		found, ok := known[one.Name()]
		if !ok && (one.ReadOnly || one.ID == "testes" && of.girl) {
			continue // nobody asks for it
		}
		name := w.Facts[one.ID]
		if !ok {
			t.Rows = append(t.Rows, []cell{text(name), text(f.orKnown("")), text("–"), text("–")})
			continue
		}
		l := f.lineOf(found.Tree)
		if l.Note != "" {
			l.By += ". " + l.Note
		}
		t.Rows = append(t.Rows, []cell{{Text: name, Href: l.Href}, text(f.foundText(found)), text(l.When), text(l.By)})
	}
	return t
}

// foundText is what is known of a fact, in words. What is not among the answers
// that we know stands as it was written: nothing is made of it.
func (f *folder) foundText(found book.Found) string {
	w := f.p.words.Book
	if _, hidden := f.waits(found.Tree); hidden {
		return f.lineOf(found.Tree).What
	}
	if found.Answer != "" {
		said := w.Answers[found.Answer]
		if means := w.Means[found.Answer]; means != "" {
			said += ". " + means
		}
		return said
	}
	if found.NotDone {
		return w.NotDone
	}
	if found.Fact.Kind == book.Gestation {
		if days, ok := book.GestationDays(found.Value.Get("valueQuantity")); ok {
			return f.weeksText(days)
		}
	}
	written := valueText(found.Value)
	if found.Fact.Kind == book.Choice {
		if outcome := found.Value.Get("outcome"); outcome.Exists() {
			written = codeText(outcome)
		}
		if written != "" {
			return w.AsWritten + " " + written
		}
	}
	return f.orKnown(written)
}

// orKnown is a text, or that nothing is known.
func (f *folder) orKnown(s string) string {
	w := f.p.words.Book
	return cmp.Or(s, f.orHidden(w.NotKnown, w.NotShown))
}

// orHidden is what is said of nothing. One whose right can leave entries out reads
// that it may be for that, whether or not there are any.
func (f *folder) orHidden(none, less string) string {
	if f.right.Less {
		return less
	}
	return none
}

// noneHere is what is said of an empty list.
func (f *folder) noneHere(none string) string {
	return f.orHidden(none, f.p.words.Book.NothingShown)
}

// weeksText is a number of days in weeks and days.
func (f *folder) weeksText(days int) string {
	w := f.p.words.Book
	text := howMany(days/7, w.Week, w.Weeks)
	if days%7 != 0 {
		text += ", " + howMany(days%7, w.Day, w.Days)
	}
	return text
}

func howMany(n int, one, many string) string {
	if n == 1 {
		many = one
	}
	return strconv.Itoa(n) + " " + many
}

// bookBirth shows what is known of the birth.
func bookBirth(f *folder) error {
	w := f.p.words.Book
	of, err := f.child()
	if err != nil {
		return err
	}
	known, err := f.facts(of.born, "birth")
	if err != nil {
		return err
	}
	s := &sheet{text: []string{w.BirthText, f.byRules(book.Published().Rules)}, tables: []table{f.factTable("birth", known, of)}}
	s.links = f.factLinks("birth")
	return f.bookPage(w.Birth, s)
}

// bookScreening shows the checks and tests of the first weeks.
func bookScreening(f *folder) error {
	w := f.p.words.Book
	of, err := f.child()
	if err != nil {
		return err
	}
	known, err := f.facts(of.born, screeningParts...)
	if err != nil {
		return err
	}
	s := &sheet{text: []string{w.ScreeningText, f.byRules(book.Published().Rules)}, links: f.factLinks(screeningParts...)}
	if of.born == "" {
		s.text = append([]string{w.BornUnknown}, s.text...)
	}
	for _, part := range screeningParts {
		s.tables = append(s.tables, f.factTable(part, known, of))
	}
	return f.bookPage(w.Screening, s)
}

// redBook is the first page of the book: what comes next, and the parts with what
// is newest in each.
func redBook(f *folder) error {
	w := f.p.words.Book
	of, err := f.child()
	if err != nil {
		return err
	}
	s := &sheet{text: []string{f.mine(w.What, w.WhatFor)}}
	parts := table{Caption: w.Parts, Heads: []string{w.Part, w.Newest, w.When}}
	known, err := f.facts(of.born, append([]string{"birth"}, screeningParts...)...)
	if err != nil {
		return err
	}
	for _, p := range []struct {
		name, at string
		parts    []string
	}{{w.Birth, "/birth", []string{"birth"}}, {w.Screening, "/screening", screeningParts}} {
		parts.Rows = append(parts.Rows, f.newestFact(p.name, f.at+childAt+p.at, known, p.parts))
	}
	all, err := f.standings(of, known)
	if err != nil {
		return err
	}
	parts.Rows = append(parts.Rows, f.newestReview(all))
	others, err := f.newestOthers()
	if err != nil {
		return err
	}
	parts.Rows = append(parts.Rows, others...)
	s.facts = []fact{{w.Next, f.nextText(all)}}
	s.tables = []table{parts}
	if s.title, err = f.titled(f.mine(w.Title, w.TitleFor)); err != nil {
		return err
	}
	if f.mayWrite() {
		s.after = append(s.after, link{w.Safe.Link, f.at + safeguardingAt})
	}
	s.after = append(s.after, f.moreOfBook()...)
	s.after = append(s.after, link{f.mine(f.p.words.Record.Back, f.p.words.Folder.Record), f.at + "/summary"})
	return f.showSheet(s)
}

// newestFact is the row of a part that consists of facts: the newest one about which
// something is still to be done, before all others.
func (f *folder) newestFact(name, at string, known book.Known, parts []string) []cell {
	newest, ok := book.Found{}, false
	for _, id := range parts {
		for _, one := range book.Published().Part(id).Facts {
			found, there := known[one.Name()]
			if there && (!ok || found.Open() && !newest.Open() || found.Open() == newest.Open() && book.Later(found.At, newest.At)) {
				newest, ok = found, true
			}
		}
	}
	if !ok {
		return f.partRow(name, at, "", "")
	}
	what := f.p.words.Book.Facts[newest.Fact.ID]
	if _, hidden := f.waits(newest.Tree); !hidden {
		what += ": " + firstSentence(f.foundText(newest))
	}
	return f.partRow(name, at, what, f.lineOf(newest.Tree).When)
}

// newestOthers are the rows of the parts that families write, and of those that
// have pages of their own: one question for each, for one entry, and more for notes
// only where one may wait.
func (f *folder) newestOthers() (rows [][]cell, err error) {
	w := f.p.words.Book
	for _, p := range []struct{ name, at, tag, typ string }{{w.Milestones, "/milestones", book.MilestoneTag, "Observation"}, {w.Diary, "/diary", book.DiaryTag, "QuestionnaireResponse"}, {w.Notes, "/notes", book.NoteTag, "Communication"}} {
		all, err := f.coded("_tag", []book.Code{{System: book.Own, Code: p.tag}}, 1, p.typ)
		if err != nil {
			return nil, err
		}
		what, when := "", ""
		for _, one := range all {
			when = f.entry(one).Date
			switch {
			case p.tag == book.MilestoneTag:
				what = f.orKnown(textOf(one.Root().Get("valueCodeableConcept")))
			case p.tag == book.NoteTag:
				if what, err = f.newestNote(one); err != nil {
					return nil, err
				}
			default:
				what = w.Open
			}
		}
		rows = append(rows, f.partRow(p.name, f.at+childAt+p.at, what, when))
	}
	for _, p := range []link{{w.Growth, f.at + childAt + "/growth"}, {w.Vaccinations, f.at + childAt + "/vaccinations"}} {
		if f.hasPage(p.Href) {
			rows = append(rows, f.partRow(p.Text, p.Href, w.Open, "–"))
		}
	}
	return rows, nil
}

// hasPage says whether there is a page of the book at an address, and not only
// that of any entry.
func (f *folder) hasPage(at string) bool {
	_, pattern := f.p.mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: at}})
	return strings.Contains(pattern, childAt+"/")
}

// newestReview is the row of the reviews.
func (f *folder) newestReview(all []book.Standing) []cell {
	w, newest := f.p.words.Book, -1
	for i, s := range all {
		if s.Visit != nil && (newest < 0 || book.Later(s.At, all[newest].At)) {
			newest = i
		}
	}
	if newest < 0 {
		return f.partRow(w.Reviews, f.at+childAt+"/reviews", "", "")
	}
	return f.partRow(w.Reviews, f.at+childAt+"/reviews", w.Review.Names[all[newest].Contact.ID], f.p.plainWords().Date(all[newest].At))
}

// nextText is which check comes next by age.
func (f *folder) nextText(all []book.Standing) string {
	w := f.p.words.Book
	next, ok := book.Next(all)
	if !ok {
		return w.NextNone
	}
	name, day := w.Review.Names[next.Contact.ID]+". ", func(t time.Time) string { return f.date(t) }
	if next.State == book.Due {
		return strings.TrimSpace(name + w.NextDue + " " + day(next.To) + ". " + f.orHidden("", w.MayBeDone))
	}
	return name + w.NextWhen + " " + day(next.From) + " – " + day(next.To) + "."
}

// partRow is the row of one part: with what is newest, or that there is nothing.
func (f *folder) partRow(name, at, what, when string) []cell {
	if what == "" {
		w := f.p.words.Book
		what, when = f.orHidden(w.NoneYet, w.NoneShown), "–"
	}
	return []cell{{Text: name, Href: at}, text(what), text(when)}
}

func firstSentence(s string) string {
	first, _, _ := strings.Cut(s, ". ")
	return first
}

// mayWrite says whether it is staff who look after the person.
func (f *folder) mayWrite() bool { return f.care() }

// factLinks lead staff to the forms of some parts.
func (f *folder) factLinks(parts ...string) (all []link) {
	if !f.mayWrite() {
		return nil
	}
	for _, part := range parts {
		all = append(all, link{f.p.words.Book.Write.Titles[part], f.at + childAt + "/write/" + part})
	}
	return all
}

// mostBookYears is up to which age the book is offered beside a record: then it is
// found on the list of all kinds.
const mostBookYears = 18

// bookKey is the letter by which staff open the book from the page of a child.
const bookKey = "b"

// bookLink leads to the book of somebody who is a child now; it is empty for
// others, and for one whose day of birth is not known.
func (f *folder) bookLink() ([]link, error) {
	of, err := f.child()
	if problem.Is(err, problem.Forbidden) {
		return nil, nil
	}
	if err != nil || !f.isChild(of.born) {
		return nil, err
	}
	return []link{{f.p.words.Book.Link, f.at + childAt}}, nil
}

func (f *folder) isChild(born string) bool {
	birth, err := time.ParseInLocation(time.DateOnly, born, f.p.cfg.Zone)
	return err == nil && f.p.cfg.Now().Before(birth.AddDate(mostBookYears, 0, 0))
}
