package match

import (
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
)

// Details are what is claimed or held about somebody. An empty field is not
// known, and agrees with nothing.
type Details struct {
	NHSNumber string
	Family    []string // the current one first, then earlier ones
	Given     []string // the current first name first, then others they go by
	Birth     string   // a whole date, as 2001-02-03
	Gender    string   // FHIR's administrative gender
	Postcode  []string // the current one first, then earlier ones
}

// Candidate is a record that may be theirs.
type Candidate struct {
	Patient string // the id of the Patient
	Details
	// Restricted records are never linked without a person: where somebody
	// lives must not be found out by trying.
	Restricted bool
	// Replaced records were merged into another, and Deceased are of people
	// who have died: neither is linked.
	Replaced, Deceased bool
}

// verdict is how one part of two details compares.
type verdict uint8

const (
	silent    verdict = iota // one side does not know it
	agrees                   // the same
	disagrees                // both know it, and it is not the same
)

// parts compares each part that a rule may name.
var parts = map[string]func(claimed, held *Details) verdict{
	"nhs-number": func(c, h *Details) verdict { return one(number(c.NHSNumber), number(h.NHSNumber)) },
	"birth":      func(c, h *Details) verdict { return one(birth(c.Birth), birth(h.Birth)) },
	"gender":     func(c, h *Details) verdict { return one(known(c.Gender), known(h.Gender)) },
	"family":     func(c, h *Details) verdict { return one(first(fold(c.Family)), first(fold(h.Family))) },
	"given":      func(c, h *Details) verdict { return one(first(fold(c.Given)), first(fold(h.Given))) },
	"postcode":   func(c, h *Details) verdict { return one(first(postcodes(c.Postcode)), first(postcodes(h.Postcode))) },
	"family~":    func(c, h *Details) verdict { return like(fold(c.Family), fold(h.Family)) },
	"given~":     func(c, h *Details) verdict { return like(fold(c.Given), fold(h.Given)) },
}

func one(a, b string) verdict {
	switch {
	case a == "" || b == "":
		return silent
	case a == b:
		return agrees
	}
	return disagrees
}

// like agrees when any name of one side is, or sounds like, any of the other.
func like(a, b []string) verdict {
	if len(a) == 0 || len(b) == 0 {
		return silent
	}
	for _, x := range a {
		for _, y := range b {
			if x == y || soundex(x) != "" && soundex(x) == soundex(y) {
				return agrees
			}
		}
	}
	return disagrees
}

// number is an NHS number that can be one; anything else is not known.
func number(s string) string {
	digits, ok := fhir.ParseNHSNumber(s)
	if !ok {
		return ""
	}
	return digits
}

// birth is a whole date. A year alone is held for some, and proves nothing.
func birth(s string) string {
	if _, err := fhir.ParseDateTime(s); err != nil || len(s) != len("2001-02-03") {
		return ""
	}
	return s
}

func known(gender string) string {
	if gender == "unknown" {
		return ""
	}
	return gender
}

func fold(names []string) []string {
	var out []string
	for _, n := range names {
		if n = search.Fold(n); n != "" {
			out = append(out, n)
		}
	}
	return out
}

// postcodes are compared without blanks and in capitals.
func postcodes(all []string) []string {
	var out []string
	for _, p := range all {
		if p = strings.ToUpper(strings.Join(strings.Fields(p), "")); p != "" {
			out = append(out, p)
		}
	}
	return out
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// soundex is the code by which names that sound alike in English are filed
// (United States National Archives, "The Soundex Indexing System"): a letter
// and three digits; "" for a name without a letter of English.
func soundex(name string) string {
	var out []byte
	last := byte('0')
	for i := range len(name) {
		c := name[i]
		if c < 'a' || c > 'z' {
			continue
		}
		digit := "01230120022455012623010202"[c-'a']
		switch {
		case len(out) == 0:
			out = append(out, c)
		case digit != '0' && digit != last:
			out = append(out, digit)
		}
		if c != 'h' && c != 'w' { // they do not part two letters of one sound
			last = digit
		}
		if len(out) == 4 {
			break
		}
	}
	if len(out) == 0 {
		return ""
	}
	return string(out) + strings.Repeat("0", 4-len(out))
}

// meets says whether all parts of a rule agree.
func (r Rule) meets(claimed, held *Details) bool {
	return !slices.ContainsFunc(r.All, func(p string) bool { return parts[p](claimed, held) != agrees })
}
