package words

// ClinicWrite is what staff read who write into somebody's record.
type ClinicWrite struct {
	// CheckTitle heads the page that shows what was typed before it is saved, and
	// ByWho says in whose name that is.
	CheckTitle, CheckText, Save, Change, Warning string
	Saved, SavedAlready, ByWho, NotSaid          string
	When, WhenHint, BadDay, Late                 string
	EntryTitle, EntryWhat                        string
	Back, Mark, MarkTitle                        string
	MarkText                                     string
	MarkWhy, MarkWhyHint, Marked                 string
	MarkButton, MarkStale                        string
	Note                                         ClinicNote
	Problem                                      ClinicProblem
	Measure                                      ClinicMeasure
	Vaccine                                      ClinicVaccine
	Document                                     ClinicDocument
	Referral                                     ClinicReferral
}

// ClinicNote and the types that follow are one form each. Action is its name on
// the person's page.
type ClinicNote struct {
	Action, Title, About, AboutHint, Text, Missing, Long string
}

type ClinicProblem struct {
	Action, Title, What, Code, CodeHint, Since, State, Sure, Missing, BadCode, Long string
	Active, Over, Confirmed, Maybe                                                  string
}

type ClinicMeasure struct {
	Action, Title, Which, Choose, Value, ValueHint, Missing, BadValue, BadPair, Unlikely, Expected string
}

type ClinicVaccine struct {
	Action, Title, Product, ProductHint, Batch, Expires, Site, Maker, Missing, NoBatch, Expired, Long string
	NoSite, LeftArm, RightArm, LeftThigh, RightThigh                                                  string
}

type ClinicDocument struct {
	Action, Title, Text, Name, Kind, File, FileHint, Button                    string
	Missing, NoFile, TooLarge, BadFile, Again, Letter, Scan, Picture, OtherOne string
}

type ClinicReferral struct {
	Action, Title, What, WhatHint, To, ToHint, Code, CodeHint, Why, Urgency  string
	Routine, Urgent, Soon, AtOnce, Missing, NoTo, NoCode, WillSee, Long, For string
}

func clinicWriteEnglish() ClinicWrite {
	return ClinicWrite{
		CheckTitle: "Check before you save", CheckText: "This goes into the record of", Save: "Save", Change: "Change it", Warning: "Look again:",
		Saved: "It is in the record.", SavedAlready: "This form was saved before. What you see here is in the record. What you changed after that was not saved: open a new form for it.",
		ByWho: "Written by", NotSaid: "Not said",
		When: "Date", WhenHint: "Leave it empty for today.", BadDay: "This is not a day. Write it as 31 3 2026.", Late: "This day is still to come. Check it.",
		EntryTitle: "An entry", EntryWhat: "What", Back: "Back to the person", Mark: "Mark it as a mistake",
		MarkTitle: "Mark an entry as a mistake", MarkText: "It stays in the record and says that it is wrong. The person can read your reason.",
		MarkWhy: "Why is it wrong?", MarkWhyHint: "In 10 to 1,000 letters", Marked: "It is marked as a mistake.", MarkButton: "Mark it as a mistake",
		MarkStale: "Somebody changed this entry meanwhile. Look at it again first.",
		Note: ClinicNote{Action: "Write a note", Title: "Write a note", About: "What is it about?", AboutHint: "A few words, such as: phone call about the knee", Text: "Note",
			Missing: "Write the note.", Long: "This is too long. Shorten it."},
		Problem: ClinicProblem{Action: "Add a problem", Title: "Add a problem", What: "Problem", Code: "SNOMED CT code, if you know it", CodeHint: "6 to 18 digits. We check its last digit.",
			Since: "Since when, if that is known", State: "State", Sure: "How sure is it?", Missing: "Say what the problem is.", BadCode: "This is not a SNOMED CT code. Check the digits or leave it out.", Long: "This is too long. Shorten it.",
			Active: "There now", Over: "Over", Confirmed: "Sure", Maybe: "Not sure yet"},
		Measure: ClinicMeasure{Action: "Add a measurement", Title: "Add a measurement", Which: "What was measured?", Choose: "Choose", Value: "Value", ValueHint: "Blood pressure as 120/80. All others as one number.",
			Missing: "Choose what was measured.", BadValue: "This is not a number. Write it as 72 or 72.5.", BadPair: "Write blood pressure as two whole numbers, such as 120/80.",
			Unlikely: "This value is not likely. Check it and its unit.", Expected: "Most are between"},
		Vaccine: ClinicVaccine{Action: "Record a vaccination", Title: "Record a vaccination", Product: "Product", ProductHint: "As it is on the box", Batch: "Batch number", Expires: "Use by, if you have it",
			Site: "Where on the body?", Maker: "Maker, if you have it", Missing: "Say which product was given.", NoBatch: "There is no batch number. Without it nobody can be called back.",
			Expired: "The use-by date was before it was given.", Long: "This is too long. Shorten it.",
			NoSite: "Not said", LeftArm: "Left arm", RightArm: "Right arm", LeftThigh: "Left thigh", RightThigh: "Right thigh"},
		Document: ClinicDocument{Action: "Add a document", Title: "Add a document", Text: "The file goes into the record as it is. It may be a PDF, a picture (JPEG or PNG) or plain text, up to 5 MB.",
			Name: "What is it?", Kind: "Kind", File: "File", FileHint: "PDF, JPEG, PNG or plain text, up to 5 MB", Button: "Save the document",
			Missing: "Say what it is.", NoFile: "Choose a file.", TooLarge: "The file is larger than 5 MB. Make it smaller, or send it in parts.",
			BadFile: "We can not take this file. It has to be a PDF, a JPEG or PNG picture, or plain text.", Again: "Choose the file once more: browsers do not keep it.",
			Letter: "Letter", Scan: "Scan of a paper", Picture: "Picture", OtherOne: "Something else"},
		Referral: ClinicReferral{Action: "Refer", Title: "Refer", What: "What for?", WhatHint: "Such as: heart clinic, first visit", To: "To whom?", ToHint: "The name of the service",
			Code: "Code of their organisation, if they use this service", CodeHint: "Such as RXH. They can then see the record.", Why: "Reason", Urgency: "How soon?",
			Routine: "Routine", Urgent: "Urgent", Soon: "As soon as possible", AtOnce: "At once", Missing: "Say what it is for.", NoTo: "Say to whom.",
			NoCode: "There is no organisation with this code here. Check it or leave it out.", WillSee: "Staff there can see this record for a year:", Long: "This is too long. Shorten it.", For: "For"},
	}
}
