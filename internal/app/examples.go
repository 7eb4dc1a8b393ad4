package app

import (
	"context"
	"slices"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/example"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

// madeUpGround is the ground in law by which examples are erased: they are about
// nobody.
const madeUpGround = "made-up"

func (h *house) openExamples(ctx context.Context) (*example.Examples, error) {
	return example.Open(ctx, example.Config{DB: h.store, Accounts: h.accounts, Operator: h.operatorNow, Owner: h.proofs.OwnerOf,
		Write: func(ctx context.Context, who access.Who) (example.Writer, error) {
			return h.session(ctx, who, access.Import)
		},
		Erase: func(ctx context.Context, by access.Who, patient string) error {
			return h.erasures.Now(ctx, by, patient, madeUpGround, "An example to look round with, which is removed.")
		}})
}

// operatorNow is an account as the operator that it is at this moment.
func (h *house) operatorNow(ctx context.Context, account string) (access.Who, error) {
	places, err := h.staff.PlacesOf(ctx, account)
	if err != nil {
		return access.Who{}, err
	}
	if !slices.ContainsFunc(places, func(a staff.Acting) bool { return a.Role == staff.Operator }) {
		return access.Who{}, problem.New(problem.Forbidden, "Only an operator can do that. Ask whoever runs this service.")
	}
	return access.Operator(staff.Actor(account)), nil
}

// examplesCommand is what is done with the example people at the command line.
// They are brought in on the pages, by whoever looks round with them.
type examplesCommand struct {
	Remove examplesRemove `cmd:"" help:"Remove all example people, with everything that is kept about them."`
}

type examplesRemove struct {
	place `json:"-"`
}

// Run removes them.
func (c *examplesRemove) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "examples-remove", c, out)
}

func (c *examplesRemove) do(ctx context.Context, h *house, by access.Who, out report) error {
	state, err := h.examples.State(ctx)
	if err != nil {
		return err
	}
	if state == (example.State{}) {
		out.line("There are no example people here.")
		return nil
	}
	if err := h.examples.RemoveAs(ctx, by, ""); err != nil {
		return err
	}
	out.line("The example people are removed, with everything that was kept about them.")
	return nil
}
