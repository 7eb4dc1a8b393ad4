package smart

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/web"
)

// inactive is all that is said of a token which is not good, or not the
// caller's to ask about (RFC 7662 section 2.2).
const inactive = `{"active":false}`

// introspect tells what a token is good for (RFC 7662; SMART 2.2, token
// introspection). An operator, and a program with the scope introspect, may ask
// about every token; any other client about its own.
func (c *call) introspect() error {
	if err := c.read(); err != nil {
		return err
	}
	own, err := c.asker()
	if err != nil {
		return err
	}
	if c.form.Get("token") == "" {
		return refuse(invalidRequest, "Send the token that you ask about as token.")
	}
	h, err := c.s.cfg.Clients.Verify(c.ctx, c.form.Get("token"))
	if k := problem.KindOf(err); err != nil && k != problem.Unauthorized && k != problem.Revoked {
		return err
	}
	good := err == nil && (own == "" || h.Client == own)
	if good {
		if good, err = c.s.standsFor(c.ctx, &h); err != nil {
			return err
		}
	}
	if !good {
		return c.send(http.StatusOK, []byte(inactive))
	}
	body, _ := json.Marshal(c.s.described(h)) // texts and numbers always can be written
	return c.send(http.StatusOK, body)
}

type confirmation struct {
	Thumbprint string `json:"jkt"`
}

// description is what is said of a good token, with what the app was told when
// it got it (SMART 2.2, token introspection).
type description struct {
	Active    bool          `json:"active"`
	Scope     string        `json:"scope"`
	Client    string        `json:"client_id"`
	Type      string        `json:"token_type"`
	Expires   int64         `json:"exp"`
	Made      int64         `json:"iat"`
	Issuer    string        `json:"iss,omitempty"`
	Subject   string        `json:"sub,omitempty"`
	User      string        `json:"fhirUser,omitempty"`
	Patient   string        `json:"patient,omitempty"`
	Encounter string        `json:"encounter,omitempty"`
	Intent    string        `json:"intent,omitempty"`
	Tenant    string        `json:"tenant,omitempty"`
	Banner    *bool         `json:"need_patient_banner,omitempty"`
	Style     string        `json:"smart_style_url,omitempty"`
	Key       *confirmation `json:"cnf,omitempty"`
	Acting    *actor        `json:"act,omitempty"`
	Purpose   string        `json:"purpose_of_use,omitempty"`
}

func (s *Server) described(h client.Holder) description {
	d := description{Active: true, Scope: h.Scopes, Client: h.Client, Type: schemeBearer, Expires: h.Expires.Unix(), Made: h.Created.Unix(),
		Patient: h.Patient, Encounter: h.Encounter, Intent: h.Intent, Tenant: h.Organisation, Purpose: purposeOf(h.Context)}
	if h.Patient != "" {
		banner := h.Banner
		d.Banner, d.Style = &banner, s.styleURL()
	}
	scopes := strings.Fields(h.Scopes)
	if h.Account != "" && slices.Contains(scopes, "openid") { // then an ID token said the same
		d.Issuer, d.Subject = s.cfg.Issuer, h.Account
	}
	if slices.Contains(scopes, "fhirUser") {
		d.User = s.userURL(h.User)
	}
	if h.Actor != "" {
		d.Acting = &actor{h.Actor}
		if h.Subject != "" {
			d.Issuer, d.Subject = s.cfg.Issuer, h.Subject
		}
	}
	if h.Thumbprint != "" {
		d.Type, d.Key = schemeDPoP, &confirmation{h.Thumbprint}
	}
	return d
}

// asker finds out who asks about a token. own is the client whose tokens they
// may ask about; "" for those of every client.
func (c *call) asker() (own string, err error) {
	scheme, token, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	if strings.EqualFold(scheme, schemeBearer) || strings.EqualFold(scheme, schemeDPoP) {
		return "", c.bearer(scheme, strings.TrimSpace(token))
	}
	if scheme == "" && !c.form.Has("client_assertion") && !c.form.Has("client_secret") {
		return "", &fault{code: invalidClient, challenge: challenge(schemeBearer, "", ""),
			err: problem.New(problem.Unauthorized, "Say who asks: by a signed assertion, a secret or a token.")}
	}
	cl, once, err := c.clientOf(byKey | bySecret)
	if err != nil {
		return "", err
	}
	if err := c.spend(once); err != nil {
		return "", err
	}
	if slices.Contains(strings.Fields(cl.Scopes), client.Introspect) {
		return "", nil
	}
	return cl.ID, nil
}

// bearer lets in who holds an operator's token, or one with the scope
// introspect.
func (c *call) bearer(scheme, token string) error {
	if !client.IsToken(token) && c.s.cfg.Operator != nil {
		who, err := c.s.cfg.Operator(c.ctx, token)
		if k := problem.KindOf(err); err != nil && (k == problem.Unauthorized || k == problem.Revoked) {
			return deny(schemeBearer, invalidToken, "This token is not good here.")
		}
		if err == nil && who.Role != access.RoleOperator {
			return deny(schemeBearer, tooLittle, "This token does not let you ask about others.")
		}
		if err == nil {
			err = web.Known(c.w, who.Actor, "")
		}
		return err
	}
	h, err := c.s.holder(c.ctx, Presented{Scheme: scheme, Token: token, Proofs: c.r.Header.Values("DPoP"), Method: c.r.Method}, c.s.cfg.Issuer+pathIntrospect)
	if err != nil {
		return err
	}
	if err := web.Known(c.w, "client:"+h.Client, ""); err != nil {
		return err
	}
	if !slices.Contains(strings.Fields(h.Scopes), client.Introspect) {
		return deny(schemeOf(scheme), tooLittle, "This token does not let you ask about others. It needs the scope introspect.")
	}
	return nil
}

// revoke takes a token back for the client that holds it (RFC 7009). A token
// that is not good, or not the client's own, is answered in the same way: it is
// of no use to the caller, and nobody learns whose it is.
func (c *call) revoke() error {
	if err := c.read(); err != nil {
		return err
	}
	cl, once, err := c.clientOf(everyProof)
	if err != nil {
		return err
	}
	if err := c.spend(once); err != nil {
		return err
	}
	if c.form.Get("token") == "" {
		return refuse(invalidRequest, "Send the token that you take back as token.")
	}
	if token := c.form.Get("token"); client.IsRefresh(token) {
		if err := c.s.cfg.Clients.RevokeRefresh(c.ctx, token, cl.ID); err != nil {
			return err
		}
		return c.send(http.StatusOK, []byte("{}"))
	}
	h, err := c.s.cfg.Clients.Verify(c.ctx, c.form.Get("token"))
	switch k := problem.KindOf(err); {
	case err != nil && k != problem.Unauthorized && k != problem.Revoked:
		return err
	case err == nil && h.Client == cl.ID:
		if err := c.s.cfg.Clients.RevokeToken(c.ctx, h.Token); err != nil {
			return err
		}
	}
	return c.send(http.StatusOK, []byte("{}"))
}
