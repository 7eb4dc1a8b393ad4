package upstream

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/identity/match"
	"github.com/go-jose/go-jose/v4/json"
)

// GOV.UK One Login's own claims.
const (
	coreIdentity = "https://vocab.account.gov.uk/v1/coreIdentityJWT"
	govAddress   = "https://vocab.account.gov.uk/v1/address"
)

// info is what a provider's userinfo endpoint says (OpenID Connect Core,
// section 5.3).
type info struct {
	Subject  string `json:"sub"`
	Given    string `json:"given_name"`
	Family   string `json:"family_name"`
	Birth    string `json:"birthdate"`
	Number   string `json:"nhs_number"`
	Level    string `json:"identity_proofing_level"`
	Vector   string `json:"vot"`
	Context  string `json:"acr"`
	Identity string `json:"https://vocab.account.gov.uk/v1/coreIdentityJWT"`
	Homes    []struct {
		Postcode string `json:"postalCode"`
		Until    string `json:"validUntil"`
	} `json:"https://vocab.account.gov.uk/v1/address"`
	Address struct {
		Postcode string `json:"postal_code"`
	} `json:"address"`
}

// maxListed bounds names and addresses of one person.
const maxListed = 20

// identify finds out who came back with tokens.
func (p *Providers) identify(ctx context.Context, of Provider, m metadata, t tokens, nonce string) (Identity, error) {
	c, source, err := p.idToken(ctx, of, m, t, nonce)
	if err != nil {
		return Identity{}, err
	}
	if err := of.enough(c.Vector); err != nil {
		return Identity{}, err
	}
	i, err := p.userInfo(ctx, of, m, t.Access, c.Subject)
	if err != nil {
		return Identity{}, err
	}
	who := Identity{Issuer: of.Issuer, Subject: c.Subject, Vector: clip(c.Vector), Trustmark: clip(c.Trustmark), Source: source}
	if c.Seen != nil {
		who.Authenticated = at(c.Seen).UTC().Truncate(time.Second)
	}
	switch of.Profile {
	case NHS:
		// Both have to say it: the claim is the most that ever was, vot is what
		// this sign-in is (NHS login, gating of features).
		who.Level = min(nhsLevel(c.Vector), nhsLevel(either(i.Level, c.Level)))
	case GovUK:
		return p.core(ctx, of, i, who)
	default:
		who.Level = of.levelOf(either(c.Context, proofOf(c.Vector)))
	}
	if who.Level > account.P0 {
		who.Details = i.details(of.Profile)
	}
	return who, nil
}

// either is the first of two texts that is not empty.
func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// clip keeps a text of a provider's to what is worth keeping.
func clip(s string) string {
	if len(s) > 200 {
		return ""
	}
	return strings.ToValidUTF8(s, "")
}

// proofOf is the component of a vector that names the level of proof, such as
// P9; "" for none.
func proofOf(vector string) string {
	for c := range strings.SplitSeq(vector, ".") {
		if strings.HasPrefix(c, "P") {
			return c
		}
	}
	return ""
}

func nhsLevel(s string) account.Proof {
	return map[string]account.Proof{"P5": account.P5, "P9": account.P9}[proofOf(s)]
}

// enough refuses a vector that is lower than each that was asked for. One Login
// names in vot only how somebody signed in, and the proof in a text of its own.
func (of Provider) enough(vot string) error {
	if of.Vectors == "" {
		return nil
	}
	have, err := account.ParseVector(vot)
	if err != nil {
		return broken("the ID token names no vector of trust")
	}
	asked := of.Vectors
	if of.Profile == GovUK {
		if asked, err = withoutProof(asked); err != nil {
			return err
		}
	}
	want, err := account.ParseRequest(asked)
	if err != nil {
		return err
	}
	if !account.Satisfies(have, want) {
		return broken("the vector of trust is lower than what was asked for")
	}
	return nil
}

// withoutProof leaves the level of proof out of each vector of a request.
func withoutProof(vectors string) (string, error) {
	var all []string
	if err := json.Unmarshal([]byte(vectors), &all); err != nil {
		return "", err
	}
	for i, v := range all {
		var rest []string
		for c := range strings.SplitSeq(v, ".") {
			if !strings.HasPrefix(c, "P") {
				rest = append(rest, c)
			}
		}
		all[i] = strings.Join(rest, ".")
	}
	b, err := json.Marshal(all)
	return string(b), err
}

// userInfo asks about the person of an access token, who has to be the one of
// the ID token (OpenID Connect Core, section 5.3.2).
func (p *Providers) userInfo(ctx context.Context, of Provider, m metadata, access, subject string) (info, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, m.UserInfo, nil)
	if err != nil {
		return info{}, away(err)
	}
	r.Header.Set("Authorization", "Bearer "+access)
	var raw rawJSON
	if _, err := p.send(of, r, &raw); err != nil {
		return info{}, away(err)
	}
	var i info
	if json.Unmarshal(raw, &i) != nil {
		return info{}, broken("userinfo can not be read")
	}
	if i.Subject != subject {
		return info{}, broken("userinfo is about somebody else")
	}
	return i, nil
}

// rawJSON keeps an answer as it is, to be read by the strict reader.
type rawJSON []byte

// UnmarshalJSON keeps it.
func (r *rawJSON) UnmarshalJSON(b []byte) error {
	*r = append((*r)[:0], b...)
	return nil
}

// details is what matching compares. NHS login gives a number to those at its
// higher levels; others are not asked for one, and one that they send is not
// looked at.
func (i info) details(of Profile) match.Details {
	var d match.Details
	add := func(to *[]string, s string) {
		if s != "" && len(s) <= 200 {
			*to = append(*to, s)
		}
	}
	add(&d.Given, i.Given)
	add(&d.Family, i.Family)
	add(&d.Postcode, i.Address.Postcode)
	if len(i.Birth) == len(time.DateOnly) {
		d.Birth = i.Birth
	}
	if of == NHS && len(i.Number) <= 20 {
		d.NHSNumber = i.Number
	}
	return d
}

// core is One Login's signed text about who somebody is: a verifiable
// credential, good for half an hour, of which only what it says is kept.
type core struct {
	claims
	Credential struct {
		Subject struct {
			Names []struct {
				Until string `json:"validUntil"`
				Parts []struct {
					Value string `json:"value"`
					Type  string `json:"type"`
				} `json:"nameParts"`
			} `json:"name"`
			Births []struct {
				Value string `json:"value"`
			} `json:"birthDate"`
		} `json:"credentialSubject"`
	} `json:"vc"`
}

// identityIssuer is who signs it: the issuer's host with identity in the place
// of its first word, as https://oidc.account.gov.uk has
// https://identity.account.gov.uk.
func identityIssuer(issuer string) (string, bool) {
	u, err := url.Parse(issuer)
	if err != nil {
		return "", false
	}
	if rest, ok := strings.CutPrefix(u.Host, "oidc."); ok {
		return u.Scheme + "://identity." + rest, true
	}
	return u.Scheme + "://" + u.Host + "/identity", true // a simulator has one host
}

// core reads the identity of a person at One Login. Where the text is not
// there, nothing is proven; where it is wrong, nothing is believed.
func (p *Providers) core(ctx context.Context, of Provider, i info, who Identity) (Identity, error) {
	if i.Identity == "" {
		return who, nil
	}
	issuer, ok := identityIssuer(of.Issuer)
	if !ok {
		return Identity{}, broken("the issuer of identities can not be found")
	}
	payload, _, err := p.signed(ctx, of, i.Identity, []string{"ES256"}, issuer+"/.well-known/did.json", didKeys(issuer))
	if err != nil {
		return Identity{}, err
	}
	var c core
	if json.Unmarshal(payload, &c) != nil {
		return Identity{}, broken("the identity can not be read")
	}
	switch why := c.wrong(of, issuer+"/", p.cfg.Now()); {
	case why != "":
		return Identity{}, broken("the identity " + why)
	case c.Subject != who.Subject:
		return Identity{}, broken("the identity is of somebody else")
	}
	who.Level = of.levelOf(proofOf(c.Vector))
	who.Vector = clip(strings.TrimPrefix(c.Vector+"."+who.Vector, "."))
	if who.Level > account.P0 {
		who.Details = c.details()
		for _, h := range i.Homes[:min(len(i.Homes), maxListed)] {
			if h.Until == "" && h.Postcode != "" && len(h.Postcode) <= 20 {
				who.Details.Postcode = append(who.Details.Postcode, h.Postcode)
			}
		}
	}
	return who, nil
}

// details is the current name first, then earlier ones. Of the given names of
// one the first counts.
func (c core) details() match.Details {
	var d match.Details
	for _, late := range []bool{false, true} {
		for _, n := range c.Credential.Subject.Names[:min(len(c.Credential.Subject.Names), maxListed)] {
			if (n.Until != "") != late {
				continue
			}
			given, family := "", ""
			for _, part := range n.Parts[:min(len(n.Parts), maxListed)] {
				switch {
				case len(part.Value) > 200:
				case part.Type == "GivenName" && given == "":
					given = part.Value
				case part.Type == "FamilyName":
					family = strings.TrimSpace(family + " " + part.Value)
				}
			}
			if given != "" {
				d.Given = append(d.Given, given)
			}
			if family != "" {
				d.Family = append(d.Family, family)
			}
		}
	}
	// Of several dates of birth the first is the one that is most believed.
	if b := c.Credential.Subject.Births; len(b) > 0 && len(b[0].Value) == len(time.DateOnly) {
		d.Birth = b[0].Value
	}
	return d
}

// didKeys reads the keys of a document of the method did:web, which has to be
// the issuer's own. Nothing is resolved: the address is ours, and what a text
// says of where its key lies is not followed.
func didKeys(issuer string) func([]byte) (client.KeySet, error) {
	return func(b []byte) (client.KeySet, error) {
		var doc struct {
			ID      string `json:"id"`
			Methods []struct {
				ID         string         `json:"id"`
				Controller string         `json:"controller"`
				Key        map[string]any `json:"publicKeyJwk"`
			} `json:"assertionMethod"`
		}
		if json.Unmarshal(b, &doc) != nil || doc.ID != didOf(issuer) || len(doc.Methods) > 50 {
			return client.KeySet{}, reason("the document of keys is not the issuer's")
		}
		set := struct {
			Keys []map[string]any `json:"keys"`
		}{}
		for _, m := range doc.Methods {
			if m.Key == nil || m.Controller != doc.ID || !strings.HasPrefix(m.ID, doc.ID+"#") {
				continue
			}
			m.Key["kid"] = m.ID
			set.Keys = append(set.Keys, m.Key)
		}
		jwks, err := json.Marshal(set)
		if err != nil {
			return client.KeySet{}, err
		}
		return client.ParseKeys(jwks)
	}
}

// didOf is the name of an issuer by the method did:web.
func didOf(issuer string) string {
	_, rest, _ := strings.Cut(issuer, "://")
	host, path, _ := strings.Cut(rest, "/")
	name := "did:web:" + strings.ReplaceAll(host, ":", "%3A")
	if path != "" {
		name += ":" + strings.ReplaceAll(path, "/", ":")
	}
	return name
}
