package upstream

import (
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4/json"

	"github.com/bevanhealth/bevan/internal/identity/account"
)

var fixed = time.Date(2026, 5, 3, 14, 30, 0, 0, time.UTC)

// strictly reads as the room does.
func strictly(b []byte, into any) error { return json.Unmarshal(b, into) }

func TestAVectorIsEnough(t *testing.T) {
	for _, c := range []struct {
		profile  Profile
		vtr, vot string
		want     bool
	}{
		{NHS, asks[NHS], "P9.Cp.Cd", true}, {NHS, asks[NHS], "P9.Cm", true}, {NHS, asks[NHS], "P5.Cm", false}, {NHS, asks[NHS], "P9.Cp", false}, {NHS, asks[NHS], "", false},
		{GovUK, asks[GovUK], "Cl.Cm", true}, {GovUK, asks[GovUK], "Cl", false}, {GovUK, asks[GovUK], "P2", false},
		{OIDC, "", "", true}, {OIDC, `["P5.Cm"]`, "P9.Cm", true},
	} {
		if err := (Provider{Spec: Spec{Profile: c.profile, Vectors: c.vtr}}).enough(c.vot); (err == nil) != c.want {
			t.Errorf("%s asked for, %q got: %v", c.vtr, c.vot, err)
		}
	}
}

func TestLevelsOfNHSLogin(t *testing.T) {
	for text, want := range map[string]account.Proof{"P9": account.P9, "P9.Cp.Cd": account.P9, "Cp.P5": account.P5, "P0": account.P0, "P2": account.P0, "": account.P0, "p9": account.P0} {
		if got := nhsLevel(text); got != want {
			t.Errorf("%q is P%d", text, got)
		}
	}
}

// A name that comes twice may be read in two ways, so it is not read at all.
func TestANameThatComesTwiceIsRefused(t *testing.T) {
	var c claims
	if strictly([]byte(`{"sub":"ann","sub":"mallory"}`), &c) == nil {
		t.Errorf("it is read as %q", c.Subject)
	}
	if err := strictly([]byte(`{"sub":"ann","SUB":"mallory"}`), &c); err != nil || c.Subject != "ann" {
		t.Errorf("it is read as %q: %v", c.Subject, err)
	}
}

func TestIdentitiesAreSignedByTheIssuersNeighbour(t *testing.T) {
	for issuer, want := range map[string]string{
		"https://oidc.account.gov.uk/":             "https://identity.account.gov.uk",
		"https://oidc.integration.account.gov.uk/": "https://identity.integration.account.gov.uk",
		"https://simulator.example":                "https://simulator.example/identity",
	} {
		if got, ok := identityIssuer(issuer); got != want || !ok {
			t.Errorf("%s has %s", issuer, got)
		}
	}
	if got := didOf("https://identity.account.gov.uk"); got != "did:web:identity.account.gov.uk" {
		t.Error(got)
	}
}
