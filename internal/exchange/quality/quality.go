// Package quality counts what is missing in the record as a whole, and checks the
// access log, for those who run the service: as background work, since both read
// much, with the last result kept.
//
// Why here: it reads across people and belongs to no door. What is not here: whose
// entries they are. It gives numbers and no names, and judges no care.
package quality

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// The kinds of the jobs.
const (
	CountKind = "data-quality"
	LogKind   = "check-access-log"
)

// Session is what counting needs of the record, over everybody.
type Session interface {
	Search(ctx context.Context, q search.Query, cursor string) (record.Page, error)
	NewCodes(ctx context.Context) ([]record.NewCode, error)
	Registry() *search.Registry
}

// Verifier is the access log, as it is checked.
type Verifier interface {
	Verify(ctx context.Context, known ...[]byte) (audit.Report, error)
}

// Config is what the work stands on.
type Config struct {
	Queue *jobs.Queue
	// Open opens a session over everybody for the work, after it was found out anew
	// that the one behind it may have it.
	Open func(ctx context.Context, who access.Who) (Session, error)
	Log  Verifier
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Line is what is missing in one type of resource. A number is -1 where it is not
// asked for or not known.
type Line struct {
	Type   string
	All    int64
	NoDate int64
	// NoCode have neither a code nor words for one, and TextOnly have words only: no
	// program can tell what they are about.
	NoCode, TextOnly int64
}

// Count is what was counted.
type Count struct {
	At    time.Time
	Lines []Line
	// Unjudged are kinds of code from sensitive services that nobody has judged: what
	// has one is hidden until then.
	Unjudged int
}

// LogCheck is what a check of the access log came to.
type LogCheck struct {
	At                    time.Time
	Entries, Erased, Size int64
	Gaps, Faults          int
}

// asked are the types that are counted, with the parameters that find those without
// a date, and those with neither a code nor words for one, and with the element in
// which the code stands.
var asked = []struct{ typ, date, code, element string }{
	{"AllergyIntolerance", "date", "code", "code"}, {"Condition", "onset-date", "code", "code"}, {"DiagnosticReport", "date", "code", "code"},
	{"DocumentReference", "date", "type", "type"}, {"Encounter", "date", "type", "type"}, {"Immunization", "date", "vaccine-code", "vaccineCode"},
	{"MedicationRequest", "authoredon", "code", "medication.ofType(CodeableConcept)"}, {"Observation", "date", "code", "code"}, {"Procedure", "date", "code", "code"},
}

// coded is a parameter that finds what has a code of some system. R4 has none: a
// token is also what has words only. It is in no index and in nobody's searches but
// these, and is worked out from the resources.
const coded = "bevan-coded"

// withCoded is the registry with that parameter, of every type that is counted.
func withCoded(r *search.Registry) (*search.Registry, error) {
	var all []*fhir.Tree
	for _, a := range asked {
		b, err := json.Marshal(map[string]any{"resourceType": "SearchParameter", "url": "urn:bevan:search:" + coded + ":" + a.typ, "name": coded, "status": "active", "code": coded,
			"base": []string{a.typ}, "type": "token", "expression": a.typ + "." + a.element + ".coding.code", "description": "Has a code."})
		if err != nil {
			return nil, problem.Wrap(problem.Internal, "", err)
		}
		t, err := fhir.Parse(b, fhir.Limits{})
		if err != nil {
			return nil, problem.Wrap(problem.Internal, "", err)
		}
		all = append(all, t)
	}
	return r.With(all...)
}

// Handle registers the work with the queue.
func Handle(c Config) {
	if c.Now == nil {
		c.Now = time.Now
	}
	c.Queue.Handle(CountKind, c.count)
	c.Queue.Handle(LogKind, c.check)
}

func (c Config) count(ctx context.Context, j *jobs.Job) error {
	who := j.Who()
	who.Bound = access.AllTypes(access.Read | access.Search)
	s, err := c.Open(ctx, who)
	if err != nil {
		return err
	}
	reg, err := withCoded(s.Registry())
	if err != nil {
		return err
	}
	out := Count{At: c.Now()}
	for i, a := range asked {
		line := Line{Type: a.typ}
		for _, one := range []struct {
			to    *int64
			pairs []search.Pair
		}{{&line.All, nil}, {&line.NoDate, missing(a.date, true)}, {&line.NoCode, missing(a.code, true)},
			{&line.TextOnly, append(missing(a.code, false), missing(coded, true)...)}} {
			if *one.to, err = c.total(ctx, s, reg, a.typ, one.pairs); err != nil {
				return err
			}
		}
		out.Lines = append(out.Lines, line)
		if err := j.Save(int64(i+1), int64(len(asked)), nil); err != nil {
			return err
		}
	}
	who.Bound = access.AllTypes(access.AllVerbs) // what waits to be judged is for those who may judge
	if s, err = c.Open(ctx, who); err != nil {
		return err
	}
	codes, err := s.NewCodes(ctx)
	if err != nil {
		return err
	}
	out.Unjudged = len(codes)
	return result(j, out)
}

func missing(param string, yes bool) []search.Pair {
	return []search.Pair{{Name: param + ":missing", Value: strconv.FormatBool(yes)}}
}

// total is how many resources of a type answer a search.
func (c Config) total(ctx context.Context, s Session, reg *search.Registry, typ string, pairs []search.Pair) (int64, error) {
	q, err := search.Parse(reg, []string{typ}, nil, append(pairs, search.Pair{Name: "_summary", Value: "count"}), search.Options{Strict: true, Now: c.Now().UnixMicro()})
	if err != nil {
		return -1, problem.Wrap(problem.Internal, "", err)
	}
	page, err := s.Search(ctx, q, "")
	if err != nil || page.Total == nil {
		return -1, err
	}
	return int64(*page.Total), nil
}

func (c Config) check(ctx context.Context, j *jobs.Job) error {
	who := j.Who()
	who.Bound = access.AllTypes(access.Read)
	if _, err := c.Open(ctx, who); err != nil { // whoever asked for it may look at the whole still
		return err
	}
	rep, err := c.Log.Verify(ctx)
	if err != nil {
		return err
	}
	return result(j, LogCheck{At: c.Now(), Entries: rep.Entries, Erased: rep.Erased, Size: rep.Size, Gaps: len(rep.Gaps), Faults: len(rep.Faults)})
}

func result(j *jobs.Job, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	j.Result(b)
	return nil
}

// Start asks for one of the two, by an operator. While one waits or runs, another
// is not begun: the one that there is, is given.
func Start(ctx context.Context, q *jobs.Queue, kind string, by access.Who) (int64, error) {
	if kind != CountKind && kind != LogKind {
		return 0, problem.New(problem.NotFound, "There is no such work.")
	}
	last, err := q.List(ctx, kind, 1)
	if err != nil {
		return 0, err
	}
	if len(last) == 1 && !last[0].State.Ended() {
		return last[0].ID, nil
	}
	return q.Add(ctx, jobs.Spec{Kind: kind, By: by, Purpose: access.Operations})
}

// Last reads the newest result of a kind into out, and says whether there is one.
func Last(ctx context.Context, q *jobs.Queue, kind string, out any) (bool, error) {
	all, err := q.List(ctx, kind, 20)
	if err != nil {
		return false, err
	}
	for _, j := range all {
		if j.State == jobs.Done && len(j.Result) > 0 {
			if err := json.Unmarshal(j.Result, out); err != nil {
				return false, problem.Wrap(problem.Internal, "", err)
			}
			return true, nil
		}
	}
	return false, nil
}
