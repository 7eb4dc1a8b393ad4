package app

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// firstOperator gives the first operator their place, where set-up ended
// between the account and the place, or was done by an older Bevan.
func (h *house) firstOperator(ctx context.Context) error {
	id, err := h.accounts.FirstOperator(ctx)
	if err != nil || id == "" {
		return err
	}
	a, err := h.accounts.Get(ctx, id)
	if err != nil || a.Name == "" { // closed since
		return err
	}
	return h.staff.FirstOperator(ctx, id, a.Name)
}

// keepDirectory sees to it that the first operator has a place, and writes
// organisations and who works there into the record, so that apps can read them
// and fhirUser can name them: at the start, after each change on this node, and
// once a minute for what begins or ends by its dates.
func keepDirectory(ctx context.Context, h *house, log *slog.Logger) {
	minute := time.NewTicker(time.Minute)
	defer minute.Stop()
	for {
		if err := errors.Join(h.firstOperator(ctx), h.publishStaff(ctx)); err != nil && ctx.Err() == nil {
			log.Warn("organisations and staff were not written into the record, and will be tried again", "cause", problem.LogText(err))
		}
		select {
		case <-ctx.Done():
			return
		case <-h.staff.Changed():
		case <-minute.C:
		}
	}
}

// onceWritten is how much of the directory is written before it is looked
// again what has changed.
const onceWritten = 100

// publishStaff writes what the record does not say yet. What can not be written
// does not hold up the rest.
func (h *house) publishStaff(ctx context.Context) error {
	for {
		news, err := h.staff.Unpublished(ctx, onceWritten)
		if err != nil {
			return err
		}
		var errs []error
		for _, n := range news {
			if err := h.publish(ctx, n); err != nil {
				errs = append(errs, err)
			}
		}
		if len(errs) > 0 || len(news) < onceWritten {
			return errors.Join(errs...)
		}
	}
}

// publish writes one piece of news, as work for whoever changed it.
func (h *house) publish(ctx context.Context, n staff.News) error {
	s, err := h.session(ctx, access.Job("directory", access.Operator(n.Actor)), access.Operations)
	if err != nil {
		return err
	}
	var all []any
	switch {
	case n.Organisation != nil:
		all = []any{organisationOf(*n.Organisation)}
	case n.Member != nil:
		all = []any{practitionerOf(n), roleOf(n)}
	}
	var ops []record.Op
	for _, r := range all {
		op, err := putOf(r)
		if err != nil {
			return err
		}
		there, err := says(ctx, s, op)
		if err != nil {
			return err
		}
		if !there {
			ops = append(ops, op)
		}
	}
	if len(ops) > 0 {
		if _, err := s.Transact(ctx, ops); err != nil {
			return err
		}
	}
	return h.staff.Published(ctx, n)
}

// says is whether the record has this to the letter already, so that no version
// is made that says nothing new.
func says(ctx context.Context, s *record.Session, op record.Op) (bool, error) {
	now, err := s.Read(ctx, op.Key, 0)
	if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Gone) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var is, want map[string]any
	if err := errors.Join(json.Unmarshal(now.Body, &is), json.Unmarshal(op.Body.Bytes(), &want)); err != nil {
		return false, err
	}
	delete(is, "meta")
	a, err := json.Marshal(is) // in the order of names
	if err != nil {
		return false, err
	}
	b, err := json.Marshal(want)
	return bytes.Equal(a, b), err
}

func putOf(resource any) (record.Op, error) {
	b, err := json.Marshal(resource)
	if err != nil {
		return record.Op{}, err
	}
	tree, err := fhir.Parse(b, fhir.Limits{})
	if err != nil {
		return record.Op{}, err
	}
	var key struct{ ResourceType, ID string }
	if err := json.Unmarshal(b, &key); err != nil {
		return record.Op{}, err
	}
	return record.Op{Method: record.Put, Key: record.Key{Type: key.ResourceType, ID: key.ID}, Body: tree}, nil
}

// What the directory says, as FHIR R4 writes it.
type (
	reference struct {
		Reference string `json:"reference"`
		Display   string `json:"display,omitempty"`
	}
	identifier struct {
		System string `json:"system"`
		Value  string `json:"value"`
	}
	concept struct {
		Text string `json:"text"`
	}
	period struct {
		Start string `json:"start,omitempty"`
		End   string `json:"end,omitempty"`
	}
	organization struct {
		ResourceType string       `json:"resourceType"`
		ID           string       `json:"id"`
		Identifier   []identifier `json:"identifier,omitempty"`
		Active       bool         `json:"active"`
		Name         string       `json:"name"`
		PartOf       *reference   `json:"partOf,omitempty"`
	}
	practitioner struct {
		ResourceType string    `json:"resourceType"`
		ID           string    `json:"id"`
		Active       bool      `json:"active"`
		Name         []concept `json:"name"` // HumanName, of which only the text is known
	}
	practitionerRole struct {
		ResourceType string    `json:"resourceType"`
		ID           string    `json:"id"`
		Active       bool      `json:"active"`
		Period       period    `json:"period"`
		Practitioner reference `json:"practitioner"`
		Organization reference `json:"organization"`
		Code         []concept `json:"code"`
	}
)

// odsSystem is the namespace of codes of the Organisation Data Service.
const odsSystem = "https://fhir.nhs.uk/Id/ods-organization-code"

func organisationOf(o staff.Organisation) organization {
	r := organization{ResourceType: "Organization", ID: o.ID, Active: o.Closed.IsZero(), Name: o.Name}
	if o.ODS != staff.ServiceCode {
		r.Identifier = []identifier{{odsSystem, o.ODS}}
	}
	if o.Parent != "" {
		r.PartOf = &reference{Reference: "Organization/" + o.Parent}
	}
	return r
}

func practitionerOf(n staff.News) practitioner {
	return practitioner{ResourceType: "Practitioner", ID: n.Person.Practitioner, Active: n.Works, Name: []concept{{n.Person.Name}}}
}

func roleOf(n staff.News) practitionerRole {
	m := n.Member
	r := practitionerRole{ResourceType: "PractitionerRole", ID: m.ID, Active: n.Stands, Period: period{Start: m.Starts.Format(time.RFC3339)},
		Practitioner: reference{"Practitioner/" + n.Person.Practitioner, n.Person.Name},
		Organization: reference{Reference: "Organization/" + m.Organisation}, Code: []concept{{string(m.Role)}}}
	if !m.Ends.IsZero() {
		r.Period.End = m.Ends.Format(time.RFC3339)
	}
	return r
}
