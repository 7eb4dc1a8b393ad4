package growing

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/units"
	"github.com/bevanhealth/bevan/growth"
)

//go:embed codes.json
var published []byte

// meaning is what a code says was measured.
type meaning struct {
	Of     string // a measure of growth, or gestation, mother or father
	Birth  bool   // it was measured at birth
	Method string
	System string
	Codes  []string
}

// conversion is the factors from other units to one.
type conversion struct {
	To   string
	From map[string]json.Number
}

// table is codes.json.
type table struct {
	ID, Version, Effective, Source, Licence string
	SignedOff                               any
	Measures                                []meaning
	Units                                   []conversion
	Written                                 map[string]string

	byCode  map[[2]string]meaning
	factors map[string]map[string]float64 // by the unit that is wanted, by the one that was written
}

var codes = sync.OnceValue(func() *table {
	t, err := readTable(published)
	if err != nil {
		panic("growing: " + err.Error()) // the file is part of the program, and a test reads it
	}
	return t
})

// readTable reads such a file. What it does not understand it refuses.
func readTable(text []byte) (*table, error) {
	t := &table{byCode: map[[2]string]meaning{}, factors: map[string]map[string]float64{}}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(t); err != nil {
		return nil, err
	}
	if t.ID == "" || t.Version == "" || t.Effective == "" || t.Source == "" || t.Licence == "" {
		return nil, fmt.Errorf("the table needs an id, a version, a day from which it holds, a source and a licence")
	}
	for _, m := range t.Measures {
		if _, ok := growth.ParseMeasure(m.Of); !ok && !slices.Contains([]string{"gestation", "mother", "father"}, m.Of) {
			return nil, fmt.Errorf("%q is nothing that is measured", m.Of)
		}
		if _, ok := growth.ParseMethod(m.Method); !ok {
			return nil, fmt.Errorf("%q is no method", m.Method)
		}
		for _, code := range m.Codes {
			if _, twice := t.byCode[[2]string{m.System, code}]; twice {
				return nil, fmt.Errorf("%s stands there twice", code)
			}
			t.byCode[[2]string{m.System, code}] = m
		}
	}
	for _, u := range t.Units {
		t.factors[u.To] = map[string]float64{}
		for from, by := range u.From {
			f, err := by.Float64()
			if err != nil || !(f > 0) {
				return nil, fmt.Errorf("%s to %s: %q is no factor", from, u.To, by)
			}
			t.factors[u.To][from] = f
		}
	}
	return t, nil
}

// Codes are all codes of what this room reads, as the value of a search by code.
func Codes() string { return codes().search(nil) }

// search are the codes of what is asked for; nil is everything.
func (t *table) search(of []string) string {
	var all []string
	for _, m := range t.Measures {
		if of != nil && !slices.Contains(of, m.Of) {
			continue
		}
		for _, c := range m.Codes {
			all = append(all, m.System+"|"+c)
		}
	}
	return strings.Join(all, ",")
}

// meaningOf is what an Observation's code says was measured. Of several codes each adds
// what it knows: one of height and one of length are a length.
func (t *table) meaningOf(concept fhir.Node) (m meaning, ok bool) {
	for c := range concept.Get("coding").Items() {
		one, there := t.byCode[[2]string{c.Get("system").Str(), c.Get("code").Str()}]
		switch {
		case !there || ok && one.Of != m.Of:
			continue
		case !ok:
			m, ok = one, true
		}
		m.Birth = m.Birth || one.Birth
		if m.Method == "" {
			m.Method = one.Method
		}
	}
	return m, ok
}

// In is a quantity in another unit: kg, cm, kg/m2 or d. It is not ok where only a limit
// is known, where the unit is of something else, or where there is none.
func In(unit string, q fhir.Quantity) (v float64, ok bool) {
	t := codes()
	if !q.HasValue || q.Comparator != "" {
		return 0, false
	}
	from := units.Published().Unit(q)
	if code, known := t.Written[strings.TrimSpace(q.Unit)]; known && q.System != units.System {
		from = code
	}
	by, ok := t.factors[unit][from]
	return q.Value.Float64() * by, ok
}
