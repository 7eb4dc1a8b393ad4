package portal

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/child/given"
	"github.com/bevanhealth/bevan/internal/child/vaccine"
	"github.com/bevanhealth/bevan/internal/child/vaccine/england"
)

// ahead are the parts about what is to be given: overdue, due, a plan to catch up,
// and what comes.
func (j *jabs) ahead() (all []vaccinePart) {
	w := j.p.words.Vaccinations
	late := vaccinePart{table: table{Caption: w.Overdue, None: w.OverdueNone, Heads: []string{w.Vaccine, w.Dose, w.Since}}}
	due := vaccinePart{table: table{Caption: w.Due, None: w.DueNone, Heads: []string{w.Vaccine, w.Dose, w.Since}}}
	if j.grown() {
		late.Caption, late.What = w.Missing, w.GrownWhat
	}
	for _, jab := range j.r.Calendar().Jabs(&j.res, j.today) {
		row := []cell{text(j.vaccineName(jab.Vaccine)), text(j.doseText(jab.Programmes)), text(j.dayText(j.since(jab)))}
		if jab.Overdue {
			late.Rows = append(late.Rows, row)
		} else {
			due.Rows = append(due.Rows, row)
		}
	}
	if len(late.Rows) == 0 {
		late.What = ""
	}
	all = append(all, late, due)
	if j.behindhand() {
		if plan := j.plan(); len(plan.Rows) > 1 || j.care() {
			all = append(all, plan)
		}
	}
	return append(all, j.coming())
}

// since is the first day on which one of the doses was due.
func (j *jabs) since(jab england.Jab) (first vaccine.Date) {
	for i := range j.res.Next {
		if n := &j.res.Next[i]; slices.Contains(jab.Programmes, n.Programme) && (first == 0 || n.Due < first) {
			first = n.Due
		}
	}
	return first
}

// plan is the visits by which somebody catches up.
func (j *jabs) plan() vaccinePart {
	w := j.p.words.Vaccinations
	out := vaccinePart{table: table{Caption: w.Plan, Heads: []string{w.Visit, w.When, w.Vaccines}}, What: w.PlanWhat}
	for i, v := range j.r.Visits(&j.found.History, j.today) {
		names := ""
		for k, jab := range v.Jabs {
			if k > 0 {
				names += ", "
			}
			names += j.vaccineName(jab.Vaccine)
		}
		when := w.Then + " " + j.dayText(v.On)
		if v.On <= j.today {
			when = w.First
		}
		out.Rows = append(out.Rows, []cell{text(strconv.Itoa(i + 1)), text(when), text(names)})
	}
	return out
}

// coming is what is not due yet, the nearest first.
func (j *jabs) coming() vaccinePart {
	w := j.p.words.Vaccinations
	out := vaccinePart{table: table{Caption: w.Coming, None: w.ComingNone, Heads: []string{w.Vaccine, w.Dose, w.From}}}
	var later []*england.Next
	for i := range j.res.Next {
		if n := &j.res.Next[i]; n.Status == england.Open && !n.DueOn(j.today) {
			later = append(later, n)
		}
	}
	slices.SortStableFunc(later, func(a, b *england.Next) int { return cmp.Compare(a.Due, b.Due) })
	for i := 0; i < len(later); {
		n := later[i]
		programmes := []string{n.Programme} // one vaccine on one day is one row
		for i++; i < len(later) && later[i].Due == n.Due && later[i].Vaccine == n.Vaccine; i++ {
			programmes = append(programmes, later[i].Programme)
		}
		out.Rows = append(out.Rows, []cell{text(j.vaccineName(n.Vaccine)), text(j.doseText(programmes)), text(j.dayText(n.Due))})
	}
	return out
}

// behind are the parts about what was given, or was not.
func (j *jabs) behind() (all []vaccinePart) {
	w := j.p.words.Vaccinations
	heads := []string{w.Vaccine, w.When, w.Batch, w.Place}
	had := vaccinePart{table: table{Caption: w.Given, None: w.GivenNone, Heads: append(slices.Clone(heads), w.Counts)}}
	not := vaccinePart{table: table{Caption: w.NotCounted, Heads: []string{w.Vaccine, w.When, w.Place, w.Why}}, What: w.NotCountedWhat}
	strange := vaccinePart{table: table{Caption: w.NotKnown, Heads: []string{w.Vaccine, w.When, w.Place, w.Why}}, What: w.NotKnownWhat}
	for i := len(j.found.Doses) - 1; i >= 0; i-- { // the newest first
		d := &j.found.Doses[i]
		e := j.lineOf(d.Entry)
		name, place := j.doseCell(d, e), text(e.By)
		when := text(j.whenText(d, e.When))
		if len(j.res.Doses) == 0 { // without a day of birth nothing is judged
			had.Rows = append(had.Rows, []cell{name, when, text(j.batch(d)), place, text("")})
			continue
		}
		switch v := &j.res.Doses[i]; {
		case v.Counts || v.Why == england.NotInSchedule || d.Last > j.today:
			had.Rows = append(had.Rows, []cell{name, when, text(j.batch(d)), place, text(j.countsText(v))})
		case v.Why == england.NotKnown:
			strange.Rows = append(strange.Rows, []cell{name, when, place, text(j.whyText(d, v))})
		default:
			not.Rows = append(not.Rows, []cell{name, when, place, text(j.whyText(d, v))})
		}
	}
	if len(j.res.Doses) == 0 {
		had.Heads = heads
		for i := range had.Rows {
			had.Rows[i] = had.Rows[i][:len(heads)]
		}
	}
	all = append(all, had)
	for _, p := range []vaccinePart{not, strange, j.refused(), j.received()} {
		if len(p.Rows) > 0 {
			all = append(all, p)
		}
	}
	return all
}

// doseCell names a dose, and leads to its entry.
func (j *jabs) doseCell(d *given.Dose, e entryLine) cell {
	name := j.vaccineName(d.Vaccine)
	switch {
	case name == "":
		name = e.What
	case d.Said != "" && !strings.HasPrefix(strings.ToLower(d.Said), strings.ToLower(name)):
		name += " (" + shortened(d.Said) + ")" // the product
	}
	return cell{Text: name, Href: e.Href, About: e.When}
}

// whenText is the day, and that several entries say so.
func (j *jabs) whenText(d *given.Dose, when string) string {
	w := j.p.words.Vaccinations
	if !d.Exact() && d.First != 0 {
		when = w.Around + " " + when
	}
	if n := len(d.Refs); n > 1 {
		when += " (" + strconv.Itoa(n) + " " + w.Twice + ")"
	}
	return when
}

func (j *jabs) batch(d *given.Dose) string {
	return cmp.Or(d.Entry.Root().Get("lotNumber").Str(), j.p.words.Clinic.Write.NotSaid)
}

// countsText says which dose it was, and of what: one vaccine can be the fourth
// dose against one illness and the first against another.
func (j *jabs) countsText(d *england.Dose) string {
	w := j.p.words.Vaccinations
	out := ""
	for i, f := range d.For {
		dose := w.Dose + " " + strconv.Itoa(f.Number)
		switch {
		case j.care() && i > 0:
			out += ", " + dose + " (" + f.Programme + ")"
		case j.care():
			out = dose + " (" + f.Programme + ")"
		case i > 0 && f.Number == d.For[i-1].Number:
			out += "; " + j.programmeName(f.Programme)
		case i > 0:
			out += ". " + dose + ": " + j.programmeName(f.Programme)
		default:
			out = dose + ": " + j.programmeName(f.Programme)
		}
	}
	return cmp.Or(out, w.NotIn)
}

// whyText says why a dose does not count, and from when it would have.
func (j *jabs) whyText(d *given.Dose, v *england.Dose) string {
	w := j.p.words.Vaccinations
	says := w.Whys
	if j.care() {
		says = w.WhysCare
	}
	out := says[v.Why.String()]
	if d.Clash {
		out += " " + w.Conflict
	}
	if v.Of != "" && j.care() {
		out += " (" + v.Of + ")"
	}
	if v.On != 0 {
		out += " " + w.Would + " " + j.dayText(v.On) + "."
	}
	return out
}

// refused are vaccines that were not given, and why.
func (j *jabs) refused() vaccinePart {
	w := j.p.words.Vaccinations
	out := vaccinePart{table: table{Caption: w.NotGiven, Heads: []string{w.Vaccine, w.When, w.Place, w.Why}}}
	for i := len(j.found.Refused) - 1; i >= 0; i-- {
		d := &j.found.Refused[i]
		e := j.lineOf(d.Entry)
		out.Rows = append(out.Rows, []cell{j.doseCell(d, e), text(j.whenText(d, e.When)), text(e.By), text(j.reasonText(d.Entry.Root().Get("statusReason")))})
	}
	return out
}

// reasonText says why a vaccine was not given.
func (j *jabs) reasonText(n fhir.Node) string {
	w := j.p.words.Vaccinations
	for coding := range n.Get("coding").Items() {
		code := coding.Get("code").Str()
		switch coding.Get("system").Str() {
		case notGivenCodes:
		case actReason:
			code = ofActReason[code]
		default:
			continue
		}
		if says := w.Reasons[code]; says != "" {
			return says
		}
	}
	return cmp.Or(shortened(n.Get("text").Str()), w.NoReason)
}

// received are forecasts that others sent, as they say it.
func (j *jabs) received() vaccinePart {
	w := j.p.words.Vaccinations
	out := vaccinePart{table: table{Caption: w.Received, Heads: []string{w.Source, w.When, w.Vaccine, w.Says}}, What: w.ReceivedWhat}
	for _, t := range j.found.Received {
		e := j.lineOf(t)
		by := cmp.Or(t.Root().Get("authority").Get("display").Str(), e.By)
		for r := range t.Root().Get("recommendation").Items() {
			if len(out.Rows) >= perPage {
				return out
			}
			name := codeText(r.Get("vaccineCode").At(0))
			if name == "" {
				name = codeText(r.Get("targetDisease"))
			}
			out.Rows = append(out.Rows, []cell{{Text: by, Href: e.Href, About: name}, text(e.When), text(shortened(cmp.Or(name, w.NoReason))), text(j.saidText(r))})
		}
	}
	return out
}

// saidText is one recommendation of others: its state, and the day on which it is
// due.
func (j *jabs) saidText(r fhir.Node) string {
	w := j.p.words.Vaccinations
	says := codeText(r.Get("forecastStatus"))
	for coding := range r.Get("forecastStatus").Get("coding").Items() {
		if known := w.Statuses[coding.Get("code").Str()]; known != "" {
			says = known
			break
		}
	}
	for c := range r.Get("dateCriterion").Items() {
		for coding := range c.Get("code").Get("coding").Items() {
			if coding.Get("code").Is("30980-7") {
				says += ", " + w.From + " " + j.p.plainWords().Day(c.Get("value").Str())
			}
		}
	}
	return shortened(says)
}
