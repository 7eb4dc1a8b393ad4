package words

// Growth is the pages of how a child grows.
type Growth struct {
	Link, Title, TitleFor, Which  string
	Explain                       string
	Measures, Axes                map[string]string // by the name of a measure in growth
	Ages, Before                  [3]string
	Actual, Corrected, Beyond     string
	Target, Step, ChartTitle      string
	StepStands, StepTables, Fewer string
	Newest, Care, Only, Several   string
	None, NoneOf                  string
	Early, NoGestation, FirstDays string

	NoSex, NoSexOwn, Girls, Boys, AsIf, For string
	NoBorn, NoBornOwn, NoLines              string
	Reference, Unsigned, References         string
	ScaleAge                                [3]string
	Scale, Outside, Off                     string
	Zoom, FirstYear, TwoYears, Toddler      string
	School, All                             string
	Closer, Wider, Younger, Older           string

	Table, Date, Age, CorrectedAge, Value      string
	Centile, SDS, Who, WorkedOut, AtBirth      string
	Lying, Standing, NotKnown, BelowAll, Over  string
	Earlier, Unread, Unborn, More              string
	Add, Parents, Back                         string
	CheckNext, LookNext, LookNextCare, CareOne string

	ParentsTitle, ParentsText, Mother, Father string
	ParentHint, ParentsButton, BadParent      string
	OneParent, TargetIs, ParentsSaved         string
	BadNumber, OtherUnit                      map[string]string
	UnknownUnit, BeforeBirth, Sure, SureHint  string
	SureNo, SureYes, Unlikely                 string
}

func growthEnglish() Growth {
	return Growth{
		Link: "Growth chart", Title: "My growth", TitleFor: "Growth of", Which: "What to show",
		Explain:  "The lines show how children of the same age and sex grow. Half of them are above the 50th line. A child may grow well near any line.",
		Measures: map[string]string{"weight": "Weight", "height": "Length or height", "head": "Head size", "bmi": "Body mass index (BMI)"},
		Axes:     map[string]string{"weight": "Weight (kg)", "height": "Length or height (cm)", "head": "Head size (cm)", "bmi": "BMI (kg/m²)"},
		Ages:     [3]string{"Age in weeks", "Age in months", "Age in years"},
		Before:   [3]string{"Weeks of pregnancy, then age in weeks", "Weeks of pregnancy, then age in months", "Weeks of pregnancy, then age in years"},
		Actual:   "actual age", Corrected: "corrected age", Beyond: "off the chart",
		Target: "expected from the parents' heights", Step: "lying | standing", ChartTitle: "Growth chart:",
		StepStands: "The lines have a step at %s. Until then children are measured lying down, and later standing up. A child is a little longer lying down.",
		Fewer:      "These lines do not go as far out as those of other charts.",
		StepTables: "The lines have a step at %s. One set of lines ends there, and another one begins.",
		Newest:     "The newest one is %s, from %s, at the age of %s.", Care: "For staff:",
		Only: "%s: one measurement, on %s.", Several: "%s: %d measurements, from %s to %s.",
		None:        "Nothing is here yet. That does not mean that all is well. Add a measurement, or ask your health visitor to.",
		NoneOf:      "%s: nothing is here yet. That does not mean that all is well.",
		Early:       "Born at %s. The corrected age counts from the day when the baby was due.",
		NoGestation: "We do not know how long the pregnancy was. So no corrected age is shown.",
		FirstDays:   "Most babies lose some weight in the first days. Most are back at their birth weight by 3 weeks.",

		NoSex:    "A chart is for girls or for boys. This record does not say which to use. Choose one to look at. You can ask the GP surgery to put it in the record.",
		NoSexOwn: "A chart is for girls or for boys. Your record does not say which to use. Choose one to look at. You can ask the GP surgery to put it in the record.",
		Girls:    "Show the chart for girls", Boys: "Show the chart for boys", AsIf: "This is the chart for %s. It was chosen on this page, and is not in the record.", For: "This is the chart for %s.",
		NoBorn:    "We do not know on which day this child was born. So there is no chart. Ask the GP surgery to put it right.",
		NoBornOwn: "We do not know on which day you were born. So there is no chart. Ask the GP surgery to put it right.",
		NoLines:   "%s has no lines for this at these ages. Choose other ages, or other lines.",
		Reference: "The lines are those of %s, version %s.", Unsigned: "No clinician has signed these lines off for use here.", References: "Whose lines to show",
		ScaleAge: [3]string{"1 week", "1 month", "1 year"},
		Scale:    "On paper %s is %s mm across, and 1 %s is %s mm up. Print it at its full size (100%%).",
		Outside:  "%d more lie outside of these ages.", Off: "%d lie above or below the chart. An arrow stands for each.",
		Zoom: "Which ages to show", FirstYear: "0 to 1 year", TwoYears: "0 to 2 years", Toddler: "1 to 5 years", School: "5 to 18 years", All: "All ages",
		Closer: "Closer", Wider: "Wider", Younger: "Younger", Older: "Older",

		Table: "The same numbers as a table", Date: "Date", Age: "Age", CorrectedAge: "Corrected age", Value: "Value", Centile: "Centile", SDS: "SDS", Who: "Who and how",
		WorkedOut: "worked out from weight and height", AtBirth: "at birth", Lying: "lying down", Standing: "standing up", NotKnown: "not known",
		BelowAll: "below 0.4th", Over: "above 99.6th",
		Earlier: "Show the older ones", Unread: "%d more are not shown: we can not read their unit, number or day.", Unborn: "%d more have a date before the day of birth, and are not shown.",
		More: "These are the newest %d. Older ones are in the record, and not on this page.",
		Add:  "Add a measurement", Parents: "Heights of the parents", Back: "Back to the record",
		CheckNext: "Look at the number and the unit. Measure again if you can.", LookNext: "Talk to your health visitor or GP about it. They can look at all of it together.",
		LookNextCare: "A threshold for review is reached. It is not a diagnosis.", CareOne: "Open the entry to mark it as a mistake, if it is one.",

		ParentsTitle: "Heights of the parents", ParentsText: "From the heights of both birth parents we can show how tall a child may become. Leave empty what you do not know.",
		Mother: "How tall is the mother?", Father: "How tall is the father?", ParentHint: "For example, 165 cm or 5 ft 5 in.", ParentsButton: "Save the heights",
		BadParent: "Type a height between 100 and 250 cm, such as 165 cm.", OneParent: "Type at least one height.",
		TargetIs:     "From the heights of the parents, a height between %s and %s cm is expected for a grown child.",
		ParentsSaved: "The heights were saved.",
		BadNumber:    map[string]string{"weight": "Type the weight as a number, such as 3.5 kg or 7 lb 4 oz.", "height": "Type it as a number, such as 50.2 cm.", "head": "Type it as a number, such as 35.1 cm."},
		OtherUnit:    map[string]string{"weight": "This unit is not one of weight. Type it in kg, g, or lb and oz.", "height": "This unit is not one of length. Type it in cm, m, or ft and in.", "head": "This unit is not one of length. Type it in cm or mm."},
		UnknownUnit:  "We do not know this unit. Type the number in the unit beside its name.",
		BeforeBirth:  "This day is before the day of birth. Type the day of the measurement.",
		Sure:         "Is the number right?", SureHint: "Only if we asked you to check it.", SureNo: "I have not checked it", SureYes: "Yes, I checked the number and the unit",
		Unlikely: "If it is right, say so below.",
	}
}
