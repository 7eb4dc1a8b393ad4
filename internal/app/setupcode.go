package app

import (
	"context"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
)

type setupCodeCommand struct {
	place `json:"-"`
	New   bool `help:"Make a new code; the one before is good no more."`
}

// Run shows the code.
func (c *setupCodeCommand) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "setup-code", c, out)
}

func (c *setupCodeCommand) do(ctx context.Context, h *house, _ access.Who, out report) error {
	needed, err := h.accounts.NeedsSetup(ctx)
	if err != nil {
		return err
	}
	if !needed {
		out.line("Bevan is set up already, so there is no set-up code. Sign in on its pages.")
		return nil
	}
	show := h.setup.Current
	if c.New {
		show = h.setup.Renew
	}
	code, until, err := show()
	if err != nil {
		return err
	}
	out.line("Whoever types this code on a page of Bevan becomes its first operator. It is good until " + timeOfDay(until) + ".")
	out.line(spaced(code)) // the last line, for scripts
	return nil
}

// spaced writes a code in two halves, as people read it out.
func spaced(code string) string { return code[:len(code)/2] + " " + code[len(code)/2:] }

// timeOfDay is a time of today, as the machine shows it.
func timeOfDay(t time.Time) string { return t.Local().Format("15:04") }
