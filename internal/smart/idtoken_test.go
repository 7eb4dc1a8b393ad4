package smart

import (
	"encoding/base64"
	"encoding/json"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
)

// opened is an ID token whose signature was checked with the published keys, by
// the standard library alone.
func (w *world) opened(token string) (head, claims object) {
	w.t.Helper()
	parts := strings.Split(token, ".")
	raw := func(s string) []byte {
		b, err := base64.RawURLEncoding.DecodeString(s)
		if err != nil {
			w.t.Fatalf("%q is not base64url: %v", s, err)
		}
		return b
	}
	if len(parts) != 3 {
		w.t.Fatalf("%q is no ID token", token)
	}
	if json.Unmarshal(raw(parts[0]), &head) != nil || json.Unmarshal(raw(parts[1]), &claims) != nil {
		w.t.Fatalf("%q is no ID token", token)
	}
	var key object
	for _, k := range w.send("GET", pathKeys, "").json()["keys"].([]any) {
		if one := k.(object); one["kid"] == head["kid"] && one["d"] == nil {
			key = one
		}
	}
	ok := (head["alg"] == "RS256") == (key["kty"] == "RSA") && signedBy(w.t, key, parts[0]+"."+parts[1], raw(parts[2]))
	if !ok {
		w.t.Fatalf("the signature of %v is not by %v", head, key)
	}
	return head, claims
}

// An ID token says who signed in, when and how strongly, to the one app that
// asked; it is signed with RS256 for SMART, and ES256 for FAPI 2.0.
func TestAnIDTokenSaysWhoSignedIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		kinds(w, func(t *testing.T, a *app) {
			got := a.let(nil)
			head, claims := w.opened(got.text("id_token"))
			alg := "RS256"
			if a.Profile == client.FAPI2 {
				alg = "ES256"
			}
			if head["alg"] != alg || head["kid"] == "" || head["typ"] != "JWT" || head["jwk"] != nil {
				t.Errorf("the header is %v", head)
			}
			now := float64(w.now().Unix())
			want := object{"iss": issuer, "sub": "ann", "aud": a.ID, "exp": now + 600, "iat": now, "auth_time": now - 60, "nonce": "nonce-1",
				"fhirUser": issuer + "/fhir/Patient/p1", "vot": "P9.Cm", "vtm": issuer + pathTrust}
			for name, v := range want {
				if claims[name] != v {
					t.Errorf("%s is %v, want %v", name, claims[name], v)
				}
			}
			if len(claims) != len(want) {
				t.Errorf("there is more in it: %v", claims)
			}
		})
		a := w.app(client.BySecret, nil)
		bare := a.let(func(y *client.Approval) { y.Trust = "" }, "scope", "openid", "nonce", "")
		if _, claims := w.opened(bare.text("id_token")); claims["fhirUser"] != nil || claims["vot"] != nil || claims["vtm"] != nil || claims["nonce"] != nil || len(claims) != 6 {
			t.Errorf("what was not asked for: %v", claims)
		}
		if o := a.renews(a.let(nil).text("refresh_token")).json(); o["id_token"] != nil {
			t.Error("nobody signed in again, and there is another ID token")
		}
		if got := a.let(nil, "scope", "patient/*.rs"); got.json()["id_token"] != nil {
			t.Errorf("without openid: %s", got.body)
		}
	})
}

// An ID token lets nobody in, nor does a token of another kind or server, nor
// what introspection says of one.
func TestAttack11WhatIsNoAccessToken(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a := w.app(client.BySecret, nil)
		got := a.let(nil)
		token := got.text("access_token")
		said := w.post(pathIntrospect, a.proven(url.Values{"token": {token}})).body
		elsewhere := newWorld(t, dbtest.SQLite(t), nil)
		foreign := elsewhere.app(client.BySecret, nil).let(nil).text("access_token")
		code := a.code(nil)
		for name, bad := range map[string]string{"an ID token": got.text("id_token"), "a refresh token": got.text("refresh_token"), "a code": code, "introspection": said, "introspection in base64": b64([]byte(said)),
			"another server's": foreign, "the client's secret": a.secret, "the client's id": a.ID, "the id of the token": strings.TrimPrefix(strings.Split(token, "_")[1], "bevanat_")} {
			if who, err := w.asks(bad); !problem.Is(err, problem.Unauthorized) || who.Actor != "" {
				t.Errorf("%s: %+v, %v", name, who, err)
			}
			if u := w.send("GET", pathUserinfo, "", "Authorization", "Bearer "+bad); u.status != 401 || strings.Contains(u.body, "ann") {
				t.Errorf("%s at userinfo: %d %s", name, u.status, u.body)
			}
			if i := w.post(pathIntrospect, a.proven(url.Values{"token": {bad}})); i.body != inactive {
				t.Errorf("%s is said to be good: %s", name, i.body)
			}
		}
		if _, err := w.asks(token); err != nil {
			t.Error(err)
		}
	})
}

// Userinfo says what the scopes of the token let it, and no more.
func TestUserinfo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a := w.app(client.BySecret, nil)
		all := "openid fhirUser profile email phone"
		token := a.let(nil, "scope", all).text("access_token")
		bearer := []string{"Authorization", "Bearer " + token}
		for name, got := range map[string]answer{"GET": w.send("GET", pathUserinfo, "", bearer...), "POST": w.send("POST", pathUserinfo, "", bearer...),
			"in the body": w.post(pathUserinfo, url.Values{"access_token": {token}}), "in other letters": w.send("GET", pathUserinfo, "", "Authorization", "bearer "+token)} {
			o := got.json()
			if got.status != 200 || o["sub"] != "ann" || o["fhirUser"] != issuer+"/fhir/Patient/p1" || o["name"] != "Name of ann" || o["email"] != "ann@example.org" || o["email_verified"] != true ||
				o["phone_number"] != "+447700900123" || o["phone_number_verified"] != true || len(o) != 7 || got.header.Get("Cache-Control") != "no-store" {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
		}
		only := a.let(nil, "scope", "openid patient/*.rs").text("access_token")
		if o := w.send("GET", pathUserinfo, "", "Authorization", "Bearer "+only).json(); o["sub"] != "ann" || len(o) != 1 {
			t.Errorf("openid alone: %v", o)
		}
		none := a.let(nil, "scope", "patient/*.rs").text("access_token")
		p := w.register(testKeys().p384, "ES384", nil)
		for name, c := range map[string]struct {
			got    answer
			status int
		}{
			"nobody": {w.send("GET", pathUserinfo, ""), 401}, "without openid": {w.send("GET", pathUserinfo, "", "Authorization", "Bearer "+none), 403},
			"a program":      {w.send("GET", pathUserinfo, "", "Authorization", "Bearer "+p.token("system/Observation.rs")), 403},
			"in the address": {w.send("GET", pathUserinfo+"?access_token="+token, ""), 401}, "Basic": {w.send("GET", pathUserinfo, "", "Authorization", "Basic eDp5"), 401},
			"as DPoP": {w.send("GET", pathUserinfo, "", "Authorization", "DPoP "+token), 401}, "an empty body": {w.post(pathUserinfo, url.Values{}), 401},
		} {
			if c.got.status != c.status || c.got.header.Get("WWW-Authenticate") == "" || strings.Contains(c.got.body, "example.org") {
				t.Errorf("%s: %d %v %s", name, c.got.status, c.got.header, c.got.body)
			}
		}
		// A token that is bound to a key is proved here as well.
		f := w.app(client.ByKey, strict)
		bound := f.let(nil).text("access_token")
		proof := func(method string) string {
			return w.proves(testKeys().p256, "ES256", pathUserinfo, func(_, c object) { c["htm"], c["ath"] = method, tokenHash(bound) })
		}
		if got := w.send("GET", pathUserinfo, "", "Authorization", "DPoP "+bound, "DPoP", proof("GET")); got.status != 200 || got.text("sub") != "ann" {
			t.Errorf("%d %s", got.status, got.body)
		}
		for name, h := range map[string][]string{"no proof": {"Authorization", "DPoP " + bound}, "as Bearer": {"Authorization", "Bearer " + bound}, "a proof of another request": {"Authorization", "DPoP " + bound, "DPoP", proof("POST")}} {
			if got := w.send("GET", pathUserinfo, "", h...); got.status != 401 {
				t.Errorf("%s: %d %s", name, got.status, got.body)
			}
		}
	})
}

// An app sends people to sign out, and they come back to an address of its own
// or to none. They are asked on a page first.
func TestAnAppSignsPeopleOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a := w.app(client.BySecret, nil)
		id := a.let(nil).text("id_token")
		w.move(24 * time.Hour) // hints run out
		bye := a.Logouts[0]
		there := func(got answer) client.Logout {
			t.Helper()
			u := got.place()
			l, err := w.clients.OpenLogout(u.Query().Get("to"))
			if err != nil || !strings.HasPrefix(u.String(), issuer+"/sign-out?") {
				t.Fatalf("sent to %s: %v", u, err)
			}
			return l
		}
		form := url.Values{"id_token_hint": {id}, "post_logout_redirect_uri": {bye}, "state": {"s & t"}}
		for name, got := range map[string]answer{"GET": w.get(pathLogout, form), "POST": w.post(pathLogout, form), "by its id": w.get(pathLogout, with(form, "id_token_hint", "", "client_id", a.ID)), "by both": w.get(pathLogout, with(form, "client_id", a.ID))} {
			if l := there(got); l.Location != bye+"?state=s+%26+t" || l.Name != "Diary" {
				t.Errorf("%s: %+v", name, l)
			}
		}
		if l := there(w.get(pathLogout, with(form, "state", ""))); l.Location != bye {
			t.Errorf("%+v", l)
		}
		if to := w.get(pathLogout, nil).place().String(); to != issuer+"/sign-out" {
			t.Errorf("without an address, to %s", to)
		}
		other := w.app(client.BySecret, func(s *client.Spec) { s.Logouts = nil })
		for name, pairs := range map[string][]string{
			"another address": {"post_logout_redirect_uri", "https://evil.example/"}, "a longer one": {"post_logout_redirect_uri", bye + "/"}, "where codes go": {"post_logout_redirect_uri", appBack},
			"another client": {"client_id", other.ID}, "a client that has none": {"client_id", other.ID, "id_token_hint", ""}, "nobody": {"id_token_hint", ""}, "a hint that is none": {"id_token_hint", "a.b.c"},
			"a hint of somebody's": {"id_token_hint", sign(t, testKeys().rsa, object{"alg": "RS256", "kid": "1"}, object{"iss": issuer, "sub": "ann", "aud": a.ID})},
			"a long state":         {"state", strings.Repeat("s", maxState+1)},
		} {
			w.get(pathLogout, with(form, pairs...)).nowhere(name)
			w.post(pathLogout, with(form, pairs...)).nowhere("POST, " + name)
		}
		word := w.get(pathLogout, form).place().Query().Get("to")
		for _, bad := range []string{"", "x", word + "x", bye} {
			if l, err := w.clients.OpenLogout(bad); err == nil {
				t.Errorf("%q leads to %s", bad, l.Location)
			}
		}
		w.move(30 * time.Minute)
		if _, err := w.clients.OpenLogout(word); !problem.Is(err, problem.Invalid) {
			t.Errorf("half an hour later: %v", err)
		}
	})
}
