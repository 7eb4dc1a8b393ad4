package sim

import "strconv"

// Numbers is how many people can have an NHS number: ten-digit numbers that
// begin with 999 and have a valid check digit. Each run of ten first-nine-digit
// numbers loses at most one to the check digit (when it would be 10), so nine of
// each run are used: 100,000 runs make 900,000 numbers.
const Numbers = 900_000

// stride is a step that has no factor in common with Numbers (2, 3, 5), so that
// neighbours do not have neighbouring numbers and every number comes once.
const stride = 543_217

// Number gives the NHS number of the nth made-up person of a region (n from 0),
// in the range 999 that is reserved for tests and never issued (NHS Data
// Dictionary, NHS NUMBER: modulus 11). It is unique within the region. ok is
// false where n is not below Numbers: such people have no NHS number at all, only
// the identifier that everybody in the region has, in the system
// https://bevan.example/id/made-up-person.
func Number(seed uint64, n int) (number string, ok bool) {
	if n < 0 || n >= Numbers {
		return "", false
	}
	// n*stride stays under 2^39, so this cannot run over.
	slot := (n*stride + int(mix(seed)%Numbers)) % Numbers
	run, place := slot/9, slot%9
	prefix := 99_900_000 + run // the first eight digits
	sum := 0
	for rest, weight := prefix, 3; rest > 0; rest, weight = rest/10, weight+1 {
		sum += rest % 10 * weight
	}
	for last := 0; last < 10; last++ {
		check := 11 - (sum+2*last)%11
		if check == 10 {
			continue
		}
		if place == 0 {
			return strconv.Itoa((prefix*10+last)*10 + check%11), true
		}
		place--
	}
	return "", false
}
