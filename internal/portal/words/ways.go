package words

// Codes is the page of recovery codes.
type Codes struct {
	Title, What, Left, None, Make           string
	NewTitle, NewText, NewFirst, NewButton  string
	ShownTitle, ShownText, ShownWhere, Kept string
}

func codesEnglish() Codes {
	return Codes{
		Title: "Recovery codes",
		What:  "When you lose all your passkeys, a recovery code lets you in once. Then you can add a new passkey.",
		Left:  "Codes that still work",
		None:  "You have no recovery codes. If you lose your passkeys now, you cannot sign in again.",
		Make:  "Make new codes",

		NewTitle:  "Make recovery codes",
		NewText:   "You get ten new codes. Older ones stop working.",
		NewFirst:  "We show them once. Have a pen or a printer at hand.",
		NewButton: "Show me my codes",

		ShownTitle: "Keep these codes",
		ShownText:  "You see them this once. Write them down or print this page.",
		// Whoever has the passkeys and the codes in one bag loses both at once.
		ShownWhere: "Keep them away from your devices, such as with your papers. Each works once.",
		Kept:       "I have kept them",
	}
}

// App is the page of codes that an app shows.
type App struct {
	Title, What, Caps, Address, Set, NotSet, Begin, Again, Remove string

	NewTitle, NewText, NewButton string

	ShownTitle, ShownText, Secret, Link, Code, CodeHint, Button, Once string

	RemoveTitle, RemoveText, RemoveButton string
}

func appEnglish() App {
	return App{
		Title:   "Codes from an app",
		What:    "An app on your phone can show a new code every half minute. You can sign in with it when your passkey is not at hand.",
		Caps:    "A code is weaker than a passkey, since somebody can trick you into telling it. So you can look at things with it, but for changes you need a passkey.",
		Address: "To sign in with a code you also type an address that you have confirmed. You have none yet.",
		Set:     "You can sign in with codes from your app.",
		NotSet:  "You have not set up an app.",
		Begin:   "Set up an app",
		Again:   "Set up another app in its place",
		Remove:  "Stop using codes from an app",

		NewTitle:  "Set up an app",
		NewText:   "You need an app that shows such codes. Your phone may have one among its passwords.",
		NewButton: "Show me the key",

		ShownTitle: "Add the key to your app",
		ShownText:  "Type this key into your app, or open the link on the phone that has the app. We show the key this once.",
		Secret:     "The key",
		Link:       "Open it in the app on this device",
		Code:       "Code that your app shows now",
		CodeHint:   "Six numbers. They tell us that the app works.",
		Button:     "Use this app",
		Once:       "The key is not shown again. Begin again if your app does not have it.",

		RemoveTitle:  "Stop using codes from an app",
		RemoveText:   "You can no longer sign in with codes. Your passkeys still work. We tell all your addresses.",
		RemoveButton: "Stop using codes",
	}
}

// Addresses is the page of addresses that are told.
type Addresses struct {
	Title, What, None, Add, Cannot string
	Added, Confirmed, NotConfirmed string
	Email, Phone                   string
	Confirm, Remove                string

	AddTitle, AddText, Label, Hint, AddButton string

	ConfirmTitle, ConfirmText, Code, CodeHint, ConfirmButton string

	RemoveTitle, RemoveText, RemoveButton string

	// OnlyEmail and OnlyPhone are for an address that no message would reach.
	OnlyEmail, OnlyPhone, NotYours string
}

func addressesEnglish() Addresses {
	return Addresses{
		Title:        "Where we tell you",
		What:         "We write there when your account changes. So you hear of it if somebody else gets in.",
		None:         "You have no addresses yet. Nobody hears if somebody else gets into your account.",
		Add:          "Add an address",
		Cannot:       "This service cannot send messages yet, so you cannot add an address. The people who run it can set that up.",
		Added:        "Added",
		Confirmed:    "Confirmed",
		NotConfirmed: "Not yet. Type the code that we sent there.",
		Email:        "E-mail address",
		Phone:        "Telephone number",
		Confirm:      "Type the code",
		Remove:       "Remove",

		AddTitle:  "Add an address",
		AddText:   "We send a code there, to see that it is yours.",
		Label:     "E-mail address or telephone number",
		Hint:      "Write a number with its country, such as +44 7700 900123.",
		AddButton: "Send the code",

		ConfirmTitle:  "Type the code that we sent",
		ConfirmText:   "It is good for 15 minutes. If none came, look at the address, remove it and add it again.",
		Code:          "Code",
		CodeHint:      "Six numbers.",
		ConfirmButton: "Confirm the address",

		RemoveTitle:  "Remove an address",
		RemoveText:   "We tell it that it goes, and write no more to it.",
		RemoveButton: "Remove this address",

		OnlyEmail: "This service can only send e-mail. Type an e-mail address, such as ann@example.org.",
		OnlyPhone: "This service can only send to telephones. Type a number with its country, such as +44 7700 900123.",
		NotYours:  "You have no such address. Look at the list again.",
	}
}
