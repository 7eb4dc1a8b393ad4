package store

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// maxIncluded bounds what comes along with one page. More is refused, never
// cut: a reader must be able to rely on what is included being all of it.
const maxIncluded = 10_000

// include collects what the query's _include and _revinclude bring along.
func (r *run) include(matches []*Version) ([]*Version, error) {
	if len(r.q.Includes) == 0 || len(matches) == 0 {
		return nil, nil
	}
	seen := make(map[Row]bool, 2*len(matches))
	r.led = make(map[string]bool, 2*len(matches))
	for _, v := range matches {
		seen[v.place()] = true
		r.led[v.Type+"/"+v.ID] = true
	}
	var out []*Version
	fresh := matches
	for round := 0; len(fresh) > 0; round++ {
		found, err := r.followAll(fresh, round > 0)
		if err != nil {
			return nil, err
		}
		var rows []Row
		for _, row := range found {
			if !seen[row] {
				seen[row] = true
				rows = append(rows, row)
			}
		}
		if len(out)+len(rows) > maxIncluded {
			return nil, problem.New(problem.Unprocessable, fmt.Sprintf("More than %d resources would be included with this page. Ask for a smaller page with _count, or include less.", maxIncluded))
		}
		if fresh, err = r.fetchThen(rows); err != nil {
			return nil, err
		}
		out = append(out, fresh...)
	}
	return out, nil
}

// followAll gives the rows that the includes lead to from some resources, again only
// those that iterate. What they name is looked up at once for all of them.
func (r *run) followAll(from []*Version, again bool) (rows []Row, err error) {
	var refs []Ref
	for i := range r.q.Includes {
		inc := &r.q.Includes[i]
		switch {
		case again && !inc.Iterate:
		case inc.Reverse:
			found, err := r.referring(inc, from)
			if err != nil {
				return nil, err
			}
			rows = append(rows, found...)
		default:
			found, err := r.follow(inc, from)
			if err != nil {
				return nil, err
			}
			refs = append(refs, found...)
		}
	}
	named, err := r.rowsOf(refs)
	return append(rows, named...), err
}

// follow gives what one include leads to from some resources.
func (r *run) follow(inc *search.Include, from []*Version) (refs []Ref, err error) {
	r.ledTo = 0
	for _, v := range from {
		if v.Type == r.reach.Closed || inc.Type != "*" && v.Type != inc.Type || inc.Type == "*" && r.s.plainRefs(r.reg, v.Type) && !r.leadsOn(v, refs) {
			continue
		}
		t, err := r.treeOf(v)
		if err != nil {
			return nil, err
		}
		for _, p := range r.includeParams(inc, v.Type) {
			if refs, err = r.refsOf(t, p, inc.Target, refs); err != nil {
				return nil, err
			}
		}
	}
	return refs, nil
}

// includeParams is the parameters that an include follows from a type.
func (r *run) includeParams(inc *search.Include, typ string) []*search.Param {
	var out []*search.Param
	for _, p := range inc.Params {
		if p.Resource == typ || p.IsCommon() {
			out = append(out, p)
		}
	}
	if inc.Type == "*" {
		for _, p := range r.reg.Params(typ) {
			if p.Kind == search.Reference && !slices.Contains(out, p) {
				out = append(out, p)
			}
		}
	}
	return out
}

func (r *run) refsOf(t *fhir.Tree, p *search.Param, target string, refs []Ref) ([]Ref, error) {
	values, err := p.Values(t, nil)
	if err != nil {
		return nil, lost(err)
	}
	for i := range values {
		if values[i].Kind != search.Reference || values[i].Ident {
			continue
		}
		if ref, ok := r.s.localRef(values[i].Code); ok && (target == "" || ref.Type == target) {
			refs = append(refs, ref)
		}
	}
	return refs, nil
}

// maxTargets is how many referring resources are read to find out what they
// refer to; for more it is asked of each candidate whether one of them does.
const maxTargets = 1000

// targets gives the rows that the rows of a set refer to by a parameter.
func (r *run) targets(from node, p *search.Param) (targets []Row, ok bool, err error) {
	bd := newBuilder(r.tx.Dialect(), r.reach)
	src := from.source(bd)
	if src == "" {
		return nil, false, nil
	}
	var rows []Row
	err = r.tx.Query("SELECT row FROM ("+src+") s LIMIT "+bd.arg(maxTargets+1), bd.args, func(q *db.Row) error {
		rows = append(rows, q.Int64(0))
		return nil
	})
	if err != nil || len(rows) > maxTargets {
		return nil, false, err
	}
	referring, err := r.fetch(rows)
	if err != nil {
		return nil, false, err
	}
	var refs []Ref
	for _, v := range referring {
		t, err := r.treeOf(v)
		if err != nil {
			return nil, false, err
		}
		if refs, err = r.refsOf(t, p, "", refs); err != nil {
			return nil, false, err
		}
	}
	targets, err = r.rowsOf(refs)
	return targets, true, err
}

// rowsOf looks up names.
func (r *run) rowsOf(refs []Ref) ([]Row, error) {
	named, err := r.namedRows(refs)
	rows := make([]Row, 0, len(named))
	for _, row := range named {
		rows = append(rows, row)
	}
	return rows, err
}

// namedRows looks up names that are known.
func (r *run) namedRows(refs []Ref) (map[Ref]Row, error) {
	named := make(map[Ref]Row, len(refs))
	if len(refs) == 0 {
		return named, nil
	}
	byHash := make(map[int64]Ref, len(refs))
	hashes := make([]int64, len(refs))
	for i, ref := range refs {
		hashes[i] = r.s.nameHash(ref)
		byHash[hashes[i]] = ref
	}
	slices.Sort(hashes)
	err := r.tx.Query("SELECT hash, row FROM name WHERE "+r.tx.Dialect().AnyInt("hash", "$1"), []any{slices.Compact(hashes)}, func(q *db.Row) error {
		named[byHash[q.Int64(0)]] = q.Int64(1)
		return nil
	})
	return named, err
}

// referring gives the rows that refer to some resources by the include's
// parameters, and for patients what lies in their record.
func (r *run) referring(inc *search.Include, from []*Version) ([]Row, error) {
	targets := map[Row]bool{}
	for _, v := range from {
		if inc.Target == "" || v.Type == inc.Target {
			targets[v.place()] = true
		}
	}
	if len(targets) == 0 {
		return nil, nil
	}
	rows := map[Row]bool{}
	for _, p := range inc.Params {
		if r.s.nums.waiting(p.ID) {
			return nil, notIndexed(p)
		}
		sets, err := r.naming(p, listOf(targets))
		if err != nil {
			return nil, err
		}
		for _, n := range sets {
			if err := r.gather(rows, n); err != nil {
				return nil, err
			}
		}
		if err := r.namingThen(rows, p, targets); err != nil {
			return nil, err
		}
	}
	return listOf(rows), nil
}

// naming is the sets of what refers to some rows by a parameter. What has
// changed since the first page is left to namingThen.
func (r *run) naming(p *search.Param, targets []Row) (sets []node, err error) {
	sets = []node{&refers{param: r.s.nums.param(p.ID), targets: targets}}
	if contains(r.s.ownerParams(p.Resource), p.Code) {
		for _, row := range targets {
			if IsPatient(row) {
				sets = append(sets, &ofPeople{hash: r.s.typeHash(p.Resource), people: []int64{PersonOf(row)}})
			}
		}
	}
	for i, n := range sets {
		if sets[i], err = r.compiler().permitted(p.Resource, n); err != nil {
			return nil, err
		}
		if r.past.touched(r.s.nums.kind(p.Resource)) {
			sets[i] = &amended{node: sets[i], moment: r.past.moment}
		}
	}
	return sets, nil
}

// gather adds the rows of a set, and stops where there are too many for a page
// anyway.
func (r *run) gather(rows map[Row]bool, n node) error {
	b := newBuilder(r.tx.Dialect(), r.reach)
	return r.tx.Query(n.source(b), b.args, func(q *db.Row) error {
		if rows[q.Int64(0)] = true; len(rows) > 2*maxIncluded {
			return db.Stop
		}
		return nil
	})
}

// namingThen adds what has changed since the first page and referred to one of
// the targets then.
func (r *run) namingThen(rows map[Row]bool, p *search.Param, targets map[Row]bool) error {
	if r.past == nil {
		return nil
	}
	var of []*Version
	for _, v := range r.past.then {
		if v.Type == p.Resource {
			of = append(of, v)
		}
	}
	refs, err := r.refsThen(p, of)
	for v, to := range refs {
		if slices.ContainsFunc(to, func(row Row) bool { return targets[row] }) {
			rows[v.now] = true
		}
	}
	return err
}

// fetchThen is fetch with what has changed since the first page as it was then.
func (r *run) fetchThen(rows []Row) ([]*Version, error) {
	got, err := r.fetch(rows)
	if r.past == nil || err != nil {
		return got, err
	}
	out := got[:0]
	for _, v := range got {
		if !r.past.after(v.Tx) {
			out = append(out, v)
		}
	}
	for _, row := range rows {
		if v := r.past.at[row]; v != nil {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(x, y *Version) int { return cmp.Compare(x.Row, y.Row) })
	return out, nil
}

// fetch opens current versions within reach, in the order of their rows.
func (r *run) fetch(rows []Row) ([]*Version, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	slices.Sort(rows)
	b := newBuilder(r.tx.Dialect(), r.reach)
	var heads []*head
	size := 0
	sql := "SELECT " + headNames + " FROM res WHERE body IS NOT NULL AND " + r.tx.Dialect().AnyInt("row", b.arg(rows)) + b.within("res.row") + " ORDER BY row"
	if err := r.tx.Query(sql, b.args, func(q *db.Row) error {
		h := &head{}
		h.scan(q)
		h.body = clone(h.body)
		heads = append(heads, h)
		if size += len(h.body); size > 2*maxBatchBytes {
			return problem.New(problem.Unprocessable, "What would come along with this page is too large. Ask for a smaller page with _count, or include less.")
		}
		return nil
	}); err != nil {
		return nil, err
	}
	heads = slices.DeleteFunc(heads, func(h *head) bool { return !r.s.holds(r.reach, h.row, h.kind, h.mask) })
	out, err := r.s.openAll(r.tx, heads)
	if err != nil || r.reach.Limits == nil {
		return out, err
	}
	return r.permittedOf(out)
}

// permittedOf keeps the versions that answer one of the searches to which the
// reach is limited.
func (r *run) permittedOf(list []*Version) ([]*Version, error) {
	kept := list[:0]
	for _, v := range list {
		ok, err := r.s.permits(r.reach, v)
		if err != nil {
			return nil, err
		}
		if ok {
			kept = append(kept, v)
		}
	}
	return kept, nil
}
