package sim

// body is what a person's measurements go by: how far they lie from the middle,
// in thousandths of a standard deviation.
type body struct {
	weight, height, head int
	mass                 int // adult body mass index
	pressure             int
	drink                int
	blood                uint64 // key of the usual levels of each blood test
}

func (l *life) makeBody() {
	d := l.throw(ofBody)
	common := d.bell()
	l.body = body{
		height:   (common*7 + d.bell()*7) / 10,
		weight:   (common*7 + d.bell()*7) / 10,
		head:     (common*4 + d.bell()*9) / 10,
		mass:     d.bell(),
		pressure: d.bell(),
		drink:    d.bell(),
		blood:    d.next(),
	}
	l.smoker = smoking(d.pick([]int{600, 260, 140}))
	if l.age(l.end) < 17 {
		l.smoker = neverSmoked
	}
}

// knot is a point of a coarse growth curve.
type knot struct {
	day    int    // corrected: 0 is 40 weeks of gestation
	weight [2]int // grams, girls and boys
	length [2]int // millimetres
	head   [2]int // millimetres
}

// curve is our own coarse curve of the middle child, read with a broad eye from
// the WHO growth standards (2006) and reference (2007), with preterm and teenage
// ends drawn on by hand. It is NOT a growth reference: it has no L or S, ignores
// the step from lying to standing, and must not be used to judge any child.
var curve = [...]knot{
	{-119, [2]int{600, 640}, [2]int{310, 315}, [2]int{215, 218}},
	{-84, [2]int{1010, 1080}, [2]int{362, 367}, [2]int{255, 259}},
	{-56, [2]int{1660, 1740}, [2]int{415, 420}, [2]int{291, 295}},
	{-28, [2]int{2540, 2650}, [2]int{460, 465}, [2]int{321, 325}},
	{0, [2]int{3300, 3430}, [2]int{492, 499}, [2]int{339, 345}},
	{14, [2]int{3600, 3800}, [2]int{508, 516}, [2]int{350, 356}},
	{30, [2]int{4190, 4470}, [2]int{537, 547}, [2]int{365, 373}},
	{61, [2]int{5130, 5570}, [2]int{571, 584}, [2]int{383, 391}},
	{91, [2]int{5850, 6380}, [2]int{598, 614}, [2]int{395, 405}},
	{122, [2]int{6420, 7000}, [2]int{621, 639}, [2]int{406, 416}},
	{183, [2]int{7300, 7930}, [2]int{657, 676}, [2]int{422, 433}},
	{274, [2]int{8230, 8900}, [2]int{701, 720}, [2]int{438, 450}},
	{365, [2]int{8950, 9650}, [2]int{740, 757}, [2]int{449, 461}},
	{548, [2]int{10200, 10900}, [2]int{807, 823}, [2]int{462, 474}},
	{730, [2]int{11500, 12150}, [2]int{862, 876}, [2]int{472, 483}},
	{1096, [2]int{13900, 14300}, [2]int{951, 961}, [2]int{485, 495}},
	{1461, [2]int{16100, 16300}, [2]int{1027, 1033}, [2]int{493, 502}},
	{1826, [2]int{18200, 18400}, [2]int{1094, 1100}, [2]int{499, 507}},
	{2557, [2]int{22600, 22900}, [2]int{1208, 1217}, [2]int{509, 517}},
	{3652, [2]int{32000, 31500}, [2]int{1386, 1378}, [2]int{520, 528}},
	{4383, [2]int{41500, 39500}, [2]int{1512, 1491}, [2]int{532, 537}},
	{5113, [2]int{50000, 50500}, [2]int{1598, 1632}, [2]int{541, 547}},
	{5844, [2]int{55000, 61500}, [2]int{1625, 1729}, [2]int{547, 556}},
	{6574, [2]int{57500, 68500}, [2]int{1635, 1765}, [2]int{550, 562}},
}

// size is a child's measurements.
type size struct{ weight, length, head int } // grams, millimetres, millimetres

// middle reads the curve at a corrected age.
func middle(s sex, corrected int) size {
	corrected = max(corrected, curve[0].day)
	i := 1
	for i < len(curve)-1 && curve[i].day < corrected {
		i++
	}
	a, b := &curve[i-1], &curve[i]
	part, whole := min(corrected, b.day)-a.day, b.day-a.day
	at := func(x, y int) int { return x + (y-x)*part/whole }
	return size{at(a.weight[s], b.weight[s]), at(a.length[s], b.length[s]), at(a.head[s], b.head[s])}
}

// corrected is the age in days from 40 weeks of gestation.
func (p *member) corrected(on Day) int {
	return int(on-p.born) - (280 - p.weeks*7 - p.days)
}

// measured is a child's size on a day: their own track, which wanders a little
// with the months, and the loss and regain of the first two weeks.
func (l *life) measured(on Day) size {
	m := middle(l.p.sex, l.p.corrected(on))
	age := int(on - l.p.born)
	away := l.wander(max(age, 0))
	w, h, c := l.body.weight+away.weight/6, l.body.height+away.length/16, l.body.head+away.head/16
	spread := 115 + min(max(age, 0), 5000)/100 // thousandths of the weight for one deviation
	skew := w * w / 1000 * spread / 2000
	m.weight += m.weight * (w*spread/1000 + skew*spread/1000) / 1000
	m.length += m.length * h * 38 / 1_000_000
	m.head += m.head * c * 32 / 1_000_000
	if age < 12 {
		lost := [...]int{0, 30, 55, 65, 60, 52, 44, 36, 28, 20, 12, 5}[age]
		m.weight = middleBirth(l, m.weight, lost, on)
	}
	return m
}

// wander is how far somebody has strayed from their own track, in thousandths of
// a standard deviation each: a new throw every quarter, straight lines between.
func (l *life) wander(age int) size {
	const quarter = 91
	var ends [2]size
	for i := range ends {
		d := throw(l.key^ofGrowth, uint64(age/quarter+i))
		ends[i] = size{d.bell(), d.bell(), d.bell()}
	}
	at := func(x, y int) int { return x + (y-x)*(age%quarter)/quarter }
	a, b := &ends[0], &ends[1]
	return size{at(a.weight, b.weight), at(a.length, b.length), at(a.head, b.head)}
}

// middleBirth holds the weight of the first days to the birth weight less the
// thousandths that newborns lose, instead of the curve that goes on rising.
func middleBirth(l *life, weight, lost int, on Day) int {
	if on == l.p.born {
		return weight
	}
	birth := l.measured(l.p.born).weight
	return birth - birth*lost/1000
}

// heightAt is in millimetres, at any age.
func (l *life) heightAt(on Day) int {
	tall := l.measured(min(on, l.p.born+6574)).length
	if age := l.age(on); age > 60 {
		tall -= (age - 60) * 12 / 10
	}
	return tall
}

// weightAt is in grams. Adults go by a body mass index that rises to about 55.
func (l *life) weightAt(on Day) int {
	age := l.age(on)
	if age < 18 {
		return l.measured(on).weight
	}
	usual := 232 + min(age-18, 37)*11/10 - max(0, age-72)*9/10
	if l.has(diabetes, on) {
		usual += 25
	}
	index := max(160, usual+l.body.mass*42/1000+max(0, l.body.mass)*12/1000)
	height := l.heightAt(on)
	return index * height / 100 * height / 100
}
