package fhirpath

import (
	"regexp"
	"strings"
)

// Regular expressions (FHIRPath N1, "matches", "replaceMatches"). They are
// Go's, which match in linear time and know no look-around.

const maxPattern = 2000 // bytes

// How a pattern is read: a point also stands for a line end.
const (
	anywhere = iota
	whole
)

func compilePattern(pattern string, where int) (*regexp.Regexp, error) {
	if len(pattern) > maxPattern {
		return nil, execErr("The pattern is too long. Shorten it.")
	}
	if where == whole {
		pattern = "^(?:" + pattern + ")$"
	}
	re, err := regexp.Compile("(?s)" + pattern)
	if err != nil {
		return nil, execErr("The pattern is no regular expression that is known here. Write it without look-around and back references.")
	}
	return re, nil
}

func matches(s, pattern string) (Value, error) { return match(s, pattern, anywhere) }

func matchesFull(s, pattern string) (Value, error) { return match(s, pattern, whole) }

func match(s, pattern string, where int) (Value, error) {
	re, err := compilePattern(pattern, where)
	if err != nil {
		return nil, err
	}
	return Boolean(re.MatchString(s)), nil
}

// fixedPattern compiles a pattern that is written in the expression once, so
// that evaluating need not.
func fixedPattern(n *node) (evaluator, error) {
	where := anywhere
	switch n.text {
	case "matchesFull":
		where = whole
	case "matches":
	default:
		return nil, nil
	}
	s, ok := n.args[0].lit.(String)
	if !ok {
		return nil, nil
	}
	re, err := compilePattern(string(s), where)
	if err != nil {
		return nil, semanticErr(n.args[0].at, "%s", err.(*Error).Msg)
	}
	return text0(func(s string) (Value, error) { return Boolean(re.MatchString(s)), nil }), nil
}

func fnReplaceMatches(m *machine, f *frame, in []Item, args []expr, dst []Item) ([]Item, error) {
	s, pattern, with, ok, err := m.twoTexts(f, in, args)
	if err != nil || !ok {
		return dst, err
	}
	if pattern == "" {
		return m.give(dst, String(s), nil)
	}
	re, err := compilePattern(pattern, anywhere)
	if err != nil {
		return dst, err
	}
	// Each find may put in the whole text again for every $ in with.
	finds := len(re.FindAllStringIndex(s, -1))
	if err := m.text(len(s) + finds*(len(with)+len(s)*strings.Count(with, "$"))); err != nil {
		return dst, err
	}
	return m.give(dst, String(re.ReplaceAllString(s, replacement(with))), nil)
}

// replacement turns $1 into what Go reads as group 1 whatever follows it, and
// \$ into a plain $.
func replacement(with string) string {
	var b strings.Builder
	for i := 0; i < len(with); i++ {
		switch {
		case strings.HasPrefix(with[i:], `\$`):
			b.WriteString("$$")
			i++
		case with[i] == '$' && i+1 < len(with) && isDigit(with[i+1]):
			b.WriteString("${" + with[i+1:i+2] + "}")
			i++
		default:
			b.WriteByte(with[i])
		}
	}
	return b.String()
}
