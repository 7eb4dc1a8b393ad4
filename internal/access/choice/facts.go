package choice

import (
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
)

// Coding is a code of a system: a FHIR Coding without version and display.
type Coding struct{ System, Code string }

// Viewer is who asks, as consent sees them. What is left empty is not known,
// and what is not known is held against the viewer.
type Viewer struct {
	// Refs are the resources that they are or belong to, as "Type/id":
	// "Practitioner/1", "PractitionerRole/2", "Organization/3" and those above
	// it, "CareTeam/4", "Group/5", "Patient/6", "RelatedPerson/7", "Device/8".
	Refs []string
	// Idents are the logical identities by which a choice may name them: of
	// systems such as IdentApp, IdentRole, IdentAccount and IdentODS.
	Idents []Coding
	// Perhaps and PerhapsIdents are further ones of which it is not known whether
	// they are theirs: a deny toward one of them holds, and a permit does not.
	Perhaps       []string
	PerhapsIdents []Coding
	// Roles are their security role types, for provision.actor.role.
	Roles []Coding
	// Purpose are the codes of HL7's PurposeOfUse that hold, most specific
	// first. What a code is part of (Purposes) need not be listed.
	Purpose []string
	// Action is a code of http://terminology.hl7.org/CodeSystem/consentaction.
	Action string
	// Now is the time of asking. A period whose dates have no time zone is
	// read in its zone.
	Now time.Time
}

// Item is a resource, as consent sees it.
type Item struct {
	Type, ID string
	Profiles []string // canonicals of meta.profile
	Security []Coding // labels, however they came about
	Codes    []Coding // every coding in it
	// From and To are its clinical time, from From inclusive to To exclusive;
	// a To that is not after From is the moment From. A zero one is open, both
	// zero is not known.
	From, To time.Time
	// Days says that From and To were written as dates without a time zone,
	// and are read in UTC.
	Days    bool
	Authors []string // references to who wrote it, as "Type/id"
	Refs    []string // every reference that it holds, as "Type/id"
	// Within are the resources inside of it: contained ones, and those of the
	// entries of a Bundle. What denies one of them denies the whole; what permits
	// looks at the whole only.
	Within []Item
}

// Systems of logical identities by which provision.actor.reference.identifier
// may name somebody.
const (
	IdentApp     = "https://bevan.example/id/app"                        // an app, by its client id
	IdentRole    = "https://bevan.example/id/role"                       // a job, such as "administrator"
	IdentAccount = "https://bevan.example/id/account"                    // somebody who signs in
	IdentODS     = "https://fhir.nhs.uk/Id/ods-organization-code"        // an organisation of the NHS
	actionSystem = "http://terminology.hl7.org/CodeSystem/consentaction" // provision.action
	scopeSystem  = "http://terminology.hl7.org/CodeSystem/consentscope"  // Consent.scope
)

// World is what is known beyond the choices themselves. The zero World knows
// nothing more, and a choice that would need it is refused or held as wide or
// narrow as its type asks.
type World struct {
	// Sets gives what is in the value set that a canonical URL names, as SetOf
	// does. An Unprocessable problem says why the set can not be used; any other
	// error that it could not be found out. nil knows none.
	Sets func(canonical string) (*Set, error)
	// Roles are the security role types that Viewers can carry. A choice that
	// names another one is refused, since it would never hold.
	Roles []Coding
	// Idents are systems of logical identities that Viewers can carry, besides
	// those named in this package.
	Idents []string
	// Refers lists what a resource refers to, as "Type/id", for choices about a
	// resource and those related to it. nil is not known.
	Refers func(ref string) []string
	// Base is the address of this server's FHIR interface, without a slash at its
	// end: references that spell it out are read like those that leave it out.
	// With "", every full address is that of somewhere else.
	Base string
	// Zone is where dates without a time zone in a dataPeriod lie; nil is UTC.
	Zone *time.Location
}

func (w World) zone() *time.Location {
	if w.Zone == nil {
		return time.UTC
	}
	return w.Zone
}

// parse takes a reference apart, as one without an address where it names this
// server.
func (w World) parse(text string) fhir.Reference {
	if short, mine := strings.CutPrefix(text, w.Base+"/"); mine && w.Base != "" {
		text = short
	}
	return fhir.ParseReference(text)
}
