package fhirapi

import (
	"net/url"
	"strings"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/problem"
)

// pair is one parameter of a query, decoded. The order is kept, since chains
// of the same name and _sort depend on it and links should look like what was
// asked.
type pair = search.Pair

// maxPairs bounds the parameters of one request.
const maxPairs = 2_000

// parseQuery appends the parameters of a query or a form (WHATWG URL,
// application/x-www-form-urlencoded). Broken escapes are refused, not guessed.
func parseQuery(dst []pair, raw string) ([]pair, error) {
	for raw != "" {
		var part string
		part, raw, _ = strings.Cut(raw, "&")
		if part == "" {
			continue
		}
		if len(dst) == maxPairs {
			return nil, problem.New(problem.Invalid, "There are too many parameters. Ask with fewer.")
		}
		name, value, _ := strings.Cut(part, "=")
		n, err1 := unescape(name)
		v, err2 := unescape(value)
		if err1 != nil || err2 != nil {
			return nil, problem.New(problem.Invalid, "The address holds a % that is not followed by two hex digits. Write a percent sign as %25.")
		}
		if !isText(n) || !isText(v) {
			return nil, problem.New(problem.Invalid, "The address holds bytes that are not text. Write it in UTF-8, without the character %00.")
		}
		dst = append(dst, pair{Name: n, Value: v})
	}
	return dst, nil
}

// isText refuses what no stored text has, and not every database takes.
func isText(s string) bool { return utf8.ValidString(s) && strings.IndexByte(s, 0) < 0 }

func unescape(s string) (string, error) {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s, nil
	}
	return url.QueryUnescape(s)
}

// encodeQuery appends pairs as a query, with the characters that FHIR uses as
// separators left readable.
func encodeQuery(dst []byte, pairs []pair) []byte {
	for i, p := range pairs {
		if i > 0 {
			dst = append(dst, '&')
		}
		dst = appendEscaped(dst, p.Name)
		dst = append(dst, '=')
		dst = appendEscaped(dst, p.Value)
	}
	return dst
}

const upperHex = "0123456789ABCDEF"

func appendEscaped(dst []byte, s string) []byte {
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9',
			strings.IndexByte("-_.~:/,$*@", c) >= 0:
			dst = append(dst, c)
		default:
			dst = append(dst, '%', upperHex[c>>4], upperHex[c&15])
		}
	}
	return dst
}

// splitList cuts a comma-separated list and leaves out what is empty.
func splitList(s string) []string {
	var list []string
	for part := range strings.SplitSeq(s, ",") {
		if part = strings.TrimSpace(part); part != "" {
			list = append(list, part)
		}
	}
	return list
}

// take removes the pairs of a name and returns their values.
func take(pairs []pair, name string) (rest []pair, values []string) {
	rest = pairs[:0:0]
	for _, p := range pairs {
		if p.Name == name {
			values = append(values, p.Value)
		} else {
			rest = append(rest, p)
		}
	}
	return rest, values
}

// value is the first value of a parameter.
func (c *call) value(name string) string {
	for _, p := range c.pairs {
		if p.Name == name {
			return p.Value
		}
	}
	return ""
}

// values are all values of a parameter, lists taken apart.
func (c *call) values(name string) []string {
	var all []string
	for _, p := range c.pairs {
		if p.Name == name {
			all = append(all, splitList(p.Value)...)
		}
	}
	return all
}
