package recall

import (
	"github.com/bevanhealth/bevan/fhir"
)

// Child is what a forecast rests on, as one viewer sees it.
type Child struct {
	Born Day
	Sex  string // FHIR's administrative gender; "" where it is not known
	// Entries are the Immunizations of the child, and the Conditions for which the
	// schedule asks.
	Entries []*fhir.Tree
}

// Programme is how far a child is with one vaccination.
type Programme struct {
	ID string
	// Dose is the number of the next one, from 1; 0 where none is to be given.
	Dose int
	// Earliest is the first day on which it counts, Due when it is recommended,
	// Overdue the first day on which it is late, and Until the last on which it
	// may be given. Zero is none.
	Earliest, Due, Overdue, Until Day
	// Given are the days of the doses that count, in order.
	Given []Day
	// Refused is when the next dose was last said no to; 0 for never.
	Refused Day
	// Vaccine is what is to be given, in words; "" where the programme's own name
	// says it.
	Vaccine string
}

// Name is a programme, with what it is called.
type Name struct{ ID, Text string }

// Schedule is what is known of one.
type Schedule struct {
	// Version names it; by another version everything is reckoned anew.
	Version string
	// SignedOff says that somebody answers for it.
	SignedOff bool
	// Names are the programmes, in its order.
	Names []Name
	// Codes are those of the Conditions for which it asks, as "system|code" with
	// commas between; "" for none.
	Codes string
}

// Forecaster is a schedule with the engine that reads it. It is safe for
// concurrent use.
type Forecaster interface {
	// Forecast says how far a child is on a day.
	Forecast(c Child, on Day) ([]Programme, error)
	Schedule() Schedule
}
