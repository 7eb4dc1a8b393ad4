package words

// Clinic is what staff read who look after people: finding somebody, the page of
// a person, and their own list.
type Clinic struct {
	Find   ClinicFind
	Person ClinicPerson
	Cards  ClinicCards
	// Ties say why somebody may see a record, by the type of what says so.
	Ties map[string]string
	// Sexes are FHIR's administrative genders.
	Sexes map[string]string
	Write ClinicWrite
	List  ClinicList
}

// ClinicFind is the page on which staff find a person.
type ClinicFind struct {
	Title, Text, Number, NumberHint, Given, Family, Born, Postcode, PostcodeHint, Button string
	NeedMore, BadNumber, BadBorn                                                         string
	// Nobody is said the same whether there is nobody or nobody whom they may see.
	Nobody, Several, Emergency, EmergencyText string
	Link                                      string
}

// ClinicPerson is a person's page.
type ClinicPerson struct {
	Born, BornUnknown, Number, NoNumber, Died, DiedUnknown string
	Year, Years, Month, Months                             string
	Because, BecauseUnseen, Since, Until                   string
	Choices, ChoicesText                                   string
	Go, GoHint, GoButton, GoUnknown, Actions               string
	Timeline, Results, Letters, FindAnother                string
}

// ClinicList is somebody's own list.
type ClinicList struct {
	Title, Text, Kept, KeptNone, Lately, LatelyNone, Looked, Remove, Keep, KeepText string
	PutOn, TakenOff, Waits                                                          string
}

// ClinicCards are the parts of the summary.
type ClinicCards struct {
	Warnings, WarningsNone         string
	Allergies, AllergiesNone       string
	Problems, ProblemsNone         string
	Medicines, MedicinesNone       string
	Vaccinations, VaccinationsNone string
	Results, ResultsNone           string
	Appointments, AppointmentsNone string
	Team, TeamNone                 string
	More, Over, NotGiven, Unnamed  string
}

func clinicEnglish() Clinic {
	return Clinic{
		Find: ClinicFind{
			Title: "Find a person", Link: "Find a person",
			Text:   "Give the NHS number. Or give the names and the date of birth. Each search is written down, and people can see who looked.",
			Number: "NHS number", NumberHint: "10 digits, such as 999 000 0018",
			Given: "First name", Family: "Last name", Born: "Date of birth",
			Postcode: "Postcode", PostcodeHint: "You only need this when we ask for it.",
			Button:    "Find",
			NeedMore:  "Give an NHS number, or both names and the date of birth.",
			BadNumber: "This is not an NHS number. Check the 10 digits.",
			BadBorn:   "This is not a day. Write it as 31 3 1950.",
			Nobody:    "We found nobody you look after with these details. Check what you typed. If the person is new to you, register them or book them in first.",
			Several:   "More than one person has these details, and we do not guess. Give the NHS number, or the postcode too.",
			// Always offered in the same words, so that it tells nothing.
			Emergency:     "Open a record in an emergency",
			EmergencyText: "If it can not wait, you can open a record in an emergency. You say why, the person is told, and somebody else looks at it afterwards.",
		},
		Person: ClinicPerson{
			Born: "Born", BornUnknown: "Date of birth not known", Number: "NHS number", NoNumber: "NHS number not known",
			Died: "Died on", DiedUnknown: "Has died",
			Year: "year old", Years: "years old", Month: "month old", Months: "months old",
			Because:       "You can see this record because:",
			BecauseUnseen: "you or your organisation look after this person",
			Since:         "since", Until: "until",
			Choices:     "What the person chose",
			ChoicesText: "People can keep things to themselves. What is kept from you is not here, and we do not say if there is any.",
			Go:          "Go to", GoHint: "Type the letter of a page, then Enter.", GoButton: "Go", GoUnknown: "There is no page with this letter. The letters are in the list.",
			Actions:  "Pages and what you can do",
			Timeline: "Timeline", Results: "Results", Letters: "Letters", FindAnother: "Find another person",
		},
		Cards: ClinicCards{
			Warnings: "Warnings", WarningsNone: "None written here. There may still be some.",
			Allergies: "Allergies", AllergiesNone: "None written here. Ask: there may still be some.",
			Problems: "Problems", ProblemsNone: "None written here. There may still be some.",
			Medicines: "Medicines", MedicinesNone: "None written here. Ask what they take.",
			Vaccinations: "Vaccinations", VaccinationsNone: "None written here. They may have had some.",
			Results: "Latest results", ResultsNone: "None written here. There may be some elsewhere.",
			Appointments: "Next appointments", AppointmentsNone: "None booked here.",
			Team: "Who else looks after them", TeamNone: "Nobody is named here. There may still be others.",
			More: "There are more", Over: "over", NotGiven: "not given", Unnamed: "Name not known",
		},
		Ties: map[string]string{
			"Patient": "they are registered with your organisation", "EpisodeOfCare": "they are in your care", "Encounter": "they have or had a visit with you",
			"ServiceRequest": "they were referred to you", "CareTeam": "you are in their care team", "Appointment": "they have or had an appointment with you",
		},
		Write: clinicWriteEnglish(),
		List: ClinicList{
			Title: "My list", Text: "Whom you put here, and whom you looked after in the last 28 days. It is yours at this place of work. Who is not yours to see any more is not shown.",
			Kept: "People I put here", KeptNone: "Nobody yet. Put somebody here from their page.", Lately: "People I looked after lately", LatelyNone: "Nobody in the last 28 days.",
			Looked: "Last looked at", Remove: "Take off the list", Keep: "Put on my list", KeepText: "You find them on your list until you take them off, for a year at most. Nobody else sees your list.",
			PutOn: "They are on your list.", TakenOff: "They are off your list.", Waits: "A note from the family waits",
		},
		Sexes: map[string]string{"male": "male", "female": "female", "other": "other sex or gender", "unknown": "sex not known"},
	}
}
