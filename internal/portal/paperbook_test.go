package portal

import (
	"net/http"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/child/book"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// ofPatientBo asks for entries about Bo only.
var ofPatientBo = search.Pair{Name: "patient", Value: "Patient/bo"}

// A family copies a paper book step by step: each is kept when they leave, slips are
// said where they are, what is hard to believe is asked about, all is checked beside
// what the record has, and written in one step with its source.
func TestAPaperBookIsCopied(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, pat, _ := nursery(t, d)
		s.put(ofBo("bw", "Observation", loincCodes, "8339-4", `"effectiveDateTime":"2025-05-03","valueQuantity":{"value":3410,"unit":"g","system":"http://unitsofmeasure.org","code":"g"}`))
		at := bosFamily + "/paper"
		pat.get(bosFamily).shows(http.StatusOK, "Copy a paper red book into this one")
		pat.get(at).shows(http.StatusOK, "Copy a paper red book: Bo Reed", "Nothing is part of the record until you check it all and send it.", "Vaccines that were given Nothing yet")
		pat.get(at).hides("Check it and send it")
		pat.get(at+"/check").shows(http.StatusOK, "You have copied nothing yet.")
		pat.send(at + "/check").to(at)
		for _, c := range []struct {
			step, says string
			typed      []string
		}{
			{"birth", "g", []string{"birth-weight", "34"}},
			{"blood-spot", "Type the whole day.", []string{"spot-pku", "not-suspected"}},
			{"blood-spot", "before", []string{"spot-pku", "not-suspected", "when", "1", "whenmonth", "5", "whenyear", "2025"}},
			{"vaccinations", "Choose a vaccine, or type its name.", []string{"batch", "A17"}},
			{"vaccinations", "This is not a day that can be.", []string{"product", "MMR", "when", "31", "whenmonth", "2", "whenyear", "2026"}},
			{"vaccinations", "before", []string{"product", "MMR", "whenyear", "2024"}},
			{"growth", "Choose what was measured", []string{"kind", "weight"}},
			{"growth", "Type the whole day.", []string{"kind", "weight", "value", "6.8", "whenyear", "2025"}},
			{"growth", "Look at the paper book again.", []string{"kind", "weight", "value", "68", "when", "3", "whenmonth", "9", "whenyear", "2025"}},
			{"milestones", "", []string{"when", "3", "whenmonth", "9", "whenyear", "2025"}},
		} {
			a := pat.send(at+"/"+c.step, c.typed...)
			a.shows(http.StatusUnprocessableEntity, c.says)
			if !strings.Contains(a.Body.String(), c.typed[1]) {
				t.Errorf("%s: what was typed is gone", c.step)
			}
		}
		if n := len(s.all("QuestionnaireResponse")); n != 0 {
			t.Errorf("what is wrong was kept: %d", n)
		}
		pat.send(at+"/birth", "birth-weight", "3500", "gestation", "39+2", "vitamin-k", "injection").to(at)
		pat = pat.elsewhere() // another day, another browser
		pat.send("/family/act", "right", pat.get("/family").find(`name="right" value="([a-z0-9]+)"`)).to("/family/record")
		pat.get(at).shows(http.StatusOK, "Birth 3 answers", "Check it and send it")
		if v := pat.get(at + "/birth").Body.String(); !strings.Contains(v, `value="3500"`) || !strings.Contains(v, `value="39&#43;2"`) {
			t.Error("the answers are not in the form")
		}
		pat.send(at+"/blood-spot", "spot-pku", "not-suspected", "when", "8", "whenmonth", "5", "whenyear", "2025").to(at)
		pat.send(at+"/vaccinations", "product", "Six in one", "batch", "A17", "when", "1", "whenmonth", "7", "whenyear", "2025").to(at + "/vaccinations")
		pat.send(at+"/vaccinations", "product", "Undated jab").to(at + "/vaccinations")
		pat.send(at+"/vaccinations", "product", "Slip of mine").to(at + "/vaccinations")
		pat.get(at+"/vaccinations").shows(http.StatusOK, "3: Slip of mine")
		pat.send(at+"/vaccinations", "drop", "3").to(at + "/vaccinations")
		pat.send(at+"/growth", "kind", "weight", "value", "6.80", "when", "3", "whenmonth", "9", "whenyear", "2025").to(at + "/growth")
		pat.send(at+"/milestones", "which", "smile", "whenmonth", "6", "whenyear", "2025").to(at + "/milestones")
		if n := len(s.all("Observation", ofPatientBo)); n != 1 {
			t.Errorf("something is in the record before it was sent: %d", n)
		}
		a := pat.get(at + "/check")
		a.shows(http.StatusOK, "3500 g 3410 g, 3 May 2025", "Vitamin K", "Not in the record", "Six in one, A17, 1 July 2025", "Undated jab", "Weight: 6.80, 3 September 2025", "June 2025")
		a.hides("Slip of mine")
		pat.send(at + "/check").to(bosFamily)
		pat.get(bosFamily).shows(http.StatusOK, "It is in the record now, marked as copied from the paper book.")
		pat.send(at + "/check").to(at) // a form that is sent twice
		made := s.all("Observation", search.Pair{Name: "_tag", Value: book.Own + "|" + book.Copied})
		jabs := s.all("Immunization", ofPatientBo)
		if len(made) != 6 || len(jabs) != 2 {
			t.Fatalf("%d and %d were made", len(made), len(jabs))
		}
		for _, o := range made {
			n := o.Root()
			if !strings.HasPrefix(n.Get("derivedFrom").At(0).Get("reference").Str(), "QuestionnaireResponse/") || !strings.HasPrefix(n.Get("performer").At(0).Get("reference").Str(), "RelatedPerson/") ||
				!strings.HasPrefix(n.Get("note").At(0).Get("text").Str(), "Copied from the paper red book") {
				t.Errorf("it does not say where it is from: %s", o.Bytes())
			}
		}
		undated := 0
		for _, i := range jabs {
			if i.Root().Get("occurrenceString").Str() != "" {
				undated++
			}
			if i.Root().Get("primarySource").Str() == "true" || i.Root().Get("reportOrigin").Get("coding").At(0).Get("code").Str() != "record" {
				t.Error("it does not say that it is from a paper book")
			}
		}
		if undated != 1 {
			t.Error("a day was made up")
		}
		// What a professional wrote at the time stands before the copy, and is as it was.
		for _, who := range []struct {
			p  *person
			at string
		}{{pat, bosFamily}, {ada, boAt + "/child"}} {
			a := who.p.get(who.at + "/birth")
			a.shows(http.StatusOK, "Weight at birth 3410 g", "39 weeks, 2 days")
			a.hides("3500")
		}
		if n := len(s.all("Observation", search.Pair{Name: "_id", Value: "bw"})); n != 1 {
			t.Error("what was there is gone")
		}
		pat.get(at).shows(http.StatusOK, "Birth Nothing yet")
	})
}

// Only who may add to the record copies into it, and of another's copy nobody sees
// anything.
func TestAttack76ACopyNeedsTheRight(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, pat, _ := nursery(t, d)
		at := bosFamily + "/paper"
		pat.send(at+"/birth", "birth-weight", "3500").to(at)
		mal := s.linked("Mal", "mal")
		for _, p := range []*person{mal, s.person(), ada} {
			for _, path := range []string{at, at + "/birth", at + "/check"} {
				p.get(path).hides("3500", "Bo Reed")
				p.send(path).hides("3500", "Bo Reed")
			}
		}
		mal.get("/record/child/paper/birth").hides("3500")
		mal.send("/record/child/paper/birth", "birth-weight", "3600").to("/record/child/paper") // into their own
		if n := len(s.all("Observation", ofPatientBo)); n != 0 {
			t.Errorf("%d entries were made", n)
		}
	})
}
