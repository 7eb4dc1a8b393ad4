package app

import (
	"context"

	"github.com/bevanhealth/bevan/internal/access"
	auditevent "github.com/bevanhealth/bevan/internal/audit/event"
	"github.com/bevanhealth/bevan/internal/identity/names"
)

// names are those of whom the access log names.
func (h *house) names() *names.Names { return names.New(h.accounts, h.staff, h.apps) }

// named says what a person may be told of somebody who stands in the log of
// their record.
func (h *house) named(ctx context.Context, who access.Who, person int64, patient string) (auditevent.Who, error) {
	n, err := h.names().Of(ctx, who, person, patient)
	return n.Agent(), err
}
