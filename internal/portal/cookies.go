package portal

import (
	"net/http"
	"time"
)

// Cookies. Each is for this host alone, is not shown to scripts, and does not
// come with what other websites send.
const (
	sessionCookie  = "bevan-session"  // the secret of the session
	setupCookie    = "bevan-setup"    // the set-up code, from one question to the next
	joinCookie     = "bevan-join"     // an invitation, from one question to the next
	newsCookie     = "bevan-news"     // what was done, said once on the next page
	languageCookie = "bevan-language" // the language that somebody chose
	askCookie      = "bevan-ask"      // a secret of the browser, to which the requests of apps are bound
)

// setupTime is how long a set-up code is good.
const setupTime = 30 * time.Minute

// cookieName binds a cookie to the host where there is TLS (RFC 6265bis,
// 4.1.3.2). Without TLS browsers would not take it.
func (p *Portal) cookieName(name string) string {
	if p.secure() {
		return "__Host-" + name
	}
	return name
}

func (p *Portal) secure() bool { return p.site.Scheme == "https" }

func (v *visit) cookie(name string) string {
	c, err := v.r.Cookie(v.p.cookieName(name))
	if err != nil {
		return ""
	}
	return c.Value
}

// setCookie keeps a value for so long; 0 is until the browser is closed.
func (v *visit) setCookie(name, value string, life time.Duration) {
	http.SetCookie(v.ResponseWriter, v.newCookie(name, value, int(life/time.Second)))
}

// dropCookie takes one away.
func (v *visit) dropCookie(name string) {
	http.SetCookie(v.ResponseWriter, v.newCookie(name, "", -1))
}

func (v *visit) newCookie(name, value string, age int) *http.Cookie {
	return &http.Cookie{Name: v.p.cookieName(name), Value: value, Path: "/", MaxAge: age, HttpOnly: true, Secure: v.p.secure(), SameSite: http.SameSiteLaxMode}
}
