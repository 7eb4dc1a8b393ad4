package store

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

// shelf is a store under test.
type shelf struct {
	*Store
	t     *testing.T
	reach Reach
	count int // of a page
}

func newShelf(t *testing.T, d *db.DB) shelf {
	t.Helper()
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(context.Background(), Config{DB: d, Ring: ring})
	if err != nil {
		t.Fatal(err)
	}
	return shelf{s, t, Reach{Everyone: true}, 2}
}

// put writes one resource; rest is what follows its id.
func (s shelf) put(typ, id, rest string) {
	s.t.Helper()
	s.label(0, typ, id, rest)
}

// label is put with sensitivity categories.
func (s shelf) label(mask int64, typ, id, rest string) {
	s.t.Helper()
	draft := s.draft(typ, id, rest)
	draft.Mask = mask
	s.write(draft)
}

func (s shelf) write(drafts ...Draft) {
	s.t.Helper()
	if _, err := s.Write(context.Background(), drafts, nil); err != nil {
		s.t.Fatal(err)
	}
}

func (s shelf) draft(typ, id, rest string) Draft {
	s.t.Helper()
	tree, err := fhir.Parse([]byte(`{"resourceType":"`+typ+`","id":"`+id+`"`+rest+`}`), fhir.Limits{})
	if err != nil {
		s.t.Fatal(err)
	}
	draft, err := s.Draft(Ref{typ, id}, Put, tree)
	if err != nil {
		s.t.Fatal(err)
	}
	return draft
}

func (s shelf) observation(id, patient, status string) {
	s.t.Helper()
	s.put("Observation", id, fmt.Sprintf(`,"status":%q,"code":{"text":"x"},"subject":{"reference":"Patient/%s"}`, status, patient))
}

// after makes patients until one is listed after another, and gives that one.
func (s shelf) after(first string) string {
	s.t.Helper()
	for n := range 100 {
		id := fmt.Sprint("later", n)
		s.put("Patient", id, "")
		if order := s.order("Patient", ""); order[len(order)-1] == id && id != first {
			return id
		}
	}
	s.t.Fatal("nobody is listed last")
	return ""
}

// page asks for one page.
func (s shelf) page(typ, query string, from *Position) ([]string, *Found, error) {
	s.t.Helper()
	var pairs []search.Pair
	for _, p := range strings.Split(query, "&") {
		if name, value, ok := strings.Cut(p, "="); ok {
			pairs = append(pairs, search.Pair{Name: name, Value: value})
		}
	}
	q, err := search.Parse(s.Registry(), []string{typ}, nil, pairs, search.Options{Strict: true})
	if err != nil {
		s.t.Fatal(query, err)
	}
	f, err := s.Search(context.Background(), s.reach, q, from, s.count)
	if err != nil {
		return nil, nil, err
	}
	var ids []string
	for _, v := range f.Matches {
		ids = append(ids, v.ID)
	}
	return ids, f, nil
}

// first asks for the first page, which must lead to a second.
func (s shelf) first(typ, query string) *Position {
	s.t.Helper()
	ids, f, err := s.page(typ, query, nil)
	if err != nil || len(ids) != s.count || f.Next == nil {
		s.t.Fatalf("%s?%s: the first page has %v, %v", typ, query, ids, err)
	}
	return f.Next
}

// rest follows the pages to the end and wants these.
func (s shelf) rest(typ, query string, from *Position, want ...string) {
	s.t.Helper()
	var got []string
	for from != nil {
		ids, f, err := s.page(typ, query, from)
		if err != nil {
			s.t.Errorf("%s?%s: %v", typ, query, err)
			return
		}
		got, from = append(got, ids...), f.Next
	}
	if !slices.Equal(got, want) {
		s.t.Errorf("%s?%s: the later pages have %v, want %v", typ, query, got, want)
	}
}

func (s shelf) refused(err error, kind problem.Kind, words ...string) {
	s.t.Helper()
	if !problem.Is(err, kind) {
		s.t.Errorf("the answer is %v, want a refusal", err)
		return
	}
	for _, w := range words {
		if !strings.Contains(err.Error(), w) {
			s.t.Errorf("%q does not say %q", err, w)
		}
	}
}

func (s shelf) observations(n int) (ids []string) {
	s.t.Helper()
	for i := range n {
		ids = append(ids, fmt.Sprintf("o%d", i))
		s.observation(ids[i], "a", "final")
	}
	return ids
}

// Pages are whole up to the bound of what may change meanwhile, and refused
// behind it.
func TestPagesAreWholeOrRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newShelf(t, d)
		s.limits.past = 5
		s.observations(8)
		for _, query := range []string{"status=final", "status=final&_sort=_id", "subject:Patient._id:not=z"} {
			s.put("Patient", "a", "")
			ids := s.order("Observation", query)
			from := s.first("Observation", query)
			for _, id := range ids[:5] {
				s.observation(id, "a", "amended")
				s.observation(id, "b", "amended") // twice the same is one
			}
			s.rest("Observation", query, from, ids[2:]...)
			s.observation(ids[6], "a", "final")
			_, _, err := s.page("Observation", query, from)
			s.refused(err, problem.Gone, "More than 5 resources were changed", "Start the search again")
			for _, id := range ids {
				s.observation(id, "a", "final")
			}
		}
	})
}

// order is the ids of an answer as it is now.
func (s shelf) order(typ, query string) (all []string) {
	s.t.Helper()
	for from := (*Position)(nil); ; {
		ids, f, err := s.page(typ, query, from)
		if err != nil {
			s.t.Fatal(err)
		}
		if all, from = append(all, ids...), f.Next; from == nil {
			return all
		}
	}
}

func TestManyChangesOfOneResourceAreBoundedToo(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newShelf(t, d)
		s.limits.pastLog = 6
		ids := s.observations(4)
		from := s.first("Observation", "status=final")
		for range 6 {
			s.observation("o3", "a", "amended")
		}
		s.rest("Observation", "status=final", from, ids[2:]...)
		s.observation("o3", "a", "final")
		_, _, err := s.page("Observation", "status=final", from)
		s.refused(err, problem.Gone, "changed more than 6 times", "Start the search again")
	})
}

// A resource is found where it was however often it moved, before the first
// page and behind it.
func TestPagesFindWhatHasMoved(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newShelf(t, d)
		s.limits.past = 1
		ids := s.observations(4)
		for i := range 6 {
			s.observation("o3", []string{"b", "a"}[i%2], "final")
		}
		from := s.first("Observation", "patient=a")
		for i := range 6 {
			s.observation("o3", fmt.Sprintf("p%d", i), "final")
			s.rest("Observation", "patient=a", from, ids[2:]...)
			s.observation("o3", fmt.Sprintf("p%d", i), "amended")
			s.rest("Observation", "patient=a", from, ids[2:]...)
		}
	})
}

// What has to be read is bounded: up to there the answer is whole, behind it
// there is none.
func TestWhatIsReadIsBounded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newShelf(t, d)
		s.limits.examined = 12
		s.put("Patient", "a", "")
		s.observations(11)
		for _, query := range []string{"status:missing=true", "status=amended&_content=nothing", "_text=nothing", "_has:Observation:has-member:status:missing=true"} {
			if ids, f, err := s.page("Observation", query, nil); err != nil || len(ids) > 0 || f.Next != nil {
				t.Errorf("%s: %v, %v", query, ids, err)
			}
		}
		if got := s.order("Observation", "_sort=_id"); len(got) != 11 {
			t.Errorf("%d are sorted", len(got))
		}
		s.observation("p0", "a", "final")
		s.observation("p1", "a", "final")
		for _, query := range []string{"status:missing=true", "_content=nothing", "_sort=_id", "_has:Observation:has-member:status:missing=true", "status:text=nothing&_total=accurate"} {
			_, _, err := s.page("Observation", query, nil)
			s.refused(err, problem.Unprocessable, "more than 12 resources", "Add something that narrows")
		}
	})
}

// What is kept in memory for a deep chain is bounded as well.
func TestDeepChainsAreBounded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newShelf(t, d)
		s.limits.examined = 12
		ring := func(n int) {
			for i := range n {
				s.put("Organization", fmt.Sprintf("g%d", i), fmt.Sprintf(`,"active":true,"partOf":{"reference":"Organization/g%d"}`, (i+1)%n))
			}
		}
		deep := strings.Repeat("partof:Organization.", 3*maxNested) + "active=true"
		ring(12)
		if got := s.order("Organization", deep); len(got) != 12 {
			t.Errorf("%d of a ring of 12 are found", len(got))
		}
		ring(13)
		_, _, err := s.page("Organization", deep, nil)
		s.refused(err, problem.Unprocessable, "steps of this search lead through more than 12 resources", "Add something that narrows")
	})
}

// Each of these changes what the index says of a resource that did not change
// itself, or forgets how the search was first understood.
func TestLaterPagesForgetWhatCameSince(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newShelf(t, d)
		// The patient to whom most refer is made: they referred to nobody.
		s.put("Patient", "b", "")
		for i := range 3 {
			s.observation(fmt.Sprintf("b%d", i), "b", "final")
		}
		ids := s.observations(4)
		from := s.first("Observation", "patient:Patient._id:not=z")
		s.put("Patient", "a", "")
		s.rest("Observation", "patient:Patient._id:not=z", from, "b2")
		if got := s.order("Observation", "patient:Patient._id:not=z"); len(got) != len(ids)+3 {
			t.Errorf("%v are found now", got)
		}
		// The only ones that name two patients do so no more.
		both := func(second string) {
			for i := range 4 {
				s.put("Appointment", fmt.Sprintf("v%d", i), `,"status":"booked","participant":[{"actor":{"reference":"Patient/a"},"status":"accepted"},{"actor":{"reference":"`+second+`"},"status":"accepted"}]`)
			}
		}
		both("Patient/b")
		from = s.first("Appointment", "patient=a&patient=b")
		both("Practitioner/x")
		s.rest("Appointment", "patient=a&patient=b", from, "v2", "v3")
	})
}

// What is hidden now stays hidden on later pages, and what was hidden then is
// not of that moment.
func TestLaterPagesObeyLabels(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newShelf(t, d)
		const hidden = 4
		s.reach.Deny = hidden
		of := func(patient string) string {
			return `,"status":"final","code":{"text":"x"},"subject":{"reference":"Patient/` + patient + `"}`
		}
		s.put("Patient", "a", "")
		b := s.after("a")
		s.observations(5)
		s.label(hidden, "Observation", "secret", of("a"))
		s.put("Observation", "ofb", of(b))
		own, led := s.first("Observation", "status=final"), s.first("Observation", "subject:Patient._id:not=z")
		s.label(hidden, "Observation", "o3", of("a"))
		s.put("Observation", "secret", of("a"))
		s.label(hidden, "Patient", b, "")
		s.rest("Observation", "status=final", own, "o2", "o4", "ofb")
		s.rest("Observation", "subject:Patient._id:not=z", led, "o2", "o4")
		s.reach.Deny = 0
		if got := s.order("Observation", "subject:Patient._id:not=z"); len(got) != 7 {
			t.Errorf("whoever may see all finds %v", got)
		}
	})
}

// A search for many results of a kind comes in the order of their dates. It
// stays in that order when there are fewer by the time of the second page.
func TestLaterPagesKeepTheOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newShelf(t, d)
		s.count = enough - 5
		made := func(i int, code string) Draft {
			return s.draft("Observation", fmt.Sprintf("o%d", i), fmt.Sprintf(
				`,"status":"final","code":{"coding":[{"code":%q}]},"subject":{"reference":"Patient/a"},"effectiveDateTime":"20%02d-%02d"`, code, 20-i/12%20, 12-i%12))
		}
		dates := "code=c&date=ge2000"
		var drafts, changed []Draft
		for i := range enough {
			drafts = append(drafts, made(i, "c"))
			if i%2 == 0 {
				changed = append(changed, made(i, "d"))
			}
		}
		s.write(drafts...)
		want := s.order("Observation", dates)
		from := s.first("Observation", dates)
		if want[0] == "o0" || len(from.Sort) == 0 {
			t.Fatal("the answer is not in the order of dates")
		}
		s.write(changed...)
		s.rest("Observation", dates, from, want[s.count:]...)
	})
}
