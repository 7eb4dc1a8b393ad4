package store

import (
	"context"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

// Sealer seals and opens small things under one person's key.
type Sealer struct{ key *seal.Key }

// kept ties what is sealed to what it is, and keeps it apart from bodies, which
// are sealed to sixteen bytes of a row and a version.
func kept(what string) []byte { return []byte("kept about a person\x00" + what) }

// Seal appends the sealed form of plain to dst. The same what opens it.
func (s *Sealer) Seal(dst, plain []byte, what string) []byte {
	return s.key.Seal(dst, plain, kept(what))
}

// Open appends what was sealed to dst.
func (s *Sealer) Open(dst, sealed []byte, what string) ([]byte, error) {
	return s.key.Open(dst, sealed, kept(what))
}

// Sealer opens what other rooms keep about a person, under the person's key: it
// goes with the record.
func (s *Store) Sealer(ctx context.Context, num int64) (*Sealer, error) {
	h := &head{row: FirstRow(num)}
	err := s.fillKeys([]*head{h}, func(sql string, args []any, scan func(*db.Row) error) error {
		return s.db.Query(ctx, sql, args, scan)
	})
	if err == nil && h.key == nil {
		err = problem.New(problem.NotFound, "There is no such record. Check whose it is.")
	}
	return &Sealer{key: h.key}, err
}
