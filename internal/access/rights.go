package access

import (
	"strings"
)

// Verb is one thing that can be done with a resource, or a set of them joined
// with |.
type Verb uint16

const (
	// Read is reading the current or a named version of one resource.
	Read Verb = 1 << iota
	// Search is finding resources, counting them and having them included.
	Search
	// History is reading the list of versions of one resource.
	History
	// Create is making a new resource.
	Create
	// Update is writing a new version, patches included, and making a resource
	// under an id that its maker chose (SMART 2.2 counts that with updating).
	Update
	// Delete is marking a resource as deleted.
	Delete
	// Follow is reading the feed of changes.
	Follow
	// TypeHistory is reading the versions of every resource of a type, or of
	// all types. SMART counts it with searching, and History with reading.
	TypeHistory

	// AllVerbs is every verb.
	AllVerbs = Read | Search | History | Create | Update | Delete | Follow | TypeHistory
	// Looking is every verb that changes nothing.
	Looking = Read | Search | History | Follow | TypeHistory
)

// String lists the verbs, such as "read search".
func (v Verb) String() string {
	var s []string
	for i, n := range verbNames {
		if v&(1<<i) != 0 {
			s = append(s, n)
		}
	}
	if len(s) == 0 {
		return "nothing"
	}
	return strings.Join(s, " ")
}

var verbNames = [...]string{"read", "search", "history", "create", "update", "delete", "follow", "type-history"}

// Rights are verbs by resource type: some for every type, some for named types,
// and some only for those resources of a type that answer a search. It is a
// comparable value; two Rights are equal when they allow the same. The zero
// Rights allow nothing.
type Rights struct {
	every Verb
	// more holds what named types allow beyond every, as " Type=verbs" or
	// " Type=verbs?query" in order, with verbs in base 36: text, so that Rights
	// compare with == and can not be changed by whoever holds a copy.
	more string
}

// AllTypes are the verbs on every resource type.
func AllTypes(v Verb) Rights { return Rights{every: v & AllVerbs} }

// OneType are the verbs on one resource type. A name that can not be a type
// gives nothing.
func OneType(typ string, v Verb) Rights {
	if !typeShaped(typ) {
		return Rights{}
	}
	return build(0, table{typ: {"": v & AllVerbs}})
}

// OneTypeWhere are the verbs on those resources of a type that answer a
// search, such as "category=laboratory": parameters joined with &, values
// percent-encoded. What is not of this form gives nothing.
func OneTypeWhere(typ string, v Verb, query string) Rights {
	query, ok := tidy(query)
	if !typeShaped(typ) || !ok {
		return Rights{}
	}
	return build(0, table{typ: {query: v & AllVerbs}})
}

// Allows says whether every verb in v is allowed on all resources of the type,
// or with the type "" on every type there is. No verb at all is never allowed.
// What is allowed on some resources of a type only is for Where.
func (r Rights) Allows(v Verb, typ string) bool {
	if typ != "" && !typeShaped(typ) {
		return false
	}
	return v != 0 && r.verbs(typ)&v == v
}

// Where says on which resources of the type v is allowed: those that answer
// one of the searches, or all of them where there is no search in the list. It
// is false when v is allowed on none.
func (r Rights) Where(v Verb, typ string) (searches []string, ok bool) {
	if r.Allows(v, typ) {
		return nil, true
	}
	if v == 0 || typ == "" {
		return nil, false
	}
	for rest := r.more; rest != ""; {
		var e entry
		e, rest = cut(rest)
		if e.typ == typ && e.query != "" && (e.verbs|r.verbs(typ))&v == v {
			searches = append(searches, e.query)
		}
	}
	return searches, len(searches) > 0
}

// verbs are those for all resources of one type; for "", which more never
// names, those for every type.
func (r Rights) verbs(typ string) Verb {
	for rest := r.more; rest != ""; {
		var e entry
		e, rest = cut(rest)
		if e.typ == typ && e.query == "" {
			return r.every | e.verbs
		}
	}
	return r.every
}

// Everything says that every verb in v is allowed on all resources of every
// type.
func (r Rights) Everything(v Verb) bool { return v != 0 && r.every&v == v }

// Types lists the types on which every verb in v is allowed, on all their
// resources or on some, in order; all means every type, and then there is no
// list.
func (r Rights) Types(v Verb) (names []string, all bool) {
	if v == 0 {
		return nil, false
	}
	if r.Everything(v) {
		return nil, true
	}
	for rest := r.more; rest != ""; {
		var e entry
		e, rest = cut(rest)
		if n := len(names); n > 0 && names[n-1] == e.typ {
			continue
		}
		if _, ok := r.Where(v, e.typ); ok {
			names = append(names, e.typ)
		}
	}
	return names, false
}

// Empty says that nothing at all is allowed.
func (r Rights) Empty() bool { return r == Rights{} }

// And is what both allow. Resources that each allows by a search are those
// that answer both searches, which is what one after the other asks for.
func (r Rights) And(o Rights) Rights {
	if r == o || r.more == "" && o.more == "" {
		return Rights{every: r.every & o.every, more: r.more}
	}
	a, b := r.table(), o.table()
	out := table{}
	for typ := range a.with(b) {
		ra, rb := a.row(typ, r.every), b.row(typ, o.every)
		for qa, va := range ra {
			for qb, vb := range rb {
				if q, ok := tidy(strings.Trim(qa+"&"+qb, "&")); ok { // too long a search allows nothing
					out.add(typ, q, va&vb)
				}
			}
		}
	}
	return build(r.every&o.every, out)
}

// Or is what either allows.
func (r Rights) Or(o Rights) Rights {
	a, b := r.table(), o.table()
	for typ, row := range b {
		for q, v := range row {
			a.add(typ, q, v)
		}
	}
	return build(r.every|o.every, a)
}

// String shows the rights for a log or a plan, such as
// "*: read search; Goal: create". It holds no value that a search asks for.
func (r Rights) String() string {
	if r.Empty() {
		return "nothing"
	}
	var parts []string
	if r.every != 0 {
		parts = append(parts, "*: "+r.every.String())
	}
	for rest := r.more; rest != ""; {
		var e entry
		e, rest = cut(rest)
		text := e.typ + ": " + e.verbs.String()
		if e.query != "" {
			text += " of some"
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, "; ")
}

// typeShaped says whether s could be the name of a resource type: a capital,
// then letters. Nothing else may reach the text form, where "=" and blanks
// have a meaning.
func typeShaped(s string) bool {
	if s == "" || len(s) > 64 || s[0] < 'A' || s[0] > 'Z' {
		return false
	}
	for i := 1; i < len(s); i++ {
		if c := s[i] | 0x20; c < 'a' || c > 'z' {
			return false
		}
	}
	return true
}
