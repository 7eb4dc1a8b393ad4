package portal

import (
	"math"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/units"
	"github.com/bevanhealth/bevan/internal/access"
)

// test names what was measured: a code in its system.
type test struct{ system, code string }

// shortSystems are the systems of codes that addresses of pages name by a word.
var shortSystems = map[string]string{"loinc": loincSystem, "sct": "http://snomed.info/sct"}

const loincSystem = "http://loinc.org"

// String writes it for an address: system|code.
func (t test) String() string {
	for name, uri := range shortSystems {
		if uri == t.system {
			return name + "|" + t.code
		}
	}
	return t.system + "|" + t.code
}

const maxTest = 300 // bytes

// readTest reads one from an address. It is not ok for what is none.
func readTest(s string) (test, bool) {
	system, code, found := strings.Cut(s, "|")
	if !found || system == "" || code == "" || len(s) > maxTest || strings.ContainsAny(s, ",\\$|") && strings.Count(s, "|") > 1 || strings.ContainsAny(s, ",\\$ \t\n") {
		return test{}, false
	}
	if uri, ok := shortSystems[system]; ok {
		system = uri
	}
	return test{system, code}, true
}

// reading is one value of a result, or of one part of it.
type reading struct {
	test  test // zero for one that has no code
	name  string
	part  bool     // of a result that has several, such as blood pressure
	codes []string // all LOINC codes of it

	value   fhir.Quantity // where it is a number
	words   string        // the value as it was written, in words; "" for none
	low, hi float64       // the usual range, in the value's unit; NaN where open or unknown
	rangeIs string        // the range as it was written
	said    string        // what whoever tested it marked: high, low, inside, odd, found, not-found
}

// result is an Observation as the pages of results see it.
type result struct {
	id, name string
	test     test
	at       time.Time // zero where it is not known
	day      string
	by       string
	status   string
	category string
	wait     wait
	hidden   bool
	hard     bool // people may choose not to see its kind at once, and few like to
	all      []reading
	link     string
}

// numeric says whether there is a number to draw.
func (r reading) numeric() bool { return r.value.HasValue }

// drawn says whether a result counts at all: one that was marked as wrong, or that
// was stopped, is told and not drawn.
func (r result) drawn() bool {
	return r.status != "entered-in-error" && r.status != "cancelled" && r.status != "registered"
}

// readResult reads an Observation.
func (f *folder) readResult(t *fhir.Tree) result {
	root := t.Root()
	reader := f.reader()
	e := reader.Head(t)
	r := result{id: e.ID, name: e.Title, by: e.By, status: root.Get("status").Str(), category: resultCategory(root), day: f.p.words.Results.NoDate}
	r.link = f.at + "/Observation/" + e.ID
	r.test = testOf(root.Get("code"))
	for _, n := range []fhir.Node{root.Get("effectiveDateTime"), root.Get("effectivePeriod").Get("start"), root.Get("effectiveInstant"), root.Get("issued")} {
		d, err := fhir.ParseDateTime(n.Str())
		if err != nil {
			continue
		}
		low, _ := d.Range()
		r.at, r.day = time.UnixMicro(low).UTC(), reader.W.Day(n.Str())
		break
	}
	whole := f.readValue(root, r.name)
	if whole.words == "" {
		for _, row := range reader.Rows(t) {
			if row.Label == f.p.words.Record.Labels["value"] {
				whole.words = row.Value
			}
		}
	}
	for c := range root.Get("component").Items() {
		name := conceptText(c.Get("code"))
		part := f.readValue(c, name)
		part.part = true
		r.all = append(r.all, part)
	}
	if whole.words != "" || len(r.all) == 0 {
		r.all = slices.Insert(r.all, 0, whole)
	}
	r.wait, r.hidden = f.waits(t)
	r.hard = f.p.cfg.Displays != nil && f.p.cfg.Displays.Rules.Hard(t)
	return r
}

func resultCategory(root fhir.Node) string {
	for c := range root.Get("category").Items() {
		for k := range c.Get("coding").Items() {
			if k.Get("system").Is("http://terminology.hl7.org/CodeSystem/observation-category") {
				return k.Get("code").Str()
			}
		}
	}
	return ""
}

// testOf is the code by which a result is looked for: the first that has a system.
func testOf(concept fhir.Node) test {
	for c := range concept.Get("coding").Items() {
		if t := (test{c.Get("system").Str(), c.Get("code").Str()}); t.system != "" && t.code != "" {
			if again, ok := readTest(t.String()); ok && again == t {
				return t
			}
		}
	}
	return test{}
}

// conceptText is a concept as whoever wrote it said it.
func conceptText(n fhir.Node) string {
	if s := n.Get("text").Str(); s != "" {
		return s
	}
	for c := range n.Get("coding").Items() {
		if s := c.Get("display").Str(); s != "" {
			return s
		}
	}
	return n.Get("coding").At(0).Get("code").Str()
}

// readValue reads the value of an Observation or of a component.
func (f *folder) readValue(n fhir.Node, name string) reading {
	r := reading{test: testOf(n.Get("code")), name: name, low: math.NaN(), hi: math.NaN()}
	for c := range n.Get("code").Get("coding").Items() {
		if c.Get("system").Is(loincSystem) {
			r.codes = append(r.codes, c.Get("code").Str())
		}
	}
	if q, ok := fhir.ParseQuantity(n.Get("valueQuantity")); ok && q.HasValue {
		r.value, r.words = q, f.amount(q)
	} else if v := n.Get("valueInteger"); v.Kind() == fhir.Number {
		if d, err := fhir.ParseDecimal(v.Text()); err == nil {
			r.value, r.words = fhir.Quantity{Value: d, HasValue: true}, d.String()
		}
	} else if s := conceptText(n.Get("valueCodeableConcept")); s != "" {
		r.words = s
	} else if s := n.Get("valueString").Str(); s != "" {
		r.words = s
	}
	r.readRange(f, n)
	for c := range n.Get("interpretation").Items() {
		for k := range c.Get("coding").Items() {
			if s := marks[k.Get("code").Str()]; s != "" && r.said == "" {
				r.said = s
			}
		}
	}
	return r
}

// marks are the codes of HL7's v3-ObservationInterpretation that can be told.
var marks = map[string]string{"H": "high", "HH": "high", "HU": "high", "H>": "high", "L": "low", "LL": "low", "LU": "low", "L<": "low", "N": "inside",
	"A": "odd", "AA": "odd", "POS": "found", "DET": "found", "NEG": "not-found", "ND": "not-found"}

// readRange takes the range that is for everybody, or said to be the usual one. Of
// several that apply to different people none is chosen here.
func (r *reading) readRange(f *folder, n fhir.Node) {
	var found []fhir.Node
	for one := range n.Get("referenceRange").Items() {
		usual := !one.Get("type").Exists()
		for c := range one.Get("type").Get("coding").Items() {
			usual = usual || c.Get("code").Is("normal")
		}
		if usual {
			found = append(found, one)
		}
	}
	if len(found) != 1 {
		return
	}
	low, lowOK := fhir.ParseQuantity(found[0].Get("low"))
	high, highOK := fhir.ParseQuantity(found[0].Get("high"))
	unit := units.Published().Unit(r.value)
	same := func(q fhir.Quantity) bool {
		u := units.Published().Unit(q)
		return q.HasValue && (u == unit || u == "")
	}
	w := f.p.words.Results
	switch {
	case lowOK && highOK && low.HasValue && high.HasValue:
		r.rangeIs = low.Value.String() + " " + w.RangeTo + " " + f.amount(high)
	case lowOK && low.HasValue:
		r.rangeIs = w.RangeOver + " " + f.amount(low)
	case highOK && high.HasValue:
		r.rangeIs = w.RangeUnder + " " + f.amount(high)
	default:
		r.rangeIs = found[0].Get("text").Str()
		return
	}
	if lowOK && low.HasValue && !same(low) || highOK && high.HasValue && !same(high) {
		return // a range in another unit is told, and nothing is held against it
	}
	if lowOK && low.HasValue {
		r.low = low.Value.Float64()
	}
	if highOK && high.HasValue {
		r.hi = high.Value.Float64()
	}
}

// amount is a quantity as people write it.
func (f *folder) amount(q fhir.Quantity) string {
	t := units.Published()
	unit := q.Unit
	if unit == "" {
		unit = q.Code
	}
	if name := t.Name(t.Unit(q)); name != t.Unit(q) {
		unit = name
	}
	return strings.TrimSpace(f.p.words.Results.Signs[q.Comparator] + " " + q.Value.String() + " " + unit)
}

// meaning says where a value lies: high, low, inside, unplaced or unknown.
func (r reading) meaning() string {
	if !r.numeric() || math.IsNaN(r.low) && math.IsNaN(r.hi) || r.low > r.hi {
		return "unknown"
	}
	v := r.value.Value.Float64()
	above, below := r.value.Comparator == ">" || r.value.Comparator == ">=", r.value.Comparator == "<" || r.value.Comparator == "<="
	switch {
	case above && v >= r.hi && (v > r.hi || r.value.Comparator == ">"):
		return "high"
	case below && v <= r.low && (v < r.low || r.value.Comparator == "<"):
		return "low"
	case above && math.IsNaN(r.hi) && v >= r.low, below && math.IsNaN(r.low) && v <= r.hi:
		return "inside"
	case above || below:
		return "unplaced"
	case v > r.hi:
		return "high"
	case v < r.low:
		return "low"
	}
	return "inside"
}

// meansWords are what is said of a value: where it lies, and what whoever tested
// it marked, where that says something else or nothing is known.
func (f *folder) meansWords(r reading) string {
	w := f.p.words.Results
	says := w.Meaning
	if f.care() {
		says = w.MeaningCare
	}
	m := r.meaning()
	if r.said == "" || r.said == m {
		return says[m]
	}
	if m == "unknown" {
		return w.Said[r.said]
	}
	return says[m] + ". " + w.Said[r.said]
}

// care says whether somebody looks who looks after the person.
func (f *folder) care() bool { return f.why == access.Care }
