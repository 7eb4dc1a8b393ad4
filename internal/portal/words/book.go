package words

// Book is the pages of a child's red book.
type Book struct {
	Link, Title, TitleFor, What, WhatFor  string
	Next, NextNone, NextWhen, NextDue     string
	Parts, Part, Newest, NoneYet, Open    string
	Growth, Vaccinations                  string
	Birth, Screening, Reviews, Milestones string
	Diary, Notes                          string
	BackTo                                string
	Fact, Result, When, By                string
	NotKnown, NotDone, AsWritten, Weeks   string
	// For whoever acts by a right that leaves entries out: whether there are any is
	// not said.
	NotShown, NoneShown, NothingShown string
	MayBeDone                         string
	Week, Day, Days                   string
	BirthText, ScreeningText          string
	Version, NotSigned                string
	PartTitles                        map[string]string
	Facts, Answers, Means             map[string]string
	Units                             map[string]string
	BornUnknown                       string
	Write                             BookWrite
	First                             BookFirst
	Nights                            BookNights
	Talk                              BookTalk
	Safe                              BookSafe
	Review                            BookReview
}

// BookWrite is the forms in which staff write into the book.
type BookWrite struct {
	Titles                             map[string]string
	NotSaid, NumberHint, GestationHint string
	ScoreHint                          string
	Nothing, BadNumber, BadGestation   string
	BadScore, BadAnswer                string
	BeforeBirth, TooYoung, TooOld      string
	NoBirth                            string
	When, WhenHint                     string
}

func bookEnglish() Book {
	return Book{
		Link: "Red book", Title: "My red book", TitleFor: "Red book of",
		What:    "This is the record of your childhood: birth, checks, growth and vaccines.",
		WhatFor: "This is the record of a child: birth, checks, growth and vaccines.",
		Next:    "What comes next", NextNone: "No check is due by age.", NextWhen: "It is planned between", NextDue: "It is due now, up to",
		Parts: "Parts of the book", Part: "Part", Newest: "Newest", NoneYet: "None yet", Open: "Open",
		Growth: "Growth", Vaccinations: "Vaccinations", Birth: "Birth", Screening: "Newborn checks and tests", Reviews: "Health reviews", Milestones: "First times",
		Diary: "Diary of feeds, sleep and crying", Notes: "Notes with the health visitor",
		BackTo: "Back to the red book",
		Fact:   "What", Result: "Result", When: "When", By: "Who said so",
		NotKnown: "Not known here", NotShown: "Not known here, or not shown to you", NoneShown: "None yet, or not shown to you",
		NothingShown: "Nothing is here, or it is not shown to you.", MayBeDone: "It may have been done: not all is shown to you.",
		NotDone: "It was not done", AsWritten: "As it was written:", Weeks: "weeks", Week: "week", Day: "day", Days: "days",
		BirthText:     "What is not known here may be in the paper book or at the hospital. Ask your midwife or health visitor.",
		ScreeningText: "Not known here does not mean that all is well. If a test is missing, ask your midwife, health visitor or doctor.",
		Version:       "By the list", NotSigned: "No clinician has signed this list off yet.",
		PartTitles: map[string]string{"birth": "Birth", "newborn-exam": "Newborn check (NIPE), first days", "weeks-exam": "Check at 6 to 8 weeks (NIPE)", "hearing": "Newborn hearing test", "blood-spot": "Blood spot test (heel prick)"},
		Facts: map[string]string{
			"gestation": "How long the pregnancy was", "birth-weight": "Weight at birth", "birth-length": "Length at birth", "birth-head": "Head size at birth", "place": "Where",
			"delivery": "How the baby was born", "apgar-1": "Apgar score at 1 minute", "apgar-5": "Apgar score at 5 minutes", "apgar-10": "Apgar score at 10 minutes",
			"resuscitation": "Help to start breathing", "babies": "Babies born together", "vitamin-k": "Vitamin K", "feeding": "How the baby was fed",
			"newborn-exam": "Whole check", "hips": "Hips", "eyes": "Eyes", "heart": "Heart", "testes": "Testicles",
			"ear-left": "Left ear", "ear-right": "Right ear", "hearing": "Both ears",
			"spot-all": "All conditions together", "spot-scd": "Sickle cell disease", "spot-cf": "Cystic fibrosis", "spot-cht": "Thyroid that does not work well (congenital hypothyroidism)",
			"spot-pku": "PKU (phenylketonuria)", "spot-mcadd": "MCADD", "spot-msud": "Maple syrup urine disease (MSUD)", "spot-iva": "Isovaleric acidaemia (IVA)",
			"spot-ga1": "Glutaric aciduria type 1 (GA1)", "spot-hcu": "Homocystinuria (HCU)", "spot-ht1": "Tyrosinaemia type 1 (HT1)"},
		Answers: map[string]string{
			"yes": "Yes", "no": "No", "hospital": "In hospital", "midwife-unit": "In a unit run by midwives", "at-home": "At home", "elsewhere": "Somewhere else",
			"vaginal": "Vaginal birth", "forceps": "With forceps", "suction": "With suction (ventouse)", "planned-caesarean": "Planned caesarean", "emergency-caesarean": "Emergency caesarean", "breech": "Bottom or feet first (breech)",
			"injection": "Given by injection", "by-mouth": "Given by mouth", "declined": "The parents said no to it",
			"breast": "Breast milk only", "mixed": "Breast milk and formula", "formula": "Formula only",
			"as-expected": "As expected", "look-again": "To be looked at again", "not-examined": "Not looked at yet",
			"clear": "Clear response", "test-again": "To be tested again", "not-tested": "Not tested yet", "both-clear": "Clear response in both ears",
			"not-suspected": "Not suspected", "carrier": "Carrier", "suspected": "Suspected", "repeat": "Test needed again"},
		Means: map[string]string{
			"look-again": "This does not mean that something is wrong. Ask when and where the next look is.",
			"test-again": "This does not mean that your baby can not hear. Go to the next test when you are called.",
			"not-tested": "Ask your midwife or health visitor about the test.", "not-examined": "Ask your midwife, health visitor or doctor about it.",
			"carrier":   "A carrier is healthy. Ask your doctor or health visitor what it means for the family.",
			"suspected": "Your baby may have this and needs more tests. Talk to your doctor or midwife today if nobody has called you.",
			"repeat":    "The first sample did not give an answer. Ask your midwife or health visitor when the next one is."},
		Units:       map[string]string{"g": "g", "cm": "cm"},
		BornUnknown: "The day of birth is not known here, so nothing can be said by age.",
		Review:      bookReviewEnglish(), Safe: bookSafeEnglish(), First: bookFirstEnglish(), Nights: bookNightsEnglish(), Talk: bookTalkEnglish(),
		Write: BookWrite{
			Titles: map[string]string{"birth": "Write down the birth", "newborn-exam": "Write down the newborn check", "weeks-exam": "Write down the check at 6 to 8 weeks",
				"hearing": "Write down the hearing test", "blood-spot": "Write down the blood spot test"},
			NotSaid: "Leave as it is", NumberHint: "A number, such as 3450 or 35.5", GestationHint: "Weeks and days, such as 39+2", ScoreHint: "A whole number",
			Nothing: "Fill in at least one of these.", BadNumber: "This number does not fit here. Check it and its unit.",
			BadGestation: "Write weeks and days as 39+2. It has to be between 22 and 44 weeks.", BadScore: "Write a whole number that fits here.", BadAnswer: "Choose one from the list.",
			BeforeBirth: "This day is before the birth. Check it.", TooYoung: "The child was less than 28 days old then. Use the form of the newborn check.", TooOld: "The child was 28 days or older then. Use the form of the check at 6 to 8 weeks.",
			NoBirth: "The day of birth is not known here. Add it first: these results go by age.",
			When:    "Day", WhenHint: "Leave it empty for today.",
		},
	}
}
