package spec

import (
	"slices"
	"sync"
)

// CodeSet is the whole content of a value set.
type CodeSet struct {
	ValueSet string // canonical address without a version
	Systems  []SystemCodes
}

// SystemCodes are the codes that a value set takes from one code system.
type SystemCodes struct {
	System string
	Codes  []string // in the code system's order

	has map[string]struct{}
}

// Has tells whether a value set holds a code of any of its systems, which is
// what an element of type code can say. It allocates nothing.
func (c *CodeSet) Has(code []byte) bool {
	for i := range c.Systems {
		if _, ok := c.Systems[i].has[string(code)]; ok {
			return true
		}
	}
	return false
}

// HasCoding tells whether a value set holds the code of that system.
func (c *CodeSet) HasCoding(system, code []byte) bool {
	for i := range c.Systems {
		if c.Systems[i].System != string(system) {
			continue
		}
		if _, ok := c.Systems[i].has[string(code)]; ok {
			return true
		}
	}
	return false
}

// RequiredCodes lists the codes of a value set to which some element is bound
// with strength required; not ok for any other, and for those that the
// specification does not spell out (currencies, media types, units). A version
// after "|" is not looked at.
func RequiredCodes(valueset string) (codes []string, ok bool) {
	for i := range valueset {
		if valueset[i] == '|' {
			valueset = valueset[:i]
			break
		}
	}
	c := loadCodes()[valueset]
	if c == nil {
		return nil, false
	}
	for _, s := range c.Systems {
		codes = append(codes, s.Codes...)
	}
	return codes, true
}

var loadCodes = sync.OnceValue(readCodes)

// readCodes reads codes.txt: a line gives a value set, a code system and its
// codes.
func readCodes() map[string]*CodeSet {
	sets := make(map[string]*CodeSet, 256)
	lines(codesText, func(f []string) {
		url := full(f[0])
		c := sets[url]
		if c == nil {
			c = &CodeSet{ValueSet: url}
			sets[url] = c
		}
		s := SystemCodes{System: f[1], Codes: slices.Clone(f[2:]), has: make(map[string]struct{}, len(f)-2)}
		for _, code := range s.Codes {
			s.has[code] = struct{}{}
		}
		c.Systems = append(c.Systems, s)
	})
	return sets
}
