package record

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// Bounds of the words with which a label is changed, in letters.
const (
	minReason = 10
	maxReason = 1000
)

// Raise gives something in a record more labels: a new version that says them in
// meta.security, and a Provenance that says who did it. No labels at all means
// "keep this more private", HL7's R. People may do it with whatever they see of
// their own record, also with what they could not change otherwise, those who
// care for them too, and operators; an app in their name only where it may
// change things of the type. The reason may be empty.
func (s *Session) Raise(ctx context.Context, k Key, labels label.Set, reason string) (Resource, error) {
	if err := s.may(ctx, access.Read, k.Type); err != nil {
		return Resource{}, err
	}
	switch s.who.Role {
	case access.RoleSelf, access.RoleProfessional, access.RoleOperator:
	default:
		return Resource{}, s.refuse(ctx, access.Update, k.Type)
	}
	if !s.who.Bound.Allows(access.Update, k.Type) {
		return Resource{}, s.refuse(ctx, access.Update, k.Type)
	}
	if labels = labels.Labels() &^ label.UnderReview; labels == 0 {
		labels = label.Restricted
	}
	if s.who.Role == access.RoleSelf && labels&label.Imposed != 0 {
		return Resource{}, imposed()
	}
	if (k.Type == patientType) != (labels == label.AddressKept) {
		return Resource{}, problem.New(problem.Unprocessable, "Of who somebody is only the address can be kept private, and of other entries no address. Choose an entry of the record, or keep the address of the person.")
	}
	if reason == "" {
		reason = "Asked to keep this more private."
	}
	return s.relabel(ctx, k, relabelling{raise: labels, reason: reason, code: "raise-label"})
}

// imposed refuses a label that is not the person's to say: with it they would
// lift themselves above an emergency.
func imposed() error {
	return problem.New(problem.Forbidden, "Only staff say that a court or those who keep people safe restricted something. Leave that label out: one that is there stays.").Because("label-imposed")
}

// Lower takes labels away from something in a record. It is for those who
// review, with a reason, and never without trace: a new version and a Provenance
// in the person's record say who did it and why, and the versions before keep
// their labels. The codes of the resource do not bring the labels back; whoever
// raises them again does.
//
// The right to review is that of an operator, in a session over everybody.
func (s *Session) Lower(ctx context.Context, k Key, labels label.Set, reason string) (Resource, error) {
	if err := s.mayReview(ctx, k.Type); err != nil {
		return Resource{}, err
	}
	if labels = labels.Wider().Labels(); labels == 0 {
		return Resource{}, problem.New(problem.Invalid, "It was not said which label is to be taken away. Name one or more.")
	}
	if k.Type == patientType && labels != label.AddressKept {
		return Resource{}, problem.New(problem.Unprocessable, "Who somebody is can not be kept private in this way. Choose an entry of the record.")
	}
	return s.relabel(ctx, k, relabelling{lower: labels, reason: reason, code: "lower-label"})
}

// Release takes away that something is for professionals only (access.Withheld), or
// of a Patient that the address is kept from those who act for them
// (access.AddressKept), and no other label: from then on it is seen. It is for those
// who look after the person, with a reason, and stands in the record as every change
// of a label does.
func (s *Session) Release(ctx context.Context, k Key, reason string) (Resource, error) {
	if err := s.may(ctx, access.Read, k.Type); err != nil {
		return Resource{}, err
	}
	if s.who.Role != access.RoleProfessional || s.why != access.Care || !s.who.Bound.Allows(access.Update, k.Type) {
		return Resource{}, s.refuse(ctx, access.Update, k.Type)
	}
	v, err := s.d.store.Read(ctx, s.to(access.Read), store.Ref(k), 0)
	if err != nil {
		return Resource{}, err
	}
	held := label.ProfessionalsOnly
	if k.Type == patientType {
		held = label.AddressKept
	}
	if v == nil || label.Set(v.Mask)&held == 0 {
		err := problem.New(problem.NotFound, "There is no "+k.String()+" here that is kept for professionals. Check the id.")
		if logged := s.note(ctx, access.Update, k.Type, err.Kind.Status(), -1, nil, nil); logged != nil {
			return Resource{}, logged
		}
		return Resource{}, err
	}
	return s.relabel(ctx, k, relabelling{lower: held, reason: reason, code: "lower-label"})
}

func (s *Session) mayReview(ctx context.Context, typ string) error {
	if err := s.mayAll(ctx, access.Read|access.Update, typ); err != nil {
		return err
	}
	if s.who.Role != access.RoleOperator || !s.base.Everyone || s.base.Deny&int64(label.Every) != 0 {
		return s.refuse(ctx, access.Update, typ)
	}
	return nil
}

// relabelling is a change of labels that somebody asked for.
type relabelling struct {
	raise, lower label.Set
	reason, code string
}

func (s *Session) relabel(ctx context.Context, k Key, c relabelling) (Resource, error) {
	c.reason = strings.TrimSpace(c.reason)
	if n := utf8.RuneCountInString(c.reason); n < minReason || n > maxReason || !utf8.ValidString(c.reason) {
		return Resource{}, problem.New(problem.Invalid, "Say in a few words why, in 10 to 1,000 letters.")
	}
	var err error
	for range tries {
		var r Resource
		if r, err = s.relabelOnce(ctx, k, c); !errors.Is(err, store.ErrStale) {
			return r, err
		}
	}
	return Resource{}, err
}

func (s *Session) relabelOnce(ctx context.Context, k Key, c relabelling) (Resource, error) {
	v, err := s.d.store.Read(ctx, s.to(access.Read), store.Ref(k), 0)
	if err != nil {
		return Resource{}, err
	}
	person := int64(0)
	if v != nil {
		person = store.Subject(v.Row)
	}
	if v == nil || v.Encoded == nil || person == 0 || !s.base.Everyone && person != s.person {
		err := problem.New(problem.NotFound, "There is no "+k.String()+" here that you may see. Check the id.")
		if logged := s.note(ctx, access.Update, k.Type, err.Kind.Status(), -1, nil, nil); logged != nil {
			return Resource{}, logged
		}
		return Resource{}, err
	}
	patient, err := s.d.store.PatientOf(ctx, person)
	if err != nil {
		return Resource{}, err
	}
	drafts, err := s.relabelDrafts(v, patient, c)
	if err != nil {
		return Resource{}, err
	}
	written, err := s.d.store.Write(ctx, drafts, nil)
	if err != nil {
		return Resource{}, err
	}
	e := s.entry(ctx, person)
	e.Verb, e.Outcome = access.Update|access.Create, http.StatusOK
	for i, d := range drafts {
		e.Returned = append(e.Returned, audit.Ref{Type: d.Type, ID: d.ID, Version: written[i].Version})
	}
	if err := s.append(ctx, e); err != nil {
		return Resource{}, err
	}
	return s.resource(&store.Version{Ref: v.Ref, Row: written[0].Row, Version: written[0].Version, At: written[0].At, How: store.Patch, Encoded: drafts[0].Encoded})
}

// relabelDrafts are the new version and its Provenance.
func (s *Session) relabelDrafts(v *store.Version, patient string, c relabelling) ([]store.Draft, error) {
	was, err := v.Tree()
	if err != nil {
		return nil, err
	}
	body, err := relabelled(was, c)
	if err != nil {
		return nil, err
	}
	d, err := s.d.store.Draft(v.Ref, store.Patch, body)
	if err != nil {
		return nil, err
	}
	d.Expect, d.Raise, d.Lower = v.Version, int64(c.raise), int64(c.lower)
	origin, err := s.origin(v, patient, c.code, (c.raise | c.lower).String(), c.reason)
	if err != nil {
		return nil, err
	}
	p, err := s.newDraft("Provenance", origin)
	return []store.Draft{d, p}, err
}

// relabelled is a resource with other labels in its meta.security. A coding
// that says more than what is taken away leaves the rest.
func relabelled(t *fhir.Tree, c relabelling) (*fhir.Tree, error) {
	add := c.raise
	list := t.Root().Get("meta").Get("security")
	var edits []fhir.Edit
	tables := label.Built()
	edits = fhir.Cut(edits, list, func(n fhir.Node) bool {
		s := tables.Security(n)
		if s&c.lower == 0 {
			add &^= s
			return false
		}
		add |= s &^ c.lower
		return true
	})
	t, err := reparsed(t, edits)
	if err != nil {
		return nil, err
	}
	var codings []string
	for _, g := range add.Security() {
		b, err := json.Marshal(map[string]string{"system": g.System, "code": g.Code})
		if err != nil {
			return nil, err
		}
		codings = append(codings, string(b))
	}
	if len(codings) == 0 {
		return t, nil
	}
	text := strings.Join(codings, ",")
	root := t.Root()
	switch meta, list := root.Get("meta"), root.Get("meta").Get("security"); {
	case list.Kind() == fhir.Array:
		return reparsed(t, []fhir.Edit{fhir.Insert(list, fhir.Node{}, []byte(text))})
	case list.Exists():
		return nil, problem.New(problem.Unprocessable, "The labels of this entry can't be read. Ask the operator to mend it.")
	case meta.Exists():
		return reparsed(t, []fhir.Edit{fhir.Insert(meta, fhir.Node{}, []byte(`"security":[`+text+`]`))})
	}
	return reparsed(t, []fhir.Edit{fhir.Insert(root, fhir.Node{}, []byte(`"meta":{"security":[`+text+`]}`))})
}

func reparsed(t *fhir.Tree, edits []fhir.Edit) (*fhir.Tree, error) {
	if len(edits) == 0 {
		return t, nil
	}
	src := fhir.Splice(t.Bytes(), edits)
	return fhir.Parse(src, fhir.Limits{Bytes: len(src), Depth: 1000, Nodes: t.NodeCount() + 1000})
}

// origin is the Provenance of a version that takes the place of v: what was done
// (a code of ours, and a text where there is more to say), and the reason. It
// names the patient too, so that it lies in their record.
func (s *Session) origin(v *store.Version, patient, code, text, reason string) (*fhir.Tree, error) {
	type ref map[string]any
	who := ref{"identifier": ref{"system": "urn:bevan:actor", "value": s.who.Actor}}
	if s.who.Role == access.RoleSelf {
		who = ref{"reference": "Patient/" + patient}
	}
	activity := ref{"coding": []ref{{"system": "urn:bevan:activity", "code": code}}}
	if text != "" {
		activity["text"] = text
	}
	b, err := json.Marshal(ref{
		"resourceType": "Provenance",
		"target":       []ref{{"reference": v.Type + "/" + v.ID}, {"reference": "Patient/" + patient}},
		"recorded":     s.d.now().UTC().Format("2006-01-02T15:04:05.000Z"),
		"activity":     activity,
		"reason":       []ref{{"text": reason}},
		"agent":        []ref{{"who": who}},
		"entity":       []ref{{"role": "revision", "what": ref{"reference": v.Type + "/" + v.ID + "/_history/" + key(v.Version)}}},
	})
	if err != nil {
		return nil, err
	}
	return fhir.Parse(b, fhir.Limits{})
}
