package fhirapi

import (
	"net/http"
	"strconv"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// maxPage is the most entries that one page of a Bundle holds.
const maxPage = 1_000

// history answers the versions of a resource, of a type or of everything,
// newest first (http://hl7.org/fhir/R4/http.html#history).
func (c *call) history() error {
	if err := c.known("_since", "_at", "_count", "_page"); err != nil {
		return err
	}
	h, err := c.historyQuery()
	if err != nil {
		return err
	}
	s, err := c.open(access.Operations)
	if err != nil {
		return err
	}
	page, err := s.History(c.ctx, h)
	if err != nil {
		return err
	}
	c.tail = "_history"
	b := newBundle("history")
	defer b.free()
	b.total(page.Total)
	pairs, _ := take(c.pairs, "_page")
	b.links(c, pairs, h.Cursor, page)
	for i := range page.Items {
		if err := b.versionEntry(c, &page.Items[i]); err != nil {
			return err
		}
	}
	return c.send(http.StatusOK, b.end())
}

func (c *call) historyQuery() (record.History, error) {
	h := record.History{Type: c.typ, ID: c.id, Count: -1, Cursor: c.value("_page")}
	err := c.once("_count", "_since", "_at", "_page")
	if err != nil {
		return h, err
	}
	if v := c.value("_count"); v != "" {
		if h.Count, err = parseCount(v); err != nil {
			return h, err
		}
	}
	if v := c.value("_since"); v != "" {
		if h.Since, err = parseMoment("_since", v); err != nil {
			return h, err
		}
	}
	if v := c.value("_at"); v != "" {
		from, to, err := parseSpan("_at", v)
		if err != nil {
			return h, err
		}
		h.At = &record.Span{From: from, To: to}
	}
	return h, nil
}

// once refuses a parameter that is given twice where one value would be passed
// over.
func (c *call) once(names ...string) error {
	for _, name := range names {
		n := 0
		for _, p := range c.pairs {
			if p.Name == name {
				n++
			}
		}
		if n > 1 {
			return problem.New(problem.Invalid, name+" is given more than once. Ask with one value at a time.")
		}
	}
	return nil
}

// parseCount reads _count; what is over the page size is cut to it, as R4
// allows (search.html#count).
func parseCount(s string) (int, error) {
	n, err := strconv.ParseUint(s, 10, 63)
	if err != nil {
		return 0, problem.New(problem.Invalid, "_count must be a whole number, such as _count=50.")
	}
	return int(min(n, maxPage)), nil
}

// parseMoment reads a moment in time. A date stands for its beginning, in UTC
// unless it says otherwise.
func parseMoment(name, s string) (time.Time, error) {
	from, _, err := parseSpan(name, s)
	return from, err
}

// parseSpan reads a time by its precision: a date is the whole day, a second
// all of it (http://hl7.org/fhir/R4/search.html#date).
func parseSpan(name, s string) (from, to time.Time, err error) {
	d, err := fhir.ParseDateTime(s)
	if err != nil {
		return from, to, problem.Wrap(problem.Invalid,
			name+" must be a date and time, such as "+name+"=2026-05-01T09:30:00Z. In an address, write a plus sign as %2B.", err)
	}
	low, high := d.Range()
	return time.UnixMicro(low).UTC(), time.UnixMicro(high).UTC(), nil
}
