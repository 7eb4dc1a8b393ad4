package store

import "context"

// Within tells whether a version that lies in another reach lies in this one
// too. It is what Read would find, for a version that is in hand and the
// newest one.
func (s *Store) Within(ctx context.Context, reach Reach, v *Version) (bool, error) {
	if !s.holds(reach, v.Row, s.nums.kind(v.Type), v.Mask) {
		return false, nil
	}
	if out, err := s.isLeftOut(ctx, reach, &head{row: v.Row, mask: v.Mask}); err != nil || out {
		return false, err
	}
	return s.permits(reach, v)
}
