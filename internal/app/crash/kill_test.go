//go:build unix

package crash

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
)

// seed makes the moments of the kills and all that the writers do. Which
// answers come first is left to the machine, so two runs are never the same.
const seed = 1948_07_05

// rounds is how often the server is killed on each database.
func rounds() int {
	if testing.Short() {
		return 4
	}
	return 25
}

// The promises that nothing acknowledged is lost, that nothing is half there
// and that no answer is left without its access entry, at kill -9 under
// concurrent writes.
func TestAttack87KilledUnderWriters(t *testing.T) {
	eachKind(t, func(t *testing.T, p place) {
		var pg *cluster
		if p.url != "" {
			pg = postgres(t)
		}
		k := &killing{t: t, place: p, pg: pg, l: newLedger(), token: token(t, p), rnd: rand.New(rand.NewPCG(seed, uint64(len(p.url))))}
		n := start(t, p)
		for i := range rounds() {
			n = k.round(i, n)
			if t.Failed() {
				t.Fatalf("round %d; the end of the server's log:\n%s", i, &n.err)
			}
		}
		k.end(n)
	})
}

// killing is a store that is killed again and again.
type killing struct {
	place
	t     *testing.T
	pg    *cluster
	l     *ledger
	token string
	rnd   *rand.Rand
}

// round lets writers write, kills, starts again and checks. It returns the
// server that runs then.
func (k *killing) round(i int, n *node) *node {
	name := fmt.Sprintf("r%d", i)
	since := now()
	r := &round{t: k.t, l: k.l, name: name, kill: n.kill}
	below := k.pg != nil && i%3 == 2 // the database is killed and not the server
	if below {
		r.kill = k.pg.kill
	}
	r.write(8+k.rnd.IntN(9), 1+k.rnd.IntN(400), func(who string) *caller { return call(k.t, n, k.token, who) }, k.rnd.Uint64())
	if below {
		k.pg.start(k.t)
		n.alive(k.t)
		c := call(k.t, n, k.token, "wait")
		until(k.t, "the server has its database back", c.ready)
	} else {
		if i%4 == 1 {
			k.l.checkLog(k.t, k.place)
		}
		if i%4 == 3 { // and again while it comes up
			early, _ := spawn(k.t, k.place, nil)
			early.kill()
		}
		n = start(k.t, k.place)
	}
	k.l.check(k.t, call(k.t, n, k.token, name+"-check"), since)
	if i%6 == 5 {
		verify(k.t, k.place)
	}
	return n
}

// end checks the whole store once more.
func (k *killing) end(n *node) {
	verify(k.t, k.place)
	whole := history(k.t, call(k.t, n, k.token, "end"), "")
	for v, body := range k.l.held {
		if whole[v] != body {
			k.t.Errorf("%s was there and is not any more", v)
		}
	}
	if len(whole) != len(k.l.held) {
		k.t.Errorf("there are %d versions; %d were seen", len(whole), len(k.l.held))
	}
	n.stop(k.t)
	k.l.checkLog(k.t, k.place)
	verify(k.t, k.place) // after a clean stop, by the command alone
	k.t.Logf("%d answers, %d versions of %d resources", k.l.asked, len(whole), k.resources())
}

func (k *killing) resources() int {
	keys := map[string]bool{}
	for v := range k.l.held {
		keys[v.key] = true
	}
	return len(keys)
}

// accessLog reads who was given what: by request, the versions.
func accessLog(t testing.TB, p place) map[string]map[string]bool {
	t.Helper()
	ctx := context.Background()
	conf := db.Config{Path: filepath.Join(p.dir, "access.db")}
	if p.url != "" {
		conf = db.Config{URL: p.url}
	}
	d, err := db.Open(ctx, conf)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	log, err := audit.Open(ctx, d)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	all := map[string]map[string]bool{}
	for after, more := int64(0), true; more; {
		more = false
		err := log.Each(ctx, audit.Filter{After: after, Limit: 10_000}, func(e *audit.Entry) error {
			after, more = e.Seq, true
			if all[e.Request] == nil {
				all[e.Request] = map[string]bool{}
			}
			for _, r := range e.Returned {
				all[e.Request][spot{r.Type + "/" + r.ID, r.Version}.String()] = true
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return all
}
