package book

import (
	"slices"
	"strconv"
	"time"

	"github.com/bevanhealth/bevan/fhir"
)

// Found is what an entry says of a fact.
type Found struct {
	Fact *Fact
	Tree *fhir.Tree
	// Value is where the value stands: the Observation, one of its components, or
	// the outcome of a Procedure.
	Value fhir.Node
	// Answer is the id of the answer; "" for a number, and for an answer that is
	// not among those that are known, which is then told as it was written.
	Answer string
	// NotDone says that the entry tells that it was not done.
	NotDone bool
	// At is the day or time as FHIR writes it; "" where it is not known.
	At string
}

// Open says whether something is still to be done about a check: its answer says
// so, it was not done, or it was answered in a way that is not known here.
func (f Found) Open() bool {
	check := false
	for _, a := range slices.Concat(f.Fact.set, f.Fact.outs) {
		if a.ID == f.Answer {
			return a.Open
		}
		check = check || a.Open
	}
	return check
}

// Known are facts by their names, each by the newest entry about it.
type Known map[string]Found

// Gather reads from entries what they say of some parts. born is the day of
// birth, or "" where it is not known: then an entry about something that is looked
// at more than once belongs to the first time. Entries that are marked as wrong
// say nothing.
func (f *Facts) Gather(all []*fhir.Tree, born string, parts ...string) Known {
	out := Known{}
	for _, t := range all {
		root := t.Root()
		if wrong(root) {
			continue
		}
		at := When(root)
		age, dated := AgeAt(born, at)
		places := []fhir.Node{root}
		for c := range root.Get("component").Items() {
			places = append(places, c)
		}
		for _, n := range places {
			for _, id := range parts {
				for _, one := range f.Part(id).Facts {
					found, ok := one.read(n, root)
					if !ok || !one.when(age, dated, n) {
						continue
					}
					found.Tree, found.At = t, at
					if have, known := out[one.Name()]; !known || found.before(have) {
						out[one.Name()] = found
					}
				}
			}
		}
	}
	return out
}

// before says whether an entry is told rather than another about the same fact: the
// newer one, but what was copied from a paper book never rather than what was
// written at the time. Where neither says when it was, as the blood spot results of
// England's messages do not, it is the one that was told later.
func (f Found) before(have Found) bool {
	if mine, theirs := IsCopied(f.Tree), IsCopied(have.Tree); mine != theirs {
		return theirs
	}
	if f.At == "" && have.At == "" {
		return later(told(f.Tree), told(have.Tree))
	}
	return later(f.At, have.At)
}

func told(t *fhir.Tree) string { return t.Root().Get("meta").Get("lastUpdated").Str() }

// wrong says whether an entry tells of nothing that was.
func wrong(root fhir.Node) bool {
	s := root.Get("status")
	return s.Is("entered-in-error") || s.Is("cancelled") || s.Is("preparation")
}

// read says what a place tells of the fact; ok is false where it is about
// something else.
func (f *Fact) read(n, root fhir.Node) (found Found, ok bool) {
	code := n.Get("code")
	byOutcome := has(code, f.Tests)
	if !byOutcome && !has(code, f.Codes) && !has(code, f.FirstDay) {
		return found, false
	}
	found = Found{Fact: f, Value: n, NotDone: root.Get("status").Is("not-done")}
	if f.Kind != Choice {
		return found, true
	}
	value, set := n.Get("valueCodeableConcept"), f.set
	if root.Get("resourceType").Is("Procedure") {
		value = n.Get("outcome")
	}
	if byOutcome {
		set = f.outs
	}
	for _, a := range set {
		if has(value, a.Codes) {
			found.Answer = a.ID
		}
	}
	if !value.Exists() && f.Answers == "yesno" {
		switch b := n.Get("valueBoolean"); b.Kind() {
		case fhir.True:
			found.Answer = "yes"
		case fhir.False:
			found.Answer = "no"
		}
	}
	return found, !byOutcome || found.Answer != ""
}

// when says whether an entry at an age is about this fact.
func (f *Fact) when(age int, dated bool, n fhir.Node) bool {
	if code := n.Get("code"); len(f.FirstDay) > 0 && !has(code, f.Codes) {
		return dated && age == 0
	}
	if !dated {
		return f.From == 0
	}
	return age >= f.From && (f.Before == 0 || age < f.Before)
}

// has says whether a concept has one of some codes.
func has(concept fhir.Node, codes []Code) bool {
	for c := range concept.Get("coding").Items() {
		if slices.ContainsFunc(codes, func(k Code) bool { return c.Get("system").Is(k.System) && c.Get("code").Is(k.Code) }) {
			return true
		}
	}
	return false
}

// When is when an entry was, as FHIR writes it; "" where it does not say.
func When(root fhir.Node) string {
	for _, name := range []string{"effectiveDateTime", "performedDateTime", "occurrenceDateTime", "date", "sent", "authored"} {
		if s := root.Get(name).Str(); s != "" {
			return s
		}
	}
	for _, name := range []string{"effectivePeriod", "performedPeriod", "period"} {
		if s := root.Get(name).Get("start").Str(); s != "" {
			return s
		}
	}
	return ""
}

// later says whether a time is after another; none is before every one.
func later(a, b string) bool {
	x, okX := instant(a)
	y, okY := instant(b)
	return okX && (!okY || x > y)
}

func instant(s string) (int64, bool) {
	d, err := fhir.ParseDateTime(s)
	if err != nil {
		return 0, false
	}
	low, _ := d.Range()
	return low, true
}

// AgeAt is how many days old somebody was who was born on a day, going by the
// days that the dates name; ok is false where one of them is not known.
func AgeAt(born, at string) (days int, ok bool) {
	if len(at) > len(time.DateOnly) {
		at = at[:len(time.DateOnly)]
	}
	b, errB := time.Parse(time.DateOnly, born)
	a, errA := time.Parse(time.DateOnly, at)
	if errA != nil || errB != nil {
		return 0, false
	}
	return int(a.Sub(b) / (24 * time.Hour)), true
}

// Later says whether a time is after another, as FHIR writes them; one that is not
// known is before every other.
func Later(a, b string) bool { return later(a, b) }

// GestationDays is how many days a pregnancy was long, by a quantity of weeks or
// days; ok is false for what can not be read, and for what no pregnancy is.
func GestationDays(q fhir.Node) (days int, ok bool) {
	n, err := strconv.ParseFloat(string(q.Get("value").Text()), 64)
	unit := q.Get("code").Str()
	if unit == "" {
		unit = q.Get("unit").Str()
	}
	switch unit {
	case "wk", "week", "weeks":
		n *= 7
	case "d", "day", "days":
	default:
		return 0, false
	}
	if err != nil || n < 140 || n > 330 || q.Get("comparator").Exists() {
		return 0, false
	}
	return int(n + 0.5), true
}
