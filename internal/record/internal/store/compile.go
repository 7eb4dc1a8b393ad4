package store

import (
	"fmt"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// compiler turns a query into branches, one a resource type. It looks up the
// rows of what the query names inside the transaction that will answer it.
type compiler struct {
	s     *Store
	tx    *db.Tx
	reach Reach
	run   *run           // which it compiles for; nil where only names are looked up
	lists map[*given]int // sets that were worked out already, and how many rows they hold
}

// branch is the part of a plan that finds resources of one type.
type branch struct {
	typ     string // "" for every type
	index   int    // which of the criteria's Params belong to it
	nodes   []node // what is walked and asked
	all     []node // the rows must be in every one; nodes may leave some to the resource
	steps   []step // the criteria that lead to other resources
	big     bool   // many rows match, as far as they were counted
	dated   *dated // the criteria on code and date together, where the query has a code
	exact   bool   // the nodes decide the query: no resource need be read for a count
	low     Row    // the range to which the query is narrowed
	high    Row
	nothing bool // no row can match
}

// query compiles q.
func (c *compiler) query(q search.Query) ([]*branch, error) {
	types := q.Types
	if len(types) == 0 {
		types = []string{""}
	}
	var out []*branch
	for i, typ := range types {
		b := &branch{typ: typ, index: i, exact: q.When == nil, high: lastRow}
		if err := c.branch(b, q); err != nil {
			return nil, err
		}
		// What belongs nowhere now may have belonged somewhere then.
		if !b.nothing || c.run.past != nil {
			out = append(out, b)
		}
	}
	return out, nil
}

func (c *compiler) branch(b *branch, q search.Query) error {
	if q.Compartment != nil {
		if err := c.compartment(b, *q.Compartment); err != nil {
			return err
		}
	}
	if err := c.limit(b); err != nil {
		return err
	}
	typed := false
	steps := make([]node, len(q.Criteria)) // of each criterion; nil for none
	for i, cr := range q.Criteria {
		n, exact, err := c.criterion(b.typ, b.index, cr)
		if err != nil {
			return err
		}
		b.exact = b.exact && exact
		if !cr.Plain() {
			b.steps = append(b.steps, step{cr, stepParam(cr, b.index), n})
		}
		if n == nil {
			continue
		}
		if p, ok := n.(*ofPeople); ok && len(p.people) == 1 {
			b.narrow(p.people[0])
			continue
		}
		typed = typed || impliesType(n)
		steps[i] = n
		b.nodes = append(b.nodes, n)
	}
	if !typed {
		b.nodes = append(b.nodes, c.everything(b.typ))
	}
	var err error
	b.dated, err = c.dated(b.typ, b.index, q.Criteria)
	if b.dated != nil {
		for _, i := range b.dated.covered {
			b.dated.steps = append(b.dated.steps, steps[i])
		}
	}
	b.all = slices.Clone(b.nodes)
	return err
}

// stepParam is the reference that a chain follows, nil for a _has.
func stepParam(cr search.Criterion, index int) *search.Param {
	if cr.Chain == nil {
		return nil
	}
	return cr.Params[index]
}

// narrow restricts the branch to the record of one person.
func (b *branch) narrow(person int64) {
	b.low, b.high = max(b.low, FirstRow(person)), min(b.high, FirstRow(person+1))
	if b.low >= b.high {
		b.nothing = true
	}
}

// impliesType tells whether every row of the set is of the branch's type
// anyway, since its parameter is one of that type only.
func impliesType(n node) bool {
	switch n := n.(type) {
	case *keys:
		return n.typed
	case *spans:
		return true
	case *prefix:
		return true
	case *refers, *chain, *ownerChain:
		return true
	case *ofPeople:
		return n.hash != 0
	case *changed:
		return len(n.kinds) > 0
	case *anyOf:
		for _, m := range n.nodes {
			if !impliesType(m) {
				return false
			}
		}
		return true
	}
	return false
}

func (c *compiler) everything(typ string) node {
	if typ == "" {
		return &everything{what: "every resource"}
	}
	return &everything{hash: c.s.typeHash(typ), kind: c.s.nums.kind(typ), what: "every " + typ}
}

// row finds the row of a name.
func (c *compiler) row(r Ref) (row Row, ok bool, err error) {
	ok, err = c.tx.One("SELECT row FROM name WHERE hash = $1", []any{c.s.nameHash(r)}, func(q *db.Row) error {
		row = q.Int64(0)
		return nil
	})
	return row, ok, err
}

func (c *compiler) exists(sql string, args ...any) (bool, error) {
	return c.tx.One(sql+" LIMIT 1", args, skip)
}

// compartment narrows a branch to what lies in a compartment (R4 section
// 3.2.1): for a patient the range of their record and what names them
// elsewhere, for the others what refers to them.
func (c *compiler) compartment(b *branch, comp search.Compartment) error {
	row, ok, err := c.row(Ref{comp.Type, comp.ID})
	if err != nil {
		return err
	}
	if !ok {
		b.nothing = true
		return nil
	}
	if comp.Type == "Patient" {
		also, err := c.exists("SELECT 1 FROM also WHERE person = $1", PersonOf(row))
		if err != nil {
			return err
		}
		if !also {
			b.narrow(PersonOf(row))
			return nil
		}
		b.nodes = append(b.nodes, &anyOf{[]node{c.people(b.typ, PersonOf(row)), &alsoOf{PersonOf(row)}}})
		return nil
	}
	n := &anyOf{}
	if b.typ == comp.Type || b.typ == "" {
		n.nodes = append(n.nodes, &given{rows: []Row{row}, what: comp.Type + "/" + comp.ID + " itself"})
	}
	reg := c.s.reg.Load()
	types := []string{b.typ}
	if b.typ == "" {
		types = spec.CompartmentTypes(comp.Type)
	}
	for _, typ := range types {
		for _, code := range spec.CompartmentParams(comp.Type, typ) {
			if p, ok := reg.Lookup(typ, code); ok {
				n.nodes = append(n.nodes, &refers{param: c.s.nums.param(p.ID), targets: []Row{row},
					what: fmt.Sprintf("%s that names %s/%s as %s", typ, comp.Type, comp.ID, code)})
			}
		}
	}
	if len(n.nodes) == 0 {
		b.nothing = true
	}
	b.nodes = append(b.nodes, n)
	return nil
}

func (c *compiler) people(typ string, people ...int64) *ofPeople {
	n := &ofPeople{people: people, what: fmt.Sprintf("%s in the record of %d people", orResources(typ), len(people))}
	if typ != "" {
		n.hash = c.s.typeHash(typ)
	}
	return n
}

func orResources(typ string) string {
	if typ == "" {
		return "resources"
	}
	return typ
}

// criterion compiles one criterion for one type. A nil node means that only
// the resource itself can tell; exact says that the node alone decides.
func (c *compiler) criterion(typ string, index int, cr search.Criterion) (node, bool, error) {
	switch {
	case cr.Chain != nil:
		if p := cr.Params[index]; c.s.nums.waiting(p.ID) {
			return nil, false, notIndexed(p)
		}
		return c.chain(typ, cr.Params[index], cr)
	case cr.Has != nil:
		return c.has(typ, cr)
	}
	p := cr.Params[min(index, len(cr.Params)-1)]
	if p.IsServer() {
		return c.server(typ, p, cr)
	}
	if c.s.nums.waiting(p.ID) {
		return nil, false, nil
	}
	switch cr.Modifier {
	case search.Missing, search.Text, search.Above, search.Below:
		return nil, false, nil
	}
	switch p.Kind {
	case search.Token:
		return c.token(p, cr)
	case search.Reference:
		return c.reference(typ, p, cr)
	case search.Date:
		return c.dates(p, cr)
	case search.Number, search.Quantity:
		return c.numbers(p, cr)
	case search.String:
		return c.texts(p, cr)
	case search.URI:
		return c.uris(p, cr)
	}
	return nil, false, nil
}

// server compiles _id and _lastUpdated, which are columns.
func (c *compiler) server(typ string, p *search.Param, cr search.Criterion) (node, bool, error) {
	if p.Code == "_id" {
		return c.ids(typ, cr)
	}
	if cr.Modifier == search.Missing {
		return nil, false, nil
	}
	var kinds []int64
	if typ != "" {
		kinds = []int64{c.s.nums.kind(typ)}
	}
	return &changed{kinds: kinds, what: criterionWords(cr), cond: func(b *builder) string {
		var parts []string
		for _, o := range cr.Values {
			parts = append(parts, instantCond(b, o))
		}
		return " AND (" + strings.Join(parts, " OR ") + ")"
	}}, true, nil
}

// instantCond compares the column at, in milliseconds, with a search range in
// microseconds. A version's time is a point: every prefix is an exact bound.
func instantCond(b *builder, o search.Operand) string {
	low, high := o.Low, o.High
	at := "(at * 1000)"
	if low > -1<<60 && high < 1<<60 { // whole milliseconds can use the index on at
		at, low, high = "at", ceilDiv(low, 1000), ceilDiv(high, 1000)
	}
	switch o.Prefix {
	case search.Ne:
		return "(" + at + " < " + b.arg(low) + " OR " + at + " >= " + b.arg(high) + ")"
	case search.Gt, search.Sa:
		return at + " >= " + b.arg(high)
	case search.Lt, search.Eb:
		return at + " < " + b.arg(low)
	case search.Ge:
		return at + " >= " + b.arg(low)
	case search.Le:
		return at + " < " + b.arg(high)
	}
	return "(" + at + " >= " + b.arg(low) + " AND " + at + " < " + b.arg(high) + ")"
}

func ceilDiv(a, n int64) int64 {
	q := a / n
	if a%n > 0 {
		q++
	}
	return q
}

func (c *compiler) ids(typ string, cr search.Criterion) (node, bool, error) {
	if cr.Modifier == search.Missing {
		return nil, false, nil
	}
	types := []string{typ}
	if typ == "" {
		types = c.s.nums.all()
	}
	n := &given{what: criterionWords(cr)}
	for _, o := range cr.Values {
		for _, t := range types {
			row, ok, err := c.row(Ref{t, o.Code})
			if err != nil {
				return nil, false, err
			}
			if ok {
				n.rows = append(n.rows, row)
			}
		}
	}
	if cr.Modifier == search.Not {
		return &noneOf{n}, true, nil
	}
	return n, true, nil
}

func criterionWords(cr search.Criterion) string {
	var raw []string
	for _, o := range cr.Values {
		raw = append(raw, o.Raw)
	}
	text := strings.Join(raw, ",")
	if len(text) > 80 {
		text = text[:80] + "…"
	}
	return cr.Name + " is " + text
}

// notIndexed refuses to follow a parameter that is still being indexed.
func notIndexed(p *search.Param) error {
	return problem.New(problem.Unavailable, "The search parameter "+p.Code+" is new and still being indexed. Try again in a while.")
}

// tooCostly refuses a search that would look at more than the store allows.
func tooCostly(what string) error {
	return problem.New(problem.Unprocessable, what+" Add something that narrows the search, such as patient, code or a date.")
}
