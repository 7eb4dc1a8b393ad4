package smart

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// verifierShaped is a verifier of PKCE (RFC 7636 section 4.1).
var verifierShaped = regexp.MustCompile(`^[A-Za-z0-9._~-]{43,128}$`)

// redeem gives tokens for a code (RFC 6749 section 4.1.3).
func (c *call) redeem() error {
	a, err := c.asks(everyProof, client.AuthorizationCode)
	if err != nil {
		return err
	}
	g, code, err := c.s.cfg.Clients.Redeem(c.ctx, c.form.Get("code"), client.Redeeming{
		Client: a.ID, Spend: a.once, Fits: func(code client.Code) bool { return c.fits(a, code) },
	})
	if err != nil {
		return gone(err, "The code is not good: it was used, is older than a minute, or was not given to this client with this redirect_uri, verifier and key. Send the person to the authorization endpoint again.")
	}
	return c.firstTokens(a, g, code)
}

// fits says whether a request has what the code was asked for with: the same
// address, the verifier whose hash was sent, and the key that was named.
func (c *call) fits(a asking, code client.Code) bool {
	verifier := c.form.Get("code_verifier")
	sum := sha256.Sum256([]byte(verifier))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	return verifierShaped.MatchString(verifier) && subtle.ConstantTimeCompare([]byte(challenge), []byte(code.Challenge)) == 1 &&
		c.form.Get("redirect_uri") == code.Redirect &&
		(code.Thumbprint == "" || a.proof != nil && a.proof.thumbprint == code.Thumbprint)
}

// gone tells a client that what it came with is not good (RFC 6749 section
// 5.2), or that its assertion or proof was used before.
func gone(err error, sentence string) error {
	switch {
	case errors.Is(err, client.ErrGone):
		return refuse(invalidGrant, sentence)
	case errors.Is(err, client.ErrReplayed):
		return replayed()
	}
	return err
}

// holds makes sure that whoever gave the permission still may: their account is
// good, their session has not ended where it ends with that, and they still
// have the place, or the right, in which they acted.
func (c *call) holds(g client.Grant) error {
	ok, err := c.s.cfg.People.Holds(c.ctx, g.Account, g.Context)
	if err == nil && ok && g.Mandate != "" {
		_, ok, err = c.s.cfg.Rights.Standing(c.ctx, g.Account, g.Context, access.Who{})
	}
	if err == nil && !ok {
		err = refuse(invalidGrant, "The permission has ended, because the person who gave it is not signed in any more, or may not give it any more. Send them to the authorization endpoint again.")
	}
	return err
}

// giveOut makes the tokens of a permission. refresh says that a refresh token
// may be among them.
func (c *call) giveOut(a asking, g client.Grant, scopes string, s client.SignIn, refresh bool) (given, error) {
	if scopes == "" {
		return given{}, refuse(invalidScope, "Nothing of what the app asks for can be given. Send the person to the authorization endpoint again, to choose a patient.")
	}
	want := client.Issuing{Grant: g.ID, Scopes: scopes, Life: c.life(a.Client, g)}
	if refresh && renewable(g.Context) && slices.ContainsFunc(strings.Fields(scopes), keeps) && slices.Contains(a.Grants, client.RefreshToken) {
		want.Refresh = &client.Refreshing{Grant: g.ID, Scopes: scopes, SignIn: s, Until: g.Until}
		if a.Proof == client.NoProof && a.proof != nil {
			want.Refresh.Thumbprint = a.proof.thumbprint // RFC 9449 section 5
		}
	}
	out, err := c.issue(want, a.proof)
	if err != nil {
		return out, err
	}
	words := strings.Fields(scopes)
	out.Patient, out.Encounter, out.Intent, out.Tenant = g.Patient, g.Encounter, g.Intent, g.Organisation
	out.Purpose = purposeOf(g.Context)
	if slices.Contains(words, "fhirUser") {
		out.User = c.s.userURL(g.User)
	}
	if g.Patient != "" {
		banner := g.Banner
		out.Banner, out.Style = &banner, c.s.styleURL()
	}
	return out, nil
}

// holding leaves out the scopes that mean nothing in a context: those about a
// patient where none was chosen (SMART 2.2: whoever grants them "SHALL establish
// a patient in context"), and fhirUser for somebody who has no resource.
func holding(scopes string, in client.Context) string {
	out := slices.DeleteFunc(strings.Fields(scopes), func(w string) bool {
		s, ok := access.ParseSMART(w)
		switch {
		case ok && s.Level == access.PatientLevel, w == "launch/patient":
			return in.Patient == ""
		case w == "launch/encounter":
			return in.Encounter == ""
		}
		return w == "fhirUser" && in.User == ""
	})
	return strings.Join(out, " ")
}

// life is how long an access token is good: never longer than the permission.
func (c *call) life(cl client.Client, g client.Grant) time.Duration {
	life := personLife
	if cl.Profile == client.FAPI2 {
		life = strictLife
	}
	if left := g.Until.Sub(c.s.cfg.Now()).Truncate(time.Second); !g.Until.IsZero() && left < life {
		life = max(left, time.Second)
	}
	return life
}

// renew gives an access token for a refresh token (RFC 6749 section 6). A public
// client gets another refresh token with it, and the one before is good no more
// (RFC 9700 section 4.14.2); a client that proves itself keeps the one it has,
// so that an answer which was lost on the way costs it nothing.
func (c *call) renew() error {
	a, err := c.asks(everyProof, client.RefreshToken)
	if err != nil {
		return err
	}
	narrow, tooLong := eachOnce(c.form.Get("scope"))
	tooMuch := false
	r, err := c.s.cfg.Clients.Renew(c.ctx, c.form.Get("refresh_token"), client.Renewing{
		Client: a.ID, Spend: a.once, Replace: a.Proof == client.NoProof,
		Fits: func(r client.Refresh) bool {
			tooMuch = tooLong || !client.ScopesWithin(narrow, r.Scopes)
			return !tooMuch && (r.Thumbprint == "" || a.proof != nil && a.proof.thumbprint == r.Thumbprint)
		},
	})
	if err != nil && tooMuch {
		return refuse(invalidScope, "A refresh token gives no more than was allowed at first. Leave scope out, or ask for a part of it.")
	}
	if err != nil {
		return gone(err, "The refresh token is not good: it was replaced, taken back, has run out, or is another client's. Send the person to the authorization endpoint again.")
	}
	if err := c.holds(r.Grant); err != nil {
		return err
	}
	if !renewable(r.Grant.Context) {
		return refuse(invalidGrant, "An emergency is not renewed. If it still can not wait, it is declared again.")
	}
	scopes := r.Scopes
	if narrow != "" {
		scopes = narrow
	}
	out, err := c.giveOut(a, r.Grant, scopes, r.SignIn, false)
	if err != nil {
		return err
	}
	out.Refresh = r.Next
	return c.sendJSON(out)
}

// eachOnce is a list of scopes with each once; tooLong says that it is longer
// than any that was ever allowed.
func eachOnce(text string) (scopes string, tooLong bool) {
	if len(text) > access.MaxScopes || strings.Count(text, " ") > maxScopes {
		return "", true
	}
	var out []string
	for w := range strings.FieldsSeq(text) {
		if !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return strings.Join(out, " "), false
}
