// Package words holds every sentence that a page shows.
//
// Why here: people read these at night and when they are ill, so they are
// written and judged together: plain words, short sentences, what happened,
// what to do next. A language is a value of Words, and one that lacks a
// sentence fails a test.
package words

// Words are the sentences of all pages in one language.
type Words struct {
	// Lang is the language, as HTML writes it (BCP 47), Dir the direction of its
	// letters (ltr or rtl), and Name what it calls itself.
	Lang, Dir, Name string
	// Borrowed are the sentences that another language lent, since they were not
	// translated yet.
	Borrowed map[string]bool
	// Said is what an English sentence is in this language, for refusals that a
	// page made which is English still.
	Said     map[string]string
	Language LanguageChoice
	Dates    Dates
	// Service is what the service calls itself.
	Service string
	// Skip leads past the header, for those who use a keyboard.
	Skip string
	// Footer says who we are not.
	Footer string

	Header    Header
	Form      Form
	Passkey   Passkey
	Front     Front
	Problem   Problem
	Setup     Setup
	Create    Create
	SignIn    SignIn
	SignedOut SignedOut
	Check     Check
	Account   Account
	Passkeys  Passkeys
	Sessions  Sessions
	Codes     Codes
	App       App
	Addresses Addresses
	Recovery  Recovery
	Proof     Proof
	Desk      Desk
	Staff     Staff
	Join      Join
	Operator  Operator

	Organisations Organisations
	Members       Members
	Clients       Clients
	History       History
	Consent       Consent
	Choosing      Choosing
	Apps          Apps
	Leave         Leave
	Device        Device
	Looked        Looked
	Enquiries     Enquiries
	Emergency     Emergency
	Uses          Uses
	Sharing       Sharing
	SeenAs        SeenAs
	Receipt       Receipt
	AToZ          AToZ
	Family        Family
	Acting        Acting
	Results       Results
	// Rights are what people can do with their own record.
	Record Record
	// Folder is the pages of a record, whoever opened it.
	Folder     Folder
	Home       Home
	Switch     Switch
	Add        Add
	Takeaway   Takeaway
	Correction Correction
	Erasure    Erasure
	// Kinds says what each type of resource is, and Categories what the parts
	// are for which an app may ask.
	Kinds map[string]string
	// Refusals are by their reason, and Failures by their kind.
	Refusals, Failures map[string]string
	Categories         map[string]string
	Done               Done

	FirstRun FirstRun

	Clinic  Clinic
	Kept    Kept
	Running Running
	Recall  Recall
	IPS     IPS
	Card    Card
	Links   Links
	Sources Sources

	Messages Messages
	Growth   Growth
	// Book is a child's red book.
	Book Book
	// Handover is how a record becomes the child's own, Whole the whole red book, and
	// Paper how one of paper is copied.
	Handover Handover
	Whole    Whole
	Paper    Paper
	// Vaccinations is what was given, what is due, and how it is recorded.
	Vaccinations Vaccinations
}

// LanguageChoice stands below every page.
type LanguageChoice struct {
	// Label names the choice, and Other says that a page is not in the language
	// that was chosen.
	Label, Other string
}

// Header stands above every page.
type Header struct {
	Nav, SignIn, Account, SignOut string
	// Menu is what the list of the main pages is called. Its words are short: on a
	// telephone they stand in two lines.
	Menu, Home, Record, Family, Sharing, Looked, Read string
	Find, List, Run                                   string
}

// Form is what forms have in common.
type Form struct {
	// Problem heads the list of what is to be mended, and stands before the
	// title of such a page in the browser's tab.
	Problem string
	// Before is read out before what is wrong with one field.
	Before string
	Cancel string
	// Done heads the news that something was done.
	Done string
	// Important heads a banner.
	Important string
	Never     string
	// More leads to the next page of a list.
	More string
}

// Front is the page where people land first.
type Front struct {
	Title, What, SignIn, Create, Account, ForApps, Interface string
}

// Problem is the page that says what went wrong.
type Problem struct {
	Title, Home, ID string
	// NotHere is for an address where nothing is.
	NotHere string
	// OtherSite refuses a form that was sent from somebody else's page.
	OtherSite string
	// SetUp is for whoever comes to set-up when it is over.
	SetUp string
}

// English is the language that every other is held against.
func English() *Words {
	return &Words{
		Lang: "en-GB", Dir: "ltr", Name: "English",
		Language: LanguageChoice{Label: "Choose a language", Other: "This page is in English."},
		Dates:    datesEnglish(),
		Service:  "Bevan",
		Skip:     "Skip to main content",
		// People take a health page for the NHS's: say that it is not.
		Footer: "Bevan is not part of the NHS.",
		Header: Header{Nav: "Your account", SignIn: "Sign in", Account: "My account", SignOut: "Sign out",
			Menu: "Main pages", Home: "Home", Record: "My record", Family: "Family", Sharing: "Sharing", Looked: "Who looked", Read: "Health A to Z",
			Find: "Find a person", List: "My list", Run: "Run this service"},
		Form: Form{
			Problem: "There is a problem", Before: "Problem:", Cancel: "Go back and change nothing",
			Done: "Done", Important: "Important", Never: "Not yet", More: "Show more",
		},
		Passkey: passkeyEnglish(),
		Front: Front{
			Title:     "Your health record",
			What:      "Bevan keeps one record for life, and lets you say who sees it.",
			SignIn:    "Sign in",
			Create:    "Create an account",
			Account:   "Go to my account",
			ForApps:   "If you make an app",
			Interface: "The FHIR interface is at",
		},
		Problem: Problem{
			Title:     "This did not work",
			Home:      "Go to the first page",
			ID:        "If you ask for help, give this number:",
			NotHere:   "There is no page at this address. Check it, or go to the first page.",
			OtherSite: "This was sent from another website, so nothing was done. Go to the first page and try again from there.",
			SetUp:     "Bevan is set up already. Sign in, or ask the people who run it to help you.",
		},
		FirstRun:  firstRunEnglish(),
		Kept:      keptEnglish(),
		Setup:     setupEnglish(),
		Create:    createEnglish(),
		SignIn:    signInEnglish(),
		SignedOut: signedOutEnglish(),
		Check:     checkEnglish(),
		Account:   accountEnglish(),
		Passkeys:  passkeysEnglish(),
		Sessions:  sessionsEnglish(),
		Codes:     codesEnglish(),
		App:       appEnglish(),
		Addresses: addressesEnglish(),
		Recovery:  recoveryEnglish(),
		Proof:     proofEnglish(), Desk: deskEnglish(),
		Staff: staffEnglish(), Join: joinEnglish(), Operator: operatorEnglish(), Organisations: organisationsEnglish(),
		Members: membersEnglish(), Clients: clientsEnglish(), History: historyEnglish(),
		Consent: consentEnglish().withRefusals(), Choosing: choosingEnglish(), Apps: appsEnglish(), Leave: leaveEnglish(),
		Refusals: refusalsEnglish(), Failures: failuresEnglish(),
		Kinds: kindsEnglish(), Categories: categoriesEnglish(),
		Device: deviceEnglish(),
		Looked: lookedEnglish(), Enquiries: enquiriesEnglish(),
		Family: familyEnglish(), Acting: actingEnglish(),
		Done: doneEnglish(), Results: resultsEnglish(), Growth: growthEnglish(), Vaccinations: vaccinationsEnglish(),
		Record: recordEnglish(), Folder: folderEnglish(), Home: homeEnglish(), Switch: switchEnglish(), Add: addEnglish(), Takeaway: takeawayEnglish(), Correction: correctionEnglish(), Erasure: erasureEnglish(),
		Clinic: clinicEnglish(), Running: runningEnglish(), Recall: recallEnglish(), IPS: ipsEnglish(), Card: cardEnglish(), Links: linksEnglish(), Sources: sourcesEnglish(), Book: bookEnglish(),
		Handover: handoverEnglish(), Whole: wholeEnglish(), Paper: paperEnglish(),
		Messages:  messagesEnglish(),
		Emergency: emergencyEnglish(), Uses: usesEnglish(), Sharing: sharingEnglish(), SeenAs: seenAsEnglish(), Receipt: receiptEnglish(),
		AToZ: aToZEnglish(),
	}
}
