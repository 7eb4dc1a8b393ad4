package choice_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access/choice"
)

var seed = flag.Uint64("choice.seed", 0, "the seed that a failure of TestAttack64NestedProvisionsAgainstTheTwin printed")

// trees is how many random trees of provisions the evaluator and the twin are
// held against each other with.
const trees = 1_000_000

// Attack 64: whatever the tree, the viewer and the resource, reading by the
// package, by a program from the class alone, and by the twin agree on the
// decision and on the provision that made it.
func TestAttack64NestedProvisionsAgainstTheTwin(t *testing.T) {
	want := trees
	if testing.Short() {
		want = 20_000
	}
	workers := runtime.GOMAXPROCS(0)
	start := *seed
	if start == 0 {
		start = rand.Uint64()
	}
	defer debug.SetGCPercent(debug.SetGCPercent(800)) // nothing lives long here
	var wait sync.WaitGroup
	counts := make([]tally, workers)
	for w := range workers {
		wait.Add(1)
		go func() {
			defer wait.Done()
			for n := uint64(w); counts[w].trees < want/workers+1 && !t.Failed(); n += uint64(workers) {
				d := &dice{rand.New(rand.NewPCG(start, n))}
				c := d.situation()
				if fault := c.differs(&counts[w]); fault != "" {
					c, fault = c.shrink(fault)
					t.Errorf("seed %d, case %d: %s\n%s", start, n, fault, c)
					return
				}
			}
		}()
	}
	wait.Wait()
	var all tally
	for _, c := range counts {
		all.trees, all.permit, all.deny, all.nothing, all.deep = all.trees+c.trees, all.permit+c.permit, all.deny+c.deny, all.nothing+c.nothing, max(all.deep, c.deep)
	}
	t.Logf("%d trees: %d permits, %d denials, %d undecided; the deepest provision that decided lay %d deep", all.trees, all.permit, all.deny, all.nothing, all.deep)
	if !t.Failed() && (all.permit*20 < all.trees || all.deny*20 < all.trees || all.nothing*20 < all.trees || all.deep < 5) {
		t.Error("the random cases hardly decide anything: mend the generator")
	}
}

type tally struct{ trees, permit, deny, nothing, deep int }

// situation is a person's consents, who asks, and for what.
type situation struct {
	consents []object
	viewers  []choice.Viewer
	items    []choice.Item
	refers   bool
	zone     *time.Location
}

var links = map[string][]string{
	"Encounter/1": {"Patient/1", "Practitioner/1", "Condition/1"}, "Task/1": {"Observation/1"}, "Condition/1": {"Encounter/1"},
}

func (s situation) world() choice.World {
	w := choice.World{Zone: s.zone, Roles: []choice.Coding{{System: "r", Code: "nurse"}}, Sets: readySet}
	if s.refers {
		w.Refers = func(ref string) []string { return links[ref] }
	}
	return w
}

// differs evaluates in all ways and tells of the first difference.
func (s situation) differs(count *tally) string {
	w := s.world()
	var (
		cs   []*choice.Consent
		tree fhir.Tree // nothing of it is kept by what was read
		b    []byte
	)
	for _, o := range s.consents {
		b = appendText(b[:0], o)
		if err := fhir.ParseInto(&tree, b, fhir.DefaultLimits); err != nil {
			return err.Error()
		}
		c, err := w.Read(&tree)
		if err != nil {
			return "refused: " + err.Error()
		}
		cs = append(cs, c)
	}
	p, err := w.Compile(cs)
	if err != nil {
		return "not compiled: " + err.Error()
	}
	if count != nil {
		count.trees += len(cs)
	}
	for n := range s.viewers {
		v, i := &s.viewers[n], &s.items[n]
		class := p.Class(i)
		direct, compiled := words(w.Decide(cs, v, i)), words(p.Verdict(v, class))
		tw := twin{v: v, i: i, sets: valueSets, zone: s.zone, refers: w.Refers}
		if want := tw.verdict(s.consents); want != direct || want != compiled {
			return fmt.Sprintf("pair %d: the twin says %q, Decide %q, Verdict %q", n, want, direct, compiled)
		}
		if fault := explained(p, v, class, direct); fault != "" {
			return fault
		}
		if count != nil {
			count.deep = max(count.deep, strings.Count(direct, "provision"))
			switch direct[0] {
			case 'p':
				count.permit++
			case 'd':
				count.deny++
			default:
				count.nothing++
			}
		}
	}
	return ""
}

// explained holds the steps against the verdict.
func explained(p *choice.Program, v *choice.Viewer, class choice.Class, want string) string {
	got := "nothing"
	for _, s := range p.Explain(v, class) {
		if s.Why != choice.Applies {
			continue
		}
		one := words(choice.Verdict{Decided: true, Permit: s.Permit, Consent: s.Consent, Version: s.Version, Path: s.Path})
		if got == "nothing" || got[0] == 'p' && !s.Permit {
			got = one
		}
		if !slices.Contains(s.Matched, s.Path) {
			return "the provision that decided is not among those that matched"
		}
	}
	if got != want {
		return fmt.Sprintf("Explain says %q, Verdict %q", got, want)
	}
	return ""
}

func words(v choice.Verdict) string {
	if !v.Decided {
		return "nothing"
	}
	said := "deny"
	if v.Permit {
		said = "permit"
	}
	return said + " by " + v.Consent + "/" + strconv.FormatInt(v.Version, 10) + " at " + v.Path
}

func (s situation) String() string {
	b, _ := json.MarshalIndent(s.consents, "", " ")
	return fmt.Sprintf("%s\nviewers %+v\nitems %+v\nrefers %v, zone %v", b, s.viewers, s.items, s.refers, s.zone)
}

// shrink takes away what can go with the fault still there.
func (s situation) shrink(fault string) (situation, string) {
	for again := true; again; {
		again = false
		for _, smaller := range s.smaller() {
			if f := smaller.differs(nil); f != "" && !strings.HasPrefix(f, "refused") == !strings.HasPrefix(fault, "refused") {
				s, fault, again = smaller, f, true
				break
			}
		}
	}
	return s, fault
}

func (s situation) smaller() []situation {
	var out []situation
	for n := range s.consents {
		if len(s.consents) > 1 {
			less := s
			less.consents = slices.Delete(slices.Clone(s.consents), n, n+1)
			out = append(out, less)
		}
		for _, p := range prune(s.consents[n]["provision"].(object)) {
			less := s
			less.consents = slices.Clone(s.consents)
			less.consents[n] = maps.Clone(s.consents[n])
			less.consents[n]["provision"] = p
			out = append(out, less)
		}
	}
	for n := range s.viewers {
		if len(s.viewers) > 1 {
			less := s
			less.viewers, less.items = s.viewers[n:n+1], s.items[n:n+1]
			out = append(out, less)
		}
	}
	return out
}

// prune lists the provisions that lack one thing of p.
func prune(p object) []object {
	var out []object
	for k, v := range p {
		if k == "type" {
			continue
		}
		less := maps.Clone(p)
		delete(less, k)
		out = append(out, less)
		l, _ := v.([]any)
		for n := range l {
			if len(l) > 1 {
				less := maps.Clone(p)
				less[k] = slices.Delete(slices.Clone(l), n, n+1)
				out = append(out, less)
			}
			if k == "provision" {
				for _, kid := range prune(l[n].(object)) {
					less := maps.Clone(p)
					changed := slices.Clone(l)
					changed[n] = kid
					less[k] = changed
					out = append(out, less)
				}
			}
		}
	}
	return out
}

// text writes JSON without the cost of reflection. No text in these tests has a
// character that JSON would want escaped.
func text(v any) []byte { return appendText(make([]byte, 0, 2048), v) }

func appendText(b []byte, v any) []byte {
	switch v := v.(type) {
	case string:
		return append(append(append(b, '"'), v...), '"')
	case []any:
		b = append(b, '[')
		for n, e := range v {
			if n > 0 {
				b = append(b, ',')
			}
			b = appendText(b, e)
		}
		return append(b, ']')
	case object:
		b = append(b, '{')
		first := true
		for k, e := range v {
			if !first {
				b = append(b, ',')
			}
			first = false
			b = appendText(append(appendText(b, k), ':'), e)
		}
		return append(b, '}')
	}
	panic(fmt.Sprintf("%T", v))
}
