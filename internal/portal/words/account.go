package words

// Account is the page about what is true of somebody's account.
type Account struct {
	Title, Name, Facts, Else string

	SignIn                                                     string
	ByPasskey, ByWaiting, ByApp, ByCode, ByProvider            string
	Proof                                                      string
	NotProven, P5, P9, Lost                                    string
	Record                                                     string
	NoRecord, HasRecord                                        string
	Passkeys, Sessions, Codes, App, Places, Who                string
	PasskeysHint, SessionsHint, CodesHint, AppHint, PlacesHint string
	WhoHint                                                    string
}

func accountEnglish() Account {
	return Account{
		Title: "My account",
		Name:  "You are called",
		Facts: "What is true now",
		Else:  "What you can change",

		SignIn:    "How you signed in",
		ByPasskey: "With a passkey, which is the safest way.",
		ByWaiting: "With a new passkey that still has to wait. You can look at things, and change little.",
		ByApp:     "With a code from an app. You can look at things. For changes you need a passkey.",
		ByCode:    "With a recovery code. Add a passkey now.",
		// Not which: the page about who you are names it.
		ByProvider: "With another website. You can look at things. For changes you need a passkey.",

		// Facts and no verdicts: that nothing is proven is no fault.
		Proof:     "Who you are",
		NotProven: "Nobody has checked yet who you are.",
		P5:        "What you told us fits a record.",
		P9:        "Somebody saw a document with your photo, and it was you.",
		Lost:      "A recovery code was used, so it has to be checked again who you are.",

		Record:    "Your record",
		NoRecord:  "No record is linked to this account yet.",
		HasRecord: "Your record is linked to this account.",

		Passkeys: "My passkeys", PasskeysHint: "How you sign in, and on which devices.",
		Sessions: "Where I am signed in", SessionsHint: "See it, and end it.",
		Codes: "Recovery codes", CodesHint: "For the day when you lose your passkeys.",
		App: "Codes from an app", AppHint: "A second, weaker way to sign in.",
		Who: "Who you are", WhoHint: "Show who you are, and link your record.",
		Places: "Where we tell you", PlacesHint: "The addresses that hear when your account changes.",
	}
}

// Passkeys is the list of passkeys, and what can be done with it.
type Passkeys struct {
	Title, What, None, Add                string
	Added, Used, Kept, State              string
	Synced, MayBe, OneDevice              string
	Waits, Copied, NotUsed                string
	Rename, Remove                        string
	AddTitle, AddText, AddWait            string
	Name, NameHint, AddButton             string
	RenameTitle, RenameButton             string
	RemoveTitle, RemoveText, RemoveButton string
	NotYours                              string
}

func passkeysEnglish() Passkeys {
	return Passkeys{
		Title:     "My passkeys",
		What:      "Have two or more, on different devices. Then you can still sign in when you lose one.",
		None:      "You have no passkeys. Add one now, or you cannot sign in again.",
		Add:       "Add a passkey",
		Added:     "Added",
		Used:      "Last used",
		Kept:      "Where it is",
		State:     "What it can do",
		Synced:    "Copied to your other devices.",
		MayBe:     "May be copied to your other devices.",
		OneDevice: "On one device only.",
		Waits:     "It came after a recovery, so it has to wait. It can do everything from",
		Copied:    "Somebody may have a copy of it. Add a new one and remove this one.",
		NotUsed:   "Not used yet",
		Rename:    "Rename",
		Remove:    "Remove",

		AddTitle:  "Add a passkey",
		AddText:   "Your device asks where to keep it. It can be this device, your phone or a security key.",
		AddWait:   "You came in with a recovery code. So the new passkey has to wait some days until it can do everything.",
		Name:      "What do you call it?",
		NameHint:  "A name to know it by in the list, such as my phone.",
		AddButton: "Make the passkey",

		RenameTitle:  "Rename a passkey",
		RenameButton: "Save the name",

		RemoveTitle:  "Remove a passkey",
		RemoveText:   "You cannot sign in with it any more, and what is signed in with it ends. We tell all your addresses.",
		RemoveButton: "Remove this passkey",

		NotYours: "You have no such passkey. Look at the list again.",
	}
}

// Sessions is the list of what is signed in.
type Sessions struct {
	Title, What, Only, This, Unknown string
	Begun, Used, Way                 string
	ByPasskey, ByApp, ByCode         string
	ByProvider                       string
	End, EndOthers, Strange          string
}

func sessionsEnglish() Sessions {
	return Sessions{
		Title:      "Where I am signed in",
		What:       "Each ends by itself after 30 minutes without use, or after 12 hours.",
		Only:       "You are signed in here and nowhere else.",
		This:       "This is where you are now.",
		Unknown:    "A device",
		Begun:      "Signed in",
		Used:       "Last used",
		Way:        "With",
		ByPasskey:  "a passkey",
		ByApp:      "a code from an app",
		ByCode:     "a recovery code",
		ByProvider: "another website",
		End:        "End",
		EndOthers:  "End all but this one",
		Strange:    "If one of them is not you, end it. Then look at your passkeys, and make new recovery codes.",
	}
}

// Recovery is the banner and the page that stops a recovery.
type Recovery struct {
	Banner, Mine, Link             string
	Title, What, When, Until, Then string
	Button, Is, None               string
}

func recoveryEnglish() Recovery {
	return Recovery{
		Banner: "Somebody used a recovery code to get into your account. If it was not you, stop it now.",
		Mine:   "You used a recovery code. We told all your addresses. A new passkey can do everything when the time to wait is over.",
		Link:   "See what happened, and stop it",

		Title:  "Stop a recovery",
		What:   "A recovery code was used to get into your account.",
		When:   "When it was",
		Until:  "You can stop it until",
		Then:   "If you stop it, they are signed out and their new passkeys go. Your recovery codes stop working too, for they have one.",
		Button: "It was not me. Stop it",
		Is:     "If it was you, you need do nothing.",
		None:   "There is nothing to stop. No code was used of late.",
	}
}

// Done is what was done, said once on the next page.
type Done struct {
	PasskeyAdded, PasskeyRenamed, PasskeyRemoved string
	SessionEnded, OthersEnded                    string
	AppSet, AppRemoved                           string
	AddressAdded, AddressRemoved                 string
	RecoveryStopped                              string
	RecordLinked, SignInRemoved                  string
	QuestionAnswered, LinkUndone                 string
	DoneLooked
	WorkLeft, PlaceTaken                        string
	OrganisationAdded, SiteAdded, TeamAdded     string
	OrganisationClosed, TeamClosed              string
	PlaceGiven, PlaceEnded, InvitationWithdrawn string
	ClientRevoked                               string
	AppEnded, AppsEnded, AppMoved               string
	Rights                                      DoneRights
	EmergencyEnded, EmergencyAnswered           string
	ReviewKept, TellKept                        string
	UseStopped, UseAllowed                      string
}

func doneEnglish() Done {
	return Done{
		Rights:            doneRightsEnglish(),
		EmergencyEnded:    "The record is closed.",
		EmergencyAnswered: "Your answer was sent to the reviewer.",
		ReviewKept:        "It was sent. The one who opened the record can read it.",
		TellKept:          "It is kept when the person is told.",
		UseStopped:        "Your record is left out from now on.",
		UseAllowed:        "Your record may be used for this again.",

		PasskeyAdded:    "Your passkey was added.",
		PasskeyRenamed:  "Your passkey has its new name.",
		PasskeyRemoved:  "Your passkey was removed.",
		SessionEnded:    "That device is signed out.",
		OthersEnded:     "Every other device is signed out.",
		AppSet:          "You can now sign in with codes from your app.",
		AppRemoved:      "Codes from your app no longer work.",
		AddressAdded:    "We will tell you there when your account changes.",
		AddressRemoved:  "We no longer write to that address.",
		RecoveryStopped: "The recovery was stopped. Make new recovery codes now.",
		RecordLinked:    "Your record is linked to this account.",
		SignInRemoved:   "You can no longer sign in here with that website.",

		DoneLooked:       doneLookedEnglish(),
		QuestionAnswered: "It is decided, and the person is told when a record was linked.",
		LinkUndone:       "The link was taken back, and the person is told.",

		WorkLeft:            "You are not at work now.",
		PlaceTaken:          "You can work here now. Choose the place below.",
		OrganisationAdded:   "It was added. Now invite who works there.",
		SiteAdded:           "The site was added.",
		TeamAdded:           "The team was added.",
		OrganisationClosed:  "It is closed. Nobody works for it any more.",
		TeamClosed:          "The team is closed.",
		PlaceGiven:          "They have the new place.",
		PlaceEnded:          "The end of the place is set.",
		InvitationWithdrawn: "Nobody can use that code now.",
		ClientRevoked:       "It is let in no more.",
		AppEnded:            "The app gets nothing new from now on.",
		AppsEnded:           "No app acts in your name any more.",
		AppMoved:            "The last day was changed.",
	}
}
