package words

// Consent is what people read when an app asks them for something.
type Consent struct {
	Title, Ask                                     string
	Who, App, Owner, NoOwner, Sends, Proven        string
	ProvenYes, ProvenNo, Says, Itself              string
	Page, Terms, Policy                            string
	Whose, Visit, Yours, OnlySignIn                string
	SignedInAs, ActingFor                          string
	LookAt, LookAll, ChangeAt, ChangeAll           string
	Add, Change, Remove                            string
	Now, NowOne, NowNone, AtLeast, NotCounted      string
	More, MoreHint, Rest, RestHint, Wildcard       string
	OnlySome, Parts, EverybodyYouMaySee            string
	YouTitle, OpenID, Profile, Email, Phone        string
	Offline, OfflineHint, Online, OnlineHint       string
	HowLong, HowLongHint, Days, Day, Until, Chosen string
	Date, DateHint, Day1, Month1, Year1            string
	Undo, UndoText, UndoChange, UndoWhere          string
	Allow, Deny, DenyText                          string
	NothingTicked, TooMuch, BadDate, LateDate      string

	NoRecord, NoProof, LinkRecord, NotAtWork, AtWork, StaffRole, NoPatient string
	NothingLeft                                                            string
}

func consentEnglish() Consent {
	return Consent{
		Title: "An app asks you",
		// The app's own name stands behind it.
		Ask:       "An app asks you:",
		Who:       "Who asks",
		App:       "The app",
		Owner:     "Who runs it",
		NoOwner:   "We do not know who runs it. Ask them before you say yes.",
		Sends:     "It sends you to",
		Proven:    "Is it really this app?",
		ProvenYes: "Yes. It shows us that it is this app.",
		// A public client can be copied by anybody: say it as people would.
		ProvenNo:   "We cannot be sure. Only say yes if you opened the app yourself.",
		Says:       "The app says why",
		Page:       "Its own page",
		Terms:      "Its rules",
		Policy:     "What it says it does with data",
		Itself:     "Nobody here has looked at this app. What it says of itself may not be true.",
		Whose:      "Whose record",
		Visit:      "Which visit",
		Yours:      "Your own",
		OnlySignIn: "None. It only wants to know who you are.",
		SignedInAs: "You are signed in as",
		ActingFor:  "You act for",

		LookAt:    "It may look at",
		LookAll:   "Untick what it may not see.",
		ChangeAt:  "It may write",
		ChangeAll: "Untick what it may not write.",
		Add:       "add", Change: "change", Remove: "remove",

		Now: "there are %s today", NowOne: "there is 1 today", NowNone: "there is none today",
		AtLeast:    "there are at least %s today",
		NotCounted: "we could not count it now",

		More:     "Kinds of data of which there is none today",
		MoreHint: "The app asks for these too. What comes later is seen as well.",
		Rest:     "Everything else",
		RestHint: "Such as the names of places and of people who work in care. Also kinds of data that come later.",
		Wildcard: "The app asks for everything. That takes in kinds of data that do not exist yet.",
		OnlySome: "only those with",
		Parts:    "Or untick it, and choose a part of it here.",

		EverybodyYouMaySee: "about all people whom you may see",

		YouTitle: "It may know about you",
		OpenID:   "That it is you, when you come again",
		Profile:  "What you are called",
		Email:    "Your e-mail address",
		Phone:    "Your telephone number",

		Offline: "Also while you are not here", OfflineHint: "It can look on its own, day and night, until the day when this ends.",
		Online: "As long as you are signed in", OnlineHint: "When you sign out here, it ends.",

		HowLong:     "How long",
		HowLongHint: "You can end it sooner at any time.",
		Days:        "For %s days, until", Day: "For one day, until",
		Until: "Until", Chosen: "Until a day that I choose",
		Date:     "The last day",
		DateHint: "For example, 31 3 2027. The longest is one year from today.",
		Day1:     "Day", Month1: "Month", Year1: "Year",

		Undo:       "What cannot be undone",
		UndoText:   "What the app has read, it keeps. When you end this, it gets nothing new.",
		UndoChange: "What it wrote stays in the record, with its name.",
		UndoWhere:  "You can see and end it on the page about apps in your account.",

		Allow:    "Allow what is ticked",
		Deny:     "Allow nothing",
		DenyText: "If you allow nothing, the app is told so. Nothing else happens.",
	}
}

// withRefusals adds what is said where something can not be allowed.
func (c Consent) withRefusals() Consent {
	c.NothingTicked = "Nothing is ticked. Tick what the app may have, or press the button that allows nothing."
	c.TooMuch = "These are too many single kinds to write down. Tick everything, or tick fewer."
	c.BadDate = "This is not a day. Write it as numbers, such as 31 3 2027."
	c.LateDate = "This ends too soon or too late. Choose a day from tomorrow up to one year from today."

	c.NoRecord = "The app asks for a record, and your account has none yet. Link it first, then come back to the app."
	c.NoProof = "The app asks for a record. First show us who you are, then come back to the app."
	c.LinkRecord = "Show who I am and link my record"
	c.NotAtWork = "You work here. To use the app for your work, choose where you work first."
	c.AtWork = "Choose where I work"
	c.StaffRole = "In the role in which you work now, no app may see records. Choose another role."
	c.NoPatient = "Choose whose record it is about first."
	c.NothingLeft = "There is nothing here that you can allow it."
	return c
}

// Choosing is the pages on the way to a decision.
type Choosing struct {
	AccountTitle, AccountText, AccountGo, AccountOther string
	WrongTitle, WrongText                              string
	TrustTitle, TrustText, TrustGo                     string
	Back                                               string

	PatientTitle, PatientText                       string
	Number, NumberHint, Or, Name, NameHint, Born    string
	Find, Nobody, TooMany, Found, FoundHint, Choose string
	NeedBoth, BadNumber, BadBorn, NotChosen         string
	BornOn, NHSNumber, NoName                       string

	VisitTitle, VisitText, VisitNone, NoVisits, VisitGo, Visit string

	OnTitle, OnText, OnGo string
}

func choosingEnglish() Choosing {
	return Choosing{
		AccountTitle: "Go on as this person?",
		AccountText:  "The app wants you to choose who you are. You are signed in as:",
		AccountGo:    "Go on as this person",
		AccountOther: "Sign in as somebody else",

		WrongTitle: "The app expects somebody else",
		WrongText:  "You are signed in with another account than the app expects. Sign in as the other person, or go back to the app.",

		TrustTitle: "The app needs to be sure who you are",
		TrustText:  "For this app it has to be checked better who you are. Do that here, then open the app again.",
		TrustGo:    "Show who I am",

		Back: "Go back to the app, and allow nothing",

		PatientTitle: "Whose record is it about?",
		PatientText:  "Give the NHS number, or the name and the date of birth. Each search is written down.",
		Number:       "NHS number",
		NumberHint:   "Ten numbers, such as 999 000 0018.",
		Or:           "Or by name and date of birth",
		Name:         "Name",
		NameHint:     "First name and last name, or a part of them.",
		Born:         "Date of birth",
		Find:         "Find",
		Nobody:       "Nobody was found. Check what you typed, or look in another way.",
		TooMany:      "More people were found than are shown. Give more of the name.",
		Found:        "Choose the person",
		FoundHint:    "Check the name and the date of birth with them.",
		Choose:       "Choose this person",
		NeedBoth:     "Give an NHS number, or a name together with a date of birth.",
		BadNumber:    "This is not an NHS number. It has ten numbers. Check each of them.",
		BadBorn:      "This is not a day. Write it as numbers, such as 31 3 1950.",
		NotChosen:    "Nobody is chosen. Choose one person.",
		BornOn:       "born", NHSNumber: "NHS number", NoName: "No name is known",

		VisitTitle: "Which visit is it about?",
		VisitText:  "The app wants to know which visit or stay it is about.",
		VisitNone:  "None of them",
		NoVisits:   "No visits are known. The app can go on without one.",
		VisitGo:    "Go on",
		Visit:      "A visit",

		OnTitle: "Go on",
		OnText:  "This worked. If nothing happens now, follow the link.",
		OnGo:    "Go on to the app",
	}
}

// Apps is the pages about what acts in somebody's name.
type Apps struct {
	Link, LinkHint, Title, What, None                         string
	May, Look, Write, Nothing, Everything, About              string
	Since, Until, Asked, Never, For, ForYou, ForNone, ForWork string
	Session, More, See, Open, OpenHint                        string
	OneTitle, EndTitle, EndText, End                          string
	MoveTitle, MoveText, Move                                 string
	AllTitle, AllText, All                                    string
	OpenTitle, OpenText, NoApps, OpenGo, NotHere              string
	LaunchLink, LaunchTitle, LaunchText, App, NoApp, Gone     string
}

func appsEnglish() Apps {
	return Apps{
		Link: "Apps", LinkHint: "What acts in your name. See it, and end it.",
		Title: "What acts in my name",
		What:  "These apps may do something in your name. Nobody else gave them leave. You can end each of them.",
		None:  "No app acts in your name.",

		May: "What it may do", Look: "look at", Write: "write",
		Nothing:    "know who you are, and nothing else",
		Everything: "everything, also kinds of data that come later",
		About:      "About",
		Since:      "You allowed it", Until: "It ends", Asked: "It last asked for data", Never: "Never",
		For: "Whose record", ForYou: "Your own", ForNone: "None", ForWork: "A person whom you care for",
		Session: "It ends when you sign out.",
		More:    "There are more than can be shown. End those that you know, or end all.",
		See:     "See, change or end it", Open: "Open an app", OpenHint: "Start an app from here, with your record.",

		OneTitle:  "An app that acts in my name",
		EndTitle:  "End it",
		EndText:   "The app gets nothing new from now on. What it has read, it keeps.",
		End:       "End this now",
		MoveTitle: "Change the last day",
		MoveText:  "Write the last day on which the app may see something.",
		Move:      "Change the day",
		AllTitle:  "End all of them",
		AllText:   "No app acts in your name any more. You can allow each again.",
		All:       "End all apps",

		OpenTitle:   "Open an app",
		OpenText:    "The app opens with your record in view. It asks you before it sees anything.",
		NoApps:      "There are no apps that can be opened from here.",
		OpenGo:      "Open",
		NotHere:     "Your account has no record yet, so there is nothing to open an app with. Link your record first.",
		LaunchLink:  "Open an app for a person whom you care for",
		LaunchTitle: "Open an app for this person",
		LaunchText:  "Choose the app. It asks you before it sees anything.",
		App:         "Which app?",
		NoApp:       "No app is chosen. Choose one.",
		Gone:        "You have allowed no such app, or it has ended. Look at the list again.",
	}
}

// Leave is the page that an app sends people to who want to sign out.
type Leave struct {
	Title, Text, From, Button, Stay, Back string
}

func leaveEnglish() Leave {
	return Leave{
		Title:  "Sign out?",
		Text:   "You sign out here. Apps that you allowed to work while you are away go on.",
		From:   "Afterwards you go back to:",
		Button: "Sign out",
		Stay:   "Stay signed in",
		Back:   "You are not signed in. You can go back to the app:",
	}
}
