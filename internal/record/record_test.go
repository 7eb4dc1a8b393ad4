package record

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

var ctx = context.Background()

func tree(t testing.TB, src string) *fhir.Tree {
	t.Helper()
	out, err := fhir.Parse([]byte(src), fhir.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// put writes a resource under its own type and id.
func put(t testing.TB, s *Session, src string) Outcome {
	t.Helper()
	b := tree(t, src)
	out, err := s.Transact(ctx, []Op{{Method: Put, Key: Key{b.Root().Get("resourceType").Str(), b.Root().Get("id").Str()}, Body: b}})
	if err != nil {
		t.Fatal(err)
	}
	return out[0]
}

func query(t testing.TB, s *Session, typ, text string) search.Query {
	t.Helper()
	q, err := search.Parse(s.Registry(), []string{typ}, nil, pairs(text), search.Options{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

func pairs(text string) []search.Pair {
	var out []search.Pair
	for _, p := range strings.Split(text, "&") {
		if name, value, ok := strings.Cut(p, "="); ok {
			out = append(out, search.Pair{Name: name, Value: value})
		}
	}
	return out
}

// ids lists what a search finds, in its order, over all of its pages.
func ids(t testing.TB, s *Session, typ, text string) []string {
	t.Helper()
	q := query(t, s, typ, text)
	var out []string
	for cursor := ""; ; {
		page, err := s.Search(ctx, q, cursor)
		if err != nil {
			t.Fatalf("%s?%s: %v", typ, text, err)
		}
		for _, r := range page.Items {
			out = append(out, r.ID)
		}
		if cursor = page.Next; cursor == "" {
			return out
		}
	}
}

func wantIDs(t *testing.T, s *Session, typ, text string, want ...string) {
	t.Helper()
	got := ids(t, s, typ, text)
	if !strings.Contains(text, "_sort") {
		slices.Sort(got)
		slices.Sort(want)
	}
	if !slices.Equal(got, want) {
		t.Errorf("%s?%s: found %v, want %v", typ, text, got, want)
	}
}

func wantKind(t *testing.T, err error, kind problem.Kind) {
	t.Helper()
	if !problem.Is(err, kind) {
		t.Errorf("the error is %v (%v), want %v", err, problem.KindOf(err), kind)
	}
}

func TestOneResourceThroughItsLife(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, s := openDoor(t, d)
		k := Key{"Patient", "p"}
		_, err := s.Read(ctx, k, 0)
		wantKind(t, err, problem.NotFound)
		first := put(t, s, `{"resourceType":"Patient","id":"p", "multipleBirthInteger" : 2,"name":[{"family":"Ash"}]}`)
		if !first.Created || first.Resource.Version != 1 {
			t.Errorf("%+v", first)
		}
		put(t, s, `{"resourceType":"Patient","id":"p","name":[{"family":"Elm"}]}`)
		wantIDs(t, s, "Patient", "family=ash")
		wantIDs(t, s, "Patient", "family=elm", "p")
		old, err := s.Read(ctx, k, 1)
		if err != nil || !strings.Contains(string(old.Body), `"multipleBirthInteger" : 2`) {
			t.Error(string(old.Body), err)
		}
		_, err = s.Transact(ctx, []Op{{Method: Delete, Key: k, IfMatch: 1}})
		wantKind(t, err, problem.PreconditionFailed)
		if _, err = s.Transact(ctx, []Op{{Method: Delete, Key: k, IfMatch: 2}}); err != nil {
			t.Error(err)
		}
		_, err = s.Read(ctx, k, 0)
		wantKind(t, err, problem.Gone)
		wantIDs(t, s, "Patient", "family=elm")
		if back := put(t, s, `{"resourceType":"Patient","id":"p","name":[{"family":"Oak"}]}`); back.Resource.Version != 4 || !back.Created {
			t.Errorf("%+v", back)
		}
		page, err := s.History(ctx, History{Type: "Patient", ID: "p", Count: 3})
		if err != nil || len(page.Items) != 3 || page.Items[0].Version != 4 || page.Items[1].Method != Delete || page.Next == "" {
			t.Errorf("%v %v", page.Items, err)
		}
		page, err = s.History(ctx, History{Type: "Patient", ID: "p", Count: 3, Cursor: page.Next})
		if err != nil || len(page.Items) != 1 || page.Items[0].Version != 1 || page.Next != "" {
			t.Errorf("%v %v", page.Items, err)
		}
	})
}

func TestAResourceFollowsItsSubject(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, s := openDoor(t, d)
		obs := func(who string) string {
			return `{"resourceType":"Observation","id":"o","status":"final","code":{"text":"x"},"subject":{"reference":"` + who + `"},"encounter":{"reference":"Encounter/e"}}`
		}
		put(t, s, obs("Patient/a")) // before the patient and the encounter are there
		wantIDs(t, s, "Observation", "patient=a", "o")
		wantIDs(t, s, "Observation", "encounter=e", "o")
		put(t, s, `{"resourceType":"Patient","id":"a","name":[{"family":"Ash"}]}`)
		put(t, s, `{"resourceType":"Patient","id":"b","name":[{"family":"Birch"}]}`)
		put(t, s, `{"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/a"}}`)
		wantIDs(t, s, "Observation", "encounter=e", "o")
		wantIDs(t, s, "Observation", "encounter.patient=a", "o")
		wantIDs(t, s, "Observation", "patient.family=ash", "o")
		wantIDs(t, s, "Patient", "_has:Observation:patient:_id=o", "a")
		put(t, s, obs("Patient/b"))
		wantIDs(t, s, "Observation", "patient=a")
		wantIDs(t, s, "Observation", "patient=b", "o")
		wantIDs(t, s, "Observation", "patient.family=birch", "o")
		wantIDs(t, s, "Observation", "encounter=e", "o")
		wantIDs(t, s, "Patient", "_has:Observation:patient:_id=o", "b")
		page, err := s.History(ctx, History{Type: "Observation", ID: "o", Count: 10})
		if err != nil || len(page.Items) != 2 {
			t.Errorf("%d versions, %v", len(page.Items), err)
		}
		if v, err := s.Read(ctx, Key{"Observation", "o"}, 1); err != nil || !strings.Contains(string(v.Body), "Patient/a") {
			t.Error(err, string(v.Body))
		}
	})
}

func TestConditionalCreateMakesOne(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, s := openDoor(t, d)
		const callers = 12
		var wg sync.WaitGroup
		made := make([]bool, callers)
		for i := range callers {
			wg.Add(1)
			go func() {
				defer wg.Done()
				q := query(t, s, "Patient", "identifier=urn:x|1")
				out, err := s.Transact(ctx, []Op{{Method: Post, Key: Key{Type: "Patient"}, If: &q,
					Body: tree(t, `{"resourceType":"Patient","identifier":[{"system":"urn:x","value":"1"}]}`)}})
				if err != nil {
					t.Error(err)
					return
				}
				made[i] = out[0].Created
			}()
		}
		wg.Wait()
		n := 0
		for _, m := range made {
			if m {
				n++
			}
		}
		if found := ids(t, s, "Patient", "identifier=urn:x|1"); n != 1 || len(found) != 1 {
			t.Errorf("%d callers made one, and %d are there", n, len(found))
		}
	})
}

func TestATransactionIsWholeOrNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, s := openDoor(t, d)
		put(t, s, `{"resourceType":"Organization","id":"org","identifier":[{"system":"urn:o","value":"7"}],"name":"x"}`)
		ops := func(match int64) []Op {
			return []Op{
				{Method: Post, Key: Key{Type: "Patient"}, FullURL: "urn:uuid:1", Body: tree(t, `{"resourceType":"Patient","managingOrganization":{"reference":"Organization?identifier=urn:o|7"}}`)},
				{Method: Post, Key: Key{Type: "Observation"}, Body: tree(t, `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"urn:uuid:1"}}`)},
				{Method: Put, Key: Key{"Organization", "org"}, IfMatch: match, Body: tree(t, `{"resourceType":"Organization","id":"org","name":"y"}`)},
			}
		}
		_, err := s.Transact(ctx, ops(9))
		var at *OpError
		if !errors.As(err, &at) || at.Index != 2 {
			t.Error(err)
		}
		wantKind(t, err, problem.PreconditionFailed)
		wantIDs(t, s, "Patient", "organization=org")
		wantIDs(t, s, "Observation", "status=final")
		out, err := s.Transact(ctx, ops(1))
		if err != nil {
			t.Fatal(err)
		}
		wantIDs(t, s, "Observation", "patient.organization=org", out[1].Resource.ID)
		wantIDs(t, s, "Patient", "organization:Organization.name=y", out[0].Resource.ID)
	})
}

// Pages of one search are of one moment, whatever others write meanwhile.
func TestPagesNeitherSkipNorRepeat(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, s := openDoor(t, d)
		obs := func(i, value int) string {
			return fmt.Sprintf(`{"resourceType":"Observation","id":"o%02d","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/p%d"},"effectiveDateTime":"20%02d-01-01"}`, i, i%7, value)
		}
		var all []string
		for i := range 40 {
			put(t, s, obs(i, i))
			all = append(all, fmt.Sprintf("o%02d", i))
		}
		for _, text := range []string{"status=final&_count=6", "status=final&_count=6&_sort=date", "status=final&_count=6&_sort=-date,_id"} {
			for i := range 40 {
				put(t, s, obs(i, i))
			}
			q := query(t, s, "Observation", text)
			var got []string
			cursor, step := "", 0
			for {
				page, err := s.Search(ctx, q, cursor)
				if err != nil {
					t.Fatal(err)
				}
				for _, r := range page.Items {
					got = append(got, r.ID)
				}
				if cursor = page.Next; cursor == "" {
					break
				}
				// Turn the order round, delete, and add, between any two pages.
				for i := range 40 {
					put(t, s, obs(i, (i*17+step)%90))
				}
				put(t, s, strings.Replace(obs(step, 50), `"o`, `"new`, 1))
				if _, err := s.Transact(ctx, []Op{{Method: Delete, Key: Key{"Observation", fmt.Sprintf("o%02d", 39-step)}}}); err != nil {
					t.Fatal(err)
				}
				step++
			}
			for i := range step {
				put(t, s, obs(39-i, 39-i))
				if _, err := s.Transact(ctx, []Op{{Method: Delete, Key: Key{"Observation", fmt.Sprintf("new%02d", i)}}}); err != nil {
					t.Fatal(err)
				}
			}
			want := slices.Clone(all)
			if strings.Contains(text, "-date") {
				slices.Reverse(want)
			}
			if !strings.Contains(text, "_sort") {
				slices.Sort(got)
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s:\n got %v\nwant %v", text, got, want)
			}
		}
	})
}

func TestNobodyGetsNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, s := openDoor(t, d)
		put(t, s, `{"resourceType":"Patient","id":"p"}`)
		_, err := door.Open(ctx, access.Who{}, About{}, access.Operations)
		wantKind(t, err, problem.Unauthorized)
		_, err = door.Open(ctx, access.Who{Actor: "x", Kind: access.Person, Role: access.RoleSelf, Bound: access.AllTypes(access.AllVerbs)}, About{Patient: "p"}, access.Own)
		wantKind(t, err, problem.Forbidden)
		zero := &Session{d: door}
		if _, err := zero.Read(ctx, Key{"Patient", "p"}, 0); err == nil {
			t.Error("a session without a scope has read")
		}
		one, err := door.Open(ctx, access.Operator("test"), About{Patient: "p"}, access.Operations)
		if err != nil {
			t.Fatal(err)
		}
		put(t, s, `{"resourceType":"Patient","id":"q","name":[{"family":"Ash"}]}`)
		wantIDs(t, one, "Patient", "_total=accurate", "p")
		_, err = one.Read(ctx, Key{"Patient", "q"}, 0)
		wantKind(t, err, problem.NotFound)
	})
}
