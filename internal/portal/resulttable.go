package portal

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/units"
)

// decimalOf is a number as a decimal; an error for what is none.
func decimalOf(f float64) (fhir.Decimal, error) {
	return fhir.ParseDecimal(strconv.FormatFloat(f, 'f', -1, 64))
}

// valueRows are all values that the page found, the newest first: what was
// written, and the value in the unit of the chart where that is another.
func (f *folder) valueRows(all []result, drawn []*drawnSeries) (out []valueRow) {
	w := f.p.words.Results
	converted := map[string]string{} // by series and result
	for _, s := range drawn {
		for _, p := range s.points {
			converted[s.key+" "+p.id] = p.text
		}
	}
	for _, r := range all {
		for i, one := range r.all {
			row := valueRow{Name: one.name, Day: r.day, Value: one.words, State: w.State[r.status], Who: r.by, Href: r.link}
			if row.Value == "" {
				row.Value = w.NoValue
			}
			if r.drawn() {
				row.Means = f.meansWords(one)
				if one.rangeIs != "" {
					row.Range = one.rangeIs
				}
				if text := converted[r.test.String()+" "+one.test.String()+" "+r.id]; text != "" {
					row.Also, row.Value = w.AsWritten+" "+one.words, f.p.words.Results.Signs[one.value.Comparator]+" "+text
				}
			}
			if i > 0 {
				row.State = ""
			}
			out = append(out, row)
		}
	}
	return out
}

// windowAt is the address of this page with another time.
func (f *folder) windowAt(w window) string {
	q := f.r.URL.Query()
	q.Del("from")
	q.Del("to")
	if !w.from.IsZero() {
		q.Set("from", w.from.Format(time.DateOnly))
	}
	if !w.to.IsZero() {
		q.Set("to", w.to.Format(time.DateOnly))
	}
	return f.pageAt(q)
}

func (f *folder) pageAt(q url.Values) string {
	if len(q) == 0 {
		return f.r.URL.EscapedPath()
	}
	return f.r.URL.EscapedPath() + "?" + q.Encode()
}

// windows are the links by which a chart is zoomed: lengths of time, and half and
// twice of what is shown, and before and after it.
func (f *folder) windows(now window, shown []result) (all []link) {
	w := f.p.words.Results
	end := f.p.cfg.Now().UTC().AddDate(0, 0, 1)
	add := func(text string, to window) {
		l := link{Text: text, Href: f.windowAt(to)}
		if to == now {
			l.Href = ""
		}
		all = append(all, l)
	}
	day := func(t time.Time) time.Time { return t.Truncate(24 * time.Hour) }
	end = day(end)
	add(w.Whole, window{})
	add(w.FiveYears, window{end.AddDate(-5, 0, 0), end})
	add(w.Year, window{end.AddDate(-1, 0, 0), end})
	add(w.Months, window{end.AddDate(0, -3, 0), end})
	from, to := now.from, now.to
	for _, r := range shown {
		if r.at.IsZero() {
			continue
		}
		if now.to.IsZero() && (to.IsZero() || r.at.After(to)) {
			to = r.at
		}
		if now.from.IsZero() && (from.IsZero() || r.at.Before(from)) {
			from = r.at
		}
	}
	from, to = day(from), day(to).AddDate(0, 0, 1)
	if now.to == to.AddDate(0, 0, -1) {
		to = now.to
	}
	if from.IsZero() || !from.Before(to) {
		return all
	}
	long := to.Sub(from)
	middle := from.Add(long / 2)
	if long > 14*24*time.Hour {
		add(w.Closer, window{day(middle.Add(-long / 4)), day(middle.Add(long / 4))})
	}
	if now != (window{}) && long < 100*365*24*time.Hour {
		add(w.Wider, window{day(from.Add(-long / 2)), day(to.Add(long / 2))})
		add(w.Before, window{day(from.Add(-long / 2)), day(to.Add(-long / 2))})
		add(w.After, window{day(from.Add(long / 2)), day(to.Add(long / 2))})
	}
	return all
}

// unitLinks are the units in which the values can be shown.
func (f *folder) unitLinks(drawn []*drawnSeries) (all []link) {
	u := units.Published()
	var seen []string
	for _, s := range drawn {
		if s.unit == "" {
			continue
		}
		for _, to := range append([]string{s.unit}, u.To(s.unit, s.codes)...) {
			if slices.Contains(seen, to) {
				continue
			}
			seen = append(seen, to)
			q := f.r.URL.Query()
			q.Set("unit", to)
			l := link{Text: u.Name(to), Href: f.pageAt(q)}
			if to == s.unit {
				l.Href = ""
			}
			all = append(all, l)
		}
	}
	if len(all) == 1 || !slices.ContainsFunc(all, func(l link) bool { return l.Href != "" }) {
		return nil
	}
	return all
}
