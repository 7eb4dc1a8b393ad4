package sim

// check is a screening programme of England: who is called, and how often. Ages
// are rounded (NHS population screening programmes, 2024).
type check struct {
	code     concept // of the Observation
	from, to int     // years of age
	every    int     // years
	only     uint8   // 1: women, 2: men
	uptake   int     // in 1,000
	odd      int     // in 1,000 who are called back
	kind     visitKind
}

var checks = [...]check{
	{own("observation", "cervical-screening", "Cervical screening"), 25, 64, 4, 1, 690, 60, byNurse},
	{own("observation", "breast-screening", "Breast screening"), 50, 70, 3, 1, 660, 40, inClinic},
	{own("observation", "bowel-screening", "Bowel screening, home test"), 54, 74, 2, 0, 680, 20, byPhone},
	{own("observation", "aorta-screening", "Abdominal aortic aneurysm screening"), 65, 65, 9, 2, 800, 10, inClinic},
	{own("observation", "eye-screening", "Diabetic eye screening"), 12, 99, 2, 0, 800, 80, inClinic},
}

const eyeScreening = 4

var (
	screenClear = own("answer", "clear", "Clear")
	screenMore  = own("answer", "more-tests", "More tests are needed")
)

func (l *life) screening() {
	for i := range checks {
		c := &checks[i]
		if c.only == 1 && l.p.sex != female || c.only == 2 && l.p.sex != male {
			continue
		}
		d := throw(l.key^ofReviews, uint64(i)+1)
		comes := d.chance(c.uptake + 100)
		for age := c.from; age <= c.to; age += c.every {
			day := l.weekday(anniversary(l.p.born, age) + Day(d.below(200)))
			if day < l.from || day >= l.end || !comes || !d.chance(900) || !l.keep(&d) {
				continue
			}
			if i == eyeScreening && !l.has(diabetes, day) && !l.has(typeOne, day) {
				continue
			}
			v := l.visit(request{kind: c.kind, day: day, why: c.code, specialty: medicine})
			more := d.chance(c.odd)
			l.answer(&v, head(exam, c.code), oneOf(!more, screenClear, screenMore))
			if more && i < 3 {
				l.refer(&v, &d, []int{obstetrics, surgery, gut}[i], c.code, true)
			}
		}
	}
}
