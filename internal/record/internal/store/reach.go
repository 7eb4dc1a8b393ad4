package store

import (
	"context"
	"slices"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access/optout"
	"github.com/bevanhealth/bevan/internal/db"
)

// Reach is the part of the store that a session may look at: a term of every
// row source of every query. The zero Reach reaches nothing.
type Reach struct {
	Everyone bool
	Person   int64 // the one person, when not Everyone
	Deny     int64 // sensitivity categories that may not be seen
	// Classes are the only classes that may be seen of a record whose person has
	// made choices, in order; nil is no limit. See choices.go.
	Classes []int64
	// Nobody lists, beside one person's record, the types whose resources may
	// be seen when they are in nobody's record. Such a reach goes by what a
	// resource is now: its former versions are within it only while it is.
	Nobody []string
	// Without leaves out everybody who said no in one of these ways, and what
	// names them. Such a reach goes by what a resource is now.
	Without optout.Kind
	// Viewpoint is who asks, where what people chose is to be obeyed of many at
	// once; nil is for sessions about one person, and for those whom choices do not
	// bind. See viewpoint.go.
	Viewpoint *Viewpoint
	// Closed is a type whose resources do not lead on: what they refer to does not
	// come along with a page because of them.
	Closed string
	// Limits name the only types that may be seen, and of each which
	// resources; nil is no limit. Such a reach goes by what a resource is now.
	Limits Limits
}

// Limits are, by resource type, the searches of which a resource has to answer
// one; none is all resources of the type. What has no entry is hidden.
type Limits map[string][][]search.Criterion

// Several is the sensitivity category of what is about more than one person.
const Several int64 = 1 << 62

// byNow tells whether the reach goes by what a resource is now.
func (r Reach) byNow() bool {
	return r.Limits != nil || len(r.Nobody) > 0 || r.Deny != 0 || r.Classes != nil || r.Without != 0 || r.Viewpoint != nil
}

// holds tells whether a row, with its type and mask, lies within reach. Which
// resources of the type when it is not all is for permits.
func (s *Store) holds(r Reach, row Row, kind, mask int64) bool {
	if r.hides(mask) {
		return false
	}
	if _, ok := r.Limits[s.nums.kindName(kind)]; r.Limits != nil && !ok {
		return false
	}
	if r.Everyone || r.Person != 0 && PersonOf(row) == r.Person {
		return true
	}
	return PersonOf(row) < firstPerson && contains(r.Nobody, s.nums.kindName(kind))
}

// permits tells by the words of a version whether it answers one of the
// searches to which the reach is limited. A tombstone says nothing.
func (s *Store) permits(r Reach, v *Version) (bool, error) {
	searches, ok := r.Limits[v.Type]
	if r.Limits == nil || ok && len(searches) == 0 {
		return true, nil
	}
	if v.Encoded == nil || !ok {
		return false, nil
	}
	t, err := v.Tree()
	if err != nil {
		return false, err
	}
	return answersOne(searches, func(cr *search.Criterion) (bool, error) {
		return search.Match(t, cr, &search.MatchEnv{ID: v.ID, LastUpdated: v.At * 1000, Base: s.base})
	})
}

// Permits tells whether a reach that is limited by type allows what a draft
// will be.
func (s *Store) Permits(r Reach, d *Draft) (bool, error) {
	return s.permits(r, &Version{Ref: d.Ref, At: s.clock.now().UnixMilli(), Encoded: d.Encoded})
}

// answersOne tells whether all criteria of one of the searches are answered.
func answersOne(searches [][]search.Criterion, answered func(*search.Criterion) (bool, error)) (bool, error) {
	for _, all := range searches {
		ok := true
		for i := range all {
			var err error
			if ok, err = answered(&all[i]); err != nil {
				return false, err
			}
			if !ok {
				break
			}
		}
		if ok {
			return true, nil
		}
	}
	return false, nil
}

// standing tells which resources are within reach by what they are now: what
// is hidden now stays hidden, whatever it was. Of one that was deleted, what
// it said last is what counts.
func (s *Store) standing(tx *db.Tx, reach Reach, refs []Ref) (map[Ref]bool, error) {
	hashes := make([]int64, len(refs))
	for i, ref := range refs {
		hashes[i] = s.nameHash(ref)
	}
	slices.Sort(hashes)
	heads, err := s.headsWhere(tx, "name n JOIN res r ON r.row = n.row WHERE "+tx.Dialect().AnyInt("n.hash", "$1"), slices.Compact(hashes))
	if err == nil {
		heads, err = s.keep(tx, reach, heads)
	}
	if err != nil {
		return nil, err
	}
	out := make(map[Ref]bool, len(heads))
	var asked []*head
	for _, h := range heads {
		typ := s.nums.kindName(h.kind)
		if !s.holds(reach, h.row, h.kind, h.mask) {
			continue
		}
		if len(reach.Limits[typ]) == 0 {
			out[Ref{typ, h.id}] = true
			continue
		}
		if h.body == nil {
			if h, err = s.lastSaid(tx, h); err != nil {
				return nil, err
			}
		}
		asked = append(asked, h)
	}
	versions, err := s.openAll(tx, asked)
	for _, v := range versions {
		if out[v.Ref], err = s.permits(reach, v); err != nil {
			return nil, err
		}
	}
	return out, err
}

// Stands tells which resources are within reach by what they are now.
func (s *Store) Stands(ctx context.Context, reach Reach, refs []Ref) (out map[Ref]bool, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		out, err = s.standing(tx, reach, refs)
		return err
	})
	return out, err
}

// lastSaid is the newest version with a body of a resource that was deleted.
func (s *Store) lastSaid(tx *db.Tx, h *head) (*head, error) {
	was, err := s.headsWhere(tx, "old r WHERE r.row = $1 AND r.body IS NOT NULL ORDER BY r.ver DESC LIMIT 1", h.row)
	if len(was) == 1 {
		return was[0], err
	}
	return h, err
}

func (s *Store) headsWhere(tx *db.Tx, from string, args ...any) (heads []*head, err error) {
	err = tx.Query("SELECT "+rHeadNames+" FROM "+from, args, func(r *db.Row) error {
		h := &head{}
		h.scan(r)
		h.body = clone(h.body)
		heads = append(heads, h)
		return nil
	})
	return heads, err
}

// whichStand tells of each of some versions whether its resource is within
// reach now, where the reach goes by that.
func (s *Store) whichStand(tx *db.Tx, reach Reach, heads []*head) (func(*head) bool, error) {
	if !reach.byNow() || len(heads) == 0 {
		return func(*head) bool { return true }, nil
	}
	refs := make([]Ref, len(heads))
	for i, h := range heads {
		refs[i] = Ref{s.nums.kindName(h.kind), h.id}
	}
	in, err := s.standing(tx, reach, refs)
	if err != nil {
		return nil, err
	}
	out, err := s.leftOut(tx, reach, heads) // of one that moved, what lies with somebody else
	return func(h *head) bool { return in[Ref{s.nums.kindName(h.kind), h.id}] && !out[h] }, err
}
