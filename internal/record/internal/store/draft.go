package store

import (
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/access/label"
)

// Method is how a version came to be.
type Method int64

// The methods, in the words of HTTP.
const (
	Post Method = iota + 1
	Put
	Patch
	Delete
)

// What Draft.Expect may say besides a version number.
const (
	AnyVersion int64 = 0  // whatever is there now
	Absent     int64 = -1 // nothing must be there, or a deleted resource
	Present    int64 = -2 // something must be there
)

// Draft is one version that is ready to be written: everything that can be
// worked out before the write lock is taken.
type Draft struct {
	Ref
	How    Method
	Expect int64
	// Fresh says that the id was made by the server a moment ago, so that
	// nobody can have used it.
	Fresh bool
	// Mask is the set of sensitivity categories of the resource, without what
	// its labels add when it is written.
	Mask int64
	// Raise and Lower are the labels that somebody gives it and takes away,
	// whatever it says of itself.
	Raise, Lower int64

	// Encoded is the body as fhir.Render takes it; nil for a delete.
	Encoded []byte

	packed []byte // nil for a delete
	facts
}

// facts is where a resource belongs and what it can be found by.
type facts struct {
	entries
	owner Ref   // the patient whose record it is in; empty for none
	also  []Ref // other patients whose compartment it is in
	many  bool  // it is about several people: others are named where the owner is

	said   label.Labels  // how sensitive it says that it is
	tables *label.Tables // by which that was read
}

// mask is the sensitivity that follows from whom a resource is about.
func (f *facts) mask() int64 {
	if f.many {
		return Several
	}
	return 0
}

// About tells whose record the resource will lie in, the empty Ref for
// nobody's, and whether it names other patients so that it is in their
// compartments too, or is about them as well.
func (d *Draft) About() (owner Ref, others bool) { return d.owner, d.many || len(d.also) > 0 }

// Says are the labels that the resource says of itself, as labels.
func (d *Draft) Says() label.Set { return d.said.Said }

// Draft prepares the writing of a resource. The tree is the whole resource;
// values of id, meta.versionId and meta.lastUpdated in it do not count.
func (s *Store) Draft(ref Ref, how Method, t *fhir.Tree) (Draft, error) {
	d := Draft{Ref: ref, How: how}
	stamped, err := fhir.Prepare(t)
	if err != nil {
		return d, err
	}
	d.Encoded = stamped.Encode()
	d.packed = s.codec.pack(nil, d.Encoded)
	d.facts = s.factsOf(ref, t)
	d.Mask = d.facts.mask()
	return d, nil
}

// Tombstone prepares a delete.
func (s *Store) Tombstone(ref Ref) Draft { return Draft{Ref: ref, How: Delete} }

// factsOf reads a resource for the places it belongs to and its entries.
func (s *Store) factsOf(ref Ref, t *fhir.Tree) facts {
	reg := s.reg.Load()
	// The error tells of a value that can't be read, such as a date that is
	// none. Nobody can search for it, so the resource is stored without it.
	values, _ := search.Extract(reg, t, make([]search.Value, 0, 32))
	f := facts{tables: s.tables.Load()}
	f.said = f.tables.Read(t)
	if ref.Type == "Patient" {
		f.owner = ref
	} else {
		f.owner, values = s.takeOwner(ref.Type, values)
	}
	f.also = s.alsoPatients(ref.Type, f.owner, values)
	f.many = s.aboutMany(ref.Type, f.owner, values)
	f.entries = s.index(ref.Type, values)
	if !f.owner.Empty() && ref.Type != "Patient" {
		s.indexLine(&f.entries, ref.Type, values)
	}
	return f
}

// takeOwner finds the patient whose record a resource is in, and leaves out
// the values that say so: the row number says it already.
func (s *Store) takeOwner(typ string, values []search.Value) (owner Ref, rest []search.Value) {
	params := s.ownerParams(typ)
	for _, code := range params {
		for i := range values {
			if v := &values[i]; v.Kind == search.Reference && !v.Ident && v.Param.Code == code {
				if ref, ok := s.localRef(v.Code); ok && ref.Type == "Patient" {
					return ref, s.withoutOwner(values, params, ref)
				}
			}
		}
	}
	return Ref{}, values
}

func (s *Store) withoutOwner(values []search.Value, params []string, owner Ref) []search.Value {
	rest := values[:0]
	for _, v := range values {
		if v.Kind == search.Reference && !v.Ident && contains(params, v.Param.Code) {
			if ref, ok := s.localRef(v.Code); ok && ref == owner {
				continue
			}
		}
		rest = append(rest, v)
	}
	return rest
}

// alsoPatients lists the other patients who are named by a parameter of the
// patient compartment.
func (s *Store) alsoPatients(typ string, owner Ref, values []search.Value) []Ref {
	var out []Ref
	codes := spec.CompartmentParams("Patient", typ)
	for _, v := range values {
		if v.Kind != search.Reference || v.Ident || !contains(codes, v.Param.Code) {
			continue
		}
		if ref, ok := s.localRef(v.Code); ok && ref.Type == "Patient" && ref != owner && !contains(out, ref) {
			out = append(out, ref)
		}
	}
	return out
}

// aboutMany tells whether the parameters that say whose record a resource is in
// name other patients beside the owner.
func (s *Store) aboutMany(typ string, owner Ref, values []search.Value) bool {
	params := s.ownerParams(typ)
	for i := range values {
		if v := &values[i]; v.Kind == search.Reference && !v.Ident && contains(params, v.Param.Code) {
			if ref, ok := s.localRef(v.Code); ok && ref.Type == "Patient" && ref != owner {
				return true
			}
		}
	}
	return false
}

func contains[T comparable](list []T, x T) bool {
	for _, y := range list {
		if x == y {
			return true
		}
	}
	return false
}

// ownerParams is search.OwnerParams, remembered.
func (s *Store) ownerParams(typ string) []string {
	if p, ok := s.owners.Load(typ); ok {
		return p.([]string)
	}
	p := search.OwnerParams(typ)
	s.owners.Store(typ, p)
	return p
}

// single tells whether a reference parameter reads an element that holds one
// reference at most, such as Observation.subject: it can name no second
// patient beside the one whose record the resource is in.
func (s *Store) single(p *search.Param) bool {
	if known, ok := s.singles.Load(p.ID); ok {
		return known.(bool)
	}
	typ, element, ok := strings.Cut(strings.TrimSuffix(p.Expression(), ".where(resolve() is Patient)"), ".")
	one := false
	if t := spec.Lookup(typ); ok && t != nil && !p.Custom {
		e := t.Element(element)
		one = e != nil && !e.IsList()
	}
	s.singles.Store(p.ID, one)
	return one
}
