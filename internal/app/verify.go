package app

import (
	"context"
	"fmt"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

type verifyCommand struct {
	place      `json:"-"`
	Checkpoint []string `help:"A file with a checkpoint of the access log that was kept elsewhere, such as by a witness. The log has to go on from it." placeholder:"FILE" json:"-"`
	Known      [][]byte `kong:"-"` // what is in those files
}

// Run verifies.
func (c *verifyCommand) Run(ctx context.Context, out *terminalReport) error {
	for _, path := range c.Checkpoint {
		b, err := readBounded(path, maxCheckpoint)
		if err != nil {
			return err
		}
		c.Known = append(c.Known, b)
	}
	return run(ctx, c.place, "verify", c, out)
}

// faultsShown is how many faults are listed; a broken disk has millions.
const faultsShown = 100

// do opens every version, compares the index with the records, and reads the
// whole access log.
func (c *verifyCommand) do(ctx context.Context, h *house, by access.Who, out report) error {
	s, err := h.session(ctx, access.Job("verify", by), access.Operations)
	if err != nil {
		return err
	}
	faults := 0
	var all int64
	err = s.Verify(ctx, func(done, total int64) {
		all = total
		out.progress(step{Done: done, Total: total, Count: done, Of: "records"})
	}, func(f record.Fault) {
		if faults++; faults <= faultsShown {
			out.line(fmt.Sprintf("row %d: %s", f.Row, f.What))
		}
	})
	if err != nil {
		return err
	}
	out.line(grouped(int(all)) + " records looked at, " + grouped(faults) + " faults.")
	broken, err := c.accessLog(ctx, h, out)
	if err != nil {
		return err
	}
	switch {
	case broken:
		return problem.New(problem.Internal, "The access log is not as it was written. Keep this folder as it is, to find out why, and tell whoever answers for it: people were promised that nobody can change it unseen.")
	case faults > 0:
		return problem.New(problem.Internal, "The store has faults. Where only the index is wrong, bevan reindex mends it; otherwise restore the last good backup, and keep this folder to find out why.")
	}
	return nil
}

// accessLog reads the access log and the tree over it.
func (c *verifyCommand) accessLog(ctx context.Context, h *house, out report) (broken bool, err error) {
	rep, err := h.log.Verify(ctx, c.Known...)
	if err != nil {
		return false, err
	}
	for _, g := range rep.Gaps {
		out.line(fmt.Sprintf("access log: entries are missing: %+v", g))
	}
	for i, f := range rep.Faults {
		if i < faultsShown {
			out.line(fmt.Sprintf("access log: %s: %s", f.Kind, f.What))
		}
	}
	out.line(fmt.Sprintf("%s entries of the access log looked at, %s gaps.", grouped(int(rep.Entries)), grouped(len(rep.Gaps))))
	out.line(fmt.Sprintf("The tree over it has %s leaves; %s entries wait for theirs, %s were erased with a certificate, and %s things are not as they were written.",
		grouped(int(rep.Size)), grouped(int(rep.Waiting)), grouped(int(rep.Erased)), grouped(len(rep.Faults))))
	return len(rep.Faults)+len(rep.Gaps) > 0, nil
}
