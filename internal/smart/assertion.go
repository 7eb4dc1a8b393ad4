package smart

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/web"
)

const (
	assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
	// assertionLife is how far ahead an assertion's end may lie (SMART 2.2,
	// client-confidential-asymmetric).
	assertionLife = 5 * time.Minute
	maxNumber     = 256 // bytes of a jti
)

// Where a client is not who it says, the words do not tell a client that does
// not exist from one whose key is another.
const unknownClient = "The client could not be recognised. Check its id, and that the assertion is signed with its registered key, whose kid and type name one key."

// proofs are the ways in which a client may prove itself at an endpoint.
type proofs uint8

const (
	byKey proofs = 1 << iota
	bySecret
	byNothing // a public client only says who it is

	everyProof = byKey | bySecret | byNothing
)

// clientOf finds out which client asks, by an assertion (RFC 7523, SMART 2.2),
// by its secret, or for a public client by its name alone. spend is the number
// that an assertion is good by once; whoever acts on the request spends it. The
// bounds of the server hear who it says it is, and then who it is: a public
// client showed no secret, and is bounded with its source.
func (c *call) clientOf(by proofs) (cl client.Client, spend []client.Once, err error) {
	if err := web.Claims(c.w, c.claimed); err != nil {
		return cl, nil, err
	}
	if cl, spend, err = c.proved(by); err == nil && cl.Proof != client.NoProof {
		err = web.Known(c.w, "client:"+cl.ID, cl.ID)
	}
	return cl, spend, err
}

// claimed is the client that a form says it is from. Nothing of it is checked.
func (c *call) claimed() string {
	if id := c.form.Get("client_id"); id != "" {
		return id
	}
	t, err := parseSigned(c.form.Get("client_assertion"), everyAlg, false)
	if err != nil {
		return ""
	}
	said, err := readClaims(t.peek())
	if err != nil {
		return ""
	}
	return said.Issuer
}

func (c *call) proved(by proofs) (cl client.Client, spend []client.Once, err error) {
	f := c.form
	header := c.r.Header.Get("Authorization")
	ways := 0
	for _, sent := range []bool{header != "", f.Has("client_assertion") || f.Has("client_assertion_type"), f.Has("client_secret")} {
		if sent {
			ways++
		}
	}
	id, secret, basic := c.basic()
	switch {
	case ways > 1:
		return cl, nil, refuse(invalidRequest, "A client proves itself in one way. Leave the others out.")
	case header != "" && by&bySecret != 0:
		if !basic || f.Has("client_id") && f.Get("client_id") != id {
			return cl, nil, deny(schemeBasic, invalidClient, wrongSecret)
		}
		cl, err = c.bySecret(id, secret)
		return cl, nil, err
	case header != "":
		return cl, nil, deny(schemeBasic, invalidClient, "A client proves itself here by a signed assertion. Send client_assertion in place of the header Authorization.")
	case f.Has("client_secret") && by&bySecret != 0:
		cl, err = c.bySecret(f.Get("client_id"), f.Get("client_secret"))
		return cl, nil, err
	case f.Has("client_id") && ways == 0 && by&byNothing != 0:
		cl, err = c.byName(f.Get("client_id"))
		return cl, nil, err
	case f.Get("client_assertion_type") != assertionType:
		return cl, nil, refuse(invalidClient, "A client proves itself by a signed assertion. Send client_assertion, with the client_assertion_type "+assertionType+".")
	}
	cl, once, err := c.s.assertion(c.ctx, f.Get("client_assertion"), f.Get("client_id"))
	return cl, []client.Once{once}, err
}

const wrongSecret = "The client could not be recognised. Check its id and its secret."

// basic reads HTTP Basic, in which both halves are encoded once more (RFC 6749
// section 2.3.1).
func (c *call) basic() (id, secret string, ok bool) {
	id, secret, ok = c.r.BasicAuth()
	id, err := url.QueryUnescape(id)
	secret, serr := url.QueryUnescape(secret)
	return id, secret, ok && err == nil && serr == nil
}

// bySecret finds a client that proves itself by a secret.
func (c *call) bySecret(id, secret string) (client.Client, error) {
	cl, found, err := c.s.cfg.Clients.Get(c.ctx, id)
	if err != nil {
		return client.Client{}, err
	}
	if !found || !cl.Revoked.IsZero() || cl.Proof != client.BySecret || !cl.IsSecret(secret) {
		return client.Client{}, deny(schemeBasic, invalidClient, wrongSecret)
	}
	return cl, nil
}

// byName finds a public client. Anybody may say that they are it, so it proves
// nothing: what it has in hand does.
func (c *call) byName(id string) (client.Client, error) {
	cl, found, err := c.s.cfg.Clients.Get(c.ctx, id)
	if err != nil {
		return client.Client{}, err
	}
	if !found || !cl.Revoked.IsZero() || cl.Proof != client.NoProof {
		return client.Client{}, refuse(invalidClient, "The client could not be recognised. Check its id, and prove it in the way that it was registered with.")
	}
	return cl, nil
}

// everyAlg is what any client may sign with; which of them is for its profile.
var everyAlg = slices.Concat(client.SMART.Algorithms(), client.FAPI2.Algorithms())

// assertion finds the client that signed, and checks what it said.
func (s *Server) assertion(ctx context.Context, text, id string) (cl client.Client, once client.Once, err error) {
	no := refuse(invalidClient, unknownClient)
	t, err := parseSigned(text, everyAlg, false)
	if err != nil {
		return cl, once, no
	}
	said, err := readClaims(t.peek())
	if err != nil || said.Issuer == "" {
		return cl, once, no
	}
	cl, found, err := s.cfg.Clients.Get(ctx, said.Issuer)
	if err != nil {
		return cl, once, err
	}
	if !found || !cl.Revoked.IsZero() || cl.Proof != client.ByKey || id != "" && id != cl.ID ||
		!slices.Contains(cl.Profile.Algorithms(), t.alg) || t.jku != "" && t.jku != cl.KeysURL || !assertionTyped(t.typ) {
		return cl, once, no
	}
	key, err := s.keyOf(ctx, cl, t)
	if err != nil {
		return cl, once, err
	}
	b, err := t.verify(key)
	if err != nil {
		return cl, once, no
	}
	if said, err = readClaims(b); err != nil { // the same bytes, now known to be the client's
		return cl, once, no
	}
	if wrong := s.wrongClaim(cl, said); wrong != "" {
		return cl, once, refuse(invalidClient, wrong)
	}
	return cl, client.Once{Use: "assertion", Issuer: cl.ID, Number: said.ID, Until: seconds(*said.Expires).Add(skew)}, nil
}

// keyOf finds the one key that the assertion names.
func (s *Server) keyOf(ctx context.Context, cl client.Client, t *signed) (any, error) {
	set, err := s.fetch.keys(ctx, cl, t.kid)
	if err != nil {
		return nil, err
	}
	key, ok := set.Select(t.kid, t.alg)
	if !ok {
		return nil, refuse(invalidClient, unknownClient)
	}
	return key, nil
}

// assertionTyped takes the typ of SMART, the one of RFC 7523's revision, and
// none, which clients that follow RFC 7523 send. A DPoP proof is no assertion.
func assertionTyped(typ string) bool {
	return typ == "" || strings.EqualFold(typ, "JWT") || strings.EqualFold(typ, "client-authentication+jwt")
}

// wrongClaim says what is wrong with what a client has signed, or nothing. Only
// who holds the key gets here.
func (s *Server) wrongClaim(cl client.Client, said claims) string {
	now := s.cfg.Now()
	switch {
	case said.Issuer != cl.ID || said.Subject != cl.ID:
		return "The assertion must name the client in both iss and sub."
	case !s.meant(cl.Profile, said.audience()):
		return "The assertion is not for this server. Its aud is one value: the issuer, or in the profile smart also the address of the token endpoint."
	case said.Expires == nil || now.After(seconds(*said.Expires).Add(skew)):
		return "The assertion has run out, or says no exp. Make a new one."
	case seconds(*said.Expires).After(now.Add(assertionLife + skew)):
		return "The assertion is good for too long. Its exp may lie five minutes ahead."
	case said.After != nil && seconds(*said.After).After(now.Add(skew)), said.Made != nil && seconds(*said.Made).After(now.Add(skew)):
		return "The assertion is from the future. Set the clock right."
	case said.ID == "" || len(said.ID) > maxNumber:
		return "The assertion needs a jti of up to 256 characters, which is never used again."
	}
	return ""
}

// meant says whether an assertion is for this server: FAPI 2.0 wants the
// issuer and nothing else, SMART the token endpoint.
func (s *Server) meant(p client.Profile, audience string) bool {
	return audience == s.cfg.Issuer || p == client.SMART && audience == s.cfg.Issuer+pathToken
}

// replayed is the answer to a number that was used before.
func replayed() error {
	return refuse(invalidClient, "This assertion was used before. Make a new one, with another jti, for each request.")
}

// spend uses numbers up for a request that gives nothing out.
func (c *call) spend(once []client.Once) error {
	err := c.s.cfg.Clients.Spend(c.ctx, once...)
	if errors.Is(err, client.ErrReplayed) {
		return replayed()
	}
	return err
}

// unreachable is the answer where a client's keys can not be had.
func unreachable(cause error) error {
	return &fault{code: invalidClient, err: problem.Wrap(problem.Invalid, "The client's keys could not be fetched from its registered address. Check that it answers with a set of keys over https.", cause)}
}
