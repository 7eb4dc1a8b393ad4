package smart

import (
	"bytes"
	"context"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/hmac"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
	"github.com/bevanhealth/bevan/internal/web"
)

const issuer = "https://bevan.example"

// world is a provider with a clock that is moved by hand, behind the plant that
// it has in earnest. What the plant logs is kept.
type world struct {
	t       testing.TB
	s       *Server
	clients *client.Clients
	handler http.Handler
	mu      sync.Mutex
	at      time.Time
	log     *safeBuffer
	people  *folk
	kin     *kin
	n       int
	from    string // the address that requests come from
}

// safeBuffer takes lines from several requests at once.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *safeBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *safeBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

func (w *world) now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.at
}

func (w *world) move(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.at = w.at.Add(d)
}

func newWorld(t testing.TB, d *db.DB, fetch Doer) *world {
	t.Helper()
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	return nodeOf(t, d, ring, fetch)
}

func nodeOf(t testing.TB, d *db.DB, ring *seal.Ring, fetch Doer) *world {
	t.Helper()
	w := &world{t: t, at: time.Unix(1_700_000_000, 0), log: &safeBuffer{}, people: &folk{gone: map[string]bool{}}, kin: &kin{all: map[[2]string]Relationship{}}}
	var err error
	if w.clients, err = client.Open(t.Context(), d, ring, w.now); err != nil {
		t.Fatal(err)
	}
	operator := func(_ context.Context, token string) (access.Who, error) {
		if token == "operator" {
			return access.Operator("token:test"), nil
		}
		return access.Who{}, problem.New(problem.Unauthorized, "This token is not known here.")
	}
	if w.s, err = New(Config{Issuer: issuer, FHIR: issuer + "/fhir", Clients: w.clients, People: w.people, Relationships: w.kin, Operator: operator, HTTP: fetch, Now: w.now}); err != nil {
		t.Fatal(err)
	}
	plant, err := web.New(web.Config{Log: slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelDebug}))})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range Paths() {
		plant.Mount(p, w.s.Handle, w.s.WriteError)
	}
	w.handler = plant.Handler()
	return w
}

// program is a registered client with its private key.
type program struct {
	client.Client
	w   *world
	key any
	alg string
	kid string
}

// register lets a program in; change may make it another one.
func (w *world) register(key any, alg string, change func(*client.Spec)) *program {
	w.t.Helper()
	spec := client.Spec{Name: "Laboratory", Profile: client.SMART, Proof: client.ByKey, Keys: keySet(jwk("1", key)),
		Scopes: "system/Observation.rs system/Patient.r", Grants: []string{client.ClientCredentials}}
	if alg != "RS384" && alg != "ES384" {
		spec.Profile = client.FAPI2
	}
	if change != nil {
		change(&spec)
	}
	cl, _, err := w.clients.Add(w.t.Context(), spec)
	if err != nil {
		w.t.Fatal(err)
	}
	return &program{Client: cl, w: w, key: key, alg: alg, kid: "1"}
}

type object = map[string]any

// says is a good assertion's claims.
func (p *program) says() object {
	p.w.mu.Lock()
	p.w.n++
	n := p.w.n
	p.w.mu.Unlock()
	aud := issuer + pathToken
	if p.Profile == client.FAPI2 {
		aud = issuer
	}
	return object{"iss": p.ID, "sub": p.ID, "aud": aud, "exp": p.w.now().Unix() + 300, "jti": fmt.Sprintf("number-%d", n)}
}

func (p *program) head() object { return object{"alg": p.alg, "typ": "JWT", "kid": p.kid} }

// assertion is a signed assertion, good but for what is changed.
func (p *program) assertion(change func(head, claims object)) string {
	head, claims := p.head(), p.says()
	if change != nil {
		change(head, claims)
	}
	return sign(p.w.t, p.key, head, claims)
}

func (p *program) form(scope string) url.Values {
	return url.Values{"grant_type": {"client_credentials"}, "scope": {scope}, "client_assertion_type": {assertionType}, "client_assertion": {p.assertion(nil)}}
}

// token asks for a token and expects one.
func (p *program) token(scope string, header ...string) string {
	p.w.t.Helper()
	a := p.w.post(pathToken, p.form(scope), header...)
	if a.status != 200 || a.text("access_token") == "" {
		p.w.t.Fatalf("no token: %d %s", a.status, a.body)
	}
	return a.text("access_token")
}

// answer is what came back.
type answer struct {
	status int
	header http.Header
	body   string
	t      testing.TB
}

func (a answer) json() object {
	var o object
	if err := json.Unmarshal([]byte(a.body), &o); err != nil {
		a.t.Fatalf("no JSON: %d %q", a.status, a.body)
	}
	return o
}

func (a answer) text(name string) string {
	s, _ := a.json()[name].(string)
	return s
}

// want is the refusal that has to come back.
func (a answer) want(what string, status int, code string) {
	a.t.Helper()
	if a.status != status || a.text("error") != code {
		a.t.Errorf("%s: %d %s, want %d %s", what, a.status, a.body, status, code)
	}
	if a.header.Get("Cache-Control") != "no-store" {
		a.t.Errorf("%s may be kept: %v", what, a.header)
	}
}

func (w *world) post(path string, form url.Values, header ...string) answer {
	return w.send("POST", path, form.Encode(), append([]string{"Content-Type", "application/x-www-form-urlencoded"}, header...)...)
}

func (w *world) send(method, path, body string, header ...string) answer {
	w.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if w.from != "" {
		r.RemoteAddr = w.from
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Add(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	w.handler.ServeHTTP(rec, r)
	return answer{rec.Code, rec.Result().Header, rec.Body.String(), w.t}
}

// The keys that tests sign with. They are made once: an RSA key takes a while.
var testKeys = sync.OnceValue(func() (k struct {
	rsa, rsa2      *rsa.PrivateKey
	p256, p384, ec *ecdsa.PrivateKey
	ed             ed25519.PrivateKey
}) {
	k.rsa, _ = rsa.GenerateKey(rand.Reader, 2048)
	k.rsa2, _ = rsa.GenerateKey(rand.Reader, 2048)
	k.p256, _ = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	k.p384, _ = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	k.ec, _ = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	_, k.ed, _ = ed25519.GenerateKey(rand.Reader)
	return k
})

var otherP256 = sync.OnceValue(func() *ecdsa.PrivateKey {
	k, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	return k
})

func b64(b []byte) string { return base64.RawURLEncoding.EncodeToString(b) }

// jwk is a public key as RFC 7517 and RFC 8037 write it, by hand: tests share
// no code with what they check.
func jwk(kid string, private any) object {
	switch k := private.(type) {
	case *rsa.PrivateKey:
		return object{"kty": "RSA", "kid": kid, "n": b64(k.N.Bytes()), "e": b64(big.NewInt(int64(k.E)).Bytes())}
	case *ecdsa.PrivateKey:
		size := (k.Params().BitSize + 7) / 8
		b, err := k.PublicKey.Bytes()
		if err != nil {
			panic(err)
		}
		return object{"kty": "EC", "kid": kid, "crv": k.Params().Name, "x": b64(b[1 : 1+size]), "y": b64(b[1+size:])}
	case ed25519.PrivateKey:
		return object{"kty": "OKP", "kid": kid, "crv": "Ed25519", "x": b64(k.Public().(ed25519.PublicKey))}
	}
	panic("no such key")
}

func keySet(keys ...object) string {
	b, _ := json.Marshal(object{"keys": keys})
	return string(b)
}

// sign makes a compact JWS with the algorithm that its header names, by the
// standard library alone.
func sign(t testing.TB, key any, head, claims object) string {
	t.Helper()
	h, _ := json.Marshal(head)
	c, _ := json.Marshal(claims)
	return signText(t, key, fmt.Sprint(head["alg"]), b64(h)+"."+b64(c))
}

func signText(t testing.TB, key any, alg, text string) string {
	t.Helper()
	hash := crypto.SHA256
	if strings.HasSuffix(alg, "384") {
		hash = crypto.SHA384
	}
	d := hash.New()
	d.Write([]byte(text))
	sum := d.Sum(nil)
	var sig []byte
	var err error
	switch alg[:2] {
	case "RS":
		sig, err = rsa.SignPKCS1v15(nil, key.(*rsa.PrivateKey), hash, sum)
	case "PS":
		sig, err = rsa.SignPSS(rand.Reader, key.(*rsa.PrivateKey), hash, sum, &rsa.PSSOptions{SaltLength: hash.Size()})
	case "ES":
		k := key.(*ecdsa.PrivateKey)
		r, s, serr := ecdsa.Sign(rand.Reader, k, sum)
		size := (k.Params().BitSize + 7) / 8
		sig, err = append(r.FillBytes(make([]byte, size)), s.FillBytes(make([]byte, size))...), serr
	case "Ed":
		sig = ed25519.Sign(key.(ed25519.PrivateKey), []byte(text))
	case "HS":
		m := hmac.New(sha256.New, key.([]byte))
		m.Write([]byte(text))
		sig = m.Sum(nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return text + "." + b64(sig)
}

func merged(a, b object) object {
	out := maps.Clone(a)
	maps.Copy(out, b)
	return out
}
