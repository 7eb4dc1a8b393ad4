package words

// IPS is the patient summary, which people take to those who treat them.
type IPS struct {
	Link, Own, Other, What, WhatOther   string
	Made, Born, Number, Fetch, FetchAt  string
	Print, Who, Back                    string
	DocTitle                            string
	Titles, Nones                       map[string]string // by the key of a part
	Codes                               map[string]string // what codes of a state are called
	Cut, Held, Risk, Usual, NoValue, By string
}

func ipsEnglish() IPS {
	return IPS{
		Link: "Summary to take with you",
		Own:  "My summary to take with you", Other: "Summary to take along, of",
		What:      "Show this to those who treat you, here or in another country. It holds the main things in your record. Other places may hold more.",
		WhatOther: "This holds the main things that you may see in this record. Other places may hold more.",
		Made:      "Made on", Born: "Born on", Number: "NHS number", Who: "Name",
		Fetch:    "Save it as a file for a computer",
		FetchAt:  "The file is a FHIR document (an International Patient Summary). Health systems can read it. Keep it safe: whoever has it can read it.",
		Print:    "To print this page, use the print button of your browser.",
		Back:     "Back to the record",
		DocTitle: "Patient summary",
		Titles: map[string]string{
			"problems": "Illnesses and problems now", "allergies": "Allergies", "medicines": "Medicines now", "alerts": "Warnings", "vaccinations": "Vaccinations",
			"results": "Test results", "treatments": "Operations and treatments", "devices": "Implants and aids", "past": "Illnesses that are over", "vitals": "Measurements",
		},
		Nones: map[string]string{
			"problems":  "We have no illnesses or problems on record. That does not mean there are none.",
			"allergies": "We have no allergies on record. That does not mean there are none.",
			"medicines": "We have no medicines on record. That does not mean that none are taken.",
			"results":   "No results can be shown.",
		},
		Codes: map[string]string{
			"active": "still there", "recurrence": "came back", "relapse": "came back", "inactive": "not there now", "remission": "better for now", "resolved": "over",
			"unconfirmed": "not sure yet", "provisional": "not sure yet", "differential": "one of several ideas", "confirmed": "confirmed",
			"low": "low", "high": "high", "unable-to-assess": "not known",
			"on-hold": "paused", "unknown": "not known whether it goes on", "intended": "planned", "in-progress": "going on", "preliminary": "not the last word yet",
			"amended": "changed later", "corrected": "put right later", "registered": "not done yet", "partial": "not all of it yet", "stopped": "stopped early",
		},
		Cut:  "There is more in the record. This shows the newest.",
		Held: "Some results are not in here. They wait, because of a choice about how results are shown.",
		Risk: "Risk of a bad reaction:", Usual: "Usual range:", NoValue: "no value is given", By: "Said by",
	}
}
