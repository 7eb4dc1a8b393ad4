package portal

import (
	"encoding/csv"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/record"
)

// A practice nurse finds who is late, rings the family, and writes it down; the
// list says so. Another practice sees nothing of it.
func TestANurseFindsWhoIsLateAndWritesDownACall(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, op, nurse := callers(t, d)
		var page answer
		s.looks() // of what was written
		// Bo's second 6-in-1 was due on 26 March and is late since 23 April; Cy's MMR
		// was due on 1 April 2026 and is late since 29 April.
		list := nurse.get("/staff/recall")
		list.shows(http.StatusOK, "Bo Reed", "999 000 3017", "1 January 2026", "6-in-1, dose 2", "23 April 2026", "Cy Lane", "MMR, dose 1", "29 April 2026", "Not asked yet")
		list.hides("Di Shaw", "Far Away", "999 000 3041")
		var looked []string
		for _, e := range s.looks() {
			if e.Who.Role == access.RoleProfessional && e.Verb == access.Search {
				looked = append(looked, e.Who.Hat)
			}
		}
		if len(looked) < 2 {
			t.Errorf("two names are shown, and %d looks are written down", len(looked))
		}
		page = nurse.get("/staff/recall?what=84&vaccine=6in1")
		page.shows(http.StatusOK, "Di Shaw", "6-in-1, dose 1", "15 June 2026")
		page.hides("Bo Reed", "Cy Lane")
		page = nurse.get("/staff/recall?age=1")
		page.shows(http.StatusOK, "Cy Lane")
		page.hides("Bo Reed")
		nurse.get("/staff/recall?vaccine=nonsense&what=x&age=z").shows(http.StatusOK, "Bo Reed", "Cy Lane")

		at := "/staff/people/bo/add/recall"
		if page = nurse.get(at + "?vaccine=6in1"); !strings.Contains(page.Body.String(), `value="6in1" selected`) {
			t.Error("the vaccine of the row is not chosen")
		}
		nurse.send(at, "kind", "rang", "vaccine", "6in1", "note", "Comes on Monday.").shows(http.StatusOK, "We rang the family", "Comes on Monday.", "Nurse Nia")
		nurse.send(at, "kind", "rang", "vaccine", "6in1", "note", "Comes on Monday.", "key", aKey, "step", "save")
		s.reckoned()
		nurse.get("/staff/recall").shows(http.StatusOK, "Bo Reed", "We rang the family on 3 May 2026")

		dale := s.rescuer(op, op.hospitalAgain("RXD"), "Nurse Dot")
		page = dale.get("/staff/recall")
		page.shows(http.StatusOK, "Far Away")
		page.hides("Bo Reed", "Cy Lane", "We rang")
		dale.get(at).shows(http.StatusNotFound)
		op.get("/staff/recall").hides("Bo Reed", "Far Away")
	})
}

// hospitalAgain is the id of an organisation that is there.
func (p *person) hospitalAgain(code string) string {
	p.t.Helper()
	o, err := p.s.cfg.Staff.ByODS(p.t.Context(), code)
	p.must(err)
	return o.ID
}

// A no takes a child off the list, and so does a move; marked as a mistake, they
// are on it again.
func TestANoTakesAChildOffTheListAndAMistakeBringsItBack(t *testing.T) {
	s, _, nurse := callers(t, dbtest.SQLite(t))
	var page answer
	for kind, key := range map[string]string{"refused": aKey, "moved": strings.Replace(aKey, "A", "B", 1)} {
		at := nurse.send("/staff/people/bo/add/recall", "kind", kind, "vaccine", "", "key", key, "step", "save").Header().Get("Location")
		s.reckoned()
		page = nurse.get("/staff/recall")
		page.shows(http.StatusOK, "Cy Lane")
		page.hides("Bo Reed")
		nurse.send(wrongAt(at), "version", "1", "why", "It was about somebody else.").to(at)
		s.reckoned()
		nurse.get("/staff/recall").shows(http.StatusOK, "Bo Reed")
	}
}

// What a child's record keeps from the practice shows on no page of it, and the
// page is what it would be if it had never been.
func TestAttack76AHiddenVaccinationShowsOnNoList(t *testing.T) {
	s, _, nurse := callers(t, dbtest.SQLite(t))
	page := func() string {
		s.reckoned()
		return strings.Join(nurse.rowsOf("/staff/recall?vaccine=mmr"), "\n")
	}
	before := page()
	org := s.orgOf("cy")
	s.put(`{"resourceType":"Consent","id":"cyc","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],` +
		`"patient":{"reference":"Patient/cy"},"dateTime":"2026-01-01","policy":[{"uri":"https://bevan.example/policy"}],"provision":{"type":"deny","actor":[{"role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"IRCP"}]},"reference":{"reference":"Organization/` + org + `"}}],"class":[{"system":"http://hl7.org/fhir/resource-types","code":"Immunization"}]}}`)
	s.given("c3", "cy", "mmr", "2026-04-10")
	if after := page(); after != before || !strings.Contains(after, "Cy Lane") {
		t.Errorf("a hidden vaccination changes the list from\n%s\nto\n%s", before, after)
	}
}

// rowsOf are the rows of a table on a page, as text.
func (p *person) rowsOf(path string) (rows []string) {
	p.t.Helper()
	body := p.get(path).Body.String()
	for part := range strings.SplitSeq(body, "<tr ") {
		if strings.Contains(part, `role="cell"`) {
			rows = append(rows, part)
		}
	}
	return rows
}

func (s *site) orgOf(patient string) string {
	s.t.Helper()
	r, err := s.door.Open(s.t.Context(), access.Operator("token:test"), record.About{Patient: patient}, access.Operations)
	if err != nil {
		s.t.Fatal(err)
	}
	tree, err := read(s.t.Context(), r, "Patient", patient)
	if err != nil {
		s.t.Fatal(err)
	}
	for g := range tree.Root().Get("generalPractitioner").Items() {
		return strings.TrimPrefix(g.Get("reference").Str(), "Organization/")
	}
	return ""
}

// The file wants a passkey that was used of late, and runs nothing in a spreadsheet.
func TestTheListAsAFileWantsAPasskeyAndRunsNothing(t *testing.T) {
	s, _, nurse := callers(t, dbtest.SQLite(t))
	s.listedChild("evil", `=cmd|' /C calc'!A0`, "2026-01-01", s.orgOf("bo"), "9990003050")
	s.reckoned()
	s.clock.move(10 * 60e9)
	const at = "/staff/recall/file?vaccine=6in1"
	nurse.get(at).to("/check?next=" + strings.NewReplacer("/", "%2F", "?", "%3F", "=", "%3D").Replace("/staff/recall?vaccine=6in1"))
	nurse.use("/check", "next", "/staff/recall?vaccine=6in1")
	page := nurse.get(at)
	if page.Code != http.StatusOK || !strings.HasPrefix(page.Header().Get("Content-Disposition"), `attachment; filename="recall-2026-05-03.csv"`) {
		t.Fatalf("%d, %v", page.Code, page.Header())
	}
	lines, err := csv.NewReader(page.Body).ReadAll()
	if err != nil || len(lines) != 3 {
		t.Fatalf("%q, %v", lines, err)
	}
	for _, line := range lines[1:] {
		if strings.HasPrefix(line[0], "=") || line[3] != "6-in-1" || slices.Contains(line, "MMR") {
			t.Errorf("a line is %q", line)
		}
	}
}

// Reminders are for who wants them; and only an operator sends them.
func TestWhoWantsNoRemindersSaysSo(t *testing.T) {
	s, op, nurse := callers(t, dbtest.SQLite(t))
	p := s.join("Rae")
	p.get("/account").shows(http.StatusOK, "Stop or start messages about the red book")
	p.get("/account/reminders").shows(http.StatusOK, "You get messages about the red book.")
	p.send("/account/reminders", "want", "none").to("/account/reminders")
	p.get("/account/reminders").shows(http.StatusOK, "You get no messages about the red book.")
	if since, err := s.cfg.Recalls.Quiet(t.Context(), p.account()); err != nil || since == 0 {
		t.Errorf("%d, %v", since, err)
	}
	p.send("/account/reminders", "want", "some").to("/account/reminders")
	p.get("/account/reminders").shows(http.StatusOK, "You get messages about the red book.")
	for _, path := range []string{"/operator/coverage/reminders", "/operator/coverage/renew"} {
		nurse.send(path).shows(http.StatusForbidden)
		p.send(path).shows(http.StatusForbidden)
	}
	op.workAs(staff.Operator)
	op.get("/operator/coverage").shows(http.StatusOK, "Vaccinations in time, everybody")
	for _, path := range []string{"/staff/recall", "/staff/recall/file", "/staff/coverage"} {
		if page := p.get(path); page.Code == http.StatusOK {
			t.Errorf("%s is shown to somebody who does not work here", path)
		}
	}
}
