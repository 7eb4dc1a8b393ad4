package match

import (
	"cmp"
	"slices"
)

// Outcome is what a trace came to.
type Outcome uint8

const (
	// None is no record that is like the claim.
	None Outcome = iota
	// Linked is the one record that the claim is about.
	Linked
	// Queued is for people to decide.
	Queued
)

// String is the outcome as it is kept.
func (o Outcome) String() string { return [...]string{"none", "linked", "queued"}[o] }

// Decision is what was decided, and all that is needed to understand it later.
type Decision struct {
	Outcome Outcome
	// Patient is the id of the record when it is Linked.
	Patient string
	// Rule is the name of the rule that spoke, Rules the version of them.
	Rule, Rules string
	// Reason is a sentence for the people who look at the queue.
	Reason string
	// Candidates are the records that some rule found, with that rule, for the
	// people who look at the queue. The one who claims never sees them.
	Candidates []Found
}

// Found is a record with the first rule that it meets.
type Found struct{ Patient, Rule string }

// Trace decides which of the candidates the claim is about. The order of the
// candidates makes no difference.
func (r *Rules) Trace(claimed Details, candidates []Candidate) Decision {
	candidates = slices.SortedFunc(slices.Values(candidates), func(a, b Candidate) int { return cmp.Compare(a.Patient, b.Patient) })
	d := Decision{Rules: r.ID}
	var sure []Found
	reason := ""
	for i := range candidates {
		c := &candidates[i]
		if c.Replaced {
			continue // the record that took its place is a candidate itself
		}
		found, links := r.look(&claimed, c)
		if found.Rule == "" {
			continue
		}
		d.Candidates = append(d.Candidates, found)
		why := r.stop(&claimed, c)
		switch {
		case links && why == "":
			sure = append(sure, found)
			if better(&claimed, c, candidates) {
				reason = "A record agrees, and another has the same birth date and the very name."
			}
		case links:
			reason = why
		}
	}
	switch {
	case len(d.Candidates) == 0:
		d.Reason = "No record is like these details."
	case len(sure) == 1 && reason == "":
		d.Outcome, d.Patient, d.Rule = Linked, sure[0].Patient, sure[0].Rule
		d.Reason = "One record agrees, and no other does."
	case len(sure) > 1:
		d.Outcome, d.Reason = Queued, "More than one record agrees. They may be the same person twice."
	case reason != "":
		d.Outcome, d.Reason = Queued, reason
	default:
		d.Outcome, d.Reason = Queued, "Records are like these details, and none agrees in enough of them."
	}
	return d
}

// look finds the first rule that a candidate meets, and whether it is one that
// links.
func (r *Rules) look(claimed *Details, c *Candidate) (found Found, links bool) {
	for _, rule := range r.Link {
		if rule.meets(claimed, &c.Details) {
			return Found{c.Patient, rule.Name}, true
		}
	}
	for _, rule := range r.Queue {
		if rule.meets(claimed, &c.Details) {
			return Found{c.Patient, rule.Name}, false
		}
	}
	return Found{}, false
}

// better says whether another record has the claimed first name to the letter
// on the same day of birth, where this one only sounds alike: a twin whose
// number was mistaken for their own would else be linked.
func better(claimed *Details, c *Candidate, candidates []Candidate) bool {
	if parts["given"](claimed, &c.Details) == agrees {
		return false
	}
	for i := range candidates {
		o := &candidates[i]
		if o.Patient != c.Patient && !o.Replaced && parts["given"](claimed, &o.Details) == agrees &&
			parts["family~"](claimed, &o.Details) == agrees && parts["birth"](claimed, &o.Details) == agrees {
			return true
		}
	}
	return false
}

// stop says why a record that a rule would link must be looked at by people.
func (r *Rules) stop(claimed *Details, c *Candidate) string {
	switch {
	case c.Deceased:
		return "The record says that this person has died."
	case c.Restricted:
		return "The record is restricted."
	}
	for _, p := range r.Veto {
		if parts[p](claimed, &c.Details) == disagrees {
			return "A record agrees in most, and one detail speaks against it."
		}
	}
	return ""
}
