package portal

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/child/growing"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// vital is a measurement of a child.
func vital(child, id, code, when, value, unit, more string) string {
	return obs(child, child+id, loincSystem, code, "Measured", when, fmt.Sprintf(`,"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"vital-signs"}]}],"valueQuantity":{"value":%s,"unit":"%s","system":"http://unitsofmeasure.org","code":"%s"}%s`, value, unit, unit, more))
}

// baby writes a child of a sex who was born on 20 May 2025, a year before the clock of
// the tests.
func (s *site) baby(name, id, gender, number string) {
	s.t.Helper()
	s.child(name, id, "2025-05-20", number)
	sex := ""
	if gender != "" {
		sex = `"gender":"` + gender + `",`
	}
	var with []string
	for _, org := range s.surgeries {
		with = append(with, `{"reference":"Organization/`+org+`"}`)
	}
	if len(with) > 0 {
		sex += `"generalPractitioner":[` + strings.Join(with, ",") + `],`
	}
	s.put(`{"resourceType":"Patient","id":"` + id + `",` + sex + `"name":[{"text":"` + name + `"}],"birthDate":"2025-05-20","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + number + `"}]}`)
}

// measured writes how a baby grew who was born at 33 weeks.
func (s *site) measured(id string) {
	s.t.Helper()
	s.put(`{"resourceType":"Practitioner","id":"`+id+`hv","name":[{"text":"Bea Watts"}]}`,
		vital(id, "g", "76516-4", "2025-05-20", "33", "wk", ""),
		vital(id, "w0", "8339-4", "2025-05-20T09:00:00Z", "2010", "g", ""),
		vital(id, "w1", "29463-7", "2025-07-15", "3.92", "kg", `,"performer":[{"reference":"Practitioner/`+id+`hv"}]`),
		vital(id, "w2", "29463-7", "2025-10-20", "6.35", "kg", ""),
		vital(id, "w3", "29463-7", "2026-02-20", "8.1", "kg", ""),
		vital(id, "l1", "8306-3", "2025-10-20", "60.5", "cm", ""),
		vital(id, "l2", "8306-3", "2026-02-20", "0.695", "m", ""),
		vital(id, "h1", "9843-4", "2025-10-20", "40.8", "cm", ""),
		strings.Replace(vital(id, "bad", "29463-7", "2026-03-01", "99", "kg", ""), `"final"`, `"entered-in-error"`, 1))
}

// grower is a mother, acting for her baby whose growth is in the record.
func (s *site) grower(id, number string) *person {
	s.t.Helper()
	s.baby("Mia Hill", id, "female", number)
	s.measured(id)
	ann := s.proven("Ann Hill", "", "")
	ann.send("/family/act", "right", ann.parentOf(id).ID).to("/family/record")
	return ann
}

func TestParentSeesHowTheChildGrows(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.grower("mia", numberSam)
		s.looks()
		a := p.get("/family/record/child/growth")
		a.shows(http.StatusOK, "Growth of Mia Hill", "Weight: 4 measurements, from 20 May 2025 to 20 February 2026.", "The newest one is 8.10 kg, from 20 February 2026, at the age of 9 months.",
			"WHO Child Growth Standards", "version 2006 and 2007", "Born at 33 weeks.", "Bea Watts", "at birth", "2.01 kg", "7 months", "Age in months", "actual age", "corrected age", "On paper 1 month is 10 mm across")
		a.hides("99.0", "99 kg", "99.00", "For staff", "Clinician", " style=", "diagnosis")
		if n := s.looksAtSomebody(); n != 2 {
			t.Errorf("the page is %d entries of the log", n)
		}
		body := a.Body.String()
		for what, want := range map[string]int{`class="bevan-growth-line"`: 9, "bevan-growth-dot": 5, "bevan-growth-cross": 4} {
			if n := strings.Count(body, what); n != want {
				t.Errorf("%d of %s, not %d", n, what, want)
			}
		}
	})
}

func TestGrowthOfEachMeasure(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.grower("mia", numberSam)
		p.get("/family/record/child/growth?of=height").shows(http.StatusOK, "69.5 cm", "lying down", "Length or height (cm)")
		p.get("/family/record/child/growth?of=head").shows(http.StatusOK, "40.8 cm", "one measurement, on 20 October 2025")
		p.get("/family/record/child/growth?of=bmi").shows(http.StatusOK, "16.8 kg/m²", "worked out from weight and height")
		p.get("/family/record/child/growth?of=shoes").shows(http.StatusNotFound)
		p.get("/family/record/child/growth?ref=nobody").shows(http.StatusNotFound)
		p.get("/family/record/child/growth?ref=cdc-2000").shows(http.StatusOK, "The lines are those of CDC")
		p.get("/family/record/child/growth?from=1&to=5").shows(http.StatusOK, "4 more lie outside of these ages")
		p.get("/family/record/child/growth?of=head&from=8&to=12").shows(http.StatusOK, "has no lines for this at these ages")
		for _, odd := range []string{"from=NaN&to=NaN", "from=5&to=1", "from=-9&to=3", "from=0&to=1e9", "from=0&to=0.0001", "from=x"} {
			p.get("/family/record/child/growth?"+odd).shows(http.StatusOK, "Age in months")
		}
	})
}

// Staff have the same page, with the words for them.
func TestStaffSeeHowAChildGrows(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.grower("mia", numberSam)
		noor := s.join("Noor")
		noor.works("Growth", staff.Clinician)
		s.baby("Mia Hill", "mia", "female", numberSam)
		noor.get("/staff/people/mia/child/growth").shows(http.StatusOK, "Growth of Mia Hill", "For staff:", "SDS", "Corrected age 0.", "Reference: WHO Child Growth Standards", "No clinician has signed these lines off for use here.")
	})
}

// Who has no sex or no birth date in the record is asked, and nothing is guessed.
func TestGrowthOfWhomLittleIsKnown(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.grower("mia", numberSam)
		s.baby("Mia Hill", "mia", "other", numberSam)
		a := p.get("/family/record/child/growth")
		a.shows(http.StatusOK, "A chart is for girls or for boys.", "8.10 kg", "not known")
		a.hides("<svg", "centile line")
		if b := p.get(a.find(`href="([^"]*sex=male)"`)); !strings.Contains(b.Body.String(), "<svg") {
			t.Error("no chart was drawn for the sex that was chosen")
		} else {
			b.shows(http.StatusOK, "This is the chart for boys.")
		}
		s.put(`{"resourceType":"Patient","id":"mia","gender":"female","name":[{"text":"Mia Hill"}]}`)
		p.get("/family/record/child/growth").shows(http.StatusOK, "We do not know on which day this child was born.", "8.10 kg")
		p.get("/family/record/child/growth").hides("<svg")
	})
}

// However often somebody was measured, a page reads so many and says so; what is known
// from birth is not lost behind them, and the table goes on.
func TestGrowthOfWhoWasMeasuredVeryOften(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.grower("mia", numberSam)
		born := time.Date(2025, 5, 20, 8, 0, 0, 0, time.UTC)
		var many []string
		for i := range growing.Most + 20 {
			many = append(many, vital("mia", fmt.Sprintf("m%d", i), "29463-7", born.Add(time.Duration(i*16+1)*time.Hour).Format(time.RFC3339), fmt.Sprintf("%.3f", 2.0+float64(i)*0.012), "kg", ""))
		}
		s.putMany(many...)
		s.looks()
		a := p.get("/family/record/child/growth")
		a.shows(http.StatusOK, "Weight: 496 measurements", "These are the newest 500.", "Born at 33 weeks.", "Show the older ones")
		if n := s.looksAtSomebody(); n != 3 {
			t.Errorf("the page is %d entries of the log", n)
		}
		if n := strings.Count(a.Body.String(), `<tr role="row">`); n != mostGrowthRows+1 {
			t.Errorf("the table has %d rows", n)
		}
		next := p.get(a.find(`href="([^"]*skip=[^"]*)"`))
		if n := strings.Count(next.Body.String(), `<tr role="row">`); n != mostGrowthRows+1 {
			t.Errorf("its next page has %d rows", n)
		}
		p.get("/family/record/child/growth?skip=99999").shows(http.StatusOK, "Weight: 496 measurements")
		p.get("/family/record/child/growth?skip=-3").shows(http.StatusOK, "Weight: 496 measurements")
	})
}
