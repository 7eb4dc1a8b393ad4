package upstream

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
)

func raw(c object) string {
	b, _ := json.Marshal(c) // a map of plain values
	return base64.RawURLEncoding.EncodeToString(b)
}

// hostile are answers in the place of a provider's metadata.
var hostile = map[string]map[string]func(http.ResponseWriter){
	"an error":   {"/.well-known/openid-configuration": func(w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) }},
	"a page":     {"/.well-known/openid-configuration": func(w http.ResponseWriter) { _, _ = w.Write([]byte("<html>")) }},
	"a list":     {"/.well-known/openid-configuration": func(w http.ResponseWriter) { _, _ = w.Write([]byte("[]")) }},
	"nothing":    {"/.well-known/openid-configuration": func(w http.ResponseWriter) { _, _ = w.Write([]byte("{}")) }},
	"too much":   {"/.well-known/openid-configuration": func(w http.ResponseWriter) { _, _ = w.Write([]byte(strings.Repeat(" ", maxAnswer+1))) }},
	"a redirect": {"/.well-known/openid-configuration": func(w http.ResponseWriter) { w.Header().Set("Location", "/keys"); w.WriteHeader(http.StatusFound) }},
}

func TestTheOperatorNamesProviders(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		good := Spec{ID: "nhs-login", Name: "NHS login", Issuer: "https://auth.example.org", ClientID: "bevan", Profile: NHS}
		for what, change := range map[string]func(*Spec){
			"no id":                 func(s *Spec) { s.ID = "" },
			"an id with a slash":    func(s *Spec) { s.ID = "a/b" },
			"no name":               func(s *Spec) { s.Name = " " },
			"a name of two lines":   func(s *Spec) { s.Name = "a\nb" },
			"no client_id":          func(s *Spec) { s.ClientID = "" },
			"no https":              func(s *Spec) { s.Issuer = "http://auth.example.org" },
			"this machine":          func(s *Spec) { s.Issuer = "http://localhost:1" },
			"a query":               func(s *Spec) { s.Issuer += "?a=b" },
			"no such profile":       func(s *Spec) { s.Profile = "saml" },
			"an algorithm":          func(s *Spec) { s.Alg = "HS256" },
			"a vector":              func(s *Spec) { s.Vectors = "P9" },
			"levels of NHS login":   func(s *Spec) { s.Trust = map[string]account.Proof{"P5": account.P9} },
			"a level that is not":   func(s *Spec) { s.Profile, s.Trust = OIDC, map[string]account.Proof{"x": 7} },
			"a level without name":  func(s *Spec) { s.Profile, s.Trust = OIDC, map[string]account.Proof{"": account.P9} },
			"a very long client_id": func(s *Spec) { s.ClientID = strings.Repeat("x", 201) },
		} {
			bad := good
			change(&bad)
			if _, err := w.Add(t.Context(), bad); err == nil {
				t.Errorf("%s is taken", what)
			}
		}
		of, err := w.Add(t.Context(), good)
		w.ok(err)
		if of.Alg != "RS512" || of.Vectors != asks[NHS] || strings.Contains(of.Public, `"d"`) || !strings.Contains(of.Public, `"kid":"nhs-login"`) {
			t.Errorf("it is %+v", of)
		}
		_, err = w.Add(t.Context(), good)
		refused(t, "twice", err, problem.Conflict)
		again := good
		again.ID = "other"
		_, err = w.Add(t.Context(), again)
		refused(t, "one issuer twice", err, problem.Conflict)
		w.ok(w.Remove(t.Context(), "nhs-login"))
		w.ok(w.Remove(t.Context(), "nhs-login"))
		refused(t, "none", w.Remove(t.Context(), "none"), problem.NotFound)
		_, err = w.Begin(t.Context(), "nhs-login", SignIn, "", "/")
		refused(t, "one that was removed", err, problem.NotFound)
		_, err = w.Add(t.Context(), again)
		w.ok(err)
		all, err := w.List(t.Context())
		w.ok(err)
		now, err := w.Current(t.Context())
		w.ok(err)
		if len(all) != 2 || len(now) != 1 || now[0].ID != "other" {
			t.Errorf("%d and %d are listed", len(all), len(now))
		}
	})
}

// The private half of a key lies sealed, goes with its provider, and is printed
// by nothing.
func TestAKeyForAProviderIsSealed(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.knows(OIDC, "RS256")
		key, err := w.key(w.of)
		w.ok(err)
		if fmt.Sprint(key.Public()) == "" {
			t.Error("there is no key")
		}
		moved := w.of
		moved.ID = "other"
		if _, err := w.key(moved); err == nil {
			t.Error("a key opens in another provider's place")
		}
		before := w.sealed()
		w.ok(w.cfg.Ring.Rotate())
		w.ok(w.Reseal(t.Context()))
		if w.sealed() == before {
			t.Error("it lies under the old master key")
		}
		w.ann()
		_, err = w.whole() // the provider notices nothing
		w.ok(err)
		w.ok(w.Remove(t.Context(), w.of.ID))
		sealed := "?"
		w.ok(w.d.Query(t.Context(), "SELECT sealed FROM upstream_provider", nil, func(r *db.Row) error { sealed = r.Text(0); return nil }))
		if sealed != "" {
			t.Error("a key outlives its provider")
		}
	})
}

// sealed is the private half as it lies.
func (w *world) sealed() (s string) {
	w.t.Helper()
	w.ok(w.d.Query(w.t.Context(), "SELECT sealed FROM upstream_provider", nil, func(r *db.Row) error { s = r.Text(0); return nil }))
	return s
}

// A provider that the operator did not say lies on a private network is not
// reached there.
func TestAttack80AProviderOnAPrivateNetworkIsNotReached(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.knows(OIDC, "RS256")
		secret := w.of
		secret.PrivateNetwork = false
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, w.there.Server.URL+"/keys", nil)
		w.ok(err)
		var into any
		if _, err := w.send(secret, r, &into); err == nil || w.there.Asked("/keys") != 0 {
			t.Errorf("it was reached: %v", err)
		}
	})
}

func FuzzIdentity(f *testing.F) {
	f.Add([]byte(`{"vot":"P2","vc":{"credentialSubject":{"name":[{"nameParts":[{"value":"A","type":"GivenName"}]}],"birthDate":[{"value":"1980-03-31"}]}}}`))
	f.Add([]byte(`{"aud":["a"],"exp":1,"iat":1e308,"auth_time":-1}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		var c core
		if strictly(b, &c) != nil {
			return
		}
		d := c.details()
		if len(d.Given) > 2*maxListed || len(d.Family) > 2*maxListed {
			t.Fatalf("%d names are read", len(d.Given))
		}
		if c.wrong(Provider{Spec: Spec{ClientID: "bevan"}}, "https://a.example/", fixed) == "" && (c.audience() != "bevan" || c.Expires == nil || c.Subject == "") {
			t.Fatalf("%s is good", b)
		}
		var i info
		if strictly(b, &i) == nil {
			i.details(NHS)
		}
	})
}

func FuzzDocumentOfKeys(f *testing.F) {
	f.Add([]byte(`{"id":"did:web:a.example","assertionMethod":[{"id":"did:web:a.example#k","controller":"did:web:a.example","publicKeyJwk":{"kty":"EC"}}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		set, err := didKeys("https://a.example")(b)
		if err == nil && set.Has("did:web:b.example#k") {
			t.Fatalf("a key of another is taken: %s", b)
		}
	})
}

func FuzzVectorsAsked(f *testing.F) {
	f.Add(`["P2.Cl.Cm"]`, "Cl.Cm")
	f.Fuzz(func(t *testing.T, vtr, vot string) {
		for _, profile := range []Profile{NHS, GovUK, OIDC} {
			of := Provider{Spec: Spec{Profile: profile, Vectors: vtr}}
			if err := of.enough(vot); err == nil && vtr != "" && vot == "" {
				t.Fatalf("no vector is enough for %s", vtr)
			}
		}
	})
}
