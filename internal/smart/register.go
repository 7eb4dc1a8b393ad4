package smart

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/web"
)

// Registration says who may register a program here without the operator.
type Registration string

// The policies of registration. The zero one is NoRegistration.
const (
	NoRegistration      Registration = "off"
	InvitedRegistration Registration = "token" // who has an invitation of the operator's
	OpenRegistration    Registration = "open"
)

func (r Registration) on() bool { return r == InvitedRegistration || r == OpenRegistration }

// The codes of RFC 7591 section 3.2.2.
const (
	invalidRedirect = "invalid_redirect_uri"
	invalidMetadata = "invalid_client_metadata"
	unapproved      = "unapproved_software_statement"
)

// register lets a program register itself (RFC 7591), where the operator wants
// that. Nobody looks at it, which people are told before they let it in; and
// no address that it names is asked for anything, but for that of its keys when
// it proves itself by them.
func (c *call) register() error {
	if !c.s.cfg.Registration.on() {
		return noRegistration()
	}
	said, err := c.readMetadata()
	if err != nil {
		return err
	}
	r := client.Registering{Said: said.said(), Source: c.source(), Invited: c.s.cfg.Registration == InvitedRegistration}
	if r.Invited {
		if r.Invitation, err = c.bearerToken(); err != nil {
			return err
		}
	}
	if r.Spec, err = said.spec(); err != nil {
		return err
	}
	made, err := c.s.cfg.Clients.Register(c.ctx, r)
	if err != nil {
		return unregistered(err)
	}
	out := c.s.registered(made.Client)
	out.Secret, out.Manage = made.Secret, made.Manage
	return c.sendRegistered(http.StatusCreated, out)
}

func noRegistration() error {
	return problem.New(problem.NotFound, "Programs do not register themselves here. Ask whoever runs this service.")
}

// unregistered is a refusal as this protocol has it.
func unregistered(err error) error {
	if err == nil {
		return nil
	}
	switch problem.KindOf(err) {
	case problem.Invalid, problem.TooLarge:
		return &fault{code: invalidMetadata, err: web.WithStatus(http.StatusBadRequest, err)}
	case problem.Unauthorized:
		return deny(schemeBearer, invalidToken, problem.Sentence(err))
	}
	return err
}

// managed finds the program that a request to its own address is about.
func (c *call) managed() (client.Client, error) {
	if !c.s.cfg.Registration.on() {
		return client.Client{}, noRegistration()
	}
	token, err := c.bearerToken()
	if err != nil {
		return client.Client{}, err
	}
	cl, err := c.s.cfg.Clients.Managed(c.ctx, strings.TrimPrefix(c.r.URL.Path, pathRegister+"/"), token)
	return cl, unregistered(err)
}

// readClient shows a program what it is registered as (RFC 7592 section 2.1).
func (c *call) readClient() error {
	cl, err := c.managed()
	if err != nil {
		return err
	}
	return c.sendRegistered(http.StatusOK, c.s.registered(cl))
}

// changeClient puts another description in the place of a program's (RFC 7592
// section 2.2).
func (c *call) changeClient() error {
	cl, err := c.managed()
	if err != nil {
		return err
	}
	said, err := c.readMetadata()
	if err != nil {
		return err
	}
	if said.ID != cl.ID || said.Manage != "" || said.At != "" || said.Made != 0 || said.Secret != "" && !cl.IsSecret(said.Secret) {
		return refuse(invalidRequest, "A change names the client_id, and nothing else that this server gave out but the secret that it has. Mend it.")
	}
	spec, err := said.spec()
	if err != nil {
		return err
	}
	if cl, err = c.s.cfg.Clients.Change(c.ctx, cl, spec, said.said()); err != nil {
		return unregistered(err)
	}
	return c.sendRegistered(http.StatusOK, c.s.registered(cl))
}

// removeClient takes a program's registration away, with all that people
// allowed it (RFC 7592 section 2.3).
func (c *call) removeClient() error {
	cl, err := c.managed()
	if err != nil {
		return err
	}
	if err := c.s.cfg.Clients.Revoke(c.ctx, cl.ID); err != nil {
		return err
	}
	c.w.Header().Set("Cache-Control", "no-store")
	c.w.WriteHeader(http.StatusNoContent)
	return nil
}

// bearerToken is the token in the header Authorization.
func (c *call) bearerToken() (string, error) {
	scheme, token, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	if token = strings.TrimSpace(token); !strings.EqualFold(scheme, schemeBearer) || token == "" {
		return "", deny(schemeBearer, "", "This needs a token. Send it in the header Authorization, as Bearer.")
	}
	return token, nil
}

// source is where a request comes from. What a header says of it is not
// believed: whoever tries would write another one each time.
func (c *call) source() client.Source {
	at, err := netip.ParseAddrPort(c.r.RemoteAddr)
	if err != nil {
		return client.Source{}
	}
	return client.SourceOf(at.Addr())
}

// registration is what a program says of itself (RFC 7591 section 2, OpenID
// Connect Dynamic Client Registration 1.0 section 2), and what this server
// made of it. What is not among it is not kept, such as the address of a logo.
type registration struct {
	ID      string  `json:"client_id,omitempty"`
	Made    int64   `json:"client_id_issued_at,omitempty"`
	Secret  string  `json:"client_secret,omitempty"`
	Expires *int64  `json:"client_secret_expires_at,omitempty"`
	Manage  string  `json:"registration_access_token,omitempty"`
	At      string  `json:"registration_client_uri,omitempty"`
	Signed  *string `json:"software_statement,omitempty"`

	Name      string          `json:"client_name,omitempty"`
	Redirects []string        `json:"redirect_uris,omitempty"`
	Proof     string          `json:"token_endpoint_auth_method,omitempty"`
	ProofAlg  string          `json:"token_endpoint_auth_signing_alg,omitempty"`
	Grants    []string        `json:"grant_types,omitempty"`
	Responses []string        `json:"response_types,omitempty"`
	Scope     string          `json:"scope,omitempty"`
	Keys      json.RawMessage `json:"jwks,omitempty"`
	KeysURL   string          `json:"jwks_uri,omitempty"`
	Logouts   []string        `json:"post_logout_redirect_uris,omitempty"`
	Launch    string          `json:"initiate_login_uri,omitempty"`
	IDAlg     string          `json:"id_token_signed_response_alg,omitempty"`
	Subject   string          `json:"subject_type,omitempty"`
	Bound     bool            `json:"dpop_bound_access_tokens,omitempty"`
	Pushes    bool            `json:"require_pushed_authorization_requests,omitempty"`

	Page     string   `json:"client_uri,omitempty"`
	Terms    string   `json:"tos_uri,omitempty"`
	Policy   string   `json:"policy_uri,omitempty"`
	Contacts []string `json:"contacts,omitempty"`
	Software string   `json:"software_id,omitempty"`
	Version  string   `json:"software_version,omitempty"`
}

// readMetadata reads what a program says of itself.
func (c *call) readMetadata() (m registration, err error) {
	typ, _, err := mime.ParseMediaType(c.r.Header.Get("Content-Type"))
	if err != nil || typ != "application/json" || c.r.URL.RawQuery != "" {
		return m, refuse(invalidRequest, "A registration is a JSON object in the body. Send the header Content-Type: application/json.")
	}
	b, err := io.ReadAll(io.LimitReader(c.r.Body, 2*maxForm+1))
	switch {
	case err != nil:
		return m, err
	case len(b) > 2*maxForm:
		return m, &fault{code: invalidMetadata, err: web.WithStatus(http.StatusRequestEntityTooLarge, problem.New(problem.TooLarge, "The body is too large. It may have 128 kB."))}
	}
	var wrong *json.UnmarshalTypeError
	err = json.Unmarshal(b, &m)
	switch {
	case errors.As(err, &wrong):
		return m, refuse(invalidMetadata, "One of the values is of another type than its name has in RFC 7591. Mend it.")
	case err != nil:
		return m, refuse(invalidRequest, "The body is not a JSON object. Mend it.")
	case m.Signed != nil:
		return m, refuse(unapproved, "No publisher of software statements is known here. Leave software_statement out.")
	}
	return m, nil
}

func (m registration) said() client.Said {
	return client.Said{Page: m.Page, Terms: m.Terms, Policy: m.Policy, Contacts: m.Contacts, Software: m.Software, Version: m.Version}
}

// proofNames are the ways of proof by their names in OAuth.
var proofNames = map[string]client.Proof{"none": client.NoProof, "client_secret_basic": client.BySecret, "client_secret_post": client.BySecret, "private_key_jwt": client.ByKey}

// unasked is what a program may ask for that does not say.
const unasked = "openid fhirUser profile launch launch/patient offline_access online_access patient/*.rs"

// spec is the description as the room of clients has it. What it can not be
// held to is refused, and nothing is quietly another way.
func (m registration) spec() (client.Spec, error) {
	if m.Proof == "" {
		m.Proof = "client_secret_basic"
	}
	if len(m.Grants) == 0 {
		m.Grants = []string{client.AuthorizationCode}
	}
	if m.Scope == "" {
		m.Scope = unasked
	}
	s := client.Spec{Name: m.Name, Profile: client.SMART, Proof: proofNames[m.Proof], Keys: string(m.Keys), KeysURL: m.KeysURL, Redirects: m.Redirects,
		Logouts: m.Logouts, LaunchURL: m.Launch, Scopes: m.Scope, Grants: m.Grants}
	if m.Bound && m.Pushes {
		s.Profile = client.FAPI2
	}
	for _, u := range slices.Concat(m.Redirects, m.Logouts) {
		if !client.GoodRedirect(u) {
			return s, refuse(invalidRedirect, "An address to send people back to is whole, begins with https://, and has no # and no user name. An app on a device may use http://127.0.0.1 or a name of its own such as org.example.app:/back.")
		}
	}
	bad := func(sentence string) (client.Spec, error) { return s, refuse(invalidMetadata, sentence) }
	codes := slices.Contains(m.Grants, client.AuthorizationCode)
	switch {
	case s.Proof == "":
		return bad("The token_endpoint_auth_method is none, client_secret_basic, client_secret_post or private_key_jwt. Choose one of them.")
	case m.Bound != m.Pushes:
		return bad("The values dpop_bound_access_tokens and require_pushed_authorization_requests belong together: with both, a program is held to FAPI 2.0. Send both or neither.")
	case len(m.Responses) > 0 && (len(m.Responses) > 1 || m.Responses[0] != "code" || !codes):
		return bad("The only response_type is code, for the grant type authorization_code. Mend it, or leave it out.")
	case m.ProofAlg != "" && (s.Proof != client.ByKey || !slices.Contains(s.Profile.Algorithms(), m.ProofAlg)):
		return bad("The token_endpoint_auth_signing_alg is not one of the program's profile. Leave it out, or choose one of those in this server's metadata.")
	case m.IDAlg != "" && m.IDAlg != idAlg(s.Profile), m.Subject != "" && m.Subject != "public":
		return bad("ID tokens are signed with RS256, or ES256 under FAPI 2.0, and name everybody in one way (public). Leave these values out.")
	case slices.Contains(m.Grants, client.RefreshToken) && len(m.Grants) == 1:
		return bad("Refresh tokens come with another grant type. Name authorization_code as well, or the device flow.")
	}
	return s, nil
}

// registered is a program as this server knows it.
func (s *Server) registered(cl client.Client) registration {
	m := registration{ID: cl.ID, Made: cl.Created.Unix(), At: s.cfg.Issuer + pathRegister + "/" + cl.ID, Name: cl.Name, Redirects: cl.Redirects,
		Grants: cl.Grants, Scope: cl.Scopes, Keys: json.RawMessage(cl.Keys), KeysURL: cl.KeysURL, Logouts: cl.Logouts, Launch: cl.LaunchURL,
		IDAlg: idAlg(cl.Profile), Subject: "public", Bound: cl.Profile == client.FAPI2, Pushes: cl.Profile == client.FAPI2,
		Page: cl.Page, Terms: cl.Terms, Policy: cl.Policy, Contacts: cl.Contacts, Software: cl.Software, Version: cl.Version}
	if slices.Contains(cl.Grants, client.AuthorizationCode) {
		m.Responses = []string{"code"}
	}
	switch cl.Proof {
	case client.NoProof:
		m.Proof = "none"
	case client.BySecret:
		never := int64(0)
		m.Proof, m.Expires = "client_secret_basic", &never // either of the two ways works
	case client.ByKey:
		m.Proof = "private_key_jwt"
	}
	return m
}

func (c *call) sendRegistered(status int, m registration) error {
	b, err := json.Marshal(m)
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	return c.send(status, b)
}
