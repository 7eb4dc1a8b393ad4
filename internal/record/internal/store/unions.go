package store

import (
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir/search"
)

// partsOf lists the parameters that together have exactly the values of p,
// such as code and component-code for an Observation's combo-code. Such a
// parameter has no entries of its own: a search by it asks for those of its
// parts. Every Observation has a code and most a value, so that is a sixth of
// their index. It is nil where there are none.
func (s *Store) partsOf(p *search.Param) []*search.Param {
	if known, ok := s.parts.Load(p.ID); ok {
		return known.([]*search.Param)
	}
	parts := unionOf(s.reg.Load(), p)
	s.parts.Store(p.ID, parts)
	return parts
}

func unionOf(reg *search.Registry, p *search.Param) (parts []*search.Param) {
	if p.Custom || p.Kind != search.Token && p.Kind != search.Number && p.Kind != search.Quantity {
		return nil
	}
	whole := branchesOf(p)
	left := slices.Clone(whole)
	for _, q := range reg.Params(p.Resource) {
		own := branchesOf(q)
		if q.Custom || q.Kind != p.Kind || q.Resource != p.Resource || len(own) >= len(whole) ||
			slices.ContainsFunc(own, func(b string) bool { return !contains(whole, b) }) || unionOf(reg, q) != nil {
			continue
		}
		parts = append(parts, q)
		left = slices.DeleteFunc(left, func(b string) bool { return contains(own, b) })
	}
	if len(left) > 0 || len(whole) < 2 {
		return nil
	}
	return parts
}

// branchesOf is the branches of a parameter's union.
func branchesOf(p *search.Param) []string { return strings.Split(p.Expression(), " | ") }

// entryNumbers lists the numbers under which the values of a parameter stand.
func (s *Store) entryNumbers(p *search.Param) (nums []int64) {
	for _, part := range s.partsOf(p) {
		nums = append(nums, s.nums.param(part.ID))
	}
	if nums == nil {
		nums = append(nums, s.nums.param(p.ID))
	}
	return nums
}
