package sim

import (
	"errors"
	"fmt"
	"iter"
)

// Links says how resources of one person name each other.
type Links uint8

const (
	// ByID is for files by type (NDJSON): every resource has its id, and
	// references are Type/id. The ids have to be kept where they are loaded.
	ByID Links = iota
	// ByURN is for transactions in which the server gives the ids: references
	// are urn:uuid (R4 §3.1.0.11.2) and resources have no id. Places keep theirs.
	ByURN
)

// Region is a made-up region. Its fields decide every byte of it.
//
// Depth thins or thickens what is routine (visits, repeats, checks) and leaves
// what happens once (births, vaccinations, diagnoses). Measured over 3,000 people,
// the mean person has 40 resources at depth 0.02, 63 at 0.1, 118 at 0.3, 312 at 1
// and 810 at 3, of about 950 bytes each.
type Region struct {
	Seed   uint64
	People int     // how many people live there; the number of places follows
	Today  Day     // the last day on which anything happened
	Depth  float64 // how much happened to each person: 1 is a full life, 0.1 a tenth
	Links  Links
	// Example marks all that is in it as an example, and sets the ids of its
	// places and its people's identifiers apart, so that it can be loaded beside
	// another region and be told from it. NHS numbers are shared with others.
	Example bool
}

// Resource is one FHIR resource. JSON is not written to again.
type Resource struct {
	Type string
	ID   string
	JSON []byte
	Kept bool // the id has to be kept, since others refer to it
}

// Check says in plain words what is wrong with a region, or nil.
func (r Region) Check() error {
	first, last := Date(2020, 1, 1), Date(2100, 1, 1)
	switch {
	case r.People < 1 || r.People > 100_000_000:
		return errors.New("a region has from 1 to 100,000,000 people. Ask for a number in between")
	case !(r.Depth >= 0.01 && r.Depth <= 10):
		return errors.New("depth goes from 0.01 to 10. Use 1 for full lives")
	case r.Today < first || r.Today >= last:
		return fmt.Errorf("today must lie from %v to %v", first, last-1)
	case r.Links > ByURN:
		return errors.New("links are by id or by URN")
	}
	return nil
}

// Numbered says how many of the region's people have an NHS number, and an
// error with a sentence that can be shown when that is not all of them.
func (r Region) Numbered() (int, error) {
	if r.People <= Numbers {
		return r.People, nil
	}
	return Numbers, fmt.Errorf("the range 999 holds %d NHS numbers. "+
		"People from number %d on have only the identifier in %s", Numbers, Numbers, personID)
}

// Households says how many households it takes to house all people. The last
// one may go a few over Region.People.
func (r Region) Households() int {
	if r.People < 1 {
		return 0
	}
	n, _ := r.findPerson(r.People - 1)
	return n + 1
}

// HouseholdOf gives the number of the household in which a person lives.
func (r Region) HouseholdOf(person int) int {
	n, _ := r.findPerson(person)
	return n
}

// PeopleIn gives the number of the first person of a household and how many
// live there.
func (r Region) PeopleIn(household int) (first, size int) { return r.seat(household) }

// Household makes all the resources of everybody in a household (n from 0).
// Numbers past Households work too: it is the same region, grown.
func (r Region) Household(n int) iter.Seq[Resource] {
	return func(yield func(Resource) bool) {
		if n < 0 {
			return
		}
		h := r.makeHousehold(n)
		for i := range h.people {
			for _, one := range r.live(&h, i) {
				if !yield(one) {
					return
				}
			}
		}
	}
}

// Person makes all the resources of one person (n from 0): the same bytes as
// within the household.
func (r Region) Person(n int) iter.Seq[Resource] {
	return func(yield func(Resource) bool) {
		if n < 0 {
			return
		}
		house, place := r.findPerson(n)
		h := r.makeHousehold(house)
		for _, one := range r.live(&h, place) {
			if !yield(one) {
				return
			}
		}
	}
}
