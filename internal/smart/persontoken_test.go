package smart

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
)

const reading = access.Read | access.History | access.Search | access.TypeHistory

// A code that was asked for with a key is redeemed with that key, and so is a
// refresh token of a public client that has one.
func TestAttack12AKeyAtTheCode(t *testing.T) {
	k := testKeys()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		named := thumbOf(k.p256)
		for _, a := range []*app{w.app(client.NoProof, nil), w.app(client.BySecret, nil), w.app(client.ByKey, strict)} {
			a.jkt = nil
			try := func(header ...string) answer {
				form := url.Values{"grant_type": {"authorization_code"}, "code": {a.code(nil, "dpop_jkt", named)}, "redirect_uri": {appBack}, "code_verifier": {a.verifier}}
				return w.post(pathToken, a.proven(form), header...)
			}
			want := "invalid_grant"
			if a.Profile == client.FAPI2 {
				want = "invalid_dpop_proof"
			}
			try().refused("no proof", want)
			try("DPoP", w.proves(otherP256(), "ES256", pathToken, nil)).refused("another key", "invalid_grant")
			try("DPoP", w.proves(k.p256, "ES256", pathPush, nil)).refused("a proof for another address", "invalid_dpop_proof")
			try("DPoP", w.proves(k.p256, "ES256", pathToken, nil), "DPoP", w.proves(k.p256, "ES256", pathToken, nil)).refused("two proofs", "invalid_dpop_proof")
			try("DPoP", w.proves(k.p256, "ES256", pathToken, func(_, c object) { c["htm"] = "GET" })).refused("another method", "invalid_dpop_proof")
			try("DPoP", w.proves(k.p256, "ES256", pathToken, func(_, c object) { c["iat"] = w.now().Unix() - 120 })).refused("an old proof", "invalid_dpop_proof")
			one := w.proves(k.p256, "ES256", pathToken, nil)
			got := try("DPoP", one)
			if got.status != 200 || got.text("token_type") != "DPoP" {
				t.Fatalf("%s: %d %s", a.Proof, got.status, got.body)
			}
			try("DPoP", one).refused("a proof again", "invalid_client")
			token := got.text("access_token")
			if _, err := w.asks(token); !problem.Is(err, problem.Unauthorized) {
				t.Errorf("without its key: %v", err)
			}
			if who, err := w.s.Verify(t.Context(), w.reads(k.p256, token, nil)); err != nil || who.Patient != "p1" {
				t.Errorf("with its key: %+v, %v", who, err)
			}
			if _, err := w.s.Verify(t.Context(), w.reads(otherP256(), token, nil)); !problem.Is(err, problem.Unauthorized) {
				t.Errorf("with another key: %v", err)
			}
			if a.Proof != client.NoProof {
				continue
			}
			refresh := got.text("refresh_token")
			a.renews(refresh).refused("a refresh without the key", "invalid_grant")
			a.jkt = otherP256()
			a.renews(refresh).refused("a refresh with another key", "invalid_grant")
			a.jkt = k.p256
			next := a.renews(refresh)
			if next.status != 200 || next.text("token_type") != "DPoP" {
				t.Errorf("a refresh with its key: %d %s", next.status, next.body)
			}
			a.jkt = nil
			a.renews(next.text("refresh_token")).refused("the next one without the key", "invalid_grant")
		}
		// The key of a request that was pushed with a proof is the code's.
		f := w.app(client.ByKey, strict)
		code := f.code(nil)
		f.jkt = otherP256()
		f.redeems(code).refused("another key than the request was pushed with", "invalid_grant")
	})
}

// What an app may do is never more than what whoever let it in may do: its
// scopes bind, and the rules for their role decide.
func TestAttack14UserScopesOfAPatient(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a := w.app(client.BySecret, func(s *client.Spec) { s.Scopes = "openid user/*.cruds patient/*.rs" })
		token := a.let(nil, "scope", "user/*.cruds").text("access_token")
		who, err := w.asks(token)
		// The rules for people with their own record decide, and the record
		// that the credential is about is theirs alone.
		if err != nil || who.Role != access.RoleSelf || who.Kind != access.Person || who.Patient != "p1" || who.Organisation != "" || who.App != a.ID {
			t.Errorf("%+v, %v", who, err)
		}
		token = a.let(func(y *client.Approval) { y.Context = client.Context{} }, "scope", "user/*.cruds").text("access_token")
		if who, err := w.asks(token); err != nil || who.Role != access.NoRole || who.Patient != "" {
			t.Errorf("somebody with no role: %+v, %v", who, err)
		}
		for _, scope := range []string{"system/*.cruds", "system/*.rs introspect"} {
			w.get(pathAuthorize, with(a.asks(), "scope", scope)).wrong(scope, "invalid_scope")
		}
	})
}

// Scopes about a patient are about nobody where none was chosen, and nothing
// that an app sends chooses one.
func TestAttack15NoPatientChosen(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a := w.app(client.BySecret, nil)
		nobody := func(y *client.Approval) { y.Patient = "" }
		got := a.let(nobody, "scope", "patient/*.rs offline_access user/*.rs", "patient", "p2")
		if o := got.json(); o["patient"] != nil || o["need_patient_banner"] != nil {
			t.Errorf("%s", got.body)
		}
		who, err := w.asks(got.text("access_token"))
		if err != nil || who.Patient != "" || who.Bound != access.AllTypes(reading) {
			t.Errorf("user/ alone is left: %+v, %v", who, err)
		}
		a.redeems(a.code(nobody, "scope", "patient/*.rs")).refused("a token about nobody", "invalid_scope")
		tampered := a.redeems(a.code(nil), "patient", "p2", "user", "Patient/p2", "fhirUser", "Patient/p2", "encounter", "e2")
		if o := tampered.json(); o["patient"] != "p1" || o["encounter"] != nil || o["fhirUser"] != issuer+"/fhir/Patient/p1" {
			t.Errorf("the app chose: %s", tampered.body)
		}
		if o := a.renews(tampered.text("refresh_token"), "patient", "p2").json(); o["patient"] != "p1" {
			t.Errorf("the app chose: %v", o)
		}
		if who, err := w.asks(tampered.text("access_token")); err != nil || who.Patient != "p1" {
			t.Errorf("%+v, %v", who, err)
		}
	})
}

// The word that an app was opened with is good once, for the account that
// opened the app, and for that app.
func TestAttack16LaunchWords(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a, b := w.app(client.BySecret, nil), w.app(client.BySecret, nil)
		opens := func(account string) string {
			to, err := w.clients.Launch(t.Context(), issuer+"/fhir", client.Launch{Client: a.ID, Account: account, Context: client.Context{Patient: "p7", Encounter: "e7", Intent: "order-review"}})
			u, perr := url.Parse(to)
			if err != nil || perr != nil || u.Query().Get("iss") != issuer+"/fhir" || !strings.HasPrefix(to, a.LaunchURL+"?") {
				t.Fatalf("%s, %v", to, err)
			}
			return u.Query().Get("launch")
		}
		// decides is what the page does: it asks what the app was opened with,
		// and allows it in that.
		decides := func(a *app, account, word string) (url.Values, error) {
			id := a.begins("launch", word, "scope", "launch patient/*.rs")
			ask, _, err := w.clients.Opened(t.Context(), id, browser)
			if err != nil {
				return nil, err
			}
			l, err := w.clients.Launched(t.Context(), ask, account)
			if err != nil {
				return nil, err
			}
			return w.approves(id, func(y *client.Approval) { y.Account, y.Context = account, l.Context })
		}
		word := opens("ann")
		if q, err := decides(a, "bob", word); !problem.Is(err, problem.NotFound) {
			t.Errorf("another's session: %v, %v", q, err)
		}
		if q, err := decides(b, "ann", word); !problem.Is(err, problem.NotFound) {
			t.Errorf("another app: %v, %v", q, err)
		}
		if q, err := w.approves(b.begins("launch", word), func(y *client.Approval) { y.Patient = "p7" }); err == nil {
			t.Errorf("another app, by a page that does not look: %v", q)
		}
		q, err := decides(a, "ann", word)
		if err != nil {
			t.Fatal(err)
		}
		got := a.redeems(q.Get("code"))
		if o := got.json(); o["patient"] != "p7" || o["encounter"] != "e7" || o["intent"] != "order-review" {
			t.Errorf("%s", got.body)
		}
		if o := w.post(pathIntrospect, a.proven(url.Values{"token": {got.text("access_token")}})).json(); o["patient"] != "p7" || o["encounter"] != "e7" || o["intent"] != "order-review" {
			t.Errorf("introspection says %v", o)
		}
		if q, err := decides(a, "ann", word); !problem.Is(err, problem.NotFound) {
			t.Errorf("the word again: %v, %v", q, err)
		}
		for _, bad := range []string{"x", word + "0", strings.ToUpper(word), word[1:]} {
			if q, err := decides(a, "ann", bad); !problem.Is(err, problem.NotFound) {
				t.Errorf("%q: %v, %v", bad, q, err)
			}
		}
		late := opens("ann")
		w.move(5 * time.Minute)
		if q, err := decides(a, "ann", late); !problem.Is(err, problem.NotFound) {
			t.Errorf("five minutes later: %v, %v", q, err)
		}
	})
}

// What somebody takes back is refused at once, and what ends with a session or
// a place ends when it does.
func TestAttack17TokensInSomebodysName(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a := w.app(client.BySecret, nil)
		in := func(change func(*client.Approval)) (answer, func() error) {
			got := a.let(change)
			return got, func() error { _, err := w.asks(got.text("access_token")); return err }
		}
		for name, end := range map[string]func() error{
			"the app, by the person": func() error { _, err := w.clients.EndFor(t.Context(), "ann", a.ID); return err },
			"all apps":               func() error { _, err := w.clients.EndFor(t.Context(), "ann", ""); return err },
			"all about a patient":    func() error { _, err := w.clients.EndAbout(t.Context(), "ann", "p1"); return err },
			"one permission": func() error {
				all, err := w.clients.Given(t.Context(), "ann")
				if err != nil || len(all) != 1 {
					t.Fatalf("%+v, %v", all, err)
				}
				return w.clients.RevokeGrant(t.Context(), all[0].ID)
			},
		} {
			got, good := in(nil)
			if err := good(); err != nil {
				t.Fatal(err)
			}
			if err := end(); err != nil {
				t.Fatal(err)
			}
			if err := good(); !problem.Is(err, problem.Revoked) {
				t.Errorf("%s: %v", name, err)
			}
			a.renews(got.text("refresh_token")).refused(name, "invalid_grant")
		}
		for _, id := range []string{"session-1", "place-1"} {
			got, good := in(func(y *client.Approval) {
				y.Account = "bob"
				if id == "session-1" {
					y.Session = id
				} else {
					y.Member = id
				}
			})
			code := a.code(func(y *client.Approval) { y.Account, y.Session, y.Member = "bob", "session-1", "place-1" })
			if err := good(); err != nil {
				t.Fatal(err)
			}
			w.people.end(id)
			if err := good(); !problem.Is(err, problem.Unauthorized) {
				t.Errorf("the end of %s: %v", id, err)
			}
			if u := w.send("GET", pathUserinfo, "", "Authorization", "Bearer "+got.text("access_token")); u.status != 401 {
				t.Errorf("userinfo after the end of %s: %d %s", id, u.status, u.body)
			}
			if i := w.post(pathIntrospect, a.proven(url.Values{"token": {got.text("access_token")}})); i.body != inactive {
				t.Errorf("introspection after the end of %s: %s", id, i.body)
			}
			a.renews(got.text("refresh_token")).refused("a refresh after the end of "+id, "invalid_grant")
			a.redeems(code).refused("a code after the end of "+id, "invalid_grant")
		}
		code := a.code(func(y *client.Approval) { y.Account = "cat" })
		w.people.end("cat")
		a.redeems(code).refused("a code of an account that is closed", "invalid_grant")
	})
}

// Introspection says of a token in somebody's name what the app was told.
func TestIntrospectionOfTokensInSomebodysName(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a := w.app(client.BySecret, nil)
		token := a.let(func(y *client.Approval) { y.Encounter = "e1" }).text("access_token")
		about := func(token string) object {
			return w.post(pathIntrospect, url.Values{"token": {token}}, "Authorization", "Bearer operator").json()
		}
		now := float64(w.now().Unix())
		want := object{"active": true, "scope": a.asks().Get("scope"), "client_id": a.ID, "token_type": "Bearer", "exp": now + 3600, "iat": now,
			"iss": issuer, "sub": "ann", "fhirUser": issuer + "/fhir/Patient/p1", "patient": "p1", "encounter": "e1",
			"need_patient_banner": false, "smart_style_url": w.s.styleURL()}
		got := about(token)
		for name, v := range want {
			if got[name] != v {
				t.Errorf("%s is %v, want %v", name, got[name], v)
			}
		}
		if len(got) != len(want) {
			t.Errorf("%v", got)
		}
		bare := about(a.let(nil, "scope", "patient/*.rs").text("access_token"))
		if bare["sub"] != nil || bare["iss"] != nil || bare["fhirUser"] != nil || bare["patient"] != "p1" {
			t.Errorf("nobody was told who signed in, and it says %v", bare)
		}
		acting := about(a.let(func(y *client.Approval) { y.Actor = "eve" }).text("access_token"))
		if act, _ := acting["act"].(object); act["sub"] != "eve" {
			t.Errorf("who acts: %v", acting)
		}
		for name, text := range map[string]string{"a refresh token": a.let(nil).text("refresh_token"), "a code": a.code(nil), "an ID token": a.let(nil).text("id_token")} {
			if o := about(text); o["active"] != false || len(o) != 1 {
				t.Errorf("%s: %v", name, o)
			}
		}
		public := w.app(client.NoProof, nil)
		w.post(pathIntrospect, public.proven(url.Values{"token": {public.let(nil).text("access_token")}})).want("a public client", 401, "invalid_client")
	})
}
