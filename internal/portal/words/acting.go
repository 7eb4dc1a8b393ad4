package words

// Acting is what people see who let an app act for somebody they help, who are
// helped, and who open an app in an emergency.
type Acting struct {
	ForWhomTitle, ForWhomText, ForWhomGo, ForWhomNone string
	ForMe, ForOtherNote, ForNobodyNow                 string
	OthersTitle, OthersText, LetInBy, Since           string
	CrisisLink, CrisisTitle, CrisisText, CrisisNote   string
}

func actingEnglish() Acting {
	return Acting{
		ForWhomTitle: "Whose record is the app for?",
		ForWhomText:  "You can let this app in for yourself, or for somebody you help. It gets one record and no other.",
		ForWhomGo:    "Go on",
		ForWhomNone:  "Choose whose record the app is for.",
		ForMe:        "My own record",
		ForOtherNote: "This is the record of somebody you help. The app sees no more than you may see for them. When your right ends, the app stops at once. They can see this app, and end it.",
		ForNobodyNow: "Nobody you can act for now",

		OthersTitle: "Apps that others let in for you",
		OthersText:  "People who help you let these apps see your record for you. You can end each of them. We do not tell anybody.",
		LetInBy:     "Let in by", Since: "Since",

		CrisisLink:  "Open an app for this person",
		CrisisTitle: "Open an app in this emergency",
		CrisisText:  "The app sees the record of this one person. It can change nothing. Each look is written down as an emergency.",
		CrisisNote:  "The app stops when the emergency ends, at the latest on",
	}
}
