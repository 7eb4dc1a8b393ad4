package record

import (
	"context"
	"slices"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// Where a child lives can be what one of those who act for them must not know: a
// court or those who keep somebody safe said so. The Patient carries that as a label
// (access.AddressKept), and whoever acts for the person reads the Patient, each
// version of it, with nothing in it that tells where they live. What is left out can
// not be asked for either: a search that finds by it tells it as well as a page.
//
// Both are lists of what is allowed, so that what a later version of the standard,
// an extension or a search parameter of the operator adds is kept first.

// keptElements are the elements of a Patient that stay and have no parts.
var keptElements = []string{"resourceType", "id", "active", "gender", "birthDate",
	"deceasedBoolean", "deceasedDateTime", "multipleBirthBoolean", "multipleBirthInteger"}

// keptParts are the parts that stay of those that have some. Of the identifiers the
// NHS number stays alone: the number of a practice tells of the practice, as the
// source and the profile of what it wrote do.
var keptParts = map[string][]string{
	"meta":          nil, // keptMeta
	"identifier":    {"use", "system", "value"},
	"name":          {"use", "text", "family", "given", "prefix", "suffix"},
	"communication": {"language", "preferred"},
}

// keptParams are the parameters by which a Patient may still be found.
var keptParams = []string{"_id", "_lastUpdated", "active", "birthdate", "death-date", "deceased", "family", "gender", "given", "language", "name"}

// patientType is the one type of which something is left out.
const patientType = "Patient"

// keeping finds out whether the address of the session's person is kept from its
// holder.
func (s *Session) keeping(ctx context.Context) error {
	if s.who.Role != access.RoleProxy || s.patient == "" {
		return nil
	}
	mask, err := s.d.store.MaskOf(ctx, store.Ref{Type: patientType, ID: s.patient})
	if err != nil || uint64(mask)&access.AddressKept == 0 {
		return err
	}
	s.kept, s.base.Closed = true, patientType
	for _, verb := range []access.Verb{access.Read, access.Search, access.History} {
		for _, all := range s.to(verb).Limits[patientType] {
			if slices.ContainsFunc(all, func(c search.Criterion) bool { return criterionAsks(c, true) }) {
				return s.close(problem.Forbidden, "address-kept", "This app may see some Patients by what is kept from those who act for this person. Ask for another token.")
			}
		}
	}
	return nil
}

// leavesOut tells whether a version is given without what tells where the person
// lives: by what is so now, and where it became so since the session began, by what
// the version says itself.
func (s *Session) leavesOut(v *store.Version) bool {
	return v.Type == patientType && s.who.Role == access.RoleProxy && (s.kept || uint64(v.Mask)&access.AddressKept != 0)
}

// masked says in the place of the address that there is more, which is not shown.
const masked = `"address":[{"extension":[{"url":"` + fhir.DataAbsentReason + `","valueCode":"masked"}]}]`

// withoutAddress is a Patient with nothing but what stays, and the marks that say so.
// What stays is written anew, part by part: there is nothing to forget to take out.
func withoutAddress(body []byte) ([]byte, error) {
	t, err := fhir.Parse(body, fhir.Limits{Bytes: len(body), Depth: 1000, Nodes: len(body)})
	if err != nil {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	out := []byte{'{'}
	for m := range t.Root().Each() {
		key := m.Key()
		parts, deep := keptParts[key]
		var value []byte
		switch {
		case key == "meta":
			value = keptMeta(m)
		case deep:
			value = keptItems(m, parts, func(n fhir.Node) bool { return key != "identifier" || n.Get("system").Is(fhir.NHSNumberSystem) })
		case m.IsScalar() && slices.Contains(keptElements, key):
			value = m.Raw()
		}
		if value != nil {
			out = append(append(append(out, `"`+key+`":`...), value...), ',')
		}
	}
	return append(out, masked+"}"...), nil
}

// keptMeta is the meta with the mark for its only tag.
func keptMeta(m fhir.Node) []byte {
	out := append([]byte(`{"tag":[`), fhir.Subsetted+"]"...)
	for _, name := range []string{"versionId", "lastUpdated"} {
		if n := m.Get(name); n.IsScalar() {
			out = append(append(out, `,"`+name+`":`...), n.Raw()...)
		}
	}
	if labels := keptItems(m.Get("security"), []string{"system", "code"}, func(fhir.Node) bool { return true }); labels != nil {
		out = append(append(out, `,"security":`...), labels...)
	}
	return append(out, '}')
}

// keptItems are the items of a list that stay, with their parts that do; nil where
// nothing does.
func keptItems(list fhir.Node, parts []string, stays func(fhir.Node) bool) []byte {
	var out []byte
	for n := range list.Items() {
		if one := keptObject(n, parts); one != nil && stays(n) {
			out = append(append(out, ','), one...)
		}
	}
	if out == nil {
		return nil
	}
	out[0] = '['
	return append(out, ']')
}

// keptObject is an object with the parts that stay; nil where none does.
func keptObject(n fhir.Node, parts []string) []byte {
	var out []byte
	for m := range n.Each() {
		if !slices.Contains(parts, m.Key()) {
			continue
		}
		if value := keptValue(m); value != nil {
			out = append(append(out, `,"`+m.Key()+`":`...), value...)
		}
	}
	if out == nil {
		return nil
	}
	out[0] = '{'
	return append(out, '}')
}

// languageParts are the parts of a CodeableConcept that stay.
var languageParts = []string{"coding", "system", "code", "display", "text"}

// keptValue is a part that stays: a scalar, a list of such, or what a language is
// called. An extension is in none of them.
func keptValue(n fhir.Node) []byte {
	switch {
	case n.IsScalar():
		return n.Raw()
	case n.Kind() == fhir.Object:
		return keptObject(n, languageParts)
	case n.Kind() != fhir.Array:
		return nil
	}
	var out []byte
	for one := range n.Items() {
		if value := keptValue(one); value != nil {
			out = append(append(out, ','), value...)
		}
	}
	if out == nil {
		return nil
	}
	out[0] = '['
	return append(out, ']')
}

// asksKept refuses a query that finds something by what is left out, at whatever
// depth, or by who is referred to by a Patient. That hangs on the
// question and on the label, and on nothing that is kept.
func (s *Session) asksKept(ctx context.Context, q *search.Query) error {
	if !s.kept {
		return nil
	}
	asks := false
	if c := q.Compartment; c != nil && c.Type != patientType && len(spec.CompartmentParams(c.Type, patientType)) > 0 {
		asks = slices.Contains(q.Types, patientType) // in a practice's compartment are its patients
	}
	named := len(q.Types) == 0 || slices.Contains(q.Types, patientType)
	for _, c := range q.Criteria {
		asks = asks || criterionAsks(c, named)
	}
	for _, k := range q.Sort {
		asks = asks || named && !k.When && !slices.Contains(keptParams, k.Name)
	}
	for _, inc := range q.Includes {
		asks = asks || inc.Reverse && (inc.Type == patientType || inc.Type == "*")
	}
	if !asks {
		return nil
	}
	return s.refuseKept(ctx)
}

// criterionAsks tells whether a criterion looks at what is left out of a Patient.
// patient says that it may be about one.
func criterionAsks(c search.Criterion, patient bool) bool {
	switch {
	case c.Chain != nil:
		if patient {
			return true // what a Patient refers to is left out
		}
		for i, next := range c.Chain.Next {
			if criterionAsks(next, c.Chain.Targets[i] == patientType) {
				return true
			}
		}
		return false
	case c.Has != nil:
		return c.Has.Type == patientType || criterionAsks(c.Has.Next, false)
	}
	return patient && slices.ContainsFunc(c.Params, func(p *search.Param) bool { return !slices.Contains(keptParams, p.Code) })
}

func (s *Session) refuseKept(ctx context.Context) error {
	err := problem.New(problem.Forbidden, "Where this person lives is kept from those who act for them, so nothing is found by it. Leave that out of the search. Ask for the person by their id.").Because("address-kept")
	if logged := s.note(ctx, access.Search, patientType, err.Kind.Status(), -1, nil, nil); logged != nil {
		return logged
	}
	return err
}
