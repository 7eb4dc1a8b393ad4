package emergency

import (
	"context"
	"strings"
)

// mandatePrefix is how the name of an emergency in the access log begins.
const mandatePrefix = "emergency:"

// Named takes the name of an emergency in the access log apart.
func Named(mandate string) (id string, ok bool) { return strings.CutPrefix(mandate, mandatePrefix) }

// Held is a credential that an app was given in an emergency.
type Held struct{ Account, Session, Place, Patient string }

// HeldBy gives the emergency in which an app was given a credential, while it is
// open. It belongs to the account, the sign-in and the place in which it was
// declared, and is about one patient; whether those are still good is for the
// caller to ask. ok is false for what is over, or is another's.
func (e *Emergencies) HeldBy(ctx context.Context, h Held, id string) (m Emergency, ok bool, err error) {
	all, err := e.list(ctx, " WHERE e.id = $1", id)
	if err != nil || len(all) != 1 {
		return Emergency{}, false, err
	}
	m = all[0]
	if h.Account == "" || h.Session == "" || m.Account != h.Account || m.session != h.Session || m.Place != h.Place || m.Patient != h.Patient || !m.Open(e.Now()) {
		return Emergency{}, false, nil
	}
	return m, true, nil
}
