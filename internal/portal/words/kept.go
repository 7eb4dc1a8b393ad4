package words

// Kept are the sentences for whoever typed into a form that could not be taken.
type Kept struct {
	Title string
	// Out, Work, Acts and Check say why: they were signed out, they work nowhere now,
	// they act for nobody now, or their passkey was used too long ago.
	Out, Work, Acts, Check string
	How, File, Close       string
	SignIn, Use, Go        string
	// Else and Other refuse what somebody else typed, or what is about somebody else.
	Else, Other string
	// Twice is for a form that comes again while it is at work.
	TwiceTitle, Twice, TwiceBack string
}

func keptEnglish() Kept {
	return Kept{
		Title: "What you typed is still here",
		Out:   "You were signed out, so nothing was saved yet.",
		Work:  "You do not say where you work now, so nothing was saved yet.",
		Acts:  "You act for nobody now, so nothing was saved yet. Choose the same person again.",
		Check: "We have to check that it is you, so nothing was saved yet.",
		How:   "Open the other page in a new tab and do that there. Then come back to this tab and go on.",
		// No page can hold a file. The browser still has it.
		File:   "Open the other page in a new tab and do that there. Then come back to this tab and load it again. Your browser then sends your file once more.",
		Close:  "If you leave this computer, close this page.",
		SignIn: "Sign in (opens a new tab)", Use: "Use my passkey (opens a new tab)", Go: "Go on with what I typed",
		Else:       "Somebody else typed that, or signed in here since. Nothing was saved. Open the page again and type it anew.",
		TwiceTitle: "You sent this twice", Twice: "We do it once. Look if it is there before you send it again.", TwiceBack: "Back to the page",
		Other: "In another tab you changed for whom you act, or where you work. Nothing was saved. Open the page again and type it anew.",
	}
}
