package app

import (
	"html"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/portal/words"
	"github.com/bevanhealth/bevan/internal/web"
)

// Where an app sends a person's browser, what it did wrong is told in the words
// of the pages; where the app asks by itself it is told in the protocol's.
func TestWhatAnAppDidWrongIsToldInTheWordsOfPages(t *testing.T) {
	p := newPlant(t, place{Data: filepath.Join(t.TempDir(), "data")}, "system/Patient.rs")
	c := serveCommand{Base: plantIssuer + "/fhir", MaxBody: 1 << 20, LogPath: "off", bounds: bounds{Rate: 1000, RateUnknown: 1000}}
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
	ask := func(method, to, typ, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, to, strings.NewReader(body))
		if typ != "" {
			r.Header.Set("Content-Type", typ)
		}
		w := httptest.NewRecorder()
		server.Handler().ServeHTTP(w, r)
		return w
	}
	const form = "application/x-www-form-urlencoded"
	for _, c := range []struct{ method, to, typ, body, reason string }{
		{"GET", "/oauth/authorize?client_id=nobody", "", "", "app-unknown"},
		{"GET", "/oauth/authorize?client_id=a&client_id=b", "", "", "app-twice"},
		{"GET", "/oauth/authorize?client_id=%zz", "", "", "app-unread"},
		{"GET", "/oauth/authorize?x=" + strings.Repeat("x", 70_000), "", "", "app-too-much"},
		{"POST", "/oauth/authorize", "text/plain", "x", "app-form"},
		{"POST", "/oauth/authorize?x=1", form, "", "app-form"},
		{"POST", "/oauth/authorize", form, "x=%zz", "app-form"},
		{"POST", "/oauth/authorize", form, strings.Repeat("x", 70_000), "app-too-much"},
		{"PUT", "/oauth/authorize", "", "", "not-this-way"},
		{"GET", "/oauth/logout?id_token_hint=x", "", "", "app-sign-out-unread"},
		{"GET", "/oauth/logout?post_logout_redirect_uri=https://evil.example/", "", "", "app-sign-out-place"},
	} {
		w := ask(c.method, c.to, c.typ, c.body)
		if page := w.Body.String(); w.Code < 400 || !strings.HasPrefix(w.Header().Get("Content-Type"), "text/html") ||
			!strings.Contains(html.UnescapeString(page), words.English().Refusals[c.reason]) || strings.Contains(page, "evil.example") {
			t.Errorf("%s %.60s: %d, want the words for %s: %s", c.method, c.to, w.Code, c.reason, page)
		}
	}
	w := ask("POST", "/oauth/token", form, "grant_type=x&grant_type=y")
	if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), `"error_description":"A parameter was sent twice. Send each once."`) {
		t.Errorf("a program is told %d %s", w.Code, w.Body)
	}
}
