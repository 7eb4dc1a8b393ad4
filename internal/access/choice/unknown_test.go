package choice_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access/choice"
)

// open ranks verdicts by how much they let through. What is undecided is left
// to the layer above, which may permit.
func open(v choice.Verdict) int {
	switch {
	case !v.Decided:
		return 1
	case v.Permit:
		return 2
	}
	return 0
}

// Whoever says less about themselves, and whatever less is known of a resource,
// never gets more than they would with the truth, whichever that is.
func TestKnowingLessNeverOpensMore(t *testing.T) {
	start := *seed
	if start == 0 {
		start = rand.Uint64()
	}
	days := []string{"2020-05-05", "2021-03-04", "2022-06-30", "2022-07-01", "2022-12-31", "2023-05-05", "2024-01-01"}
	less, closed := 0, 0
	for n := range uint64(4000) {
		d := &dice{rand.New(rand.NewPCG(start, n))}
		s := d.situation()
		w := s.world()
		var cs []*choice.Consent
		for _, o := range s.consents {
			tree, err := fhir.Parse(text(o), fhir.DefaultLimits)
			if err != nil {
				t.Fatal(err)
			}
			c, err := w.Read(tree)
			if err != nil {
				t.Fatal(err)
			}
			cs = append(cs, c)
		}
		v, i := s.viewers[0], s.items[0]
		hidden := d.IntN(7)
		for range 6 {
			full, item := v, i
			if full.Now.IsZero() {
				full.Now = doctor.Now
			}
			short, dim := full, item
			switch hidden {
			case 0:
				full.Purpose, short.Purpose = some(d, purposes), nil
			case 1:
				full.Action, short.Action = pick(d, []string{"access", "correct", "use"}), ""
			case 2:
				full.Refs, full.Idents = some(d, actorRefs), few(d, idents)
				full.Roles = []choice.Coding{{System: "r", Code: pick(d, []string{"nurse", "clerk"})}}
				short.Refs, short.Idents, short.Roles = nil, nil, nil
			case 3:
				full.Now, short.Now = d.moment(days), time.Time{}
			case 4:
				item.From = d.moment(days)
				item.To = item.From.Add(time.Duration(d.IntN(400)) * 24 * time.Hour)
				item.Days = false
				dim = item
				dim.From, dim.To = time.Time{}, time.Time{}
			case 5:
				item.Type, dim.Type = pick(d, types[:3]), ""
				item.ID, dim.ID = "9", "9"
			case 6: // who they perhaps are, they are or are not
				short.Refs, short.Idents = []string{"Practitioner/0"}, nil
				short.Perhaps, short.PerhapsIdents = some(d, actorRefs), few(d, idents)
				full.Refs, full.Idents, full.Perhaps, full.PerhapsIdents = short.Refs, nil, nil, nil
				if d.chance(70) {
					full.Refs, full.Idents = append(few(d, short.Perhaps), "Practitioner/0"), few(d, append(short.PerhapsIdents, choice.Coding{System: "none", Code: "none"}))
				}
			}
			truth, guess := w.Decide(cs, &full, &item), w.Decide(cs, &short, &dim)
			if less++; open(guess) < open(truth) {
				closed++
			}
			if open(guess) > open(truth) {
				t.Fatalf("seed %d, case %d, hidden %d: with the truth %+v, without it %+v\n%+v\n%+v\n%s", start, n, hidden, truth, guess, full, item, s)
			}
		}
	}
	t.Logf("%d times something was not known, and %d times that closed something", less, closed)
	if closed*50 < less {
		t.Error("it hardly ever matters: mend the generator")
	}
}

func (d *dice) moment(days []string) time.Time {
	from, _ := day(pick(d, days), time.UTC)
	return from.Add(time.Duration(d.IntN(24)) * time.Hour)
}
