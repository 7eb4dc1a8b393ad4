// Package units says a measured amount in another unit, where the factor between
// the two is known exactly: kilograms and pounds, degrees, and amounts of
// substances of which the molar mass is known. Factors are data (units.json), each
// with its source.
//
// Why here: what 95 mg/dL is in mmol/L follows from its arguments alone. What is not here:
// UCUM's grammar (fhirpath compares quantities by it), and which unit is shown.
package units

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/bevanhealth/bevan/fhir"
)

//go:embed units.json
var published []byte

// System is the URI of UCUM.
const System = "http://unitsofmeasure.org"

// Conversion is how a number in one unit becomes one in another: times Times,
// divided by Over, and Add added.
type Conversion struct {
	Of, Formula, Source string
	From, To            string   // UCUM codes
	Times, Over, Add    string   // decimals; "" is 1, 1 and 0
	Codes               []string // LOINC codes of what is measured; none is anything

	factor, add *big.Rat
}

// Table is what is known of units.
type Table struct {
	ID, Version, Effective, Licence string
	Sources                         []string
	Shown                           map[string]string // UCUM codes as people write them
	Written                         map[string]string // units that people wrote, as UCUM codes
	Conversions                     []Conversion
}

// Published is the table that comes with Bevan.
var Published = sync.OnceValue(func() *Table {
	t, err := Read(published)
	if err != nil {
		panic("units: " + err.Error()) // the file is part of the program, and a test reads it
	}
	return t
})

// Read reads a table. What it does not understand it refuses.
func Read(text []byte) (*Table, error) {
	t := &Table{}
	d := json.NewDecoder(bytes.NewReader(text))
	d.DisallowUnknownFields()
	if err := d.Decode(t); err != nil {
		return nil, err
	}
	if _, err := time.Parse(time.DateOnly, t.Effective); err != nil || t.Version == "" || len(t.Sources) == 0 {
		return nil, fmt.Errorf("the table needs a version, a day from which it holds, and sources")
	}
	for i := range t.Conversions {
		c := &t.Conversions[i]
		times, ok1 := decimal(c.Times, 1)
		over, ok2 := decimal(c.Over, 1)
		add, ok3 := decimal(c.Add, 0)
		if !ok1 || !ok2 || !ok3 || times.Sign() <= 0 || over.Sign() <= 0 || c.From == "" || c.To == "" || c.From == c.To || c.Of == "" || c.Source == "" {
			return nil, fmt.Errorf("%s, from %s to %s: a factor, a unit, a name or the source is missing", c.Of, c.From, c.To)
		}
		c.factor, c.add = times.Quo(times, over), add
	}
	return t, nil
}

// maxDigits bounds a number that is converted: more digits were measured by
// nobody, and an exponent could make it as long as it likes.
const maxDigits = 40

func decimal(s string, otherwise int64) (*big.Rat, bool) {
	if s == "" {
		return big.NewRat(otherwise, 1), true
	}
	if len(s) > maxDigits || strings.ContainsAny(s, "eE/xXpP_") {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

// Unit is the UCUM code of a quantity, as far as it has one or its unit is
// written in a known way, and otherwise the unit as it was written.
func (t *Table) Unit(q fhir.Quantity) string {
	if q.System == System && q.Code != "" {
		return q.Code
	}
	if code, ok := t.Written[q.Unit]; ok {
		return code
	}
	if q.Unit == "" {
		return q.Code
	}
	return q.Unit
}

// Name is a unit as people write it.
func (t *Table) Name(unit string) string {
	if s, ok := t.Shown[unit]; ok {
		return s
	}
	return unit
}

// To are the units in which an amount can be said as well; codes are the LOINC
// codes of what was measured.
func (t *Table) To(unit string, codes []string) (all []string) {
	for _, c := range t.Conversions {
		if !c.fits(codes) {
			continue
		}
		if c.From == unit && !slices.Contains(all, c.To) {
			all = append(all, c.To)
		}
		if c.To == unit && !slices.Contains(all, c.From) {
			all = append(all, c.From)
		}
	}
	return all
}

func (c Conversion) fits(codes []string) bool {
	return len(c.Codes) == 0 || slices.ContainsFunc(codes, func(s string) bool { return slices.Contains(c.Codes, s) })
}

// Convert says a number in another unit. The number has as many digits that
// count as the one that was written, and two at least, so that it claims no more
// than was measured. It is not ok where no factor is known.
func (t *Table) Convert(value fhir.Decimal, from, to string, codes []string) (fhir.Decimal, bool) {
	if from == to {
		return value, true
	}
	f, ok := decimal(value.String(), 0)
	if !ok || value.String() == "" {
		return fhir.Decimal{}, false
	}
	for _, c := range t.Conversions {
		if !c.fits(codes) {
			continue
		}
		var out *big.Rat
		switch {
		case c.From == from && c.To == to:
			out = new(big.Rat).Mul(f, c.factor)
			out.Add(out, c.add)
		case c.To == from && c.From == to:
			out = new(big.Rat).Sub(f, c.add)
			out.Quo(out, c.factor)
		default:
			continue
		}
		d, err := fhir.ParseDecimal(out.FloatString(places(out, digits(value.String()))))
		return d, err == nil
	}
	return fhir.Decimal{}, false
}

// digits is how many digits of a number count: from the first that is not zero.
func digits(s string) int {
	s = strings.TrimLeft(strings.Replace(strings.TrimLeft(s, "+-"), ".", "", 1), "0")
	return max(len(s), 2)
}

// places is how many decimals give a number so many digits that count.
func places(f *big.Rat, count int) int {
	g, _ := new(big.Float).SetPrec(64).SetRat(new(big.Rat).Abs(f)).Float64()
	whole := 0 // digits before the point; below zero for zeros behind it
	for x := g; x >= 1 && whole < maxDigits; x /= 10 {
		whole++
	}
	for x := g; x > 0 && x < 0.1 && whole > -maxDigits; x *= 10 {
		whole--
	}
	return max(count-whole, 0)
}
