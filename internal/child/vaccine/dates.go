package vaccine

// candidate is the first day on which the next dose would count (candidate
// earliest date, FORECASTDTCAN-1).
func (a *assessment) candidate(r *run, d *dose) Date {
	at := a.who.Born
	if age := d.ageOn(a.on); age.Min.Given() {
		at = max(at, a.by(age, age.Min))
	}
	for i := range d.intervals {
		rule := d.intervals[i].rule
		if rule.Min.Given() && rule.Holds(a.on) {
			at = max(at, a.reference(r, &d.intervals[i], len(a.given), a.on).Add(rule.Min))
		}
	}
	at = max(at, a.freeFrom(d))
	if d.rule.Season != nil {
		at = max(at, d.rule.Season.Start)
	}
	if doses := a.byAntigen[r.antigen]; len(doses) > 0 {
		at = max(at, a.given[doses[len(doses)-1]].On)
	}
	return at
}

// by is the day of an age, or the first day of the term after it.
func (a *assessment) by(age *Age, p Period) Date {
	d := a.who.Born.Add(p)
	if !age.Term.IsZero() {
		d = d.next(age.Term)
	}
	return d
}

// fillDates generates the dates of a forecast whose earliest date is known
// (section 7.5, FORECASTDT-1 to FORECASTDT-6). Nobody is late before they are
// due: where rules of age and interval are mixed, the specification lets them.
func (a *assessment) fillDates(r *run, d *dose) {
	age := d.ageOn(a.on)
	t := &r.dates
	var wished, due Date // by interval
	for i := range d.intervals {
		rule := d.intervals[i].rule
		if !rule.Holds(a.on) {
			continue
		}
		ref := a.reference(r, &d.intervals[i], len(a.given), a.on)
		if ref != 0 && rule.Recommended.Given() {
			wished = max(wished, ref.Add(rule.Recommended))
		}
		if ref != 0 && rule.Late.Given() {
			due = max(due, ref.Add(rule.Late)-1)
		}
	}
	if age.Recommended.Given() {
		wished = a.by(age, age.Recommended)
	} else if wished == 0 {
		wished = t.earliest
	}
	if age.Late.Given() {
		due = a.by(age, age.Late) - 1
	}
	t.wished, t.due = wished, due
	t.recommended = max(t.earliest, wished)
	if due != 0 {
		t.overdue = max(t.recommended, due)
	}
	if age.Max.Given() {
		t.latest = a.who.Born.Add(age.Max) - 1
	}
	r.number = a.numberOf(r)
}
