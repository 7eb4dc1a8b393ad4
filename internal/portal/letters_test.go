package portal

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// letters writes documents of somebody whose files are Binaries of their own, and
// such that are not theirs.
func (s *site) letters(id string) {
	s.t.Helper()
	file := func(name, about, content string) string {
		return `{"resourceType":"Binary","id":"` + id + name + `","contentType":"text/html","securityContext":{"reference":"` + about + `"},"data":"` + base64.StdEncoding.EncodeToString([]byte(content)) + `"}`
	}
	doc := func(name, url string) string {
		return `{"resourceType":"DocumentReference","id":"` + id + name + `","status":"current","type":{"text":"Letter ` + name + `"},"subject":{"reference":"Patient/` + id + `"},"date":"2026-04-25T09:00:00Z","content":[{"attachment":{"contentType":"application/pdf","title":"The ` + name + `","url":"` + url + `"}}]}`
	}
	s.put(file("ears", "DocumentReference/"+id+"ears", "%PDF-1.4 ears"), file("page", "Patient/"+id, "<script>alert(1)</script>"), file("other", "Patient/somebody-else", "of another"),
		file("none", "Patient/"+id, ""), file("large", "Patient/"+id, strings.Repeat("x", largestFile+3)),
		doc("ears", "Binary/"+id+"ears"), doc("page", origin+"/fhir/Binary/"+id+"page"), doc("other", "Binary/"+id+"other"), doc("none", "Binary/"+id+"none"), doc("large", "Binary/"+id+"large"),
		doc("elsewhere", "https://files.elsewhere.example/Binary/7?token=s3cr3t"),
		`{"resourceType":"DiagnosticReport","id":"`+id+`report","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"53037-8"}],"text":"A gene test"},"issued":"2026-05-01T09:00:00Z","subject":{"reference":"Patient/`+id+`"},"presentedForm":[{"contentType":"application/pdf","title":"Genes","url":"Binary/`+id+`page"}]}`)
}

// A letter whose file is a Binary of its own opens for the person, for who acts for
// them and for staff, as a file and never as a page, in one look.
func TestALetterThatIsABinaryOfItsOwn(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.proven("Ann Hill", "ann2", numberAnn)
		s.child("Sam Hill", "sam2", "2021-05-03", numberSam)
		s.letters("sam2")
		d := ann.parentOf("sam2")
		ann.send("/family/act", "right", d.ID).to("/family/record")
		gwen := s.linked("Gwen", "gwen")
		s.letters("gwen")
		dr := s.join("Noor")
		s.people["gwen"] = "Gwen"
		dr.works("Noor", staff.Clinician)
		for _, who := range []struct {
			p      *person
			at, id string
		}{{gwen, "/record", "gwen"}, {ann, "/family/record", "sam2"}, {dr, "/staff/people/gwen", "gwen"}} {
			at := who.at + "/DocumentReference/" + who.id
			who.p.get(at+"ears").shows(http.StatusOK, "Letter ears", "Files", "The ears")
			s.looks()
			a := who.p.get(at + "ears/file/0")
			if looks := s.looks(); len(looks) != 1 || len(looks[0].Returned) != 2 || looks[0].Returned[1].Type != "Binary" {
				t.Errorf("%s: one file is %+v", who.at, looks)
			}
			if a.Code != http.StatusOK || a.Body.String() != "%PDF-1.4 ears" || a.Header().Get("Content-Type") != "application/pdf" || a.Header().Get("Content-Disposition") != `attachment; filename="The-ears.pdf"` {
				t.Errorf("%s: %d %v", who.at, a.Code, a.Header())
			}
			a = who.p.get(at + "page/file/0")
			if a.Code != http.StatusOK || a.Header().Get("Content-Type") != "text/plain; charset=utf-8" || a.Header().Get("Content-Security-Policy") != "sandbox; default-src 'none'; frame-ancestors 'none'" || a.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("%s: a page is sent as %d %v", who.at, a.Code, a.Header())
			}
			who.p.get(at+"none/file/0").shows(http.StatusNotFound, "There is no such file here.")
			who.p.get(at+"large/file/0").shows(http.StatusUnprocessableEntity, "This file is too large")
		}
	})
}

// The page of an entry leads to no other place, and says where the file is.
func TestAttack76AFileOfAnotherPlaceIsNotFetched(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		s.letters("gwen")
		a := p.get("/record/DocumentReference/gwenelsewhere")
		a.shows(http.StatusOK, "The elsewhere", "This file is kept by somebody else, and we do not have it.", "It is at files.elsewhere.example.")
		if found := a.links(`(?:href|src|action)="([^"]*(?:elsewhere\.example|s3cr3t)[^"]*)"`); len(found) != 0 {
			t.Errorf("the page leads to %v", found)
		}
		p.get("/record/DocumentReference/gwenelsewhere/file/0").shows(http.StatusNotFound, "There is no such file here.")
	})
}

// A file of somebody else, one whose entry is kept from who looks, and one that is
// asked for by its own id look like one that is not there; a result that is to be
// warned of is warned of before its file.
func TestAttack76AFileOpensByItsEntryAlone(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.proven("Ann Hill", "ann2", numberAnn)
		s.child("Sam Hill", "sam2", "2015-05-03", numberSam) // eleven: documents are not their parents' to see
		s.letters("sam2")
		d := ann.parentOf("sam2")
		ann.send("/family/act", "right", d.ID).to("/family/record")
		gwen := s.linked("Gwen", "gwen")
		s.letters("gwen")
		none := gwen.get("/record/DocumentReference/gwen-absent/file/0")
		for who, p := range map[string]*person{"/record": gwen, "/family/record": ann} {
			id := map[string]string{"/record": "gwen", "/family/record": "sam2"}[who]
			p.get(who + "/DocumentReference/" + id + "other/file/0").shows(http.StatusNotFound)
			for _, at := range []string{"/Binary/" + id + "ears", "/Binary/" + id + "ears/file/0", "/DocumentReference/" + map[string]string{"gwen": "sam2", "sam2": "gwen"}[id] + "ears/file/0"} {
				a := p.get(who + at)
				a.shows(http.StatusNotFound)
				a.hides("%PDF", "The ears")
			}
		}
		a := ann.get("/family/record/DocumentReference/sam2ears/file/0")
		if a.Code != none.Code || a.Code != http.StatusNotFound || strings.Contains(a.Body.String(), "%PDF") {
			t.Errorf("a file that is kept from a parent: %d %s", a.Code, a.text())
		}
		a = gwen.get("/record/DiagnosticReport/gwenreport/file/0")
		a.shows(http.StatusOK, "genetic")
		a.hides("alert(1)", "A gene test")
		if got := gwen.get("/record/DiagnosticReport/gwenreport/file/0?look=yes"); got.Code != http.StatusOK || !strings.Contains(got.Body.String(), "alert(1)") || got.Header().Get("Content-Disposition") != `attachment; filename="Genes.txt"` {
			t.Errorf("after the warning: %d %v", got.Code, got.Header())
		}
	})
}
