package record

import (
	"context"
	"net/http"
	"slices"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// DefaultCount is the page size where the caller names none.
const DefaultCount = 50

// Search answers one page of a query: the first, or with a cursor the one that
// it leads to. Later pages are of the same moment as the first one.
func (s *Session) Search(ctx context.Context, q search.Query, cursor string) (Page, error) {
	if err := s.again(ctx); err != nil {
		return Page{}, err
	}
	q, err := s.within(ctx, q)
	if err != nil {
		return Page{}, err
	}
	asked := s.asked(q)
	kind := "search " + string(asked.digest)
	var from *store.Position
	if cursor != "" {
		from = &store.Position{}
		if err := s.openCursor(kind, cursor, from); err != nil {
			return Page{}, err
		}
	}
	count := q.Count
	switch {
	case q.Summary == "count":
		count = 0
	case count < 0:
		count = DefaultCount
	}
	f, err := s.d.store.Search(ctx, s.to(access.Search), q, from, count)
	if err != nil {
		return Page{}, err
	}
	return s.found(ctx, q, kind, asked, f)
}

// found renders a page and writes the access down.
func (s *Session) found(ctx context.Context, q search.Query, kind string, asked *asked, f *store.Found) (Page, error) {
	page := Page{}
	var err error
	if page.Items, err = s.resources(f.Matches, false, make([]Resource, 0, len(f.Matches)+len(f.Included))); err != nil {
		return Page{}, err
	}
	if page.Items, err = s.resources(f.Included, true, page.Items); err != nil {
		return Page{}, err
	}
	if f.Total >= 0 {
		page.Total = &f.Total
	}
	if f.Next != nil {
		if page.Next, err = s.sealCursor(kind, f.Next); err != nil {
			return Page{}, err
		}
	}
	if q.Explain {
		if page.Plan, err = s.explain(ctx, q); err != nil {
			return Page{}, err
		}
	}
	given := f.Matches
	if len(f.Included) > 0 {
		given = append(slices.Clone(given), f.Included...)
	}
	typ := ""
	if len(q.Types) == 1 {
		typ = q.Types[0]
	}
	if err := s.note(ctx, access.Search, typ, http.StatusOK, int64(f.Total), asked, given); err != nil {
		return Page{}, err
	}
	return page, nil
}

// Explain tells how a search would be answered, within the session's reach. It
// gives no resource away, and stands in the access log all the same: a plan
// depends on what is there.
func (s *Session) Explain(ctx context.Context, q search.Query) (*Plan, error) {
	q, err := s.within(ctx, q)
	if err != nil {
		return nil, err
	}
	p, err := s.explain(ctx, q)
	if err != nil {
		return nil, err
	}
	if err := s.note(ctx, access.Search, "", http.StatusOK, -1, s.asked(q), nil); err != nil {
		return nil, err
	}
	return p, nil
}

// explain gives a plan to those who may see everything. Which way is taken
// depends on how much there is, and on whether what a query names is there.
func (s *Session) explain(ctx context.Context, q search.Query) (*Plan, error) {
	if _, all := s.seen(access.Search); !all || !s.base.Everyone || s.base.Deny != 0 || s.base.Viewpoint != nil {
		return &Plan{Step: "a plan tells what is there, so it is shown only to those who may see everything", Estimate: -1}, nil
	}
	p, err := s.d.store.Explain(ctx, s.to(access.Search), q)
	if err != nil {
		return nil, err
	}
	return plan(p), nil
}

func plan(p *store.Plan) *Plan {
	out := &Plan{Step: p.Step, Estimate: p.Estimate}
	for _, c := range p.Steps {
		out.Steps = append(out.Steps, plan(c))
	}
	return out
}

// within narrows a query to the types that the scope allows, and refuses one
// that asks for others, be it at the far end of a chain. A query that names no
// type asks for those.
func (s *Session) within(ctx context.Context, q search.Query) (search.Query, error) {
	if len(q.Types) == 0 {
		names, all := s.seen(access.Search)
		if all {
			return q, nil
		}
		if q.Types = names; len(names) == 0 {
			return q, s.refuse(ctx, access.Search, "")
		}
	}
	types := slices.Clone(q.Types)
	for _, c := range q.Criteria {
		types = typesOf(c, types)
	}
	slices.Sort(types)
	for _, t := range slices.Compact(types) {
		if err := s.may(ctx, access.Search, t); err != nil {
			return q, err
		}
	}
	if err := s.asksKept(ctx, &q); err != nil {
		return q, err
	}
	var err error
	q.Includes, err = s.includes(ctx, q.Includes)
	return q, err
}

// includes narrows what comes along with a page to the types that the scope
// allows. An include that may lead to several types follows those that are
// allowed; one that can lead to none of them is refused.
func (s *Session) includes(ctx context.Context, all []search.Include) ([]search.Include, error) {
	if _, every := s.seen(access.Search); every {
		return all, nil
	}
	var kept []search.Include
	for _, inc := range all {
		switch {
		case inc.Reverse:
			if err := s.may(ctx, access.Search, inc.Type); err != nil {
				return nil, err
			}
			kept = append(kept, inc)
		case inc.Type == "*":
			kept = append(kept, inc) // the reach bounds what it brings
		case inc.Target != "":
			if err := s.may(ctx, access.Search, inc.Target); err != nil {
				return nil, err
			}
			kept = append(kept, inc)
		default:
			n := len(kept)
			for _, t := range s.targets(inc) {
				inc.Target = t
				kept = append(kept, inc)
			}
			if len(kept) == n && len(inc.Params) > 0 {
				return nil, s.refuse(ctx, access.Search, "")
			}
		}
	}
	return kept, nil
}

// targets are the allowed types that an include's references may lead to. A
// reference that may lead to every type leads to those that the scope names.
func (s *Session) targets(inc search.Include) []string {
	var names []string
	for _, p := range inc.Params {
		if len(p.Target) == 0 {
			some, _ := s.seen(access.Search)
			names = append(names, some...)
		}
		names = append(names, p.Target...)
	}
	slices.Sort(names)
	return slices.DeleteFunc(slices.Compact(names), func(t string) bool { return !s.sees(access.Search, t) })
}

// typesOf adds the types whose resources a criterion looks at.
func typesOf(c search.Criterion, types []string) []string {
	if c.Chain != nil {
		types = append(types, c.Chain.Targets...)
		for _, n := range c.Chain.Next {
			types = typesOf(n, types)
		}
	}
	if c.Has != nil {
		types = typesOf(c.Has.Next, append(types, c.Has.Type))
	}
	return types
}
