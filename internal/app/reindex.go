package app

import (
	"context"

	"github.com/bevanhealth/bevan/internal/access"
)

type reindexCommand struct {
	place
}

// Run builds the index again. Nothing may be served meanwhile, so it never runs
// inside a server: with one, the lock of the store says so (on PostgreSQL, with
// one on any machine).
func (c *reindexCommand) Run(ctx context.Context, out *terminalReport) error {
	h, err := openHouse(ctx, c.place, settings{rebuilding: true})
	if err != nil {
		return err
	}
	err = c.rebuild(ctx, h, out)
	if cerr := h.close(); err == nil {
		err = cerr
	}
	return err
}

func (c *reindexCommand) rebuild(ctx context.Context, h *house, out report) error {
	s, err := h.session(ctx, access.Job("reindex", access.Operator(console())), access.Operations)
	if err != nil {
		return err
	}
	var all int64
	err = s.Reindex(ctx, func(done, total int64) {
		all = total
		out.progress(step{Done: done, Total: total, Count: done, Of: "records"})
	})
	if err != nil {
		return err
	}
	out.line("The index of " + grouped(int(all)) + " records is new.")
	return nil
}
