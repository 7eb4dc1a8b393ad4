//go:build unix

package crash

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// round is one life of a server under writers.
type round struct {
	t    testing.TB
	l    *ledger
	name string
	hot  []string     // patients that everybody changes
	dead atomic.Bool  // the kill was decided on
	left atomic.Int64 // answers until then
	kill func()
}

// write lets n writers work until so many answers were given, kills what kill
// kills, and returns when all writers have seen it.
func (r *round) write(n, answers int, c func(name string) *caller, seed uint64) {
	first := &writer{round: r, c: c(r.name + "-hot"), rnd: rand.New(rand.NewPCG(seed, 0)), name: r.name + "-hot"}
	for range 4 {
		first.create()
	}
	for _, o := range first.own {
		r.hot = append(r.hot, o.key)
	}
	r.left.Store(int64(answers))
	var all sync.WaitGroup
	for i := range n {
		w := &writer{round: r, c: c(fmt.Sprintf("%s-w%d", r.name, i)), name: fmt.Sprintf("%s-w%d", r.name, i),
			rnd: rand.New(rand.NewPCG(seed, uint64(i)+1))}
		all.Go(w.work)
	}
	all.Wait()
	if !r.dead.Load() {
		r.t.Error("all writers stopped before the kill")
	}
}

// tick counts an answer and kills when it was the last one.
func (r *round) tick() {
	if r.left.Add(-1) == 0 {
		r.dead.Store(true)
		r.kill()
	}
}

// writer is one client.
type writer struct {
	*round
	c    *caller
	rnd  *rand.Rand
	name string
	n    int
	own  []spot // patients that nobody else changes
	lost bool   // the server is gone
}

func (w *writer) work() {
	acts := []func(){w.create, w.create, w.observe, w.observe, w.change, w.change, w.remove,
		w.once, w.once, w.transact, w.transact, w.transact, w.read, w.find, w.versions}
	for !w.lost {
		acts[w.rnd.IntN(len(acts))]()
	}
}

// ask sends a request. It gives nil when the server is gone.
func (w *writer) ask(method, path, body string, headers ...string) *answer {
	var b io.Reader
	if body != "" {
		b = strings.NewReader(body)
	}
	a, err := w.c.do(method, path, b, headers...)
	switch {
	case err != nil && !w.dead.Load():
		w.t.Errorf("%s %s: %v", method, path, err)
		fallthrough
	case err != nil:
		w.lost = true
		return nil
	case a.status == http.StatusServiceUnavailable:
		// The database is gone. Whether a write was done is not known.
		a.refusal(w.t, http.StatusServiceUnavailable)
		if !w.dead.Load() {
			w.t.Errorf("%s %s gives %v before anything was killed", method, path, a)
		}
		w.lost = true
		return nil
	case a.status >= 500:
		w.t.Errorf("%s %s gives %v", method, path, a)
	}
	w.tick()
	return a
}

// next is a name that nothing had before.
func (w *writer) next() string {
	w.n++
	return w.name + "-" + strconv.Itoa(w.n)
}

func patient(system, value, tag string) string {
	meta := ""
	if tag != "" {
		meta = `"meta":{"tag":[{"system":"urn:bevan:tx","code":"` + tag + `"}]},`
	}
	return `{"resourceType":"Patient",` + meta + `"identifier":[{"system":"urn:bevan:` + system + `","value":"` + value +
		`"}],"name":[{"family":"Test","given":["` + value + `"]}],"birthDate":"2019-02-28"}`
}

func observation(subject, value, tag string) string {
	meta := ""
	if tag != "" {
		meta = `"meta":{"tag":[{"system":"urn:bevan:tx","code":"` + tag + `"}]},`
	}
	return `{"resourceType":"Observation",` + meta + `"status":"final","code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}],"text":"` + value +
		`"},"subject":{"reference":"` + subject + `"},"effectiveDateTime":"2026-05-01","valueQuantity":{"value":12.50,"unit":"kg"}}`
}

// wrote notes an acknowledged write of one resource.
func (w *writer) wrote(a *answer) spot {
	key, v, _ := headOf(w.t, a.body)
	s := spot{key, v}
	if a.version() != v {
		w.t.Errorf("the ETag says %d and the body %d", a.version(), v)
	}
	w.l.heard(a, s.String())
	w.l.acked(w.t, s, string(a.body))
	return s
}

func (w *writer) create() {
	a := w.ask("POST", "Patient", patient("own", w.next(), ""))
	if a == nil {
		return
	}
	if a.status != http.StatusCreated {
		w.t.Errorf("create gives %v", a)
		return
	}
	w.own = append(w.own, w.wrote(a))
}

func (w *writer) anyone() string {
	if len(w.own) > 0 && w.rnd.IntN(2) == 0 {
		return w.own[w.rnd.IntN(len(w.own))].key
	}
	return w.hot[w.rnd.IntN(len(w.hot))]
}

func (w *writer) observe() {
	if a := w.ask("POST", "Observation", observation(w.anyone(), w.next(), "")); a != nil && a.status == http.StatusCreated {
		w.wrote(a)
	} else if a != nil {
		w.t.Errorf("create gives %v", a)
	}
}

// change reads a patient that everybody changes and writes it if nobody else
// did meanwhile.
func (w *writer) change() {
	key := w.hot[w.rnd.IntN(len(w.hot))]
	a := w.ask("GET", key, "")
	if a == nil {
		return
	}
	_, v, _ := headOf(w.t, a.body)
	w.l.heard(a, spot{key, v}.String())
	typ, id, _ := strings.Cut(key, "/")
	body := strings.Replace(patient("hot", w.next(), ""), `{"resourceType":"`+typ+`",`, `{"resourceType":"`+typ+`","id":"`+id+`",`, 1)
	a = w.ask("PUT", key, body, "If-Match", fmt.Sprintf(`W/"%d"`, v))
	switch {
	case a == nil:
	case a.status == http.StatusOK:
		if s := w.wrote(a); s.version != v+1 {
			w.t.Errorf("an update of version %d makes version %d", v, s.version)
		}
	case a.status == http.StatusPreconditionFailed:
		w.l.heard(a) // it tells the version that there is
	case a.status != http.StatusConflict:
		w.t.Errorf("an update gives %v", a)
	}
}

func (w *writer) remove() {
	if len(w.own) < 3 {
		w.create()
		return
	}
	s := w.own[0]
	a := w.ask("DELETE", s.key, "")
	if a == nil {
		w.own = w.own[1:] // perhaps gone, perhaps not
		return
	}
	switch a.status {
	case http.StatusNoContent, http.StatusOK:
		gone := spot{s.key, a.version()}
		w.own = w.own[1:]
		w.l.heard(a, gone.String())
		w.l.acked(w.t, gone, deleted)
	default:
		w.t.Errorf("a delete gives %v", a)
	}
}

// once makes a patient unless there is one; the others try the same.
func (w *writer) once() {
	id := w.round.name + "-" + strconv.Itoa(w.rnd.IntN(12))
	a := w.ask("POST", "Patient", patient("once", id, ""), "If-None-Exist", "identifier=urn:bevan:once|"+id)
	if a == nil {
		return
	}
	switch a.status {
	case http.StatusOK, http.StatusCreated:
		w.l.made(w.t, id, w.wrote(a).key)
	case http.StatusConflict: // too many others at once
	default:
		w.t.Errorf("a conditional create gives %v", a)
	}
}

func (w *writer) read() {
	key := w.anyone()
	a := w.ask("GET", key, "")
	if a == nil {
		return
	}
	if a.status != http.StatusOK {
		w.t.Errorf("a read of %s gives %v", key, a)
		return
	}
	_, v, _ := headOf(w.t, a.body)
	w.l.heard(a, spot{key, v}.String())
}

func (w *writer) find() {
	w.look("Observation?_count=5&_sort=-_lastUpdated&subject=" + w.anyone())
}

func (w *writer) versions() { w.look(w.anyone() + "/_history") }

// look asks for a Bundle and notes what is in it.
func (w *writer) look(path string) {
	a := w.ask("GET", path, "")
	if a == nil {
		return
	}
	if a.status != http.StatusOK {
		w.t.Errorf("GET %s gives %v", path, a)
		return
	}
	var given []string
	b := a.bundle(w.t)
	for i := range b.Entry {
		e := &b.Entry[i]
		v := e.version()
		if len(e.Resource) > 0 {
			_, v, _ = headOf(w.t, e.Resource)
		}
		given = append(given, spot{e.key(), v}.String())
	}
	w.l.heard(a, given...)
}

// transact writes about several people at once: new ones, observations of
// them, a change of one, and a delete of another.
func (w *writer) transact() {
	id := w.next()
	x := &tx{}
	var entries []string
	add := func(method, url, full, body, match string) {
		e := `{`
		if full != "" {
			e += `"fullUrl":"` + full + `",`
		}
		if body != "" {
			e += `"resource":` + body + `,`
			x.tagged++
		}
		if match != "" {
			match = `,"ifMatch":"W/\"` + match + `\""`
		}
		entries = append(entries, e+`"request":{"method":"`+method+`","url":"`+url+`"`+match+`}}`)
	}
	for i := range 1 + w.rnd.IntN(3) {
		urn := fmt.Sprintf("urn:uuid:00000000-0000-4000-8000-%012d", i+1)
		add("POST", "Patient", urn, patient("own", fmt.Sprintf("%s-%d", id, i), id), "")
		add("POST", "Observation", "", observation(urn, id, id), "")
	}
	add("POST", "Observation", "", observation(w.hot[w.rnd.IntN(len(w.hot))], id, id), "")
	if len(w.own) > 2 {
		put, gone := w.own[1], w.own[0]
		w.own = w.own[2:] // both are in doubt until the answer
		_, pid, _ := strings.Cut(put.key, "/")
		body := strings.Replace(patient("own", id, id), `"Patient",`, `"Patient","id":"`+pid+`",`, 1)
		add("PUT", put.key, "", body, strconv.FormatInt(put.version, 10))
		add("DELETE", gone.key, "", "", strconv.FormatInt(gone.version, 10))
		x.gone = spot{gone.key, gone.version + 1}
	}
	w.rnd.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	w.l.sent(id, x)
	a := w.ask("POST", "", `{"resourceType":"Bundle","type":"transaction","entry":[`+strings.Join(entries, ",")+`]}`)
	if a == nil {
		return
	}
	if a.status != http.StatusOK {
		w.t.Errorf("a transaction gives %v", a)
		return
	}
	w.took(a, x)
}

// took notes what an acknowledged transaction wrote.
func (w *writer) took(a *answer, x *tx) {
	x.acked = true
	var given []string
	for _, e := range a.bundle(w.t).Entry {
		if len(e.Resource) == 0 {
			continue
		}
		key, v, h := headOf(w.t, e.Resource)
		s := spot{key, v}
		given = append(given, s.String())
		w.l.acked(w.t, s, string(e.Resource))
		if h.ResourceType == "Patient" {
			w.own = append(w.own, s)
		}
	}
	if len(given) != x.tagged {
		w.t.Errorf("a transaction of %d entries answers with %d", x.tagged, len(given))
	}
	if x.gone.key != "" {
		given = append(given, x.gone.String())
		w.l.acked(w.t, x.gone, deleted)
	}
	w.l.heard(a, given...)
}
