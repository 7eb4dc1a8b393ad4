package account

import (
	"context"
	"encoding/base64"
	"encoding/json"
	"strings"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Passkey is one of a person's passkeys, as a page may show it.
type Passkey struct {
	ID     string // base64url of the credential id
	Name   string
	AAGUID [16]byte // the model of the authenticator; zero where it does not say
	// Synced is that it may be copied to the person's other devices, and Backed
	// that it is.
	Synced, Backed bool
	Count          uint32
	Added, Used    time.Time
	// Ripe is when its waiting time is over; before, it is a weak way in.
	Ripe time.Time
	// Warned is when its count last went backwards, which a copy would cause.
	Warned time.Time
}

// Attested is what an authenticator showed of itself at registration, for the
// policy for staff. Type and Format are as WebAuthn names them; the chain of
// certificates was checked as far as the format says, and against no list of
// makers.
type Attested struct {
	AAGUID [16]byte
	Format string // such as "packed"
	Type   string // such as "basic_full" or "none"
	Synced bool
}

const (
	maxPasskeys = 20
	maxName     = MaxName
)

// MaxName is how many characters the name of an account has at most.
const MaxName = 64

const sentenceName = "A name is one line of up to 64 characters. Choose a shorter one."

// BeginAccount begins the creation of an account with its first passkey.
// Nothing is stored of it but the ceremony, until it is finished. name is what
// the person wants to read in the passkey dialog.
func (a *Accounts) BeginAccount(ctx context.Context, from Source, name string) (Ceremony, error) {
	return a.beginAccount(ctx, from, name, ceremonyCreate, false)
}

// BeginStaffAccount is BeginAccount for a member of staff, whose passkeys are
// held to the policy for staff. Who is staff is decided by the caller.
func (a *Accounts) BeginStaffAccount(ctx context.Context, from Source, name string) (Ceremony, error) {
	return a.beginAccount(ctx, from, name, ceremonyCreate, true)
}

func (a *Accounts) beginAccount(ctx context.Context, from Source, name string, kind ceremonyKind, staff bool) (Ceremony, error) {
	name, err := line(name, maxName, sentenceName)
	if err != nil {
		return Ceremony{}, err
	}
	if !a.flood.allow(from, floodBySource, a.now()) {
		return Ceremony{}, flooded()
	}
	k := kept{Handle: randomBytes(32), Name: name, Staff: staff}
	return a.beginRegistration(ctx, kind, "", "", k, nil)
}

// BeginPasskey begins the adding of a passkey to the account of a session: a
// strong one that is fresh, or one that came in with a recovery code, whose
// passkey will have to wait.
func (a *Accounts) BeginPasskey(ctx context.Context, s Session) (Ceremony, error) {
	if err := a.mayAdd(s); err != nil {
		return Ceremony{}, err
	}
	r, err := a.read(ctx, s.Account)
	if err != nil {
		return Ceremony{}, err
	}
	keys, err := a.credentials(ctx, s.Account)
	if err != nil {
		return Ceremony{}, err
	}
	if len(keys) >= maxPasskeys {
		return Ceremony{}, problem.New(problem.Conflict, "You have twenty passkeys, which is the most. Remove one first.").Because("most-passkeys")
	}
	return a.beginRegistration(ctx, ceremonyPasskey, s.Account, s.ID, kept{Handle: r.handle, Name: r.Name, Staff: r.Staff}, keys)
}

// mayAdd says whether a session may add a passkey.
func (a *Accounts) mayAdd(s Session) error {
	if s.Way == WayRecovery {
		return nil
	}
	return a.may(s, NewPasskey)
}

func (a *Accounts) beginRegistration(ctx context.Context, kind ceremonyKind, account, session string, k kept, have []webauthn.Credential) (Ceremony, error) {
	prefer := protocol.PreferNoAttestation
	if k.Staff {
		prefer = protocol.PreferDirectAttestation
	}
	options, data, err := a.web.BeginRegistration(user{k.Handle, k.Name, nil}, webauthn.WithConveyancePreference(prefer),
		webauthn.WithExclusions(webauthn.Credentials(have).CredentialDescriptors()))
	if err != nil {
		return Ceremony{}, err
	}
	k.WebAuthn = *data
	id, err := a.keep(ctx, kind, account, session, k)
	if err != nil {
		return Ceremony{}, err
	}
	text, err := json.Marshal(options)
	return Ceremony{id, text}, err
}

// FinishAccount makes the account and signs the person in. passkeyName is what
// they call the passkey, device what the session is called in lists.
func (a *Accounts) FinishAccount(ctx context.Context, id string, answer []byte, passkeyName, device string) (Session, string, error) {
	return a.finishAccount(ctx, id, answer, passkeyName, device, ceremonyCreate, func(*tx, row) error { return nil })
}

// finishAccount makes the account; also is done in the same transaction.
func (a *Accounts) finishAccount(ctx context.Context, id string, answer []byte, passkeyName, device string, kind ceremonyKind, also func(*tx, row) error) (s Session, secret string, err error) {
	name, err := line(passkeyName, maxName, sentenceName)
	if err != nil {
		return Session{}, "", err
	}
	k, cred, err := a.registered(ctx, id, answer, kind, "")
	if err != nil {
		return Session{}, "", err
	}
	r, err := a.newAccount(k)
	if err != nil {
		return Session{}, "", err
	}
	err = a.write(ctx, func(t *tx) error {
		if err := t.mustBurn(id); err != nil {
			return err
		}
		_, err := t.Exec("INSERT INTO account (id, state, staff, handle, key, name, made) VALUES ($1, $2, $3, $4, $5, $6, $7)",
			r.ID, int64(r.State), number(r.Staff), r.handle, r.wrapped, r.name, r.Made.Unix())
		if err != nil {
			return err
		}
		if err := a.addPasskey(t, r, cred, name, a.now()); err != nil {
			return err
		}
		if err := also(t, r); err != nil {
			return err
		}
		s, secret, err = a.begin(t, r, WayPasskey, Strong, cred.ID, device)
		return err
	})
	if err != nil {
		return Session{}, "", err
	}
	return s, secret, nil
}

// newAccount makes an account with a key of its own.
func (a *Accounts) newAccount(k kept) (row, error) {
	id := randomText(15)
	wrapped, key, err := a.ring.NewPersonKey(a.numberOf(id))
	if err != nil {
		return row{}, err
	}
	return row{
		Account: Account{ID: id, State: Good, Staff: k.Staff, Name: k.Name, Made: whole(a.now())},
		handle:  k.Handle, wrapped: wrapped, name: key.Seal(nil, []byte(k.Name), sealedAs("name", id)),
	}, nil
}

// FinishPasskey adds the passkey and tells every address.
func (a *Accounts) FinishPasskey(ctx context.Context, s Session, id string, answer []byte, passkeyName string) error {
	name, err := line(passkeyName, maxName, sentenceName)
	if err != nil {
		return err
	}
	_, cred, err := a.registered(ctx, id, answer, ceremonyPasskey, s.ID)
	if err != nil {
		return err
	}
	return a.write(ctx, func(t *tx) error {
		if err := t.mustBurn(id); err != nil {
			return err
		}
		r, err := a.hold(t, s)
		if err != nil {
			return err
		}
		var n int64
		if _, err := t.One("SELECT count(*) FROM passkey WHERE account = $1", []any{s.Account}, func(dr *db.Row) error { n = dr.Int64(0); return nil }); err != nil {
			return err
		}
		if n >= maxPasskeys {
			return problem.New(problem.Conflict, "You have twenty passkeys, which is the most. Remove one first.").Because("most-passkeys")
		}
		ripe := a.now()
		if s.Way == WayRecovery {
			ripe = ripe.Add(a.conf.Wait)
			if _, err := t.Exec("UPDATE account SET waits = $2 WHERE id = $1", s.Account, ripe.Unix()); err != nil {
				return err
			}
		}
		if err := a.addPasskey(t, r, cred, name, ripe); err != nil {
			return err
		}
		return a.tell(t, r, notify.PasskeyAdded)
	})
}

// registered checks what an authenticator answered to a registration.
func (a *Accounts) registered(ctx context.Context, id string, answer []byte, kind ceremonyKind, session string) (kept, *webauthn.Credential, error) {
	parsed, err := parseCreation(answer)
	if err != nil {
		return kept{}, nil, refuseRegistration(err)
	}
	k, err := a.ceremony(ctx, id, kind, session)
	if err != nil {
		return kept{}, nil, err
	}
	cred, err := a.web.CreateCredential(user{k.Handle, k.Name, nil}, k.WebAuthn, parsed)
	if err != nil {
		return kept{}, nil, a.fail(ctx, id, refuseRegistration(err))
	}
	if k.Staff && a.conf.Staff != nil {
		if err := a.conf.Staff(attested(cred)); err != nil {
			return kept{}, nil, a.fail(ctx, id, err)
		}
	}
	return k, cred, nil
}

func attested(c *webauthn.Credential) Attested {
	at := Attested{Format: c.AttestationFormat, Type: c.AttestationType, Synced: c.Flags.BackupEligible}
	copy(at.AAGUID[:], c.Authenticator.AAGUID)
	return at
}

func (t *tx) mustBurn(id string) error {
	mine, err := t.burn(id)
	if err == nil && !mine {
		err = overCeremony()
	}
	return err
}

// addPasskey stores a passkey. A credential id that is there already, of
// whomever, is refused (WebAuthn, 7.1, step 26).
func (a *Accounts) addPasskey(t *tx, r row, c *webauthn.Credential, name string, ripe time.Time) error {
	key, err := a.key(r.ID, r.wrapped)
	if err != nil {
		return err
	}
	ways := make([]string, len(c.Transport))
	for i, w := range c.Transport {
		ways[i] = string(w)
	}
	at := attested(c)
	id := base64.RawURLEncoding.EncodeToString(c.ID)
	n, err := t.Exec(`INSERT INTO passkey (id, account, public, name, aaguid, format, transports, eligible, backed, count, added, ripe, kind)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) ON CONFLICT DO NOTHING`,
		c.ID, r.ID, c.PublicKey, key.Seal(nil, []byte(name), sealedAs("passkey", id)), at.AAGUID[:], c.AttestationFormat, strings.Join(ways, " "),
		number(c.Flags.BackupEligible), number(c.Flags.BackupState), int64(c.Authenticator.SignCount), a.now().Unix(), ripe.Unix(), at.Type)
	if err == nil && n == 0 {
		return refuseRegistration(cause("the credential id is taken"))
	}
	return err
}

// credentials are an account's passkeys as the library wants them.
func (a *Accounts) credentials(ctx context.Context, account string) ([]webauthn.Credential, error) {
	var all []webauthn.Credential
	err := a.db.Query(ctx, "SELECT id, public, transports, eligible, backed, count FROM passkey WHERE account = $1 ORDER BY added, id", []any{account}, func(r *db.Row) error {
		all = append(all, credential(r.Bytes(0), r.Bytes(1), r.Text(2), r.Bool(3), r.Bool(4), r.Int64(5)))
		return nil
	})
	return all, err
}

func credential(id, public []byte, transports string, eligible, backed bool, count int64) webauthn.Credential {
	c := webauthn.Credential{ID: clone(id), PublicKey: clone(public)}
	for w := range strings.FieldsSeq(transports) {
		c.Transport = append(c.Transport, protocol.AuthenticatorTransport(w))
	}
	c.Flags.UserPresent, c.Flags.UserVerified, c.Flags.BackupEligible, c.Flags.BackupState = true, true, eligible, backed
	c.Authenticator.SignCount = uint32(count)
	return c
}

// Passkeys lists an account's passkeys, the oldest first.
func (a *Accounts) Passkeys(ctx context.Context, account string) ([]Passkey, error) {
	r, err := a.read(ctx, account)
	if err != nil {
		return nil, err
	}
	if r.State == Closed {
		return nil, nil
	}
	key, err := a.key(account, r.wrapped)
	if err != nil {
		return nil, err
	}
	var all []Passkey
	err = a.db.Query(ctx, `SELECT id, name, aaguid, eligible, backed, count, added, used, ripe, warned FROM passkey
		WHERE account = $1 ORDER BY added, id`, []any{account}, func(r *db.Row) error {
		p := Passkey{ID: base64.RawURLEncoding.EncodeToString(r.Bytes(0)), Synced: r.Bool(3), Backed: r.Bool(4), Count: uint32(r.Int64(5)),
			Added: moment(r.Int64(6)), Used: moment(r.Int64(7)), Ripe: moment(r.Int64(8)), Warned: moment(r.Int64(9))}
		copy(p.AAGUID[:], r.Bytes(2))
		name, err := key.Open(nil, r.Bytes(1), sealedAs("passkey", p.ID))
		p.Name = string(name)
		all = append(all, p)
		return err
	})
	return all, err
}

// RenamePasskey gives a passkey another name.
func (a *Accounts) RenamePasskey(ctx context.Context, s Session, id, name string) error {
	name, err := line(name, maxName, sentenceName)
	if err != nil {
		return err
	}
	raw, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil {
		return noPasskey()
	}
	return a.write(ctx, func(t *tx) error {
		r, err := a.hold(t, s)
		if err != nil {
			return err
		}
		key, err := a.key(s.Account, r.wrapped)
		if err != nil {
			return err
		}
		n, err := t.Exec("UPDATE passkey SET name = $3 WHERE id = $1 AND account = $2", raw, s.Account, key.Seal(nil, []byte(name), sealedAs("passkey", id)))
		if err == nil && n == 0 {
			err = noPasskey()
		}
		return err
	})
}

// RemovePasskey takes a passkey away, ends what was signed in with it, and
// tells every address. The last one that is past its waiting time stays.
func (a *Accounts) RemovePasskey(ctx context.Context, s Session, id string) error {
	if err := a.may(s, RemovePasskey); err != nil {
		return err
	}
	raw, err := base64.RawURLEncoding.DecodeString(id)
	if err != nil {
		return noPasskey()
	}
	err = a.write(ctx, func(t *tx) error {
		r, err := a.hold(t, s)
		if err != nil {
			return err
		}
		n, err := t.Exec("DELETE FROM passkey WHERE id = $1 AND account = $2", raw, s.Account)
		if err != nil {
			return err
		}
		if n == 0 {
			return noPasskey()
		}
		left, err := t.One("SELECT id FROM passkey WHERE account = $1 AND ripe <= $2 LIMIT 1", []any{s.Account, a.now().Unix()}, func(*db.Row) error { return nil })
		if err != nil {
			return err
		}
		if !left {
			return problem.New(problem.Conflict, "This is your last passkey that works in full. Add another one first, then remove this one.").Because("last-passkey")
		}
		if _, err := t.Exec("DELETE FROM session WHERE account = $1 AND passkey = $2 AND hash <> $3", s.Account, raw, s.hash[:]); err != nil {
			return err
		}
		return a.tell(t, r, notify.PasskeyRemoved)
	})
	a.cache.DropAll()
	return err
}

func noPasskey() error {
	return problem.New(problem.NotFound, "You have no passkey with this id. Look at the list again.").Because("no-passkey")
}
