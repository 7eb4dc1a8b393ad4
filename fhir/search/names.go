package search

import "strconv"

var kindNames = [...]string{"", "number", "date", "string", "token", "reference", "composite", "quantity", "uri", "special"}

// String is the kind's code in R4's search-param-type.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "Kind(" + strconv.Itoa(int(k)) + ")"
}

// kindOf reads a code of search-param-type; 0 for an unknown one.
func kindOf(code string) Kind {
	for k, n := range kindNames {
		if k > 0 && n == code {
			return Kind(k)
		}
	}
	return 0
}

var modifierNames = [...]string{"", "exact", "contains", "missing", "not", "text", "above", "below", "of-type", "identifier", "[type]"}

// String is the modifier as it is written after the colon.
func (m Modifier) String() string {
	if int(m) < len(modifierNames) {
		return modifierNames[m]
	}
	return "Modifier(" + strconv.Itoa(int(m)) + ")"
}

// allowed lists the modifiers of R4 (section 3.1.1.4.4) that each kind takes
// here. `:missing` is for all but combinations and special parameters.
var allowed = map[Kind][]Modifier{
	Number:    {Missing},
	Date:      {Missing},
	String:    {Exact, Contains, Missing},
	Token:     {Not, Text, OfType, Missing},
	Reference: {Identifier, TypeModifier, Missing},
	Quantity:  {Missing},
	URI:       {Above, Below, Missing},
}

// waiting lists the modifiers of tokens that are correct FHIR but need to know
// the codes of a value set or the hierarchy of a code system.
var waiting = []string{"in", "not-in", "above", "below"}

// example is a value of each kind as it is written in a query.
var example = map[Kind]string{
	Number:    "5.4 or gt5.4",
	Date:      "2010-01-31 or ge2010-01",
	String:    "smith",
	Token:     "http://loinc.org|8302-2 or 8302-2",
	Reference: "Patient/123 or 123",
	Composite: "8302-2$gt100",
	Quantity:  "gt5.4|http://unitsofmeasure.org|kg",
	URI:       "http://example.org/form",
	Special:   "asthma",
}
