package app

import (
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/record"
)

// An emergency of which a person is to be told later is not in their list until
// they are told: the door asks the room of emergencies, as it is wired.
func TestAnEmergencyThatIsToldLaterIsListedLater(t *testing.T) {
	ctx := t.Context()
	h, err := openHouse(ctx, place{Data: t.TempDir()}, settings{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = h.close() }()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	op, err := h.session(ctx, access.Operator("token:test"), access.Operations)
	must(err)
	ann, err := fhir.Parse([]byte(`{"resourceType":"Patient","id":"ann"}`), fhir.Limits{})
	must(err)
	_, err = op.Transact(ctx, []record.Op{{Method: record.Put, Key: record.Key{Type: "Patient", ID: "ann"}, Body: ann}})
	must(err)
	who := access.Operator("token:test")
	who.Mandate = "emergency:e1"
	s, err := h.door.Open(ctx, who, record.About{Patient: "ann"}, access.Operations)
	must(err)
	_, err = s.Read(ctx, record.Key{Type: "Patient", ID: "ann"}, 0)
	must(err)
	listed := func() (n int) {
		t.Helper()
		me, err := h.door.Open(ctx, access.Who{Actor: "account:ann", Kind: access.Person, Role: access.RoleSelf, Patient: "ann", Bound: access.OneType("AuditEvent", access.Search)}, record.About{}, access.Own)
		must(err)
		page, err := me.Looked(ctx, record.Looking{})
		must(err)
		for _, l := range page.Items {
			if l.Who.Mandate == who.Mandate {
				n++
			}
		}
		return n
	}
	exec := func(sql string) {
		t.Helper()
		must(h.store.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(sql); return err }))
	}
	exec(`INSERT INTO emergency (id, patient, account, session, passkey, place, organisation, org_name, trust, role, name, sealed, policy, made, begun)
		VALUES ('e1', 'ann', 'a', 's', x'00', 'p', 'o', 'n', 't', 'clinician', 'Dr', x'00', '1', 1, 1)`)
	if n := listed(); n != 0 {
		t.Errorf("before they are told they see %d looks", n)
	}
	exec(`UPDATE emergency SET told = 2`)
	if n := listed(); n != 1 {
		t.Errorf("after they were told they see %d looks", n)
	}
}
