package mandate

import (
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Basis is the legal basis of a mandate, by its code in the national
// relationship service (England-NHSProxyLegalBasis).
type Basis string

// The bases.
const (
	Parent       Basis = "parental-responsibility"
	Consented    Basis = "consent"
	BestInterest Basis = "best-interest"
	Attorney     Basis = "health-and-welfare-lasting-power-of-attorney"
	Deputy       Basis = "court-appointed-personal-welfare-deputy"
)

// Bases lists them.
func Bases() []Basis { return []Basis{Parent, Consented, BestInterest, Attorney, Deputy} }

// Kind is what somebody is to the person, as a relationship says it.
type Kind string

// The kinds.
const (
	KindParent   Kind = "parent"
	KindGuardian Kind = "guardian"
	KindPartner  Kind = "partner"
	KindChild    Kind = "child"
	KindFamily   Kind = "family"
	KindFriend   Kind = "friend"
	KindCarer    Kind = "carer"
	KindAttorney Kind = "attorney"
	KindDeputy   Kind = "deputy"
)

// Kinds lists them.
func Kinds() []Kind {
	return []Kind{KindParent, KindGuardian, KindPartner, KindChild, KindFamily, KindFriend, KindCarer, KindAttorney, KindDeputy}
}

// Evidence lists the codes of what staff look at: those of the national
// relationship service for parental responsibility, and LPA for a registered
// lasting power of attorney.
func Evidence() []string {
	return []string{"BRTH", "ADPT", "PRNA", "SPRNA", "PORD", "SGORD", "OTHCOURT", "LPA", "OTHR"}
}

// Way is how a mandate came.
type Way string

// The ways.
const (
	ByPerson Way = "person" // the person gave it
	ByStaff  Way = "staff"  // a member of staff, with evidence
	ByImport Way = "import" // another service, as a FHIR Consent
)

// May is what may be done, a bit each.
type May uint8

// What may be done.
const (
	Look   May = 1 << iota // see the record
	Ask                    // book, and ask questions
	Manage                 // write what the person could write
	Copy                   // take along a copy of what they see
)

// MayNamed reads "look", "ask", "manage" or "copy"; each brings what is less.
func MayNamed(s string) (May, error) {
	switch s {
	case "look":
		return Look, nil
	case "ask":
		return Look | Ask, nil
	case "manage":
		return Look | Ask | Manage, nil
	case "copy":
		return Look | Ask | Manage | Copy, nil
	}
	return 0, problem.New(problem.Invalid, "Choose what they may do from the list.").Because("mandate-may")
}

// Name is the most that may be done: "look", "ask", "manage" or "copy", or ""
// for nothing.
func (a May) Name() string {
	switch {
	case a&Copy != 0:
		return "copy"
	case a&Manage != 0:
		return "manage"
	case a&Ask != 0:
		return "ask"
	case a&Look != 0:
		return "look"
	}
	return ""
}

// Status is whether a mandate gives its right.
type Status string

// The statuses.
const (
	Active    Status = "active"
	Suspended Status = "suspended" // until somebody has looked at it
	Ended     Status = "ended"
)

// Reason is why a mandate has its status (England-ConsentStatusReason).
type Reason string

// The reasons that are used here.
const (
	Created      Reason = "ROLE_CREATED"
	Reactivated  Reason = "ROLE_REACTIVATED"
	ForReview    Reason = "ROLE_SUSPENDED_PENDING_REVIEW"
	Safeguarding Reason = "ROLE_DEACTIVATED_SAFEGUARDING"
	ByRequest    Reason = "ROLE_DEACTIVATED_PATIENT_REQUEST"
	EndReached   Reason = "ROLE_DEACTIVATED_END_DATE_REACHED"
	Unused       Reason = "ROLE_DEACTIVATED_INACTIVE_ROLE"
	PersonDied   Reason = "ROLE_DEACTIVATED_PATIENT_DECEASED"
	Changed      Reason = "ROLE_DEACTIVATED_CHANGE_IN_RELATIONSHIP"
	Moved        Reason = "ROLE_DEACTIVATED_PATIENT_GP_TRANSFERRED"
)

// endings are the reasons for which staff may end one for good.
var endings = []Reason{Safeguarding, ByRequest, Unused, PersonDied, Changed, Moved}

// Endings lists the reasons for which staff end a mandate.
func Endings() []Reason { return slices.Clone(endings) }

// Relationship is a checked fact: that somebody is something to a person. It
// gives no right.
type Relationship struct {
	ID string // also that of the RelatedPerson
	// Patient is whose relation it is, by the logical id of their Patient.
	Patient string
	// Account is theirs; "" where only Record is known, the logical id of their
	// own Patient, until an account is linked to that.
	Account, Record string
	Kind            Kind
	Name            string
	Evidence        []string
	Made            time.Time
	MadeBy          string
}

// Mandate is a right to act for somebody.
type Mandate struct {
	ID       string // also that of the Consent
	Relation Relationship
	Patient  string
	Basis    Basis
	Way      Way
	May      May
	// Shown are the sensitivity categories that it shows, by their bits.
	Shown uint64
	// Grantor is the code (ODS) of the organisation that granted it; "" for none.
	Grantor string
	Status  Status
	Reason  Reason
	// Quiet says that the real reason is kept from both.
	Quiet                      bool
	Starts, Ends, Review, Made time.Time
	MadeBy                     string
	Changed                    time.Time
	ChangedBy                  string
	Rules                      string // the version of the rules by which it was made
	Outside                    string // where it was imported: the identifier that it came under

	practice           string // where the person was registered, where leaving that ends it
	version, published int64
	told, passed       int64
}

// Right is what a mandate gives at one moment.
type Right struct {
	Mandate string
	Patient string
	// Name is what the person is called, and Holder the RelatedPerson by which
	// the record knows who has the right.
	Name, Holder string
	May          May
	Types        string // the types of resources, with blanks between
	Shown        uint64
	// Less says that there can be entries that it does not show: it is for some
	// types only, or for somebody who may keep entries to themself. It goes by the
	// right and what it rests on, and never by what there is.
	Less bool
	// Until is when it will be less; never zero.
	Until time.Time
}

// Bound is what the right lets its holder do.
func (r Right) Bound() access.Rights {
	if r.May&Look == 0 {
		return access.Rights{}
	}
	return access.Acting(r.Types, r.May&Ask != 0, r.May&Manage != 0)
}

// Copies is what the right lets its holder take along: what they see, or nothing
// where it does not say so.
func (r Right) Copies() access.Rights {
	if r.May&Copy == 0 {
		return access.Rights{}
	}
	return r.Bound().And(access.AllTypes(access.Looking))
}

// Who is the holder of the right as the record's door takes them. Purpose is
// access.Proxy. App and Grant are for the caller to set.
func (r Right) Who(actor string, bound access.Rights) access.Who {
	return access.Who{Actor: actor, Kind: access.Person, Role: access.RoleProxy, Patient: r.Patient, Mandate: r.Mandate, User: r.Holder,
		Until: r.Until.UnixMilli(), Shown: r.Shown, Bound: r.Bound().And(bound)}
}

func fields(s string) []string { return strings.Fields(s) }
