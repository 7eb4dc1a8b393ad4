package words

// FirstRun is what the first operator chooses when the service is set up, and what
// is said of the example people.
type FirstRun struct {
	WhoseTitle, WhoseText, Whose, WhoseNone string
	Mine, MineHint                          string
	Child, ChildHint                        string
	Both, BothHint                          string
	GoOn                                    string

	StartTitle, StartText               string
	Examples, ExamplesText, ExamplesWho string
	ExamplesButton, ExamplesHere        string
	ExamplesOpen                        string
	File, FileText, FileLink            string
	Empty, EmptyText                    string
	EmptyMine, EmptyChild, EmptyWork    string

	FileTitle, FileWhat, FileHow, FileThen, FileBack string

	// Band stands above each page, with the button beside it.
	Band, BandHere, BandGoing, Remove, RemoveAgain string
	Made, Removed                                  string
	ListTitle, ListText, Look, Suffix              string
	Relations                                      map[string]string
	OnlyOperators                                  string
}

func firstRunEnglish() FirstRun {
	return FirstRun{
		WhoseTitle: "Whose record is this?",
		WhoseText:  "Your answer changes what we tell you next, and nothing else. We do not keep it.",
		Whose:      "Whose record do you want to see here?",
		WhoseNone:  "Choose one of the three answers.",
		Mine:       "Mine", MineHint: "You want to see your own record.",
		Child: "My child's", ChildHint: "You look after the record of a child.",
		Both: "Mine and my child's", BothHint: "You want to see both.",
		GoOn: "Go on",

		StartTitle: "How do you want to start?",
		StartText:  "You can do the other things later.",
		Examples:   "Look round with an example family",
		// Nothing about them may be taken for advice.
		ExamplesText:   "We bring in six people. They are all made up. You see what a full record looks like, and you can remove them all with one click.",
		ExamplesWho:    "There is a mother, a father, a grandmother and three children. They have results, vaccines, letters and medicines.",
		ExamplesButton: "Bring in the example family",
		ExamplesHere:   "The example family is here now.",
		ExamplesOpen:   "Look at the example family",
		File:           "Bring in a file",
		FileText:       "You have health records in files, from another service.",
		FileLink:       "How to bring in a file",
		Empty:          "Start empty",
		EmptyText:      "There is nobody in here yet. You add people and places yourself.",
		EmptyMine:      "Link your own record",
		EmptyChild:     "Act for your child",
		EmptyWork:      "Choose where I work",

		FileTitle: "Bring in a file",
		FileWhat:  "Bevan reads files in the format FHIR, version R4. A file can be big, and a folder of files is fine too.",
		FileHow:   "Run this where Bevan runs, with the name of your file. Bevan can stay on while you do it.",
		FileThen:  "The command tells you what came in. If something did not, it tells you what and why. You can run it again: nothing comes in twice.",
		FileBack:  "Go back",

		Band:        "Example people",
		BandHere:    "They are made up. Do not use them for real care.",
		BandGoing:   "They are being removed. This has not ended yet.",
		Remove:      "Remove all examples",
		RemoveAgain: "Remove the rest now",
		Made:        "The example family is here. You look round as the first of them.",
		Removed:     "All example people were removed.",
		ListTitle:   "Example people",
		ListText:    "They are made up. You can look at each of them, and change nothing.",
		Look:        "Look round as",
		Suffix:      "(example)",
		Relations: map[string]string{"parent": "Mother in the family", "partner": "Father in the family", "grandparent": "Grandmother in the family",
			"teenager": "Teenager", "schoolchild": "Child at school", "child": "Small child"},
		OnlyOperators: "Only an operator can do that. Ask whoever runs this service.",
	}
}
