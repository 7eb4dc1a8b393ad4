package validate

import (
	"bytes"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
)

// primitive looks at the value of a primitive: its JSON form, then the rule of
// its datatype (R4 section 2.24.0.1), then its binding.
func (w *walker) primitive(n fhir.Node, p spec.Prop) {
	name := p.Type.Name
	want, words := fhir.String, "text in quotes"
	switch name {
	case "boolean":
		if k := n.Kind(); k != fhir.True && k != fhir.False {
			w.fail(n, Structure, "A boolean must be true or false without quotes, but this is %s.", kindWords(n))
		}
		return
	case "decimal", "integer", "positiveInt", "unsignedInt":
		want, words = fhir.Number, "a number without quotes"
	}
	if n.Kind() != want {
		w.fail(n, Structure, "A value of type %s must be %s, but this is %s.", name, words, kindWords(n))
		return
	}
	if want == fhir.Number {
		if !numberOK(name, n.Raw()) {
			w.fail(n, Value, "%s is no %s. %s", clip(string(n.Raw())), name, advice[name])
		}
		return
	}
	w.text(n, p)
}

// text looks at a primitive that is a JSON string.
func (w *walker) text(n fhir.Node, p spec.Prop) {
	raw := n.Raw()
	raw = raw[1 : len(raw)-1]
	name := p.Type.Name
	if name == "string" || name == "markdown" {
		w.proseRules(n, raw, name)
		return
	}
	s := raw
	if bytes.IndexByte(raw, '\\') >= 0 {
		s = n.Text()
	}
	if name == "xhtml" {
		w.xhtml(n, s)
		return
	}
	if !textOK(name, s) {
		w.fail(n, Value, "%s is no %s. %s", quote(n), name, advice[name])
		return
	}
	switch name {
	case "code":
		if set := p.Element.Binding.Codes; set != nil && !set.Has(s) {
			w.fail(n, CodeInvalid, "%s is not one of the codes that may stand here. Use one of the value set %s.", quote(n), set.ValueSet)
		}
	case "uri", "url", "canonical":
		if len(s) > 1 && s[0] == '#' {
			w.box.used(s[1:])
		}
	}
}

// maxString is the longest string of R4: 1 MB, counted in characters.
const maxString = 1 << 20

func (w *walker) proseRules(n fhir.Node, raw []byte, name string) {
	switch control, content := prose(raw); {
	case control:
		w.fail(n, Value, "The text holds a control character. Only tab, line feed and carriage return are allowed; take the others out.")
	case !content:
		w.fail(n, Value, "The text is empty or only blanks. Fill it in or leave the element out.")
	case len(raw) > maxString && name == "string" && characters(raw) > maxString:
		w.fail(n, TooLong, "The text is longer than 1,048,576 characters. Shorten it, or send it as an attachment.")
	}
}

// advice says how each datatype is written.
var advice = map[string]string{
	"date":         "Write YYYY, YYYY-MM or YYYY-MM-DD, and a day that exists.",
	"dateTime":     "Write YYYY, YYYY-MM, YYYY-MM-DD or YYYY-MM-DDThh:mm:ss with a time zone, such as 2026-05-03T09:30:00+01:00.",
	"instant":      "Write YYYY-MM-DDThh:mm:ss with a time zone, such as 2026-05-03T09:30:00.000Z.",
	"time":         "Write hh:mm:ss, from 00:00:00 to 23:59:59.",
	"id":           "Use 1 to 64 letters A-Z and a-z, digits, - and dots.",
	"code":         "Take blanks from its ends and double blanks from within.",
	"uri":          "Write an address without blanks; urn:uuid: and urn:oid: in their exact form.",
	"url":          "Write an address without blanks.",
	"canonical":    "Write an address without blanks, with |version after it if need be.",
	"oid":          "Write urn:oid: and numbers with dots, such as urn:oid:1.2.3.",
	"uuid":         "Write urn:uuid: and the UUID in lower case.",
	"base64Binary": "Write it in Base64: groups of four, padded with = at the end only.",
	"integer":      "Write a whole number from -2147483648 to 2147483647.",
	"positiveInt":  "Write a whole number from 1 to 2147483647.",
	"unsignedInt":  "Write a whole number from 0 to 2147483647.",
}
