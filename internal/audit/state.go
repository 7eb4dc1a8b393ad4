package audit

import (
	"context"

	"github.com/bevanhealth/bevan/internal/audit/receipt"
	"github.com/bevanhealth/bevan/internal/problem"
)

// State is where the log stands, for those who run it.
type State struct {
	// Signed says that the log has keys, so that there are heads of it.
	Signed bool
	// Size is how many entries the newest head commits to, and Witnessed how many the
	// newest that witnesses cosigned does; Seen are who did and when.
	Size, Witnessed int64
	Seen            []receipt.Seen
}

// State says where the log stands. witnesses are the public keys of those who
// watch it. The error is Internal where a head of the log does not have its
// signature.
func (l *Log) State(ctx context.Context, witnesses []string) (s State, err error) {
	k := l.keys.Load()
	if k == nil {
		return s, nil
	}
	s.Signed = true
	var known []*receipt.Witness
	for _, w := range witnesses {
		one, err := receipt.NewWitness(w)
		if err != nil {
			return s, problem.Wrap(problem.Invalid, "The key of a witness can not be read. Look at the settings.", err)
		}
		known = append(known, one)
	}
	newest, witnessed, err := l.Checkpoint(ctx)
	if problem.Is(err, problem.NotFound) {
		return s, nil // nothing was committed to yet
	}
	if err != nil {
		return s, err
	}
	if newest != "" {
		c, _, err := receipt.OpenCheckpoint([]byte(newest), k.verifier, nil)
		if err != nil {
			return s, problem.Wrap(problem.Internal, "", err)
		}
		s.Size = c.N
	}
	if witnessed != "" {
		c, seen, err := receipt.OpenCheckpoint([]byte(witnessed), k.verifier, known)
		if err != nil {
			return s, problem.Wrap(problem.Internal, "", err)
		}
		s.Witnessed, s.Seen = c.N, seen
	}
	return s, nil
}
