package choice

import (
	"maps"
	"slices"
)

// SetExtension is the extension by which an item of provision.code names a value
// set: its valueCanonical is the URL of a ValueSet of this server, with "|" and a
// version or without. R4's provision has no element of its own for that.
const SetExtension = "https://bevan.example/fhir/StructureDefinition/consent-value-set"

// Set is what is in a value set, worked out once. It does not change.
type Set struct {
	SetName
	// Systems are the codes by their systems.
	Systems map[string]Codes `json:"systems"`
}

// SetName tells people which value set is meant.
type SetName struct {
	URL     string `json:"url"`
	Version string `json:"version,omitempty"` // its business version; empty where it has none
	Title   string `json:"title,omitempty"`
}

// Codes are codes of one system: those in Listed, or with All every one but those.
type Codes struct {
	All    bool            `json:"all,omitempty"`
	Listed map[string]bool `json:"listed,omitempty"`
}

func (c Codes) has(code string) bool { return c.Listed[code] != c.All }

// and is what is in either of two.
func (c Codes) and(o Codes) Codes {
	switch {
	case c.All && o.All:
		return Codes{All: true, Listed: filtered(c.Listed, func(code string) bool { return o.Listed[code] })}
	case o.All:
		return o.and(c)
	case c.All:
		return Codes{All: true, Listed: filtered(c.Listed, func(code string) bool { return !o.Listed[code] })}
	}
	both := maps.Clone(o.Listed)
	if both == nil {
		both = map[string]bool{}
	}
	maps.Copy(both, c.Listed)
	return Codes{Listed: both}
}

// less is what is in the first and not in the second.
func (c Codes) less(o Codes) Codes {
	switch {
	case c.All && o.All:
		return Codes{Listed: filtered(o.Listed, func(code string) bool { return !c.Listed[code] })}
	case c.All:
		return Codes{All: true, Listed: Codes{Listed: c.Listed}.and(o).Listed}
	}
	return Codes{Listed: filtered(c.Listed, func(code string) bool { return !o.has(code) })}
}

func filtered(codes map[string]bool, keep func(string) bool) map[string]bool {
	out := map[string]bool{}
	for code := range codes {
		if keep(code) {
			out[code] = true
		}
	}
	return out
}

// systems are codes of several systems. None of these functions changes what it
// is given.
type systems map[string]Codes

func (s systems) and(o systems) systems {
	out := maps.Clone(o)
	if out == nil {
		out = systems{}
	}
	for system, codes := range s {
		if other, both := out[system]; both {
			codes = codes.and(other)
		}
		out[system] = codes
	}
	return out
}

func (s systems) less(o systems) systems {
	out := systems{}
	for system, codes := range s {
		if other, both := o[system]; both {
			codes = codes.less(other)
		}
		if codes.All || len(codes.Listed) > 0 {
			out[system] = codes
		}
	}
	return out
}

// in is what is in both.
func (s systems) in(o systems) systems { return s.less(s.less(o)) }

// size is how many values it takes to say what is in it.
func (s systems) size() int {
	n := 0
	for _, codes := range s {
		n += 1 + len(codes.Listed)
	}
	return n
}

// AnySet stands for a value set, as World.Sets, where it is not asked what is in it.
func AnySet(canonical string) (*Set, error) {
	return &Set{SetName: SetName{URL: canonical}, Systems: map[string]Codes{canonical: {All: true}}}, nil
}

// sort puts the codes that a condition asks for in a form that is the same for
// the same codes: those that are named, and systems of which all count but some.
func (c *cond) sort(all systems) {
	c.codes = map[Coding]bool{}
	for system, codes := range all {
		if codes.All {
			if c.wholes == nil {
				c.wholes = map[string]map[string]bool{}
			}
			c.wholes[system] = codes.Listed
			continue
		}
		for code := range codes.Listed {
			c.codes[Coding{system, code}] = true
		}
	}
}

// sets are the names of the value sets that a provision and, with deep, those
// inside of it ask for, in order.
func (n *node) sets(deep bool) []SetName {
	var all []SetName
	add := func(n *node) {
		if n.cond != nil {
			all = append(all, n.cond.sets...)
		}
	}
	if add(n); deep {
		all = nil
		n.each(add)
	}
	return sortedNames(all)
}

func sortedNames(all []SetName) []SetName {
	slices.SortFunc(all, func(a, b SetName) int {
		return slices.Compare([]string{a.URL, a.Version, a.Title}, []string{b.URL, b.Version, b.Title})
	})
	return slices.Compact(all)
}
