package record

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/audit/receipt"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Prover is what the door needs of the access log to prove it. A Log that has
// not this gives no receipts.
type Prover interface {
	Settle(ctx context.Context) error
	Prove(ctx context.Context, person int64) (*receipt.Receipt, error)
}

// Receipt gives the person of the session the list of all looks at their
// record, with what it takes to check without this service that it is whole. It
// is for the person themself and no app of theirs, and stands in the log, entry
// by entry, before it is given.
//
// The list of a receipt can not leave an entry out and still be proved, so what
// the person may not be told (Config.Withheld), and what tell says no to, is in
// it as the bare hash that is left of an erased entry: which of the three it
// is, the receipt does not say. tell may be nil, for no to nothing.
func (s *Session) Receipt(ctx context.Context, tell func(*Look) (bool, error)) (*receipt.Receipt, error) {
	if s.who.Role != access.RoleSelf || s.who.App != "" {
		return nil, s.refuse(ctx, access.Search, typeAuditEvent)
	}
	if _, err := s.backlog(ctx, access.Search); err != nil { // which says as well what is withheld
		return nil, err
	}
	log, ok := s.d.log.(Prover)
	if !ok {
		return nil, problem.New(problem.Unavailable, "The access log can not be proved now. Try again in a moment.")
	}
	if err := log.Settle(ctx); err != nil {
		return nil, problem.Wrap(problem.Unavailable, "The access log can not be proved now. Try again in a moment.", err)
	}
	r, err := log.Prove(ctx, s.person)
	if err != nil {
		return nil, err
	}
	given, err := s.blind(r, tell)
	if err != nil {
		return nil, err
	}
	for part := range slices.Chunk(given, maxLooks) {
		if err := s.noteLooks(ctx, access.Search, int64(len(r.Entries)), nil, part); err != nil {
			return nil, err
		}
	}
	if len(given) == 0 {
		return r, s.note(ctx, access.Search, typeAuditEvent, http.StatusOK, int64(len(r.Entries)), nil, nil)
	}
	return r, nil
}

// blind takes the bytes of what the person may not be told out of a receipt, and
// gives what is left.
func (s *Session) blind(r *receipt.Receipt, tell func(*Look) (bool, error)) (given []Look, err error) {
	names := s.d.lookNames()
	for i := range r.Entries {
		e := &r.Entries[i]
		if e.Entry == nil {
			continue
		}
		one, err := audit.ReadEntry(e.Entry)
		if err != nil || one.Person != s.person {
			return nil, problem.Wrap(problem.Internal, "", errors.Join(errors.New("record: a receipt with an entry that is not its person's"), err))
		}
		l := Look{ID: names.id(one.Person, one.Seq), Entry: one}
		may := s.maySee(&l)
		may = may && len(l.Returned) == len(one.Returned) // what is withheld stands in its bytes
		if may && tell != nil {
			if may, err = tell(&l); err != nil {
				return nil, err
			}
		}
		if !may {
			leaf := receipt.Commit(e.Nonce, e.Entry)
			e.Leaf, e.Entry, e.Nonce = &leaf, nil, nil
			continue
		}
		given = append(given, l)
	}
	return given, nil
}
