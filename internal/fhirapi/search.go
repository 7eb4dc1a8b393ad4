package fhirapi

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// search answers a search of the system, a type or a compartment, by GET or by
// POST to _search (http://hl7.org/fhir/R4/http.html#search).
func (c *call) search() error {
	if err := c.form(); err != nil {
		return err
	}
	if c.ofLog() {
		return c.searchLooks()
	}
	s, err := c.open(access.Operations)
	if err != nil {
		return err
	}
	pairs, cursor := take(c.pairs, "_page")
	q, err := c.query(s, pairs)
	if err != nil {
		return err
	}
	c.shape.summary, c.shape.elements = q.Summary, q.Elements
	var at string
	if len(cursor) > 0 {
		at = cursor[0]
	}
	page, err := s.Search(c.ctx, q, at)
	if err != nil {
		return err
	}
	return c.searchset(q, page, at)
}

// form adds the parameters that a POST carries in its body.
func (c *call) form() error {
	if c.r.Method != http.MethodPost {
		return nil
	}
	if c.r.ContentLength == 0 {
		return nil
	}
	kind, err := c.bodyKind()
	if err == nil && kind != bodyForm {
		err = refuse(http.StatusUnsupportedMediaType,
			"A search by POST sends its parameters as a form. Use Content-Type: application/x-www-form-urlencoded.")
	}
	if err != nil {
		return err
	}
	body, err := c.readBody()
	if err != nil {
		return err
	}
	if c.pairs, err = parseQuery(c.pairs, string(body)); err != nil {
		return err
	}
	c.shape = shape{}
	return c.accept(c.format())
}

// query reads the parameters as a search of the place that the path names.
func (c *call) query(s Session, pairs []pair) (search.Query, error) {
	var types []string
	var in *search.Compartment
	switch {
	case c.sub != "":
		in = &search.Compartment{Type: c.typ, ID: c.id}
		if c.sub != "*" {
			types = []string{c.sub}
		}
	case c.typ != "":
		types = []string{c.typ}
	}
	return search.Parse(s.Registry(), types, in, pairs, c.searchOptions())
}

func (c *call) searchOptions() search.Options {
	return search.Options{
		Strict:   c.prefer.strict,
		Base:     c.base(),
		Now:      c.s.cfg.Now().UnixMicro(),
		MaxCount: maxPage,
		Own:      []string{"_page"},
	}
}

// searchset writes a page of a search.
func (c *call) searchset(q search.Query, page record.Page, cursor string) error {
	b := newBundle("searchset")
	defer b.free()
	b.total(page.Total)
	b.links(c, q.Pairs(), cursor, page)
	if q.Summary != "count" {
		for i := range page.Items {
			if err := b.found(c, &page.Items[i]); err != nil {
				return err
			}
		}
	}
	b.remarks(remarksOf(q, page))
	return c.send(http.StatusOK, b.end())
}

// remarksOf is what the reader of a page should know beside its resources.
func remarksOf(q search.Query, page record.Page) []problem.Issue {
	var issues []problem.Issue
	for _, name := range q.Ignored {
		issues = append(issues, problem.Issue{Warning: true, Code: "not-supported",
			Sentence: "The parameter " + quote(name) + " is not known here and was left out. Check its name, or ask with Prefer: handling=strict to have this refused."})
	}
	if q.Clamped {
		issues = append(issues, problem.Issue{Warning: true, Code: "informational",
			Sentence: "A page holds at most " + strconv.Itoa(q.Count) + " matches. Follow the next link for more."})
	}
	for _, n := range page.Notes {
		issues = append(issues, problem.Issue{Warning: true, Code: n.Code, Sentence: n.Text})
	}
	if page.Plan != nil {
		issues = append(issues, problem.Issue{Code: "informational", Sentence: planText(page.Plan)})
	}
	return issues
}

// planText is a plan as indented lines.
func planText(p *record.Plan) string {
	var b strings.Builder
	var walk func(p *record.Plan, depth int)
	walk = func(p *record.Plan, depth int) {
		if p == nil || depth > 64 {
			return
		}
		b.WriteString(strings.Repeat("  ", depth))
		b.WriteString(p.Step)
		if p.Estimate >= 0 {
			b.WriteString(" (about " + strconv.FormatInt(p.Estimate, 10) + " rows)")
		}
		b.WriteByte('\n')
		for _, s := range p.Steps {
			walk(s, depth+1)
		}
	}
	walk(p, 0)
	return strings.TrimSuffix(b.String(), "\n")
}

// condition reads the query of a conditional write. It is always read
// strictly: a parameter that was left out would make the write act on another
// resource than was meant.
func (c *call) condition(typ, query string) (*search.Query, error) {
	query = strings.TrimPrefix(query, "?")
	if _, after, ok := strings.Cut(query, "?"); ok {
		query = after // If-None-Exist with the type in front
	}
	pairs, err := parseQuery(nil, query)
	if err != nil {
		return nil, err
	}
	for _, own := range []string{"_format", "_pretty", "_summary", "_elements"} {
		pairs, _ = take(pairs, own)
	}
	s, err := c.open(access.Operations)
	if err != nil {
		return nil, err
	}
	o := c.searchOptions()
	o.Strict = true
	o.Own = nil
	q, err := search.Parse(s.Registry(), []string{typ}, nil, pairs, o)
	if err != nil {
		return nil, err
	}
	if len(q.Criteria) == 0 {
		return nil, problem.New(problem.PreconditionFailed,
			"Say which "+typ+" is meant: put an id into the address, or search parameters such as identifier behind a question mark.")
	}
	return &q, nil
}
