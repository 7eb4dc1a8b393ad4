package words

// Recall is what staff read about whom to call for a vaccination, and what a
// family reads about reminders.
type Recall struct {
	Title, Text, None, Wait                                  string
	What, Overdue, Now, Weeks4, Weeks12                      string
	Vaccine, AnyVaccine, Age, AnyAge, Under1, Under5, Over5  string
	Show, Name, Born, Number, Dose, Late, Due, Asked, Mark   string
	NeverAsked, Reminded, On, Print, File, FileText, More    string
	Caption, CaptionDue, NotSigned, Rules, Next, NoName, Cut string
	Write                                                    RecallWrite
	Coverage                                                 Coverage
	Mine                                                     Reminders
}

// RecallWrite is the form on which staff write down how they asked a family.
type RecallWrite struct {
	Action, Title, Kind, KindMissing, Vaccine, When, Note, NoteHint, NoteLong string
	// Kinds are how they asked, and what came of it.
	Kinds map[string]string
}

// Coverage is how many children had their vaccinations in time.
type Coverage struct {
	Title, Text, Total, TotalText, None, Quarter, Of, Few, Link string
	// Birthdays are the tables, by the months of the birthday, and Measures what
	// each column counts.
	Birthdays map[int]string
	Measures  map[string]string
	Quarters  []string
	Send      string
	Renew     string
	RenewText string
	Stale     string
}

// Reminders is the page on which somebody stops or starts reminders.
type Reminders struct {
	Title, Text, Saved, Stop, Start, Gone, Come, Link, LinkHint string
}

func recallEnglish() Recall {
	return Recall{
		Title: "Whom to call for a vaccination",
		Text:  "These are children who are registered with you. The list shows what you may see of their records. Look at a child's record before you act on it.",
		None:  "Nobody is on this list now. That does not mean that every child is up to date: some may have no record here.",
		Wait:  "A change to a record can take a minute to show here.",
		What:  "Show", Overdue: "Who is late", Now: "Who is due now", Weeks4: "Who is due within 4 weeks", Weeks12: "Who is due within 12 weeks",
		Vaccine: "Vaccine", AnyVaccine: "All vaccines", Age: "Age", AnyAge: "All ages", Under1: "Under 1 year", Under5: "1 to 4 years", Over5: "5 years and over",
		Show: "Show the list", Name: "Name", Born: "Born", Number: "NHS number", Dose: "dose", Late: "Late since", Due: "Due on", Asked: "Last asked", Mark: "Write down a call",
		NeverAsked: "Not asked yet", Reminded: "Reminder sent", On: "on", Print: "You can print this page. Keep the paper safe and shred it after use.",
		File: "Download this list as a file", FileText: "The file holds up to 200 lines. It names children, so keep it safe and delete it after use.", More: "Next page",
		Caption: "Vaccinations that are late", CaptionDue: "Vaccinations that are due", Rules: "Worked out by", NotSigned: "These rules were not signed off for use in care yet.", Next: "Find a person", NoName: "Name not known",
		Cut: "There are more. Choose one vaccine or age to see them.",
		Write: RecallWrite{
			Action: "Write down a call about vaccinations", Title: "Write down a call about vaccinations",
			Kind: "What happened", KindMissing: "Choose what happened.", Vaccine: "Which vaccine", When: "Day",
			Note: "Note", NoteHint: "You do not have to. The family can read it.", NoteLong: "This is too long. Use up to 1,000 letters.",
			Kinds: map[string]string{"": "Choose one", "invited": "We sent a letter or message", "rang": "We rang the family", "refused": "They said no for now", "moved": "They have moved away"},
		},
		Coverage: Coverage{
			Title: "Vaccinations in time", Link: "Vaccinations in time",
			Text:  "How many of the children registered with you had each vaccine before their birthday. It counts what you may see of their records.",
			Total: "Vaccinations in time, everybody", TotalText: "How many of all children here had each vaccine before their birthday. Numbers under 5 are not shown, so that nobody can be picked out.",
			None: "No child", Quarter: "Birthday in", Of: "of", Few: "Too few to show",
			Birthdays: map[int]string{12: "By the 1st birthday", 24: "By the 2nd birthday", 60: "By the 5th birthday"},
			Measures: map[string]string{"6in1-3": "6-in-1, 3 doses", "pcv-1": "PCV, 1 dose", "rotavirus-2": "Rotavirus, 2 doses", "menb-2": "MenB, 2 doses", "pcv-booster": "PCV booster", "mmr-1": "MMR or MMRV, 1 dose",
				"mmr-2": "MMR or MMRV, 2 doses", "menb-booster": "MenB booster", "hibmenc": "Hib/MenC", "preschool": "4-in-1 booster"},
			Quarters: []string{"January to March", "April to June", "July to September", "October to December"},
			Send:     "Send reminders now", Renew: "Work out all lists anew", RenewText: "The rules have changed. These children were worked out by the old ones:", Stale: "Old rules",
		},
		Mine: Reminders{
			Title: "Messages about the red book", Link: "Reminders", LinkHint: "Stop or start messages about the red book",
			Text:  "We can tell you of something to do, or of a new note, in a red book. It may be yours, or that of a child you act for. The message never says what it is about.",
			Saved: "Your choice was saved.", Stop: "Stop these messages", Start: "Send me these messages", Gone: "You get no messages about the red book.", Come: "You get messages about the red book.",
		},
	}
}
