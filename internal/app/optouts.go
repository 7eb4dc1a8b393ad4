package app

import (
	"context"
	"fmt"
	"os"

	"github.com/bevanhealth/bevan/internal/access"
	kinds "github.com/bevanhealth/bevan/internal/access/optout"
	"github.com/bevanhealth/bevan/internal/consent/optout"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

type optoutsCommand struct {
	Import optoutsImport `cmd:"" help:"Bring in a list of NHS numbers of people who said no to uses beyond their own care, and lift what an earlier list said and this one does not."`
}

type optoutsImport struct {
	place   `json:"-"`
	File    string `arg:"" help:"The list: one NHS number on each line, with or without a comma behind it." placeholder:"FILE"`
	Kind    string `help:"Which no the list is about: national or local." enum:"national,local" default:"national"`
	Allowed bool   `help:"The list names those who did not say no, as the national check service answers. Everybody else here did then."`
}

// Run imports.
func (c *optoutsImport) Run(ctx context.Context, out *terminalReport) error {
	if err := absolute(&c.File); err != nil {
		return err
	}
	return run(ctx, c.place, "optouts-import", c, out)
}

func (c *optoutsImport) do(ctx context.Context, h *house, by access.Who, out report) error {
	k, ok := kinds.Named(c.Kind)
	if !ok {
		return problem.New(problem.Invalid, "There are two kinds: national and local. Name one with --kind.")
	}
	f, err := os.Open(c.File)
	if err != nil {
		return problem.Wrap(problem.NotFound, "The list can not be opened. Check the name of the file.", err)
	}
	defer f.Close()
	numbers, err := optout.ReadNumbers(f)
	if err != nil {
		return err
	}
	r, err := h.optouts.Import(ctx, by.Actor, k, numbers, c.Allowed, func(done int) {
		out.progress(step{Count: int64(done), Of: "people whom the list speaks of"})
	})
	if err != nil {
		return err
	}
	out.line(fmt.Sprintf("%12s  numbers on the list", grouped(r.Numbers)))
	out.line(fmt.Sprintf("%12s  people here whom it speaks of", grouped(r.Seen)))
	out.line(fmt.Sprintf("%12s  say no from now on", grouped(r.Set)))
	out.line(fmt.Sprintf("%12s  said no by a list before, and still do", grouped(r.Same)))
	out.line(fmt.Sprintf("%12s  no longer do by a list; what they said themselves stays", grouped(r.Lifted)))
	if c.Allowed {
		out.line(fmt.Sprintf("%12s  people here have no NHS number, so they are left out of every use beyond care", grouped(r.Unknown)))
	} else {
		out.line(fmt.Sprintf("%12s  numbers belong to nobody here. Bring the list in again when people are added", grouped(r.Unknown)))
	}
	return nil
}

// keeper opens the record for what people say no to: work of this server's, done
// for whoever says so, with no more than finding Patients and keeping Consents.
type keeper struct{ door *record.Door }

func (k keeper) open(ctx context.Context, by string) (optout.Records, error) {
	who := access.Operator(by)
	who.Bound = access.OneType("Patient", access.Read|access.Search).Or(access.OneType("Consent", access.Read|access.Search|access.Create|access.Update))
	return k.door.Open(ctx, access.Job("opt-out", who), record.About{}, access.Operations)
}
