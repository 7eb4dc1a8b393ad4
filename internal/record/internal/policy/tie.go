package policy

import (
	"slices"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/problem"
)

const day = 24 * time.Hour

// Holds tells whether a resource of the tie's type ties its people to each
// other at a time. A time that is not said is now.
func (t *Tie) Holds(resource *fhir.Tree, now time.Time) bool {
	root := resource.Root()
	if len(t.Status) > 0 && !slices.Contains(t.Status, root.Get("status").Str()) {
		return false
	}
	if t.Time == "" {
		return true
	}
	n := root.Get(t.Time)
	if !n.Exists() {
		return true
	}
	i, ok := fhir.DateRange(n)
	if n.Kind() == fhir.Object {
		i, ok = fhir.PeriodRange(n)
	}
	if !ok {
		return false // a time that can't be read says nothing
	}
	at := now.UnixMicro()
	return i.Low <= at+before(t.BeforeDays) && at < i.High+before(t.AfterDays) || i.High > fhir.Latest-before(t.AfterDays) && i.Low <= at+before(t.BeforeDays)
}

// Always tells whether a resource ties by what it refers to alone.
func (t *Tie) Always() bool { return len(t.Status) == 0 && t.Time == "" }

// Always lists the parameters, by type, of the ties that hold whatever else the
// resource says.
func (p *Policy) Always() map[string][]string {
	out := map[string][]string{}
	for i := range p.Ties {
		if t := &p.Ties[i]; t.Always() {
			out[t.Type] = append(out[t.Type], t.Params...)
		}
	}
	return out
}

// before is a number of days in microseconds.
func before(days int) int64 { return int64(time.Duration(days) * day / time.Microsecond) }

// Fit refuses a policy with a tie by a parameter that is not there or is no
// reference: it would tie nobody, and nobody would know why.
func (p *Policy) Fit(reg *search.Registry) error {
	for _, t := range p.Ties {
		for _, code := range t.Params {
			if q, ok := reg.Lookup(t.Type, code); !ok || q.Kind != search.Reference {
				return problem.New(problem.Invalid, "The policy file ties people by "+t.Type+"?"+code+"=, which is no search parameter for references. Mend the name.")
			}
		}
	}
	return nil
}

// Tie gives the tie of a type; nil where the type ties nobody.
func (p *Policy) Tie(typ string) *Tie {
	for i := range p.Ties {
		if p.Ties[i].Type == typ {
			return &p.Ties[i]
		}
	}
	return nil
}
