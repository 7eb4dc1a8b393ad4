package app

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/web"
	"github.com/go-jose/go-jose/v4"
)

// eachPlace runs a test with a store in the folder, and with one in PostgreSQL.
func eachPlace(t *testing.T, test func(t *testing.T, p place)) {
	t.Run("sqlite", func(t *testing.T) { test(t, place{Data: filepath.Join(t.TempDir(), "data")}) })
	t.Run("postgres", func(t *testing.T) {
		test(t, place{Data: filepath.Join(t.TempDir(), "data"), DB: dbtest.Schema(t)})
	})
}

func (p place) args(words ...string) []string {
	words = append(words, "--data", p.Data)
	if p.DB != "" {
		words = append(words, "--db", p.DB)
	}
	return words
}

// newKeys makes a program's key and the file with its public half.
func newKeys(t testing.TB, kid string) (*ecdsa.PrivateKey, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key.Public(), KeyID: kid}}})
	if err != nil {
		t.Fatal(err)
	}
	return key, write(t, filepath.Join(t.TempDir(), "jwks.json"), string(set))
}

// plant is a house that is served without a listener, at https://bevan.example.
type plant struct {
	t       testing.TB
	h       *house
	handler http.Handler
	key     *ecdsa.PrivateKey
	id      string // of a program with the scopes it was made for
	n       int
}

const plantIssuer = "https://bevan.example"

func newPlant(t testing.TB, p place, scopes ...string) *plant {
	t.Helper()
	key, file := newKeys(t, "1")
	words := []string{"client", "add", "Laboratory", "--jwks", file}
	for _, s := range scopes {
		words = append(words, "--scope", s)
	}
	added := bevan(t, p.args(words...)...)
	if added.code != exitOK {
		t.Fatalf("%+v", added)
	}
	c := serveCommand{Base: plantIssuer + "/fhir", MaxBody: 1 << 20, LogPath: "off"}
	h, err := openHouse(t.Context(), p, settings{base: c.Base})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	provider, err := c.provider(h, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	server, err := web.New(web.Config{Log: slog.New(slog.DiscardHandler), Origin: h.registered})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.mount(server, h, provider, nil, "http://localhost", c.Base, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	return &plant{t: t, h: h, handler: server.Handler(), key: key, id: added.lastLine()}
}

// assertion is the program's, for aud.
func (p *plant) assertion() string {
	p.t.Helper()
	s, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES384, Key: jose.JSONWebKey{Key: p.key, KeyID: "1"}}, new(jose.SignerOptions).WithType("JWT"))
	if err != nil {
		p.t.Fatal(err)
	}
	p.n++
	claims, err := json.Marshal(map[string]any{"iss": p.id, "sub": p.id, "aud": plantIssuer + "/oauth/token", "exp": time.Now().Unix() + 240, "jti": strconv.Itoa(p.n)})
	if err != nil {
		p.t.Fatal(err)
	}
	signed, err := s.Sign(claims)
	if err != nil {
		p.t.Fatal(err)
	}
	text, err := signed.CompactSerialize()
	if err != nil {
		p.t.Fatal(err)
	}
	return text
}

// post sends a form with the program's assertion.
func (p *plant) post(path string, form url.Values) (int, map[string]any) {
	p.t.Helper()
	form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
	form.Set("client_assertion", p.assertion())
	r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	var o map[string]any
	if err := json.Unmarshal(w.Body.Bytes(), &o); err != nil {
		p.t.Fatalf("%d %s", w.Code, w.Body)
	}
	return w.Code, o
}

func (p *plant) token(scope string) string {
	p.t.Helper()
	status, o := p.post("/oauth/token", url.Values{"grant_type": {"client_credentials"}, "scope": {scope}})
	token, _ := o["access_token"].(string)
	if status != 200 || token == "" {
		p.t.Fatalf("no token: %d %v", status, o)
	}
	return token
}

func (p *plant) fhir(method, path, token, body string, header ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "/fhir"+path, strings.NewReader(body))
	r.Header.Set("Content-Type", "application/fhir+json")
	if token != "" {
		r.Header.Set("Authorization", "Bearer "+token)
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	p.handler.ServeHTTP(w, r)
	return w
}

// fill puts a patient and a result into the record, as an operator.
func (p *plant) fill() {
	p.t.Helper()
	_, op, err := p.h.tokens.Issue(p.t.Context(), identity.Spec{Role: access.RoleOperator, Verbs: access.AllVerbs, Life: time.Hour})
	if err != nil {
		p.t.Fatal(err)
	}
	for path, body := range map[string]string{
		"/Patient/sam":   `{"resourceType":"Patient","id":"sam","name":[{"family":"Secret"}]}`,
		"/Observation/o": `{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/sam"},"category":[{"coding":[{"code":"laboratory"}]}]}`,
	} {
		if w := p.fhir("PUT", path, op, body); w.Code != 201 {
			p.t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
}

// A program does what its token's scopes allow: each request, each entry of a
// batch, and nothing beside.
func TestAProgramDoesWhatItsScopesAllow(t *testing.T) {
	eachPlace(t, func(t *testing.T, at place) {
		p := newPlant(t, at, "system/Observation.cruds", "system/Patient.rs", "system/Condition.rs?category=problem-list-item")
		p.fill()
		token := p.token("system/Observation.rs")
		for path, want := range map[string]int{
			"/Observation/o": 200, "/Observation?code:text=x": 200, "/Observation/o/_history": 200, "/metadata": 200,
			"/Patient/sam": 403, "/Patient?name=Secret": 403, "/Observation?patient.name=Secret": 403, "/Observation?_include=Observation:patient": 403,
			"/Observation?_revinclude=*": 403, "/_history": 403, "/?_type=Patient,Observation": 403,
			// What names no type goes over those of the scopes.
			"/Observation?_include=*": 200, "/Patient/sam/$everything": 200, "/": 200,
			"/Patient/sam/_history": 403, "/Patient/sam/Observation": 200, "/$export": 403, "/$export?_type=Patient": 403, "/$export?_type=Observation&_typeFilter=Observation%3Fpatient.name=Secret": 403,
		} {
			var more []string
			if strings.HasPrefix(path, "/$export") {
				more = []string{"Prefer", "respond-async"}
			}
			w := p.fhir("GET", path, token, "", more...)
			if w.Code != want || strings.Contains(w.Body.String(), "Secret") {
				t.Errorf("GET %s: %d %s", path, w.Code, w.Body)
			}
			if w.Code == 403 && !strings.Contains(w.Header().Get("WWW-Authenticate"), "insufficient_scope") {
				t.Errorf("GET %s: %v", path, w.Header())
			}
		}
		if w := p.fhir("DELETE", "/Observation/o", token, ""); w.Code != 403 {
			t.Errorf("a scope to read deletes: %d", w.Code)
		}
		batch := `{"resourceType":"Bundle","type":"batch","entry":[{"request":{"method":"GET","url":"Observation/o"}},{"request":{"method":"GET","url":"Patient/sam"}},{"request":{"method":"DELETE","url":"Observation/o"}}]}`
		if w := p.fhir("POST", "/", token, batch); w.Code != 200 || strings.Contains(w.Body.String(), "Secret") || strings.Count(w.Body.String(), `"status":"403`) != 2 || !strings.Contains(w.Body.String(), `"status":"200`) {
			t.Errorf("a batch: %d %s", w.Code, w.Body)
		}
		some := p.token("system/Condition.rs?category=problem-list-item")
		for path, want := range map[string]int{"/Condition": 200, "/Condition?category=problem-list-item": 200, "/Condition/x": 404, "/Observation/o": 403, "/$export": 403, "/$export?_type=Condition": 403} {
			if w := p.fhir("GET", path, some, "", "Prefer", "respond-async"); w.Code != want || strings.Contains(w.Body.String(), "Secret") {
				t.Errorf("GET %s with a scope that is restricted by a search: %d %s", path, w.Code, w.Body)
			}
		}
		body := `{"resourceType":"Observation","status":"final","code":{"text":"y"}}`
		if w := p.fhir("POST", "/Observation", p.token("system/Observation.u"), body); w.Code != 403 {
			t.Errorf("a scope to update creates: %d %s", w.Code, w.Body)
		}
		if w := p.fhir("POST", "/Observation", p.token("system/Observation.c"), body); w.Code != 201 {
			t.Errorf("a scope to create: %d %s", w.Code, w.Body)
		}
	})
}

// Pages of every origin may learn what this server does.
func TestDiscoveryIsOpenToEveryOrigin(t *testing.T) {
	eachPlace(t, func(t *testing.T, at place) {
		p := newPlant(t, at, "system/*.rs")
		for _, path := range []string{"/metadata", "/.well-known/smart-configuration"} {
			if w := p.fhir("GET", path, "", "", "Origin", "https://anybody.example"); w.Code != 200 || w.Header().Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%s: %d %v", path, w.Code, w.Header())
			}
		}
		if w := p.fhir("GET", "/Patient/sam", p.token("system/*.rs"), "", "Origin", "https://anybody.example"); w.Header().Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("a record is open to every origin: %v", w.Header())
		}
	})
}

// What is no access token of this server lets nobody in.
func TestAttack11OtherTokens(t *testing.T) {
	eachPlace(t, func(t *testing.T, at place) {
		p := newPlant(t, at, "system/*.rs")
		p.fill()
		token := p.token("system/*.rs")
		if w := p.fhir("GET", "/Patient/sam", token, ""); w.Code != 200 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		signer, err := p.h.apps.Signer(t.Context(), "RS256")
		if err != nil {
			t.Fatal(err)
		}
		idToken, err := signer.Sign("JWT", []byte(`{"iss":"`+plantIssuer+`","sub":"sam","aud":"`+p.id+`","exp":9999999999}`))
		if err != nil {
			t.Fatal(err)
		}
		accessJWT, err := signer.Sign("at+jwt", []byte(`{"iss":"`+plantIssuer+`","sub":"`+p.id+`","aud":"`+plantIssuer+`/fhir","scope":"system/*.rs","exp":9999999999}`))
		if err != nil {
			t.Fatal(err)
		}
		status, introspected := p.post("/oauth/introspect", url.Values{"token": {token}})
		if status != 200 || introspected["active"] != true {
			t.Fatalf("%d %v", status, introspected)
		}
		replay, err := json.Marshal(introspected)
		if err != nil {
			t.Fatal(err)
		}
		// Another server, with another store: its tokens look the same.
		other := newPlant(t, place{Data: filepath.Join(t.TempDir(), "other")}, "system/*.rs").token("system/*.rs")
		for name, bad := range map[string]string{
			"an ID token of ours":         idToken,
			"a signed access token":       accessJWT,
			"an assertion":                p.assertion(),
			"introspection's answer":      string(replay),
			"a token of another server":   other,
			"the client's id":             p.id,
			"two tokens":                  token + "," + token,
			"a token cut short":           token[:len(token)-1],
			"a token in capitals":         strings.ToUpper(token),
			"a token as an operator's":    strings.Replace(token, "bevanat_", "bevan_", 1),
			"a token in quotation marks":  `"` + token + `"`,
			"a token with a blank inside": token[:20] + " " + token[20:],
		} {
			w := p.fhir("GET", "/Patient/sam", bad, "")
			if w.Code != 401 || strings.Contains(w.Body.String(), "Secret") || !strings.Contains(w.Header().Get("WWW-Authenticate"), `error="invalid_token"`) {
				t.Errorf("%s: %d %v %s", name, w.Code, w.Header(), w.Body)
			}
		}
		for name, header := range map[string][]string{
			"in the address":            {"Authorization", ""},
			"by Basic":                  {"Authorization", "Basic " + token},
			"by DPoP without a proof":   {"Authorization", "DPoP " + token},
			"without a scheme":          {"Authorization", token},
			"an operator's token, DPoP": {"Authorization", "DPoP bevan_x"},
		} {
			if w := p.fhir("GET", "/Patient/sam?access_token="+token, "", "", header...); w.Code != 401 || w.Header().Get("WWW-Authenticate") == "" {
				t.Errorf("%s: %d %v", name, w.Code, w.Header())
			}
		}
		if w := p.fhir("GET", "/Patient/sam", "", ""); w.Code != 401 || w.Header().Get("WWW-Authenticate") != `Bearer realm="bevan"` {
			t.Errorf("no token: %d %v", w.Code, w.Header())
		}
		form := url.Values{"grant_type": {"client_credentials"}, "scope": {"system/*.rs"}, "client_assertion": {idToken}}
		form.Set("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
		r := httptest.NewRequest("POST", "/oauth/token", strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		if p.handler.ServeHTTP(w, r); w.Code != 400 {
			t.Errorf("an ID token as an assertion: %d %s", w.Code, w.Body)
		}
	})
}

// What was taken back stops at the next request of a connection that is open,
// in an export that is running, and in one that waits.
func TestAttack17RevokedWhileInUse(t *testing.T) {
	eachPlace(t, func(t *testing.T, at place) {
		for _, c := range []struct {
			name   string
			stops  bool // the export too
			revoke func(p *plant, token string, grant string) error
		}{
			{"the token", false, func(p *plant, token, _ string) error {
				if status, o := p.post("/oauth/revoke", url.Values{"token": {token}}); status != 200 {
					t.Errorf("%d %v", status, o)
				}
				return nil
			}},
			{"the permission", true, func(p *plant, _, grant string) error { return p.h.apps.RevokeGrant(t.Context(), grant) }},
			{"the client", true, func(p *plant, _, _ string) error { return p.h.apps.Revoke(t.Context(), p.id) }},
		} {
			here := at
			here.Data = filepath.Join(t.TempDir(), "data")
			if at.DB != "" {
				here.DB = dbtest.Schema(t)
			}
			p := newPlant(t, here, "system/*.rs")
			p.fill()
			token := p.token("system/*.rs")
			server := httptest.NewUnstartedServer(p.handler)
			server.EnableHTTP2 = true
			server.StartTLS()
			defer server.Close()
			ask := func(method, path string, header ...string) *http.Response {
				r, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, nil)
				if err != nil {
					t.Fatal(err)
				}
				r.Header.Set("Authorization", "Bearer "+token)
				for i := 0; i+1 < len(header); i += 2 {
					r.Header.Set(header[i], header[i+1])
				}
				answer, err := server.Client().Do(r)
				if err != nil {
					t.Fatal(err)
				}
				_, _ = io.Copy(io.Discard, answer.Body)
				answer.Body.Close()
				return answer
			}
			if a := ask("GET", "/fhir/Patient/sam"); a.StatusCode != 200 || a.ProtoMajor != 2 {
				t.Fatalf("%d over HTTP/%d", a.StatusCode, a.ProtoMajor)
			}
			export := ask("GET", "/fhir/$export", "Prefer", "respond-async")
			if export.StatusCode != 202 {
				t.Fatalf("no export: %d", export.StatusCode)
			}
			id, err := strconv.ParseInt(filepath.Base(export.Header.Get("Content-Location")), 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			st, err := p.h.queue.Get(t.Context(), id)
			if err != nil {
				t.Fatal(err)
			}
			running, err := p.h.openBulk(t.Context(), access.Job("export", st.By), access.Export)
			if err != nil {
				t.Fatal(err)
			}
			if err := c.revoke(p, token, st.By.Grant); err != nil {
				t.Fatal(err)
			}
			if a := ask("GET", "/fhir/Patient/sam"); a.StatusCode != 401 || !strings.Contains(a.Header.Get("WWW-Authenticate"), "invalid_token") {
				t.Errorf("%s, on the open connection: %d", c.name, a.StatusCode)
			}
			if a := ask("GET", "/fhir/_bulk/"+strconv.FormatInt(id, 10)); a.StatusCode != 401 {
				t.Errorf("%s, the status of the export: %d", c.name, a.StatusCode)
			}
			running.(*standing).asked = time.Time{} // half a second has gone by
			given := 0
			_, err = running.Scan(t.Context(), nil, time.Time{}, nil, "", func(record.Resource) error { given++; return nil })
			if stopped := problem.Is(err, problem.Revoked); stopped != c.stops || stopped && given > 0 {
				t.Errorf("%s, the running export: %d given, %v", c.name, given, err)
			}
			p.h.queue.Start(1)
			if err := p.h.queue.Watch(t.Context(), id, func(st jobs.Status) bool { return !st.State.Ended() && st.Error == "" }); err != nil {
				t.Fatal(err)
			}
			if st, err = p.h.queue.Get(t.Context(), id); err != nil || (st.State == jobs.Done) == c.stops {
				t.Errorf("%s, the waiting export: %v %v", c.name, st.State, err)
			}
			if err := p.h.queue.Cancel(t.Context(), id); err != nil && !problem.Is(err, problem.Conflict) && !problem.Is(err, problem.NotFound) {
				t.Log(err)
			}
		}
	})
}

// Work that goes on asks again whether it may, half a second apart.
func TestStandingAsksAgain(t *testing.T) {
	asked, answer := 0, error(nil)
	s := &standing{asked: time.Now(), still: func(context.Context) error { asked++; return answer }}
	for range 3 {
		if err := s.check(t.Context()); err != nil || asked != 0 {
			t.Errorf("asked %d times at once: %v", asked, err)
		}
	}
	s.asked = time.Now().Add(-askAgain)
	for range 3 {
		if err := s.check(t.Context()); err != nil || asked != 1 {
			t.Errorf("asked %d times: %v", asked, err)
		}
	}
	answer, s.asked = errors.New("no"), time.Now().Add(-askAgain)
	for range 2 { // and a refusal is not forgotten
		if err := s.check(t.Context()); err != answer {
			t.Errorf("%v", err)
		}
	}
	if _, err := s.Search(t.Context(), search.Query{}, ""); err != answer {
		t.Errorf("a search: %v", err)
	}
	if _, err := s.Transact(t.Context(), nil); err != answer {
		t.Errorf("a write: %v", err)
	}
}
