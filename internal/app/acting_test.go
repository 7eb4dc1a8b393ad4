package app

import (
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// plantSite is where the pages of a plant lie.
var plantSite = virtualwebauthn.RelyingParty{ID: localName, Name: "Bevan", Origin: "http://" + localName}

// actor is a plant with somebody signed in, an app, and records of a child and
// of somebody in danger.
type actor struct {
	*plant
	app              client.Client
	account, session string
}

func newActor(t *testing.T, at place) *actor {
	t.Helper()
	a := &actor{plant: newPlant(t, at, "system/Patient.rs")}
	joinedAt(t, a.h, "ann@example.org", plantSite)
	a.must(a.h.store.Query(t.Context(), "SELECT account, id FROM session", nil, func(r *db.Row) error { a.account, a.session = r.Text(0), r.Text(1); return nil }))
	a.must(a.h.accounts.SetProof(t.Context(), a.account, account.P9))
	_, op, err := a.h.tokens.Issue(t.Context(), identity.Spec{Role: access.RoleOperator, Verbs: access.AllVerbs, Life: time.Hour})
	a.must(err)
	born := time.Now().AddDate(-3, 0, 0).Format(time.DateOnly)
	for path, body := range map[string]string{
		"/Patient/sam": `"birthDate":"` + born + `","name":[{"text":"Sam"}]`, "/Patient/kit": `"birthDate":"1961-02-03"`,
	} {
		id := path[strings.LastIndex(path, "/")+1:]
		if w := a.fhir("PUT", path, op, `{"resourceType":"Patient","id":"`+id+`",`+body+`}`); w.Code != 201 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
		if w := a.fhir("PUT", "/Immunization/"+id+"-jab", op, `{"resourceType":"Immunization","id":"`+id+`-jab","status":"completed","vaccineCode":{"text":"x"},"occurrenceDateTime":"2026","patient":{"reference":"Patient/`+id+`"}}`); w.Code != 201 {
			t.Fatalf("%d %s", w.Code, w.Body)
		}
	}
	a.app, _, err = a.h.apps.Add(t.Context(), client.Spec{Name: "Jab Diary", Profile: client.SMART, Proof: client.BySecret, Redirects: []string{"https://app.example/back"},
		Grants: []string{client.AuthorizationCode}, Scopes: "patient/*.cruds " + client.ActForOthers})
	a.must(err)
	return a
}

func (a *actor) must(err error) {
	a.t.Helper()
	if err != nil {
		a.t.Fatal(err)
	}
}

// token is what the app holds by a permission that was given in a context.
func (a *actor) token(in client.Context) string {
	a.t.Helper()
	g, err := a.h.apps.Allow(a.t.Context(), client.Grant{Client: a.app.ID, Account: a.account, Context: in, Scopes: "patient/*.cruds", Until: time.Now().Add(time.Hour)})
	a.must(err)
	out, err := a.h.apps.Issue(a.t.Context(), client.Issuing{Grant: g.ID, Scopes: "patient/*.cruds", Life: time.Hour})
	a.must(err)
	return out.Token
}

// gets says what the interface answers to the app.
func (a *actor) gets(token, path string, want int) {
	a.t.Helper()
	if w := a.fhir("GET", path, token, ""); w.Code != want {
		a.t.Errorf("%s: %d, want %d: %s", path, w.Code, want, w.Body)
	}
}

// logged counts the looks of the app for a purpose, by a right.
func (a *actor) logged(why access.Purpose, right string) (n int) {
	a.t.Helper()
	a.must(a.h.log.Each(a.t.Context(), audit.Filter{Limit: 1000}, func(e *audit.Entry) error {
		if e.Who.App == a.app.ID && e.Purpose == why && e.Who.Mandate == right && e.Who.Actor == "account:"+a.account && e.Outcome == 200 {
			n++
		}
		return nil
	}))
	return n
}

// A parent's app sees the child's record through the whole server, and from the
// next request on nothing where the right is stopped, on both databases. What
// its token says of a right is not believed: another's is none.
func TestAnAppActsForAChildUntilItsRightEnds(t *testing.T) {
	eachPlace(t, func(t *testing.T, at place) {
		a := newActor(t, at)
		by := mandate.By{Actor: "account:clerk", Reference: "Practitioner/clerk", Organisation: "A81001"}
		d, err := a.h.mandates.GiveAsStaff(t.Context(), by, mandate.Grant{Patient: "sam", Account: a.account, Name: "Ann", Kind: mandate.KindParent, Basis: mandate.Parent,
			May: mandate.Look | mandate.Ask | mandate.Manage, Evidence: []string{"BRTH"}})
		a.must(err)
		in := client.Context{Patient: "sam", Role: access.RoleProxy, Mandate: d.ID, Actor: a.account}
		token := a.token(in)
		a.gets(token, "/Immunization/sam-jab", 200)
		a.gets(token, "/Immunization/kit-jab", 404)
		a.gets(token, "/Patient/kit", 404)
		a.gets(token, "/AuditEvent", 403)
		a.gets(token, "/Consent", 403)
		if n := a.logged(access.Proxy, d.ID); n != 1 {
			t.Errorf("the log has %d looks of the app for the child", n)
		}
		for name, bad := range map[string]client.Context{
			"another's record":        {Patient: "kit", Role: access.RoleProxy, Mandate: d.ID},
			"no such right":           {Patient: "sam", Role: access.RoleProxy, Mandate: "nothing"},
			"no emergency":            {Patient: "sam", Role: access.RoleProxy, Mandate: "emergency:" + d.ID},
			"a right is no emergency": {Patient: "sam", Role: access.RoleProfessional, Organisation: "o", Mandate: d.ID},
		} {
			if w := a.fhir("GET", "/Immunization/sam-jab", a.token(bad), ""); w.Code != 401 {
				t.Errorf("%s: %d %s", name, w.Code, w.Body)
			}
		}
		a.must(a.h.mandates.Suspend(t.Context(), by, d.ID, true, "a worry"))
		stopped, never := a.fhir("GET", "/Immunization/sam-jab", token, ""), a.fhir("GET", "/Immunization/sam-jab", a.token(client.Context{Patient: "sam", Role: access.RoleProxy, Mandate: "nothing"}), "")
		if stopped.Code != 401 || stopped.Code != never.Code || stopped.Header().Get("Www-Authenticate") != never.Header().Get("Www-Authenticate") {
			t.Errorf("a right that was stopped: %d %v, one that never was: %d %v", stopped.Code, stopped.Header(), never.Code, never.Header())
		}
	})
}

// Nothing of an app's permission passes a right on: the app can not write who
// may act, and a second account with the same context has no right (case 75).
func TestAttack75AnAppPassesNoRightOn(t *testing.T) {
	eachPlace(t, func(t *testing.T, at place) {
		a := newActor(t, at)
		by := mandate.By{Actor: "account:clerk", Reference: "Practitioner/clerk", Organisation: "A81001"}
		d, err := a.h.mandates.GiveAsStaff(t.Context(), by, mandate.Grant{Patient: "sam", Account: a.account, Name: "Ann", Kind: mandate.KindParent, Basis: mandate.Parent,
			May: mandate.Look | mandate.Ask | mandate.Manage, Evidence: []string{"BRTH"}})
		a.must(err)
		in := client.Context{Patient: "sam", Role: access.RoleProxy, Mandate: d.ID}
		token := a.token(in)
		for typ, body := range map[string]string{
			"Consent":       `{"resourceType":"Consent","status":"active","scope":{"coding":[{"code":"patient-privacy"}]},"category":[{"text":"x"}],"patient":{"reference":"Patient/sam"},"policyRule":{"text":"x"},"provision":{"type":"permit"}}`,
			"RelatedPerson": `{"resourceType":"RelatedPerson","patient":{"reference":"Patient/sam"}}`,
			"CareTeam":      `{"resourceType":"CareTeam","subject":{"reference":"Patient/sam"}}`,
			"Patient":       `{"resourceType":"Patient","link":[{"other":{"reference":"Patient/kit"},"type":"seealso"}]}`,
		} {
			if w := a.fhir("POST", "/"+typ, token, body); w.Code != 403 {
				t.Errorf("%s: %d %s", typ, w.Code, w.Body)
			}
		}
		if w := a.fhir("POST", "/$import-proxy", token, brought("active")); w.Code != 403 {
			t.Errorf("a right is brought in: %d %s", w.Code, w.Body)
		}
		ann := a.account
		joinedAt(t, a.h, "bob@example.org", plantSite)
		a.must(a.h.store.Query(t.Context(), "SELECT id FROM account WHERE id <> $1", []any{ann}, func(r *db.Row) error { a.account = r.Text(0); return nil }))
		a.must(a.h.accounts.SetProof(t.Context(), a.account, account.P9))
		a.gets(a.token(in), "/Immunization/sam-jab", 401)
	})
}

// A token for an emergency opens the one record for looking, says so in the log,
// and stops with the emergency, its sign-in and its place (case 71).
func TestAttack71AnAppsTokenEndsWithTheEmergency(t *testing.T) {
	eachPlace(t, func(t *testing.T, at place) {
		a := newActor(t, at)
		ctx := t.Context()
		org, err := a.h.staff.AddOrganisation(ctx, "console:test", "RXH", "Hospital", "")
		a.must(err)
		m, err := a.h.staff.AddMember(ctx, staff.Member{Account: a.account, Name: "Dr Ann", Organisation: org.ID, Role: staff.Clinician}, "console:test")
		a.must(err)
		exec := func(sql string, args ...any) {
			t.Helper()
			a.must(a.h.store.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(sql, args...); return err }))
		}
		now := time.Now()
		declare := func(id string, begun, ends time.Time) string {
			exec(`INSERT INTO emergency (id, patient, account, session, passkey, place, organisation, org_name, trust, role, name, sealed, policy, made, begun, ends)
				VALUES ($1, 'kit', $2, $3, $4, $5, $6, 'Hospital', $6, 'clinician', 'Dr Ann', $4, '1', $7, $7, $8)`, id, a.account, a.session, []byte{1}, m.ID, org.ID, begun.Unix(), ends.Unix())
			return a.token(client.Context{Patient: "kit", Role: access.RoleProfessional, Organisation: org.ID, Member: m.ID, Hat: string(staff.Clinician), Session: a.session, Mandate: "emergency:" + id})
		}
		over, token := declare("e0", now.Add(-time.Hour), now.Add(-time.Minute)), declare("e1", now, now.Add(30*time.Minute))
		a.gets(over, "/Immunization/kit-jab", 401)
		a.gets(token, "/Immunization/kit-jab", 200)
		a.gets(token, "/Immunization/sam-jab", 404)
		if w := a.fhir("PUT", "/Immunization/kit-jab", token, `{"resourceType":"Immunization","id":"kit-jab","status":"completed","vaccineCode":{"text":"y"},"occurrenceDateTime":"2026","patient":{"reference":"Patient/kit"}}`); w.Code != 403 {
			t.Errorf("it changes something: %d %s", w.Code, w.Body)
		}
		if n := a.logged(access.Emergency, "emergency:e1"); n != 1 {
			t.Errorf("the log has %d looks in the emergency", n)
		}
		a.gets(a.token(client.Context{Patient: "sam", Role: access.RoleProfessional, Organisation: org.ID, Member: m.ID, Session: a.session, Mandate: "emergency:e1"}), "/Immunization/sam-jab", 401)
		a.gets(a.token(client.Context{Patient: "kit", Role: access.RoleProfessional, Organisation: org.ID, Member: m.ID, Mandate: "emergency:e1"}), "/Immunization/kit-jab", 401)
		exec("UPDATE emergency SET ended = $1 WHERE id = 'e1'", now.Unix())
		a.gets(token, "/Immunization/kit-jab", 401)
		token = declare("e2", now, now.Add(30*time.Minute))
		a.gets(token, "/Immunization/kit-jab", 200)
		exec("DELETE FROM session WHERE id = $1", a.session)
		a.gets(token, "/Immunization/kit-jab", 401)
	})
}
