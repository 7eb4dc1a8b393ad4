package app

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/exchange/sources"
	"github.com/bevanhealth/bevan/internal/problem"
)

// openSources opens the register of places that send data.
func (h *house) openSources(ctx context.Context) (err error) {
	h.sources, err = sources.Open(ctx, h.store, nil)
	return err
}

// hearing is the access log of the door, which tells the register what programs have
// sent well: what stands in the log has happened.
type hearing struct {
	*audit.Log
	h *house
}

func (l hearing) Append(ctx context.Context, entries ...audit.Entry) error {
	err := l.Log.Append(ctx, entries...)
	if err != nil || l.h.sources == nil {
		return err
	}
	for i := range entries {
		e := &entries[i]
		client, program := strings.CutPrefix(e.Who.Behind(), "client:")
		if program && e.Verb&(access.Create|access.Update) != 0 && e.Outcome >= 200 && e.Outcome < 300 {
			l.h.sources.Saw(client)
		}
	}
	return nil
}

// keepSources writes down what was heard, every so often and once more at the end.
func keepSources(ctx context.Context, h *house, log *slog.Logger) {
	now := time.NewTicker(15 * time.Second)
	defer now.Stop()
	keep := func(ctx context.Context) {
		if err := h.sources.Keep(ctx); err != nil {
			log.Warn("when data came in last was not written down, and will be tried again", "cause", problem.LogText(err))
		}
	}
	for {
		select {
		case <-ctx.Done():
			ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
			defer stop()
			keep(ctx)
			return
		case <-now.C:
			keep(ctx)
		}
	}
}

// loaded keeps how a load of a source went; of part that was not taken nobody knows
// whether it was the newest.
func (h *house) loaded(ctx context.Context, source string, load error) error {
	if source == "" {
		return load
	}
	ctx = context.WithoutCancel(ctx)
	if load != nil {
		if err := h.sources.FailedNow(ctx, source); err != nil {
			return errors.Join(load, err)
		}
		return load
	}
	return h.sources.Heard(ctx, source)
}
