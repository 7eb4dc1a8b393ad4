package words

// Add is the pages on which people add to a record.
type Add struct {
	Link, Title, TitleFor, What, WhatFor string
	Reading, Note, File, Button          string
	Shown, ShownFor, NotAllowed, Added   string
	Day, DayHint, Future, Past           string
	NoteLabel, NoteHint, NoteKind        string
	NoNote, LongNote                     string
	Choose, Measured, Value, ValueHint   string
	Second, SecondHint, Upper, Lower     string
	NoMeasure, BadValue, BadSecond       string
	OnlyPressure                         string
	Measures                             map[string]string
	FileText, FileLabel, FileHint        string
	FileTitle, FileTitleHint, FileKind   string
	NoFile, LargeFile, OtherFile         string
	LongTitle                            string
	ByYou, ByPerson, ByHelper, ByYours   string
}

func addEnglish() Add {
	return Add{
		Link: "Add something", Title: "Add to my record", TitleFor: "Add to the record of",
		What:    "Add what you know or measured yourself. It is marked as yours.",
		WhatFor: "Add what you know or measured. It is marked as added by you.",
		Reading: "A reading, such as weight or blood pressure", Note: "A note", File: "A photo or a file", Button: "Add this",
		Shown:      "Those who may see your record can see this, and that you added it. It is not a message: nobody is told.",
		ShownFor:   "Those who may see this record can see this, and that you added it. It is not a message: nobody is told.",
		NotAllowed: "Your right to act for them does not let you add to their record.",
		Added:      "It was added.",
		Day:        "Which day was it?", DayHint: "Leave it empty for today.", Future: "This day has not come yet. Type a day up to today.", Past: "Type a day after 1899.",
		NoteLabel: "What do you want to write?", NoteHint: "At most 2,000 letters.", NoteKind: "Note",
		NoNote: "Write the note.", LongNote: "The note is too long. Write at most 2,000 letters.",
		Choose: "Choose one", Measured: "What did you measure?", Value: "What was the number?", ValueHint: "For example, 71.5. You may add a unit, such as 7 lb 4 oz. For blood pressure, the upper number.",
		Second: "What was the lower number?", SecondHint: "Only for blood pressure.", Upper: "Upper number (systolic)", Lower: "Lower number (diastolic)",
		NoMeasure: "Choose what you measured.", BadValue: "This number does not fit what you measured. Type it again, in the unit beside its name.",
		BadSecond: "Type the lower number. It has to be less than the upper one.", OnlyPressure: "Leave this empty. Only blood pressure has a lower number.",
		Measures: map[string]string{"weight": "Weight", "height": "Height, standing up", "length": "Length, lying down", "head": "Head size", "pressure": "Blood pressure", "temperature": "Temperature", "pulse": "Pulse", "glucose": "Blood sugar (glucose)"},
		FileText: "If it is a photo, we take out where it was taken.", FileLabel: "Which file?", FileHint: "A photo (JPEG, PNG or GIF), a PDF or plain text, of at most 5 MB.",
		FileTitle: "What do you want to call it?", FileTitleHint: "For example, rash on the left arm.", FileKind: "Photo or file",
		NoFile: "Choose a file.", LargeFile: "This file is larger than 5 MB. Choose a smaller one.", OtherFile: "Files of this type can not be added. Choose a photo, a PDF or plain text.",
		LongTitle: "This name is too long. Write at most 100 letters.",
		ByYou:     "You added this", ByPerson: "The person added this", ByHelper: "Added by somebody who acts for them", ByYours: "Added by somebody who acts for you",
	}
}
