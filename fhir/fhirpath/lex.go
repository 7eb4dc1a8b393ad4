package fhirpath

import (
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"
)

// tokenKind tells the lexer's words apart.
type tokenKind uint8

const (
	tokEnd    tokenKind = iota
	tokName             // identifier or keyword
	tokQuoted           // `delimited identifier`
	tokString           // 'string'
	tokNumber
	tokTemporal // @2015-02, @T12:00
	tokDollar   // $this
	tokSymbol
)

type token struct {
	kind tokenKind
	text string // decoded for names and strings, without the @ or $
	at   int
}

// lexer cuts an expression into tokens (FHIRPath N1, "Lexical Elements").
type lexer struct {
	src string
	pos int
}

const symbols2 = "!= !~ <= >="

func (l *lexer) next() (token, error) {
	if err := l.blank(); err != nil {
		return token{}, err
	}
	at := l.pos
	if at >= len(l.src) {
		return token{kind: tokEnd, at: at}, nil
	}
	switch c := l.src[at]; {
	case isLetter(c):
		return token{tokName, l.take(isWord), at}, nil
	case isDigit(c):
		return token{tokNumber, l.number(), at}, nil
	case c == '\'':
		s, err := l.quoted('\'', "string")
		return token{tokString, s, at}, err
	case c == '`':
		s, err := l.quoted('`', "name")
		if err == nil && s == "" {
			err = syntaxErr(at, "This name is empty. Write a name between the two `.")
		}
		return token{tokQuoted, s, at}, err
	case c == '@':
		l.pos++
		return token{tokTemporal, l.temporal(), at}, nil
	case c == '$':
		l.pos++
		return token{tokDollar, l.take(isWord), at}, nil
	}
	return l.symbol(at)
}

func (l *lexer) symbol(at int) (token, error) {
	if at+1 < len(l.src) && strings.Contains(symbols2, l.src[at:at+2]) && l.src[at+1] != ' ' {
		l.pos += 2
		return token{tokSymbol, l.src[at : at+2], at}, nil
	}
	c := l.src[at]
	if strings.IndexByte("()[]{}.,+-*/&|=~<>%", c) < 0 {
		r, _ := utf8.DecodeRuneInString(l.src[at:])
		return token{}, syntaxErr(at, "The character %q has no meaning here. Remove it.", r)
	}
	l.pos++
	return token{tokSymbol, l.src[at : at+1], at}, nil
}

// blank skips white space and comments.
func (l *lexer) blank() error {
	for l.pos < len(l.src) {
		rest := l.src[l.pos:]
		switch {
		case strings.IndexByte(" \t\r\n", rest[0]) >= 0:
			l.pos++
		case strings.HasPrefix(rest, "//"):
			n := strings.IndexAny(rest, "\r\n")
			if n < 0 {
				n = len(rest)
			}
			l.pos += n
		case strings.HasPrefix(rest, "/*"):
			n := strings.Index(rest[2:], "*/")
			if n < 0 {
				return syntaxErr(l.pos, "This comment is never closed. End it with */.")
			}
			l.pos += n + 4
		default:
			return nil
		}
	}
	return nil
}

func (l *lexer) take(ok func(byte) bool) string {
	from := l.pos
	for l.pos < len(l.src) && ok(l.src[l.pos]) {
		l.pos++
	}
	return l.src[from:l.pos]
}

// number reads 12 or 12.50. A point that no digit follows is a step to a
// function (1.toString()).
func (l *lexer) number() string {
	from := l.pos
	l.take(isDigit)
	if l.pos+1 < len(l.src) && l.src[l.pos] == '.' && isDigit(l.src[l.pos+1]) {
		l.pos++
		l.take(isDigit)
	}
	return l.src[from:l.pos]
}

// temporal takes the text of a date, dateTime or time literal. What it means
// is the business of parseTemporal; here only its end is found. The N1 grammar
// gives times of day no zone.
func (l *lexer) temporal() string {
	from := l.pos
	l.take(isDigit)
	for l.at("-") && l.digitsAt(l.pos+1, 2) {
		l.pos += 3
	}
	date := l.pos > from
	if !l.at("T") {
		return l.src[from:l.pos]
	}
	l.pos++
	l.take(isDigit)
	for l.at(":") && l.digitsAt(l.pos+1, 2) {
		l.pos += 3
	}
	if l.at(".") && l.digitsAt(l.pos+1, 1) {
		l.pos++
		l.take(isDigit)
	}
	switch {
	case !date:
	case l.at("Z"):
		l.pos++
	case (l.at("+") || l.at("-")) && l.digitsAt(l.pos+1, 2) && l.digitsAt(l.pos+4, 2) && l.src[l.pos+3] == ':':
		l.pos += 6
	}
	return l.src[from:l.pos]
}

func (l *lexer) at(s string) bool { return strings.HasPrefix(l.src[l.pos:], s) }

func (l *lexer) digitsAt(pos, n int) bool {
	for i := range n {
		if pos+i >= len(l.src) || !isDigit(l.src[pos+i]) {
			return false
		}
	}
	return true
}

// quoted reads a string or a delimited name with its escapes.
func (l *lexer) quoted(end byte, what string) (string, error) {
	start := l.pos
	l.pos++
	var b strings.Builder
	for l.pos < len(l.src) {
		c := l.src[l.pos]
		switch c {
		case end:
			l.pos++
			if !utf8.ValidString(b.String()) {
				return "", syntaxErr(start, "This %s is not valid UTF-8 text.", what)
			}
			return b.String(), nil
		case '\\':
			if err := l.escape(&b); err != nil {
				return "", err
			}
		default:
			b.WriteByte(c)
			l.pos++
		}
	}
	return "", syntaxErr(start, "This %s is never closed. End it with %c.", what, end)
}

const escapes, escaped = "`'\\/\"fnrt", "`'\\/\"\f\n\r\t"

func (l *lexer) escape(b *strings.Builder) error {
	at := l.pos
	if at+1 < len(l.src) {
		if i := strings.IndexByte(escapes, l.src[at+1]); i >= 0 {
			b.WriteByte(escaped[i])
			l.pos += 2
			return nil
		}
	}
	r, ok := l.unicode()
	if ok && utf16.IsSurrogate(r) {
		var low rune
		if low, ok = l.unicode(); ok {
			r = utf16.DecodeRune(r, low)
			ok = r != utf8.RuneError
		}
	}
	if !ok {
		return syntaxErr(at, "This is no escape that FHIRPath knows. Use one of \\' \\` \\\" \\\\ \\/ \\f \\n \\r \\t \\uXXXX.")
	}
	b.WriteRune(r)
	return nil
}

func (l *lexer) unicode() (rune, bool) {
	if !l.at(`\u`) || len(l.src) < l.pos+6 {
		return 0, false
	}
	n, err := strconv.ParseUint(l.src[l.pos+2:l.pos+6], 16, 16)
	l.pos += 6
	return rune(n), err == nil
}

func isDigit(c byte) bool  { return '0' <= c && c <= '9' }
func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || c == '_' }
func isWord(c byte) bool   { return isLetter(c) || isDigit(c) }
