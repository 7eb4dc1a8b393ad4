package apart

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// seedOf is where chance begins: the same place each time, or that of a failure
// or of a look further afield.
func seedOf() uint64 {
	if s := os.Getenv("BEVAN_SEED"); s != "" {
		n, _ := strconv.ParseUint(s, 10, 64)
		return n
	}
	return 20261126
}

// cases are how many questions are asked on a kind of database.
func cases(t *testing.T, d *db.DB) int {
	n := 100_000
	if d.Dialect() == db.Postgres {
		n = 20_000
	}
	if s := os.Getenv("BEVAN_APART_CASES"); s != "" {
		n, _ = strconv.Atoi(s)
	}
	if testing.Short() {
		n /= 20
	}
	return n
}

// firstWorld is the one to begin with: zero, or that of a failure.
func firstWorld() uint64 {
	n, _ := strconv.ParseUint(os.Getenv("BEVAN_APART_FIRST"), 10, 64)
	return n
}

// perViewer is how many questions one viewer asks of one world.
const perViewer = 600

// TestNobodyLearnsOfWhatTheyMayNotSee is the proof of non-interference: for any
// record, anybody who asks, and anything that they ask, the answer is that of a
// record without what they may not see.
func TestNobodyLearnsOfWhatTheyMayNotSee(t *testing.T) {
	seed := seedOf()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p := newPlaces(t, d.Dialect())
		c := newCount()
		for n, left := firstWorld(), cases(t, d); left > 0; n++ {
			done := false
			t.Run(fmt.Sprint("world", n), func(t *testing.T) {
				left -= p.world(t, seed, n, c)
				done = true
			})
			if !done || t.Failed() {
				t.Fatalf("BEVAN_SEED=%d BEVAN_APART_FIRST=%d", seed, n)
			}
		}
		c.judge(t)
	})
}

// count says of how much use the questions were.
type count struct {
	asked, looked, cut, viewers map[string]int
}

func newCount() *count {
	return &count{map[string]int{}, map[string]int{}, map[string]int{}, map[string]int{}}
}

func (c *count) add(kind string, v *viewer, cut bool) {
	c.looked[kind]++
	c.viewers[v.name]++
	if cut {
		c.cut[kind]++
	}
}

// judge fails a proof that asked little of something, or seldom where anything
// was hidden.
func (c *count) judge(t *testing.T) {
	all := 0
	for _, n := range c.asked {
		all += n
	}
	for _, kind := range slices.Sorted(maps.Keys(c.asked)) {
		t.Logf("%-20s %6d asked; of %5d, in %5d something was hidden", kind, c.asked[kind], c.looked[kind], c.cut[kind])
	}
	t.Logf("%d questions, by %v", all, c.viewers)
	for _, k := range slices.Concat(kinds, writeKinds, []kind{{exportKind, 0}}) {
		enough := all / 150
		if k.share == 0 {
			enough = all / 2000
		}
		if c.asked[k.name] < max(enough, 1) || c.cut[k.name] < c.looked[k.name]/20 {
			t.Errorf("%s was hardly asked for: %d times of %d; of %d, in %d something was hidden", k.name, c.asked[k.name], all, c.looked[k.name], c.cut[k.name])
		}
	}
}

// world makes one world, and lets some viewers ask; it gives the number of their
// questions.
func (p *places) world(t *testing.T, seed, n uint64, c *count) (asked int) {
	d := newDice(seed, n)
	w := d.makeWorld()
	full := p.open(t)
	if err := full.play(w); err != nil {
		t.Fatal(err)
	}
	j := newJudge(t, w)
	all := viewers(d.persons[d.IntN(2)])
	// Everybody has their turn, three in each world, and the last one writes,
	// which is another of the three when they come again.
	blocks := len(all) / 3
	last := (int(n) + int(n)/blocks) % 3
	for i := range 3 {
		v := &all[int(n)%blocks*3+(last+1+i)%3]
		pr := p.pair(t, w, j, v, full)
		for k := 0; k < perViewer; {
			q := d.question()
			steps, leak := pr.compare(q, c)
			if k, asked = k+steps, asked+steps; leak != "" {
				p.report(t, w, v, []question{q}, leak)
				return asked
			}
		}
		if v.exports() {
			done, leak := pr.exports(d, c)
			if asked += done; leak != "" {
				p.report(t, w, v, []question{pr.last}, leak)
				return asked
			}
		}
		if i == 2 && slices.Contains(pr.twins, "viewer") {
			done, leak := pr.writes(d, j, c)
			if asked += len(done); leak != "" {
				p.report(t, w, v, done, leak)
				return asked
			}
		}
	}
	return asked
}

// pair makes the second store for a viewer.
func (p *places) pair(t testing.TB, w *world, j *judge, v *viewer, full *shop) *pair {
	pr := &pair{t: t, w: w, v: v, full: full, bare: p.open(t), hidden: j.hidden(v)}
	if err := pr.bare.play(w.without(pr.hidden)); err != nil {
		t.Fatal(err)
	}
	pr.sign(pr.hidden)
	return pr
}

// pair is the two stores, and who asks them.
type pair struct {
	t          testing.TB
	w          *world
	v          *viewer
	full, bare *shop
	hidden     map[string]bool // keys of what the viewer may not see
	last       question        // the latest export
	turn       int
	asked      int
	wrote      int
	twins      []string // those who ask the second store, in turn
}

// sign gives everybody their tokens. In the second store those ask who may see
// everything, and the viewer too: what they may see there is all there is.
func (p *pair) sign(hidden map[string]bool) {
	open := *p.v
	open.shut = false
	p.full.people["viewer"], p.full.people["all"] = p.v.who, open.free()
	p.bare.people["viewer"], p.bare.people["free"] = p.v.who, p.v.free()
	p.bare.people["patient"] = p.v.patient()
	p.twins = []string{"patient", "free", "viewer"}
	if p.v.asks || hidden["Patient/"+p.v.who.Patient] && p.v.who.Role == access.RoleProfessional {
		p.twins = p.twins[:2] // in the second store nobody agreed to anything, or nothing ties them to the person
	}
	if p.v.hides&label.ProfessionalsOnly == 0 {
		p.twins = p.twins[1:] // the person does not see what professionals write for each other
	}
}

// compare asks both, page by page. It gives the number of requests, in how many
// of those that were looked at something was hidden, and how the answers differ:
// "" where they do not.
func (p *pair) compare(q question, c *count) (steps int, leak string) {
	one, other := q, q
	// The third is the viewer themself, for whom a total that nobody asked for
	// has to be there, or not there, as well.
	asks := p.twins[p.turn%len(p.twins)]
	total := asks == "viewer" || q.Path != "/" && (strings.Contains(q.Path+q.Body, "_total=") || strings.Contains(q.Path+q.Body, "_summary=count"))
	p.turn++
	for steps < 6 {
		steps++
		have, want := p.full.read(p.full.ask("viewer", one), total), p.bare.read(p.bare.ask(asks, other), total)
		if p.asked++; p.asked%look == 0 {
			c.add(q.Kind, p.v, p.matters(one, total, have))
		}
		c.asked[q.Kind]++
		if have.text != want.text {
			return steps, "page " + strconv.Itoa(steps) + apartAt(have.text, want.text)
		}
		if have.next == "" || q.Method != "GET" {
			break
		}
		one.Path, other.Path = have.next, want.next
	}
	return steps, ""
}

// look is at which of the questions it is looked whether something was hidden:
// to ask a third time of all of them would be long.
const look = 7

// matters tells whether something was hidden: whoever sees everything gets
// another answer from the full store.
func (p *pair) matters(q question, total bool, have answer) bool {
	return p.full.read(p.full.ask("all", q), total).text != have.text
}

// apartAt shows where two answers begin to differ.
func apartAt(have, want string) string {
	i := 0
	for i < min(len(have), len(want)) && have[i] == want[i] {
		i++
	}
	from := max(0, i-300)
	return " has\n…" + have[from:min(len(have), i+700)] + "\n\nand should have\n…" + want[from:min(len(want), i+700)]
}
