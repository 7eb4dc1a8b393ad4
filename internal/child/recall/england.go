package recall

import (
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/child/given"
	"github.com/bevanhealth/bevan/internal/child/vaccine"
	"github.com/bevanhealth/bevan/internal/child/vaccine/england"
)

// calendar is a schedule of the vaccine room, with the reader of histories.
type calendar struct {
	r      *given.Reader
	serves map[string][]string // the programmes of a vaccine
}

// ByCalendar forecasts by the schedule of a reader.
func ByCalendar(r *given.Reader) Forecaster {
	c := calendar{r, map[string][]string{}}
	of := map[string]string{}
	s := r.Calendar().Schedule()
	for _, g := range s.Groups {
		for _, a := range g.Antigens {
			of[a] = g.Name
		}
	}
	for _, v := range s.Vaccines {
		for _, a := range v.Contains {
			c.serves[v.Code] = append(c.serves[v.Code], of[a.Antigen])
		}
	}
	return c
}

func (c calendar) Schedule() Schedule {
	cal := c.r.Calendar()
	s := Schedule{Version: cal.ID() + " " + cal.Version(), SignedOff: cal.SignedOff() != ""}
	for _, p := range cal.Programmes() {
		s.Names = append(s.Names, Name{p.Name, p.Name})
	}
	var codes []string
	for _, o := range cal.Schedule().Observations {
		for _, one := range o.Codes {
			codes = append(codes, one.System+"|"+one.Code)
		}
	}
	s.Codes = strings.Join(codes, ",")
	return s
}

// epoch is 1 January 1970 as the engine counts days.
var epoch = vaccine.DateOf(1970, 1, 1)

func dateOf(d Day) vaccine.Date { return epoch + vaccine.Date(d) }

func dayOf(d vaccine.Date) Day {
	if d == 0 {
		return 0
	}
	return Day(d - epoch)
}

// Forecast says how far a child is by the schedule. Of a dose whose day is not
// exact the last day that it can have been is taken, so that none counts for a
// birthday before which it was perhaps not given.
func (c calendar) Forecast(of Child, on Day) ([]Programme, error) {
	h := c.r.Read(nil, of.Entries)
	h.Born = dateOf(of.Born)
	switch of.Sex {
	case "female":
		h.Sex = vaccine.Female
	case "male":
		h.Sex = vaccine.Male
	}
	res := c.r.Assess(&h, dateOf(on))
	out := make([]Programme, len(res.Next))
	at := map[string]*Programme{}
	for i := range res.Next {
		n := &res.Next[i]
		out[i] = Programme{ID: n.Programme}
		if at[n.Programme] = &out[i]; n.Status == england.Open {
			out[i].Dose, out[i].Earliest, out[i].Due, out[i].Overdue, out[i].Until = n.Number, dayOf(n.Earliest), dayOf(n.Due), dayOf(n.Overdue), dayOf(n.Latest)
			out[i].Vaccine = c.r.Calendar().Name(n.Vaccine)
		}
	}
	for i := range res.Doses {
		for _, f := range res.Doses[i].For {
			if p := at[f.Programme]; p != nil {
				p.Given = append(p.Given, dayOf(h.Doses[i].Last))
			}
		}
	}
	c.refusals(&h, at)
	return out, nil
}

// refusals are what was said no to. What was not given for another reason, such as
// a fever, is to be given.
func (c calendar) refusals(h *given.History, at map[string]*Programme) {
	for i := range h.Refused {
		d := &h.Refused[i]
		if d.Entry == nil || !saidNo(d.Entry.Root()) {
			continue
		}
		for _, name := range c.serves[d.Vaccine] {
			if p := at[name]; p != nil {
				p.Refused = max(p.Refused, dayOf(d.Last))
			}
		}
	}
}

// saidNo tells whether an Immunization that was not given says that somebody
// objected (HL7, v3-ActReason).
func saidNo(n fhir.Node) bool {
	for coding := range n.Get("statusReason").Get("coding").Items() {
		if coding.Get("system").Is("http://terminology.hl7.org/CodeSystem/v3-ActReason") && (coding.Get("code").Is("PATOBJ") || coding.Get("code").Is("RELIG")) {
			return true
		}
	}
	return false
}
