package words

// BookSafe is the notes that only professionals see.
type BookSafe struct {
	Title, Link, Alarm, Text, None, When, Note, Hint, By, Kept string
	Write, Kind, Release, Released                             string
	ReleaseTitle, ReleaseText, Why                             string
}

func bookSafeEnglish() BookSafe {
	return BookSafe{
		Title: "Safeguarding notes", Link: "Safeguarding notes", Alarm: "Only professionals see these notes. Do not show this page to the child or the family.",
		Text: "The child and the parents can not see these notes. They are in no copy, no app and no list of who looked. A child who is grown up does not see them either. That ends when a professional releases the note.",
		None: "No note is kept here. That does not mean that nobody is worried.",
		When: "When", Note: "Note", Hint: "Say what you saw and heard, who said it, and what you did.", By: "Who wrote it", Kept: "Who sees it",
		Write: "Write a safeguarding note", Kind: "Safeguarding note (only professionals see it)", Release: "Let the child see it", Released: "The child can see it",
		ReleaseTitle: "Let the child see this note", ReleaseText: "The child can then read it on their own pages. Parents still can not. You can not take it back.", Why: "Why is it safe to let them see it?",
	}
}
