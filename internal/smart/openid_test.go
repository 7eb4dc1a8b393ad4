package smart

import (
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// An ID token comes with the access token when openid was allowed. It is signed
// with RSA and SHA-256, by a key that is published, and says who signed in
// (200, 205, 209, 210, 278, 279, 358).
func TestRowsOfIDTokens(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.app(client.BySecret, nil)
		y := yes("")
		y.Verified = w.now().Add(-3 * time.Minute)
		o := m.let(y, "scope", "openid fhirUser launch/patient patient/Patient.rs")
		head, said := w.claimsOf(o["id_token"])
		if head["alg"] != "RS256" || head["kid"] == nil || head["typ"] != "JWT" {
			t.Errorf("%v", head)
		}
		now := float64(w.now().Unix())
		for name, want := range map[string]any{"iss": issuer, "sub": "anna", "aud": m.ID, "nonce": "n-1", "auth_time": now - 180, "iat": now, "exp": now + 600,
			"fhirUser": issuer + "/fhir/Patient/17", "vot": "P9.Cm", "vtm": issuer + "/oauth/trustmark"} {
			if said[name] != want {
				t.Errorf("%s is %v, want %v", name, said[name], want)
			}
		}
		// Introspection names the same issuer, subject and user.
		i := w.post(pathIntrospect, url.Values{"token": {o["access_token"].(string)}}, "Authorization", "Bearer operator").json()
		if i["iss"] != said["iss"] || i["sub"] != said["sub"] || i["fhirUser"] != said["fhirUser"] || i["exp"] != now+3600 {
			t.Errorf("introspection: %v", i)
		}
		// Without openid there is neither.
		o = m.let(yes(""), "scope", "launch/patient patient/Patient.rs")
		i = w.post(pathIntrospect, url.Values{"token": {o["access_token"].(string)}}, "Authorization", "Bearer operator").json()
		if o["id_token"] != nil || o["fhirUser"] != nil || i["sub"] != nil || i["iss"] != nil {
			t.Errorf("%v %v", o, i)
		}
		// A request without a nonce gets a token without one.
		if _, said := w.claimsOf(m.let(yes(""), "nonce", "")["id_token"]); said["nonce"] != nil {
			t.Errorf("a nonce that nobody sent: %v", said)
		}
		// A client held to FAPI gets ES256; all are for it alone.
		if w.good(o["id_token"]) {
			t.Error("an ID token is taken for an access token")
		}
	})
}

// fhirUser is the resource of the one who signed in, of one of five types, and
// is not given to whoever has none (197, 198).
func TestTheUserIsAResource(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.app(client.NoProof, nil)
		for _, user := range []string{"Patient/17", "Practitioner/9", "PractitionerRole/3", "RelatedPerson/4", "Person/5", ""} {
			y := yes("")
			y.User = user
			o := m.let(y, "scope", "openid fhirUser")
			_, said := w.claimsOf(o["id_token"])
			info := w.send("GET", pathUserinfo, "", "Authorization", "Bearer "+o["access_token"].(string)).json()
			if user == "" {
				if said["fhirUser"] != nil || info["fhirUser"] != nil || o["fhirUser"] != nil || o["scope"] != "openid" {
					t.Errorf("nobody's resource: %v %v %v", said, info, o)
				}
				continue
			}
			if want := issuer + "/fhir/" + user; said["fhirUser"] != want || info["fhirUser"] != want || o["scope"] != "openid fhirUser" {
				t.Errorf("%v %v %v", said, info, o)
			}
		}
	})
}

// Userinfo says what the scopes let it say, by GET and POST, with the token in
// the header or the form (OpenID Connect Core section 5.3).
func TestRowsOfUserinfo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.app(client.NoProof, nil)
		for scope, names := range map[string][]string{
			"openid": {"sub"}, "openid profile": {"name", "sub"}, "openid email": {"email", "email_verified", "sub"}, "openid phone": {"phone_number", "phone_number_verified", "sub"},
			"openid profile email phone fhirUser": {"email", "email_verified", "fhirUser", "name", "phone_number", "phone_number_verified", "sub"},
		} {
			token, _ := m.let(yes(""), "scope", scope)["access_token"].(string)
			for what, a := range map[string]answer{
				"GET": w.send("GET", pathUserinfo, "", "Authorization", "Bearer "+token), "POST": w.send("POST", pathUserinfo, "", "Authorization", "Bearer "+token),
				"form": w.post(pathUserinfo, url.Values{"access_token": {token}}),
			} {
				if a.status != 200 || a.header.Get("Content-Type") != "application/json" || a.header.Get("Cache-Control") != "no-store" {
					t.Errorf("%s of %s: %d %v %s", what, scope, a.status, a.header, a.body)
					continue
				}
				got := []string{}
				for name := range a.json() {
					got = append(got, name)
				}
				slices.Sort(got)
				if !slices.Equal(got, names) || a.text("sub") != "anna" {
					t.Errorf("%s of %s: %v, want %v", what, scope, got, names)
				}
			}
		}
		no, _ := m.let(yes(""), "scope", "patient/Patient.rs")["access_token"].(string)
		for what, c := range map[string]struct {
			a    answer
			want int
		}{
			"no token":          {w.send("GET", pathUserinfo, ""), 401},
			"no such token":     {w.send("GET", pathUserinfo, "", "Authorization", "Bearer x"), 401},
			"no openid":         {w.send("GET", pathUserinfo, "", "Authorization", "Bearer "+no), 403},
			"in the address":    {w.send("GET", pathUserinfo+"?access_token="+no, ""), 401},
			"a program's token": {w.send("GET", pathUserinfo, "", "Authorization", "Bearer "+w.register(testKeys().p384, "ES384", nil).token("system/Patient.r")), 403},
		} {
			if c.a.status != c.want || c.a.header.Get("WWW-Authenticate") == "" || strings.Contains(c.a.body, "anna") {
				t.Errorf("%s: %d %v %s", what, c.a.status, c.a.header, c.a.body)
			}
		}
	})
}

// An app sends people to sign out, who are asked here, and go back to a
// registered address only (OpenID Connect RP-Initiated Logout 1.0).
func TestSigningOutGoesBackToARegisteredAddress(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		m := w.app(client.BySecret, func(s *client.Spec) { s.Logouts = []string{"https://app.example/out"} })
		hint, _ := m.let(yes(""))["id_token"].(string)
		out := func(v url.Values) answer { return w.send("GET", pathLogout+"?"+v.Encode(), "") }
		a := out(url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {"https://app.example/out"}, "state": {"s 1"}})
		word, ok := strings.CutPrefix(a.header.Get("Location"), issuer+"/sign-out?to=")
		word, err := url.QueryUnescape(word)
		if a.status != 303 || !ok || err != nil {
			t.Fatalf("%d %v", a.status, a.header)
		}
		if l, err := w.clients.OpenLogout(word); err != nil || l.Location != "https://app.example/out?state=s+1" || l.Name != m.Name {
			t.Errorf("%+v %v", l, err)
		}
		if _, err := w.clients.OpenLogout(word[:len(word)-2] + "xx"); err == nil {
			t.Error("a word that was changed is taken")
		}
		if a := out(nil); a.status != 303 || a.header.Get("Location") != issuer+"/sign-out" {
			t.Errorf("without anything: %d %v", a.status, a.header)
		}
		for what, v := range map[string]url.Values{
			"another address":    {"id_token_hint": {hint}, "post_logout_redirect_uri": {"https://evil.example/"}},
			"a longer address":   {"id_token_hint": {hint}, "post_logout_redirect_uri": {"https://app.example/out/x"}},
			"a changed hint":     {"id_token_hint": {hint[:len(hint)-4] + "AAAA"}, "post_logout_redirect_uri": {"https://app.example/out"}},
			"another client":     {"id_token_hint": {hint}, "client_id": {w.app(client.NoProof, nil).ID}, "post_logout_redirect_uri": {"https://app.example/out"}},
			"nobody's":           {"post_logout_redirect_uri": {"https://app.example/out"}},
			"an unknown client":  {"client_id": {"app-none"}, "post_logout_redirect_uri": {"https://app.example/out"}},
			"a redirect address": {"id_token_hint": {hint}, "post_logout_redirect_uri": {back}},
		} {
			if a := out(v); a.status != 400 || a.header.Get("Location") != "" {
				t.Errorf("%s: %d %v", what, a.status, a.header)
			}
		}
	})
}

// Discovery says what OpenID Connect needs of it (205, 381, 382, 383; OpenID
// Connect Discovery 1.0 section 3), and each address that it names answers.
func TestWhatIsClaimedIsThere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		for _, path := range []string{pathSMART, pathOpenID, pathServer} {
			o := w.send("GET", path, "").json()
			if o["issuer"] != issuer || o["jwks_uri"] != issuer+pathKeys || o["authorization_endpoint"] != issuer+pathAuthorize {
				t.Errorf("%s: %v", path, o)
			}
			for name, v := range o {
				at, ok := v.(string)
				if !ok || !strings.HasSuffix(name, "_endpoint") && name != "jwks_uri" || name == "management_endpoint" {
					continue
				}
				if a := w.send("OPTIONS", strings.TrimPrefix(at, issuer), ""); a.status == 404 || !strings.HasPrefix(at, issuer+"/") {
					t.Errorf("%s: there is nothing at %s: %d", path, at, a.status)
				}
			}
		}
		o := w.send("GET", pathOpenID, "").json()
		for name, want := range map[string]string{"response_types_supported": "code", "subject_types_supported": "public", "id_token_signing_alg_values_supported": "RS256",
			"scopes_supported": "openid", "grant_types_supported": "authorization_code", "claims_supported": "sub", "code_challenge_methods_supported": "S256"} {
			if !slices.Contains(texts(o[name]), want) {
				t.Errorf("%s is %v", name, o[name])
			}
		}
		if slices.Contains(texts(o["id_token_signing_alg_values_supported"]), "none") || slices.Contains(texts(o["code_challenge_methods_supported"]), "plain") {
			t.Errorf("%v", o)
		}
	})
}

// A server that claims one of SMART's capability sets claims all that belongs
// to it (348 to 351).
func TestCapabilitySetsAreWhole(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newTown(t, d)
		claimed := texts(w.send("GET", pathSMART, "").json()["capabilities"])
		for name, set := range map[string][]string{
			"patient access for standalone apps": {"launch-standalone", "client-public", "client-confidential-symmetric", "context-standalone-patient", "permission-patient"},
			"patient access for EHR launch":      {"launch-ehr", "client-public", "context-ehr-patient", "permission-patient"},
			"clinician access for standalone":    {"launch-standalone", "client-public", "permission-user", "permission-patient"},
			"clinician access for EHR launch":    {"launch-ehr", "client-public", "context-ehr-patient", "context-ehr-encounter", "permission-user", "permission-patient"},
		} {
			for _, c := range set {
				if !slices.Contains(claimed, c) {
					t.Errorf("%s: %s is not claimed", name, c)
				}
			}
		}
	})
}
