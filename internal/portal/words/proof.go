package words

// Proof is the pages about who somebody is, and how they show it.
type Proof struct {
	Title, What                             string
	Checked, None                           string
	When, How, Who, Until, Ended            string
	ByDetails, ByDesk, ByProvider, ByPeople string
	ByRules, ByStaff                        string
	Ways, Details, Code, With               string
	DetailsHint, CodeHint, WithHint         string
	Elsewhere, Linked, Used, Remove         string
	RemoveTitle, RemoveText, RemoveButton   string
	Known                                   string // an account with everything
	ProofForms
	ProofElsewhere
}

// ProofForms are the forms by which people show who they are, and what comes of
// them.
type ProofForms struct {
	DetailsTitle, DetailsText, DetailsButton   string
	Given, GivenHint, Family, FamilyHint       string
	Birth, BirthHint, Postcode, PostcodeHint   string
	Number, NumberHint                         string
	ReviewTitle, ReviewText, ReviewButton      string
	NoNumber, Change                           string
	NotLinkedTitle, NotLinkedText              string
	NotLinkedNext, NotLinkedWrong, NotLinkedAt string
	CodeTitle, CodeText, CodeLabel, CodeMask   string
	CodeButton                                 string
	ProvenTitle, ProvenText, ProvenNext        string
	Back                                       string
}

// ProofElsewhere is about other websites that know who somebody is.
type ProofElsewhere struct {
	WithTitle, WithText, WithAsks, WithButton string
	SignInWith, SignInTitle, SignInText       string
	SignInButton                              string
	NobodyTitle, NobodyText, NobodyNext       string
	NobodyCreate                              string
}

func proofEnglish() Proof {
	return Proof{
		Title:      "Who you are",
		What:       "You can use an account without saying who you are. To read your record, we have to know.",
		Checked:    "What was checked",
		None:       "Nothing was checked yet.",
		When:       "When",
		How:        "How",
		Who:        "Who checked",
		Until:      "Counts until",
		Ended:      "Counts no more since",
		ByDetails:  "What you typed fits a record.",
		ByDesk:     "Somebody at a desk looked at your documents, and at you.",
		ByProvider: "Another website knows who you are.",
		ByPeople:   "Somebody who works here looked at what you typed.",
		ByRules:    "Our computer",
		ByStaff:    "Somebody who works here",

		Ways:        "How to show who you are",
		Details:     "Type your details",
		DetailsHint: "The quickest way. It links your record, and lets you change some choices.",
		Code:        "Type a code from a desk",
		CodeHint:    "For when you were at a desk with your passport or driving licence. It lets you read your record.",
		With:        "Use",
		WithHint:    "You go to another website and come back. We ask it who you are.",

		Elsewhere:    "Sign-ins from other websites",
		Linked:       "Linked",
		Used:         "Last used",
		Remove:       "Remove",
		RemoveTitle:  "Remove a sign-in",
		RemoveText:   "You cannot sign in here with it any more. What was checked with it stays true.",
		RemoveButton: "Remove this sign-in",

		Known: "Your record is linked, and we know who you are. There is nothing to do.",

		ProofForms:     proofFormsEnglish(),
		ProofElsewhere: proofElsewhereEnglish(),
	}
}

func proofFormsEnglish() ProofForms {
	return ProofForms{
		DetailsTitle:  "Type your details",
		DetailsText:   "We look for one record that fits what you type. Type it as it stands on letters from your surgery.",
		DetailsButton: "Go on",
		Given:         "First name",
		GivenHint:     "The name on your record, and not a short form of it.",
		Family:        "Last name",
		FamilyHint:    "The name that your surgery has for you now.",
		Birth:         "Date of birth",
		BirthHint:     "For example, 31 3 1980",
		Postcode:      "Postcode",
		PostcodeHint:  "Where your surgery writes to you.",
		Number:        "NHS number, if you know it",
		NumberHint:    "It has 10 digits. It stands on letters and on prescriptions.",

		ReviewTitle:  "Check what you typed",
		ReviewText:   "You have only some tries in a day, so look at it once more.",
		ReviewButton: "Look for my record",
		NoNumber:     "Not given",
		Change:       "Change what you typed",

		// One page for no record, several, and one that is somebody's: it must
		// say nothing that only one of them would.
		NotLinkedTitle: "We could not link a record",
		NotLinkedText:  "What you typed was not enough to be sure which record is yours. That happens often, and is no fault of yours.",
		NotLinkedNext:  "You can go to a desk with your passport or driving licence. They give you a code to type here.",
		NotLinkedWrong: "If you made a mistake in typing, try again.",
		NotLinkedAt:    "People may look at what you typed too. If they find your record, we link it and tell you.",

		CodeTitle:  "Type a code from a desk",
		CodeText:   "The code is on the sheet that you got there. It works once, for two weeks.",
		CodeLabel:  "Code",
		CodeMask:   "20 letters and numbers. You can leave out the gaps.",
		CodeButton: "Link my record",

		ProvenTitle: "We know who you are",
		ProvenText:  "It was checked who you are. Your record could not be linked by our computer.",
		ProvenNext:  "People will look at it. We tell you when it is done. There is nothing that you have to do.",

		Back: "Go back to Who you are",
	}
}

func proofElsewhereEnglish() ProofElsewhere {
	return ProofElsewhere{
		WithTitle:  "Show who you are with another website",
		WithText:   "You now go to another website. Sign in there, and it sends you back here.",
		WithAsks:   "We ask it for your name and date of birth. We do not tell it what is in your record.",
		WithButton: "Go to that website",

		SignInWith:   "Sign in with",
		SignInTitle:  "Sign in with another website",
		SignInText:   "You go there and come back. It works when you linked it to your account before.",
		SignInButton: "Go to that website",

		NobodyTitle:  "No account here has that sign-in",
		NobodyText:   "Sign in here in another way first. Then you can link it under Who you are.",
		NobodyNext:   "Sign in with a passkey",
		NobodyCreate: "Create an account",
	}
}
