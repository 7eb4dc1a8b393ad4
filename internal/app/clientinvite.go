package app

import (
	"context"
	"fmt"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

type clientInvite struct {
	place `json:"-"`
	Uses  int `help:"How many programs may register themselves with it." default:"1" placeholder:"N"`
	Days  int `help:"For how many days it is good." default:"7" placeholder:"DAYS"`
}

// Run makes an invitation.
func (c *clientInvite) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "client-invite", c, out)
}

func (c *clientInvite) do(ctx context.Context, h *house, by access.Who, out report) error {
	if err := h.staff.Note(ctx, staff.Deed{Actor: by.Actor, What: staff.ClientInvited, Name: programs(c.Uses)}); err != nil {
		return err
	}
	token, err := h.apps.Invite(ctx, c.Uses, time.Duration(min(c.Days, 10_000))*24*time.Hour)
	if err != nil {
		return err
	}
	out.line(fmt.Sprintf("With this, %s may register until %s. People are told that nobody has looked at such a program.",
		programs(c.Uses), time.Now().AddDate(0, 0, c.Days).Format("2 Jan 2006")))
	out.line("It is shown once and kept nowhere. It works where the server runs with --registration token:")
	out.line(token) // the last line, for scripts
	return nil
}

func programs(n int) string {
	if n == 1 {
		return "one program"
	}
	return fmt.Sprintf("%d programs", n)
}
