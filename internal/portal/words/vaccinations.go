package words

// Vaccinations is the page that says which vaccinations somebody had, which are
// due and which do not count, and the form with which staff record one.
type Vaccinations struct {
	Link, Own, Other, What, WhatOther, NotNone     string
	NoBirth, More                                  string
	Overdue, Missing, Due, Coming, Given           string
	NotCounted                                     string
	NotKnown, NotGiven, Plan, Received             string
	OverdueNone, DueNone, ComingNone, GivenNone    string
	PlanWhat, NotCountedWhat, NotKnownWhat         string
	GrownWhat, ReceivedWhat                        string
	Do, DoOther, DoCare                            string
	Vaccine, Dose, Since, From, When, Place, Batch string
	Why, Visit, Vaccines, Source, Says, Counts     string
	First, Then                                    string // when a visit is
	Around                                         string // before a day that is not exact
	Twice                                          string // several entries say so
	NotIn                                          string // in the place of the number of a dose
	Conflict                                       string // its codes do not agree
	Schedule, Version, NotSigned, Signed           string
	Effective                                      string
	Read, Record, Back                             string
	// Names are what vaccines are called, by their code in the schedule, and
	// Against what programmes are against.
	Names, Against map[string]string
	// Whys say why a dose does not count, for people, and WhysCare for staff. From
	// is added to those that have a day.
	Whys, WhysCare map[string]string
	Would          string // before the first day on which it would have counted
	Reasons        map[string]string
	NoReason       string
	Statuses       map[string]string // of what others say
	Form           VaccineForm
}

// VaccineForm is what staff are asked when they record a vaccination.
type VaccineForm struct {
	Vaccine, VaccineHint, Choose          string
	Product, ProductHint                  string
	Reason, ReasonHint, Given             string
	Place, Route, Amount, AmountHint      string
	Places, Routes                        map[string]string
	Consent, How                          string
	Consents, Hows                        map[string]string
	NotSaid                               string
	BadChoice, BadAmount, BatchNotGiven   string
	WouldNot, Sure, SureHint, NeedSure    string
	SaidSure, Already, NotChecked         string
	NotInSchedule, ProductOther, WasGiven string
}

func vaccinationsEnglish() Vaccinations {
	return Vaccinations{
		Link: "Vaccinations: what was given and what is due", Own: "Vaccinations", Other: "Vaccinations of",
		What:      "This shows which vaccines are in your record, which ones count, and which ones come next.",
		WhatOther: "This shows which vaccines are in this record, which ones count, and which ones come next.",
		NotNone:   "A vaccine that is not here may still have been given. Tell the GP surgery if one is missing.",
		NoBirth:   "We do not know the exact day of birth. So we can not say what is due. Ask the GP surgery.",
		More:      "There are too many entries to look at all of them. So we can not say what is due. Ask the GP surgery.",
		Overdue:   "Overdue", Missing: "No record of these", Due: "Due now", Coming: "Coming next", Given: "Given", NotCounted: "Given, but does not count",
		NotKnown: "We do not know these vaccines", NotGiven: "Not given", Plan: "How to catch up", Received: "What others say is due",
		OverdueNone: "Nothing is overdue by what is in this record.", DueNone: "Nothing is due today by what is in this record.", ComingNone: "Nothing more is planned in this schedule.",
		GivenNone:      "There are no vaccines in this record that count. That does not mean none were given.",
		PlanWhat:       "These are the fewest visits that are needed. The nurse or doctor decides with you. All vaccines of a visit can be given on one day.",
		NotCountedWhat: "These were given. They did no harm, but the schedule asks for another one or needs no more.",
		NotKnownWhat:   "They are in the record, but we can not tell what they are. They are not counted. Show this to the nurse.",
		GrownWhat:      "Old records are often not complete. You may have had these as a child. Ask the GP surgery before you have one again.",
		ReceivedWhat:   "Another service sent this. It may go by other rules or know of other vaccines.",
		Do:             "Ring your GP surgery to book what is due. It is never too late to ask.",
		DoOther:        "Ring the GP surgery to book what is due. It is never too late to ask.",
		DoCare:         "This is support for your decision. Check allergies, illness today and consent first.",
		Vaccine:        "Vaccine", Dose: "Dose", Since: "Since", From: "From", When: "Date", Place: "Where or by whom", Batch: "Batch",
		Why: "Why", Visit: "Visit", Vaccines: "Vaccines", Source: "From", Says: "What it says", Counts: "Counts as",
		First: "as soon as you can", Then: "from", Around: "in or around", Twice: "entries say so", NotIn: "Not part of this schedule",
		Conflict: "Its codes say different things.",
		Schedule: "Schedule", Version: "version", NotSigned: "No clinician has signed this version off yet.", Signed: "Signed off by", Effective: "in force from",
		Read: "Read about", Record: "Record a vaccination", Back: "Back to the record",
		Names: map[string]string{
			"6in1": "6-in-1", "5in1": "5-in-1", "dtp": "Diphtheria, tetanus, whooping cough and polio", "4in1": "4-in-1 pre-school booster", "3in1": "3-in-1 (Td/IPV)",
			"hib": "Hib", "hibmenc": "Hib/MenC", "menb": "MenB", "rotavirus": "Rotavirus", "pcv": "Pneumococcal (PCV)", "ppv": "Pneumococcal (PPV)",
			"mmr": "MMR", "mmrv": "MMRV", "varicella": "Chickenpox", "hpv": "HPV", "menacwy": "MenACWY", "menc": "MenC", "hepb": "Hepatitis B", "bcg": "BCG",
			"flu": "Flu", "flunasal": "Flu (nasal spray)", "shingles": "Shingles", "covid": "COVID-19", "rsv": "RSV", "pertussis": "Whooping cough (pregnancy)",
			"yellowfever": "Yellow fever", "hepa": "Hepatitis A", "typhoid": "Typhoid", "rabies": "Rabies",
		},
		Against: map[string]string{
			"DTP": "diphtheria, tetanus, polio and whooping cough", "Hib": "Hib, after the first birthday", "MenB": "meningitis B", "rotavirus": "rotavirus", "PCV": "pneumococcal illness",
			"MMR": "measles, mumps and rubella", "varicella": "chickenpox", "HPV": "HPV", "MenACWY": "meningitis A, C, W and Y", "hepatitis B": "hepatitis B", "BCG": "tuberculosis", "flu": "flu",
		},
		Whys: map[string]string{
			"too early": "It was given too early.", "too soon": "It came too soon after the one before.", "live gap": "It came too soon after another vaccine.",
			"too old": "It was given past the age for it.", "wrong product": "It was not the right vaccine for that dose.", "extra": "No more were needed.",
			"spoilt": "Something was wrong with the vaccine, such as its date.", "day not known": "The day is not known well enough. Ask the GP surgery.", "not known": "We do not know what it is.",
		},
		WhysCare: map[string]string{
			"too early": "Below the least age.", "too soon": "Interval too short.", "live gap": "Too close to a live vaccine.",
			"too old": "Above the upper age.", "wrong product": "Product not for this dose or age.", "extra": "Not needed: course complete.",
			"spoilt": "Expired, or marked as less than a full dose.", "day not known": "Date not exact: not every possible day would count.", "not known": "Vaccine not recognised.",
		},
		Would: "It would have counted from",
		Reasons: map[string]string{
			"refused": "It was refused", "unwell": "Unwell on the day", "absent": "Not there on the day", "contraindicated": "There was a medical reason",
			"immune": "Not needed: protected already", "outofstock": "There was none in stock",
		},
		NoReason: "The reason is not known.",
		Statuses: map[string]string{"due": "due", "overdue": "overdue", "complete": "complete", "immune": "protected already", "contraindicated": "not to be given", "notComplete": "not complete", "agedOut": "past the age for it"},
		Form: VaccineForm{
			Vaccine: "Vaccine", VaccineHint: "Leave it empty if it is not in this list, and type the product.", Choose: "Not in this list",
			Product: "Product", ProductHint: "As it is on the box, such as Priorix",
			Reason: "Was it given?", ReasonHint: "If it was not, choose why.", Given: "Yes, it was given",
			Place: "Where was it given?", Route: "How was it given?", Amount: "Amount in ml, if you have it", AmountHint: "Such as 0.5",
			Places:  map[string]string{"surgery": "GP surgery", "school": "School", "clinic": "Clinic or pharmacy", "home": "At home"},
			Routes:  map[string]string{"IM": "Into a muscle", "SC": "Under the skin", "ID": "Into the skin", "PO": "By mouth", "NASINHL": "Into the nose"},
			Consent: "Who said yes or no?", How: "How did they say so?",
			Consents: map[string]string{"parent": "A parent, or who acts for the child", "self": "The child or young person", "adult": "The adult", "interests": "Decided in their best interests"},
			Hows:     map[string]string{"paper": "On paper", "online": "Online", "phone": "By phone", "spoken": "In person"},
			NotSaid:  "Not said", BadChoice: "Choose from the list.", BadAmount: "Write the amount as a number, such as 0.5.",
			BatchNotGiven: "Take the batch away if it was not given, or say that it was.",
			WouldNot:      "By the schedule this dose would not count:", Sure: "If the dose would not count: why is it right to save it?", SureHint: "Leave it empty otherwise.",
			NeedSure: "Check the vaccine and the date. If they are right, say here why it was given.", SaidSure: "Why it is saved",
			Already:    "The record has this vaccine on this day already. It counts once.",
			NotChecked: "We could not check whether this dose counts.", NotInSchedule: "This vaccine is not part of the schedule.",
			ProductOther: "This product is not one of that vaccine. Check both.", WasGiven: "Was it given?",
		},
	}
}
