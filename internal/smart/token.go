package smart

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// tokenLife is how long a program's token is good for (SMART 2.2, backend
// services: five minutes at most).
const tokenLife = 5 * time.Minute

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
	case "":
		return refuse(invalidRequest, "Say what you ask by: grant_type is missing.")
	}
	return refuse(unsupportedGrant, "This grant_type is not known here. Use client_credentials.")
}

// clientCredentials gives a program a token in its own name (SMART 2.2, backend
// services).
func (c *call) clientCredentials() error {
	cl, once, err := c.clientOf(false)
	if err != nil {
		return err
	}
	proof, err := c.proof(cl)
	if err == nil {
		if proof != nil {
			once = append(once, proof.once())
		}
		err = c.issue(cl, once, proof)
	}
	var f *fault
	if errors.As(err, &f) && f.code != invalidClient {
		// The assertion was good, so it is used up, though it gave nothing.
		if serr := c.spend(once[:1]); serr != nil {
			return serr
		}
	}
	return err
}

// proof reads the DPoP proof of a request for a token. A fapi2 client must have
// one, so that its token is of no use to anybody else.
func (c *call) proof(cl client.Client) (*proof, error) {
	sent := c.r.Header.Values("DPoP")
	if len(sent) == 0 {
		if cl.Profile == client.FAPI2 {
			return nil, refuse(invalidProof, "A fapi2 client proves a key of its own. Send the header DPoP.")
		}
		return nil, nil
	}
	p, err := c.s.readProof(sent, http.MethodPost, c.s.cfg.Issuer+pathToken, "")
	if err != nil {
		return nil, refuse(invalidProof, proofWords)
	}
	return p, nil
}

func (c *call) issue(cl client.Client, once []client.Once, p *proof) error {
	g, found, err := c.s.cfg.Clients.Standing(c.ctx, cl.ID)
	switch {
	case err != nil:
		return err
	case !found || !g.Good(c.s.cfg.Now()):
		return refuse(unauthorized, "This client may not ask by itself. Ask whoever runs this service.")
	}
	scopes, err := asked(c.form.Get("scope"), g.Scopes)
	if err != nil {
		return err
	}
	want := client.Issuing{Grant: g.ID, Scopes: scopes, Life: tokenLife, Spend: once}
	kind := schemeBearer
	if p != nil {
		want.Thumbprint, kind = p.thumbprint, schemeDPoP
	}
	token, _, err := c.s.cfg.Clients.Issue(c.ctx, want)
	switch {
	case errors.Is(err, client.ErrReplayed):
		return replayed()
	case err != nil:
		return err
	}
	body, _ := json.Marshal(struct { // three texts and a number always can be written
		Token   string `json:"access_token"`
		Type    string `json:"token_type"`
		Seconds int    `json:"expires_in"`
		Scope   string `json:"scope"`
	}{token, kind, int(tokenLife / time.Second), scopes})
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
