package record

import (
	"context"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Without gives a session that sees less: nothing that has one of the labels.
// A kind takes its finer labels with it. What is hidden is as if it had never
// been, in every question.
func (s *Session) Without(ctx context.Context, hide label.Set) (*Session, error) {
	hide = hide.Wider().Labels()
	n := *s
	n.scope = s.scope.Narrow(access.AllTypes(access.AllVerbs), access.Population(), ^uint64(hide))
	n.base.Deny = s.base.Deny | int64(hide)
	return &n, n.mustBeLabelled(ctx)
}

// mustBeLabelled refuses a session that hides labels while there is something
// in the store that was never labelled: what ought to be hidden would show.
func (s *Session) mustBeLabelled(ctx context.Context) error {
	if s.base.Deny&int64(label.Every) == 0 || s.d.labelled.Load() {
		return nil
	}
	by, err := s.d.store.LabelledBy(ctx)
	if err == nil && by == "" {
		err = problem.New(problem.Unavailable, "These records are being sorted by how private they are. Nothing is shown before that is done. Try again in a few minutes.")
	}
	if err == nil {
		s.d.labelled.Store(true)
	}
	return err
}
