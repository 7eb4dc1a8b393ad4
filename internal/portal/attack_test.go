package portal

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// bare is a page without what differs from one visit to the next.
func bare(a answer) string {
	body := regexp.MustCompile(`(value|action)="[^"]*"|an[en]@example\.org`).ReplaceAllString(a.Body.String(), "")
	return http.StatusText(a.Code) + body
}

// Attack 22: whatever is wrong with what a passkey says, the page is the same
// and nobody is signed in.
func TestAttack22SignInsThatAreNotRight(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p, other := s.join("Ann"), s.join("Mallory")
		p.send("/sign-out")
		want := ""
		for _, c := range []struct {
			name  string
			spoil func(q *person)
		}{
			{"another origin", func(q *person) { q.rp.Origin = "https://id.example.org.evil.example" }},
			{"another domain", func(q *person) { q.rp.ID = "evil.example" }},
			{"nobody verified", func(q *person) { q.auth.Options.UserNotVerified = true }},
			{"somebody else's id of a passkey", func(q *person) { q.cred.ID = other.cred.ID }},
			{"a passkey that is not known", func(q *person) { q.newKey() }},
			{"a count that went back", func(q *person) { p.elsewhere(); q.cred.Counter = 0 }},
		} {
			q := *p
			q.cookies = map[string]*http.Cookie{}
			c.spoil(&q)
			a := q.use("/sign-in")
			a.shows(http.StatusUnprocessableEntity, "We could not sign you in with that passkey.")
			if want == "" {
				want = bare(a)
			}
			if bare(a) != want {
				t.Errorf("%s: the page is another one", c.name)
			}
			if len(a.Result().Cookies()) != 0 {
				t.Errorf("%s: a cookie is set", c.name)
			}
		}
		b := p.begin("/sign-in")
		o, err := virtualwebauthn.ParseAssertionOptions(string(b.Options))
		p.must(err)
		p.cred.Counter += 10
		said := virtualwebauthn.CreateAssertionResponse(p.rp, p.auth, p.cred, *o)
		p.send("/sign-in", "ceremony", b.ID, "answer", said).to("/account")
		s.person().send("/sign-in", "ceremony", b.ID, "answer", said).shows(http.StatusUnprocessableEntity, "was used already")
	})
}

// Attack 23: whoever came in by recovery does nothing that matters, on no page.
func TestAttack23ARecoveryOpensNothingThatMatters(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.join("Ann")
		code := p.codes()[0]
		id := p.get("/account/passkeys").find(`/account/passkeys/([^/"]+)/remove`)
		at := p.send("/account/addresses/add", "address", "ann@example.org").Header().Get("Location")
		p.send(at, "code", s.mail()[0].Code).to("/account/addresses")
		remove := strings.Replace(at, "confirm", "remove", 1)
		before := rows(t, s.db)

		thief := s.person()
		thief.send("/sign-in/recovery", "code", code).to("/account/passkeys/add")
		told := 0
		for _, m := range s.mail() {
			if m.Address == "ann@example.org" && m.Kind.String() == "recovery-used" {
				told++
			}
		}
		if told != 1 {
			t.Errorf("the owner was told %d times", told)
		}
		for _, path := range []string{
			"/account/passkeys/" + id + "/remove", "/account/codes/new", "/account/app/new", "/account/app/confirm", "/account/app/remove",
			"/account/addresses/add", remove, "/account/recovery",
		} {
			a := thief.send(path, "address", "thief@example.org", "ceremony", "x", "code", "123456")
			if a.Code != http.StatusSeeOther || !strings.HasPrefix(a.Header().Get("Location"), "/check?next=") {
				t.Errorf("POST %s: %d to %q: %s", path, a.Code, a.Header().Get("Location"), a.text())
			}
		}
		thief.send("/sign-out")
		if after := rows(t, s.db); strings.Split(after, "/")[0] != strings.Split(before, "/")[0] || strings.Split(after, "/")[4] != strings.Split(before, "/")[4] {
			t.Errorf("before: %s\nafter:  %s", before, after)
		}
	})
}

// Attack 24: who has an account can not be found out from any page.
func TestAttack24NobodyLearnsWhoHasAnAccount(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.join("Ann")
		codes := p.codes()
		at := p.send("/account/addresses/add", "address", "ann@example.org").Header().Get("Location")
		p.send(at, "code", s.mail()[0].Code).to("/account/addresses")
		shown := p.send("/account/app/new")
		p.send("/account/app/confirm", "ceremony", shown.find(`name="ceremony" value="([^"]+)"`),
			"code", totp(t, shown.find(`<code class="bevan-shown">([A-Z2-7]+)</code>`), s.clock.now())).to("/account/app")
		s.person().send("/sign-in/recovery", "code", codes[0]).to("/account/passkeys/add")
		s.clock.move(time.Hour)

		same := func(what string, a, b answer) {
			t.Helper()
			if bare(a) != bare(b) || a.Code != b.Code || len(a.Result().Cookies()) != len(b.Result().Cookies()) {
				t.Errorf("%s: two pages differ: %s\n%s", what, bare(a), bare(b))
			}
		}
		q := s.person()
		same("an address with an app and one that nobody has", q.send("/sign-in/app", "address", "ann@example.org", "code", "000000"), q.send("/sign-in/app", "address", "bob@example.org", "code", "000000"))
		same("a code that was used and one that never was", q.send("/sign-in/recovery", "code", codes[0]), q.send("/sign-in/recovery", "code", "0123456789abcdefghjk"))
		if a, b := q.begin("/sign-in"), q.begin("/sign-in"); strings.Contains(string(a.Options), "allowCredentials") || len(a.Options) != len(b.Options) {
			t.Errorf("a sign-in is told %s", a.Options)
		}
		same("a new account for a name that is taken", q.send("/account/new", "name", "Ann"), q.send("/account/new", "name", "Nobody"))
		r := s.join("Bob")
		same("an address that somebody else has", r.get(r.send("/account/addresses/add", "address", "ann@example.org").Header().Get("Location")),
			r.get(r.send("/account/addresses/add", "address", "ane@example.org").Header().Get("Location")))
	})
}

// Nobody is led to another site by an address to come back to: whatever it is,
// a browser that follows it stays.
func TestNextStaysHere(t *testing.T) {
	home, err := url.Parse(origin + "/sign-in")
	if err != nil {
		t.Fatal(err)
	}
	stays := func(fatal func(string, ...any), next string) {
		got := local(next)
		u, err := home.Parse(got)
		if err != nil || u.Scheme != "https" || u.Host != home.Host {
			fatal("%q leads to %v, %v", next, u, err)
		}
		// Browsers take a backslash for a slash, and leave out tabs and line
		// ends, before they look for a host.
		if !strings.HasPrefix(got, "/") || strings.HasPrefix(got, "//") || strings.ContainsAny(got, "\\\t\r\n#@ ") {
			fatal("%q becomes %q", next, got)
		}
	}
	for _, next := range []string{"//evil.example", `/\evil.example`, `\\evil.example`, "https://evil.example", "/\t/evil.example", "javascript:alert(1)",
		"/account@evil.example", "/account#//evil", "", "/", "account", "/..//evil.example", "/%2f/evil.example", "http:evil.example"} {
		if got := local(next); got != afterwards {
			t.Errorf("%q becomes %q", next, got)
		}
		stays(t.Errorf, next)
	}
	for _, next := range []string{"/account", "/account/passkeys/add", "/authorize?request=abc&x=1", "/check?next=%2Faccount"} {
		if got := local(next); got != next {
			t.Errorf("%q becomes %q", next, got)
		}
	}
	rapid.Check(t, func(rt *rapid.T) {
		part := rapid.OneOf(rapid.SampledFrom([]string{"/", "//", `\`, "https:", "evil.example", "account", "?", "@", "\t", "%2f", "..", ":", "=", "&"}), rapid.String())
		stays(rt.Fatalf, strings.Join(rapid.SliceOfN(part, 0, 8).Draw(rt, "parts"), ""))
	})
}

// A link with somebody else's address does not lead away after a sign-in.
func TestASignInStaysHere(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	p := s.join("Ann")
	p.send("/sign-out")
	p.get("/sign-in?next=//evil.example").hides("evil")
	if a := p.get("/sign-in?next=https://evil.example/"); strings.Contains(a.Body.String(), "evil") {
		t.Errorf("the page holds %s", a.Body)
	}
	p.use("/sign-in", "next", "//evil.example/").to("/account")
	p.use("/check", "next", `/\evil.example`).to("/account")
}

// No secret that a person typed or was given stands in the log, and no address
// of a page holds one.
func TestNoSecretIsLogged(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.join("Distinctive Name")
		codes := p.codes()
		shown := p.send("/account/app/new")
		key := shown.find(`<code class="bevan-shown">([A-Z2-7]+)</code>`)
		p.send("/account/app/confirm", "ceremony", shown.find(`name="ceremony" value="([^"]+)"`), "code", "999999")
		at := p.send("/account/addresses/add", "address", "distinctive@example.org").Header().Get("Location")
		sent := s.mail()[0].Code
		p.send(at, "code", sent)
		q := s.person()
		q.send("/sign-in/recovery", "code", codes[3])
		q.send("/sign-in/recovery", "code", codes[3])
		q.send("/sign-in/app", "address", "distinctive@example.org", "code", "987654")
		q.get("/no-such-page?code=" + codes[4])
		q.use("/sign-in", "next", "/account")
		secrets := append(codes, key, sent, "Distinctive", "distinctive@", "987654", p.cookies["__Host-bevan-session"].Value, q.cookies["__Host-bevan-session"].Value)
		log := s.log.String()
		if strings.Count(log, "\n") < 10 {
			t.Fatalf("the log holds little: %s", log)
		}
		for _, secret := range secrets {
			if strings.Contains(log, secret) {
				t.Errorf("the log holds %q", secret)
			}
		}
	})
}

func TestDevicesAreCalledAsPeopleCallThem(t *testing.T) {
	for agent, want := range map[string]string{
		"Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0":                                                                  "Firefox on Linux",
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36 Edg/140.0.0.0":           "Edge on Windows",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Mobile/15E148 Safari/604.1": "Safari on iPhone",
		"Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36":                            "Chrome on Android",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.0 Safari/605.1.15":                   "Safari on a Mac",
		"curl/8.0": "",
		"<script>": "",
	} {
		if got := device(agent); got != want {
			t.Errorf("%s is called %q", agent, got)
		}
	}
}
