package record

import (
	"cmp"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// dated is a made-up entry of a record: a row of the plain twin of a line.
type dated struct {
	typ, id, person string
	day             string // "" for none
	hidden          bool   // its code says that it is about mental health

	codes []string // of an Observation, each of "a" to "e"
	kind  string   // its category; "" for none
}

// lineTypes are those that the test makes up, with the element that says when
// they were and how it is written.
var lineTypes = []struct{ typ, rest, code, when string }{
	{"Observation", `"status":"final"`, "code", `"effectiveDateTime":"%s"`},
	{"Condition", `"verificationStatus":{"coding":[{"code":"confirmed"}]}`, "code", `"recordedDate":"%s"`},
	{"MedicationRequest", `"status":"active","intent":"order"`, "medicationCodeableConcept", `"authoredOn":"%s"`},
	{"DocumentReference", `"status":"current","content":[{"attachment":{"title":"x"}}]`, "type", `"date":"%sT10:00:00Z"`},
	{"Procedure", `"status":"completed"`, "code", `"performedPeriod":{"start":"%s"}`},
}

func (e dated) body() string {
	for _, k := range lineTypes {
		if k.typ != e.typ {
			continue
		}
		when, meta := "", ""
		if e.hidden {
			meta = `,"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"PSY"}]}`
		}
		if e.day != "" {
			when = "," + fmt.Sprintf(k.when, e.day)
		}
		codings, kind := `{"system":"http://snomed.info/sct","code":"38341003"}`, ""
		for _, code := range e.codes {
			codings += `,{"system":"urn:codes","code":"` + code + `"}`
		}
		if e.kind != "" {
			kind = `,"category":[{"coding":[{"system":"urn:kinds","code":"` + e.kind + `"}]},{"coding":[{"code":"` + e.kind + `"}]}]`
		}
		return fmt.Sprintf(`{"resourceType":"%s","id":"%s"%s,%s,"%s":{"coding":[%s]},"subject":{"reference":"Patient/%s"}%s%s}`,
			e.typ, e.id, meta, k.rest, k.code, codings, e.person, when, kind)
	}
	panic(e.typ)
}

// lineRig is a store and its twin: a list.
type lineRig struct {
	t    *testing.T
	r    *rand.Rand
	all  *Session
	now  map[string]dated
	made int
	term string // what is asked for besides, such as "code=urn:codes|a"; "" for nothing
}

// holds says whether an entry has the term that is asked for.
func (l *lineRig) holds(e dated) bool {
	name, values, asked := strings.Cut(l.term, "=")
	if !asked {
		return true
	}
	for value := range strings.SplitSeq(values, ",") {
		system, code, there := strings.Cut(value, "|")
		if !there {
			system, code = "", value
		}
		switch {
		case name == "code" && system == "http://snomed.info/sct", // of all
			name == "code" && (system == "urn:codes" || !there) && slices.Contains(e.codes, code),
			name == "category" && e.kind == code && (system == "urn:kinds" || system == ""):
			return true
		}
	}
	return false
}

func (l *lineRig) churn(n int) {
	l.t.Helper()
	var ops []Op
	for range n {
		k := lineTypes[l.r.IntN(len(lineTypes))]
		e := dated{typ: k.typ, id: fmt.Sprintf("e%d", l.made), person: fmt.Sprintf("p%d", l.r.IntN(3)), hidden: l.r.IntN(6) == 0}
		if l.r.IntN(7) > 0 {
			e.day = fmt.Sprintf("%d-%02d-%02d", 2015+l.r.IntN(8), 1+l.r.IntN(12), 1+l.r.IntN(28))
		}
		if e.typ == "Observation" {
			e.termed(l.r)
		}
		if old := l.some(); old != "" && l.r.IntN(4) == 0 { // it gets another date, or another person, or goes
			was := l.now[old]
			if slices.ContainsFunc(ops, func(o Op) bool { return o.Key == Key{was.typ, was.id} }) {
				continue
			}
			if l.r.IntN(3) == 0 {
				ops = append(ops, Op{Method: Delete, Key: Key{was.typ, was.id}})
				delete(l.now, old)
				continue
			}
			e.typ, e.id, e.hidden = was.typ, was.id, was.hidden
			if e.codes, e.kind = nil, ""; e.typ == "Observation" {
				e.termed(l.r)
			}
		} else {
			l.made++
		}
		if slices.ContainsFunc(ops, func(o Op) bool { return o.Key == Key{e.typ, e.id} }) {
			continue
		}
		l.now[e.typ+"/"+e.id] = e
		ops = append(ops, Op{Method: Put, Key: Key{e.typ, e.id}, Body: tree(l.t, e.body())})
	}
	if _, err := l.all.Transact(ctx, ops); err != nil {
		l.t.Fatal(err)
	}
}

// termed gives an Observation codes and a category, or none.
func (e *dated) termed(r *rand.Rand) {
	for _, code := range []string{"a", "b", "c", "d", "e"} {
		if r.IntN(3) == 0 {
			e.codes = append(e.codes, code)
		}
	}
	e.kind = []string{"", "lab", "vital"}[r.IntN(3)]
}

func (l *lineRig) some() string {
	var keys []string
	for k := range l.now {
		keys = append(keys, k)
	}
	if len(keys) == 0 {
		return ""
	}
	slices.Sort(keys)
	return keys[l.r.IntN(len(keys))]
}

// want is what a page of a line should hold: a filter and a sort.
func (l *lineRig) want(person string, types []string, from, until string, sees func(dated) bool) (out []dated) {
	for _, e := range l.now {
		if e.person == person && slices.Contains(types, e.typ) && sees(e) && l.holds(e) && (from == "" || e.day >= from) && (until == "" || e.day < until) && (from+until == "" || e.day != "") {
			out = append(out, e)
		}
	}
	slices.SortFunc(out, func(a, b dated) int {
		if (a.day == "") != (b.day == "") {
			return cmp.Compare(len(b.day), len(a.day))
		}
		return cmp.Compare(b.key(), a.key())
	})
	return out
}

// key sorts documents, which say the hour, behind what only says the day.
func (e dated) key() string {
	if e.typ == "DocumentReference" && e.day != "" {
		return e.day + "T10"
	}
	return e.day
}

func lineQuery(t testing.TB, s *Session, types []string, count int, from, until, term string) search.Query {
	t.Helper()
	all := []search.Pair{{Name: "_sort", Value: "-_when"}, {Name: "_count", Value: fmt.Sprint(count)}, {Name: "_total", Value: "none"}}
	if from != "" {
		all = append(all, search.Pair{Name: "_when", Value: "ge" + from})
	}
	if until != "" {
		all = append(all, search.Pair{Name: "_when", Value: "lt" + until})
	}
	if name, value, asked := strings.Cut(term, "="); asked {
		all = append(all, search.Pair{Name: name, Value: value})
	}
	q, err := search.Parse(s.Registry(), types, nil, all, search.Options{Strict: true, When: true})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// check turns all pages of a line, while others write between them, and holds
// them against the twin of the moment of the first.
func (l *lineRig) check(s *Session, person string, types []string, from, until string, sees func(dated) bool, between func()) {
	l.t.Helper()
	want := l.want(person, types, from, until, sees)
	q := lineQuery(l.t, s, types, 1+l.r.IntN(30), from, until, l.term)
	var got []Resource
	for cursor := ""; ; {
		page, err := s.Search(ctx, q, cursor)
		if err != nil {
			l.t.Fatal(err)
		}
		got = append(got, page.Items...)
		if cursor = page.Next; cursor == "" {
			break
		}
		between()
	}
	if len(got) != len(want) {
		l.t.Fatalf("%d entries of %s, want %d (%v, from %s until %s)", len(got), person, len(want), types, from, until)
	}
	left := map[string]dated{}
	for _, e := range want {
		left[e.typ+"/"+e.id] = e
	}
	for i, r := range got {
		e, ok := left[r.Key.String()]
		if !ok || e.key() != want[i].key() {
			l.t.Fatalf("place %d has %v (%s), want the date %q", i, r.Key, e.day, want[i].day)
		}
		delete(left, r.Key.String())
	}
}

// A record in the order of when things were, along its line, against a sort of
// everything: types and times, pages of one moment while others write, and what
// a session may not see.
func TestARecordByTimeIsAsItsTwin(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, s := openDoor(t, d)
		l := newLine(t, s, 5)
		open := l.opens(door)
		for round := range 40 {
			l.churn(60)
			p := fmt.Sprintf("p%d", l.r.IntN(3))
			var types []string
			for _, k := range lineTypes {
				if l.r.IntN(3) > 0 {
					types = append(types, k.typ)
				}
			}
			if len(types) == 0 {
				types = []string{"Observation"}
			}
			from, until := "", ""
			if l.r.IntN(3) == 0 {
				from = fmt.Sprintf("%d-05-01", 2015+l.r.IntN(8))
			}
			if l.r.IntN(3) == 0 {
				until = fmt.Sprintf("%d-02-03", 2016+l.r.IntN(8))
			}
			between := func() {}
			if round%4 == 0 {
				between = func() { l.churn(3) }
			}
			one := open(p)
			l.check(one, p, types, from, until, all, between)
			less, err := one.Without(ctx, label.MentalHealth)
			if err != nil {
				t.Fatal(err)
			}
			// What such a session may see goes by what things are now, be it on
			// a later page (decision 0025): nobody writes meanwhile.
			l.check(less, p, types, from, until, func(e dated) bool { return !e.hidden }, func() {})
			if got := less.Searchable([]string{"Observation", "Nonsense"}); !slices.Contains(got, "Observation") {
				t.Errorf("searchable: %v", got)
			}
		}
		l.without(d, open)
	})
}

// terms are what the pages of results ask for, and what is near to it: one code,
// some, one without its system, one that nothing has, and categories.
var terms = []string{"code=urn:codes|a", "code=urn:codes|b,urn:codes|c,urn:codes|a", "code=d", "code=urn:codes|none", "code=http://snomed.info/sct|38341003,urn:codes|e",
	"category=urn:kinds|lab", "category=urn:kinds|lab,urn:kinds|vital", "category=vital", "category=|lab"}

// The results of one test, or of one kind, by when they were, along the lines of
// their terms, against a filter and a sort: as in TestARecordByTimeIsAsItsTwin.
func TestATestByTimeIsAsItsTwin(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, s := openDoor(t, d)
		l := newLine(t, s, 7)
		open := l.opens(door)
		for round := range 40 {
			l.churn(60)
			p := fmt.Sprintf("p%d", l.r.IntN(3))
			l.term = terms[l.r.IntN(len(terms))]
			from, until := "", ""
			if l.r.IntN(3) == 0 {
				from = fmt.Sprintf("%d-05-01", 2015+l.r.IntN(8))
			}
			if l.r.IntN(3) == 0 {
				until = fmt.Sprintf("%d-02-03", 2016+l.r.IntN(8))
			}
			between := func() {}
			if round%4 == 0 {
				between = func() { l.churn(3) }
			}
			one := open(p)
			l.check(one, p, observations, from, until, all, between)
			less, err := one.Without(ctx, label.MentalHealth)
			if err != nil {
				t.Fatal(err)
			}
			l.check(less, p, observations, from, until, func(e dated) bool { return !e.hidden }, func() {})
		}
		l.term = terms[1]
		l.without(d, open)
	})
}

var observations = []string{"Observation"}

func all(dated) bool { return true }

// newLine makes three people and nothing about them.
func newLine(t *testing.T, s *Session, seed uint64) *lineRig {
	t.Helper()
	l := &lineRig{t: t, r: rand.New(rand.NewPCG(seed, 6)), all: s, now: map[string]dated{}}
	for i := range 3 {
		if _, err := s.Transact(ctx, []Op{{Method: Put, Key: Key{"Patient", fmt.Sprintf("p%d", i)}, Body: tree(t, fmt.Sprintf(`{"resourceType":"Patient","id":"p%d"}`, i))}}); err != nil {
			t.Fatal(err)
		}
	}
	return l
}

// opens opens sessions about one of them.
func (l *lineRig) opens(door *Door) func(p string) *Session {
	return func(p string) *Session {
		l.t.Helper()
		one, err := door.Open(ctx, access.Operator("test"), About{Patient: p}, access.Operations)
		if err != nil {
			l.t.Fatal(err)
		}
		return one
	}
}

// without makes the store forget that it has lines, as one that an earlier
// program wrote: the answers stay the same, until and after they are made.
func (l *lineRig) without(shelf *db.DB, open func(string) *Session) {
	l.t.Helper()
	d := l.all.d
	must := func(err error) {
		l.t.Helper()
		if err != nil {
			l.t.Fatal(err)
		}
	}
	must(shelf.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec("DELETE FROM ord WHERE key >= $1 AND key < $2", int64(1)<<60, int64(1)<<62); err != nil {
			return err
		}
		_, err := tx.Exec("UPDATE param SET ready = 0 WHERE id IN ('line of a record', 'lines of terms')")
		return err
	}))
	_, err := d.store.LoadParams(ctx)
	must(err)
	if len(d.store.UnindexedParams()) == 0 {
		l.t.Error("nothing is to be made")
	}
	must(d.store.Verify(ctx, func(_, _ int64) {}, func(f Fault) {}))
	types := []string{"Observation", "Condition", "DocumentReference"}
	if l.term != "" {
		types = observations
	}
	l.check(open("p1"), "p1", types, "", "2020-01-01", all, func() { l.churn(2) })
	for after, done := int64(-1), false; !done; {
		var err error
		after, done, err = d.store.Backfill(ctx, after, 100, func(*db.Tx, int64) error { return nil })
		must(err)
	}
	l.check(open("p1"), "p1", types, "", "2020-01-01", all, func() { l.churn(2) })
	l.check(open("p2"), "p2", types, "2017-01-01", "", all, func() {})
	must(d.store.Verify(ctx, func(_, _ int64) {}, func(f Fault) { l.t.Errorf("%+v", f) }))
	must(l.all.Reindex(ctx, func(_, _ int64) {}))
	must(d.store.Verify(ctx, func(_, _ int64) {}, func(f Fault) { l.t.Errorf("%+v", f) }))
}

// Who asks over FHIR does not know of _when.
func TestWhenIsNoParameterOfFHIR(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, s := openDoor(t, d)
		for _, text := range []string{"_sort=-_when", "_when=ge2020"} {
			if _, err := search.Parse(s.Registry(), []string{"Observation"}, nil, pairs(text), search.Options{Strict: true}); err == nil {
				t.Errorf("%s is taken", text)
			}
		}
		for _, text := range []string{"_sort=_when", "_sort=date,-_when", "_sort=-_when&_sort=-_when", "_when=2020", "_when=gt2020", "_when=ge", "_when="} {
			if _, err := search.Parse(s.Registry(), []string{"Observation"}, nil, pairs(text), search.Options{Strict: true, When: true}); err == nil {
				t.Errorf("%s is taken", text)
			}
		}
	})
}

// benchLine fills one record with so many entries.
func benchLine(b *testing.B, d *db.DB, n int) *Session {
	door, s := openDoor(b, d)
	ops := []Op{{Method: Put, Key: Key{"Patient", "p"}, Body: treeOf(b, `{"resourceType":"Patient","id":"p"}`)}}
	for i := range n {
		k := lineTypes[i%len(lineTypes)]
		e := dated{typ: k.typ, id: fmt.Sprintf("e%d", i), person: "p", day: fmt.Sprintf("%d-%02d-%02d", 1990+i%30, 1+i%12, 1+i%28)}
		ops = append(ops, Op{Method: Put, Key: Key{e.typ, e.id}, Body: treeOf(b, e.body())})
		if len(ops) == 1000 || i == n-1 {
			if _, err := s.Transact(ctx, ops); err != nil {
				b.Fatal(err)
			}
			ops = nil
		}
	}
	one, err := door.Open(ctx, access.Operator("test"), About{Patient: "p"}, access.Operations)
	if err != nil {
		b.Fatal(err)
	}
	return one
}

// benchDB opens one database; nil where there is no server for it.
func benchDB(b *testing.B, name string) *db.DB {
	c := db.Config{Path: filepath.Join(b.TempDir(), "bevan.db")}
	if name == "postgres" {
		if os.Getenv("BEVAN_TEST_POSTGRES") == "" {
			return nil
		}
		c = db.Config{URL: dbtest.Schema(b)}
	}
	d, err := db.Open(ctx, c)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = d.Close() })
	return d
}

func treeOf(b *testing.B, src string) *fhir.Tree {
	t, err := fhir.Parse([]byte(src), fhir.Limits{})
	if err != nil || !json.Valid([]byte(src)) {
		b.Fatal(err, src)
	}
	return t
}

// A page of a record by time, of records of two sizes.
func BenchmarkLine(b *testing.B) {
	for _, n := range []int{200, 20_000} {
		for _, name := range []string{"sqlite", "postgres"} {
			d := benchDB(b, name)
			if d == nil {
				continue
			}
			s := benchLine(b, d, n)
			var types []string
			for _, k := range lineTypes {
				types = append(types, k.typ)
			}
			for where, until := range map[string]string{"first": "", "far": "1999-01-01"} {
				q := lineQuery(b, s, types, 25, "", until, "")
				b.Run(strings.Join([]string{name, fmt.Sprint(n), where}, "/"), func(b *testing.B) {
					for b.Loop() {
						if _, err := s.Search(ctx, q, ""); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
		}
	}
}
