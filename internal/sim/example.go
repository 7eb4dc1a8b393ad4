package sim

import "iter"

// ExamplePlace is what the ids of the places of an example begin with, and the
// identifiers of its people.
const ExamplePlace = "example-"

const isExample = `{"system":"` + ownCodes + `origin","code":"example",` +
	`"display":"An example to look round with. It goes when the examples are removed."}`

// Where the example family lives. The seed was looked for: of all homes with a
// grandparent, two parents, a teenager and two younger children, it is one in
// which every page of a record has something to show, whatever day it is.
const (
	exampleSeed   = 16283
	exampleHome   = 19
	examplePeople = 94
)

// Relation is what somebody of a family is to the others.
type Relation uint8

// The relations.
const (
	OneParent Relation = iota
	Partner
	Grandparent
	Teenager
	Schoolchild
	SmallChild
)

// Relative is somebody of the example family. ID is what the resources of the
// household name their Patient by.
type Relative struct {
	ID, Name string
	Is       Relation
}

// Family is a household to look round with.
type Family struct {
	region Region
	home   int
}

// Example is the example family as it is on a day: six people of three
// generations. Ages are the same whatever the day, and all that happened to them
// lies as far back.
func Example(today Day) Family {
	return Family{Region{Seed: exampleSeed, People: examplePeople, Today: today, Depth: 1, Links: ByURN, Example: true}, exampleHome}
}

// Places are the organisations and staff that the family's records name. Their
// ids begin with ExamplePlace and have to be kept.
func (f Family) Places() iter.Seq[Resource] { return f.region.Places() }

// Resources are the records of all of them. Those of one person come together,
// the Patient first, and name each other by URN.
func (f Family) Resources() iter.Seq[Resource] { return f.region.Household(f.home) }

// Members lists the family, the eldest generation last.
func (f Family) Members() []Relative {
	h := f.region.makeHousehold(f.home)
	var all []Relative
	for i := range h.people {
		p := &h.people[i]
		k := key(key(f.region.Seed, ofPerson), uint64(p.index))
		one := Relative{ID: string(appendUID(nil, newUID(key(k, ofIDs), 0))), Name: p.given + " " + p.family}
		switch age := years(p.born, f.region.Today); {
		case i == 0:
			one.Is = OneParent
		case i == 1:
			one.Is = Partner
		case age > 40:
			one.Is = Grandparent
		case age >= 13:
			one.Is = Teenager
		case age >= 6:
			one.Is = Schoolchild
		default:
			one.Is = SmallChild
		}
		all = append(all, one)
	}
	return all
}

// toCome gives everybody in an example an appointment that lies ahead, so that
// the pages that say what is coming have something to say.
func (l *life) toCome() {
	if !l.example || l.p.dies != 0 {
		return
	}
	d := l.throw(ofExample)
	why, clinic := ill("M25.5", "Joint pain"), orthopaedics
	if l.age(l.end) < 18 {
		why, clinic = ill("R10.4", "Tummy pain"), paediatrics
	}
	v := l.visit(request{kind: byDoctor, day: (l.end - 15).working(), why: why})
	l.refer(&v, &d, clinic, why, false)
}
