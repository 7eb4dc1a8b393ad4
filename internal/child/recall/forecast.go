package recall

import (
	"github.com/bevanhealth/bevan/fhir"
)

// Child is what a forecast rests on, as one viewer sees it.
type Child struct {
	Born Day
	Sex  string // FHIR's administrative gender; "" where it is not known
	// Entries are the Immunizations of the child, and what else of the record
	// bears on a schedule.
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
}

// Name is a programme, with what it is called.
type Name struct{ ID, Text string }

// Forecaster is a schedule with the engine that reads it. It is safe for
// concurrent use.
type Forecaster interface {
	// Forecast says how far a child is on a day.
	Forecast(c Child, on Day) ([]Programme, error)
	// Names lists the programmes, in the order of the schedule.
	Names() []Name
	// Version names the schedule; another version is reckoned anew.
	Version() string
}
