package record

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// lineLength is how many people stand in the line of TestDeepChains: more than
// a question has steps.
const lineLength = 450

// line makes people who each refer to the next, the last to nobody. Each has a
// relative, who is in their record and to whom the one before refers too; an
// encounter of theirs is a part of the next one's.
func line(t *testing.T, s *Session) {
	t.Helper()
	var ops []Op
	add := func(typ, id, rest string) {
		ops = append(ops, Op{Method: Put, Key: Key{typ, id}, Body: tree(t, fmt.Sprintf(`{"resourceType":%q,"id":%q%s}`, typ, id, rest))})
	}
	for i := range lineLength {
		to, part := "", ""
		if i+1 < lineLength {
			to = fmt.Sprintf(`,"link":[{"other":{"reference":"Patient/p%d"},"type":"seealso"},{"other":{"reference":"RelatedPerson/r%d"},"type":"seealso"}]`, i+1, i+1)
			part = fmt.Sprintf(`,"partOf":{"reference":"Encounter/e%d"}`, i+1)
		}
		add("Patient", fmt.Sprintf("p%d", i), fmt.Sprintf(`,"name":[{"family":"N%dn"}]%s`, i, to))
		add("RelatedPerson", fmt.Sprintf("r%d", i), fmt.Sprintf(`,"name":[{"family":"N%dn"}],"patient":{"reference":"Patient/p%d"}`, i, i))
		add("Encounter", fmt.Sprintf("e%d", i), fmt.Sprintf(`,"status":"finished","class":{"code":"c%d"},"subject":{"reference":"Patient/p%d"}%s`, i, i, part))
	}
	if _, err := s.Transact(ctx, ops); err != nil {
		t.Fatal(err)
	}
}

// A chain or a _has may be as deep as a question has steps. What is found is
// what lies so many steps away, and nothing else.
func TestDeepChains(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, s := openDoor(t, d)
		line(t, s)
		for _, n := range []int{1, 7, 8, 9, 17, 30, 100, 399} {
			to, from := fmt.Sprintf("p%d", lineLength-1-n), fmt.Sprintf("p%d", n)
			last := fmt.Sprintf("N%dn", lineLength-1)
			steps := strings.Repeat("link:Patient.", n)
			wantFound(t, s, "Patient", steps+"name", last, to)
			wantFound(t, s, "Patient", steps+"name", "N0n") // nobody refers to the first
			wantFound(t, s, "Patient", steps+"name:exact", last+"x")
			wantFound(t, s, "Patient", strings.Repeat("_has:Patient:link:", n)+"name", "N0n", from)
			wantFound(t, s, "Patient", strings.Repeat("_has:Patient:link:", n)+"name", last)
			wantFound(t, s, "Encounter", strings.Repeat("part-of:Encounter.", n)+"class", fmt.Sprintf("c%d", lineLength-1), "e"+to[1:])
			wantFound(t, s, "Encounter", strings.Repeat("_has:Encounter:part-of:", n)+"class", "c0", "e"+from[1:])
		}
	})
}

// Steps about somebody's record are looked up in two ways each, so that a
// statement grows faster than they do.
func TestDeepChainsThroughRecords(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, s := openDoor(t, d)
		line(t, s)
		for _, n := range []int{1, 4, 5, 15, 50, 199} {
			last := fmt.Sprintf("N%dn", lineLength-1)
			pair := strings.Repeat("link:RelatedPerson.patient:Patient.", n)
			wantFound(t, s, "Patient", pair+"name", last, fmt.Sprintf("p%d", lineLength-1-n))
			wantFound(t, s, "Patient", pair+"name", "N0n")
			wantFound(t, s, "RelatedPerson", "patient:Patient."+strings.TrimSuffix(pair, "patient:Patient.")+"name", last, fmt.Sprintf("r%d", lineLength-1-n))
			back := strings.Repeat("_has:RelatedPerson:patient:_has:Patient:link:", n)
			wantFound(t, s, "Patient", back+"name", "N0n", fmt.Sprintf("p%d", n))
			wantFound(t, s, "Patient", back+"name", last)
			wantFound(t, s, "RelatedPerson", strings.TrimPrefix(back, "_has:RelatedPerson:patient:")+"name", "N0n", fmt.Sprintf("r%d", n))
		}
	})
}

func wantFound(t *testing.T, s *Session, typ, name, value string, ids ...string) {
	t.Helper()
	q, err := search.Parse(s.Registry(), []string{typ}, nil, []search.Pair{{Name: name, Value: value}}, search.Options{Strict: true})
	if err != nil {
		t.Fatalf("%.60s…=%s: %v", name, value, err)
	}
	page, err := s.Search(ctx, q, "")
	if err != nil {
		t.Fatalf("%.60s…=%s (%d steps): %v", name, value, strings.Count(name, ":"), err)
	}
	var got []string
	for _, item := range page.Items {
		got = append(got, item.Key.ID)
	}
	if !slices.Equal(got, ids) {
		t.Errorf("%s?%.60s…=%s (%d steps) finds %v, want %v", typ, name, value, strings.Count(name, ":"), got, ids)
	}
}

// What leads further than is followed is refused in words.
func TestEndlessChainsAreRefused(t *testing.T) {
	for _, name := range []string{
		strings.Repeat("link:Patient.", 1000) + "name", strings.Repeat("_has:Patient:link:", 5000) + "name",
		strings.Repeat("link.", 401) + "name", strings.Repeat("_has:Patient:link:", 401) + "name",
	} {
		_, err := search.Parse(search.Base(), []string{"Patient"}, nil, []search.Pair{{Name: name, Value: "x"}}, search.Options{})
		wantKind(t, err, problem.Invalid)
		if err != nil && len(err.Error()) > 500 {
			t.Errorf("it is refused in %d bytes", len(err.Error()))
		}
	}
}
