package portal

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/portal/atoz"
	"github.com/bevanhealth/bevan/internal/portal/browsertest"
	"github.com/chromedp/chromedp/kb"
)

// Anybody finds a page by its name, by another name and with a typing mistake,
// and reads it without saying who they are.
func TestAnybodyReadsTheAToZ(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	p := s.person()
	all := p.get("/health-a-to-z")
	all.shows(http.StatusOK, "Health A to Z", "(Medicine)", "0-9")
	for _, page := range s.library.All() {
		if !strings.Contains(all.Body.String(), `href="`+page.Link().Href()+`"`) {
			t.Errorf("%s is not in the list", page.ID)
		}
	}
	found := p.get("/health-a-to-z?q=hypertention")
	found.shows(http.StatusOK, "Pages that may help")
	if first := found.find(`href="/health-a-to-z/([a-z0-9-]+)"`); first != "high-blood-pressure" {
		t.Errorf("%s is first", first)
	}
	p.get("/health-a-to-z?q=xyzzy").shows(http.StatusOK, "No page was found for this.", "That does not mean that it is not serious.", "999")
	page := p.get("/health-a-to-z/asthma")
	page.shows(http.StatusOK, "Not yet checked by a clinician", "Emergency: Ring 999 if", "For professionals", "NG245", "looked at on 26 November 2026", "To be looked at again by", "26 November 2027", "wheezing")
	if body := page.Body.String(); strings.Contains(body, "out of date") || strings.Contains(body, "Checked by") || len(page.Result().Cookies()) != 0 {
		t.Errorf("the page says that it is old or checked, or sets a cookie: %s", body)
	}
	s.clock.move(2 * 366 * 24 * time.Hour)
	p.get("/health-a-to-z/asthma").shows(http.StatusOK, "parts of it may be out of date")
	p.get("/health-a-to-z/nothing").shows(http.StatusNotFound, "There is no page at this address.")
	p.get("/health-a-to-z/..%2fpages").shows(http.StatusNotFound)
}

// A page of an operator stands in the place of ours and says whose it is.
func TestAnOperatorsPageIsShown(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	l, err := atoz.Read(fstest.MapFS{"asthma.md": {Data: []byte("---\nid: asthma\ntitle: Asthma here\nkind: condition\nwritten: 2026-05-01\nnext: 2027-05-01\nchecked: Dr A. Example, GP\nsource: Us | Asthma | 2026-05-01\n---\nOurs.\n\n# For professionals\nOurs.\n")}})
	if err != nil {
		t.Fatal(err)
	}
	s.library = l
	page := s.person().get("/health-a-to-z/asthma")
	page.shows(http.StatusOK, "Asthma here", "Checked by Dr A. Example, GP", "This page was written by those who run this service.")
	if strings.Contains(page.Body.String(), "Not yet checked") {
		t.Error("a page that was checked says that it was not")
	}
}

// Attack 76: what somebody searches for is shown as text, is bounded, and is
// written into no log.
func TestAttack76WhatIsSearchedForIsTextOnly(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	a := s.person().get("/health-a-to-z?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E")
	a.shows(http.StatusOK)
	if body := a.Body.String(); strings.Contains(body, "<script>alert") || !strings.Contains(body, "&lt;script&gt;alert(1)") {
		t.Errorf("%s", body)
	}
	s.person().get("/health-a-to-z?q=" + strings.Repeat("chlamydia+", 400)).shows(http.StatusOK)
	if log := s.log.String(); strings.Contains(log, "chlamydia") || strings.Contains(log, "script") {
		t.Error("the log says what was searched for")
	}
}

// An entry leads to the page about its code, and about those of its parts.
func TestAnEntryLeadsToItsPage(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	v := &visit{p: s.Portal}
	for body, want := range map[string]string{
		`{"resourceType":"Condition","code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"J45.9"},{"system":"http://snomed.info/sct","code":"195967001"}]}}`:                                    "/health-a-to-z/asthma",
		`{"resourceType":"Immunization","vaccineCode":{"coding":[{"system":"http://hl7.org/fhir/sid/cvx","code":"163"}]}}`:                                                                                      "/health-a-to-z/menb-vaccine",
		`{"resourceType":"MedicationRequest","medicationCodeableConcept":{"coding":[{"system":"http://www.whocc.no/atc","code":"C10AA05"}]}}`:                                                                   "/health-a-to-z/statins",
		`{"resourceType":"Observation","code":{"coding":[{"system":"http://loinc.org","code":"0-0"}]},"component":[{"code":{"coding":[{"system":"http://loinc.org","code":"8480-6"}]}},{"code":{"text":"x"}}]}`: "/health-a-to-z/high-blood-pressure",
		`{"resourceType":"Observation","code":{"text":"asthma"}}`: "",
		`{"resourceType":"Patient","code":7}`:                     "",
	} {
		tree, err := fhir.Parse([]byte(body), fhir.Limits{Bytes: 10_000, Nodes: 1000})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, l := range v.readAbout(tree) {
			got += l.Href
		}
		if got != want {
			t.Errorf("%s leads to %q, want %q", body, got, want)
		}
	}
}

// With no JavaScript and the keyboard alone somebody searches with a mistake,
// reads a page, opens the part for professionals and goes on to another.
func TestJourneyAToZ(t *testing.T) {
	t.Parallel()
	h := live(t)
	h.setUp()
	p := browsertest.Start(t).Open(t, h.url+"/health-a-to-z")
	p.WithoutScripts()
	p.Go(h.url+"/health-a-to-z", "Health A to Z")
	p.Type("What do you want to read about?", "diabetis type 2")
	p.PressTo(kb.Enter, "Pages that may help")
	p.FocusOn("Type 2 diabetes")
	p.PressTo(kb.Enter, "Type 2 diabetes")
	p.Says("Not yet checked by a clinician")
	p.FocusOn("metformin")
	p.PressTo(kb.Enter, "Metformin")
	p.AsksNobodyElse()
}

// What a page of the A to Z weighs, whole and before it is packed; and no page
// leads elsewhere or says that it was checked.
func TestAPageOfTheAToZIsLight(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	p := s.person()
	all := []string{"/health-a-to-z"}
	for _, page := range s.library.All() {
		all = append(all, page.Link().Href())
	}
	for _, at := range all {
		a := p.get(at)
		a.shows(http.StatusOK)
		body := a.Body.String()
		if n := len(body); n > 25_000 {
			t.Errorf("%s has %d bytes", at, n)
		}
		if bad := regexp.MustCompile(`href="https?:`).FindString(body); bad != "" {
			t.Errorf("%s leads elsewhere: %s", at, bad)
		}
		if at != all[0] && !strings.Contains(body, "Not yet checked by a clinician") {
			t.Errorf("%s does not say that nobody checked it", at)
		}
	}
}

// The page of an entry leads to what can be read about it; one without a known
// code leads nowhere.
func TestThePageOfAnEntryLeadsToWhatCanBeRead(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	p := s.linked("Ann", "annreads")
	s.put(`{"resourceType":"Condition","id":"annasthma","subject":{"reference":"Patient/annreads"},"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"J45.9"}],"text":"Asthma"}}`)
	s.put(`{"resourceType":"Condition","id":"annother","subject":{"reference":"Patient/annreads"},"code":{"text":"Asthma"}}`)
	page := p.get("/record/Condition/annasthma")
	page.shows(http.StatusOK, "Read about this: Asthma")
	p.get(page.find(`href="(/health-a-to-z/[a-z-]+)"`)).shows(http.StatusOK, "Not yet checked by a clinician")
	if other := p.get("/record/Condition/annother").Body.String(); strings.Contains(other, "Read about this") {
		t.Error("an entry without a code leads to a page by its words")
	}
}
