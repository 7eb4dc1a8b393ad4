package choice

import (
	"slices"
	"time"

	"github.com/bevanhealth/bevan/fhir"
)

// Kind is what a Consent is about. Only Sharing is evaluated here.
type Kind uint8

// The kinds of Consent.
const (
	NoKind    Kind = iota // not known, which Read gives for a Consent that is not active only
	Sharing               // a sharing choice: scope patient-privacy
	Mandate               // a right to act for the person: patient-privacy with category INFA, as England's Validated Relationships Service writes it
	Research              // taking part in research, and refusals of it: scope research
	Treatment             // a yes or no to a treatment: scope treatment
	Directive             // wishes for later: scope adr
)

var kindNames = [...]string{"not known", "sharing", "mandate", "research", "treatment", "directive"}

// String is the kind in one word.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return kindNames[NoKind]
}

// Consent is a Consent that was read. It does not change, and may be used by
// several programs at once.
type Consent struct {
	id, person string
	version    int64
	kind       Kind
	active     bool
	root       *node
	count      int // nodes
	values     int // of all attributes
}

// ID is the logical id, empty for a resource that has none yet.
func (c *Consent) ID() string { return c.id }

// Version is meta.versionId, 0 where there is none or it is no number.
func (c *Consent) Version() int64 { return c.version }

// At is the consent under an id and version that it was stored with.
func (c *Consent) At(id string, version int64) *Consent {
	n := *c
	n.id, n.version = id, version
	return &n
}

// Person is the logical id of the Patient whose consent it is.
func (c *Consent) Person() string { return c.person }

// Kind is what it is about.
func (c *Consent) Kind() Kind { return c.kind }

// Active says whether it is a sharing choice in force: its status is active and
// now lies in its period. Dates without a time zone are read in that of now.
func (c *Consent) Active(now time.Time) bool {
	return c.enforced() && c.root.period.holds(now) == yes
}

// enforced says whether it is evaluated at all.
func (c *Consent) enforced() bool { return c.active && c.kind == Sharing && c.root != nil }

// Actors are the references of everybody whom the choice names, as "Type/id" in
// order, so that whoever stores it can see that they exist.
func (c *Consent) Actors() []string {
	var refs []string
	if c.root != nil {
		c.root.each(func(n *node) {
			for _, a := range n.actors {
				if a.ref != "" {
					refs = append(refs, a.ref)
				}
			}
		})
	}
	slices.Sort(refs)
	return slices.Compact(refs)
}

// node is one provision.
type node struct {
	deny     bool
	path     string // FHIRPath
	seq      int    // number in its consent
	period   span
	actors   []actor
	actions  []string
	purposes []string
	cond     *cond // what it asks of the resource; nil for nothing
	kids     []*node
}

// each calls f for the node and all below it.
func (n *node) each(f func(*node)) {
	f(n)
	for _, k := range n.kids {
		k.each(f)
	}
}

// actor is somebody whom a provision names, by reference, by identity or both.
type actor struct {
	ref   string
	ident Coding
	role  Coding // the zero role is that of anybody who receives data
}

// cond is what a provision asks of a resource. Its type is part of it, since a
// deny holds where it might and a permit where it must.
type cond struct {
	deny    bool
	person  string // "Patient/id" of whose consent it is
	labels  []Coding
	classes []class
	codes   map[Coding]bool            // nil where it asks for none
	wholes  map[string]map[string]bool // systems of which every code counts but these
	sets    []SetName                  // the value sets from which they come
	period  span
	data    []datum
	key     string // the same for conditions that ask the same
}

// class is a resource type, or a profile with or without a version.
type class struct {
	typ     string
	profile fhir.CanonicalURL
}

// datum is one provision.data.
type datum struct{ meaning, ref string }

// span is a Period: dates as they were written, so that the zone can be chosen
// where it is compared. An absent end is open; both absent is no period.
type span struct{ start, end fhir.DateTime }

func (s span) absent() bool { return s.start.Precision() == 0 && s.end.Precision() == 0 }

// in is the span in microseconds since 1970, from low inclusive to high
// exclusive; an end that is a date holds for all of that date (R4 Period).
func (s span) in(zone *time.Location) fhir.Interval {
	i := fhir.Interval{Low: fhir.Earliest, High: fhir.Latest}
	if s.start.Precision() != 0 {
		i.Low, _ = s.start.RangeIn(zone)
	}
	if s.end.Precision() != 0 {
		_, i.High = s.end.RangeIn(zone)
	}
	return i
}
