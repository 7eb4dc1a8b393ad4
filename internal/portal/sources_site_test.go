package portal

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/exchange/sources"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// from is an entry of somebody that a place sent.
func from(patient, id, uri, more string) string {
	return `{"resourceType":"Observation","id":"` + id + `","meta":{"source":"` + uri + `"` + more + `},"status":"final","code":{"text":"Pulse"},"effectiveDateTime":"2026-02-01","subject":{"reference":"Patient/` + patient + `"}}`
}

// lab names a place that is heard of now, and again after every so many hours.
func (s *site) lab(id, name, uri string, hours int) {
	s.t.Helper()
	ctx := s.t.Context()
	for _, err := range []error{s.cfg.Sources.Add(ctx, "account:olu", sources.Source{ID: id, Name: name, URI: uri, Every: time.Duration(hours) * time.Hour}), s.cfg.Sources.Heard(ctx, id)} {
		if err != nil {
			s.t.Fatal(err)
		}
	}
}

// A place that has fallen silent is named with the day on which it was last heard of,
// on every list of a record, to those who see an entry from there, and to nobody else.
func TestAPlaceThatFellSilentIsNamed(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ctx := t.Context()
		gwen, bob := s.linked("Gwen", "gwen"), s.linked("Bob", "bob")
		s.patient("Zed", "zed")
		ann := s.proven("Ann Hill", "ann2", numberAnn)
		s.child("Sam Hill", "sam2", "2015-05-03", numberSam) // eleven: results are not their parents' to see
		d := ann.parentOf("sam2")
		ann.send("/family/act", "right", d.ID).to("/family/record")
		dr := s.join("Noor")
		s.people["gwen"] = "Gwen"
		dr.works("Noor", staff.Clinician)
		s.lab("valley", "Valley Laboratory", "https://lab.example", 48)
		s.lab("hill", "Hill Clinic", "urn:oid:1.2.3", 0)
		s.put(from("gwen", "gwens", "https://lab.example", ""), from("sam2", "sams", "https://lab.example", ""), from("gwen", "gwenh", "urn:oid:1.2.3", ""), from("bob", "bobs", "https://other.example", ""))
		pages := map[string]*person{"/": gwen, "/record": gwen, "/record/summary": gwen, "/record/timeline": gwen, "/record/results": gwen, "/record/documents": gwen, "/record/Observation": gwen,
			"/staff/people/gwen/summary": dr, "/staff/people/gwen/timeline": dr, "/staff/people/gwen/results": dr}
		const missing = "Newer things from there may be missing."
		s.looks()
		for at, p := range pages {
			p.get(at).hides("What may be missing", missing, "Valley Laboratory")
		}
		gwen.get("/record/timeline")
		before := len(s.looks())
		s.clock.move(49 * time.Hour)
		gwen.signIn()
		dr.signIn()
		ann.signIn()
		bob.signIn()
		dr.workAs(staff.Clinician)
		s.looks()
		gwen.get("/record/timeline").shows(http.StatusOK, "We last heard from Valley Laboratory on 3 May 2026. "+missing)
		if n := len(s.looks()); before == 0 || n != 2 {
			t.Errorf("the page is %d entries of the log", n)
		}
		for at, p := range pages {
			a := p.get(at)
			a.shows(http.StatusOK, "We last heard from Valley Laboratory on 3 May 2026. "+missing)
			a.hides("Hill Clinic", "https://lab.example", "Other places may be late too.")
		}
		gwen.get("/record/timeline?after=x").hides(missing)
		for _, w := range s.tongues { // in each language that the page is read in
			if w.Sources.Last == "" || w.Sources.Missing == "" || w.Sources.NeverKnown == "" || w.Sources.Others == "" || w.Sources.NotKnown == "" || w.Sources.Down == "" || w.Sources.Label == "" {
				t.Errorf("%s has no words for a place that fell silent", w.Lang)
			}
		}
		gwen.get("/record/Observation/gwens").hides(missing)
		for _, at := range []string{"/", "/record/timeline", "/record/results"} {
			bob.get(at).hides(missing, "Valley Laboratory")
		}
		ann.send("/family/act", "right", d.ID).to("/family/record")
		ann.get("/family/record/timeline").hides(missing, "Valley Laboratory")

		// A choice, or a label, that hides the entry hides where it came from.
		s.put(from("gwen", "gwens", "https://lab.example", `,"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"PSY"}]`))
		s.put(`{"resourceType":"Consent","id":"no","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/gwen"},"dateTime":"2026-01-01","policy":[{"uri":"https://bevan.example/policy"}],"provision":{"type":"deny","data":[{"meaning":"instance","reference":{"reference":"Observation/gwens"}}]}}`)
		dr.get("/staff/people/gwen/timeline").hides(missing, "Valley Laboratory")
		gwen.get("/record/timeline").shows(http.StatusOK, "Valley Laboratory")

		if err := s.cfg.Sources.SetDown(ctx, "account:olu", "hill", true); err != nil {
			t.Fatal(err)
		}
		gwen.get("/record/results").shows(http.StatusOK, "We last heard from Hill Clinic on 3 May 2026. They can not send to us now. "+missing, "Valley Laboratory")
		if err := s.cfg.Sources.Heard(ctx, "valley"); err != nil {
			t.Fatal(err)
		}
		gwen.get("/record/results").hides("Valley Laboratory")
	})
}

// Where one place sent so much that it is not known who else did, or the list can not
// be read, that is said.
func TestWhatIsNotKnownOfPlacesIsSaid(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	p := s.linked("Gwen", "gwen")
	var all []string
	for i := range mostFromLate + 1 {
		all = append(all, from("gwen", "g"+strings.Repeat("x", i), "https://lab.example", ""))
	}
	s.put(all...)
	if err := s.cfg.Sources.Add(t.Context(), "x", sources.Source{ID: "lab", Name: "Valley Laboratory", URI: "https://lab.example", Every: time.Hour}); err != nil {
		t.Fatal(err)
	}
	p.get("/record/timeline").shows(http.StatusOK, "We do not know when we last heard from Valley Laboratory. Newer things from there may be missing.")
	p.get("/record/timeline").hides("Other places may be late too.")
	if err := s.cfg.Sources.Add(t.Context(), "x", sources.Source{ID: "b", Name: "Another", URI: "https://another.example", Every: time.Hour}); err != nil {
		t.Fatal(err)
	}
	p.get("/record/timeline").shows(http.StatusOK, "Valley Laboratory", "Other places may be late too.")
	p.get("/record/timeline").hides("Another")
	if err := s.db.Write(t.Context(), func(tx *db.Tx) error { _, err := tx.Exec("DROP TABLE data_source"); return err }); err != nil {
		t.Fatal(err)
	}
	p.get("/record/timeline").shows(http.StatusOK, "We can not tell now if something is missing.", "Pulse")
}

// Operators name the places, see how each stands, and say that one does not work.
func TestOperatorsSeeWhereDataComesFrom(t *testing.T) {
	eachOperated(t, func(t *testing.T, s *site, op *person) {
		op.workAs(staff.Operator)
		op.get("/operator").shows(http.StatusOK, "Where data comes from")
		op.get("/operator/sources").shows(http.StatusOK, "No place is named yet. Nobody is told when one falls silent.")
		op.get("/operator/sources/add").shows(http.StatusOK, "Hours until it is late")
		said := []string{"name", "Valley Laboratory", "id", "valley", "uri", "https://lab.example", "every", "48", "client", ""}
		for _, bad := range [][]string{{"every", "soon", "Write after how many hours"}, {"every", "9000", "Write after how many hours"}, {"id", "Va lley", "A short name has up to"}, {"uri", "lab", "Write the address"},
			{"name", "", "A name is one line"}, {"client", "nobody", "There is no such program."}} {
			a := op.send("/operator/sources/add", append(append([]string{}, said...), bad[0], bad[1])...)
			a.shows(http.StatusUnprocessableEntity, "There is a problem", bad[2])
		}
		op.send("/operator/sources/add", said...).to("/operator/sources/valley")
		op.get("/operator/sources/valley").shows(http.StatusOK, "The place is named.", "Not heard from yet", "48 hours", "https://lab.example", staff.Actor(op.account()))
		op.send("/operator/sources/add", said...).shows(http.StatusUnprocessableEntity, "There is a place with this short name or address.")
		if err := s.cfg.Sources.Heard(t.Context(), "valley"); err != nil {
			t.Fatal(err)
		}
		op.get("/operator/sources").shows(http.StatusOK, "Valley Laboratory Heard from in time 3 May 2026")
		op.get("/operator/sources/valley/down").shows(http.StatusOK, "It does not work", "are told at once")
		op.send("/operator/sources/valley/down", "down", "yes").to("/operator/sources/valley")
		op.send("/operator/sources/valley/down", "down", "yes").to("/operator/sources/valley")
		op.get("/operator/sources/valley").shows(http.StatusOK, "It is saved.", "Does not work", "It works again")
		op.send("/operator/sources/valley/down", "down", "no").to("/operator/sources/valley")
		op.get("/operator/sources/valley").shows(http.StatusOK, "Heard from in time")
		op.get("/operator/sources/valley/remove").shows(http.StatusOK, "What it sent stays.")
		op.send("/operator/sources/valley/remove").to("/operator/sources")
		op.send("/operator/sources/valley/remove").to("/operator/sources")
		op.get("/operator/sources/valley").shows(http.StatusNotFound, "There is no such place here.")
		for _, at := range []string{"/operator/sources", "/operator/sources/add", "/operator/sources/valley"} {
			s.join("Ann").get(at).hides("Where data comes from", "Hours until")
		}
	})
}

// aboutSources is the pages about places that send data.
func (a *album) aboutSources(s *site, op *person) {
	op.workAs(staff.Operator)
	const at = "/operator/sources"
	a.add("GET "+at, "none", op.get(at))
	a.add("GET "+at+"/add", "asks", op.get(at+"/add"))
	a.add("POST "+at+"/add", "nothing typed", op.send(at+"/add"))
	a.add("POST "+at+"/add", "a wrong address", op.send(at+"/add", "name", "X", "id", "x", "every", "2", "uri", "x"))
	s.lab("album", "Valley Laboratory", "https://lab.example", 1)
	s.lab("gone", "Hill Clinic", "urn:oid:1.2.3", 1)
	a.add("GET "+at, "some", op.get(at))
	a.add("GET "+at+"/{id}", "heard from", op.get(at+"/album"))
	a.add("GET "+at+"/{id}", "not there", op.get(at+"/nothing"))
	a.add("GET "+at+"/{id}/down", "asks", op.get(at+"/album/down"))
	op.send(at+"/album/down", "down", "yes")
	a.add("GET "+at+"/{id}", "does not work", op.get(at+"/album"))
	a.add("GET "+at+"/{id}/down", "works again", op.get(at+"/album/down"))
	a.add("POST "+at+"/{id}/down", "not there", op.send(at+"/nothing/down"))
	a.add("GET "+at+"/{id}/remove", "asks", op.get(at+"/album/remove"))
	p := s.linked("Gwen", "sourced")
	s.put(from("sourced", "sourceds", "https://lab.example", ""))
	a.add("GET /record/timeline", "a place fell silent", p.get("/record/timeline"))
	a.add("GET /{$}", "a place fell silent", p.get("/"))
}
