package apart

import (
	"encoding/json"
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
	return p.found(t, n, name, off) != nil
}

// found is what a viewer asked of a world up to a leak; nil where there was none.
func (p *places) found(t *testing.T, n uint64, name string, off func(access.Who) access.Who) *leakCase {
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
		c := &leakCase{Viewer: name, Person: v.who.Patient, World: w}
		pr := p.pair(t, w, newJudge(t, w), &v, full)
		for range 40 {
			q := d.question()
			c.Questions = append(c.Questions, q)
			if _, leak := pr.compare(q, newCount()); leak != "" {
				return c
			}
		}
		if !v.exports() {
			continue
		}
		if _, leak := pr.exports(d, newCount()); leak != "" {
			c.Questions = []question{pr.last}
			return c
		}
	}
	return nil
}

// TestALeakIsMadeSmaller switches the choices of a person off and has the case
// that was found made smaller: what is left fails by itself, holds little, and
// is well once choices hold again.
func TestALeakIsMadeSmaller(t *testing.T) {
	p := newPlaces(t, db.SQLite)
	off := func(w access.Who) access.Who {
		w.App, w.Grant = "", ""
		return w
	}
	for n := uint64(0); n < 5; n++ {
		c := p.found(t, n, "app", off)
		if c == nil {
			continue
		}
		p.turned = off
		small := p.smaller(t, c)
		if p.leaks(t, small) == "" {
			t.Error("what is left does not fail")
		}
		if len(small.Questions) != 1 || len(small.World.Entries) > 5 || len(small.World.Events) > 10 {
			t.Errorf("left are %d of %d questions, %d of %d entries, %d of %d events", len(small.Questions), len(c.Questions),
				len(small.World.Entries), len(c.World.Entries), len(small.World.Events), len(c.World.Events))
		}
		text, err := json.Marshal(small)
		if err != nil {
			t.Fatal(err)
		}
		kept := &leakCase{}
		if err := json.Unmarshal(text, kept); err != nil {
			t.Fatal(err)
		}
		if p.leaks(t, kept) == "" {
			t.Error("as it is kept in testdata it does not fail")
		}
		p.turned = nil
		if leak := p.leaks(t, kept); leak != "" {
			t.Errorf("it fails where choices hold: %s", leak)
		}
		return
	}
	t.Fatal("nothing was noticed")
}
