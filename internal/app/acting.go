package app

import (
	"context"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/emergency"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// rights answers what the room of protocols asks about apps that act by a right,
// from the rooms that keep mandates and emergencies.
type rights struct {
	mandates    *mandate.Mandates
	emergencies *emergency.Emergencies
}

// Standing is who asks by an app's permission as the right behind it is now. A
// permission is about one patient, and so is the right: where they differ there
// is nothing.
func (r rights) Standing(ctx context.Context, account string, in client.Context, who access.Who) (access.Who, bool, error) {
	now, ok, err := r.holder(ctx, account, in, who.Bound)
	if err != nil || !ok {
		return access.Who{}, false, err
	}
	now.App, now.Grant = who.App, who.Grant
	return now, true, nil
}

func (r rights) holder(ctx context.Context, account string, in client.Context, bound access.Rights) (access.Who, bool, error) {
	switch id, emerges := emergency.Named(in.Mandate); {
	case emerges && in.Role == access.RoleProfessional:
		m, ok, err := r.emergencies.HeldBy(ctx, emergency.Held{Account: account, Session: in.Session, Place: in.Member, Patient: in.Patient}, id)
		if err != nil || !ok {
			return access.Who{}, false, err
		}
		now := m.Who()
		now.User, now.Hat, now.Bound = in.User, in.Hat, now.Bound.And(bound)
		return now, true, nil
	case !emerges && in.Role == access.RoleProxy:
		right, ok, err := r.mandates.HeldBy(ctx, account, in.Mandate)
		if err != nil || !ok || right.Patient != in.Patient {
			return access.Who{}, false, err
		}
		return right.Who(staff.Actor(account), bound), true, nil
	}
	return access.Who{}, false, nil
}
