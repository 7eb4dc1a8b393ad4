package store

import "math"

// Row is the place of a resource: person << 24 | sequence.
type Row = int64

// seqBits is how many bits of a row number count the resources of one person.
const seqBits = 24

// shards are the numbers under which resources lie that belong to nobody,
// such as organisations: 1 to shards, spread so that none is hot. People's
// numbers start above.
const shards = 1000

// firstPerson is the first number given to a person; the gap above the shards
// is kept for later use.
const firstPerson = 1024

// Where people and what belongs to nobody lie is drawn from their ids by a keyed
// hash, so that no order tells who, or what, was heard of first: that may have
// been in what the reader may not see.
const (
	// persons is how many numbers there are for people. Most stay free.
	persons = 1 << 32
	// firstPlace is the first of the places in a shard that are drawn, and
	// places is how many there are. Those before it were given in turn once.
	firstPlace = 1 << 20
	places     = 1<<seqBits - firstPlace
	// maxProbes is how many numbers are tried, one after the other. With a
	// hundred million people one in 40 is taken.
	maxProbes = 64
)

const lastRow Row = math.MaxInt64

// PersonOf returns the number of the person, or shard, that the row lies with.
func PersonOf(r Row) int64 { return r >> seqBits }

// FirstRow is the row of the Patient resource itself, and the start of the
// person's range. It ends before FirstRow(person+1).
func FirstRow(person int64) Row { return person << seqBits }

// Subject is the person whose record the row is in, 0 for what belongs to
// nobody.
func Subject(r Row) int64 {
	if p := PersonOf(r); p >= firstPerson {
		return p
	}
	return 0
}

// IsPatient tells whether the row is that of a Patient resource.
func IsPatient(r Row) bool { return r>>seqBits >= firstPerson && r&(1<<seqBits-1) == 0 }
