package access

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// table is Rights taken apart: by type, then by search, with "" for all
// resources of the type.
type table map[string]map[string]Verb

func (t table) add(typ, query string, v Verb) {
	if t[typ] == nil {
		t[typ] = map[string]Verb{}
	}
	t[typ][query] |= v
}

// with names the types of both.
func (t table) with(o table) map[string]bool {
	names := map[string]bool{}
	for typ := range t {
		names[typ] = true
	}
	for typ := range o {
		names[typ] = true
	}
	return names
}

// row is what is allowed on a type, with what is allowed on every type.
func (t table) row(typ string, every Verb) map[string]Verb {
	row := map[string]Verb{"": every}
	for q, v := range t[typ] {
		row[q] |= v
	}
	return row
}

func (r Rights) table() table {
	t := table{}
	for rest := r.more; rest != ""; {
		var e entry
		e, rest = cut(rest)
		t.add(e.typ, e.query, e.verbs)
	}
	return t
}

// maxSearches bounds how many searches one type may have. What lies beyond is
// dropped, which takes away and never adds.
const maxSearches = 64

// build writes the one form that rights have: in order, and nothing that
// another entry allows already.
func build(every Verb, types table) Rights {
	var b strings.Builder
	for _, typ := range slices.Sorted(maps.Keys(types)) {
		row := types[typ]
		// Fewer parameters are the wider search: those come first, and take
		// from the narrower ones what they allow themselves.
		queries := slices.SortedFunc(maps.Keys(row), func(x, y string) int {
			return cmp.Or(cmp.Compare(params(x), params(y)), cmp.Compare(x, y))
		})
		var kept []entry
		for _, q := range queries {
			v := row[q] &^ every
			for _, k := range kept {
				if within(q, k.query) {
					v &^= k.verbs
				}
			}
			if v != 0 && len(kept) < maxSearches {
				kept = append(kept, entry{typ, q, v})
			}
		}
		for _, k := range kept {
			b.WriteString(" " + typ + "=" + strconv.FormatUint(uint64(k.verbs), 36))
			if k.query != "" {
				b.WriteString("?" + k.query)
			}
		}
	}
	return Rights{every: every, more: b.String()}
}

// entry is one part of the text that build writes.
type entry struct {
	typ, query string
	verbs      Verb
}

// cut takes the first entry off.
func cut(s string) (e entry, rest string) {
	s = s[1:]
	if sp := strings.IndexByte(s, ' '); sp >= 0 {
		s, rest = s[:sp], s[sp:]
	}
	e.typ, s, _ = strings.Cut(s, "=")
	s, e.query, _ = strings.Cut(s, "?")
	n, _ := strconv.ParseUint(s, 36, 16) // build wrote it
	e.verbs = Verb(n)
	return e, rest
}

func params(query string) int {
	if query == "" {
		return 0
	}
	return strings.Count(query, "&") + 1
}

// within says whether every resource that answers q also answers wider,
// because q asks for all that wider does.
func within(q, wider string) bool {
	if wider == "" {
		return true
	}
	parts := strings.Split(q, "&")
	for p := range strings.SplitSeq(wider, "&") {
		if !slices.Contains(parts, p) {
			return false
		}
	}
	return true
}

// maxQuery bounds one search, in bytes.
const maxQuery = 2_000

// tidy gives a search its one form: each parameter once, in order. It refuses
// what could be mistaken for something else in the text of Rights, an empty
// parameter, and what is too long. No search at all is fine.
func tidy(query string) (string, bool) {
	if query == "" {
		return "", true
	}
	if len(query) > maxQuery {
		return "", false
	}
	for i := range len(query) {
		if c := query[i]; c <= ' ' || c >= 0x7f || c == '?' || c == '#' {
			return "", false
		}
	}
	parts := strings.Split(query, "&")
	for _, p := range parts {
		if name, value, ok := strings.Cut(p, "="); !ok || name == "" || value == "" {
			return "", false
		}
	}
	slices.Sort(parts)
	return strings.Join(slices.Compact(parts), "&"), true
}
