package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/child/given"
	"github.com/bevanhealth/bevan/internal/child/recall"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// recallFile is the file in the data folder with a service's own rules for recall.
const recallFile = "recall.json"

// openRecalls opens the lists of whom to call, by a schedule; nil is ours. It comes
// before the queue's Start.
func (h *house) openRecalls(ctx context.Context, schedule *given.Reader) (err error) {
	if schedule == nil {
		if schedule, err = readVaccinations(h.dir, ""); err != nil {
			return err
		}
	}
	var rules *recall.Policy
	switch b, err := os.ReadFile(filepath.Join(h.dir, recallFile)); {
	case errors.Is(err, fs.ErrNotExist):
	case err != nil:
		return problem.Wrap(problem.Unavailable, "The rules for recall in "+recallFile+" can not be read. Let the service's own user read the file, or take it away.", err)
	default:
		if rules, err = recall.ReadPolicy(b); err != nil {
			return err
		}
	}
	h.recalls, err = recall.Open(ctx, recall.Config{DB: h.store, Ring: h.ring, Forecast: recall.ByCalendar(schedule), Policy: rules,
		Accounts: h.accounts, Owner: h.proofs.OwnerOf, Held: h.mandates.Held,
		Follow: func(ctx context.Context, bound access.Rights) (recall.Follower, error) {
			return h.recallWork(ctx, "", bound)
		},
		Look: func(ctx context.Context, patient string, bound access.Rights) (recall.Looker, error) {
			return h.recallWork(ctx, patient, bound)
		},
	})
	if err != nil {
		return err
	}
	h.recalls.Handle(h.queue)
	return h.openTalks(ctx)
}

// recallWork opens the record for the lists: the operator's work, about one child
// or about everybody, with no more than it needs.
func (h *house) recallWork(ctx context.Context, patient string, bound access.Rights) (*record.Session, error) {
	who := access.Operator(console())
	who.Bound = bound
	return h.door.Open(ctx, access.Job("recall", who), record.About{Patient: patient}, access.Operations)
}

// Between which hours of the day reminders begin, and how long there is at least
// between two rounds.
const (
	remindFrom, remindUntil = 9, 18
	remindEvery             = 20 * time.Hour
)

// keepRecalls brings the lists up to date every few seconds, and has reminders
// sent once a day where the operator wants that.
func keepRecalls(ctx context.Context, h *house, daily bool, log *slog.Logger) {
	tick := time.NewTicker(10 * time.Second)
	defer tick.Stop()
	for {
		more, err := h.recalls.Sweep(ctx)
		if err == nil && daily && !more {
			err = h.remindDaily(ctx, time.Now())
		}
		if err != nil && ctx.Err() == nil {
			log.Warn("the lists of whom to call for a vaccination were not brought up to date, and will be tried again", "cause", problem.LogText(err))
		}
		if more && err == nil {
			if ctx.Err() != nil {
				return
			}
			continue
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// remindDaily begins a round of reminders by day, where the last one was long ago.
func (h *house) remindDaily(ctx context.Context, now time.Time) error {
	if hour := now.Hour(); hour < remindFrom || hour >= remindUntil {
		return nil
	}
	last, err := h.queue.List(ctx, recall.RemindKind, 1)
	if err != nil || len(last) > 0 && now.Sub(last[0].Made) < remindEvery {
		return err
	}
	_, err = h.recalls.Start(ctx, h.queue, recall.RemindKind, access.Operator(console()))
	return err
}

// recallCommand is about whom to call for a vaccination.
type recallCommand struct {
	Send  recallSend  `cmd:"" help:"Send reminders to families for whom something is due, once."`
	Renew recallRenew `cmd:"" help:"Work out every child's list anew, after the schedule or the rules have changed."`
}

type recallSend struct {
	place `json:"-"`
}

// Run sends reminders.
func (c *recallSend) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "recall-send", c, out)
}

func (c *recallSend) do(ctx context.Context, h *house, by access.Who, out report) error {
	if err := h.settleRecalls(ctx); err != nil {
		return err
	}
	sent, err := h.recalls.Send(ctx, recall.Round{}, func(r recall.Round, total int64) error {
		out.progress(step{Count: r.Done, Of: "children with something due"})
		return nil
	})
	if err != nil {
		return err
	}
	out.line(fmt.Sprintf("Sent %d reminders about %d children.", sent.Messages, sent.Children))
	return nil
}

type recallRenew struct {
	place `json:"-"`
}

// Run reckons every child anew.
func (c *recallRenew) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "recall-renew", c, out)
}

func (c *recallRenew) do(ctx context.Context, h *house, by access.Who, out report) error {
	if err := h.settleRecalls(ctx); err != nil {
		return err
	}
	n, err := h.recalls.Renew(ctx, 0, func(done, total int64) error {
		out.progress(step{Count: done, Of: "children"})
		return nil
	})
	if err != nil {
		return err
	}
	out.line(fmt.Sprintf("Worked out the lists of %d children anew, by %s.", n, h.recalls.Version()))
	return nil
}

// settleRecalls brings the lists up to date. Where a server does that at the same
// time, it is left to it.
func (h *house) settleRecalls(ctx context.Context) error {
	for more := true; more; {
		var err error
		if more, err = h.recalls.Sweep(ctx); err != nil {
			return err
		}
	}
	return nil
}

// staleRecalls has the lists worked out anew in the background where they were
// worked out by an older schedule.
func (h *house) staleRecalls(ctx context.Context) error {
	n, err := h.recalls.Stale(ctx)
	if err != nil || n == 0 {
		return err
	}
	_, err = h.recalls.Start(ctx, h.queue, recall.RenewKind, access.Operator(console()))
	return err
}
