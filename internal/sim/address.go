package sim

// address is an invented place to live, in an invented town.
type address struct {
	flat, number int
	street       string
	town         town
	postcode     [7]byte // ZZ12 3AB without the space
}

// town is invented. Postcodes go by town: ZZ and its two digits.
type town struct {
	name     string
	district int // 10 to 89; 99 has a meaning in the NHS and is not used
}

var (
	streetNames = list(`Larkspur Tinder Quarry Millrace Harebell Cobbler Ferry Orchard Thistle Beacon Kiln Weaver
		Lantern Rookery Saddler Fallow Curlew Heron Bramble Cinder Tollgate Wherry Sorrel Plover Chandler Teasel
		Damson Fuller Kestrel Osier Penny Quince Sexton Tanner Warren Yarrow`)
	streetKinds = list(`Road Street Lane Close Avenue Way Drive Gardens Court Place Row Terrace`)
	townFirst   = list(`Merebrook Harlowick Tansley Ostwick Brackenby Elmsworthy Pennowdale Fenhollow Wychmere
		Calderthorpe`)
	townSecond = []string{"", " Green", " Cross", " Bridge", " Magna", " Parva", " Heath", " Quay"}
)

// postcodeLetters are those that may end a UK postcode.
const postcodeLetters = "ABDEFGHJLNPQRSTUWXYZ"

// townOf gives the nth invented town; there are eighty.
func townOf(n int) town {
	n %= len(townFirst) * len(townSecond)
	return town{townFirst[n%len(townFirst)] + townSecond[n/len(townFirst)], 10 + n}
}

func makeAddress(d *dice, t town) address {
	a := address{number: d.between(1, 140), town: t}
	if d.chance(150) {
		a.flat = d.between(1, 24)
	}
	a.street = d.word(streetNames) + " " + d.word(streetKinds)
	a.postcode = [7]byte{'Z', 'Z', byte('0' + t.district/10), byte('0' + t.district%10), byte('0' + d.below(10)),
		postcodeLetters[d.below(len(postcodeLetters))], postcodeLetters[d.below(len(postcodeLetters))]}
	return a
}

// address writes an Address (R4 §2.24.0.14). use is home or work, or empty.
func (w *writer) address(a *address, use string) *writer {
	w.raw(`{`)
	if use != "" {
		w.raw(`"use":"`).raw(use).raw(`",`)
	}
	w.raw(`"line":["`)
	if a.flat > 0 {
		w.raw("Flat ").int(a.flat).raw(`","`)
	}
	w.int(a.number).raw(" ").raw(a.street).raw(`"],"city":"`).raw(a.town.name)
	w.raw(`","postalCode":"`)
	w.buf = append(append(append(w.buf, a.postcode[:4]...), ' '), a.postcode[4:]...)
	return w.raw(`","country":"GBR"}`)
}

// Telephone numbers are in the ranges that Ofcom sets aside for drama (Telephone
// numbers for use in TV and radio drama programmes): 07700 900000 to 900999 and
// 01632 960000 to 960999. With a thousand of each they are not unique.
func (w *writer) mobile(n int) *writer {
	w.raw(`{"system":"phone","value":"07700 900`)
	return w.threeDigits(n).raw(`","use":"mobile"}`)
}

func (w *writer) landline(n int, use string) *writer {
	w.raw(`{"system":"phone","value":"01632 960`)
	return w.threeDigits(n).raw(`","use":"`).raw(use).raw(`"}`)
}

func (w *writer) threeDigits(n int) *writer {
	w.buf = append(w.buf, byte('0'+n/100%10), byte('0'+n/10%10), byte('0'+n%10))
	return w
}
