package recall

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/record"
)

// town is a few children to whom anything happens.
type town struct {
	*site
	dice  *rand.Rand
	kids  []string
	n     int
	steps []string
}

func (w *town) one(all ...string) string { return all[w.dice.IntN(len(all))] }

func (w *town) day() string { return DayOf(w.now()).addDays(-w.dice.IntN(400)).String() }

func (d Day) addDays(n int) Day { return d + Day(n) }

// happens does one thing to one child.
func (w *town) happens() {
	kid := w.one(w.kids...)
	practice := w.one("hill", "dale")
	var text string
	switch w.dice.IntN(15) {
	case 0:
		text = patient(kid, w.day(), practice)
	case 1:
		text = patient(kid, w.day(), practice, w.one(`"deceasedBoolean":true`, `"active":false`, `"deceasedDateTime":"2026-05-01"`, `"link":[{"other":{"reference":"Patient/x"},"type":"replaced-by"}]`))
	case 2:
		w.steps = append(w.steps, "Patient/"+kid+" is deleted")
		w.remove("Patient", kid)
		return
	case 3:
		text = deny("c"+kid+practice, kid, practice, w.one("", `{"start":"2026-05-06"}`, `{"end":"2026-05-06"}`))
	case 4:
		w.steps = append(w.steps, "the choices of "+kid+" about "+practice+" end")
		w.remove("Consent", "c"+kid+practice)
		return
	case 5:
		text = contact(w.t.(*testing.T), kid, Kinds()[w.dice.IntN(4)], w.one("", "DTP", "MMR"), w.day())
	case 6:
		id := fmt.Sprintf("j%d", w.dice.IntN(max(1, w.n)))
		w.steps = append(w.steps, "Immunization/"+id+" is deleted")
		w.remove("Immunization", id)
		return
	case 7, 8: // one that was another's
		text = jab(fmt.Sprintf("j%d", w.dice.IntN(max(1, w.n))), kid, w.one("DTP", "MMR", "MenB"), w.day(), "completed")
	case 9:
		text = `{"resourceType":"Condition","id":"p` + kid + `","code":{"coding":[{"system":"urn:test","code":"` + w.one("pox", "other") + `"}]},"subject":{"reference":"Patient/` + w.one(w.kids...) + `"}}`
	default:
		text = jab(fmt.Sprintf("j%d", w.n), kid, w.one("DTP", "rotavirus", "MMR", "PCV", "MenB"), w.day(), w.one("completed", "completed", "completed", "not-done"))
		w.n++
	}
	w.steps = append(w.steps, text)
	w.write(text)
}

// twinLists are the lists of a practice, worked out from what a nurse of it finds
// in each record.
func (w *town) twinLists(practice string) (late, due []string) {
	today := DayOf(w.now())
	for _, kid := range w.kids {
		v := w.sees(practice, kid)
		if v.Practice != practice || v.Gone || v.Born == 0 || len(v.Contacts) > 0 && v.Contacts[0].Kind == Moved {
			continue
		}
		for _, p := range v.Programmes {
			if p.Dose == 0 || p.Until != 0 && p.Until < today {
				continue
			}
			no := p.Refused
			for _, c := range v.Contacts {
				if c.Kind == Refused && (c.Programme == "" || c.Programme == p.ID) {
					no = max(no, c.On)
				}
			}
			if no != 0 && no.Time().AddDate(1, 0, 0).After(today.Time()) {
				continue
			}
			text := fmt.Sprintf("%s %s %d", kid, p.ID, p.Dose)
			switch {
			case p.Overdue <= today:
				late = append(late, text)
			case p.Due <= today+30:
				due = append(due, text)
			}
		}
	}
	return sorted(late), sorted(due)
}

// Whatever happens to records, and wherever a sweep is stopped, the lists come to
// be what a nurse of the practice would find by opening every record there is.
func TestListsAreAsATwinSaysWhateverHappens(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		seed := rand.Uint64()
		w := &town{site: s, dice: rand.New(rand.NewPCG(seed, 0)), kids: []string{"ann", "bea", "cat", "dan", "eve"}}
		for _, kid := range w.kids {
			s.write(patient(kid, w.day(), "hill"))
		}
		for round := range 25 {
			for range 1 + w.dice.IntN(6) {
				w.happens()
			}
			if w.dice.IntN(2) == 0 { // stopped anywhere: on its way to a record, or with a batch in hand
				w.stopped()
			}
			if w.dice.IntN(4) == 0 {
				s.pass(25 * time.Hour)
			}
			s.settle()
			for _, practice := range []string{"hill", "dale"} {
				late, due := w.twinLists(practice)
				gotLate, gotDue := sorted(s.listed(Ask{Practice: practice, Overdue: true, Most: 3})), sorted(s.listed(Ask{Practice: practice, Within: 30, Most: 3}))
				if !slices.Equal(late, gotLate) || !slices.Equal(due, gotDue) {
					t.Fatalf("seed %d, round %d, %s:\n late %q\n twin %q\n due  %q\n twin %q\nafter %q", seed, round, practice, gotLate, late, gotDue, due, w.steps)
				}
				for _, a := range []Ask{{Practice: practice, Overdue: true, Most: 50}, {Practice: practice, Within: 30, Most: 50}} {
					for _, row := range s.rows(a) {
						if _, on := s.On(a, s.sees(practice, row.Patient), row); !on {
							t.Fatalf("seed %d: %+v is listed, and not shown to who looks", seed, row)
						}
					}
				}
			}
		}
	})
}

// stopped is a sweep that ends in the middle.
func (w *town) stopped() {
	if w.dice.IntN(2) == 0 {
		w.broken = errors.New("stopped")
		_, _ = w.Sweep(w.t.Context())
		w.broken = nil
		return
	}
	f, err := w.working(w.t.Context(), "", ofReads(access.Follow))
	w.ok(err)
	_, _ = f.FollowSome(w.t.Context(), cursorName, func([]record.Change) error { return context.Canceled })
}
