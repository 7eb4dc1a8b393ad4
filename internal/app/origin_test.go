package app

import (
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/identity/client"
)

// The pages of a registered app may use the token endpoint and the FHIR
// interface, and those of others may not use the latter (SMART 2.2, "CORS
// support").
func TestPagesOfRegisteredAppsMayAsk(t *testing.T) {
	eachPlace(t, func(t *testing.T, at place) {
		p := newPlant(t, at, "system/*.rs")
		if _, _, err := p.h.apps.Add(t.Context(), client.Spec{Name: "Growth chart", Profile: client.SMART, Proof: client.NoProof, Scopes: "patient/*.rs",
			Redirects: []string{"https://app.example/back"}, Grants: []string{client.AuthorizationCode}}); err != nil {
			t.Fatal(err)
		}
		ask := func(method, path, origin string, header ...string) (allowed, headers string, status int) {
			r := httptest.NewRequest(method, path, nil)
			r.Header.Set("Origin", origin)
			for i := 0; i+1 < len(header); i += 2 {
				r.Header.Set(header[i], header[i+1])
			}
			w := httptest.NewRecorder()
			p.handler.ServeHTTP(w, r)
			if w.Header().Get("Access-Control-Allow-Credentials") != "" {
				t.Errorf("%s %s: cookies are allowed", method, path)
			}
			return w.Header().Get("Access-Control-Allow-Origin"), w.Header().Get("Access-Control-Allow-Headers"), w.Code
		}
		good := "Bearer " + p.token("system/*.rs")
		for _, path := range []string{"/fhir/Patient", "/fhir/Patient/x", "/appstate/Basic"} {
			if got, _, _ := ask("GET", path, "https://app.example", "Authorization", good); got != "https://app.example" {
				t.Errorf("%s: the app's page gets %q", path, got)
			}
			if got, sends, status := ask("OPTIONS", path, "https://app.example", "Access-Control-Request-Method", "GET", "Access-Control-Request-Headers", "authorization"); got != "https://app.example" ||
				status != 204 || !strings.Contains(sends, "Authorization") || !strings.Contains(sends, "DPoP") {
				t.Errorf("%s: preflight %d %q %q", path, status, got, sends)
			}
			for _, origin := range []string{"https://evil.example", "null", "https://app.example.evil.example"} {
				if got, _, _ := ask("GET", path, origin, "Authorization", good); got != "" {
					t.Errorf("%s: %s gets %q", path, origin, got)
				}
			}
		}
		if got, _, status := ask("OPTIONS", "/oauth/token", "https://app.example", "Access-Control-Request-Method", "POST"); got == "" || status != 204 {
			t.Errorf("token endpoint: %d %q", status, got)
		}
		if got, _, _ := ask("POST", "/oauth/token", "https://app.example"); got == "" {
			t.Error("the token endpoint's answer is closed to the app's page")
		}
		for _, path := range []string{"/oauth/authorize", "/", "/sign-in"} {
			if got, _, _ := ask("GET", path, "https://app.example"); got != "" {
				t.Errorf("%s is open to an app's page", path)
			}
		}
	})
}
