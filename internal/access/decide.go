package access

import "github.com/bevanhealth/bevan/internal/problem"

// RulesVersion names the set of rules below. It changes whenever one of them
// does, and stands in every access entry, so that a decision of last year can
// be understood.
const RulesVersion = "2026-8"

// Facts are all that a decision rests on. Whoever gathers them reads storage;
// Decide does not. The zero Facts grant nothing.
type Facts struct {
	Who     Who
	Purpose Purpose
	About   About
}

// Decision says what was decided and why. It is a plain value for the access
// log, the plan and the error.
type Decision struct {
	// Rule is the name of the rule that spoke, such as "operator-import".
	Rule string
	// Version is RulesVersion at the time.
	Version string
	// Granted says whether the scope allows anything.
	Granted bool
	// Reason is a sentence that is safe to show to the one who asked.
	Reason string
	// Kind is the problem's kind when nothing is granted.
	Kind problem.Kind
}

// Err is nil when something was granted, and otherwise the problem to answer.
func (d Decision) Err() error {
	if d.Granted {
		return nil
	}
	return problem.New(d.Kind, d.Reason)
}

// rule grants rights to a role for a purpose. There is no rule that takes away:
// what no rule names is refused.
type rule struct {
	name    string
	role    Role
	purpose Purpose
	context context
	rights  Rights
	reason  string
	// work says that the rule is for work that a person started about
	// themselves, and for nothing else. Every other rule for people is for those
	// who are signed in and for no work.
	work bool
}

// context is whether a rule is for those whose credential is about one person.
type context uint8

const (
	anyContext   context = iota // whether or not it is
	inContext                   // only when it is
	outOfContext                // only when it is not
)

var rules = [...]rule{
	{"operator-operations", RoleOperator, Operations, anyContext, AllTypes(AllVerbs),
		"An operator runs this service and may read and change records. Every access is logged.", false},
	{"operator-import", RoleOperator, Import, anyContext, AllTypes(Read | Search | Create | Update | Delete),
		"An operator may bring data in. Every access is logged.", false},
	{"operator-export", RoleOperator, Export, anyContext, AllTypes(Looking),
		"An operator may take data out, and changes nothing by it. Every access is logged.", false},
	// The feed of changes is for this server's own rooms.
	{"program-operations", RoleProgram, Operations, anyContext, AllTypes(AllVerbs &^ Follow),
		"The operator let this program in, within the scopes of its token. Every access is logged.", false},
	{"program-export", RoleProgram, Export, anyContext, AllTypes(Looking &^ Follow),
		"The operator let this program take data out, within the scopes of its token. Every access is logged.", false},
	// A program for research and planning looks, and changes nothing.
	{"program-research", RoleProgram, Research, anyContext, AllTypes(Looking &^ Follow),
		"The operator let this program in for research and planning, within the scopes of its token. Every access is logged.", false},
	{"self-own", RoleSelf, Own, inContext, bySelf,
		"You may see your own record and add to it, within what you allowed the app. Every access is logged.", false},
	{"proxy-acting", RoleProxy, Proxy, inContext, byProxy,
		"You may act for this person, within what your right to act for them says. Every access is logged, and they can see it.", false},
	// A download outlives the click that asked for it, so it is work; the one
	// behind it is asked again and again whether they may still have it.
	{"self-export", RoleSelf, Export, inContext, AllTypes(ownLooking),
		"You may take a copy of your own record with you. Every access is logged.", true},
	{"proxy-export", RoleProxy, Export, inContext, copiedByProxy,
		"You may take along what you may see of the record of this person, as your right to act for them says. Every access is logged, and they can see it.", true},
	{"professional-care", RoleProfessional, Care, inContext, byProfessional,
		"You may see and change the record of the person whom you care for, within what the app was allowed. Every access is logged.", false},
	// What is done in an emergency is written down as care: to declare one is to
	// look.
	{"professional-emergency", RoleProfessional, Emergency, inContext, AllTypes(ownLooking),
		"You declared an emergency, and may see the record of that one person until it ends. Every access is logged, the person is told, and somebody else reviews it.", false},
	{"professional-finding", RoleProfessional, Care, outOfContext, toFindSomebody,
		"You may look for the person whom you care for, within what the app was allowed. Choose them to see their record. Every access is logged.", false},
}

// Decide says what the one who asks may do. It is pure: the same facts give
// the same answer. The scope is never more than the credential's bound, and
// never about others than were asked about.
func Decide(f Facts) (Scope, Decision) {
	switch {
	case f.Who.Actor == "" || f.Who.Kind == NoKind:
		return refuse("nobody", problem.Unauthorized, "Nobody is signed in. Send a valid token and try again.")
	case f.Purpose == Unstated:
		return refuse("no-purpose", problem.Forbidden, "No reason was given for looking at records. Say why, then try again.")
	case f.About == About{}:
		return refuse("no-subject", problem.Forbidden, "It was not said whose records this is about. Name one person or everybody.")
	case f.Who.Uses != Unstated && f.Purpose != f.Who.Uses:
		return refuse("another-purpose", problem.Forbidden, "This program was let in for one purpose, and asks for another. Ask the operator to let it in for that.")
	case f.Who.Role == RoleSelf && f.Who.For == 0:
		return refuse("no-record", problem.Forbidden, "Your account is not joined to a record yet. Join it to your record, then try again.")
	case f.Who.Role == RoleProxy && (f.Who.For == 0 || f.Who.Mandate == ""):
		return refuse("no-mandate", problem.Forbidden, "You can not act for somebody here now. Look at the list of people whom you act for.")
	case f.Who.Role == RoleProfessional && f.Who.Organisation == "":
		return refuse("no-organisation", problem.Forbidden, "It was not said for which organisation you ask. Sign in again and choose one.")
	case f.Who.Role == RoleProfessional && f.Purpose == Emergency && !f.Who.declared():
		return refuse("no-emergency", problem.Forbidden, "No emergency was declared for this. Declare one on the pages for staff, with your reason and your passkey.")
	}
	for _, r := range rules {
		if r.role != f.Who.Role || r.purpose != f.Purpose || !r.context.fits(f.Who) || r.work && f.Who.Kind != Work {
			continue
		}
		all := Scope{rights: r.rights, about: Population(), mask: EveryCategory}
		if f.Who.Role.ofPeople() {
			all.mask &^= SeveralPeople
			all.shared = true
		}
		if f.Who.Role == RoleProxy {
			all.mask &^= Sensitive &^ f.Who.Shown &^ AddressKept
		}
		if f.withholds() {
			all.mask &^= Withheld
		}
		s := all.Narrow(f.Who.Bound, f.about(), EveryCategory)
		if s.Empty() || !f.Who.fits(r.work) {
			return refuse("outside-bound", problem.Forbidden, "This token does not allow that. Ask for another one: an app asks when you sign in to it, a program asks the operator.")
		}
		return s, Decision{Rule: r.name, Version: RulesVersion, Granted: true, Reason: r.reason}
	}
	return refuse("no-rule", problem.Forbidden, "No rule lets you see or change these records. Ask the operator if you think that one should.")
}

// withholds says whether what professionals write for each other is kept from
// whoever asks.
func (f Facts) withholds() bool {
	switch f.Who.Role {
	case RoleSelf, RoleProxy, RoleResearcher:
		return true
	}
	return f.Purpose == Research
}

func (c context) fits(w Who) bool { return c == anyContext || (c == inContext) == (w.For != 0) }

// about is whom the scope may be about: whom they ask about, and when they act
// for one person nobody else.
func (f Facts) about() About {
	if f.Who.For != 0 {
		return f.About.and(Subject(f.Who.For))
	}
	return f.About
}

func refuse(rule string, k problem.Kind, reason string) (Scope, Decision) {
	return Scope{}, Decision{Rule: rule, Version: RulesVersion, Reason: reason, Kind: k}
}
