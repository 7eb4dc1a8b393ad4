package account

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Ceremony is a conversation with an authenticator that was begun. ID is for
// the one browser that it belongs to; Options is what its page hands to
// navigator.credentials.
type Ceremony struct {
	ID      string
	Options []byte
}

// ceremonyLife is how long a ceremony is good: time to find a security key, and
// no longer.
const ceremonyLife = 5 * time.Minute

type ceremonyKind int64

const (
	ceremonyCreate ceremonyKind = iota + 1
	ceremonyOperator
	ceremonyPasskey
	ceremonySignIn
	ceremonyStepUp
	ceremonyTimeCode
)

// kept is what the store remembers of a ceremony, so that any node can finish
// it. Account and Session are what it belongs to, and are not in the JSON.
type kept struct {
	Account string `json:"-"`

	WebAuthn webauthn.SessionData `json:"w,omitzero"`
	Handle   []byte               `json:"h,omitempty"` // of an account that is not there yet
	Name     string               `json:"n,omitempty"`
	Staff    bool                 `json:"s,omitempty"`
	Secret   []byte               `json:"t,omitempty"` // of a time code, sealed
}

// keep stores a ceremony under a new id.
func (a *Accounts) keep(ctx context.Context, kind ceremonyKind, account, session string, k kept) (string, error) {
	data, err := json.Marshal(k)
	if err != nil {
		return "", err
	}
	id := randomText(20)
	return id, a.write(ctx, func(t *tx) error {
		_, err := t.Exec("INSERT INTO passkey_ceremony (id, kind, account, session, data, ends) VALUES ($1, $2, $3, $4, $5, $6)",
			id, int64(kind), account, session, data, a.now().Add(ceremonyLife).Unix())
		return err
	})
}

// ceremony reads a ceremony of that kind that belongs to the session. It stays
// until burn takes it away, in the transaction in which it is finished.
func (a *Accounts) ceremony(ctx context.Context, id string, kind ceremonyKind, session string) (kept, error) {
	var k kept
	var data []byte
	found, err := a.one(ctx, "SELECT account, data FROM passkey_ceremony WHERE id = $1 AND kind = $2 AND session = $3 AND ends > $4",
		[]any{id, int64(kind), session, a.now().Unix()}, func(r *db.Row) error {
			k.Account, data = r.Text(0), clone(r.Bytes(1))
			return nil
		})
	if err != nil {
		return kept{}, err
	}
	if !found {
		return kept{}, overCeremony()
	}
	return k, json.Unmarshal(data, &k)
}

// burn takes a ceremony away. Of several that finish it at once, on any nodes,
// one is told true.
func (t *tx) burn(id string) (bool, error) {
	n, err := t.Exec("DELETE FROM passkey_ceremony WHERE id = $1", id)
	return n == 1, err
}

// fail burns a ceremony whose answer was wrong, and returns the refusal.
func (a *Accounts) fail(ctx context.Context, id string, refusal error) error {
	err := a.write(ctx, func(t *tx) error {
		_, err := t.burn(id)
		return err
	})
	if err != nil {
		return err
	}
	return refusal
}

func overCeremony() error {
	return problem.New(problem.Unauthorized, "This took too long or was used already. Go back and begin again.").Because("too-late")
}

// refuse is the one refusal of a sign-in, whoever it was for. The cause is the
// name of the check that failed: the words of the library may quote what the
// browser sent.
func refuse(why error) error {
	return problem.Wrap(problem.Unauthorized, "We could not sign you in with that passkey. Try again, or use another way to sign in.", reason(why)).Because("passkey-no")
}

func refuseRegistration(why error) error {
	return problem.Wrap(problem.Invalid, "This passkey could not be added. Begin again, and choose a device that asks for your finger, face or PIN.", reason(why)).Because("passkey-not-added")
}

func reason(err error) error {
	if err == nil {
		return nil
	}
	var p *protocol.Error
	var c cause
	switch {
	case errors.As(err, &c):
		return c
	case errors.As(err, &p):
		return cause("the library: " + p.Type)
	}
	return cause("not an answer of an authenticator")
}

// cause is a reason for the log in words of our own.
type cause string

func (c cause) Error() string { return "account: " + string(c) }

// maxAnswer bounds what a browser may send: the largest attestations are some
// kilobytes.
const maxAnswer = 32 << 10

func parseAssertion(answer []byte) (*protocol.ParsedCredentialAssertionData, error) {
	if len(answer) > maxAnswer {
		return nil, cause("too long")
	}
	return protocol.ParseCredentialRequestResponseBytes(answer)
}

func parseCreation(answer []byte) (*protocol.ParsedCredentialCreationData, error) {
	if len(answer) > maxAnswer {
		return nil, cause("too long")
	}
	return protocol.ParseCredentialCreationResponseBytes(answer)
}

// user is an account as the library wants to see it.
type user struct {
	handle []byte
	name   string
	keys   []webauthn.Credential
}

func (u user) WebAuthnID() []byte                         { return u.handle }
func (u user) WebAuthnName() string                       { return u.name }
func (u user) WebAuthnDisplayName() string                { return u.name }
func (u user) WebAuthnCredentials() []webauthn.Credential { return u.keys }
