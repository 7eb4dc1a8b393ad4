package erasure

import (
	"context"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Now erases a record at once, on a ground in law, for an operator: a request that
// waits is decided with it. A record that is not there, or is gone already, is no
// error, so it may be asked again.
func (e *Erasures) Now(ctx context.Context, by access.Who, patient, ground, words string) error {
	if _, err := named(e.grounds.Erase, ground); err != nil {
		return err
	}
	s, err := e.cfg.Open(ctx, by, patient, access.Operations)
	if problem.Is(err, problem.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	person, there := s.Person()
	if !there {
		return nil
	}
	open, err := e.list(ctx, "person = $1 AND state IN ('asked', 'decided')", person)
	if err != nil {
		return err
	}
	if len(open) == 0 {
		r, err := e.Begin(ctx, by, patient, words)
		if err != nil {
			return err
		}
		open = append(open, r)
	}
	for _, r := range open {
		if r.State == Asked {
			if err := e.Decide(ctx, by, r.ID, ground); err != nil {
				return err
			}
		}
		if err := e.Carry(ctx, access.Job(Kind, by), r.ID); err != nil {
			return err
		}
	}
	return nil
}
