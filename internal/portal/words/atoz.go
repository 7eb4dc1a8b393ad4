package words

// AToZ is the Health A to Z: the list, the search and what stands around a page.
type AToZ struct {
	Title, What                      string
	Search, SearchHint, SearchButton string
	Found, None, NoneNext            string
	// Kinds are the headings of lists, by the kind of page.
	Kinds map[string]string
	All   string
	// Letter is read out before the pages of one letter.
	Letter string

	// Emergency, Today and GP are read out before a heading that says when to get
	// help.
	Emergency, Today, GP string
	Also                 string
	Unchecked, Checked   string
	General              string
	Old                  string
	Professionals        string
	Sources, Seen        string
	Written, Next        string
	Own                  string
	Back                 string
	// ReadAbout leads from an entry of a record to a page.
	ReadAbout string
}

func aToZEnglish() AToZ {
	return AToZ{
		Title:  "Health A to Z",
		What:   "Read in plain words what an illness, a vaccine, a test or a medicine is.",
		Search: "What do you want to read about?", SearchHint: "Such as asthma, blue inhaler or blood test.", SearchButton: "Search",
		Found: "Pages that may help",
		None:  "No page was found for this.",
		// Who finds nothing may think that there is nothing to know.
		NoneNext: "That does not mean that it is not serious. Try another word, or ask a pharmacist or your surgery. If you need help now, ring 111. In an emergency ring 999.",
		Kinds:    map[string]string{"condition": "Illness", "vaccination": "Vaccine", "test": "Test", "medicine": "Medicine"},
		All:      "All pages", Letter: "Pages with",

		Emergency: "Emergency:", Today: "Soon:", GP: "When you can:",
		Also:      "Also called",
		Unchecked: "Not yet checked by a clinician", Checked: "Checked by",
		// A page is about many people, and the record is about one.
		General: "This page is for everybody. It does not know you, your record or your results. Ask those who look after you what it means for you.",
		Old:     "This page should have been looked at again by now, so parts of it may be out of date.",

		Professionals: "For professionals",
		Sources:       "Where facts were looked up", Seen: "looked at on",
		Written: "Written on", Next: "To be looked at again by",
		Own:       "This page was written by those who run this service.",
		Back:      "All pages of the Health A to Z",
		ReadAbout: "Read about this:",
	}
}
