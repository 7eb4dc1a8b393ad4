package words

// BookSafe is the notes that only professionals see.
type BookSafe struct {
	Title, Link, Alarm, Text, None, When, Note, Hint, By, Kept string
	Write, Kind, Release, Released                             string
	ReleaseTitle, ReleaseText, Why                             string
	Home                                                       KeptAddress
}

// KeptAddress is that the address of somebody is kept from those who act for them.
type KeptAddress struct {
	Title, Open, Kept                  string // what is so
	Keep, KeepTitle, KeepWhy, KeepHint string
	KeepText                           []string
	Tell, TellTitle, TellText, TellWhy string
}

func bookSafeEnglish() BookSafe {
	return BookSafe{
		Title: "Safeguarding notes", Link: "Safeguarding notes", Alarm: "Only professionals see these notes. Do not show this page to the child or the family.",
		Text: "The child and the parents can not see these notes. They are in no copy, no app and no list of who looked. A child who is grown up does not see them either. That ends when a professional releases the note.",
		None: "No note is kept here. That does not mean that nobody is worried.",
		When: "When", Note: "Note", Hint: "Say what you saw and heard, who said it, and what you did.", By: "Who wrote it", Kept: "Who sees it",
		Write: "Write a safeguarding note", Kind: "Safeguarding note (only professionals see it)", Release: "Let the child see it", Released: "The child can see it",
		ReleaseTitle: "Let the child see this note", ReleaseText: "The child can then read it on their own pages. Parents still can not. You can not take it back.", Why: "Why is it safe to let them see it?",
		Home: KeptAddress{
			Title: "Who sees the address", Open: "Everybody who acts for this person sees the address.",
			Kept: "Nobody who acts for this person sees where they live. The person sees it, and so do you.",
			Keep: "Keep the address from the family", KeepTitle: "Keep the address from the family",
			KeepText: []string{"Nobody who acts for this person then sees where they live. They see no telephone and no surgery either. That goes for both parents, for their apps and for copies they take. The person sees it, and so do staff.",
				"Other entries can still tell where somebody lives: a visit names the place. Mark each such entry as a safeguarding restriction too."},
			KeepWhy: "Why must they not know it?", KeepHint: "Say who decided it and when, in 10 letters or more",
			Tell: "Let the family see the address again", TellTitle: "Let the family see the address again",
			TellText: "Everybody who acts for this person can then see where they live. You can not take back what they have seen.", TellWhy: "Why is it safe to let them see it?",
		},
	}
}
