package fhirapi

import (
	"context"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit/event"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// AuditEvents are made from this server's own access log when they are asked
// for, always about one person. Nobody writes them: what other systems wrote
// about their own looks, and an operator loaded, is read by its id like any
// resource, and is never mixed with ours in a search.

// logType is the type that the access log is shown as.
const logType = "AuditEvent"

// Looker is a session that shows the access log of its person.
type Looker interface {
	Looked(ctx context.Context, q record.Looking) (record.Looks, error)
	LookedAt(ctx context.Context, id string) (record.Look, error)
}

// refuseLog refuses to write what the log alone writes.
func refuseLog(op record.Op) error {
	if op.Key.Type != logType {
		return nil
	}
	return problem.New(problem.Forbidden, "The access log writes itself. Nobody can add to it, change it or delete from it.")
}

// ofLog says whether a search is one of the access log: of the type, or of it
// within the record of one patient.
func (c *call) ofLog() bool {
	return c.typ == logType && c.sub == "" || c.typ == "Patient" && c.sub == logType
}

// looker opens a session that is about the patient of the credential, or the one
// who is named.
func (c *call) looker(patient string) (Looker, Session, error) {
	s, err := c.s.cfg.Open(c.ctx, c.who, patient, purposeOf(c.who, access.Operations))
	if err != nil {
		return nil, nil, err
	}
	l, ok := s.(Looker)
	if !ok {
		return nil, nil, problem.New(problem.Unsupported, "The access log is not here.")
	}
	return l, s, nil
}

// patientNamed is the one patient whom a search is about; "" for none.
func (c *call) patientNamed() (string, error) {
	id := ""
	if c.typ == "Patient" {
		id = c.id
	}
	for _, p := range c.pairs {
		name, kind, _ := strings.Cut(p.Name, ":")
		if name != "patient" || kind != "" && kind != "Patient" {
			continue // one that is chained or negated names nobody
		}
		ref := fhir.ParseReference(strings.TrimPrefix(p.Value, c.base()+"/"))
		if ref.Type == "" && fhir.ValidID(p.Value) {
			ref.Type, ref.ID = "Patient", p.Value
		}
		if ref.Type != "Patient" || !fhir.ValidID(ref.ID) || strings.Contains(p.Value, ",") || id != "" && id != ref.ID {
			return "", problem.New(problem.Invalid, "Look at the access log of one patient at a time: patient= and one id.")
		}
		id = ref.ID
	}
	if id == "" {
		id = c.who.Patient
	}
	return id, nil
}

// patientOr is the patient of a record whose entries are shown.
func (c *call) patientOr(id string) string {
	if c.who.Patient != "" {
		return c.who.Patient
	}
	return id
}

// searchLooks answers a search of the access log, newest first.
func (c *call) searchLooks() error {
	patient, err := c.patientNamed()
	if err != nil {
		return err
	}
	l, s, err := c.looker(patient)
	if err != nil {
		return err
	}
	pairs, cursor := take(c.pairs, "_page")
	if c.sub != "" { // within a record is the same as about its patient
		pairs = append(slices.Clone(pairs), pair{Name: "patient", Value: "Patient/" + c.id})
	}
	q, err := search.Parse(s.Registry(), []string{logType}, nil, pairs, c.searchOptions())
	if err == nil {
		err = logQuery(&q)
	}
	if err != nil {
		return err
	}
	c.shape.summary, c.shape.elements = q.Summary, q.Elements
	look := record.Looking{Count: max(q.Count, 0), Total: q.Total == search.TotalAccurate || q.Summary == "count"}
	for _, p := range pairs {
		look.Asked = append(look.Asked, p.Name)
		look.Question += p.Name + "\x00" + p.Value + "\x00"
	}
	if len(cursor) > 0 {
		look.Cursor = cursor[0]
	}
	w := &lookWriter{call: c, patient: c.patientOr(patient), bodies: map[string][]byte{}, names: map[access.Who]event.Who{}}
	look.Keep = w.answering(q.Criteria)
	found, err := l.Looked(c.ctx, look)
	if err == nil {
		err = w.failed
	}
	if err != nil {
		return err
	}
	page := record.Page{Total: found.Total, Next: found.Next}
	for i := range found.Items {
		res, err := w.resource(&found.Items[i])
		if err != nil {
			return err
		}
		page.Items = append(page.Items, res)
	}
	return c.searchset(q, page, look.Cursor)
}

// logQuery refuses what a search of the log does not do.
func logQuery(q *search.Query) error {
	for i := range q.Criteria {
		if !q.Criteria[i].Plain() {
			return problem.New(problem.Unsupported, "A search of the access log asks about its entries only. Leave out chains and _has.")
		}
	}
	for _, k := range q.Sort {
		if !k.Descending || k.Name != "date" && k.Name != "_lastUpdated" {
			return problem.New(problem.Unsupported, "The access log is read from the newest entry back. Leave _sort out.")
		}
	}
	if len(q.Includes) > 0 {
		return problem.New(problem.Unsupported, "Nothing comes along with entries of the access log. Leave out _include and _revinclude.")
	}
	return nil
}

// lookWriter makes AuditEvents, each once.
type lookWriter struct {
	*call
	patient string
	bodies  map[string][]byte
	names   map[access.Who]event.Who
	failed  error
}

// answering says which entries answer all criteria.
func (w *lookWriter) answering(all []search.Criterion) func(*record.Look) bool {
	plain := 0
	for i := range all {
		if all[i].Name == "patient" || all[i].Name == "patient:Patient" {
			plain++ // the session is about them
		}
	}
	if plain == len(all) {
		return nil
	}
	return func(l *record.Look) bool {
		if w.failed != nil {
			return false
		}
		ok, err := w.answers(l, all)
		w.failed = err
		return ok && err == nil
	}
}

func (w *lookWriter) answers(l *record.Look, all []search.Criterion) (bool, error) {
	body, err := w.body(l)
	if err != nil {
		return false, err
	}
	t, err := fhir.Parse(body, fhir.Limits{})
	if err != nil {
		return false, problem.Wrap(problem.Internal, "", err)
	}
	env := &search.MatchEnv{ID: l.ID, LastUpdated: l.At.UnixMicro(), Base: w.base()}
	for i := range all {
		ok, err := search.Match(t, &all[i], env)
		if err != nil || !ok {
			delete(w.bodies, l.ID)
			return false, err
		}
	}
	return true, nil
}

// body is the AuditEvent of an entry.
func (w *lookWriter) body(l *record.Look) ([]byte, error) {
	if b := w.bodies[l.ID]; b != nil {
		return b, nil
	}
	who, known := w.names[l.Who]
	if !known && w.s.cfg.Named != nil {
		var err error
		if who, err = w.s.cfg.Named(w.ctx, l.Who, l.Person, w.patient); err != nil {
			return nil, err
		}
		w.names[l.Who] = who
	}
	v := event.Event{ID: l.ID, Base: w.base(), Patient: w.patient, Entry: &l.Entry, Who: who}
	b, err := v.JSON()
	if err != nil {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	w.bodies[l.ID] = b
	return b, nil
}

func (w *lookWriter) resource(l *record.Look) (record.Resource, error) {
	b, err := w.body(l)
	return record.Resource{Key: record.Key{Type: logType, ID: l.ID}, Version: 1, Updated: l.At.UTC(), Method: record.Post, Body: b}, err
}

// fetchLook reads one entry of the log.
func (c *call) fetchLook(version int64) (record.Resource, error) {
	if version > 1 {
		return record.Resource{}, problem.New(problem.NotFound, "There is no such version. An entry of the access log has one.")
	}
	patient, err := c.patientNamed()
	if err != nil {
		return record.Resource{}, err
	}
	l, _, err := c.looker(patient)
	if err != nil {
		return record.Resource{}, err
	}
	look, err := l.LookedAt(c.ctx, c.id)
	if err != nil {
		return record.Resource{}, err
	}
	w := &lookWriter{call: c, patient: c.patientOr(patient), bodies: map[string][]byte{}, names: map[access.Who]event.Who{}}
	return w.resource(&look)
}

// logClaims is what the CapabilityStatement says of the log.
func logClaims(r capResource) capResource {
	kept := []string{"read", "vread", "search-type"}
	r.Interaction = slices.DeleteFunc(slices.Clone(r.Interaction), func(code capCode) bool { return !slices.Contains(kept, code.Code) })
	r.Operation = slices.DeleteFunc(slices.Clone(r.Operation), func(op capOp) bool { return strings.HasPrefix(op.Name, "meta-") })
	r.ReadHistory, r.UpdateCreate, r.ConditionalCreate, r.ConditionalUpdate, r.ConditionalDelete = false, false, false, false, "not-supported"
	r.SearchInclude, r.SearchRevInclude = nil, nil
	r.Words = "These are made from the access log of this server, newest first. A search names one patient. Nobody writes them."
	return r
}
