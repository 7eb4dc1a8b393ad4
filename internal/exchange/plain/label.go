package plain

import (
	"strings"
	"unicode"
)

// kindsOfValue are the ends of the names of elements that can have values of
// several types (FHIR R4, "choice of data types").
var kindsOfValue = []string{"CodeableConcept", "Quantity", "DateTime", "Reference", "Period", "Instant", "Boolean", "Integer", "Decimal", "String",
	"Range", "Ratio", "Timing", "Attachment", "Annotation", "Identifier", "Coding", "Money", "Duration", "Date", "Time", "Code", "Uri", "Age"}

// label is what an element is called.
func (r Reader) label(name string) string {
	if l := r.W.Labels[name]; l != "" {
		return l
	}
	for _, end := range kindsOfValue {
		if short, ok := strings.CutSuffix(name, end); ok && short != "" {
			if l := r.W.Labels[short]; l != "" {
				return l
			}
			if short == "value" || short == "effective" || short == "onset" || short == "occurrence" || short == "performed" || short == "medication" {
				name = short
				break
			}
		}
	}
	return words(name)
}

// words takes a name apart: "dateAsserted" is "Date asserted".
func words(name string) string {
	if name == "" {
		return "-"
	}
	var b strings.Builder
	for i, c := range name {
		switch {
		case i == 0:
			b.WriteRune(unicode.ToUpper(c))
		case unicode.IsUpper(c):
			b.WriteByte(' ')
			b.WriteRune(unicode.ToLower(c))
		case c == '-' || c == '_':
			b.WriteByte(' ')
		default:
			b.WriteRune(c)
		}
	}
	return b.String()
}
