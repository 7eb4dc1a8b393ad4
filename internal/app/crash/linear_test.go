//go:build unix

package crash

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// What a client asks about one key. A key is an identifier; which resource has
// it changes when that is deleted and another is made.
type question struct {
	key  string
	ask  string // make, change, remove, find, read
	id   string // change, read: the resource that it is about
	from int64  // change: the version that it was made from
	text string // make, change: what is written
}

// reply is what the client was told. Without an id there was nothing.
type reply struct {
	ok      bool // make: there was none before; change: it was made
	id      string
	version int64
	text    string
}

// state is what one key holds; without an id nothing.
type state struct {
	id      string
	version int64
	text    string
}

// keys is the specification: a few registers with conditional writes.
var keys = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		by := map[string][]porcupine.Operation{}
		for _, o := range history {
			k := o.Input.(question).key
			by[k] = append(by[k], o)
		}
		return slices.Collect(maps.Values(by))
	},
	Init: func() any { return state{} },
	Step: func(s, in, out any) (bool, any) { return step(s.(state), in.(question), out.(reply)) },
	DescribeOperation: func(in, out any) string {
		return fmt.Sprintf("%+v -> %+v", in, out)
	},
}

func step(s state, q question, r reply) (bool, any) {
	same := r.id == s.id && r.version == s.version && r.text == s.text
	switch q.ask {
	case "make":
		if s.id != "" {
			return !r.ok && same, s
		}
		return r.ok && r.version == 1 && r.text == q.text, state{r.id, 1, q.text}
	case "change":
		if s.id != q.id || s.version != q.from {
			return !r.ok, s
		}
		return r.ok && r.version == q.from+1 && r.text == q.text, state{q.id, q.from + 1, q.text}
	case "remove": // tells the version of the tombstone
		if s.id == "" {
			return !r.ok, s
		}
		return r.ok && r.version == s.version+1, state{}
	case "find":
		return same, s
	case "read":
		if s.id != q.id {
			return r.id == "", s
		}
		return same, s
	}
	return false, s
}

// The model is held to be one that can say no.
func TestTheModelRefusesALostUpdate(t *testing.T) {
	history := []porcupine.Operation{
		{Input: question{ask: "make", text: "a"}, Output: reply{true, "1", 1, "a"}, Call: 1, Return: 2},
		{Input: question{ask: "change", id: "1", from: 1, text: "b"}, Output: reply{true, "1", 2, "b"}, Call: 3, Return: 6},
		{Input: question{ask: "change", id: "1", from: 1, text: "c"}, Output: reply{true, "1", 2, "c"}, Call: 4, Return: 5},
	}
	if porcupine.CheckOperations(keys, history) {
		t.Error("two updates of one version are taken")
	}
	history[2].Output = reply{}
	if !porcupine.CheckOperations(keys, history) {
		t.Error("an update that was refused is not taken")
	}
	stale := porcupine.Operation{Input: question{ask: "find"}, Output: reply{id: "1", version: 1, text: "a"}, Call: 7, Return: 8}
	if porcupine.CheckOperations(keys, append(history, stale)) {
		t.Error("a stale read is taken")
	}
}

func TestConditionalWritesAreLinearizable(t *testing.T) {
	eachKind(t, func(t *testing.T, p place) {
		tok := token(t, p)
		nodes := []*node{start(t, p)}
		linearizable(t, nodes, tok, "one")
		if p.url == "" {
			return
		}
		linearizable(t, append(nodes, start(t, second(t, p))), tok, "two")
	})
}

// second is the place of one more node on the same PostgreSQL database: a data
// folder of its own with the same keys.
func second(t testing.TB, p place) place {
	t.Helper()
	other := newPlace(t)
	other.url = p.url
	must(t, "keys", "backup", "--data", p.dir, other.dir+"/keys.json")
	return other
}

// linearizable records what clients do at the same time, and asks whether there
// is an order in which a single one could have seen it.
func linearizable(t *testing.T, nodes []*node, tok, name string) {
	clients, each := 8, 150
	if testing.Short() {
		each = 40
	}
	var mu sync.Mutex
	var history []porcupine.Operation
	begin := time.Now()
	var all sync.WaitGroup
	for i := range clients {
		w := &prober{t: t, c: call(t, nodes[i%len(nodes)], tok, fmt.Sprintf("lin-%s-%d", name, i)),
			rnd: rand.New(rand.NewPCG(seed, uint64(i))), name: name, known: map[string]reply{}}
		all.Go(func() {
			for n := range each {
				q := w.choose(n)
				from := time.Since(begin)
				r, known := w.do(q)
				to := time.Since(begin)
				if !known {
					continue // refused before it was tried; nothing happened
				}
				mu.Lock()
				history = append(history, porcupine.Operation{ClientId: i, Input: q, Output: r, Call: from.Nanoseconds(), Return: to.Nanoseconds()})
				mu.Unlock()
			}
		})
	}
	all.Wait()
	switch porcupine.CheckOperationsTimeout(keys, history, patience) {
	case porcupine.Illegal:
		t.Errorf("%s: no order explains what the clients saw:\n%s", name, wrong(history))
	case porcupine.Unknown:
		t.Errorf("%s: the history of %d is too long to be checked", name, len(history))
	}
	did := map[string]int{}
	for _, o := range history {
		if r := o.Output.(reply); r.ok || o.Input.(question).ask == "find" {
			did[o.Input.(question).ask]++
		}
	}
	t.Logf("%s: %d operations; done: %v", name, len(history), did)
	for _, ask := range []string{"make", "change", "remove", "find"} {
		if did[ask] == 0 {
			t.Errorf("%s: not one %s was done, so nothing is shown", name, ask)
		}
	}
}

// wrong lists what comes after the longest beginning that can be explained, for
// one key.
func wrong(history []porcupine.Operation) string {
	for _, part := range keys.Partition(history) {
		result, info := porcupine.CheckOperationsVerbose(keys, part, patience)
		if result != porcupine.Illegal {
			continue
		}
		var longest []porcupine.Operation
		for _, l := range slices.Concat(info.PartialLinearizationsOperations()...) {
			if len(l) > len(longest) {
				longest = l
			}
		}
		rest := slices.DeleteFunc(part, func(o porcupine.Operation) bool {
			return slices.ContainsFunc(longest, func(l porcupine.Operation) bool { return l.Call == o.Call && l.ClientId == o.ClientId })
		})
		slices.SortFunc(rest, func(a, b porcupine.Operation) int { return int(a.Call - b.Call) })
		var b strings.Builder
		say := func(list []porcupine.Operation) {
			for _, o := range list {
				fmt.Fprintf(&b, "  %9d-%9d µs client %d: %s\n", o.Call/1000, o.Return/1000, o.ClientId, keys.DescribeOperation(o.Input, o.Output))
			}
		}
		say(longest[max(0, len(longest)-10):])
		b.WriteString("and then one of\n")
		say(rest[:min(len(rest), 10)])
		return b.String()
	}
	return ""
}

// prober is one client.
type prober struct {
	t     *testing.T
	c     *caller
	rnd   *rand.Rand
	name  string
	known map[string]reply // what it last saw under a key
}

func (p *prober) choose(n int) question {
	q := question{key: p.name + "-" + strconv.Itoa(p.rnd.IntN(3))}
	last := p.known[q.key]
	switch k := p.rnd.IntN(20); {
	case k < 4:
		q.ask = "make"
	case k < 6:
		q.ask = "remove"
	case k < 14 && last.id != "":
		q.ask, q.id, q.from = "change", last.id, last.version
	case k < 16 && last.id != "":
		q.ask, q.id = "read", last.id
	default:
		q.ask = "find"
	}
	q.text = p.c.name + "." + strconv.Itoa(n)
	return q
}

// do asks the server. It is false where the server did not try: others were in
// the way too often.
func (p *prober) do(q question) (r reply, known bool) {
	query := "identifier=urn:bevan:lin|" + q.key
	body := `"identifier":[{"system":"urn:bevan:lin","value":"` + q.key + `"}],"name":[{"family":"` + q.text + `"}]}`
	var a *answer
	var err error
	switch q.ask {
	case "make":
		a, err = p.c.do("POST", "Patient", strings.NewReader(`{"resourceType":"Patient",`+body), "If-None-Exist", query)
	case "change":
		a, err = p.c.do("PUT", "Patient/"+q.id, strings.NewReader(`{"resourceType":"Patient","id":"`+q.id+`",`+body),
			"If-Match", fmt.Sprintf(`W/"%d"`, q.from))
	case "remove":
		a, err = p.c.do("DELETE", "Patient?"+query, nil)
	case "find":
		a, err = p.c.do("GET", "Patient?"+query, nil)
	case "read":
		a, err = p.c.do("GET", "Patient/"+q.id, nil)
	}
	if err != nil {
		p.t.Errorf("%s: %v", q.ask, err)
		return r, false
	}
	if a.status == http.StatusConflict {
		return r, false
	}
	r = p.heard(q, a)
	if r.id != "" || q.ask == "find" {
		p.known[q.key] = r
	}
	return r, true
}

func (p *prober) heard(q question, a *answer) reply {
	switch {
	case q.ask == "find" && a.status == http.StatusOK:
		b := a.bundle(p.t)
		if len(b.Entry) > 1 {
			p.t.Errorf("%d resources have the identifier of one", len(b.Entry))
		}
		if len(b.Entry) == 0 {
			return reply{}
		}
		return told(p.t, b.Entry[0].Resource)
	case q.ask == "remove" && a.status == http.StatusNoContent:
		return reply{ok: a.version() > 0, version: a.version()}
	case q.ask == "change" && a.status == http.StatusPreconditionFailed:
		return reply{}
	case q.ask == "read" && (a.status == http.StatusGone || a.status == http.StatusNotFound):
		return reply{}
	case a.status == http.StatusOK || a.status == http.StatusCreated:
		r := told(p.t, a.body)
		r.ok = q.ask == "make" && a.status == http.StatusCreated || q.ask == "change"
		return r
	}
	p.t.Errorf("%s gives %v", q.ask, a)
	return reply{}
}

// told reads a resource of these tests.
func told(t testing.TB, body []byte) reply {
	key, v, _ := headOf(t, body)
	_, id, _ := strings.Cut(key, "/")
	_, rest, _ := strings.Cut(string(body), `"family":"`)
	text, _, _ := strings.Cut(rest, `"`)
	return reply{id: id, version: v, text: text}
}
