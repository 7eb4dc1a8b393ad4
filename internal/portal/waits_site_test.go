package portal

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// zebra is what a page must not say of a result that waits.
var zebra = []string{"zebra", "stripes", base64.StdEncoding.EncodeToString([]byte("Zebra stripes"))[:16]}

// A result that somebody asked to wait for, or to be warned of, is told by no page of
// their record, whichever way they come, and neither of whom they act for: not its
// name, not what was found, not its file.
func TestAttack76WhatWaitsIsReadOnNoPage(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin) // which page keeps back what does not depend on the store
	s.setUp()
	ann := s.proven("Ann Hill", "ann2", numberAnn)
	s.child("Sam Hill", "sam2", "2021-05-03", numberSam)
	d := ann.parentOf("sam2")
	ann.send("/family/act", "right", d.ID).to("/family/record")
	gwen := s.linked("Gwen", "gwen")
	s.patient("Zed", "zed")
	s.operator.workAs(staff.Operator)
	org, _ := s.mischief(s.operator, "gwen")
	s.hardResult("gwen")
	s.put(`{"resourceType":"DiagnosticReport","id":"gwengenf","status":"final","subject":{"reference":"Patient/gwen"},"category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"GE"}]}],"code":{"text":"Zebra letter"},"issued":"2026-05-02T09:00:00Z","presentedForm":[{"contentType":"text/plain","title":"Zebra file","data":"`+base64.StdEncoding.EncodeToString([]byte("Zebra stripes in full"))+`"}]}`,
		obs("sam2", "sam2gen", loincSystem, "22637-3", "Test of the zebra gene", "2026-05-01T09:00:00Z", `,"issued":"2026-05-02T09:00:00Z","valueString":"Zebra stripes were found"`))
	s.forbids("gwenno", "gwen", org, "DiagnosticReport")
	s.looks()
	for _, how := range []string{"warn", "wait"} {
		gwen.choosesFor("genetic", how).to("/account")
		ann.choosesFor("cancer", how).to("/account")
		pages := gwen.walksFor("/record", "gwen", how) + gwen.walksFor("/sharing", "gwen", how) + ann.walksFor("/family/record", "sam2", how)
		if pages < 100 {
			t.Errorf("only %d pages were walked", pages)
		}
		says := map[string]string{"warn": "A genetic test. This may be hard to read alone.", "wait": "It waits until a clinician has talked with you."}[how]
		for name, a := range map[string]answer{
			"home":               gwen.get("/"),
			"as in an emergency": gwen.get("/sharing/as?who=emergency"),
			"a choice":           gwen.send("/sharing/new", "say", "no", "whom", "everybody", "about", "everything"),
		} {
			a.shows(http.StatusOK, says)
			a.keepsZebra(how + ", " + name)
		}
		gwen.send("/record/card", "allergies", "on", "problems", "on", "medicines", "on", "blood", "on", "do", "show").keepsZebra(how + ", a card")
		gwen.send("/record/corrections", "words", "x").keepsZebra(how + ", corrections")
	}
	gwen.choosesFor("genetic", "now").to("/account") // the test would find it where it stands
	ann.choosesFor("cancer", "now").to("/account")
	gwen.get("/sharing/as?who=emergency").shows(http.StatusOK, "Test of the zebra gene")
	gwen.send("/sharing/new", "say", "no", "whom", "everybody", "about", "everything").shows(http.StatusOK, "Test of the zebra gene")
	ann.get("/family/record/results").shows(http.StatusOK, "Test of the zebra gene")
}

// keepsZebra checks that a page says nothing of what waits.
func (a answer) keepsZebra(where string) {
	a.p.t.Helper()
	body := strings.ToLower(a.Body.String())
	for _, no := range zebra {
		if strings.Contains(body, strings.ToLower(no)) {
			a.p.t.Errorf("%s: the page says %q: %s", where, no, a.text())
		}
	}
}

// walksFor asks for every page below an address in the ways in which it can be asked
// for, and says how many those were. Whoever chose to be warned is shown what they
// asked for once they went on, so the way past the warning is walked by whoever waits.
func (p *person) walksFor(at, patient, how string) (pages int) {
	p.t.Helper()
	queries := []string{"", "?words=found&who=emergency&test=loinc%7C69548-6&test=loinc%7C718-7&entry=Observation/" + patient + "gen&of=laboratory"}
	if how == "wait" {
		queries = append(queries, "?look=yes&who=stranger&words=found&test=loinc%7C69548-6")
	}
	for _, r := range routes {
		path, get := strings.CutPrefix(r.pattern, "GET ")
		if !get || path != at && !strings.HasPrefix(path, at+"/") {
			continue
		}
		for _, entry := range []string{"Observation/" + patient + "gen", "DiagnosticReport/" + patient + "genr", "DiagnosticReport/" + patient + "genf"} {
			typ, id, _ := strings.Cut(entry, "/")
			one := strings.NewReplacer("{type}", typ, "{id}", id, "{test}", "loinc%7C69548-6", "{n}", "0").Replace(path)
			if strings.Contains(path, "/sharing/{id}") {
				one = strings.Replace(path, "{id}", patient+"no", 1)
			}
			for _, q := range queries {
				p.get(one + q).keepsZebra(how + ", " + one + q)
				pages++
			}
			if one == path {
				break
			}
		}
	}
	return pages
}
