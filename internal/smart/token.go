package smart

import (
	"encoding/json"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// How long access tokens are good: a program's five minutes (SMART 2.2, backend
// services), those in somebody's name an hour (SMART 2.2, access token
// response), and ten minutes where a client is held to FAPI 2.0.
const (
	tokenLife  = 5 * time.Minute
	personLife = time.Hour
	strictLife = 10 * time.Minute
)

// maxScopes is how many scopes one request may name.
const maxScopes = 200

// token is the token endpoint (RFC 6749 section 3.2).
func (c *call) token() error {
	if err := c.read(); err != nil {
		return err
	}
	switch c.form.Get("grant_type") {
	case client.ClientCredentials:
		return c.clientCredentials()
	case client.AuthorizationCode:
		return c.redeem()
	case client.RefreshToken:
		return c.renew()
	case client.DeviceCode:
		return c.poll()
	case client.TokenExchange:
		return c.exchange()
	case "":
		return refuse(invalidRequest, "Say what you ask by: grant_type is missing.")
	}
	return refuse(unsupportedGrant, "This grant_type is not known here. Use one of those in this server's metadata.")
}

// asking is a client that has proved itself at the token endpoint, with the
// numbers that its request is good by once.
type asking struct {
	client.Client
	once  []client.Once
	proof *proof // nil where it sent none
}

// asks finds out which client asks for a token by a grant type, and which key
// it proves. Where anything later is refused, the assertion is used up all the
// same.
func (c *call) asks(by proofs, grant string) (a asking, err error) {
	if a.Client, a.once, err = c.clientOf(by); err != nil {
		return a, err
	}
	a.proof, err = c.proof(a.Client, pathToken, a.Profile == client.FAPI2)
	if err == nil && !slices.Contains(a.Grants, grant) {
		err = refuse(unauthorized, "This client may not ask in this way. Ask whoever runs this service.")
	}
	if err != nil {
		return a, c.spent(a.once, err)
	}
	if a.proof != nil {
		a.once = append(a.once, a.proof.once())
	}
	return a, nil
}

// spent uses numbers up behind a refusal, and gives the refusal.
func (c *call) spent(once []client.Once, refusal error) error {
	var f *fault
	if !errors.As(refusal, &f) || f.code == invalidClient {
		return refusal
	}
	if err := c.spend(once); err != nil {
		return err
	}
	return refusal
}

// clientCredentials gives a program a token in its own name (SMART 2.2, backend
// services).
func (c *call) clientCredentials() error {
	a, err := c.asks(byKey, client.ClientCredentials)
	if err != nil {
		return err
	}
	scopes, grant, err := c.standing(a)
	if err != nil {
		return c.spent(a.once, err)
	}
	out, err := c.issue(client.Issuing{Grant: grant, Scopes: scopes, Life: tokenLife, Spend: a.once}, a.proof)
	if err != nil {
		return err
	}
	return c.sendJSON(out)
}

// standing is what the operator allowed a program, as far as it asks for it.
func (c *call) standing(a asking) (scopes, grant string, err error) {
	g, found, err := c.s.cfg.Clients.Standing(c.ctx, a.ID)
	switch {
	case err != nil:
		return "", "", err
	case !found || !g.Good(c.s.cfg.Now()):
		return "", "", refuse(unauthorized, "This client may not ask by itself. Ask whoever runs this service.")
	}
	scopes, err = asked(c.form.Get("scope"), g.Scopes)
	return scopes, g.ID, err
}

// proof reads the DPoP proof of a request to an endpoint; nil for none. needed
// says that there has to be one, so that a token is of no use to anybody else.
func (c *call) proof(cl client.Client, path string, needed bool) (*proof, error) {
	sent := c.r.Header.Values("DPoP")
	if len(sent) == 0 {
		if needed {
			return nil, refuse(invalidProof, "A fapi2 client proves a key of its own. Send the header DPoP.")
		}
		return nil, nil
	}
	p, err := c.s.readProof(sent, http.MethodPost, c.s.cfg.Issuer+path, "")
	if err != nil {
		return nil, refuse(invalidProof, proofWords)
	}
	return p, nil
}

// given is what the token endpoint answers (RFC 6749 section 5.1; SMART 2.2,
// "Access token response").
type given struct {
	Token   string `json:"access_token"`
	Issued  string `json:"issued_token_type,omitempty"` // RFC 8693 section 2.2.1
	Type    string `json:"token_type"`
	Seconds int    `json:"expires_in"`
	Scope   string `json:"scope"`
	Refresh string `json:"refresh_token,omitempty"`
	ID      string `json:"id_token,omitempty"`

	Patient   string `json:"patient,omitempty"`
	Encounter string `json:"encounter,omitempty"`
	User      string `json:"fhirUser,omitempty"`
	Intent    string `json:"intent,omitempty"`
	Tenant    string `json:"tenant,omitempty"`
	Banner    *bool  `json:"need_patient_banner,omitempty"`
	Style     string `json:"smart_style_url,omitempty"`
	Purpose   string `json:"purpose_of_use,omitempty"` // not one of SMART's
}

// issue makes an access token, bound to the key that was proved.
func (c *call) issue(want client.Issuing, p *proof) (given, error) {
	kind := schemeBearer
	if p != nil {
		want.Thumbprint, kind = p.thumbprint, schemeDPoP
	}
	made, err := c.s.cfg.Clients.Issue(c.ctx, want)
	if errors.Is(err, client.ErrReplayed) {
		return given{}, replayed()
	}
	return given{Token: made.Token, Type: kind, Seconds: int(want.Life / time.Second), Scope: want.Scopes, Refresh: made.Refresh}, err
}

func (c *call) sendJSON(v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return c.send(http.StatusOK, body)
}

// asked is the scopes that are asked for, each once, if all of them lie within
// what was allowed. What is not understood is asked for in vain.
func asked(text, allowed string) (string, error) {
	no := func(sentence string) (string, error) { return "", refuse(invalidScope, sentence) }
	if len(text) > access.MaxScopes || strings.Count(text, " ") > maxScopes {
		return no("These are too many scopes. Ask for fewer, such as system/*.rs.")
	}
	var all access.Rights // put together once: a client may name many scopes
	plain := map[string]bool{}
	for _, w := range strings.Fields(allowed) {
		if s, ok := access.ParseSMART(w); !ok {
			plain[w] = true
		} else if s.Level == access.SystemLevel {
			all = all.Or(s.Rights())
		}
	}
	var out []string
	seen := map[string]bool{}
	for w := range strings.SplitSeq(text, " ") {
		s, ok := access.ParseSMART(w)
		switch {
		case w == "":
			continue
		case ok && (s.Level != access.SystemLevel || s.Rights().And(all) != s.Rights()), !ok && !plain[w]:
			return no("One of the scopes is not allowed to this client, or is not written as SMART has it. Ask for less, or ask whoever runs this service for more.")
		case ok:
			w = s.String()
		}
		if !seen[w] {
			seen[w] = true
			out = append(out, w)
		}
	}
	if len(out) == 0 {
		return no("Say what you ask for, such as scope=system/Observation.rs.")
	}
	return strings.Join(out, " "), nil
}
