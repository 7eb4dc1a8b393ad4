package growth

// Sex is the sex that a reference has tables for.
type Sex int8

// The sexes. References have no table for anybody whose sex is not known.
const (
	SexNotKnown Sex = iota
	Male
	Female
	sexes
)

var sexNames = [...]string{"", "male", "female"}

// String is the name in the table format: male, female, or nothing.
func (s Sex) String() string {
	if s < 0 || s >= sexes {
		return ""
	}
	return sexNames[s]
}

// ParseSex reads male or female.
func ParseSex(s string) (Sex, bool) {
	for i, name := range sexNames {
		if i > 0 && s == name {
			return Sex(i), true
		}
	}
	return SexNotKnown, false
}

// Measure is what was measured.
type Measure int8

// The measures. Height is the length of a child who lies, too: which of the two
// it is follows from Method, and from the reference at that age.
const (
	Weight Measure = iota // kg
	Height                // cm
	Head                  // cm, around the head
	BMI                   // kg/m², weight by the square of the height
	measures
)

// Measures are all measures, in the order in which they are shown.
var Measures = [...]Measure{Weight, Height, Head, BMI}

var measureNames = [...]string{"weight", "height", "head", "bmi"}

// String is the name in tables and files: weight, height, head or bmi.
func (m Measure) String() string {
	if m < 0 || m >= measures {
		return ""
	}
	return measureNames[m]
}

// Unit is the unit of values: kg, cm or kg/m².
func (m Measure) Unit() string {
	switch m {
	case Weight:
		return "kg"
	case BMI:
		return "kg/m²"
	default:
		return "cm"
	}
}

// ParseMeasure reads the name of a measure. Length is taken for height, and ofc
// (the name in the published tables) for head.
func ParseMeasure(s string) (Measure, bool) {
	switch s {
	case "length":
		return Height, true
	case "ofc":
		return Head, true
	}
	for i, name := range measureNames {
		if s == name {
			return Measure(i), true
		}
	}
	return 0, false
}

// Method is how length or height was measured.
type Method int8

// The methods.
const (
	NotSaid  Method = iota
	Lying           // length
	Standing        // height
)

var methodNames = [...]string{"", "lying", "standing"}

// String is lying, standing, or nothing.
func (m Method) String() string {
	if m < 0 || int(m) >= len(methodNames) {
		return ""
	}
	return methodNames[m]
}

// ParseMethod reads lying or standing; nothing is NotSaid.
func ParseMethod(s string) (Method, bool) {
	for i, name := range methodNames {
		if s == name {
			return Method(i), true
		}
	}
	return NotSaid, false
}

// Child is what is known of whoever is measured.
type Child struct {
	Born      Date
	Sex       Sex
	Gestation int // days of pregnancy at birth, such as 280 for 40 weeks; 0 is not known
}

// Measurement is one value on one day.
type Measurement struct {
	Of     Measure
	Value  float64 // in Of.Unit()
	On     Date
	Method Method
}

// Term is the length of a pregnancy, in days, from which corrected age counts: 40
// weeks.
const Term = 280

// YearDays is how many days a year of decimal age has.
const YearDays = 365.25

// Correction is the rule by which age is corrected for birth before or after
// term.
type Correction int8

const (
	// ForLife corrects for everybody, also for those born at or after term, at
	// any age. It is current practice (RCPCH digital growth charts).
	ForLife Correction = iota
	// Legacy is the rule of the paper charts: those born at 32 to 36 completed
	// weeks until they are one year old, those born earlier until they are two,
	// and nobody else. The years are counted from birth.
	Legacy
)

// Age is how old the child is on a day, in decimal years since birth.
func (c Child) Age(on Date) float64 { return float64(on-c.Born) / YearDays }

// CorrectedAge is how old the child would be on a day if it had been born at
// term, in decimal years: below zero before that. When the length of the
// pregnancy is not known or can not be, or the rule corrects no more, it is Age,
// and corrected is false.
func (c Child) CorrectedAge(on Date, rule Correction) (years float64, corrected bool) {
	years = c.Age(on)
	if !plausibleGestation(c.Gestation) {
		return years, false
	}
	if rule == Legacy {
		until := 0.0
		switch weeks := c.Gestation / 7; {
		case weeks < 32:
			until = 2
		case weeks < 37:
			until = 1
		}
		if years >= until {
			return years, false
		}
	}
	return float64(on-c.Born-Date(Term-c.Gestation)) / YearDays, true
}
