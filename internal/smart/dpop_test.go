package smart

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// proves is a DPoP proof for a POST to the path, but for what is changed.
func (w *world) proves(key any, alg, path string, change func(head, claims object)) string {
	w.mu.Lock()
	w.n++
	n := w.n
	w.mu.Unlock()
	public := jwk("", key)
	delete(public, "kid")
	head := object{"alg": alg, "typ": "dpop+jwt", "jwk": public}
	claims := object{"jti": fmt.Sprintf("proof-%d", n), "htm": "POST", "htu": issuer + path, "iat": w.now().Unix()}
	if change != nil {
		change(head, claims)
	}
	return sign(w.t, key, head, claims)
}

// reads is how a read comes with a bound token.
func (w *world) reads(key any, token string, change func(head, claims object)) Presented {
	p := w.proves(key, "ES256", "/fhir/Patient/1", func(h, c object) {
		c["htm"], c["ath"] = "GET", tokenHash(token)
		if change != nil {
			change(h, c)
		}
	})
	return Presented{Scheme: "DPoP", Token: token, Proofs: []string{p}, Method: "GET", Path: "/Patient/1"}
}

func TestAttack12DPoP(t *testing.T) {
	k := testKeys()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		p := w.register(k.ed, "EdDSA", nil)
		token := p.token("system/Observation.rs", "DPoP", w.proves(k.p256, "ES256", pathToken, nil))
		s := w.register(k.p384, "ES384", nil)
		plain := s.token("system/Observation.rs")
		now := w.now().Unix()
		if who, err := w.s.Verify(t.Context(), w.reads(k.p256, token, nil)); err != nil || who.App != p.ID {
			t.Fatalf("the holder: %+v, %v", who, err)
		}
		used := w.reads(k.p256, token, nil)
		if _, err := w.s.Verify(t.Context(), used); err != nil {
			t.Fatal(err)
		}
		with := func(change func(h, c object)) Presented { return w.reads(k.p256, token, change) }
		says := func(name string, v any) Presented { return with(func(_, c object) { c[name] = v }) }
		as := func(p Presented, change func(*Presented)) Presented { change(&p); return p }
		ed := k.ec
		for name, p := range map[string]Presented{
			"no proof":                    as(with(nil), func(p *Presented) { p.Proofs = nil }),
			"two proofs":                  as(with(nil), func(p *Presented) { p.Proofs = append(p.Proofs, p.Proofs[0]) }),
			"the scheme Bearer":           as(with(nil), func(p *Presented) { p.Scheme = "Bearer" }),
			"Bearer without a proof":      {Scheme: "Bearer", Token: token, Method: "GET", Path: "/Patient/1"},
			"a plain token as DPoP":       w.reads(k.p256, plain, nil),
			"another method":              says("htm", "POST"),
			"the method in small letters": says("htm", "get"),
			"no method":                   says("htm", ""),
			"another resource":            says("htu", issuer+"/fhir/Patient/2"),
			"another host":                says("htu", "https://bevan.example.evil.example/fhir/Patient/1"),
			"a user in the address":       says("htu", "https://x@bevan.example/fhir/Patient/1"),
			"another port":                says("htu", "https://bevan.example:8443/fhir/Patient/1"),
			"no address":                  says("htu", ""),
			"the hash of another token":   says("ath", tokenHash(plain)),
			"no hash":                     says("ath", nil),
			"a stale one":                 says("iat", now-120),
			"one from the future":         says("iat", now+120),
			"no time":                     says("iat", nil),
			"one that has ended":          says("exp", now-120),
			"no number":                   says("jti", ""),
			"a long number":               says("jti", strings.Repeat("n", 257)),
			"used before":                 used,
			"another key":                 w.reads(otherP256(), token, nil),
			"a key of another curve": as(with(nil), func(p *Presented) {
				p.Proofs = []string{w.proves(ed, "ES384", "/fhir/Patient/1", func(_, c object) { c["htm"], c["ath"] = "GET", tokenHash(token) })}
			}),
			"another typ":                      with(func(h, _ object) { h["typ"] = "JWT" }),
			"no typ":                           with(func(h, _ object) { delete(h, "typ") }),
			"no key":                           with(func(h, _ object) { delete(h, "jwk") }),
			"a private key":                    with(func(h, _ object) { h["jwk"] = merged(jwk("", k.p256), object{"d": "AQ"}) }),
			"a foreign key in the header":      with(func(h, _ object) { h["jwk"] = jwk("", otherP256()) }),
			"a certificate":                    with(func(h, _ object) { h["x5c"] = []string{"MA=="} }),
			"an assertion in place of a proof": as(with(nil), func(q *Presented) { q.Proofs = []string{s.assertion(nil)} }),
			"rubbish":                          as(with(nil), func(p *Presented) { p.Proofs = []string{"a.b.c"} }),
		} {
			who, err := w.s.Verify(t.Context(), p)
			if !problem.Is(err, problem.Unauthorized) || who.Actor != "" {
				t.Errorf("%s: %+v, %v", name, who, err)
			}
			var f *fault
			if !errors.As(err, &f) || !strings.HasPrefix(f.Challenge(), "DPoP ") || !strings.Contains(f.Challenge(), `algs="ES256`) || strings.Contains(f.Challenge(), token) {
				t.Errorf("%s: the challenge is %q", name, f.Challenge())
			}
		}
		for name, p := range map[string]Presented{
			"a query": as(with(nil), func(p *Presented) {
				p.Proofs = []string{w.reads(k.p256, token, func(_, c object) { c["htu"] = issuer + "/fhir/Patient/1?_pretty=true#x" }).Proofs[0]}
			}),
			"the port of https":   says("htu", "HTTPS://Bevan.Example:443/fhir/Patient/1"),
			"a clock that is off": says("iat", now-20),
		} {
			if _, err := w.s.Verify(t.Context(), p); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// One proof is good once, also for many at the same time.
func TestAttack12AProofIsGoodOnce(t *testing.T) {
	k := testKeys()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		p := w.register(k.p256, "ES256", nil)
		token := p.token("system/Observation.rs", "DPoP", w.proves(k.p256, "ES256", pathToken, nil))
		one := w.reads(k.p256, token, nil)
		var all sync.WaitGroup
		good := make(chan bool, 12)
		for range 12 {
			all.Go(func() {
				_, err := w.s.Verify(t.Context(), one)
				good <- err == nil
			})
		}
		all.Wait()
		close(good)
		n := 0
		for ok := range good {
			if ok {
				n++
			}
		}
		if n != 1 {
			t.Errorf("one proof let in %d", n)
		}
	})
}

func TestAProofAtTheTokenEndpoint(t *testing.T) {
	k := testKeys()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		p, s := w.register(k.p256, "ES256", nil), w.register(k.p384, "ES384", nil)
		w.post(pathToken, p.form("system/Observation.rs")).want("fapi2 without a proof", 400, "invalid_dpop_proof")
		bad := w.proves(k.p256, "ES256", pathIntrospect, nil)
		w.post(pathToken, s.form("system/Observation.rs"), "DPoP", bad).want("a proof for another address", 400, "invalid_dpop_proof")
		one := w.proves(k.p256, "ES256", pathToken, nil)
		if a := w.post(pathToken, s.form("system/Observation.rs"), "DPoP", one); a.status != http.StatusOK || a.text("token_type") != "DPoP" {
			t.Errorf("%d %s", a.status, a.body)
		}
		w.post(pathToken, s.form("system/Observation.rs"), "DPoP", one).want("a proof that was used", 400, "invalid_client")
		form := p.form("system/Observation.rs")
		w.post(pathToken, form, "DPoP", bad).want("a bad proof", 400, "invalid_dpop_proof")
		w.post(pathToken, form, "DPoP", w.proves(k.p256, "ES256", pathToken, nil)).want("the assertion again", 400, "invalid_client")
	})
}
