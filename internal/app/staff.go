package app

import (
	"context"
	"fmt"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

type staffCommand struct {
	Add  staffAdd  `cmd:"" help:"Give an account a place in an organisation, in a role."`
	List staffList `cmd:"" help:"List who works in an organisation, and who did."`
	End  staffEnd  `cmd:"" help:"End a place, now or on a day."`
}

type staffAdd struct {
	place   `json:"-"`
	Account string `arg:"" help:"The id of the account."`
	Code    string `arg:"" help:"The code of the organisation." placeholder:"CODE"`
	Role    string `required:"" help:"What they do there: clinician, care-coordinator, administrator, app-assessor, researcher, auditor or operator." placeholder:"ROLE"`
	Team    string `help:"The team that they belong to." placeholder:"NAME"`
	From    string `help:"The first day, as 2026-12-01. Left out, it begins now." placeholder:"DAY"`
	Until   string `help:"The last day. Left out, it goes on until it is ended." placeholder:"DAY"`
}

// Run gives the place.
func (c *staffAdd) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "staff-add", c, out)
}

func (c *staffAdd) do(ctx context.Context, h *house, by access.Who, out report) error {
	role, err := staff.RoleNamed(c.Role)
	if err != nil {
		return err
	}
	o, err := h.staff.ByODS(ctx, c.Code)
	if err != nil {
		return err
	}
	m := staff.Member{Account: c.Account, Organisation: o.ID, Role: role}
	if c.Team != "" {
		if m.Team, err = teamNamed(ctx, h, o.ID, c.Team); err != nil {
			return err
		}
	}
	if m.Starts, err = day(c.From); err != nil {
		return err
	}
	if m.Ends, err = day(c.Until); err != nil {
		return err
	}
	if !m.Ends.IsZero() {
		m.Ends = m.Ends.AddDate(0, 0, 1) // the last day is a whole one
	}
	if m, err = h.staff.AddMember(ctx, m, by.Actor); err != nil {
		return err
	}
	out.line("They are " + string(role) + " at " + o.Name + ". The place has this id, by which it can be ended:")
	out.line(m.ID)
	return nil
}

// day reads a calendar day, which begins at midnight where the server stands;
// the zero time for none.
func day(text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := time.ParseInLocation(time.DateOnly, text, time.Local)
	if err != nil {
		return time.Time{}, problem.New(problem.Invalid, "A day is written as year, month and day, such as 2026-12-01. Check the one that you gave.")
	}
	return t, nil
}

func teamNamed(ctx context.Context, h *house, org, name string) (string, error) {
	teams, err := h.staff.Teams(ctx, org)
	if err != nil {
		return "", err
	}
	for _, t := range teams {
		if t.Name == name {
			return t.ID, nil
		}
	}
	return "", problem.New(problem.NotFound, "There is no team of that name there. List them with: bevan org list CODE")
}

type staffList struct {
	place `json:"-"`
	Code  string `arg:"" help:"The code of the organisation." placeholder:"CODE"`
}

// Run lists.
func (c *staffList) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "staff-list", c, out)
}

func (c *staffList) do(ctx context.Context, h *house, _ access.Who, out report) error {
	o, err := h.staff.ByODS(ctx, c.Code)
	if err != nil {
		return err
	}
	all, err := h.staff.Members(ctx, o.ID)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		out.line("Nobody works at " + o.Name + " yet. Add somebody with: bevan staff add")
	}
	for _, m := range all {
		until := ""
		if !m.Ends.IsZero() {
			until = " until " + m.Ends.Local().Format("2 Jan 2006 15:04")
		}
		if m.Reason != "" {
			until += ": " + m.Reason
		}
		out.line(fmt.Sprintf("%s  %-16s  %s  from %s%s", m.ID, m.Role, m.Account, m.Starts.Local().Format("2 Jan 2006"), until))
	}
	return nil
}

type staffEnd struct {
	place  `json:"-"`
	ID     string `arg:"" help:"The id of the place: bevan staff list shows it."`
	Reason string `required:"" help:"Why it ends; it is kept." placeholder:"TEXT"`
	On     string `help:"The last day. Left out, it ends now." placeholder:"DAY"`
}

// Run ends the place.
func (c *staffEnd) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "staff-end", c, out)
}

func (c *staffEnd) do(ctx context.Context, h *house, by access.Who, out report) error {
	at, err := day(c.On)
	if err != nil {
		return err
	}
	if !at.IsZero() {
		at = at.AddDate(0, 0, 1)
	}
	if err := h.staff.EndMember(ctx, c.ID, at, by.Actor, c.Reason); err != nil {
		return err
	}
	if at.IsZero() {
		out.line("The place has ended, on every node, from a second from now.")
		return nil
	}
	out.line("The place ends with " + at.AddDate(0, 0, -1).Format("2 January 2006") + ".")
	return nil
}
