package app

import (
	"context"
	"log/slog"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/child/recall"
	"github.com/bevanhealth/bevan/internal/child/talk"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// openTalks opens the room of the notes between families and staff.
func (h *house) openTalks(ctx context.Context) (err error) {
	h.talks, err = talk.Open(ctx, talk.Config{Recalls: h.recalls, Account: h.staff.AccountOf,
		Follow: func(ctx context.Context, bound access.Rights) (recall.Follower, error) {
			return h.talkWork(ctx, "", bound)
		},
		Look: func(ctx context.Context, patient string, bound access.Rights) (talk.Looker, error) {
			return h.talkWork(ctx, patient, bound)
		},
	})
	return err
}

// talkWork opens the record for the notes: the operator's work, about one person or
// about everybody, with no more than it needs.
func (h *house) talkWork(ctx context.Context, patient string, bound access.Rights) (*record.Session, error) {
	who := access.Operator(console())
	who.Bound = bound
	return h.door.Open(ctx, access.Job("notes", who), record.About{Patient: patient}, access.Operations)
}

// keepTalks brings the lists of notes that wait up to date every few seconds, and
// tells families of new notes.
func keepTalks(ctx context.Context, h *house, log *slog.Logger) {
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		more, err := h.talks.Sweep(ctx)
		if err != nil && ctx.Err() == nil {
			log.Warn("the lists of notes that wait were not brought up to date, and will be tried again", "cause", problem.LogText(err))
		}
		if more && err == nil && ctx.Err() == nil {
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
