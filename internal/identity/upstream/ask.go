package upstream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/fetch"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// Bounds of what is kept of a provider's answers.
const (
	keepMost   = time.Hour
	keepUnsaid = 5 * time.Minute
	keepFault  = 10 * time.Second // before a provider that failed, or lacks a key, is asked again
	maxAnswer  = 64 << 10
)

// metadata is what a provider says of itself (OpenID Connect Discovery 1.0,
// section 3; RFC 9207, section 3).
type metadata struct {
	Issuer        string `json:"issuer"`
	Authorization string `json:"authorization_endpoint"`
	Token         string `json:"token_endpoint"`
	UserInfo      string `json:"userinfo_endpoint"`
	Keys          string `json:"jwks_uri"`
	NamesIssuer   bool   `json:"authorization_response_iss_parameter_supported"`
}

// known is what is kept of a provider.
type known struct {
	meta  metadata
	err   error     // why nothing was read
	until time.Time // the zero time where nothing was read
	keys  map[string]keptKeys
}

type keptKeys struct {
	set          client.KeySet
	asked, until time.Time
}

// metadata finds out where a provider is asked. It is kept as long as the
// provider says, within bounds.
func (p *Providers) metadata(ctx context.Context, of Provider) (metadata, error) {
	now := p.cfg.Now()
	p.mu.Lock()
	k := p.known[of.ID]
	p.mu.Unlock()
	if (k.meta.Issuer == of.Issuer || k.err != nil) && now.Before(k.until) {
		return k.meta, k.err
	}
	m, life, err := p.discover(ctx, of)
	if err != nil {
		m, err, life = metadata{}, away(err), keepFault
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	keys := k.keys
	if keys == nil {
		keys = map[string]keptKeys{}
	}
	p.known[of.ID] = known{meta: m, err: err, until: now.Add(life), keys: keys}
	return m, err
}

func (p *Providers) discover(ctx context.Context, of Provider) (m metadata, life time.Duration, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(of.Issuer, "/")+"/.well-known/openid-configuration", nil)
	if err != nil {
		return m, 0, err
	}
	if life, err = p.send(of, r, &m); err != nil {
		return m, 0, err
	}
	if m.Issuer != of.Issuer {
		return m, 0, reason("the metadata is of another issuer")
	}
	for _, at := range []string{m.Authorization, m.Token, m.UserInfo, m.Keys} {
		u, err := url.Parse(at)
		if err != nil {
			return m, 0, reason("the metadata has an address that can not be read")
		}
		u.RawQuery = "" // an address may have one; an issuer may not
		if !secure(u.String(), of.PrivateNetwork) {
			return m, 0, reason("the metadata lacks an address, or one is not over https")
		}
	}
	return m, life, nil
}

// keys reads the keys at an address. kid is the one that is looked for: one
// that is not among those that are kept may be new.
func (p *Providers) keys(ctx context.Context, of Provider, at, kid string, read func([]byte) (client.KeySet, error)) (client.KeySet, error) {
	now := p.cfg.Now()
	p.mu.Lock()
	k := p.known[of.ID].keys[at]
	p.mu.Unlock()
	if now.Before(k.until) && (k.set.Has(kid) || now.Sub(k.asked) < keepFault) {
		return k.set, nil
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return client.KeySet{}, away(err)
	}
	var raw json.RawMessage
	life, err := p.send(of, r, &raw)
	if err != nil {
		return client.KeySet{}, away(err)
	}
	set, err := read(raw)
	if err != nil {
		return client.KeySet{}, away(reason("the keys can not be read"))
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if all := p.known[of.ID].keys; all != nil {
		all[at] = keptKeys{set, now, now.Add(max(life, keepFault))}
	}
	return set, nil
}

// send asks a provider, and reads its answer as JSON.
func (p *Providers) send(of Provider, r *http.Request, into any) (time.Duration, error) {
	r.Header.Set("Accept", "application/json")
	do := p.public
	if of.PrivateNetwork {
		do = p.private
	}
	a, err := do.Do(r)
	if err != nil {
		return 0, plainly(err)
	}
	defer a.Body.Close()
	if a.StatusCode != http.StatusOK {
		return 0, fmt.Errorf("upstream: %s answers %d", r.URL.Path, a.StatusCode)
	}
	b, err := fetch.Body(a, maxAnswer)
	if err != nil {
		return 0, plainly(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		return 0, errors.New("upstream: the answer is no JSON, or not of this shape") // without a piece of it
	}
	return fetch.Life(a.Header.Values("Cache-Control"), keepUnsaid, keepMost), nil
}

// plainly leaves out of an error the address that was asked, which may hold
// what nobody else should see.
func plainly(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// tokens is what a provider's token endpoint gives out.
type tokens struct {
	ID     string `json:"id_token"`
	Access string `json:"access_token"`
	Type   string `json:"token_type"`
}

// exchange turns a code into tokens (OpenID Connect Core, section 3.1.3).
func (p *Providers) exchange(ctx context.Context, of Provider, m metadata, code, verifier string) (tokens, error) {
	proof, err := p.assertion(of, m.Token)
	if err != nil {
		return tokens{}, err
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {p.Return(of.ID)}, "code_verifier": {verifier},
		"client_id": {of.ClientID}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, "client_assertion": {proof}}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, m.Token, strings.NewReader(form.Encode()))
	if err != nil {
		return tokens{}, away(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var t tokens
	if _, err := p.send(of, r, &t); err != nil {
		return tokens{}, away(err)
	}
	if t.ID == "" || t.Access == "" || !strings.EqualFold(t.Type, "Bearer") || strings.ContainsFunc(t.Access, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return tokens{}, broken("the token endpoint gave no tokens")
	}
	return t, nil
}
