package app

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/exchange"
	"github.com/bevanhealth/bevan/internal/problem"
)

type exportCommand struct {
	place   `json:"-"`
	To      string   `arg:"" help:"An empty or new folder for the files." placeholder:"DIR"`
	Types   []string `name:"type" help:"Only these resource types." placeholder:"TYPE"`
	Since   string   `help:"Only what changed at or after this time, such as 2026-05-03 or 2026-05-03T14:30:00Z." placeholder:"TIME"`
	Beyond  bool     `name:"beyond-care" help:"The files are for a use beyond care, such as research or planning: leave out everybody who said no to that."`
	Patient []string `help:"Only the records of these patients, by their ids." placeholder:"ID"`
}

// Run exports.
func (c *exportCommand) Run(ctx context.Context, out *terminalReport) error {
	if _, err := c.since(); err != nil {
		return err
	}
	if err := absolute(&c.To); err != nil {
		return err
	}
	return run(ctx, c.place, "export", c, out)
}

func (c *exportCommand) since() (time.Time, error) {
	if c.Since == "" {
		return time.Time{}, nil
	}
	for _, form := range [...]string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(form, c.Since); err == nil {
			return t, nil
		}
	}
	return time.Time{}, problem.New(problem.Invalid, "The time in --since could not be read. Write it like 2026-05-03 or 2026-05-03T14:30:00Z.")
}

func (c *exportCommand) do(ctx context.Context, h *house, by access.Who, out report) error {
	since, err := c.since()
	if err != nil {
		return err
	}
	if err := emptyFolder(c.To); err != nil {
		return err
	}
	s, err := h.session(ctx, access.Job("export", by), access.Export)
	if err != nil {
		return err
	}
	if c.Beyond {
		s = s.BeyondCare()
	}
	started := time.Now()
	total, counted := c.count(ctx, h, by)
	defer counted()
	files, err := exchange.Export(ctx, s, c.To, exchange.ExportOptions{
		Types: c.Types, Since: since, Patients: c.Patient,
		Progress: func(done int64) {
			out.progress(step{Done: done, Total: total.Load(), Count: done, Of: "resources"})
		},
	})
	if err != nil {
		return err
	}
	all := 0
	for _, f := range files {
		all += int(f.Count)
		out.line(fmt.Sprintf("%12s  %s", grouped(int(f.Count)), f.Name))
	}
	out.line(fmt.Sprintf("%s resources written to %s in %s. They are not sealed: keep the folder safe.", grouped(all), c.To, time.Since(started).Round(time.Millisecond)))
	return nil
}

// count finds out beside the export how many resources it has to write, so
// that it can say how long it will take. It stays 0 where the export picks some
// out: how many those are is known when they are written. end waits for it.
func (c *exportCommand) count(ctx context.Context, h *house, by access.Who) (total *atomic.Int64, end func()) {
	total = new(atomic.Int64)
	if c.Beyond || len(c.Types) > 0 || c.Since != "" || len(c.Patient) > 0 {
		return total, func() {}
	}
	ctx, stop := context.WithCancel(ctx)
	var counting sync.WaitGroup
	counting.Go(func() {
		s, err := h.session(ctx, access.Job("export", by), access.Export)
		if err != nil {
			return // the export says what is wrong
		}
		if n, err := s.Count(ctx); err == nil {
			total.Store(n)
		}
	})
	return total, func() { stop(); counting.Wait() }
}
