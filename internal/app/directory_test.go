package app

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// What the record says of organisations and staff follows what is true of
// them: made, changed and ended, each on its own, also when it is written twice.
func TestTheRecordNamesWhoWorksWhere(t *testing.T) {
	eachPlace(t, func(t *testing.T, p place) {
		ctx := t.Context()
		h, err := openHouse(ctx, p, settings{})
		if err != nil {
			t.Fatal(err)
		}
		defer h.close()
		ok := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		s, err := h.session(ctx, access.Operator("console:test"), access.Operations)
		ok(err)
		read := func(typ, id string, has, not []string) {
			t.Helper()
			r, err := s.Read(ctx, record.Key{Type: typ, ID: id}, 0)
			ok(err)
			for _, w := range has {
				if !strings.Contains(string(r.Body), w) {
					t.Errorf("%s lacks %s: %s", r.Key, w, r.Body)
				}
			}
			for _, w := range not {
				if strings.Contains(string(r.Body), w) {
					t.Errorf("%s has %s: %s", r.Key, w, r.Body)
				}
			}
		}
		by := "account:olu"
		trust, err := h.staff.AddOrganisation(ctx, by, "RXH", "Valley Hospitals", "")
		ok(err)
		site, err := h.staff.AddOrganisation(ctx, by, "RXH01", "North Site", trust.ID)
		ok(err)
		m, err := h.staff.AddMember(ctx, staff.Member{Account: "secretaccount", Name: "Dr Ada Obi", Organisation: site.ID, Role: staff.Clinician}, by)
		ok(err)
		ok(h.publishStaff(ctx))
		who, err := h.staff.Person(ctx, "secretaccount")
		ok(err)
		read("Organization", trust.ID, []string{`"value":"RXH"`, odsSystem, `"active":true`, "Valley Hospitals"}, []string{"partOf"})
		read("Organization", site.ID, []string{`"reference":"Organization/` + trust.ID + `"`}, nil)
		read("Practitioner", who.Practitioner, []string{"Dr Ada Obi", `"active":true`}, []string{"secretaccount"})
		read("PractitionerRole", m.ID, []string{`"active":true`, "Practitioner/" + who.Practitioner, "Organization/" + site.ID, "clinician", `"start"`}, []string{"secretaccount", `"end"`})

		second, err := h.staff.AddMember(ctx, staff.Member{Account: "secretaccount", Name: "Dr Ada Obi-Hill", Organisation: trust.ID, Role: staff.Auditor}, by)
		ok(err)
		ok(h.staff.EndMember(ctx, m.ID, time.Time{}, by, "moved"))
		news, err := h.staff.Unpublished(ctx, 100)
		ok(err)
		ok(h.publishStaff(ctx))
		for _, n := range news { // as another node would that was slower
			ok(h.publish(ctx, n))
		}
		read("Practitioner", who.Practitioner, []string{"Dr Ada Obi-Hill", `"active":true`, `"versionId":"2"`}, nil)
		read("PractitionerRole", m.ID, []string{`"active":false`, `"end"`, `"versionId":"2"`}, nil)
		read("PractitionerRole", second.ID, []string{`"active":true`, "auditor"}, nil)

		ok(h.staff.CloseOrganisation(ctx, by, trust.ID, "merged"))
		ok(h.publishStaff(ctx))
		read("Organization", trust.ID, []string{`"active":false`}, nil)
		read("PractitionerRole", second.ID, []string{`"active":false`}, nil)
		read("Practitioner", who.Practitioner, []string{`"active":false`}, nil)
		if left, err := h.staff.Unpublished(ctx, 100); err != nil || len(left) != 0 {
			t.Errorf("%d are left, %v", len(left), err)
		}
	})
}

// The server writes the directory by itself, from the moment when it starts,
// and the first operator is in it.
func TestTheServerKeepsTheDirectory(t *testing.T) {
	dir := t.TempDir()
	if got := bevan(t, "org", "add", "RXH", "Valley Hospitals", "--data", dir); got.code != exitOK {
		t.Fatalf("%+v", got)
	}
	token := bevan(t, "token", "--data", dir).lastLine()
	fhir, _ := serving(t, dir)
	until := func(query string) {
		t.Helper()
		ctx, stop := context.WithTimeout(t.Context(), time.Minute)
		defer stop()
		for {
			status, body := ask(t, "GET", fhir+query, token, "")
			if status == 200 && strings.Contains(body, `"total":1`) {
				return
			}
			if ctx.Err() != nil {
				t.Fatalf("%s gives %d %s", query, status, body)
			}
		}
	}
	until("/Organization?identifier=RXH&_total=accurate")
	if got := bevan(t, "staff", "add", "--name", "Dr Ada Obi", "ada", "RXH", "--role", "clinician", "--data", dir); got.code != exitOK {
		t.Fatalf("%+v", got)
	}
	until("/PractitionerRole?practitioner.name=dr%20ada&active=true&_total=accurate")
}

// An operator of before, who has no place, gets one at the next start, once.
func TestAnOperatorOfBeforeGetsAPlace(t *testing.T) {
	eachPlace(t, func(t *testing.T, p place) {
		ctx := t.Context()
		h, err := openHouse(ctx, p, settings{})
		if err != nil {
			t.Fatal(err)
		}
		defer h.close()
		ok := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		ok(h.firstOperator(ctx))
		if _, err := h.staff.ByODS(ctx, staff.ServiceCode); !problem.Is(err, problem.NotFound) {
			t.Errorf("before set-up: %v", err)
		}
		code, _, err := h.setup.Current()
		ok(err)
		c, err := h.accounts.BeginOperator(ctx, h.setup, account.Source{}, code, "Olu Operator")
		ok(err)
		o, err := virtualwebauthn.ParseAttestationOptions(string(c.Options))
		ok(err)
		key := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
		for len(key.Key.AttestationData()) != 77 { // the tool leaves out zeros that COSE wants
			key = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
		}
		answer := virtualwebauthn.CreateAttestationResponse(virtualwebauthn.RelyingParty{ID: "localhost", Name: "Bevan", Origin: "http://localhost"}, virtualwebauthn.NewAuthenticator(), key, *o)
		s, _, err := h.accounts.FinishOperator(ctx, h.setup, c.ID, []byte(answer), "key", "")
		ok(err)
		for range 2 {
			ok(h.firstOperator(ctx))
			all, err := h.staff.PlacesOf(ctx, s.Account)
			ok(err)
			if len(all) != 1 || all[0].Role != staff.Operator || all[0].Name != "Olu Operator" {
				t.Errorf("the places are %+v", all)
			}
		}
	})
}
