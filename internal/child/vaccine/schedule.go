package vaccine

// Schedule is a set of rules as data: what [ReadSchedule] reads and [Compile]
// makes a plan of. The names are those of the Logic Specification where it has
// one; what goes beyond it is said.
type Schedule struct {
	ID        string   `json:"id"`
	Title     string   `json:"title,omitzero"`
	Version   string   `json:"version"`
	Effective Date     `json:"effective,omitzero"` // the day from which it is in force
	Source    string   `json:"source"`
	Licence   string   `json:"licence"`
	SignedOff *SignOff `json:"signedOff"` // null when nobody has

	Groups       []Group       `json:"groups"`
	Vaccines     []Vaccine     `json:"vaccines"`
	Conflicts    []Conflict    `json:"conflicts,omitzero"`
	Observations []Observation `json:"observations,omitzero"`
	Antigens     []Antigen     `json:"antigens"`
}

// SignOff says who answers for a schedule: somebody with a name.
type SignOff struct {
	By string `json:"by"`
	On Date   `json:"on"`
}

// Group is what is forecast together, as measles, mumps and rubella are
// (vaccine group, chapter 9).
type Group struct {
	Name     string   `json:"name"`
	Antigens []string `json:"antigens"`
	// Full says that the whole group is given at once, so that the least dose
	// number of its antigens is the next ("administer full vaccine group").
	Full bool `json:"full,omitzero"`
}

// Vaccine is a code that a dose can have, with what it protects against.
type Vaccine struct {
	Code     string        `json:"code"`
	Name     string        `json:"name,omitzero"`
	Contains []Association `json:"contains"`
}

// Association says that a vaccine counts for an antigen, if given at an age in
// [From, Until).
type Association struct {
	Antigen string `json:"antigen"`
	From    Period `json:"from,omitzero"`
	Until   Period `json:"until,omitzero"`
}

// Conflict keeps two vaccines apart (live virus conflict, section 6.7): Current
// may not be given from Begin after Previous until End, or until the lesser
// MinEnd if that dose was valid.
type Conflict struct {
	Previous string `json:"previous"`
	Current  string `json:"current"`
	Begin    Period `json:"begin"`
	MinEnd   Period `json:"minEnd"`
	End      Period `json:"end"`
}

// Observation is a fact about a person that the rules ask for by its code. The
// other codes are those of records that say the same.
type Observation struct {
	Code  string  `json:"code"`
	Title string  `json:"title,omitzero"`
	Codes []Coded `json:"codes,omitzero"`
}

// Coded is a code in a code system.
type Coded struct {
	System string `json:"system"`
	Code   string `json:"code"`
}

// Antigen is what a person is protected against, with all ways there. A
// schedule by programmes names a programme here: "6-in-1" works as well as
// "Polio".
type Antigen struct {
	Name                    string                    `json:"name"`
	Immunity                Immunity                  `json:"immunity,omitzero"`
	Contraindications       []Contraindication        `json:"contraindications,omitzero"`
	VaccineContraindication []VaccineContraindication `json:"vaccineContraindications,omitzero"`
	Series                  []Series                  `json:"series"`
}

// Immunity is what stands for protection without a vaccine (section 7.2).
type Immunity struct {
	Observations []string         `json:"observations,omitzero"`
	Born         []BornProtection `json:"born,omitzero"`
}

// BornProtection says that who was born before a date, in that country if one
// is named, is taken to be immune, unless an observation excludes it.
type BornProtection struct {
	Before  Date     `json:"before"`
	Country string   `json:"country,omitzero"`
	Unless  []string `json:"unless,omitzero"`
}

// Contraindication is a fact for which an antigen is not forecast at ages in
// [From, Until) (section 7.3).
type Contraindication struct {
	Observation string `json:"observation"`
	Text        string `json:"text,omitzero"`
	Guidance    string `json:"guidance,omitzero"`
	From        Period `json:"from,omitzero"`
	Until       Period `json:"until,omitzero"`
}

// VaccineContraindication is a fact for which some vaccines are not forecast.
type VaccineContraindication struct {
	Observation string        `json:"observation"`
	Text        string        `json:"text,omitzero"`
	Guidance    string        `json:"guidance,omitzero"`
	Vaccines    []AgedVaccine `json:"vaccines"`
}

// AgedVaccine is a vaccine at ages in [From, Until).
type AgedVaccine struct {
	Vaccine string `json:"vaccine"`
	From    Period `json:"from,omitzero"`
	Until   Period `json:"until,omitzero"`
}

// SeriesType says for whom a series is (section 5.1).
type SeriesType string

// The types of series.
const (
	Standard       SeriesType = "standard"        // for everybody
	Risk           SeriesType = "risk"            // for whom an indication applies to
	EvaluationOnly SeriesType = "evaluation only" // proves protection if complete; never forecast
)

// Series is one way to be protected against an antigen.
type Series struct {
	Name     string     `json:"name"`
	Group    string     `json:"group"` // the vaccine group of its forecast
	Type     SeriesType `json:"type"`
	Guidance []string   `json:"guidance,omitzero"`
	Sex      []Sex      `json:"sex,omitzero"` // empty: everybody

	Select      Select       `json:"select"`
	Indications []Indication `json:"indications,omitzero"`

	// What follows goes beyond the Logic Specification. A series is for whom
	// Born holds, on assessment dates in InForce, and for whom the first dose
	// of the antigen was given at an age in FirstDose; who had none is as old
	// as on the assessment date.
	Born      DateRange `json:"born,omitzero"`
	InForce   DateRange `json:"inForce,omitzero"`
	FirstDose AgeRange  `json:"firstDose,omitzero"`

	Doses []SeriesDose `json:"doses"`
}

// Select is how the best series of several is found (chapter 8). Of a series
// group at most one is taken, and of equivalent groups one will do.
type Select struct {
	Default     bool     `json:"default,omitzero"`
	ProductPath bool     `json:"productPath,omitzero"`
	Group       string   `json:"group"`
	GroupName   string   `json:"groupName,omitzero"`
	Equivalent  []string `json:"equivalent,omitzero"`
	Priority    string   `json:"priority,omitzero"`   // A comes before B
	Preference  int      `json:"preference,omitzero"` // 1 is best; breaks ties
	MinStart    Period   `json:"minStart,omitzero"`   // read, and used by no rule of the specification
	MaxStart    Period   `json:"maxStart,omitzero"`   // the first valid dose is given before this age
}

// DateRange is the days in [From, Before); zero is open.
type DateRange struct {
	From   Date `json:"from,omitzero"`
	Before Date `json:"before,omitzero"`
}

// Holds says that d is in the range.
func (r DateRange) Holds(d Date) bool {
	return (r.From == 0 || d >= r.From) && (r.Before == 0 || d < r.Before)
}

// AgeRange is ages in [From, Until); not given is open.
type AgeRange struct {
	From  Period `json:"from,omitzero"`
	Until Period `json:"until,omitzero"`
}

// Indication is a fact for which a risk series is for a person, at ages in
// [From, Until) on the assessment date.
type Indication struct {
	Observation string `json:"observation"`
	Text        string `json:"text,omitzero"`
	Guidance    string `json:"guidance,omitzero"`
	From        Period `json:"from,omitzero"`
	Until       Period `json:"until,omitzero"`
}

// SeriesDose is what one dose of a series has to be.
type SeriesDose struct {
	Ages      []Age      `json:"ages,omitzero"` // those in effect on the day count; the first of them
	Intervals []Interval `json:"intervals,omitzero"`
	Allowable []Interval `json:"allowableIntervals,omitzero"`

	Preferable  []Preferable  `json:"preferable,omitzero"`
	AlsoValid   []AgedVaccine `json:"allowable,omitzero"` // allowable vaccines
	Inadvertent []string      `json:"inadvertent,omitzero"`

	Skips     []Skip  `json:"skips,omitzero"`
	Recurring bool    `json:"recurring,omitzero"` // once satisfied, the same again
	Season    *Season `json:"season,omitzero"`
}

// Age is when a dose can be given and should be (section 6.4). A dose before
// AbsoluteMin is too young; one before Min counts by grace; one at Max or later
// is extraneous.
type Age struct {
	AbsoluteMin Period `json:"absoluteMin,omitzero"`
	Min         Period `json:"min,omitzero"`
	Recommended Period `json:"recommended,omitzero"` // earliest recommended age
	Late        Period `json:"late,omitzero"`        // overdue from this age
	Max         Period `json:"max,omitzero"`

	// Term moves the dates of a forecast from Min, Recommended and Late to the
	// first such day after the birthday: children are called by school year.
	// It goes beyond the Logic Specification, and changes no verdict.
	Term MonthDay `json:"term,omitzero"`

	Effect
}

// Effect is the days on which a rule is in effect, both included: the day that
// a dose was given, or the assessment date (section 3.3).
type Effect struct {
	Effective Date `json:"effective,omitzero"`
	Cessation Date `json:"cessation,omitzero"`
}

// Holds says that the rule is in effect on d.
func (e Effect) Holds(d Date) bool {
	return (e.Effective == 0 || d >= e.Effective) && (e.Cessation == 0 || d <= e.Cessation)
}

// Interval is the time to keep from what exactly one of the first four names
// (sections 6.5 and 6.6).
type Interval struct {
	FromPrevious    bool     `json:"fromPrevious,omitzero"`    // the dose before
	FromTarget      int      `json:"fromTarget,omitzero"`      // the dose that satisfied target dose n
	FromVaccines    []string `json:"fromVaccines,omitzero"`    // the last of these vaccines
	FromObservation string   `json:"fromObservation,omitzero"` // the last such observation

	AbsoluteMin Period `json:"absoluteMin,omitzero"`
	Min         Period `json:"min,omitzero"`
	Recommended Period `json:"recommended,omitzero"`
	Late        Period `json:"late,omitzero"`
	Priority    bool   `json:"priority,omitzero"` // goes before the other antigens of its group (section 9.3)

	Effect
}

// Preferable is a vaccine that is given for a dose. Product and Maker narrow it
// to a trade name; Volume in millilitres is told, and never fails a dose.
type Preferable struct {
	Vaccine  string  `json:"vaccine"`
	From     Period  `json:"from,omitzero"`
	Until    Period  `json:"until,omitzero"`
	Product  string  `json:"product,omitzero"`
	Maker    string  `json:"maker,omitzero"`
	Volume   float64 `json:"volume,omitzero"`
	Forecast bool    `json:"forecast,omitzero"` // named in the forecast
}

// Season is the time of a year in which a dose is recommended, both days
// included. Zero is open.
type Season struct {
	Start Date `json:"start,omitzero"`
	End   Date `json:"end,omitzero"`
}

// Context says when a dose may be skipped.
type Context string

// The contexts: when a dose given is looked at, when the next is forecast, or both.
const (
	InEvaluation Context = "evaluation"
	InForecast   Context = "forecast"
	InBoth       Context = "both"
)

// Logic says how many have to be met.
type Logic string

// All have to be met, or any one.
const (
	All Logic = "and"
	Any Logic = "or"
)

// Skip is when a dose is not needed (section 6.2).
type Skip struct {
	Context Context   `json:"context"`
	Logic   Logic     `json:"logic,omitzero"` // of the sets
	Sets    []SkipSet `json:"sets"`
}

// SkipSet is some conditions of a skip.
type SkipSet struct {
	Text       string      `json:"text,omitzero"`
	Logic      Logic       `json:"logic,omitzero"` // of the conditions
	Conditions []Condition `json:"conditions"`

	Effect
}

// ConditionKind says what a condition asks.
type ConditionKind string

// The kinds of conditions.
const (
	ConditionAge       ConditionKind = "age"              // table 6-6
	ConditionCompleted ConditionKind = "completed series" // table 6-7
	ConditionInterval  ConditionKind = "interval"         // table 6-8
	ConditionCount     ConditionKind = "count"            // table 6-9
	ConditionBorn      ConditionKind = "born"             // beyond the specification: born in [Start, End)
)

// Compare is how a count is held against DoseCount.
type Compare string

// The ways to compare a count.
const (
	More  Compare = "greater than"
	Equal Compare = "equal to"
	Less  Compare = "less than"
)

// Condition is one question of a skip. Doses are counted if given at an age in
// [BeginAge, EndAge) and on a day in [Start, End).
type Condition struct {
	Kind         ConditionKind `json:"kind"`
	Start        Date          `json:"start,omitzero"`
	End          Date          `json:"end,omitzero"`
	BeginAge     Period        `json:"beginAge,omitzero"`
	EndAge       Period        `json:"endAge,omitzero"`
	Interval     Period        `json:"interval,omitzero"` // since the dose before
	Count        int           `json:"count,omitzero"`
	Compare      Compare       `json:"compare,omitzero"`
	ValidOnly    bool          `json:"validOnly,omitzero"`
	Vaccines     []string      `json:"vaccines,omitzero"`
	SeriesGroups []string      `json:"seriesGroups,omitzero"`
}
