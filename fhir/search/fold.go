package search

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold gives the form in which strings are compared (R4 section 3.1.1.5.9):
// without case and accents, with runs of space as one and none at the ends.
// Apostrophes vanish and any other punctuation counts as space, so that
// "O'Brien-Jones" is "obrien jones"; symbols such as + stay.
// Fold(Fold(s)) is Fold(s).
func Fold(s string) string {
	if folded(s) {
		return s
	}
	b := make([]byte, 0, len(s))
	if isASCII(s) {
		for i := 0; i < len(s); i++ {
			b = foldRune(b, rune(s[i]))
		}
		return string(trimEnd(b))
	}
	for _, r := range norm.NFKD.String(s) {
		b = foldRune(b, r)
	}
	return string(trimEnd(b))
}

func foldRune(b []byte, r rune) []byte {
	switch {
	case r >= 'a' && r <= 'z' || r >= '0' && r <= '9':
		return append(b, byte(r))
	case r >= 'A' && r <= 'Z':
		return append(b, byte(r)|0x20)
	case r == '\'' || r == '’' || r == '‘' || r == 'ʼ' || unicode.Is(unicode.Mn, r):
		return b
	case unicode.IsSpace(r) || unicode.IsPunct(r) || unicode.IsControl(r):
		if len(b) > 0 && b[len(b)-1] != ' ' {
			b = append(b, ' ')
		}
		return b
	}
	if long, ok := unfolded[r]; ok {
		return append(b, long...)
	}
	return utf8.AppendRune(b, unicode.ToLower(r))
}

// unfolded are letters that Unicode takes for letters of their own, and that
// people who have no such key write in another way.
var unfolded = map[rune]string{
	'ß': "ss", 'ẞ': "ss", 'æ': "ae", 'Æ': "ae", 'œ': "oe", 'Œ': "oe", 'ø': "o", 'Ø': "o",
	'đ': "d", 'Đ': "d", 'ð': "d", 'Ð': "d", 'þ': "th", 'Þ': "th", 'ł': "l", 'Ł': "l", 'ı': "i",
}

func trimEnd(b []byte) []byte {
	if n := len(b); n > 0 && b[n-1] == ' ' {
		return b[:n-1]
	}
	return b
}

// folded tells whether s is its own Fold, for ASCII.
func folded(s string) bool {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z' || c >= '0' && c <= '9':
		case c == ' ' && i > 0 && i < len(s)-1 && s[i-1] != ' ':
		default:
			return false
		}
	}
	return true
}

func isASCII(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// foldCode gives the form in which codes are compared. R4 (section 3.1.1.5.10)
// wants tokens compared without case where it is not known that case counts:
// finding too much harms less than finding too little.
func foldCode(s string) string { return strings.ToLower(s) }
