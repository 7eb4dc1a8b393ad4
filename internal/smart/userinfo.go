package smart

import (
	"context"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/web"
)

// People is what this room asks about those who gave a permission.
type People interface {
	// Holds says whether a permission of an account can still be used: the
	// account is good, and what it was given in has not ended.
	Holds(ctx context.Context, account string, in client.Context) (bool, error)
	// Profile is what an account says of its owner.
	Profile(ctx context.Context, account string) (Profile, error)
}

// nobody is where nobody can say what is true of people: nothing holds.
type nobody struct{}

func (nobody) Holds(context.Context, string, client.Context) (bool, error) { return false, nil }
func (nobody) Profile(context.Context, string) (Profile, error)            { return Profile{}, nil }

// Profile is what people say of themselves. Empty is not known.
type Profile struct {
	Name         string
	Email, Phone string // that they showed to be theirs
}

// info is what userinfo answers (OpenID Connect Core section 5.1).
type info struct {
	Subject  string `json:"sub"`
	User     string `json:"fhirUser,omitempty"`
	Name     string `json:"name,omitempty"`
	Email    string `json:"email,omitempty"`
	Verified bool   `json:"email_verified,omitempty"`
	Phone    string `json:"phone_number,omitempty"`
	Reached  bool   `json:"phone_number_verified,omitempty"`
}

// userinfo says who signed in, as far as the scopes of the token let it (OpenID
// Connect Core section 5.3).
func (c *call) userinfo() error {
	scheme, token, _ := strings.Cut(c.r.Header.Get("Authorization"), " ")
	token = strings.TrimSpace(token)
	if token == "" && c.r.Header.Get("Authorization") == "" && c.r.Method == "POST" {
		if err := c.read(); err != nil { // RFC 6750 section 2.2
			return err
		}
		scheme, token = schemeBearer, c.form.Get("access_token")
	}
	if !strings.EqualFold(scheme, schemeBearer) && !strings.EqualFold(scheme, schemeDPoP) || token == "" {
		return deny(schemeBearer, "", "This needs an access token. Send it in the header Authorization.")
	}
	h, err := c.s.holder(c.ctx, Presented{Scheme: scheme, Token: token, Proofs: c.r.Header.Values("DPoP"), Method: c.r.Method}, c.s.cfg.Issuer+pathUserinfo)
	if err != nil {
		return err
	}
	if err := web.Known(c.w, "client:"+h.Client+"\x00"+h.Account, ""); err != nil {
		return err
	}
	scopes := strings.Fields(h.Scopes)
	if h.Account == "" || !slices.Contains(scopes, "openid") {
		return deny(schemeOf(scheme), tooLittle, "This token does not say who signed in. Ask for the scope openid.")
	}
	out := info{Subject: h.Account}
	if slices.Contains(scopes, "fhirUser") {
		out.User = c.s.userURL(h.User)
	}
	p, err := c.s.cfg.People.Profile(c.ctx, h.Account)
	if err != nil {
		return err
	}
	if slices.Contains(scopes, "profile") {
		out.Name = p.Name
	}
	if slices.Contains(scopes, "email") {
		out.Email, out.Verified = p.Email, p.Email != ""
	}
	if slices.Contains(scopes, "phone") {
		out.Phone, out.Reached = p.Phone, p.Phone != ""
	}
	return c.sendJSON(out)
}
