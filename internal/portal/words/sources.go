package words

// Sources is what is said of places that send data: to those who read a record, and
// to those who run the service.
type Sources struct {
	Label, Last, Day, Missing, NeverKnown, Down, Others, NotKnown string

	Title, Text, None, Add, AddButton, Back                      string
	Name, NameHint, ID, IDHint, URI, URIHint, Client, ClientHint string
	Every, EveryHint, Heard, Failed, State, By, Hours            string
	StateGood, StateLate, StateDown, StateSilent, StateFailed    string
	Never, NotExpected, IsDown, IsUp, DownText, UpText, BadHours string
	Remove, RemoveText, RemoveButton, Added, Changed, Removed    string
}

func sourcesEnglish() Sources {
	return Sources{
		Label: "What may be missing", Last: "We last heard from", Day: "on", Missing: "Newer things from there may be missing.",
		// A day is only named where there is one: no place is called up to date by guess.
		NeverKnown: "We do not know when we last heard from", Down: "They can not send to us now.",
		Others:   "Other places may be late too.",
		NotKnown: "We can not tell now if something is missing. Look again later.",

		Title: "Where data comes from", Text: "Name each place that sends data here. People who have entries from a place are told when it falls silent.",
		None: "No place is named yet. Nobody is told when one falls silent.", Add: "Name a place", AddButton: "Save this place", Back: "Where data comes from",
		Name: "Name", NameHint: "What people know it by, such as Valley Laboratory.", ID: "Short name", IDHint: "Small letters, digits and dashes, such as valley-lab. It is used with bevan load --source.",
		URI: "Address of the source", URIHint: "What its entries have in meta.source, such as https://lab.example. Leave out what stands behind a #.",
		Client: "Number of the program", ClientHint: "Copy it from the list of apps. What the program sends counts as news. Leave it empty if there is none.",
		Every: "Hours until it is late", EveryHint: "After how many hours without news are people told? Write 0 for never.",
		Heard: "Last heard from", Failed: "Sending last went wrong", State: "State", By: "Changed by", Hours: "hours",
		StateGood: "Heard from in time", StateLate: "Late", StateDown: "Does not work", StateSilent: "Not heard from yet", StateFailed: "The last sending went wrong",
		Never: "Not known", NotExpected: "It is not expected at set times", IsDown: "It does not work", IsUp: "It works again",
		DownText: "People who have entries from there are told at once. Say so again when it works.", UpText: "People are told no more, unless it is late.",
		BadHours: "Write after how many hours without news it is late: a whole number up to 8,784, or 0 for never.",
		Remove:   "Forget this place", RemoveText: "What it sent stays. Nobody is told any more when it falls silent.", RemoveButton: "Forget it",
		Added: "The place is named.", Changed: "It is saved.", Removed: "The place is forgotten.",
	}
}

// sourcesWelsh is what stands on pages of a record. Those who run the service read
// their pages in English.
func sourcesWelsh() Sources {
	return Sources{
		Label: "Beth allai fod ar goll", Last: "Y tro diwethaf i ni glywed gan", Day: "oedd ar", Missing: "Gall pethau mwy newydd oddi yno fod ar goll.",
		NeverKnown: "Dydyn ni ddim yn gwybod pryd y clywon ni ddiwethaf gan", Down: "Allan nhw ddim anfon aton ni ar hyn o bryd.",
		Others:   "Gall lleoedd eraill fod yn hwyr hefyd.",
		NotKnown: "Allwn ni ddim dweud nawr a oes rhywbeth ar goll. Edrychwch eto yn nes ymlaen.",
	}
}

// refusalsSources are the sentences for refusals about places that send data.
func refusalsSources() map[string]string {
	return map[string]string{
		"source-none":   "There is no such place here. Look at the list again.",
		"source-id":     "A short name has up to 40 small letters, digits and dashes, such as valley-lab. Choose another one.",
		"source-name":   "A name is one line of up to 100 letters. Write what people know the place by.",
		"source-uri":    "Write the address that its entries have in meta.source, such as https://lab.example. Leave out what stands behind a #.",
		"source-every":  "Write after how many hours without news it is late: a whole number up to 8,784, or 0 for never.",
		"source-client": "There is no such program. Leave it out, or copy its number from the list of apps.",
		"source-taken":  "There is a place with this short name or address. Look at the list, or choose another one.",
		"source-most":   "There are 200 places, which is the most. Remove one first.",
	}
}
