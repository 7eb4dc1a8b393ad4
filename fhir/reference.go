package fhir

import "strings"

// Form tells how a reference is written.
type Form uint8

// The forms (R4 sections 2.3.0.1 and 2.24.0.1). Unknown is a text of no form
// that R4 gives, the empty one included: a logical reference has no text.
const (
	Unknown     Form = iota
	Relative         // Patient/1, Patient/1/_history/2
	Absolute         // https://host/fhir/Patient/1, or any other URL: then Type is empty
	Fragment         // #contained, and # alone: the resource that holds it
	URN              // urn:uuid:…, urn:oid:…
	Canonical        // url|version
	Conditional      // Patient?identifier=…: a search that must find one, in transactions
)

var formNames = [...]string{"unknown", "relative", "absolute", "fragment", "urn", "canonical", "conditional"}

func (f Form) String() string {
	if int(f) < len(formNames) {
		return formNames[f]
	}
	return ""
}

// Reference is a reference's text taken apart. Whether Type is a resource type
// that exists, fhir/spec knows; here it only looks like one.
type Reference struct {
	Text     string // as written
	Form     Form
	Base     string // Absolute: what stands before the type, without the slash; the whole URL where there is no type
	Type     string // Relative, Absolute, Conditional
	ID       string // Relative, Absolute
	Version  string // Relative, Absolute: after /_history/; Canonical: after |
	Fragment string // after #
	Query    string // Conditional: after the ?
}

// ParseReference takes the text of Reference.reference apart. It never fails:
// what it cannot read has Form Unknown.
func ParseReference(text string) Reference {
	r := Reference{Text: text}
	switch {
	case text == "" || strings.ContainsAny(text, " \t\r\n"):
		return r
	case text[0] == '#':
		r.Form, r.Fragment = Fragment, text[1:]
		return r
	case strings.HasPrefix(text, "urn:"):
		return r.urn()
	}
	if typ, query, found := strings.Cut(text, "?"); found && TypeShaped(typ) {
		r.Form, r.Type, r.Query = Conditional, typ, query
		return r
	}
	body, fragment, _ := strings.Cut(text, "#")
	if url, version, found := strings.Cut(body, "|"); found {
		if url != "" {
			r.Form, r.Base, r.Version, r.Fragment = Canonical, url, version, fragment
		}
		return r
	}
	return r.place(body, fragment)
}

// place reads [base/]Type/id[/_history/version].
func (r Reference) place(body, fragment string) Reference {
	if !hasScheme(body) {
		if base, typ, id, version := cutPlace(body); typ != "" && base == "" {
			r.Form, r.Type, r.ID, r.Version, r.Fragment = Relative, typ, id, version, fragment
		}
		return r
	}
	r.Form, r.Base, r.Fragment = Absolute, body, fragment
	if base, typ, id, version := cutPlace(body); typ != "" && strings.Contains(base, "://") {
		r.Base, r.Type, r.ID, r.Version = base, typ, id, version
	}
	return r
}

func cutPlace(s string) (base, typ, id, version string) {
	if at := strings.LastIndex(s, "/_history/"); at >= 0 {
		s, version = s[:at], s[at+len("/_history/"):]
		if !ValidID(version) {
			return "", "", "", ""
		}
	}
	slash := strings.LastIndexByte(s, '/')
	if slash < 0 {
		return "", "", "", ""
	}
	s, id = s[:slash], s[slash+1:]
	typ = s
	if slash = strings.LastIndexByte(s, '/'); slash >= 0 {
		base, typ = s[:slash], s[slash+1:]
		if base == "" {
			return "", "", "", ""
		}
	}
	if !TypeShaped(typ) || !ValidID(id) {
		return "", "", "", ""
	}
	return base, typ, id, version
}

// urn checks the two kinds of URN that FHIR knows, and takes any other as it
// is: a canonical may be one, with a version behind it.
func (r Reference) urn() Reference {
	urn, version, versioned := strings.Cut(r.Text, "|")
	if id, found := strings.CutPrefix(urn, "urn:uuid:"); found && !validUUID(id) {
		return r
	}
	if id, found := strings.CutPrefix(urn, "urn:oid:"); found && !validOID(id) {
		return r
	}
	if r.Form = URN; versioned {
		r.Form, r.Base = Canonical, urn
		r.Version, r.Fragment, _ = strings.Cut(version, "#")
	}
	return r
}

func validUUID(s string) bool {
	if len(s) != 36 {
		return false
	}
	for i := range len(s) {
		c := s[i]
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
		} else if !alnum(c) || c|0x20 > 'f' {
			return false
		}
	}
	return true
}

// validOID checks the numbers between dots: the first 0 to 2, none with a
// leading zero.
func validOID(s string) bool {
	if len(s) < 3 || s[0] < '0' || s[0] > '2' || s[1] != '.' {
		return false
	}
	for part := range strings.SplitSeq(s, ".") {
		if !allDigits(part) || len(part) > 1 && part[0] == '0' {
			return false
		}
	}
	return true
}

// hasScheme tells whether s starts with the scheme of a URI (RFC 3986 section
// 3.1).
func hasScheme(s string) bool {
	for i := range len(s) {
		c := s[i]
		switch {
		case c == ':':
			return i > 0
		case alnum(c) && (i > 0 || c > '9'), i > 0 && (c == '+' || c == '-' || c == '.'):
		default:
			return false
		}
	}
	return false
}

// Local returns "Type/id", without base and version, or "" where the reference
// names no type.
func (r Reference) Local() string {
	if r.Type == "" || r.ID == "" {
		return ""
	}
	if r.Form == Relative && r.Version == "" && r.Fragment == "" {
		return r.Text
	}
	return r.Type + "/" + r.ID
}

// CanonicalURL is a canonical taken apart: url|version#fragment (R4 section
// 2.24.0.1).
type CanonicalURL struct{ URL, Version, Fragment string }

// ParseCanonical takes a canonical apart. All parts may be empty.
func ParseCanonical(text string) CanonicalURL {
	var c CanonicalURL
	text, c.Fragment, _ = strings.Cut(text, "#")
	c.URL, c.Version, _ = strings.Cut(text, "|")
	return c
}
