package access

import (
	"maps"
	"slices"
	"strconv"
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
	// History is reading the list of versions.
	History
	// Create is making a new resource.
	Create
	// Update is writing a new version, patches included.
	Update
	// Delete is marking a resource as deleted.
	Delete
	// Follow is reading the feed of changes.
	Follow

	// AllVerbs is every verb.
	AllVerbs = Read | Search | History | Create | Update | Delete | Follow
	// Looking is every verb that changes nothing.
	Looking = Read | Search | History | Follow
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

var verbNames = [...]string{"read", "search", "history", "create", "update", "delete", "follow"}

// Rights are verbs by resource type: some for every type, some for named types
// only. It is a comparable value; two Rights are equal when they allow the
// same. The zero Rights allow nothing.
type Rights struct {
	every Verb
	// more holds what named types allow beyond every, as " Type=verbs" in order
	// of type with verbs in base 36: text, so that Rights compare with == and
	// can not be changed by whoever holds a copy.
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
	return build(0, map[string]Verb{typ: v & AllVerbs})
}

// Allows says whether every verb in v is allowed on the type, or with the type
// "" on every type there is. No verb at all is never allowed.
func (r Rights) Allows(v Verb, typ string) bool {
	if typ != "" && !typeShaped(typ) {
		return false
	}
	return v != 0 && r.verbs(typ)&v == v
}

// verbs are the verbs for one type; for "", which more never names, those for
// every type.
func (r Rights) verbs(typ string) Verb {
	for rest := r.more; rest != ""; {
		var name string
		var v Verb
		name, v, rest = entry(rest)
		if name == typ {
			return r.every | v
		}
	}
	return r.every
}

// Types lists the types on which every verb in v is allowed, in order; all
// means every type, and then there is no list.
func (r Rights) Types(v Verb) (names []string, all bool) {
	if v == 0 {
		return nil, false
	}
	if r.every&v == v {
		return nil, true
	}
	for rest := r.more; rest != ""; {
		var name string
		var x Verb
		name, x, rest = entry(rest)
		if (r.every|x)&v == v {
			names = append(names, name)
		}
	}
	return names, false
}

// Empty says that nothing at all is allowed.
func (r Rights) Empty() bool { return r == Rights{} }

// And is what both allow.
func (r Rights) And(o Rights) Rights {
	return r.merge(o, func(a, b Verb) Verb { return a & b })
}

// Or is what either allows.
func (r Rights) Or(o Rights) Rights {
	return r.merge(o, func(a, b Verb) Verb { return a | b })
}

func (r Rights) merge(o Rights, f func(a, b Verb) Verb) Rights {
	types := map[string]Verb{}
	for _, more := range [...]string{r.more, o.more} {
		for more != "" {
			var name string
			name, _, more = entry(more)
			types[name] = f(r.verbs(name), o.verbs(name))
		}
	}
	return build(f(r.every, o.every), types)
}

// String shows the rights for a log or a plan, such as
// "*: read search; Goal: create".
func (r Rights) String() string {
	if r.Empty() {
		return "nothing"
	}
	var parts []string
	if r.every != 0 {
		parts = append(parts, "*: "+r.every.String())
	}
	for rest := r.more; rest != ""; {
		var name string
		var v Verb
		name, v, rest = entry(rest)
		parts = append(parts, name+": "+v.String())
	}
	return strings.Join(parts, "; ")
}

// build writes the one form that rights have: only what every lacks, in order.
func build(every Verb, types map[string]Verb) Rights {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(types)) {
		if v := types[name] &^ every; v != 0 {
			b.WriteString(" " + name + "=" + strconv.FormatUint(uint64(v), 36))
		}
	}
	return Rights{every: every, more: b.String()}
}

// entry cuts the first " Type=verbs" off the text that build wrote.
func entry(s string) (typ string, v Verb, rest string) {
	s = s[1:]
	eq := strings.IndexByte(s, '=')
	typ, s = s[:eq], s[eq+1:]
	if sp := strings.IndexByte(s, ' '); sp >= 0 {
		s, rest = s[:sp], s[sp:]
	}
	n, _ := strconv.ParseUint(s, 36, 16) // build wrote it
	return typ, Verb(n), rest
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
