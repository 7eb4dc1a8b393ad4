package words

// Whole is a child's whole red book, to print and to take along.
type Whole struct {
	Link, Own, Other, What, WhatFor string
	Contents, Fetch, FetchAt        string
	DocTitle, Held                  string
	Nones                           map[string]string // by the key of a part
}

func wholeEnglish() Whole {
	return Whole{
		Link: "The whole book, to print or keep", Own: "My whole red book", Other: "The whole red book of",
		What:     "This is your whole red book on one page. What is marked as private by those who look after you is not in it.",
		WhatFor:  "This is the whole red book on one page. What is marked as private is not in it.",
		Contents: "What is in it",
		Fetch:    "Save it as a file for a computer",
		FetchAt:  "The file is a FHIR document. Health systems can read it. Keep it safe: whoever has it can read it.",
		DocTitle: "Personal child health record (red book)", Held: "Some of it is not in here. It waits, because of a choice about how results are shown.",
		Nones: map[string]string{
			"birth":        "We have nothing about the birth on record. It may be in the paper book.",
			"screening":    "We have no newborn checks or tests on record. That does not mean that all is well.",
			"vaccinations": "We have no vaccines on record. That does not mean that none were given.",
			"growth":       "We have no measurements on record.",
		},
	}
}
