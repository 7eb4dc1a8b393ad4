package words

// Family is what people see who act for somebody, and who let somebody act for
// them.
type Family struct {
	Title, What, Link, LinkHint   string
	For, ForNone, Act, ActNow     string
	May, Until, Leave             string
	Given, GivenNone, Who, Change string
	Offers, OfferUntil, TakeBack  string
	Invite, Code                  string
	PauseTitle, PauseText, Pause  string
	PausedText, GoOn              string
	Banner, Stop, Record          string

	InviteTitle, InviteText, InviteButton string
	Name, NameHint, Relation              string
	MayWhat, Ends, EndsHint               string
	CodeTitle, CodeText, CodeOnce, Where  string

	JoinTitle, JoinText, JoinCode, JoinHint, JoinButton string

	GivenTitle, Since, EndTitle, EndText, EndButton string
	LeaveTitle, LeaveText, LeaveButton              string
	CanLook, CanAsk, CanManage, CanCopy             string
	Kinds                                           FamilyKinds
	Desk                                            FamilyDesk
	Acted, Stopped, Gave, Ended, Left, TookBack     string
	Paused, Resumed, Taken                          string
	RightGiven, RightStopped, RightBack, RightEnded string
	Decided                                         string
	Copy                                            FamilyCopy
}

// FamilyCopy is the page on which somebody takes a copy for whom they act, and
// what stands in the copy.
type FamilyCopy struct {
	Link, Title, What, Holds, Told, Keep, Button, Again string
	PageTitle, PageWhat, Readme                         string
}

func familyCopyEnglish() FamilyCopy {
	return FamilyCopy{
		Link: "Take a copy of their record", Title: "Take a copy of the record of",
		What: "You can take a copy of what you may see of their record, in one file.", Holds: "It holds no more than you see here. What you may see can change until you fetch it.",
		Told: "We tell them that you asked for a copy. They can see when you fetch it.", Keep: "The copy is not locked. Whoever has the file can read it, so keep it in a safe place.",
		Button: "Make a copy", Again: "Make a new copy",
		PageTitle: "A health record", PageWhat: "This is a copy of what somebody could see who acts for this person. It is not all of their record.",
		Readme: "This is a copy of a health record, for somebody who acts for that person.\nIt holds what they may see. It is not all of the record.\n\n" +
			"index.html      Read this one first. It opens in any browser.\n" +
			"fhir/           The record for programs: one file for each kind (FHIR R4, NDJSON).\n" +
			"bundle.json     The same again as one file (FHIR R4, a Bundle).\n" +
			"files/          Letters, pictures and other files that were in the record.\n" +
			"manifest.json   A list of all files, each with its SHA-256.\n\n" +
			"Keep it as safe as you would keep your own.",
	}
}

// FamilyKinds is what people are to each other.
type FamilyKinds struct {
	Choose, Parent, Guardian, Partner, Child, Family, Friend, Carer, Attorney, Deputy string
}

// FamilyDesk is what staff see who look after rights to act for somebody.
type FamilyDesk struct {
	Title, What, Number, NumberHint, Find         string
	Person, Rights, None, Holder, Basis, State    string
	Decisions, NoDecisions, Decision, Day, Again  string
	Words, Give, Decide, Look                     string
	GiveTitle, GiveText, GiveButton               string
	HolderNumber, HolderHint, Evidence, NoPaper   string
	DecideTitle, DecideText, DecideButton         string
	Can, CanNot, Which, Review, ReviewHint        string
	Why, WhyHint                                  string
	RightTitle, History, HistoryNone, What2, By   string
	StopTitle, StopText, StopButton, StopLink     string
	Safety, SafetyYes, SafetyNo, SafetyHint       string
	BackTitle, BackText, BackButton, BackLink     string
	EndTitle, EndText, EndButton, EndLink, Reason string
	Active, Suspended, Over, ToPerson             string
	Bases                                         FamilyBases
	Papers                                        FamilyPapers
	Endings                                       FamilyEndings
}

// FamilyBases are the legal bases of rights to act.
type FamilyBases struct{ Choose, Parent, Consented, BestInterest, Attorney, Deputy string }

// FamilyPapers are the papers that staff look at.
type FamilyPapers struct {
	Birth, Adoption, Agreement, StepAgreement, Order, Guardian, Court, Power, Other string
}

// FamilyEndings are why staff end a right.
type FamilyEndings struct {
	Choose, Safety, Wish, Unused, Died, Changed, Moved string
}

func familyEnglish() Family {
	return Family{
		Title: "Family and people I help", What: "Here you see for whom you can act, and who can act for you.",
		Link: "Family and people I help", LinkHint: "Act for a child or an adult, or let somebody act for you.",
		For: "People I can act for", ForNone: "There is nobody you can act for.", Act: "Act for", ActNow: "You act for them now.",
		May: "You may", Until: "Until", Leave: "Give up this right",
		Given: "People who can act for me", GivenNone: "Nobody can act for you.", Who: "Who", Change: "See or end this",
		Offers: "Codes you gave that nobody has used", OfferUntil: "Works until", TakeBack: "Take it back",
		Invite: "Let somebody act for me", Code: "I have a code to act for somebody",
		PauseTitle: "Stop everybody now", PauseText: "Nobody can act for you until you say so. We do not tell them.", Pause: "Let nobody act for me",
		PausedText: "Nobody can act for you now. They were not told.", GoOn: "Let them act for me again",
		Banner: "You are acting for", Stop: "Stop acting for them", Record: "See their record",

		InviteTitle: "Let somebody act for me", InviteText: "They get a code from you. They type it in their own account. You can end it at any time, and we do not tell them.", InviteButton: "Make the code",
		Name: "Their name", NameHint: "What you call them.", Relation: "What are they to you?",
		MayWhat: "What may they do?", Ends: "When does it end?", EndsHint: "Leave it empty if you do not know. You can end it when you like.",
		CodeTitle: "Give them this code", CodeText: "Only give it to the person you chose.", CodeOnce: "You see it this once. It works once, and for seven days.", Where: "They type it at",

		JoinTitle: "Act for somebody", JoinText: "Type the code that they gave you. You then act for them in your own account. They see all that you do.", JoinCode: "Code", JoinHint: "Twenty letters and numbers.", JoinButton: "Use the code",

		GivenTitle: "Can act for me", Since: "Since", EndTitle: "End this right", EndText: "They can do nothing more for you from now on. We do not tell them.", EndButton: "End it now",
		LeaveTitle: "Give up this right", LeaveText: "You can do nothing more for them. To get it back you need a new code, or the people at the practice.", LeaveButton: "Give it up",
		CanLook: "see the record", CanAsk: "see the record, book and ask", CanManage: "see the record, book, ask and add to it", CanCopy: "all of that, and take a copy of what they see",
		Kinds: FamilyKinds{Choose: "Choose one", Parent: "Parent", Guardian: "Guardian", Partner: "Partner", Child: "Son or daughter", Family: "Other family",
			Friend: "Friend or neighbour", Carer: "Carer", Attorney: "Attorney", Deputy: "Deputy of the court"},
		Desk:  familyDeskEnglish(),
		Acted: "You act for them now.", Stopped: "You act for yourself again.", Gave: "The code was made.", Ended: "That right was ended. They were not told.", Left: "You gave up that right.", TookBack: "The code was taken back.",
		Paused: "Nobody can act for you now.", Resumed: "They can act for you again.", Taken: "You can act for them now.",
		Copy:       familyCopyEnglish(),
		RightGiven: "The right was given.", RightStopped: "The right was stopped. Nobody was told.", RightBack: "The right was given back.", RightEnded: "The right was ended.", Decided: "The decision was written down.",
	}
}

func familyDeskEnglish() FamilyDesk {
	return FamilyDesk{
		Title: "Who acts for whom", What: "Find the person whom somebody acts for. Each look is written down, and they can see it.", Number: "NHS number of the person", NumberHint: "Ten digits, such as 999 123 4567.", Find: "Find the person",
		Person: "Person", Rights: "Who can act for them", None: "Nobody was given a right.", Holder: "Who", Basis: "Why they may", State: "State",
		Decisions: "Can they decide this?", NoDecisions: "Nothing was decided yet.", Decision: "Decision", Day: "Day", Again: "Look again by",
		Words: "Why", Give: "Give somebody a right", Decide: "Write down if they can decide", Look: "See it",
		GiveTitle: "Give a right to act", GiveText: "Check who they are, and the papers, before you give it.", GiveButton: "Give the right",
		HolderNumber: "NHS number of who will act", HolderHint: "They use it when their account is linked to that record.", Evidence: "Which paper did you see?", NoPaper: "None",
		DecideTitle: "Can they decide this?", DecideText: "For a child: do they know what it means? For an adult: can they take in, keep and weigh this, and say what they want?", DecideButton: "Write it down",
		Can: "They can decide this", CanNot: "They can not decide this now", Which: "What was decided?", Review: "Look again by", ReviewHint: "A day such as 2027-03-31. When they can not decide, it is a year at most.",
		Why: "Why?", WhyHint: "One line. It is kept with the decision.",
		RightTitle: "A right to act", History: "What became of it", HistoryNone: "Nothing yet.", What2: "What", By: "By whom",
		StopTitle: "Stop this right now", StopText: "It stops at once. They are not told, and it looks as if there were no such right.", StopButton: "Stop it now", StopLink: "Stop it",
		Safety: "Is it to keep somebody safe?", SafetyYes: "Yes", SafetyNo: "No", SafetyHint: "Then only staff can see why.",
		BackTitle: "Give this right back", BackText: "You have looked at it, and it is right that they act.", BackButton: "Give it back", BackLink: "Give it back, or keep it on",
		EndTitle: "End this right", EndText: "It ends for good. A new one can be given.", EndButton: "End it", EndLink: "End it", Reason: "Why does it end?",
		Active: "Works", Suspended: "Stopped until looked at", Over: "Ended", ToPerson: "Back to the person",
		Bases:   FamilyBases{Choose: "Choose one", Parent: "Parent's duty and right", Consented: "The person said yes", BestInterest: "Best for the person", Attorney: "Power of attorney for health", Deputy: "Deputy named by the court"},
		Papers:  FamilyPapers{Birth: "Birth certificate", Adoption: "Adoption paper", Agreement: "Agreement of parents", StepAgreement: "Agreement of a step-parent", Order: "Parental order", Guardian: "Order for a special guardian", Court: "Other order of a court", Power: "Power of attorney", Other: "Another paper"},
		Endings: FamilyEndings{Choose: "Choose one", Safety: "To keep somebody safe", Wish: "The person wants it", Unused: "Nobody uses it", Died: "The person died", Changed: "They are not that to each other now", Moved: "The person moved away"},
	}
}

func refusalsMandate() map[string]string {
	return map[string]string{
		"mandate-able":          "Somebody has to decide first if this child knows what it means. Write that down.",
		"mandate-basis":         "You can not give a right for that reason here. Choose another one.",
		"mandate-born":          "The record does not say when they were born. Have it put right first.",
		"mandate-busy":          "Others keep changing this right. Wait a moment, then look at it again.",
		"mandate-code":          "This is not a code that can be used. Check it. If it was used, or is older than seven days, ask for a new one.",
		"mandate-codes":         "You have twenty codes that nobody has used, which is the most. Take one back first.",
		"mandate-copy":          "For that reason, or at that age, nobody can take a copy. Choose less from the list.",
		"mandate-dates":         "The end lies in the past, or before the start. Check the two dates.",
		"mandate-died":          "The record says that they have died, so nobody can act for them.",
		"mandate-ended":         "This right has ended. Give a new one if you need it.",
		"mandate-ending":        "Choose why it ends from the list.",
		"mandate-evidence":      "This needs a paper. Say which one you saw.",
		"mandate-evidence-kind": "Choose the paper from the list.",
		"mandate-grantor":       "Say which practice or hospital gives it.",
		"mandate-kind":          "Choose what they are to each other from the list.",
		"mandate-may":           "Choose what they may do from the list.",
		"mandate-most":          "Twenty people can act for them, which is the most. End one of those rights first.",
		"mandate-name":          "Say what they are called, in one line.",
		"mandate-nhs-number":    "An NHS number has ten digits, such as 999 123 4567. Check it and type it again.",
		"mandate-no-person":     "There is no such person. Check who it is about.",
		"mandate-no-record":     "There is not just one record with this NHS number. Check the number.",
		"mandate-not-able":      "It was decided that they can not decide this now. Choose another reason.",
		"mandate-not-again":     "Age, time or law do not allow this right now. Give a new one if you need it.",
		"mandate-old":           "They are too old for that. Ask them, or choose another reason.",
		"mandate-outside":       "The other service sent a right that we can not keep to. Nothing was changed. Ask them to send it again.",
		"mandate-outside-none":  "There is no such right here that could end. Nothing was changed.",
		"mandate-review":        "The day to look at it again lies in the past. Give a later one.",
		"mandate-self":          "Nobody needs a right to act for themself. Check who it is for.",
		"mandate-stopped":       "A right of theirs was stopped to keep this person safe. Look at that one first.",
		"mandate-suspended":     "This right was stopped before. Look at the list.",
		"mandate-twice":         "They can act for this person now. End that right first if you want another one.",
		"mandate-unable":        "This is only for those who can not decide. Write down that decision first.",
		"mandate-whose":         "Say who will act.",
		"mandate-why":           "Say why, in one line of up to 300 characters. It is kept with the decision.",
		"mandate-young":         "They are too young for that. Choose another reason.",
		"no-mandate":            "There is no such right here. Look at the list.",
	}
}
