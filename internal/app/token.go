package app

import (
	"context"
	"fmt"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity"
	"github.com/bevanhealth/bevan/internal/problem"
)

type tokenCommand struct {
	place  `json:"-"`
	Role   string `help:"What its holder is. So far there is only the operator." default:"operator" placeholder:"ROLE"`
	Label  string `help:"What you call it, to know it again in the list." placeholder:"TEXT"`
	Days   int    `help:"How many days it is good for." default:"90" placeholder:"N"`
	Look   bool   `name:"read-only" help:"Its holder may look and change nothing."`
	List   bool   `help:"List the tokens there are." xor:"what"`
	Revoke string `help:"Take back the token with this id." xor:"what" placeholder:"ID"`
}

// Run makes, lists or revokes.
func (c *tokenCommand) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "token", c, out)
}

func (c *tokenCommand) do(ctx context.Context, h *house, _ access.Who, out report) error {
	switch {
	case c.List:
		return c.list(ctx, h, out)
	case c.Revoke != "":
		if err := h.tokens.Revoke(ctx, c.Revoke); err != nil {
			return err
		}
		out.line("The token " + c.Revoke + " is no longer good, on any node, from a second from now.")
		return nil
	}
	role, ok := access.RoleByName(c.Role)
	if !ok {
		return problem.New(problem.Invalid, "There is no such role. Use: --role operator")
	}
	verbs := access.AllVerbs
	if c.Look {
		verbs = access.Looking
	}
	tok, text, err := h.tokens.Issue(ctx, identity.Spec{Role: role, Verbs: verbs, Label: c.Label, Life: time.Duration(c.Days) * 24 * time.Hour})
	if err != nil {
		return err
	}
	out.line("A token for an " + role.String() + ", id " + tok.ID + ", good until " + tok.Expires.Format("2 January 2006") + ".")
	out.line("It is shown this once. Send it as: Authorization: Bearer TOKEN")
	out.line(text) // the last line, for scripts
	return nil
}

func (c *tokenCommand) list(ctx context.Context, h *house, out report) error {
	all, err := h.tokens.List(ctx)
	if err != nil {
		return err
	}
	if len(all) == 0 {
		out.line("There are no tokens yet. Make one with: bevan token --role operator")
	}
	now := time.Now()
	for _, t := range all {
		state := "good until " + t.Expires.Format("2 Jan 2006")
		switch {
		case !t.Revoked.IsZero():
			state = "taken back " + t.Revoked.Format("2 Jan 2006")
		case now.After(t.Expires):
			state = "ran out " + t.Expires.Format("2 Jan 2006")
		}
		out.line(fmt.Sprintf("%s  %-9s %-24s %s", t.ID, t.Role, state, t.Label))
	}
	return nil
}
