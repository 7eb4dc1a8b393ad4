package fhirapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// maxLastN is the most observations that one $lastn looks through.
const maxLastN = 100_000

// lastN answers $lastn: the newest observations of each kind, newest first
// (http://hl7.org/fhir/R4/observation-operation-lastn.html). Observations are
// of one kind when they share a coding, or have the same text and no coding.
func (c *call) lastN() error {
	if _, err := c.parameters(); err != nil {
		return err
	}
	most, pairs, err := c.lastNQuery()
	if err != nil {
		return err
	}
	s, err := c.open(access.Operations)
	if err != nil {
		return err
	}
	q, err := search.Parse(s.Registry(), []string{"Observation"}, nil, pairs, c.searchOptions())
	if err != nil {
		return err
	}
	kept, err := c.newest(s, q, most)
	if err != nil {
		return err
	}
	c.typ, c.tail = "Observation", "$lastn"
	b := newBundle("searchset")
	defer b.free()
	total := len(kept)
	b.total(&total)
	b.links(c, c.pairs, "", record.Page{})
	for i := range kept {
		if err := b.found(c, &kept[i]); err != nil {
			return err
		}
	}
	b.remarks(remarksOf(q, record.Page{}))
	return c.send(http.StatusOK, b.end())
}

// lastNQuery takes max from the parameters and adds the order.
func (c *call) lastNQuery() (most int, pairs []pair, err error) {
	most = 1
	about := false
	for _, p := range c.pairs {
		name, _, _ := strings.Cut(p.Name, ":")
		name, _, _ = strings.Cut(name, ".")
		switch name {
		case "max":
			n, err := strconv.ParseUint(p.Value, 10, 31)
			if err != nil || n == 0 {
				return 0, nil, problem.New(problem.Invalid, "max must be a whole number from 1, such as max=3.")
			}
			most = int(n)
			continue
		case "_sort", "_count", "_page", "_total", "_include", "_revinclude", "_summary", "_elements":
			continue // the order and the extent are the operation's own
		case "patient", "subject":
			about = true
		}
		pairs = append(pairs, p)
	}
	if !about {
		return 0, nil, problem.New(problem.Invalid, "Say whose observations are meant: add patient or subject, such as patient=123.").WithCode("required")
	}
	pairs = append(pairs, pair{Name: "_sort", Value: "-date"}, pair{Name: "_count", Value: strconv.Itoa(maxPage)})
	return most, pairs, nil
}

// newest walks the observations from the newest and keeps the first of each
// kind.
func (c *call) newest(s Session, q search.Query, most int) ([]record.Resource, error) {
	var kept []record.Resource
	count := map[string]*int{}
	seen, cursor := 0, ""
	for {
		page, err := s.Search(c.ctx, q, cursor)
		if err != nil {
			return nil, err
		}
		for i := range page.Items {
			if page.Items[i].Include {
				continue
			}
			n, err := kindCount(count, page.Items[i].Body)
			if err != nil {
				return nil, err
			}
			if *n < most {
				*n++
				kept = append(kept, page.Items[i])
			}
		}
		if seen += len(page.Items); seen > maxLastN {
			return nil, problem.New(problem.Invalid, "There are too many observations to look through. Add category or code.").WithCode("too-costly")
		}
		if cursor = page.Next; cursor == "" {
			return slices.Clip(kept), nil
		}
	}
}

// kindCount finds the counter of an observation's kind and lets all of its
// codings lead to it.
func kindCount(count map[string]*int, body []byte) (*int, error) {
	t, err := fhir.Parse(body, fhir.Limits{})
	if err != nil {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	code := t.Root().Get("code")
	var names []string
	for coding := range code.Get("coding").Items() {
		names = append(names, coding.Get("system").Str()+"|"+coding.Get("code").Str())
	}
	if len(names) == 0 {
		names = []string{"text " + code.Get("text").Str()}
	}
	var n *int
	for _, name := range names {
		if n = count[name]; n != nil {
			break
		}
	}
	if n == nil {
		n = new(int)
	}
	for _, name := range names {
		if count[name] == nil {
			count[name] = n
		}
	}
	return n, nil
}
