package app

import (
	"context"
	"sync"
	"time"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/record"
)

// askAgain is how often work that goes on asks whether it still may. With the
// time of a query it stays below the second in which a revocation is felt.
const askAgain = 500 * time.Millisecond

// standing is a session of work that may outlive its credential: it asks again
// and again whether whoever it is done for is still let in, and ends when they
// are not.
type standing struct {
	s     *record.Session
	still func(context.Context) error
	mu    sync.Mutex
	asked time.Time
}

func (s *standing) check(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	if now.Sub(s.asked) < askAgain {
		return nil
	}
	if err := s.still(ctx); err != nil {
		return err
	}
	s.asked = now
	return nil
}

// Registry returns the search parameters that are indexed now.
func (s *standing) Registry() *search.Registry { return s.s.Registry() }

// MayScan refuses what Scan would refuse.
func (s *standing) MayScan(ctx context.Context, types []string, q []search.Query) error {
	return s.s.MayScan(ctx, types, q)
}

// Scan is that of the session, and ends when its owner is let in no more.
func (s *standing) Scan(ctx context.Context, types []string, since time.Time, q []search.Query, cursor string, fn func(record.Resource) error) (string, error) {
	return s.s.Scan(ctx, types, since, q, cursor, func(r record.Resource) error {
		if err := s.check(ctx); err != nil {
			return err
		}
		return fn(r)
	})
}

// Search is that of the session, for who is still let in.
func (s *standing) Search(ctx context.Context, q search.Query, cursor string) (record.Page, error) {
	if err := s.check(ctx); err != nil {
		return record.Page{}, err
	}
	return s.s.Search(ctx, q, cursor)
}

// Stand is that of the session, for who is still let in.
func (s *standing) Stand(ctx context.Context, keys []record.Key) (map[record.Key]bool, error) {
	if err := s.check(ctx); err != nil {
		return nil, err
	}
	return s.s.Stand(ctx, keys)
}

// Transact is that of the session, for who is still let in.
func (s *standing) Transact(ctx context.Context, ops []record.Op) ([]record.Outcome, error) {
	if err := s.check(ctx); err != nil {
		return nil, err
	}
	return s.s.Transact(ctx, ops)
}
