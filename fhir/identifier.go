package fhir

// NHSNumberSystem is the identifier system of the NHS number of England,
// Wales and the Isle of Man.
const NHSNumberSystem = "https://fhir.nhs.uk/Id/nhs-number"

// ParseNHSNumber reads an NHS number written with or without blanks or hyphens
// between its digits and returns its ten digits. It is false where the digits
// are not ten or the check digit does not fit.
func ParseNHSNumber(s string) (digits string, ok bool) {
	var d [10]byte
	n := 0
	for i := range len(s) {
		switch c := s[i]; {
		case c >= '0' && c <= '9' && n < len(d):
			d[n] = c
			n++
		case (c == ' ' || c == '-') && n > 0 && n < len(d):
		default:
			return "", false
		}
	}
	if n != len(d) {
		return "", false
	}
	check, ok := NHSCheckDigit(string(d[:9]))
	if !ok || d[9] != check {
		return "", false
	}
	return string(d[:]), true
}

// NHSCheckDigit returns the tenth digit for the first nine: 11 less the
// remainder by 11 of the digits weighted 10 to 2, where 11 counts as 0. It is
// false where that is 10, since such numbers are not given out, and where nine
// is not nine digits.
func NHSCheckDigit(nine string) (byte, bool) {
	if len(nine) != 9 || !allDigits(nine) {
		return 0, false
	}
	sum := 0
	for i := range len(nine) {
		sum += int(nine[i]-'0') * (10 - i)
	}
	switch c := (11 - sum%11) % 11; c {
	case 10:
		return 0, false
	default:
		return byte('0' + c), true
	}
}

// FormatNHSNumber writes ten digits as people read them: 999 123 4567.
func FormatNHSNumber(digits string) string {
	if len(digits) != 10 {
		return digits
	}
	return digits[:3] + " " + digits[3:6] + " " + digits[6:]
}

// IsTestNHSNumber tells whether the ten digits lie in the range 999, which is
// kept for tests and never given to a person.
func IsTestNHSNumber(digits string) bool {
	return len(digits) == 10 && digits[:3] == "999"
}
