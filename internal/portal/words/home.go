package words

// Home is the page where people land: who they are decides what it says.
type Home struct {
	Title, Hello                  string
	New, NewNone, NewMore         string
	Coming, ComingNone            string
	Todo, TodoNone                string
	Looked, LookedNone, LookedAll string
	NoRecord, NoRecordLink        string
	NoProof                       string
	Passkey, PasskeyLink          string
	NotNow                        string
	Ways                          string

	Codes, Copy, Correction, Enquiry string
	Emergency, Recovery, Prove       string

	Work, WorkText, WorkNone string

	// What this is, for whoever is not signed in.
	Lead, See, Say, Own string
}

func homeEnglish() Home {
	return Home{
		Title: "Your health record", Hello: "Hello,",
		New: "New in the last 30 days", NewNone: "Nothing in your record is from the last 30 days. News may take some days to reach us.", NewMore: "See all of it on the timeline",
		Coming: "Coming up", ComingNone: "We have no appointments ahead on record. That does not mean there are none.",
		Todo: "What needs doing", TodoNone: "Nothing needs doing now.",
		Looked: "Who looked at your record", LookedNone: "Nobody else looked at your record yet.", LookedAll: "See everybody who looked",
		NoRecord: "Your record is not linked to your account yet.", NoRecordLink: "Link your record",
		NoProof: "We have to know who you are before you can see your record.",
		Passkey: "Use your passkey to see what is new in your record.", PasskeyLink: "Use my passkey",
		NotNow: "Your record can not be shown just now. Nothing is lost. Try again in a few minutes.",
		Ways:   "Where to go",

		Codes: "Make recovery codes, so that you can get in if you lose your passkey", Copy: "Fetch the copy of your record. It is ready.",
		Correction: "Read the answer to what you said is wrong", Enquiry: "Read the answer to your question about who looked",
		Emergency: "See who opened your record in an emergency", Recovery: "Check a way in that was asked for", Prove: "Say who you are",

		Work: "Your work", WorkText: "Choose what you want to do.", WorkNone: "Choose where you work today.",

		Lead: "With an account you can:",
		See:  "See your medicines, results and letters in one place.", Say: "Say who may see what.", Own: "See who looked.",
	}
}

// Switch is the menu of whose record is open.
type Switch struct {
	Change, Own, Now, All, OwnPage string
}

func switchEnglish() Switch {
	return Switch{Change: "Change person", Own: "My own record", Now: "open now", All: "Family and people I help",
		OwnPage: "But this page is about your own record."}
}
