package words

// Looked is the pages about who looked at a record.
type Looked struct {
	Title, What, None, NoneFound string
	Filter, Show, All, Download  string
	From, To, BadDay, Order      string
	Whose, Others, Everybody     string
	Kind, AnyKind                string
	Why, AnyWhy                  string
	Outcome, AnyOutcome          string
	Given, Refused               string

	OneTitle, When, Who, Organisation, App, Pages   string
	Did, Became, Allowed, Right, Request, Entry     string
	Choice                                          string
	GivenOut, GivenOutNone, ID, Version, NotKnown   string
	SameWho, SameOrganisation, SameApp, Gone, Count string

	DownloadTitle, DownloadText, DownloadAs string
	AsTable, AsFHIR, DownloadButton         string
	LinkHint                                string

	LookedWho
	LookedWhat
}

// LookedWho says who somebody is.
type LookedWho struct {
	You, Somebody, Acting, ActingUnknown, StaffUnknown, Researcher string
	Operator, Program, ProgramUnknown, Service, For, With          string
	ServiceOther                                                   string
	Jobs                                                           map[string]string
}

// LookedWhat says what they did, and why.
type LookedWhat struct {
	Read, Searched, Versions, Followed, Added, Changed, Deleted string
	Tried, Nothing, Record, OneGiven, ManyGiven, Told           string
	Done, NotGiven, NotThere, Broke                             string
	Purposes, Rules                                             map[string]string
	RuleUnknown                                                 string
}

// Enquiries is the pages on which people ask about a look, and are answered.
type Enquiries struct {
	Ask, AskTitle, AskText, ToOrganisation, ToService, Question, Hint, AskButton string

	Title, What, None, Look, See, Asked, Due, State    string
	Waits, Read, Answered, Closed, Late, OneTitle      string
	TheLook, YourQuestion, TheAnswer, NoAnswer         string
	Close, CloseText, Service                          string
	StaffTitle, StaffText, StaffNone, StaffOne, Answer string
	AnswerHint, AnswerButton, From, To                 string
}

func lookedEnglish() Looked {
	return Looked{
		Title:      "Who looked at your record",
		What:       "Every look is on this list: by people, by apps and by our own computers. The newest is at the top.",
		None:       "Nobody but you has looked yet.",
		NoneFound:  "Nothing here is like what you chose. Choose less, or show more.",
		Filter:     "Choose what to see",
		Show:       "Show these",
		All:        "Show everything again",
		Download:   "Take this list with you",
		From:       "From this day on",
		To:         "Up to this day",
		BadDay:     "This is no day. Type a day, a month and a year.",
		Order:      "The first day is after the last one. Change one of them.",
		Whose:      "Whose looks",
		Others:     "Everybody but me",
		Everybody:  "Everybody, and me too",
		Kind:       "What was looked at",
		AnyKind:    "Everything",
		Why:        "Why",
		AnyWhy:     "For any reason",
		Outcome:    "What came of it",
		AnyOutcome: "All of it",
		Given:      "They were shown something",
		Refused:    "They were refused",

		OneTitle:         "One look at your record",
		When:             "When",
		Who:              "Who",
		Organisation:     "For which organisation",
		App:              "With which app",
		Pages:            "The pages of this service",
		Did:              "What they did",
		Became:           "What came of it",
		Allowed:          "Why they could",
		Right:            "By which right",
		Choice:           "By which choice of yours",
		Request:          "Number of the request",
		Entry:            "Number of this entry",
		GivenOut:         "What they were shown",
		GivenOutNone:     "They were shown nothing of your record.",
		ID:               "Number",
		Version:          "Version",
		NotKnown:         "Not known",
		SameWho:          "Show all they did",
		SameOrganisation: "Show all that was done for this organisation",
		SameApp:          "Show all that this app did",
		Gone:             "There is no such entry in your record. Look at the list again.",
		Count:            "How many",

		DownloadTitle:  "Take the list of looks with you",
		DownloadText:   "You get one file, with the newest 20,000 looks at most. It names people and what they looked at, so keep it safe.",
		DownloadAs:     "What kind of file",
		AsTable:        "A table, for a spreadsheet (CSV)",
		AsFHIR:         "For programs (FHIR, one AuditEvent a line)",
		DownloadButton: "Get the file",
		LinkHint:       "Every look at your record, and a way to ask about it.",

		LookedWho:  lookedWhoEnglish(),
		LookedWhat: lookedWhatEnglish(),
	}
}

func lookedWhoEnglish() LookedWho {
	return LookedWho{
		You:            "You",
		Somebody:       "Somebody with another account",
		Acting:         "acting for you",
		ActingUnknown:  "Somebody who acts for you",
		StaffUnknown:   "Somebody at work, whose name is not known",
		Researcher:     "somebody who does research",
		Operator:       "Somebody who runs this service",
		Program:        "The program",
		ProgramUnknown: "A program whose name is not known",
		Service:        "This service itself",
		For:            "for",
		With:           "with the app",
		ServiceOther:   "work in the background",
		Jobs: map[string]string{
			"load":      "it put data in",
			"import":    "it put data in",
			"export":    "it took data out",
			"match":     "it looked whose record this is",
			"directory": "it kept the list of staff",
			"verify":    "it checked that all is whole",
			"reindex":   "it made its index again",
			"rotate":    "it changed its keys",
			"index":     "it made its index",
			"notes":     "it kept which notes wait, and told families of new ones",
		},
	}
}

func lookedWhatEnglish() LookedWhat {
	return LookedWhat{
		Read:      "Opened",
		Searched:  "Searched",
		Versions:  "Looked at older versions of",
		Followed:  "Was told of changes to",
		Added:     "Added to",
		Changed:   "Changed",
		Deleted:   "Deleted",
		Tried:     "They tried, and were refused.",
		Nothing:   "They were shown nothing.",
		Record:    "your record",
		OneGiven:  "They were shown 1 entry.",
		ManyGiven: "Entries that they were shown",
		Told:      "They were told how many there are",
		Done:      "It was done.",
		NotGiven:  "It was refused.",
		NotThere:  "Nothing was there that they may see.",
		Broke:     "It did not work, and nothing was shown.",
		Purposes: map[string]string{
			"care":       "To care for you",
			"own":        "It is your own record",
			"proxy":      "To act for you",
			"emergency":  "An emergency",
			"operations": "To run this service",
			"import":     "To put data in",
			"export":     "To take data out",
			"research":   "For research",
			"unstated":   "No reason was given",
		},
		Rules: map[string]string{
			"self-own":               "It is your own record.",
			"professional-care":      "Staff may see the record of somebody whom they care for.",
			"professional-finding":   "Staff may look for somebody whom they care for.",
			"operator-operations":    "Those who run this service may see records to run it.",
			"operator-import":        "Those who run this service may put data in.",
			"operator-export":        "Those who run this service may take data out.",
			"program-operations":     "Those who run this service let this program in.",
			"program-export":         "Those who run this service let this program take data out.",
			"proxy-acting":           "They may act for you.",
			"professional-emergency": "They said that it was an emergency.",
			"no-policy":              "They could not: the rules of this service let nobody look in this way.",
			"no-tie":                 "They could not: nothing shows that they look after you.",
			"no-mandate":             "They could not: they have no right to act for anybody.",
			"not-agreed":             "They could not: you have not agreed to it.",
			"another-patient":        "They could not: they may see one record, and it is another one.",
			"right-ended":            "They could not: their right had ended.",
			"outside-bound":          "They could not: what they signed in with does not allow it.",
			"no-rule":                "They could not: no rule lets them.",
			"no-organisation":        "They could not: they did not say for whom they work.",
			"no-record":              "They could not: their account has no record.",
			"no-purpose":             "They could not: they gave no reason.",
			"no-subject":             "They could not: they did not say whose record.",
			"nobody":                 "They could not: nobody was signed in.",
		},
		RuleUnknown: "A rule with the name",
	}
}

func enquiriesEnglish() Enquiries {
	return Enquiries{
		Ask:            "Ask about this",
		AskTitle:       "Ask about a look",
		AskText:        "They get your question and what this look says. You get an answer within 28 days. We tell you when it is there.",
		ToOrganisation: "Your question goes to",
		ToService:      "the people who run this service",
		Question:       "What do you want to know?",
		Hint:           "For example: Why was my record opened on this day?",
		AskButton:      "Send the question",

		Title:        "Your questions about looks",
		What:         "What you asked, and what came back.",
		None:         "You have asked nothing yet. Open a look on the list, and ask about it.",
		Look:         "Go to the list of looks",
		See:          "See it",
		Asked:        "Asked",
		Due:          "Answer due",
		State:        "Where it stands",
		Waits:        "It waits to be read",
		Read:         "They have read it",
		Answered:     "Answered",
		Closed:       "Closed",
		Late:         "Late: it should be answered by now",
		OneTitle:     "A question about a look",
		TheLook:      "The look",
		YourQuestion: "The question",
		TheAnswer:    "The answer",
		NoAnswer:     "There is no answer yet.",
		Close:        "Close this question",
		CloseText:    "You need no answer, or you have what you need. You can ask again later.",
		Service:      "The people who run this service",
		StaffTitle:   "Questions about looks",
		StaffText:    "People ask why their record was looked at. The one that is due first is at the top.",
		StaffNone:    "No question waits.",
		StaffOne:     "Answer a question",
		Answer:       "Your answer",
		AnswerHint:   "Plain words. Say who looked, why, and what the person can do if they do not agree.",
		AnswerButton: "Send the answer",
		From:         "Asked on",
		To:           "To",
	}
}

// refusalsEnquiry are of the room of questions.
func refusalsEnquiry() map[string]string {
	return map[string]string{
		"enquiry-text":  "Write up to 2,000 characters of plain text.",
		"enquiry-twice": "You asked about this already. Look at your questions.",
		"enquiry-many":  "You have twenty questions that wait. Close one, or wait for answers.",
		"enquiry-none":  "There is no such question here. Look at the list again.",
		"enquiry-over":  "This question was answered or closed meanwhile. Look at the list again.",
	}
}

// DoneLooked is what was done about a question about a look.
type DoneLooked struct{ LookAsked, EnquiryClosed, EnquiryAnswered string }

func doneLookedEnglish() DoneLooked {
	return DoneLooked{
		LookAsked:       "Your question was sent. We tell you when there is an answer.",
		EnquiryClosed:   "The question was closed.",
		EnquiryAnswered: "The answer was sent, and the person is told that it is there.",
	}
}
