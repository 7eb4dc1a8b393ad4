package app

import (
	"context"
	"errors"
	"os"
	"runtime/pprof"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
)

// profileWork writes what the server's processors do until the asker goes
// away. It holds names of functions and no data. There is no command for it:
// the bench asks for it, over the socket that only the operator can open.
type profileWork struct{ To string }

func (c *profileWork) do(ctx context.Context, _ *house, _ access.Who, _ report) (err error) {
	part := c.To + ".part"
	f, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return problem.Wrap(problem.Invalid, "The profile could not be written to "+part+". Name another folder.", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return errors.Join(problem.Wrap(problem.Conflict, "Another profile is being written. Wait for its end.", err), f.Close())
	}
	<-ctx.Done()
	pprof.StopCPUProfile()
	if err := f.Close(); err != nil {
		return problem.Wrap(problem.Unavailable, "The profile could not be written to its end. Make room on the disk.", err)
	}
	return os.Rename(part, c.To) // now it is whole
}
