package sim

// Day is a civil date: days since 1 January 1970, without a time or a zone.
type Day int

// Date gives the Day of a year, month (1-12) and day of the month in the
// Gregorian calendar. Numbers out of range run over into the next month, as in
// the standard library.
func Date(year, month, day int) Day {
	month--
	year += month / 12
	if month %= 12; month < 0 {
		month, year = month+12, year-1
	}
	month++
	if month <= 2 {
		year--
	}
	era := floor(year, 400)
	ofEra := year - era*400
	ofYear := (153*((month+9)%12)+2)/5 + day - 1
	return Day(era*146097 + ofEra*365 + ofEra/4 - ofEra/100 + ofYear - 719468)
}

func floor(a, b int) int {
	if a < 0 {
		return (a - b + 1) / b
	}
	return a / b
}

// civil is the other way round: year, month and day of the month.
func (d Day) civil() (year, month, day int) {
	z := int(d) + 719468
	era := floor(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	day = doy - (153*mp+2)/5 + 1
	month = mp + 3
	if month > 12 {
		month -= 12
	}
	year = yoe + era*400
	if month <= 2 {
		year++
	}
	return year, month, day
}

// String writes the date as FHIR does: 2026-11-22.
func (d Day) String() string { return string(appendDay(nil, d)) }

// weekday is 0 for Monday to 6 for Sunday.
func (d Day) weekday() int { return ((int(d)+3)%7 + 7) % 7 }

// working moves a day at the weekend to the Monday after it.
func (d Day) working() Day {
	if w := d.weekday(); w > 4 {
		return d + Day(7-w)
	}
	return d
}

// summer says whether clocks in the UK are an hour ahead: from the last Sunday
// of March to the last Sunday of October. The rule of today is used for all
// years; earlier years had other dates, which does not matter to made-up times.
func (d Day) summer() bool {
	year, month, day := d.civil()
	switch {
	case month < 3 || month > 10:
		return false
	case month > 3 && month < 10:
		return true
	}
	last := Date(year, month, 31)
	last -= Day((last.weekday() + 1) % 7)
	_, _, sunday := last.civil()
	return (month == 3) == (day >= sunday)
}

func appendTwo(b []byte, n int) []byte { return append(b, byte('0'+n/10), byte('0'+n%10)) }

func appendDay(b []byte, d Day) []byte {
	year, month, day := d.civil()
	b = appendTwo(b, year/100)
	b = append(appendTwo(b, year%100), '-')
	b = append(appendTwo(b, month), '-')
	return appendTwo(b, day)
}

// appendTime writes an instant: minutes is the local time since midnight.
func appendTime(b []byte, d Day, minutes int) []byte {
	d, minutes = d+Day(floor(minutes, 1440)), minutes-1440*floor(minutes, 1440)
	b = append(appendDay(b, d), 'T')
	b = append(appendTwo(b, minutes/60), ':')
	b = appendTwo(b, minutes%60)
	if d.summer() {
		return append(b, ":00+01:00"...)
	}
	return append(b, ":00Z"...)
}

// years is the age in whole years that somebody born on one day has on another.
func years(born, on Day) int {
	y1, m1, d1 := born.civil()
	y2, m2, d2 := on.civil()
	n := y2 - y1
	if m2 < m1 || m2 == m1 && d2 < d1 {
		n--
	}
	return n
}

// anniversary is the day on which somebody born on a day becomes n years old.
// A birthday on 29 February falls on 1 March in the other years.
func anniversary(born Day, n int) Day {
	y, m, d := born.civil()
	return Date(y+n, m, d)
}

// later is a day some months after another; a day that the month does not have
// runs over into the next.
func later(from Day, months int) Day {
	y, m, d := from.civil()
	return Date(y, m+months, d)
}
