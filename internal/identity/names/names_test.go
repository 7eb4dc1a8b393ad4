package names_test

import (
	"path/filepath"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/identity/names"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/seal"
)

// Staff, apps and those who run the service are named; whoever is none of these
// is not, and what has gone has no name and is no error.
func TestWhoIsNamed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
		if err != nil {
			t.Fatal(err)
		}
		box, err := notify.Open(ctx, d, ring, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		accounts, err := account.Open(ctx, d, ring, box, account.Config{RPID: "localhost", Name: "Bevan", Origins: []string{"http://localhost"}})
		if err != nil {
			t.Fatal(err)
		}
		works, err := staff.Open(ctx, d, nil)
		if err != nil {
			t.Fatal(err)
		}
		apps, err := client.Open(ctx, d, ring, nil)
		if err != nil {
			t.Fatal(err)
		}
		org, err := works.AddOrganisation(ctx, "console:root", "RXH", "Valley Hospitals", "")
		if err != nil {
			t.Fatal(err)
		}
		if _, err := works.AddMember(ctx, staff.Member{Account: "ada", Name: "Dr Ada Obi", Organisation: org.ID, Role: staff.Clinician}, "console:root"); err != nil {
			t.Fatal(err)
		}
		app, _, err := apps.Add(ctx, client.Spec{Name: "Run Club", Profile: client.SMART, Proof: client.BySecret, Redirects: []string{"https://app.example/"}, Grants: []string{client.AuthorizationCode}, Scopes: "patient/*.rs"})
		if err != nil {
			t.Fatal(err)
		}
		n := names.New(accounts, works, apps)
		of := func(who access.Who) names.Named {
			t.Helper()
			got, err := n.Of(ctx, who, 7, "ann")
			if err != nil {
				t.Fatal(err)
			}
			return got
		}
		person := func(actor string, role access.Role) access.Who {
			return access.Who{Actor: actor, Kind: access.Person, Role: role, For: 7}
		}
		carer := person("account:ada", access.RoleProfessional)
		carer.Organisation, carer.App = org.ID, app.ID
		if got := of(carer); got.Sort != names.Staff || got.Name != "Dr Ada Obi" || got.Organisation != "Valley Hospitals" || got.App != "Run Club" || got.Agent().Reference == "" {
			t.Errorf("a clinician is %+v", got)
		}
		gone := person("account:nobody", access.RoleProfessional)
		gone.Organisation, gone.App = "gone", "gone"
		if got := of(gone); got.Sort != names.Staff || got.Name+got.Organisation+got.App != "" {
			t.Errorf("somebody who is gone is %+v", got)
		}
		if got := of(person("account:ann", access.RoleSelf)); got.Sort != names.Yourself || got.Agent().Reference != "Patient/ann" {
			t.Errorf("oneself is %+v", got)
		}
		other := person("account:bob", access.RoleSelf)
		other.For = 8
		if got := of(other); got.Sort != names.Somebody || got.Agent() != (names.Named{}).Agent() {
			t.Errorf("somebody with another record is %+v", got)
		}
		if got := of(access.Operator("token:a")); got.Sort != names.Operator || got.Agent().ID != "token:a" {
			t.Errorf("an operator is %+v", got)
		}
		robot := access.Who{Actor: "client:" + app.ID, Kind: access.Client, Role: access.RoleProgram, App: app.ID, Grant: "g"}
		if got := of(robot); got.Sort != names.Program || got.Name != "Run Club" {
			t.Errorf("a program is %+v", got)
		}
		if got := of(access.Job("export", access.Operator("token:a"))); got.Sort != names.Service || got.Job != "export" || got.Behind.Sort != names.Operator || got.Agent().Job != "export" {
			t.Errorf("a job is %+v", got)
		}
		// Work that was done for somebody who claimed the record.
		if got := of(access.Job("match", access.Operator("account:bob"))); got.Sort != names.Service || got.Behind.Sort != names.Somebody || got.Agent().ID+got.Agent().Name+got.Agent().Reference != "" {
			t.Errorf("work for a stranger is %+v", got)
		}
		if got := of(access.Job("directory", access.Operator("account:ada"))); got.Behind.Sort != names.Operator || got.Behind.Name != "Dr Ada Obi" {
			t.Errorf("work for somebody here is %+v", got)
		}
	})
}
