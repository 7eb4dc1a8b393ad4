package words

// Receipt is where people check by themselves that the list of looks is whole.
type Receipt struct {
	Title, What, Link, ThisLook      string
	File, FileText                   string
	Check, Again, Own, OwnHint       string
	Key, KeyHint                     string
	NoScript, Command                string
	Good, Whole, Place, Bare, Up, At string
	Seen, NoWitness, WitnessNew      string
	OurKey, YourKey                  string
	NotThere, ThereBare              string

	Bad, Keep, Old, OldText, Away, AwayText, Works string
	// Wrong is by what was found not to hold.
	Wrong map[string]string
}

func receiptEnglish() Receipt {
	return Receipt{
		Title:    "A receipt of who looked",
		What:     "A receipt is the list of looks, with a proof. The proof shows that no look is missing and that nobody changed one, us included.",
		Link:     "Get the receipt of this look",
		ThisLook: "The receipt is of the whole list. We also say where this look is in it:",
		File:     "Get the file",
		FileText: "Keep it safe. It says who looked at your record and when.",
		Check:    "Check it here",
		Again:    "Your browser does the check. It sends nothing to anybody.",
		Own:      "Or check a file that you kept",
		OwnHint:  "A receipt from before, or one that somebody gave you.",
		Key:      "The key of our log",
		KeyHint:  "Change it if you have it from somewhere else, such as from a letter. That is safer than to trust this page.",
		NoScript: "JavaScript is off, so we can not check it here. Get the file. Then type this on a computer:",
		Command:  "bevan verify-receipt FILE --key KEY",

		Good:       "The receipt holds",
		Whole:      "The list is whole and nobody changed it. Number of looks:",
		Bare:       "Some show no more than that there was a look. We erased it, or it is about somebody else, or we tell you later. How many:",
		Up:         "It goes up to this place in our log:",
		Place:      "The look that you chose is in it, at place",
		At:         "Written on",
		Seen:       "Somebody else saw our log. Who and when:",
		NoWitness:  "Nobody else watches our log yet. So this does not prove that we show the same log to everybody.",
		WitnessNew: "Somebody else watches our log, but has not signed this receipt. Try again in a minute.",
		OurKey:     "The key was the one on this page.",
		YourKey:    "The key was the one that you typed.",
		NotThere:   "The look that you chose is not in this receipt. If it is a file from before, get a new one.",
		ThereBare:  "The look that you chose may be one of those.",

		Bad:      "This receipt does not hold",
		Keep:     "Keep the file. Get a new one from us, and show both to somebody who can help you.",
		Old:      "This browser can not check it",
		OldText:  "It is too old for this. Use a newer one, or check the file with the command.",
		Away:     "We could not get the receipt",
		AwayText: "You may have to use your passkey again. Load this page once more.",
		Works:    "Checking. A long list takes some seconds.",
		Wrong: map[string]string{
			"entry":     "A look is not the one that was written in the log. It was changed later. Its place in the log:",
			"order":     "The looks are in the wrong order.",
			"count":     "The list is not whole: it is not the one that the log promised.",
			"map":       "The promise of how long the list is does not belong to this log.",
			"signature": "The head of the log was not signed with this key. Either the file was changed or the key is another one.",
			"witness":   "What the witnesses signed is another log, or was changed.",
			"key":       "This is no key of a log. Copy it whole.",
			"file":      "The file can not be read as a receipt.",
		},
	}
}
