package words

// BookFirst is the first times that parents write down.
type BookFirst struct {
	Text, None, What, When, Photo, NoPhoto, Add, Choose, Which   string
	Said, SaidHint, Tooth, NoTooth, Day, DayHint, File, FileHint string
	Shown, Code                                                  string
	BadDay, OtherFile, NoWhich, NoSaid, LongSaid, OnlyTooth      string
	Names, Quarters, Teeth                                       map[string]string
}

// BookNights is the diary of feeds, sleep and crying.
type BookNights struct {
	Text, Ask, Button, What, Minutes, Millis, Time, TimeHint string
	Newest, None, Totals, DayHead, Feeds, Milk, Sleep, Cry   string
	NotSaid, AndMore, MostOn, SleepChart, At                 string
	Hour, Hours, MinuteOne, MinuteMany                       string
	Weeks, WeekHead, WeekDays, WeeksText                     string
	NoWhat, BadMinutes, BadMillis, OnlyBottle, BadTime       string
	Kinds                                                    map[string]string
}

// BookTalk is the notes between the family and the health visitor.
type BookTalk struct {
	Text, None, From, Said, Family, Waits, Label, Hint, Button, Sent, Long, Missing string
	// Read is how staff say that they read notes, and WasRead what the family reads of it.
	Read, ReadText, ReadDone, WasRead string
	// Entry and ReadEntry are what they are called in the lists of a record.
	Entry, ReadEntry string
	List             BookTalkList
}

// BookTalkList is the notes that wait for those who work somewhere.
type BookTalkList struct {
	Title, Text, Urgent, None, Caption, Name, Born, Number, Since, HowMany string
}

func bookFirstEnglish() BookFirst {
	return BookFirst{
		Text: "These are yours to remember. They are no test: children do things at many ages.", None: "No first times yet.",
		What: "What", When: "When", Photo: "Photo", NoPhoto: "No photo", Add: "Add a first time", Choose: "Choose one", Which: "What was it?",
		Said: "In your words", SaidHint: "Such as the first word. You can leave it empty.", Tooth: "Which tooth?", NoTooth: "Not a tooth, or not known",
		Day: "When was it?", DayHint: "Leave it empty for today. A month and year are enough.", File: "A photo", FileHint: "JPEG or PNG, up to 5 MB. We take out where it was taken.",
		Shown:  "Those who may see this record can see this, and that you added it.",
		Code:   "First time",
		BadDay: "This is not a day. Write it as 31 3 2026, or leave the day out.", OtherFile: "Choose a JPEG or PNG picture, up to 5 MB.", NoWhich: "Choose what it was.", NoSaid: "Write what it was.",
		LongSaid: "This is too long. Write at most 200 letters.", OnlyTooth: "Choose a tooth only for a tooth.",
		Names: map[string]string{"smile": "First smile", "laugh": "First laugh", "rolled": "Rolled over", "sat": "Sat without help", "crawled": "Crawled", "tooth": "A new tooth", "stood": "Stood without help",
			"steps": "First steps", "word": "First word", "sentence": "First two words together", "dry": "Dry by day", "own": "Something else"},
		Quarters: map[string]string{"5": "top right", "6": "top left", "7": "bottom left", "8": "bottom right"},
		Teeth:    map[string]string{"1": "front tooth", "2": "second front tooth", "3": "eye tooth", "4": "first back tooth", "5": "second back tooth"},
	}
}

func bookNightsEnglish() BookNights {
	return BookNights{
		Text: "Does your baby feed much less, cry in a new way, or is hard to wake? Call 111. Call 999 if your baby does not wake or can not breathe well.",
		Ask:  "Add to the diary", Button: "Add it", What: "What", Minutes: "How many minutes, if you know", Millis: "How much from a bottle, in ml", Time: "When it began",
		TimeHint: "Leave it empty for now. Or such as 02:30. A time still to come today is taken as yesterday's.",
		Newest:   "Only the newest days are shown here. All entries are in the record.", None: "Nothing is in the diary yet.",
		Totals: "Days", DayHead: "Day", Feeds: "Feeds", Milk: "Milk from a bottle", Sleep: "Sleep", Cry: "Crying",
		NotSaid: "Not said", AndMore: "and more, not said how long", MostOn: "was the most on one day.", SleepChart: "Hours of sleep by day", At: "When",
		Hour: "hour", Hours: "hours", MinuteOne: "minute", MinuteMany: "minutes",
		Weeks: "Weeks of the diary", WeekHead: "Week", WeekDays: "Days with entries",
		WeeksText: "This adds up what was written in each week. What nobody wrote down is not in it.",
		NoWhat:    "Choose what it was.", BadMinutes: "Write whole minutes, up to 1440.", BadMillis: "Write whole millilitres, up to 1000.", OnlyBottle: "Write millilitres only for a bottle.", BadTime: "Write the time as 02:30.",
		Kinds: map[string]string{"breast": "Breast feed", "bottle": "Bottle feed", "food": "Food", "sleep": "Sleep", "cry": "Crying"},
	}
}

func bookTalkEnglish() BookTalk {
	return BookTalk{
		Text: "Write here what can wait some days. If your child is ill now, call 111, or 999 in an emergency.",
		None: "No notes yet.", From: "From", Said: "Note", Family: "The family", Waits: "A note waits for an answer.",
		Label: "Your note", Hint: "At most 4,000 letters. The family and those who look after the child can read it.", Button: "Send the note", Sent: "The note was sent.", Long: "This is too long. Shorten it.", Missing: "Write the note.",
		Read: "Mark as read", ReadText: "Does it need no answer? Then say that you read it. The family can see that you did.", ReadDone: "The notes are marked as read.", WasRead: "Has read the notes before this.",
		Entry: "A note about the child", ReadEntry: "A note was read",
		List: BookTalkList{
			Title:  "Notes from families",
			Text:   "These families wrote a note that nobody has answered or marked as read. The longest wait is first. Each name here is a look at that record.",
			Urgent: "A note may need help today. Read each one.",
			None:   "No note waits for you here. A new one can take a minute to show.", Caption: "Notes that wait", Name: "Name", Born: "Born", Number: "NHS number", Since: "Waiting since", HowMany: "How many",
		},
	}
}
