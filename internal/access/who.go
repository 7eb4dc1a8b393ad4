package access

import "strings"

// Who is the one who asks. It is a comparable value that travels as an
// argument; the zero Who is nobody, and nobody gets nothing.
type Who struct {
	// Actor names who asks, for the access log: a stable id that is never
	// used again for somebody else, such as "token:3f2a". Empty is nobody.
	Actor string
	// Kind is what sort of actor this is.
	Kind Kind
	// Role is the hat that they wear in this session.
	Role Role
	// App and Grant are the app that asks in their name and the permission
	// that it was given; empty when there is no app.
	App, Grant string
	// Organisation is the id of the organisation that they ask for; may be
	// empty.
	Organisation string
	// User is the resource that stands for them, such as "Practitioner/7" or
	// "Patient/3", and Hat the role that staff have in their organisation; empty
	// where there is none.
	User, Hat string
	// For is the number of the person that they act for, such as a child; 0
	// when they act for themselves.
	For int64
	// Patient is the logical id of the one Patient that the credential is
	// about: a session of its holder is about that patient and no other. Empty
	// for a credential that is about nobody in particular. It is what was said
	// when the credential was given out, and gives no right by itself.
	Patient string
	// Mandate is the right by which they act for another, or the emergency that
	// they declared; empty when they need neither.
	Mandate string
	// Until is when that right ends, in milliseconds since 1970 UTC; 0 when it
	// has no end of its own. From then on no session is opened.
	Until int64
	// Shown are the sensitivity categories, by their bits, that the mandate
	// shows although others who act for people do not see them.
	Shown uint64
	// Uses is the one purpose for which a program was let in, where that is
	// another one than the service's own work: it asks for that purpose and no
	// other. Unstated for everybody else.
	Uses Purpose
	// Bound is the most that their credential allows, whatever the rules
	// say. The zero Bound allows nothing.
	Bound Rights
}

// Operator is the operator with the given actor id and no bound of their own:
// somebody who holds the data folder or an operator's token. An empty actor is
// nobody.
func Operator(actor string) Who {
	return Who{Actor: actor, Kind: Person, Role: RoleOperator, Bound: AllTypes(AllVerbs)}
}

// Job is the background work with the given name, done for by: it can do no
// more than by could, and the log shows both.
func Job(name string, by Who) Who {
	if name == "" || by.Actor == "" {
		return Who{}
	}
	by.Actor = name + workFor + by.Actor
	by.Kind = Work
	return by
}

const workFor = " for "

// Why is the purpose for which they ask: that for which a program was let in,
// and for everybody else the given one.
func (w Who) Why(why Purpose) Purpose {
	if w.Uses != Unstated {
		return w.Uses
	}
	return why
}

// Behind is the actor id of whoever is answerable: the actor, or for work the
// one that it is done for. Work may outlive a credential, so whoever starts it
// again asks what the one behind it may still do.
func (w Who) Behind() string {
	if w.Kind != Work {
		return w.Actor
	}
	if i := strings.LastIndex(w.Actor, workFor); i >= 0 {
		return w.Actor[i+len(workFor):]
	}
	return w.Actor
}

// byItself says whether this is a program with a credential of its own and a
// permission that it was given, or work that goes on for one. A person is never
// a program, whatever role they name.
func (w Who) byItself() bool {
	return (w.Kind == Client || w.Kind == Work) && w.App != "" && w.Grant != ""
}

// fits says whether this sort of actor can have this role at all: for a rule
// that is for people's own work, or for any other.
func (w Who) fits(work bool) bool {
	switch {
	case w.Role == RoleProgram:
		return w.byItself()
	case work:
		return w.Kind == Work && w.App == "" && w.Grant == "" // no app starts it
	case w.Role.ofPeople():
		return w.Kind == Person // work outlives a sign-in
	}
	return true
}

// declared says whether they declared an emergency: about one person, with an
// end. A purpose by itself is a word that anybody can say.
func (w Who) declared() bool { return w.Mandate != "" && w.Until != 0 && w.For != 0 }

// ofPeople says whether it is a role of people towards a record, rather than
// of those who run the service.
func (r Role) ofPeople() bool { return r == RoleSelf || r == RoleProxy || r == RoleProfessional }

// Kind is what sort of actor asks.
type Kind uint8

const (
	// NoKind is nobody.
	NoKind Kind = iota
	// Person is a human who signed in.
	Person
	// Client is a program with its own credential and nobody behind it.
	Client
	// Work is a job of this server, done for somebody who is named.
	Work
)

// String is the kind as the access log writes it.
func (k Kind) String() string { return name(kindNames[:], int(k)) }

var kindNames = [...]string{"nobody", "person", "client", "work"}

// Role is the hat that an actor wears.
type Role uint8

const (
	// NoRole grants nothing.
	NoRole Role = iota
	// RoleOperator runs the service: loads, exports, mends. Every access is
	// logged like everyone else's.
	RoleOperator
	// RoleSelf is a person with their own record.
	RoleSelf
	// RoleProxy is a person who acts for another.
	RoleProxy
	// RoleProfessional is a member of staff of an organisation that cares for
	// people.
	RoleProfessional
	// RoleResearcher asks about cohorts.
	RoleResearcher
	// RoleProgram is a program that the operator let in by itself, with nobody
	// signed in. Its credential names what it may do.
	RoleProgram
)

// String is the role as the access log and the command line write it.
func (r Role) String() string { return name(roleNames[:], int(r)) }

var roleNames = [...]string{"none", "operator", "self", "proxy", "professional", "researcher", "program"}

// RoleByName finds a role by its name; an unknown name is NoRole and false.
func RoleByName(s string) (Role, bool) {
	for i, n := range roleNames {
		if i > 0 && n == s {
			return Role(i), true
		}
	}
	return NoRole, false
}

// Purpose is why somebody asks. It goes into the access log, where the person
// can read it (the ideas are those of HL7's PurposeOfUse,
// http://terminology.hl7.org/ValueSet/v3-PurposeOfUse).
type Purpose uint8

const (
	// Unstated is no purpose, and without one nothing is given.
	Unstated Purpose = iota
	// Care is looking after the person.
	Care
	// Own is looking at or changing one's own record.
	Own
	// Proxy is acting for somebody else, such as a parent for a child.
	Proxy
	// Emergency is care that can not wait for a yes.
	Emergency
	// Operations is running the service.
	Operations
	// Import is bringing data in.
	Import
	// Export is taking data out, for the person or the service.
	Export
	// Research is learning from many people's data.
	Research
)

// String is the purpose as the access log writes it.
func (p Purpose) String() string { return name(purposeNames[:], int(p)) }

var purposeNames = [...]string{"unstated", "care", "own", "proxy", "emergency", "operations", "import", "export", "research"}

// PurposeByName finds a purpose by its name; an unknown name is Unstated and
// false.
func PurposeByName(s string) (Purpose, bool) {
	for i, n := range purposeNames {
		if i > 0 && n == s {
			return Purpose(i), true
		}
	}
	return Unstated, false
}

// name is the i-th name, or "unknown": a number from a newer version of the
// program must not stop the log from being read.
func name(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return "unknown"
}
