package words

// BookReview is the health reviews of a child.
type BookReview struct {
	Text, Contacts, Contact, Planned, State, What, Said    string
	Found, Agreed, AgreedHint, Write, Which, Choose, Where string
	Scores, Score, Outcome, ScoresHint, OutOf              string
	NoContact, NoFound, BadScore, NoOutcome                string
	SomeScores, OtherAge                                   string
	Names, Kinds, States, Domains, Outcomes, Places        map[string]string
}

func bookReviewEnglish() BookReview {
	return BookReview{
		Text:     "Every child is offered these checks. If one is not known here, it may have been done all the same. Ask your health visitor.",
		Contacts: "Checks that every child is offered", Contact: "Check", Planned: "When it is planned", State: "How it stands", What: "What", Said: "What was said",
		Found: "What was found", Agreed: "What was agreed", AgreedHint: "What happens next, who does it and when", Write: "Write down a review", Which: "Which check was it?", Choose: "Choose one", Where: "Where was it?",
		Scores: "Development (ASQ-3)", Score: "score", Outcome: "outcome", ScoresHint: "Only if a sheet was filled in: 0 to 60. Choose each outcome by the cut-off on your sheet.", OutOf: "of",
		NoContact: "Choose which check it was.", NoFound: "Write what was found.", BadScore: "Write a whole number from 0 to 60.", NoOutcome: "Choose the outcome by the cut-off on your sheet.",
		SomeScores: "Not all five scores are filled in.", OtherAge: "The child was not of the age for this check on that day.",
		Names: map[string]string{"nipe-newborn": "Newborn check (NIPE)", "blood-spot": "Blood spot test (heel prick)", "hearing": "Newborn hearing test", "new-birth": "New baby review, 10 to 14 days",
			"six-weeks": "Review at 6 to 8 weeks", "nipe-weeks": "Baby check by the doctor (NIPE), 6 to 8 weeks", "three-months": "Contact at 3 to 4 months", "six-months": "Contact at 6 months",
			"one-year": "Review at 9 to 12 months", "two-years": "Review at 2 to 2½ years", "reception": "Weight and height in Reception", "year-six": "Weight and height in Year 6"},
		Kinds: map[string]string{"mandated": "every child", "suggested": "if it helps", "screening": "screening test", "school": "at school"},
		States: map[string]string{"done": "Done", "due": "Due now", "coming": "Still to come", "unknown": "Not known here",
			"passed": "Not known here. The time for it is over: ask your health visitor about it"},
		Domains:  map[string]string{"communication": "Talking and listening", "gross-motor": "Big movements", "fine-motor": "Small movements", "problem-solving": "Solving problems", "personal-social": "Being with others"},
		Outcomes: map[string]string{"above": "Above the cut-off", "monitoring": "Near the cut-off: to be watched", "below": "Below the cut-off: more checks are needed"},
		Places:   map[string]string{"HH": "At home", "AMB": "In a clinic or at school", "VR": "By phone or video"},
	}
}
