package apart

import (
	"testing"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
)

// TestTheProofNoticesWhatIsNotHidden switches parts of what hides off, one at a
// time: the proof has to fail each time, and soon.
func TestTheProofNoticesWhatIsNotHidden(t *testing.T) {
	for _, c := range []struct {
		part, viewer string
		off          func(access.Who) access.Who
	}{
		{"everything", "staff", func(w access.Who) access.Who {
			w.Role, w.Patient = access.RoleOperator, ""
			return w
		}},
		{"other records", "own", func(w access.Who) access.Who {
			w.Role, w.Patient = access.RoleOperator, ""
			return w
		}},
		{"choices", "app", func(w access.Who) access.Who {
			w.App, w.Grant = "", ""
			return w
		}},
		{"labels", "proxy", func(w access.Who) access.Who {
			w.Shown = access.Sensitive
			return w
		}},
		{"searches of scopes", "narrow-app", func(w access.Who) access.Who {
			w.Bound = access.AllTypes(access.AllVerbs)
			return w
		}},
		{"searches of a program's scopes", "program", func(w access.Who) access.Who {
			w.Bound = access.AllTypes(access.AllVerbs)
			return w
		}},
	} {
		t.Run(c.part, func(t *testing.T) {
			p := newPlaces(t, db.SQLite)
			for n := uint64(0); n < 5; n++ { // a world may have nothing that this part hides
				if p.notices(t, n, c.viewer, c.off) {
					return
				}
			}
			t.Error("nothing was noticed")
		})
	}
}

func (p *places) notices(t *testing.T, n uint64, name string, off func(access.Who) access.Who) bool {
	d := newDice(20260601, n)
	w := d.makeWorld()
	full := p.open(t)
	if err := full.play(w); err != nil {
		t.Fatal(err)
	}
	full.turned = off
	for _, v := range viewers(d.persons[0]) {
		if v.name != name {
			continue
		}
		pr := p.pair(t, w, newJudge(t, w), &v, full)
		for range 40 {
			if _, leak := pr.compare(d.question(), newCount()); leak != "" {
				return true
			}
		}
	}
	return false
}
