package client

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/seal"
)

// The origins of apps that are let in are known, and no others.
func TestOriginsOfAppsAreKnown(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
		if err != nil {
			t.Fatal(err)
		}
		now := time.Unix(1_800_000_000, 0)
		c, err := Open(t.Context(), d, ring, func() time.Time { return now })
		if err != nil {
			t.Fatal(err)
		}
		known := func(origin string) bool {
			t.Helper()
			ok, err := c.Origin(t.Context(), origin)
			if err != nil {
				t.Fatal(err)
			}
			return ok
		}
		if known("https://app.example") {
			t.Error("nobody was registered")
		}
		app, _, err := c.Add(t.Context(), Spec{Name: "App", Profile: SMART, Proof: NoProof, Scopes: "openid", Grants: []string{AuthorizationCode},
			Redirects: []string{"https://app.example/back", "https://App.example:8443/x", "http://127.0.0.1:3000/", "org.example.app:/back"}})
		if err != nil {
			t.Fatal(err)
		}
		now = now.Add(originsKept)
		for origin, want := range map[string]bool{"https://app.example": true, "https://app.example:8443": true, "http://127.0.0.1:3000": true,
			"http://app.example": false, "https://app.example.evil.example": false, "https://evil.example": false, "null": false, "": false, "https://app.example/": false,
			"org.example.app:": false, "http://127.0.0.1": false} {
			if known(origin) != want {
				t.Errorf("%q: %v", origin, !want)
			}
		}
		if err := c.Revoke(t.Context(), app.ID); err != nil {
			t.Fatal(err)
		}
		now = now.Add(originsKept)
		if known("https://app.example") {
			t.Error("an app that was revoked is still known")
		}
	})
}
