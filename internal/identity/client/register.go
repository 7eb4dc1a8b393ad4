package client

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Said is what a client says of itself. It is text to be shown as text: nobody
// looked whether it is true, and none of the addresses is ever asked.
type Said struct {
	Page     string   `json:"page,omitempty"`
	Terms    string   `json:"terms,omitempty"`
	Policy   string   `json:"policy,omitempty"`
	Contacts []string `json:"contacts,omitempty"`
	Software string   `json:"software,omitempty"`
	Version  string   `json:"version,omitempty"`
}

// Registering is a client that registers itself (RFC 7591).
type Registering struct {
	Spec
	Said
	// Source is where the request comes from.
	Source Source
	// Invited says that an invitation is needed, and Invitation is it.
	Invited    bool
	Invitation string
}

// Registered is a client that has just registered itself. Secret and Manage
// are shown once and kept nowhere.
type Registered struct {
	Client
	Secret string // "" for a client without one
	Manage string // by which its maker changes it (RFC 7592)
}

const (
	invitePrefix = "bevanin_"
	managePrefix = "bevanrm_"
	// maxItself bounds how many clients that registered themselves there are,
	// and unusedLife how long one stays that nobody has allowed anything.
	maxItself  = 5_000
	unusedLife = 7 * 24 * time.Hour
)

// Invite makes an initial access token (RFC 7591 section 3), by which so many
// clients may register themselves until it ends.
func (c *Clients) Invite(ctx context.Context, uses int, life time.Duration) (token string, err error) {
	if uses < 1 || uses > 1_000 || life < time.Minute || life > 366*24*time.Hour {
		return "", problem.New(problem.Invalid, "An invitation is good for 1 to 1,000 programs, and for up to a year. Choose smaller numbers.")
	}
	token, hash := named(invitePrefix)
	return token, c.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("INSERT INTO client_invite (hash, uses, expires) VALUES ($1, $2, $3)", hash[:], int64(uses), whole(c.now()).Add(life).Unix())
		return err
	})
}

// named is a secret that says by its beginning what it is for.
func named(prefix string) (secret string, hash [sha256.Size]byte) {
	var random [secretSize]byte
	_, _ = rand.Read(random[:]) // never fails (crypto/rand, Go 1.24)
	return prefix + text.EncodeToString(random[:]), sha256.Sum256(random[:])
}

// hashOf is the hash of a secret that named made; ok is false for what is none.
func hashOf(prefix, secret string) (hash [sha256.Size]byte, ok bool) {
	half, ok := strings.CutPrefix(secret, prefix)
	raw, err := text.DecodeString(half)
	ok = ok && err == nil && len(raw) == secretSize && text.EncodeToString(raw) == half
	return sha256.Sum256(raw), ok
}

// Register lets a client register itself, as far as the bounds allow. It may
// ask people and nobody else, and is marked as one that nobody looked at.
func (c *Clients) Register(ctx context.Context, r Registering) (out Registered, err error) {
	if out.Spec, err = r.byItself(); err != nil {
		return Registered{}, err
	}
	if err := r.Said.check(); err != nil {
		return Registered{}, err
	}
	out.ID, out.Created, out.Itself, out.Said = idPrefix+fresh(idBytes), whole(c.now()), true, r.Said
	if out.Proof == BySecret {
		out.Secret, out.secret = newSecret()
	}
	manage, hash := named(managePrefix)
	out.Manage, out.manage = manage, hash[:]
	invite, ok := hashOf(invitePrefix, r.Invitation)
	if r.Invited && !ok {
		return Registered{}, notInvited()
	}
	var refusal error
	err = c.db.Write(ctx, func(tx *db.Tx) (err error) {
		if refusal, err = c.mayRegister(tx, r, invite); err != nil || refusal != nil {
			return err
		}
		return c.insertClient(tx, out.Client)
	})
	if err == nil {
		err = refusal
	}
	if err != nil {
		return Registered{}, err
	}
	return out, nil
}

// mayRegister counts the try, and uses the invitation up. A refusal is kept
// apart, so that the count stays.
func (c *Clients) mayRegister(tx *db.Tx, r Registering, invite [sha256.Size]byte) (refusal, err error) {
	for _, b := range []struct {
		kind tryKind
		key  string
		rate rate
	}{{tryRegisterSource, r.Source.key, registersBySource}, {tryRegisterAll, "", registersByAll}} {
		if ok, err := c.allow(tx, b.kind, b.key, b.rate); err != nil || !ok {
			return tooMany(), err
		}
	}
	if r.Invited {
		n, err := tx.Exec("UPDATE client_invite SET uses = uses - 1 WHERE hash = $1 AND uses > 0 AND expires > $2", invite[:], c.now().Unix())
		if err != nil || n == 0 {
			return notInvited(), err
		}
	}
	var there int64
	if _, err := tx.One("SELECT count(*) FROM client WHERE itself = 1 AND revoked = 0", nil, func(r *db.Row) error { there = r.Int64(0); return nil }); err != nil {
		return nil, err
	}
	if there >= maxItself {
		return problem.New(problem.TooMany, "As many programs as may have registered themselves here. Ask whoever runs this service."), nil
	}
	return taken(tx, r.Name)
}

// taken refuses a name by which people know a program that the operator let in,
// so that none that nobody looked at passes for it.
func taken(tx *db.Tx, name string) (refusal, err error) {
	want := plainName(name)
	err = tx.Query("SELECT name FROM client WHERE itself = 0 AND revoked = 0 LIMIT 10000", nil, func(r *db.Row) error {
		if plainName(r.Text(0)) == want {
			refusal = problem.New(problem.Invalid, "Another program is known by this name here. Choose another one.")
		}
		return nil
	})
	return refusal, err
}

// plainName is a name without what people do not see at a glance: capitals,
// blanks and signs.
func plainName(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, name)
}

func notInvited() error {
	return problem.New(problem.Unauthorized, "Registering needs an invitation that is still good. Ask whoever runs this service for one.")
}

// byItself is the spec of a client that registers itself, in its one form. What
// acts without a person is let in by the operator alone.
func (s Spec) byItself() (Spec, error) {
	if slices.ContainsFunc(s.Grants, func(g string) bool { return g != AuthorizationCode && g != RefreshToken && g != DeviceCode }) {
		return Spec{}, problem.New(problem.Invalid, "A program that registers itself asks people. Use authorization_code, refresh_token or the device flow; whoever runs this service lets in those that ask by themselves.")
	}
	for w := range strings.FieldsSeq(s.Scopes) {
		if sc, ok := access.ParseSMART(w); w == Introspect || w == ActForOthers || ok && sc.Level == access.SystemLevel {
			return Spec{}, problem.New(problem.Invalid, "A program that registers itself has no scopes for the system, for introspection or for acting for others. Ask for scopes that begin with patient/ or user/.")
		}
	}
	s.PrivateNetwork = false
	s, err := s.checked()
	if err == nil && s.KeysURL != "" && !publicHost(s.KeysURL) {
		err = problem.New(problem.Invalid, "The address of the keys lies on the public Internet and has a name. Mend it, or send the keys themselves.")
	}
	return s, err
}

// publicHost says whether an address can lie on the public Internet. Where its
// name leads is looked at again whenever it is asked (fetch).
func publicHost(address string) bool {
	u, err := url.Parse(address)
	if err != nil {
		return false
	}
	host := strings.ToLower(strings.TrimSuffix(u.Hostname(), "."))
	if _, err := netip.ParseAddr(host); err == nil || !strings.Contains(host, ".") || !strings.ContainsAny(host[strings.LastIndex(host, ".")+1:], "abcdefghijklmnopqrstuvwxyz") {
		return false // a number has no name, and may lie anywhere
	}
	last := host[strings.LastIndex(host, ".")+1:]
	return !slices.Contains([]string{"localhost", "local", "internal", "lan", "home", "corp", "intranet", "arpa", "onion"}, last) && (u.Port() == "" || u.Port() == "443")
}

// check bounds what a client says of itself.
func (s Said) check() error {
	bad := problem.New(problem.Invalid, "The addresses that a program names of itself begin with https://, and its contacts, software_id and software_version are short lines. Mend them, or leave them out.")
	for _, u := range []string{s.Page, s.Terms, s.Policy} {
		if p, err := url.Parse(u); u != "" && (err != nil || len(u) > 1000 || p.Scheme != "https" || p.Host == "" || p.User != nil || !printable(u)) {
			return bad
		}
	}
	if len(s.Contacts) > 10 {
		return bad
	}
	for _, line := range append([]string{s.Software, s.Version}, s.Contacts...) {
		if utf8.RuneCountInString(line) > 200 || !printable(line) {
			return bad
		}
	}
	return nil
}

// Managed is the client that a management token is for (RFC 7592). A client
// that was revoked is nobody's.
func (c *Clients) Managed(ctx context.Context, id, token string) (Client, error) {
	hash, ok := hashOf(managePrefix, token)
	if !ok {
		return Client{}, notManaged()
	}
	cl, found, err := c.Get(ctx, id)
	switch {
	case err != nil:
		return Client{}, err
	case !found || !cl.Revoked.IsZero() || len(cl.manage) != len(hash) || subtle.ConstantTimeCompare(cl.manage, hash[:]) != 1:
		return Client{}, notManaged()
	}
	return cl, nil
}

func notManaged() error {
	return problem.New(problem.Unauthorized, "This token does not change this program. Send the registration_access_token that came with its registration.")
}

// Change gives a client that registered itself another description. How it
// proves itself and the rules that it is held to stay: they are part of what
// people allowed.
func (c *Clients) Change(ctx context.Context, cl Client, s Spec, said Said) (Client, error) {
	s, err := s.byItself()
	if err == nil {
		err = said.check()
	}
	switch {
	case err != nil:
		return Client{}, err
	case !cl.Itself || s.Proof != cl.Proof || s.Profile != cl.Profile:
		return Client{}, problem.New(problem.Invalid, "How a program proves itself, and the profile that it is held to, stay as they are. Register another one.")
	}
	words, err := json.Marshal(said)
	if err != nil {
		return Client{}, problem.Wrap(problem.Internal, "", err)
	}
	var n int64
	var refusal error
	err = c.db.Write(ctx, func(tx *db.Tx) error {
		n = 0
		ok, err := c.allow(tx, tryChange, cl.ID, changesByClient)
		if err != nil || !ok {
			refusal = tooMany()
			return err
		}
		if refusal, err = taken(tx, s.Name); err != nil || refusal != nil {
			return err
		}
		n, err = tx.Exec(`UPDATE client SET name = $2, jwks = $3, jwks_uri = $4, redirects = $5, scopes = $6, grants = $7, logouts = $8, launch = $9, said = $10
			WHERE id = $1 AND revoked = 0 AND itself = 1`,
			cl.ID, s.Name, c.sealKeys(cl.ID, s.Keys), s.KeysURL, strings.Join(s.Redirects, " "), s.Scopes, strings.Join(s.Grants, " "), strings.Join(s.Logouts, " "), s.LaunchURL, string(words))
		return err
	})
	switch {
	case err != nil:
		return Client{}, err
	case refusal != nil:
		return Client{}, refusal
	case n == 0:
		return Client{}, notManaged()
	}
	cl.Spec, cl.Said = s, said
	return cl, nil
}

// sweepRegistered forgets clients that registered themselves, and that nobody
// has allowed anything since.
func (c *Clients) sweepRegistered(ctx context.Context) error {
	return c.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`DELETE FROM client WHERE itself = 1 AND created <= $1
			AND NOT EXISTS (SELECT 1 FROM client_grant g WHERE g.client = client.id)`, c.now().Add(-unusedLife).Unix())
		return err
	})
}
