package words

// Folder is the pages of a record, whoever has opened it: in the words for the
// person whose record it is, and for others.
type Folder struct {
	Own, Other                                 FolderOf
	Categories                                 map[string]string // what people call the kinds of entries
	What, When, By, Entry                      string
	NotDated, NotKnown                         string
	You, Person, Staff, Organisation, Somebody string
	All, AllKinds, Timeline, Summary, Do       string
	AllOfKind                                  string
	Born, Record                               string
	Files, File, FileNote                      string
	FileGone, FileLarge, FileElse, FileAt      string

	// The timeline.
	Filter, Show, Everything             string
	Kind, AnyKind, From, Until           string
	Source, SourceHint, Words, WordsHint string
	Looked, Back, Further, Whole         string
	NoneMatch, Order                     string
}

// FolderOf is what is said to one sort of viewer.
type FolderOf struct {
	Title, What, Timeline, TimelineWhat, All string
	None, KindNone, KindText, EntryTitle     string
	// Nones are what the parts of the summary say when they are empty. Empty is
	// never the same as healthy.
	Nones map[string]string
}

func folderEnglish() Folder {
	return Folder{
		Own: FolderOf{
			Title: "My record", What: "This is what is held about you here. Other places may hold more.",
			Timeline: "My timeline", TimelineWhat: "Your whole record, the newest first.",
			All:      "All that is held about you",
			None:     "Nothing is held about you here yet. That does not mean that there is nothing to know.",
			KindNone: "Nothing of this kind is held about you here. That does not mean that there is none.",
			KindText: "The newest come first.", EntryTitle: "An entry in my record",
			Nones: map[string]string{
				"medicines":    "We have no medicines on record. That does not mean that you take none.",
				"allergies":    "We have no allergies on record. That does not mean there are none.",
				"problems":     "We have no illnesses or problems on record. That does not mean there are none.",
				"vaccinations": "We have no vaccinations on record. That does not mean that you had none.",
				"results":      "We have no results on record. That does not mean there are none.",
				"documents":    "We have no letters on record. That does not mean there are none.",
				"appointments": "We have no appointments on record. That does not mean there are none.",
			},
		},
		Other: FolderOf{
			Title: "Record of", What: "This is what you may see. They can see that you looked.",
			Timeline: "Timeline of", TimelineWhat: "All that you may see of this record, the newest first.",
			All:      "All that you may see of",
			None:     "There is nothing here that you can see. That does not mean that there is nothing to know.",
			KindNone: "There is nothing of this kind that you can see. That does not mean that there is none.",
			KindText: "The newest come first.", EntryTitle: "An entry in the record of",
			Nones: map[string]string{
				"medicines":    "There are no medicines here that you can see. That does not mean there are none.",
				"allergies":    "There are no allergies here that you can see. That does not mean there are none.",
				"problems":     "There are no illnesses or problems here that you can see. That does not mean there are none.",
				"vaccinations": "There are no vaccinations here that you can see. That does not mean there are none.",
				"results":      "There are no results here that you can see. That does not mean there are none.",
				"documents":    "There are no letters here that you can see. That does not mean there are none.",
				"appointments": "There are no appointments here that you can see. That does not mean there are none.",
			},
		},
		Categories: map[string]string{
			"medicines": "Medicines", "allergies": "Allergies", "problems": "Illnesses and problems", "vaccinations": "Vaccinations",
			"documents": "Letters and documents", "appointments": "Appointments and referrals", "results": "Results and measurements",
			"visits": "Visits and stays", "treatments": "Operations and treatments", "plans": "Plans for care", "messages": "Messages and answers", "other": "All other entries",
		},
		What: "What", When: "When", By: "Who said so", Entry: "Entry",
		NotDated: "Not dated", NotKnown: "Not known",
		You: "You", Person: "The person themself", Staff: "Somebody who works in care", Organisation: "A place of care", Somebody: "Somebody else",
		All: "See all", AllKinds: "All kinds of entries", Timeline: "Timeline", Summary: "Summary", Do: "What you can do",
		AllOfKind: "There is more. This list shows the newest.",
		Born:      "born", Record: "Back to the record",
		Files: "Files", File: "Fetch the file", FileNote: "Open only files that you know where they come from.",
		FileGone: "There is no such file here. Ask those who wrote the entry for it.", FileLarge: "This file is too large to be fetched here. Ask those who sent it.",
		FileElse: "This file is kept by somebody else, and we do not have it. Ask those who wrote the entry.", FileAt: "It is at",

		Filter: "Choose what is shown", Show: "Show these", Everything: "Show everything",
		Kind: "Which kind?", AnyKind: "Every kind", From: "From which day?", Until: "Until which day?",
		Source: "Who said so?", SourceHint: "A name, such as that of a hospital. Leave it empty for all.",
		Words: "Which words?", WordsHint: "For example, knee. Leave it empty for all.",
		Looked:  "We looked for this in the newest entries, back to",
		Back:    "We looked for this in older entries, back to",
		Further: "Look in older entries", Whole: "We looked for this in all the entries that are left.",
		NoneMatch: "No entry here is like that. Choose less, or look in older entries.",
		Order:     "The first day has to be before the last one.",
	}
}
