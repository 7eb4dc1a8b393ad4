package store

import (
	"context"
	"fmt"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/db"
)

// Plan is a search's plan in words.
type Plan struct {
	Step     string
	Estimate int64 // rows, -1 when it was not counted
	Steps    []*Plan
}

// Explain tells how q would be answered, without answering it.
func (s *Store) Explain(ctx context.Context, reach Reach, q search.Query) (*Plan, error) {
	root := &Plan{Step: "search within " + reach.words(), Estimate: -1}
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		r := s.newRun(ctx, tx, reach, q)
		if err := r.compile(); err != nil {
			return err
		}
		root.Steps = nil
		for _, b := range r.branches {
			root.Steps = append(root.Steps, r.explainBranch(b))
		}
		return nil
	})
	if len(q.Sort) > 0 {
		root = &Plan{Step: "sort every match and keep the first page", Estimate: -1, Steps: []*Plan{root}}
	}
	return root, err
}

func (r Reach) words() string {
	who := "everybody's records"
	if !r.Everyone {
		who = "one person's record"
	}
	if r.Deny != 0 {
		who += fmt.Sprintf(", without the sensitivity categories %x", uint64(r.Deny))
	}
	return who
}

func (r *run) explainBranch(b *branch) *Plan {
	p := &Plan{Step: orResources(b.typ), Estimate: -1}
	if b.low > 0 && b.high == FirstRow(PersonOf(b.low)+1) {
		p.Step += " in the record of one person"
	}
	for i, n := range b.nodes {
		how := "ask of each whether it is in: "
		if i == 0 {
			how = "walk: "
		}
		p.Steps = append(p.Steps, explainNode(n, how))
	}
	for i := range r.q.Criteria {
		if r.q.Criteria[i].Plain() {
			p.Steps = append(p.Steps, &Plan{Step: "check on the resource: " + criterionWords(r.q.Criteria[i]), Estimate: -1})
		}
	}
	return p
}

func explainNode(n node, how string) *Plan {
	p := &Plan{Step: how + n.words(), Estimate: -1}
	var inner []node
	switch n := n.(type) {
	case *anyOf:
		inner = n.nodes
	case *allOf:
		inner = n.nodes
	case *noneOf:
		inner = []node{n.node}
	case *amended:
		inner = []node{n.node}
	case *chain:
		inner = []node{n.to}
	case *ownerChain:
		inner = []node{n.to}
	case *has:
		inner = []node{n.from}
	case *ownerHas:
		inner = []node{n.from}
	}
	for _, c := range inner {
		p.Steps = append(p.Steps, explainNode(c, ""))
	}
	return p
}

// Answers tells whether a version answers a query: by its own words, and by
// where they lead.
func (s *Store) Answers(ctx context.Context, reach Reach, v *Version, q search.Query) (ok bool, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		r := s.newRun(ctx, tx, reach, q)
		var err error
		if ok, err = r.answers(v); err != nil || !ok {
			return err
		}
		if err := r.compile(); err != nil {
			return err
		}
		ok = false
		for _, b := range r.branches {
			if b.typ == "" || b.typ == v.Type {
				got, err := r.linked(b, []*Version{v})
				if ok = len(got) > 0; err != nil || ok {
					return err
				}
			}
		}
		return nil
	})
	return ok, err
}

// PersonNamed finds the number of a patient by the logical id of their
// resource; -1, a number that nobody has, for one who is not known.
func (s *Store) PersonNamed(ctx context.Context, id string) (int64, error) {
	person := int64(-1)
	err := s.db.Query(ctx, "SELECT p.person, p.id FROM name n JOIN person p ON p.person = n.row >> 24 WHERE n.hash = $1",
		[]any{s.nameHash(Ref{"Patient", id})}, func(r *db.Row) error {
			if r.Text(1) == id {
				person = r.Int64(0)
			}
			return nil
		})
	return person, err
}
