package portal

import (
	"encoding/base64"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/exchange/takeaway"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/record"
)

// A safeguarding note is on no page of the child's or of a parent's, in no copy of
// theirs, no search and no log, not when the child is grown up, until a
// professional releases it.
func TestAttack73ASafeguardingNoteIsSeenByProfessionalsOnly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, ada, pat, org := nursery(t, d)
		at := boAt + "/child/safeguarding"
		ada.get(at).shows(http.StatusOK, "Only professionals see these notes.", "No note is kept here. That does not mean that nobody is worried.")
		ada.send(at+"/write").shows(http.StatusUnprocessableEntity, "Write the note.")
		typed := []string{"note", "Zanzibar: bruise on the arm, told the lead."}
		ada.send(at+"/write", typed...).shows(http.StatusOK, "Check before you save", "Zanzibar", "Only professionals see these notes.")
		save := append([]string{"key", aKey, "step", "save"}, typed...)
		ada.send(at+"/write", save...).to(at)
		ada.send(at+"/write", save...).to(at)
		a := ada.get(at)
		a.shows(http.StatusOK, "Zanzibar: bruise on the arm", "Dr Ada Obi", "Let the child see it")
		release := a.find(`href="(` + at + `/release/[^"]+)"`)
		id := release[strings.LastIndex(release, "/")+1:]
		all := s.all("DocumentReference", search.Pair{Name: "subject", Value: "Patient/bo"})
		if len(all) != 1 {
			t.Fatalf("%d notes", len(all))
		}
		told := s.all("Provenance", search.Pair{Name: "target", Value: "Patient/bo"})
		if len(told) != 1 {
			t.Fatalf("%d provenances", len(told))
		}
		ada.get(boAt+"/timeline").shows(http.StatusOK, "Safeguarding note (only professionals see it)")
		secret := []string{"Zanzibar", base64.StdEncoding.EncodeToString([]byte("Zanzibar"))[:8], "afeguarding", "only professionals", id, told[0].Root().Get("id").Str()}
		never := func(a answer) {
			t.Helper()
			a.hides(secret...)
			for _, word := range secret {
				if strings.Contains(a.Body.String(), word) {
					t.Errorf("%s holds %q", a.Body, word)
				}
			}
		}
		pages := []string{"", "/summary", "/timeline", "/timeline?words=zanzibar", "/all", "/documents", "/DocumentReference", "/Provenance", "/DocumentReference/" + id, "/DocumentReference/" + id + "/file/0", "/Provenance/" + told[0].Root().Get("id").Str(),
			"/ips", "/results", "/child", "/child/birth", "/child/screening", "/child/reviews", "/child/safeguarding", "/child/safeguarding/write"}
		look := func(p *person, at string) {
			t.Helper()
			for _, page := range pages {
				a := p.get(at + page)
				if strings.Contains(page, id) || strings.Contains(page, "safeguarding") || strings.Contains(page, "Provenance/") { // the address says it
					a.shows(http.StatusNotFound)
					a.hides("Zanzibar", "Dr Ada")
					continue
				}
				never(a)
			}
		}
		look(pat, "/family/record")
		s.put(`{"resourceType":"Patient","id":"bo","gender":"male","name":[{"given":["Bo"],"family":"Reed"}],"birthDate":"2008-01-03","generalPractitioner":[{"reference":"Organization/` + org + `","display":"Valley Hospitals"}]}`)
		bo := s.join("Bo Reed") // eighteen, with an account of their own
		bo.must(s.cfg.Accounts.SetProof(t.Context(), bo.account(), account.P9))
		bo.must(s.cfg.Accounts.SetRecord(t.Context(), bo.account(), "Patient/bo"))
		look(bo, "/record")
		// Nobody but Dr Ada reached the note, and the log does not tell of that.
		never(bo.get("/record/looked?whose=all"))
		never(bo.get("/record/looked?kind=DocumentReference"))
		never(bo.get("/"))
		bo.get("/record/DocumentReference/"+id+"/who").hides("Zanzibar", "Dr Ada")
		s.clock.move(time.Minute)
		bo = bo.elsewhere()
		bo.send("/record/download").to("/record/download")
		s.works(takeaway.Kind)
		for name, file := range bo.fetched(bo.get("/record/download").find(`href="(/record/download/[A-Z0-9]+)"`)) {
			for _, word := range secret {
				if strings.Contains(file, word) {
					t.Errorf("%s of the copy holds %q", name, word)
				}
			}
		}
		// The child's app, and their own searches, find nothing.
		who := access.Who{Actor: "account:" + bo.account(), Kind: access.Person, Role: access.RoleSelf, App: "app", Grant: "g", Patient: "bo", Bound: access.AllTypes(access.AllVerbs)}
		if r, err := s.door.Open(t.Context(), who, record.About{Patient: "bo"}, access.Own); err != nil {
			t.Error(err)
		} else if found, _, err := find(t.Context(), r, "DocumentReference", nil, 10, s.cfg.Now()); err != nil || len(found) != 0 {
			t.Errorf("an app finds %d, %v", len(found), err)
		}
		// Only staff who look after the child release it, with a passkey of late and a reason.
		bo.get(release).hides(secret[:3]...)
		pat.send(release, "why", "I want to see it please").hides("Zanzibar")
		s.clock.move(time.Hour)
		ada = ada.elsewhere()
		ada.workAs("clinician")
		ada.get(release).shows(http.StatusOK, "Let the child see this note")
		ada.send(release, "why", "short").shows(http.StatusUnprocessableEntity, "In 10 to 1,000 letters.")
		ada.send(release, "why", "Agreed with the safeguarding lead.").to(at)
		ada.get(at).shows(http.StatusOK, "The child can see it")
		ada.get(release).shows(http.StatusNotFound)
		bo = bo.elsewhere()
		bo.get("/record/DocumentReference/"+id).shows(http.StatusOK, "Safeguarding note")
		pat.get("/family/record/DocumentReference/"+id).hides("Zanzibar", "afeguarding note")
	})
}
