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
	Invite   staffInvite   `cmd:"" help:"Offer a place in an organisation, and show the code by which it is taken."`
	Withdraw staffWithdraw `cmd:"" help:"Make the code of an invitation good no more."`
	Add      staffAdd      `cmd:"" help:"Give an account that is there already a place in an organisation, in a role."`
	List     staffList     `cmd:"" help:"List who works in an organisation, and who did."`
	End      staffEnd      `cmd:"" help:"End a place, now or on a day."`
}

type staffAdd struct {
	place   `json:"-"`
	Account string `arg:"" help:"The id of the account."`
	Code    string `arg:"" help:"The code of the organisation." placeholder:"CODE"`
	Name    string `help:"What they are called at work. Left out, it is what they are called there already, or call their account." placeholder:"TEXT"`
	post    `embed:""`
}

// post is what a place is, beside whose and where.
type post struct {
	Role  string `required:"" help:"What they do there: clinician, care-coordinator, administrator, app-assessor, researcher, auditor or operator." placeholder:"ROLE"`
	Team  string `help:"The team that they belong to." placeholder:"NAME"`
	From  string `help:"The first day, as 2026-12-01. Left out, it begins now." placeholder:"DAY"`
	Until string `help:"The last day. Left out, it goes on until it is ended." placeholder:"DAY"`
}

// at is the place in an organisation that is named by its code.
func (p post) at(ctx context.Context, h *house, code string) (staff.Member, staff.Organisation, error) {
	role, err := staff.RoleNamed(p.Role)
	if err != nil {
		return staff.Member{}, staff.Organisation{}, err
	}
	o, err := h.staff.ByODS(ctx, code)
	if err != nil {
		return staff.Member{}, o, err
	}
	m := staff.Member{Organisation: o.ID, Role: role}
	if p.Team != "" {
		if m.Team, err = teamNamed(ctx, h, o.ID, p.Team); err != nil {
			return staff.Member{}, o, err
		}
	}
	if m.Starts, err = day(p.From); err != nil {
		return staff.Member{}, o, err
	}
	if m.Ends, err = day(p.Until); err != nil {
		return staff.Member{}, o, err
	}
	if !m.Ends.IsZero() {
		m.Ends = m.Ends.AddDate(0, 0, 1) // the last day is a whole one
	}
	return m, o, nil
}

// Run gives the place.
func (c *staffAdd) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "staff-add", c, out)
}

func (c *staffAdd) do(ctx context.Context, h *house, by access.Who, out report) error {
	m, o, err := c.at(ctx, h, c.Code)
	if err != nil {
		return err
	}
	m.Account, m.Name = c.Account, c.Name
	if m.Name == "" {
		if _, err := h.staff.Person(ctx, c.Account); problem.Is(err, problem.NotFound) {
			a, err := h.accounts.Get(ctx, c.Account)
			if err != nil {
				return err
			}
			m.Name = a.Name
		}
	}
	if m, err = h.staff.AddMember(ctx, m, by.Actor); err != nil {
		return err
	}
	out.line("They are " + string(m.Role) + " at " + o.Name + ". The place has this id, by which it can be ended:")
	out.line(m.ID)
	return nil
}

type staffInvite struct {
	place `json:"-"`
	Name  string `arg:"" help:"What they are called at work."`
	Code  string `arg:"" help:"The code of the organisation." placeholder:"CODE"`
	post  `embed:""`
}

// Run offers a place.
func (c *staffInvite) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "staff-invite", c, out)
}

func (c *staffInvite) do(ctx context.Context, h *house, by access.Who, out report) error {
	m, o, err := c.at(ctx, h, c.Code)
	if err != nil {
		return err
	}
	m.Name = c.Name
	i, code, err := h.staff.Invite(ctx, m, by.Actor)
	if err != nil {
		return err
	}
	out.line(i.Give.Name + " can become " + string(i.Give.Role) + " at " + o.Name + ". The invitation has the id " + i.ID + ".")
	out.line("Give them this code, and nobody else. They type it on the page /join of Bevan. It works once, until " + i.Until.Local().Format("2 January 2006, 15:04") + ", and is not shown again:")
	out.line(code) // the last line, for scripts
	return nil
}

type staffWithdraw struct {
	place  `json:"-"`
	ID     string `arg:"" help:"The id of the invitation."`
	Reason string `required:"" help:"Why; it is kept." placeholder:"TEXT"`
}

// Run withdraws an invitation.
func (c *staffWithdraw) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "staff-withdraw", c, out)
}

func (c *staffWithdraw) do(ctx context.Context, h *house, by access.Who, out report) error {
	if err := h.staff.Withdraw(ctx, by.Actor, c.ID, c.Reason); err != nil {
		return err
	}
	out.line("The code of this invitation is good no more.")
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
	n, after := 0, ""
	for {
		all, err := h.staff.Members(ctx, o.ID, after, 1_000)
		if err != nil {
			return err
		}
		for _, m := range all {
			out.line(memberLine(m))
			after = m.ID
		}
		if n += len(all); len(all) == 0 {
			break
		}
	}
	open, err := h.staff.Invitations(ctx, o.ID)
	if err != nil {
		return err
	}
	for _, i := range open {
		out.line(fmt.Sprintf("%s  %-16s  %s  was invited; the code is good until %s", i.ID, i.Give.Role, i.Give.Name, i.Until.Local().Format("2 Jan 2006 15:04")))
	}
	if n+len(open) == 0 {
		out.line("Nobody works at " + o.Name + " yet. Invite somebody with: bevan staff invite")
	}
	return nil
}

func memberLine(m staff.Member) string {
	until := ""
	if !m.Ends.IsZero() {
		until = " until " + m.Ends.Local().Format("2 Jan 2006 15:04")
	}
	if m.Reason != "" {
		until += ": " + m.Reason
	}
	return fmt.Sprintf("%s  %-16s  %s (%s)  from %s%s", m.ID, m.Role, m.Name, m.Account, m.Starts.Local().Format("2 Jan 2006"), until)
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
