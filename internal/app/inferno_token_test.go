package app

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/suitetest"
	"github.com/go-jose/go-jose/v4"
)

// renew asks for a token with the refresh token of an answer.
func (k *kit) renew(a *inApp, o map[string]any, changes ...string) *httptest.ResponseRecorder {
	v := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {fmt.Sprint(o["refresh_token"])}}
	for i := 0; i+1 < len(changes); i += 2 {
		v.Set(changes[i], changes[i+1])
	}
	return k.form(a, "/oauth/token", v)
}

// tokenBody checks the types of the token endpoint's answer.
func tokenBody(f *suitetest.Finding, o map[string]any) {
	for _, name := range []string{"access_token", "token_type", "scope"} {
		text, ok := o[name].(string)
		f.Want(ok && text != "", "%s is %v", name, o[name])
	}
	f.Want(strings.EqualFold(fmt.Sprint(o["token_type"]), "bearer"), "token_type is %v", o["token_type"])
	seconds, ok := o["expires_in"].(float64)
	f.Want(ok && seconds > 0 && seconds <= 3600, "expires_in is %v", o["expires_in"])
	for _, name := range []string{"patient", "encounter", "intent", "smart_style_url", "id_token", "refresh_token"} {
		_, ok := o[name].(string)
		f.Want(o[name] == nil || ok, "%s is %v", name, o[name])
	}
	_, ok = o["need_patient_banner"].(bool)
	f.Want(o["need_patient_banner"] == nil || ok, "need_patient_banner is %v", o["need_patient_banner"])
	_, ok = o["fhirContext"].([]any)
	f.Want(o["fhirContext"] == nil || ok, "fhirContext is %v", o["fhirContext"])
}

func noKeeping(f *suitetest.Finding, w *httptest.ResponseRecorder) {
	f.Want(w.Header().Get("Cache-Control") == "no-store" && w.Header().Get("Pragma") == "no-cache", "%v", w.Header())
}

func (k *kit) tokenChecks() suitetest.Cases {
	each := func(do func(f *suitetest.Finding, a *inApp)) func(*suitetest.Finding) {
		return func(f *suitetest.Finding) {
			for _, a := range []*inApp{k.public, k.secret, k.key} {
				do(f, a)
			}
		}
	}
	return suitetest.Cases{
		"smart_token_exchange":      each(func(f *suitetest.Finding, a *inApp) { k.launch(f, a, standalone, k.self) }),
		"smart_token_response_body": each(func(f *suitetest.Finding, a *inApp) { tokenBody(f, k.launch(f, a, standalone, k.self)) }),
		"smart_token_response_headers": each(func(f *suitetest.Finding, a *inApp) {
			q, err := k.code(k.asks(a, standalone), k.self, "GET")
			f.Want(err == nil, "%v", err)
			noKeeping(f, k.redeem(a, q.Get("code")))
		}),
		"smart_token_refresh": each(func(f *suitetest.Finding, a *inApp) {
			o := k.launch(f, a, standalone, k.self)
			w := k.renew(a, o)
			f.Want(w.Code == 200, "without a scope: %d %s", w.Code, w.Body)
			if next := body(w)["refresh_token"]; next != nil {
				o["refresh_token"] = next
			}
			w = k.renew(a, o, "scope", fmt.Sprint(o["scope"]))
			f.Want(w.Code == 200, "with a scope: %d %s", w.Code, w.Body)
		}),
		"smart_token_refresh_body": each(func(f *suitetest.Finding, a *inApp) {
			o := k.launch(f, a, standalone, k.self)
			w := k.renew(a, o)
			tokenBody(f, body(w))
			noKeeping(f, w)
			had := strings.Fields(fmt.Sprint(o["scope"]))
			for _, s := range strings.Fields(fmt.Sprint(body(w)["scope"])) {
				f.Want(slices.Contains(had, s), "%s was not in the first scope", s)
			}
		}),
		"g10_invalid_token_refresh": func(f *suitetest.Finding) {
			o := k.launch(f, k.secret, standalone, k.self)
			o["refresh_token"] = fmt.Sprint(o["refresh_token"], "X")
			w := k.renew(k.secret, o)
			f.Want(w.Code == 400 || w.Code == 401, "%d %s", w.Code, w.Body)
		},
		"token_introspection_request_group.token_introspection_endpoint_returns_a_response_when_provided_an_active_token": func(f *suitetest.Finding) {
			k.introspected(f, k.launch(f, k.secret, standalone, k.self)["access_token"])
		},
		"token_introspection_request_group.token_introspection_endpoint_returns_a_response_when_provided_an_invalid_token": func(f *suitetest.Finding) {
			k.introspected(f, "invalid_token_value")
		},
		"token_introspection_response_group.token_introspection_response_for_an_invalid_token_contains_required_fields": func(f *suitetest.Finding) {
			o := k.introspected(f, "invalid_token_value")
			f.Want(o["active"] == false && len(o) == 1, "%v", o)
		},
		"token_introspection_response_group.token_introspection_response_for_an_active_token_contains_required_fields": func(f *suitetest.Finding) {
			o := k.launch(f, k.secret, fromEHR, k.doctor)
			said := k.introspected(f, o["access_token"])
			_, id, _, err := k.claims(o["id_token"])
			f.Want(err == nil, "%v", err)
			f.Want(said["active"] == true && said["client_id"] == k.secret.ID, "%v", said)
			for _, name := range []string{"scope", "patient", "encounter", "intent", "need_patient_banner", "smart_style_url"} {
				f.Want(said[name] == o[name], "%s is %v, and was %v", name, said[name], o[name])
			}
			exp, ok := said["exp"].(float64)
			f.Want(ok && exp > float64(time.Now().Unix()), "exp is %v", said["exp"])
			f.Want(said["iss"] == id["iss"] && said["sub"] == id["sub"] && said["fhirUser"] == id["fhirUser"], "%v, and the ID token %v", said, id)
		},
		"visual_inspection_and_attestations_group.health_it_developer_demonstrated_the_ability_of_the_health_it_module": func(f *suitetest.Finding) {
			f.Want(k.introspected(f, k.launch(f, k.secret, standalone, k.self)["access_token"])["active"] == true, "a good token is not said to be good")
		},
		"smart_cors_token_exchange": func(f *suitetest.Finding) {
			q, err := k.code(k.asks(k.public, standalone), k.self, "GET")
			f.Want(err == nil, "%v", err)
			w := k.redeem(k.public, q.Get("code"))
			got := w.Header().Get("Access-Control-Allow-Origin")
			f.Want(w.Code == 200 && (got == "*" || got == "https://inferno.example"), "%d %q", w.Code, got)
		},
		"smart_cors_openid_fhir_user_claim": func(f *suitetest.Finding) {
			w := k.read(k.launch(f, k.public, standalone, k.self), "/Patient/sam")
			got := w.Header().Get("Access-Control-Allow-Origin")
			f.Want(w.Code == 200 && (got == "*" || got == "https://inferno.example"), "%d %q", w.Code, got)
		},
	}
}

// introspected is what the operator is told of a token.
func (k *kit) introspected(f *suitetest.Finding, token any) map[string]any {
	w := k.send("POST", "/oauth/introspect", url.Values{"token": {fmt.Sprint(token)}}.Encode(), "Content-Type", "application/x-www-form-urlencoded", "Authorization", "Bearer "+k.operator)
	f.Want(w.Code == 200 && strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") && json.Valid(w.Body.Bytes()), "%d %s", w.Code, w.Body)
	return body(w)
}

// claims are those of an ID token, and whether a published key signed it.
func (k *kit) claims(token any) (head, said map[string]any, signed bool, err error) {
	parts := strings.Split(fmt.Sprint(token), ".")
	if len(parts) != 3 {
		return nil, nil, false, fmt.Errorf("%v is no signed token", token)
	}
	for i, into := range []*map[string]any{&head, &said} {
		b, derr := base64.RawURLEncoding.DecodeString(parts[i])
		if derr != nil {
			return nil, nil, false, derr
		}
		if err := json.Unmarshal(b, into); err != nil {
			return nil, nil, false, err
		}
	}
	var set jose.JSONWebKeySet
	if err := json.Unmarshal(k.send("GET", "/oauth/jwks", "").Body.Bytes(), &set); err != nil {
		return head, said, false, err
	}
	jws, err := jose.ParseSignedCompact(fmt.Sprint(token), []jose.SignatureAlgorithm{jose.RS256})
	if err != nil {
		return head, said, false, err
	}
	for _, key := range set.Key(fmt.Sprint(head["kid"])) {
		if _, verr := jws.Verify(key); verr == nil {
			signed = true
		}
	}
	return head, said, signed, nil
}

func (k *kit) openIDChecks() suitetest.Cases {
	idToken := func(check func(f *suitetest.Finding, a *inApp, head, said map[string]any, signed bool)) func(*suitetest.Finding) {
		return func(f *suitetest.Finding) {
			for _, a := range []*inApp{k.public, k.secret, k.key} {
				head, said, signed, err := k.claims(k.launch(f, a, standalone, k.self)["id_token"])
				if f.Want(err == nil, "%v", err) {
					check(f, a, head, said, signed)
				}
			}
		}
	}
	there := idToken(func(*suitetest.Finding, *inApp, map[string]any, map[string]any, bool) {})
	return suitetest.Cases{
		"smart_openid_decode_id_token":   there,
		"g10_public_launch_id_token":     there,
		"g10_asymmetric_launch_id_token": there,
		"smart_openid_token_header": idToken(func(f *suitetest.Finding, _ *inApp, head, _ map[string]any, _ bool) {
			f.Want(head["alg"] == "RS256" && head["kid"] != nil, "%v", head)
		}),
		"smart_openid_token_payload": idToken(func(f *suitetest.Finding, a *inApp, _, said map[string]any, signed bool) {
			o := body(k.send("GET", "/.well-known/openid-configuration", ""))
			sub, _ := said["sub"].(string)
			exp, _ := said["exp"].(float64)
			f.Want(said["iss"] == o["issuer"] && said["aud"] == a.ID && said["iat"] != nil && exp > float64(time.Now().Unix()) && sub != "" && len(sub) <= 255 && signed, "%v, signed: %v", said, signed)
		}),
		"smart_openid_fhir_user_claim": func(f *suitetest.Finding) {
			for who, y := range map[string]struct {
				scope string
				a     *inApp
			}{"/Patient/sam": {standalone, k.public}, "/Practitioner/doc": {fromEHR, k.secret}} {
				z := k.self
				if strings.HasPrefix(who, "/Prac") {
					z = k.doctor
				}
				o := k.launch(f, y.a, y.scope, z)
				_, said, _, err := k.claims(o["id_token"])
				f.Want(err == nil && said["fhirUser"] == plantIssuer+"/fhir"+who, "fhirUser is %v, %v", said["fhirUser"], err)
				w := k.read(o, who)
				f.Want(w.Code == 200 && "/"+fmt.Sprint(body(w)["resourceType"], "/", body(w)["id"]) == who, "%s can not be read: %d %s", who, w.Code, w.Body)
			}
		},
		"smart_openid_retrieve_configuration": func(f *suitetest.Finding) {
			w := k.send("GET", "/.well-known/openid-configuration", "")
			f.Want(w.Code == 200 && strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") && len(body(w)) > 0, "%d %s", w.Code, w.Body)
		},
		"smart_openid_required_configuration_fields": func(f *suitetest.Finding) {
			o := body(k.send("GET", "/.well-known/openid-configuration", ""))
			for _, name := range []string{"issuer", "authorization_endpoint", "token_endpoint", "jwks_uri", "response_types_supported", "subject_types_supported", "id_token_signing_alg_values_supported"} {
				f.Want(o[name] != nil, "%s is missing", name)
			}
			algs, _ := o["id_token_signing_alg_values_supported"].([]any)
			f.Want(slices.Contains(algs, any("RS256")), "%v", algs)
		},
		"smart_openid_retrieve_jwks": func(f *suitetest.Finding) {
			at, _ := body(k.send("GET", "/.well-known/openid-configuration", ""))["jwks_uri"].(string)
			keys, _ := body(k.send("GET", strings.TrimPrefix(at, plantIssuer), ""))["keys"].([]any)
			rsa := false
			for _, key := range keys {
				rsa = rsa || key.(map[string]any)["kty"] == "RSA" && key.(map[string]any)["n"] != nil && key.(map[string]any)["x5c"] == nil
			}
			f.Want(rsa, "no bare RSA key in %v", keys)
		},
	}
}
