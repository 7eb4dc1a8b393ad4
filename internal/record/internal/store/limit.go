package store

import (
	"github.com/bevanhealth/bevan/fhir/search"
)

// What a reach asks of the resources of one type, beyond the rows that the
// builder bounds, is a set like any other: it is joined to the set of every
// step of a plan, so that what it hides is not found, counted, sorted, paged,
// included, or led through.

// limit narrows a branch to what the reach allows of its type.
func (c *compiler) limit(b *branch) error {
	nodes, err := c.terms(b.typ)
	for _, n := range nodes {
		r, ok := n.(*stretch)
		if !ok {
			b.nodes = append(b.nodes, n)
			continue
		}
		b.low, b.high = max(b.low, r.low), min(b.high, r.high)
		b.nothing = b.nothing || b.low >= b.high
	}
	return err
}

// permitted is the part of a set of resources of one type that the reach allows.
func (c *compiler) permitted(typ string, set node) (node, error) {
	nodes, err := c.terms(typ)
	if len(nodes) == 0 || err != nil {
		return set, err
	}
	return &allOf{append([]node{set}, nodes...)}, nil
}

// terms are the sets that a resource of a type has to be in.
func (c *compiler) terms(typ string) (nodes []node, err error) {
	if len(c.reach.Nobody) > 0 && !c.reach.Everyone {
		nodes = append(nodes, c.belonging(typ))
	}
	searches, ok := c.reach.Limits[typ]
	switch {
	case c.reach.Limits == nil || ok && len(searches) == 0:
		return nodes, nil
	case !ok:
		return append(nodes, &given{what: "nothing, since the scope does not have " + orResources(typ)}), nil
	}
	n, err := c.answering(typ, searches)
	return append(nodes, n), err
}

// belonging is where resources of a type lie that a reach about one person
// holds: in their record, or for some types in nobody's.
func (c *compiler) belonging(typ string) node {
	own := &stretch{low: FirstRow(c.reach.Person), high: FirstRow(c.reach.Person + 1), what: "in the record of one person"}
	nobodys := &stretch{high: FirstRow(firstPerson), what: "in nobody's record"}
	switch {
	case contains(c.reach.Nobody, typ):
		return nobodys
	case typ != "":
		return own
	}
	kinds := &ofKinds{what: "of a type that is about nobody"}
	for _, name := range c.reach.Nobody {
		kinds.kinds = append(kinds.kinds, c.s.nums.kind(name))
	}
	return &anyOf{[]node{own, &allOf{[]node{nobodys, kinds}}}}
}

// answering is the resources of a type that answer one of some searches. It is
// worked out once for a question. Where the index alone can not tell, the
// answer is worked out first.
func (c *compiler) answering(typ string, searches [][]search.Criterion) (node, error) {
	if n := c.run.allowed[typ]; n != nil {
		return n, nil
	}
	any, exact := &anyOf{}, true
	for _, all := range searches {
		var both []node
		for _, cr := range all {
			n, decides, err := c.criterion(typ, 0, cr)
			if err != nil {
				return nil, err
			}
			both, exact = append(both, n), exact && decides && n != nil
		}
		any.nodes = append(any.nodes, oneOr(both, &allOf{both}))
	}
	n := oneOr(any.nodes, any)
	if !exact {
		g := &given{what: "what the scope allows, worked out first"}
		for _, all := range searches {
			rows, err := c.run.allowedRows(search.Query{Types: []string{typ}, Criteria: all, Count: -1})
			if err != nil {
				return nil, err
			}
			g.rows = append(g.rows, rows...)
		}
		n = g
	}
	c.run.allowed[typ] = n
	return n, nil
}

func oneOr(nodes []node, several node) node {
	if len(nodes) == 1 {
		return nodes[0]
	}
	return several
}

// allowedRows answers one search of a scope as of now, in the rows of the reach.
func (r *run) allowedRows(q search.Query) ([]Row, error) {
	rowsOnly := r.reach
	rowsOnly.Limits = nil
	sub := r.s.newRun(r.ctx, r.tx, rowsOnly, q)
	sub.examined = r.examined
	defer func() { r.examined = sub.examined }()
	return sub.allRows()
}

// stretch is a range of rows. It can only be asked.
type stretch struct {
	low, high Row
	what      string
}

func (n *stretch) source(*builder) string { return "" }

func (n *stretch) probe(b *builder, x string) string {
	return "(" + x + " >= " + b.arg(n.low) + " AND " + x + " < " + b.arg(n.high) + ")"
}

func (n *stretch) words() string { return n.what }

// ofKinds is the resources of some types. It can only be asked.
type ofKinds struct {
	kinds []int64
	what  string
}

func (n *ofKinds) source(*builder) string { return "" }

func (n *ofKinds) probe(b *builder, x string) string {
	return "EXISTS (SELECT 1 FROM res y WHERE y.row = " + x + " AND " + b.oneOf("y.kind", n.kinds) + ")"
}

func (n *ofKinds) words() string { return n.what }
