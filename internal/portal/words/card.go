package words

// Card is the emergency card, which people print or keep on a phone.
type Card struct {
	Link, Own, Other, What, WhatOther, Kept string
	Button, On, Off                         string
	Allergies, Problems, Medicines, Blood   string
	Contacts, ContactsHint, LongContacts    string
	Note, NoteHint, LongNote                string
	Do, Show, File, Check                   string

	Title, TitleOther, Made, Old, NotAll string
	ContactsHead, NoteHead, BloodHead    string
	NoContacts, NoBlood, Print, Change   string
}

func cardEnglish() Card {
	return Card{
		Link: "Emergency card", Own: "Make my emergency card", Other: "Make an emergency card for",
		What:      "Carry this card in case you are too ill to speak. You choose what is on it.",
		WhatOther: "Carry this card in case they are too ill to speak. You choose what is on it.",
		Kept:      "What you type here is not kept. It is on the card and nowhere else.",
		Button:    "Make the card", On: "Put it on the card", Off: "Leave it off",
		Allergies: "Allergies", Problems: "Illnesses and problems", Medicines: "Medicines", Blood: "Blood group",
		Contacts: "Whom should we ring?", ContactsHint: "Put each name and phone number on a new line.", LongContacts: "Type 300 letters or less about whom to ring.",
		Note: "What else should people know?", NoteHint: "For example, that you are deaf, or that you use a hoist.", LongNote: "Type 300 letters or less here.",
		Do: "What do you want to do?", Show: "Show it, so that I can print it", File: "Save it as a file for my phone",
		Check: "Use your passkey, then make the card again",

		Title: "My emergency card", TitleOther: "Emergency card of", Made: "Made on",
		Old:          "Things may have changed since then. Make a new card when they do.",
		NotAll:       "Not all that is known is on this card. The person chose what to put on it.",
		ContactsHead: "Ring", NoteHead: "Good to know", BloodHead: "Blood group",
		NoContacts: "No one to ring was typed in.",
		NoBlood:    "We have no blood group on record. Test before giving blood.",
		Print:      "To print this card, use the print button of your browser.", Change: "Change the card",
	}
}
