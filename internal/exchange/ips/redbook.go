package ips

import (
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/child/book"
)

// Kind is a kind of document: what it is called and what its parts are.
type Kind struct {
	code  coding
	title string
	parts []part
	// leaves are labels of entries that are in no document of this kind, whoever
	// makes it; it is 0 for a kind that goes by what the viewer sees.
	leaves label.Set
}

var summary = Kind{code: coding{loinc, "60591-5", "Patient summary Document"}, title: "International Patient Summary", parts: parts}

// never says that an entry is in no document of this kind.
func (k *Kind) never(t *fhir.Tree) bool {
	return k.leaves != 0 && label.Built().Of(t, 0)&k.leaves != 0
}

// Apart are the labels of what is in no red book that is taken along: what
// professionals write for each other, what keeps somebody safe, and what was made
// restricted. A book lies on a table, whoever printed it.
const Apart = label.ProfessionalsOnly | label.Safeguarding | label.SafeguardingRestriction | label.CourtOrder | label.Restricted | label.VeryRestricted

// How many entries of one part of a red book are taken, the newest first: a
// childhood has fewer of most. What is left out is said.
const mostOfBook = 400

// bookParts are the keys of the parts in the order of the book.
var bookParts = []string{"birth", "screening", "vaccinations", "growth", "reviews", "milestones", "notes", "diary"}

// BookParts lists the keys of the parts of a red book, in its order.
func BookParts() []string { return bookParts }

// ScreeningParts are those of the book's facts that stand together as checks and
// tests of the first weeks.
var ScreeningParts = []string{"newborn-exam", "weeks-exam", "hearing", "blood-spot"}

// RedBook is a child's whole red book. growth are the codes of measurements, as a
// search asks for them; private says that what a child keeps to themself is left
// out as well, as it is for everybody but the child.
func RedBook(growth string, private bool) *Kind {
	facts, programme := book.Published(), book.PublishedProgramme()
	one := func(types string, pairs ...search.Pair) question {
		return question{types: strings.Fields(types), pairs: pairs, most: mostOfBook}
	}
	coded := func(codes []book.Code) search.Pair { return is("code", joined(codes)) }
	tag := func(code string) search.Pair { return is("_tag", book.Own+"|"+code) }
	k := &Kind{code: coding{book.Own, "red-book", "Personal child health record"}, title: "Personal child health record", leaves: Apart, parts: []part{
		{key: "birth", code: "birth", display: "Birth", system: book.Own, needed: true, of: []question{one("Observation Procedure", coded(facts.Asked("birth")))}},
		{key: "screening", code: "screening", display: "Newborn checks and tests", system: book.Own, needed: true, of: []question{one("Observation Procedure", coded(facts.Asked(ScreeningParts...)))}},
		{key: "vaccinations", code: "11369-6", display: "History of Immunization Narrative", needed: true, of: []question{one("Immunization"), one("ImmunizationRecommendation")}},
		{key: "growth", code: "growth", display: "Growth", system: book.Own, needed: true, of: []question{one("Observation", is("code", growth))}},
		{key: "reviews", code: "reviews", display: "Health reviews", system: book.Own, of: []question{
			one("Encounter", is("type", joined(programme.Types()))), one("Encounter", is("reason-code", joined(programme.Reviews))), one("ClinicalImpression CarePlan Observation", tag("review"))}},
		{key: "milestones", code: "milestones", display: "First times", system: book.Own, of: []question{one("Observation", tag(book.MilestoneTag))}},
		{key: "notes", code: "notes", display: "Notes", system: book.Own, of: []question{one("Communication", tag(book.NoteTag))}},
		{key: "diary", code: "diary", display: "Diary", system: book.Own, of: []question{one("QuestionnaireResponse", tag(book.DiaryTag))}},
	}}
	if private {
		k.leaves |= label.ChildsOwn
	}
	for i := range k.parts {
		k.parts[i].keep = right
	}
	return k
}

// right keeps what nobody marked as wrong.
func right(n fhir.Node) bool { return !n.Get("status").Is("entered-in-error") }

func joined(codes []book.Code) string {
	all := make([]string, len(codes))
	for i, c := range codes {
		all[i] = c.System + "|" + c.Code
	}
	return strings.Join(all, ",")
}
