package portal

import (
	"net/http"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// added sends the form of a reading from the growth chart of a child, with one key.
func (p *person) addsGrowth(fields ...string) answer {
	p.t.Helper()
	return p.send("/family/record/add/reading", append([]string{"then", "growth"}, fields...)...)
}

// A parent adds a weight, and sees it on the chart, marked as theirs.
func TestParentAddsAMeasurement(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.grower("mia", numberSam)
		a := p.get("/family/record/child/growth")
		a = p.get(a.find(`href="(/family/record/add/reading[^"]*)"`))
		a.shows(http.StatusOK, "Length, lying down (cm)", "Head size (cm)", "7 lb 4 oz")
		if body := a.Body.String(); !strings.Contains(body, `<option value="weight" selected>`) {
			t.Error("the weight is not chosen")
		}
		p.addsGrowth("what", "weight", "value", "19 lb 2 oz", "day", "1", "daymonth", "5", "dayyear", "2026").to("/family/record/child/growth?of=weight")
		a = p.get("/family/record/child/growth?of=weight")
		a.shows(http.StatusOK, "It was added.", "Weight: 5 measurements", "The newest one is 8.67 kg, from 1 May 2026", "You added this")
		p.addsGrowth("what", "length", "value", "73.5", "day", "1", "daymonth", "5", "dayyear", "2026").to("/family/record/child/growth?of=height")
		p.get("/family/record/child/growth?of=height").shows(http.StatusOK, "73.5 cm", "You added this, lying down")
		p.addsGrowth("what", "head", "value", "451 mm").to("/family/record/child/growth?of=head")
		p.get("/family/record/timeline").shows(http.StatusOK, "19.125 lb")
	})
}

// What can not be right is said at its field, in words, and what was typed stays there.
// What is hard to believe can be said to be right. Nothing is written before.
func TestAMeasurementThatCanNotBeRight(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.grower("mia", numberSam)
		before := s.count("Observation")
		day := []string{"day", "1", "daymonth", "5", "dayyear", "2026"}
		for _, c := range []struct {
			says   string
			fields []string
			kept   string
		}{
			{"This unit is not one of weight. Type it in kg, g, or lb and oz.", []string{"what", "weight", "value", "73 cm"}, "73 cm"},
			{"This unit is not one of length.", []string{"what", "length", "value", "8 kg"}, "8 kg"},
			{"We do not know this unit.", []string{"what", "weight", "value", "8 bags"}, "8 bags"},
			{"Type the weight as a number, such as 3.5 kg or 7 lb 4 oz.", []string{"what", "weight", "value", "heavy"}, "heavy"},
			{"Type it as a number, such as 35.1 cm.", []string{"what", "head", "value", ""}, ""},
			{"This number does not fit what you measured.", []string{"what", "weight", "value", "7000"}, "7000"},
			{"Leave this empty. Only blood pressure has a lower number.", []string{"what", "weight", "value", "8", "second", "4"}, "4"},
			{"This number looks as if it was in pounds. Check it. If it is right, say so below.", []string{"what", "weight", "value", "19"}, "19"},
			{"This number is very far from what is usual.", []string{"what", "weight", "value", "60"}, "60"},
			{"If it is right, say so below.", []string{"what", "length", "value", "60.1"}, "60.1"},
		} {
			a := p.addsGrowth(append(c.fields, day...)...)
			a.shows(http.StatusUnprocessableEntity, c.says)
			if n := strings.Count(a.Body.String(), c.says); n != 2 {
				t.Errorf("%v is said %d times, and not at the top and at the field", c.fields, n)
			}
			if !strings.Contains(a.Body.String(), `value="`+c.kept+`"`) {
				t.Errorf("%v: what was typed is not kept", c.fields)
			}
		}
		p.addsGrowth("what", "weight", "value", "3", "day", "19", "daymonth", "5", "dayyear", "2025").shows(http.StatusUnprocessableEntity, "This day is before the day of birth.")
		p.addsGrowth("what", "weight", "value", "3", "day", "31", "daymonth", "2", "dayyear", "2026").shows(http.StatusUnprocessableEntity)
		if n := s.count("Observation"); n != before {
			t.Fatalf("%d entries were written", n-before)
		}
		p.addsGrowth(append([]string{"what", "weight", "value", "19", "sure", "yes"}, day...)...).to("/family/record/child/growth?of=weight")
		p.get("/family/record/child/growth?of=weight").shows(http.StatusOK, "19.00 kg", "This number looks as if it was in pounds.", "Measure again if you can.")
	})
}

// Staff write a length with how it was measured; what is unlikely they look at again.
func TestStaffWriteAMeasurement(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.grower("mia", numberSam)
		noor := s.join("Noor")
		noor.works("Growth", staff.Clinician)
		s.baby("Mia Hill", "mia", "female", numberSam)
		const at = "/staff/people/mia/add/measurement"
		noor.get("/staff/people/mia/child/growth?of=height").shows(http.StatusOK, "Add a measurement")
		if body := noor.get(at + "?which=length").Body.String(); !strings.Contains(body, `<option value="length" selected>`) {
			t.Error("the length is not chosen")
		}
		noor.send(at, "which", "length", "value", "73.5").shows(http.StatusOK, "Length, lying down", "73.5 cm")
		noor.send(at, "which", "weight", "value", "19").shows(http.StatusOK, "This number looks as if it was in pounds.", "would fit as pounds")
		noor.send(at, "which", "weight", "value", "8 m").shows(http.StatusUnprocessableEntity, "This unit is not one of weight.")
		noor.send(at, "which", "weight", "value", "8", "when", "1", "whenmonth", "1", "whenyear", "2025").shows(http.StatusUnprocessableEntity, "This day is before the day of birth.")
		a := noor.send(at, "which", "length", "value", "73.5", "step", "save", "key", aKey)
		noor.get(a.Header().Get("Location")).shows(http.StatusOK, "73.5 cm", "lying down")
		noor.get("/staff/people/mia/child/growth?of=height").shows(http.StatusOK, "73.5 cm", "lying down", "Dr Growth")
	})
}

// The heights of the parents are kept in the child's record, and the chart shows what is
// expected from them.
func TestHeightsOfTheParents(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.grower("mia", numberSam)
		const at = "/family/record/child/growth/parents"
		p.get("/family/record/child/growth?of=height").shows(http.StatusOK, "Heights of the parents")
		p.get(at).shows(http.StatusOK, "How tall is the mother?", "How tall is the father?")
		p.send(at).shows(http.StatusUnprocessableEntity, "Type at least one height.")
		p.send(at, "mother", "16", "father", "5 ft 11 in").shows(http.StatusUnprocessableEntity, "Type a height between 100 and 250 cm")
		before := s.count("Observation")
		for range 2 { // a form that is sent twice adds nothing twice
			p.send(at, "mother", "165", "father", "5 ft 11 in", "key", aKey).to("/family/record/child/growth?of=height")
		}
		if n := s.count("Observation"); n != before+2 {
			t.Errorf("%d heights were written", n-before)
		}
		a := p.get("/family/record/child/growth?of=height&from=0&to=20")
		a.shows(http.StatusOK, "The heights were saved.", "From the heights of the parents, a height between", "expected from the parents")
		p.get("/family/record/child/growth?of=height&from=0&to=1").hides("expected from the parents' heights")
		p.get("/family/record/child/growth?of=weight").hides("From the heights of the parents")
		p.get("/family/record/timeline").shows(http.StatusOK, "165 cm", "5.9167 ft")

		noor := s.join("Noor")
		noor.works("Growth", staff.Clinician)
		s.baby("Mia Hill", "mia", "female", numberSam)
		noor.get("/staff/people/mia/child/growth/parents").shows(http.StatusOK, "How tall is the mother?")
		told := s.count("Provenance")
		noor.send("/staff/people/mia/child/growth/parents", "father", "180").to("/staff/people/mia/child/growth?of=height")
		if n := s.count("Provenance"); n != told+1 {
			t.Errorf("%d entries say who wrote it", n-told)
		}
	})
}

// Who may only look adds nothing, and is not led to it.
func TestAttack76WhoMayOnlyLookAddsNoMeasurement(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.grower("mia", numberSam)
		eve := s.proven("Eve Hill", "", "")
		const at = "/family/record/child/growth"
		eve.get(at).to("/family")
		eve.get(at + "/parents").to("/family")
		if a := eve.send(at+"/parents", "mother", "165"); a.Code == http.StatusOK || strings.Contains(a.Body.String(), "Mia") {
			t.Errorf("%d %s", a.Code, a.text())
		}
		stray := s.join("Stray")
		stray.works("Stray", staff.Clinician)
		stray.get("/staff/people/mia/child/growth").hides("Mia Hill", "8.10 kg", "<svg")
		stray.send("/staff/people/mia/child/growth/parents", "mother", "165").hides("Mia Hill")
		a := stray.get("/staff/people/nobody/child/growth")
		if a.Code != stray.get("/staff/people/mia/child/growth").Code {
			t.Error("a child who is there is told from one who is not")
		}
	})
}
