package app

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/web"
)

// Each door refuses in its own format, and says when to come back. A program
// that was let in before stays in, whatever others do at its address.
func TestEachDoorRefusesAFlood(t *testing.T) {
	p := newPlant(t, place{Data: filepath.Join(t.TempDir(), "data")}, "system/Patient.rs")
	c := serveCommand{Base: plantIssuer + "/fhir", MaxBody: 1 << 20, LogPath: "off", bounds: bounds{Rate: 1000, RateUnknown: 1}}
	provider, err := c.provider(p.h, nil, "")
	if err != nil {
		t.Fatal(err)
	}
	server, err := web.New(c.web(slog.New(slog.DiscardHandler)))
	if err != nil {
		t.Fatal(err)
	}
	if err := c.mount(server, p.h, provider, nil, "http://localhost", c.Base, slog.New(slog.DiscardHandler)); err != nil {
		t.Fatal(err)
	}
	p.handler = server.Handler()
	token := p.token("system/Patient.rs")
	if w := p.fhir("GET", "/Patient", token, ""); w.Code != http.StatusOK {
		t.Fatal(w.Code, w.Body)
	}
	flooded := func(ask func() *httptest.ResponseRecorder) *httptest.ResponseRecorder {
		for range 100 * burst {
			if w := ask(); w.Code == http.StatusTooManyRequests {
				if w.Header().Get("Retry-After") == "" {
					t.Error("no Retry-After")
				}
				return w
			}
		}
		t.Fatal("a flood was let through")
		return nil
	}
	guess := func(path string, form url.Values) *httptest.ResponseRecorder {
		r := httptest.NewRequest("POST", path, strings.NewReader(form.Encode()))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		w := httptest.NewRecorder()
		p.handler.ServeHTTP(w, r)
		return w
	}
	var outcome struct {
		Type  string `json:"resourceType"`
		Issue []struct{ Code string }
	}
	w := flooded(func() *httptest.ResponseRecorder { return p.fhir("GET", "/Patient", "wrong", "") })
	if err := json.Unmarshal(w.Body.Bytes(), &outcome); err != nil || outcome.Type != "OperationOutcome" || len(outcome.Issue) != 1 || outcome.Issue[0].Code != "throttled" {
		t.Errorf("%s %v", w.Body, err)
	}
	var refusal struct {
		Code  string `json:"error"`
		Words string `json:"error_description"`
	}
	for _, path := range []string{"/oauth/token", "/oauth/introspect", "/oauth/revoke"} {
		w = flooded(func() *httptest.ResponseRecorder {
			return guess(path, url.Values{"grant_type": {"client_credentials"}, "token": {"x"}, "client_id": {"nobody"}, "client_assertion": {"x.y.z"},
				"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}})
		})
		if err := json.Unmarshal(w.Body.Bytes(), &refusal); err != nil || refusal.Code != "temporarily_unavailable" || refusal.Words == "" {
			t.Errorf("%s: %s %v", path, w.Body, err)
		}
	}
	if w := p.fhir("GET", "/Patient", token, ""); w.Code != http.StatusOK {
		t.Errorf("the token that was good is refused: %d", w.Code)
	}
	if again := p.token("system/Patient.rs"); again == token {
		t.Error("the same token")
	}
}

func TestBoundsAreReadStrictly(t *testing.T) {
	for want, args := range map[string][]string{
		"from 0 to":           {"serve", "--rate=-1"},
		"from 0 to 1":         {"serve", "--rate-unknown", "2000000"},
		"takes an address":    {"serve", "--trusted-proxy", "proxy.example"},
		"can not be everybod": {"serve", "--trusted-proxy", "0.0.0.0/0"},
		"be everybody":        {"serve", "--trusted-proxy", "10.0.0.1,::/0"},
	} {
		if got := bevan(t, args...); got.code != exitUsage || !strings.Contains(got.err, want) {
			t.Errorf("%v: %+v", args, got)
		}
	}
	c := parsed(t, "serve", "--trusted-proxy", "10.0.0.7", "--trusted-proxy", "2001:db8::9/64").Serve
	if got := c.proxies(); len(got) != 2 || got[0].String() != "10.0.0.7/32" || got[1].String() != "2001:db8::/64" || c.Rate != 1000 || c.RateUnknown != 100 {
		t.Errorf("%v %+v", got, c.bounds)
	}
}
