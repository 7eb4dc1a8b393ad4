package portal

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// elsewhere finds what a browser would fetch from another host.
var elsewhere = regexp.MustCompile(`(?i)(?:src|href|action)="(?:https?:)?//|url\("?(?:https?:)?//|@import`)

// What every page in every state is held to: nobody else is asked, nothing is
// kept or framed, no script or style stands in the page, it has one heading,
// says in its title where one is, and puts the same words at the top and at the
// field where something is wrong.
func TestEveryPageKeepsTheRules(t *testing.T) {
	title := regexp.MustCompile(`<title>([^<]+) - Bevan</title>`)
	for _, st := range states(t) {
		body, h := st.page.Body.String(), st.page.Header()
		say := func(format string, args ...any) { t.Helper(); t.Errorf(st.route+", "+st.name+": "+format, args...) }
		if found := elsewhere.FindString(body); found != "" {
			say("it asks elsewhere: %s", found)
		}
		for name, want := range map[string]string{
			"Content-Security-Policy": "frame-ancestors 'none'", "Referrer-Policy": "same-origin", "X-Content-Type-Options": "nosniff",
			"Cache-Control": "no-store", "Strict-Transport-Security": "max-age", "Cross-Origin-Opener-Policy": "same-origin",
		} {
			if got := h.Get(name); !strings.Contains(got, want) {
				say("%s is %q", name, got)
			}
		}
		if strings.Contains(h.Get("Content-Security-Policy"), "unsafe") || regexp.MustCompile(`(?i)<script[^>]*>[^<]|<style|\son[a-z]+=|\sstyle=`).MatchString(body) {
			say("it allows or has scripts or styles in the page")
		}
		if n := strings.Count(body, "<h1"); n != 1 {
			say("%d headings", n)
		}
		m := title.FindStringSubmatch(body)
		wrong := strings.Contains(body, `class="nhsuk-error-summary" tabindex="-1" autofocus`)
		if m == nil || strings.HasPrefix(m[1], "There is a problem: ") != wrong {
			say("the title is %v, and something is wrong: %v", m, wrong)
		}
		for _, at := range regexp.MustCompile(`<li><a href="#([a-z]+)">([^<]+)</a></li>`).FindAllStringSubmatch(summaryOf(body), -1) {
			if !strings.Contains(body, `id="`+at[1]+`"`) || !strings.Contains(body, `id="`+at[1]+`-problem"><span class="nhsuk-u-visually-hidden">Problem:</span> `+at[2]+`</span>`) {
				say("the summary says %q, and the field does not", at[2])
			}
		}
		if strings.Contains(strings.ToLower(body), "password") && !strings.Contains(body, "no password") && !strings.Contains(body, "its passwords") {
			say("it speaks of passwords")
		}
		if strings.Contains(body, `type="password"`) {
			say("it asks for a password")
		}
	}
}

// summaryOf is the part of a page that says what is wrong with its form.
func summaryOf(body string) string {
	_, list, _ := strings.Cut(body, `<ul class="nhsuk-list nhsuk-error-summary__list">`)
	list, _, _ = strings.Cut(list, "</ul>")
	return list
}

// What pages are dressed with is the same for everybody and asks nobody else.
func TestFilesAskNobodyElse(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	if s.style == "" {
		t.Skip("skipped: the style sheet is not built; build it with: make assets")
	}
	for _, path := range []string{s.style, s.script} {
		a := s.person().get(path)
		a.shows(http.StatusOK)
		if !strings.Contains(a.Header().Get("Cache-Control"), "immutable") || len(a.Result().Cookies()) != 0 {
			t.Errorf("%s: %v", path, a.Header())
		}
		if found := elsewhere.FindString(a.Body.String()); found != "" {
			t.Errorf("%s asks elsewhere: %s", path, found)
		}
		if strings.Contains(strings.ToLower(a.Body.String()), "frutiger") {
			t.Errorf("%s names the typeface of the NHS", path)
		}
	}
	s.person().get("/assets/nothing.css").shows(http.StatusNotFound)
}

// Attack 19: a form that another website sends changes nothing, whichever it
// is, and no page can be framed (TestEveryPageKeepsTheRules).
func TestAttack19FormsOfOtherSites(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d, origin)
		s.setUp()
		p := s.join("Ann")
		other := p.elsewhere()
		id := other.sessionID()
		for _, from := range []struct{ site, origin string }{
			{"cross-site", "https://evil.example"}, {"same-site", "https://other.example.org"}, {"", "https://evil.example"}, {"", "null"},
		} {
			for _, r := range routes {
				path, post := strings.CutPrefix(r.pattern, "POST ")
				if !post {
					continue
				}
				path = strings.ReplaceAll(path, "{id}", id)
				r := httptest.NewRequestWithContext(t.Context(), http.MethodPost, origin+path, strings.NewReader("name=x"))
				r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
				r.Header.Set("Origin", from.origin)
				if from.site != "" {
					r.Header.Set("Sec-Fetch-Site", from.site)
				}
				a := p.do(r)
				if a.shows(http.StatusForbidden, "This was sent from another website, so nothing was done."); len(a.Result().Cookies()) != 0 {
					t.Errorf("POST %s from %v sets a cookie", path, from)
				}
				p.get("/account").shows(http.StatusOK)
				other.get("/account").shows(http.StatusOK)
			}
		}
	})
}

// sessionID is the id of somebody's session, as lists show it.
func (p *person) sessionID() string {
	p.t.Helper()
	sess, err := p.s.cfg.Accounts.Session(p.t.Context(), p.cookies["__Host-bevan-session"].Value)
	p.must(err)
	return sess.ID
}

// The secret of a session lies in a cookie that is bound to the host, is not
// shown to scripts and names nobody. Without TLS it has another name, since a
// browser would not take it under the first.
func TestCookiesAreBound(t *testing.T) {
	for at, name := range map[string]string{origin: "__Host-bevan-session", "http://localhost:8080": "bevan-session"} {
		s := open(t, dbtest.SQLite(t), at)
		p := s.setUp()
		c := p.cookies[name]
		if c == nil {
			t.Fatalf("%s: %v", at, p.cookies)
		}
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" || c.MaxAge != 0 || c.Secure != strings.HasPrefix(at, "https") || strings.Contains(c.Value, "Olu") {
			t.Errorf("%s: %v", at, c.String())
		}
	}
}

// No GET changes anything: not what belongs to the account, and not what was
// begun.
func TestNoGetChangesAnything(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d, origin)
		s.setUp()
		p := s.join("Ann")
		p.codes()
		id := p.get("/account/passkeys").find(`/account/passkeys/([^/"]+)/remove`)
		at := p.send("/account/addresses/add", "address", "ann@example.org").Header().Get("Location")
		before := rows(t, d)
		for _, r := range routes {
			path, get := strings.CutPrefix(r.pattern, "GET ")
			switch {
			case !get:
				continue
			case strings.Contains(path, "passkeys"):
				path = strings.ReplaceAll(path, "{id}", id)
			default:
				path = strings.ReplaceAll(path, "{id}", strings.Split(at, "/")[3])
			}
			p.get(strings.TrimSuffix(strings.ReplaceAll(path, "{name}", "x"), "{$}"))
			p.get(path + "?answer=x&ceremony=x&name=y&code=1&address=a@example.org")
		}
		if after := rows(t, d); after != before {
			t.Errorf("before: %s\nafter:  %s", before, after)
		}
	})
}

// rows is what the tables of accounts hold, in short.
func rows(t *testing.T, d *db.DB) string {
	t.Helper()
	var b strings.Builder
	for _, q := range []string{
		"SELECT id || hex(name) FROM passkey ORDER BY id", "SELECT id FROM account ORDER BY id", "SELECT id FROM session ORDER BY id",
		"SELECT id FROM passkey_ceremony ORDER BY id", "SELECT id || verified FROM account_channel ORDER BY id", "SELECT account FROM recovery_code ORDER BY account",
		"SELECT account FROM time_code", "SELECT id FROM notice ORDER BY id",
	} {
		if d.Dialect() == db.Postgres {
			q = strings.ReplaceAll(strings.ReplaceAll(q, "id || hex(name)", "encode(id, 'hex') || encode(name, 'hex')"), "id || verified", "id || verified::text")
		} else {
			q = strings.ReplaceAll(q, "SELECT id || hex(name)", "SELECT hex(id) || hex(name)")
		}
		if err := d.Query(t.Context(), q, nil, func(r *db.Row) error { b.WriteString(r.Text(0) + " "); return nil }); err != nil {
			t.Fatal(err)
		}
		b.WriteString("/ ")
	}
	return b.String()
}

// What went wrong is shown in words, and its cause is not.
func TestAProblemIsAPage(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	w := httptest.NewRecorder()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", nil)
	s.WriteError(w, r, problem.Wrap(problem.Conflict, "<b>Try again</b> in a moment.", errSecret))
	body := w.Body.String()
	if w.Code != 409 || !strings.Contains(body, "&lt;b&gt;Try again&lt;/b&gt; in a moment.") || strings.Contains(body, "secret cause") {
		t.Errorf("status %d: %s", w.Code, body)
	}
}

type causeError string

func (c causeError) Error() string { return string(c) }

const errSecret = causeError("secret cause")

// A form that is far too long is refused before it is read.
func TestAFormThatIsTooLong(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	s.person().send("/account/new", "name", strings.Repeat("x", maxForm)).shows(http.StatusBadRequest, "We could not read what was sent.")
	s.person().send("/sign-in", "ceremony", "x", "answer", strings.Repeat("x", 40_000)).shows(http.StatusUnprocessableEntity, "We could not sign you in")
}

// After so many tries a person is told to wait, and a passkey still works.
func TestTooManyTries(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.join("Ann")
		q := s.person()
		for range 10 {
			q.send("/sign-in/recovery", "code", "0123456789abcdefghjk").shows(http.StatusUnprocessableEntity, "That did not work.")
		}
		q.send("/sign-in/recovery", "code", "0123456789abcdefghjk").shows(http.StatusTooManyRequests, "There were too many tries from here.", "A passkey works at once.")
		p.elsewhere().get("/account").shows(http.StatusOK)
		s.clock.move(time.Hour)
		q.send("/sign-in/recovery", "code", "0123456789abcdefghjk").shows(http.StatusUnprocessableEntity)
	})
}
