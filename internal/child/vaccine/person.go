package vaccine

// Sex as a schedule asks for it. Empty is not known.
type Sex string

// The sexes that a rule can ask for.
const (
	Male    Sex = "male"
	Female  Sex = "female"
	Unknown Sex = "unknown"
)

// Person is what the engine has to know of somebody.
type Person struct {
	Born         Date
	Sex          Sex
	Country      string // of birth, as the schedule writes it; empty is not known
	History      []Given
	Observations []Observed
}

// Given is a dose that was given. The order of a history does not matter.
type Given struct {
	On      Date    // one without a day can not be held against anything, and is not
	Vaccine string  // its code in the schedule
	Product string  // trade name, if known
	Maker   string  // code of the manufacturer, if known
	Amount  float64 // millilitres; 0 is not known
	// Expires is the last day of the lot, if known.
	Expires Date
	// SubStandard says that something was wrong with the dose: a recall, a
	// break of the cold chain, half a dose (dose condition flag, section 6.1).
	SubStandard bool
}

// Observed is a fact about a person: what the schedule asks for by a code.
type Observed struct {
	Code string // of the schedule
	On   Date   // the day that intervals are counted from; 0 is not known
}
