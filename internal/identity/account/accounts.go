package account

import (
	"context"
	"crypto/sha256"
	"embed"
	"io/fs"
	"net/url"
	"strings"
	"sync/atomic"
	"time"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/recent"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

//go:embed sql/*.sql
var steps embed.FS

// Config says for which site accounts are.
type Config struct {
	// RPID is the domain that passkeys belong to, such as "example.org".
	// Changing it makes every passkey useless.
	RPID string
	// Origins are the pages that may use them, such as "https://example.org".
	// Each is the domain or below it, over https; loopback may do without.
	Origins []string
	// Name is what passkey dialogs call the site.
	Name string
	// Wait is how long a passkey that was added by recovery waits before it is
	// strong; 0 is three days.
	Wait time.Duration
	// Staff says whether an authenticator is good enough for staff; nil takes
	// every one that verifies its user.
	Staff func(Attested) error
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Accounts is the accounts of a store. It is safe for concurrent use.
type Accounts struct {
	db    *db.DB
	ring  *seal.Ring
	out   *notify.Outbox
	conf  Config
	now   func() time.Time
	web   *webauthn.WebAuthn
	flood *flood
	cache recent.Rows[[sha256.Size]byte, Session]
	busy  busy
	setUp atomic.Bool // there is an operator
	// closing is what others do when an account is closed, in its transaction.
	closing []func(t *db.Tx, account string) error

	slotHash, addressHash, codeHash, numberHash seal.Hasher

	// trace is told each statement and each check of a secret, so that tests
	// can hold the work for a known name against that for an unknown one.
	trace func(string)
}

// defaultWait gives somebody who is away for a weekend the time to read a
// message.
const defaultWait = 72 * time.Hour

// Open makes the tables ready. Messages go to out.
func Open(ctx context.Context, d *db.DB, ring *seal.Ring, out *notify.Outbox, c Config) (*Accounts, error) {
	if err := c.check(); err != nil {
		return nil, err
	}
	files, err := fs.Sub(steps, "sql")
	if err != nil {
		return nil, err
	}
	if err := d.Migrate(ctx, "account", files); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Wait <= 0 {
		c.Wait = defaultWait
	}
	web, err := webauthn.New(&webauthn.Config{
		RPID: c.RPID, RPDisplayName: c.Name, RPOrigins: c.Origins,
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{
			ResidentKey:        protocol.ResidentKeyRequirementRequired,
			RequireResidentKey: protocol.ResidentKeyRequired(),
			UserVerification:   protocol.VerificationRequired,
		},
		// How long a ceremony is good is decided here, by this room's clock.
		Timeouts: webauthn.TimeoutsConfig{Login: webauthn.TimeoutConfig{Timeout: ceremonyLife}, Registration: webauthn.TimeoutConfig{Timeout: ceremonyLife}},
	})
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, "The site's name, domain or origins are not right for passkeys. Check them in the settings.", err)
	}
	return &Accounts{
		db: d, ring: ring, out: out, conf: c, now: c.Now, web: web, flood: newFlood(ring),
		slotHash: ring.Hasher("account slot"), addressHash: ring.Hasher("account address"),
		codeHash: ring.Hasher("account code"), numberHash: ring.Hasher("account number"),
	}, nil
}

// check refuses a site for which browsers would make no passkey, or whose
// passkeys others could ask for.
func (c Config) check() error {
	if c.RPID == "" || c.Name == "" || len(c.Origins) == 0 {
		return problem.New(problem.Invalid, "Accounts need the site's name, its domain and its origins. Set the address of this server first.")
	}
	for _, o := range c.Origins {
		u, err := url.Parse(o)
		if err != nil || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
			return problem.New(problem.Invalid, "An origin is a scheme and a host, such as https://example.org. Mend the setting.")
		}
		host := u.Hostname()
		if host != c.RPID && !strings.HasSuffix(host, "."+c.RPID) {
			return problem.New(problem.Invalid, "An origin does not belong to the domain of the passkeys. Mend the setting.")
		}
		local := host == "localhost" || strings.HasSuffix(host, ".localhost")
		if u.Scheme != "https" && (u.Scheme != "http" || !local) {
			return problem.New(problem.Invalid, "Passkeys need https. Only localhost may do without.")
		}
	}
	return nil
}

// tx is a transaction whose statements can be watched.
type tx struct{ *db.Watched }

// note tells a test what is done outside of a transaction.
func (a *Accounts) note(what string) {
	if a.trace != nil {
		a.trace(what)
	}
}

func (a *Accounts) write(ctx context.Context, fn func(*tx) error) error {
	a.note("begin")
	return a.db.Write(ctx, func(t *db.Tx) error { return fn(&tx{db.Watch(t, a.trace)}) })
}

// one reads at most one row outside of a transaction.
func (a *Accounts) one(ctx context.Context, sql string, args []any, scan func(*db.Row) error) (found bool, err error) {
	a.note(sql)
	err = a.db.Query(ctx, sql, args, func(r *db.Row) error {
		found = true
		if err := scan(r); err != nil {
			return err
		}
		return db.Stop
	})
	return found, err
}

// Sweep clears away what is over: ceremonies and sessions that ran out, bounds
// that are no bound any more. It also writes the messages that wait for it. It
// does a bounded amount of work; call it every minute.
func (a *Accounts) Sweep(ctx context.Context) error {
	now := a.now().Unix()
	err := a.db.Write(ctx, func(t *db.Tx) error {
		if _, err := t.Exec("DELETE FROM passkey_ceremony WHERE id IN (SELECT id FROM passkey_ceremony WHERE ends <= $1 LIMIT 10000)", now); err != nil {
			return err
		}
		if _, err := t.Exec("DELETE FROM session WHERE hash IN (SELECT hash FROM session WHERE ends <= $1 LIMIT 10000)", now); err != nil {
			return err
		}
		if _, err := t.Exec("DELETE FROM form_sent WHERE ends <= $1", now); err != nil {
			return err
		}
		return a.sweepSlots(t)
	})
	if err != nil {
		return err
	}
	return a.tellGuesses(ctx)
}

func whole(t time.Time) time.Time { return time.Unix(t.Unix(), 0).UTC() }

func moment(s int64) time.Time {
	if s == 0 {
		return time.Time{}
	}
	return time.Unix(s, 0).UTC()
}

func number(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
