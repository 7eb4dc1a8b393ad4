package vaccine

// Outcome is what the rules say of a person on a day. It names the schedule and
// version that said so.
type Outcome struct {
	Schedule, Version string
	On                Date
	Verdicts          []Verdict  // by dose in the order of the history, then antigen
	Forecasts         []Forecast // by group in the order of the schedule
	Unknown           []int      // doses of the history whose vaccine the schedule does not know
}

// DoseStatus is what a dose was worth (table 3-1).
type DoseStatus uint8

// The statuses of a dose.
const (
	NotEvaluated DoseStatus = iota // no rule of the series looked at it
	Valid
	NotValid    // has to be given again
	Extraneous  // not needed, and harms no other
	SubStandard // something was wrong with it; has to be given again
)

var doseStatuses = [...]string{"not evaluated", "valid", "not valid", "extraneous", "sub-standard"}

// String is the status in the words of the specification.
func (s DoseStatus) String() string { return doseStatuses[s] }

// Reason says why a dose is worth what it is.
type Reason uint8

// The reasons. Those before TooYoung are of doses that count.
const (
	NoReason           Reason = iota
	GracePeriod               // valid, a few days early
	LowVolume                 // valid, less than recommended was given
	TooYoung                  // before the least age
	TooOld                    // at the greatest age or later
	TooSoon                   // too soon after another dose
	Conflicting               // too soon after another (live) vaccine
	WrongVaccine              // not a vaccine for this dose
	WrongAgeVaccine           // a vaccine for this dose at other ages
	InadvertentVaccine        // a vaccine that should not have been given for this dose
	AlreadyComplete           // no dose of the series was left to be given
	LotExpired                // given after the last day of its lot
	BadCondition              // recalled, spoilt or only in part
)

var reasons = [...]string{"", "grace period", "low volume", "too young", "too old", "too soon", "conflict",
	"wrong vaccine", "wrong age for vaccine", "inadvertent vaccine", "already complete", "lot expired", "bad condition"}

// String is the reason in few words, for logs and tests; people read others.
func (r Reason) String() string { return reasons[r] }

// Reasons are several: a bit for each.
type Reasons uint16

// Has says that a reason is among them.
func (r Reasons) Has(one Reason) bool { return r>>one&1 == 1 }

// Verdict is what a dose was worth for one antigen, by the series that was
// taken for it.
type Verdict struct {
	Dose    int // index in the person's history
	Antigen string
	Group   string // vaccine group
	Series  string
	Path    string // series group: a person can be on several, as for a risk now and for everybody later
	Status  DoseStatus
	Reason  Reason
	Also    Reasons // what else was so
	Target  int     // the dose of the series that it was held against; 0 for none
	From    Date    // for what came too early: the first day on which it would have counted
}

// Of is what a dose was worth for a group on a path, of all antigens together: a
// dose that has to be given again for one has to be given again; one that counts
// for any counts.
func (o *Outcome) Of(dose int, group, path string) (v Verdict, ok bool) {
	rank := [...]int{NotEvaluated: 0, Extraneous: 1, Valid: 2, NotValid: 3, SubStandard: 4}
	for _, one := range o.Verdicts {
		if one.Dose == dose && one.Group == group && one.Path == path && rank[one.Status] > rank[v.Status] {
			v, ok = one, true
		}
	}
	return v, ok
}

// Main is the forecast of a group that comes first for the person: the first path
// that they are not too old for.
func (o *Outcome) Main(group string) (f Forecast, ok bool) {
	for _, one := range o.Forecasts {
		if one.Group == group && (!ok || f.Status == AgedOut && one.Status != AgedOut) {
			f, ok = one, true
		}
	}
	return f, ok
}

// SeriesStatus is how far a person is (table 3-3).
type SeriesStatus uint8

// The statuses of a series, and of a group.
const (
	NotComplete SeriesStatus = iota
	Complete
	Immune
	Contraindicated
	AgedOut
	NotRecommended
)

var seriesStatuses = [...]string{"not complete", "complete", "immune", "contraindicated", "aged out", "not recommended"}

// String is the status in the words of the specification.
func (s SeriesStatus) String() string { return seriesStatuses[s] }

// Forecast is what is due next for a group. Dates are those of the Logic
// Specification, and zero where the rules name none: only a group that is not
// complete has them.
type Forecast struct {
	Group    string
	Path     string     // series group: a person can be on several, each with its own forecast
	Type     SeriesType // of its series
	Status   SeriesStatus
	Dose     int      // number of the next dose
	Vaccines []string // codes that are recommended; empty where any of the group will do
	Antigens []string // that are not complete
	Series   []string // whose rules said so
	Guidance []string // for clinicians

	Earliest    Date // the first day on which a dose counts
	Recommended Date
	Overdue     Date // the last day on which a dose is on time ("past due date"): overdue after it
	Latest      Date // the last day on which it can be given
}

// DueOn says that a dose is recommended on a day.
func (f *Forecast) DueOn(d Date) bool {
	return f.Status == NotComplete && f.Recommended != 0 && d >= f.Recommended
}

// OverdueOn says that a dose is late on a day.
func (f *Forecast) OverdueOn(d Date) bool {
	return f.Status == NotComplete && f.Overdue != 0 && d > f.Overdue
}
