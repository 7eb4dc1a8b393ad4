package sim

// member is one person of a household before anything happened to them.
type member struct {
	index   int // person number within the region
	sex     sex
	born    Day
	dies    Day // 0: lives on. Nobody here died before 2014, see lifespan
	origin  *origin
	family  string
	maiden  string // family name at birth where it is another
	given   string
	middle  string
	wed     bool
	mother  int // places in the household, -1: not here
	father  int
	second  int // another parent, of a couple of the same sex
	birth   int // 1, 2 among twins; 0: alone
	weeks   int // completed weeks of gestation at birth
	days    int // and days
	student bool
}

// household is what its members share.
type household struct {
	number   int
	key      uint64
	people   []member
	home     address
	practice int
	landline int
}

func (r Region) makeHousehold(n int) household {
	first, size := r.seat(n)
	h := household{number: n, key: key(key(r.Seed, ofHousehold), uint64(n))}
	d := dice{h.key}
	h.practice = d.below(r.practices())
	h.landline = d.below(1000)
	places := throw(h.key, ofAddress)
	h.home = makeAddress(&places, townOf(h.practice/2))
	b := builder{today: r.Today, d: d, h: &h}
	b.origin = &origins[b.d.pick(originShares)]
	b.family = b.d.word(b.origin.family)
	b.build(size)
	for i := range h.people {
		p := &h.people[i]
		p.index = first + i
		b.finish(p)
		b.lifespan(i)
	}
	return h
}

// builder puts a household together.
type builder struct {
	today  Day
	d      dice
	h      *household
	origin *origin
	family string
}

// build chooses what kind of household it is. The shares are rough readings of
// the census's household composition (England and Wales 2021, TS003).
func (b *builder) build(size int) {
	kind := b.d.below(100)
	switch size {
	case 1:
		b.single(kind)
	case 2:
		b.pair(kind)
	case 3:
		switch {
		case kind < 56:
			b.parents(false)
			b.children(1)
		case kind < 74:
			b.parents(true)
			b.children(2)
		case kind < 88:
			b.grownUp(true)
		default:
			b.students(3)
		}
	default:
		b.large(size, kind)
	}
}

func (b *builder) single(kind int) {
	switch {
	case kind < 46:
		b.adult(66, 97, female, 620)
	case kind < 92:
		b.adult(24, 65, female, 420)
	default:
		b.students(1)
	}
}

func (b *builder) pair(kind int) {
	switch {
	case kind < 33:
		b.couple(22, 50)
	case kind < 76:
		b.couple(51, 92)
	case kind < 88:
		b.parents(true)
		b.children(1)
	case kind < 95:
		b.grownUp(false)
	default:
		b.students(2)
	}
}

func (b *builder) large(size, kind int) {
	switch {
	case size <= 5 && kind < 7:
		b.students(size)
	case kind < 16:
		b.parents(true)
		b.children(size - 1)
	case kind < 26 && size >= 4:
		b.parents(false)
		b.children(size - 3)
		b.grandparent()
	default:
		b.parents(false)
		b.children(size - 2)
	}
}

// adult adds somebody of an age between two, with a chance in 1,000 of a sex.
func (b *builder) adult(from, to int, s sex, chance int) *member {
	if !b.d.chance(chance) {
		s = 1 - s
	}
	age := b.d.between(from*365, to*365+364)
	b.h.people = append(b.h.people, member{sex: s, born: b.today - Day(age), origin: b.origin, family: b.family,
		mother: -1, father: -1, second: -1})
	return &b.h.people[len(b.h.people)-1]
}

// couple adds two people of like age: a woman and a man, or, 25 times in 1,000,
// two of the same sex.
func (b *builder) couple(from, to int) {
	b.adult(from, to, female, 1000)
	second := b.h.people[0]
	second.sex = male
	if same := b.d.below(80); same < 2 {
		b.h.people[0].sex, second.sex = sex(same), sex(same)
	}
	second.born -= Day(b.d.between(-3*365, 7*365))
	if years(second.born, b.today) < 19 {
		second.born = b.h.people[0].born
	}
	if b.d.chance(120) {
		second.origin = &origins[b.d.pick(originShares)]
	}
	b.h.people = append(b.h.people, second)
	b.marry()
}

// marry settles what the two of a couple are called.
func (b *builder) marry() {
	one, two := &b.h.people[0], &b.h.people[1]
	if b.d.chance(620) {
		one.wed, two.wed = true, true
		if one.sex == female {
			one.maiden = b.d.word(one.origin.family)
		}
		return
	}
	two.family = b.d.word(two.origin.family)
}

// parents adds one parent or two. children sets their ages afterwards.
func (b *builder) parents(alone bool) {
	if alone {
		b.adult(30, 40, female, 870)
		return
	}
	b.couple(30, 40)
}

// children adds n of them, the eldest first, and makes their parents old enough:
// mothers are 18 to 43 at every birth. There are at least 14 months from birth to
// birth, except that about 16 births in 1,000 are of twins (ONS, Birth
// characteristics, multiple births).
func (b *builder) children(n int) {
	parents := len(b.h.people)
	eldest := b.d.between(n*430, 18*365+200)
	if b.d.chance(40) && n == 1 {
		eldest = b.d.between(1, 120) // a new baby, so that small regions have one
	}
	age, twin, firstborn := eldest, 0, eldest
	for i := range n {
		b.child(age, parents, twin)
		if twin == 0 && i+1 < n && b.d.chance(16) {
			b.h.people[len(b.h.people)-1].birth = 1
			twin = 2
			continue
		}
		twin = 0
		left := n - i - 2
		if left < 0 {
			break
		}
		if room := age - 430 - left*430; room > 0 {
			age -= 430 + b.d.below(min(room, 1400)+1)
		}
	}
	span := (firstborn - age) / 365 // years between the first and the last
	b.age(parents, firstborn, max(19, b.d.between(19, 41-min(span, 20))))
}

func (b *builder) child(age, parents, twin int) {
	c := member{sex: female, born: b.today - Day(age), origin: b.origin, family: b.h.people[parents-1].family,
		mother: -1, father: -1, second: -1, birth: twin}
	if b.d.chance(512) {
		c.sex = male
	}
	b.gestation(&c, twin)
	for i := range parents {
		switch {
		case b.h.people[i].sex == female && c.mother < 0:
			c.mother = i
		case b.h.people[i].sex == male && c.father < 0:
			c.father = i
		default:
			c.second = i
		}
	}
	b.h.people = append(b.h.people, c)
}

// gestation: about 75 in 1,000 are born before 37 weeks (ONS, Birth
// characteristics in England and Wales). Twins share theirs, and come early.
func (b *builder) gestation(c *member, twin int) {
	if twin == 2 {
		before := &b.h.people[len(b.h.people)-1]
		c.born, c.weeks, c.days = before.born, before.weeks, before.days
		return
	}
	c.days = b.d.below(7)
	switch k := b.d.below(1000); {
	case k < 12:
		c.weeks = b.d.between(25, 31)
	case k < 75:
		c.weeks = b.d.between(32, 36)
	case k < 960:
		c.weeks = b.d.between(37, 40)
	default:
		c.weeks = 41
	}
}

// age makes the parents as old as they must be for an eldest child of some days.
func (b *builder) age(parents, eldest, atFirst int) {
	one := &b.h.people[0]
	gap := 0
	if parents == 2 {
		gap = int(one.born - b.h.people[1].born)
	}
	one.born = b.today - Day(eldest+atFirst*365+b.d.below(365))
	if parents == 2 {
		b.h.people[1].born = min(one.born-Day(gap), b.today-Day(eldest+18*365+40))
	}
}

// grownUp is a home in which a child stayed on, or came back.
func (b *builder) grownUp(both bool) {
	b.parents(!both)
	parents := len(b.h.people)
	eldest := b.d.between(19*365, 34*365)
	b.child(eldest, parents, 0)
	b.age(parents, eldest, b.d.between(20, 36))
}

// grandparent is a parent of the first adult.
func (b *builder) grandparent() {
	child := b.h.people[0].born
	g := b.adult(60, 90, female, 760)
	g.born = child - Day(b.d.between(20*365, 33*365))
	b.h.people[0].maiden = ""
	if g.sex == female {
		b.h.people[0].mother = len(b.h.people) - 1
	} else {
		b.h.people[0].father = len(b.h.people) - 1
	}
}

func (b *builder) students(n int) {
	for range n {
		b.origin = &origins[b.d.pick(originShares)]
		b.family = b.d.word(b.origin.family)
		b.adult(18, 23, female, 540).student = true
	}
}

// finish gives a person their names and, where nobody knows it, a birth at term.
func (b *builder) finish(p *member) {
	p.given = p.origin.givenName(&b.d, p.sex, p.born)
	if b.d.chance(700) {
		p.middle = p.origin.givenName(&b.d, p.sex, p.born)
		if p.middle == p.given {
			p.middle = ""
		}
	}
	if p.weeks == 0 {
		p.weeks, p.days = b.d.between(38, 40), b.d.below(7)
	}
}

// lifespan lets some people die in the last years before today, never before the
// birth of their youngest child. Rates are per 1,000 over about six years.
func (b *builder) lifespan(i int) {
	p := &b.h.people[i]
	rate := [...]int{0, 0, 3, 4, 8, 18, 40, 90, 260, 500}[min(years(p.born, b.today)/10, 9)]
	if !b.d.chance(rate) {
		return
	}
	dies, youngest := b.today-Day(b.d.below(6*365)), p.born
	for _, c := range b.h.people {
		if c.mother == i || c.father == i || c.second == i {
			youngest = max(youngest, c.born)
		}
	}
	if dies > youngest+30 {
		p.dies = dies
	}
}
