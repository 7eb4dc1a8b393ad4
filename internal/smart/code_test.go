package smart

import (
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

// A person lets an app in, whatever it proves itself by, and the answer says
// what was given and about whom.
func TestAPersonLetsAnAppIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		kinds(w, func(t *testing.T, a *app) {
			got := a.let(nil)
			o := got.json()
			kind, life := "Bearer", 3600.0
			if a.Profile == client.FAPI2 {
				kind, life = "DPoP", 600.0
			}
			if o["token_type"] != kind || o["expires_in"] != life || o["scope"] != a.asks().Get("scope") || o["patient"] != "p1" ||
				o["fhirUser"] != issuer+"/fhir/Patient/p1" || o["need_patient_banner"] != false || o["smart_style_url"] == nil {
				t.Errorf("the answer is %v", o)
			}
			if !client.IsRefresh(got.text("refresh_token")) || got.text("id_token") == "" {
				t.Errorf("no refresh token or ID token: %v", o)
			}
			if h := got.header; h.Get("Cache-Control") != "no-store" || h.Get("Pragma") != "no-cache" {
				t.Errorf("it may be kept: %v", h)
			}
			if kind == "Bearer" {
				who, err := w.asks(got.text("access_token"))
				if err != nil || who.Actor != "account:ann" || who.App != a.ID || who.Patient != "p1" || who.Role != access.RoleSelf || who.Bound != access.AllTypes(access.Read|access.History|access.Search|access.TypeHistory) {
					t.Errorf("%+v, %v", who, err)
				}
			}
		})
	})
}

// What was not allowed is not given, and without openid or offline_access
// there is no ID token and no refresh token.
func TestAnAppGetsWhatWasAllowed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a := w.app(client.BySecret, nil)
		o := a.let(func(y *client.Approval) { y.Scopes = "patient/Observation.rs" }).json()
		if o["scope"] != "patient/Observation.rs" || o["refresh_token"] != nil || o["id_token"] != nil || o["fhirUser"] != nil {
			t.Errorf("%v", o)
		}
		for name, too := range map[string]string{"more": "patient/*.cruds", "another": "user/*.rs", "a word": "profile"} {
			if q, err := w.approves(a.begins(), func(y *client.Approval) { y.Scopes = too }); err == nil {
				t.Errorf("%s than was asked for: %v", name, q)
			}
		}
		never := w.app(client.BySecret, func(s *client.Spec) { s.Grants = []string{client.AuthorizationCode} })
		if o := never.let(nil).json(); o["refresh_token"] != nil || strings.Contains(o["scope"].(string), "offline") {
			t.Errorf("a client without the grant: %v", o)
		}
		never.renews("x").refused("a client without the grant", "unauthorized_client")
	})
}

// A client proves itself in its own way and in no other.
func TestAClientProvesItselfWithItsCode(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		basic := func(id, secret string) []string {
			return []string{"Authorization", "Basic " + base64Std(url.QueryEscape(id)+":"+url.QueryEscape(secret))}
		}
		form := func(a *app) url.Values {
			return url.Values{"grant_type": {"authorization_code"}, "code": {a.code(nil)}, "redirect_uri": {appBack}, "code_verifier": {a.verifier}}
		}
		secret, key, public := w.app(client.BySecret, nil), w.app(client.ByKey, nil), w.app(client.NoProof, nil)
		if got := w.post(pathToken, form(secret), basic(secret.ID, secret.secret)...); got.status != 200 {
			t.Errorf("by Basic: %d %s", got.status, got.body)
		}
		f := form(secret)
		for name, h := range map[string][]string{"a wrong secret": basic(secret.ID, "x"), "no secret": basic(secret.ID, ""), "no client": basic("app-x", "x"), "a public client": basic(public.ID, ""), "half": {"Authorization", "Basic eA=="}} {
			got := w.post(pathToken, f, h...)
			got.want(name, 401, "invalid_client")
			if !strings.HasPrefix(got.header.Get("WWW-Authenticate"), "Basic ") {
				t.Errorf("%s: %v", name, got.header)
			}
		}
		w.post(pathToken, with(f, "client_id", secret.ID)).refused("by its name alone", "invalid_client")
		w.post(pathToken, f).refused("as nobody", "invalid_client")
		w.post(pathToken, with(f, "client_id", public.ID), basic(secret.ID, secret.secret)...).want("under two names", 401, "invalid_client")
		w.post(pathToken, with(form(key), "client_id", key.ID)).refused("a client with a key, by its name", "invalid_client")
		if got := w.post(pathToken, f, basic(secret.ID, secret.secret)...); got.status != 200 {
			t.Errorf("none of them used the code up: %d %s", got.status, got.body)
		}
	})
}

// Without PKCE there is no code, and without the verifier no token.
func TestAttack4PKCE(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a := w.app(client.BySecret, nil)
		v := a.verifier
		for name, pairs := range map[string][]string{
			"no challenge": {"code_challenge", ""}, "no method": {"code_challenge_method", ""}, "plain": {"code_challenge_method", "plain"},
			"plain, and the verifier itself": {"code_challenge_method", "plain", "code_challenge", v}, "s256": {"code_challenge_method", "s256"},
			"too short": {"code_challenge", v[:42]}, "too long": {"code_challenge", v + "v"}, "other letters": {"code_challenge", v[:42] + "="},
			"neither": {"code_challenge", "", "code_challenge_method", ""},
		} {
			w.get(pathAuthorize, with(a.asks(), pairs...)).wrong(name, "invalid_request")
		}
		for name, pairs := range map[string][]string{
			"no verifier": {"code_verifier", ""}, "a blank verifier": {"code_verifier", " "}, "another": {"code_verifier", strings.Repeat("w", 43)},
			"the challenge": {"code_verifier", challengeOf(v)}, "one that is longer": {"code_verifier", v + "v"}, "one that is too long": {"code_verifier", strings.Repeat("v", 129)},
		} {
			a.redeems(a.code(nil), pairs...).refused(name, "invalid_grant")
		}
		a.redeems(a.code(nil, "code_challenge", v), "code_verifier", v).refused("a challenge that is the verifier", "invalid_grant")
		code := a.code(nil)
		a.redeems(code, "code_verifier", "").refused("no verifier", "invalid_grant")
		a.redeems(code).refused("the verifier, after a try without", "invalid_grant")
	})
}

// A code that comes a second time ends all that it gave.
func TestAttack5ACodeIsGoodOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		kinds(w, func(t *testing.T, a *app) {
			code := a.code(nil)
			first := a.redeems(code)
			if first.status != 200 {
				t.Fatal(first.body)
			}
			w.move(30 * time.Second)
			a.redeems(code).refused("the code again", "invalid_grant")
			if a.jkt == nil {
				if _, err := w.asks(first.text("access_token")); !problem.Is(err, problem.Revoked) {
					t.Errorf("the token that it gave: %v", err)
				}
			}
			a.renews(first.text("refresh_token")).refused("the refresh token that it gave", "invalid_grant")
		})
		a := w.app(client.NoProof, nil)
		code := a.code(nil)
		first := a.redeems(code)
		w.move(10 * time.Minute) // long after it ran out, that it was used is still known
		if err := w.clients.Sweep(t.Context()); err != nil {
			t.Fatal(err)
		}
		a.redeems(code).refused("the code ten minutes later", "invalid_grant")
		if _, err := w.asks(first.text("access_token")); !problem.Is(err, problem.Revoked) {
			t.Errorf("the token that it gave: %v", err)
		}
	})
}

// Of many that come with one code at once, on two nodes, one gets tokens, and
// they end as soon as the second came.
func TestAttack5ACodeOnTwoNodes(t *testing.T) {
	twoNodes(t, func(t *testing.T, here, there *world, a, same *app) {
		code := a.code(nil)
		var all sync.WaitGroup
		got := make(chan answer, 12)
		for i := range 12 {
			all.Go(func() { got <- []*app{a, same}[i%2].redeems(code) })
		}
		all.Wait()
		close(got)
		n := 0
		for one := range got {
			if one.status == 200 {
				n++
				here.move(time.Second)
				there.move(time.Second)
				for _, w := range []*world{here, there} {
					if _, err := w.asks(one.text("access_token")); !problem.Is(err, problem.Revoked) {
						t.Errorf("a token of a code that others had: %v", err)
					}
				}
			} else {
				one.refused("another", "invalid_grant")
			}
		}
		if n != 1 {
			t.Errorf("%d got tokens", n)
		}
	})
}

// twoNodes runs a test on two nodes: of one SQLite file, and of one PostgreSQL
// by connections of their own. a and same are one public client on each.
func twoNodes(t *testing.T, test func(t *testing.T, here, there *world, a, same *app)) {
	run := func(t *testing.T, one, two *db.DB) {
		ring, err := seal.Create(t.TempDir() + "/keys.json")
		if err != nil {
			t.Fatal(err)
		}
		here, there := nodeOf(t, one, ring, nil), nodeOf(t, two, ring, nil)
		a := here.app(client.NoProof, nil)
		same := *a
		same.w = there
		test(t, here, there, a, &same)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) { run(t, d, d) })
	t.Run("two nodes on postgres", func(t *testing.T) {
		url := dbtest.Schema(t)
		var nodes []*db.DB
		for range 2 {
			d, err := db.Open(t.Context(), db.Config{URL: url, Readers: 4})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = d.Close() })
			nodes = append(nodes, d)
		}
		run(t, nodes[0], nodes[1])
	})
}

// A code is of no use to another client, with another address, or for another
// browser's request.
func TestAttack6ACodeInOtherHands(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		two := func(s *client.Spec) { s.Redirects = []string{appBack, "https://app.example/other"} }
		a, b := w.app(client.NoProof, two), w.app(client.NoProof, two)
		code := a.code(nil)
		b.redeems(code).refused("client B has the code of client A", "invalid_grant")
		if got := a.redeems(code); got.status != 200 {
			t.Errorf("client A after that: %d %s", got.status, got.body)
		}
		a.redeems(a.code(nil), "redirect_uri", "https://app.example/other").refused("another address of its own", "invalid_grant")
		a.redeems(a.code(nil), "redirect_uri", "").refused("no address", "invalid_grant")
		// The code of one browser, brought into the session of another, which
		// has a verifier of its own (RFC 9700 section 4.5).
		stolen := a.code(nil)
		victim := *a
		victim.verifier = strings.Repeat("x", 64)
		_ = victim.code(nil)
		victim.redeems(stolen).refused("a code that was injected", "invalid_grant")
		// And the page of one browser is not for another.
		id := a.begins()
		if _, _, err := w.clients.Opened(t.Context(), id, browser); err != nil {
			t.Fatal(err)
		}
		if _, _, err := w.clients.Opened(t.Context(), id, "the secret of another"); !problem.Is(err, problem.NotFound) {
			t.Errorf("another browser opens the request: %v", err)
		}
		if to, err := w.clients.Approve(t.Context(), id, "the secret of another", client.Approval{Account: "eve", Scopes: "openid", Until: w.now().Add(time.Hour)}); err == nil {
			t.Errorf("another browser allows it: %s", to)
		}
		if to, err := w.clients.Decline(t.Context(), id, "the secret of another", "access_denied"); err == nil {
			t.Errorf("another browser declines it: %s", to)
		}
	})
}

func TestAttack7ACodeEndsAfterAMinute(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a := w.app(client.NoProof, nil)
		code := a.code(nil)
		w.move(59 * time.Second)
		if got := a.redeems(code); got.status != 200 {
			t.Errorf("after 59 seconds: %d %s", got.status, got.body)
		}
		code = a.code(nil)
		w.move(61 * time.Second)
		a.redeems(code).refused("after 61 seconds", "invalid_grant")
	})
}

// A request is decided once, and waits half an hour.
func TestARequestIsDecidedOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a := w.app(client.NoProof, nil)
		id := a.begins()
		if _, err := w.approves(id, nil); err != nil {
			t.Fatal(err)
		}
		if q, err := w.approves(id, nil); !problem.Is(err, problem.NotFound) {
			t.Errorf("a second time: %v, %v", q, err)
		}
		id = a.begins()
		if _, _, err := w.clients.Opened(t.Context(), id, browser); err != nil {
			t.Fatal(err)
		}
		to, err := w.clients.Decline(t.Context(), id, browser, "access_denied")
		u, perr := url.Parse(to)
		if err != nil || perr != nil || u.Query().Get("error") != "access_denied" || u.Query().Get("state") != "state-1" || u.Query().Get("iss") != issuer || u.Query().Has("code") {
			t.Errorf("a no goes to %s, %v", to, err)
		}
		id = a.begins()
		w.move(30 * time.Minute)
		if _, err := w.approves(id, nil); !problem.Is(err, problem.NotFound) {
			t.Errorf("after half an hour: %v", err)
		}
		id = a.begins()
		if err := w.clients.Revoke(t.Context(), a.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := w.approves(id, nil); !problem.Is(err, problem.NotFound) {
			t.Errorf("for a client that was revoked: %v", err)
		}
	})
}

// A permission lasts as long as the person said, and a token no longer.
func TestATokenEndsWithItsPermission(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a := w.app(client.BySecret, nil)
		got := a.let(func(y *client.Approval) { y.Until = w.now().Add(10 * time.Minute) })
		if got.json()["expires_in"] != 600.0 {
			t.Errorf("%s", got.body)
		}
		w.move(10 * time.Minute)
		if _, err := w.asks(got.text("access_token")); !problem.Is(err, problem.Unauthorized) {
			t.Errorf("after the end: %v", err)
		}
		a.renews(got.text("refresh_token")).refused("after the end", "invalid_grant")
		if !slices.Contains(strings.Fields(got.text("scope")), "offline_access") {
			t.Error("there was no refresh token to try")
		}
	})
}
