package account

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"sync"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

// BeginSignIn begins a sign-in with whichever passkey the person chooses. It
// asks for no name, so there is none to try out.
func (a *Accounts) BeginSignIn(ctx context.Context, from Source) (Ceremony, error) {
	if !a.flood.allow(from, floodBySource, a.now()) {
		return Ceremony{}, flooded()
	}
	options, data, err := a.web.BeginDiscoverableLogin()
	if err != nil {
		return Ceremony{}, err
	}
	return a.beginAssertion(ctx, ceremonySignIn, "", "", options, data)
}

func (a *Accounts) beginAssertion(ctx context.Context, kind ceremonyKind, account, session string, options *protocol.CredentialAssertion, data *webauthn.SessionData) (Ceremony, error) {
	id, err := a.keep(ctx, kind, account, session, kept{WebAuthn: *data})
	if err != nil {
		return Ceremony{}, err
	}
	text, err := json.Marshal(options)
	return Ceremony{id, text}, err
}

// holder is a passkey with the account that it opens.
type holder struct {
	row
	cred webauthn.Credential
	ripe int64
}

// FinishSignIn signs the person in and returns the secret for their browser.
// Whatever is wrong before the signature was found good, the refusal is the
// same.
func (a *Accounts) FinishSignIn(ctx context.Context, id string, answer []byte, device string) (Session, string, error) {
	parsed, err := parseAssertion(answer)
	if err != nil {
		return Session{}, "", refuse(err)
	}
	k, h, err := a.asked(ctx, id, ceremonySignIn, "", parsed.RawID)
	if err != nil {
		return Session{}, "", err
	}
	if err := a.verify(ctx, k, h, parsed); err != nil {
		return Session{}, "", a.fail(ctx, id, err)
	}
	if h.State != Good {
		return Session{}, "", a.fail(ctx, id, suspended())
	}
	s, secret := a.newSession(h.row, WayPasskey, h.strength(a.now().Unix()), h.cred.ID, device)
	err = a.write(ctx, func(t *tx) error { return a.admit(t, id, h, parsed, s) })
	if err != nil {
		return Session{}, "", err
	}
	return s, secret, nil
}

// admit uses up the ceremony and the count and stores the session. PostgreSQL
// does all three in one statement, which saves two trips there and back in the
// busiest transaction of the room.
func (a *Accounts) admit(t *tx, id string, h holder, parsed *protocol.ParsedCredentialAssertionData, s Session) error {
	if t.Dialect() == db.SQLite {
		if err := t.mustBurn(id); err != nil {
			return err
		}
		if err := a.usePasskey(t, h, parsed); err != nil {
			return err
		}
		return t.insert(s)
	}
	auth := parsed.Response.AuthenticatorData
	n, err := t.Exec(`WITH burnt AS (DELETE FROM passkey_ceremony WHERE id = $10 RETURNING id),
		used AS (UPDATE passkey SET count = $11, backed = $12, used = $8 WHERE id = $6 AND EXISTS (SELECT 1 FROM burnt)
			AND (count < $11 OR (count = 0 AND $11 = 0)) RETURNING id)
		INSERT INTO session (`+sessionInto+`) SELECT $1, $2, $3, $4, $5, $6, $7, $8, $8, $8, $9 FROM used`,
		append(s.values(), id, int64(auth.Counter), number(auth.Flags.HasBackupState()))...)
	if err == nil && n == 0 {
		err = refuse(cause("the ceremony, the count or the passkey was used up at the same time"))
	}
	return err
}

func (h holder) strength(now int64) Strength {
	if h.ripe > now {
		return Weak
	}
	return Strong
}

// verify checks an assertion. For a credential that is not known, or is not the
// one of the handle that came with it, the signature is checked with a key that
// nobody has: the work is that for a known one whose signature is wrong.
func (a *Accounts) verify(ctx context.Context, k kept, h holder, parsed *protocol.ParsedCredentialAssertionData) error {
	find := func(rawID, handle []byte) (webauthn.User, error) {
		u := user{handle: h.handle, keys: []webauthn.Credential{h.cred}}
		if h.ID == "" || !bytes.Equal(h.handle, handle) {
			u = user{handle: handle, keys: []webauthn.Credential{decoy(rawID)}}
		}
		if bytes.Equal(u.handle, handle) { // for any other the library stops before the signature
			a.note("check a signature")
		}
		return u, nil
	}
	_, cred, err := a.web.ValidatePasskeyLogin(find, k.WebAuthn, parsed)
	if err == nil && h.ID == "" {
		err = cause("no such credential") // nobody can sign for the decoy; if somebody could, this stops it
	}
	if err != nil {
		return refuse(err)
	}
	return a.counted(ctx, h, cred)
}

// counted refuses an authenticator whose count did not go up, and tells: there
// may be a copy of it.
func (a *Accounts) counted(ctx context.Context, h holder, cred *webauthn.Credential) error {
	if !cred.Authenticator.CloneWarning {
		return nil
	}
	err := a.write(ctx, func(t *tx) error {
		if _, err := t.Exec("UPDATE passkey SET warned = $2 WHERE id = $1", h.cred.ID, a.now().Unix()); err != nil {
			return err
		}
		return a.tell(t, h.row, notify.PasskeyRefused)
	})
	if err != nil {
		return err
	}
	return refuse(cause("the count of signatures went backwards"))
}

// asked reads a ceremony together with the account of the credential that
// answered. Where the credential is not known the holder is nobody.
func (a *Accounts) asked(ctx context.Context, id string, kind ceremonyKind, session string, credentialID []byte) (kept, holder, error) {
	var k kept
	var h holder
	var data []byte
	found, err := a.one(ctx, `SELECT c.account, c.data, p.id, p.public, p.transports, p.eligible, p.backed, p.count, p.ripe,
		a.id, a.state, a.staff, a.handle, a.key, a.proof, a.record, a.recovered, a.waits
		FROM passkey_ceremony c LEFT JOIN passkey p ON p.id = $5 LEFT JOIN account a ON a.id = p.account
		WHERE c.id = $1 AND c.kind = $2 AND c.session = $3 AND c.ends > $4`, []any{id, int64(kind), session, a.now().Unix(), credentialID}, func(r *db.Row) error {
		k.Account, data = r.Text(0), clone(r.Bytes(1))
		h.cred = credential(r.Bytes(2), r.Bytes(3), r.Text(4), r.Bool(5), r.Bool(6), r.Int64(7))
		h.ripe, h.ID, h.State, h.Staff = r.Int64(8), r.Text(9), State(r.Int64(10)), r.Bool(11)
		h.handle, h.wrapped = clone(r.Bytes(12)), clone(r.Bytes(13))
		h.Proof, h.Record, h.Recovered, h.Waits = Proof(r.Int64(14)), r.Text(15), moment(r.Int64(16)), moment(r.Int64(17))
		return nil
	})
	if err == nil && !found {
		err = overCeremony()
	}
	if err != nil {
		return kept{}, holder{}, err
	}
	return k, h, json.Unmarshal(data, &k)
}

// usePasskey stores the new count and flags. Where two answers with one count
// come at the same time, the second finds no row.
func (a *Accounts) usePasskey(t *tx, h holder, parsed *protocol.ParsedCredentialAssertionData) error {
	auth := parsed.Response.AuthenticatorData
	n, err := t.Exec("UPDATE passkey SET count = $2, backed = $3, used = $4 WHERE id = $1 AND (count < $2 OR (count = 0 AND $2 = 0))",
		h.cred.ID, int64(auth.Counter), number(auth.Flags.HasBackupState()), a.now().Unix())
	if err == nil && n == 0 {
		return refuse(cause("removed or used at the same time"))
	}
	return err
}

// decoyKey is the public half of a key whose other half was thrown away, as
// COSE (RFC 9053, 7.1.1): ES256 on P-256.
var decoyKey = sync.OnceValue(func() []byte {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic("account: " + err.Error()) // only a curve that is not there comes here
	}
	point, err := private.PublicKey.Bytes() // 4, then X and Y of 32 bytes each
	if err != nil {
		panic("account: " + err.Error())
	}
	cose := append([]byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20}, point[1:33]...)
	return append(append(cose, 0x22, 0x58, 0x20), point[33:]...)
})

func decoy(id []byte) webauthn.Credential { return credential(id, decoyKey(), "", false, false, 0) }

// BeginStepUp begins a fresh check of the person who is signed in, with one of
// their passkeys.
func (a *Accounts) BeginStepUp(ctx context.Context, s Session) (Ceremony, error) {
	r, err := a.read(ctx, s.Account)
	if err != nil {
		return Ceremony{}, err
	}
	keys, err := a.credentials(ctx, s.Account)
	if err != nil {
		return Ceremony{}, err
	}
	options, data, err := a.web.BeginLogin(user{r.handle, r.Name, keys})
	if err != nil {
		return Ceremony{}, problem.Wrap(problem.Conflict, "You have no passkey to check with. Add one first.", reason(err)).Because("no-passkey-to-check")
	}
	return a.beginAssertion(ctx, ceremonyStepUp, s.Account, s.ID, options, data)
}

// FinishStepUp renews the verification of a session. The session gets another
// secret and the old one is good no more (OWASP ASVS 5.0, 7.2.4); when it ends
// stays as it was.
func (a *Accounts) FinishStepUp(ctx context.Context, s Session, id string, answer []byte) (Session, string, error) {
	parsed, err := parseAssertion(answer)
	if err != nil {
		return Session{}, "", refuse(err)
	}
	k, h, err := a.asked(ctx, id, ceremonyStepUp, s.ID, parsed.RawID)
	if err != nil {
		return Session{}, "", err
	}
	if err := a.verifyStepUp(ctx, s, k, h, parsed); err != nil {
		return Session{}, "", a.fail(ctx, id, err)
	}
	now := whole(a.now())
	secret, hash := newSecret()
	err = a.write(ctx, func(t *tx) error {
		if err := t.mustBurn(id); err != nil {
			return err
		}
		if _, err := a.hold(t, s); err != nil {
			return err
		}
		if err := a.usePasskey(t, h, parsed); err != nil {
			return err
		}
		_, err := t.Exec("UPDATE session SET hash = $2, way = $3, strength = $4, passkey = $5, used = $6, verified = $6 WHERE hash = $1",
			s.hash[:], hash[:], int64(WayPasskey), int64(Strong), h.cred.ID, now.Unix())
		return err
	})
	a.cache.Drop(s.hash)
	if err != nil {
		return Session{}, "", err
	}
	s.Assured, s.Acting = false, ""
	s.hash, s.Way, s.Strength, s.Passkey, s.Used, s.Verified = hash, WayPasskey, Strong, string(h.cred.ID), now, now
	return s, secret, nil
}

func (a *Accounts) verifyStepUp(ctx context.Context, s Session, k kept, h holder, parsed *protocol.ParsedCredentialAssertionData) error {
	if h.ID != s.Account {
		return refuse(cause("a passkey of another account"))
	}
	// The list that was sent has to be the person's own; the one that answered
	// is among their passkeys now.
	keys, err := a.credentials(ctx, s.Account)
	if err != nil {
		return err
	}
	cred, err := a.web.ValidateLogin(user{handle: h.handle, keys: keys}, k.WebAuthn, parsed)
	if err != nil {
		return refuse(err)
	}
	if err := a.counted(ctx, h, cred); err != nil {
		return err
	}
	if h.strength(a.now().Unix()) != Strong {
		return NeedPasskey.Problem()
	}
	return nil
}
