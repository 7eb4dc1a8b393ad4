package portal

import (
	"strconv"

	"github.com/bevanhealth/bevan/internal/child/book"
)

// Bounds of what is written at a review, in letters.
const mostReview = 10_000

// reviewForm is the form of a review: a visit, what was found and agreed, and the
// scores of a sheet where one was filled in.
var reviewForm = entryForm{typ: "Encounter",
	text:   func(v *visit) (string, string) { t := v.p.words.Book.Review.Write; return t, t },
	fields: reviewFields,
	read:   readReview,
}

// reviewRoutes are the pages of that form.
func reviewRoutes() []route {
	at := peopleAt + "/{person}" + childAt + "/write/review"
	return []route{{"GET " + at, ofCare(func(f *folder) error { return f.askEntry(reviewForm, 200, "", "") })},
		{"POST " + at, ofCare(func(f *folder) error { return f.sendEntry(reviewForm) })}}
}

// reviewClasses are where a review was, by HL7's codes (v3-ActCode).
var reviewClasses = []string{"HH", "AMB", "VR"}

func reviewFields(f *folder) []*field {
	w := f.p.words.Book.Review
	contacts := []option{{"", w.Choose}}
	for _, c := range book.PublishedProgramme().Contacts {
		contacts = append(contacts, option{c.ID, w.Names[c.ID]})
	}
	var places []option
	for _, c := range reviewClasses {
		places = append(places, option{c, w.Places[c]})
	}
	all := []*field{{ID: "contact", Label: w.Which, Options: contacts}, f.dateField("when", f.p.words.Book.Write.When, f.p.words.Book.Write.WhenHint), {ID: "place", Label: w.Where, Options: places},
		{ID: "found", Label: w.Found, Lines: 6}, {ID: "agreed", Label: w.Agreed, Hint: w.AgreedHint, Lines: 4}}
	outcomes := []option{{"", f.p.words.Book.Write.NotSaid}}
	for _, o := range book.Outcomes {
		outcomes = append(outcomes, option{o, w.Outcomes[o]})
	}
	for i, id := range book.Domains {
		score := &field{ID: id, Label: w.Domains[id] + ": " + w.Score, Mode: "numeric", Auto: "off"}
		if i == 0 {
			score.Hint = w.ScoresHint
		}
		all = append(all, score, &field{ID: id + "-outcome", Label: w.Domains[id] + ": " + w.Outcome, Options: outcomes})
	}
	return all
}

// readScores reads the scores of a sheet. Each domain has a score and an outcome,
// or neither.
func (f *folder) readScores() (all []book.Domain, at, wrong string) {
	w := f.p.words.Book.Review
	for _, id := range book.Domains {
		typed, outcome := f.typed(id), f.typed(id+"-outcome")
		if typed == "" && outcome == "" {
			continue
		}
		n, err := strconv.Atoi(typed)
		if err != nil || typed != strconv.Itoa(n) || !book.ScoreOK(n) {
			return nil, id, w.BadScore
		}
		if w.Outcomes[outcome] == "" {
			return nil, id + "-outcome", w.NoOutcome
		}
		all = append(all, book.Domain{ID: id, Outcome: outcome, Score: n})
	}
	return all, "", ""
}

func readReview(f *folder) draft {
	w := f.p.words.Book.Review
	c, ok := book.PublishedProgramme().Contact(f.typed("contact"))
	if !ok {
		return bad("contact", w.NoContact)
	}
	day, wrong := f.dayTyped("when")
	if wrong != "" {
		return bad("when", wrong)
	}
	if day == "" {
		day = f.today()
	}
	of, err := f.child()
	if err != nil {
		return bad("", f.p.sentence(err))
	}
	if age, dated := book.AgeAt(of.born, day); dated && age < 0 {
		return bad("when", f.p.words.Book.Write.BeforeBirth)
	}
	place := w.Places[f.typed("place")]
	found, okFound := f.line("found", mostReview)
	agreed, okAgreed := f.line("agreed", mostReview)
	switch {
	case place == "":
		return bad("place", w.Choose)
	case !okFound:
		return bad("found", f.p.words.Clinic.Write.Note.Long)
	case found == "":
		return bad("found", w.NoFound)
	case !okAgreed:
		return bad("agreed", f.p.words.Clinic.Write.Note.Long)
	}
	scores, at, wrong := f.readScores()
	if wrong != "" {
		return bad(at, wrong)
	}
	r := book.Review{Contact: c, Name: w.Names[c.ID], Day: day, Found: found, Agreed: agreed, Class: f.typed("place"), Subject: f.subjectRef(), By: f.me(), Of: f.ours()}
	d := draft{back: f.at + childAt + "/reviews", facts: []fact{{w.Which, r.Name}, {f.p.words.Book.Write.When, f.saidDay(day)}, {w.Where, place}, {w.Found, found}, {w.Agreed, f.orNotSaid(agreed)}}}
	if scores != nil {
		r.Asq = book.Asq(scores, w.Scores, w.Domains, w.Outcomes)
		for _, s := range scores {
			d.facts = append(d.facts, fact{w.Domains[s.ID], f.scoreText(s)})
		}
		if len(scores) < len(book.Domains) {
			d.warnings = append(d.warnings, w.SomeScores)
		}
	}
	if !f.fits(c, of.born, day) {
		d.warnings = append(d.warnings, w.OtherAge)
	}
	for _, one := range r.Entries() {
		one.Body["meta"] = bookTagged(reviewTag)
		d.many = append(d.many, one)
	}
	return d
}

// fits says whether a day lies in the time of a contact; one that can not be told
// does.
func (f *folder) fits(c book.Contact, born, day string) bool {
	age, dated := book.AgeAt(born, day)
	from, okFrom := book.AgeAt(born, c.From.On(born))
	to, okTo := book.AgeAt(born, c.To.On(born))
	return !dated || !okFrom || !okTo || age >= from && age <= to
}
