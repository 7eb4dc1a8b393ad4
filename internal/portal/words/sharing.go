package words

// Sharing is where people say who may see what of their record.
type Sharing struct {
	Link, LinkHint, Title, Lead, New string
	Choices, ChoicesNone             string
	Choice, State, HowLong, Change   string
	Holds, NotNow, Ended, UntilEnded string
	Defaults, DefaultsLead           string
	Elsewhere                        string
	Deny, Permit, Except             string
	Elements                         map[string]string
	MoreParts                        string

	ByStaff, ByActing, ByApps, ByRescue, ByResearch string
	StaffTied, StaffAny, ActingMay, AppsMay         string
	RescueLifts, RescueObeys, ResearchMay, AskFirst string

	May, MayNot, ForCare, ForResearch            string
	DatedFrom, DatedUntil                        string
	Everybody, Outside, OutsideBut, Acting       string
	Clinicians, Coordinators, StaffOf, TheApp    string
	ActsForYou, UnknownPlace                     string
	Everything, OneEntry                         string
	Labels, Groups                               map[string]string
	NewTitle, NewLead, ChooseOne, Look           string
	Say, SayNo, SayYes, Whom, About, AboutHint   string
	Why, AnyWhy, From, FromHint, Until           string
	DataFrom, DataFromHint, DataUntil            string
	NoSay, NoWhom, NoAbout, NoDay, DaysWrong     string
	OutsideYes, ActingWhy                        string
	LookTitle, LookLead, Save, Mend              string
	Lost, LostNone, Gained, GainedNone           string
	FromWhom, ToWhom, What, HowMany              string
	Entries, EntriesNone, Entry, When, LookedAll string
	LookMore, LookFew, NoMatter                  string
	TheTeam, Unnamed                             string
	OneTitle, Since, EndTitle, EndLead           string
	EndReason, EndReasonHint, End                string

	PrivateTitle, PrivateDoes, PrivateNot, PrivateButton string
	PrivateLink, ChooseLink                              string
	OwnTitle, OwnDoes, OwnBack, OwnButton, OwnLink       string
	NotOwn                                               string
	Saved, WasEnded, MadePrivate, KeptOwn                string
}

func sharingEnglish() Sharing {
	w := Sharing{
		Link: "Who may see my record", LinkHint: "Choose who sees what, for how long, and what for.",
		Title: "Who may see my record", Lead: "You choose who may see what. A new choice counts at once. A no counts more than a yes.",
		New: "Make a choice", Choices: "Your choices", ChoicesNone: "You have made no choices yet. What is said below holds.",
		Choice: "Choice", State: "Now", HowLong: "How long", Change: "Read or end it",
		Holds: "It holds", NotNow: "It does not hold today", Ended: "Ended", UntilEnded: "until you end it",
		Defaults: "Where you have chosen nothing", DefaultsLead: "These are the rules of this service. Your choices come on top of them.",
		Elsewhere: "A choice that was made in another place. Open it to read what it says.",
		Deny:      "May not be seen", Permit: "May be seen", Except: "But:",
		Elements: map[string]string{"actor": "By whom", "action": "What is done", "securityLabel": "Label", "purpose": "What for", "class": "Kind", "code": "Code",
			"data": "Entry", "period": "Days when it holds", "dataPeriod": "Days of the data", "policyRule": "Rule"},
		MoreParts: "There is more in this choice than fits here.",

		ByStaff: "Staff", ByActing: "People who act for you", ByApps: "Your apps", ByRescue: "An emergency", ByResearch: "Research",
		StaffTied: "Staff of places that look after you may see your record. Others may not.", StaffAny: "All staff may see your record.",
		ActingMay: "They see what their right lets them see. Sensitive things are hidden from them.", AppsMay: "They see what you let them see.",
		RescueLifts: "Staff may open your record, whatever you chose. They must say why, and you are told.", RescueObeys: "Your no holds in an emergency too.",
		ResearchMay: "Research may use your record, unless you say no.", AskFirst: "Nobody sees your record for this unless you said yes.",

		May: "may see", MayNot: "may not see", ForCare: "for your care", ForResearch: "for research",
		DatedFrom: "from", DatedUntil: "until",
		Everybody: "Everybody but you", Outside: "All staff of places that do not look after you now", OutsideBut: "All staff, but not those of",
		Acting: "Everybody who acts for you", Clinicians: "All clinicians", Coordinators: "All who arrange care", StaffOf: "Staff of", TheApp: "The app",
		ActsForYou: "who acts for you", UnknownPlace: "a place with the number",
		Everything: "anything in your record", OneEntry: "one entry",
		Labels: map[string]string{"mental-health": "mental health", "sexual-health": "sexual health", "reproductive-health": "pregnancy and birth control (reproductive health)",
			"substances": "alcohol and drugs", "safeguarding": "safety at home (safeguarding)", "genetics": "genes (genetics)", "social-care": "social care", "childs-own": "a child's own things"},
		Groups: map[string]string{"medicines": "medicines", "illnesses": "illnesses and allergies", "results": "results of tests", "letters": "letters and documents", "visits": "visits and appointments"},
	}
	w.forms()
	return w
}

func (w *Sharing) forms() {
	w.NewTitle, w.NewLead, w.ChooseOne, w.Look = "Make a choice", "Nothing is saved yet. On the next page you see what it would hide, and from whom.", "Choose one", "See what it does"
	w.Say, w.SayNo, w.SayYes = "May they see it?", "No, they may not", "Yes, they may"
	w.Whom, w.About, w.AboutHint = "Whom is it about?", "What is it about?", "A sensitive kind has everything in it that we know to be of that kind."
	w.Why, w.AnyWhy = "What for?", "Anything"
	w.From, w.FromHint, w.Until = "From which day does it hold?", "Leave the days empty to begin today and go on until you end it.", "Until which day does it hold?"
	w.DataFrom, w.DataFromHint, w.DataUntil = "Only data from this day on", "Leave these days empty for data of any time.", "Only data up to this day"
	w.NoSay, w.NoWhom, w.NoAbout = "Say whether they may see it.", "Choose whom it is about.", "Choose what it is about."
	w.NoDay, w.DaysWrong = "Write a day such as 3 5 2026, or leave it empty.", "The second day comes before the first. Mend one of them."
	w.OutsideYes, w.ActingWhy = "You can only say no to all staff of other places. To say yes, choose one place.", "For people who act for you, choose Anything."
	w.LookTitle, w.LookLead = "What this choice does", "Nothing is saved yet. Read what would change, then save it."
	w.Save, w.Mend = "Save this choice", "Change it"
	w.Lost, w.LostNone = "What disappears from whom", "Nobody that we know of sees less than before."
	w.Gained, w.GainedNone = "What appears to whom", "Nobody whom we know of sees more."
	w.FromWhom, w.ToWhom, w.What, w.HowMany = "From whom", "To whom", "What", "How many"
	w.Entries, w.EntriesNone, w.Entry, w.When = "The entries", "No entries of today are changed. It also counts for what comes later.", "Entry", "When it was"
	w.LookedAll = "This counts places that look after you, and staff who looked in the last year. It counts people who act for you, and your apps."
	w.TheTeam, w.Unnamed = "The care team", "without a name"
	w.LookFew = "More places and people have to do with you than are looked at here. Your choice holds for them too."
	w.LookMore, w.NoMatter = "Your record is very long. There may be more than is shown here.", "Staff may still open your record in an emergency. You are told when they do."
	w.OneTitle, w.Since, w.EndTitle, w.EndLead = "One of your choices", "Last changed", "End this choice", "It is kept, so that you can see what held and when."
	w.EndReason, w.EndReasonHint, w.End = "Why do you end it?", "You need not say.", "End this choice"
	w.PrivateTitle, w.PrivateDoes = "Keep this more private", "The entry gets a mark that says it is private. People who act for you do not see it then."
	w.PrivateNot = "Places that look after you still see it. To hide it from them, make a choice. The mark is not taken off without a note of who did it and why."
	w.PrivateButton, w.PrivateLink, w.ChooseLink = "Keep it more private", "Keep this more private", "Choose who may see this"
	w.OwnTitle, w.OwnDoes = "Keep this from people who act for you", "You are the one who decides this. People who act for you, such as a parent, do not see this entry then. They are not told."
	w.OwnBack, w.OwnButton = "You can end it at any time on the page about who may see your record.", "Keep it from them"
	w.OwnLink, w.NotOwn = "Keep this from people who act for me", "This is not yours alone to decide yet. Talk with those who look after you about it."
	w.Saved, w.WasEnded = "Your choice is saved. It counts from now on.", "Your choice has ended."
	w.MadePrivate, w.KeptOwn = "This entry is kept more private now.", "People who act for you do not see this entry now."
}
