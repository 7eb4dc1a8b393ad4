package twin

import (
	"html"
	"math"
	"strings"
	"unicode"

	"github.com/bevanhealth/bevan/fhir"
)

// val is one value by which a resource can be found.
type val struct {
	system, code string      // token, quantity; code of a token in lower case
	texts        []string    // what :text looks at; unit of a quantity
	ofTypes      [][2]string // types of an identifier: system, code
	bare         bool        // token: it has neither system nor code
	str          string      // string, uri, reference: as written
	ident        bool        // reference by identifier, in system and code
	low, high    int64       // date, microseconds, half-open
	num          fhir.Decimal
	min, max     fhir.Decimal // number, quantity
}

// nodes walks the steps of a path, into every item of a list.
func nodes(n fhir.Node, steps []string) []fhir.Node {
	at := []fhir.Node{n}
	for _, s := range steps {
		var next []fhir.Node
		for _, x := range at {
			for item := range x.Get(s).Items() {
				next = append(next, item)
			}
		}
		at = next
	}
	return at
}

// values gives all values of a parameter in a resource, or in one element of
// a composite.
func values(root fhir.Node, p *param) []val {
	var out []val
	for _, at := range p.paths {
		if at.dt == "deceased" {
			out = append(out, val{code: deceased(root)})
			continue
		}
		for _, n := range nodes(root, at.steps) {
			if at.member[0] != "" && !n.Get(at.member[0]).Is(at.member[1]) || at.refTo != "" && typeOfRef(n) != at.refTo {
				continue
			}
			out = append(out, read(n, p.kind, at)...)
		}
	}
	return out
}

// deceased is what R4 asks of the parameter: there is a value, and it isn't false.
func deceased(root fhir.Node) string {
	if root.Get("deceasedDateTime").Exists() || root.Get("deceasedBoolean").Str() == "true" {
		return "true"
	}
	return "false"
}

func read(n fhir.Node, kind string, at path) []val {
	switch kind {
	case "token":
		return readToken(n, at)
	case "string":
		return readStrings(n, at.dt)
	case "date":
		return readDate(n, at.dt)
	case "number", "quantity":
		return readNumber(n, at.dt)
	case "reference":
		if at.dt == "canonical" {
			return readCanonical(n.Str())
		}
		return readReference(n)
	case "uri":
		if at.dt == "canonical" {
			return readCanonical(n.Str())
		}
		return []val{{str: n.Str()}}
	}
	return nil
}

func readToken(n fhir.Node, at path) []val {
	switch at.dt {
	case "CodeableConcept":
		var out []val
		for c := range n.Get("coding").Items() {
			out = append(out, readToken(c, path{dt: "Coding"})...)
		}
		if t := n.Get("text"); t.Exists() {
			out = append(out, val{bare: true, texts: []string{t.Str()}})
		}
		return out
	case "Coding":
		v := val{system: n.Get("system").Str(), code: strings.ToLower(n.Get("code").Str())}
		if d := n.Get("display"); d.Exists() {
			v.texts = []string{d.Str()}
		}
		v.bare = v.system == "" && v.code == ""
		if v.bare && v.texts == nil {
			return nil
		}
		return []val{v}
	case "Identifier":
		return readIdentifier(n)
	case "ContactPoint":
		return readContact(n)
	}
	return []val{{system: at.system, code: strings.ToLower(n.Str())}}
}

func readIdentifier(n fhir.Node) []val {
	v := val{system: n.Get("system").Str(), code: strings.ToLower(n.Get("value").Str())}
	if v.system == "" && v.code == "" {
		return nil
	}
	typ := n.Get("type")
	if t := typ.Get("text"); t.Exists() {
		v.texts = []string{t.Str()}
	}
	for c := range typ.Get("coding").Items() {
		v.ofTypes = append(v.ofTypes, [2]string{c.Get("system").Str(), strings.ToLower(c.Get("code").Str())})
		if d := c.Get("display"); d.Exists() && !typ.Get("text").Exists() {
			v.texts = append(v.texts, d.Str())
		}
	}
	return []val{v}
}

// readContact gives the value under the use, as R4 says, and under the system.
func readContact(n fhir.Node) []val {
	code := strings.ToLower(n.Get("value").Str())
	use, system := n.Get("use").Str(), n.Get("system").Str()
	switch {
	case code == "":
		return nil
	case use == "" || system == "":
		return []val{{system: use + system, code: code}}
	}
	return []val{{system: use, code: code}, {system: system, code: code}}
}

var partsOf = map[string][]string{
	"HumanName": {"text", "family", "given", "prefix", "suffix"},
	"Address":   {"text", "line", "city", "district", "state", "postalCode", "country"},
}

func readStrings(n fhir.Node, dt string) []val {
	var out []val
	parts, composed := partsOf[dt]
	if !composed {
		return []val{{str: n.Str()}}
	}
	for _, p := range parts {
		for s := range n.Get(p).Items() {
			out = append(out, val{str: s.Str()})
		}
	}
	return out
}

func span(n fhir.Node) (low, high int64, ok bool) {
	d, err := fhir.ParseDateTime(n.Str())
	if err != nil {
		return 0, 0, false
	}
	low, high = d.Range()
	return low, high, true
}

func readDate(n fhir.Node, dt string) []val {
	switch dt {
	case "Period":
		return readPeriod(n)
	case "Timing":
		v, found := val{low: math.MaxInt64, high: math.MinInt64}, false
		for e := range n.Get("event").Items() {
			if low, high, ok := span(e); ok {
				v.low, v.high, found = min(v.low, low), max(v.high, high), true
			}
		}
		if !found {
			return nil
		}
		return []val{v}
	}
	low, high, ok := span(n)
	if !ok {
		return nil
	}
	return []val{{low: low, high: high}}
}

// readPeriod leaves a side open that isn't given. The generator makes none
// that ends before it starts.
func readPeriod(n fhir.Node) []val {
	v := val{low: math.MinInt64, high: math.MaxInt64}
	start, end := n.Get("start"), n.Get("end")
	if !start.Exists() && !end.Exists() {
		return nil
	}
	if start.Exists() {
		v.low, _, _ = span(start)
	}
	if end.Exists() {
		_, v.high, _ = span(end)
	}
	return []val{v}
}

func decimal(n fhir.Node) fhir.Decimal {
	d, _ := fhir.ParseDecimal(string(n.Raw()))
	return d
}

func readNumber(n fhir.Node, dt string) []val {
	switch dt {
	case "Range":
		low, high := n.Get("low"), n.Get("high")
		v := val{min: fhir.Lowest(), max: fhir.Highest()}
		unit := high
		if x := high.Get("value"); x.Exists() {
			v.max, v.num = decimal(x), decimal(x)
		}
		if x := low.Get("value"); x.Exists() {
			v.min, v.num, unit = decimal(x), decimal(x), low
		}
		if !low.Get("value").Exists() && !high.Get("value").Exists() {
			return nil
		}
		v.unit(unit)
		return []val{v}
	case "Quantity":
		x := n.Get("value")
		if !x.Exists() {
			return nil
		}
		v := val{num: decimal(x), min: decimal(x), max: decimal(x)}
		switch c := n.Get("comparator").Str(); {
		case strings.HasPrefix(c, "<"):
			v.min = fhir.Lowest()
		case strings.HasPrefix(c, ">"):
			v.max = fhir.Highest()
		}
		v.unit(n)
		return []val{v}
	}
	d := decimal(n)
	return []val{{num: d, min: d, max: d}}
}

func (v *val) unit(n fhir.Node) {
	v.system, v.code, v.texts = n.Get("system").Str(), n.Get("code").Str(), []string{n.Get("unit").Str()}
}

func readReference(n fhir.Node) []val {
	var out []val
	if r := n.Get("reference"); r.Exists() {
		out = append(out, val{str: r.Str()})
	}
	if i := n.Get("identifier"); i.Exists() {
		v := val{ident: true, system: i.Get("system").Str(), code: strings.ToLower(i.Get("value").Str())}
		if v.system != "" || v.code != "" {
			out = append(out, v)
		}
	}
	return out
}

// readCanonical gives url|version and the url by itself.
func readCanonical(s string) []val {
	if url, _, ok := strings.Cut(s, "|"); ok {
		return []val{{str: s}, {str: url}}
	}
	return []val{{str: s}}
}

// typeOfRef is the type that a Reference leads to, by its text or else its
// type element.
func typeOfRef(n fhir.Node) string {
	text, _, _ := strings.Cut(n.Get("reference").Str(), "/_history/")
	if parts := strings.Split(text, "/"); len(parts) > 1 {
		return parts[len(parts)-2]
	}
	return n.Get("type").Str()
}

var plainLetters = strings.NewReplacer("é", "e", "ë", "e", "ö", "o", "ø", "o", "å", "a", "ß", "ss", "'", "", "’", "")

// fold compares texts without case, accents and punctuation.
func fold(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsPunct(r) || unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, plainLetters.Replace(strings.ToLower(s)))
	return strings.Join(strings.Fields(s), " ")
}

// wordsOf lists the words of every string below n; of the narrative without
// its tags.
func wordsOf(n fhir.Node, into map[string]bool) {
	if n.Kind() == fhir.String {
		s := n.Str()
		if n.Key() == "div" {
			s = untag(s)
		}
		for _, w := range strings.Fields(fold(s)) {
			into[w] = true
		}
	}
	for c := range n.Each() {
		wordsOf(c, into)
	}
}

func untag(s string) string {
	var b strings.Builder
	inside := false
	for _, r := range s {
		switch {
		case r == '<':
			inside = true
			b.WriteByte(' ')
		case r == '>':
			inside = false
		case !inside:
			b.WriteRune(r)
		}
	}
	return html.UnescapeString(b.String())
}
