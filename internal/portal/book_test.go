package portal

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

const (
	boAt       = "/staff/people/bo"
	bosFamily  = "/family/record/child"
	numberBo   = "9990007217"
	numberPat  = "9990007225"
	loincCodes = "http://loinc.org"
	sctCodes   = "http://snomed.info/sct"
)

// ofBo is an entry about Bo with a code and a value.
func ofBo(id, typ, system, code, rest string) string {
	return `{"resourceType":"` + typ + `","id":"` + id + `","status":"` + map[string]string{"Observation": "final", "Procedure": "completed"}[typ] + `","code":{"coding":[{"system":"` + system + `","code":"` + code + `"}]},"subject":{"reference":"Patient/bo"},` + rest + `}`
}

// nursery is a house with a baby Bo, who is registered where Dr Ada works, and
// Pat, who is Bo's parent and acts for Bo.
func nursery(t *testing.T, d *db.DB) (s *site, ada, pat *person, org string) {
	t.Helper()
	s, ada, org = clinic(t, d)
	s.bo("bo", numberBo, org)
	pat = s.proven("Pat Reed", "pat", numberPat)
	m := pat.parentOf("bo")
	pat.send("/family/act", "right", m.ID).to("/family/record")
	return s, ada, pat, org
}

// bo writes a baby who was born on 3 May 2025 at 39 weeks.
func (s *site) bo(id, number, org string) {
	s.t.Helper()
	s.put(`{"resourceType":"Patient","id":"` + id + `","gender":"male","name":[{"given":["Bo"],"family":"Reed"}],"birthDate":"2025-05-03","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + number + `"}],"generalPractitioner":[{"reference":"Organization/` + org + `","display":"Valley Hospitals"}]}`)
}

// all are the resources of a type that the record holds, as those see them who run
// the service.
func (s *site) all(typ string, pairs ...search.Pair) []*fhir.Tree {
	s.t.Helper()
	r, err := s.working(s.t.Context(), "tester", access.AllTypes(access.AllVerbs))
	if err != nil {
		s.t.Fatal(err)
	}
	found, _, err := find(s.t.Context(), r, typ, pairs, 100, s.cfg.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	s.looks()
	return found
}

// What is known of birth and screening is shown in words, whoever wrote it and by
// whichever code; what is not known is said to be that, and never to be well.
func TestBirthAndScreeningInWords(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, pat, _ := nursery(t, d)
		pat.get("/family/record").shows(http.StatusOK, "Red book")
		ada.get(boAt).shows(http.StatusOK, "Red book")
		ada.send(boAt+"/go", "to", "b").to(boAt + "/child")
		ada.get(kitAt).hides("Red book") // grown up; the list of all kinds leads there
		ada.get(kitAt+"/all").shows(http.StatusOK, "Red book")
		inOrder(t, pat.get(bosFamily), "What comes next", "Parts of the book", bosFamily+"/birth", bosFamily+"/notes", bosFamily+"/whole", "What you can see now")
		inOrder(t, pat.get(bosFamily+"/birth"), "Weight at birth", "Back to the red book")
		for _, at := range []string{bosFamily, boAt + "/child"} {
			p := map[string]*person{bosFamily: pat, boAt + "/child": ada}[at]
			p.get(at).shows(http.StatusOK, "Red book of Bo Reed", "Birth", "None yet", "Newborn checks and tests")
			p.get(at+"/birth").shows(http.StatusOK, "Birth: Bo Reed", "Weight at birth Not known here", "Vitamin K Not known here", "No clinician has signed this list off yet.")
			p.get(at+"/screening").shows(http.StatusOK, "Sickle cell disease Not known here", "Tyrosinaemia type 1 (HT1) Not known here", "Not known here does not mean that all is well.", "Left ear Not known here")
			p.get(at+"/screening").hides("Not suspected", "As expected", "Clear response", "Whole check")
		}
		day := `"effectiveDateTime":"2025-05-03"`
		s.put(ofBo("b1", "Observation", loincCodes, "76516-4", day+`,"valueQuantity":{"value":39,"unit":"weeks","system":"http://unitsofmeasure.org","code":"wk"}`),
			ofBo("b2", "Observation", sctCodes, "364589006", day+`,"valueQuantity":{"value":3410,"unit":"g"}`),
			ofBo("b3", "Observation", loincCodes, "9843-4", day+`,"valueQuantity":{"value":34.5,"unit":"cm"}`),
			ofBo("b4", "Observation", loincCodes, "9843-4", `"effectiveDateTime":"2025-09-03","valueQuantity":{"value":43.5,"unit":"cm"}`),
			ofBo("b5", "Observation", loincCodes, "9272-6", day+`,"valueInteger":8`),
			ofBo("e1", "Procedure", sctCodes, "988361000000105", `"performedDateTime":"2025-05-04","outcome":{"coding":[{"system":"`+sctCodes+`","code":"989071000000108"}]}`),
			ofBo("e2", "Procedure", sctCodes, "985531000000102", `"performedDateTime":"2025-06-20","outcome":{"coding":[{"system":"`+sctCodes+`","code":"985891000000104"}]}`),
			ofBo("h1", "Procedure", sctCodes, "413083006", `"performedDateTime":"2025-05-05","outcome":{"coding":[{"system":"`+sctCodes+`","code":"1085451000000103"}]}`),
			ofBo("h2", "Observation", loincCodes, "54108-6", `"effectiveDateTime":"2025-05-05","valueCodeableConcept":{"coding":[{"system":"https://bevan.example/codes/answer","code":"refer"}]}`),
			ofBo("s1", "Procedure", sctCodes, "2201661000000107", `"performedDateTime":"2025-05-08","outcome":{"coding":[{"system":"`+sctCodes+`","code":"2201881000000102"}]}`),
			ofBo("s2", "Procedure", sctCodes, "314081000", `"performedDateTime":"2025-05-08","outcome":{"coding":[{"system":"urn:x","code":"y","display":"Unsuitable sample: card expired"}]}`),
			ofBo("s3", "Observation", "urn:bevan:child", "spot-cf", `"effectiveDateTime":"2025-05-08","valueCodeableConcept":{"coding":[{"system":"urn:bevan:child:answer","code":"carrier"}]}`),
			`{"resourceType":"Observation","id":"s4","status":"entered-in-error","code":{"coding":[{"system":"urn:bevan:child","code":"spot-ga1"}]},"subject":{"reference":"Patient/bo"},"effectiveDateTime":"2025-05-08","valueCodeableConcept":{"coding":[{"system":"urn:bevan:child:answer","code":"suspected"}]}}`)
		for at, p := range map[string]*person{bosFamily: pat, boAt + "/child": ada} {
			a := p.get(at + "/birth")
			a.shows(http.StatusOK, "How long the pregnancy was 39 weeks 3 May 2025", "Weight at birth 3410 g", "Head size at birth 34.5 cm", "Apgar score at 1 minute 8", "Length at birth Not known here")
			a.hides("43.5")
			a = p.get(at + "/screening")
			a.shows(http.StatusOK, "Eyes As expected 4 May 2025", "Hips Not known here", "Hips To be looked at again", "This does not mean that something is wrong.", "Right ear Clear response", "Left ear To be tested again",
				"Tyrosinaemia type 1 (HT1) Not suspected", "PKU (phenylketonuria) As it was written: Unsuitable sample: card expired", "Cystic fibrosis Carrier. A carrier is healthy.", "Glutaric aciduria type 1 (GA1) Not known here")
			a.hides("Suspected", "Both ears")
			p.get(at).shows(http.StatusOK, "How long the pregnancy was: 39 weeks", "Hips: To be looked at again")
		}
	})
}

// Staff write the facts on forms; a slip is said where it is, and what was typed
// stays.
func TestStaffWriteBirthAndScreening(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, pat, _ := nursery(t, d)
		at := boAt + "/child/write/"
		ada.get(boAt+"/child/birth").shows(http.StatusOK, "Write down the birth")
		pat.get(bosFamily + "/birth").hides("Write down the birth")
		ada.get(at+"birth").shows(http.StatusOK, "Bo Reed", "How long the pregnancy was", "Weight at birth (g)")
		for _, c := range []struct {
			page, says string
			fields     []string
		}{
			{"birth", "Fill in at least one of these.", nil},
			{"birth", "Write weeks and days as 39+2.", []string{"gestation", "39+7"}},
			{"birth", "Write weeks and days as 39+2.", []string{"gestation", "12"}},
			{"birth", "This number does not fit here.", []string{"birth-weight", "3.4"}},
			{"birth", "Write a whole number that fits here.", []string{"apgar-1", "11"}},
			{"birth", "Choose one from the list.", []string{"delivery", "by-stork"}},
			{"blood-spot", "This day is before the birth.", []string{"spot-cf", "carrier", "when", "2", "whenmonth", "5", "whenyear", "2025"}},
			{"newborn-exam", "The child was 28 days or older then.", []string{"hips", "as-expected", "when", "1", "whenmonth", "6", "whenyear", "2025"}},
			{"weeks-exam", "The child was less than 28 days old then.", []string{"hips", "as-expected", "when", "10", "whenmonth", "5", "whenyear", "2025"}},
		} {
			ada.send(at+c.page, c.fields...).shows(http.StatusUnprocessableEntity, "There is a problem", c.says)
		}
		typed := []string{"gestation", "39+2", "birth-weight", "3410", "delivery", "suction", "vitamin-k", "injection", "apgar-1", "8", "resuscitation", "no"}
		ada.send(at+"birth", typed...).shows(http.StatusOK, "Check before you save", "39 weeks, 2 days", "With suction (ventouse)", "3410 g", "Given by injection")
		save := append([]string{"key", aKey, "step", "save"}, typed...)
		ada.send(at+"birth", save...).to(boAt + "/child/birth")
		ada.get(boAt+"/child/birth").shows(http.StatusOK, "It is in the record.")
		ada.send(at+"birth", save...).to(boAt + "/child/birth")
		ada.get(boAt+"/child/birth").shows(http.StatusOK, "This form was saved before.")
		pat.get(bosFamily+"/birth").shows(http.StatusOK, "How long the pregnancy was 39 weeks, 2 days 3 May 2025", "With suction (ventouse)", "Help to start breathing No", "Dr Ada Obi")
		ada.send(at+"blood-spot", "key", "BBCDEFGHIJKLMNOPQRSTUVWXYZ", "step", "save", "spot-scd", "suspected", "spot-ht1", "not-suspected", "when", "8", "whenmonth", "5", "whenyear", "2025").to(boAt + "/child/screening")
		pat.get(bosFamily+"/screening").shows(http.StatusOK, "Sickle cell disease Suspected. Your baby may have this and needs more tests.", "Tyrosinaemia type 1 (HT1) Not suspected 8 May 2025", "Cystic fibrosis Not known here")
		pat.get("/family/record/child/write/birth").shows(http.StatusNotFound)
		s.looks()
		if a := pat.send(at+"birth", save...); a.Header().Get("Location") == boAt+"/child/birth" || len(s.looks()) != 0 {
			t.Errorf("a parent writes as staff: %d", a.Code)
		}
	})
}

var reviewTyped = []string{"contact", "one-year", "when", "20", "whenmonth", "4", "whenyear", "2026", "place", "HH", "found", "Bo crawls and says mama.\nEats well.", "agreed", "Come to the play group. We ring in June.",
	"communication", "45", "communication-outcome", "above", "gross-motor", "20", "gross-motor-outcome", "below", "fine-motor", "35", "fine-motor-outcome", "monitoring",
	"problem-solving", "50", "problem-solving-outcome", "above", "personal-social", "0", "personal-social-outcome", "below"}

// Every contact of the programme says whether it was done, is due or is not known,
// and a review is one visit with what was found, agreed and scored.
func TestReviewsOfTheHealthyChildProgramme(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, pat, _ := nursery(t, d)
		a := pat.get(bosFamily + "/reviews")
		a.shows(http.StatusOK, "Health reviews: Bo Reed", "New baby review, 10 to 14 days 13 May 2025 – 17 May 2025, every child Not known here. The time for it is over", "Review at 9 to 12 months 3 February 2026 – 3 May 2026, every child Due now",
			"Review at 2 to 2½ years 3 May 2027 – 3 November 2027, every child Still to come", "healthy-child-programme-england, 2026-1")
		a.hides("Write down a review", "missed", "every child Done")
		pat.get(bosFamily).shows(http.StatusOK, "What comes next Review at 9 to 12 months. It is due now, up to 3 May 2026.")
		at := boAt + "/child/write/review"
		ada.get(at).shows(http.StatusOK, "Write down a review", "Bo Reed")
		change := func(name, value string) []string {
			out := append([]string(nil), reviewTyped...)
			for i := 0; i < len(out); i += 2 {
				if out[i] == name {
					out[i+1] = value
				}
			}
			return out
		}
		for _, c := range [][3]string{{"contact", "none", "Choose which check it was."}, {"found", "", "Write what was found."}, {"whenyear", "2024", "This day is before the birth."}, {"whenyear", "2027", "This day is still to come."},
			{"communication", "61", "Write a whole number from 0 to 60."}, {"fine-motor-outcome", "", "Choose the outcome by the cut-off on your sheet."}, {"place", "XX", "Choose one"}} {
			ada.send(at, change(c[0], c[1])...).shows(http.StatusUnprocessableEntity, "There is a problem", c[2])
		}
		ada.send(at, change("contact", "six-weeks")...).shows(http.StatusOK, "The child was not of the age for this check on that day.")
		ada.send(at, reviewTyped...).shows(http.StatusOK, "Check before you save", "Bo crawls and says mama.", "20 of 60. Below the cut-off: more checks are needed")
		for range 2 {
			ada.send(at, append([]string{"key", aKey, "step", "save"}, reviewTyped...)...).to(boAt + "/child/reviews")
		}
		s.put(`{"resourceType":"Encounter","id":"nb","status":"finished","class":{"code":"HH"},"subject":{"reference":"Patient/bo"},"reasonCode":[{"coding":[{"system":"https://bevan.example/codes/reason","code":"child-health-review"}]}],"period":{"start":"2025-05-14T10:00:00Z"}}`,
			ofBo("sp", "Procedure", sctCodes, "314081000", `"performedDateTime":"2025-05-08","outcome":{"text":"Not suspected"}`))
		for base, p := range map[string]*person{bosFamily: pat, boAt + "/child": ada} {
			a := p.get(base + "/reviews")
			a.shows(http.StatusOK, "Review at 9 to 12 months 3 February 2026 – 3 May 2026, every child Done, 20 April 2026, Dr Ada Obi", "New baby review, 10 to 14 days 13 May 2025 – 17 May 2025, every child Done, 14 May 2025", "Done, 8 May 2025",
				"Review at 9 to 12 months, 20 April 2026", "What was found Bo crawls and says mama.", "What was agreed Come to the play group.", "Development (ASQ-3): Big movements 20 of 60. Below the cut-off", "Development (ASQ-3): Being with others 0 of 60")
			if n := strings.Count(a.text(), "Bo crawls"); n != 1 {
				t.Errorf("the review is there %d times", n)
			}
			p.get(base).shows(http.StatusOK, "Health reviews Review at 9 to 12 months 20 April 2026", "What comes next Review at 2 to 2½ years. It is planned between 3 May 2027")
		}
		if all := s.all("Encounter", search.Pair{Name: "subject", Value: "Patient/bo"}); len(all) != 2 {
			t.Errorf("%d visits", len(all))
		}
		if all := s.all("Provenance", search.Pair{Name: "target", Value: "Patient/bo"}); len(all) != 1 || all[0].Root().Get("target").Len() != 5 {
			t.Errorf("%d provenances", len(all))
		}
	})
}

// At night with few taps: a feed now, sleep that began before midnight, and a slip
// said at its field; the days are summed up, and what was added says by whom.
func TestTheDiaryOfANight(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, pat, _ := nursery(t, d)
		at := bosFamily + "/diary"
		pat.get(at).shows(http.StatusOK, "Diary of feeds, sleep and crying: Bo Reed", "Nothing is in the diary yet.", "111")
		for _, c := range []struct {
			says   string
			fields []string
		}{{"Choose what it was.", []string{"what", "dance"}}, {"Write whole minutes, up to 1440.", []string{"what", "sleep", "minutes", "1441"}}, {"Write whole minutes", []string{"what", "sleep", "minutes", "-3"}},
			{"Write whole millilitres", []string{"what", "bottle", "millis", "half"}}, {"Write millilitres only for a bottle.", []string{"what", "sleep", "millis", "90"}}, {"Write the time as 02:30.", []string{"what", "cry", "time", "25:00"}}} {
			pat.send(at, c.fields...).shows(http.StatusUnprocessableEntity, "There is a problem", c.says)
		}
		pat.send(at, "what", "bottle", "millis", "120", "key", aKey).to(at)
		pat.send(at, "what", "bottle", "millis", "120", "key", aKey).to(at)
		pat.get(at).shows(http.StatusOK, "It was added.")
		pat.send(at, "what", "breast", "minutes", "15", "time", "02:30").to(at)
		pat.send(at, "what", "sleep", "minutes", "185", "time", "23.45").to(at) // yesterday: it is half past two now
		pat.send(at, "what", "cry", "minutes", "40", "time", "13:00").to(at)
		a := pat.get(at)
		a.shows(http.StatusOK, "3 May 2026 2 120 ml 0 minutes 40 minutes", "2 May 2026 0 Not said 3 hours 5 minutes 0 minutes", "Bottle feed, 120 ml", "2:30am", "Breast feed, 15 minutes", "You added this", "Sleep: 3 hours 5 minutes was the most on one day.")
		inOrder(t, a, "Bottle feed, 120 ml", "1:00pm", "2:30am", "11:45pm")
		ada.get(boAt+"/child/diary").shows(http.StatusOK, "Breast feed, 15 minutes", "Added by")
		ada.get(boAt + "/child/diary").hides("Add to the diary")
		ada.get(boAt+"/results").hides("Breast feed", "Bottle feed")
		if n := len(s.all("QuestionnaireResponse", search.Pair{Name: "subject", Value: "Patient/bo"})); n != 4 {
			t.Errorf("%d entries", n)
		}
		pat.get(bosFamily).shows(http.StatusOK, "Diary of feeds, sleep and crying Open")
	})
}

// A first word with its photo, a tooth by its place, and a day of which only the
// month is known: added by the parents, and marked so.
func TestFirstTimesAreAddedByParents(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, pat, _ := nursery(t, d)
		at, add := bosFamily+"/milestones", bosFamily+"/milestones/add"
		pat.get(at).shows(http.StatusOK, "First times: Bo Reed", "No first times yet.", "They are no test", "Add a first time")
		pat.get(add).shows(http.StatusOK, "top right, front tooth", "A month and year are enough.")
		for _, c := range []struct {
			says   string
			fields []string
		}{{"Choose what it was.", nil}, {"Write what it was.", []string{"which", "own"}}, {"Choose a tooth only for a tooth.", []string{"which", "word", "tooth", "51"}}, {"Choose a tooth only for a tooth.", []string{"which", "tooth", "tooth", "18"}},
			{"This day is before the birth.", []string{"which", "smile", "daymonth", "4", "dayyear", "2025"}}, {"This day has not come yet.", []string{"which", "smile", "daymonth", "6", "dayyear", "2026"}}, {"This is not a day.", []string{"which", "smile", "day", "31", "daymonth", "2", "dayyear", "2026"}}} {
			pat.uploads(add, nil, c.fields...).shows(http.StatusUnprocessableEntity, "There is a problem", c.says)
		}
		pat.uploads(add, []byte("%PDF-1.4 no picture"), "which", "smile").shows(http.StatusUnprocessableEntity, "Choose a JPEG or PNG picture, up to 5 MB.")
		photo := []byte("\xff\xd8\xff\xe1\x00\x0eGPS: at home\xff\xda\x00\x02picture")
		for range 2 {
			pat.uploads(add, photo, "which", "word", "said", "mama", "key", aKey).to(at)
		}
		pat.uploads(add, nil, "which", "tooth", "tooth", "71", "daymonth", "11", "dayyear", "2025").to(at)
		a := pat.get(at)
		a.shows(http.StatusOK, "First word: mama 3 May 2026 Photo", "A new tooth: bottom left, front tooth November 2025 No photo", "You added this")
		if n := strings.Count(a.text(), "mama"); n != 1 {
			t.Errorf("it is there %d times", n)
		}
		file := pat.get(a.find(`href="(/family/record/DocumentReference/[^"]+/file/0)"`))
		if file.Code != http.StatusOK || !strings.Contains(file.Body.String(), "picture") || strings.Contains(file.Body.String(), "GPS") {
			t.Errorf("%d, %q", file.Code, file.Body)
		}
		ada.get(boAt+"/child/milestones").shows(http.StatusOK, "First word: mama", "Added by")
		ada.get(boAt + "/child/milestones").hides("Add a first time")
		if n := len(s.all("Observation", search.Pair{Name: "subject", Value: "Patient/bo"})); n != 2 {
			t.Errorf("%d entries", n)
		}
		pat.get(bosFamily).shows(http.StatusOK, "First times First word: mama 3 May 2026")
	})
}

// A note of the parents waits until staff answer it, and says on whose side it was.
func TestNotesBetweenParentsAndHealthVisitor(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, pat, _ := nursery(t, d)
		pat.get(bosFamily+"/notes").shows(http.StatusOK, "No notes yet.", "111")
		pat.send(bosFamily+"/notes", "note", " ").shows(http.StatusUnprocessableEntity, "Write the note.")
		pat.send(bosFamily+"/notes", "note", strings.Repeat("x", 4001)).shows(http.StatusUnprocessableEntity, "This is too long. Shorten it.")
		for range 2 {
			pat.send(bosFamily+"/notes", "note", "Does Bo need shoes yet?", "key", aKey).to(bosFamily + "/notes")
		}
		pat.get(bosFamily+"/notes").shows(http.StatusOK, "The note was sent.", "A note waits for an answer.", "3 May 2026", "The family Does Bo need shoes yet?")
		ada.get(boAt+"/child").shows(http.StatusOK, "A note waits for an answer.")
		ada.get(boAt+"/child/notes").shows(http.StatusOK, "The family Does Bo need shoes yet?")
		s.clock.move(time.Minute)
		ada.send(boAt+"/child/notes", "note", "Not before walking outside.").to(boAt + "/child/notes")
		a := pat.get(bosFamily + "/notes")
		a.shows(http.StatusOK, "Dr Ada Obi Not before walking outside.")
		a.hides("waits for an answer")
		inOrder(t, a, "Not before walking", "shoes yet")
		all := s.all("Communication", search.Pair{Name: "subject", Value: "Patient/bo"})
		if len(all) != 2 {
			t.Fatalf("%d notes", len(all))
		}
		answered := false
		for _, n := range all {
			answered = answered || n.Root().Get("inResponseTo").Len() == 1
		}
		if !answered {
			t.Error("the answer does not say what it answers")
		}
	})
}
