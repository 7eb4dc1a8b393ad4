package portal

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// open to everybody are these pages and no others.
var forEverybody = map[string]bool{
	"GET /{$}": true, "GET /assets/{name}": true, "GET /sign-in": true, "POST /sign-in": true, "POST /sign-in/begin": true,
	"GET /sign-in/recovery": true, "POST /sign-in/recovery": true, "GET /sign-in/app": true, "POST /sign-in/app": true,
	"GET /signed-out": true, "POST /sign-out": true, "GET /account/new": true, "POST /account/new": true, "POST /account/new/begin": true,
	"/set-up/": true, "/": true,
	// Another website vouches for whoever comes by these, and they are checked by
	// what the browser kept.
	"GET /sign-in/with/{id}": true, "POST /sign-in/with/{id}": true, "GET /upstream/{id}/return": true,
	// Whoever has an invitation has no account yet, and shows a code instead.
	"GET /join": true, "POST /join": true, "GET /join/you": true, "POST /join/you": true, "POST /join/you/begin": true,
	// A request of an app may have to be answered without a page (prompt=none).
	// It belongs to one browser, and each of these asks for a sign-in itself.
	"GET /authorize/{id}": true, "POST /authorize/{id}": true, "POST /authorize/{id}/deny": true, "POST /authorize/{id}/account": true,
	"GET /authorize/{id}/patient": true, "POST /authorize/{id}/patient": true, "POST /authorize/{id}/patient/choose": true,
	"GET /authorize/{id}/for": true, "POST /authorize/{id}/for": true,
	"GET /authorize/{id}/encounter": true, "POST /authorize/{id}/encounter": true, "GET /sign-out": true,
	// A code that a device shows becomes a request of an app.
	"GET /emergencies": true,
	// Whoever needs to read something should not have to say who they are.
	"POST /language": true, "GET /health-a-to-z": true, "GET /health-a-to-z/{id}": true,
	"GET /device": true, "POST /device": true, "GET /device/{id}": true, "GET /device/done": true,
}

// Every other page wants a sign-in, and leads back to where the person was.
func TestEveryOtherPageWantsASignIn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.person()
		for _, r := range routes {
			method, path, _ := strings.Cut(r.pattern, " ")
			if forEverybody[r.pattern] {
				continue
			}
			a := answer{}
			if path = strings.ReplaceAll(path, "{id}", "x"); method == http.MethodGet {
				a = p.get(path)
			} else {
				a = p.send(path)
			}
			if at := a.Header().Get("Location"); a.Code != http.StatusSeeOther || at != "/sign-in" && !strings.HasPrefix(at, "/sign-in?next=%2F") {
				t.Errorf("%s: %d to %q", r.pattern, a.Code, at)
			}
		}
		p.send("/account/passkeys/add", "name", "x").to("/sign-in?next=%2Faccount%2Fpasskeys%2Fadd")
		p.send("/account/sessions/x/end").to("/sign-in")
		p.cookies["__Host-bevan-session"] = &http.Cookie{Name: "__Host-bevan-session", Value: "bevan-session_nothing"}
		p.get("/account").to("/sign-in")
		p.get("/").shows(http.StatusOK, "Sign in")
	})
}

// Whoever comes by this machine's number is sent to its name, and nobody else
// is sent anywhere.
func TestANumberLeadsToTheName(t *testing.T) {
	s := open(t, dbtest.SQLite(t), "http://localhost:8080")
	for _, c := range []struct{ method, host, path, to string }{
		{"GET", "127.0.0.1:8080", "/sign-in?next=/account", "http://localhost:8080/sign-in?next=/account"},
		{"GET", "[::1]:8080", "/", "http://localhost:8080/"},
		{"HEAD", "127.0.0.2:8080", "/", "http://localhost:8080/"},
		{"GET", "127.0.0.1:8080", "//evil.example/", "http://localhost:8080//evil.example/"},
		{"GET", "127.0.0.1:9090", "/", ""}, // a proxy on this machine, or another server
		{"GET", "localhost:8080", "/", ""},
		{"GET", "evil.example", "/", ""},
		{"GET", "192.0.2.1:8080", "/", ""},
		{"GET", "", "/", ""},
	} {
		r := httptest.NewRequestWithContext(t.Context(), c.method, c.path, nil)
		r.Host = c.host
		w := httptest.NewRecorder()
		if err := s.Handle(w, r); err != nil {
			t.Errorf("%s: %v", c.host, err)
		}
		if got := w.Header().Get("Location"); got != c.to {
			t.Errorf("%s %s%s leads to %q, want %q", c.method, c.host, c.path, got, c.to)
		}
	}
	named := open(t, dbtest.SQLite(t), origin) // behind a proxy on this machine, which may ask by number
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	r.Host = "127.0.0.1:443"
	w := httptest.NewRecorder()
	if err := named.Handle(w, r); err != nil || w.Code != http.StatusOK {
		t.Errorf("%d to %q, %v", w.Code, w.Header().Get("Location"), err)
	}
}

// Somebody whose account is suspended is told so, on every page of it, and can
// still leave.
func TestASuspendedAccount(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.join("Ann")
		p.must(s.cfg.Accounts.Suspend(t.Context(), p.account()))
		for _, path := range []string{"/account", "/account/passkeys", "/check"} {
			p.get(path).shows(http.StatusForbidden, "This account can not be used now. Ask the people who run this service.")
		}
		p.get("/").shows(http.StatusOK, "Your health record", "Sign in")
		p.use("/sign-in").shows(http.StatusUnprocessableEntity, "This account can not be used now.")
		p.send("/sign-out").to("/signed-out")
		if len(p.cookies) != 0 {
			t.Errorf("it keeps %v", p.cookies)
		}
	})
}

// What the person can not mend is a page of its own, and its cause is in no
// answer, whether a form asks or the script.
func TestAStoreThatIsAwayIsAPage(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	p := s.join("Ann")
	if err := s.db.Close(); err != nil {
		t.Fatal(err)
	}
	for _, a := range []answer{p.get("/account"), p.send("/sign-in/recovery", "code", "0123456789abcdefghjk"), p.send("/sign-in/begin"), p.send("/sign-in", "ceremony", "x", "answer", "{}")} {
		if a.Code < 500 && a.Code != http.StatusUnprocessableEntity || strings.Contains(a.text(), "SELECT") || strings.Contains(a.text(), "closed") {
			t.Errorf("%d: %s", a.Code, a.text())
		}
	}
}

func TestPagesNeedAnAddress(t *testing.T) {
	for _, bad := range []string{"", "example.org", "https://", "://"} {
		if _, err := New(Config{Origin: bad}); !problem.Is(err, problem.Invalid) {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
