package portal

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/child/book"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// childhood is one entry of each part of Bo's book, and what is in no book that is
// taken along.
func (s *site) childhood() {
	s.t.Helper()
	of := `"subject":{"reference":"Patient/bo"}`
	tag := func(code, more string) string {
		return `"meta":{` + more + `"tag":[{"system":"urn:bevan:child","code":"` + code + `"}]}`
	}
	quiet := `"security":[{"system":"urn:bevan:sensitivity","code":"professionals-only"},{"system":"urn:bevan:sensitivity","code":"safeguarding"}],`
	s.put(ofBo("wb1", "Observation", loincCodes, "8339-4", `"effectiveDateTime":"2025-05-03","valueQuantity":{"value":3410,"unit":"g","system":"http://unitsofmeasure.org","code":"g"}`),
		ofBo("wb2", "Observation", loincCodes, "29463-7", `"effectiveDateTime":"2025-09-03","valueQuantity":{"value":6.80,"unit":"kg","system":"http://unitsofmeasure.org","code":"kg"}`),
		ofBo("wb3", "Observation", loincCodes, "9843-4", `"effectiveDateTime":"2025-09-03","valueQuantity":{"value":42.5,"unit":"cm","system":"http://unitsofmeasure.org","code":"cm"}`),
		ofBo("wb4", "Procedure", sctCodes, "314081000", `"performedDateTime":"2025-05-08","outcome":{"coding":[{"system":"`+sctCodes+`","code":"2201881000000102"}]}`),
		`{"resourceType":"Immunization","id":"wb5","status":"completed","vaccineCode":{"coding":[{"system":"`+sctCodes+`","code":"1082441000000108"}],"text":"6-in-1 vaccine"},"occurrenceDateTime":"2025-07-01","lotNumber":"A17","patient":{"reference":"Patient/bo"}}`,
		`{"resourceType":"Observation","id":"wb6","status":"final",`+tag("milestone", "")+`,"code":{"text":"First time"},"effectiveDateTime":"2026-04","valueCodeableConcept":{"text":"First steps"},`+of+`}`,
		`{"resourceType":"Communication","id":"wb7","status":"completed",`+tag("note", "")+`,"sent":"2025-06-01T10:00:00Z","payload":[{"contentString":"Bo sleeps well."}],`+of+`}`,
		`{"resourceType":"Communication","id":"wb8","status":"completed",`+tag("note", quiet)+`,"sent":"2025-06-02T10:00:00Z","payload":[{"contentString":"Quiet worry"}],`+of+`}`,
		`{"resourceType":"DocumentReference","id":"wb9","status":"current",`+tag("safeguarding-note", quiet)+`,"type":{"text":"Grave note"},`+of+`,"content":[{"attachment":{"contentType":"text/plain","data":"`+base64.StdEncoding.EncodeToString([]byte("Grave text"))+`"}}]}`,
		`{"resourceType":"Communication","id":"wb10","status":"completed",`+tag("note", `"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"ADOL"}],`)+`,"sent":"2025-06-03T10:00:00Z","payload":[{"contentString":"Own words"}],`+of+`}`,
		`{"resourceType":"Immunization","id":"wb11","status":"completed","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"ADOL"}]},"vaccineCode":{"text":"Quiet vaccine"},"occurrenceDateTime":"2025-08-01","patient":{"reference":"Patient/bo"}}`)
}

// The whole book is one page with every part, with what is not known said, and a
// file that other programs read; neither holds what is kept apart, whoever makes it.
func TestTheWholeBook(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, pat, _ := nursery(t, d)
		a := pat.get(bosFamily + "/whole")
		a.shows(http.StatusOK, "The whole red book of Bo Reed", "Weight at birth Not known here", "Sickle cell disease Not known here", "3 May 2025", "No first times yet.")
		s.childhood()
		own := s.proven("Bo Reed", "", "")
		own.must(s.cfg.Accounts.SetRecord(t.Context(), own.account(), "Patient/bo"))
		own.signIn()
		for _, c := range []struct {
			at string
			p  *person
		}{{bosFamily, pat}, {boAt + "/child", ada}, {"/record/child", own}} {
			a := c.p.get(c.at + "/whole")
			a.shows(http.StatusOK, "whole red book", "Bo Reed", "999 000 7217", "Made on", "What is in it", "Weight at birth 3410 g", "PKU (phenylketonuria) Not suspected", "6-in-1", "1 July 2025", "A17", "6.80 kg", "42.5 cm",
				"First steps", "Bo sleeps well.", "No clinician has signed this list off yet.", "healthy-child-programme-england", "Not known here")
			a.hides("Quiet worry", "Grave", "safeguarding", "professionals only", "wb8", "wb9", "style=")
			if c.p != own {
				a.hides("Own words", "Quiet vaccine")
			}
			if !strings.Contains(a.Body.String(), "<svg") {
				t.Error("there is no chart")
			}
			if c.p == pat {
				continue // this right lets nobody take a copy along
			}
			text := c.p.fetchesSummary(c.at + "/whole")
			for _, must := range []string{`"type":"document"`, `"red-book"`, "wb1", "wb2", "wb4", "wb5", "wb6", "wb7", "6.80"} {
				if !strings.Contains(text, must) {
					t.Errorf("%q is not in the file", must)
				}
			}
			for _, not := range []string{"Quiet worry", "Grave", "wb8", "wb9", "professionals-only"} {
				if strings.Contains(text, not) {
					t.Errorf("%q is in the file", not)
				}
			}
			if mine := strings.Contains(text, "Own words"); mine != (c.p == own) {
				t.Errorf("what is Bo's own is in the file: %v", mine)
			}
		}
		own.get("/record/child/whole").shows(http.StatusOK, "Own words", "Quiet vaccine")
	})
}

// The printed book has the diary by week and not by feed; where older entries were
// not read, no sum is shown of a week that they belong to.
func TestTheWholeBookHasTheDiaryByWeek(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _, pat, _ := nursery(t, d)
		at := bosFamily + "/diary"
		pat.get(bosFamily+"/whole").shows(http.StatusOK, "Diary of feeds, sleep and crying", "Nothing is in the diary yet.")
		pat.send(at, "what", "bottle", "millis", "120").to(at)
		pat.send(at, "what", "breast", "minutes", "15", "time", "02:30").to(at)
		pat.send(at, "what", "sleep", "minutes", "185", "time", "23.45").to(at)
		pat.send(at, "what", "sleep", "time", "22.45").to(at)
		a := pat.get(bosFamily + "/whole")
		a.shows(http.StatusOK, "27 April 2026 – 3 May 2026 2 2 120 ml 3 hours 5 minutes and more, not said how long Not said", "What nobody wrote down is not in it.")
		a.hides("Breast feed", "There is more in the record.")
		var long []string
		for day := time.Date(2025, 5, 5, 1, 0, 0, 0, time.UTC); len(long) < mostPrinted; day = day.Add(8 * time.Hour) {
			m := book.Moment{Kind: "cry", At: day, Minutes: 1}
			e := m.Entry("Crying", day)
			e["id"], e["subject"] = "dw"+strconv.Itoa(len(long)), map[string]string{"reference": "Patient/bo"}
			b, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			long = append(long, string(b))
		}
		s.put(long...)
		a = pat.get(bosFamily + "/whole")
		a.shows(http.StatusOK, "12 May 2025 – 18 May 2025 7 0 Not said Not said 21 minutes", "There is more in the record. This shows the newest.")
		a.hides("5 May 2025 –")
	})
}

// Nobody makes a book of a record that they may not open, and no right that does
// not say so lets a file out.
func TestAttack76ABookOfAnotherIsNotMade(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _, pat, _ := nursery(t, d)
		s.childhood()
		mal := s.linked("Mal", "mal")
		for _, at := range []string{boAt + "/child/whole", boAt + "/child/whole/file", bosFamily + "/whole", bosFamily + "/whole/file", "/record/child/whole"} {
			mal.get(at).hides("Bo Reed", "3410", "First steps")
			s.person().get(at).hides("Bo Reed", "3410", "First steps")
		}
		pat.get(bosFamily + "/whole").hides("Save it as a file")
		pat.get(bosFamily + "/whole/file").to(bosFamily + "/whole")
	})
}
