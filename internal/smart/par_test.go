package smart

import (
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
)

// A client pushes its request, and the browser brings an address that says
// nothing of it.
func TestARequestIsPushed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		kinds(w, func(t *testing.T, a *app) {
			got := w.post(pathPush, a.proven(a.asks()), a.headed(pathPush)...)
			at, _ := got.json()["request_uri"].(string)
			if got.status != 201 || got.json()["expires_in"] != 90.0 || !strings.HasPrefix(at, requestPrefix) || len(at) < len(requestPrefix)+26 || got.header.Get("Cache-Control") != "no-store" {
				t.Fatalf("%d %s", got.status, got.body)
			}
			sent := url.Values{"client_id": {a.ID}, "request_uri": {at}}
			other := w.app(client.NoProof, nil)
			w.get(pathAuthorize, with(sent, "client_id", other.ID)).nowhere("another client brings it")
			id := w.get(pathAuthorize, with(sent, "scope", "system/*.cruds", "redirect_uri", "https://evil.example", "state", "x", "code_challenge", "y")).page()
			if again := w.get(pathAuthorize, sent).page(); again != id { // a reload
				t.Errorf("a reload leads to %s and not to %s", again, id)
			}
			q, err := w.approves(id, nil)
			if err != nil || q.Get("state") != "state-1" {
				t.Fatalf("what was pushed is not what was meant: %v, %v", q, err)
			}
			if got := a.redeems(q.Get("code")); got.status != 200 {
				t.Errorf("%d %s", got.status, got.body)
			}
			w.get(pathAuthorize, sent).nowhere("after it was decided")
		})
	})
}

func TestWhatIsPushedEndsSoon(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a := w.app(client.ByKey, strict)
		push := func() url.Values {
			got := w.post(pathPush, a.proven(a.asks()), a.headed(pathPush)...)
			return url.Values{"client_id": {a.ID}, "request_uri": {got.text("request_uri")}}
		}
		late, soon := push(), push()
		w.move(89 * time.Second)
		id := w.get(pathAuthorize, soon).page()
		w.move(time.Second)
		w.get(pathAuthorize, late).nowhere("after its ninety seconds")
		w.move(29 * time.Minute) // who has arrived may read
		if _, err := w.approves(id, nil); err != nil {
			t.Error(err)
		}
		// Nobody opens a request that has not arrived yet.
		hidden := strings.TrimPrefix(push().Get("request_uri"), requestPrefix)
		if _, _, err := w.clients.Opened(t.Context(), hidden, browser); !problem.Is(err, problem.NotFound) {
			t.Errorf("a request that has not arrived is opened: %v", err)
		}
	})
}

func TestWhatPushingRefuses(t *testing.T) {
	k := testKeys()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a, f := w.app(client.BySecret, nil), w.app(client.ByKey, strict)
		push := func(pairs ...string) answer { return w.post(pathPush, with(a.proven(a.asks()), pairs...)) }
		push("client_secret", "x").want("a wrong secret", 401, "invalid_client")
		push("client_secret", "").want("no secret", 400, "invalid_client")
		push("request_uri", requestPrefix+"x").want("a request in a request", 400, "invalid_request")
		push("response_type", "token").want("a token", 400, "unsupported_response_type")
		push("code_challenge_method", "plain").want("plain", 400, "invalid_request")
		push("code_challenge", "").want("no PKCE", 400, "invalid_request")
		push("scope", "system/*.rs").want("scopes it may not have", 400, "invalid_scope")
		push("request", "a.b.c").want("a signed request", 400, "request_not_supported")
		push("max_age", "x").want("max_age", 400, "invalid_request")
		if got := w.get(pathPush, a.proven(a.asks())); got.status != 405 || got.header.Get("Allow") != "POST" {
			t.Errorf("GET: %d", got.status)
		}
		w.post(pathPush+"?x=1", a.proven(a.asks())).want("a parameter in the address", 400, "invalid_request")
		p := w.register(k.p384, "ES384", nil)
		w.post(pathPush, with(a.asks(), "client_id", "", "client_assertion_type", assertionType, "client_assertion", p.assertion(nil))).want("a program that asks by itself", 400, "unauthorized_client")

		// fapi2: the assertion is for the issuer, good once, and a proof fits
		// its request.
		atToken := with(f.asks(), "client_assertion_type", assertionType, "client_assertion", f.signs.assertion(func(_, c object) { c["aud"] = issuer + pathToken }))
		w.post(pathPush, atToken).want("an assertion for the token endpoint", 400, "invalid_client")
		once := f.proven(f.asks())
		if got := w.post(pathPush, once); got.status != 201 {
			t.Errorf("%d %s", got.status, got.body)
		}
		w.post(pathPush, once).want("an assertion again", 400, "invalid_client")
		used := f.proven(with(f.asks(), "scope", "x"))
		w.post(pathPush, used).want("no good scope", 400, "invalid_scope")
		w.post(pathPush, with(used, "scope", "openid")).want("its assertion again", 400, "invalid_client")
		w.post(pathPush, f.proven(f.asks()), "DPoP", w.proves(k.p256, "ES256", pathToken, nil)).want("a proof for another address", 400, "invalid_dpop_proof")
		proof := w.proves(k.p256, "ES256", pathPush, nil)
		w.post(pathPush, f.proven(with(f.asks(), "dpop_jkt", strings.Repeat("j", 43))), "DPoP", proof).want("another key than dpop_jkt says", 400, "invalid_dpop_proof")
		good := w.proves(k.p256, "ES256", pathPush, nil)
		if got := w.post(pathPush, f.proven(f.asks()), "DPoP", good); got.status != 201 {
			t.Errorf("%d %s", got.status, got.body)
		}
		w.post(pathPush, f.proven(f.asks()), "DPoP", good).want("a proof again", 400, "invalid_client")
		// What came without pushing is refused for fapi2, on a page.
		w.get(pathAuthorize, f.asks()).nowhere("fapi2 without pushing")
	})
}
