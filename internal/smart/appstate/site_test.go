package appstate

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/seal"
	"github.com/bevanhealth/bevan/internal/web"
)

const (
	fhirBase = "https://bevan.example/fhir"
	here     = "https://bevan.example/appstate"
	ownCode  = "https://app.example|settings"
)

// notes are an access log that a test can read and break.
type notes struct {
	mu      sync.Mutex
	entries []audit.Entry
	broken  bool
}

func (n *notes) Append(_ context.Context, all ...audit.Entry) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.broken {
		return errors.New("the disk is full")
	}
	n.entries = append(n.entries, all...)
	return nil
}

// site is the endpoint behind the plant that it has in earnest.
type site struct {
	t       testing.TB
	d       *db.DB
	states  *States
	clients *client.Clients
	handler http.Handler
	log     *notes
}

func newSite(t testing.TB, d *db.DB) *site {
	t.Helper()
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return time.Unix(1_800_000_000, 0) }
	s := &site{t: t, d: d, log: &notes{}}
	if s.states, err = Open(t.Context(), d, ring, now); err != nil {
		t.Fatal(err)
	}
	if s.clients, err = client.Open(t.Context(), d, ring, now); err != nil {
		t.Fatal(err)
	}
	holder := func(r *http.Request) (client.Holder, error) {
		_, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
		return s.clients.Verify(r.Context(), token)
	}
	plant, err := web.New(web.Config{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	api := New(Config{States: s.states, Log: s.log, Holder: holder, FHIR: fhirBase, Base: here + "/"})
	plant.Mount(Path, api.Handle, api.WriteError)
	s.handler = plant.Handler()
	return s
}

// app is a registered app.
func (s *site) app() string {
	s.t.Helper()
	c, _, err := s.clients.Add(s.t.Context(), client.Spec{Name: "App", Profile: client.SMART, Proof: client.NoProof, Redirects: []string{"https://app.example/back"},
		Scopes: "user/*.cruds patient/*.cruds", Grants: []string{client.AuthorizationCode}})
	if err != nil {
		s.t.Fatal(err)
	}
	return c.ID
}

// token is one in somebody's name; with the account "" one of a program by
// itself.
func (s *site) token(app, account, patient, user, scopes string) string {
	s.t.Helper()
	var grant string
	if account == "" {
		g, found, err := s.clients.Standing(s.t.Context(), app)
		if err != nil || !found {
			s.t.Fatal(found, err)
		}
		grant = g.ID
	} else {
		g, err := s.clients.Allow(s.t.Context(), client.Grant{Client: app, Account: account, Scopes: scopes, Context: client.Context{Patient: patient, User: user, Role: access.RoleSelf}})
		if err != nil {
			s.t.Fatal(err)
		}
		grant = g.ID
	}
	out, err := s.clients.Issue(s.t.Context(), client.Issuing{Grant: grant, Scopes: scopes, Life: time.Hour})
	if err != nil {
		s.t.Fatal(err)
	}
	return out.Token
}

type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) id(t testing.TB) string {
	t.Helper()
	var o struct{ ID string }
	if err := json.Unmarshal([]byte(a.body), &o); err != nil || o.ID == "" {
		t.Fatalf("no resource: %d %s", a.status, a.body)
	}
	return o.ID
}

func (s *site) send(method, path, token, body string, header ...string) answer {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer "+token)
	r.Header.Set("Content-Type", "application/fhir+json")
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	s.handler.ServeHTTP(rec, r)
	return answer{rec.Code, rec.Result().Header, rec.Body.String()}
}

// found counts what a search gives.
func (s *site) found(token, subject, code string) (int, answer) {
	q := url.Values{"code": {code}}
	if subject == "" {
		q.Set("subject:missing", "true")
	} else {
		q.Set("subject", fhirBase+"/"+subject)
	}
	a := s.send("GET", pathBasic+"?"+q.Encode(), token, "")
	var o struct {
		Type  string
		Total int
		Entry []struct{ FullURL string }
	}
	if a.status != 200 {
		return -1, a
	}
	if err := json.Unmarshal([]byte(a.body), &o); err != nil || o.Type != "searchset" || o.Total != len(o.Entry) {
		s.t.Errorf("%v %s", err, a.body)
	}
	return o.Total, a
}

// basic writes a state. id, subject and text may be empty.
func basic(id, subject, code, text string) string {
	system, c, _ := strings.Cut(code, "|")
	o := map[string]any{"resourceType": "Basic", "code": map[string]any{"coding": []any{map[string]any{"system": system, "code": c}}}}
	if id != "" {
		o["id"] = id
	}
	if subject != "" {
		o["subject"] = map[string]any{"reference": fhirBase + "/" + subject}
	}
	if text != "" {
		o["extension"] = []any{map[string]any{"url": "https://app.example/settings", "valueString": text}}
	}
	b, _ := json.Marshal(o)
	return string(b)
}

func (a answer) want(t testing.TB, what string, status int) {
	t.Helper()
	if a.status != status {
		t.Errorf("%s: %d %s, want %d", what, a.status, a.body, status)
	}
	if status >= 400 && !strings.Contains(a.body, `"resourceType":"OperationOutcome"`) {
		t.Errorf("%s: no OperationOutcome: %s", what, a.body)
	}
}
