package portal

import (
	"strconv"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/child/book"
)

// Bounds of what is read of reviews: every contact has one visit, and some more.
const mostContacts = 60

// reviewTag marks what the form of a review made.
const reviewTag = "review"

// standings are where the child stands with every contact.
func (f *folder) standings(of theirs, known book.Known) ([]book.Standing, error) {
	p := book.PublishedProgramme()
	visits, err := f.coded("type", p.Types(), mostContacts, "Encounter")
	if err != nil {
		return nil, err
	}
	more, err := f.coded("reason-code", p.Reviews, mostContacts, "Encounter")
	if err != nil {
		return nil, err
	}
	return p.Stand(of.born, f.p.cfg.Now().In(f.p.cfg.Zone), append(visits, more...), known), nil
}

// bookReviews shows the contacts of the programme, and what was found and agreed.
func bookReviews(f *folder) error {
	w := f.p.words.Book
	of, err := f.child()
	if err != nil {
		return err
	}
	known, err := f.facts(of.born, screeningParts...)
	if err != nil {
		return err
	}
	all, err := f.standings(of, known)
	if err != nil {
		return err
	}
	written, err := f.coded("_tag", []book.Code{{System: book.Own, Code: reviewTag}}, mostContacts, "ClinicalImpression", "CarePlan", "Observation")
	if err != nil {
		return err
	}
	s := &sheet{text: []string{w.Review.Text, f.byRules(book.PublishedProgramme().Rules)}, tables: append([]table{f.contactTable(all)}, f.reviewTables(written)...)}
	if of.born == "" {
		s.text = append([]string{w.BornUnknown}, s.text...)
	}
	if f.mayWrite() {
		s.links = []link{{w.Review.Write, f.at + childAt + "/write/review"}}
	}
	return f.bookPage(w.Reviews, s)
}

// contactTable is a line for every contact. One of which nothing is known is not
// said to have been missed.
func (f *folder) contactTable(all []book.Standing) table {
	w := f.p.words.Book.Review
	t := table{Caption: w.Contacts, Heads: []string{w.Contact, w.Planned, w.State}}
	for _, s := range all {
		name := cell{Text: w.Names[s.Contact.ID]}
		state := f.stateText(s.State)
		if s.State == book.Done {
			state += f.doneText(s)
			if s.Visit != nil {
				name.Href = f.at + "/Encounter/" + s.Visit.Root().Get("id").Str()
			}
		}
		t.Rows = append(t.Rows, []cell{name, text(f.plannedText(s)), text(state)})
	}
	return t
}

// stateText is how a contact stands. What is not known was not shown, maybe.
func (f *folder) stateText(state string) string {
	w := f.p.words.Book
	said := w.Review.States[state]
	switch state {
	case book.Due:
		return f.orHidden(said, said+". "+w.MayBeDone)
	case book.Unknown, book.Passed:
		return f.orHidden(said, w.NotShown)
	}
	return said
}

// doneText is when a contact was, and by whom.
func (f *folder) doneText(s book.Standing) string {
	out := ""
	if s.At != "" {
		out = ", " + f.p.plainWords().Date(s.At)
	}
	if s.Visit != nil {
		by := s.Visit.Root().Get("participant").At(0).Get("individual").Get("display").Str()
		if by == "" {
			by = f.entry(s.Visit).By
		}
		if by != "" && by != f.p.words.Record.Unknown {
			out += ", " + by
		}
	}
	return out
}

// plannedText is the days between which a contact is planned.
func (f *folder) plannedText(s book.Standing) string {
	w := f.p.words.Book.Review
	kind := w.Kinds[s.Contact.Kind]
	if s.From.IsZero() {
		return kind
	}
	return f.p.plainWords().Date(s.From.Format("2006-01-02")) + " – " + f.p.plainWords().Date(s.To.Format("2006-01-02")) + ", " + kind
}

// reviewTables are the reviews that were written here, the newest first: what was
// found, what was agreed and the scores, all of one visit together.
func (f *folder) reviewTables(written []*fhir.Tree) (out []table) {
	w := f.p.words.Book.Review
	at := map[string]int{}
	for _, t := range written {
		root := t.Root()
		if status := root.Get("status"); status.Is("entered-in-error") {
			continue
		}
		visit := root.Get("encounter").Get("reference").Str()
		if _, there := at[visit]; !there {
			e := f.entry(t)
			name := textOf(root.Get("code"))
			if name == "" {
				name = textOf(root.Get("category").At(0))
			}
			if root.Get("resourceType").Is("Observation") {
				name = w.Scores
			}
			at[visit] = len(out)
			out = append(out, table{Caption: name + ", " + e.Date, Heads: []string{w.What, w.Said}})
		}
		one := &out[at[visit]]
		switch root.Get("resourceType").Str() {
		case "ClinicalImpression":
			one.Rows = append([][]cell{{text(w.Found), text(f.orKnown(root.Get("summary").Str()))}}, one.Rows...)
		case "CarePlan":
			one.Rows = append(one.Rows, []cell{text(w.Agreed), text(f.orKnown(root.Get("description").Str()))})
		default:
			for _, d := range book.ReadAsq(t) {
				one.Rows = append(one.Rows, []cell{text(w.Scores + ": " + w.Domains[d.ID]), text(f.scoreText(d))})
			}
		}
	}
	return out
}

// scoreText is the score of one domain, and which side of the cut-off the
// professional said that it lies on.
func (f *folder) scoreText(d book.Domain) string {
	w := f.p.words.Book.Review
	said := f.orKnown("")
	if d.Score >= 0 {
		said = strconv.Itoa(d.Score) + " " + w.OutOf + " " + strconv.Itoa(book.MostScore)
	}
	if d.Outcome != "" {
		said += ". " + w.Outcomes[d.Outcome]
	}
	return said
}
