package growing

import (
	"math/big"
	"regexp"
	"strings"

	"github.com/bevanhealth/bevan/growth"
)

// Amount is a measured amount as somebody typed it.
type Amount struct {
	Value string  // a decimal of JSON, with the digits that were typed
	Unit  string  // UCUM
	Shown string  // the unit as people write it
	In    float64 // in the unit of the measure
}

// Wrong says why what was typed is no amount.
type Wrong int

// What can be wrong with it.
const (
	Right       Wrong = iota
	NoNumber          // there is no number, or more than one that belongs together
	OtherUnit         // the unit is of something else, such as cm for a weight
	UnknownUnit       // nobody knows the unit
)

// spelled are the units that people type, as UCUM writes them.
var spelled = map[string]string{
	"kg": "kg", "kgs": "kg", "kilo": "kg", "kilos": "kg", "kilogram": "kg", "kilograms": "kg", "g": "g", "gram": "g", "grams": "g",
	"lb": "[lb_av]", "lbs": "[lb_av]", "pound": "[lb_av]", "pounds": "[lb_av]", "oz": "[oz_av]", "ounce": "[oz_av]", "ounces": "[oz_av]",
	"st": "[stone_av]", "stone": "[stone_av]", "stones": "[stone_av]",
	"cm": "cm", "cms": "cm", "centimetre": "cm", "centimetres": "cm", "mm": "mm", "millimetre": "mm", "millimetres": "mm", "m": "m", "metre": "m", "metres": "m",
	"in": "[in_i]", "inch": "[in_i]", "inches": "[in_i]", `"`: "[in_i]", "ft": "[ft_i]", "foot": "[ft_i]", "feet": "[ft_i]", "'": "[ft_i]",
}

// shownAs are units as people write them.
var shownAs = map[string]string{"[lb_av]": "lb", "[oz_av]": "oz", "[stone_av]": "st", "[in_i]": "in", "[ft_i]": "ft"}

// smaller are the units that people type behind another one, and how many of them that
// one is: 7 lb 4 oz.
var smaller = map[[2]string]int64{{"[lb_av]", "[oz_av]"}: 16, {"[ft_i]", "[in_i]"}: 12, {"[stone_av]", "[lb_av]"}: 14}

// amountForm is a number with its unit, and maybe a smaller one behind it.
var amountForm = regexp.MustCompile(`^(\d{1,6}(?:[.,]\d{1,4})?) ?([a-z'"]*)(?: ?(\d{1,3}(?:[.,]\d{1,3})?) ?([a-z"]+))?$`)

// maxAmount bounds what is read, in bytes.
const maxAmount = 60

// Typed reads a weight, a length or a head size as people write them: 3.5, 3500 g, 7 lb
// 4 oz, 50.2 cm. Without a unit it is in kg or cm.
func Typed(of growth.Measure, text string) (Amount, Wrong) {
	text = strings.ToLower(strings.Join(strings.Fields(text), " "))
	m := amountForm.FindStringSubmatch(text)
	if m == nil || len(text) > maxAmount {
		return Amount{}, NoNumber
	}
	unit := wanted[of]
	if m[2] != "" {
		code, ok := spelled[m[2]]
		if !ok {
			return Amount{}, UnknownUnit
		}
		unit = code
	}
	by, fits := codes().factors[wanted[of]][unit]
	if !fits {
		return Amount{}, OtherUnit
	}
	value := plainDecimal(m[1])
	if m[3] != "" {
		small, known := spelled[m[4]]
		if !known {
			return Amount{}, UnknownUnit
		}
		each, ok := smaller[[2]string{unit, small}]
		if !ok {
			return Amount{}, NoNumber
		}
		if value, ok = together(value, plainDecimal(m[3]), each); !ok {
			return Amount{}, NoNumber
		}
	}
	number, ok := new(big.Rat).SetString(value)
	if !ok {
		return Amount{}, NoNumber
	}
	in, _ := number.Float64()
	shown := unit
	if s := shownAs[unit]; s != "" {
		shown = s
	}
	return Amount{Value: value, Unit: unit, Shown: shown, In: in * by}, Right
}

// plainDecimal is a number as JSON has it: with a point, and without zeros in front.
func plainDecimal(s string) string {
	s = strings.Replace(s, ",", ".", 1)
	for len(s) > 1 && s[0] == '0' && s[1] != '.' {
		s = s[1:]
	}
	return s
}

// together adds so many of a smaller unit to a larger one, of which each has that many:
// 7 lb 4 oz is 7.25 lb. There have to be fewer of them than make one.
func together(large, small string, each int64) (string, bool) {
	a, ok1 := new(big.Rat).SetString(large)
	b, ok2 := new(big.Rat).SetString(small)
	if !ok1 || !ok2 || !a.IsInt() || b.Cmp(new(big.Rat).SetInt64(each)) >= 0 {
		return "", false
	}
	sum := a.Add(a, b.Quo(b, new(big.Rat).SetInt64(each)))
	s := sum.FloatString(4)
	return strings.TrimRight(strings.TrimRight(s, "0"), "."), true
}
