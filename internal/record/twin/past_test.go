package twin

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// TestPagesAreOfOneMoment writes between the pages of a search, which must
// give what it would have given in one: the matches, what they lead to, and what
// comes along, each in the version of then.
func TestPagesAreOfOneMoment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		seed := uint64(setting(t, "BEVAN_TWIN_SEED", 1))
		times := setting(t, "BEVAN_TWIN_TIMES", 100)
		r := newRig(t, d, newGen(seed))
		r.fill()
		turned := map[string]int{}
		for i := range 12 * times {
			patient := ""
			if r.g.odds(20) {
				patient = r.g.id("Patient")
			}
			s, then := r.view(patient)
			then = maps.Clone(then)
			q, ok := r.g.longQuery(then, pageParts[i%len(pageParts)])
			if !ok {
				continue
			}
			fault := check(s, then, q, func() {
				r.stir(1 + r.g.IntN(12))
				for _, part := range q.parts() {
					turned[part]++
				}
			})
			if fault != "" {
				t.Fatalf("seed %d, query %d, about %q: %s\n%s", seed, i, patient, q, fault)
			}
		}
		t.Logf("seed %d: wrote between pages of searches with: %v", seed, turned)
		for _, part := range pageParts {
			if turned[part] < times/4 {
				t.Errorf("only %d pages of searches with %s were turned: they are not worth much", turned[part], part)
			}
		}
	})
}

// pageParts are what searches with several pages are made of.
var pageParts = []string{"chain", "_has", "chain in _has", "_list", "Patient/", "Encounter/", "_include", "_revinclude", "_sort", "all"}

// longQuery makes a query with the part that has a few pages, false where it
// comes to none.
func (g *gen) longQuery(w world, part string) (query, bool) {
	for range 200 {
		q := g.query()
		q.pairs = slices.DeleteFunc(q.pairs, func(p pair) bool { return p.name == "_count" || p.name == "_summary" })
		g.with(&q, part)
		if !slices.Contains(q.parts(), part) {
			continue
		}
		if n := len(w.answer(q)); n > 1 {
			q.pairs = append(q.pairs, pair{"_count", strconv.Itoa(max(1, n/(2+g.IntN(5))))})
			return q, true
		}
	}
	return query{}, false
}

// with gives a query a part that it seldom has by chance.
func (g *gen) with(q *query, part string) {
	p, ok := pair{}, false
	switch part {
	case "Patient/", "Encounter/":
		q.inTyp = strings.TrimSuffix(part, "/")
		q.inID = g.id(q.inTyp)
	case "_list":
		p, ok = pair{"_list", g.id("List")}, true
	case "chain":
		if len(q.types) > 0 {
			p, ok = g.chain(q.types, 0)
		}
	case "_has", "chain in _has":
		p, ok = g.has(q.types, 0)
	}
	if ok {
		// Often by itself, since two that are made by chance seldom agree.
		if g.odds(70) {
			q.pairs = slices.DeleteFunc(q.pairs, func(p pair) bool { return !control(p.name) })
		}
		q.pairs = append(q.pairs, p)
	}
}

// parts names what a query is made of.
func (q query) parts() []string {
	var out []string
	if q.inTyp != "" {
		out = append(out, q.inTyp+"/")
	}
	for _, p := range q.pairs {
		name, _, _ := strings.Cut(p.name, ":")
		switch {
		case strings.Contains(p.name, ".") && name != "_has":
			out = append(out, "chain")
		case strings.Contains(p.name, "."):
			out = append(out, name, "chain in _has")
		case name[0] == '_':
			out = append(out, name)
		}
	}
	return append(out, "all")
}

// TestHistoryTellsAll compares what history tells with what was written: to
// everybody's session all of it, to one about a person the versions that were
// in that person's record.
func TestHistoryTellsAll(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, newGen(uint64(setting(t, "BEVAN_TWIN_SEED", 1))))
		r.fill()
		for range 6 {
			r.churn()
		}
		r.historyOf(t, "")
		r.readsOf(t, "")
		for n := range population["Patient"] {
			r.historyOf(t, fmt.Sprintf("n%d", n))
			r.readsOf(t, fmt.Sprintf("n%d", n))
		}
	})
}

func (r *rig) historyOf(t *testing.T, patient string) {
	s, _ := r.view(patient)
	want := map[string]bool{}
	perType, perThing := map[string]int{}, map[string]int{}
	for _, v := range r.past {
		if patient == "" || v.home == patient {
			typ, _, _ := strings.Cut(v.key, "/")
			want[fmt.Sprint(v.key, " ", v.num, " ", v.gone)] = true
			perType[typ]++
			perThing[v.key]++
		}
	}
	got := r.told(t, s, record.History{Count: 37})
	for v := range want {
		if !got[v] {
			t.Errorf("history about %q misses %s", patient, v)
		}
	}
	for v := range got {
		if !want[v] {
			t.Errorf("history about %q tells of %s, and should not", patient, v)
		}
	}
	for _, typ := range types {
		if n := len(r.told(t, s, record.History{Type: typ, Count: 7})); n != perType[typ] {
			t.Errorf("history of %s about %q has %d versions, want %d", typ, patient, n, perType[typ])
		}
	}
	for key, n := range perThing {
		typ, id, _ := strings.Cut(key, "/")
		if told := len(r.told(t, s, record.History{Type: typ, ID: id, Count: 3})); told != n {
			t.Errorf("history of %s about %q has %d versions, want %d", key, patient, told, n)
		}
	}
}

// TestHistoryAtATime compares what history tells of a time with the versions
// that were current in it: one is from when it was made until the next one was,
// wherever that lies.
func TestHistoryAtATime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, newGen(uint64(setting(t, "BEVAN_TWIN_SEED", 1))))
		r.fill()
		for range 4 {
			r.churn()
		}
		first, last := r.past[0].at, r.past[len(r.past)-1].at
		for i := range 60 {
			v := r.past[r.g.IntN(len(r.past))]
			at := record.Span{From: time.UnixMilli(v.at)}
			at.To = at.From.Add(time.Duration(1+r.g.IntN(3)*r.g.IntN(40)) * time.Millisecond)
			switch i {
			case 0: // before there was anything
				at = record.Span{From: time.UnixMilli(first - 5000), To: time.UnixMilli(first)}
			case 1: // all of it
				at = record.Span{From: time.UnixMilli(first), To: time.UnixMilli(last + 1)}
			case 2: // now
				at = record.Span{From: time.UnixMilli(last), To: time.UnixMilli(last + 1)}
			}
			r.at(t, "", at, v.key)
			r.at(t, fmt.Sprintf("n%d", i%population["Patient"]), at, v.key)
		}
	})
}

// at compares the history of everything, of a type and of the resource key, at
// a time.
func (r *rig) at(t *testing.T, patient string, at record.Span, key string) {
	t.Helper()
	s, _ := r.view(patient)
	typ, id, _ := strings.Cut(key, "/")
	until := map[string]int64{}
	all, ofType, own := map[string]bool{}, map[string]bool{}, map[string]bool{}
	seen := false
	for _, v := range slices.Backward(r.past) {
		next, replaced := until[v.key]
		until[v.key] = v.at
		if patient != "" && v.home != patient {
			continue
		}
		seen = seen || v.key == key
		if v.at >= at.To.UnixMilli() || replaced && next <= at.From.UnixMilli() {
			continue
		}
		name := fmt.Sprint(v.key, " ", v.num, " ", v.gone)
		all[name] = true
		if strings.HasPrefix(v.key, typ+"/") {
			ofType[name] = true
		}
		if v.key == key {
			own[name] = true
		}
	}
	same := func(h record.History, want map[string]bool) {
		t.Helper()
		h.At = &at
		if got := r.told(t, s, h); !maps.Equal(got, want) {
			t.Errorf("history of %s/%s about %q from %v to %v is\n  %v, want\n  %v", h.Type, h.ID, patient, at.From, at.To,
				slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
		}
	}
	same(record.History{Count: 50}, all)
	same(record.History{Type: typ, Count: 7}, ofType)
	if seen { // what was never in a record is not found in it
		same(record.History{Type: typ, ID: id, Count: 2}, own)
	}
}

// told reads all pages of a history, newest first.
func (r *rig) told(t *testing.T, s *record.Session, h record.History) map[string]bool {
	t.Helper()
	got := map[string]bool{}
	for last := time.Now().Add(time.Hour); ; {
		page, err := s.History(ctx, h)
		if err != nil {
			t.Errorf("%+v: %v", h, err)
			return got
		}
		for _, v := range page.Items {
			name := fmt.Sprint(v.Key, " ", v.Version, " ", v.Body == nil)
			if got[name] {
				t.Errorf("%s is told twice", name)
			}
			if v.Updated.After(last) {
				t.Errorf("%s is younger than what stands before it", name)
			}
			got[name], last = true, v.Updated
		}
		if h.Cursor = page.Next; h.Cursor == "" {
			return got
		}
	}
}

// readsOf reads every name by itself: what lies in another record is as if it
// had never been.
func (r *rig) readsOf(t *testing.T, patient string) {
	s, w := r.view(patient)
	last := map[string]version{}
	for _, v := range r.past {
		last[v.key] = v
	}
	for key, v := range last {
		typ, id, _ := strings.Cut(key, "/")
		_, err := s.Read(ctx, record.Key{Type: typ, ID: id}, 0)
		want := problem.NotFound
		if patient == "" || v.home == patient {
			want = problem.Gone
		}
		switch {
		case w[key] != nil && err != nil:
			t.Errorf("%s is not read about %q: %v", key, patient, err)
		case w[key] == nil && !problem.Is(err, want):
			t.Errorf("a read of %s about %q gives %v, want %v", key, patient, err, want)
		}
	}
}
