// Package words holds every sentence that a page shows.
//
// Why here: people read these at night and when they are ill, so they are
// written and judged together: plain words, short sentences, what happened,
// what to do next. A language is a value of Words, and one that lacks a
// sentence fails a test.
package words

// Words are the sentences of all pages in one language.
type Words struct {
	// Lang is the language, as HTML writes it (BCP 47).
	Lang string
	// Service is what the service calls itself.
	Service string
	// Skip leads past the header, for those who use a keyboard.
	Skip string
	// Footer says who we are not.
	Footer string

	Front   Front
	Problem Problem
}

// Front is the page where people land first.
type Front struct {
	Title, What, NotYet, ForApps, Interface string
}

// Problem is the page that says what went wrong.
type Problem struct {
	Title, Home, ID string
	// NotHere is for an address where nothing is.
	NotHere string
	// OtherSite refuses a form that was sent from somebody else's page.
	OtherSite string
}

// English is the language that every other is held against.
func English() *Words {
	return &Words{
		Lang:    "en-GB",
		Service: "Bevan",
		Skip:    "Skip to main content",
		// People take a health page for the NHS's: say that it is not.
		Footer: "Bevan is not part of the NHS.",
		Front: Front{
			Title:     "Your health record",
			What:      "Bevan keeps one record for life, and lets you say who sees it.",
			NotYet:    "You cannot sign in here yet. Programs can use the record now, if the people who run this service gave them a token.",
			ForApps:   "If you make an app",
			Interface: "The FHIR interface is at",
		},
		Problem: Problem{
			Title:     "This did not work",
			Home:      "Go to the first page",
			ID:        "If you ask for help, give this number:",
			NotHere:   "There is no page at this address. Check it, or go to the first page.",
			OtherSite: "This was sent from another website, so nothing was done. Go to the first page and try again from there.",
		},
	}
}
