package words

// Desk is what staff see who check who somebody is, and link records.
type Desk struct {
	Title, What, Find                           string
	Given, Family, Birth, Postcode, Number      string
	GivenHint, FamilyHint, NumberHint           string
	FoundTitle, FoundText, FoundMore, FoundNone string
	Name, Born, At, NHS, Unknown                string
	Taken, Hidden, Died, Choose, Again          string
	PapersTitle, PapersText, PapersPhoto        string
	Kind, Issuer, IssuerHint, Until, UntilHint  string
	PaperNumber, PaperNumberHint                string
	Second, SecondHint, NoSecond                string
	Compared, NotCompared, IsThem, PapersButton string
	CodeTitle, CodeText, CodeWhere, CodeUntil   string
	CodeOnce, CodeBirth, Next                   string

	DeskQuestions
}

// DeskQuestions is what they see who decide whose a record is.
type DeskQuestions struct {
	Questions, QuestionsText, QuestionsNone                    string
	When, By, Reason, Look                                     string
	ByDetails, ByDesk, ByProvider, ByPeople                    string
	QuestionTitle, Claimed, ClaimGone, Records, NoRecords      string
	Which, NoneOfThem, HasAccount, Move, MoveHint              string
	MoveNo, MoveYes, Why, WhyHint, Decide                      string
	Links, LinksText, LinksNone                                string
	LinkTitle, Account, Record, Rule, Who, Rules, Staff        string
	TakenBack, TakenBackWhy                                    string
	UndoTitle, UndoText, UndoButton, NotCurrent, ToDesk, ToAsk string
}

func deskEnglish() Desk {
	return Desk{
		Title:      "Check who somebody is",
		What:       "Find the record of the person in front of you. Every look is written down, and they can see it.",
		Find:       "Find the record",
		Given:      "First name",
		Family:     "Last name",
		Birth:      "Date of birth",
		Postcode:   "Postcode",
		Number:     "NHS number, if they know it",
		GivenHint:  "As it stands on their document.",
		FamilyHint: "As it stands on their document.",
		NumberHint: "It has 10 digits.",

		FoundTitle: "Which record is it?",
		FoundText:  "Compare each with the person and their document. Choose one when you are sure.",
		FoundMore:  "There are more. Type more about the person to see fewer.",
		FoundNone:  "No record is like what you typed. Check it, and try again.",
		Name:       "Name",
		Born:       "Born",
		At:         "Postcode",
		NHS:        "NHS number",
		Unknown:    "Not known",
		Taken:      "This record has an account already. People will look at it when the code is used.",
		Hidden:     "This record is kept from most people. Say nothing of it to others.",
		Died:       "This record says that the person has died.",
		Choose:     "Choose",
		Again:      "Look again",

		PapersTitle:     "Check their documents",
		PapersText:      "One document has to be strong and have a photo, such as a passport or a driving licence.",
		PapersPhoto:     "Compare the photo with the person, not with another photo.",
		Kind:            "Document",
		Issuer:          "Who issued it",
		IssuerHint:      "For example, HM Passport Office or DVLA",
		PaperNumber:     "Number on it",
		PaperNumberHint: "It is kept in a form that nobody can read.",
		Until:           "Good until",
		UntilHint:       "For example, 31 3 2031. Leave it out where the document has none.",
		Second:          "Another document",
		SecondHint:      "Only if you looked at one.",
		NoSecond:        "No other document",
		Compared:        "Did you compare the photo with the person?",
		NotCompared:     "Not yet",
		IsThem:          "Yes, and it is them",
		PapersButton:    "Make the code",

		CodeTitle: "Give this code to the person",
		CodeText:  "You see it this once. Print this page, or let them write it down. Give it to nobody else.",
		CodeWhere: "They sign in, and type the code here:",
		CodeUntil: "The code works until",
		CodeOnce:  "It works once.",
		CodeBirth: "They type their date of birth too, so do not write it next to the code.",
		Next:      "Check somebody else",

		DeskQuestions: deskQuestionsEnglish(),
	}
}

func deskQuestionsEnglish() DeskQuestions {
	return DeskQuestions{
		Questions:     "Records that wait for a person",
		QuestionsText: "Our computer was not sure whose record it is. The longest wait is at the top.",
		QuestionsNone: "Nothing waits now.",
		When:          "When",
		By:            "How",
		Reason:        "Why",
		Look:          "Look at it",
		ByDetails:     "They typed their details",
		ByDesk:        "They used a code from a desk",
		ByProvider:    "Another website named them",
		ByPeople:      "Somebody here decided",

		QuestionTitle: "Whose record is it?",
		Claimed:       "What they gave",
		ClaimGone:     "The account was closed, and what it gave is gone.",
		Records:       "Records that are like it",
		NoRecords:     "There is no record to choose.",
		Which:         "Which record is theirs?",
		NoneOfThem:    "None of these",
		HasAccount:    "has an account",
		Move:          "If the record has another account",
		MoveHint:      "Taking it from there ends what that account and its apps could see.",
		MoveNo:        "Change nothing",
		MoveYes:       "Take it from there and link it here",
		Why:           "Reason",
		WhyHint:       "How you found out. It is kept with the decision.",
		Decide:        "Decide",

		Links:     "Links of records",
		LinksText: "The newest links between records and accounts. You can take one back when it is wrong.",
		LinksNone: "No record was linked yet.",

		LinkTitle:    "A link of a record",
		Account:      "Account",
		Record:       "Record",
		Rule:         "Rule",
		Who:          "Who decided",
		Rules:        "Our computer",
		Staff:        "Somebody here",
		TakenBack:    "Taken back",
		TakenBackWhy: "Why it was taken back",
		UndoTitle:    "Take this link back",
		UndoText:     "The account cannot see the record any more. What was checked for it counts no more, and apps lose it too. The person is told.",
		UndoButton:   "Take this link back",
		NotCurrent:   "This link does not stand any more.",
		ToDesk:       "Check who somebody is",
		ToAsk:        "Records that wait for a person",
	}
}
