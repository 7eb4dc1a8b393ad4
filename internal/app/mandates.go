package app

import (
	"context"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/record"
)

// mandateWork opens the record for the room that keeps who may act for whom: its
// own work, done for whoever gives or ends a right, with no more than that needs.
func (h *house) mandateWork(ctx context.Context, by string, bound access.Rights) (*record.Session, error) {
	who := access.Operator(by)
	who.Bound = bound
	return h.session(ctx, access.Job("mandate", who), access.Operations)
}
