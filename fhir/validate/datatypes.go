package validate

import (
	"bytes"

	"github.com/bevanhealth/bevan/fhir"
)

// The rules of the primitive datatypes (R4 section 2.24.0.1), by hand for
// speed. A property test holds them against the specification's patterns; they
// are stricter only where its text is.

// numberOK judges a JSON number. Every JSON number is a decimal.
func numberOK(name string, s []byte) bool {
	switch name {
	case "integer":
		v, ok := whole(s)
		return ok && v >= -1<<31 && v < 1<<31
	case "positiveInt":
		v, ok := whole(s)
		return ok && v > 0 && v < 1<<31
	case "unsignedInt":
		v, ok := whole(s)
		return ok && v >= 0 && v < 1<<31 && s[0] != '-'
	}
	return true
}

// whole reads a JSON number that has neither fraction nor exponent and not
// more digits than an integer needs.
func whole(s []byte) (v int64, ok bool) {
	digits := bytes.TrimPrefix(s, []byte("-"))
	if len(digits) == 0 || len(digits) > 10 {
		return 0, false
	}
	for _, c := range digits {
		if c < '0' || c > '9' {
			return 0, false
		}
		v = v*10 + int64(c-'0')
	}
	if len(digits) < len(s) {
		v = -v
	}
	return v, true
}

// textOK judges the text of a primitive other than string, markdown and xhtml.
func textOK(name string, s []byte) bool {
	switch name {
	case "code":
		return codeOK(s)
	case "id":
		return fhir.ValidID(s)
	case "uri":
		return uriOK(s)
	case "url", "canonical":
		return len(s) > 0 && !hasBlank(s)
	case "date":
		n, parts := dateLen(s)
		return parts > 0 && n == len(s)
	case "dateTime":
		return dateTimeOK(s, false)
	case "instant":
		return dateTimeOK(s, true)
	case "time":
		n := clockLen(s)
		return n > 0 && n == len(s)
	case "base64Binary":
		return base64OK(s)
	case "oid":
		return oidOK(s)
	case "uuid":
		return uuidOK(s, false)
	}
	return true
}

// blank tells whether c is white space as a pattern's \s has it.
func blank(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

func hasBlank(s []byte) bool {
	for _, c := range s {
		if blank(c) {
			return true
		}
	}
	return false
}

// codeOK: no blanks but single ones between other characters.
func codeOK(s []byte) bool {
	was := true
	for _, c := range s {
		is := blank(c)
		if is && was {
			return false
		}
		was = is
	}
	return !was
}

func uriOK(s []byte) bool {
	if len(s) == 0 || hasBlank(s) {
		return false
	}
	if bytes.HasPrefix(s, []byte("urn:oid:")) {
		return oidOK(s)
	}
	return !bytes.HasPrefix(s, []byte("urn:uuid:")) || uuidOK(s, true)
}

// oidOK: urn:oid:, 0 to 2, then numbers without leading zeros.
func oidOK(s []byte) bool {
	s, ok := bytes.CutPrefix(s, []byte("urn:oid:"))
	if !ok || len(s) < 3 || s[0] < '0' || s[0] > '2' || s[1] != '.' {
		return false
	}
	for s = s[1:]; len(s) > 0; {
		n := 1
		for n < len(s) && s[n] >= '0' && s[n] <= '9' {
			n++
		}
		if s[0] != '.' || n == 1 || n > 2 && s[1] == '0' {
			return false
		}
		s = s[n:]
	}
	return true
}

// uuidOK: urn:uuid: and a UUID, in lower case where the datatype is uuid.
func uuidOK(s []byte, anyCase bool) bool {
	s, ok := bytes.CutPrefix(s, []byte("urn:uuid:"))
	if !ok || len(s) != 36 {
		return false
	}
	for i, c := range s {
		if i == 8 || i == 13 || i == 18 || i == 23 {
			if c != '-' {
				return false
			}
			continue
		}
		if anyCase && c >= 'A' {
			c |= 0x20
		}
		if (c < '0' || c > '9') && (c < 'a' || c > 'f') {
			return false
		}
	}
	return true
}

// base64OK: groups of four of the alphabet, blanks only between groups, = only
// at the very end.
func base64OK(s []byte) bool {
	n, pads := 0, 0
	for _, c := range s {
		switch {
		case blank(c):
			if n%4 != 0 {
				return false
			}
			continue
		case c == '=':
			pads++
			if n%4 < 2 {
				return false
			}
		case pads > 0 || !base64Char(c):
			return false
		}
		n++
		if pads > 2 {
			return false
		}
	}
	return n > 0 && n%4 == 0
}

func base64Char(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '+' || c == '/'
}

// prose looks at a string as it stands between its quotes: does it hold a
// control character, and anything but blanks?
func prose(raw []byte) (control, content bool) {
	for i := 0; i < len(raw); i++ {
		c := raw[i]
		if c > ' ' && c != '\\' {
			content = true
			continue
		}
		if c != '\\' {
			continue // a blank: JSON lets no control character through
		}
		i++
		switch raw[i] {
		case 'n', 'r', 't':
		case 'b', 'f':
			return true, content
		case 'u':
			v := hex4(raw[i+1:])
			i += 4
			if v < ' ' && v != '\t' && v != '\n' && v != '\r' {
				return true, content
			}
			content = content || v > ' '
		default:
			content = true
		}
	}
	return false, content
}

// hex4 reads the four digits of an escape, which the parser has checked.
func hex4(b []byte) int {
	v := 0
	for _, c := range b[:4] {
		switch {
		case c <= '9':
			v = v<<4 | int(c-'0')
		default:
			v = v<<4 | int(c|0x20-'a'+10)
		}
	}
	return v
}

// characters counts the characters of a string between its quotes, an escape
// as one.
func characters(raw []byte) int {
	n := 0
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case c == '\\' && raw[i+1] == 'u':
			i += 5
		case c == '\\':
			i++
		case c&0xC0 == 0x80:
			continue
		}
		n++
	}
	return n
}
