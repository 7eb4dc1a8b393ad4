package upstream

import (
	"fmt"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/match"
	"github.com/bevanhealth/bevan/internal/identity/upstream/upstreamtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

var profiles = map[Profile]string{NHS: "RS512", GovUK: "ES256", OIDC: "RS256"}

func TestAProviderSaysWhoSomebodyIs(t *testing.T) {
	for profile, alg := range profiles {
		t.Run(string(profile), func(t *testing.T) {
			each(t, func(t *testing.T, w *world) {
				w.knows(profile, alg)
				w.ann()
				b, err := w.whole()
				w.ok(err)
				if len(b.Source) != 64 || b.Purpose != Prove || b.Next != "/account/proof" {
					t.Errorf("it comes back with %+v", b)
				}
				want := Identity{Issuer: w.there.Issuer, Subject: "ann-there", Level: account.P9, Authenticated: w.clock.now(), Source: b.Source,
					Details: match.Details{Given: []string{"Ann"}, Family: []string{"Hill"}, Birth: "1980-03-31", Postcode: []string{"LS1 4AP"}}}
				switch profile {
				case NHS:
					want.Vector, want.Trustmark = "P9.Cp.Cd", "https://there.example/trustmark"
					want.Details.NHSNumber, want.Details.Postcode = "9990000018", nil
				case GovUK:
					want.Vector = "P2.Cl.Cm"
					want.Details.Given, want.Details.Family = []string{"Ann", "Ann"}, []string{"Hill", "Moss"}
				}
				if diff := cmp.Diff(want, b.Identity); diff != "" {
					t.Error(diff)
				}
				for _, path := range []string{"/.well-known/openid-configuration", "/keys"} {
					if n := w.there.Asked(path); n != 1 {
						t.Errorf("%s was asked for %d times", path, n)
					}
				}
				_, err = w.whole()
				w.ok(err)
				if n := w.there.Asked("/keys"); n != 1 {
					t.Errorf("the keys are asked for each time: %d", n)
				}
			})
		})
	}
}

// What a request asks of a provider, and what it gives away of the browser's
// secret: nothing.
func TestWhatAProviderIsAsked(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.knows(NHS, "RS512")
		w.ann()
		st, err := w.Begin(t.Context(), "nhs", Prove, "s1", "/account/proof")
		w.ok(err)
		u, err := url.Parse(st.URL)
		w.ok(err)
		q := u.Query()
		for name, want := range map[string]string{"response_type": "code", "client_id": "bevan", "redirect_uri": "https://id.example.org/upstream/nhs/return",
			"scope": "openid profile profile_extended", "code_challenge_method": "S256", "vtr": `["P9.Cp.Cd","P9.Cp.Ck","P9.Cm"]`} {
			if q.Get(name) != want {
				t.Errorf("%s is %q", name, q.Get(name))
			}
		}
		if st.Origin != w.there.Server.URL || len(q.Get("code_challenge")) != 43 || strings.Contains(st.URL, st.Secret) || strings.Contains(st.URL, part("verifier", st.Secret)) {
			t.Errorf("the browser goes to %s", st.URL)
		}
		var rows string
		w.ok(w.d.Query(t.Context(), w.d.Dialect().Pick("SELECT hex(state) || provider || session || next FROM upstream_flow", "SELECT to_jsonb(f)::text FROM upstream_flow f"), nil, func(r *db.Row) error {
			rows += r.Text(0)
			return nil
		}))
		for _, secret := range []string{st.Secret, q.Get("state"), q.Get("nonce"), part("verifier", st.Secret)} {
			if rows == "" || strings.Contains(rows, secret) {
				t.Errorf("the table holds %q in %q", secret, rows)
			}
		}
	})
}

// Attack 22, for a sign-in somewhere else: each claim and each step is changed
// in turn, and nothing is believed.
func TestAttack22ASignInElsewhereWithSomethingWrong(t *testing.T) {
	other := func(t *testing.T, alg string) func(head, claims object) string {
		key := upstreamtest.NewKey(t, alg)
		return func(head, claims object) string { return upstreamtest.Compact(t, key, alg, head, claims) }
	}
	each(t, func(t *testing.T, w *world) {
		w.knows(NHS, "RS512")
		now := w.clock.now().Unix()
		for what, change := range map[string]func(p *upstreamtest.Provider){
			"another issuer":           func(p *upstreamtest.Provider) { p.Claims["iss"] = p.Issuer + "/" },
			"no issuer":                func(p *upstreamtest.Provider) { p.Claims["iss"] = nil },
			"another audience":         func(p *upstreamtest.Provider) { p.Claims["aud"] = "somebody" },
			"two audiences":            func(p *upstreamtest.Provider) { p.Claims["aud"] = []string{"bevan", "somebody"} },
			"no audience":              func(p *upstreamtest.Provider) { p.Claims["aud"] = nil },
			"another party":            func(p *upstreamtest.Provider) { p.Claims["azp"] = "somebody" },
			"another nonce":            func(p *upstreamtest.Provider) { p.Claims["nonce"] = "AAAA" },
			"no nonce":                 func(p *upstreamtest.Provider) { p.Claims["nonce"] = nil },
			"run out":                  func(p *upstreamtest.Provider) { p.Claims["exp"] = now - 31 },
			"no end":                   func(p *upstreamtest.Provider) { p.Claims["exp"] = nil },
			"an end beyond all clocks": func(p *upstreamtest.Provider) { p.Claims["exp"] = 1e300 },
			"made in the future":       func(p *upstreamtest.Provider) { p.Claims["iat"] = now + 60 },
			"made long ago":            func(p *upstreamtest.Provider) { p.Claims["iat"] = now - 3600 },
			"never made":               func(p *upstreamtest.Provider) { p.Claims["iat"] = nil },
			"not good yet":             func(p *upstreamtest.Provider) { p.Claims["nbf"] = now + 60 },
			"seen in the future":       func(p *upstreamtest.Provider) { p.Claims["auth_time"] = now + 60 },
			"nobody":                   func(p *upstreamtest.Provider) { p.Claims["sub"] = "" },
			"a very long name":         func(p *upstreamtest.Provider) { p.Claims["sub"] = strings.Repeat("x", 256) },
			"of another access token":  func(p *upstreamtest.Provider) { p.Claims["at_hash"] = halfHash("RS512", "another") },
			"a lower level":            func(p *upstreamtest.Provider) { p.Claims["vot"] = "P5.Cp.Cd" },
			"a weaker sign-in":         func(p *upstreamtest.Provider) { p.Claims["vot"] = "P9.Cp" },
			"no vector":                func(p *upstreamtest.Provider) { p.Claims["vot"] = nil },
			"a vector that is none":    func(p *upstreamtest.Provider) { p.Claims["vot"] = "P9.P9.Cp.Cd" },
			"userinfo of another":      func(p *upstreamtest.Provider) { p.Info["sub"] = "somebody" },
			"userinfo of nobody":       func(p *upstreamtest.Provider) { p.Info["sub"] = nil },
			"unsigned": func(p *upstreamtest.Provider) {
				p.Sign = func(_, c object) string { return "eyJhbGciOiJub25lIn0." + raw(c) + "." }
			},
			"signed by another key": func(p *upstreamtest.Provider) { p.Sign = other(t, "RS512") },
			"another algorithm": func(p *upstreamtest.Provider) {
				key := p.Key
				p.Sign = func(h, c object) string { return upstreamtest.Compact(t, key, "RS256", h, c) }
			},
			"a shared secret that is the public key": func(p *upstreamtest.Provider) {
				p.Sign = func(h, c object) string {
					return upstreamtest.Compact(t, []byte(p.Issuer+strings.Repeat("k", 64)), "HS512", h, c)
				}
			},
			"no name of a key":      func(p *upstreamtest.Provider) { p.Header = func(h object) { delete(h, "kid") } },
			"another name of a key": func(p *upstreamtest.Provider) { p.Header = func(h object) { h["kid"] = "k9" } },
			"a crit that we do not do": func(p *upstreamtest.Provider) {
				p.Header = func(h object) { h["crit"], h["exp"] = []string{"exp"}, 1 }
			},
			"a signature that is changed": func(p *upstreamtest.Provider) {
				p.Token = func(o object) {
					text, at := o["id_token"].(string), strings.LastIndex(o["id_token"].(string), ".")+1
					other := "A"
					if text[at] == 'A' {
						other = "B"
					}
					o["id_token"] = text[:at] + other + text[at+1:]
				}
			},
			"a signature that is cut": func(p *upstreamtest.Provider) {
				p.Token = func(o object) { o["id_token"] = o["id_token"].(string)[:len(o["id_token"].(string))-8] }
			},
			"no ID token":       func(p *upstreamtest.Provider) { p.Token = func(o object) { delete(o, "id_token") } },
			"no access token":   func(p *upstreamtest.Provider) { p.Token = func(o object) { delete(o, "access_token") } },
			"a token of a kind": func(p *upstreamtest.Provider) { p.Token = func(o object) { o["token_type"] = "DPoP" } },
			"a token with a line": func(p *upstreamtest.Provider) {
				p.Token = func(o object) { o["access_token"] = "a\r\nX: y" }
			},
			"another issuer's answer": func(p *upstreamtest.Provider) { p.Answer = func(q url.Values) { q.Set("iss", "https://evil.example") } },
			"an answer of nobody's":   func(p *upstreamtest.Provider) { p.Answer = func(q url.Values) { q.Del("iss") } },
			"two issuers":             func(p *upstreamtest.Provider) { p.Answer = func(q url.Values) { q.Add("iss", p.Issuer) } },
			"no code":                 func(p *upstreamtest.Provider) { p.Answer = func(q url.Values) { q.Del("code") } },
			"two codes":               func(p *upstreamtest.Provider) { p.Answer = func(q url.Values) { q.Add("code", "x") } },
			"another state":           func(p *upstreamtest.Provider) { p.Answer = func(q url.Values) { q.Set("state", "x") } },
		} {
			w.ann()
			w.there.Set(func(p *upstreamtest.Provider) {
				p.Sign, p.Header, p.Token, p.Answer = nil, nil, nil, nil
				change(p)
			})
			b, err := w.whole()
			if !problem.Is(err, problem.Invalid) || b.Subject != "" {
				t.Errorf("%s: %+v %v", what, b, err)
			}
			if s := problem.Sentence(err); err != nil && s != problem.Sentence(broken("")) {
				t.Errorf("%s: it says %q", what, s)
			}
			w.clock.move(11 * time.Second) // so that an unknown key is asked for again
			now = w.clock.now().Unix()
		}
		w.ann()
		w.there.Set(func(p *upstreamtest.Provider) { p.Sign, p.Header, p.Token, p.Answer = nil, nil, nil, nil })
		_, err := w.whole()
		w.ok(err)
	})
}

// The identity that One Login signs by itself is held to the same.
func TestAttack22AnIdentityWithSomethingWrong(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.knows(GovUK, "ES256")
		now := w.clock.now().Unix()
		for what, c := range map[string]struct {
			change func(p *upstreamtest.Provider)
			fine   bool // it is believed, and proves nothing
		}{
			"another issuer":   {func(p *upstreamtest.Provider) { p.Identity["iss"] = p.Issuer }, false},
			"another audience": {func(p *upstreamtest.Provider) { p.Identity["aud"] = "somebody" }, false},
			"somebody else":    {func(p *upstreamtest.Provider) { p.Identity["sub"] = "somebody" }, false},
			"run out":          {func(p *upstreamtest.Provider) { p.Identity["exp"] = now - 31 }, false},
			"not good yet":     {func(p *upstreamtest.Provider) { p.Identity["nbf"] = now + 60 }, false},
			"a lower level":    {func(p *upstreamtest.Provider) { p.Identity["vot"] = "P1" }, true},
			"no level":         {func(p *upstreamtest.Provider) { p.Identity["vot"] = "" }, true},
			"nothing proven":   {func(p *upstreamtest.Provider) { p.Identity = nil }, true},
			"unsigned": {func(p *upstreamtest.Provider) {
				p.Identity = nil
				p.Info[coreIdentity] = "eyJhbGciOiJub25lIn0.e30."
			}, false},
			"signed by the key of sign-ins": {func(p *upstreamtest.Provider) {
				c := object{"iss": p.Issuer + "/identity/", "aud": "bevan", "sub": "ann-there", "exp": now + 60, "iat": now, "vot": "P2"}
				p.Info[coreIdentity] = upstreamtest.Compact(t, p.Key, "ES256", object{"kid": p.DID() + "#k2"}, c)
				p.Identity = nil
			}, false},
		} {
			w.ann()
			w.there.Set(c.change)
			b, err := w.whole()
			if c.fine {
				if err != nil || b.Level != account.P0 || b.Details.Birth != "" || b.Subject != "ann-there" {
					t.Errorf("%s: %+v %v", what, b, err)
				}
				continue
			}
			if !problem.Is(err, problem.Invalid) || b.Subject != "" {
				t.Errorf("%s: %+v %v", what, b, err)
			}
		}
	})
}

// A level is worth what the operator said, and nothing without.
func TestALevelIsWorthWhatTheOperatorSaid(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.knows(OIDC, "RS256")
		for acr, want := range map[any]account.Proof{"high": account.P9, "HIGH": account.P0, "low": account.P0, "": account.P0, "P9": account.P0, nil: account.P0} {
			w.ann()
			w.there.Set(func(p *upstreamtest.Provider) { p.Claims["acr"] = acr })
			b, err := w.whole()
			w.ok(err)
			if b.Level != want || (want == account.P0) != (b.Details.Birth == "") {
				t.Errorf("acr %v is worth P%d", acr, b.Level)
			}
		}
		n := open(t, w.d)
		n.clock = w.clock
		n.knows(NHS, "RS512")
		for level, want := range map[any]account.Proof{"P9": account.P9, "P5": account.P5, "P0": account.P0, "P7": account.P0, "": account.P9} {
			n.ann() // where userinfo says nothing, the ID token does
			n.there.Set(func(p *upstreamtest.Provider) { p.Info["identity_proofing_level"] = level })
			b, err := n.whole()
			n.ok(err)
			if b.Level != want {
				t.Errorf("a level of %v is worth P%d", level, b.Level)
			}
		}
	})
}

// A flow belongs to the browser and the session that began it, and is good
// once.
func TestAttack22AFlowIsOneBrowsers(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.knows(OIDC, "RS256")
		w.ann()
		ctx := t.Context()
		mine, q := w.away("s1")
		theirs, p := w.away("s2")
		for what, try := range map[string]func() error{
			"another browser": func() error { _, err := w.Finish(ctx, "oidc", q, theirs.Secret, "s1"); return err },
			"no browser":      func() error { _, err := w.Finish(ctx, "oidc", q, "", "s1"); return err },
			"a made-up secret": func() error {
				_, err := w.Finish(ctx, "oidc", url.Values{"state": {part("state", strings.Repeat("x", 43))}}, strings.Repeat("x", 43), "s1")
				return err
			},
		} {
			refused(t, what, try(), problem.Invalid)
		}
		_, err := w.Finish(ctx, "oidc", p, theirs.Secret, "s1")
		refused(t, "another session", err, problem.Invalid)
		_, err = w.Finish(ctx, "oidc", p, theirs.Secret, "s2")
		refused(t, "a flow that was tried", err, problem.Invalid)
		if n := w.there.Asked("/token"); n != 0 {
			t.Errorf("a code was sent %d times", n)
		}
		_, err = w.Finish(ctx, "oidc", q, mine.Secret, "s1")
		w.ok(err)
		_, err = w.Finish(ctx, "oidc", q, mine.Secret, "s1")
		refused(t, "a second time", err, problem.Invalid)
		late, q := w.away("s1")
		w.clock.move(FlowLife)
		_, err = w.Finish(ctx, "oidc", q, late.Secret, "s1")
		refused(t, "too late", err, problem.Invalid)
		w.ok(w.Sweep(ctx))

		st, q := w.away("")
		var done sync.WaitGroup
		var mu sync.Mutex
		good := 0
		for range 5 {
			done.Go(func() {
				if _, err := w.Finish(ctx, "oidc", q, st.Secret, ""); err == nil {
					mu.Lock()
					good++
					mu.Unlock()
				}
			})
		}
		done.Wait()
		if good != 1 {
			t.Errorf("a flow was good %d times", good)
		}
	})
}

// Attack 21 from the other side: an answer of one provider does not come to the
// address of another.
func TestAttack21AnswersOfTwoProvidersAreNotMixedUp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.knows(OIDC, "RS256")
		w.ann()
		v := open(t, w.d)
		v.clock = w.clock
		v.knows(NHS, "RS512")
		st, q := w.away("s1")
		_, err := w.Finish(t.Context(), "nhs", q, st.Secret, "s1")
		refused(t, "at another address", err, problem.Invalid)
		if n := v.there.Asked("/token"); n != 0 {
			t.Errorf("the other provider got the code: %d", n)
		}
	})
}

// What a provider answers with is bounded, and it is not asked again and again
// when it does not answer.
func TestAProviderThatDoesNotAnswer(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.knows(OIDC, "RS256")
		w.ann()
		for what, reply := range hostile {
			w.there.Set(func(p *upstreamtest.Provider) { p.Reply = reply })
			before := w.there.Asked("/.well-known/openid-configuration")
			for range 3 {
				_, err := w.Begin(t.Context(), "oidc", SignIn, "", "/account")
				refused(t, what, err, problem.Unavailable)
			}
			if n := w.there.Asked("/.well-known/openid-configuration") - before; n != 1 {
				t.Errorf("%s: it was asked %d times", what, n)
			}
			w.clock.move(11 * time.Second)
		}
		w.there.Set(func(p *upstreamtest.Provider) { p.Reply = nil })
		for what, change := range map[string]func(object){
			"another issuer":      func(m object) { m["issuer"] = "https://evil.example" },
			"no token endpoint":   func(m object) { delete(m, "token_endpoint") },
			"keys without https":  func(m object) { m["jwks_uri"] = "http://there.example/keys" },
			"a script":            func(m object) { m["authorization_endpoint"] = "javascript:alert(1)" },
			"a file":              func(m object) { m["userinfo_endpoint"] = "file:///etc/passwd" },
			"a name and a secret": func(m object) { m["token_endpoint"] = "https://a:b@there.example/token" },
		} {
			w.there.Set(func(p *upstreamtest.Provider) { p.Meta = change })
			_, err := w.Begin(t.Context(), "oidc", SignIn, "", "/account")
			refused(t, what, err, problem.Unavailable)
			w.clock.move(11 * time.Second)
		}
		w.there.Set(func(p *upstreamtest.Provider) { p.Meta = nil })
		st, q := w.away("s1")
		w.there.Set(func(p *upstreamtest.Provider) { p.Public = "" }) // the token endpoint refuses us
		_, err := w.Finish(t.Context(), "oidc", q, st.Secret, "s1")
		refused(t, "an error", err, problem.Unavailable)
		if said := fmt.Sprint(err, problem.LogText(err)); strings.Contains(said, q.Get("code")) || strings.Contains(said, "their-token") {
			t.Errorf("the error holds a secret: %s", said)
		}
		st, q = w.away("s1")
		q.Set("error", "access_denied")
		_, err = w.Finish(t.Context(), "oidc", q, st.Secret, "s1")
		refused(t, "somebody who said no", err, problem.Conflict)
	})
}
