package app

import (
	"context"
	"fmt"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

type verifyCommand struct {
	place `json:"-"`
}

// Run verifies.
func (c *verifyCommand) Run(ctx context.Context, out *terminalReport) error {
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
	report, err := h.log.Verify(ctx)
	if err != nil {
		return err
	}
	for _, g := range report.Gaps {
		out.line(fmt.Sprintf("access log: entries are missing: %+v", g))
	}
	out.line(grouped(int(report.Entries)) + " entries of the access log looked at, " + grouped(len(report.Gaps)) + " gaps.")
	if faults > 0 || len(report.Gaps) > 0 {
		return problem.New(problem.Internal, "The store has faults. Where only the index is wrong, bevan reindex mends it; otherwise restore the last good backup, and keep this folder to find out why.")
	}
	return nil
}
