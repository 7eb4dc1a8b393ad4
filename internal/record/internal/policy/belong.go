package policy

import (
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access/choice"
)

// Word is what a resource says of who belongs to whom.
type Word struct {
	// Versions are what it says, newest first, back to the last that was written
	// by somebody whose word counts; nil for one that was deleted.
	Versions []*fhir.Tree
	// Vouched says that the word of whoever wrote the last of them counts.
	Vouched bool
	// Cut says that not all of them could be read.
	Cut bool
}

// Names are those whom a resource names in one way: references as "Type/id", and
// identifiers.
type Names struct {
	Refs   []string
	Idents []choice.Coding
}

func (n *Names) add(reference fhir.Node, local func(string) string) {
	if ref := local(reference.Get("reference").Str()); ref != "" {
		n.Refs = append(n.Refs, ref)
	}
	n.ident(reference.Get("identifier"))
}

func (n *Names) ident(identifier fhir.Node) {
	c := choice.Coding{System: identifier.Get("system").Str(), Code: identifier.Get("value").Str()}
	if c.System != "" && c.Code != "" {
		n.Idents = append(n.Idents, c)
	}
}

func (n *Names) both(o Names) {
	n.Refs, n.Idents = append(n.Refs, o.Refs...), append(n.Idents, o.Idents...)
}

func (n *Names) common(o Names) {
	n.Refs = slices.DeleteFunc(n.Refs, func(r string) bool { return !slices.Contains(o.Refs, r) })
	n.Idents = slices.DeleteFunc(n.Idents, func(c choice.Coding) bool { return !slices.Contains(o.Idents, c) })
}

// settle reads of a word whom it names for sure, and whom perhaps. Somebody is
// named for sure whom a version names that counts, and every one since: so who
// writes what does not count can take a membership away from what is permitted,
// and can neither give one nor escape from one that is denied. read gives those
// whom a version names, and those of whom it is not clear.
func (w Word) settle(read func(fhir.Node) (said, loose Names)) (sure, perhaps Names) {
	for i, t := range w.Versions {
		var said, loose Names
		if t != nil {
			said, loose = read(t.Root())
		}
		perhaps.both(said)
		perhaps.both(loose)
		if i == 0 {
			sure = Names{slices.Clone(said.Refs), slices.Clone(said.Idents)}
		} else {
			sure.common(said)
		}
	}
	if !w.Vouched {
		sure = Names{}
	}
	return sure, perhaps
}

// Above reads of an Organization what it says that it is part of. local reads a
// reference to this server as "Type/id"; "" for others.
func (w Word) Above(local func(string) string) (sure, perhaps Names) {
	return w.settle(func(n fhir.Node) (said, _ Names) {
		said.add(n.Get("partOf"), local)
		said.Refs = slices.DeleteFunc(said.Refs, func(ref string) bool { return !strings.HasPrefix(ref, "Organization/") })
		return said, Names{}
	})
}

// Idents reads the identifiers of a resource, but for old ones.
func (w Word) Idents() (sure, perhaps []choice.Coding) {
	a, b := w.settle(func(n fhir.Node) (said, loose Names) {
		for id := range n.Get("identifier").Items() {
			if id.Get("use").Is("old") {
				loose.ident(id)
			} else {
				said.ident(id)
			}
		}
		return said, loose
	})
	return a.Idents, b.Idents
}

// Members reads a CareTeam, a Group or a PractitionerRole: who is a member of it
// now. of is the organisation for which the viewer asks, as "Organization/id": the
// role that somebody has at another one is not clearly theirs here.
func (w Word) Members(typ, of string, now time.Time, local func(string) string) (sure, perhaps Names) {
	return w.settle(func(n fhir.Node) (said, loose Names) {
		m := membership{now: now, local: local}
		switch typ {
		case "CareTeam":
			if s := n.Get("status"); !s.Exists() || s.Is("active") {
				m.list(n, "participant", "member")
			}
		case "Group":
			if n.Get("active").Kind() != fhir.False && n.Get("actual").Kind() != fhir.False {
				m.list(n, "member", "entity")
			}
		case "PractitionerRole":
			if at := n.Get("organization"); n.Get("active").Kind() != fhir.False {
				m.add(n.Get("practitioner"), holds(n.Get("period"), now), at.Exists() && local(at.Get("reference").Str()) != of)
			}
		}
		return m.said, m.loose
	})
}

// membership gathers members.
type membership struct {
	said, loose Names
	now         time.Time
	local       func(string) string
}

// list adds those of a list who are members now.
func (m *membership) list(root fhir.Node, list, member string) {
	whole := holds(root.Get("period"), m.now)
	for one := range root.Get(list).Items() {
		if one.Get("inactive").Kind() != fhir.True {
			m.add(one.Get(member), min(whole, holds(one.Get("period"), m.now)), false)
		}
	}
}

func (m *membership) add(who fhir.Node, is fact, elsewhere bool) {
	switch {
	case is == never:
	case is == unclear || elsewhere:
		m.loose.add(who, m.local)
	default:
		m.said.add(who, m.local)
	}
}

// fact is whether something is so.
type fact uint8

const (
	never fact = iota
	unclear
	surely
)

// holds tells whether a Period holds now. One that is not there has no end, and
// of one that can not be read it is not known.
func holds(period fhir.Node, now time.Time) fact {
	if !period.Exists() {
		return surely
	}
	i, ok := fhir.PeriodRange(period)
	at := now.UnixMicro()
	switch {
	case !ok:
		return unclear
	case i.Low <= at && at < i.High:
		return surely
	}
	return never
}

// HasMembers tells whether a reference is to a type whose resources have members.
func HasMembers(ref string) bool {
	typ, _, _ := strings.Cut(ref, "/")
	return typ == "CareTeam" || typ == "Group" || typ == "PractitionerRole"
}
