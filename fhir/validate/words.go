package validate

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
)

// quoteMax is how many bytes of a resource an issue quotes at most.
const quoteMax = 48

// quote writes a value for a message: short, and safe to print.
func quote(n fhir.Node) string { return strconv.Quote(clip(n.Str())) }

func clip(s string) string {
	if len(s) <= quoteMax {
		return s
	}
	cut := quoteMax
	for cut > 0 && !utf8.RuneStart(s[cut]) {
		cut--
	}
	return s[:cut] + "…"
}

// kindWords names the JSON form of a node.
func kindWords(n fhir.Node) string {
	switch n.Kind() {
	case fhir.Object:
		return "an object"
	case fhir.Array:
		return "a list"
	case fhir.String:
		return "text"
	case fhir.Number:
		return "a number"
	case fhir.True, fhir.False:
		return "true or false"
	}
	return "null"
}

// unknown complains of a member that the type does not have, and names the one
// that may be meant.
func (w *walker) unknown(c fhir.Node, t *spec.Type) {
	key := c.Key()
	advice := "Remove it or correct its name."
	if near := nearest(key, t); near != "" {
		advice = "If you mean " + strconv.Quote(near) + ", correct it; or remove it."
	}
	if key == "fhir_comments" {
		advice = "FHIR has had no comments in JSON since its second version. Remove it."
	}
	w.fail(c, Structure, "%s has no element %s. %s", t.Name, strconv.Quote(clip(key)), advice)
}

// nearest finds the property of a type whose name is at most two letters away.
func nearest(key string, t *spec.Type) string {
	if len(key) > quoteMax {
		return ""
	}
	best, at := "", 3
	for _, e := range t.Elements {
		for _, r := range e.Types {
			name := e.Name
			if e.Choice {
				name += strings.ToUpper(r.Code[:1]) + r.Code[1:]
			}
			if d := distance(key, name, at); d < at {
				best, at = name, d
			}
		}
	}
	return best
}

// distance counts the letters to change, add or remove to get from a to b, in
// either case of letters; limit and more are the same to the caller.
func distance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	a, b = strings.ToLower(a), strings.ToLower(b)
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
