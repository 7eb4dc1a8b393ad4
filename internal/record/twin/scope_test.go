package twin

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// scope is what somebody may see: the record of one patient with what is about
// nobody, or with no patient everything; and of the types some or all.
type scope struct {
	patient string
	every   bool              // all types, in one word
	types   map[string][]text // the searches of which a resource must answer one; none is all of the type
}

// text is one search of a scope: parameters that must all be answered.
type text []pair

func (x text) String() string {
	var parts []string
	for _, p := range x {
		parts = append(parts, p.name+"="+strings.ReplaceAll(url.QueryEscape(p.value), "+", "%20"))
	}
	return strings.Join(parts, "&")
}

func (sc scope) String() string {
	var parts []string
	for _, typ := range slices.Sorted(maps.Keys(sc.types)) {
		parts = append(parts, fmt.Sprint(typ, sc.types[typ]))
	}
	return fmt.Sprintf("about %q, every %v: %s", sc.patient, sc.every, strings.Join(parts, " "))
}

// nobodys are the types of the twin's world that are about nobody.
var nobodys = []string{"Organization", "Practitioner", "Questionnaire", "Location"}

// lies tells whether a resource is where the scope looks.
func (sc scope) lies(home string, several bool, typ string) bool {
	switch {
	case sc.patient == "":
		return true
	case home == "":
		return slices.Contains(nobodys, typ)
	}
	return home == sc.patient && !several
}

// several tells whether a resource is about more than one patient.
func several(r *thing) bool {
	p := table[r.typ]["patient"]
	if r.typ == "Group" {
		p = table["Group"]["member"]
	}
	named := map[string]bool{}
	if p != nil && r.typ != "Patient" {
		for _, v := range r.values(p) {
			if to, _ := place(v.str); !v.ident && strings.HasPrefix(to, "Patient/") {
				named[to] = true
			}
		}
	}
	return len(named) > 1
}

// sees tells whether a resource, as it is, may be seen.
func (sc scope) sees(r *thing) bool {
	if !sc.lies(home(r), several(r), r.typ) {
		return false
	}
	searches, ok := sc.types[r.typ]
	if sc.every || ok && len(searches) == 0 {
		return true
	}
	a := &asking{world: world{}}
	return slices.ContainsFunc(searches, func(x text) bool {
		return !slices.ContainsFunc(x, func(p pair) bool { return !a.meets(r, p.name, p.value) })
	})
}

// seen is the part of a world that may be seen.
func (w world) seen(sc scope) world {
	out := world{}
	for k, r := range w {
		if sc.sees(r) {
			out[k] = r
		}
	}
	return out
}

// scope draws one. Types are left out of it where some may be missing.
func (g *gen) scope(patient string, missing bool) scope {
	sc := scope{patient: patient, types: map[string][]text{}, every: g.odds(10)}
	for _, typ := range types {
		switch {
		case sc.every, missing && g.odds(25):
			continue
		case g.odds(40):
			sc.types[typ] = nil
			continue
		}
		for range 1 + g.IntN(3) {
			sc.types[typ] = append(sc.types[typ], g.search(typ))
		}
	}
	return sc
}

// search draws a search that may stand in a scope, often one that something
// answers.
func (g *gen) search(typ string) text {
	for try := 0; ; try++ {
		var x text
		for range 1 + g.IntN(2) {
			x = append(x, g.simple(typ))
		}
		if try > 5 || g.found(typ, x) {
			return x
		}
	}
}

func (g *gen) found(typ string, x text) bool {
	a := &asking{world: g.w}
	for _, r := range g.w {
		if r.typ == typ && !slices.ContainsFunc(x, func(p pair) bool { return !a.meets(r, p.name, p.value) }) {
			return true
		}
	}
	return false
}

// simple draws a parameter without a modifier, and without a value that means
// something else each day.
func (g *gen) simple(typ string) pair {
	for {
		p := g.criterion([]string{typ}, 3)
		code, _, _ := strings.Cut(p.name, ":")
		if code == p.name && !strings.HasPrefix(p.value, "ap") && !strings.Contains(p.value, ",ap") && !strings.Contains(p.value, "$ap") &&
			code != "_text" && code != "_content" && code != "_list" {
			return p
		}
	}
}

// rights are the scope in the words of the door.
func (sc scope) rights() access.Rights {
	const v = access.Looking
	if sc.every {
		return access.AllTypes(v)
	}
	all := access.Rights{}
	for typ, searches := range sc.types {
		if len(searches) == 0 {
			all = all.Or(access.OneType(typ, v))
		}
		for _, x := range searches {
			all = all.Or(access.OneTypeWhere(typ, v, x.String()))
		}
	}
	return all.Or(others())
}

// others are rights to the types of which the twin's world has none, so that
// no question is refused for their sake.
var others = sync.OnceValue(func() access.Rights {
	all := access.Rights{}
	for _, typ := range spec.Resources() {
		if !slices.Contains(types, typ) {
			all = all.Or(access.OneType(typ, access.Looking))
		}
	}
	return all
})

func (r *rig) openScope(sc scope) *record.Session {
	r.t.Helper()
	who := access.Who{Actor: "client:twin", Kind: access.Client, Role: access.RoleProgram, App: "twin", Grant: "g", Bound: sc.rights()}
	why := access.Operations
	if sc.patient != "" { // without an app: from those, what nobody has judged is hidden
		who.App = ""
		who.Actor, who.Kind, who.Role, who.Patient, why = "account:twin", access.Person, access.RoleSelf, sc.patient, access.Own
	}
	s, err := r.door.Open(ctx, who, record.About{}, why)
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// TestTwinOfAScopeAgrees asks in sessions that may see a part of the record
// only, drawn at random: they must get the answers of a server that holds
// nothing else.
func TestTwinOfAScopeAgrees(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		scoped(t, newRig(t, d, newGen(uint64(setting(t, "BEVAN_TWIN_SEED", 1)))), 1_500, 12)
	})
}

// TestTwinOfAScopeOverManyAgrees does so where the answers are long.
func TestTwinOfAScopeOverManyAgrees(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		scoped(t, newRig(t, d, newCrowd(uint64(setting(t, "BEVAN_TWIN_SEED", 1)))), 120, 12)
	})
}

func scoped(t *testing.T, r *rig, queries, perScope int) {
	r.fill()
	var sc scope
	var s *record.Session
	found, refused, cut := 0, 0, 0
	queries = queries * setting(t, "BEVAN_TWIN_TIMES", 100) / 100
	for i := range queries {
		if i%perRound == perRound-1 {
			r.churn()
		}
		missing := i/perScope%4 == 3
		if i%perScope == 0 {
			r.g.w = r.w
			sc = r.g.scope(r.g.one("", anybody(r.g)), missing)
			s = r.openScope(sc)
		}
		w := r.w.seen(sc)
		r.g.w = w
		q := r.g.query()
		if missing && r.forbids(s, q) {
			refused++
			continue
		}
		if fault := check(s, w, q, func() {}); fault != "" {
			t.Fatalf("query %d, %s\n%s: %s\n%s", i, sc, q, fault, r.plan("", q))
		}
		if n := len(w.answer(q)); n > 0 {
			found++
			if n < len(r.w.answer(q)) {
				cut++
			}
		}
	}
	t.Logf("%d queries found something, %d of them less than there is; %d were refused", found, cut, refused)
	if found < queries/12 || cut < queries/40 {
		t.Error("the queries are not worth much")
	}
}

// forbids tells whether a query is refused since it names a type that the
// scope lacks.
func (r *rig) forbids(s *record.Session, q query) bool {
	asked, err := parse(s, q)
	if err != nil {
		return false
	}
	_, err = s.Search(ctx, asked, "")
	return problem.Is(err, problem.Forbidden)
}

// TestReadsAndHistoriesOfAScope reads every version of everything that ever
// was, and every history: what is hidden now is as if it had never been,
// whatever it said before, and of what was deleted its last words count.
func TestReadsAndHistoriesOfAScope(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, newGen(uint64(setting(t, "BEVAN_TWIN_SEED", 1))))
		r.fill()
		for range 4 {
			r.churn()
		}
		r.g.w = r.w
		for i := range 12 {
			patient := ""
			if i%3 > 0 {
				patient = r.g.id("Patient")
			}
			r.readAll(t, r.g.scope(patient, i%4 == 3))
		}
	})
}

func (r *rig) readAll(t *testing.T, sc scope) {
	s := r.openScope(sc)
	told := map[string]map[string]bool{}
	shown := 0
	for _, v := range r.past {
		typ, id, _ := strings.Cut(v.key, "/")
		visible := sc.sees(r.last[v.key]) && sc.lies(v.home, v.several, typ)
		res, err := s.Read(ctx, record.Key{Type: typ, ID: id}, v.num)
		switch allowed := sc.every || has(sc.types, typ); {
		case !allowed && !problem.Is(err, problem.Forbidden), allowed && !visible && !sameAsAbsent(err, v.key):
			t.Fatalf("%s\n%s, version %d is not seen, and its read gives %v", sc, v.key, v.num, err)
		case !allowed:
			continue
		case visible && v.gone && !problem.Is(err, problem.Gone), visible && !v.gone && (err != nil || res.Version != v.num):
			t.Fatalf("%s\n%s, version %d (gone %v) should be seen: %v", sc, v.key, v.num, v.gone, err)
		}
		if visible {
			shown++
			if told[v.key] == nil {
				told[v.key] = map[string]bool{}
			}
			told[v.key][fmt.Sprint(v.key, " ", v.num, " ", v.gone)] = true
		}
	}
	t.Logf("%d of %d versions were shown", shown, len(r.past))
	for _, typ := range types {
		if !sc.every && !has(sc.types, typ) {
			continue
		}
		want := map[string]bool{}
		for key, of := range told {
			if strings.HasPrefix(key, typ+"/") {
				maps.Copy(want, of)
			}
		}
		if got := r.told(t, s, record.History{Type: typ, Count: 7}); !maps.Equal(got, want) {
			t.Fatalf("%s\nthe history of %s is\n  %v, want\n  %v", sc, typ, slices.Sorted(maps.Keys(got)), slices.Sorted(maps.Keys(want)))
		}
	}
	for key := range r.last {
		typ, id, _ := strings.Cut(key, "/")
		if !sc.every && !has(sc.types, typ) {
			continue
		}
		if told[key] == nil {
			if _, err := s.History(ctx, record.History{Type: typ, ID: id}); !sameAsAbsent(err, key) {
				t.Fatalf("%s\n%s is not seen, and its history gives %v", sc, key, err)
			}
		} else if got := r.told(t, s, record.History{Type: typ, ID: id, Count: 3}); !maps.Equal(got, told[key]) {
			t.Fatalf("%s\nthe history of %s is %v, want %v", sc, key, got, told[key])
		}
	}
}

func has(m map[string][]text, typ string) bool { _, ok := m[typ]; return ok }

// sameAsAbsent tells whether a refusal is that for what was never there.
func sameAsAbsent(err error, key string) bool {
	return problem.Is(err, problem.NotFound) && problem.Sentence(err) == "There is no "+key+" here that you may see. Check the id."
}

// TestPagesOfAScopeAreOfOneMoment writes between the pages of a search: a later
// page gives what was there and seen at the moment of the first, without what
// is hidden by then.
func TestPagesOfAScopeAreOfOneMoment(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, newGen(uint64(setting(t, "BEVAN_TWIN_SEED", 1))))
		r.fill()
		turned, hid := 0, 0
		times := 3 * setting(t, "BEVAN_TWIN_TIMES", 100)
		for i := range times {
			patient := ""
			if r.g.odds(25) {
				patient = r.g.id("Patient")
			}
			r.g.w = r.w
			sc := r.g.scope(patient, false)
			then := r.w.seen(sc)
			r.g.w = then
			q, ok := r.g.longQuery(then, pageParts[i%len(pageParts)])
			if !ok {
				continue
			}
			q.pairs = slices.DeleteFunc(q.pairs, func(p pair) bool { return p.name == "_total" }) // it is that of the first page
			n, h, fault := r.turn(r.openScope(sc), sc, then, q)
			if fault != "" {
				t.Fatalf("query %d, %s\n%s: %s\n%s", i, sc, q, fault, r.plan("", q))
			}
			turned, hid = turned+n, hid+h
		}
		t.Logf("%d pages were turned, on which %d resources had been hidden since", turned, hid)
		if turned < times/2 || hid < times/30 {
			t.Error("the pages are not worth much")
		}
	})
}

// turn follows the pages of a search, and writes before each but the first.
func (r *rig) turn(s *record.Session, sc scope, then world, q query) (turned, hid int, fault string) {
	asked, err := parse(s, q)
	if err != nil {
		return 0, 0, "it is refused: " + err.Error()
	}
	c := &checking{q: q, w: then, want: wanted(then, q), got: map[string]bool{}}
	for cursor := ""; ; turned++ {
		page, err := s.Search(ctx, asked, cursor)
		if err != nil {
			return turned, hid, "it fails: " + err.Error()
		}
		page.Total = nil
		if fault := c.page(page); fault != "" {
			return turned, hid, fault
		}
		if cursor = page.Next; cursor == "" {
			return turned, hid, c.end()
		}
		r.stir(1 + r.g.IntN(12))
		c.w = maps.Clone(then)
		for key := range then {
			if now := r.last[key]; !sc.sees(now) {
				delete(c.w, key)
				hid++
			}
		}
		then = c.w
		c.want = wanted(c.w, q)
	}
}

func wanted(w world, q query) map[string]*thing {
	out := map[string]*thing{}
	for _, r := range w.answer(q) {
		out[r.key()] = r
	}
	return out
}
