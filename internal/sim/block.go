package sim

// Households come in blocks of 40 that house 94 people, in the mix of sizes of
// the 2021 census of England and Wales (table TS017: 30% of households have one
// person, 34% two, 16% three, 13% four, 5% five, 2% six or more; mean 2.4). Only
// the order within a block is thrown, so the number of a person follows from the
// number of a household, and the other way round, without a look at the others.
const (
	blockHouses = 40
	blockPeople = 94
)

var blockSizes = [blockHouses]uint8{
	1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
	2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
	3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 5, 5, 6,
}

// The subjects for which keys are derived from the seed or a person's key. A new
// one goes to the end: the numbers decide what the dice show.
const (
	ofBlock uint64 = iota
	ofHousehold
	ofAddress
	ofPerson
	ofPlace
	ofIdentity
	ofBirth
	ofGrowth
	ofVaccines
	ofIllness
	ofCare
	ofAcute
	ofMedicine
	ofProcedure
	ofFamily
	ofChoice
	ofMaternity
	ofBody
	ofIDs
	ofReviews
	ofExample
)

// block gives the sizes of the households of a block, in their order.
func (r Region) block(n int) [blockHouses]uint8 {
	sizes := blockSizes
	d := throw(key(r.Seed, ofBlock), uint64(n))
	for i := blockHouses - 1; i > 0; i-- {
		j := d.below(i + 1)
		sizes[i], sizes[j] = sizes[j], sizes[i]
	}
	return sizes
}

// seat gives the first person and the size of a household.
func (r Region) seat(household int) (first, size int) {
	sizes := r.block(household / blockHouses)
	first = household / blockHouses * blockPeople
	for _, s := range sizes[:household%blockHouses] {
		first += int(s)
	}
	return first, int(sizes[household%blockHouses])
}

// findPerson gives a person's household and the place in it.
func (r Region) findPerson(n int) (household, place int) {
	sizes := r.block(n / blockPeople)
	place = n % blockPeople
	for i, s := range sizes {
		if place < int(s) {
			return n/blockPeople*blockHouses + i, place
		}
		place -= int(s)
	}
	return 0, 0 // cannot be: the sizes of a block sum to blockPeople
}
