//go:build unix

package crash

import (
	"maps"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// ledger is what the clients know: every answer that they were given, and what
// they asked and never heard of again. The server's store is held against it.
type ledger struct {
	mu       sync.Mutex
	acks     map[spot]string     // what was acknowledged: body, or deleted
	once     map[string]string   // identifier of a conditional create → the one resource
	txs      map[string]*tx      // by their tag
	answered map[string][]string // request → the versions that its answer gave
	held     versions            // what the server was last seen to hold
	asked    int                 // answers so far
}

// spot names one version.
type spot struct {
	key     string
	version int64
}

func (p spot) String() string { return p.key + "/" + strconv.FormatInt(p.version, 10) }

// versions are all versions of everything.
type versions map[spot]string

// deleted stands for the body of a tombstone.
const deleted = "(deleted)"

// tx is a transaction that was sent: so many entries carry its tag, and it
// deletes one resource, if any.
type tx struct {
	tagged int
	gone   spot // the tombstone that it makes
	acked  bool
}

func newLedger() *ledger {
	return &ledger{acks: map[spot]string{}, once: map[string]string{}, txs: map[string]*tx{},
		answered: map[string][]string{}, held: versions{}}
}

// heard notes an answer and the versions in it.
func (l *ledger) heard(a *answer, given ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.asked++
	l.answered[a.request] = given
}

// acked notes an acknowledged version. Two answers that claim the same version
// with different content are a lost update.
func (l *ledger) acked(t testing.TB, v spot, body string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if before, twice := l.acks[v]; twice && before != body {
		t.Errorf("%s was acknowledged twice:\n%s\n%s", v, before, body)
	}
	l.acks[v] = body
}

// made notes the answer to a conditional create.
func (l *ledger) made(t testing.TB, identifier, key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if before, ok := l.once[identifier]; ok && before != key {
		t.Errorf("a conditional create of %s made both %s and %s", identifier, before, key)
	}
	l.once[identifier] = key
}

func (l *ledger) sent(id string, x *tx) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.txs[id] = x
}

// history reads all versions that were made since a moment, "" for all.
func history(t testing.TB, c *caller, since string) versions {
	t.Helper()
	all := versions{}
	path := "_history?_count=1000"
	if since != "" {
		path += "&_since=" + since
	}
	for path != "" {
		b := c.get(t, path).bundle(t)
		for i := range b.Entry {
			e := &b.Entry[i]
			v := spot{e.key(), e.version()}
			if _, twice := all[v]; twice {
				t.Errorf("the history gives %s twice", v)
			}
			all[v] = string(e.Resource)
			if e.Request.Method == http.MethodDelete {
				all[v] = deleted
			}
		}
		path = b.next(c.base)
	}
	return all
}

// check holds the store against the ledger, with the versions since a moment.
func (l *ledger) check(t testing.TB, c *caller, since string) {
	t.Helper()
	got := history(t, c, since)
	for v, body := range got {
		if before, known := l.held[v]; known && before != body {
			t.Errorf("%s has changed:\n%s\n%s", v, before, body)
		}
	}
	maps.Copy(l.held, got)
	for v, body := range l.acks {
		if l.held[v] != body {
			t.Errorf("%s was acknowledged and is lost: there is %q, acknowledged %q", v, l.held[v], body)
		}
	}
	l.checkGaps(t)
	l.checkTransactions(t, c)
	for id, key := range l.once {
		b := c.get(t, "Patient?identifier=urn:bevan:once|"+id).bundle(t)
		if len(b.Entry) != 1 || b.Entry[0].key() != key {
			t.Errorf("the conditional create of %s made %s; a search finds %d", id, key, len(b.Entry))
		}
	}
	clear(l.acks)
	clear(l.once)
}

// checkGaps: versions count from 1 without a gap.
func (l *ledger) checkGaps(t testing.TB) {
	t.Helper()
	count, most := map[string]int64{}, map[string]int64{}
	for v := range l.held {
		count[v.key]++
		most[v.key] = max(most[v.key], v.version)
	}
	for key, n := range count {
		if most[key] != n {
			t.Errorf("%s is at version %d and has %d versions", key, most[key], n)
		}
	}
}

// checkTransactions: all of one or nothing, in the records and in the index.
func (l *ledger) checkTransactions(t testing.TB, c *caller) {
	t.Helper()
	tagged := map[string]int{}
	for _, body := range l.held {
		if _, rest, ok := strings.Cut(body, `"system":"urn:bevan:tx","code":"`); ok {
			id, _, _ := strings.Cut(rest, `"`)
			tagged[id]++
		}
	}
	for id, x := range l.txs {
		n := tagged[id]
		if n != x.tagged && (n != 0 || x.acked) {
			t.Errorf("transaction %s is half there: %d of %d (acknowledged: %v)", id, n, x.tagged, x.acked)
		}
		if _, there := l.held[x.gone]; x.gone.key != "" && there != (n > 0) {
			t.Errorf("transaction %s is half there: %d of %d, and its delete: %v", id, n, x.tagged, there)
		}
		if !x.acked { // those that were cut off are what a search could be wrong about
			b := c.get(t, "?_type=Patient,Observation&_count=100&_tag=urn:bevan:tx|"+id).bundle(t)
			if len(b.Entry) != n {
				t.Errorf("transaction %s has %d entries, and a search finds %d", id, n, len(b.Entry))
			}
		}
	}
	clear(l.txs)
}

// checkLog reads the access log, while no server runs, and looks for every
// answer that was given.
func (l *ledger) checkLog(t testing.TB, p place) {
	t.Helper()
	logged := accessLog(t, p)
	missing := 0
	for request, given := range l.answered {
		entries, there := logged[request]
		if !there {
			missing++
			t.Errorf("the answer to %s has no access entry", request)
		}
		for _, ref := range given {
			if !entries[ref] {
				missing++
				t.Errorf("the answer to %s gave %s, and its access entries do not say so", request, ref)
			}
		}
		if missing > 20 {
			t.Fatal("and more")
		}
	}
}
