package upstream

import (
	"net/url"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/upstream/upstreamtest"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

type object = upstreamtest.Object

// hand is a clock that is moved by hand.
type hand struct {
	mu sync.Mutex
	at time.Time
}

func (h *hand) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hand) move(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

// world is this room, and one provider that it knows.
type world struct {
	*Providers
	t     *testing.T
	clock *hand
	there *upstreamtest.Provider
	of    Provider
	d     *db.DB
}

func (w *world) ok(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatalf("%v, %v", err, problem.LogText(err))
	}
}

func open(t *testing.T, d *db.DB) *world {
	t.Helper()
	w := &world{t: t, clock: &hand{at: time.Date(2026, 5, 3, 14, 30, 0, 0, time.UTC)}, d: d}
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
	w.ok(err)
	w.Providers, err = Open(t.Context(), Config{DB: d, Ring: ring, Origin: "https://id.example.org", Now: w.clock.now})
	w.ok(err)
	return w
}

// knows names a provider that signs with an algorithm.
func (w *world) knows(profile Profile, alg string) {
	w.t.Helper()
	w.there = upstreamtest.New(w.t, alg, w.clock.now)
	s := Spec{ID: string(profile), Name: "Elsewhere", Issuer: w.there.Issuer, ClientID: w.there.ClientID, Profile: profile, PrivateNetwork: true}
	if profile != NHS {
		s.Trust = map[string]account.Proof{"P2": account.P9, "high": account.P9}
	}
	var err error
	w.of, err = w.Add(w.t.Context(), s)
	w.ok(err)
	w.there.Set(func(p *upstreamtest.Provider) { p.Public = w.of.Public })
}

// ann is who is signed in at the provider, as the profile says it.
func (w *world) ann() {
	w.there.Set(func(p *upstreamtest.Provider) {
		p.Claims = object{"sub": "ann-there"}
		p.Info, p.Identity = object{}, nil
		switch w.of.Profile {
		case NHS:
			p.Claims["vot"], p.Claims["vtm"], p.Claims["identity_proofing_level"] = "P9.Cp.Cd", "https://there.example/trustmark", "P9"
			p.Info = object{"given_name": "Ann", "family_name": "Hill", "birthdate": "1980-03-31", "nhs_number": "9990000018", "identity_proofing_level": "P9"}
		case GovUK:
			p.Claims["vot"] = "Cl.Cm"
			name := func(until any, given ...string) object {
				var parts []object
				for i, g := range given {
					kind := "GivenName"
					if i == len(given)-1 {
						kind = "FamilyName"
					}
					parts = append(parts, object{"value": g, "type": kind})
				}
				return object{"validUntil": until, "nameParts": parts}
			}
			p.Identity = object{"vot": "P2", "vtm": "https://there.example/trustmark", "vc": object{"type": []string{"VerifiableCredential"}, "credentialSubject": object{
				"name": []object{name("2020-01-01", "Ann", "Moss"), name(nil, "Ann", "Marie", "Hill")}, "birthDate": []object{{"value": "1980-03-31"}, {"value": "1981-01-01"}}}}}
			p.Info = object{"https://vocab.account.gov.uk/v1/address": []object{{"postalCode": "YO1 7HH", "validUntil": "2020-01-01"}, {"postalCode": "LS1 4AP"}}}
		default:
			p.Claims["acr"] = "high"
			p.Info = object{"given_name": "Ann", "family_name": "Hill", "birthdate": "1980-03-31", "address": object{"postal_code": "LS1 4AP"}, "nhs_number": "9990000026"}
		}
	})
}

// go1 goes to the provider and comes back, with the secret of the browser.
func (w *world) away(session string) (Start, url.Values) {
	w.t.Helper()
	why := Prove
	if session == "" {
		why = SignIn
	}
	st, err := w.Begin(w.t.Context(), w.of.ID, why, session, "/account/proof")
	w.ok(err)
	return st, w.there.Visit(st.URL).Query()
}

// whole goes there and back again.
func (w *world) whole() (Back, error) {
	w.t.Helper()
	st, q := w.away("s1")
	return w.Finish(w.t.Context(), w.of.ID, q, st.Secret, "s1")
}

func each(t *testing.T, test func(t *testing.T, w *world)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) { test(t, open(t, d)) })
}

func refused(t testing.TB, what string, err error, k problem.Kind) {
	t.Helper()
	if !problem.Is(err, k) {
		t.Errorf("%s: %v, want %s", what, err, k)
	}
}
