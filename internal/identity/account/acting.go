package account

import (
	"context"

	"github.com/bevanhealth/bevan/internal/problem"
)

// DeviceBound is the policy for staff that takes passkeys which stay in one
// device. One that is copied is as safe as the account that copies it, and is
// no authenticator of the highest level (NIST SP 800-63B-4, 2.3.2: the key can
// not be exported).
func DeviceBound(a Attested) error {
	if a.Synced {
		return problem.New(problem.Forbidden, "This passkey can be copied to other devices, so staff may not use it. Choose a security key, or a device that keeps its passkeys to itself.").Because("staff-passkey-copied")
	}
	return nil
}

// MayAct says whether whoever is signed in may act as staff at all: only with
// a passkey that is past its waiting time and meets the policy for staff. Where
// they act is not decided here.
func (s Session) MayAct() error {
	switch {
	case s.Strength < Strong:
		return NeedPasskey.Problem()
	case !s.Assured:
		return problem.New(problem.Forbidden, "The passkey that you signed in with is not one for staff, since it can be copied. Sign in with one that stays on one device, such as a security key.").Because("staff-signed-in-copied")
	}
	return nil
}

// ActIn keeps the place in which the session acts from now on; "" leaves it.
// That the place is theirs is for the caller to find out, now and at each use.
func (a *Accounts) ActIn(ctx context.Context, s Session, place string) error {
	if place != "" {
		if err := s.MayAct(); err != nil {
			return err
		}
	}
	var n int64
	err := a.write(ctx, func(t *tx) (err error) {
		n, err = t.Exec("UPDATE session SET acting = $2 WHERE hash = $1", s.hash[:], place)
		return err
	})
	a.cache.Drop(s.hash)
	if err == nil && n == 0 {
		err = signedOut()
	}
	return err
}

// Unhurried says whether a source may try once more now, for the codes that are
// handed out elsewhere. Those are too long to be guessed; this keeps a source
// from making work.
func (a *Accounts) Unhurried(from Source) error {
	if !a.flood.allow(from, floodBySource, a.now()) {
		return flooded()
	}
	return nil
}
