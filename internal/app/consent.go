package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/bevanhealth/bevan/internal/consent/emergency"
	"github.com/bevanhealth/bevan/internal/consent/optout"
	"github.com/bevanhealth/bevan/internal/identity/worklist"
	"github.com/bevanhealth/bevan/internal/problem"
)

// openConsent opens what is known of every yes and no, beside what apps were
// allowed, and whom staff look after, which hangs on nothing but accounts too.
func (h *house) openConsent(ctx context.Context) (err error) {
	h.optouts = optout.New(optout.Config{DB: h.store, Ring: h.ring, Accounts: h.accounts, Open: keeper{h.door}.open})
	h.emergencies, err = emergency.Open(ctx, emergency.Config{DB: h.store, Ring: h.ring, Accounts: h.accounts, Staff: h.staff, Owners: h.proofs})
	if err != nil {
		return err
	}
	h.lists, err = worklist.Open(ctx, worklist.Config{DB: h.store, Accounts: h.accounts})
	return err
}

// rewrapConsent wraps the keys of what was written about emergencies with the
// newest master key.
func (h *house) rewrapConsent(ctx context.Context, out report) error {
	const page = 500
	done, after := int64(0), ""
	for {
		last, err := h.emergencies.Rewrap(ctx, after, page)
		if err != nil || last == "" {
			return err
		}
		after, done = last, done+page
		out.progress(step{Count: done, Of: "people with emergencies, whose keys are wrapped again"})
	}
}

// keepPromises tells people of emergencies about which they were to be told
// later, and operators of reviews that are late, once a minute.
func keepPromises(ctx context.Context, h *house, log *slog.Logger) {
	minute := time.NewTicker(time.Minute)
	defer minute.Stop()
	for {
		if err := h.emergencies.Sweep(ctx); err != nil && ctx.Err() == nil {
			log.Warn("what falls due about emergencies was not done, and will be tried again", "cause", problem.LogText(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-minute.C:
		}
	}
}
