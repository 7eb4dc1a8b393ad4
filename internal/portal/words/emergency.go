package words

// Emergency is what people read about records that were opened without a yes:
// staff who open one, who review it, whom it was about, and everybody.
type Emergency struct {
	Title                                           string
	What                                            []string
	Number, NumberHint, Born                        string
	Why, WhyHint, Tell, TellHint, TellNow, TellAsk  string
	Find, BadNumber, BadBorn, Nobody                string
	TouchTitle, TouchButton, TouchScript, Change    string
	TouchText                                       []string
	Person, Reason                                  string
	RecordTitle, Band, BandText, Left, LeftOne, End string
	RecordText                                      []string
	Again, OverTitle, OverText                      string

	EmergencyRecord
	EmergencyLists
	EmergencyReview
	EmergencyPublic
}

// EmergencyRecord is the record as somebody sees it who opened it so.
type EmergencyRecord struct {
	Warnings, WarningsNone                    string
	Allergies, AllergiesNone                  string
	Problems, ProblemsNone                    string
	Medicines, MedicinesNone                  string
	Results, ResultsNone                      string
	NotKnown, More                            string
	HeadWhat, HeadReaction, HeadRisk          string
	HeadState, HeadSince, HeadDose, HeadValue string
	HeadRange, HeadWhen                       string
}

// EmergencyLists are the lists of the holder and of the person.
type EmergencyLists struct {
	MineTitle, MineText, MineNone, MineLink     string
	Begun, Ended, State, Look, Org, Role, Who   string
	IsOpen, Waits, Asked, Answered, Right       string
	Wrong                                       string
	OneTitle, AnswerButton, AnswerLabel, Notes  string
	NotesNone, Said, SaidWhen, SaidWho, Forgot  string
	Delayed, ToldNow, Question, Answer          string
	PersonTitle, PersonText, PersonNone         string
	PersonHow, PersonLink, PersonHint, NoRecord string
}

// EmergencyReview is what reviewers and operators read.
type EmergencyReview struct {
	QueueTitle, QueueText, QueueNone, QueueLink   string
	Due, Late, CaseTitle, CaseText                string
	Told, ToldAt, ToldNobody, ToldLater           string
	Verdict, VerdictHint, IsRight, IsWrong, Ask   string
	Text, TextHint, Decide                        string
	WaitTitle, WaitText, Wait, WaitYes, WaitNo    string
	WaitUntil, WaitUntilHint, WaitButton, BadDay  string
	LateTitle, LateText, LateNone, LateLink, Open string
	ToWait                                        string
}

// EmergencyPublic is the page that everybody may read.
type EmergencyPublic struct {
	PublicTitle, PublicLink, ByMonth, ByOrg string
	PublicText                              []string
	PublicNone, OrgNone                     string
	Month, All, InTime, TooLate, NotRight   string
}

func emergencyEnglish() Emergency {
	return Emergency{
		Title: "Open a record in an emergency",
		What: []string{
			"Use this when you must see a record to keep somebody safe, and can not wait for their yes.",
			"It opens one record for 30 minutes. The person is told. Somebody else reviews what you did.",
		},
		Number:     "NHS number",
		NumberHint: "It has 10 digits.",
		Born:       "Date of birth",
		Why:        "Why can it not wait?",
		WhyHint:    "Write one or two sentences. The person and the reviewer read them.",
		Tell:       "When is the person told?",
		TellHint:   "They are told at once. Choose a reviewer only if that could put somebody in danger.",
		TellNow:    "At once",
		TellAsk:    "Let this reviewer decide:",
		Find:       "Go on",
		BadNumber:  "An NHS number has 10 digits, such as 999 000 0018. Check it and type it again.",
		BadBorn:    "Type the day, month and year when they were born.",
		Nobody:     "No record has this number and this date of birth. Check both with somebody else.",

		TouchTitle:  "Use your passkey to open it",
		TouchButton: "Open the record",
		TouchScript: "A passkey needs JavaScript here. Switch it on and load this page again.",
		Change:      "Go back and open nothing",
		TouchText:   []string{"When you use your passkey, the record opens for 30 minutes.", "Every look is written down under your name."},
		Person:      "Person",
		Reason:      "Why",

		RecordTitle: "A record, opened in an emergency",
		Band:        "Emergency",
		BandText:    "This record is open until",
		Left:        "minutes are left.",
		LeftOne:     "One minute is left.",
		End:         "Close the record now",
		RecordText:  []string{"This is a part of the record: the newest of each kind.", "What is not here may still be so. Ask, and look at the person."},
		Again:       "Open a record in an emergency",
		OverTitle:   "The record is closed",
		OverText:    "The 30 minutes are over, or you closed it. If you still can not wait, begin again and say why.",

		EmergencyRecord: emergencyRecordEnglish(), EmergencyLists: emergencyListsEnglish(),
		EmergencyReview: emergencyReviewEnglish(), EmergencyPublic: emergencyPublicEnglish(),
	}
}

// Nothing here may say that all is well: a record knows what was written into
// it, and no more.
func emergencyRecordEnglish() EmergencyRecord {
	return EmergencyRecord{
		Warnings:      "Warnings",
		WarningsNone:  "No warnings are written in this record. That does not mean that there are none.",
		Allergies:     "Allergies",
		AllergiesNone: "No allergies are written in this record. That does not mean that there are none.",
		Problems:      "Illnesses and problems",
		ProblemsNone:  "No illnesses are written in this record. That does not mean that there are none.",
		Medicines:     "Medicines",
		MedicinesNone: "No medicines are written in this record. They may still take some.",
		Results:       "Newest results",
		ResultsNone:   "No results are written in this record.",
		NotKnown:      "Not known",
		More:          "There are more than are shown here. These are the newest.",
		HeadWhat:      "What",
		HeadReaction:  "What happens",
		HeadRisk:      "How bad it could be",
		HeadState:     "State",
		HeadSince:     "Since",
		HeadDose:      "How it is taken",
		HeadValue:     "Result",
		HeadRange:     "Usual range",
		HeadWhen:      "When",
	}
}

func emergencyListsEnglish() EmergencyLists {
	return EmergencyLists{
		MineTitle: "Emergencies that you declared",
		MineText:  "Each is looked at by somebody else. They may ask you something here.",
		MineNone:  "You have opened no record in an emergency.",
		MineLink:  "My emergencies",
		Begun:     "Opened",
		Ended:     "Closed",
		State:     "Review",
		Look:      "Look at it",
		Org:       "Where they work",
		Role:      "What they do",
		Who:       "Who",
		IsOpen:    "Open now",
		Waits:     "Not reviewed yet",
		Asked:     "The reviewer asked something",
		Answered:  "The question was answered",
		Right:     "It was right",
		Wrong:     "It was not right",

		OneTitle:     "An emergency that you declared",
		AnswerLabel:  "Your answer",
		AnswerButton: "Send the answer",
		Notes:        "What was said about it",
		NotesNone:    "Nothing was said about it yet.",
		Said:         "What",
		SaidWhen:     "When",
		SaidWho:      "Who",
		Forgot:       "The words were taken away with the record.",
		Delayed:      "The person is told later:",
		ToldNow:      "The person was told:",
		Question:     "Question:",
		Answer:       "Answer:",

		PersonTitle: "When your record was opened in an emergency",
		PersonText:  "Staff can open your record without asking you, if they must see it to keep you safe. You see here who did, and why.",
		PersonNone:  "Nobody has done this so far. If somebody does, you see it here.",
		PersonHow:   "If you think that one of these was wrong, tell the organisation that is named. They have to answer you.",
		PersonLink:  "Emergencies",
		PersonHint:  "Who opened your record without asking you first.",
		NoRecord:    "Your account is not linked to a record yet. Link it first, then you see this.",
	}
}

func emergencyReviewEnglish() EmergencyReview {
	return EmergencyReview{
		QueueTitle:  "Emergencies to review",
		QueueText:   "Each has to be reviewed within three working days. The first to fall due is at the top.",
		QueueNone:   "Nothing is to be reviewed now.",
		QueueLink:   "Review emergencies",
		Due:         "Review it before",
		Late:        "Late",
		CaseTitle:   "Review an emergency",
		CaseText:    "Was it right to open this record without a yes? Ask if you can not tell.",
		Told:        "The person",
		ToldAt:      "was told:",
		ToldNobody:  "has no account, so no message reached them. Write them a letter.",
		ToldLater:   "is told later:",
		Verdict:     "What do you find?",
		VerdictHint: "Both answers stay as they are once you send them.",
		IsRight:     "It was right",
		IsWrong:     "It was not right",
		Ask:         "Ask whoever opened it",
		Text:        "Why, or your question",
		TextHint:    "The one who opened it reads this.",
		Decide:      "Send",

		WaitTitle:     "Should the person be told later?",
		WaitText:      "You were asked to decide this. If you do not, they are told a day after the record was opened.",
		Wait:          "When are they told?",
		WaitYes:       "Later, on this day",
		WaitNo:        "Now",
		WaitUntil:     "Day on which they are told",
		WaitUntilHint: "At the latest 30 days after the record was opened.",
		WaitButton:    "Keep this",
		BadDay:        "Type the day, month and year, such as 12 5 2026.",
		ToWait:        "Decide when the person is told",

		LateTitle: "Reviews that are late",
		LateText:  "These were not reviewed in time. Remind the organisation. You do not see whose records they were.",
		LateNone:  "No review is late.",
		LateLink:  "Late reviews of emergencies",
		Open:      "Open it",
	}
}

func emergencyPublicEnglish() EmergencyPublic {
	return EmergencyPublic{
		PublicTitle: "Records opened in an emergency",
		PublicLink:  "How often records are opened in an emergency",
		PublicText: []string{
			"Staff can open one record for 30 minutes without a yes. They may do so when they must see it to keep somebody safe.",
			"Each time, the person is told, and somebody else has to say within three working days if it was right.",
		},
		ByMonth:    "By month",
		ByOrg:      "By organisation, in these months",
		PublicNone: "No record was opened in an emergency in the last 12 months.",
		OrgNone:    "No organisation has so many that it is named. It has to have five.",
		Month:      "Month",
		All:        "Opened",
		InTime:     "Reviewed in time",
		TooLate:    "Reviewed late, or still not",
		NotRight:   "Found not right",
	}
}
