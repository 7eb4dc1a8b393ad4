package client

import (
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// The pages of public clients may read answers, and those of nobody else: a
// client with a server of its own asks from there.
func TestOriginsAreThoseOfPublicClients(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newHand()
		c := openAt(t, d, newRing(t), h)
		spec := Spec{Name: "App", Profile: SMART, Proof: NoProof, Scopes: "patient/*.rs", Grants: []string{AuthorizationCode},
			Redirects: []string{"https://App.example/back", "https://app.example/other", "http://127.0.0.1:9/back", "org.example.app:/back"}}
		is := func(origin string) bool {
			t.Helper()
			ok, err := c.IsOrigin(t.Context(), origin)
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		if is("https://app.example") {
			t.Error("the origin of a client that is not there yet")
		}
		cl, _, err := c.Add(t.Context(), spec)
		if err != nil {
			t.Fatal(err)
		}
		spec.Proof, spec.Redirects = BySecret, []string{"https://server.example/back"}
		if _, _, err := c.Add(t.Context(), spec); err != nil {
			t.Fatal(err)
		}
		h.move(originsBelieved)
		for origin, want := range map[string]bool{
			"https://app.example": true, "http://127.0.0.1:9": true,
			"https://server.example": false, "https://app.example/": false, "https://app.example.evil.example": false, "http://app.example": false,
			"null": false, "": false, "org.example.app://": false, "http://127.0.0.1": false,
		} {
			if is(origin) != want {
				t.Errorf("%q is one: %v", origin, !want)
			}
		}
		if err := c.Revoke(t.Context(), cl.ID); err != nil {
			t.Fatal(err)
		}
		h.move(originsBelieved)
		if is("https://app.example") {
			t.Error("the pages of a client that was revoked may read on")
		}
	})
}
