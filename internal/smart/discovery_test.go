package smart

import (
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

func texts(v any) (out []string) {
	list, _ := v.([]any)
	for _, x := range list {
		out = append(out, x.(string))
	}
	return out
}

// The documents say what works and nothing else, to everybody, in JSON.
func TestDiscovery(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		for path, must := range map[string][]string{
			pathSMART:  {"token_endpoint", "grant_types_supported", "capabilities", "code_challenge_methods_supported", "scopes_supported", "token_endpoint_auth_methods_supported", "token_endpoint_auth_signing_alg_values_supported", "introspection_endpoint", "revocation_endpoint", "dpop_signing_alg_values_supported"},
			pathServer: {"issuer", "jwks_uri", "token_endpoint", "grant_types_supported", "response_types_supported", "introspection_endpoint", "revocation_endpoint"},
			pathOpenID: {"issuer", "jwks_uri", "token_endpoint"},
		} {
			a := w.send("GET", path, "", "Accept", "text/html", "Origin", "https://anybody.example")
			if a.status != 200 || a.header.Get("Content-Type") != "application/json" || a.header.Get("Access-Control-Allow-Origin") != "*" {
				t.Errorf("%s: %d %v", path, a.status, a.header)
			}
			o := a.json()
			for _, name := range must {
				if o[name] == nil {
					t.Errorf("%s lacks %s", path, name)
				}
			}
			for name, v := range o {
				if u, ok := v.(string); ok && !strings.HasPrefix(u, issuer) {
					t.Errorf("%s: %s is %s", path, name, u)
				}
			}
			if h := w.send("HEAD", path, ""); h.status != 200 || h.body != "" {
				t.Errorf("HEAD %s: %d %q", path, h.status, h.body)
			}
			if h := w.send("POST", path, ""); h.status != 405 {
				t.Errorf("POST %s: %d", path, h.status)
			}
		}
		o := w.send("GET", pathSMART, "").json()
		for _, name := range []string{"launch-ehr", "launch-standalone", "client-public", "client-confidential-symmetric", "client-confidential-asymmetric",
			"sso-openid-connect", "permission-offline", "permission-patient", "permission-user", "permission-v1", "permission-v2", "authorize-post"} {
			if !slices.Contains(texts(o["capabilities"]), name) {
				t.Errorf("%s is not among the capabilities", name)
			}
		}
		if got := texts(o["code_challenge_methods_supported"]); !slices.Equal(got, []string{"S256"}) {
			t.Errorf("challenges %v", got)
		}
		if got := texts(o["token_endpoint_auth_methods_supported"]); !slices.Equal(got, []string{"private_key_jwt", "client_secret_basic", "client_secret_post", "none"}) {
			t.Errorf("ways of proof %v", got)
		}
		algs := texts(o["token_endpoint_auth_signing_alg_values_supported"])
		if !slices.Contains(algs, "RS384") || !slices.Contains(algs, "ES384") || slices.Contains(algs, "RS256") {
			t.Errorf("algorithms %v", algs)
		}
		if got := texts(o["grant_types_supported"]); !slices.Equal(got, []string{"authorization_code", "refresh_token", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code", "urn:ietf:params:oauth:grant-type:token-exchange"}) {
			t.Errorf("grant types %v", got)
		}
		for _, path := range []string{pathServer, pathOpenID, pathSMART} {
			if a := w.send("GET", path, ""); a.text("issuer") != issuer {
				t.Errorf("%s: the issuer is %s", path, a.text("issuer"))
			}
		}
	})
}

// The name is never taken from a request.
func TestTheIssuerIsNotTheCallersToChoose(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		for _, path := range []string{pathSMART, pathServer, pathOpenID} {
			a := w.send("GET", path, "", "Host", "evil.example", "X-Forwarded-Host", "evil.example", "Forwarded", "host=evil.example")
			if strings.Contains(a.body, "evil") {
				t.Errorf("%s: %s", path, a.body)
			}
		}
	})
}

func TestTheKeysArePublished(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		a := w.send("GET", pathKeys, "")
		if a.status != 200 || a.header.Get("Access-Control-Allow-Origin") != "*" || strings.Contains(a.body, `"d"`) {
			t.Errorf("%d %v %s", a.status, a.header, a.body)
		}
		var algs []string
		for _, k := range a.json()["keys"].([]any) {
			key := k.(object)
			algs = append(algs, key["alg"].(string))
			if key["kid"] == "" || key["use"] != "sig" || key["x5c"] != nil {
				t.Errorf("a key is %v", key)
			}
		}
		slices.Sort(algs)
		if !slices.Equal(algs, []string{"ES256", "RS256"}) {
			t.Errorf("keys for %v", algs)
		}
		if b := w.send("GET", pathKeys, ""); b.body != a.body {
			t.Error("other keys the second time")
		}
	})
}
