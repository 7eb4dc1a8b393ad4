package store

import (
	"fmt"

	"github.com/bevanhealth/bevan/internal/db"
)

// A chain may have hundreds of steps, and neither database takes a statement
// that is nested as deep as that. Where a set has become large in itself it is
// worked out, and what leads to it goes on from its rows.

// maxNested is how many steps one statement holds inside each other, and
// maxPieces of how many parts a set consists in all: a step about somebody's
// record writes the set behind it twice, and one without a type once for each.
const (
	maxNested = 8
	maxPieces = 128
)

// flat gives a set in a form that another step can be built on.
func (c *compiler) flat(n node) (node, error) {
	s := shapeOf(n)
	if s.nested < maxNested && s.pieces < maxPieces {
		return n, nil
	}
	most := c.s.limits.examined
	for _, g := range s.lists {
		delete(c.lists, g) // it is needed no more
	}
	bd := newBuilder(c.tx.Dialect(), c.reach)
	var rows []Row
	err := c.tx.Query("SELECT row FROM ("+n.source(bd)+") s LIMIT "+bd.arg(most+1), bd.args, func(q *db.Row) error {
		rows = append(rows, q.Int64(0))
		return nil
	})
	g := &given{rows: rows, what: "worked out first: " + n.words()}
	c.lists[g] = len(rows)
	held := 0
	for _, n := range c.lists {
		held += n
	}
	if held > most && err == nil {
		err = tooCostly(fmt.Sprintf("The steps of this search lead through more than %d resources.", most))
	}
	return g, err
}

// shape is how large a set is as a part of a statement.
type shape struct {
	nested int // steps inside each other
	pieces int
	lists  []*given // of rows that are known
}

func shapeOf(n node) shape {
	switch n := n.(type) {
	case *chain:
		return shapeOf(n.to).inside()
	case *ownerChain:
		return shapeOf(n.to).inside()
	case *has:
		return shapeOf(n.from).inside()
	case *ownerHas:
		return shapeOf(n.from).inside()
	case *amended:
		s := shapeOf(n.node)
		return shape{s.nested, s.pieces + 1, s.lists}
	case *noneOf:
		return shapeOf(n.node)
	case *allOf:
		return together(n.nodes)
	case *anyOf:
		return together(n.nodes)
	case *given:
		return shape{pieces: 1, lists: []*given{n}}
	}
	return shape{pieces: 1}
}

// inside is the shape of a step that leads to a set of this one.
func (s shape) inside() shape { return shape{s.nested + 1, s.pieces + 1, s.lists} }

func together(nodes []node) shape {
	var out shape
	for _, n := range nodes {
		s := shapeOf(n)
		out = shape{max(out.nested, s.nested), out.pieces + s.pieces, append(out.lists, s.lists...)}
	}
	return out
}
