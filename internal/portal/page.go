package portal

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/portal/words"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/web"
)

//go:embed templates/*.html
var templates embed.FS

const (
	layout = "templates/layout.html"
	parts  = "templates/parts.html" // what several pages use
)

// readPages parses each page together with the layout around it.
func readPages() (map[string]*template.Template, error) {
	names, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		return nil, err
	}
	pages := map[string]*template.Template{}
	for _, n := range names {
		if n == layout || n == parts {
			continue
		}
		t, err := template.New(path.Base(layout)).Option("missingkey=error").Funcs(template.FuncMap{"say": newSaying, "lang": langOf}).ParseFS(templates, layout, parts, n)
		if err != nil {
			return nil, fmt.Errorf("portal: %w", err)
		}
		pages[strings.TrimSuffix(path.Base(n), ".html")] = t
	}
	return pages, nil
}

// saying is a sentence that the script shows when the browser answers so.
type saying struct{ Name, Title, Text string }

func newSaying(name, title, text string) saying { return saying{name, title, text} }

// view is what a template gets.
type view struct {
	Title string       // of the page, for the browser's tab too
	W     *words.Words // of what stands around the page
	// Page is the same with the words of the page itself, which may be in another
	// language.
	Page      *view
	Languages []languageLink
	Here      string // where to come back to when a language was chosen
	Style     string // the path of the style sheet
	Script    string // the path of the script, where the page asks for a passkey
	Fresh     bool   // nobody is the operator yet, so nobody can sign in
	In        bool   // somebody is signed in
	News      string // what was just done
	// Late are the places that send data and have fallen silent, in sentences.
	Late []string
	// Waits says that a recovery can be stopped, and Mine that whoever looks
	// came in by it.
	Waits, Mine bool
	Menu        []menuLink
	// Work is where somebody acts as staff; nil for nowhere.
	Work *workView
	// For is whom somebody acts for; nil for nobody. Switch is for whom they can
	// act, themself first; nil where there is nobody else.
	For *forView
	// Example says that there are example people here; nil for none.
	Example *exampleView
	Switch  []switchTo
	Form    *form // what the page asks
	// Marks are the hidden fields by which each form of the page is known.
	Marks [][2]string
	// Onward is where the browser goes on to by itself at once; "" for nowhere.
	Onward string
	Body   any // what the page shows
}

// buffers are what pages are made in: to grow a new one to the size of a page
// takes twice its memory.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// show writes a page. It is made whole before its first byte leaves, so that a
// page is never half there.
func (v *visit) show(status int, name, title string, body any) error {
	t := v.p.pages[name]
	if t == nil {
		return problem.Wrap(problem.Internal, "", fmt.Errorf("portal: there is no page %q", name))
	}
	b := buffers.Get().(*bytes.Buffer)
	defer func() {
		if b.Cap() <= 1<<20 {
			buffers.Put(b)
		}
	}()
	b.Reset()
	if err := t.Execute(b, v.view(title, body)); err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	h := v.Header()
	v.p.guard(h)
	h.Set("Content-Security-Policy", policyTo(v.leadsTo...))
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	v.WriteHeader(status)
	_, _ = v.Write(b.Bytes()) // a reader that went away can not be told
	return nil
}

// view is what the layout needs to know beside the page itself.
func (v *visit) view(title string, body any) view {
	w := view{Title: title, W: v.around, Languages: v.languages(), Here: v.here(), Style: v.p.style, Form: v.form, Body: body, News: v.news(), Fresh: !v.p.isSet.Load(), Onward: v.onward}
	if v.lately != nil {
		w.Late = v.lately()
	}
	if v.form != nil && v.form.Passkey != "" {
		w.Script = v.p.script
	}
	if v.checks {
		w.Script = v.p.checker
	}
	if v.draws {
		w.Script = v.p.denser
	}
	if v.pinches {
		w.Script = v.p.pincher
	}
	// Where it can not be found out who is signed in, the page is shown as it is
	// for nobody: it may be the page that says so.
	if s, in, err := v.session(); err == nil && in {
		w.In = true
		w.Waits = v.p.cfg.Now().Before(s.Waits)
		w.Mine = s.Strength != account.Strong
		if a, err := v.acting(); err == nil {
			w.Work, w.Menu = &workView{As: v.actingAs(a)}, v.menuAtWork(a)
		} else {
			w.Menu = v.menu()
		}
		if r, ok, err := v.actingFor(); err == nil && ok {
			w.For = &forView{Name: r.Name, OwnPage: v.ownPage}
		}
		if v.switched == nil {
			v.switched = v.switching
		}
		w.Switch = v.switched()
		w.Marks = v.marks(v.r.URL.Path)
		w.Example = v.exampleBand()
	}
	inner := w
	inner.W = v.p.words
	w.Page = &inner
	return w
}

// workView is what stands above every page of somebody who acts as staff.
type workView struct{ As string }

// policy is what a page may load and where its forms may go: this server, and
// nothing else. Pictures may be part of the style sheet (data:).
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// policyTo is policy for a page whose form is answered by going to other
// places. Browsers hold what answers a form to form-action as well.
func policyTo(places ...string) string {
	more := "form-action 'self'"
	for _, p := range places {
		if p != "" {
			more += " " + p
		}
	}
	return strings.Replace(policy, "form-action 'self'", more, 1)
}

// guard sets what every page carries. Nothing of it is kept by a browser or a
// server on the way, and no other website may frame it or learn its address.
func (p *Portal) guard(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-store")
	// With no-referrer browsers would send our own forms without their origin,
	// and those that send no Sec-Fetch-Site could not be told from strangers.
	h.Set("Referrer-Policy", "same-origin")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
	if p.secure() {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// WriteError writes an error as a page; it is a web.ErrorWriter. The cause is
// for the log of whoever calls.
func (p *Portal) WriteError(w http.ResponseWriter, r *http.Request, err error) {
	p = p.in(p.tongue(r))
	v := &visit{ResponseWriter: w, p: p, r: r, around: p.words}
	body := struct{ Sentence, ID string }{p.sentence(err), web.RequestID(r.Context())}
	if said := p.words.Said[body.Sentence]; said != "" {
		body.Sentence = said
	}
	if err := v.show(web.Status(err), "problem", p.words.Problem.Title, body); err != nil {
		web.PlainError(w, r, err)
	}
}
