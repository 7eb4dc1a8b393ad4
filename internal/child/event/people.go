package event

import (
	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/identity/match"
	"github.com/bevanhealth/bevan/internal/identity/proof"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// person is somebody whom the message is about, as the record has them.
type person struct {
	id      string
	entry   *entry // in the message; nil where it shows only their number
	body    *val   // the Patient that is held; nil for one that is made known
	version int64
	// byNumber says that nothing but their NHS number speaks for the record.
	byNumber bool
}

// people finds the records of those whom the message is about.
func (w *work) people() (err error) {
	child := w.m.child()
	switch {
	case w.d.Patient != "":
		w.child, err = w.known(w.d.Patient)
		if err == nil && w.child == nil {
			err = w.m.at(NoChild, "", "The record that was chosen is not there.")
		}
	default:
		w.child, err = w.found(child, w.m.claims)
	}
	if err != nil {
		return err
	}
	w.child.entry = child
	for _, e := range w.m.others() {
		c := claimsOf(e.res)
		if w.mother, err = w.found(e, c); err != nil {
			return err
		}
		w.mother.entry = e
		if w.mother.id == w.child.id {
			return w.m.at(NoChild, e.place("identifier"), "The mother and the child would be the same person.")
		}
	}
	return nil
}

// known reads a Patient by its id; nil for none.
func (w *work) known(id string) (*person, error) {
	version, body, err := w.current(record.Key{Type: "Patient", ID: id})
	if err != nil || body == nil {
		return nil, err
	}
	return &person{id: id, body: body, version: version}, nil
}

// current reads what is held now; nil for nothing.
func (w *work) current(k record.Key) (int64, *val, error) {
	r, err := w.s.Read(w.ctx, k, 0)
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Gone) {
		return 0, nil, nil
	}
	if err != nil {
		return 0, nil, err
	}
	t, err := fhir.Parse(r.Body, fhir.Limits{})
	if err != nil {
		return 0, nil, problem.Wrap(problem.Internal, "", err)
	}
	return r.Version, valOf(t.Root()), nil
}

// search finds the resources of a type that one pair names.
func (w *work) search(typ string, pair search.Pair) ([]record.Resource, error) {
	q, err := search.Parse(w.s.Registry(), []string{typ}, nil, []search.Pair{pair, {Name: "_count", Value: "50"}}, search.Options{Strict: true})
	if err != nil {
		return nil, err
	}
	page, err := w.s.Search(w.ctx, q, "")
	return page.Items, err
}

// found looks for a record by the NHS number, and holds it against the rest by the
// rules by which the house links people. e is nil where the message shows no Patient.
func (w *work) found(e *entry, c claims) (*person, error) {
	place := w.m.entries[0].place("extension")
	if e != nil {
		place = e.place("")
	}
	if c.number == "" {
		return w.unknown(e, c, place)
	}
	all, err := w.search("Patient", search.Pair{Name: "identifier", Value: fhir.NHSNumberSystem + "|" + c.number})
	if err != nil {
		return nil, err
	}
	var held []match.Candidate
	for _, r := range all {
		one, err := proof.ReadPatient(r.Body)
		if err != nil {
			return nil, err
		}
		// Letters for those who died, and for those whose record is restricted, go
		// into their record as well: nothing is shown to anybody by that.
		one.Deceased, one.Restricted = false, false
		if !one.Replaced {
			held = append(held, one)
		}
	}
	switch {
	case len(held) == 0:
		return w.unknown(e, c, place)
	case len(held) > 1:
		return nil, w.m.at(NoChild, place, "More than one record has the NHS number of the message. Put the records in order, then try the message again.")
	}
	p, err := w.known(held[0].Patient)
	if err != nil || p == nil {
		return nil, err
	}
	if len(c.births) == 0 && len(c.given) == 0 {
		p.byNumber = true
		return p, nil
	}
	if !agrees(c, held) {
		return nil, w.m.at(NoChild, place, "The record with the NHS number of the message has another name or another date of birth. Check whose message this is.")
	}
	return p, nil
}

// agrees says whether a record is that of the claims: by the rules that link, with
// any of the birth dates that the source tells.
func agrees(c claims, held []match.Candidate) bool {
	rules, err := match.BuiltIn()
	if err != nil {
		return false
	}
	for _, b := range append(c.births, "") {
		if rules.Trace(c.details(b), held).Outcome == match.Linked {
			return true
		}
	}
	return false
}

// unknown makes a person known, which a birth notification may do, and nothing else.
func (w *work) unknown(e *entry, c claims, place string) (*person, error) {
	switch {
	case e == nil || !byEvent[w.m.Event].births || e == w.m.child() && (c.number == "" || w.m.Kind != New):
		return nil, w.m.at(NoChild, place, "No record has the NHS number of the message, and only a birth notification makes a child known. Wait for it, or bring the child's record in.")
	case c.number != "":
		return &person{id: digest("person", c.number)}, nil
	}
	// A mother whose number is not told, or can not be one: known by what the source
	// calls her, so that she is made known once.
	id := digest("told", w.m.Source, e.id)
	p, err := w.known(id)
	if err != nil || p != nil {
		return p, err
	}
	return &person{id: id}, nil
}
