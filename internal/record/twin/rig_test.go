package twin

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/seal"
)

var ctx = context.Background()

// noLog takes access entries and forgets them: the log is not what is tested,
// and waiting for a disk on each of so many searches would be long.
type noLog struct{}

func (noLog) Append(context.Context, ...audit.Entry) error { return nil }

// rig is a door and a world that hold the same resources.
type rig struct {
	t    *testing.T
	g    *gen
	door *record.Door
	all  *record.Session
	w    world
	past []version
	last map[string]*thing // what each resource said last, deleted ones too

	labels map[string]labels // what each resource is labelled with, deleted ones too
}

// version is one version of a resource, as history should tell of it.
type version struct {
	key, home string
	num       int64
	gone      bool
	several   bool
	at        int64 // milliseconds
}

func newRig(t *testing.T, d *db.DB, g *gen) *rig {
	t.Helper()
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	door, err := record.New(ctx, record.Config{DB: d, Log: noLog{}, Ring: ring, Base: base})
	if err != nil {
		t.Fatal(err)
	}
	r := &rig{t: t, g: g, door: door, w: world{}, last: map[string]*thing{}, labels: map[string]labels{}}
	r.g.w = r.w
	r.all = r.open("")
	return r
}

func (r *rig) open(patient string) *record.Session {
	r.t.Helper()
	s, err := r.door.Open(ctx, access.Operator("twin"), record.About{Patient: patient}, access.Operations)
	if err != nil {
		r.t.Fatal(err)
	}
	return s
}

// home is the patient whose record a resource lies in: the first that its
// patient parameter names.
func home(r *thing) string {
	if r.typ == "Patient" {
		return r.id
	}
	p := table[r.typ]["patient"]
	if r.typ == "Group" {
		p = table["Group"]["member"]
	}
	if p == nil {
		return ""
	}
	for _, v := range r.values(p) {
		to, _ := place(v.str)
		if id, ok := strings.CutPrefix(to, "Patient/"); ok && !v.ident {
			return id
		}
	}
	return ""
}

// of is the world of one person: what lies in their record.
func (w world) of(patient string) world {
	out := world{}
	for k, r := range w {
		if home(r) == patient {
			out[k] = r
		}
	}
	return out
}

func tree(t *testing.T, src string) *fhir.Tree {
	t.Helper()
	b, err := fhir.Parse([]byte(src), fhir.Limits{})
	if err != nil {
		t.Fatalf("%v in %s", err, src)
	}
	return b
}

// write puts bodies under their keys, and deletes where the body is "".
func (r *rig) write(bodies map[string]string) {
	r.t.Helper()
	var ops []record.Op
	for _, key := range slices.Sorted(maps.Keys(bodies)) {
		typ, id, _ := strings.Cut(key, "/")
		op := record.Op{Method: record.Delete, Key: record.Key{Type: typ, ID: id}}
		if bodies[key] != "" {
			op.Method, op.Body = record.Put, tree(r.t, bodies[key])
		}
		ops = append(ops, op)
	}
	out, err := r.all.Transact(ctx, ops)
	if err != nil {
		r.t.Fatal(err)
	}
	for i, o := range out {
		r.keep(ops[i], o)
	}
	r.relabel()
}

func (r *rig) keep(op record.Op, o record.Outcome) {
	key := op.Key.String()
	if !o.Changed {
		return
	}
	v := version{key: key, num: o.Resource.Version, gone: op.Body == nil, at: o.Resource.Updated.UnixMilli()}
	if v.gone {
		v.home, v.several = home(r.w[key]), several(r.w[key])
		delete(r.w, key)
	} else {
		r.w[key] = &thing{typ: op.Key.Type, id: op.Key.ID, root: op.Body.Root(), at: o.Resource.Updated.UnixMicro()}
		v.home, v.several = home(r.w[key]), several(r.w[key])
		r.last[key] = r.w[key]
	}
	r.past = append(r.past, v)
}

// fill makes every resource that the population allows, most of the time.
func (r *rig) fill() {
	bodies := map[string]string{}
	for _, typ := range types {
		for n := range r.g.people[typ] {
			if id := "n" + strconv.Itoa(n); r.g.odds(92) {
				bodies[typ+"/"+id] = r.g.resource(typ, id)
			}
		}
		if r.g.odds(50) {
			bodies[typ+"/N1"] = r.g.resource(typ, "N1")
		}
	}
	r.inParts(bodies)
}

// churn changes about a third.
func (r *rig) churn() { r.stir(70) }

// stir replaces, moves, deletes and brings back some.
func (r *rig) stir(n int) {
	bodies := map[string]string{}
	for range n {
		typ := r.g.heavy()
		id := r.g.id(typ)
		switch key := typ + "/" + id; {
		case r.g.odds(25):
			bodies[key] = ""
		default:
			bodies[key] = r.g.resource(typ, id)
		}
	}
	r.inParts(bodies)
}

// inParts writes in transactions of many sizes.
func (r *rig) inParts(bodies map[string]string) {
	keys := slices.Sorted(maps.Keys(bodies))
	r.g.Shuffle(len(keys), func(i, j int) { keys[i], keys[j] = keys[j], keys[i] })
	for len(keys) > 0 {
		n := min(len(keys), 1+r.g.IntN(40))
		part := map[string]string{}
		for _, k := range keys[:n] {
			part[k] = bodies[k]
		}
		r.write(part)
		keys = keys[n:]
	}
}

// parse turns a query into the door's own.
func parse(s *record.Session, q query) (search.Query, error) {
	var pairs []search.Pair
	for _, p := range q.pairs {
		pairs = append(pairs, search.Pair{Name: p.name, Value: p.value})
	}
	var comp *search.Compartment
	if q.inTyp != "" {
		comp = &search.Compartment{Type: q.inTyp, ID: q.inID}
	}
	return search.Parse(s.Registry(), q.types, comp, pairs, search.Options{Strict: true, Base: base, Now: nowAt})
}

// check asks both and tells how the answers differ, "" where they don't.
// between is called between two pages.
func check(s *record.Session, w world, q query, between func()) string {
	asked, err := parse(s, q)
	if err != nil {
		return "it is refused: " + err.Error()
	}
	want := map[string]*thing{}
	for _, r := range w.answer(q) {
		want[r.key()] = r
	}
	c := &checking{q: q, w: w, want: want, got: map[string]bool{}}
	for cursor := ""; ; {
		page, err := s.Search(ctx, asked, cursor)
		if err != nil {
			return "it fails: " + err.Error()
		}
		if fault := c.page(page); fault != "" {
			return fault
		}
		if cursor = page.Next; cursor == "" {
			return c.end()
		}
		between()
	}
}

// checking follows the pages of one answer.
type checking struct {
	q    query
	w    world
	want map[string]*thing
	got  map[string]bool
	last *thing
}

func (c *checking) page(page record.Page) string {
	if page.Total != nil && *page.Total != len(c.want) {
		return fmt.Sprintf("the total is %d, want %d: %v", *page.Total, len(c.want), slices.Sorted(maps.Keys(c.want)))
	}
	if page.Total == nil && (c.q.get("_total") == "accurate" || c.q.get("_summary") == "count") {
		return "there is no total"
	}
	var keys []string
	if s := c.q.get("_sort"); s != "" {
		keys = strings.Split(s, ",")
	}
	var here []*thing
	along := map[string]bool{}
	for _, item := range page.Items {
		key := item.Key.String()
		if item.Include {
			if along[key] {
				return key + " is included twice"
			}
			if r := c.w[key]; r != nil && r.at != item.Updated.UnixMicro() {
				return key + " is included in another version than that of the moment"
			}
			along[key] = true
			continue
		}
		r := c.want[key]
		switch {
		case r == nil:
			return key + " is found and should not be"
		case c.got[key]:
			return key + " is found twice"
		case r.at != item.Updated.UnixMicro():
			return key + " is found in another version than that of the moment"
		case c.last != nil && !follows(keys, c.last, r):
			return fmt.Sprintf("%s stands behind %s", key, c.last.key())
		}
		c.got[key], c.last = true, r
		here = append(here, r)
	}
	if count := cmp.Or(c.q.get("_count"), strconv.Itoa(record.DefaultCount)); page.Next != "" && strconv.Itoa(len(here)) != count {
		return fmt.Sprintf("a page has %d of %s matches, and more follow", len(here), count)
	}
	if should := c.w.included(c.q, here); c.q.get("_summary") != "count" && !maps.Equal(should, along) {
		return fmt.Sprintf("with %d matches come along\n  %v, want\n  %v", len(here), slices.Sorted(maps.Keys(along)), slices.Sorted(maps.Keys(should)))
	}
	return ""
}

func (c *checking) end() string {
	if c.q.get("_summary") == "count" {
		if len(c.got) > 0 {
			return "a count gives resources"
		}
		return ""
	}
	for _, key := range slices.Sorted(maps.Keys(c.want)) {
		if !c.got[key] {
			return fmt.Sprintf("%s is not found: %d of %d are", key, len(c.got), len(c.want))
		}
	}
	return ""
}
