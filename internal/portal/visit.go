package portal

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/portal/words"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/web"
)

// visit is one request for a page. It passes through the mux as the writer, so
// that the error of a page comes back to Handle.
type visit struct {
	http.ResponseWriter
	p   *Portal
	r   *http.Request
	err error
	// around is the language of what stands around the page.
	around *words.Words

	looked bool // whether the session was looked up
	in     bool
	s      account.Session
	failed error
	work   working
	forWho forWhom
	own    opened
	form   *form // what the page asks, for the summary of what is wrong
	// leadsTo are the places of apps to which the page's forms lead, and onward
	// is where the browser goes on to by itself.
	leadsTo   []string
	checks    bool // the page checks a receipt
	draws     bool // the page may draw very many values
	pinches   bool // the page has a growth chart
	ofExample bool // the page is about one of the example people
	ownPage   bool // it is about the visitor's own record, whomever they act for
	onward    string
	// switched waits for what switchAhead began, and lately gives the places from
	// which something may be missing, in sentences; nil for none.
	switched func() []switchTo
	lately   func() []string
	// sentTo is where a form was sent that is shown again, as it came back from
	// where it was held; "" for every other page.
	sentTo string
	// wire is the body as it comes, for the page that takes a file and bounds it
	// by itself.
	wire io.ReadCloser
}

// opened is somebody's own record where several parts of a page need it.
type opened struct {
	once   sync.Once
	folder *folder
	failed error
}

// maxForm bounds what a form may send: the largest answers of authenticators
// are some kilobytes.
const maxForm = 64 << 10

// on makes the mux's handler of a page.
func on(do func(*visit) error) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		v := w.(*visit) // Handle gave it to the mux
		v.r = r
		v.speak()
		if v.err = v.read(); v.err == nil {
			v.err = v.foreign()
		}
		if v.err == nil {
			v.err = do(v)
		}
	}
}

// read reads a form that was sent.
func (v *visit) read() error {
	if v.r.Method == http.MethodGet || v.r.Method == http.MethodHead {
		return nil
	}
	v.wire = v.r.Body
	v.r.Body = http.MaxBytesReader(v.ResponseWriter, v.r.Body, maxForm)
	if err := v.r.ParseForm(); err != nil {
		return problem.Wrap(problem.Invalid, "", err)
	}
	return nil
}

// session is who is signed in; in is false for nobody. A session that was
// ended is nobody.
func (v *visit) session() (s account.Session, in bool, err error) {
	if v.looked {
		return v.s, v.in, v.failed
	}
	v.looked = true
	secret := v.cookie(sessionCookie)
	if secret == "" {
		return v.s, false, nil
	}
	s, err = v.p.cfg.Accounts.Session(v.r.Context(), secret)
	switch {
	case problem.Is(err, problem.Unauthorized):
		err = nil
	case err != nil:
		v.failed = err
	default:
		v.s, v.in = s, true
	}
	return v.s, v.in, v.failed
}

// enter gives the browser a new session. One that it had before is ended, so
// that nothing stays signed in that no browser holds.
func (v *visit) enter(secret string) error {
	old, in, err := v.session()
	if err == nil && in {
		err = v.p.cfg.Accounts.SignOut(v.r.Context(), old)
	}
	if err != nil && !problem.Is(err, problem.Forbidden) { // the one before may be of a suspended account
		return err
	}
	v.setCookie(sessionCookie, secret, 0)
	return nil
}

// goOn sends the browser to another page of ours, with a GET.
//
// After a form it goes to the request of an app by way of a page: that request
// may be answered by the app's own address at once, and browsers hold
// everything that a form leads to against form-action of the page that it stood
// on.
func (v *visit) goOn(path string) error {
	if v.r.Method == http.MethodPost && strings.HasPrefix(path, askAt) {
		v.onward = path
		return v.show(http.StatusOK, "onward", v.p.words.Choosing.OnTitle, nil)
	}
	h := v.Header()
	v.p.guard(h)
	h.Set("Location", path)
	v.WriteHeader(http.StatusSeeOther)
	return nil
}

// need makes sure that the person may do an action now. Where a passkey is
// lacking, or was used too long ago, they are sent to use one and come back to
// the page at back; ok is false then.
func (v *visit) need(act account.Action, back string) (ok bool, err error) {
	switch n := act.Lacks(v.s.Standing, v.s.Verified, v.p.cfg.Now()); n {
	case account.NeedNothing:
		return true, nil
	case account.NeedAgain, account.NeedPasskey:
		if v.worthKeeping() {
			return false, v.keepTyped(withNext("/check", back))
		}
		return false, v.goOn(withNext("/check", back))
	default:
		return false, n.Problem()
	}
}

// source is where the request comes from, for the bounds on tries. What a
// header says of it is not believed: whoever guesses would write another one
// each time.
func (v *visit) source() account.Source {
	host, _, err := net.SplitHostPort(v.r.RemoteAddr)
	if err != nil {
		return account.Source{}
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return account.Source{}
	}
	return account.SourceOf(a)
}

// home is the page of a form that was sent, for those who have to come back to
// it.
func (v *visit) home() string {
	_, pattern := v.p.mux.Handler(&http.Request{Method: http.MethodGet, URL: &url.URL{Path: v.r.URL.Path}})
	if pattern == "/" || pattern == "" {
		return afterwards
	}
	return v.r.URL.Path
}

// begin answers the script that asks for a passkey: what the authenticator is
// to be told. For a refusal it sends the form itself, and the page says why.
func (v *visit) begin(c account.Ceremony, err error) error {
	body, status := []byte("{}"), web.Status(err)
	if err == nil {
		status = http.StatusOK
		if body, err = json.Marshal(struct {
			ID      string          `json:"id"`
			Options json.RawMessage `json:"options"`
		}{c.ID, c.Options}); err != nil {
			return err
		}
	}
	if status >= http.StatusInternalServerError {
		return err
	}
	h := v.Header()
	v.p.guard(h)
	h.Set("Content-Type", "application/json")
	h.Set("Content-Length", strconv.Itoa(len(body)))
	v.WriteHeader(status)
	_, _ = v.Write(body) // a reader that went away can not be told
	return nil
}
