package smart

import (
	"net/url"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

func (f *fapi) cases() suitetest.Cases {
	all := suitetest.Cases{}
	for _, part := range []suitetest.Cases{f.happyCases(), f.codeCases(), f.dpopCases(), f.assertionCases(), f.parCases()} {
		for name, run := range part {
			all[name] = run
		}
	}
	return all
}

func (f *fapi) happyCases() suitetest.Cases {
	return suitetest.Cases{
		"happy-flow": func(g *suitetest.Finding) {
			f.happy(g)
			// The second client, and the second address.
			a := f.push(f.two, f.asks(f.two, "redirect_uri", other))
			id := f.comes(f.two, a.text("request_uri")).waiting(f.w.t)
			code := f.w.allow(id, yes("")).Get("code")
			a = f.redeem(f.two, code, f.key, "redirect_uri", other)
			g.Want(a.status == 200, "%d %s", a.status, a.body)
		},
		"discovery-end-point-verification": f.discovery,
		"ensure-authorization-request-with-64-char-nonce-success": func(g *suitetest.Finding) {
			nonce := strings.Repeat("n", 64)
			_, said := f.happy(g, "nonce", nonce)
			g.Want(said["nonce"] == nonce, "the nonce is %v", said["nonce"])
		},
		"ensure-authorization-request-with-long-nonce": func(g *suitetest.Finding) {
			nonce := strings.Repeat("n", 384)
			_, said := f.happy(g, "nonce", nonce)
			g.Want(said["nonce"] == nonce, "the nonce is %v", said["nonce"])
		},
		"ensure-authorization-request-with-long-state": func(g *suitetest.Finding) {
			state := strings.Repeat("s", 1000)
			q := f.w.allow(f.comes(f.m, f.pushed(g, "state", state)).waiting(f.w.t), yes(""))
			g.Want(q.Get("state") == state, "the state came back with %d letters", len(q.Get("state")))
		},
		"ensure-authorization-request-without-nonce-success": func(g *suitetest.Finding) {
			_, said := f.happy(g, "nonce", "")
			g.Want(said["nonce"] == nil, "a nonce that nobody sent: %v", said)
		},
		"ensure-authorization-request-without-state-success": func(g *suitetest.Finding) {
			q := f.w.allow(f.comes(f.m, f.pushed(g, "state", "")).waiting(f.w.t), yes(""))
			g.Want(q.Has("code") && !q.Has("state"), "%v", q)
		},
		"ensure-other-scope-order-succeeds": f.works("scope", "patient/Observation.rs offline_access launch/patient fhirUser openid"),
		"user-rejects-authentication": func(g *suitetest.Finding) {
			id := f.comes(f.m, f.pushed(g)).waiting(f.w.t)
			if _, _, err := f.w.clients.Opened(f.w.t.Context(), id, theBrowser); !g.Want(err == nil, "%v", err) {
				return
			}
			location, err := f.w.clients.Decline(f.w.t.Context(), id, theBrowser, "access_denied")
			g.Want(err == nil, "%v", err)
			q := landed(f.w.t, location, back)
			g.Want(q.Get("error") == "access_denied" && q.Get("state") == "a state & more" && q.Get("iss") == issuer, "%v", q)
		},
		"ensure-response-type-code-idtoken-fails": f.refused("unsupported_response_type", "response_type", "code id_token"),
		"ensure-response-type-token-fails":        f.refused("unsupported_response_type", "response_type", "token"),
		"test-essential-acr-sca-claim":            f.works("claims", `{"id_token":{"acr":{"essential":true,"values":["urn:openbanking:psd2:sca"]}}}`),
		"refresh-token":                           f.refresh,
	}
}

// discovery plays the verification of the metadata (FAPI 2.0 Security Profile
// section 5.3.2.1, RFC 8414).
func (f *fapi) discovery(g *suitetest.Finding) {
	o := f.w.send("GET", pathOpenID, "").json()
	g.Want(o["issuer"] == issuer && o["authorization_response_iss_parameter_supported"] == true, "%v", o)
	for _, name := range []string{"authorization_endpoint", "token_endpoint", "jwks_uri", "pushed_authorization_request_endpoint"} {
		at, _ := o[name].(string)
		g.Want(strings.HasPrefix(at, "https://"), "%s is %q", name, at)
	}
	has := func(name, value string) bool {
		for _, v := range texts(o[name]) {
			if v == value {
				return true
			}
		}
		return false
	}
	for name, value := range map[string]string{"response_types_supported": "code", "grant_types_supported": "authorization_code", "code_challenge_methods_supported": "S256",
		"token_endpoint_auth_methods_supported": "private_key_jwt", "token_endpoint_auth_signing_alg_values_supported": "PS256", "dpop_signing_alg_values_supported": "ES256",
		"id_token_signing_alg_values_supported": "ES256"} {
		g.Want(has(name, value), "%s lacks %s: %v", name, value, o[name])
	}
	g.Want(!has("grant_types_supported", "implicit") && !has("grant_types_supported", "password") && !has("code_challenge_methods_supported", "plain"), "%v", o)
}

// refresh plays the module on refresh tokens: bound to the client, not replaced,
// and good for another token that is bound to a key.
func (f *fapi) refresh(g *suitetest.Finding) {
	o, _ := f.happy(g)
	token, _ := o["refresh_token"].(string)
	if !g.Want(token != "", "no refresh token: %v", o) {
		return
	}
	renew := func(m *member, header ...string) answer {
		v, _ := m.proves(url.Values{"grant_type": {"refresh_token"}, "refresh_token": {token}})
		return f.w.post(pathToken, v, header...)
	}
	for range 2 {
		a := renew(f.m, f.dpop(f.key, pathToken)...)
		if g.Want(a.status == 200, "%d %s", a.status, a.body) {
			g.Want(a.text("token_type") == "DPoP" && f.uses(a.json(), nil) == nil, "%s", a.body)
			g.Want(a.text("refresh_token") == "" || a.text("refresh_token") == token, "it was replaced, which FAPI does not want")
		}
	}
	no(g, renew(f.m), "invalid_dpop_proof")
	no(g, renew(f.two, f.dpop(f.key, pathToken)...), "invalid_grant")
}

func (f *fapi) codeCases() suitetest.Cases {
	return suitetest.Cases{
		"attempt-reuse-authorization-code-after-one-second": func(g *suitetest.Finding) {
			code := f.code(g)
			first := f.redeem(f.m, code, f.key)
			f.w.move(time.Second)
			no(g, f.redeem(f.m, code, f.key), "invalid_grant")
			g.Want(first.status == 200 && f.uses(first.json(), nil) != nil, "its token is still good")
		},
		"ensure-token-endpoint-fails-with-expired-auth-code": func(g *suitetest.Finding) {
			code := f.code(g)
			f.w.move(62 * time.Second)
			no(g, f.redeem(f.m, code, f.key), "invalid_grant")
		},
		"ensure-authorization-code-is-bound-to-client": func(g *suitetest.Finding) {
			no(g, f.redeem(f.two, f.code(g), f.key), "invalid_grant")
		},
		"ensure-client-id-in-token-endpoint": func(g *suitetest.Finding) {
			no(g, f.redeem(f.m, f.code(g), f.key, "client_id", f.two.ID), "invalid_client")
		},
		"ensure-client-assertion-in-token-endpoint": func(g *suitetest.Finding) {
			no(g, f.redeem(f.m, f.code(g), f.key, "client_assertion", "", "client_assertion_type", "", "client_id", f.m.ID), "invalid_client")
		},
		"ensure-pkce-code-verifier-required": func(g *suitetest.Finding) {
			no(g, f.redeem(f.m, f.code(g), f.key, "code_verifier", ""), "invalid_grant")
		},
		"incorrect-pkce-code-verifier-rejected": func(g *suitetest.Finding) {
			no(g, f.redeem(f.m, f.code(g), f.key, "code_verifier", strings.Repeat("a", 43)), "invalid_grant")
		},
		"ensure-holder-of-key-required": func(g *suitetest.Finding) {
			no(g, f.redeem(f.m, f.code(g), nil), "invalid_dpop_proof")
		},
	}
}

func (f *fapi) assertionCases() suitetest.Cases {
	says := func(name string, value any) func(_, claims object) {
		return func(_, claims object) { claims[name] = value }
	}
	return suitetest.Cases{
		"ensure-client-assertion-with-exp-is-5-minutes-in-past-fails": func(g *suitetest.Finding) {
			no(g, f.signs(pathToken, says("exp", f.now(-5*time.Minute))), "invalid_client")
		},
		"ensure-client-assertion-with-no-sub-fails":    f.assertion(pathToken, false, func(_, claims object) { delete(claims, "sub") }),
		"ensure-client-assertion-with-wrong-aud-fails": f.assertion(pathToken, false, says("aud", "https://other.example")),
		"ensure-signed-client-assertion-with-RS256-fails": func(g *suitetest.Finding) {
			key := testKeys().rsa
			w := f.w.app(client.ByKey, func(s *client.Spec) { s.Keys = keySet(jwk("1", key)) })
			w.key, w.alg = key, "RS256"
			no(g, f.push(w, f.asks(w)), "invalid_client")
		},
		"par-test-array-as-audience-fails":              f.assertion(pathPush, false, says("aud", []string{issuer, "https://other.example"})),
		"par-test-par-endpoint-url-as-audience-fails":   f.assertion(pathPush, false, says("aud", issuer+pathPush)),
		"par-test-token-endpoint-url-as-audience-fails": f.assertion(pathPush, false, says("aud", issuer+pathToken)),
		"par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted": func(g *suitetest.Finding) {
			f.assertion(pathPush, true, says("nbf", f.now(8*time.Second)))(g)
		},
		"par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails": func(g *suitetest.Finding) {
			f.assertion(pathPush, false, func(_, c object) {
				c["iat"], c["nbf"], c["exp"] = f.now(65*time.Second), f.now(65*time.Second), f.now(125*time.Second)
			})(g)
		},
	}
}

func (f *fapi) dpopCases() suitetest.Cases {
	return suitetest.Cases{
		"access-token-type-header-case-sensitivity": func(g *suitetest.Finding) {
			o := f.tokens(g)
			p := f.w.reads(f.key, o["access_token"].(string), nil)
			p.Scheme = "dPOp"
			_, err := f.w.s.Verify(f.w.t.Context(), p)
			g.Want(err == nil, "the scheme is taken to the letter: %v", err)
		},
		"check-dpop-proof-nbf-exp": func(g *suitetest.Finding) {
			v, _ := f.m.proves(url.Values{"grant_type": {"authorization_code"}, "code": {f.code(g)}, "redirect_uri": {back}, "code_verifier": {verifier}})
			a := f.w.post(pathToken, v, "DPoP", f.w.proves(f.key, "ES256", pathToken, func(_, c object) { c["nbf"], c["exp"] = f.now(-10*time.Second), f.now(time.Minute) }))
			g.Want(a.status == 200, "%d %s", a.status, a.body)
		},
		"dpop-negative-tests":                                 f.badProofs,
		"ensure-dpopproof-with-iat-10seconds-after-succeeds":  f.shifted(10 * time.Second),
		"ensure-dpopproof-with-iat-10seconds-before-succeeds": f.shifted(-10 * time.Second),
		"ensure-dpop-auth-code-binding-success": func(g *suitetest.Finding) {
			a := f.redeem(f.m, f.code(g, "dpop_jkt", thumbOf(f.key)), f.key)
			g.Want(a.status == 200, "%d %s", a.status, a.body)
		},
		"ensure-token-endpoint-fails-with-mismatched-dpop-jkt": func(g *suitetest.Finding) {
			no(g, f.redeem(f.m, f.code(g, "dpop_jkt", thumbOf(f.key)), f.others), "invalid_grant", "invalid_dpop_proof")
		},
		"ensure-mismatched-dpop-jkt-fails": func(g *suitetest.Finding) {
			no(g, f.push(f.m, f.asks(f.m, "dpop_jkt", thumbOf(f.others)), f.dpop(f.key, pathPush)...), "invalid_dpop_proof", "invalid_request")
		},
		"ensure-dpopproof-at-par-endpoint-binding-success":           f.boundAtPush(true),
		"ensure-token-endpoint-fails-with-mismatched-dpop-proof-jkt": f.boundAtPush(false),
	}
}

// boundAtPush plays the modules that bind a code by a proof at the PAR endpoint.
func (f *fapi) boundAtPush(same bool) func(*suitetest.Finding) {
	return func(g *suitetest.Finding) {
		a := f.push(f.m, f.asks(f.m), f.dpop(f.key, pathPush)...)
		if !g.Want(a.status == 201, "%d %s", a.status, a.body) {
			return
		}
		code := f.w.allow(f.comes(f.m, a.text("request_uri")).waiting(f.w.t), yes("")).Get("code")
		if same {
			a = f.redeem(f.m, code, f.key)
			g.Want(a.status == 200, "%d %s", a.status, a.body)
			return
		}
		no(g, f.redeem(f.m, code, f.others), "invalid_grant", "invalid_dpop_proof")
	}
}

// shifted plays proofs of clocks that are a little wrong, at all three places.
func (f *fapi) shifted(d time.Duration) func(*suitetest.Finding) {
	return func(g *suitetest.Finding) {
		late := func(_, c object) { c["iat"] = f.now(d) }
		a := f.push(f.m, f.asks(f.m), "DPoP", f.w.proves(f.key, "ES256", pathPush, late))
		if !g.Want(a.status == 201, "PAR: %d %s", a.status, a.body) {
			return
		}
		code := f.w.allow(f.comes(f.m, a.text("request_uri")).waiting(f.w.t), yes("")).Get("code")
		v, _ := f.m.proves(url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {back}, "code_verifier": {verifier}})
		a = f.w.post(pathToken, v, "DPoP", f.w.proves(f.key, "ES256", pathToken, late))
		if g.Want(a.status == 200, "token: %d %s", a.status, a.body) {
			g.Want(f.uses(a.json(), late) == nil, "the resource server does not take it")
		}
	}
}

// badProofs plays dpop-negative-tests at the resource server.
func (f *fapi) badProofs(g *suitetest.Finding) {
	o := f.tokens(g)
	g.Want(f.uses(o, nil) == nil, "the token does not work")
	for name, change := range map[string]func(h, c object){
		"no jti":             func(_, c object) { delete(c, "jti") },
		"no htm":             func(_, c object) { delete(c, "htm") },
		"no htu":             func(_, c object) { delete(c, "htu") },
		"no iat":             func(_, c object) { delete(c, "iat") },
		"no ath":             func(_, c object) { delete(c, "ath") },
		"another method":     func(_, c object) { c["htm"] = "POST" },
		"another address":    func(_, c object) { c["htu"] = "https://other.example/fhir/Patient/1" },
		"another token":      func(_, c object) { c["ath"] = tokenHash("another") },
		"a proof of old":     func(_, c object) { c["iat"] = f.now(-time.Hour) },
		"a proof to come":    func(_, c object) { c["iat"] = f.now(time.Hour) },
		"another typ":        func(h, _ object) { h["typ"] = "JWT" },
		"no key":             func(h, _ object) { delete(h, "jwk") },
		"another key":        func(h, _ object) { h["jwk"] = jwk("", f.others) },
		"the private half":   func(h, _ object) { h["jwk"].(object)["d"] = "AAAA" },
		"no algorithm":       func(h, _ object) { delete(h, "alg") },
		"algorithm none":     func(h, _ object) { h["alg"] = "none" },
		"a number for a jti": func(_, c object) { c["jti"] = 7 },
	} {
		g.Want(denied(f.uses(o, change)), "%s is taken", name)
	}
	token := o["access_token"].(string)
	for name, p := range map[string]Presented{
		"no proof":       {Scheme: "DPoP", Token: token, Method: "GET", Path: "/Patient/1"},
		"as Bearer":      {Scheme: "Bearer", Token: token, Method: "GET", Path: "/Patient/1"},
		"two proofs":     {Scheme: "DPoP", Token: token, Method: "GET", Path: "/Patient/1", Proofs: append(f.w.reads(f.key, token, nil).Proofs, f.w.reads(f.key, token, nil).Proofs...)},
		"of another key": f.w.reads(f.others, token, nil),
	} {
		_, err := f.w.s.Verify(f.w.t.Context(), p)
		g.Want(denied(err), "%s is taken", name)
	}
}

func (f *fapi) parCases() suitetest.Cases {
	nobodyAsked := func(g *suitetest.Finding, a answer) {
		to := a.header.Get("Location")
		g.Want(a.status >= 400 && a.status < 500 && to == "" || strings.HasPrefix(to, back+"?error="), "%d %v", a.status, a.header)
	}
	return suitetest.Cases{
		"ensure-registered-redirect-uri":                              f.refused("invalid_request", "redirect_uri", "https://app.example/unregistered"),
		"plain-fapi-tolerate-unregistered-redirect-uri":               f.refused("invalid_request", "redirect_uri", "https://app.example/unregistered"),
		"ensure-redirect-uri-in-authorization-request":                f.refused("invalid_request", "redirect_uri", ""),
		"par-ensure-pkce-required":                                    f.refused("invalid_request", "code_challenge", "", "code_challenge_method", ""),
		"par-plain-pkce-rejected":                                     f.refused("invalid_request", "code_challenge", verifier, "code_challenge_method", "plain"),
		"par-authorization-request-containing-request_uri-form-param": f.refused("invalid_request", "request_uri", requestPrefix+"random"),
		"ensure-unsigned-authorization-request-without-using-par-fails": func(g *suitetest.Finding) {
			nobodyAsked(g, f.w.authorize(f.asks(f.m)))
		},
		"par-attempt-reuse-request_uri": func(g *suitetest.Finding) {
			at := f.pushed(g)
			f.w.allow(f.comes(f.m, at).waiting(f.w.t), yes(""))
			nobodyAsked(g, f.comes(f.m, at))
		},
		"par-attempt-to-use-expired-request_uri": func(g *suitetest.Finding) {
			at := f.pushed(g)
			f.w.move(10 * time.Minute)
			nobodyAsked(g, f.comes(f.m, at))
		},
		"par-attempt-to-use-request_uri-for-different-client": func(g *suitetest.Finding) {
			nobodyAsked(g, f.comes(f.two, f.pushed(g)))
		},
		"par-ensure-reused-request-uri-prior-to-auth-completion-succeeds": func(g *suitetest.Finding) {
			at := f.pushed(g)
			f.comes(f.m, at).waiting(f.w.t)
			q := f.w.allow(f.comes(f.m, at).waiting(f.w.t), yes(""))
			g.Want(q.Has("code"), "%v", q)
		},
		"par-attempt-invalid-http-method": func(g *suitetest.Finding) {
			for _, method := range []string{"GET", "PUT", "DELETE"} {
				a := f.w.send(method, pathPush, "")
				g.Want(a.status == 405, "%s: %d", method, a.status)
			}
		},
		"par-without-duplicate-parameters": f.works(),
	}
}
