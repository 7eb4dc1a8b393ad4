package store

import (
	"fmt"
	"strings"
)

// anyOf is the rows of at least one of some sets.
type anyOf struct{ nodes []node }

func (n *anyOf) source(b *builder) string {
	var parts []string
	for _, c := range n.nodes {
		s := c.source(b)
		if s == "" {
			return ""
		}
		parts = append(parts, "SELECT row FROM ("+s+") u")
	}
	return b.union(parts)
}

func (n *anyOf) probe(b *builder, x string) string {
	var parts []string
	for _, c := range n.nodes {
		parts = append(parts, c.probe(b, x))
	}
	return "(" + strings.Join(parts, " OR ") + ")"
}

func (n *anyOf) words() string { return "one of these" }

// allOf is the rows that are in every one of some sets. The first is walked,
// the others are asked.
type allOf struct{ nodes []node }

func (n *allOf) source(b *builder) string {
	first := n.nodes[0].source(b)
	if first == "" || len(n.nodes) == 1 {
		return first
	}
	var parts []string
	for _, c := range n.nodes[1:] {
		parts = append(parts, c.probe(b, "d.row"))
	}
	return "SELECT d.row FROM (" + first + ") d WHERE " + strings.Join(parts, " AND ")
}

func (n *allOf) probe(b *builder, x string) string {
	var parts []string
	for _, c := range n.nodes {
		parts = append(parts, c.probe(b, x))
	}
	return "(" + strings.Join(parts, " AND ") + ")"
}

func (n *allOf) words() string { return "all of these" }

// each joins a table that is looked into for each row of the set before it.
// SQLite, which knows nothing of the set's size, would at times walk the table.
func (b *builder) each() string { return b.sql.Pick("CROSS JOIN", "JOIN") }

// noneOf is every row that is not in a set. It can only be asked.
type noneOf struct{ node node }

func (n *noneOf) source(*builder) string            { return "" }
func (n *noneOf) probe(b *builder, x string) string { return "NOT " + n.node.probe(b, x) }
func (n *noneOf) words() string                     { return "not " + n.node.words() }

// chain is the rows that refer by a parameter to a row of another set.
type chain struct {
	param int64
	to    node
	what  string
}

func (n *chain) source(b *builder) string {
	to := b.wide(func() string { return n.to.source(b) })
	return "SELECT DISTINCT k.row FROM (" + to + ") t " + b.each() + " link k ON k.target = t.row AND k.param = " + b.arg(n.param) +
		" WHERE 1 = 1" + b.within("k.row")
}

func (n *chain) probe(b *builder, x string) string { return x + " IN (" + n.source(b) + ")" }
func (n *chain) words() string                     { return n.what }

// ownerChain is the rows of a type that lie in the record of a patient of
// another set.
type ownerChain struct {
	hash int64
	to   node
	what string
}

func (n *ownerChain) source(b *builder) string {
	to := b.wide(func() string { return n.to.source(b) })
	return "SELECT f.row FROM (" + to + ") t " + b.each() + " far f ON f.hash = " + b.arg(n.hash) +
		" AND f.row >= t.row AND f.row < t.row + 16777216 WHERE 1 = 1" + b.within("f.row")
}

func (n *ownerChain) probe(b *builder, x string) string {
	to := "((" + x + " >> 24) << 24)"
	// The patient's own row lies before what a later page begins with.
	return "(EXISTS (SELECT 1 FROM far f WHERE f.hash = " + b.arg(n.hash) + " AND f.row = " + x + ") AND " +
		b.wide(func() string { return n.to.probe(b, to) + b.within(to) }) + ")"
}

func (n *ownerChain) words() string { return n.what }

// has is the rows that a row of another set refers to by a parameter.
type has struct {
	param int64
	from  node // the rows that refer
	what  string
}

func (n *has) source(*builder) string { return "" }

func (n *has) probe(b *builder, x string) string {
	return b.wide(func() string {
		// Each level needs a name of its own: one _has may stand inside another.
		b.depth++
		h := fmt.Sprintf("h%d", b.depth)
		return "EXISTS (SELECT 1 FROM link " + h + " WHERE " + h + ".target = " + x + " AND " + h + ".param = " + b.arg(n.param) +
			b.within(h+".row") + " AND " + n.from.probe(b, h+".row") + ")"
	})
}

func (n *has) words() string { return n.what }

// ownerHas is the patients in whose record a row of another set lies.
type ownerHas struct {
	from node
	what string
}

func (n *ownerHas) source(b *builder) string {
	from := b.wide(func() string { return n.from.source(b) })
	if from == "" {
		return ""
	}
	return "SELECT row FROM (SELECT DISTINCT (o.row >> 24) << 24 AS row FROM (" + from + ") o WHERE o.row >= " +
		b.arg(FirstRow(firstPerson)) + ") p WHERE 1 = 1" + b.within("p.row")
}

func (n *ownerHas) probe(b *builder, x string) string { return x + " IN (" + n.source(b) + ")" }
func (n *ownerHas) words() string                     { return n.what }
