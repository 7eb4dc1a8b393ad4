package record

import (
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

func onBehalf() access.Who {
	return access.Who{Actor: "account:kim", Kind: access.Person, Role: access.RoleProxy, Patient: "sam", Mandate: "m1", Shown: access.Sensitive, Bound: access.AllTypes(access.AllVerbs)}
}

// What professionals write for each other is as if it had never been, for the
// person and for who acts for them: found by nothing, counted in nothing, under a
// choice, a mandate that shows all, an app or a copy. What tells of it goes with it.
// Staff who look after the person see it, in an emergency too.
func TestAttack73WhatIsForProfessionalsOnlyIsAsIfItWereNot(t *testing.T) {
	if label.ProfessionalsOnly != label.Set(access.Withheld) {
		t.Fatal("access and label mean two bits")
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		put(t, op, imposedOn("note", "professionals-only"))
		put(t, op, imposedOn("open", "safeguarding"))
		put(t, op, `{"resourceType":"Provenance","id":"told","target":[{"reference":"Observation/note"},{"reference":"Patient/sam"}],"recorded":"2026-01-01T00:00:00Z","agent":[{"who":{"display":"x"}}]}`)
		put(t, op, sharing("c1", "sam", "active", `{"type":"permit",`+toward("Patient/sam")+`}`))
		for name, s := range map[string]*Session{"own": opened(t, door, alone("sam"), access.Own), "an app": opened(t, door, own("sam"), access.Own), "a proxy": opened(t, door, onBehalf(), access.Proxy)} {
			wantIDs(t, s, "Observation", "code=kept&_total=accurate", "open")
			for _, version := range []int64{0, 1} {
				if _, err := s.Read(ctx, Key{"Observation", "note"}, version); problem.KindOf(err) != problem.NotFound {
					t.Errorf("%s reads it: %v", name, err)
				}
			}
			if h, err := s.History(ctx, History{Type: "Observation", ID: "note"}); err == nil && len(h.Items) > 0 {
				t.Errorf("%s sees its history", name)
			}
			if _, err := s.Read(ctx, Key{"Provenance", "told"}, 0); err == nil {
				t.Errorf("%s reads what tells of it", name)
			}
		}
		for _, s := range []*Session{opened(t, door, nurse("sam"), access.Care), opened(t, door, rescuer(), access.Emergency)} {
			wantIDs(t, s, "Observation", "code=kept&_total=accurate", "note", "open")
		}
		me := opened(t, door, alone("sam"), access.Own)
		if _, err := me.MaySee(ctx, Key{"Observation", "note"}, nurse("sam"), access.Care); problem.KindOf(err) != problem.NotFound {
			t.Errorf("it is told who sees it: %v", err)
		}
		if _, err := me.Raise(ctx, Key{"Observation", "open"}, label.ProfessionalsOnly, ""); problem.ReasonOf(err) != "label-imposed" {
			t.Errorf("the person imposes it: %v", err)
		}
		for _, s := range []*Session{me, opened(t, door, onBehalf(), access.Proxy)} {
			if _, err := s.Transact(ctx, []Op{{Method: Post, Key: Key{Type: "Observation"}, Body: tree(t, imposedOn("mine", "professionals-only"))}}); problem.ReasonOf(err) != "label-imposed" {
				t.Errorf("it is written: %v", err)
			}
		}
	})
}

// The log that the person reads tells of no look at what is withheld, and not of
// its writing; a look that found other things as well is told without it.
func TestAttack73WhoLookedTellsNothingOfWhatIsWithheld(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		put(t, op, imposedOn("open", "restricted"))
		put(t, op, imposedOn("late", "restricted"))
		nurseOf := func() *Session { return opened(t, door, nurse("sam"), access.Care) }
		both := func() {
			q, err := search.Parse(nurseOf().Registry(), []string{"Observation"}, nil, pairs("code=kept&_total=accurate"), search.Options{Strict: true})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := nurseOf().Search(ctx, q, ""); err != nil {
				t.Fatal(err)
			}
		}
		both() // two, and one of them is withheld later
		if _, err := nurseOf().Raise(ctx, Key{"Observation", "late"}, label.ProfessionalsOnly, "for staff who keep Sam safe"); err != nil {
			t.Fatal(err)
		}
		out, err := nurseOf().Transact(ctx, []Op{{Method: Post, Key: Key{Type: "Observation"}, Body: tree(t, imposedOn("", "professionals-only"))}})
		if err != nil {
			t.Fatal(err)
		}
		note := out[0].Resource.ID
		both()
		if _, err := nurseOf().Read(ctx, Key{"Observation", note}, 0); err != nil {
			t.Fatal(err)
		}
		put(t, op, imposedOn("gone", "professionals-only"))
		if _, err := op.Transact(ctx, []Op{{Method: Delete, Key: Key{"Observation", "gone"}}}); err != nil {
			t.Fatal(err)
		}
		me := opened(t, door, alone("sam"), access.Own)
		mine, searches := looked(t, me, Looking{Others: true}), 0
		for _, l := range mine {
			for _, r := range l.Returned {
				if slices.Contains([]string{note, "late", "gone"}, r.ID) || r.Type == "Provenance" {
					t.Errorf("the log tells of %+v: %+v", r, l)
				}
			}
			if l.Verb == access.Search && l.Type == "Observation" && l.Who.Role == access.RoleProfessional {
				if searches++; l.Total >= 0 || len(l.Returned) != 1 || l.Returned[0].ID != "open" {
					t.Errorf("a search is told as %+v", l)
				}
			}
			if l.Verb&access.Read != 0 && l.Type == "Observation" {
				t.Errorf("a look at it is told: %+v", l)
			}
		}
		if searches != 2 {
			t.Errorf("%d searches are told of", searches)
		}
		total, err := me.Looked(ctx, Looking{Others: true, Total: true})
		if err != nil || total.Total == nil || *total.Total != len(mine) {
			t.Errorf("counted are %v of %d, %v", total.Total, len(mine), err)
		}
		// Those who run the service see all of it.
		about, err := door.Open(ctx, access.Operator("token:a"), About{Patient: "sam"}, access.Operations)
		if err != nil {
			t.Fatal(err)
		}
		all := ""
		for _, l := range looked(t, about, Looking{}) {
			for _, r := range l.Returned {
				all += r.ID + " "
			}
		}
		if !strings.Contains(all, note) || !strings.Contains(all, "late") {
			t.Errorf("the operator sees %s", all)
		}
		if err := door.log.(*audit.Log).Keep(ctx, door.ring, "log.example", func(err error) { t.Error(err) }); err != nil {
			t.Fatal(err)
		}
		r, err := me.Receipt(ctx, nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range r.Entries {
			for _, id := range []string{note, "late", "gone"} {
				if strings.Contains(string(e.Entry), id) {
					t.Errorf("the receipt holds %s", id)
				}
			}
		}
	})
}

// A professional who looks after the person releases what is withheld, with a
// reason: then it is as private as its other labels say. Nobody else does, and
// nothing else is taken away by it.
func TestAProfessionalReleasesWhatIsWithheld(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		put(t, op, strings.Replace(imposedOn("note", "professionals-only"), `"code":"professionals-only"}`, `"code":"professionals-only"},{"system":"`+label.Ours+`","code":"safeguarding"}`, 1))
		put(t, op, imposedOn("court", "court-order"))
		nurseOf := opened(t, door, nurse("sam"), access.Care)
		for name, s := range map[string]*Session{"own": opened(t, door, alone("sam"), access.Own), "a proxy": opened(t, door, onBehalf(), access.Proxy), "an emergency": opened(t, door, rescuer(), access.Emergency)} {
			if _, err := s.Release(ctx, Key{"Observation", "note"}, "I want to see what it says"); err == nil {
				t.Errorf("%s releases it", name)
			}
		}
		if _, err := nurseOf.Release(ctx, Key{"Observation", "note"}, "short"); problem.KindOf(err) != problem.Invalid {
			t.Errorf("without a reason: %v", err)
		}
		if _, err := nurseOf.Release(ctx, Key{"Observation", "court"}, "it is not withheld at all"); err == nil {
			t.Error("what is not withheld is released")
		}
		if _, err := nurseOf.Lower(ctx, Key{"Observation", "court"}, label.CourtOrder, "the court is not needed"); err == nil {
			t.Error("a professional lowers what a court said")
		}
		if _, err := nurseOf.Release(ctx, Key{"Observation", "note"}, "agreed with the safeguarding lead"); err != nil {
			t.Fatal(err)
		}
		wantIDs(t, opened(t, door, alone("sam"), access.Own), "Observation", "code=kept&_total=accurate", "note", "court")
		plain := onBehalf()
		plain.Shown = 0
		wantIDs(t, opened(t, door, plain, access.Proxy), "Observation", "code=kept&_total=accurate")
	})
}
