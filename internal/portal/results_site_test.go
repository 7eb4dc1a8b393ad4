package portal

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// obs is an Observation of somebody; more are its members besides.
func obs(patient, id, system, code, name, when, more string) string {
	return `{"resourceType":"Observation","id":"` + id + `","status":"final","subject":{"reference":"Patient/` + patient + `"},"code":{"text":"` + name + `","coding":[{"system":"` + system + `","code":"` + code + `"}]},"effectiveDateTime":"` + when + `"` + more + `}`
}

// amountOf is a value and its usual range.
func amountOf(value, unit, low, high string) string {
	q := func(v string) string {
		return `{"value":` + v + `,"unit":"` + unit + `","system":"http://unitsofmeasure.org","code":"` + unit + `"}`
	}
	out := `,"valueQuantity":` + q(value)
	switch {
	case low != "" && high != "":
		out += `,"referenceRange":[{"low":` + q(low) + `,"high":` + q(high) + `}]`
	case high != "":
		out += `,"referenceRange":[{"high":` + q(high) + `}]`
	}
	return out
}

const lab = `,"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"laboratory"}]}]`

// tested writes results of somebody: a blood count three times, sugar in two units,
// a blood pressure, and what can not be drawn.
func (s *site) tested(id string) {
	s.t.Helper()
	of := func(n, code, name, when, more string) string {
		return obs(id, id+n, loincSystem, code, name, when, more)
	}
	s.put(`{"resourceType":"Practitioner","id":"`+id+`lab","name":[{"text":"Hill Laboratory"}]}`,
		of("hb1", "718-7", "Haemoglobin", "2024-03-09T09:00:00Z", lab+amountOf("131", "g/L", "115", "165")),
		of("hb2", "718-7", "Haemoglobin", "2025-03-09T09:00:00Z", lab+amountOf("121", "g/L", "115", "165")),
		of("hb3", "718-7", "Haemoglobin", "2026-03-09T09:00:00Z", lab+amountOf("109", "g/L", "115", "165")+`,"performer":[{"reference":"Practitioner/`+id+`lab"}]`),
		of("su1", "2345-7", "Sugar", "2025-01-02T09:00:00Z", lab+amountOf("95", "mg/dL", "", "")),
		of("su2", "2345-7", "Sugar", "2026-01-02T09:00:00Z", lab+amountOf("6.1", "mmol/L", "", "")),
		of("bp", "85354-9", "Blood pressure", "2026-02-01T09:00:00Z", `,"component":[{"code":{"text":"Upper number","coding":[{"system":"http://loinc.org","code":"8480-6"}]},"valueQuantity":{"value":148,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}},{"code":{"text":"Lower number","coding":[{"system":"http://loinc.org","code":"8462-4"}]},"valueQuantity":{"value":91,"unit":"mmHg","system":"http://unitsofmeasure.org","code":"mm[Hg]"}}]`),
		of("cr", "1988-5", "CRP", "2026-02-02T09:00:00Z", lab+strings.Replace(amountOf("5", "mg/L", "", "5"), `"value":5`, `"value":5,"comparator":"<"`, 1)),
		of("wr", "2951-2", "Sodium", "2026-02-03T09:00:00Z", lab+amountOf("999", "mmol/L", "133", "146")+`,"note":[{"text":"x"}]`),
		`{"resourceType":"DiagnosticReport","id":"`+id+`fbc","status":"final","subject":{"reference":"Patient/`+id+`"},"code":{"text":"Full blood count"},"effectiveDateTime":"2026-03-09","result":[{"reference":"Observation/`+id+`hb3"}]}`)
	s.put(strings.Replace(of("wr", "2951-2", "Sodium", "2026-02-03T09:00:00Z", lab+amountOf("999", "mmol/L", "133", "146")), `"final"`, `"entered-in-error"`, 1))
}

// looksAtSomebody counts the entries of the log about a person since the last call.
func (s *site) looksAtSomebody() (n int) {
	for _, e := range s.looks() {
		if e.Person != 0 {
			n++
		}
	}
	return n
}

func TestResultsAreListed(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		s.tested("gwen")
		s.looks()
		a := p.get("/record/results")
		a.shows(http.StatusOK, "Results", "Full blood count, 9 March 2026", "Haemoglobin", "109 g/L", "9 March 2026 9:00am",
			"Lower than the usual range.", "Usual range: 115 to 165 g/L.", "Lower than the one before.",
			"Sugar", "6.1 mmol/L", "We do not have a usual range for this.", "Higher than the one before.",
			"Upper number: 148 mmHg, Lower number: 91 mmHg", "CRP", "less than 5 mg/L", "Inside the usual range.",
			"Sodium", "This entry was marked as wrong. Do not go by it.")
		// One value of a test, and of what is wrong nothing is said but that.
		a.hides("131 g/L", "121 g/L", "95 mg/dL", "Higher than the usual range", "bnormal", "egative", "Failed", "style=")
		if n := s.looksAtSomebody(); n != 1 {
			t.Errorf("the page is %d entries of the log", n)
		}
		p.get("/record/results?of=vital-signs").hides("Haemoglobin", "Sugar")
		p.get("/record/results?of=survey").shows(http.StatusOK, "No results of this kind are held here. That does not mean that none were done.")
		p.get("/record/results?of=nothing").shows(http.StatusNotFound)
		p.get("/record/results?after=nonsense").shows(http.StatusBadRequest, "Start again from the first page.")
	})
}

func TestOneResultOverTime(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		s.tested("gwen")
		at := p.get("/record/results").find(`href="(/record/results/loinc[^"]*718-7)"`)
		s.looks()
		a := p.get(at)
		a.shows(http.StatusOK, "Haemoglobin", "Haemoglobin: 3 values from 9 March 2024 to 9 March 2026, between 109 g/L and 131 g/L. The last one is lower than the first.",
			"131 g/L", "121 g/L", "109 g/L", "Lower than the usual range.", "Inside the usual range.", "Hill Laboratory", "usual range", "All of it", "g/dL")
		body := a.Body.String()
		if strings.Count(body, "<circle") != 3 || !strings.Contains(body, `role="img"`) || !strings.Contains(body, "/record/Observation/gwenhb3") || strings.Contains(body, " style=") {
			t.Error(body)
		}
		if n := s.looksAtSomebody(); n != 1 {
			t.Errorf("the page is %d entries of the log", n)
		}
		p.get(at+"?unit=g%2FdL").shows(http.StatusOK, "10.9 g/dL", "as written: 109 g/L", "between 10.9 g/dL and 13.1 g/dL")
		p.get(at+"?from=2024-01-01&to=2025-01-01").shows(http.StatusOK, "one value, 131 g/L", "Wider", "Earlier", "Later")
		p.get(at+"?from=2024-01-01&to=2025-01-01").hides("109 g/L", "121 g/L")
		p.get(at+"?from=2010-01-01&to=2011-01-01").shows(http.StatusOK, "There are no values in this time.")
		p.get(at+"?from=2025-01-01&to=2024-01-01&unit=furlongs").shows(http.StatusOK, "3 values")

		p.get("/record/results/loinc%7C2345-7").shows(http.StatusOK, "5.3 mmol/L", "as written: 95 mg/dL", "between 5.3 mmol/L and 6.1 mmol/L")
		p.get("/record/results/loinc%7C85354-9").shows(http.StatusOK, "Upper number", "Lower number", "one value, 148 mmHg")
		p.get("/record/results/loinc%7C1988-5").shows(http.StatusOK, "less than 5 mg/L", "only a limit is known")
		p.get("/record/results/loinc%7C2951-2").shows(http.StatusOK, "This entry was marked as wrong. Do not go by it.")
		p.get("/record/results/loinc%7C2951-2").hides("Higher than")
		for _, bad := range []string{"/record/results/x", "/record/results/loinc%7C", "/record/results/%7Cx", "/record/results/loinc%7C1,2", "/record/results/loinc%7C0000-0", "/record/results/http:%2F%2Fexample.org%7Cx"} {
			p.get(bad).shows(http.StatusNotFound)
		}
	})
}

func TestResultsTogether(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		s.tested("gwen")
		a := p.get("/record/results/together?test=loinc%7C718-7&test=loinc%7C2345-7")
		a.shows(http.StatusOK, "Results together", "Haemoglobin: 3 values", "Sugar: 2 values", "g/L", "mmol/L")
		if n := strings.Count(a.Body.String(), `<svg class="bevan-chart"`); n != 2 {
			t.Errorf("two units are on %d charts", n)
		}
		p.get("/record/results/together").shows(http.StatusBadRequest, "Tick two results or more")
		p.get("/record/results/together?test=a%7C1&test=a%7C2&test=a%7C3&test=a%7C4&test=a%7C5&test=a%7C6&test=a%7C7").shows(http.StatusBadRequest, "Six results are the most")
		p.get("/record/results/together?test=x").shows(http.StatusNotFound)
	})
}

// hardResult is a result that is hard to read alone, as a plain one would be seen.
func (s *site) hardResult(id string) {
	s.t.Helper()
	s.put(obs(id, id+"gen", loincSystem, "69548-6", "Test of the zebra gene", "2026-05-01T09:00:00Z", `,"issued":"2026-05-02T09:00:00Z","valueString":"Zebra stripes were found"`),
		`{"resourceType":"DiagnosticReport","id":"`+id+`genr","status":"final","subject":{"reference":"Patient/`+id+`"},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"GE"}]}],"code":{"text":"Zebra report"},"conclusion":"Zebra stripes","issued":"2026-05-02T09:00:00Z","effectiveDateTime":"2026-05-01","result":[{"reference":"Observation/`+id+`gen"}]}`)
}

// choose says how somebody wants to see genetic results.
func (p *person) choosesFor(kind, how string) answer {
	p.t.Helper()
	all := []string{"genetic", "warn", "cancer", "warn", "pregnancy", "warn", "memory", "warn", "sexual", "warn", "everyday", "now"}
	for i := 0; i < len(all); i += 2 {
		if all[i] == kind {
			all[i+1] = how
		}
	}
	return p.send("/account/results", all...)
}

func TestHardResultsAreShownAsThePersonChose(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		s.hardResult("gwen")
		at := "/record/results/loinc%7C69548-6"
		telling := []string{"zebra", "Zebra", "stripes"}

		p.get("/record/results").shows(http.StatusOK, "A genetic test. This may be hard to read alone. Open it when you are ready.")
		p.get("/record/results").hides(telling...)
		// Every page of the record keeps it back, and says that it is there.
		for _, path := range []string{"/", "/record", "/record/summary", "/record/timeline", "/record/timeline?words=a+genetic", "/record/results", "/record/Observation", "/record/DiagnosticReport"} {
			a := p.get(path)
			a.shows(http.StatusOK, "A genetic test. This may be hard to read alone.")
			a.hides(telling...)
		}
		p.get("/record/timeline?words=stripes").hides("A genetic test", "Stripes", "Zebra")
		for _, path := range []string{"/record/Observation/gwengen", "/record/DiagnosticReport/gwengenr", "/record/Observation/gwengen/file/0"} {
			a := p.get(path)
			a.shows(http.StatusOK, "Before you look at this result")
			a.hides(telling...)
		}
		p.get("/record/DiagnosticReport/gwengenr?look=yes").shows(http.StatusOK, "Zebra report")
		warned := p.get(at)
		warned.shows(http.StatusOK, "Before you look at this result", "A genetic test", "ring your surgery", "116 123", "Show me the result", "Not now")
		warned.hides(telling...)
		p.get(at+"?look=yes").shows(http.StatusOK, "Test of the zebra gene", "Zebra stripes were found")

		p.get("/account/results").shows(http.StatusOK, "How results are shown to me", "Genetic tests", "Wait for a clinician", "Whoever looks after you sees all results.")
		p.send("/account/results", "genetic", "never").shows(http.StatusUnprocessableEntity, "Choose one of the three ways")
		p.choosesFor("genetic", "wait").to("/account")
		p.get("/account").shows(http.StatusOK, "It is saved how results are shown to you.")
		for _, path := range []string{"/record/results", at, at + "?look=yes", "/record/timeline", "/record/summary", "/"} {
			a := p.get(path)
			a.shows(http.StatusOK, "It waits until a clinician has talked with you.", "If nobody has by then, you can see it from 30 May 2026.")
			a.hides(telling...)
		}
		for _, path := range []string{"/record/Observation/gwengen?look=yes", "/record/DiagnosticReport/gwengenr?look=yes", "/record/Observation/gwengen/file/0?look=yes"} {
			a := p.get(path)
			a.shows(http.StatusOK, "This result waits", "If nobody has by then, you can see it from 30 May 2026.")
			a.hides(append(telling, "Show me the result")...)
		}
		s.clock.move(28 * 24 * time.Hour)
		p.signIn()
		p.get(at).shows(http.StatusOK, "Before you look at this result")
		p.get(at+"?look=yes").shows(http.StatusOK, "Zebra stripes were found")

		p.choosesFor("genetic", "now").to("/account")
		p.get("/record/results").shows(http.StatusOK, "Test of the zebra gene", "Zebra report")
		p.get(at).shows(http.StatusOK, "Zebra stripes were found")
	})
}

// What a clinician talked about with somebody waits no more; a version that came
// after that waits again. Others can not say that they talked.
func TestAClinicianLetsAResultBeSeen(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		noor := s.join("Noor")
		noor.works("Noor", staff.Clinician)
		p := s.linked("Gwen", "gwen")
		s.tested("gwen")
		s.hardResult("gwen")
		p.choosesFor("genetic", "wait").to("/account")
		at := "/record/results/loinc%7C69548-6"
		p.get(at).hides("Zebra")

		list := noor.get("/staff/people/gwen/results")
		list.shows(http.StatusOK, "Test of the zebra gene", "Zebra stripes were found", "Let the person see it", "Below range", "Haemoglobin")
		list.hides("It waits until", "How results are shown to me", "Lower than the usual range")
		noor.get("/staff/people/gwen/results/loinc%7C69548-6").shows(http.StatusOK, "Zebra stripes were found")
		told := "/staff/people/gwen/results/told?entry=Observation/gwengen"
		noor.get(told).shows(http.StatusOK, "Have you talked with them about it?", "I have talked with them")
		noor.get("/staff/people/gwen/results/told?entry=Observation/nothing").shows(http.StatusNotFound)
		noor.get("/staff/people/gwen/results/told?entry=Condition/gwenc").shows(http.StatusNotFound)
		p.send(told).shows(http.StatusForbidden)
		p.get(at).hides("Zebra")
		noor.send(told).to("/staff/people/gwen/results")
		noor.get("/staff/people/gwen/results").shows(http.StatusOK, "The person can see this result now.")
		p.get(at).shows(http.StatusOK, "Zebra stripes were found")
		s.put(obs("gwen", "gwengen", loincSystem, "69548-6", "Test of the zebra gene", "2026-05-01T09:00:00Z", `,"issued":"2026-05-02T09:00:00Z","valueString":"Zebra spots"`))
		p.get(at).shows(http.StatusOK, "It waits until a clinician has talked with you.")
		p.get(at).hides("Zebra")
	})
}

// Nobody but who looks after the person lets a result be seen, and nobody but who
// may see the record sees its results.
func TestAttack76OthersSeeNoResults(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		s.tested("gwen")
		s.hardResult("gwen")
		p.choosesFor("genetic", "wait").to("/account")
		stranger := s.linked("Mal", "mal")
		for _, path := range []string{"/staff/people/gwen/results", "/staff/people/gwen/results/loinc%7C718-7", "/family/record/results", "/record/results/loinc%7C718-7", "/staff/people/gwen/results/told?entry=Observation/gwengen"} {
			stranger.get(path).hides("Haemoglobin", "109", "Zebra", "zebra")
		}
		for _, who := range []*person{p, stranger} {
			who.send("/staff/people/gwen/results/told?entry=Observation/gwengen")
		}
		p.get("/record/results/loinc%7C69548-6?look=yes").hides("Zebra")
		noor := s.join("Noor")
		noor.works("Noor", staff.Clinician) // of a place where Gwen is not registered
		s.put(`{"resourceType":"Patient","id":"gwen","name":[{"text":"Gwen"}]}`)
		a := noor.get("/staff/people/gwen/results")
		a.hides("Haemoglobin", "109", "Zebra")
		noor.send("/staff/people/gwen/results/told?entry=Observation/gwengen")
		p.get("/record/results/loinc%7C69548-6?look=yes").hides("Zebra")
	})
}

// Where the choice can not be read, nothing is shown that might have to wait.
func TestNothingIsShownWhereTheChoiceIsNotKnown(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		s.tested("gwen")
		p.must(s.db.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec("DROP TABLE display"); return err }))
		p.get("/record/results").shows(http.StatusOK, "Results can not be shown just now.")
		p.get("/record/results").hides("Haemoglobin", "109", "Full blood count")
		p.get("/record/results/loinc%7C718-7").hides("109")
		if a := p.get("/account/results"); a.Code < 500 {
			t.Errorf("%d", a.Code)
		}
	})
}

// A parent sees a child's results as they chose for themself, and the band says
// whose they are.
func TestResultsOfAChild(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.proven("Ann Hill", "ann", numberAnn)
		s.child("Sam Hill", "sam", "2021-05-04", numberSam)
		d := ann.parentOf("sam")
		s.tested("sam")
		s.hardResult("sam")
		ann.get("/family/record/results").to("/family")
		ann.send("/family/act", "right", d.ID)
		ann.get("/family/record/results").shows(http.StatusOK, "Sam Hill", "Haemoglobin", "109 g/L")
		ann.get("/family/record/results").hides("Zebra")
		if a := ann.get("/family/record/results/loinc%7C718-7"); !strings.Contains(a.Body.String(), `href="/family/record/Observation/samhb3"`) {
			t.Error(a.text())
		}
	})
}
