// Package upstreamtest is an OpenID provider for tests: a real one on this
// machine, which keeps the rules that ours is held to and can be made to break
// each of them.
//
// Why here: what a relying party refuses can only be shown against something
// that answers, and several rooms sign people in by it. It is no part of the
// program.
package upstreamtest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// Object is a JSON object.
type Object = map[string]any

// Provider is one that runs on this machine. Set what it is to say before a
// flow; it is read under a lock by Set.
type Provider struct {
	t      testing.TB
	Server *httptest.Server
	// Issuer is its name, ClientID what it knows the relying party by.
	Issuer, ClientID string

	mu sync.Mutex
	// Who says what is true of the person who is signed in there.
	Claims, Info Object
	// Identity is One Login's signed text; nil for none.
	Identity Object
	// Alg and Key are what it signs with, Kid how it calls the key.
	Alg, Kid string
	Key      crypto.Signer
	// Public is the key of the relying party, as a JWK.
	Public string
	Now    func() time.Time
	// Header, Token, Meta and Answer change what it says.
	Header, Token, Meta func(Object)
	Answer              func(url.Values)
	// Sign signs in its place, Reply answers in the place of an endpoint.
	Sign  func(head, claims Object) string
	Reply map[string]func(http.ResponseWriter)

	codes map[string]url.Values // what was asked for, by the code
	asked map[string]int        // by path
	used  map[string]bool       // numbers of assertions
	did   *ecdsa.PrivateKey
}

// New starts a provider that signs with an algorithm.
func New(t testing.TB, alg string, now func() time.Time) *Provider {
	t.Helper()
	p := &Provider{t: t, Alg: alg, Kid: "k1", ClientID: "bevan", Now: now, codes: map[string]url.Values{}, asked: map[string]int{}, used: map[string]bool{},
		Claims: Object{}, Info: Object{}, Reply: map[string]func(http.ResponseWriter){}, Key: NewKey(t, alg)}
	p.did = NewKey(t, "ES256").(*ecdsa.PrivateKey)
	mux := http.NewServeMux()
	for path, do := range map[string]http.HandlerFunc{
		"/.well-known/openid-configuration": p.meta, "/authorize": p.authorize, "/token": p.token, "/keys": p.keys, "/userinfo": p.userinfo,
		"/identity/.well-known/did.json": p.document,
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.asked[path]++
			if reply := p.Reply[path]; reply != nil {
				reply(w)
				return
			}
			do(w, r)
		})
	}
	p.Server = httptest.NewServer(mux)
	t.Cleanup(p.Server.Close)
	p.Issuer = p.Server.URL
	return p
}

// NewKey makes a key that fits an algorithm.
func NewKey(t testing.TB, alg string) crypto.Signer {
	t.Helper()
	var key crypto.Signer
	var err error
	if alg == "ES256" {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	} else {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// Set changes the provider while nothing is asked of it.
func (p *Provider) Set(change func(*Provider)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	change(p)
}

// Asked is how often a path was asked for.
func (p *Provider) Asked(path string) int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.asked[path]
}

func (p *Provider) meta(w http.ResponseWriter, _ *http.Request) {
	m := Object{"issuer": p.Issuer, "authorization_endpoint": p.Server.URL + "/authorize", "token_endpoint": p.Server.URL + "/token",
		"userinfo_endpoint": p.Server.URL + "/userinfo", "jwks_uri": p.Server.URL + "/keys", "authorization_response_iss_parameter_supported": true}
	if p.Meta != nil {
		p.Meta(m)
	}
	send(w, m)
}

func send(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// authorize signs the person in and sends them back at once.
func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	if q.Get("response_type") != "code" || q.Get("client_id") != p.ClientID || q.Get("code_challenge_method") != "S256" || q.Get("code_challenge") == "" ||
		q.Get("state") == "" || q.Get("nonce") == "" || !strings.Contains(" "+q.Get("scope")+" ", " openid ") {
		p.t.Errorf("it was asked with %v", q)
	}
	code := text(16)
	p.codes[code] = q
	back := url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.Issuer}}
	if p.Answer != nil {
		p.Answer(back)
	}
	http.Redirect(w, r, q.Get("redirect_uri")+"?"+back.Encode(), http.StatusFound)
}

func text(n int) string {
	b := make([]byte, n)
	_, _ = rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

// token keeps the rules: a code is good once, for who asked for it.
func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	asked, there := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !there || r.Method != http.MethodPost || r.PostFormValue("grant_type") != "authorization_code" || !p.recognised(r.PostFormValue("client_assertion")) ||
		asked.Get("redirect_uri") != r.PostFormValue("redirect_uri") || asked.Get("code_challenge") != base64.RawURLEncoding.EncodeToString(sum[:]) {
		w.WriteHeader(http.StatusBadRequest)
		send(w, Object{"error": "invalid_grant"})
		return
	}
	now := p.Now().Unix()
	claims := Object{"iss": p.Issuer, "aud": p.ClientID, "exp": now + 300, "iat": now, "auth_time": now, "nonce": asked.Get("nonce")}
	for name, v := range p.Claims {
		claims[name] = v
	}
	out := Object{"access_token": "their-token", "token_type": "Bearer", "expires_in": 300, "id_token": p.sign(claims)}
	if p.Token != nil {
		p.Token(out)
	}
	send(w, out)
}

// recognised checks what the relying party signed.
func (p *Provider) recognised(assertion string) bool {
	var key jose.JSONWebKey
	if err := json.Unmarshal([]byte(p.Public), &key); err != nil {
		return false
	}
	jws, err := jose.ParseSignedCompact(assertion, []jose.SignatureAlgorithm{jose.SignatureAlgorithm(key.Algorithm)})
	if err != nil {
		return false
	}
	b, err := jws.Verify(key)
	var c struct {
		Iss, Sub, Aud, Jti string
		Exp                int64
	}
	if err != nil || json.Unmarshal(b, &c) != nil || p.used[c.Jti] {
		return false
	}
	p.used[c.Jti] = true
	now := p.Now().Unix()
	return c.Iss == p.ClientID && c.Sub == p.ClientID && c.Aud == p.Server.URL+"/token" && c.Jti != "" && c.Exp > now && c.Exp <= now+300
}

func (p *Provider) sign(claims Object) string {
	head := Object{"alg": p.Alg, "kid": p.Kid, "typ": "JWT"}
	if p.Header != nil {
		p.Header(head)
	}
	if p.Sign != nil {
		return p.Sign(head, claims)
	}
	return Compact(p.t, p.Key, p.Alg, head, claims)
}

// Compact signs claims, with a header.
func Compact(t testing.TB, key any, alg string, head, claims Object) string {
	o := new(jose.SignerOptions)
	for name, v := range head {
		if name != "alg" {
			o = o.WithHeader(jose.HeaderKey(name), v)
		}
	}
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.SignatureAlgorithm(alg), Key: key}, o)
	if err != nil {
		t.Error(err)
		return ""
	}
	b, err := json.Marshal(claims)
	if err != nil {
		t.Error(err)
	}
	signed, err := s.Sign(b)
	if err != nil {
		t.Error(err)
		return ""
	}
	out, err := signed.CompactSerialize()
	if err != nil {
		t.Error(err)
	}
	return out
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	send(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: p.Key.Public(), KeyID: p.Kid, Algorithm: p.Alg, Use: "sig"}}})
}

func (p *Provider) userinfo(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer their-token" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	out := Object{"sub": p.Claims["sub"]}
	for name, v := range p.Info {
		out[name] = v
	}
	if p.Identity != nil {
		now := p.Now().Unix()
		c := Object{"iss": p.Server.URL + "/identity/", "aud": p.ClientID, "sub": p.Claims["sub"], "iat": now, "nbf": now, "exp": now + 1800}
		for name, v := range p.Identity {
			c[name] = v
		}
		out["https://vocab.account.gov.uk/v1/coreIdentityJWT"] = Compact(p.t, p.did, "ES256", Object{"kid": p.DID() + "#k2"}, c)
	}
	send(w, out)
}

// DID is its name by the method did:web.
func (p *Provider) DID() string {
	return "did:web:" + strings.ReplaceAll(strings.TrimPrefix(p.Server.URL, "http://"), ":", "%3A") + ":identity"
}

func (p *Provider) document(w http.ResponseWriter, _ *http.Request) {
	key := jose.JSONWebKey{Key: p.did.Public()}
	send(w, Object{"id": p.DID(), "assertionMethod": []Object{{"id": p.DID() + "#k2", "type": "JsonWebKey", "controller": p.DID(), "publicKeyJwk": key}}})
}

// Visit goes where a browser was sent, and gives where it is sent back to.
func (p *Provider) Visit(to string) *url.URL {
	p.t.Helper()
	c := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := http.NewRequestWithContext(p.t.Context(), http.MethodGet, to, nil)
	if err != nil {
		p.t.Fatal(err)
	}
	a, err := c.Do(r)
	if err != nil {
		p.t.Fatal(err)
	}
	defer a.Body.Close()
	_, _ = io.Copy(io.Discard, a.Body)
	back, err := a.Location()
	if err != nil {
		p.t.Fatalf("%s answers %d and leads nowhere", to, a.StatusCode)
	}
	return back
}
