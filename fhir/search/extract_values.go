package search

import (
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/fhirpath"
)

// token follows the table of R4 section 3.1.1.5.10.
func (x *extractor) token(p *Param, it *fhirpath.Item) {
	n := it.Node()
	switch it.Type() {
	case "CodeableConcept":
		for c := range n.Get("coding").Items() {
			x.coding(p, c)
		}
		if t := n.Get("text"); t.Exists() {
			x.put(p, Token).Text = x.text(t)
		}
	case "Coding":
		x.coding(p, n)
	case "Identifier":
		x.identifier(p, n)
	case "ContactPoint":
		// R4 names the use as the system. The system of the contact is what
		// people try, and is not mistaken for a use, so both are found.
		code := foldCode(x.text(n.Get("value")))
		if code == "" {
			return
		}
		use, system := n.Get("use"), n.Get("system")
		v := x.put(p, Token)
		v.System, v.Code = x.text(use), code
		if use.Exists() && system.Exists() {
			v = x.put(p, Token)
			v.Code = code
		}
		if system.Exists() {
			v.System = x.text(system)
		}
	case "code":
		if s := x.itemText(it); s != "" {
			v := x.put(p, Token)
			v.System, v.Code = x.system, foldCode(s)
		}
	default:
		if s := x.itemText(it); s != "" {
			x.put(p, Token).Code = foldCode(s)
		}
	}
}

func (x *extractor) coding(p *Param, n fhir.Node) {
	system, code, display := n.Get("system"), n.Get("code"), n.Get("display")
	if !system.Exists() && !code.Exists() && !display.Exists() {
		return
	}
	v := x.put(p, Token)
	v.System, v.Code, v.Text = x.text(system), foldCode(x.text(code)), x.text(display)
}

// identifier gives one value, and one more for each further coding of its
// type, which :of-type compares.
func (x *extractor) identifier(p *Param, n fhir.Node) {
	typ := n.Get("type")
	plain := Value{Param: p, Kind: Token, System: x.text(n.Get("system")), Code: foldCode(x.text(n.Get("value"))), Text: x.text(typ.Get("text"))}
	if plain.System == "" && plain.Code == "" {
		return
	}
	first := true
	for c := range typ.Get("coding").Items() {
		v := x.put(p, Token)
		*v = plain
		v.OfType = [2]string{x.text(c.Get("system")), foldCode(x.text(c.Get("code")))}
		if v.Text == "" {
			v.Text = x.text(c.Get("display"))
		}
		first = false
	}
	if first {
		x.dst = append(x.dst, plain)
	}
}

var (
	nameParts    = []string{"text", "family", "given", "prefix", "suffix"}
	addressParts = []string{"text", "line", "city", "district", "state", "postalCode", "country"}
)

// words gives the strings of a string parameter: each part of a name or an
// address by itself.
func (x *extractor) words(p *Param, it *fhirpath.Item) {
	n := it.Node()
	switch it.Type() {
	case "HumanName":
		x.parts(p, n, nameParts)
	case "Address":
		x.parts(p, n, addressParts)
	case "CodeableConcept":
		x.parts(p, n, []string{"text"})
		for c := range n.Get("coding").Items() {
			x.parts(p, c, []string{"display"})
		}
	case "Coding":
		x.parts(p, n, []string{"display"})
	case "Annotation":
		x.parts(p, n, []string{"text"})
	case "Identifier", "ContactPoint":
		x.parts(p, n, []string{"value"})
	default:
		x.str(p, x.itemText(it))
	}
}

func (x *extractor) parts(p *Param, n fhir.Node, names []string) {
	for c := n.First(); c.Exists(); c = c.Next() {
		for _, name := range names {
			if !c.KeyIs(name) {
				continue
			}
			if c.Kind() == fhir.String {
				x.str(p, x.text(c))
			}
			for i := c.First(); i.Exists(); i = i.Next() {
				x.str(p, x.text(i))
			}
		}
	}
}

func (x *extractor) str(p *Param, s string) {
	if s != "" {
		v := x.put(p, String)
		v.Exact, v.Text = s, Fold(s)
	}
}

// date gives the time that is covered. A Timing that says only how often, and
// a Period of neither end, cover none and give no value.
func (x *extractor) date(p *Param, it *fhirpath.Item) bool {
	n := it.Node()
	var i fhir.Interval
	switch it.Type() {
	case "Period":
		if !n.Get("start").Exists() && !n.Get("end").Exists() {
			return true
		}
		var ok bool
		if i, ok = fhir.PeriodRange(n); !ok {
			return false
		}
	case "Timing":
		var ok bool
		if i, ok = fhir.TimingRange(n); !ok {
			return true
		}
	case "string": // the words that stand where no date is known
		return true
	default:
		s := n.Text()
		if s == nil {
			s = []byte(it.Str())
		}
		if len(s) == 0 {
			return true
		}
		d, err := fhir.ParseDateTime(s)
		if err != nil {
			return false
		}
		i.Low, i.High = d.Range()
	}
	v := x.put(p, Date)
	v.Low, v.High = i.Low, i.High
	return true
}

// number gives a number or an amount; low and high are the same but for a
// Range and an amount with a comparator.
func (x *extractor) number(p *Param, k Kind, it *fhirpath.Item) bool {
	n := it.Node()
	switch it.Type() {
	case "Range":
		return x.numberRange(p, k, n)
	case "SampledData":
		return true
	}
	if n.Kind() == fhir.Object {
		q, ok := fhir.ParseQuantity(n)
		if ok && q.HasValue {
			v := x.put(p, k)
			v.Number, v.System, v.Code, v.Text = q.Value, q.System, q.Code, q.Unit
			v.NumLow, v.NumHigh = q.Range()
		}
		return ok
	}
	s := x.itemText(it)
	if s == "" {
		return true
	}
	d, err := fhir.ParseDecimal(s)
	if err != nil {
		return false
	}
	v := x.put(p, k)
	v.Number, v.NumLow, v.NumHigh = d, d, d
	return true
}

func (x *extractor) numberRange(p *Param, k Kind, n fhir.Node) bool {
	low, ok1 := fhir.ParseQuantity(n.Get("low"))
	high, ok2 := fhir.ParseQuantity(n.Get("high"))
	if !low.HasValue && !high.HasValue {
		return true
	}
	if n.Get("low").Exists() != ok1 || n.Get("high").Exists() != ok2 {
		return false
	}
	v := x.put(p, k)
	v.NumLow, v.NumHigh = fhir.Lowest(), fhir.Highest()
	unit := high
	if high.HasValue {
		v.NumHigh, v.Number = high.Value, high.Value
	}
	if low.HasValue {
		v.NumLow, v.Number, unit = low.Value, low.Value, low
	}
	v.System, v.Code, v.Text = unit.System, unit.Code, unit.Unit
	return true
}

// reference gives the normal form of what is referred to: Type/id, or a URL
// without version. A canonical with a version gives both forms.
func (x *extractor) reference(p *Param, it *fhirpath.Item) {
	n := it.Node()
	switch typ := it.Type(); {
	case typ == "Reference":
		if r := n.Get("reference"); r.Exists() {
			x.refText(p, x.text(r))
		}
		if id := n.Get("identifier"); id.Exists() {
			v := Value{Param: p, Kind: Reference, Ident: true, System: x.text(id.Get("system")), Code: foldCode(x.text(id.Get("value")))}
			if v.System != "" || v.Code != "" {
				x.dst = append(x.dst, v)
			}
		}
	case n.Kind() == fhir.Object:
		// A resource inside another one, such as the Composition of a Bundle.
		typ, id := x.text(n.Get("resourceType")), x.text(n.Get("id"))
		if typ != "" && id != "" && p.mayLeadTo(typ) {
			v := x.put(p, Reference)
			v.Code = typ + "/" + id
			v.Exact = v.Code
		}
	default:
		x.refText(p, x.itemText(it))
	}
}

func (x *extractor) refText(p *Param, text string) {
	if text == "" || text[0] == '#' {
		return
	}
	ref := fhir.ParseReference(text)
	v := x.put(p, Reference)
	v.Code, v.Exact = refKey(&ref), text
	if ref.Form == fhir.Canonical {
		v = x.put(p, Reference)
		v.Code, v.Exact = ref.Base+"|"+ref.Version, text
	}
}

// refKey is the form in which references are compared: without version and
// fragment.
func refKey(r *fhir.Reference) string {
	switch {
	case r.Form == fhir.Relative:
		return r.Local()
	case r.Form == fhir.Absolute && r.Type != "":
		if r.Version == "" && r.Fragment == "" {
			return r.Text
		}
		return r.Base + "/" + r.Type + "/" + r.ID
	case r.Form == fhir.Absolute || r.Form == fhir.Canonical:
		return r.Base
	}
	return r.Text
}

// uri gives the text. A canonical with a version can be found without it too.
func (x *extractor) uri(p *Param, it *fhirpath.Item) {
	s := x.itemText(it)
	if s == "" {
		return
	}
	x.put(p, URI).Code = s
	if it.Type() == "canonical" {
		if url, _, found := strings.Cut(s, "|"); found && url != "" {
			x.put(p, URI).Code = url
		}
	}
}
