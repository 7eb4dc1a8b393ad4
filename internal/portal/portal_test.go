package portal

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/problem"
)

func serve(t *testing.T) http.Handler {
	t.Helper()
	p, err := New(Config{FHIR: "/fhir", Secure: true})
	if err != nil {
		t.Fatal(err)
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := p.Handle(w, r); err != nil {
			p.WriteError(w, r, err)
		}
	})
}

func ask(t *testing.T, h http.Handler, path string) *httptest.ResponseRecorder {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w
}

// elsewhere finds what a browser would fetch from another host.
var elsewhere = regexp.MustCompile(`(?i)(?:src|href|action)="(?:https?:)?//|url\("?(?:https?:)?//|@import`)

func TestPagesAskNobodyElse(t *testing.T) {
	h := serve(t)
	w := ask(t, h, "/")
	if w.Code != http.StatusOK || !strings.Contains(w.Body.String(), "<h1") {
		t.Fatalf("status %d: %s", w.Code, w.Body)
	}
	if found := elsewhere.FindString(w.Body.String()); found != "" {
		t.Errorf("the page asks elsewhere: %s", found)
	}
	style := regexp.MustCompile(`href="(/assets/[^"]+\.css)"`).FindStringSubmatch(w.Body.String())
	if style == nil {
		t.Skip("skipped: the style sheet is not built; build it with: make assets")
	}
	css := ask(t, h, style[1])
	if css.Code != http.StatusOK || !strings.Contains(css.Header().Get("Cache-Control"), "immutable") {
		t.Errorf("the style sheet answers %d, %v", css.Code, css.Header())
	}
	if found := elsewhere.FindString(css.Body.String()); found != "" {
		t.Errorf("the style sheet asks elsewhere: %s", found)
	}
	if strings.Contains(strings.ToLower(css.Body.String()), "frutiger") {
		t.Error("the style sheet names the typeface of the NHS")
	}
}

func TestEveryPageIsGuarded(t *testing.T) {
	h := serve(t)
	for path, status := range map[string]int{"/": 200, "/assets/nothing.css": 404, "/nothing": 404} {
		w := ask(t, h, path)
		if w.Code != status {
			t.Errorf("%s answers %d", path, w.Code)
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": "frame-ancestors 'none'", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
			"Cache-Control": "no-store", "Strict-Transport-Security": "max-age",
		} {
			if got := w.Header().Get(name); !strings.Contains(got, want) {
				t.Errorf("%s: %s is %q", path, name, got)
			}
		}
	}
}

// Attack 19: a form that another website sends changes nothing.
func TestAttack19FormsOfOtherSites(t *testing.T) {
	p, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	done := 0
	p.mux.HandleFunc("POST /change", on(func(*visit) error { done++; return nil }))
	for _, c := range []struct {
		site, origin string
		ok           bool
	}{
		{"same-origin", "http://example.com", true},
		{"", "http://example.com", true},
		{"cross-site", "https://evil.example", false},
		{"same-site", "https://other.example.com", false},
		{"", "https://evil.example", false},
		{"", "null", false},
	} {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://example.com/change", nil)
		r.Header.Set("Origin", c.origin)
		if c.site != "" {
			r.Header.Set("Sec-Fetch-Site", c.site)
		}
		before := done
		err := p.Handle(httptest.NewRecorder(), r)
		if (err == nil) != c.ok || (done > before) != c.ok {
			t.Errorf("from %q, %q: %v", c.site, c.origin, err)
		}
		if !c.ok && problem.KindOf(err) != problem.Forbidden {
			t.Errorf("from %q the refusal is %v", c.origin, err)
		}
	}
}

// What went wrong is shown in words, and its cause is not.
func TestAProblemIsAPage(t *testing.T) {
	p, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	p.WriteError(w, r, problem.Wrap(problem.Unavailable, "<b>Try again</b> in a moment.", errSecret))
	body := w.Body.String()
	if w.Code != 503 || !strings.Contains(body, "&lt;b&gt;Try again&lt;/b&gt; in a moment.") || strings.Contains(body, "secret cause") {
		t.Errorf("status %d: %s", w.Code, body)
	}
}

type causeError string

func (c causeError) Error() string { return string(c) }

const errSecret = causeError("secret cause")
