package atoz

import (
	"bytes"
	"html/template"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/text"
)

// professionals heads the part for professionals.
const professionals = "# For professionals"

// urgencies are what a heading begins with whose section says when to get help.
var urgencies = map[string]Urgency{"[999] ": Emergency, "[111] ": Today, "[gp] ": GP}

// mark reads Markdown (CommonMark). HTML in it is never passed on: what is not in
// the list of allowed says so instead.
var mark = goldmark.New()

// body reads what is below the head, which begins at a line.
func (p *Page) body(rest string, line int) (faults []fault) {
	person, more, ok := strings.Cut("\n"+rest, "\n"+professionals+"\n")
	if !ok {
		return []fault{{line, "The part for professionals is missing. Begin it with a line: " + professionals}}
	}
	lines := strings.Split(strings.TrimPrefix(person, "\n"), "\n")
	begin := 0
	section := Section{}
	end := func(at int) {
		html, words, f := p.render(strings.Join(lines[begin:at], "\n"), line+begin)
		faults = append(faults, f...)
		p.text += section.Title + "\n" + words + "\n"
		if section.Text = html; section.Title == "" {
			p.Lead = html
		} else {
			p.Person = append(p.Person, section)
		}
	}
	for i, l := range lines {
		title, ok := strings.CutPrefix(l, "## ")
		if !ok {
			continue
		}
		end(i)
		begin, section = i+1, Section{Title: strings.TrimSpace(title)}
		for sign, u := range urgencies {
			if rest, ok := strings.CutPrefix(section.Title, sign); ok {
				section.Title, section.Urgency = rest, u
			}
		}
		if section.Title == "" {
			faults = append(faults, fault{line + i, "This heading is empty. Write what is below it."})
			section.Title = "?"
		}
	}
	end(len(lines))
	if strings.TrimSpace(string(p.Lead)) == "" {
		faults = append(faults, fault{line, "The page does not begin by saying what it is about. Write a sentence before the first heading."})
	}
	html, _, f := p.render(more, line+strings.Count(person, "\n")+1)
	p.Professional = html
	return append(faults, f...)
}

// render makes HTML of one part, and returns its words as well.
func (p *Page) render(source string, line int) (html template.HTML, words string, faults []fault) {
	src := []byte(source)
	doc := mark.Parser().Parse(text.NewReader(src))
	var b strings.Builder
	_ = ast.Walk(doc, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the function returns no error
		if !entering {
			if n.Type() == ast.TypeBlock {
				b.WriteString("\n")
			}
			return ast.WalkContinue, nil
		}
		if says := p.dress(n); says != "" {
			faults = append(faults, fault{line + lineOf(n, src), says})
			return ast.WalkSkipChildren, nil
		}
		if t, ok := n.(*ast.Text); ok {
			b.Write(t.Segment.Value(src))
			if t.SoftLineBreak() || t.HardLineBreak() {
				b.WriteString(" ")
			}
		}
		return ast.WalkContinue, nil
	})
	if len(faults) > 0 {
		return "", "", faults
	}
	var out bytes.Buffer
	if err := mark.Renderer().Render(&out, src, doc); err != nil {
		return "", "", []fault{{line, "This part can not be read as Markdown."}}
	}
	// What it may hold is in the list of dress, and goldmark escapes text.
	return template.HTML(out.String()), b.String(), nil
}

// lineOf is how many lines of its part stand before a node.
func lineOf(n ast.Node, src []byte) int {
	for ; n != nil; n = n.Parent() {
		if n.Type() == ast.TypeBlock && n.Lines().Len() > 0 {
			return bytes.Count(src[:n.Lines().At(0).Start], []byte("\n"))
		}
	}
	return 0
}

// dress gives a node the look of our pages. It returns what is wrong with a node
// that a page may not have.
func (p *Page) dress(n ast.Node) (says string) {
	switch n := n.(type) {
	case *ast.Document, *ast.TextBlock, *ast.Text, *ast.String, *ast.Emphasis, *ast.ListItem:
	case *ast.Paragraph:
	case *ast.Heading:
		if n.Level != 3 {
			return "A heading here is ### and a blank. Only the parts of the page have ## before them."
		}
		n.SetAttributeString("class", []byte("nhsuk-heading-s"))
	case *ast.List:
		class := "nhsuk-list nhsuk-list--bullet"
		if n.IsOrdered() {
			class = "nhsuk-list nhsuk-list--number"
		}
		n.SetAttributeString("class", []byte(class))
	case *ast.Link:
		id, ok := strings.CutPrefix(string(n.Destination), At+"/")
		if !ok || !idForm.MatchString(id) {
			return "A page leads to other pages of the A to Z only, such as (" + At + "/asthma). Write the name of anything else as text."
		}
		if len(p.links) < 100 {
			p.links = append(p.links, id)
		}
	case *ast.HTMLBlock, *ast.RawHTML:
		return "HTML is not taken. Write it as Markdown, or write &lt; for a less-than sign."
	case *ast.Image:
		return "Pictures are not taken. Say it in words."
	case *ast.AutoLink:
		return "An address becomes no link. Write the name of the place as text."
	default:
		return "Pages have paragraphs, lists, headings, bold words and links. This is something else (" + strconv.Quote(n.Kind().String()) + ")."
	}
	return ""
}
