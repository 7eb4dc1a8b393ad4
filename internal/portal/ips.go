package portal

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/exchange/ips"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/portal/words"
	"github.com/bevanhealth/bevan/internal/problem"
)

// ipsRoutes are the pages of a patient summary.
var ipsRoutes = recordPages(recordPage{"/ips", ipsPage}, recordPage{"/ips/file", ipsFile})

// SummaryWords are the words of a patient summary, for doors that make one and
// have no words of their own.
func SummaryWords(zone *time.Location) ips.Words { return summaryWords(words.English(), zone) }

func summaryWords(w *words.Words, zone *time.Location) ips.Words {
	s := w.IPS
	return ips.Words{Plain: plainWords(w, zone), Title: s.DocTitle, Titles: s.Titles, Nones: s.Nones, Codes: s.Codes, Cut: s.Cut, Held: s.Held,
		NotDated: w.Folder.NotDated, NotKnown: w.Folder.NotKnown, By: s.By, Risk: s.Risk, Usual: s.Usual, NoValue: s.NoValue, Service: w.Service}
}

func (p *Portal) summaryWords() ips.Words { return summaryWords(p.words, p.cfg.Zone) }

// ips reads the summary of the record, as this viewer sees it.
func (f *folder) ips() (*ips.Summary, error) {
	return ips.Read(f.r.Context(), f.Records, f.ipsOptions())
}

func (f *folder) ipsOptions() ips.Options {
	return ips.Options{Patient: f.patient, Now: f.p.cfg.Now(), Words: f.p.summaryWords(), Name: f.calledBy,
		Hold: func(t *fhir.Tree) bool { _, hidden := f.waits(t); return hidden }}
}

// ipsPart is a section as the page shows it.
type ipsPart struct {
	Title string
	Lines []string
	None  bool // it says only that nothing is known
}

// toTake is what somebody needs to take a file about the person out of here.
func (f *folder) toTake() account.Action {
	switch f.why {
	case access.Own:
		return account.Export
	case access.Proxy:
		return account.CopyForOthers
	}
	return account.TakeAtWork
}

// ipsPage shows a summary that can be printed.
func ipsPage(f *folder) error {
	w := f.p.words.IPS
	sum, err := f.ips()
	if problem.Is(err, problem.Forbidden) {
		return problem.Wrap(problem.NotFound, f.p.words.Problem.NotHere, err)
	}
	if err != nil {
		return f.notThere(err)
	}
	body := struct {
		What  string
		Facts []fact
		Parts []ipsPart
		Fetch string
	}{What: f.mine(w.What, w.WhatOther), Facts: f.ipsFacts(sum)}
	for _, sec := range sum.Sections {
		body.Parts = append(body.Parts, ipsPart{Title: sec.Title, Lines: sec.Lines(f.p.summaryWords()), None: len(sec.Entries) == 0})
	}
	if f.mayTake() {
		body.Fetch = f.at + "/ips/file"
	}
	return f.showFolder(http.StatusOK, "ips", f.mine(w.Own, w.Other), body)
}

// ipsFacts say whose summary it is, and of which day.
func (f *folder) ipsFacts(sum *ips.Summary) []fact {
	w, n := f.p.words.IPS, sum.Patient.Tree.Root()
	number := strings.TrimPrefix(f.numberOf(n), f.p.words.Clinic.Person.Number+" ")
	return []fact{{w.Who, sum.Patient.Title}, {w.Born, f.orNotKnown(f.dayOf(n.Get("birthDate")))}, {w.Number, number}, {w.Made, f.when(sum.Made)}}
}

// mayTake says whether the viewer may take along what they see, as a file.
func (f *folder) mayTake() bool {
	return f.right.Mandate == "" || f.right.May&mandate.Copy != 0
}

// ipsFile hands the document out, to somebody who used their passkey of late: it
// is a file that leaves this place.
func ipsFile(f *folder) error {
	if !f.mayTake() {
		return f.goOn(f.at + "/ips")
	}
	if ok, err := f.need(f.toTake(), f.at+"/ips"); err != nil || !ok {
		return err
	}
	sum, err := f.ips()
	if err != nil {
		return f.notThere(err)
	}
	b, err := sum.Document(f.p.cfg.Base, ips.NewNames())
	if err != nil {
		return err
	}
	return f.sendTaken("application/fhir+json", "patient-summary", ".json", b)
}

// sendTaken sends what is taken along as a file, which no browser opens as a page
// of ours. Its name tells the day and not whose it is: names of files are seen by
// others.
func (f *folder) sendTaken(kind, name, end string, b []byte) error {
	h := f.Header()
	f.p.guard(h)
	h.Set("Content-Security-Policy", "sandbox; default-src 'none'; frame-ancestors 'none'")
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", `attachment; filename="`+name+"-"+f.p.cfg.Now().In(f.p.cfg.Zone).Format(time.DateOnly)+end+`"`)
	h.Set("Content-Length", strconv.Itoa(len(b)))
	f.WriteHeader(http.StatusOK)
	_, _ = f.Write(b) // a reader that went away can not be told
	return nil
}
