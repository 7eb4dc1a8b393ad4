package client

import (
	"fmt"
	"slices"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// Pages put together are the list, whatever their size and however many were
// made in one second.
func TestPagesAreTheList(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		c := openAt(t, d, newRing(t), newHand())
		for i := range 7 {
			_, _, err := c.Add(t.Context(), Spec{Name: fmt.Sprint("App ", i), Profile: SMART, Proof: NoProof, Redirects: []string{"https://a.example/"}, Scopes: "patient/*.rs", Grants: []string{AuthorizationCode}})
			if err != nil {
				t.Fatal(err)
			}
		}
		ids := func(all []Client) (ids []string) {
			for _, cl := range all {
				ids = append(ids, cl.ID)
			}
			return ids
		}
		list, err := c.List(t.Context())
		if err != nil || len(list) != 7 {
			t.Fatalf("%d, %v", len(list), err)
		}
		for size := 1; size < 9; size++ {
			var all []Client
			for after := ""; ; after = all[len(all)-1].ID {
				page, err := c.Page(t.Context(), after, size)
				if err != nil {
					t.Fatal(err)
				}
				if len(page) == 0 {
					break
				}
				all = append(all, page...)
			}
			if !slices.Equal(ids(all), ids(list)) {
				t.Errorf("in pages of %d: %v, want %v", size, ids(all), ids(list))
			}
		}
	})
}
