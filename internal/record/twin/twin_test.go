package twin

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/record"
)

// setting reads a whole number from the environment: BEVAN_TWIN_SEED for other
// worlds than those of every day, BEVAN_TWIN_TIMES for more or fewer queries, in
// hundredths, BEVAN_TWIN_FAULTS for how many faults are told before it stops.
func setting(t *testing.T, name string, fallback int) int {
	t.Helper()
	s := os.Getenv(name)
	if s == "" {
		return fallback
	}
	n, err := strconv.Atoi(s)
	if err != nil || n < 0 {
		t.Fatalf("%s is %q; it takes a whole number", name, s)
	}
	return n
}

// TestTwinAgrees asks about everybody.
func TestTwinAgrees(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		rounds(t, d, newGen, 7_000, func(*gen) string { return "" })
	})
}

// TestTwinOfOnePersonAgrees asks in sessions about one person, who must get
// the answers of a server that holds nothing else.
func TestTwinOfOnePersonAgrees(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		rounds(t, d, newGen, 3_000, anybody)
	})
}

// TestTwinOfManyAgrees asks where the answers are long.
func TestTwinOfManyAgrees(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		rounds(t, d, newCrowd, 300, func(g *gen) string {
			if g.odds(85) {
				return ""
			}
			return anybody(g)
		})
	})
}

func anybody(g *gen) string {
	if g.odds(3) {
		return "nobody"
	}
	return g.id("Patient")
}

// perRound is how many queries are asked before the world changes.
const perRound = 200

// rounds asks queries of a world that changes every so often. who says whose
// session asks next, "" for one about everybody.
func rounds(t *testing.T, d *db.DB, make func(uint64) *gen, queries int, who func(*gen) string) {
	seed := uint64(setting(t, "BEVAN_TWIN_SEED", 1))
	queries = queries * setting(t, "BEVAN_TWIN_TIMES", 100) / 100
	patience := setting(t, "BEVAN_TWIN_FAULTS", 3)
	r := newRig(t, d, make(seed))
	r.fill()
	found, some := 0, 0
	for i := range queries {
		if i%perRound == perRound-1 {
			r.churn()
		}
		patient := who(r.g)
		s, w := r.view(patient)
		r.g.w = w
		q := r.g.query()
		if fault := check(s, w, q, func() {}); fault != "" {
			r.report(fmt.Sprintf("seed %d, query %d", seed, i), patient, q)
			if patience--; patience <= 0 {
				return
			}
			continue
		}
		if n := len(w.answer(q)); n > 0 {
			found, some = found+n, some+1
		}
	}
	t.Logf("seed %d: %d queries, %d of them found %d resources", seed, queries, some, found)
	if some < queries/10 {
		t.Errorf("only %d of %d queries found anything: they are not worth much", some, queries)
	}
}

// view is a session and the world that it should see.
func (r *rig) view(patient string) (*record.Session, world) {
	if patient == "" {
		return r.all, r.w
	}
	return r.open(patient), r.w.of(patient)
}

func (r *rig) fault(patient string, q query) string {
	s, w := r.view(patient)
	return check(s, w, q, func() {})
}

// report tells of a fault with as few resources and parameters as still show
// it.
func (r *rig) report(where, patient string, q query) {
	r.t.Helper()
	first := r.fault(patient, q)
	asked := q
	for i := len(q.pairs) - 1; i >= 0; i-- {
		less := q
		less.pairs = slices.Delete(slices.Clone(q.pairs), i, i+1)
		if r.fault(patient, less) != "" {
			q = less
		}
	}
	removed := r.shrink(patient, q)
	_, w := r.view("")
	session := "about everybody"
	if patient != "" {
		session = "about Patient/" + patient
	}
	r.t.Errorf("%s, %s: %s\n%s\nthe least that still shows a fault: %s\n%s\n%s%s",
		where, session, asked, first, q, r.fault(patient, q), r.plan(patient, q), show(w))
	r.inParts(removed)
}

// shrink takes resources away for as long as there is a fault, and returns
// what it took.
func (r *rig) shrink(patient string, q query) map[string]string {
	removed := map[string]string{}
	for size := len(r.w) / 2; size > 0; size /= 2 {
		for part := range slices.Chunk(slices.Sorted(maps.Keys(r.w)), size) {
			were, gone := map[string]string{}, map[string]string{}
			for _, k := range part {
				were[k], gone[k] = string(r.w[k].root.Raw()), ""
			}
			r.write(gone)
			if r.fault(patient, q) == "" {
				r.write(were)
				continue
			}
			maps.Copy(removed, were)
		}
	}
	return removed
}

// plan prints how the door would answer.
func (r *rig) plan(patient string, q query) string {
	s, _ := r.view(patient)
	asked, err := parse(s, q)
	if err != nil {
		return ""
	}
	p, err := s.Explain(ctx, asked)
	if err != nil {
		return ""
	}
	var b strings.Builder
	var step func(p *record.Plan, depth int)
	step = func(p *record.Plan, depth int) {
		fmt.Fprintf(&b, "  %s%s (%d)\n", strings.Repeat("  ", depth), p.Step, p.Estimate)
		for _, c := range p.Steps {
			step(c, depth+1)
		}
	}
	step(p, 0)
	return b.String()
}

func show(w world) string {
	var b strings.Builder
	for _, r := range w.sorted() {
		fmt.Fprintf(&b, "  %s\n", r.root.Raw())
	}
	return b.String()
}
