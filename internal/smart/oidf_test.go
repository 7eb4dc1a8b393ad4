package smart

import (
	"encoding/json"
	"net/url"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

// basicPlan are the modules of the OpenID Foundation's suite for the profiles
// Basic OP and Config OP, and those of RP-Initiated Logout OP that no page has a
// part in.
var basicPlan = []string{
	"oidcc-server", "oidcc-response-type-missing", "oidcc-idtoken-signature", "oidcc-idtoken-unsigned",
	"oidcc-userinfo-get", "oidcc-userinfo-post-header", "oidcc-userinfo-post-body",
	"oidcc-ensure-request-without-nonce-succeeds-for-code-flow",
	"oidcc-scope-profile", "oidcc-scope-email", "oidcc-scope-address", "oidcc-scope-phone", "oidcc-scope-all",
	"oidcc-alternate-happy-flow", "oidcc-display-page", "oidcc-display-popup",
	"oidcc-prompt-login", "oidcc-prompt-none-not-logged-in", "oidcc-prompt-none-logged-in", "oidcc-max-age-1", "oidcc-max-age-10000",
	"oidcc-ensure-request-with-unknown-parameter-succeeds", "oidcc-id-token-hint", "oidcc-login-hint", "oidcc-ui-locales", "oidcc-claims-locales",
	"oidcc-ensure-request-with-acr-values-succeeds", "oidcc-codereuse", "oidcc-codereuse-30seconds",
	"oidcc-ensure-registered-redirect-uri", "oidcc-ensure-post-request-succeeds", "oidcc-server-client-secret-post",
	"oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported", "oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported",
	"oidcc-claims-essential", "oidcc-ensure-request-object-with-redirect-uri", "oidcc-refresh-token", "oidcc-ensure-request-with-valid-pkce-succeeds",

	"oidcc-discovery-endpoint-verification", "oidcc-server-rotate-keys",

	"oidcc-rp-initiated-logout-discovery-endpoint-verification", "oidcc-rp-initiated-logout-bad-post-logout-redirect-uri",
	"oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri", "oidcc-rp-initiated-logout-modified-id-token-hint",
	"oidcc-rp-initiated-logout-bad-id-token-hint", "oidcc-rp-initiated-logout-no-id-token-hint",
}

// oidf are the modules of the suite by their names.
func oidf(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, r := range suitetest.Table(t, filepath.Join(suitetest.Dir(t, "requirements"), "oidf_modules.tsv")) {
		out = append(out, r["testName"])
	}
	return out
}

// The modules of the OpenID Foundation's Basic OP and Config OP plans, written
// anew. Each request carries PKCE, which those of the suite do not: this server
// takes none without it, as SMART and RFC 9700 want it.
func TestOIDFBasicAndConfig(t *testing.T) {
	all := oidf(t)
	for _, name := range basicPlan {
		if !slices.Contains(all, name) {
			t.Errorf("the suite has no module %s", name)
		}
	}
	list := suitetest.List(t, "testdata/oidf-basic.txt")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		b := &basic{w: newTown(t, d)}
		b.m = b.w.app(client.BySecret, func(s *client.Spec) { s.Logouts = []string{"https://app.example/out"} })
		b.cases().Run(t, basicPlan, list)
	})
}

// basic plays the modules with one client that has a secret.
type basic struct {
	w *town
	m *member
}

const basicScopes = "openid profile email phone offline_access"

// asks is a request of plain OpenID Connect.
func (b *basic) asks(changes ...string) url.Values {
	return with(b.m.asks("scope", "openid", "aud", ""), changes...)
}

// flow is what the happy flow is, with changes to the request.
func (b *basic) flow(f *suitetest.Finding, changes ...string) object {
	q := b.w.allow(b.w.authorize(b.asks(changes...)).waiting(b.w.t), yes(""))
	f.Want(q.Get("code") != "" && q.Get("state") == "a state & more" && q.Get("iss") == issuer && !q.Has("error"), "the answer is %v", q)
	a := b.m.redeem(q.Get("code"))
	if !f.Want(a.status == 200, "no tokens: %d %s", a.status, a.body) {
		return object{}
	}
	o := a.json()
	f.Want(strings.EqualFold(o["token_type"].(string), "Bearer"), "the token is %v", o["token_type"])
	b.idToken(f, o)
	return o
}

// idToken checks what OpenID Connect Core section 2 wants of an ID token.
func (b *basic) idToken(f *suitetest.Finding, o object) object {
	head, said := b.w.claimsOf(o["id_token"])
	now := float64(b.w.now().Unix())
	f.Want(head["alg"] == "RS256" && head["kid"] != "", "the head is %v", head)
	f.Want(said["iss"] == issuer && said["aud"] == b.m.ID && said["sub"] != "" && len(said["sub"].(string)) < 256, "it says %v", said)
	f.Want(said["exp"].(float64) > now && said["iat"].(float64) <= now && said["auth_time"].(float64) <= now, "its times are %v", said)
	return said
}

// info asks userinfo, and checks that it is about the same person.
func (b *basic) info(f *suitetest.Finding, o object, ask func(token string) answer) object {
	a := ask(o["access_token"].(string))
	if !f.Want(a.status == 200 && a.header.Get("Content-Type") == "application/json", "userinfo: %d %s", a.status, a.body) {
		return object{}
	}
	_, said := b.w.claimsOf(o["id_token"])
	f.Want(a.json()["sub"] == said["sub"], "userinfo is about %v, and the ID token about %v", a.json()["sub"], said["sub"])
	return a.json()
}

func (b *basic) get(token string) answer {
	return b.w.send("GET", pathUserinfo, "", "Authorization", "Bearer "+token)
}

// scope plays a module that asks for claims by a scope.
func (b *basic) scope(scopes string, names ...string) func(*suitetest.Finding) {
	return func(f *suitetest.Finding) {
		got := b.info(f, b.flow(f, "scope", scopes), b.get)
		for _, n := range names {
			f.Want(got[n] != nil, "userinfo has no %s: %v", n, got)
		}
	}
}

// with plays a module that only adds parameters to the happy flow.
func (b *basic) with(changes ...string) func(*suitetest.Finding) {
	return func(f *suitetest.Finding) { b.flow(f, changes...) }
}

// refused plays a module whose request may not be fulfilled: an error page, or
// one of the codes at the registered address.
func (b *basic) refused(codes []string, changes ...string) func(*suitetest.Finding) {
	return func(f *suitetest.Finding) {
		a := b.w.authorize(b.asks(changes...))
		if a.status == 400 && a.header.Get("Location") == "" {
			return
		}
		q := a.sent(b.w.t, back)
		f.Want(slices.Contains(codes, q.Get("error")) && !q.Has("code"), "it answers %v", q)
	}
}

func (b *basic) cases() suitetest.Cases {
	return suitetest.Cases{
		"oidcc-server":                b.with(),
		"oidcc-alternate-happy-flow":  b.scope("phone email profile openid", "name"),
		"oidcc-response-type-missing": b.refused([]string{"unsupported_response_type", "invalid_request"}, "response_type", ""),
		"oidcc-idtoken-signature":     b.with(),
		"oidcc-userinfo-get":          func(f *suitetest.Finding) { b.info(f, b.flow(f), b.get) },
		"oidcc-userinfo-post-header": func(f *suitetest.Finding) {
			b.info(f, b.flow(f), func(token string) answer {
				return b.w.send("POST", pathUserinfo, "", "Authorization", "Bearer "+token)
			})
		},
		"oidcc-userinfo-post-body": func(f *suitetest.Finding) {
			b.info(f, b.flow(f), func(token string) answer { return b.w.post(pathUserinfo, url.Values{"access_token": {token}}) })
		},
		"oidcc-ensure-request-without-nonce-succeeds-for-code-flow": func(f *suitetest.Finding) {
			_, said := b.w.claimsOf(b.flow(f, "nonce", "")["id_token"])
			f.Want(said["nonce"] == nil, "a nonce that nobody sent: %v", said)
		},
		"oidcc-scope-profile": b.scope("openid profile", "name"),
		"oidcc-scope-email":   b.scope("openid email", "email", "email_verified"),
		"oidcc-scope-phone":   b.scope("openid phone", "phone_number", "phone_number_verified"),
		"oidcc-scope-address": b.scope("openid address"), // a scope that is not known is left out
		"oidcc-scope-all":     b.scope("openid address email phone profile", "name", "email", "phone_number"),
		"oidcc-display-page":  b.with("display", "page"),
		"oidcc-display-popup": b.with("display", "popup"),
		"oidcc-ensure-request-with-unknown-parameter-succeeds": b.with("extra", "foobar"),
		"oidcc-login-hint":                              b.with("login_hint", "buffy@bevan.example"),
		"oidcc-ui-locales":                              b.with("ui_locales", "se"),
		"oidcc-claims-locales":                          b.with("claims_locales", "se"),
		"oidcc-ensure-request-with-acr-values-succeeds": b.with("acr_values", "1 2"),
		"oidcc-codereuse":                               b.reuse(0),
		"oidcc-codereuse-30seconds":                     b.reuse(30 * time.Second),
		"oidcc-ensure-registered-redirect-uri": func(f *suitetest.Finding) {
			a := b.w.authorize(b.asks("redirect_uri", "https://app.example/back/unregistered"))
			f.Want(a.status == 400 && a.header.Get("Location") == "", "%d %v", a.status, a.header)
		},
		"oidcc-ensure-post-request-succeeds": func(f *suitetest.Finding) {
			q := b.w.allow(b.w.post(pathAuthorize, b.asks()).waiting(b.w.t), yes(""))
			f.Want(b.m.redeem(q.Get("code")).status == 200, "no tokens for %v", q)
		},
		"oidcc-server-client-secret-post":                                              b.secretInTheForm,
		"oidcc-unsigned-request-object-supported-correctly-or-rejected-as-unsupported": b.refused([]string{"request_not_supported"}, "request", b.unsigned("redirect_uri", back)),
		"oidcc-ensure-request-object-with-redirect-uri":                                b.refused([]string{"request_not_supported"}, "request", b.unsigned("redirect_uri", other)),
		"oidcc-request-uri-unsigned-supported-correctly-or-rejected-as-unsupported":    b.refused([]string{"request_uri_not_supported"}, "request_uri", "https://suite.example/request.jwt"),
		"oidcc-claims-essential": func(f *suitetest.Finding) {
			// To return the claim would be better; not to fail is what is asked.
			b.info(f, b.flow(f, "claims", `{"userinfo":{"name":{"essential":true}}}`), b.get)
		},
		"oidcc-refresh-token":                           b.refresh,
		"oidcc-ensure-request-with-valid-pkce-succeeds": b.with(),
		"oidcc-discovery-endpoint-verification":         b.discovery,
		"oidcc-server-rotate-keys":                      b.rotate,
		"oidcc-rp-initiated-logout-discovery-endpoint-verification": func(f *suitetest.Finding) {
			o := b.w.send("GET", pathOpenID, "").json()
			f.Want(o["end_session_endpoint"] == issuer+pathLogout, "%v", o["end_session_endpoint"])
		},
		"oidcc-rp-initiated-logout-bad-post-logout-redirect-uri":            b.noLogout("https://app.example/other"),
		"oidcc-rp-initiated-logout-query-added-to-post-logout-redirect-uri": b.noLogout("https://app.example/out?foo=bar"),
		"oidcc-rp-initiated-logout-bad-id-token-hint": b.badHint(func(token string) string {
			parts := strings.Split(token, ".")
			return signText(b.w.t, testKeys().rsa2, "RS256", parts[0]+"."+parts[1])
		}),
		"oidcc-rp-initiated-logout-modified-id-token-hint": b.badHint(func(token string) string {
			return b64([]byte(`{"alg":"none"}`)) + "." + strings.Split(token, ".")[1] + "."
		}),
		"oidcc-rp-initiated-logout-no-id-token-hint": b.badHint(func(string) string { return "" }),
	}
}

// reuse plays the modules that use a code twice: the second use is refused, and
// what the first one gave has ended.
func (b *basic) reuse(after time.Duration) func(*suitetest.Finding) {
	return func(f *suitetest.Finding) {
		code := b.w.allow(b.w.authorize(b.asks()).waiting(b.w.t), yes("")).Get("code")
		first := b.m.redeem(code)
		b.w.move(after)
		again := b.m.redeem(code)
		f.Want(first.status == 200 && again.status == 400 && again.text("error") == "invalid_grant", "%d, then %d %s", first.status, again.status, again.body)
		f.Want(b.get(first.text("access_token")).status == 401, "its token is still good")
	}
}

func (b *basic) secretInTheForm(f *suitetest.Finding) {
	code := b.w.allow(b.w.authorize(b.asks()).waiting(b.w.t), yes("")).Get("code")
	a := b.w.post(pathToken, url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {back}, "code_verifier": {verifier},
		"client_id": {b.m.ID}, "client_secret": {b.m.secret}})
	f.Want(a.status == 200 && a.text("id_token") != "", "%d %s", a.status, a.body)
}

// unsigned is a request object of the algorithm none.
func (b *basic) unsigned(name, value string) string {
	v := object{"client_id": b.m.ID, "response_type": "code", "scope": "openid", name: value}
	body, _ := json.Marshal(v)
	return b64([]byte(`{"alg":"none"}`)) + "." + b64(body) + "."
}

// refresh plays oidcc-refresh-token: a second token for the same person, bound
// to the client, with an ID token or none.
func (b *basic) refresh(f *suitetest.Finding) {
	o := b.flow(f, "scope", basicScopes)
	token, _ := o["refresh_token"].(string)
	if !f.Want(token != "", "no refresh token: %v", o) {
		return
	}
	a := b.m.renew(token)
	if !f.Want(a.status == 200, "%d %s", a.status, a.body) {
		return
	}
	f.Want(a.text("access_token") != o["access_token"], "the same access token again")
	f.Want(b.get(a.text("access_token")).status == 200, "userinfo does not take it")
	thief := b.w.app(client.BySecret, nil).renew(token)
	f.Want(thief.status == 400 && thief.text("error") == "invalid_grant", "another client: %d %s", thief.status, thief.body)
}

// discovery plays the verification of the discovery document (OpenID Connect
// Discovery 1.0 section 3).
func (b *basic) discovery(f *suitetest.Finding) {
	a := b.w.send("GET", "/.well-known/openid-configuration", "")
	f.Want(a.status == 200 && a.header.Get("Content-Type") == "application/json", "%d %v", a.status, a.header)
	o := a.json()
	f.Want(o["issuer"] == issuer, "the issuer is %v", o["issuer"])
	for _, name := range []string{"authorization_endpoint", "token_endpoint", "userinfo_endpoint", "jwks_uri"} {
		at, _ := o[name].(string)
		f.Want(strings.HasPrefix(at, "https://"), "%s is %q", name, at)
	}
	for name, want := range map[string]string{"scopes_supported": "openid", "response_types_supported": "code", "subject_types_supported": "public",
		"id_token_signing_alg_values_supported": "RS256", "grant_types_supported": "authorization_code", "claims_supported": "sub", "token_endpoint_auth_methods_supported": "client_secret_basic"} {
		f.Want(slices.Contains(texts(o[name]), want), "%s is %v", name, o[name])
	}
	for _, name := range []string{"claims_parameter_supported", "request_parameter_supported", "request_uri_parameter_supported"} {
		f.Want(o[name] == false, "%s is %v", name, o[name]) // it is true where it is left out
	}
}

// rotate plays the rotation of the server's keys.
func (b *basic) rotate(f *suitetest.Finding) {
	kids := func() (out []string) {
		for _, k := range b.w.send("GET", pathKeys, "").json()["keys"].([]any) {
			out = append(out, k.(object)["kid"].(string))
		}
		return out
	}
	before := kids()
	if err := b.w.clients.RotateKeys(b.w.t.Context()); !f.Want(err == nil, "%v", err) {
		return
	}
	after := kids()
	f.Want(len(after) > len(before), "no new key: %v, then %v", before, after)
	for _, k := range before {
		f.Want(slices.Contains(after, k), "the key %s is gone", k)
	}
	head, _ := b.w.claimsOf(b.flow(f)["id_token"])
	f.Want(!slices.Contains(before, head["kid"].(string)), "it still signs with the old key")
}

// noLogout plays the modules with an address that was not registered.
func (b *basic) noLogout(to string) func(*suitetest.Finding) {
	return func(f *suitetest.Finding) {
		hint, _ := b.flow(f)["id_token"].(string)
		a := b.w.send("GET", pathLogout+"?"+url.Values{"id_token_hint": {hint}, "post_logout_redirect_uri": {to}, "state": {"x"}}.Encode(), "")
		f.Want(a.status == 400 && a.header.Get("Location") == "", "%d %v", a.status, a.header)
	}
}

// badHint plays the modules whose hint is not a token of this server.
func (b *basic) badHint(spoil func(string) string) func(*suitetest.Finding) {
	return func(f *suitetest.Finding) {
		hint, _ := b.flow(f)["id_token"].(string)
		v := url.Values{"post_logout_redirect_uri": {"https://app.example/out"}, "state": {"x"}}
		if bad := spoil(hint); bad != "" {
			v.Set("id_token_hint", bad)
		}
		a := b.w.send("GET", pathLogout+"?"+v.Encode(), "")
		f.Want(a.status == 400 && a.header.Get("Location") == "", "%d %v", a.status, a.header)
	}
}
