package app

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/suitetest"
	"github.com/descope/virtualwebauthn"
)

// pageModules are those of the OpenID Foundation's Basic OP plan in which the
// page has a part where people sign in and decide; internal/smart plays the
// others.
var pageModules = []string{"oidcc-prompt-none-not-logged-in", "oidcc-prompt-none-logged-in", "oidcc-prompt-login", "oidcc-max-age-1", "oidcc-max-age-10000", "oidcc-id-token-hint"}

// The modules of Basic OP that need a page, written anew and played through the
// pages of the whole program.
func TestOIDFBasicWithPages(t *testing.T) {
	eachPlace(t, func(t *testing.T, at place) {
		k := newKit(t, at)
		k.setUp()
		again := func(check bool, changes ...string) func(*suitetest.Finding) {
			return func(f *suitetest.Finding) { k.twice(f, check, changes...) }
		}
		suitetest.Cases{
			"oidcc-prompt-none-not-logged-in": func(f *suitetest.Finding) {
				q := k.visitor().asked(f, k.asks(k.secret, "openid", "prompt", "none"))
				f.Want(q.Get("error") == "login_required" && q.Get("state") == "abc123" && !q.Has("code"), "%v", q)
			},
			"oidcc-prompt-none-logged-in": again(false, "prompt", "none"),
			"oidcc-prompt-login":          again(true, "prompt", "login"),
			"oidcc-max-age-1":             again(true, "max_age", "1"),
			"oidcc-max-age-10000":         again(false, "max_age", "10000"),
			"oidcc-id-token-hint": func(f *suitetest.Finding) {
				v := k.visitor()
				v.signUp(f)
				first := v.tokens(f, k.asks(k.secret, "openid"))
				second := v.tokens(f, k.asks(k.secret, "openid", "prompt", "none", "id_token_hint", fmt.Sprint(first["id_token"])))
				v.same(f, first, second)
			},
		}.Run(t, pageModules, nil)
	})
}

// setUp makes the first operator: no page is another's until then.
func (k *kit) setUp() {
	k.t.Helper()
	code, _, err := k.p.h.setup.Current()
	if err != nil {
		k.t.Fatal(err)
	}
	v := k.visitor()
	c, err := k.p.h.accounts.BeginOperator(k.t.Context(), k.p.h.setup, account.SourceOf(netip.MustParseAddr("192.0.2.8")), code, "Olu Operator")
	if err != nil {
		k.t.Fatal(err)
	}
	if _, _, err := k.p.h.accounts.FinishOperator(k.t.Context(), k.p.h.setup, c.ID, v.registers(c), "key", "test"); err != nil {
		k.t.Fatal(err)
	}
}

// registers answers to the options of a registration.
func (v *visitor) registers(c account.Ceremony) []byte {
	v.k.t.Helper()
	o, err := virtualwebauthn.ParseAttestationOptions(string(c.Options))
	if err != nil {
		v.k.t.Fatal(err)
	}
	v.auth.Options.UserHandle = []byte(o.UserID)
	return []byte(virtualwebauthn.CreateAttestationResponse(pageSite, v.auth, v.cred, *o))
}

// twice asks two times, the second time with changes; check says that the
// person has to use their passkey again for it.
func (k *kit) twice(f *suitetest.Finding, check bool, changes ...string) {
	v := k.visitor()
	v.signUp(f)
	one, two := v.same(f, v.tokens(f, k.asks(k.secret, "openid", "max_age", "15000")), v.tokens(f, k.asks(k.secret, "openid", changes...)))
	was, _ := one["auth_time"].(float64)
	is, _ := two["auth_time"].(float64)
	f.Want(v.checks == map[bool]int{true: 1}[check], "the passkey was used %d times", v.checks)
	f.Want(check && is > was || !check && is == was, "auth_time was %v and is %v", was, is)
}

// visitor is somebody with a browser and a passkey.
type visitor struct {
	k       *kit
	cookies map[string]*http.Cookie
	session account.Session
	auth    virtualwebauthn.Authenticator
	cred    virtualwebauthn.Credential
	checks  int // how often they had to use their passkey again
}

var pageSite = virtualwebauthn.RelyingParty{ID: "localhost", Name: "Bevan", Origin: "http://localhost"}

func (k *kit) visitor() *visitor {
	v := &visitor{k: k, cookies: map[string]*http.Cookie{}, auth: virtualwebauthn.NewAuthenticator(), cred: virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)}
	for len(v.cred.Key.AttestationData()) != 77 { // without leading zeros COSE does not allow it
		v.cred = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	}
	return v
}

// signUp makes an account ten seconds ago.
func (v *visitor) signUp(f *suitetest.Finding) {
	accounts := v.k.p.h.accounts
	c, err := accounts.BeginAccount(v.k.t.Context(), account.SourceOf(netip.MustParseAddr("192.0.2.7")), "Ann Example")
	f.Want(err == nil, "%v", err)
	s, secret, err := accounts.FinishAccount(v.k.t.Context(), c.ID, v.registers(c), "telephone", "test")
	f.Want(err == nil, "%v", err)
	v.hold(s, secret)
	err = v.k.p.h.store.Write(v.k.t.Context(), func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE session SET verified = verified - 10 WHERE account = $1", s.Account)
		return err
	})
	accounts.Forget()
	f.Want(err == nil, "%v", err)
}

func (v *visitor) hold(s account.Session, secret string) {
	v.session = s
	v.cookies["bevan-session"] = &http.Cookie{Name: "bevan-session", Value: secret}
}

// check uses the passkey again.
func (v *visitor) check(f *suitetest.Finding) {
	v.checks++
	accounts := v.k.p.h.accounts
	c, err := accounts.BeginStepUp(v.k.t.Context(), v.session)
	f.Want(err == nil, "%v", err)
	o, err := virtualwebauthn.ParseAssertionOptions(string(c.Options))
	if !f.Want(err == nil, "%v", err) {
		return
	}
	v.cred.Counter++
	s, secret, err := accounts.FinishStepUp(v.k.t.Context(), v.session, c.ID, []byte(virtualwebauthn.CreateAssertionResponse(pageSite, v.auth, v.cred, *o)))
	f.Want(err == nil, "%v", err)
	v.hold(s, secret)
}

// goes is what the browser gets at an address of the program.
func (v *visitor) goes(method, at string, form url.Values) *httptest.ResponseRecorder {
	u, err := url.Parse(at)
	if err != nil {
		v.k.t.Fatal(err)
	}
	r := httptest.NewRequest(method, "http://localhost"+u.RequestURI(), strings.NewReader(form.Encode()))
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		r.Header.Set("Origin", "http://localhost")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	for _, c := range v.cookies {
		r.AddCookie(c)
	}
	w := httptest.NewRecorder()
	v.k.p.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if v.cookies[c.Name] = c; c.MaxAge < 0 {
			delete(v.cookies, c.Name)
		}
	}
	return w
}

var ticked = regexp.MustCompile(`name="may" type="checkbox" value="([^"]+)" checked`)

// asked follows a request through the pages: a passkey where one is wanted, a
// yes where somebody is asked; until the browser is back at the app.
func (v *visitor) asked(f *suitetest.Finding, q url.Values) url.Values {
	at := "/oauth/authorize?" + q.Encode()
	w := v.goes("GET", at, nil)
	page := ""
	for range 8 {
		to := w.Header().Get("Location")
		switch {
		case strings.HasPrefix(to, kitBack+"?"):
			u, err := url.Parse(to)
			f.Want(err == nil, "%v", err)
			return u.Query()
		case w.Code == 303 && strings.HasPrefix(to, "/check?"):
			v.check(f)
			w = v.goes("GET", page, nil)
		case w.Code == 303:
			page = to
			w = v.goes("GET", to, nil)
		case w.Code == 200 && page != "":
			form := url.Values{"long": {"90"}}
			for _, m := range ticked.FindAllStringSubmatch(w.Body.String(), -1) {
				form.Add("may", strings.ReplaceAll(m[1], "&#43;", "+"))
			}
			w = v.goes("POST", page, form)
		default:
			f.Want(false, "%d to %q: %s", w.Code, to, w.Body)
			return url.Values{}
		}
	}
	f.Want(false, "the pages lead nowhere: %s", page)
	return url.Values{}
}

// tokens are what the app gets for its code.
func (v *visitor) tokens(f *suitetest.Finding, q url.Values) map[string]any {
	code := v.asked(f, q).Get("code")
	w := v.k.redeem(v.k.secret, code)
	f.Want(code != "" && w.Code == 200, "no tokens for %q: %d %s", code, w.Code, w.Body)
	return body(w)
}

// same wants both ID tokens to be about one person, and gives what they say.
func (v *visitor) same(f *suitetest.Finding, first, second map[string]any) (one, two map[string]any) {
	_, one, _, err := v.k.claims(first["id_token"])
	_, two, _, again := v.k.claims(second["id_token"])
	f.Want(err == nil && again == nil && one["sub"] != nil && one["sub"] == two["sub"], "%v and %v: %v %v", one, two, err, again)
	return one, two
}
