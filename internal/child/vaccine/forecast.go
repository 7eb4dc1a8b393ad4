package vaccine

// dates are those of a forecast (table 7-13). Zero is blank.
type dates struct {
	earliest    Date
	recommended Date // adjusted
	overdue     Date // adjusted past due date
	latest      Date

	wished Date // unadjusted recommended date
	due    Date // unadjusted past due date
}

// forecast says what is next in a series (chapter 7). A dose that could be
// skipped, on the assessment date or on the day that was forecast, is passed
// over (sections 7.1 and 7.6).
func (a *assessment) forecast(r *run, others []run) {
	at := skipping{run: r, on: a.on, before: len(a.given), others: others}
	for ; !r.exhausted(); r.target++ {
		d := &r.series.doses[r.target]
		at.on = a.on
		if a.skips(d.forecast, at) {
			continue
		}
		r.dates = dates{earliest: a.candidate(r, d)}
		if r.status = a.need(r, d); r.status != NotComplete {
			r.dates = dates{}
			return
		}
		at.on = max(r.dates.earliest, a.on) // nobody comes on a day that is past
		if a.skips(d.forecast, at) {
			continue
		}
		a.fillDates(r, d)
		return
	}
	r.dates = dates{}
	r.status = a.need(r, nil)
}

// need says whether another dose is needed (section 7.4, table 7-10). Without a
// dose d none is left in the series.
func (a *assessment) need(r *run, d *dose) SeriesStatus {
	switch {
	case d == nil && r.valid > 0:
		return Complete
	case d == nil:
		return NotRecommended
	case a.immune(r.antigen):
		return Immune
	case a.contraindicated(r):
		return Contraindicated
	case d.rule.Season != nil && d.rule.Season.End != 0 && a.on > d.rule.Season.End:
		return NotRecommended
	}
	if age := d.ageOn(a.on); age.Max.Given() {
		if end := a.who.Born.Add(age.Max); a.on >= end || r.dates.earliest >= end {
			return AgedOut
		}
	}
	return NotComplete
}

// number is the dose that is forecast (FORECASTDN-1): the doses that count, and
// one. Of a season only those since its start count.
func (a *assessment) numberOf(r *run) int {
	n := 1
	for i, m := range r.marks {
		if m.status != Valid {
			continue
		}
		season := r.series.doses[m.target-1].rule.Season
		if season == nil || a.given[i].On >= season.Start {
			n++
		}
	}
	return n
}
