package fhirapi

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// careDates are the search parameters that tell when the care took place that
// a resource is about. A type that is not here is not bound to a time (a
// condition, an allergy, a prescription in force) and start and end leave it
// in.
var careDates = map[string]string{
	"Appointment": "date", "ClinicalImpression": "date", "Communication": "sent",
	"Composition": "date", "DiagnosticReport": "date", "DocumentReference": "date",
	"Encounter": "date", "ImagingStudy": "started", "Immunization": "date",
	"MedicationAdministration": "effective-time", "Observation": "date",
	"Procedure": "date", "QuestionnaireResponse": "authored",
}

// everything answers $everything for a patient or an encounter: what lies in
// the compartment and what it refers to
// (http://hl7.org/fhir/R4/patient-operation-everything.html,
// encounter-operation-everything.html). It is paged; a page follows the parts
// of the question in turn.
func (c *call) everything() error {
	if _, err := c.parameters(); err != nil {
		return err
	}
	if err := c.known("_since", "_type", "_count", "start", "end", "_page"); err != nil {
		return err
	}
	s, err := c.open(access.Operations)
	if err != nil {
		return err
	}
	e, err := c.everythingPlan()
	if err != nil {
		return err
	}
	page, err := e.page(c, s)
	if err != nil {
		return err
	}
	if len(page.Items) == 0 && e.cursor == "" {
		// An empty record and no record at all look alike to a search.
		if _, err := s.Read(c.ctx, record.Key{Type: c.typ, ID: c.id}, 0); err != nil {
			return err
		}
	}
	c.tail = "$everything"
	b := newBundle("searchset")
	defer b.free()
	pairs, _ := take(c.pairs, "_page")
	b.links(c, pairs, e.cursor, page)
	for i := range page.Items {
		if err := b.found(c, &page.Items[i]); err != nil {
			return err
		}
	}
	return c.send(http.StatusOK, b.end())
}

// everythingPlan is what one $everything asks of the record, one part after
// the other.
type everythingPlan struct {
	parts  []everythingPart
	only   []string // types to give; nil means all
	count  int
	cursor string
}

type everythingPart struct {
	types []string
	pairs []pair
}

func (c *call) everythingPlan() (*everythingPlan, error) {
	e := &everythingPlan{count: maxPage, only: c.values("_type"), cursor: c.value("_page")}
	var pairs []pair
	if v := c.value("_count"); v != "" {
		n, err := parseCount(v)
		if err != nil {
			return nil, err
		}
		e.count = max(n, 1)
	}
	if v := c.value("_since"); v != "" {
		if _, err := parseMoment("_since", v); err != nil {
			return nil, err
		}
		pairs = append(pairs, pair{Name: "_lastUpdated", Value: "ge" + v})
	}
	inside := spec.CompartmentTypes(c.typ)
	types, others := []string(nil), len(e.only) == 0
	for _, t := range e.only {
		if !spec.IsResource(t) {
			return nil, problem.New(problem.Invalid, quote(t)+", which _type names, is not a resource type of FHIR R4. Check the spelling.")
		}
		if slices.Contains(inside, t) {
			types = append(types, t)
		} else {
			others = true
		}
	}
	if others {
		// What is referred to is found through all that refers to it.
		types = nil
		pairs = append(pairs, pair{Name: "_include", Value: "*"})
	}
	dates := c.careRange()
	if len(dates) == 0 {
		e.parts = []everythingPart{{types, pairs}}
		return e, nil
	}
	if types == nil {
		types = inside
	}
	e.split(types, pairs, dates)
	return e, nil
}

// careRange is start and end as values of a date parameter.
func (c *call) careRange() []string {
	var values []string
	if v := c.value("start"); v != "" {
		values = append(values, "ge"+v)
	}
	if v := c.value("end"); v != "" {
		values = append(values, "le"+v)
	}
	return values
}

// split makes a part for all types without a date of care and one for each
// that has one, since each has a parameter of its own.
func (e *everythingPlan) split(types []string, pairs []pair, dates []string) {
	var timeless []string
	for _, t := range types {
		if careDates[t] == "" {
			timeless = append(timeless, t)
		}
	}
	if len(timeless) > 0 {
		e.parts = append(e.parts, everythingPart{timeless, pairs})
	}
	for _, t := range types {
		code := careDates[t]
		if code == "" {
			continue
		}
		own := slices.Clone(pairs)
		for _, v := range dates {
			own = append(own, pair{Name: code, Value: v})
		}
		e.parts = append(e.parts, everythingPart{[]string{t}, own})
	}
}

// page fills one page: from the part that the cursor names, and from those
// after it while there is room.
func (e *everythingPlan) page(c *call, s Session) (record.Page, error) {
	part, count, cursor, err := e.place()
	if err != nil {
		return record.Page{}, err
	}
	var page record.Page
	matches := 0
	for ; part < len(e.parts); part++ {
		got, err := e.ask(c, s, part, count, cursor)
		if err != nil {
			return page, err
		}
		for i := range got.Items {
			if !got.Items[i].Include {
				matches++
			}
			if e.wanted(&got.Items[i], page.Items) {
				page.Items = append(page.Items, got.Items[i])
			}
		}
		if got.Next != "" {
			page.Next = strconv.Itoa(part) + "." + strconv.Itoa(count) + "." + got.Next
			return page, nil
		}
		cursor, count = "", e.count-matches
		if count <= 0 && part+1 < len(e.parts) {
			page.Next = strconv.Itoa(part+1) + "." + strconv.Itoa(e.count) + "."
			return page, nil
		}
	}
	return page, nil
}

// place reads where a page begins. The record's own part of the cursor is
// sealed; what stands before it only picks one of the caller's own parts.
func (e *everythingPlan) place() (part, count int, cursor string, err error) {
	if e.cursor == "" {
		return 0, e.count, "", nil
	}
	fields := strings.SplitN(e.cursor, ".", 3)
	if len(fields) == 3 {
		p, err1 := strconv.ParseUint(fields[0], 10, 16)
		n, err2 := strconv.ParseUint(fields[1], 10, 16)
		if err1 == nil && err2 == nil && int(p) < len(e.parts) && n > 0 && n <= maxPage {
			return int(p), int(n), fields[2], nil
		}
	}
	return 0, 0, "", problem.New(problem.Invalid, "The page that was asked for is not one of this question's. Start again without _page.")
}

func (e *everythingPlan) ask(c *call, s Session, part, count int, cursor string) (record.Page, error) {
	p := e.parts[part]
	pairs := append(slices.Clone(p.pairs), pair{Name: "_count", Value: strconv.Itoa(count)})
	q, err := search.Parse(s.Registry(), p.types, &search.Compartment{Type: c.typ, ID: c.id}, pairs, c.searchOptions())
	if err != nil {
		return record.Page{}, err
	}
	return s.Search(c.ctx, q, cursor)
}

// wanted tells whether an item goes into the page: its type was asked for, and
// it is not there already from another part.
func (e *everythingPlan) wanted(r *record.Resource, have []record.Resource) bool {
	if len(e.only) > 0 && !slices.Contains(e.only, r.Type) {
		return false
	}
	if !r.Include || len(e.parts) == 1 {
		return true
	}
	for i := range have {
		if have[i].Key == r.Key {
			return false
		}
	}
	return true
}
