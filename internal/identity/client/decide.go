package client

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"net/url"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Approval is what a person allows.
type Approval struct {
	Account string
	Context
	SignIn
	// Scopes are what they allow, within what was asked for.
	Scopes string
	// Until is when it ends; needed, so that nothing lasts for ever by mistake.
	Until time.Time
	// Grant is an earlier permission that stands and covers the request, where
	// the person was not asked again; empty for a new one.
	Grant string
	// Also is done in the transaction that gives the permission; nil for nothing.
	Also func(*db.Tx) error
}

// codeLife is how long a code is good (FAPI 2.0 Security Profile section
// 5.3.2.1, OWASP ASVS 5.0 10.4.3).
const codeLife = 60 * time.Second

// Code is what a code is redeemed with and for.
type Code struct {
	Redirect   string `json:"redirect"`
	Challenge  string `json:"challenge"`
	Thumbprint string `json:"jkt,omitempty"`
	Scopes     string `json:"scopes"`
	SignIn
}

// Approve gives out what the person allowed: it gives the address that the
// browser is sent to, with a code, or a page of ours where a device waits for
// the answer. The request is over then.
func (c *Clients) Approve(ctx context.Context, id, browser string, y Approval) (location string, err error) {
	if y.Account == "" || !c.now().Before(y.Until) {
		return "", problem.New(problem.Invalid, "A permission is somebody's, and ends one day. Choose a day that is still to come.").Because("permission-end")
	}
	var random [secretSize]byte
	_, _ = rand.Read(random[:]) // never fails (crypto/rand, Go 1.24)
	code, hash := text.EncodeToString(random[:]), sha256.Sum256(random[:])
	err = c.db.Write(ctx, func(tx *db.Tx) error {
		a, err := c.take(tx, id, browser)
		if err != nil {
			return err
		}
		if !ScopesWithin(y.Scopes, a.Scopes) {
			return problem.New(problem.Invalid, "More was allowed than the app asked for. Go back to the app and start again.").Because("permission-too-much")
		}
		if err := c.useLaunch(tx, a, y.Account); err != nil {
			return err
		}
		grant, err := c.grantFor(tx, a, y)
		if err != nil {
			return err
		}
		if y.Also != nil {
			if err := y.Also(tx); err != nil {
				return err
			}
		}
		y.Nonce = a.Nonce
		said := Code{a.Redirect, a.Challenge, a.Thumbprint, y.Scopes, y.SignIn}
		if a.Device != "" {
			location, err = c.approveDevice(tx, a, grant, said)
			return err
		}
		data, err := json.Marshal(said)
		if err != nil {
			return problem.Wrap(problem.Internal, "", err)
		}
		now := c.now()
		location = a.answer(url.Values{"code": {code}})
		_, err = tx.Exec("INSERT INTO client_code (hash, grant_id, client, data, expires, forget) VALUES ($1, $2, $3, $4, $5, $6)",
			hash[:], grant, a.Client, string(data), now.Add(codeLife).Unix(), now.Add(signedLife).Unix())
		return err
	})
	return location, err
}

// grantFor is the permission that the code is for: the one that stands already,
// or a new one.
func (c *Clients) grantFor(tx *db.Tx, a Ask, y Approval) (string, error) {
	if y.Grant == "" {
		g := Grant{ID: fresh(idBytes), Client: a.Client, Account: y.Account, Context: y.Context, Scopes: y.Scopes, Created: whole(c.now()), Until: y.Until}
		return g.ID, insertGrant(tx, g)
	}
	ok := false
	_, err := tx.One("SELECT "+grantColumns+" FROM client_grant WHERE id = $1", []any{y.Grant}, func(r *db.Row) error {
		g, err := scanGrant(r)
		ok = err == nil && g.Account == y.Account && g.Client == a.Client && g.Good(c.now()) && ScopesWithin(y.Scopes, g.Scopes)
		return err
	})
	if err == nil && !ok {
		err = takenBack()
	}
	return y.Grant, err
}

// Decline gives the address that the browser is sent to where the answer is no,
// with the code of the refusal, such as access_denied (RFC 6749 section
// 4.1.2.1, OpenID Connect Core section 3.1.2.6).
func (c *Clients) Decline(ctx context.Context, id, browser, refusal string) (location string, err error) {
	err = c.db.Write(ctx, func(tx *db.Tx) error {
		a, err := c.take(tx, id, browser)
		if err != nil {
			return err
		}
		if a.Device != "" {
			location = a.Redirect + "?" + url.Values{"answer": {"no"}}.Encode()
			_, err = c.moveDevice(tx, a.Device, deviceSeen, deviceDeclined)
			return err
		}
		location = a.answer(url.Values{"error": {refusal}})
		return nil
	})
	return location, err
}

// answer is where the browser goes on to, with the answer.
func (a Ask) answer(said url.Values) string { return Answer(a.Redirect, a.State, a.Issuer, said) }

// Answer is a registered address with the answer of the authorization endpoint:
// state comes back as it was sent, and iss says who answers (RFC 9207), so that
// an app which knows several servers does not take one for another.
func Answer(redirect, state, issuer string, said url.Values) string {
	if state != "" {
		said.Set("state", state)
	}
	said.Set("iss", issuer)
	sep := "?"
	if strings.Contains(redirect, "?") {
		sep = "&"
	}
	return redirect + sep + said.Encode()
}

// ScopesWithin says whether some scopes allow nothing that others do not: each
// that is about resources lies within those of its level, and each other is
// there by its name.
func ScopesWithin(scopes, wider string) bool {
	plain := map[string]bool{}
	var all []access.SMARTScope
	for w := range strings.FieldsSeq(wider) {
		if s, ok := access.ParseSMART(w); ok {
			all = append(all, s)
		} else {
			plain[w] = true
		}
	}
	for w := range strings.FieldsSeq(scopes) {
		s, ok := access.ParseSMART(w)
		if ok && !s.Within(all) || !ok && !plain[w] {
			return false
		}
	}
	return true
}

// Covering is a permission that the person gave this client before, that stands
// and covers a request, so that they need not be asked again. A public client
// is always asked for: anybody could say that they are it (RFC 8252 section
// 8.6). So is a device: whoever types its code may have been talked into it
// (RFC 8628 section 5.4).
func (c *Clients) Covering(ctx context.Context, a Ask, account string, in Context) (g Grant, found bool, err error) {
	cl, there, err := c.Get(ctx, a.Client)
	if err != nil || !there || cl.Proof == NoProof || a.Confirm || a.Device != "" {
		return g, false, err
	}
	all, err := c.grants(ctx, "account = $1 AND client = $2", account, a.Client)
	for _, one := range all {
		same := one.Patient == in.Patient && one.Encounter == in.Encounter && one.User == in.User && one.Role == in.Role &&
			one.Member == in.Member && one.Actor == in.Actor && one.Mandate == in.Mandate && (one.Session == "" || one.Session == in.Session)
		if same && one.Good(c.now()) && ScopesWithin(a.Scopes, one.Scopes) {
			return one, true, nil
		}
	}
	return g, false, err
}
