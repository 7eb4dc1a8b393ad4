package access

import (
	"strconv"
)

// About is whose records a session is about: one person, or everybody. The
// zero About is nobody.
type About struct {
	reach  reach
	person int64
}

type reach uint8

const (
	nobody reach = iota
	onePerson
	everybody
)

// Subject is one person, by the number that the record keeps them under.
func Subject(person int64) About { return About{reach: onePerson, person: person} }

// Population is everybody, and what belongs to nobody, such as organisations.
func Population() About { return About{reach: everybody} }

// and is the records that both are about.
func (a About) and(b About) About {
	switch {
	case a.reach == everybody:
		return b
	case b.reach == everybody || a == b:
		return a
	}
	return About{}
}

// String says whose records, for a plan: "person 17", "everybody", "nobody".
func (a About) String() string {
	switch a.reach {
	case onePerson:
		return "person " + strconv.FormatInt(a.person, 10)
	case everybody:
		return "everybody"
	}
	return "nobody"
}

// EveryCategory is the sensitivity mask that allows every category.
const EveryCategory = ^uint64(0)

// Sensitive are the bits of the sensitivity categories (access/label). Whoever
// acts for somebody sees none of them, unless their mandate says so.
const Sensitive uint64 = 1<<32 - 1

// Withheld is the category (access/label, professionals-only) of what
// professionals write for each other to keep somebody safe. The person does not
// see it, nor who acts for them, nor research, whatever a choice, a mandate, the
// policy or an age says: only a professional who releases it takes it away. It is
// no rule of the policy file, since an older file would not know it, and what
// protects a child fails closed.
const Withheld uint64 = 1 << 16

// AddressKept is the category (access/label, address-kept) of the Patient whose
// address is kept from whoever acts for them, by a court or to keep somebody safe.
// They see that Patient all the same; the record leaves out of it what tells where
// the person lives. It is above choices, mandates and the policy, as Withheld is.
const AddressKept uint64 = 1 << 17

// SeveralPeople is the category of what is about more than one person, such as
// an appointment of two. It takes the yes of each of them to be shown to one.
const SeveralPeople uint64 = 1 << 62

// Scope is what one session may do. It is a small comparable value, passed as
// an argument. Only Decide makes one that allows anything; the zero Scope
// allows nothing.
type Scope struct {
	rights Rights
	about  About
	mask   uint64
	shared bool
}

// Allows says whether every verb in v may be done on all resources of the type,
// or with the type "" on those of every type. Which of them when it is not all
// is for Where, whose for Person, how sensitive for Mask.
func (s Scope) Allows(v Verb, typ string) bool {
	return s.about.reach != nobody && s.rights.Allows(v, typ)
}

// Where says on which resources of the type v is allowed: those that answer one
// of the searches, or all of them where the list is empty. It is false when v
// is allowed on none.
func (s Scope) Where(v Verb, typ string) (searches []string, ok bool) {
	if s.about.reach == nobody {
		return nil, false
	}
	return s.rights.Where(v, typ)
}

// Types lists the resource types on which v is allowed, on all their resources
// or on some; all means every type.
// A search that names no type becomes a search over this list.
func (s Scope) Types(v Verb) (names []string, all bool) {
	if s.about.reach == nobody {
		return nil, false
	}
	return s.rights.Types(v)
}

// Rights are what may be done, by type. Whose data, and how sensitive, is for
// Person and Mask.
func (s Scope) Rights() Rights {
	if s.about.reach == nobody {
		return Rights{}
	}
	return s.rights
}

// Shared says that a scope about one person also takes in what is about nobody
// and is named in many records: resources of the types in AboutNobody.
func (s Scope) Shared() bool { return s.shared && !s.Empty() }

// Person is the number of the one person that the scope is about. It is false
// for a scope over everybody and for an empty one: ask Empty first.
func (s Scope) Person() (int64, bool) {
	return s.about.person, s.about.reach == onePerson && !s.Empty()
}

// Mask is the set of sensitivity categories that may be seen, one bit each. A
// row may be seen when none of its own bits lie outside the mask.
func (s Scope) Mask() uint64 { return s.mask }

// Empty says that nothing at all is allowed.
func (s Scope) Empty() bool { return s.about.reach == nobody || s.rights.Empty() }

// Narrow is the part of s that also lies within the given limits. It can take
// away and never add.
func (s Scope) Narrow(r Rights, a About, mask uint64) Scope {
	n := Scope{rights: s.rights.And(r), about: s.about.and(a), mask: s.mask & mask, shared: s.shared}
	if n.Empty() {
		return Scope{}
	}
	return n
}

// String shows the scope for a plan or a log; it holds no name and no id.
func (s Scope) String() string {
	if s.Empty() {
		return "nothing"
	}
	return s.rights.String() + " about " + s.about.String() + ", categories " + strconv.FormatUint(s.mask, 16)
}
