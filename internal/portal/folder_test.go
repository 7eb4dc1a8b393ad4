package portal

import (
	"encoding/base64"
	"fmt"
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// filled writes a record with something of each part, for pages that show it.
func (s *site) filled(id string) {
	s.t.Helper()
	of := `"subject":{"reference":"Patient/` + id + `"}`
	letter := base64.StdEncoding.EncodeToString([]byte("%PDF-1.4 a letter"))
	page := base64.StdEncoding.EncodeToString([]byte("<html><script>alert(1)</script></html>"))
	s.put(`{"resourceType":"MedicationRequest","id":"`+id+`m","status":"active","intent":"order","medicationCodeableConcept":{"text":"Amlodipine 5 mg"},"authoredOn":"2026-04-20","requester":{"reference":"Practitioner/dr","display":"Dr Amy Lee"},`+of+`}`,
		`{"resourceType":"AllergyIntolerance","id":"`+id+`y","code":{"text":"Penicillin"},"recordedDate":"2019-01-02","recorder":{"reference":"Practitioner/dr"},"patient":{"reference":"Patient/`+id+`"}}`,
		`{"resourceType":"DocumentReference","id":"`+id+`d","status":"current","type":{"text":"Letter of the knee clinic"},"date":"2026-04-25T09:00:00Z",`+of+`,"author":[{"reference":"Organization/h","display":"Valley Hospital"}],"content":[{"attachment":{"contentType":"application/pdf","title":"Knee / ../letter.exe","data":"`+letter+`"}},{"attachment":{"contentType":"text/html","title":"page","data":"`+page+`"}},{"attachment":{"contentType":"text/plain","url":"https://elsewhere.example/x"}}]}`,
		`{"resourceType":"Observation","id":"`+id+`w","status":"final","code":{"text":"Weight"},"effectiveDateTime":"2026-05-01","valueQuantity":{"value":71.50,"unit":"kg"},"performer":[{"reference":"Patient/`+id+`"}],`+of+`}`,
		`{"resourceType":"Procedure","id":"`+id+`p","status":"completed","code":{"text":"Knee operation"},"performedPeriod":{"start":"2019-03"},`+of+`}`,
		`{"resourceType":"Condition","id":"`+id+`z","code":{"text":"Low mood"},"recordedDate":"2026-04-29","meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"PSY"}]},`+of+`}`)
}

// The whole record by when things were, with its dates and sources, for the
// person: a filter by kind, by day, by source and by words.
func TestATimelineOfOnesOwn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		s.filled("gwen")
		s.patient("Bob", "bob")
		s.filled("bob")
		s.looks()
		a := p.get("/record/timeline")
		a.shows(http.StatusOK, "My timeline", "May 2026", "Weight: 71.50 kg", "You added this", "April 2026", "Low mood", "Letter of the knee clinic", "Valley Hospital", "Amlodipine 5 mg", "Dr Amy Lee",
			"Check of the eyes", "March 2019", "Knee operation", "January 2019", "Penicillin", "Somebody who works in care", "Not dated", "Not known")
		a.hides("bob", "Practitioner/dr")
		if seen := s.looks(); len(seen) != 1 {
			t.Errorf("%d entries are on the log for one page", len(seen))
		}
		inOrder(t, a, "Weight: 71.50 kg", "Low mood", "Letter of the knee clinic", "Amlodipine", "Check of the eyes", "Knee operation", "Penicillin", "Not dated")
		only := func(query string, want []string, not ...string) {
			t.Helper()
			a := p.get("/record/timeline?" + query)
			a.shows(http.StatusOK, want...)
			a.hides(append(not, "bob")...)
		}
		only("kind=medicines", []string{"Amlodipine 5 mg", "Show everything"}, "Penicillin", "Weight", "Knee")
		only("from=1&frommonth=4&fromyear=2026&until=25&untilmonth=4&untilyear=2026", []string{"Letter of the knee clinic", "Amlodipine", "Check of the eyes"}, "Weight", "Low mood", "Penicillin", "Not dated")
		only("source=valley", []string{"Letter of the knee clinic", "all the entries that are left"}, "Amlodipine", "Weight")
		only("words=KNEE", []string{"Letter of the knee clinic", "Knee operation", "all the entries that are left"}, "Amlodipine", "Weight")
		only("words=elephant", []string{"No entry here is like that."}, "Weight")
		only("kind=nonsense", []string{"Weight"})
		p.get("/record/timeline?from=31&frommonth=2&fromyear=2026").shows(http.StatusUnprocessableEntity, "There is a problem")
		p.get("/record/timeline?from=3&frommonth=2&fromyear=2026&until=2&untilmonth=2&untilyear=2026").shows(http.StatusUnprocessableEntity, "The first day has to be before the last one.")
		p.get("/record/timeline?after=nonsense").hides("Weight", "panic")
	})
}

// inOrder checks that texts stand on a page one behind the other.
func inOrder(t *testing.T, a answer, texts ...string) {
	t.Helper()
	body := a.Body.String()
	for _, text := range texts {
		i := strings.Index(body, text)
		if i < 0 {
			t.Fatalf("%q does not come where it should", text)
		}
		body = body[i+len(text):]
	}
}

// A record with more than a page: the pages hold each entry once, in order.
func TestATimelineGoesOn(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	p := s.linked("Gwen", "gwen")
	var all []string
	for i := range 230 {
		what := "Measured"
		if i == 3 {
			what = "Old knee"
		}
		all = append(all, fmt.Sprintf(`{"resourceType":"Observation","id":"g%d","status":"final","code":{"text":"%s %d."},"effectiveDateTime":"%d-01-01","subject":{"reference":"Patient/gwen"}}`, i, what, i, 1790+i))
	}
	s.put(all...)
	seen, pages := map[string]bool{}, 0
	for at := "/record/timeline"; at != ""; pages++ {
		a := p.get(at)
		a.shows(http.StatusOK, "My timeline")
		for i := range all {
			if id := fmt.Sprintf("/record/Observation/g%d\"", i); strings.Contains(a.Body.String(), id) {
				if seen[id] {
					t.Errorf("%s stands on two pages", id)
				}
				seen[id] = true
			}
		}
		at = ""
		if more := a.links(`href="(/record/timeline\?after=[^"]+)"`); len(more) > 0 {
			at = more[0]
		}
	}
	if len(seen) != len(all) || pages < 9 {
		t.Errorf("%d entries on %d pages", len(seen), pages)
	}
	a := p.get("/record/timeline?words=knee")
	a.shows(http.StatusOK, "No entry here is like that.", "We looked for this in the newest entries, back to 1 January 1821.", "Look in older entries")
	p.get(a.find(`href="(/record/timeline\?after=[^"]+)"`)).shows(http.StatusOK, "Old knee 3", "all the entries that are left")
}

// links are what a pattern finds on a page.
func (a answer) links(pattern string) (all []string) {
	for _, m := range regexp.MustCompile(pattern).FindAllStringSubmatch(a.Body.String(), -1) {
		all = append(all, html.UnescapeString(m[1]))
	}
	return all
}

// The summary says of each part what is there, and never that an empty one is
// good news.
func TestASummaryOfOnesOwn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		empty := s.linked("Nobody Known", "unknown")
		empty.must(s.cfg.Accounts.SetRecord(t.Context(), empty.account(), "Patient/not-there"))
		a := empty.get("/record")
		a.shows(http.StatusOK, "My record", "We have no allergies on record. That does not mean there are none.", "We have no medicines on record.", "We have no vaccinations on record.",
			"We have no letters on record.", "We have no appointments on record.", "We have no illnesses or problems on record.", "We have no results on record.")
		s.filled("gwen")
		for _, at := range []string{"/record", "/record/summary"} {
			p.get(at).shows(http.StatusOK, "My record", "Amlodipine 5 mg", "20 April 2026", "Dr Amy Lee", "Penicillin", "2 January 2019", "Letter of the knee clinic", "We have no vaccinations on record.",
				"Timeline", "Take a copy of everything", "This is what is held about you here.")
		}
		p.get("/record/medicines").shows(http.StatusOK, "Medicines", "Amlodipine 5 mg")
		p.get("/record/problems").shows(http.StatusOK, "Illnesses and problems", "Low mood")
		p.get("/record/plans").shows(http.StatusOK, "Nothing of this kind is held about you here. That does not mean that there is none.")
	})
}

// A file of an entry is fetched as a file: its type is told by what it holds, its
// name is no path, and no page of ours is made of it.
func TestAttack76AFileOfAnEntryIsNoPage(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		s.filled("gwen")
		s.patient("Bob", "bob")
		s.filled("bob")
		at := "/record/DocumentReference/gwend"
		p.get(at).shows(http.StatusOK, "Letter of the knee clinic", "Files", "Whose record You")
		if got := p.get(at).links(`href="(/record/[^"]+/file/[^"]+)"`); len(got) != 2 || got[1] != at+"/file/1" {
			t.Errorf("the files are %v", got)
		}
		a := p.get(at + "/file/0")
		if a.Code != http.StatusOK || a.Body.String() != "%PDF-1.4 a letter" || a.Header().Get("Content-Type") != "application/pdf" || a.Header().Get("Content-Disposition") != `attachment; filename="Knee.pdf"` {
			t.Errorf("%d %v", a.Code, a.Header())
		}
		a = p.get(at + "/file/1")
		if a.Header().Get("Content-Type") != "text/plain; charset=utf-8" || a.Header().Get("Content-Disposition") != `attachment; filename="page.txt"` {
			t.Errorf("a page is sent as %v", a.Header())
		}
		for name, want := range map[string]string{"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'", "Cache-Control": "no-store"} {
			if got := a.Header().Get(name); got != want {
				t.Errorf("%s is %q", name, got)
			}
		}
		for _, no := range []string{at + "/file/2", at + "/file/-1", at + "/file/00", at + "/file/x", "/record/DocumentReference/bobd/file/0", "/record/Condition/gwenz/file/0", "/record/Nothing/x/file/0"} {
			if a := p.get(no); a.Code != http.StatusNotFound {
				t.Errorf("%s: %d", no, a.Code)
			}
		}
	})
}

func TestNamesOfFilesAreOnlyNames(t *testing.T) {
	for title, want := range map[string]string{"": "file-1", "../../etc/passwd": "file-1", "Knee scan.pdf": "Knee-scan", "a\"b\r\nc": "abc", "łóź": "file-1", strings.Repeat("x", 200): strings.Repeat("x", 60)} {
		if got := fileName(title, 0); got != want {
			t.Errorf("%q becomes %q, want %q", title, got, want)
		}
	}
}

// What a choice or a right hides from a viewer looks like what is not there, on
// every page of a record: for who acts for the person, and for staff.
func TestWhatIsHiddenLooksLikeAbsenceOnEveryPageOfARecord(t *testing.T) {
	eachOperated(t, func(t *testing.T, s *site, op *person) {
		ann := s.proven("Ann Hill", "ann2", numberAnn)
		s.child("Sam Hill", "sam2", "2015-05-03", numberSam) // eleven
		s.filled("sam2")
		d := ann.parentOf("sam2")
		ann.send("/family/act", "right", d.ID).to("/family/record")
		for _, page := range []string{"", "/summary", "/timeline", "/all", "/Condition", "/problems", "/timeline?words=rash", "/timeline?kind=problems"} {
			a := ann.get("/family/record" + page)
			a.shows(http.StatusOK, "Sam Hill", "You are acting for Sam Hill")
			a.hides("Secret rash", "Low mood", "Hearing test", "This looks wrong", "Ask for my record to be erased", "hidden")
		}
		ann.get("/family/record/vaccinations").shows(http.StatusOK, "MMR vaccine", "3 February 2020")
		ann.get("/family/record/Immunization/sam2v").shows(http.StatusOK, "MMR vaccine", "An entry in the record of Sam Hill")
		ann.get("/family/record/Immunization/sam2v").hides("This looks wrong", "/who", "/private")
		for _, no := range []string{"/family/record/Condition/sam2q", "/family/record/Condition/ann2q", "/family/record/Observation/sam2o", "/family/record/Condition/nothing"} {
			ann.get(no).shows(http.StatusNotFound, "There is no page at this address.")
		}
		ann.send("/family/stop")
		ann.get("/family/record/timeline").to("/family")

		dr := s.join("Noor")
		dr.works("Noor", staff.Clinician)
		s.patient("Gwen", "gwen")
		s.filled("gwen")
		for _, page := range []string{"/summary", "/timeline", "/all", "/results", "/Encounter"} {
			a := dr.get("/staff/people/gwen" + page)
			a.shows(http.StatusOK, "Gwen")
			a.hides("Take a copy", "This looks wrong", "sam2", "Sam Hill")
		}
		dr.get("/staff/people/gwen/Encounter/gwene").shows(http.StatusOK, "Check of the eyes", "An entry in the record of Gwen")
		dr.get("/staff/people/sam2/timeline").shows(http.StatusNotFound, "We found nobody you look after")
		op.get("/staff/people/gwen/timeline").hides("Check of the eyes")
	})
}
