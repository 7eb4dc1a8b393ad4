package plain

import (
	"encoding/base64"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/fhir"
)

// value is a value in words, by its shape (FHIR R4, data types). It is not ok for
// an object that is no data type that can be said in one line.
func (r Reader) value(n fhir.Node) (string, bool) {
	switch n.Kind() {
	case fhir.String:
		return r.W.readable(n.Str()), true
	case fhir.Number:
		return string(n.Raw()), true
	case fhir.True:
		return r.W.Yes, true
	case fhir.False:
		return r.W.No, true
	case fhir.Object:
		for _, shape := range r.shapes() {
			if s, ok := shape(n); ok {
				return s, true
			}
		}
		return "", false
	}
	return "", true
}

// shapes are the data types that can be said in one line. Each tells by which
// members an object has whether it is of its type.
func (r Reader) shapes() []func(fhir.Node) (string, bool) {
	return []func(fhir.Node) (string, bool){r.masked, r.annotation, r.attachment, r.concept, r.reference, r.quantity, r.period, r.between, r.ratio,
		r.person, r.contact, r.coding, r.identifier, r.address, r.dosage}
}

// masked says that a value is there and is not shown to whoever reads (FHIR R4,
// extension data-absent-reason), which is not that it is not known.
func (r Reader) masked(n fhir.Node) (string, bool) {
	one := n.Get("extension").At(0)
	if n.Len() != 1 || !one.Get("url").Is(fhir.DataAbsentReason) || !one.Get("valueCode").Is("masked") {
		return "", false
	}
	return r.W.Masked, true
}

func (r Reader) annotation(n fhir.Node) (string, bool) {
	if !n.Get("text").Exists() || n.Get("coding").Exists() || !n.Get("time").Exists() && !n.Get("authorString").Exists() && !n.Get("authorReference").Exists() && n.Len() != 1 {
		return "", false
	}
	who, _ := r.value(n.Get("authorReference"))
	return strings.Join(some(n.Get("text").Str(), n.Get("authorString").Str(), who, r.W.readable(n.Get("time").Str())), ", "), true
}

func (r Reader) attachment(n fhir.Node) (string, bool) {
	if !n.Get("contentType").Exists() && !n.Get("data").Exists() {
		return "", false
	}
	if s, ok := note(n); ok {
		return strings.Join(some(n.Get("title").Str(), s), ": "), true
	}
	at := n.Get("url").Str()
	if fhir.ParseReference(at).Form == fhir.Relative {
		at = "" // an id of this system tells people nothing
	}
	return strings.Join(some(n.Get("title").Str(), n.Get("contentType").Str(), at, r.W.File), ", "), true
}

// mostNote bounds the text of a file that is told, in bytes.
const mostNote = 64 << 10

// note is what a file of plain text says that lies in the entry itself: a note is
// to be read, and not to be fetched.
func note(n fhir.Node) (string, bool) {
	kind, _, _ := strings.Cut(n.Get("contentType").Str(), ";")
	data := n.Get("data").Str()
	if strings.TrimSpace(kind) != "text/plain" || data == "" || len(data) > mostNote/3*4 {
		return "", false
	}
	b, err := base64.StdEncoding.DecodeString(data)
	if err != nil || !utf8.Valid(b) {
		return "", false
	}
	s := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, string(b))
	return s, strings.TrimSpace(s) != ""
}

// concept prefers the words of whoever wrote the entry.
func (r Reader) concept(n fhir.Node) (string, bool) {
	if n.Get("coding").Kind() != fhir.Array {
		return "", false
	}
	if s := n.Get("text").Str(); s != "" {
		return s, true
	}
	for c := range n.Get("coding").Items() {
		if s := c.Get("display").Str(); s != "" {
			return s, true
		}
	}
	if r.Code != nil {
		for c := range n.Get("coding").Items() {
			if s := r.Code(c.Get("system").Str(), c.Get("code").Str()); s != "" {
				return s, true
			}
		}
	}
	return n.Get("coding").At(0).Get("code").Str(), true
}

func (r Reader) coding(n fhir.Node) (string, bool) {
	if !n.Get("code").Exists() || !n.Get("system").Exists() && !n.Get("display").Exists() || n.Get("value").Exists() {
		return "", false
	}
	if s := n.Get("display").Str(); s != "" {
		return s, true
	}
	return n.Get("code").Str(), true
}

func (r Reader) reference(n fhir.Node) (string, bool) {
	ref, display := n.Get("reference").Str(), n.Get("display").Str()
	if ref == "" && (display == "" || n.Get("code").Exists()) || n.Get("reference").Kind() == fhir.Object {
		return "", false
	}
	if display != "" {
		return display, true
	}
	if r.Name != nil {
		if s := r.Name(ref); s != "" {
			return s, true
		}
	}
	return ref, true
}

var comparators = map[string]string{"<": "less than ", "<=": "at most ", ">=": "at least ", ">": "more than "}

func (r Reader) quantity(n fhir.Node) (string, bool) {
	v := n.Get("value")
	if v.Kind() != fhir.Number || n.Get("repeat").Exists() {
		return "", false
	}
	unit := n.Get("unit").Str()
	if unit == "" {
		unit = strings.Join(some(n.Get("code").Str(), n.Get("currency").Str()), " ")
	}
	return comparators[n.Get("comparator").Str()] + strings.Join(some(string(v.Raw()), unit), " "), true
}

func (r Reader) period(n fhir.Node) (string, bool) {
	start, end := n.Get("start"), n.Get("end")
	if start.Kind() != fhir.String && end.Kind() != fhir.String || n.Len() > 2 {
		return "", false
	}
	var parts []string
	if s := start.Str(); s != "" {
		parts = append(parts, r.W.From+" "+r.W.readable(s))
	}
	if s := end.Str(); s != "" {
		parts = append(parts, r.W.Until+" "+r.W.readable(s))
	}
	return strings.Join(parts, " "), true
}

// between is a Range.
func (r Reader) between(n fhir.Node) (string, bool) {
	low, high := n.Get("low"), n.Get("high")
	if low.Kind() != fhir.Object && high.Kind() != fhir.Object {
		return "", false
	}
	a, _ := r.value(low)
	b, _ := r.value(high)
	var parts []string
	if a != "" {
		parts = append(parts, r.W.From+" "+a)
	}
	if b != "" {
		parts = append(parts, r.W.Until+" "+b)
	}
	if s := n.Get("text").Str(); s != "" {
		parts = append(parts, "("+s+")")
	}
	return strings.Join(parts, " "), true
}

func (r Reader) ratio(n fhir.Node) (string, bool) {
	if n.Get("numerator").Kind() != fhir.Object {
		return "", false
	}
	a, _ := r.value(n.Get("numerator"))
	b, _ := r.value(n.Get("denominator"))
	return strings.Join(some(a, b), " / "), true
}

func (r Reader) person(n fhir.Node) (string, bool) {
	if n.Get("family").Kind() != fhir.String && n.Get("given").Kind() != fhir.Array {
		return "", false
	}
	if s := n.Get("text").Str(); s != "" {
		return s, true
	}
	var parts []string
	for _, name := range []string{"prefix", "given"} {
		for g := range n.Get(name).Items() {
			parts = append(parts, g.Str())
		}
	}
	return strings.Join(some(append(parts, n.Get("family").Str())...), " "), true
}

func (r Reader) contact(n fhir.Node) (string, bool) {
	switch n.Get("system").Str() {
	case "phone", "fax", "email", "pager", "url", "sms", "other":
		return strings.Join(some(n.Get("value").Str(), n.Get("use").Str()), ", "), n.Get("value").Exists()
	}
	return "", false
}

func (r Reader) identifier(n fhir.Node) (string, bool) {
	if n.Get("value").Kind() != fhir.String || n.Get("valueSet").Exists() {
		return "", false
	}
	v := n.Get("value").Str()
	if n.Get("system").Is(fhir.NHSNumberSystem) {
		if digits, ok := fhir.ParseNHSNumber(v); ok {
			return fhir.FormatNHSNumber(digits), true
		}
	}
	return v, true
}

func (r Reader) address(n fhir.Node) (string, bool) {
	if n.Get("line").Kind() != fhir.Array && !n.Get("postalCode").Exists() {
		return "", false
	}
	if s := n.Get("text").Str(); s != "" {
		return s, true
	}
	var parts []string
	for l := range n.Get("line").Items() {
		parts = append(parts, l.Str())
	}
	for _, name := range []string{"city", "district", "state", "postalCode", "country"} {
		parts = append(parts, n.Get(name).Str())
	}
	return strings.Join(some(parts...), ", "), true
}

// dosage is one that was written in words; others are told part by part.
func (r Reader) dosage(n fhir.Node) (string, bool) {
	if n.Get("text").Kind() != fhir.String || !n.Get("timing").Exists() && !n.Get("doseAndRate").Exists() && !n.Get("route").Exists() {
		return "", false
	}
	return strings.Join(some(n.Get("text").Str(), n.Get("patientInstruction").Str()), ". "), true
}

func some(all ...string) (out []string) {
	for _, s := range all {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}
