package upstream

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net/url"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Purpose is what a flow is for.
type Purpose int

// The purposes.
const (
	SignIn Purpose = iota + 1
	Prove
)

// FlowLife is how long somebody may be away: long enough for a check of
// documents by telephone.
const FlowLife = time.Hour

// Start is where the browser goes, and what it keeps.
type Start struct {
	URL string
	// Secret is for a cookie of the browser, for FlowLife.
	Secret string
	// Origin is where the provider's page lies, for the policy of the page that
	// leads there.
	Origin string
}

// Back is what came of a flow.
type Back struct {
	Identity
	Purpose Purpose
	Next    string
}

func randomText() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails (crypto/rand, Go 1.24)
	return base64.RawURLEncoding.EncodeToString(b)
}

// part is one of the values that a flow's secret stands for. Each is another,
// so that none can be found from one that others see.
func part(what, secret string) string {
	h := sha256.Sum256([]byte("bevan upstream " + what + "\x00" + secret))
	return base64.RawURLEncoding.EncodeToString(h[:])
}

func hashOf(state string) []byte {
	h := sha256.Sum256([]byte(state))
	return h[:]
}

// Begin sends a browser to a provider. session is that of the person who is
// signed in, for Prove; "" for SignIn. next is a page of ours.
func (p *Providers) Begin(ctx context.Context, id string, why Purpose, session, next string) (Start, error) {
	of, err := p.Get(ctx, id)
	if err != nil {
		return Start{}, err
	}
	m, err := p.metadata(ctx, of)
	if err != nil {
		return Start{}, err
	}
	secret := randomText()
	state := part("state", secret)
	challenge := sha256.Sum256([]byte(part("verifier", secret)))
	at, err := url.Parse(m.Authorization)
	if err != nil {
		return Start{}, away(err)
	}
	q := at.Query()
	for name, value := range map[string]string{
		"response_type": "code", "client_id": of.ClientID, "redirect_uri": p.Return(of.ID), "scope": scopes[of.Profile], "state": state,
		"nonce": part("nonce", secret), "code_challenge": base64.RawURLEncoding.EncodeToString(challenge[:]), "code_challenge_method": "S256",
		"vtr": of.Vectors, "claims": wants[of.Profile],
	} {
		if value != "" {
			q.Set(name, value)
		}
	}
	at.RawQuery = q.Encode()
	err = p.cfg.DB.Write(ctx, func(t *db.Tx) error {
		_, err := t.Exec("INSERT INTO upstream_flow (state, provider, purpose, session, next, ends) VALUES ($1, $2, $3, $4, $5, $6)",
			hashOf(state), of.ID, int64(why), session, next, p.cfg.Now().Add(FlowLife).Unix())
		return err
	})
	if err != nil {
		return Start{}, err
	}
	return Start{URL: at.String(), Secret: secret, Origin: hostOf(m.Authorization)}, nil
}

// scopes and wants are what is asked for: what matching compares, and nothing
// else.
var scopes = map[Profile]string{NHS: "openid profile profile_extended", GovUK: "openid", OIDC: "openid profile address"}

var wants = map[Profile]string{GovUK: `{"userinfo":{"` + coreIdentity + `":null,"` + govAddress + `":null}}`}

// broken is the one refusal of an answer that does not belong to this browser,
// or that can not be trusted. Why is for the log.
func broken(why string) error {
	return problem.Wrap(problem.Invalid, "The other website's answer could not be used, so nothing was changed. Go back and start again.", reason(why)).Because("website-answer")
}

// away is for a provider that does not answer, or not as it should.
func away(cause error) error {
	return problem.Wrap(problem.Unavailable, "The other website does not answer now. Nothing was changed. Try again later, or choose another way.", cause).Because("website-away")
}

type reason string

// Error is the reason.
func (r reason) Error() string { return "upstream: " + string(r) }

// Finish takes what a browser came back with: the query of the address, and the
// secret from its cookie. session is who is signed in now; "" for nobody. A
// flow is good once, in the browser and the session that began it.
func (p *Providers) Finish(ctx context.Context, id string, q url.Values, secret, session string) (Back, error) {
	if len(secret) != 43 || subtle.ConstantTimeCompare([]byte(q.Get("state")), []byte(part("state", secret))) != 1 {
		return Back{}, broken("the state is not this browser's")
	}
	b, err := p.burn(ctx, id, q.Get("state"), session)
	if err != nil {
		return Back{}, err
	}
	of, err := p.Get(ctx, id)
	if err != nil {
		return Back{}, err
	}
	m, err := p.metadata(ctx, of)
	if err != nil {
		return Back{}, err
	}
	// RFC 9207, section 2.4: an answer that is another provider's, or that hides
	// whose it is.
	if iss, there := q["iss"]; there && (len(iss) != 1 || iss[0] != of.Issuer) || !there && m.NamesIssuer {
		return Back{}, broken("the answer is of another issuer")
	}
	if q.Has("error") {
		return Back{}, problem.Wrap(problem.Conflict, "The other website did not say who you are. Nothing was changed. Try again there, or choose another way.", reason("the provider answers with an error")).Because("website-silent")
	}
	code := q.Get("code")
	if code == "" || len(code) > 4096 || len(q["code"]) != 1 {
		return Back{}, broken("there is no code")
	}
	t, err := p.exchange(ctx, of, m, code, part("verifier", secret))
	if err != nil {
		return Back{}, err
	}
	b.Identity, err = p.identify(ctx, of, m, t, part("nonce", secret))
	return b, err
}

// burn ends a flow. Of two that come back with one state, one finds it.
func (p *Providers) burn(ctx context.Context, id, state, session string) (Back, error) {
	var b Back
	var provider, was string
	var ends, n int64
	err := p.cfg.DB.Write(ctx, func(t *db.Tx) error {
		_, err := t.One("SELECT provider, purpose, session, next, ends FROM upstream_flow WHERE state = $1", []any{hashOf(state)}, func(r *db.Row) error {
			provider, b.Purpose, was, b.Next, ends = r.Text(0), Purpose(r.Int64(1)), r.Text(2), r.Text(3), r.Int64(4)
			return nil
		})
		if err == nil {
			n, err = t.Exec("DELETE FROM upstream_flow WHERE state = $1", hashOf(state))
		}
		return err
	})
	switch {
	case err != nil:
		return Back{}, err
	case n != 1 || ends <= p.cfg.Now().Unix():
		return Back{}, broken("the flow is over, or was used")
	case provider != id:
		return Back{}, broken("the answer came to another provider's address")
	case b.Purpose == Prove && (was == "" || was != session):
		return Back{}, broken("another session began this")
	}
	return b, nil
}

// levelOf is what a level of a provider is worth here.
func (of Provider) levelOf(name string) account.Proof { return of.Trust[name] }

// Origin is where a provider's page lies, for the policy of the page that leads
// there.
func (p *Providers) Origin(ctx context.Context, id string) (string, error) {
	of, err := p.Get(ctx, id)
	if err != nil {
		return "", err
	}
	m, err := p.metadata(ctx, of)
	return hostOf(m.Authorization), err
}
