package appstate

import (
	"fmt"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"pgregory.net/rapid"
)

// asker is a token, and in words of the test what it may reach.
type asker struct {
	app     string
	token   string
	reaches map[string]bool // subjects that it may find
	changes map[string]bool // subjects that it may change
}

func set(all ...string) map[string]bool {
	out := map[string]bool{}
	for _, s := range all {
		out[s] = true
	}
	return out
}

// An app sees and changes its own state only, about those whose token it has:
// many apps and people at once, beside a plain map.
func TestAnAppReachesItsOwnStatesOnly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newSite(t, d)
		one, two := s.app(), s.app()
		by, _, err := s.clients.Add(t.Context(), client.Spec{Name: "Program", Profile: client.SMART, Proof: client.ByKey, KeysURL: "https://keys.example/jwks",
			Scopes: "system/Basic.cruds", Grants: []string{client.ClientCredentials}})
		if err != nil {
			t.Fatal(err)
		}
		subjects := []string{"", "Patient/17", "Patient/18", "Practitioner/9"}
		askers := []asker{
			{one, s.token(one, "anna", "17", "Patient/17", "patient/Basic.cruds"), set("Patient/17"), set("Patient/17")},
			{one, s.token(one, "ben", "18", "Patient/18", "user/Basic.cruds"), set("Patient/18", ""), set("Patient/18")},
			{one, s.token(one, "nurse", "17", "Practitioner/9", "user/*.cruds"), set("Patient/17", "Practitioner/9", ""), set("Patient/17", "Practitioner/9")},
			{two, s.token(two, "anna", "17", "Patient/17", "patient/Basic.cruds"), set("Patient/17"), set("Patient/17")},
			{two, s.token(two, "ben", "", "Patient/18", "patient/Basic.cruds user/Basic.s"), set("Patient/18", ""), set()},
			{by.ID, s.token(by.ID, "", "", "", "system/Basic.cruds"), set(""), set("")},
			{by.ID, s.token(by.ID, "carl", "", "Patient/18", "system/Basic.cruds patient/Basic.cruds"), set(), set()},
		}
		type key struct{ app, subject, code string }
		type value struct {
			id      string
			version int
		}
		kept := map[key]value{}
		codes := []string{"https://a.example|x", "https://a.example|y"}
		rapid.Check(t, func(r *rapid.T) {
			a := askers[rapid.IntRange(0, len(askers)-1).Draw(r, "asker")]
			k := key{a.app, rapid.SampledFrom(subjects).Draw(r, "subject"), rapid.SampledFrom(codes).Draw(r, "code")}
			v, there := kept[k]
			switch rapid.IntRange(0, 3).Draw(r, "does") {
			case 0:
				n, got := s.found(a.token, k.subject, k.code)
				want := -1
				if a.reaches[k.subject] {
					if want = 0; there {
						want = 1
					}
				}
				if n != want {
					r.Fatalf("%v finds %d, want %d: %d %s", k, n, want, got.status, got.body)
				}
			case 1:
				got := s.send("POST", pathBasic, a.token, basic("", k.subject, k.code, "x"))
				switch {
				case !a.changes[k.subject] && got.status != 403, a.changes[k.subject] && there && got.status != 409, a.changes[k.subject] && !there && got.status != 201:
					r.Fatalf("%v makes: %d %s", k, got.status, got.body)
				case got.status == 201:
					kept[k] = value{got.id(t), 1}
				}
			case 2:
				// By any app's id: another's is as if it were not there.
				owner := rapid.SampledFrom([]string{one, two, by.ID}).Draw(r, "owner")
				v, there := kept[key{owner, k.subject, k.code}]
				id := v.id
				if !there {
					id = "none"
				}
				known := v.version + rapid.IntRange(0, 1).Draw(r, "ahead")
				got := s.send("PUT", pathBasic+"/"+id, a.token, basic(id, k.subject, k.code, "y"), "If-Match", fmt.Sprintf(`W/"%d"`, known))
				good := there && owner == a.app && a.changes[k.subject] && known == v.version
				if good != (got.status == 200) || !good && got.status != 412 && got.status != 403 {
					r.Fatalf("%v changes what %s keeps: %d %s", k, owner, got.status, got.body)
				}
				if good {
					kept[key{owner, k.subject, k.code}] = value{id, v.version + 1}
				}
			case 3:
				if !there {
					return
				}
				other := askers[rapid.IntRange(0, len(askers)-1).Draw(r, "other")]
				got := s.send("DELETE", pathBasic+"/"+v.id, other.token, "", "If-Match", fmt.Sprintf(`W/"%d"`, v.version))
				good := other.app == a.app && other.changes[k.subject]
				if good != (got.status == 204) {
					r.Fatalf("%v is deleted by another: %d %s", k, got.status, got.body)
				}
				if good {
					delete(kept, k)
				}
			}
		})
	})
}
