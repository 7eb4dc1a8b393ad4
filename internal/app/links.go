package app

import (
	"context"

	"github.com/bevanhealth/bevan/internal/exchange/healthlink"
	"github.com/bevanhealth/bevan/internal/exchange/takeaway"
)

// openLinks opens the links to a summary that people hand out.
func (h *house) openLinks(ctx context.Context, origin string) (err error) {
	h.links, err = healthlink.Open(ctx, healthlink.Config{DB: h.store, Accounts: h.accounts, Log: h.log, Origin: origin,
		Still: func(ctx context.Context, account, patient string) error {
			return h.stillTheirs(ctx, takeaway.Whose{Account: account, Patient: patient})
		}})
	return err
}
