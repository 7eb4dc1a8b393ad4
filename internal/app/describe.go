package app

import (
	"context"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

type clientDescribe struct {
	place   `json:"-"`
	ID      string `arg:"" help:"The client_id of the app." placeholder:"ID"`
	Owner   string `help:"Who runs it, as you checked: a name and a place." required:"" placeholder:"TEXT"`
	Purpose string `help:"What the app says that it wants data for; left out, it says nothing." placeholder:"TEXT"`
}

// Run describes an app.
func (c *clientDescribe) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "client-describe", c, out)
}

func (c *clientDescribe) do(ctx context.Context, h *house, _ access.Who, out report) error {
	if err := h.apps.Describe(ctx, c.ID, client.About{Owner: c.Owner, Purpose: c.Purpose}); err != nil {
		return err
	}
	out.line("People whom the app " + c.ID + " asks are told from now on that it is run by: " + c.Owner)
	return nil
}
