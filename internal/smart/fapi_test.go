package smart

import (
	"context"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

const fapiPrefix = "fapi2-security-profile-final-"

// notOurs are parts of names of modules that are of other profiles: those of
// some countries, and those for clients.
var notOurs = []string{"brazil", "australia", "cbuae", "ksa", "openfinance", "uk-openbanking"}

// fapiModules are those for an authorization server by the plain profile.
func fapiModules(t *testing.T) []string {
	t.Helper()
	var out []string
	for _, name := range oidf(t) {
		short, ok := strings.CutPrefix(name, fapiPrefix)
		if !ok || strings.HasPrefix(short, "client-") {
			continue
		}
		ours := true
		for _, part := range notOurs {
			ours = ours && !strings.Contains(short, part)
		}
		if ours {
			out = append(out, short)
		}
	}
	return out
}

// The modules of the OpenID Foundation's FAPI 2.0 Security Profile (final) for
// servers, written anew for a client with private_key_jwt and DPoP.
func TestOIDFFAPI2(t *testing.T) {
	modules := fapiModules(t)
	list := suitetest.List(t, "testdata/oidf-fapi2.txt")
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		fapiSuite(newTown(t, d)).cases().Run(t, modules, list)
	})
}

// fapi plays the modules with two clients that are held to FAPI 2.0.
type fapi struct {
	w           *town
	m, two      *member
	key, others any // DPoP keys
}

func fapiSuite(w *town) *fapi {
	strict := func(s *client.Spec) { s.Profile = client.FAPI2 }
	return &fapi{w, w.app(client.ByKey, strict), w.app(client.ByKey, strict), testKeys().p256, otherP256()}
}

const fapiScopes = "openid fhirUser launch/patient offline_access patient/Observation.rs"

// push sends a request ahead; header may hold a DPoP proof.
func (f *fapi) push(m *member, v url.Values, header ...string) answer {
	v, _ = m.proves(v)
	return f.w.post(pathPush, v, header...)
}

func (f *fapi) asks(m *member, changes ...string) url.Values {
	return m.asks(append([]string{"scope", fapiScopes}, changes...)...)
}

// pushed is the address of a request that was taken.
func (f *fapi) pushed(g *suitetest.Finding, changes ...string) string {
	a := f.push(f.m, f.asks(f.m, changes...))
	g.Want(a.status == 201 && a.header.Get("Content-Type") == "application/json", "PAR: %d %s", a.status, a.body)
	at, _ := a.json()["request_uri"].(string)
	return at
}

// comes is the browser that comes with a pushed request.
func (f *fapi) comes(m *member, at string) answer {
	return f.w.authorize(url.Values{"client_id": {m.ID}, "request_uri": {at}})
}

// code is a code for a request that was pushed and allowed.
func (f *fapi) code(g *suitetest.Finding, changes ...string) string {
	q := f.w.allow(f.comes(f.m, f.pushed(g, changes...)).waiting(f.w.t), yes(""))
	g.Want(q.Get("iss") == issuer, "iss is %v", q)
	return q.Get("code")
}

// dpop is a proof at an endpoint.
func (f *fapi) dpop(key any, path string) []string {
	return []string{"DPoP", f.w.proves(key, "ES256", path, nil)}
}

// redeem asks for tokens with a proof of the key; changes are to the form.
func (f *fapi) redeem(m *member, code string, key any, changes ...string) answer {
	v, _ := m.proves(url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {back}, "code_verifier": {verifier}})
	var header []string
	if key != nil {
		header = f.dpop(key, pathToken)
	}
	return f.w.post(pathToken, with(v, changes...), header...)
}

// tokens are those of the happy flow.
func (f *fapi) tokens(g *suitetest.Finding, changes ...string) object {
	a := f.redeem(f.m, f.code(g, changes...), f.key)
	if !g.Want(a.status == 200, "no tokens: %d %s", a.status, a.body) {
		return object{}
	}
	return a.json()
}

// uses says what the FHIR interface says of a token with a proof.
func (f *fapi) uses(o object, change func(head, claims object)) error {
	token, _ := o["access_token"].(string)
	_, err := f.w.s.Verify(context.Background(), f.w.reads(f.key, token, change))
	return err
}

// no wants a refusal with one of the codes.
func no(g *suitetest.Finding, a answer, codes ...string) {
	for _, code := range codes {
		if (a.status == 400 || a.status == 401) && a.text("error") == code {
			return
		}
	}
	g.Want(false, "%d %s, want one of %v", a.status, a.body, codes)
}

// works wants the whole flow to go well with a change to the request.
func (f *fapi) works(changes ...string) func(*suitetest.Finding) {
	return func(g *suitetest.Finding) { f.happy(g, changes...) }
}

func (f *fapi) happy(g *suitetest.Finding, changes ...string) (o, said object) {
	o = f.tokens(g, changes...)
	if o["id_token"] == nil {
		g.Want(false, "no ID token: %v", o)
		return o, object{}
	}
	head, said := f.w.claimsOf(o["id_token"])
	g.Want(head["alg"] == "ES256" && said["iss"] == issuer && said["aud"] == f.m.ID, "the ID token: %v %v", head, said)
	g.Want(o["token_type"] == "DPoP" && o["expires_in"] != nil, "%v", o)
	g.Want(f.uses(o, nil) == nil, "the resource server does not take it")
	return o, said
}

// refused wants the pushed request to be refused.
func (f *fapi) refused(code string, changes ...string) func(*suitetest.Finding) {
	return func(g *suitetest.Finding) { no(g, f.push(f.m, f.asks(f.m, changes...)), code) }
}

// signs plays a module that sends an assertion which is changed to an endpoint.
func (f *fapi) signs(path string, change func(head, claims object)) answer {
	v := f.asks(f.m)
	var header []string
	if path == pathToken {
		var g suitetest.Finding
		v = url.Values{"grant_type": {"authorization_code"}, "code": {f.code(&g)}, "redirect_uri": {back}, "code_verifier": {verifier}}
		header = f.dpop(f.key, pathToken)
	}
	v.Set("client_assertion_type", assertionType)
	v.Set("client_assertion", f.m.assertion(change))
	return f.w.post(path, v, header...)
}

// assertion wants a changed assertion to be refused, or taken.
func (f *fapi) assertion(path string, good bool, change func(head, claims object)) func(*suitetest.Finding) {
	return func(g *suitetest.Finding) {
		a := f.signs(path, change)
		if good {
			g.Want(a.status < 300, "%d %s", a.status, a.body)
			return
		}
		no(g, a, "invalid_client", "invalid_request")
	}
}

// now is the time of the world with an offset, as claims have it.
func (f *fapi) now(d time.Duration) int64 { return f.w.now().Add(d).Unix() }

// denied says whether an error is a refusal of the credential.
func denied(err error) bool { return err != nil && problem.KindOf(err) == problem.Unauthorized }
