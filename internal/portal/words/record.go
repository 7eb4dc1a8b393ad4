package words

// Record is the pages of somebody's own record.
type Record struct {
	Link, LinkHint                      string
	None, Kind, Count, More             string
	Rights                              string
	Entry, When, By                     string
	EntryTitle, Wrong, WrongButton      string
	Back, Download, Erase, Corrections  string
	Unknown, Yes, No, From, Until, File string
	Masked                              string
	Labels                              map[string]string
}

func recordEnglish() Record {
	return Record{
		Link: "My record", LinkHint: "See what is held about you, take a copy, or say what is wrong.",
		// Empty is never the same as healthy.
		None: "Nothing is held about you here yet. That does not mean that there is nothing to know.",
		Kind: "What", Count: "How many", More: "There is more than can be counted here. Choose a kind to see all of it.",
		Rights: "Your rights",

		Entry: "Entry", When: "When it was", By: "Who said so",
		EntryTitle: "An entry in my record",
		Wrong:      "This entry was marked as wrong. It is kept so that people can see what was there.",
		// The words on the button are those that people use.
		WrongButton: "This looks wrong",
		Back:        "Back to my record",
		Download:    "Take a copy of everything",
		Erase:       "Ask for my record to be erased",
		Corrections: "What I said is wrong",
		Unknown:     "Not known", Masked: "Not shown to you", Yes: "Yes", No: "No", From: "from", Until: "to", File: "a file",
		Labels: map[string]string{
			"status": "State", "code": "What", "effective": "When", "occurrence": "When", "performed": "When", "onset": "When it began", "abatement": "When it ended",
			"value": "Value", "performer": "Who did it", "author": "Who wrote it", "recorder": "Who wrote it down", "asserter": "Who said so", "subject": "Whose record",
			"patient": "Whose record", "issued": "When it was sent out", "note": "Note", "category": "Kind", "interpretation": "What it means", "referenceRange": "Usual range",
			"medication": "Medicine", "dosageInstruction": "How to take it", "dosage": "How it is taken", "authoredOn": "When it was written", "requester": "Who asked for it",
			"vaccineCode": "Vaccine", "lotNumber": "Batch", "encounter": "Visit", "birthDate": "Date of birth", "gender": "Gender", "address": "Address", "telecom": "How to reach",
			"name": "Name", "identifier": "Numbers", "period": "From and to", "reasonCode": "Why", "bodySite": "Where in the body", "component": "Part", "recordedDate": "When it was written down",
			"clinicalStatus": "State now", "verificationStatus": "How sure it is", "generalPractitioner": "Surgery or doctor", "managingOrganization": "Kept by",
			"contained": "Inside", "extension": "More", "contact": "Contact", "content": "Content", "attachment": "File", "date": "Date", "sent": "When it was sent", "recorded": "When it was written down",
		},
	}
}

// Takeaway is the pages about a copy of everything, and the copy itself.
type Takeaway struct {
	Title, What, Holds, Keep, Button  string
	Making, Ready, Again, Wrong, Gone string
	Fetch, Until, Size                string

	PageTitle, PageWhat, PageFrom, PageWords, PageEmpty   string
	Contents, Resources, Files, NoFiles, Other, WrongMark string
	Missing                                               string

	Readme string

	Apps, NoApps, App, Since, Ends, May, Standing string
	Looks, NoLooks, At, Who, Why, Did, Result     string
	Corrections, NoCorrections, State             string
	Allowed, Refused                              string
	Given, Held                                   string
	Verbs, Purposes, Roles                        map[string]string
}

func takeawayEnglish() Takeaway {
	return Takeaway{
		Title:  "Take a copy of everything",
		What:   "You can take a copy of all that is held about you here, in one file.",
		Holds:  "It has your record and the files in it, with the results that you chose to wait for. It also has what you allowed, your apps, and who looked.",
		Keep:   "The copy is not locked. Whoever has the file can read it, so keep it in a safe place.",
		Button: "Make a copy",
		Making: "Your copy is being made. This takes a few minutes. Look here again, or wait for our message.",
		Ready:  "Your copy is ready.",
		Again:  "Make a new copy",
		Wrong:  "Your copy could not be made. Try again. If it happens again, ask the people who run this service.",
		Gone:   "There is no copy to fetch.",
		Fetch:  "Fetch my copy", Until: "You can fetch it until", Size: "Size",

		PageTitle: "My health record",
		PageWhat:  "This is a copy of what was held about you. Other places may hold more.",
		PageFrom:  "Made on",
		PageWords: "Where it says not known, the record does not say. That does not mean that there was nothing.",
		PageEmpty: "The record is empty. That does not mean that there is nothing to know.",
		Contents:  "What is in this copy", Resources: "Your record", Files: "Files", NoFiles: "There are no files in your record.",
		Missing: "These files are named in the record, but they are not in this copy. They are not here, or could not be read. Ask the people who run this service for them.",
		Other:   "What else is held about you", WrongMark: "marked as wrong",

		Readme: "This is a copy of your health record.\n\n" +
			"index.html      Read this one first. It opens in any browser.\n" +
			"fhir/           Your record for programs: one file for each kind (FHIR R4, NDJSON).\n" +
			"bundle.json     The same again as one file (FHIR R4, a Bundle).\n" +
			"files/          Letters, pictures and other files that were in your record.\n" +
			"other/          Your apps, who can act for whom, what you said is wrong, and who looked.\n" +
			"manifest.json   A list of all files, each with its SHA-256.\n\n" +
			"To load it into another Bevan: unzip this file, then run: bevan load fhir",

		Apps: "Apps, and what they were allowed", NoApps: "No app may do anything in your name.", App: "App", Since: "Since", Ends: "Ends", May: "May", Standing: "State",
		Looks: "Who looked", NoLooks: "Nobody looked at it.", At: "When", Who: "Who", Why: "Why", Did: "What", Result: "Answer",
		Corrections: "What you said is wrong", NoCorrections: "You have not said that anything is wrong.", State: "State",
		Allowed: "shown", Refused: "refused",
		Given: "Who can act for you", Held: "For whom you can act",
		Verbs: map[string]string{"read": "read", "search": "searched", "history": "read earlier versions", "create": "added", "update": "changed", "delete": "took away",
			"follow": "followed changes", "type-history": "read earlier versions"},
		Purposes: map[string]string{"unstated": "not said", "care": "care", "own": "their own record", "proxy": "for somebody else", "emergency": "an emergency", "operations": "running the service",
			"import": "bringing data in", "export": "taking a copy", "research": "research"},
		Roles: map[string]string{"none": "not known", "operator": "somebody who runs this service", "self": "you", "proxy": "somebody who acts for you", "professional": "somebody who cares for you",
			"researcher": "a researcher", "program": "a program"},
	}
}

// Correction is the pages of what people say is wrong.
type Correction struct {
	Title, What, Words, WordsHint, Button      string
	List, None, Entry, Asked, Due, Late, State string
	One, YourWords, Answer, Statement, Became  string
	Withdraw, WithdrawText                     string
	Disagree, DisagreeText, DisagreeHint       string
	States                                     map[string]string
	Staff, StaffWhat, StaffNone, Staffed       string
	See, SeeText, Now, Version, How, HowHint   string
	ByError, ByAmend, ByRefuse, Body, BodyHint string
	Reason, ReasonHint, Send                   string
}

func correctionEnglish() Correction {
	return Correction{
		Title: "This looks wrong",
		What:  "Say what is wrong. Those who wrote it answer within a month. Nothing is lost: what was there before is kept with the reason.",
		Words: "What is wrong, and what should it say?", WordsHint: "Those who answer read this. Write at most 2,000 letters.",
		Button: "Send this",
		List:   "What I said is wrong", None: "You have not said that anything is wrong.",
		Entry: "Entry", Asked: "Sent", Due: "Answer by", Late: "The answer is late. Ask the people who run this service.", State: "State",
		One: "What I said is wrong", YourWords: "What you wrote", Answer: "The answer", Statement: "Why you do not agree", Became: "See the entry",
		Withdraw: "Take this back", WithdrawText: "Nobody answers it then.",
		Disagree: "I do not agree", DisagreeText: "You can write why you do not agree. It is put into your record, beside the entry.", DisagreeHint: "Whoever may read the entry can read this. You can write it once.",
		States: map[string]string{"asked": "Sent, not looked at yet", "seen": "Somebody is looking at it", "accepted": "Put right", "refused": "Not changed", "withdrawn": "You took it back"},

		Staff: "What people say is wrong", StaffWhat: "People say that these entries are wrong. Each needs an answer by its day.",
		StaffNone: "Nobody waits for an answer.", Staffed: "A person says that an entry is wrong",
		See: "Say that you are looking at this", SeeText: "The person sees that somebody is looking at it.",
		Now: "The entry as it is now", Version: "Version",
		How: "Your answer", HowHint: "What was there before is kept with your reason.",
		ByError: "The entry is wrong: mark it", ByAmend: "The entry is changed as below", ByRefuse: "The entry stays as it is",
		Body: "The entry as it should be", BodyHint: "Only if it is changed. Change only what is wrong, and leave all else as it is.",
		Reason: "Why?", ReasonHint: "The person reads this.",
		Send: "Send the answer",
	}
}

// Erasure is the pages about erasing a record.
type Erasure struct {
	Title, What, Often, Lost, Words, Button string
	Waiting, Asked, Due, Withdraw           string
	Refused, Why, Ground, Being             string
	YourWords                               string

	Staff, StaffWhat, StaffNone                           string
	Number, State, Decided, One, NobodyAsked, PersonAsked string
	States                                                map[string]string
	Decide, DecideText, Answer                            string
	EraseIt, KeepIt, Reason, ReasonHint                   string
	Confirm, ConfirmHint, ConfirmWord, Confirms           string
	Done, Certificate, Send                               string
}

func erasureEnglish() Erasure {
	return Erasure{
		Title: "Ask for my record to be erased",
		What:  "You can ask for all that is held about you here to be erased. You get an answer within a month.",
		// People are often refused: say so before they hope.
		Often: "Often the law says that a health record has to be kept. Then you are told why.",
		Lost:  "If it is erased, nobody can bring it back. Take a copy first. Those who care for you will not see it any more.",
		Words: "Why do you ask?", Button: "Ask for my record to be erased",
		Waiting: "You asked for your record to be erased. It waits for an answer.", Asked: "Asked", Due: "Answer by",
		Withdraw: "Take this back",
		Refused:  "Your record is kept.", Why: "Why", Ground: "What the law says",
		Being:     "Your record is being erased.",
		YourWords: "What you wrote",

		Staff: "Records to be erased", StaffWhat: "Each request needs a decision by its day, on a ground in law.",
		StaffNone: "There are no requests.", Number: "Number", State: "State", Decided: "Decided", One: "A request to erase a record",
		NobodyAsked: "Nobody asked for this. We began it.", PersonAsked: "The person asked for this.",
		States: map[string]string{"asked": "Waits for a decision", "refused": "Kept", "withdrawn": "Taken back", "decided": "Being erased", "done": "Erased"},
		Decide: "Decide", DecideText: "An erased record can not be brought back, not even from a backup.",
		Answer:  "Decision and ground in law",
		EraseIt: "Erase", KeepIt: "Keep",
		Reason: "Why is it kept?", ReasonHint: "Only if it is kept. The person reads this.",
		Confirm: "To erase it, type the number of the record", ConfirmHint: "Only if it is erased. The number stands above.", ConfirmWord: "number",
		Confirms: "This is not the number of the record. Type it as it stands above.",
		Done:     "The record was erased.", Certificate: "Fetch the certificate", Send: "Decide this now",
	}
}

// DoneRights is what was done with a person's own record.
type DoneRights struct {
	CorrectionSent, CorrectionBack, Disagreed, CorrectionSeen, CorrectionAnswered string
	ErasureAsked, ErasureBack, ErasureDecided                                     string
}

func doneRightsEnglish() DoneRights {
	return DoneRights{
		CorrectionSent: "We have what you wrote. You get an answer within a month.", CorrectionBack: "You took it back.",
		Disagreed: "What you wrote is in your record now.", CorrectionSeen: "The person sees that you are looking at it.", CorrectionAnswered: "Your answer was sent.",
		ErasureAsked: "You asked for your record to be erased. You get an answer within a month.", ErasureBack: "You took it back.", ErasureDecided: "Your decision was kept.",
	}
}
