package access

import "github.com/bevanhealth/bevan/internal/problem"

// RulesVersion names the set of rules below. It changes whenever one of them
// does, and stands in every access entry, so that a decision of last year can
// be understood.
const RulesVersion = "2026-2"

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

// rule grants verbs to a role for a purpose. There is no rule that takes away:
// what no rule names is refused.
type rule struct {
	name    string
	role    Role
	purpose Purpose
	verbs   Verb
	reason  string
}

var rules = [...]rule{
	{"operator-operations", RoleOperator, Operations, AllVerbs,
		"An operator runs this service and may read and change records. Every access is logged."},
	{"operator-import", RoleOperator, Import, Read | Search | Create | Update | Delete,
		"An operator may bring data in. Every access is logged."},
	{"operator-export", RoleOperator, Export, Looking,
		"An operator may take data out, and changes nothing by it. Every access is logged."},
	// The feed of changes is for this server's own rooms.
	{"program-operations", RoleProgram, Operations, AllVerbs &^ Follow,
		"The operator let this program in, within the scopes of its token. Every access is logged."},
	{"program-export", RoleProgram, Export, Looking &^ Follow,
		"The operator let this program take data out, within the scopes of its token. Every access is logged."},
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
	}
	for _, r := range rules {
		if r.role != f.Who.Role || r.purpose != f.Purpose {
			continue
		}
		all := Scope{rights: AllTypes(r.verbs), about: Population(), mask: EveryCategory}
		s := all.Narrow(f.Who.Bound, f.about(), EveryCategory)
		if s.Empty() || f.Who.Role == RoleProgram && !f.Who.byItself() {
			return refuse("outside-bound", problem.Forbidden, "This token does not allow that. Ask the operator for another one.")
		}
		return s, Decision{Rule: r.name, Version: RulesVersion, Granted: true, Reason: r.reason}
	}
	return refuse("no-rule", problem.Forbidden, "No rule lets you see or change these records. Ask the operator if you think that one should.")
}

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
