package app

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/validate"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

const wellKnown = "/fhir/.well-known/smart-configuration"

// has says whether a list in a document names something.
func has(o map[string]any, name, value string) bool {
	list, _ := o[name].([]any)
	return slices.Contains(list, any(value))
}

func (k *kit) discoveryChecks() suitetest.Cases {
	open := func(path string) func(*suitetest.Finding) {
		return func(f *suitetest.Finding) {
			w := k.send("GET", path, "", "Origin", "https://inferno.example")
			got := w.Header().Get("Access-Control-Allow-Origin")
			f.Want(w.Code == 200 && (got == "*" || got == "https://inferno.example"), "%d %q", w.Code, got)
		}
	}
	fields := func(names ...string) func(*suitetest.Finding) {
		return func(f *suitetest.Finding) {
			o := body(k.send("GET", wellKnown, ""))
			for _, name := range names {
				text, isText := o[name].(string)
				list, isList := o[name].([]any)
				f.Want(isText && text != "" || isList && len(list) > 0, "%s is %v", name, o[name])
			}
		}
	}
	return suitetest.Cases{
		"smart_cors_metadata_request":    open("/fhir/metadata"),
		"smart_cors_well_known_endpoint": open(wellKnown),
		"well_known_endpoint": func(f *suitetest.Finding) {
			w := k.send("GET", wellKnown, "", "Accept", "application/json")
			f.Want(w.Code == 200 && strings.HasPrefix(w.Header().Get("Content-Type"), "application/json") && json.Valid(w.Body.Bytes()), "%d %v", w.Code, w.Header())
		},
		"well_known_capabilities_stu1": fields("authorization_endpoint", "token_endpoint", "capabilities"),
		"well_known_capabilities_stu2": func(f *suitetest.Finding) {
			fields("authorization_endpoint", "token_endpoint", "capabilities", "grant_types_supported", "code_challenge_methods_supported", "issuer", "jwks_uri")(f)
			o := body(k.send("GET", wellKnown, ""))
			f.Want(has(o, "grant_types_supported", "authorization_code") && has(o, "code_challenge_methods_supported", "S256") && !has(o, "code_challenge_methods_supported", "plain"), "%v", o)
		},
		"g10_smart_well_known_capabilities": func(f *suitetest.Finding) {
			o := body(k.send("GET", wellKnown, ""))
			for _, c := range strings.Fields("launch-ehr launch-standalone client-public client-confidential-symmetric client-confidential-asymmetric sso-openid-connect context-banner context-style " +
				"context-ehr-patient context-ehr-encounter context-standalone-patient permission-offline permission-patient permission-user permission-v1 permission-v2 authorize-post") {
				f.Want(has(o, "capabilities", c), "%s is not claimed", c)
			}
		},
		"bulk_data_smart_discovery_v101_contents": func(f *suitetest.Finding) {
			fields("token_endpoint", "token_endpoint_auth_methods_supported", "token_endpoint_auth_signing_alg_values_supported", "scopes_supported")(f)
			o := body(k.send("GET", wellKnown, ""))
			f.Want(has(o, "token_endpoint_auth_methods_supported", "private_key_jwt") && (has(o, "token_endpoint_auth_signing_alg_values_supported", "RS384") || has(o, "token_endpoint_auth_signing_alg_values_supported", "ES384")), "%v", o)
		},
	}
}

func (k *kit) backendChecks() suitetest.Cases {
	ask := func(change func(url.Values)) (int, map[string]any) {
		v := url.Values{"grant_type": {"client_credentials"}, "scope": {"system/*.rs"}, "client_assertion": {k.p.assertion()},
			"client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}}
		if change != nil {
			change(v)
		}
		w := k.send("POST", "/oauth/token", v.Encode(), "Content-Type", "application/x-www-form-urlencoded")
		return w.Code, body(w)
	}
	refused := func(name, value string) func(*suitetest.Finding) {
		return func(f *suitetest.Finding) {
			status, o := ask(func(v url.Values) { v.Set(name, value) })
			f.Want(status == 400 && o["error"] != nil, "%d %v", status, o)
		}
	}
	return suitetest.Cases{
		"smart_backend_services_invalid_grant_type":       refused("grant_type", "not_a_grant_type"),
		"smart_backend_services_invalid_client_assertion": refused("client_assertion_type", "not_an_assertion_type"),
		// Inferno sends a good assertion here under a wrong type. What its title
		// says is played as well: one that somebody else signed.
		"smart_backend_services_invalid_jwt": func(f *suitetest.Finding) {
			refused("client_assertion_type", "not_an_assertion_type")(f)
			good := strings.Split(k.p.assertion(), ".")
			refused("client_assertion", good[0]+"."+good[1]+"."+strings.Repeat("A", len(good[2])))(f)
			refused("client_assertion", "not a token")(f)
		},
		"smart_backend_services_auth_request_success": func(f *suitetest.Finding) {
			status, o := ask(nil)
			f.Want(status == 200 || status == 201, "%d %v", status, o)
		},
		"smart_backend_services_auth_response_body": func(f *suitetest.Finding) {
			_, o := ask(nil)
			tokenBody(f, o)
			f.Want(o["expires_in"].(float64) <= 300 && o["refresh_token"] == nil, "%v", o)
		},
	}
}

func (k *kit) brandChecks() suitetest.Cases {
	type entry struct {
		Resource json.RawMessage
	}
	type reference struct{ Reference string }
	type resource struct {
		ResourceType, ID, Name, Address, Status string
		Endpoint                                []reference
		Telecom, Contact, Extension             []map[string]any
	}
	bundle := func(f *suitetest.Finding) (all []resource) {
		at, _ := body(k.send("GET", wellKnown, ""))["user_access_brand_bundle"].(string)
		w := k.send("GET", strings.TrimPrefix(at, plantIssuer), "", "Origin", "https://inferno.example")
		f.Want(w.Code == 200 && w.Header().Get("Access-Control-Allow-Origin") == "*", "%q: %d %v", at, w.Code, w.Header())
		var b struct {
			ResourceType, Type, Timestamp string
			Entry                         []entry
		}
		err := json.Unmarshal(w.Body.Bytes(), &b)
		f.Want(err == nil && b.ResourceType == "Bundle" && b.Type == "collection" && b.Timestamp != "" && len(b.Entry) > 1, "%v %+v", err, b)
		f.Want(valid(w.Body.Bytes()) == "", "%s", valid(w.Body.Bytes()))
		for _, e := range b.Entry {
			var r resource
			f.Want(json.Unmarshal(e.Resource, &r) == nil, "%s", e.Resource)
			all = append(all, r)
		}
		return all
	}
	named := func(all []resource, typ, id string) bool {
		return slices.ContainsFunc(all, func(r resource) bool { return r.ResourceType == typ && r.ID == id })
	}
	return suitetest.Cases{
		"smart_access_brands_retrieve_bundle": func(f *suitetest.Finding) { bundle(f) },
		"smart_access_brands_valid_bundle":    func(f *suitetest.Finding) { bundle(f) },
		"smart_access_brands_valid_brands": func(f *suitetest.Finding) {
			all := bundle(f)
			for _, r := range all {
				if r.ResourceType != "Organization" {
					continue
				}
				f.Want(r.Name != "" && len(r.Telecom) == 1, "%+v", r)
				var of []string
				for _, ref := range r.Endpoint {
					of = append(of, ref.Reference)
					typ, id, _ := strings.Cut(ref.Reference, "/")
					f.Want(named(all, typ, id), "%s is not in the bundle", ref.Reference)
				}
				for _, x := range r.Extension {
					parts, _ := x["extension"].([]any)
					for _, part := range parts {
						p, _ := part.(map[string]any)
						if p["url"] == "portalEndpoint" {
							ref, _ := p["valueReference"].(map[string]any)
							f.Want(slices.Contains(of, fmt.Sprint(ref["reference"])), "%v is no endpoint of the brand", ref)
						}
					}
				}
			}
		},
		"smart_access_brands_valid_endpoints": func(f *suitetest.Finding) {
			all := bundle(f)
			for _, e := range all {
				if e.ResourceType != "Endpoint" {
					continue
				}
				f.Want(e.Status != "" && len(e.Contact) > 0 && len(e.Extension) > 0, "%+v", e)
				f.Want(slices.ContainsFunc(all, func(r resource) bool {
					return r.ResourceType == "Organization" && slices.Contains(r.Endpoint, reference{"Endpoint/" + e.ID})
				}), "no brand names %s", e.ID)
			}
		},
		"smart_access_brands_valid_endpoint_urls": func(f *suitetest.Finding) {
			for _, e := range bundle(f) {
				if e.ResourceType != "Endpoint" {
					continue
				}
				w := k.send("GET", strings.TrimPrefix(e.Address, plantIssuer)+"/metadata", "")
				f.Want(strings.HasPrefix(e.Address, "https://") && w.Code == 200, "%s: %d", e.Address, w.Code)
			}
		},
	}
}

// valid says what is wrong with a resource; nothing if it is one.
func valid(text []byte) string {
	tree, err := fhir.Parse(text, fhir.Limits{})
	if err != nil {
		return err.Error()
	}
	var wrong []string
	for _, i := range validate.Resource(tree, validate.Options{}) {
		if i.Severity == validate.Error {
			wrong = append(wrong, i.Path+" "+i.Message)
		}
	}
	return strings.Join(wrong, "; ")
}
