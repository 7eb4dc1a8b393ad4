package label

import (
	"bytes"
	"slices"

	"github.com/bevanhealth/bevan/fhir"
)

// Labels is what a resource says of itself.
type Labels struct {
	// Set is its labels, and from what kind of service it comes.
	Set Set
	// Said is the part of Set that came as labels (meta.security and the like).
	Said Set
	// Unknown says that one of its codes stands in no table.
	Unknown bool
	// Place says that it is a service or a part of one. Its own kind is no
	// secret, since it is about nobody; what comes from it has its labels.
	Place bool
}

// In gives the labels of a resource with what it says of itself and what is
// known besides of the services that it comes from.
func (l Labels) In(from Set) Set {
	s := l.Set | from&Services
	if l.Place {
		return s & Services
	}
	s |= s.From()
	if l.Unknown && s&Services != 0 {
		s |= UnderReview
	}
	return s
}

// Of labels a resource. from is what is known besides of the services that it
// comes from, as bits of Services. It never fails: what can't be read adds no
// label. The work is one pass over the tree, contained resources included, so
// that a resource is as sensitive as the most sensitive thing in it (HL7 DS4P,
// high-water mark).
func (t *Tables) Of(tree *fhir.Tree, from Set) Set { return t.Read(tree).In(from) }

// Read finds what a resource says of itself.
func (t *Tables) Read(tree *fhir.Tree) Labels {
	root := tree.Root()
	role := t.roleOf(root.Get("resourceType").Text())
	var l Labels
	if role.skip {
		return l
	}
	l.Set = role.labels
	for id := range int32(tree.NodeCount()) {
		n := tree.NodeAt(id)
		if n.Kind() == fhir.String && n.KeyIs("code") {
			t.code(&l, n)
		}
	}
	if said := confidential(root.Get("confidentiality")); said != 0 { // Composition's is a bare code
		l.Set |= said
		l.Said |= said
	}
	l.Set, l.Said = l.Set.whole(), l.Said.whole()
	if l.Place = role.service; l.Place {
		l.Set, l.Said, l.Unknown = l.Set&Services, 0, false
	}
	return l
}

func confidential(n fhir.Node) Set {
	switch {
	case n.Is("V"):
		return VeryRestricted
	case n.Is("R"):
		return Restricted
	}
	return 0
}

// code takes one code into account, if it is part of a Coding.
func (t *Tables) code(l *Labels, n fhir.Node) {
	holder := n.Parent()
	system := holder.Get("system")
	if system.Kind() != fhir.String {
		if !system.Exists() && isSecurity(holder) {
			l.say(t.bare(n.Text()))
		}
		return
	}
	sys := t.system(system.Text())
	if sys == nil {
		if clinical(system.Text()) {
			l.Unknown = true
		}
		return
	}
	e, known := sys.find(n.Text())
	switch {
	case sys.security && isSecurity(holder):
		if !known {
			e.labels = Restricted // a label that we do not understand is obeyed all the same
		}
		l.say(e.labels)
	case sys.security && sys.name != "OURS" && e.labels != 0: // an inline label
		l.say(e.labels)
	default:
		l.Set |= e.labels | e.services
		l.Unknown = l.Unknown || !known && sys.counts
	}
}

func (l *Labels) say(s Set) {
	l.Set |= s
	l.Said |= s
}

// isSecurity tells whether a Coding stands in meta.security, of the resource or
// of one that it contains, or in DocumentReference.securityLabel.
func isSecurity(coding fhir.Node) bool {
	list := coding.Parent()
	if list.KeyIs("security") {
		return list.Parent().KeyIs("meta")
	}
	return list.KeyIs("coding") && list.Parent().Parent().KeyIs("securityLabel")
}

// admin are the beginnings of code systems that say how a thing is done and
// never what about.
var admin = [][]byte{
	[]byte("http://terminology.hl7.org/"), []byte("http://hl7.org/fhir/"), []byte("http://unitsofmeasure.org"), []byte("urn:ietf:"), []byte("urn:iso:"),
	[]byte("https://fhir.nhs.uk/"), []byte("https://fhir.hl7.org.uk/"), []byte("http://fhir.nhs.uk/"), []byte("http://dicom.nema.org/"), []byte("urn:bevan:"),
}

// clinical tells whether a system that is in no table may have codes of what
// somebody has or is given.
func clinical(system []byte) bool {
	if len(system) == 0 {
		return false
	}
	for _, a := range admin {
		if bytes.HasPrefix(system, a) {
			return false
		}
	}
	return true
}

// Code is one code of a code system, as it stands in a resource.
type Code struct{ System, Code string }

// maxNew bounds how many unknown codes are told of one resource, and how long
// they are.
const (
	maxNew       = 100
	maxCode      = 64
	maxSystemURI = 200
)

// New lists the codes of a resource that stand in no table, for the review. A
// code that does not look like one (it may be somebody's words) is left out:
// the resource that has it stays hidden until a reviewer has looked at it.
func (t *Tables) New(tree *fhir.Tree) []Code {
	var out []Code
	for id := range int32(tree.NodeCount()) {
		n := tree.NodeAt(id)
		if n.Kind() != fhir.String || !n.KeyIs("code") || len(out) == maxNew {
			continue
		}
		var l Labels
		t.code(&l, n)
		c := Code{n.Parent().Get("system").Str(), n.Str()}
		if l.Unknown && c.Valid() && !slices.Contains(out, c) {
			out = append(out, c)
		}
	}
	return out
}

// Valid tells whether a code and its system look like such, and not like words.
func (c Code) Valid() bool {
	return shaped(c.System, maxSystemURI, "-._~:/?#[]@!$&'()*+,;=%") && shaped(c.Code, maxCode, "-._")
}

func shaped(s string, most int, signs string) bool {
	if s == "" || len(s) > most {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if !(c >= '0' && c <= '9' || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z') && bytes.IndexByte([]byte(signs), c) < 0 {
			return false
		}
	}
	return true
}

// Security is the labels of one coding of a meta.security.
func (t *Tables) Security(coding fhir.Node) Set {
	var l Labels
	if n := coding.Get("code"); n.Kind() == fhir.String {
		t.code(&l, n)
	}
	return l.Said.whole()
}
