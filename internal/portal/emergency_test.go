package portal

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// kit is a made-up person with something of each kind in their record.
const kitNumber = "9990001006"

func (s *site) kit() {
	s.t.Helper()
	about := `"subject":{"reference":"Patient/kit"}`
	s.put(`{"resourceType":"Patient","id":"kit","name":[{"text":"Kit Marsh"}],"birthDate":"1961-02-03","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"`+kitNumber+`"}]}`,
		`{"resourceType":"AllergyIntolerance","id":"kita","patient":{"reference":"Patient/kit"},"code":{"text":"Penicillin"},"criticality":"high","clinicalStatus":{"coding":[{"code":"active"}]},"reaction":[{"manifestation":[{"text":"Swollen face"}]}]}`,
		`{"resourceType":"AllergyIntolerance","id":"kitx","patient":{"reference":"Patient/kit"},"code":{"text":"Written in error"},"verificationStatus":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/allergyintolerance-verification","code":"entered-in-error"}]}}`,
		`{"resourceType":"Condition","id":"kitc","code":{"coding":[{"code":"44054006"}]},"onsetDateTime":"2011",`+about+`}`,
		`{"resourceType":"MedicationRequest","id":"kitm","status":"active","intent":"order","medicationCodeableConcept":{"text":"Warfarin 3 mg"},"dosageInstruction":[{"text":"One each evening"}],"authoredOn":"2026-04-02",`+about+`}`,
		`{"resourceType":"MedicationStatement","id":"kits","status":"active","medicationReference":{"display":"Fish oil"},`+about+`}`,
		`{"resourceType":"Observation","id":"kito","status":"final","code":{"text":"Potassium"},"valueQuantity":{"value":5.10,"unit":"mmol/L"},"referenceRange":[{"low":{"value":3.5,"unit":"mmol/L"},"high":{"value":5.3,"unit":"mmol/L"}}],"effectiveDateTime":"2026-04-30",`+about+`}`,
		`{"resourceType":"Observation","id":"kitb","status":"final","code":{"text":"Blood pressure"},"component":[{"code":{"text":"Upper"},"valueQuantity":{"value":120,"unit":"mmHg"}},{"code":{"text":"Lower"},"valueQuantity":{"value":80,"unit":"mmHg"}}],"effectiveDateTime":"2026-04-29",`+about+`}`,
		`{"resourceType":"Observation","id":"kitn","status":"final","code":{"text":"Weight"},`+about+`}`)
}

// rescuer is a clinician of whom is proven who they are.
func (s *site) rescuer(op *person, org, name string) *person {
	s.t.Helper()
	p := s.hire(op, org, name, staff.Clinician)
	p.must(s.cfg.Accounts.SetProof(s.t.Context(), p.account(), account.P9))
	p.workAs(staff.Clinician)
	return p
}

func (s *site) auditor(op *person, org, name string) *person {
	s.t.Helper()
	p := s.hire(op, org, name, staff.Auditor)
	p.workAs(staff.Auditor)
	return p
}

const noTime = "Brought in without consciousness, no time to ask."

// declaring is what somebody types who declares an emergency about Kit.
func declaring(more ...string) []string {
	return append([]string{"number", "999 000 1006", "born", "3", "bornmonth", "2", "bornyear", "1961", "why", noTime}, more...)
}

// rescue declares an emergency about Kit and opens the record; it gives the
// address of the record.
func (p *person) rescue(more ...string) string {
	p.t.Helper()
	a := p.send("/staff/emergency", declaring(more...)...)
	at := a.Header().Get("Location")
	if a.Code != http.StatusSeeOther || !strings.HasSuffix(at, "/open") {
		p.t.Fatalf("%d to %q: %s", a.Code, at, a.text())
	}
	record := strings.TrimSuffix(at, "/open")
	p.use(at).to(record)
	return record
}

func TestARecordIsOpenedInAnEmergency(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, op, org := hospitalOf(t, d)
		s.kit()
		kit := s.join("Kit")
		kit.must(s.cfg.Accounts.SetProof(t.Context(), kit.account(), account.P9))
		kit.must(s.cfg.Accounts.SetRecord(t.Context(), kit.account(), "Patient/kit"))
		ada := s.rescuer(op, org, "Dr Ada Obi")
		ada.get("/staff").shows(http.StatusOK, "Open a record in an emergency", "My emergencies")
		ada.get("/staff/emergency").shows(http.StatusOK, "Open a record in an emergency", "The person is told.", "Why can it not wait?")
		s.looks()

		at := ada.rescue()
		for _, e := range s.looks() {
			if e.Purpose == access.Emergency {
				t.Errorf("something was read before the record was asked for: %+v", e)
			}
		}
		a := ada.get(at)
		a.shows(http.StatusOK, "Emergency. This record is open until 3 May 2026, 3:0", "30 minutes are left.", "Kit Marsh, born 3 February 1961", "NHS number 999 000 1006",
			"Penicillin Swollen face high active", "44054006 Not known 2011", "Warfarin 3 mg One each evening active 2 April 2026", "Fish oil Not known active Not known",
			"Potassium 5.10 mmol/L 3.5 mmol/L – 5.3 mmol/L 30 April 2026", "Blood pressure Upper 120 mmHg; Lower 80 mmHg Not known 29 April 2026", "Weight Not known Not known Not known",
			"No warnings are written in this record. That does not mean that there are none.")
		a.hides("Written in error", "normal", noTime)
		looks := s.looks()
		if len(looks) == 0 {
			t.Error("nothing was logged")
		}
		for _, e := range looks {
			if e.Purpose != access.Emergency || e.Rule != "professional-emergency" || e.Who.Mandate == "" || e.Who.Actor != "account:"+ada.account() || e.Person == 0 {
				t.Errorf("the log says %+v", e)
			}
		}
		s.clock.move(29*time.Minute + time.Second)
		ada.get(at).shows(http.StatusOK, "One minute is left.")
		s.clock.move(time.Minute)
		a = ada.get(at)
		a.shows(http.StatusOK, "The record is closed", "begin again and say why")
		a.hides("Penicillin", "Kit Marsh")

		kit = kit.elsewhere()
		kit.get("/account").shows(http.StatusOK, "Who opened your record without asking you first.")
		kit.get("/account/emergencies").shows(http.StatusOK, "3 May 2026", "Dr Ada Obi", "Clinician", "Valley Hospitals", noTime, "Not reviewed yet")
		ada = ada.elsewhere()
		ada.workAs(staff.Clinician)
		ada.get("/staff/emergencies").shows(http.StatusOK, "Emergencies that you declared", "Not reviewed yet")

		at = ada.rescue()
		ada.get(at).shows(http.StatusOK, "Penicillin")
		ada.send(at + "/end").to("/staff/emergencies")
		ada.get("/staff/emergencies").shows(http.StatusOK, "The record is closed.")
		ada.get(at).shows(http.StatusOK, "The record is closed")
		if log := s.log.String(); strings.Contains(log, "consciousness") || strings.Contains(log, "Marsh") || strings.Contains(log, kitNumber) {
			t.Error("the log of the server tells of somebody")
		}
	})
}

// What is typed has to be that of one record, with a reason; a passkey has to be
// touched; and nobody else can go on with it.
func TestAnEmergencyIsAskedForInFull(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, op, org := hospitalOf(t, d)
		s.kit()
		ada, eve := s.rescuer(op, org, "Dr Ada Obi"), s.rescuer(op, org, "Dr Eve Poe")
		for says, form := range map[string][]string{
			"An NHS number has 10 digits":                 declaring("number", "999"),
			"Type the day, month and year":                declaring("bornyear", "3000"),
			"No record has this number":                   declaring("bornyear", "1962"),
			"Say why, in one or two sentences":            declaring("why", "now"),
			"Choose one of the reviewers on the list, or": declaring("tell", "nobody"),
		} {
			ada.send("/staff/emergency", form...).shows(http.StatusUnprocessableEntity, "There is a problem", says)
		}
		s.put(`{"resourceType":"Patient","id":"kit2","birthDate":"1961-02-03","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + kitNumber + `"}]}`)
		ada.send("/staff/emergency", declaring()...).shows(http.StatusUnprocessableEntity, "No record has this number")
		s.put(`{"resourceType":"Patient","id":"kit2","birthDate":"1961-02-04"}`)

		at := ada.send("/staff/emergency", declaring()...).Header().Get("Location")
		ada.get(at).shows(http.StatusOK, "Use your passkey to open it", "Kit Marsh", noTime)
		record := strings.TrimSuffix(at, "/open")
		ada.get(record).shows(http.StatusOK, "The record is closed")
		ada.send(at).shows(http.StatusUnprocessableEntity, "There is a problem")
		ada.send(at, "ceremony", "x", "answer", "{}").shows(http.StatusUnprocessableEntity, "There is a problem")
		eve.get(at).shows(http.StatusNotFound, "There is no such emergency here.")
		eve.send(at).shows(http.StatusNotFound, "There is no such emergency here.")
		ada.use(at).to(record)
		ada.use2(at).shows(http.StatusConflict, "This was used already")
		eve.get(record).shows(http.StatusNotFound, "There is no such emergency here.")
		eve.send(record+"/end").shows(http.StatusNotFound, "There is no such emergency here.")
		other := ada.elsewhere()
		other.workAs(staff.Clinician)
		other.get(record).shows(http.StatusNotFound, "There is no such emergency here.")
		for _, path := range []string{"?patient=kit2", "?id=kit2", "?until=9999999999"} {
			ada.get(record+path).shows(http.StatusOK, "Kit Marsh")
		}
	})
}

// use2 sends the form of a page that is over.
func (p *person) use2(path string) answer { p.t.Helper(); return p.send(path) }

// Attack 23: whoever came in by less than a passkey for staff, or of whom is not
// proven who they are, opens nothing.
func TestAttack23NoEmergencyAtLowAssurance(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, op, org := hospitalOf(t, d)
		s.kit()
		p := s.hire(op, org, "Dr Ada Obi", staff.Clinician)
		p.workAs(staff.Clinician)
		p.send("/staff/emergency", declaring()...).shows(http.StatusUnprocessableEntity, "This needs proof of who you are.")
		for _, role := range staff.Roles() {
			if role == staff.Clinician || role == staff.Operator {
				continue
			}
			w := s.hire(op, org, "Sam Dale", role)
			w.must(s.cfg.Accounts.SetProof(t.Context(), w.account(), account.P9))
			w.workAs(role)
			w.get("/staff/emergency").shows(http.StatusForbidden)
			w.send("/staff/emergency", declaring()...).shows(http.StatusForbidden)
		}
		ann := s.join("Ann")
		ann.send("/staff/emergency", declaring()...).shows(http.StatusForbidden)
		ada := s.rescuer(op, org, "Dr Ada Obi")
		at := ada.rescue()
		codes := ada.codes()
		q := s.person()
		q.send("/sign-in/recovery", "code", codes[0]).to("/account/passkeys/add")
		q.get(at).to("/staff?next=" + strings.ReplaceAll(at, "/", "%2F"))
		q.send("/staff/emergency", declaring()...).shows(http.StatusForbidden)
		ada.get(at).shows(http.StatusForbidden, "This needs proof of who you are.") // the recovery lowered it
	})
}

func TestEmergenciesAreReviewedAndCounted(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, op, org := hospitalOf(t, d)
		s.kit()
		s.person().get("/emergencies").shows(http.StatusOK, "Records opened in an emergency", "No record was opened in an emergency in the last 12 months.")
		ada, rue := s.rescuer(op, org, "Dr Ada Obi"), s.auditor(op, org, "Rue Dale")
		ada.rescue()
		rue.get("/staff").shows(http.StatusOK, "Review emergencies")
		a := rue.get("/staff/reviews")
		a.shows(http.StatusOK, "Dr Ada Obi", "Valley Hospitals", "Not reviewed yet")
		a.hides(noTime, "Kit")
		at := a.find(`href="(/staff/reviews/[a-z0-9]+)"`)
		rue.get(at).shows(http.StatusOK, "Kit Marsh", noTime, "has no account, so no message reached them.", "What do you find?")
		ada.get(at).shows(http.StatusForbidden)
		rue.send(at, "what", "justified", "text", "ok").shows(http.StatusUnprocessableEntity, "Say why, in one or two sentences")
		rue.send(at, "what", "nothing", "text", "This is long enough.").shows(http.StatusUnprocessableEntity, "Say whether it was right")
		rue.send(at, "what", "question", "text", "Who called you to the ward?").to("/staff/reviews")
		rue.get("/staff/reviews").shows(http.StatusOK, "It was sent.", "The reviewer asked something")
		a = ada.get("/staff/emergencies")
		a.shows(http.StatusOK, "The reviewer asked something")
		mine := "/staff/emergencies/" + at[strings.LastIndex(at, "/")+1:]
		ada.get(mine).shows(http.StatusOK, "Question: Who called you to the ward?", "Your answer")
		ada.send(mine, "text", "no").shows(http.StatusUnprocessableEntity, "Say why, in one or two sentences")
		ada.send(mine, "text", "The sister of the ward did.").to("/staff/emergencies")
		rue.send(at, "what", "unjustified", "text", "The sister did not call anybody.").to("/staff/reviews")
		rue.get("/staff/reviews").shows(http.StatusOK, "Nothing is to be reviewed now.")
		rue.send(at, "what", "justified", "text", "On second thoughts it was.").shows(http.StatusConflict, "This was decided already.")
		ada.get(mine).shows(http.StatusOK, "It was not right", "The sister did not call anybody.")

		for range 4 {
			s.clock.move(time.Second)
			ada.rescue()
		}
		s.clock.move(time.Minute)
		a = s.person().get("/emergencies")
		a.shows(http.StatusOK, "May 2026 5 1 0 1", "Valley Hospitals 5 1 0 1")
		a.hides("Ada", "Kit")
		s.clock.move(7 * 24 * time.Hour)
		if err := s.cfg.Emergencies.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		op = op.elsewhere()
		op.workAs(staff.Operator)
		op.get("/operator").shows(http.StatusOK, "Late reviews of emergencies")
		a = op.get("/operator/emergencies")
		a.shows(http.StatusOK, "Reviews that are late", "Valley Hospitals")
		a.hides("Kit", "Ada", noTime)
		s.person().get("/emergencies").shows(http.StatusOK, "May 2026 5 1 4 1")
		ada = ada.elsewhere()
		ada.workAs(staff.Clinician)
		ada.get("/operator/emergencies").shows(http.StatusForbidden)
	})
}

// Where telling at once could put somebody in danger, the named reviewer
// decides, and nobody sees it in the person's list before.
func TestAReviewerDecidesWhetherThePersonWaits(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, op, org := hospitalOf(t, d)
		s.kit()
		kit := s.join("Kit")
		kit.must(s.cfg.Accounts.SetProof(t.Context(), kit.account(), account.P9))
		kit.must(s.cfg.Accounts.SetRecord(t.Context(), kit.account(), "Patient/kit"))
		ada, rue, roy := s.rescuer(op, org, "Dr Ada Obi"), s.auditor(op, org, "Rue Dale"), s.auditor(op, org, "Roy Hart")
		ada.get("/staff/emergency").shows(http.StatusOK, "Let this reviewer decide: Rue Dale", "Let this reviewer decide: Roy Hart")
		ada.rescue("tell", rue.account())
		kit.get("/account/emergencies").shows(http.StatusOK, "Nobody has done this so far. If somebody does, you see it here.")
		at := rue.get("/staff/reviews").find(`href="(/staff/reviews/[a-z0-9]+)"`)
		rue.get(at).shows(http.StatusOK, "is told later: 4 May 2026", "Decide when the person is told")
		a := roy.get(at)
		a.shows(http.StatusOK, "is told later: 4 May 2026")
		a.hides("Decide when the person is told")
		roy.get(at + "/tell").shows(http.StatusNotFound)
		rue.get(at+"/tell").shows(http.StatusOK, "Should the person be told later?", noTime)
		rue.send(at+"/tell", "wait", "later", "text", "They fear somebody at home.").shows(http.StatusUnprocessableEntity, "Type the day, month and year")
		rue.send(at+"/tell", "wait", "later", "until", "1", "untilmonth", "12", "untilyear", "2026", "text", "They fear somebody at home.").shows(http.StatusUnprocessableEntity, "Choose a day from tomorrow on.")
		rue.send(at+"/tell", "wait", "later", "until", "12", "untilmonth", "5", "untilyear", "2026", "text", "no").shows(http.StatusUnprocessableEntity, "Say why, in one or two sentences")
		rue.send(at+"/tell", "wait", "later", "until", "12", "untilmonth", "5", "untilyear", "2026", "text", "They fear somebody at home.").to(at)
		rue.get(at).shows(http.StatusOK, "is told later: 12 May 2026", "The person is told later: They fear somebody at home.")
		kit.get("/account/emergencies").shows(http.StatusOK, "Nobody has done this so far. If somebody does, you see it here.")
		rue.send(at+"/tell", "wait", "now", "text", "They have moved out since.").to(at)
		rue.get(at + "/tell").shows(http.StatusNotFound)
		kit.get("/account/emergencies").shows(http.StatusOK, "Dr Ada Obi", noTime)
	})
}

// aboutEmergencies is what people meet where a record is opened without a yes.
func (a *album) aboutEmergencies(s *site, op *person) {
	op = op.elsewhere()
	op.workAs(staff.Operator)
	org := op.hospital("RXE")
	s.kit()
	a.add("GET /emergencies", "none", s.person().get("/emergencies"))
	kit := s.join("Kit")
	a.add("GET /account/emergencies", "no proof", kit.get("/account/emergencies"))
	kit.must(s.cfg.Accounts.SetProof(a.t.Context(), kit.account(), account.P9))
	a.add("GET /account/emergencies", "no record", kit.get("/account/emergencies"))
	kit.must(s.cfg.Accounts.SetRecord(a.t.Context(), kit.account(), "Patient/kit"))
	a.add("GET /account/emergencies", "none", kit.get("/account/emergencies"))
	ada, rue := s.rescuer(op, org, "Dr Ada Obi"), s.auditor(op, org, "Rue Dale")
	a.add("GET /staff", "a clinician at work", ada.get("/staff"))
	a.add("GET /staff/emergencies", "none", ada.get("/staff/emergencies"))
	a.add("GET /staff/reviews", "none", rue.get("/staff/reviews"))
	a.add("GET /staff/emergency", "asks", ada.get("/staff/emergency"))
	a.add("POST /staff/emergency", "no number", ada.send("/staff/emergency"))
	a.add("POST /staff/emergency", "no day", ada.send("/staff/emergency", declaring("born", "x")...))
	a.add("POST /staff/emergency", "no reason", ada.send("/staff/emergency", declaring("why", "")...))
	a.add("POST /staff/emergency", "nobody", ada.send("/staff/emergency", declaring("bornyear", "1962")...))
	at := ada.send("/staff/emergency", declaring()...).Header().Get("Location")
	a.add("GET /staff/emergency/{id}/open", "asks", ada.get(at))
	a.add("POST /staff/emergency/{id}/open", "no answer", ada.send(at))
	at = ada.rescue("tell", rue.account())
	a.add("GET /staff/emergency/{id}", "open", ada.get(at))
	a.aboutEmergencyApps(s, ada, at)
	a.add("GET /staff/emergencies", "one that is open", ada.get("/staff/emergencies"))
	review := reviewsAt + at[strings.LastIndex(at, "/"):]
	a.add("GET /staff/reviews", "one", rue.get("/staff/reviews"))
	a.add("GET /staff/reviews/{id}", "asks", rue.get(review))
	a.add("GET /staff/reviews/{id}", "not there", rue.get(reviewsAt+"/nothing"))
	a.add("POST /staff/reviews/{id}", "no words", rue.send(review, "what", "justified"))
	a.add("POST /staff/reviews/{id}", "nothing chosen", rue.send(review, "text", "This is long enough."))
	a.add("GET /staff/reviews/{id}/tell", "asks", rue.get(review+"/tell"))
	a.add("POST /staff/reviews/{id}/tell", "no day", rue.send(review+"/tell", "wait", "later", "text", "This is long enough."))
	a.add("POST /staff/reviews/{id}/tell", "no words", rue.send(review+"/tell", "wait", "now"))
	rue.send(review+"/tell", "wait", "now", "text", "They can be told.").to(review)
	rue.send(review, "what", "question", "text", "Who called you to the ward?").to(reviewsAt)
	mine := emergenciesAt + at[strings.LastIndex(at, "/"):]
	a.add("GET /staff/emergencies/{id}", "a question", ada.get(mine))
	a.add("POST /staff/emergencies/{id}", "no words", ada.send(mine))
	ada.send(mine, "text", "The sister of the ward did.").to(emergenciesAt)
	rue.send(review, "what", "justified", "text", "The sister says so too.").to(reviewsAt)
	a.add("GET /staff/reviews/{id}", "decided", rue.get(review))
	a.add("GET /staff/emergencies/{id}", "decided", ada.get(mine))
	ada.send(at + "/end").to(emergenciesAt)
	a.add("GET /staff/emergency/{id}", "over", ada.get(at))
	a.add("GET /account/emergencies", "one", kit.get("/account/emergencies"))
	a.add("GET /operator/emergencies", "none", op.get("/operator/emergencies"))
	for range 5 {
		s.clock.move(time.Second)
		ada.rescue()
	}
	s.put(`{"resourceType":"Patient","id":"kit3","birthDate":"1961-02-03","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990001014"}]}`)
	at = ada.send("/staff/emergency", declaring("number", "9990001014")...).Header().Get("Location")
	ada.use(at).to(strings.TrimSuffix(at, "/open"))
	a.add("GET /staff/emergency/{id}", "an empty record", ada.get(strings.TrimSuffix(at, "/open")))
	s.clock.move(8 * 24 * time.Hour)
	op = op.elsewhere()
	op.workAs(staff.Operator)
	a.add("GET /operator/emergencies", "late", op.get("/operator/emergencies"))
	a.add("GET /emergencies", "some", s.person().get("/emergencies"))
}
