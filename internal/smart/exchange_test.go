package smart

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
	"pgregory.net/rapid"
)

// kin says who acts for whom in a test: an account for a patient.
type kin struct {
	mu  sync.Mutex
	all map[[2]string]Relationship
}

func (k *kin) ActsFor(_ context.Context, account, patient string) (Relationship, bool, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	r, ok := k.all[[2]string{account, patient}]
	return r, ok, nil
}

func (k *kin) set(account, patient string, r *Relationship) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if r == nil {
		delete(k.all, [2]string{account, patient})
		return
	}
	k.all[[2]string{account, patient}] = *r
}

// trades makes a client one that exchanges tokens.
func trades(s *client.Spec) {
	s.Grants = append(s.Grants, client.TokenExchange)
	s.Scopes += " " + client.ActForOthers
}

// exchanges comes with a token for another one.
func (a *app) exchanges(token string, pairs ...string) answer {
	a.w.t.Helper()
	form := url.Values{"grant_type": {client.TokenExchange}, "subject_token": {token}, "subject_token_type": {accessTokenType}}
	return a.w.post(pathToken, with(a.proven(form), pairs...), a.headed(pathToken)...)
}

const forAll = "openid fhirUser offline_access patient/*.cruds user/*.rs " + client.ActForOthers

// A parent acts for a child: the token is about the child and nobody else, says
// who acts, and allows no more than the parent's and what parents may.
func TestAPersonActsForAnother(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		w.kin.set("ann", "child", &Relationship{Person: 17, Account: "kim", Scopes: "patient/Observation.rs patient/Immunization.cruds", Until: w.now().Add(24 * time.Hour)})
		a := w.app(client.BySecret, func(s *client.Spec) { trades(s); s.Scopes += " patient/*.cruds" })
		own := a.let(nil, "scope", forAll).text("access_token")
		got := a.exchanges(own, "requested_subject", "Patient/child")
		o := got.json()
		if got.status != 200 || o["issued_token_type"] != accessTokenType || o["token_type"] != "Bearer" || o["expires_in"] != 600.0 || o["patient"] != "child" ||
			o["scope"] != "patient/Immunization.cruds patient/Observation.rs" || o["refresh_token"] != nil || o["id_token"] != nil || o["fhirUser"] != nil || got.header.Get("Cache-Control") != "no-store" {
			t.Fatalf("%d %s", got.status, got.body)
		}
		token := got.text("access_token")
		parent, err := w.asks(own)
		if err != nil {
			t.Fatal(err)
		}
		who, err := w.asks(token)
		want := access.Who{Actor: "account:ann", Kind: access.Person, Role: access.RoleProxy, App: a.ID, Grant: parent.Grant, For: 17, Patient: "child",
			Bound: access.OneType("Observation", reading).Or(access.OneType("Immunization", access.AllVerbs))}
		if err != nil || who.Actor != want.Actor || who.Kind != want.Kind || who.Role != want.Role || who.App != want.App || who.Grant != want.Grant || who.For != 17 || who.Patient != "child" || !who.Bound.Allows(access.Read, "Observation") || who.Bound.Allows(access.Update, "Observation") || who.Bound.Allows(access.Read, "Condition") || who.Bound.Allows(access.Read, "Patient") {
			t.Errorf("%+v, %v, want %+v", who, err, want)
		}
		about := w.post(pathIntrospect, a.proven(url.Values{"token": {token}})).json()
		act, _ := about["act"].(object)
		if about["sub"] != "kim" || about["iss"] != issuer || act["sub"] != "ann" || about["patient"] != "child" || about["fhirUser"] != nil {
			t.Errorf("introspection says %v", about)
		}
		if u := w.send("GET", pathUserinfo, "", "Authorization", "Bearer "+token); u.status != 403 {
			t.Errorf("userinfo: %d %s", u.status, u.body)
		}
		if again, err := w.asks(own); err != nil || again != parent || again.For != 0 || again.Role != access.RoleSelf {
			t.Errorf("the parent's own token is %+v now, %v", again, err)
		}
		// A part of it, and a child without an account.
		w.kin.set("ann", "baby", &Relationship{Person: 18, Scopes: "patient/*.rs", Until: w.now().Add(5 * time.Minute)})
		part := a.exchanges(own, "requested_subject", "Patient/baby", "scope", "patient/Observation.rs?category=laboratory")
		if o := part.json(); o["scope"] != "patient/Observation.rs?category=laboratory" || o["expires_in"] != 300.0 {
			t.Errorf("%d %s", part.status, part.body)
		}
		if o := w.post(pathIntrospect, a.proven(url.Values{"token": {part.text("access_token")}})).json(); o["sub"] != nil || o["patient"] != "baby" || o["act"].(object)["sub"] != "ann" {
			t.Errorf("introspection says %v", o)
		}
	})
}

// What comes of an exchange ends with the relationship, the permission, the
// session and its time.
func TestActingEnds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a := w.app(client.BySecret, func(s *client.Spec) { trades(s); s.Scopes += " patient/*.cruds" })
		for name, c := range map[string]struct {
			end  func(own string) error
			kind problem.Kind
		}{
			"the relationship": {func(string) error { w.kin.set("ann", "child", nil); return nil }, problem.Unauthorized},
			"the permission":   {func(string) error { _, err := w.clients.EndFor(t.Context(), "ann", a.ID); return err }, problem.Revoked},
			"the session":      {func(string) error { w.people.end("s"); return nil }, problem.Unauthorized},
			"ten minutes":      {func(string) error { w.move(10 * time.Minute); return nil }, problem.Unauthorized},
		} {
			w.people.gone = map[string]bool{}
			w.kin.set("ann", "child", &Relationship{Person: 17, Scopes: "patient/*.rs", Until: w.now().Add(time.Hour)})
			own := a.let(func(y *client.Approval) { y.Session = "s" }, "scope", forAll).text("access_token")
			token := a.exchanges(own, "requested_subject", "Patient/child").text("access_token")
			if _, err := w.asks(token); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if err := c.end(own); err != nil {
				t.Fatal(err)
			}
			if _, err := w.asks(token); !problem.Is(err, c.kind) {
				t.Errorf("%s ended, and the token: %v", name, err)
			}
			if o := w.post(pathIntrospect, a.proven(url.Values{"token": {token}})); o.body != inactive {
				t.Errorf("%s ended, and introspection says %s", name, o.body)
			}
		}
	})
}

func TestWhatAnExchangeRefuses(t *testing.T) {
	k := testKeys()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		w.kin.set("ann", "child", &Relationship{Person: 17, Scopes: "patient/*.rs", Until: w.now().Add(time.Hour)})
		w.kin.set("ann", "nobody", &Relationship{Scopes: "patient/*.rs", Until: w.now().Add(time.Hour)})
		w.kin.set("ann", "once", &Relationship{Person: 19, Scopes: "patient/*.rs", Until: w.now()})
		w.kin.set("ann", "empty", &Relationship{Person: 20, Scopes: "user/*.rs system/*.rs openid", Until: w.now().Add(time.Hour)})
		full := func(s *client.Spec) { trades(s); s.Scopes += " patient/*.cruds" }
		a, other := w.app(client.BySecret, full), w.app(client.BySecret, full)
		got := a.let(nil, "scope", forAll)
		own := got.text("access_token")
		narrow := a.exchanges(own, "scope", "patient/Observation.rs").text("access_token")
		acting := a.exchanges(own, "requested_subject", "Patient/child").text("access_token")
		program := w.register(k.p384, "ES384", nil).token("system/Observation.rs")
		gone := a.let(nil, "scope", forAll).text("access_token")
		if r := w.post(pathRevoke, a.proven(url.Values{"token": {gone}})); r.status != 200 {
			t.Fatal(r.body)
		}
		for name, token := range map[string]string{"nothing": "", "rubbish": "x", "an ID token": got.text("id_token"), "a refresh token": got.text("refresh_token"), "one that was exchanged": narrow, "one by which somebody acts": acting,
			"a program's": program, "another client's": other.let(nil, "scope", forAll).text("access_token"), "one that was taken back": gone, "an operator's": "operator"} {
			a.exchanges(token).refused(name, "invalid_request")
			a.exchanges(token, "requested_subject", "Patient/child").refused(name+", to act", "invalid_request")
		}
		for name, c := range map[string]struct {
			code  string
			pairs []string
		}{
			"no type":             {"invalid_request", []string{"subject_token_type", ""}},
			"an ID token's type":  {"invalid_request", []string{"subject_token_type", "urn:ietf:params:oauth:token-type:id_token"}},
			"for a refresh token": {"invalid_request", []string{"requested_token_type", "urn:ietf:params:oauth:token-type:refresh_token"}},
			"an actor's token":    {"invalid_request", []string{"actor_token", own}},
			"another audience":    {"invalid_target", []string{"audience", "https://other.example/fhir"}},
			"another resource":    {"invalid_target", []string{"resource", "https://other.example/fhir"}},
			"more":                {"invalid_scope", []string{"scope", "patient/*.cruds system/*.rs"}},
			"what it has not":     {"invalid_scope", []string{"scope", "profile"}},
			"nothing that lasts":  {"invalid_scope", []string{"scope", "offline_access"}},
			"10 kB of scopes":     {"invalid_scope", []string{"scope", strings.Repeat("patient/*.r ", 900)}},
		} {
			a.exchanges(own, c.pairs...).refused(name, c.code)
		}
		for name, subject := range map[string]string{"a stranger": "Patient/p9", "nobody's record": "Patient/none", "themselves": "Patient/p1", "one without a number": "Patient/nobody", "a relationship that is over": "Patient/once",
			"another type": "Practitioner/child", "no type": "child", "an address": issuer + "/fhir/Patient/child", "a way up": "Patient/../child", "a query": "Patient/child?x", "empty": "Patient/"} {
			a.exchanges(own, "requested_subject", subject).refused(name, "invalid_target")
		}
		a.exchanges(own, "requested_subject", "Patient/empty").refused("a relationship that allows nothing", "invalid_scope")
		a.exchanges(own, "requested_subject", "Patient/child", "scope", "user/*.rs openid").refused("what is not about a patient", "invalid_scope")
		// Without the person's yes to acting, without a proof, without the grant.
		plain := a.let(nil).text("access_token")
		a.exchanges(plain, "requested_subject", "Patient/child").refused("an app that was let in for oneself", "invalid_scope")
		public := w.app(client.NoProof, full)
		bare := public.let(nil, "scope", forAll).text("access_token")
		public.exchanges(bare, "requested_subject", "Patient/child").refused("a public client without a key", "unauthorized_client")
		if r := public.exchanges(bare, "scope", "patient/*.r"); r.status != 200 {
			t.Errorf("a narrower token for it: %d %s", r.status, r.body)
		}
		without := w.app(client.BySecret, nil)
		without.exchanges(without.let(nil).text("access_token")).refused("a client without the grant", "unauthorized_client")
		atWork := a.let(func(y *client.Approval) { y.Role, y.Member = access.RoleProfessional, "place-1" }, "scope", forAll).text("access_token")
		a.exchanges(atWork, "requested_subject", "Patient/child").refused("somebody at work", "invalid_target")
		// Nobody acts for anybody where nobody can say who may.
		w.s.cfg.Relationships = nobody{}
		a.exchanges(own, "requested_subject", "Patient/child").refused("where nobody can say", "invalid_target")
		if _, err := w.asks(acting); !problem.Is(err, problem.Unauthorized) {
			t.Errorf("a token from before: %v", err)
		}
		if who, err := New(Config{Issuer: issuer, FHIR: issuer + "/fhir", Clients: w.clients}); err != nil || who.cfg.Relationships != (nobody{}) {
			t.Errorf("without any: %+v, %v", who, err)
		}
		if _, _, err := w.clients.Add(t.Context(), client.Spec{Name: "x", Profile: client.SMART, Proof: client.BySecret, Scopes: "patient/*.rs", Grants: []string{client.TokenExchange}}); !problem.Is(err, problem.Invalid) {
			t.Errorf("a client that nobody gives a token to exchanges them: %v", err)
		}
	})
}

// A token that is bound to a key is exchanged with that key.
func TestAnExchangeOfABoundToken(t *testing.T) {
	k := testKeys()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		w.kin.set("ann", "child", &Relationship{Person: 17, Scopes: "patient/*.rs", Until: w.now().Add(time.Hour)})
		for _, a := range []*app{w.app(client.NoProof, trades), w.app(client.ByKey, func(s *client.Spec) { strict(s); trades(s) })} {
			a.jkt = k.p256
			own := a.let(nil, "scope", "patient/*.rs "+client.ActForOthers).text("access_token")
			a.jkt = otherP256()
			a.exchanges(own, "requested_subject", "Patient/child").refused("another key", "invalid_request")
			a.jkt = nil
			want := "invalid_request"
			if a.Profile == client.FAPI2 {
				want = "invalid_dpop_proof"
			}
			a.exchanges(own, "requested_subject", "Patient/child").refused("no key", want)
			a.jkt = k.p256
			got := a.exchanges(own, "requested_subject", "Patient/child")
			if got.status != 200 || got.text("token_type") != "DPoP" {
				t.Fatalf("%d %s", got.status, got.body)
			}
			if _, err := w.asks(got.text("access_token")); !problem.Is(err, problem.Unauthorized) {
				t.Errorf("without its key: %v", err)
			}
			if who, err := w.s.Verify(t.Context(), w.reads(k.p256, got.text("access_token"), nil)); err != nil || who.For != 17 {
				t.Errorf("%+v, %v", who, err)
			}
		}
	})
}

// Whatever is asked for, a token that was exchanged allows nothing that the
// token and the relationship do not both allow.
func TestAnExchangeNeverWidens(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		full := func(s *client.Spec) { trades(s); s.Scopes += " patient/*.cruds user/*.cruds" }
		a := w.app(client.BySecret, full)
		scope := rapid.Custom(func(t *rapid.T) string {
			level := rapid.SampledFrom([]string{"patient", "patient", "patient", "user"}).Draw(t, "level")
			typ := rapid.SampledFrom([]string{"*", "Observation", "Condition"}).Draw(t, "type")
			letters := rapid.SampledFrom([]string{"cruds", "rs", "r", "s", "cu", "read", "write"}).Draw(t, "letters")
			query := ""
			if typ != "*" && letters != "read" && letters != "write" {
				query = rapid.SampledFrom([]string{"", "?category=a", "?category=b"}).Draw(t, "query")
			}
			return level + "/" + typ + "." + letters + query
		})
		list := func(t *rapid.T, name string) string {
			return strings.Join(rapid.SliceOfN(scope, 1, 4).Draw(t, name), " ")
		}
		rights := func(scopes string) (all access.Rights) {
			for w := range strings.FieldsSeq(scopes) {
				if s, ok := access.ParseSMART(w); ok && s.Level == access.PatientLevel {
					all = all.Or(s.Rights())
				}
			}
			return all
		}
		rapid.Check(t, func(t *rapid.T) {
			has, may := list(t, "has"), list(t, "may")
			w.kin.set("ann", "child", &Relationship{Person: 17, Scopes: may, Until: w.now().Add(time.Hour)})
			own := a.let(nil, "scope", has+" "+client.ActForOthers)
			var pairs []string
			if rapid.Bool().Draw(t, "a part") {
				pairs = []string{"scope", list(t, "wants")}
			}
			got := a.exchanges(own.text("access_token"), append(pairs, "requested_subject", "Patient/child")...)
			if got.status != 200 {
				got.refused("nothing in common", "invalid_scope")
				return
			}
			who, err := w.asks(got.text("access_token"))
			if err != nil {
				t.Fatal(err)
			}
			for name, most := range map[string]string{"the token's": own.text("scope"), "the relationship's": may} {
				if all := rights(most); who.Bound.And(all) != who.Bound {
					t.Fatalf("%q is more than %s, %q", got.text("scope"), name, most)
				}
			}
			if who.Bound.Empty() {
				t.Fatalf("%q allows nothing", got.text("scope"))
			}
		})
	})
}
