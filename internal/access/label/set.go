package label

import (
	"math/bits"
	"strings"
)

// Set is a set of labels, as bits of a row's mask.
type Set uint64

// The kinds that people are asked about, and the finer ones that HL7 has codes
// for. A finer one always comes with its kind.
const (
	MentalHealth Set = 1 << iota
	SexualHealth
	ReproductiveHealth
	Substances
	Safeguarding
	Genetics
	SocialCare
	ChildsOwn // a child who can decide says that it is theirs
	HIV
	STI
	DomesticAbuse
	Alcohol
	Opioids
	SickleCell
	// SafeguardingRestriction is that those who keep somebody safe said who may
	// not see this, and CourtOrder that a court did. They are imposed: neither the
	// person nor who acts for them says so, and an emergency does not lift them
	// where the policy says that they are kept.
	SafeguardingRestriction
	CourtOrder
	// ProfessionalsOnly is what professionals write for each other to keep a child
	// safe. Neither the person nor who acts for them sees it, at any age, until a
	// professional releases it (access.Withheld).
	ProfessionalsOnly
	// AddressKept is on the Patient of somebody whose address is kept from whoever
	// acts for them (access.AddressKept). It hides no entry: the record leaves out of
	// it what tells where they live.
	AddressKept
)

// Imposed are the labels that stand above what a person decides.
const Imposed = SafeguardingRestriction | CourtOrder | ProfessionalsOnly | AddressKept

const (
	// Restricted is HL7's confidentiality R: somebody said so, whatever the kind.
	Restricted Set = 1 << 28
	// VeryRestricted is V, which is R as well.
	VeryRestricted Set = 1 << 29
	// UnderReview has a code that nobody has judged yet and comes from a
	// sensitive service.
	UnderReview Set = 1 << 31
	// Ruled is no label: a reviewer took a label away, so the codes alone do not
	// bring it back.
	Ruled Set = 1 << 32
)

const (
	// Every is every label that can be hidden.
	Every Set = 1<<32 - 1
	// Services are the bits that say from what kind of service a resource comes,
	// or which one it is. They hide nothing.
	Services Set = ofService << serviceShift

	ofService    = MentalHealth | SexualHealth | ReproductiveHealth | Substances | Safeguarding | Genetics | SocialCare
	serviceShift = 33
)

// names are in the order of the bits; "" is a bit without a name.
var names = [32]string{"mental-health", "sexual-health", "reproductive-health", "substances", "safeguarding", "genetics",
	"social-care", "childs-own", "hiv", "sti", "domestic-abuse", "alcohol", "opioids", "sickle-cell",
	"safeguarding-restriction", "court-order", "professionals-only", "address-kept",
	28: "restricted", 29: "very-restricted", 31: "under-review"}

// kinds are the labels that come with a finer one.
var kinds = [...]struct{ fine, kind Set }{
	{HIV, SexualHealth}, {STI, SexualHealth}, {DomesticAbuse, Safeguarding}, {Alcohol, Substances},
	{Opioids, Substances}, {SickleCell, Genetics}, {SafeguardingRestriction, Safeguarding}, {CourtOrder, Restricted}, {ProfessionalsOnly, Restricted}, {VeryRestricted, Restricted},
}

// whole adds to each finer label its kind.
func (s Set) whole() Set {
	for _, k := range kinds {
		if s&k.fine != 0 {
			s |= k.kind
		}
	}
	return s
}

// Wider is s with every finer label of a kind in it: whoever hides sexual
// health hides HIV.
func (s Set) Wider() Set {
	for _, k := range kinds {
		if s&k.kind != 0 {
			s |= k.fine
		}
	}
	return s
}

// Labels are those that can be hidden.
func (s Set) Labels() Set { return s & Every }

// From are the labels of whatever comes from the services in s.
func (s Set) From() Set { return s & Services >> serviceShift }

// service is the bits of services with the labels in s.
func (s Set) service() Set { return s & ofService << serviceShift }

// Names are the labels by name, in a fixed order.
func (s Set) Names() []string {
	var out []string
	for rest := s & Every; rest != 0; rest &= rest - 1 {
		if n := names[bits.TrailingZeros64(uint64(rest))]; n != "" {
			out = append(out, n)
		}
	}
	return out
}

// String is the names for a log or a test.
func (s Set) String() string { return strings.Join(s.Names(), " ") }

// ByName reads names with spaces between them; false where one is unknown or
// is not for people to say.
func ByName(text string) (s Set, ok bool) {
	for name := range strings.FieldsSeq(text) {
		i := index(name)
		if i < 0 {
			return 0, false
		}
		s |= 1 << i
	}
	return s.whole(), true
}

// Named are the labels with some names and what is finer than they are, without
// the kinds that they are of: whoever hides one does not hide its kind. ok is
// false where a name is unknown or is not for people to say.
func Named(list []string) (s Set, ok bool) {
	for _, name := range list {
		i := index(name)
		if i < 0 {
			return 0, false
		}
		s |= 1 << i
	}
	return s.Wider(), true
}

func index(name string) int {
	for i, n := range names {
		if n == name && n != "" && 1<<i != UnderReview {
			return i
		}
	}
	return -1
}
