package words

// Handover is what is said while a record is handed over to the child whose it
// is: to the child, and to those who acted for them.
type Handover struct {
	// Links of the first page, each behind a day.
	OwnSoon, OwnNow             string
	OtherLess, OtherOver        string // the day, then this, then whose record
	OtherIsLess, OtherIsOver    string
	On                          string
	Title, TitleSoon, Link      string
	Theirs, Less, Full, NoAge   string // what somebody is told at their age
	Kept, Looked, Parents, Help string
	Ages, Age, What, When       string
	AgeAll, AgeSome, AgeNone    string // what parents see from an age on
	AgeStop, Own                string
	Now, NowNone                string
	Past, PastNone, Until       string
	Who, Relation               string
	WhoLooked, Share, Choose    string
	ByRules, NotSigned          string
	Types                       map[string]string // kinds of entries, in a list

	// For those who act for a child.
	Changes, ChangesText, ChangesNone string
	See, SeeNone, Why, ForWhom        string
	Everything                        string
	WhyYoung, WhyOlder, WhyYes        string
	Wrote, Stays, Ask, Day, Copy      string
	LessThen, NothingThen, Then       string
}

func handoverEnglish() Handover {
	return Handover{
		OwnSoon: "your record becomes more your own. Read what changes", OwnNow: "your record has become more your own. Read what changed",
		OtherLess: "you will see less of the record of", OtherOver: "you will no longer see the record of",
		OtherIsLess: "you began to see less of the record of", OtherIsOver: "you stopped seeing the record of", On: "From",
		Title: "Your red book is yours now", TitleSoon: "How your red book becomes yours", Link: "Your red book is yours: what changes, and who sees it",
		Theirs:  "This book is about you, and now it is yours. Nobody in your family sees it unless you let them.",
		Less:    "This book is about you. Your parents see only a part of it now. Soon it will be yours alone.",
		Full:    "This book is about you. While you are young, your parents look after it with you.",
		NoAge:   "We do not know your birthday. So nobody in your family can see this record by being your parent.",
		Kept:    "What was private stays private. A visit that you kept to yourself is not shown to your parents, even if you let them in.",
		Looked:  "Each look is written down for good. You can see what your parents looked at while you were young.",
		Parents: "What your parents wrote, such as notes, photos and diaries, stays in your book. They can no longer see it here. If something in it is wrong, you can say so.",
		Help:    "You can talk to your school nurse or your doctor about this. What you tell them is private, unless somebody is in danger.",
		Ages:    "What your parents see, by your age", Age: "From", What: "What they see", When: "Day",
		AgeAll:  "All of your record, but not what is kept to you. They can add to it.",
		AgeSome: "Only these:", AgeNone: "Nothing, unless you let them.",
		AgeStop: "If you let somebody in before, that ends on this day. You can let them in again.", Own: "years old",
		Now: "Who can see it now", NowNone: "Nobody in your family can see it now.",
		Past: "Who could see it before", PastNone: "Nobody is on this list. It shows whose right ended because of your age, or because nobody renewed it.", Until: "Until",
		Who: "Name", Relation: "Who they are to you",
		WhoLooked: "See what your family looked at", Share: "Let somebody see it", Choose: "Choose what people see",
		ByRules: "By the rules for ages:", NotSigned: "No clinician has signed these rules off yet.",
		Types: map[string]string{
			"Patient": "your name and birthday", "AllergyIntolerance": "allergies", "Appointment": "appointments", "Communication": "messages",
			"Immunization": "vaccines you had", "ImmunizationRecommendation": "vaccines that are due",
		},

		Changes:     "What you can see now, and why",
		ChangesText: "A health record belongs to the person it is about. As a child grows up, you see less of it. We tell you and the child three months before each step.",
		ChangesNone: "Nothing changes because of age in the next three months.",
		See:         "What you can see now", SeeNone: "There is nobody whose record you can see now.", Why: "Why", ForWhom: "For whom",
		Everything: "All of the record that is not kept private.",
		WhyYoung:   "You are their parent, and they are too young to decide this.",
		WhyOlder:   "You are their parent. At this age you see what helps you look after them, and the rest is private.",
		WhyYes:     "They said yes to it. They can end it at any time.",
		Wrote:      "What you added, such as notes, photos and diaries, stays in their book. After the day you no longer see it here. Save what you want to keep before then.",
		Stays:      "What was private before stays private. What you looked at stays written down, and they can see it.",
		Ask:        "To see the record after that, ask them. If they want to, they can give you a code.",
		Day:        "Day", Copy: "Take a copy of their record",
		LessThen: "You see less from then on:", NothingThen: "You see nothing of it from then on, old or new, unless they let you.", Then: "What changes because of age",
	}
}
