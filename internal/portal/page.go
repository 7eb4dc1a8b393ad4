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

	"github.com/bevanhealth/bevan/internal/portal/words"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/web"
)

//go:embed templates/*.html
var templates embed.FS

const layout = "templates/layout.html"

// readPages parses each page together with the layout around it.
func readPages() (map[string]*template.Template, error) {
	names, err := fs.Glob(templates, "templates/*.html")
	if err != nil {
		return nil, err
	}
	pages := map[string]*template.Template{}
	for _, n := range names {
		if n == layout {
			continue
		}
		t, err := template.New(path.Base(layout)).Option("missingkey=error").ParseFS(templates, layout, n)
		if err != nil {
			return nil, fmt.Errorf("portal: %w", err)
		}
		pages[strings.TrimSuffix(path.Base(n), ".html")] = t
	}
	return pages, nil
}

// view is what a template gets.
type view struct {
	Title string // of the page, for the browser's tab too
	W     *words.Words
	Style string // the path of the style sheet
	Body  any    // what the page shows
}

// show writes a page. It is made whole before its first byte leaves, so that a
// page is never half there.
func (v *visit) show(status int, name, title string, body any) error {
	t := v.p.pages[name]
	if t == nil {
		return problem.Wrap(problem.Internal, "", fmt.Errorf("portal: there is no page %q", name))
	}
	var b bytes.Buffer
	if err := t.Execute(&b, view{Title: title, W: v.p.words, Style: v.p.style, Body: body}); err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	h := v.Header()
	v.p.guard(h)
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Length", strconv.Itoa(b.Len()))
	v.WriteHeader(status)
	_, _ = v.Write(b.Bytes()) // a reader that went away can not be told
	return nil
}

// policy is what a page may load and where its forms may go: this server, and
// nothing else. Pictures may be part of the style sheet (data:).
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; " +
	"form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// guard sets what every page carries. Nothing of it is kept by a browser or a
// server on the way, and no other page may frame it or learn its address.
func (p *Portal) guard(h http.Header) {
	h.Set("Content-Security-Policy", policy)
	h.Set("Cache-Control", "no-store")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=()")
	if p.cfg.Secure {
		h.Set("Strict-Transport-Security", "max-age=31536000")
	}
}

// WriteError writes an error as a page; it is a web.ErrorWriter. The cause is
// for the log of whoever calls.
func (p *Portal) WriteError(w http.ResponseWriter, r *http.Request, err error) {
	v := &visit{ResponseWriter: w, p: p, r: r}
	body := struct{ Sentence, ID string }{problem.Sentence(err), web.RequestID(r.Context())}
	if err := v.show(web.Status(err), "problem", p.words.Problem.Title, body); err != nil {
		web.PlainError(w, r, err)
	}
}
