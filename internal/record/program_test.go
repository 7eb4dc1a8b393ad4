package record

import (
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// program opens a session of a program that has the scopes.
func program(t *testing.T, d *Door, scopes string, why access.Purpose) *Session {
	t.Helper()
	who := access.Who{Actor: "client:lab", Kind: access.Client, Role: access.RoleProgram, App: "lab", Grant: "g"}
	for _, text := range strings.Fields(scopes) {
		s, ok := access.ParseSMART(text)
		if !ok {
			t.Fatalf("%s is no scope", text)
		}
		who.Bound = who.Bound.Or(s.Rights())
	}
	s, err := d.Open(ctx, who, About{}, why)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// hospital is a record with a result, a private note and the people in them.
func hospital(t *testing.T, s *Session) {
	t.Helper()
	put(t, s, `{"resourceType":"Practitioner","id":"who","name":[{"family":"Quiet"}]}`)
	put(t, s, `{"resourceType":"Patient","id":"sam","name":[{"family":"Secret"}],"generalPractitioner":[{"reference":"Practitioner/who"}]}`)
	for _, c := range []string{"laboratory", "social-history"} {
		put(t, s, `{"resourceType":"Observation","id":"`+c+`","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/sam"},"performer":[{"reference":"Practitioner/who"}],"category":[{"coding":[{"code":"`+c+`"}]}]}`)
	}
}

// ask is a search by a program; the answer is the types and ids, or the kind of
// the refusal.
func ask(t *testing.T, s *Session, typ, text string) string {
	t.Helper()
	page, err := s.Search(ctx, query(t, s, typ, text), "")
	if err != nil {
		return problem.KindOf(err).String()
	}
	var out []string
	for _, r := range page.Items {
		out = append(out, r.Key.String())
	}
	return strings.Join(out, " ")
}

// What comes along with a page, and what a chain asks about, is bound by the
// scope as what matches is.
func TestAProgramSeesItsTypesOnly(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		s := program(t, door, "system/Observation.rs", access.Operations)
		both := program(t, door, "system/Observation.rs system/Patient.s", access.Operations)
		for _, c := range []struct {
			s         *Session
			typ, text string
			want      string
		}{
			{s, "Observation", "_id=laboratory", "Observation/laboratory"},
			{s, "Observation", "_id=laboratory&_include=Observation:patient", "forbidden"},
			{s, "Observation", "_id=laboratory&_include=Observation:subject:Patient", "forbidden"},
			{s, "Observation", "_id=laboratory&_include=*", "Observation/laboratory"},
			{s, "Observation", "_id=laboratory&_revinclude=*", "forbidden"},
			{s, "Observation", "_id=laboratory&_revinclude=Provenance:target", "forbidden"},
			{s, "Observation", "patient.name=Secret", "forbidden"},
			{s, "Observation", "performer:Practitioner.name=Quiet", "forbidden"},
			{s, "Patient", "_id=sam", "forbidden"},
			{s, "Patient", "_has:Observation:patient:code=x", "forbidden"},
			{both, "Observation", "_id=laboratory&_include=Observation:subject", "Observation/laboratory Patient/sam"},
			{both, "Observation", "_id=laboratory&_include=Observation:performer", "Observation/laboratory"},
			{both, "Observation", "_id=laboratory&_include=Observation:patient&_include:iterate=Patient:general-practitioner", "forbidden"},
			{both, "Observation", "_id=laboratory&patient.name=Secret", "Observation/laboratory"},
			{both, "Patient", "_id=sam&_revinclude=Observation:patient&_count=1", "Patient/sam Observation/laboratory Observation/social-history"},
		} {
			if got := ask(t, c.s, c.typ, c.text); got != c.want {
				t.Errorf("%s?%s gave %q, not %q", c.typ, c.text, got, c.want)
			}
		}
		if _, err := both.Read(ctx, Key{"Patient", "sam"}, 0); !problem.Is(err, problem.Forbidden) {
			t.Errorf("a scope to search lets read: %v", err)
		}
		if _, err := s.History(ctx, History{}); !problem.Is(err, problem.Forbidden) {
			t.Errorf("the history of everything: %v", err)
		}
	})
}

// The filter of an export may ask about other types than it exports.
func TestAnExportsFilterStaysWithinTheScope(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		s := program(t, door, "system/Observation.rs", access.Export)
		q := query(t, s, "Observation", "patient.name=Secret")
		_, err := s.Scan(ctx, []string{"Observation"}, time.Time{}, []search.Query{q}, "", func(Resource) error { t.Error("it gave something"); return nil })
		if !problem.Is(err, problem.Forbidden) {
			t.Errorf("a filter over another type: %v", err)
		}
	})
}

// An update may make what is not there (SMART 2.2, scopes: u); it is no leave to
// create by itself, and creating none to change.
func TestAnUpdateMayCreate(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		body := tree(t, `{"resourceType":"Patient","id":"new"}`)
		puts := func(s *Session, id string) error {
			_, err := s.Transact(ctx, []Op{{Method: Put, Key: Key{"Patient", id}, Body: tree(t, `{"resourceType":"Patient","id":"`+id+`"}`)}})
			return err
		}
		u, c := program(t, door, "system/Patient.u", access.Operations), program(t, door, "system/Patient.c", access.Operations)
		if err := puts(u, "new"); err != nil {
			t.Error(err)
		}
		if err := puts(c, "sam"); !problem.Is(err, problem.Forbidden) {
			t.Errorf("a scope to create changed somebody: %v", err)
		}
		if err := puts(c, "newer"); !problem.Is(err, problem.Forbidden) {
			t.Errorf("a scope to create puts: %v", err)
		}
		if _, err := u.Transact(ctx, []Op{{Method: Post, Key: Key{Type: "Patient"}, Body: body}}); !problem.Is(err, problem.Forbidden) {
			t.Errorf("a scope to update creates: %v", err)
		}
	})
}

// Who may change and not read is not shown what they changed.
func TestAPatchShowsNothingToWhoMayNotRead(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		patched := func(s *Session) Outcome {
			out, err := s.Transact(ctx, []Op{{Method: Patch, Key: Key{"Patient", "sam"}, Patched: func(*fhir.Tree) (*fhir.Tree, error) {
				return tree(t, `{"resourceType":"Patient","id":"sam","active":true,"name":[{"family":"Secret"}]}`), nil
			}}})
			if err != nil {
				t.Fatal(err)
			}
			return out[0]
		}
		if out := patched(program(t, door, "system/Patient.u", access.Operations)); out.Resource.Body != nil || !out.Changed {
			t.Errorf("it gave %s", out.Resource.Body)
		}
		if out := patched(program(t, door, "system/Patient.ru", access.Operations)); !strings.Contains(string(out.Resource.Body), "Secret") {
			t.Errorf("who may read got %s", out.Resource.Body)
		}
	})
}
