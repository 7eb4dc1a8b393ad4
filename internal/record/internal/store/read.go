package store

import (
	"context"
	"fmt"
	"slices"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/seal"
)

// Version is one version of a resource, unsealed.
type Version struct {
	Ref
	Row     Row
	Version int64
	Tx      int64
	At      int64 // milliseconds since 1970 UTC
	How     Method
	Mask    int64
	Encoded []byte // as fhir.Render takes it; nil for a tombstone

	now  Row    // of a version of an earlier moment: where the resource lies now
	body []byte // rendered
}

// Body gives the resource's JSON with the server's fields set. Callers must
// not write to it.
func (v *Version) Body() ([]byte, error) {
	if v.body == nil && v.Encoded != nil {
		var err error
		v.body, err = fhir.Render(make([]byte, 0, len(v.Encoded)+128), v.Encoded, v.ID, formatVersion(v.Version), FormatTime(v.At))
		if err != nil {
			return nil, lost(err)
		}
	}
	return v.body, nil
}

const (
	headNames  = "row, kind, ver, tx, at, how, mask, id, body"
	rHeadNames = "r.row, r.kind, r.ver, r.tx, r.at, r.how, r.mask, r.id, r.body"
)

// Read returns the current version of a resource, or the one that is asked
// for; nil where there is none within reach.
func (s *Store) Read(ctx context.Context, reach Reach, r Ref, version int64) (*Version, error) {
	var h *head
	scan := func(q *db.Row) error {
		h = &head{}
		h.scan(q)
		h.body = clone(h.body)
		return nil
	}
	hash := s.nameHash(r)
	if err := s.db.Query(ctx, currentOrOther, []any{hash, otherRow(reach, hash)}, scan); err != nil {
		return nil, err
	}
	if h == nil || h.id != r.ID || s.nums.kindName(h.kind) != r.Type || !s.holds(reach, h.row, h.kind, h.mask) {
		return nil, nil
	}
	if out, err := s.isLeftOut(ctx, reach, h); err != nil || out {
		return nil, err
	}
	now := h
	if version != 0 && h.ver != version {
		h = nil
		err := s.db.Read(ctx, func(tx *db.Tx) error {
			rows, err := s.homesOf(tx, r)
			if err != nil || len(rows) == 0 {
				return err
			}
			return tx.Query("SELECT "+rHeadNames+" FROM old r WHERE r.ver = $1 AND "+tx.Dialect().AnyInt("r.row", "$2"),
				[]any{version, rows}, scan)
		})
		if err != nil {
			return nil, err
		}
		if h == nil || !s.holds(reach, h.row, h.kind, h.mask) {
			return nil, nil
		}
		if out, err := s.isLeftOut(ctx, reach, h); err != nil || out {
			return nil, err
		}
	}
	if ok, err := s.readable(ctx, reach, r, now); err != nil || !ok {
		return nil, err
	}
	err := s.fillKeys([]*head{h}, func(sql string, args []any, scan func(*db.Row) error) error {
		return s.db.Query(ctx, sql, args, scan)
	})
	if err != nil {
		return nil, err
	}
	return s.open(h)
}

// currentOrOther reads the current version of a name ($1), and where there is none
// another row, from a place on ($2): so that what is not there takes as long to look
// for as what is there and may not be seen. By its id it is told to be another one.
const currentOrOther = "SELECT " + rHeadNames + " FROM res r WHERE r.row = " +
	"coalesce((SELECT n.row FROM name n WHERE n.hash = $1), (SELECT o.row FROM res o WHERE o.row >= $2 ORDER BY o.row LIMIT 1))"

// otherRows is how many rows at the beginning of a record otherRow draws from.
const otherRows = 64

// otherRow is where currentOrOther reads on for a name that there is not: in the
// record that the session is about, as what is hidden from it would be. For one
// about many people there is no such record: what is hidden from it may lie anywhere,
// and is looked at in more ways than this (isLeftOut).
func otherRow(reach Reach, hash int64) Row {
	if reach.Person == 0 {
		return lastRow
	}
	return FirstRow(reach.Person) + hash&(otherRows-1)
}

// readable tells whether a resource, of which this is the current version,
// answers one of the searches to which the reach is limited.
func (s *Store) readable(ctx context.Context, reach Reach, r Ref, now *head) (ok bool, err error) {
	if len(reach.Limits[r.Type]) == 0 {
		return true, nil // the type itself is within reach
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		if now.body == nil {
			if now, err = s.lastSaid(tx, now); err != nil {
				return err
			}
		}
		versions, err := s.openAll(tx, []*head{now})
		if err == nil {
			ok, err = s.permits(reach, versions[0])
		}
		return err
	})
	return ok, err
}

// PatientOf is the logical id of the Patient whose record a person's number
// leads to; "" where there is none.
func (s *Store) PatientOf(ctx context.Context, person int64) (id string, err error) {
	err = s.db.Query(ctx, "SELECT id FROM person WHERE person = $1", []any{person}, func(r *db.Row) error {
		id = r.Text(0)
		return nil
	})
	return id, err
}

// MaskOf is the mask of the current version of a resource; 0 where there is none.
func (s *Store) MaskOf(ctx context.Context, r Ref) (mask int64, err error) {
	err = s.db.Query(ctx, "SELECT r.mask FROM name n JOIN res r ON r.row = n.row WHERE n.hash = $1", []any{s.nameHash(r)}, func(q *db.Row) error {
		mask = q.Int64(0)
		return nil
	})
	return mask, err
}

// open unseals and unpacks a version whose key was read.
func (s *Store) open(h *head) (*Version, error) {
	v := &Version{Ref: Ref{s.nums.kindName(h.kind), h.id}, Row: h.row, Version: h.ver, Tx: h.tx, At: h.at, How: Method(h.how), Mask: h.mask}
	if h.body == nil {
		return v, nil
	}
	if h.key == nil {
		return nil, lost(fmt.Errorf("store: row %d was opened without its key", h.row))
	}
	room := s.codec.lend(len(h.body))
	defer s.codec.back(room)
	packed, err := h.key.Open(*room, h.body, place(h.row, h.ver))
	if err != nil {
		return nil, err
	}
	v.Encoded, err = s.codec.unpack(nil, packed)
	return v, err
}

// readKeys gives versions the keys of their people.
func (s *Store) readKeys(tx *db.Tx, heads []*head) error { return s.fillKeys(heads, tx.Query) }

func (s *Store) fillKeys(heads []*head, query func(sql string, args []any, scan func(*db.Row) error) error) error {
	var missing []int64
	for _, h := range heads {
		if h.key = s.keys.get(PersonOf(h.row)); h.key == nil {
			missing = append(missing, PersonOf(h.row))
		}
	}
	if len(missing) == 0 {
		return nil
	}
	slices.Sort(missing)
	missing = slices.Compact(missing)
	found := make(map[int64]*seal.Key, len(missing))
	var fault error
	err := query("SELECT person, key FROM person WHERE "+s.db.Dialect().AnyInt("person", "$1"), []any{missing}, func(r *db.Row) error {
		if len(r.Bytes(1)) == 0 { // erased between two questions of one read
			fault = errErased
			return db.Stop
		}
		k, err := s.ring.Unwrap(r.Int64(0), r.Bytes(1))
		if err != nil {
			fault = err
			return db.Stop
		}
		found[r.Int64(0)] = k
		s.keys.put(r.Int64(0), k)
		return nil
	})
	if fault != nil {
		return fault
	}
	for _, h := range heads {
		if h.key == nil {
			h.key = found[PersonOf(h.row)]
		}
	}
	return err
}

// Tree parses the version as the reader sees it.
func (v *Version) Tree() (*fhir.Tree, error) {
	t := &fhir.Tree{}
	return t, v.parse(t)
}

func (v *Version) parse(into *fhir.Tree) error {
	body, err := v.Body()
	if err != nil {
		return err
	}
	if err := fhir.ParseInto(into, body, stored); err != nil {
		return lost(err)
	}
	return nil
}

// stored is the limit for what the store itself wrote: it was accepted once
// and is a little longer now.
var stored = fhir.Limits{Bytes: maxBody, Depth: 1000, Nodes: 64 << 20}

// factsOfHead works out what an older version is found by.
func (s *Store) factsOfHead(tx *db.Tx, h *head) (facts, error) {
	if err := s.readKeys(tx, []*head{h}); err != nil {
		return facts{}, err
	}
	v, err := s.open(h)
	if err != nil {
		return facts{}, err
	}
	t, err := v.Tree()
	if err != nil {
		return facts{}, err
	}
	return s.factsOf(v.Ref, t), nil
}

func clone(b []byte) []byte {
	if b == nil {
		return nil
	}
	return append(make([]byte, 0, len(b)), b...)
}
