package app

import (
	"context"
	"fmt"

	"github.com/bevanhealth/bevan/internal/access"
)

type orgCommand struct {
	Add   orgAdd   `cmd:"" help:"Add an organisation, a site of one, or a team."`
	List  orgList  `cmd:"" help:"List organisations, or the teams of one."`
	Close orgClose `cmd:"" help:"Close an organisation or a team: from now on nobody acts for it."`
}

type orgAdd struct {
	place `json:"-"`
	Code  string `arg:"" help:"Its code, such as RXH or G12345; for a team the code of the organisation that it belongs to." placeholder:"CODE"`
	Name  string `arg:"" help:"Its name."`
	Of    string `help:"The code of the organisation that this is a site of." xor:"kind" placeholder:"CODE"`
	Team  bool   `help:"Add a team of that name to the organisation." xor:"kind"`
}

// Run adds.
func (c *orgAdd) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "org-add", c, out)
}

func (c *orgAdd) do(ctx context.Context, h *house, by access.Who, out report) error {
	if c.Team {
		o, err := h.staff.ByODS(ctx, c.Code)
		if err != nil {
			return err
		}
		t, err := h.staff.AddTeam(ctx, by.Actor, o.ID, c.Name)
		if err != nil {
			return err
		}
		out.line("The team " + t.Name + " is a part of " + o.Name + ".")
		return nil
	}
	parent := ""
	if c.Of != "" {
		o, err := h.staff.ByODS(ctx, c.Of)
		if err != nil {
			return err
		}
		parent = o.ID
	}
	o, err := h.staff.AddOrganisation(ctx, by.Actor, c.Code, c.Name, parent)
	if err != nil {
		return err
	}
	out.line(o.Name + " is here, with the code " + o.ODS + ". Invite who works there with: bevan staff invite")
	return nil
}

type orgList struct {
	place `json:"-"`
	Code  string `arg:"" optional:"" help:"List the teams of this organisation." placeholder:"CODE"`
}

// Run lists.
func (c *orgList) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "org-list", c, out)
}

func (c *orgList) do(ctx context.Context, h *house, _ access.Who, out report) error {
	if c.Code != "" {
		return c.teams(ctx, h, out)
	}
	after, n := "", 0
	for {
		all, err := h.staff.Organisations(ctx, after, 1_000)
		if err != nil {
			return err
		}
		for _, o := range all {
			state := ""
			if !o.Closed.IsZero() {
				state = "  closed " + o.Closed.Format("2 Jan 2006")
			}
			indent := ""
			if o.Parent != "" {
				indent = "  site: "
			}
			out.line(fmt.Sprintf("%-10s  %s%s%s", o.ODS, indent, o.Name, state))
			after = o.ODS
		}
		if n += len(all); len(all) == 0 {
			break
		}
	}
	if n == 0 {
		out.line("There are no organisations yet. Add one with: bevan org add CODE NAME")
	}
	return nil
}

func (c *orgList) teams(ctx context.Context, h *house, out report) error {
	o, err := h.staff.ByODS(ctx, c.Code)
	if err != nil {
		return err
	}
	teams, err := h.staff.Teams(ctx, o.ID)
	if err != nil {
		return err
	}
	if len(teams) == 0 {
		out.line(o.Name + " has no teams yet. Add one with: bevan org add --team " + o.ODS + " NAME")
	}
	for _, t := range teams {
		state := ""
		if !t.Closed.IsZero() {
			state = "  closed " + t.Closed.Format("2 Jan 2006")
		}
		out.line(t.Name + state)
	}
	return nil
}

type orgClose struct {
	place  `json:"-"`
	Code   string `arg:"" help:"The code of the organisation." placeholder:"CODE"`
	Team   string `help:"Close this team of it, and not the organisation." placeholder:"NAME"`
	Reason string `required:"" help:"Why it closes; it is kept." placeholder:"TEXT"`
}

// Run closes.
func (c *orgClose) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "org-close", c, out)
}

func (c *orgClose) do(ctx context.Context, h *house, by access.Who, out report) error {
	o, err := h.staff.ByODS(ctx, c.Code)
	if err != nil {
		return err
	}
	what := o.Name
	if c.Team == "" {
		err = h.staff.CloseOrganisation(ctx, by.Actor, o.ID, c.Reason)
	} else {
		var team string
		if team, err = teamNamed(ctx, h, o.ID, c.Team); err == nil {
			what = "The team " + c.Team
			err = h.staff.CloseTeam(ctx, by.Actor, team, c.Reason)
		}
	}
	if err != nil {
		return err
	}
	out.line(what + " is closed. Nobody acts for it any more, on any node, from a second from now.")
	return nil
}
