package portal

import (
	"embed"
	"html/template"
	"io"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/exchange/plain"
	"github.com/bevanhealth/bevan/internal/exchange/takeaway"
	"github.com/bevanhealth/bevan/internal/portal/words"
)

//go:embed alone/copy.html
var alone embed.FS

// CopyPage is the page for people in the copy that they take away. It stands by
// itself: it has its style in it, runs nothing and asks for nothing.
type CopyPage struct {
	w    *words.Words
	t    *template.Template
	zone *time.Location
}

// NewCopyPage reads the template. zone is where times are shown; nil is the
// server's own.
func NewCopyPage(zone *time.Location) (*CopyPage, error) {
	t, err := template.ParseFS(alone, "alone/copy.html")
	if zone == nil {
		zone = time.Local
	}
	return &CopyPage{w: words.English(), t: t, zone: zone}, err
}

// Readme is the text that says what is in the copy.
func (p *CopyPage) Readme() string { return p.w.Takeaway.Readme + "\n" }

// ReadmeFor is that of a copy of somebody who acts for the person.
func (p *CopyPage) ReadmeFor() string { return p.w.Family.Copy.Readme + "\n" }

// part of the page, with an id that links lead to.
type copySection struct {
	ID, Title string
	Count     int
}

// Write writes the page, entry by entry, so that a large record needs no more
// memory than a small one.
func (p *CopyPage) Write(w io.Writer, c *takeaway.Contents) error {
	o := &copyWriter{p: p, w: w, read: plain.Reader{W: plainWords(p.w, p.zone), Name: c.Name}}
	head := struct {
		W        *words.Words
		Title    string
		What     string
		Made     string
		Sections []copySection
		Empty    bool
	}{W: p.w, Title: p.w.Takeaway.PageTitle, What: p.w.Takeaway.PageWhat, Made: c.At.In(p.zone).Format("2 January 2006, 3:04pm"), Empty: len(c.Types) == 0}
	if c.For {
		head.Title, head.What = p.w.Family.Copy.PageTitle, p.w.Family.Copy.PageWhat
	}
	for _, of := range c.Types {
		head.Sections = append(head.Sections, p.kind(of))
	}
	files := copySection{"files", p.w.Takeaway.Files, len(c.Files)}
	head.Sections = append(head.Sections, files)
	for _, part := range c.Parts {
		head.Sections = append(head.Sections, copySection{ID: "other-" + part.Name, Title: part.Title})
	}
	o.put("head", head)
	if o.err == nil {
		o.err = o.entries(c)
	}
	o.put("begin", files)
	o.put("files", struct {
		W       *words.Words
		Files   []takeaway.Attached
		Missing []takeaway.Missing
	}{p.w, c.Files, c.Missing})
	o.put("end", nil)
	for _, part := range c.Parts {
		o.part(c, part)
	}
	o.put("foot", nil)
	return o.err
}

func (p *CopyPage) kind(of takeaway.Of) copySection {
	return copySection{"kind-" + of.Type, p.w.Kinds[of.Type], of.Count}
}

// copyWriter writes pieces of the page until one can not be written.
type copyWriter struct {
	p    *CopyPage
	w    io.Writer
	read plain.Reader
	err  error
}

func (o *copyWriter) put(name string, data any) {
	if o.err == nil {
		o.err = o.p.t.ExecuteTemplate(o.w, name, data)
	}
}

// entries writes every resource, kind by kind.
func (o *copyWriter) entries(c *takeaway.Contents) error {
	left, next := 0, 0
	return c.Each(func(t *fhir.Tree) error {
		if left == 0 {
			o.put("begin", o.p.kind(c.Types[next]))
			left, next = c.Types[next].Count, next+1
		}
		o.put("entry", struct {
			W *words.Words
			E plain.Entry
		}{o.p.w, o.read.Entry(t)})
		if left--; left == 0 {
			o.put("end", nil)
		}
		return o.err
	})
}

// part writes what is held beside the record, as a table.
func (o *copyWriter) part(c *takeaway.Contents, part takeaway.Part) {
	o.put("begin", copySection{ID: "other-" + part.Name, Title: part.Title})
	some := false
	if o.err == nil {
		o.err = c.Lines(part, func(cells []string) error {
			if !some {
				o.put("tablehead", part.Heads)
				some = true
			}
			o.put("tablerow", cells)
			return o.err
		})
	}
	if some {
		o.put("tableend", nil)
	} else {
		o.put("none", part.None)
	}
	o.put("end", nil)
}
