package portal

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// everyRoute is each way in, as a method and an address, of the pages before the
// set-up and of those after it.
func everyRoute(all []route) (ways [][2]string) {
	for _, r := range all {
		method, path, both := strings.Cut(r.pattern, " ")
		if !both {
			method, path = "GET", r.pattern+"nothing"
		}
		path = strings.TrimSuffix(path, "{$}")
		for _, part := range []string{"{id}", "{name}", "{person}", "{test}", "{type}", "{team}"} {
			path = strings.ReplaceAll(path, part, "x")
		}
		ways = append(ways, [2]string{method, strings.ReplaceAll(path, "{n}", "1")})
	}
	return ways
}

// Whatever an address answers, it says to browsers what they may do with it, and
// keeps what it sets to itself: whether a page, a way on, an answer to the script
// or a refusal; over TLS, and on this machine's own http, where no cookie can be
// Secure (cookies.go).
func TestEveryRouteAnswersSafely(t *testing.T) {
	for _, at := range []string{origin, "http://localhost:8080"} {
		s := open(t, dbtest.SQLite(t), at)
		n := 0
		look := func(p *person, ways [][2]string) {
			for _, way := range ways {
				a := answer{}
				if way[0] == http.MethodGet {
					a = p.get(way[1])
				} else {
					a = p.send(way[1])
				}
				n++
				if bad := a.unsafe(s.secure()); bad != "" {
					t.Errorf("%s%s %s answers %d, and %s", at, way[0], way[1], a.Code, bad)
				}
			}
		}
		look(s.person(), everyRoute(setupRoutes))
		op := s.setUp()
		look(s.person(), everyRoute(routes))
		// Those that end the session or leave come last, each with a session of its own.
		for _, way := range everyRoute(routes) {
			if strings.HasSuffix(way[1], "sign-out") || strings.Contains(way[1], "sessions") {
				look(op.elsewhere(), [][2]string{way})
				continue
			}
			look(op, [][2]string{way})
		}
		if n < 2*len(routes) {
			t.Errorf("only %d were asked", n)
		}
	}
}

// unsafe says what an answer leaves open; "" for nothing.
func (a answer) unsafe(tls bool) string {
	h := a.Header()
	policy := map[string][]string{}
	for _, d := range strings.Split(h.Get("Content-Security-Policy"), ";") {
		if f := strings.Fields(d); len(f) > 0 {
			policy[f[0]] = f[1:]
		}
	}
	for name, want := range map[string]string{"default-src": "'none'", "script-src": "'self'", "style-src": "'self'", "connect-src": "'self'", "frame-ancestors": "'none'", "base-uri": "'none'"} {
		if !slices.Equal(policy[name], []string{want}) {
			return "its policy has " + name + " " + strings.Join(policy[name], " ")
		}
	}
	if to := policy["form-action"]; len(to) == 0 || to[0] != "'self'" || strings.Contains(h.Get("Content-Security-Policy"), "unsafe") || strings.Contains(h.Get("Content-Security-Policy"), "*") {
		return "its policy is " + h.Get("Content-Security-Policy")
	}
	for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store", "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin"} {
		if h.Get(name) != want {
			return name + " is " + h.Get(name)
		}
	}
	if got := h.Get("Strict-Transport-Security"); tls != (got != "") {
		return "Strict-Transport-Security is " + got
	}
	if h.Get("Access-Control-Allow-Origin") != "" {
		return "other websites may read it"
	}
	for _, c := range a.Result().Cookies() {
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode && c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Domain != "" || c.Secure != tls || strings.HasPrefix(c.Name, "__Host-") != tls {
			return "it sets " + c.Name + " so: " + c.String()
		}
	}
	return ""
}

// Attack 76: a form of another website is refused at every address that takes
// one, before the set-up and after it, for people and for those who run the
// service; where it comes from is told by the browser, which no website can
// change.
func TestAttack76NoFormOfAnotherSiteIsTaken(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	n := 0
	refused := func(p *person, all []route) {
		for _, way := range everyRoute(all) {
			if way[0] != http.MethodPost {
				continue
			}
			for _, from := range [][2]string{{"cross-site", "https://evil.example"}, {"same-site", "https://other.example.org"}, {"cross-site", ""}, {"", "https://evil.example"}, {"", "null"}} {
				r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, origin+way[1], strings.NewReader("name=x"))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				for i, name := range []string{"Sec-Fetch-Site", "Origin"} {
					if from[i] != "" {
						r.Header.Set(name, from[i])
					}
				}
				n++
				a := p.do(r)
				if a.shows(http.StatusForbidden, "This was sent from another website, so nothing was done."); len(a.Result().Cookies()) != 0 {
					t.Errorf("%s from %v sets a cookie", way[1], from)
				}
			}
		}
	}
	refused(s.person(), setupRoutes)
	op := s.setUp()
	refused(op, routes)
	if n < 5*100 {
		t.Errorf("only %d forms were sent", n)
	}
}
