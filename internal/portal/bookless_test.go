package portal

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// bookPages are the pages of a red book that whoever acts for a child opens.
var bookPages = []string{"", "/birth", "/screening", "/reviews", "/milestones", "/diary", "/notes", "/growth", "/vaccinations", "/whole"}

// keptFromParents are entries of Sam's book that Sam keeps to themself, one of each
// part; born is their birthday.
func (s *site) keptFromParents(born string) {
	s.t.Helper()
	of, own := `"subject":{"reference":"Patient/hosam"}`, `"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"ADOL"}]`
	tag := func(code string) string {
		return `"meta":{` + own + `,"tag":[{"system":"urn:bevan:child","code":"` + code + `"}]}`
	}
	s.put(`{"resourceType":"Observation","id":"lw","status":"final","meta":{`+own+`},"code":{"coding":[{"system":"http://loinc.org","code":"8339-4"}]},`+of+`,"effectiveDateTime":"`+born+`","valueQuantity":{"value":3410,"unit":"g"}}`,
		`{"resourceType":"Procedure","id":"lp","status":"completed","meta":{`+own+`},"code":{"coding":[{"system":"http://snomed.info/sct","code":"314081000"}]},`+of+`,"performedDateTime":"`+born+`","outcome":{"text":"Not suspected"}}`,
		`{"resourceType":"Observation","id":"lm","status":"final",`+tag("milestone")+`,"code":{"text":"First time"},"effectiveDateTime":"2026-04","valueCodeableConcept":{"text":"First kiss"},`+of+`}`,
		`{"resourceType":"Communication","id":"ln","status":"completed",`+tag("note")+`,"sent":"2026-04-01T10:00:00Z","payload":[{"contentString":"Own words"}],`+of+`}`,
		`{"resourceType":"QuestionnaireResponse","id":"ld","status":"completed",`+tag("diary")+`,"authored":"2026-05-01T10:00:00Z",`+of+`,"item":[{"linkId":"kind","answer":[{"valueCoding":{"system":"urn:bevan:child","code":"diary-sleep"}}]},{"linkId":"at","answer":[{"valueDateTime":"2026-05-01T10:00:00Z"}]}]}`,
		`{"resourceType":"Encounter","id":"le","status":"finished","meta":{`+own+`},"class":{"code":"HH"},`+of+`,"reasonCode":[{"coding":[{"system":"https://bevan.example/codes/reason","code":"child-health-review"}]}],"period":{"start":"2024-03-14T10:00:00Z"}}`,
		`{"resourceType":"Immunization","id":"li","status":"completed","meta":{`+own+`},"vaccineCode":{"text":"HPV"},"occurrenceDateTime":"2026-02-03","patient":{"reference":"Patient/hosam"}}`)
}

// One who acts for a young person by a right that leaves entries out reads "not
// known here, or not shown to you", and each page is the same to the byte whether
// or not there is something that they may not see. A parent of a baby reads that it
// is not known.
func TestAttack76NotShownReadsTheSameWhateverIsThere(t *testing.T) {
	for what, born := range map[string]string{"by age": "2014-06-10", "by their yes": "2012-06-10"} {
		t.Run(what, func(t *testing.T) {
			each(t, func(t *testing.T, s *site) {
				ann := s.proven("Ann Hill", "hoann", numberAnn)
				sam := s.proven("Sam Hill", "", "")
				s.child("Sam Hill", "hosam", born, numberSam)
				sam.must(s.cfg.Accounts.SetRecord(t.Context(), sam.account(), "Patient/hosam"))
				right := ""
				if what == "by age" {
					right = ann.parentOf("hosam").ID
				} else {
					sam.addressed("sam@example.org")
					shown := sam.send("/family/invite", "name", "Ann", "kind", "parent", "may", "look")
					ann.send("/family/code", "code", shown.find(`<code class="bevan-shown">([a-z0-9-]{23})</code>`)).to("/family")
					right = ann.get("/family").find(`name="right" value="([a-z0-9]+)"`)
				}
				ann.send("/family/act", "right", right).to("/family/record")
				ann.get(bosFamily) // news is said once
				before := map[string]string{}
				for _, page := range bookPages {
					before[page] = ann.get(bosFamily + page).Body.String()
				}
				ann.get(bosFamily).shows(http.StatusOK, "Birth None yet, or not shown to you")
				ann.get(bosFamily+"/birth").shows(http.StatusOK, "Weight at birth Not known here, or not shown to you")
				ann.get(bosFamily+"/screening").shows(http.StatusOK, "Sickle cell disease Not known here, or not shown to you")
				ann.get(bosFamily+"/reviews").shows(http.StatusOK, "every child Not known here, or not shown to you")
				ann.get(bosFamily+"/milestones").shows(http.StatusOK, "Nothing is here, or it is not shown to you.")
				ann.get(bosFamily + "/milestones").hides("No first times yet.")
				ann.get(bosFamily+"/whole").shows(http.StatusOK, "Weight at birth Not known here, or not shown to you", "Nothing is here, or it is not shown to you.")
				s.keptFromParents(born)
				for _, page := range bookPages {
					if got := ann.get(bosFamily + page).Body.String(); got != before[page] {
						t.Errorf("%q tells of what is not shown: %s", page, differs(before[page], got))
					}
				}
				// They are there: whose they are sees them.
				sam.get("/record/child/birth").shows(http.StatusOK, "Weight at birth 3410 g", "Length at birth Not known here")
				sam.get("/record/child/birth").hides("not shown to you")
				sam.get("/record/child/milestones").shows(http.StatusOK, "First kiss")
			})
		})
	}
	_, _, pat, _ := nursery(t, dbtest.SQLite(t))
	for _, page := range bookPages {
		a := pat.get(bosFamily + page)
		a.shows(http.StatusOK)
		a.hides("not shown to you")
	}
}

// differs is where two pages part.
func differs(a, b string) string {
	at := 0
	for at < min(len(a), len(b)) && a[at] == b[at] {
		at++
	}
	return strings.TrimSpace(b[max(0, at-40):min(len(b), at+120)])
}

// Without a passkey nobody reads whose record is handed over: not on the first
// page, nor on the one that says what changes.
func TestAttack76AHandoverNamesNobodyWithoutAPasskey(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.proven("Ann Hill", "hoann", numberAnn)
		s.child("Sam Hill", "hosam", "2013-06-10", numberSam) // thirteen in five weeks
		ann.parentOf("hosam")
		codes := ann.codes()
		s.clock.move(25 * time.Minute) // a passkey that was used a while ago will do, as for all news
		ann.get("/").shows(http.StatusOK, "From 10 June 2026 you will no longer see the record of Sam Hill")
		weak := s.person()
		weak.send("/sign-in/recovery", "code", codes[0]).to("/account/passkeys/add")
		for _, path := range []string{"/", changesAt, familyAt} {
			weak.get(path).hides("Sam Hill", "10 June")
		}
		weak.get("/").shows(http.StatusOK, "Use your passkey to see what is new in your record.")
	})
}
