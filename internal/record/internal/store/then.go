package store

import (
	"cmp"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/db"
)

// amended is a set as it was at a moment: what the index gives, without what
// was made or changed since, and with what belonged to it then.
type amended struct {
	node   node
	moment moment
	was    []*Version
}

func (n *amended) source(b *builder) string {
	src := n.node.source(b)
	if src == "" {
		return ""
	}
	sql := "SELECT i.row FROM (" + src + ") i WHERE " + n.same(b, "i.row")
	if len(n.was) > 0 {
		sql += " UNION ALL SELECT i.value AS row FROM " + b.sql.EachInt(b.arg(n.rows()), "i")
	}
	return sql
}

func (n *amended) probe(b *builder, x string) string {
	sql := n.node.probe(b, x) + " AND " + n.same(b, x) + b.wide(func() string { return b.within(x) })
	if len(n.was) > 0 {
		sql += " OR " + b.oneOf(x, n.rows())
	}
	return "(" + sql + ")"
}

// same is the condition that a resource has not changed since the moment.
func (n *amended) same(b *builder, x string) string {
	return "NOT EXISTS (SELECT 1 FROM res g WHERE g.row = " + x + " AND " + n.moment.since(b, "g.tx") + ")"
}

func (n *amended) rows() []Row {
	rows := make([]Row, len(n.was))
	for i, v := range n.was {
		rows[i] = v.now
	}
	return rows
}

func (n *amended) words() string {
	return "as it was at the moment of the first page: " + n.node.words()
}

// place is the row by which others refer to a version's resource.
func (v *Version) place() Row {
	if v.now != 0 {
		return v.now
	}
	return v.Row
}

// pastMatches lists, in the order of rows, what a branch would have found
// behind after at the moment and no longer finds as it was then.
func (r *run) pastMatches(b *branch, after Row) ([]*Version, error) {
	if r.past == nil {
		return nil, nil
	}
	var out []*Version
	for _, v := range r.past.then {
		if v.Row <= after || b.typ != "" && v.Type != b.typ {
			continue
		}
		if err := r.look(1); err != nil {
			return nil, err
		}
		ok, err := r.answers(v)
		if ok && err == nil {
			ok, err = r.inCompartment(v)
		}
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, v)
		}
	}
	out, err := r.linked(b, out)
	slices.SortFunc(out, func(x, y *Version) int { return cmp.Compare(x.Row, y.Row) })
	return out, err
}

// linked keeps the versions that answer a branch's steps to other resources.
func (r *run) linked(b *branch, out []*Version) ([]*Version, error) {
	var err error
	for _, s := range b.steps {
		if out, err = r.answering(s, out); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// step is one criterion and the set that it was compiled to.
type step struct {
	cr    search.Criterion
	param *search.Param // of the type at hand
	node  node
}

// answering keeps the versions that answer a criterion, as far as they go by
// what they say themselves and by where it leads.
func (r *run) answering(s step, from []*Version) ([]*Version, error) {
	if len(from) == 0 {
		return nil, nil
	}
	var keep func(v *Version) (bool, error)
	var err error
	switch {
	case s.cr.Has != nil:
		keep, err = r.wasReferredTo(s, from)
	case s.cr.Chain != nil:
		keep, err = r.whichLed(s, from)
	default:
		keep = func(v *Version) (bool, error) { return r.matches(v, &s.cr) }
	}
	var out []*Version
	for _, v := range from {
		if err != nil {
			return nil, err
		}
		var ok bool
		if ok, err = keep(v); ok && err == nil {
			out = append(out, v)
		}
	}
	return out, err
}

// matches asks a version one plain criterion.
func (r *run) matches(v *Version, cr *search.Criterion) (bool, error) {
	if err := r.look(1); err != nil {
		return false, err
	}
	t, err := r.treeOf(v)
	if err != nil {
		return false, err
	}
	return search.Match(t, cr, r.env(v))
}

// wasReferredTo asks of which versions the resource was referred to by one of
// the set of a _has.
func (r *run) wasReferredTo(s step, from []*Version) (func(*Version) (bool, error), error) {
	rows := make([]Row, len(from))
	for i, v := range from {
		rows[i] = v.place()
	}
	in, err := r.among(rows, func(b *builder, x string) string { return s.node.probe(b, x) })
	return func(v *Version) (bool, error) { return in[v.place()], nil }, err
}

// whichLed asks which versions refer to one of the sets of a chain.
func (r *run) whichLed(s step, from []*Version) (func(*Version) (bool, error), error) {
	refs, err := r.refsThen(s.param, from)
	if err != nil {
		return nil, err
	}
	all := map[Row]bool{}
	for _, rows := range refs {
		for _, row := range rows {
			all[row] = true
		}
	}
	in, err := r.among(listOf(all), func(b *builder, x string) string {
		var parts []string
		for _, to := range chainEnds(s.node) {
			parts = append(parts, "("+to.probe(b, x)+reachOf(b, to, x)+")")
		}
		return "(" + strings.Join(parts, " OR ") + ")"
	})
	return func(v *Version) (bool, error) {
		return slices.ContainsFunc(refs[v], func(row Row) bool { return in[row] }), nil
	}, err
}

// reachOf bounds a set by the reach, where its own probe does not.
func reachOf(b *builder, n node, x string) string {
	if _, ok := n.(*amended); ok {
		return ""
	}
	return b.within(x)
}

// chainEnds are the sets that a chain leads to.
func chainEnds(n node) []node {
	switch n := n.(type) {
	case *chain:
		return []node{n.to}
	case *anyOf:
		var out []node
		for _, m := range n.nodes {
			out = append(out, chainEnds(m)...)
		}
		return out
	}
	return nil // an ownerChain leads where the chain beside it leads
}

// among gives those of some rows for which a condition holds.
func (r *run) among(rows []Row, cond func(b *builder, x string) string) (map[Row]bool, error) {
	in := map[Row]bool{}
	if len(rows) == 0 {
		return in, nil
	}
	bd := newBuilder(r.tx.Dialect(), r.reach)
	sql := "SELECT e.value FROM " + r.tx.Dialect().EachInt(bd.arg(rows), "e")
	err := r.tx.Query(sql+" WHERE "+cond(bd, "e.value"), bd.args, func(q *db.Row) error {
		in[q.Int64(0)] = true
		return nil
	})
	return in, err
}

// refsThen gives the rows to which versions refer by a parameter. It remembers
// those of then: a question may come to the same step often.
func (r *run) refsThen(p *search.Param, from []*Version) (map[*Version][]Row, error) {
	out := make(map[*Version][]Row, len(from))
	var unread []*Version
	for _, v := range from {
		if rows, ok := r.past.refs(v, p); ok {
			out[v] = rows
			continue
		}
		unread = append(unread, v)
	}
	refs := make([][]Ref, len(unread))
	var all []Ref
	for i, v := range unread {
		if err := r.look(1); err != nil {
			return nil, err
		}
		t, err := r.treeOf(v)
		if err != nil {
			return nil, err
		}
		if refs[i], err = r.refsOf(t, p, "", nil); err != nil {
			return nil, err
		}
		all = append(all, refs[i]...)
	}
	named, err := r.namedRows(all)
	if err != nil {
		return nil, err
	}
	for i, v := range unread {
		rows := []Row{}
		for _, ref := range refs[i] {
			if row, ok := named[ref]; ok {
				rows = append(rows, row)
			}
		}
		out[v] = rows
		r.past.keep(v, p, rows)
	}
	return out, nil
}

func (p *past) refs(v *Version, by *search.Param) ([]Row, bool) {
	if p == nil {
		return nil, false
	}
	rows, ok := p.led[led{v, by}]
	return rows, ok
}

func (p *past) keep(v *Version, by *search.Param, rows []Row) {
	if p != nil && v.now != 0 {
		p.led[led{v, by}] = rows
	}
}

// inCompartment tells whether a version lies in the query's compartment, by
// what it says itself.
func (r *run) inCompartment(v *Version) (bool, error) {
	c := r.q.Compartment
	if c == nil {
		return true, nil
	}
	if v.Ref == (Ref{c.Type, c.ID}) {
		return true, nil
	}
	t, err := r.treeOf(v)
	if err != nil {
		return false, err
	}
	if c.Type == "Patient" {
		f := r.s.factsOf(v.Ref, t)
		patient := Ref{c.Type, c.ID}
		return f.owner == patient || contains(f.also, patient), nil
	}
	for _, code := range spec.CompartmentParams(c.Type, v.Type) {
		p, ok := r.reg.Lookup(v.Type, code)
		if !ok {
			continue
		}
		refs, err := r.refsOf(t, p, c.Type, nil)
		if err != nil {
			return false, err
		}
		if contains(refs, Ref{c.Type, c.ID}) {
			return true, nil
		}
	}
	return false, nil
}

// versionsThen gives the versions of a type, as they were at the moment, that
// answer a step: those of which the index knows another version.
func (r *run) versionsThen(typ string, s step) ([]*Version, error) {
	var of []*Version
	for _, v := range r.past.then {
		if v.Type == typ {
			of = append(of, v)
		}
	}
	return r.answering(s, of)
}
