package mandate

import (
	"slices"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
)

// subject is the person whom a mandate is about, as the record says it.
type subject struct {
	Name string `json:"n,omitempty"`
	// Born is the birth date: the earliest that was ever seen since a mandate
	// was last given, so that no right grows because a date was mended.
	Born     string `json:"b,omitempty"`
	Practice string `json:"p,omitempty"`
	died     bool
	paused   time.Time
	checked  time.Time
}

// ability is what was decided last about whether the person can decide. The
// zero ability is that nothing was.
type ability struct {
	known, able bool
	review      time.Time
}

// good says whether it was decided so, and is not to be decided again yet.
func (a ability) good(able bool, now time.Time) bool {
	return a.known && a.able == able && (a.review.IsZero() || now.Before(a.review))
}

// stand is what a mandate gives now. It is pure: the same facts give the same
// right. ok is false for none at all, whatever the reason.
func (r *Rules) stand(m Mandate, s subject, can ability, now time.Time, zone *time.Location) (right Right, ok bool) {
	terms := r.Bases[m.Basis]
	switch {
	case terms == nil, m.Status != Active, m.published == 0, s.died, !s.paused.IsZero():
		return Right{}, false
	case now.Before(m.Starts), !m.Ends.After(now), !m.Review.After(now):
		return Right{}, false
	case terms.Unable && !can.good(false, now):
		return Right{}, false
	case terms.EndsOnTransfer && m.practice != "" && m.practice != s.Practice:
		return Right{}, false
	}
	until := earliest(m.Ends, m.Review)
	if terms.Unable {
		until = earliest(until, can.review)
	}
	band := Band{Look: []string{"*"}, Ask: true, Manage: true, Copy: true}
	band.Copy = terms.copies(readDate(s.Born), dateOf(m.Starts.In(zone)))
	if terms.Banded || len(terms.Stops) > 0 || terms.From > 0 {
		born := readDate(s.Born)
		if !born.known() {
			return Right{}, false
		}
		today := dateOf(now.In(zone))
		began := dateOf(m.Starts.In(zone))
		for _, age := range terms.Stops {
			at := born.turns(age)
			if began.before(at) {
				if !today.before(at) {
					return Right{}, false
				}
				until = earliest(until, at.begins(zone))
			}
		}
		if terms.Banded {
			age := born.age(today)
			for _, b := range r.Bands {
				if b.From <= age {
					band = b
					band.Copy = b.Copy && terms.copies(born, began)
				} else {
					until = earliest(until, born.turns(b.From).begins(zone))
				}
			}
			// A child whom staff found able to decide is no longer one whose
			// parent writes for them, or takes their record along.
			if can.good(true, now) {
				band.Manage, band.Copy = false, false
			}
		}
	}
	may := band.may(m.May)
	if may&Look == 0 {
		return Right{}, false
	}
	less := band.types() != access.AllActing() || m.Basis != Parent || can.good(true, now)
	return Right{Mandate: m.ID, Patient: m.Patient, Name: s.Name, Holder: "RelatedPerson/" + m.Relation.ID, May: may, Types: band.types(), Shown: m.Shown, Less: less, Until: until}, true
}

// changes lists the moments after now in which age takes something from the
// mandate, the next first.
func (r *Rules) changes(m Mandate, s subject, now time.Time, zone *time.Location) []time.Time {
	terms, born := r.Bases[m.Basis], readDate(s.Born)
	if terms == nil || !born.known() {
		return nil
	}
	ages := slices.Clone(terms.Stops)
	if terms.Banded {
		for _, b := range r.Bands {
			ages = append(ages, b.From)
		}
	}
	var all []time.Time
	for _, age := range ages {
		if at := born.turns(age).begins(zone); at.After(now) && at.After(m.Starts) && at.Before(m.Ends) {
			all = append(all, at)
		}
	}
	slices.SortFunc(all, time.Time.Compare)
	return slices.CompactFunc(all, time.Time.Equal)
}

// earliest is the earlier of two moments, of which a zero one is never.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
