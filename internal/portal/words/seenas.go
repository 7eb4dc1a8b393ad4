package words

// SeenAs is where people see their record as others would see it.
type SeenAs struct {
	Title, What, Link                     string
	Who, WhoHint, Choose, Show, NotChosen string
	Stranger, Rescuer, Researcher         string

	AsSeenBy, Nothing, NotThere, Counts, There, TheySee string
	IsSeen, IsHidden, More                              string

	YouAllowed, YouForbade, Lifted, RulesAllow, RulesForbid string
	// Why is by the name of the rule that decided.
	Why map[string]string

	Layer, Rule, Rules, Policy, Label, YourChoice, SaysYes, SaysNo string
	// Layers are by their names, and Steps by why a choice does not decide.
	Layers, Steps map[string]string

	EntryTitle, EntryText, CanThey, Reason, All, ShowAll, Yes, No string
}

func seenAsEnglish() SeenAs {
	return SeenAs{
		Title:      "See your record as somebody else",
		What:       "Choose who, and see what they would see. You look with your own eyes: nobody else is shown anything.",
		Link:       "See my record as somebody else",
		Who:        "Who would look",
		WhoHint:    "Staff are of places that look after you, or that looked at your record.",
		Choose:     "Choose one",
		Show:       "Show what they see",
		NotChosen:  "Choose somebody from the list.",
		Stranger:   "Staff with whom I have nothing to do",
		Rescuer:    "Staff anywhere who say that it is an emergency",
		Researcher: "Somebody who does research",

		AsSeenBy: "Your record, as seen by:",
		Nothing:  "They see nothing of your record.",
		NotThere: "What they do not see looks to them as if it was not there.",
		Counts:   "How much they see of each kind",
		There:    "There is",
		TheySee:  "They see",
		IsSeen:   "They see this.",
		IsHidden: "They do not see this.",
		More:     "What decided it",

		YouAllowed:  "You said yes to it.",
		YouForbade:  "You said no to it.",
		Lifted:      "You said no to it, but the rules let them see it all the same.",
		RulesAllow:  "The rules of this service let them.",
		RulesForbid: "The rules of this service do not let them.",
		Why:         seenWhyEnglish(),

		Layer:      "What decided",
		Rule:       "Rule",
		Rules:      "Version of the rules of the program",
		Policy:     "Version of the rules of this service",
		Label:      "Private kind",
		YourChoice: "Your choice",
		SaysYes:    "It says yes",
		SaysNo:     "It says no",
		Layers: map[string]string{
			"rule":    "The rules of the program",
			"policy":  "The rules of this service",
			"label":   "How private the entry is",
			"choice":  "Your own choice",
			"default": "The rules of this service, since no choice of yours is about it",
		},
		Steps: map[string]string{
			"not evaluated":          "It is no choice that counts now",
			"outside of its period":  "Its time has not come, or is over",
			"about somebody else":    "It is about somebody else",
			"about another action":   "It is about doing something else",
			"about another purpose":  "It is about another reason to look",
			"about other data":       "It is about other things in your record",
			"not sure to apply":      "It is not sure to be about this, so it is no yes",
			"could not be evaluated": "It could not be read, so it counts as no",
		},

		EntryTitle: "Who can see this entry",
		EntryText:  "This is what would happen if they looked now.",
		CanThey:    "Can they see it?",
		Reason:     "Why",
		All:        "All they see",
		ShowAll:    "Show all",
		Yes:        "Yes",
		No:         "No",
	}
}

func seenWhyEnglish() map[string]string {
	return map[string]string{
		"own":             "It is your own record.",
		"own-app":         "You let this app in.",
		"acting":          "They may act for you.",
		"care":            "They look after you, and you have not said no.",
		"emergency":       "In an emergency staff may look. You are told, and somebody else checks it.",
		"research":        "You agreed to this research.",
		"no-tie":          "Nothing shows that they look after you.",
		"not-agreed":      "You have not agreed to it.",
		"no-policy":       "The rules of this service let nobody look in this way.",
		"no-mandate":      "They have no right to act for you now.",
		"right-ended":     "Their right has ended.",
		"another-patient": "They may see one record, and it is another one.",
		"no-organisation": "They work for nobody here.",
		"no-rule":         "No rule lets them.",
		"outside-bound":   "It is of a kind that they were not let in to.",
		"hidden-label":    "It is of a private kind that is hidden from them.",
	}
}
