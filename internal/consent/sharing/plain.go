package sharing

import "time"

// Plain is a sharing choice in plain words.
type Plain struct {
	May  bool // a yes; else a no
	Whom Whom
	What What
	Why  Why
	// From and Until are days as YYYY-MM-DD, both within; "" is open. DataFrom
	// and DataUntil are those of the data that it is about.
	From, Until         string
	DataFrom, DataUntil string
}

// Whom says whom it is about.
type Whom struct {
	Kind WhomKind
	// ID is that of an Organization, an account, a client, a CareTeam or a job (its name);
	// Name is what they are called.
	ID, Name string
	// But are the organisations that are excepted, for Outside.
	But []Named
}

// Named is an organisation with its name.
type Named struct{ ID, Name string }

// WhomKind is what sort of people are meant.
type WhomKind string

// The sorts.
const (
	Everybody    WhomKind = "everybody"    // but the person themself
	Outside      WhomKind = "outside"      // everybody at work but some organisations
	Acting       WhomKind = "acting"       // everybody who acts for the person
	Job          WhomKind = "job"          // everybody with a job
	Organisation WhomKind = "organisation" // everybody who works there
	Somebody     WhomKind = "person"       // one who signs in
	App          WhomKind = "app"          // one app
	Team         WhomKind = "team"         // the members of a care team
)

// What says what it is about.
type What struct {
	Kind WhatKind
	// ID is the name of a label or of a group, or a reference such as
	// "Observation/1".
	ID string
}

// WhatKind is what sort of data are meant.
type WhatKind string

// The sorts.
const (
	Everything WhatKind = "everything"
	Label      WhatKind = "label" // a sensitive kind (access/label)
	Group      WhatKind = "group" // types that people know as one
	Entry      WhatKind = "entry" // one resource, and what refers to it
)

// Labels are the sensitive kinds that can be chosen, by their names.
func Labels() []string {
	return []string{"mental-health", "sexual-health", "reproductive-health", "substances", "safeguarding", "genetics", "social-care", "childs-own"}
}

// groups are the types of resources that people know as one thing.
var groups = []struct {
	name  string
	types []string
}{
	{"medicines", []string{"MedicationRequest", "MedicationStatement", "MedicationDispense", "MedicationAdministration"}},
	{"illnesses", []string{"Condition", "AllergyIntolerance"}},
	{"results", []string{"Observation", "DiagnosticReport", "ImagingStudy"}},
	{"letters", []string{"DocumentReference", "Composition"}},
	{"visits", []string{"Encounter", "Appointment"}},
}

// Groups are those that can be chosen, by their names.
func Groups() []string {
	var all []string
	for _, g := range groups {
		all = append(all, g.name)
	}
	return all
}

func typesOf(group string) []string {
	for _, g := range groups {
		if g.name == group {
			return g.types
		}
	}
	return nil
}

// Why is the purpose that it is about; "" is any.
type Why string

// The purposes.
const (
	AnyWhy   Why = ""
	Care     Why = "care"
	Research Why = "research"
)

var purposes = map[Why]string{Care: "TREAT", Research: "HRESCH"}

// dayForm is how a day is written in a Consent.
const dayForm = time.DateOnly
