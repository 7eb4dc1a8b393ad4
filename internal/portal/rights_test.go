package portal

import (
	"archive/zip"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/erasure"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/exchange/takeaway"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/notify"
)

// A person sees their record kind by kind, and nobody else's.
func TestOnesOwnRecord(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		s.patient("Bob", "bob")
		s.looks()
		p.get("/record/all").shows(http.StatusOK, "All that is held about you", "Results, measurements and answers", "3", "Visits and stays")
		if seen := s.looks(); len(seen) != 1 || seen[0].Who.Role != access.RoleSelf || seen[0].Purpose != access.Own || len(seen[0].Returned) < 6 {
			t.Errorf("one look is on the log as %+v", seen)
		}
		a := p.get("/record/Encounter")
		a.shows(http.StatusOK, "Check of the eyes", "1 April 2026", "Hill Surgery")
		a.hides("bob")
		p.get("/record/Encounter/gwene").shows(http.StatusOK, "Check of the eyes", "Who said so", "This looks wrong")
		p.get("/record/Observation/gwena").shows(http.StatusOK, "Not known")
		for _, hidden := range []string{"/record/Encounter/bobe", "/record/Encounter/none", "/record/Nothing", "/record/Nothing/x", "/record/Encounter/bobe/wrong"} {
			p.get(hidden).shows(http.StatusNotFound, "There is no page at this address.")
		}
		p.send("/record/Encounter/bobe/wrong", "words", "x").shows(http.StatusNotFound, "There is no page at this address.")
		p.get("/record/Immunization").shows(http.StatusOK, "That does not mean that there is none.")
		q := s.join("Nobody")
		for _, page := range []string{"/record", "/record/Encounter", "/record/download", "/record/erase", "/record/corrections"} {
			q.get(page).shows(http.StatusForbidden, "This needs proof of who you are.")
		}
		q.must(s.cfg.Accounts.SetProof(t.Context(), q.account(), account.P5))
		q.must(s.cfg.Accounts.SetRecord(t.Context(), q.account(), "Patient/bob"))
		q.get("/record").shows(http.StatusForbidden, "This needs proof of who you are.")
	})
}

// fetched are the files of a copy, as somebody fetches it.
func (p *person) fetched(at string) map[string]string {
	p.t.Helper()
	a := p.get(at)
	if a.Code != http.StatusOK || a.Header().Get("Content-Type") != "application/zip" || a.Header().Get("Cache-Control") != "no-store" ||
		!strings.HasPrefix(a.Header().Get("Content-Disposition"), `attachment; filename="health-record-2026-05-0`) {
		p.t.Fatalf("%d, %v", a.Code, a.Header())
	}
	z, err := zip.NewReader(bytes.NewReader(a.Body.Bytes()), int64(a.Body.Len()))
	p.must(err)
	all := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		p.must(err)
		b, err := io.ReadAll(r)
		p.must(err)
		all[f.Name] = string(b)
	}
	return all
}

// A copy needs a fresh passkey to be made and to be fetched, is told about when it
// is there, and holds the page, the record and who looked.
func TestTakeItAllAway(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		s.put(`{"resourceType":"Binary","id":"scan","contentType":"application/pdf","data":"JVBERi0x"}`,
			`{"resourceType":"DocumentReference","id":"scanned","status":"current","subject":{"reference":"Patient/gwen"},"content":[{"attachment":{"title":"The scan","url":"Binary/scan"}},{"attachment":{"title":"The lost one","url":"Binary/lost"}}]}`)
		at := p.send("/account/addresses/add", "address", "gwen@example.org").Header().Get("Location")
		p.send(at, "code", s.mail()[0].Code).to("/account/addresses")
		s.clock.move(time.Hour / 10)
		p.send("/record/download").to("/check?next=%2Frecord%2Fdownload")
		p.use("/check", "next", "/record/download").to("/record/download")
		p.send("/record/download").to("/record/download")
		p.get("/record/download").shows(http.StatusOK, "Your copy is being made.")
		s.mail()
		s.works(takeaway.Kind)
		if told := s.mail(); len(told) != 1 || told[0].Kind != notify.CopyReady {
			t.Errorf("told %+v", told)
		}
		page := p.get("/record/download")
		page.shows(http.StatusOK, "Your copy is ready.", "Fetch my copy")
		fetch := page.find(`href="(/record/download/[A-Z0-9]+)"`)
		files := p.fetched(fetch)
		for name, want := range map[string][]string{
			"index.html": {"My health record", "Check of the eyes", "1 April 2026", "Hill Surgery", "Not known", "Who looked", "No app may do anything in your name.",
				`<a href="files/Binary-scan-1.pdf">The scan, `, "but they are not in this copy", "<li>The lost one, DocumentReference/scanned</li>"},
			"fhir/Encounter.ndjson":   {`"id":"gwene"`},
			"files/Binary-scan-1.pdf": {"%PDF-1"},
			"other/access-log.ndjson": {`"role":"self"`, `"purpose":"export"`},
			"README.txt":              {"bevan load fhir"},
		} {
			for _, text := range want {
				if !strings.Contains(files[name], text) {
					t.Errorf("%s lacks %q: %.3000s", name, text, files[name])
				}
			}
		}
		for _, bad := range []string{"<script", "http://", "src=", "@import", "url("} {
			if page := files["index.html"]; strings.Contains(page[:strings.Index(page, "<article")], bad) {
				t.Errorf("the page has %q", bad)
			}
		}
		other := s.linked("Bob", "bob")
		other.get(fetch).shows(http.StatusNotFound, "There is no copy to fetch here.")
		s.clock.move(time.Hour / 10)
		p.get(fetch).to("/check?next=" + strings.ReplaceAll(fetch, "/", "%2F"))
		p.use("/check", "next", fetch).to(fetch)
		p.must(s.cfg.Accounts.SetRecord(t.Context(), p.account(), "Patient/other"))
		p.get(fetch).shows(http.StatusForbidden)
	})
}

// What a person says is wrong goes to those who wrote it and to operators, is
// answered, and the entry says so.
func TestThisLooksWrong(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, op, org := hospitalOf(t, d)
		p := s.linked("Gwen", "gwen")
		s.put(`{"resourceType":"Observation","id":"smokes","status":"final","code":{"text":"Smokes"},"subject":{"reference":"Patient/gwen"},"performer":[{"reference":"Organization/` + org + `"}],"valueBoolean":true}`)
		p.get("/record/Observation/smokes").shows(http.StatusOK, "Smokes", "This looks wrong")
		p.send("/record/Observation/smokes/wrong", "words", " ").shows(http.StatusUnprocessableEntity, "Write it in your own words first.")
		p.send("/record/Observation/smokes/wrong", "words", "I have never smoked.").to("/record/corrections")
		at := p.get("/record/corrections").find(`"(/record/corrections/[A-Z0-9]+)"`)
		id := at[strings.LastIndex(at, "/")+1:]
		p.get(at).shows(http.StatusOK, "I have never smoked.", "Sent, not looked at yet", "Take this back")
		for _, role := range []staff.Role{staff.Auditor, staff.Administrator} {
			w := s.worker(op, org, role)
			w.get("/staff/corrections").shows(http.StatusForbidden, "The role in which you work now does not have this page.")
		}
		elsewhere := s.worker(op, op.hospital("RXX"), staff.Clinician)
		elsewhere.get("/staff/corrections").shows(http.StatusOK, "Nobody waits for an answer.")
		elsewhere.get("/staff/corrections/"+id).shows(http.StatusNotFound, "There is no such request here.")
		s.put(`{"resourceType":"Encounter","id":"tie","status":"in-progress","class":{"code":"AMB"},"serviceProvider":{"reference":"Organization/` + org + `"},"period":{"start":"2026-01-01"},"subject":{"reference":"Patient/gwen"}}`)
		w := op // an operator may answer any
		w.workAs(staff.Operator)
		w.get("/staff/corrections/"+id).shows(http.StatusOK, "I have never smoked.", "Smokes", "Yes")
		w.send("/staff/corrections/" + id + "/seen").to("/staff/corrections/" + id)
		p.signIn()
		p.get(at).shows(http.StatusOK, "Somebody is looking at it")
		w.send("/staff/corrections/"+id, "how", "error", "version", "9", "reason", "x").shows(http.StatusUnprocessableEntity, "Somebody changed this entry in the meantime.")
		w.send("/staff/corrections/"+id, "how", "error", "version", "1", "reason", "It was ticked by mistake.").to("/staff/corrections")
		p.get(at).shows(http.StatusOK, "Put right", "It was ticked by mistake.")
		p.get("/record/Observation/smokes").shows(http.StatusOK, "This entry was marked as wrong.")
		p.get("/record/Provenance").shows(http.StatusOK, "Where each entry comes from")
	})
}

// A record is erased after a decision: the person is told why or why not, the
// pages know nothing more, and the certificate can be fetched.
func TestErasureByPages(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		op := s.setUpAgain()
		p := s.linked("Gwen", "gwen")
		other := s.linked("Bob", "bob")
		s.clock.move(time.Hour / 10)
		p.send("/record/erase", "words", "I moved.").to("/check?next=%2Frecord%2Ferase")
		p.use("/check", "next", "/record/erase").to("/record/erase")
		p.send("/record/erase", "words", "").shows(http.StatusUnprocessableEntity, "Write why")
		p.send("/record/erase", "words", "I moved.").to("/record/erase")
		p.get("/record/erase").shows(http.StatusOK, "It waits for an answer.", "I moved.")
		if op == nil {
			return
		}
		op.use("/check", "next", "/operator/erasures").to("/operator/erasures")
		list := op.get("/operator/erasures")
		at := list.find(`"(/operator/erasures/[A-Z0-9]+)"`)
		number := list.find(`/operator/erasures/[A-Z0-9]+">([0-9]+)<`)
		op.get(at).shows(http.StatusOK, "I moved.", "The person asked for this.")
		op.send(at, "ground", "erase uk-gdpr-17-1-b", "confirm", "7").shows(http.StatusUnprocessableEntity, "This is not the number of the record.")
		op.send(at, "ground", "erase nothing", "confirm", number).shows(http.StatusUnprocessableEntity, "Choose a ground in law from the list.")
		op.get(at + "/certificate").shows(http.StatusNotFound)
		op.send(at, "ground", "erase uk-gdpr-17-1-b", "confirm", number).to("/operator/erasures")
		s.works(erasure.Kind)
		page := op.get(at)
		page.shows(http.StatusOK, "The record was erased.", "Fetch the certificate")
		page.hides("gwen", "I moved.")
		c := op.get(at + "/certificate")
		if c.Code != http.StatusOK || !strings.Contains(c.Body.String(), "bevan-erasure-1") || strings.Contains(c.Body.String(), "gwen") {
			t.Errorf("the certificate: %d %s", c.Code, c.Body)
		}
		p.get("/record").shows(http.StatusForbidden)
		other.signIn()
		other.get("/record/all").shows(http.StatusOK, "Results, measurements and answers")
	})
}

// setUpAgain is the operator of a site that is set up, at work in a browser of
// their own.
func (s *site) setUpAgain() *person {
	s.t.Helper()
	first, err := s.cfg.Accounts.FirstOperator(s.t.Context())
	if err != nil || first == "" {
		s.t.Fatal(err)
	}
	p := s.operator
	p.workAs(staff.Operator)
	return p
}
