package smart

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/client"
)

// idLife is how long an ID token is good. It says that somebody signed in a
// moment ago, and is used at once.
const idLife = 10 * time.Minute

// identity is what an ID token says (OpenID Connect Core section 2; SMART 2.2,
// fhirUser; RFC 8485, vot and vtm).
type identity struct {
	Issuer   string `json:"iss"`
	Subject  string `json:"sub"`
	Audience string `json:"aud"`
	Expires  int64  `json:"exp"`
	Made     int64  `json:"iat"`
	Verified int64  `json:"auth_time,omitempty"`
	Nonce    string `json:"nonce,omitempty"`
	User     string `json:"fhirUser,omitempty"`
	Trust    string `json:"vot,omitempty"`
	Mark     string `json:"vtm,omitempty"`
	Acting   *actor `json:"act,omitempty"`
}

// actor is who acts for the one that a token is about (RFC 8693 section 4.1).
type actor struct {
	Subject string `json:"sub"`
}

// idAlg is what ID tokens are signed with: RS256 is SMART's, ES256 is one of
// FAPI's.
func idAlg(p client.Profile) string {
	if p == client.FAPI2 {
		return "ES256"
	}
	return "RS256"
}

// idToken says to a client who signed in.
func (s *Server) idToken(ctx context.Context, cl client.Client, g client.Grant, scopes string, in client.SignIn) (string, error) {
	now := s.cfg.Now()
	id := identity{Issuer: s.cfg.Issuer, Subject: g.Account, Audience: cl.ID, Expires: now.Add(idLife).Unix(), Made: now.Unix(),
		Nonce: in.Nonce, Trust: in.Trust}
	if !in.Verified.IsZero() {
		id.Verified = in.Verified.Unix()
	}
	if in.Trust != "" {
		id.Mark = s.cfg.Issuer + pathTrust
	}
	if g.Actor != "" {
		id.Acting = &actor{g.Actor}
	}
	if slices.Contains(strings.Fields(scopes), "fhirUser") {
		id.User = s.userURL(g.User)
	}
	key, err := s.cfg.Clients.Signer(ctx, idAlg(cl.Profile))
	if err != nil {
		return "", err
	}
	claims, err := json.Marshal(id)
	if err != nil {
		return "", err
	}
	return key.Sign("JWT", claims)
}

// userURL is where the resource of somebody lies; "" for none.
func (s *Server) userURL(user string) string {
	if user == "" {
		return ""
	}
	return s.cfg.FHIR + "/" + user
}

// ownToken reads an ID token that was given out here, also one that has run out:
// it is a hint, and lets nobody in (OpenID Connect Core section 3.1.2.1).
func (s *Server) ownToken(ctx context.Context, text string) (claims, error) {
	t, err := parseSigned(text, []string{"RS256", "ES256"}, false)
	if err != nil {
		return claims{}, err
	}
	b, err := s.cfg.Clients.PublicKeys(ctx)
	if err != nil {
		return claims{}, err
	}
	set, err := client.ParseKeys(b)
	if err != nil {
		return claims{}, err
	}
	key, ok := set.Select(t.kid, t.alg)
	if !ok {
		return claims{}, errSigned
	}
	if b, err = t.verify(key); err != nil {
		return claims{}, err
	}
	said, err := readClaims(b)
	if err == nil && said.Issuer != s.cfg.Issuer {
		err = errSigned
	}
	return said, err
}
