package given

import (
	"cmp"
	"slices"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/child/vaccine"
)

// History is what a record says of somebody's vaccinations.
type History struct {
	Born         vaccine.Date // 0 where the day is not known
	Sex          vaccine.Sex
	Doses        []Dose // that were given, the oldest first, each once
	Refused      []Dose // that were not, and why
	Observations []vaccine.Observed
}

// Dose is one vaccination.
type Dose struct {
	Vaccine string   // its code in the schedule; "" for one that is not known
	Said    string   // what the record calls it; "" for nothing
	Clash   bool     // its codes say different things, so that it is not known
	Refs    []string // of the entries that say so, such as Immunization/7
	// First and Last are the days that it can have been on; 0 where nothing is
	// known. They are one day where the record is exact.
	First, Last vaccine.Date
	Expires     vaccine.Date
	SubStandard bool
	Entry       *fhir.Tree // the first of Refs
}

// Exact says that the day is known.
func (d *Dose) Exact() bool { return d.First == d.Last && d.First != 0 }

// Read takes apart what a viewer may see: a Patient, and Immunizations and what
// else bears on a schedule in any order. What was entered in error is left out.
func (r *Reader) Read(patient *fhir.Tree, entries []*fhir.Tree) History {
	h := History{Sex: vaccine.Unknown}
	if patient != nil {
		n := patient.Root()
		if first, last := r.days(n.Get("birthDate").Str()); first == last {
			h.Born = first
		}
		switch {
		case n.Get("gender").Is("female"):
			h.Sex = vaccine.Female
		case n.Get("gender").Is("male"):
			h.Sex = vaccine.Male
		}
	}
	for _, t := range entries {
		n := t.Root()
		switch {
		case n.Get("resourceType").Is("Immunization"):
			r.immunization(&h, t)
		default:
			r.observation(&h, n)
		}
	}
	h.Doses = once(h.Doses)
	slices.SortStableFunc(h.Refused, byDay)
	return h
}

func byDay(a, b Dose) int { return cmp.Or(cmp.Compare(a.Last, b.Last), cmp.Compare(a.First, b.First)) }

func (r *Reader) immunization(h *History, t *fhir.Tree) {
	n := t.Root()
	d := Dose{Said: nameOf(n), Refs: []string{"Immunization/" + n.Get("id").Str()}, Entry: t, SubStandard: n.Get("isSubpotent").Text() != nil && string(n.Get("isSubpotent").Raw()) == "true"}
	d.Vaccine, d.Clash = r.known(n)
	d.First, d.Last = r.days(n.Get("occurrenceDateTime").Str())
	if first, last := r.days(n.Get("expirationDate").Str()); first == last {
		d.Expires = first
	}
	switch status := n.Get("status"); {
	case status.Is("completed"):
		h.Doses = append(h.Doses, d)
	case status.Is("not-done"):
		h.Refused = append(h.Refused, d)
	}
}

// observation takes what the schedule asks for by a code: that somebody had an
// illness, or is at risk. What was ruled out or entered in error is none.
func (r *Reader) observation(h *History, n fhir.Node) {
	for coding := range n.Get("verificationStatus").Get("coding").Items() {
		if c := coding.Get("code"); c.Is("refuted") || c.Is("entered-in-error") {
			return
		}
	}
	if s := n.Get("status"); s.Is("entered-in-error") || s.Is("cancelled") || n.Get("resourceType").Is("Flag") && s.Is("inactive") {
		return
	}
	for coding := range n.Get("code").Get("coding").Items() {
		code := r.observed[coding.Get("system").Str()+"|"+coding.Get("code").Str()]
		if code == "" {
			continue
		}
		_, last := r.days(cmp.Or(n.Get("onsetDateTime").Str(), n.Get("recordedDate").Str(), n.Get("effectiveDateTime").Str(), n.Get("period").Get("start").Str()))
		h.Observations = append(h.Observations, vaccine.Observed{Code: code, On: last})
	}
}

// days are the first and the last day that a FHIR date or time can mean; 0 for
// what is none. A time is on the day that it was by the reader's clock.
func (r *Reader) days(s string) (first, last vaccine.Date) {
	switch {
	case len(s) == 4:
		if at, err := time.Parse("2006", s); err == nil {
			return vaccine.DateOf(at.Year(), 1, 1), vaccine.DateOf(at.Year(), 12, 31)
		}
	case len(s) == 7:
		if at, err := time.Parse("2006-01", s); err == nil {
			end := at.AddDate(0, 1, -1)
			return vaccine.DateOf(at.Year(), int(at.Month()), 1), vaccine.DateOf(end.Year(), int(end.Month()), end.Day())
		}
	case len(s) == len(time.DateOnly):
		if at, err := time.Parse(time.DateOnly, s); err == nil {
			d := vaccine.DateOf(at.Year(), int(at.Month()), at.Day())
			return d, d
		}
	default:
		if at, err := time.Parse(time.RFC3339Nano, s); err == nil {
			d := DateOf(at, r.zone)
			return d, d
		}
	}
	return 0, 0
}

// DateOf is the day of a moment by a clock.
func DateOf(at time.Time, zone *time.Location) vaccine.Date {
	at = at.In(zone)
	return vaccine.DateOf(at.Year(), int(at.Month()), at.Day())
}

// once takes together what several entries say of one dose: of one vaccine on one
// day, or on a day within what another says less exactly.
func once(all []Dose) (out []Dose) {
	slices.SortStableFunc(all, func(a, b Dose) int {
		return cmp.Or(cmp.Compare(a.Last-a.First, b.Last-b.First), byDay(a, b))
	})
	used := map[int]bool{} // exact doses that an inexact entry was taken for
	for _, d := range all {
		at := slices.IndexFunc(out, func(o Dose) bool { return same(&o, &d) })
		for at >= 0 && !d.Exact() && used[at] {
			next := slices.IndexFunc(out[at+1:], func(o Dose) bool { return same(&o, &d) })
			if next < 0 {
				at = -1
				break
			}
			at += 1 + next
		}
		if at < 0 {
			out = append(out, d)
			continue
		}
		if !d.Exact() {
			used[at] = true
		}
		out[at].Refs = append(out[at].Refs, d.Refs...)
		out[at].SubStandard = out[at].SubStandard || d.SubStandard
	}
	slices.SortStableFunc(out, byDay)
	return out
}

// same says that d, which is not more exact than o, can be the same dose.
func same(o, d *Dose) bool {
	if o.First == 0 || d.First == 0 || o.Vaccine != d.Vaccine || o.Clash || d.Clash {
		return false
	}
	if o.Vaccine == "" && (o.Said == "" || plainName(o.Said) != plainName(d.Said)) {
		return false
	}
	return d.First <= o.First && o.Last <= d.Last
}

// With is a history with one more entry, as if the record had it.
func (r *Reader) With(h History, entry *fhir.Tree) History {
	more := r.Read(nil, []*fhir.Tree{entry})
	h.Doses = slices.Clone(h.Doses)
	for i := range h.Doses {
		h.Doses[i].Refs = slices.Clone(h.Doses[i].Refs)
	}
	h.Doses = once(append(h.Doses, more.Doses...))
	h.Refused = append(slices.Clone(h.Refused), more.Refused...)
	return h
}
