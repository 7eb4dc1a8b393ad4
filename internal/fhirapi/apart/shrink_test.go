package apart

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// leakCase is a case as it is kept in testdata.
type leakCase struct {
	Viewer, Person string
	World          *world
	Questions      []question
}

// tries bounds how often a case is tried again to make it smaller.
const tries = 150

// report makes a case smaller and prints it.
func (p *places) report(t *testing.T, w *world, v *viewer, qs []question, leak string) {
	t.Errorf("%s asks %s\n%s", v, qs[len(qs)-1], leak)
	c := &leakCase{v.name, v.who.Patient, w, qs}
	if p.leaks(t, c) == "" {
		t.Log("the case does not fail by itself")
		return
	}
	c = p.smaller(t, c)
	text, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("smaller, to be kept in testdata:\n%s\nit %s", text, p.leaks(t, c))
}

// smaller leaves out of a case that fails what it fails without.
func (p *places) smaller(t *testing.T, from *leakCase) *leakCase {
	n := *from
	c := &n
	left := tries
	still := func(n *leakCase) bool {
		left--
		return left > 0 && p.leaks(t, n) != ""
	}
	c.Questions = fewer(c.Questions, func(qs []question) bool { return still(&leakCase{c.Viewer, c.Person, c.World, qs}) })
	kept := fewer(c.World.Entries, func(es []*entry) bool { return still(&leakCase{c.Viewer, c.Person, c.World.only(es), c.Questions}) })
	c.World = c.World.only(kept)
	last := &c.Questions[len(c.Questions)-1]
	if path, query, ok := strings.Cut(last.Path, "?"); ok {
		parts := fewer(strings.Split(query, "&"), func(parts []string) bool {
			n := slices.Clone(c.Questions)
			n[len(n)-1].Path = path + "?" + strings.Join(parts, "&")
			return still(&leakCase{c.Viewer, c.Person, c.World, n})
		})
		last.Path = path + "?" + strings.Join(parts, "&")
	}
	return c
}

// only is a world with some of its entries.
func (w *world) only(es []*entry) *world {
	drop := map[string]bool{}
	for _, e := range w.Entries {
		drop[e.key()] = true
	}
	for _, e := range es {
		delete(drop, e.key())
	}
	return w.without(drop)
}

// fewer leaves out what it can, in halves and then in smaller parts, while the
// rest still fails.
func fewer[T any](all []T, fails func([]T) bool) []T {
	for size := (len(all) + 1) / 2; size >= 1; size /= 2 {
		for from := 0; from < len(all); {
			rest := slices.Concat(all[:from], all[min(from+size, len(all)):])
			if len(rest) > 0 && fails(rest) {
				all = rest
				continue
			}
			from += size
		}
	}
	return all
}

// leaks plays a case from the beginning and tells how the stores differ.
func (p *places) leaks(t *testing.T, c *leakCase) (leak string) {
	t.Run("smaller", func(t *testing.T) {
		full := p.open(t)
		if err := full.play(c.World); err != nil {
			return // without something else it can not be written
		}
		full.turned = p.turned
		for _, v := range viewers(c.Person) {
			if v.name == c.Viewer {
				leak = p.pair(t, c.World, newJudge(t, c.World), &v, full).all(c.Questions)
				return
			}
		}
		t.Fatalf("nobody is called %s", c.Viewer)
	})
	return leak
}

// all asks every question in turn, of everybody who may answer.
func (p *pair) all(qs []question) string {
	wrote := false
	for _, q := range qs {
		leak := ""
		switch {
		case slices.ContainsFunc(writeKinds, func(k kind) bool { return k.name == q.Kind }):
			wrote = true
			_, leak = p.write(q)
		case wrote:
			leak = p.look(q)
		case q.Kind == exportKind:
			for range p.twins {
				if leak = p.export(q, newCount()); leak != "" {
					break
				}
			}
		default:
			for range p.twins {
				if _, leak = p.compare(q, newCount()); leak != "" {
					break
				}
			}
		}
		if leak != "" {
			return leak
		}
	}
	return ""
}

// TestCasesThatLeakedOnce plays the cases that were found.
func TestCasesThatLeakedOnce(t *testing.T) {
	files, err := filepath.Glob("testdata/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no cases: %v", err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for _, name := range files {
			t.Run(strings.TrimSuffix(filepath.Base(name), ".json"), func(t *testing.T) {
				text, err := os.ReadFile(name)
				if err != nil {
					t.Fatal(err)
				}
				c := &leakCase{}
				if err := json.Unmarshal(text, c); err != nil {
					t.Fatal(err)
				}
				if leak := newPlaces(t, d.Dialect()).leaks(t, c); leak != "" {
					t.Errorf("%s about %q: it %s", c.Viewer, c.Person, leak)
				}
			})
		}
	})
}
