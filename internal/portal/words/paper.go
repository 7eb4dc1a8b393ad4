package words

// Paper is the pages on which a family copies a paper red book.
type Paper struct {
	Link, Title, Text, Keep, Open                string
	Steps, Step, State, None, OneFilled          string
	ManyFilled, LineOne, LineMany                string
	Names                                        map[string]string // by step
	Button, Next, Back, Drop, DropNone, Skip     string
	Lines                                        string
	Vaccine, Choose, Product, Batch, Day         string
	DayHint, NoVaccine, BadDay, TooMany, NotDay  string
	Kind, Value, NoValue, Which, Said            string
	Check, CheckText, Where, Paper, Record       string
	NotInRecord, Nothing, Send, Sent, Kept, Lost string
	Note, Source, Unlikely                       string
}

func paperEnglish() Paper {
	return Paper{
		Link: "Copy a paper red book into this one", Title: "Copy a paper red book",
		Text:  "Take the paper book and copy one part at a time. Leave open what is not in it. Never guess.",
		Keep:  "Each part is kept when you press the button. You can stop, and go on another day.",
		Open:  "Nothing is part of the record until you check it all and send it.",
		Steps: "Parts", Step: "Part", State: "Copied so far", None: "Nothing yet", OneFilled: "answer", ManyFilled: "answers", LineOne: "line", LineMany: "lines",
		Names:  map[string]string{"vaccinations": "Vaccines that were given", "growth": "Weights, lengths and head sizes", "milestones": "First times"},
		Button: "Keep this part", Next: "Go to the next part", Back: "All parts", Drop: "Take a line away", DropNone: "None", Skip: "Check it and send it",
		Lines:   "Copied so far",
		Vaccine: "Which vaccine?", Choose: "Choose one", Product: "Its name, if it is not on the list", Batch: "Batch number, if it is there", Day: "When?",
		DayHint:   "If only the month or the year is there, leave the rest empty.",
		NoVaccine: "Choose a vaccine, or type its name.", BadDay: "This is not a day that can be. Check the paper book.",
		TooMany: "These are more lines than fit here. Send what you have, then copy the rest.", NotDay: "Type the whole day. Without it the number can not be put on the chart.",
		Kind: "What was measured?", Value: "What does the book say?", NoValue: "Choose what was measured, and type the number.", Which: "What was it?", Said: "Tell more, if you like",
		Check: "Check what you copied", CheckText: "On the left is what you copied. On the right is what the record has already. Both are kept: nothing is overwritten.",
		Where: "Part", Paper: "In the paper book", Record: "In the record now", NotInRecord: "Not in the record", Nothing: "You have copied nothing yet. Start with one of the parts.",
		Send: "Add it to the record", Sent: "It is in the record now, marked as copied from the paper book.", Kept: "It is kept. You can go on, or come back another day.",
		Lost: "Somebody else changed this at the same time. Look at it again, then type your part once more.",
		Note: "Copied from the paper red book by the family.", Source: "Paper red book",
		Unlikely: "Look at the paper book again. If the number is right, say so below.",
	}
}
