package store

import (
	"context"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/internal/db"
)

// Whose word a version is stands in its mask, for what tells who belongs to
// whom: such a version widens what somebody may see only where they could not
// have written it.
const (
	ByOperator int64 = 1 << 56 // one of those who run the service wrote it
	ByProgram  int64 = 1 << 57 // a program did that was let in by itself
	byAny            = ByOperator | ByProgram
)

// Word is what a resource says, and what it said since somebody wrote it whose
// word counts.
type Word struct {
	Stamp               // of what was read
	Versions []*Version // newest first; a tombstone has no body
	// Vouched says that the word of whoever wrote the last of Versions counts.
	Vouched bool
	// Cut says that there may be more versions that do not count than were read.
	Cut bool
}

// maxWords bounds how many versions of one resource are read for its Word.
const maxWords = 50

// Words reads what resources say that lie in the record of a person or in nobody's.
// by says whose word counts. What is not there, or lies in the record of somebody
// else, is left out.
func (s *Store) Words(ctx context.Context, refs []Ref, person, by int64) (map[Ref]Word, error) {
	if len(refs) == 0 {
		return nil, nil
	}
	out := map[Ref]Word{}
	err := s.db.Read(ctx, func(tx *db.Tx) error {
		b := &builder{sql: tx.Dialect()}
		heads, err := s.headsWhere(tx, "name n JOIN res r ON r.row = n.row WHERE "+b.oneOf("n.hash", s.nameHashes(refs)), b.args...)
		if err != nil {
			return err
		}
		for _, h := range heads {
			ref := Ref{s.nums.kindName(h.kind), h.id}
			if of := Subject(h.row); !slices.Contains(refs, ref) || of != 0 && of != person {
				continue
			}
			if out[ref], err = s.word(tx, ref, h, by); err != nil {
				return err
			}
		}
		return nil
	})
	return out, err
}

// word reads back from the current version to the last that counts.
func (s *Store) word(tx *db.Tx, ref Ref, now *head, by int64) (w Word, err error) {
	heads := []*head{now}
	w.Stamp = Stamp{now.row, now.ver, now.tx, now.mask & byAny}
	if w.Vouched = now.mask&by != 0; !w.Vouched {
		rows, err := s.homesOf(tx, ref)
		if err != nil {
			return w, err
		}
		older, err := s.headsWhere(tx, "old r WHERE "+tx.Dialect().AnyInt("r.row", "$1")+" AND r.ver < $2 ORDER BY r.ver DESC LIMIT $3", rows, now.ver, int64(maxWords))
		if err != nil {
			return w, err
		}
		w.Cut = len(older) == maxWords
		for _, h := range older {
			heads = append(heads, h)
			if w.Vouched = h.mask&by != 0; w.Vouched {
				w.Cut = false
				break
			}
		}
	}
	w.Versions, err = s.openAll(tx, heads)
	return w, err
}

// Local reads a reference to a resource of this server, of whichever version.
func (s *Store) Local(text string) (Ref, bool) {
	text, _, _ = strings.Cut(text, "/_history/")
	return s.localRef(text)
}
