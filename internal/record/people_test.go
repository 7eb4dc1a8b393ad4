package record

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// own is a person with their app; nurse one who cares for somebody.
func own(patient string) access.Who {
	return access.Who{Actor: "account:1", Kind: access.Person, Role: access.RoleSelf, App: "diary", Grant: "g", Patient: patient, Bound: access.AllTypes(access.AllVerbs)}
}

func nurse(patient string) access.Who {
	return access.Who{Actor: "account:2", Kind: access.Person, Role: access.RoleProfessional, App: "chart", Grant: "g", Organisation: "org-7", User: "Practitioner/who", Patient: patient, Bound: access.AllTypes(access.AllVerbs)}
}

func opened(t *testing.T, d *Door, who access.Who, why access.Purpose) *Session {
	t.Helper()
	s, err := d.Open(ctx, who, About{}, why)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// kept remembers access entries.
type kept struct{ entries []audit.Entry }

func (k *kept) Append(_ context.Context, e ...audit.Entry) error {
	k.entries = append(k.entries, e...)
	return nil
}

// A credential about one patient opens sessions about that patient and no
// other, whoever holds it. The refusal does not tell who else there is.
func TestACredentialIsAboutOnePatient(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		put(t, op, `{"resourceType":"Patient","id":"kim","generalPractitioner":[{"reference":"Practitioner/who"}]}`)
		robot := access.Who{Actor: "client:x", Kind: access.Client, Role: access.RoleProgram, App: "x", Grant: "g", Patient: "kim", Bound: access.AllTypes(access.AllVerbs)}
		for _, c := range []struct {
			who access.Who
			why access.Purpose
		}{{own("kim"), access.Own}, {nurse("kim"), access.Care}, {robot, access.Operations}} {
			said := map[string]bool{}
			for _, other := range []string{"sam", "nobody", "who"} {
				_, err := door.Open(ctx, c.who, About{Patient: other}, c.why)
				wantKind(t, err, problem.Forbidden)
				said[problem.Sentence(err)] = true
			}
			if len(said) != 1 {
				t.Errorf("refusals differ: %v", said)
			}
			for _, about := range []string{"", "kim"} {
				s, err := door.Open(ctx, c.who, About{Patient: about}, c.why)
				if err != nil {
					t.Fatal(err)
				}
				wantIDs(t, s, "Patient", "_total=accurate", "kim")
				wantIDs(t, s, "Observation", "")
				_, err = s.Read(ctx, Key{"Patient", "sam"}, 0)
				wantKind(t, err, problem.NotFound)
			}
		}
		// Who acts for one person is not given a credential about another.
		mixed := own("sam")
		mixed.For = 77
		_, err := door.Open(ctx, mixed, About{}, access.Own)
		wantKind(t, err, problem.Forbidden)
	})
}

// A professional with nobody in context finds people and what is about nobody,
// and sees nobody's record.
func TestAProfessionalFindsSomebodyFirst(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		s := opened(t, door, nurse(""), access.Care)
		for _, c := range []struct{ typ, text, want string }{
			{"Patient", "name=Secret", "Patient/sam"},
			{"Patient", "general-practitioner:Practitioner.family=Quiet", "Patient/sam"},
			{"Practitioner", "", "Practitioner/who"},
			{"Patient", "_include=Patient:general-practitioner", "Patient/sam Practitioner/who"},
			{"Observation", "", "forbidden"},
			{"Patient", "_revinclude=Observation:patient", "forbidden"},
			{"Patient", "_has:Observation:patient:category=laboratory", "forbidden"},
			{"Practitioner", "_has:Observation:performer:category=laboratory", "forbidden"},
		} {
			if got := ask(t, s, c.typ, c.text); got != c.want {
				t.Errorf("%s?%s gave %q, not %q", c.typ, c.text, got, c.want)
			}
		}
		_, err := s.Read(ctx, Key{"Observation", "laboratory"}, 0)
		wantKind(t, err, problem.Forbidden)
		_, err = s.History(ctx, History{Type: "Patient", ID: "sam"})
		wantKind(t, err, problem.Forbidden)
		_, err = s.Transact(ctx, []Op{{Method: Post, Key: Key{Type: "Patient"}, Body: tree(t, `{"resourceType":"Patient"}`)}})
		wantKind(t, err, problem.Forbidden)
		chosen := opened(t, door, nurse("sam"), access.Care)
		wantIDs(t, chosen, "Observation", "", "laboratory", "social-history")
		for _, other := range []access.Purpose{access.Operations, access.Export, access.Emergency, access.Own} {
			_, err := door.Open(ctx, nurse("sam"), About{}, other)
			wantKind(t, err, problem.Forbidden)
		}
	})
}

// Each look of people stands in the log with who, through which app, for which
// organisation, about whom and by which rule; also one that found nothing.
func TestLooksOfPeopleAreLogged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		log := &kept{}
		door.log = log
		s := opened(t, door, nurse("sam"), access.Care)
		_ = ask(t, s, "Observation", "category=laboratory")
		_ = ask(t, s, "Observation", "category=none")
		_, _ = s.Read(ctx, Key{"Observation", "nothing"}, 0)
		_, _ = s.Read(ctx, Key{"Observation", "laboratory"}, 0)
		if len(log.entries) != 4 {
			t.Fatalf("%d entries", len(log.entries))
		}
		for _, e := range log.entries {
			if e.Who.Actor != "account:2" || e.Who.App != "chart" || e.Who.Organisation != "org-7" || e.Purpose != access.Care || e.Rule != "professional-care" || e.Person == 0 || e.Who.For != e.Person {
				t.Errorf("it says %+v", e)
			}
		}
		log.entries = nil
		_, err := door.Open(ctx, own("sam"), About{Patient: "who"}, access.Own)
		wantKind(t, err, problem.Forbidden)
		if len(log.entries) != 2 || log.entries[0].Rule != "another-patient" || log.entries[0].Outcome != 403 || log.entries[1].Person != 0 {
			t.Errorf("a refusal says %+v", log.entries)
		}
	})
}

// What is about two people is shown in the record of neither, whatever it said
// before; what becomes one person's is theirs from then on.
func TestWhatIsAboutSeveralPeople(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		put(t, op, `{"resourceType":"Patient","id":"a"}`)
		put(t, op, `{"resourceType":"Patient","id":"b"}`)
		group := func(members ...string) {
			list := ""
			for _, m := range members {
				list += `,{"entity":{"reference":"Patient/` + m + `"}}`
			}
			put(t, op, `{"resourceType":"Group","id":"g","type":"person","actual":true,"member":[`+list[1:]+`]}`)
		}
		seen := func(who string, want bool) {
			t.Helper()
			s := opened(t, door, own(who), access.Own)
			if want {
				wantIDs(t, s, "Group", "type=person", "g")
			} else {
				wantIDs(t, s, "Group", "type=person")
			}
			_, err := s.Read(ctx, Key{"Group", "g"}, 0)
			if (err == nil) != want {
				t.Errorf("%s reads the group: %v", who, err)
			}
		}
		group("a", "b")
		seen("a", false)
		seen("b", false)
		group("a")
		seen("a", true)
		seen("b", false)
		group("b")
		seen("a", false)
		seen("b", true)
		group("b", "a")
		seen("a", false)
		seen("b", false)
		wantIDs(t, op, "Group", "type=person", "g")
	})
}

// A reindex works out anew what is about several people.
func TestReindexKnowsWhatIsAboutSeveral(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		put(t, op, `{"resourceType":"Patient","id":"a"}`)
		put(t, op, `{"resourceType":"Patient","id":"b"}`)
		put(t, op, `{"resourceType":"Group","id":"g","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/a"}},{"entity":{"reference":"Patient/b"}}]}`)
		put(t, op, `{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/a"},"performer":[{"reference":"Patient/b"}]}`)
		// As it was before there was such a mark, and as the step to it leaves it.
		for _, sql := range []string{"UPDATE res SET mask = 0", "UPDATE res SET mask = mask | 4611686018427387904"} {
			if err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(sql); return err }); err != nil {
				t.Fatal(err)
			}
			if err := op.Reindex(ctx, func(int64, int64) {}); err != nil {
				t.Fatal(err)
			}
			s := opened(t, door, own("a"), access.Own)
			wantIDs(t, s, "Group", "")
			wantIDs(t, s, "Observation", "", "o")
			wantIDs(t, s, "Patient", "", "a")
		}
	})
}

// The types that count as about nobody have no parameter that names a patient,
// and none of their resources lies in somebody's record.
func TestWhatIsAboutNobodyNamesNobody(t *testing.T) {
	types := access.AboutNobody()
	if !slices.IsSorted(types) || len(types) == 0 {
		t.Errorf("they are %v", types)
	}
	for _, typ := range types {
		if !spec.IsResource(typ) || len(search.OwnerParams(typ)) > 0 || len(spec.CompartmentParams("Patient", typ)) > 0 {
			t.Errorf("%s may be about somebody", typ)
		}
	}
	if uint64(store.Several) != access.SeveralPeople {
		t.Error("the store and the rules do not mean the same category")
	}
}

// People have no feed, no scan and no upkeep, whatever their app was allowed.
func TestPeopleTakeNothingOut(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		for _, s := range []*Session{opened(t, door, own("sam"), access.Own), opened(t, door, nurse("sam"), access.Care)} {
			err := s.Follow(ctx, "people", func(Change) error { t.Error("a change was told"); return nil })
			wantKind(t, err, problem.Forbidden)
			_, err = s.Transact(ctx, []Op{{Method: Delete, Key: Key{"Observation", "laboratory"}}})
			wantKind(t, err, problem.Forbidden)
		}
		for _, who := range []access.Who{own("sam"), nurse("sam")} {
			_, err := door.Open(ctx, who, About{}, access.Export)
			wantKind(t, err, problem.Forbidden)
		}
		put(t, op, `{"resourceType":"Basic","id":"unowned","code":{"text":"x"}}`)
		put(t, op, `{"resourceType":"Patient","id":"kim","generalPractitioner":[{"reference":"Practitioner/who"}]}`)
		var got []string
		s := opened(t, door, own("sam"), access.Own)
		if _, err := s.Scan(ctx, nil, time.Time{}, nil, "", func(r Resource) error { got = append(got, r.Key.String()); return nil }); err != nil {
			t.Fatal(err)
		}
		slices.Sort(got)
		if want := []string{"Observation/laboratory", "Observation/social-history", "Patient/sam", "Practitioner/who"}; !slices.Equal(got, want) {
			t.Errorf("a scan gives %v", got)
		}
	})
}

// A right that has ended opens nothing, and the refusal is on the log.
func TestARightThatHasEndedOpensNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		log := &kept{}
		door, _ := openDoor(t, d)
		door.log = log
		who := access.Operator("token:1")
		who.Until = 1
		_, err := door.Open(ctx, who, About{}, access.Operations)
		if problem.KindOf(err) != problem.Forbidden || len(log.entries) != 1 || log.entries[0].Rule != "right-ended" {
			t.Fatalf("opened with %v, log %+v", err, log.entries)
		}
	})
}

// A scan of one person's record may name types.
func TestAScanOfOneRecordByType(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		var got []string
		s := opened(t, door, own("sam"), access.Own)
		if _, err := s.Scan(ctx, []string{"Practitioner", "Patient"}, time.Time{}, nil, "", func(r Resource) error { got = append(got, r.Key.String()); return nil }); err != nil {
			t.Fatal(err)
		}
		if want := []string{"Practitioner/who", "Patient/sam"}; !slices.Equal(got, want) {
			t.Errorf("a scan gives %v", got)
		}
	})
}
