package app

import (
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

const (
	standalone = "launch/patient openid fhirUser offline_access patient/*.rs"
	fromEHR    = "launch openid fhirUser offline_access user/*.rs patient/*.rs"
)

// usCore are the types that ONC's checks try scopes on.
var usCore = strings.Fields("AllergyIntolerance CarePlan CareTeam Condition Device DiagnosticReport DocumentReference Encounter Goal Immunization MedicationRequest Observation Patient Procedure Provenance")

func (k *kit) launchChecks() suitetest.Cases {
	return suitetest.Cases{
		"smart_app_launch": func(f *suitetest.Finding) {
			q := k.opened(f)
			f.Want(q.Get("iss") == plantIssuer+"/fhir", "iss is %v", q)
		},
		"smart_launch_received": func(f *suitetest.Finding) {
			f.Want(k.opened(f).Get("launch") != "", "no launch parameter")
		},
		"smart_app_redirect": func(f *suitetest.Finding) {
			for _, how := range []string{"GET", "POST"} {
				_, err := k.code(k.asks(k.public, standalone), k.self, how)
				f.Want(err == nil, "%s: %v", how, err)
			}
		},
		"smart_code_received": func(f *suitetest.Finding) {
			q, err := k.code(k.asks(k.public, standalone), k.self, "GET")
			f.Want(err == nil && q.Get("code") != "" && q.Get("state") == "abc123", "%v %v", q, err)
		},
		"smart_app_launch_invalid_aud_group.inferno_client_app_does_not_receive_code_parameter_redirect_uri": func(f *suitetest.Finding) {
			for _, aud := range []string{"https://other.example/fhir", plantIssuer + "/fhir/x", ""} {
				q, err := k.code(k.asks(k.public, standalone, "aud", aud), k.self, "GET")
				f.Want(err == nil && !q.Has("code") && q.Has("error"), "aud %q: %v %v", aud, q, err)
			}
		},
		"invalid_pkce_request": func(f *suitetest.Finding) {
			challenge := k.asks(k.public, standalone).Get("code_challenge")
			for _, v := range []string{"", "wrong" + kitVerifier, challenge} {
				q, err := k.code(k.asks(k.public, standalone), k.self, "GET")
				w := k.redeem(k.public, q.Get("code"), "code_verifier", v)
				f.Want(err == nil && w.Code == 400, "verifier %q: %v %d %s", v, err, w.Code, w.Body)
			}
		},
		"smart_invalid_token_group.oauth_token_exchange_fails_when_supplied_invalid_code":                    k.badCode,
		"smart_invalid_token_group_stu2.oauth_token_exchange_fails_when_supplied_invalid_code":               k.badCode,
		"smart_invalid_token_group.oauth_token_exchange_fails_when_supplied_invalid_client_id":               k.badClient,
		"smart_invalid_token_group_stu2.oauth_token_exchange_fails_when_supplied_invalid_client_id":          k.badClient,
		"smart_ehr_practitioner_app_group.launch_context_contains_smart_style_url_which_links_to_valid_json": k.style,
		"smart_ehr_practitioner_app_group.launch_context_contains_need_patient_banner":                       k.banner,
		"g10_smart_style_url":           k.style,
		"g10_smart_need_patient_banner": k.banner,
		"g10_encounter_context": func(f *suitetest.Finding) {
			o := k.launch(f, k.secret, fromEHR, k.doctor)
			f.Want(o["encounter"] == "e", "the encounter is %v", o["encounter"])
			w := k.read(o, fmt.Sprint("/Encounter/", o["encounter"]))
			f.Want(w.Code == 200, "it can not be read: %d %s", w.Code, w.Body)
		},
		"patient_context_test.patient_from_launch_context_can_be_retrieved": func(f *suitetest.Finding) {
			for name, o := range map[string]map[string]any{"standalone": k.launch(f, k.public, standalone, k.self), "EHR": k.launch(f, k.secret, fromEHR, k.doctor), "key": k.launch(f, k.key, standalone, k.self)} {
				f.Want(o["patient"] == "sam", "%s: the patient is %v", name, o["patient"])
				w := k.read(o, fmt.Sprint("/Patient/", o["patient"]))
				f.Want(w.Code == 200 && body(w)["id"] == "sam", "%s: they can not be read: %d %s", name, w.Code, w.Body)
			}
		},
	}
}

// opened is what an app is opened with from our pages.
func (k *kit) opened(f *suitetest.Finding) url.Values {
	location, err := k.p.h.apps.Launch(k.t.Context(), plantIssuer+"/fhir", client.Launch{Client: k.secret.ID, Account: k.doctor.Account, Context: k.doctor.Context})
	if !f.Want(err == nil && strings.HasPrefix(location, "https://inferno.example/launch?"), "%q %v", location, err) {
		return url.Values{}
	}
	u, err := url.Parse(location)
	f.Want(err == nil, "%v", err)
	return u.Query()
}

func (k *kit) badCode(f *suitetest.Finding) {
	w := k.redeem(k.public, "BAD_CODE")
	f.Want(w.Code == 400, "%d %s", w.Code, w.Body)
}

func (k *kit) badClient(f *suitetest.Finding) {
	q, err := k.code(k.asks(k.public, standalone), k.self, "GET")
	f.Want(err == nil, "%v", err)
	w := k.send("POST", "/oauth/token", url.Values{"grant_type": {"authorization_code"}, "code": {q.Get("code")}, "redirect_uri": {kitBack}, "code_verifier": {kitVerifier}, "client_id": {"BAD_CLIENT_ID"}}.Encode(),
		"Content-Type", "application/x-www-form-urlencoded")
	f.Want(w.Code == 400 || w.Code == 401, "%d %s", w.Code, w.Body)
}

func (k *kit) style(f *suitetest.Finding) {
	at, _ := k.launch(f, k.secret, fromEHR, k.doctor)["smart_style_url"].(string)
	w := k.send("GET", strings.TrimPrefix(at, plantIssuer), "")
	f.Want(strings.HasPrefix(at, plantIssuer) && w.Code == 200 && len(body(w)) > 0, "%q: %d %s", at, w.Code, w.Body)
}

func (k *kit) banner(f *suitetest.Finding) {
	_, ok := k.launch(f, k.secret, fromEHR, k.doctor)["need_patient_banner"].(bool)
	f.Want(ok, "need_patient_banner is no boolean")
}

// accessChecks are those on what a token lets its app see.
func (k *kit) accessChecks() suitetest.Cases {
	return suitetest.Cases{
		"g10_smart_scopes": func(f *suitetest.Finding) {
			for _, scope := range []string{standalone, strings.ReplaceAll(standalone, ".rs", ".read")} {
				o := k.launch(f, k.secret, scope, k.self)
				f.Want(o["scope"] == scope, "asked for %s, given %v", scope, o["scope"])
			}
		},
		"g10_patient_scope": func(f *suitetest.Finding) {
			o := k.launch(f, k.secret, "launch openid fhirUser patient/*.rs", k.doctor)
			f.Want(slices.Contains(strings.Fields(fmt.Sprint(o["scope"])), "patient/*.rs"), "given %v", o["scope"])
		},
		"g10_limited_scope_grant": func(f *suitetest.Finding) {
			y := k.self
			y.Scopes = "launch/patient openid fhirUser offline_access patient/Patient.rs patient/Condition.rs patient/Observation.rs"
			o := k.launch(f, k.secret, standalone, y)
			f.Want(o["scope"] == y.Scopes, "given %v", o["scope"])
		},
		"g10_resource_access_test": func(f *suitetest.Finding) {
			y := k.self
			chosen := []string{"Patient", "Condition", "Observation"}
			y.Scopes = "launch/patient openid patient/Patient.rs patient/Condition.rs patient/Observation.rs"
			o := k.launch(f, k.secret, standalone, y)
			for _, typ := range usCore {
				path, want := "/"+typ+"?patient=sam", 403
				if typ == "Patient" {
					path = "/Patient/sam"
				} else if typ == "Provenance" {
					path = "/Condition?patient=sam&_revinclude=Provenance:target"
				}
				if slices.Contains(chosen, typ) {
					want = 200
				}
				w := k.read(o, path)
				f.Want(w.Code == want || want == 403 && w.Code == 401, "%s: %d %s", path, w.Code, w.Body)
			}
		},
		"unrestricted_resource_type_access_group.scope_granted_enables_access_to_all_us_core_resource_types": func(f *suitetest.Finding) {
			o := k.launch(f, k.secret, standalone, k.self)
			for _, typ := range usCore {
				path := "/" + typ + "?patient=sam"
				if typ == "Patient" || typ == "Provenance" {
					path = "/" + typ
				}
				w := k.read(o, path)
				f.Want(w.Code == 200, "%s: %d %s", path, w.Code, w.Body)
			}
		},
		"g10_smart_granular_scope_selection": k.granular,
		"g10_unauthorized_access": func(f *suitetest.Finding) {
			w := k.p.fhir("GET", "/Patient/sam", "", "")
			f.Want(w.Code == 401, "%d %s", w.Code, w.Body)
		},
		"token_revocation_group.access_to_patient_resource_returns_unauthorized_after_token_revocation": func(f *suitetest.Finding) {
			o := k.launch(f, k.secret, standalone, k.self)
			f.Want(k.read(o, "/Patient/sam").Code == 200, "it does not work before")
			k.takeBack(f)
			w := k.read(o, "/Patient/sam")
			f.Want(w.Code == 401, "%d %s", w.Code, w.Body)
		},
		"token_revocation_group.token_refresh_fails_after_token_revocation": func(f *suitetest.Finding) {
			o := k.launch(f, k.secret, standalone, k.self)
			k.takeBack(f)
			w := k.renew(k.secret, o)
			f.Want(w.Code == 400 || w.Code == 401, "%d %s", w.Code, w.Body)
		},
		"visual_inspection_and_attestations_group.information_returned_no_greater_than_scopes_pre_authorized_for_multi_patient_queries": func(f *suitetest.Finding) {
			token := k.p.token("system/Patient.rs")
			f.Want(k.p.fhir("GET", "/Patient", token, "").Code == 200, "it sees no patients")
			w := k.p.fhir("GET", "/Observation", token, "")
			f.Want(w.Code == 403, "%d %s", w.Code, w.Body)
		},
	}
}

// takeBack ends what the person allowed the app, as their page does.
func (k *kit) takeBack(f *suitetest.Finding) {
	n, err := k.p.h.apps.EndFor(k.t.Context(), k.self.Account, k.secret.ID)
	f.Want(err == nil && n > 0, "nothing was taken back: %v", err)
}

// granular plays the selection of parts of what was asked for: the app asks for
// a type, the person leaves it some categories, and only those come back.
func (k *kit) granular(f *suitetest.Finding) {
	const cat, obs = "http://terminology.hl7.org/CodeSystem/condition-category", "http://terminology.hl7.org/CodeSystem/observation-category"
	y := k.self
	y.Scopes = "launch/patient openid patient/Patient.rs patient/Condition.rs?category=" + url.QueryEscape(cat+"|problem-list-item") + " patient/Observation.rs?category=" + url.QueryEscape(obs+"|laboratory")
	o := k.launch(f, k.secret, "launch/patient openid patient/Patient.rs patient/Condition.rs patient/Observation.rs", y)
	granted := strings.Fields(fmt.Sprint(o["scope"]))
	f.Want(len(granted) == 5 && strings.Contains(granted[3], "?category="), "given %v", granted)
	for path, want := range map[string][]string{
		"/Condition?patient=sam": {"c"}, "/Observation?patient=sam": {"lab"}, "/Condition?patient=sam&category=" + cat + "|encounter-diagnosis": nil, "/Patient?_id=sam": {"sam"},
	} {
		w := k.read(o, path)
		var ids []string
		entries, _ := body(w)["entry"].([]any)
		for _, e := range entries {
			r, _ := e.(map[string]any)["resource"].(map[string]any)
			ids = append(ids, fmt.Sprint(r["id"]))
		}
		f.Want(w.Code == 200 && slices.Equal(ids, want), "%s: %d %v, want %v", path, w.Code, ids, want)
	}
	for path, want := range map[string]int{"/Condition/c": 200, "/Condition/c2": 404, "/Observation/lab": 200, "/Observation/vital": 404, "/Patient/sam": 200} {
		w := k.read(o, path)
		f.Want(w.Code == want, "%s: %d %s", path, w.Code, w.Body)
	}
}
