package record

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// twoPeople puts Ann, who is to be erased, and Bob into a store. Ann's record
// has earlier versions, something deleted, something that first lay with Bob, and
// something of hers that went to Bob.
func twoPeople(t *testing.T, op *Session) {
	t.Helper()
	for _, src := range []string{
		`{"resourceType":"Organization","id":"surgery","name":"Quay Surgery"}`,
		`{"resourceType":"Patient","id":"ann-1971","name":[{"family":"Zebedeeson","given":["Anneliese"]}],"birthDate":"1971-02-03","generalPractitioner":[{"reference":"Practitioner/who"}]}`,
		`{"resourceType":"Patient","id":"ann-1971","name":[{"family":"Quixoteworth","given":["Anneliese"]}],"birthDate":"1971-02-03","generalPractitioner":[{"reference":"Practitioner/who"}]}`,
		`{"resourceType":"Patient","id":"bob","name":[{"family":"Marlow","given":["Bob"]}]}`,
		`{"resourceType":"Observation","id":"weight-of-ann","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}]},"subject":{"reference":"Patient/ann-1971"},"performer":[{"reference":"Organization/surgery"}],"effectiveDateTime":"2020-05-06","valueQuantity":{"value":71.125,"unit":"kg"}}`,
		`{"resourceType":"Observation","id":"weight-of-ann","status":"amended","code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}]},"subject":{"reference":"Patient/ann-1971"},"effectiveDateTime":"2020-05-06","valueQuantity":{"value":72.375,"unit":"kg"}}`,
		`{"resourceType":"Observation","id":"weight-of-bob","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"29463-7"}]},"subject":{"reference":"Patient/bob"},"effectiveDateTime":"2020-05-07","valueQuantity":{"value":80,"unit":"kg"}}`,
		`{"resourceType":"Condition","id":"was-filed-with-bob","subject":{"reference":"Patient/bob"},"code":{"text":"Peculiarity"}}`,
		`{"resourceType":"Condition","id":"was-filed-with-bob","subject":{"reference":"Patient/ann-1971"},"code":{"text":"Peculiarity"}}`,
		`{"resourceType":"Condition","id":"went-to-bob","subject":{"reference":"Patient/ann-1971"},"code":{"text":"Cough"}}`,
		`{"resourceType":"Condition","id":"went-to-bob","subject":{"reference":"Patient/bob"},"code":{"text":"Cough"}}`,
		`{"resourceType":"Group","id":"family","type":"person","actual":true,"member":[{"entity":{"reference":"Patient/bob"}},{"entity":{"reference":"Patient/ann-1971"}}]}`,
		`{"resourceType":"Procedure","id":"deleted","status":"completed","subject":{"reference":"Patient/ann-1971"},"code":{"text":"Splendectomy"}}`,
	} {
		put(t, op, src)
	}
	if _, err := op.Transact(ctx, []Op{{Method: Delete, Key: Key{"Procedure", "deleted"}}}); err != nil {
		t.Fatal(err)
	}
}

func (d *Door) numberOf(t *testing.T, patient string) int64 {
	t.Helper()
	s, err := d.Open(ctx, access.Operator("token:1"), About{Patient: patient}, access.Operations)
	if err != nil {
		t.Fatal(err)
	}
	n, ok := s.Person()
	if !ok {
		t.Fatalf("%s has no record", patient)
	}
	return n
}

// everything is all that a database holds: the bytes of its files on SQLite, and
// every row of every table on PostgreSQL.
func everything(t *testing.T, d *db.DB) []byte {
	t.Helper()
	if d.Dialect() == db.SQLite {
		var all []byte
		for _, end := range []string{"", "-wal"} {
			b, err := os.ReadFile(d.Path() + end)
			if err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			all = append(all, b...)
		}
		return all
	}
	var tables []string
	if err := d.Query(ctx, "SELECT tablename::text FROM pg_tables WHERE schemaname = current_schema() ORDER BY 1", nil, func(r *db.Row) error {
		tables = append(tables, r.Text(0))
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	var all []byte
	for _, name := range tables {
		if err := d.Query(ctx, "SELECT row_to_json(t)::text FROM "+name+" t", nil, func(r *db.Row) error {
			all = append(append(all, r.Text(0)...), '\n')
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

// traces are the bytes by which a person lies in a database, with what each is.
func traces(t *testing.T, d *db.DB, person int64) map[string]string {
	t.Helper()
	out := map[string]string{}
	number := func(what string, n int64) {
		if d.Dialect() == db.SQLite {
			out[string(binary.BigEndian.AppendUint64(nil, uint64(n)))] = what
		} else {
			out[fmt.Sprintf(":%d,", n)] = what
		}
	}
	text := func(what string, b []byte) {
		if len(b) == 0 {
			return
		}
		if d.Dialect() == db.Postgres {
			b = []byte(hex.EncodeToString(b))
		}
		out[string(b[:min(len(b), 40)])] = what
	}
	span := []any{person << 24, (person + 1) << 24}
	ask := func(sql string, fn func(r *db.Row) error) {
		t.Helper()
		args := span
		if !strings.Contains(sql, "$2") {
			args = []any{person}
		}
		if err := d.Query(ctx, sql, args, fn); err != nil {
			t.Fatal(err)
		}
	}
	for _, table := range []string{"res", "old"} {
		ask("SELECT body, id FROM "+table+" WHERE row >= $1 AND row < $2", func(r *db.Row) error {
			text("a body in "+table, r.Bytes(0))
			text("an id in "+table, r.Bytes(1))
			return nil
		})
	}
	ask("SELECT key FROM person WHERE person = $1", func(r *db.Row) error { text("the key", r.Bytes(0)[5:]); return nil })
	ask("SELECT hash FROM far f WHERE row >= $1 AND row < $2 AND NOT EXISTS (SELECT 1 FROM far o WHERE o.hash = f.hash AND (o.row < $1 OR o.row >= $2))",
		func(r *db.Row) error { number("a hash in far", r.Int64(0)); return nil })
	ask("SELECT text FROM str WHERE row >= $1 AND row < $2", func(r *db.Row) error { out[r.Text(0)] = "a text in str"; return nil })
	return out
}

// answers is what others are told: the whole of a search, reads and histories.
func answers(t *testing.T, s *Session) string {
	t.Helper()
	var b strings.Builder
	for _, q := range []string{"Patient?", "Observation?", "Observation?code=http://loinc.org|29463-7", "Condition?_sort=-_lastUpdated", "Group?member=Patient/bob",
		"Patient?name=mar", "Observation?subject=Patient/bob", "Patient?_has:Observation:patient:code=http://loinc.org|29463-7", "Observation?_include=Observation:subject", "Organization?name=quay"} {
		typ, rest, _ := strings.Cut(q, "?")
		page, err := s.Search(ctx, query(t, s, typ, rest+"&_total=accurate"), "")
		fmt.Fprintf(&b, "%s: %v", q, err)
		for _, r := range page.Items {
			if !strings.Contains(r.ID, "ann") && r.ID != "was-filed-with-bob" {
				fmt.Fprintf(&b, " %s/%d %s", r.Key, r.Version, r.Body)
			}
		}
		b.WriteByte('\n')
	}
	h, err := s.History(ctx, History{Type: "Observation", ID: "weight-of-bob"})
	fmt.Fprintf(&b, "history: %d %v\n", len(h.Items), err)
	return b.String()
}

// After an erasure nothing of the person is left in the database: no body, no
// key, no name, no id, no hash of what was said. Everybody else is told what
// they were told before.
func TestErasureLeavesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		log := &kept{}
		door.log = log
		twoPeople(t, op)
		person := door.numberOf(t, "ann-1971")
		bob, err := door.Open(ctx, own("bob"), About{}, access.Own)
		if err != nil {
			t.Fatal(err)
		}
		before, beforeAll := answers(t, bob), answers(t, op)
		marks := traces(t, d, person)
		for _, word := range []string{"zebedeeson", "quixoteworth", "anneliese", "ann-1971", "weight-of-ann", "Zebedeeson", "Splendectomy", "Peculiarity"} {
			marks[word] = "a word"
		}
		delete(marks, "went-to-bob") // its newer versions are Bob's
		delete(marks, hex.EncodeToString([]byte("went-to-bob")))
		at, old := everything(t, d), 0
		for m := range marks {
			if bytes.Contains(at, []byte(m)) {
				old++
			}
		}
		if old < 10 {
			t.Fatalf("only %d traces were found before: the search finds nothing", old)
		}
		log.entries = nil
		gone, err := op.Erase(ctx, person, Erasing{Decision: "d1", Basis: "uk-gdpr-17-1-b"})
		if err != nil || gone.Resources != 3 || gone.Versions < 8 || gone.Entries == 0 {
			t.Fatalf("erased %+v, %v", gone, err)
		}
		if n := len(log.entries); n != 2 || log.entries[0].Rule != "erase" || log.entries[1].Total != 3 || log.entries[1].Person != 0 || log.entries[1].Who.Actor == "" {
			t.Errorf("the log says %+v", log.entries)
		}
		if err := op.Scrub(ctx); err != nil {
			t.Fatal(err)
		}
		at = everything(t, d)
		for m, what := range marks {
			if bytes.Contains(at, []byte(m)) {
				// Ids that others name in what is theirs stay there.
				if m == "ann-1971" || strings.HasPrefix(what, "an id") && bytes.Contains([]byte(hex.EncodeToString([]byte("ann-1971"))+"ann-1971"), []byte(m)) {
					continue
				}
				t.Errorf("%s is still there: %q", what, m)
			}
		}
		if got := answers(t, bob); got != before {
			t.Errorf("Bob is told\n%s\nand was told\n%s", got, before)
		}
		if got := answers(t, op); got != beforeAll {
			t.Errorf("the operator is told\n%s\nand was told\n%s", got, beforeAll)
		}
		if err := op.Verify(ctx, func(int64, int64) {}, func(f Fault) { t.Errorf("row %d: %s", f.Row, f.What) }); err != nil {
			t.Fatal(err)
		}
		// On PostgreSQL it waits for whoever else writes on the server, such as the
		// tests of another room.
		if err := op.Reindex(ctx, func(int64, int64) {}); err != nil && !(d.Dialect() == db.Postgres && problem.Is(err, problem.Unavailable)) {
			t.Fatal(err)
		}
		if err := op.Rewrap(ctx, func(int64) {}); err != nil {
			t.Fatal(err)
		}
	})
}

// Nobody comes back: what was erased is not found, its ids are not used again,
// nothing is written into the record, and a second erasure finds nothing.
func TestWhatWasErasedDoesNotComeBack(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		twoPeople(t, op)
		person := door.numberOf(t, "ann-1971")
		ann, err := door.Open(ctx, own("ann-1971"), About{}, access.Own)
		if err != nil {
			t.Fatal(err)
		}
		keeper, err := ann.Keeper(ctx)
		if err != nil {
			t.Fatal(err)
		}
		note := keeper.Seal(nil, []byte("a note"), "note 1")
		if _, err := op.Erase(ctx, person, Erasing{Decision: "d1", Basis: "b"}); err != nil {
			t.Fatal(err)
		}
		for _, k := range []Key{{"Patient", "ann-1971"}, {"Observation", "weight-of-ann"}, {"Condition", "was-filed-with-bob"}, {"Procedure", "deleted"}} {
			_, err := op.Read(ctx, k, 0)
			wantKind(t, err, problem.NotFound)
			_, err = op.Read(ctx, k, 1)
			wantKind(t, err, problem.NotFound)
			_, err = op.History(ctx, History{Type: k.Type, ID: k.ID})
			wantKind(t, err, problem.NotFound)
		}
		for _, typ := range []string{"", "Patient", "Procedure"} {
			h, err := op.History(ctx, History{Type: typ, Count: 100})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range h.Items {
				if r.ID == "" || strings.Contains(r.ID, "ann") {
					t.Errorf("the history of %q shows %s", typ, r.Key)
				}
			}
		}
		for _, src := range []string{
			`{"resourceType":"Patient","id":"ann-1971"}`,
			`{"resourceType":"Observation","id":"weight-of-ann","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/bob"}}`,
			`{"resourceType":"Observation","id":"new","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/ann-1971"}}`,
			`{"resourceType":"Procedure","id":"deleted","status":"completed","subject":{"reference":"Patient/bob"}}`,
		} {
			for _, ensure := range []bool{false, true} {
				b := tree(t, src)
				_, err := op.Transact(ctx, []Op{{Method: Put, Key: Key{b.Root().Get("resourceType").Str(), b.Root().Get("id").Str()}, Body: b, Ensure: ensure}})
				wantKind(t, err, problem.Gone)
			}
		}
		// Others may still name them, as a letter names somebody who is gone.
		put(t, op, `{"resourceType":"FamilyMemberHistory","id":"f","status":"completed","patient":{"reference":"Patient/bob"},"relationship":{"text":"sister"},"note":[{"authorReference":{"reference":"Patient/ann-1971"},"text":"x"}]}`)
		again, err := op.Erase(ctx, person, Erasing{Decision: "d1", Basis: "b"})
		if err != nil || again.Resources != 0 || again.Versions != 0 {
			t.Errorf("again %+v, %v", again, err)
		}
		if s, err := door.Open(ctx, own("ann-1971"), About{}, access.Own); err == nil {
			if page, err := s.Search(ctx, query(t, s, "Observation", ""), ""); err != nil || len(page.Items) != 0 {
				t.Errorf("a session finds %v, %v", page.Items, err)
			}
			if _, err := s.Keeper(ctx); err == nil {
				t.Error("what was kept can still be opened")
			}
		}
		if bob, err := door.Open(ctx, own("bob"), About{}, access.Own); err != nil {
			t.Error(err)
		} else if k, err := bob.Keeper(ctx); err != nil {
			t.Error(err)
		} else if _, err := k.Open(nil, note, "note 1"); err == nil {
			t.Error("one person's key opens what was kept for another")
		}
		_, err = op.Erase(ctx, 99_999, Erasing{Decision: "d2", Basis: "b"})
		wantKind(t, err, problem.NotFound)
	})
}

// A follower goes on behind an erasure and misses nothing, also where what was
// erased was the last that had happened.
func TestFollowersGoOnBehindAnErasure(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		put(t, op, `{"resourceType":"Patient","id":"bob"}`)
		put(t, op, `{"resourceType":"Patient","id":"ann"}`)
		follow := func(want ...string) {
			t.Helper()
			c, stop := context.WithTimeout(ctx, 30*time.Second)
			defer stop()
			var got []string
			if len(want) == 0 {
				want = []string{"Patient/last"}
				put(t, op, `{"resourceType":"Patient","id":"last"}`)
			}
			if err := op.Follow(c, "test", func(ch Change) error {
				if got = append(got, ch.Key.String()); len(got) == len(want) {
					stop()
				}
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got, want) {
				t.Errorf("it hears %v, not %v", got, want)
			}
		}
		follow("Patient/bob", "Patient/ann")
		if _, err := op.Erase(ctx, door.numberOf(t, "ann"), Erasing{Decision: "d", Basis: "b"}); err != nil {
			t.Fatal(err)
		}
		put(t, op, `{"resourceType":"Patient","id":"cy"}`)
		follow("Patient/cy")
		follow()
	})
}

// What a person chose goes with their record.
func TestAnErasureTakesChoicesWithIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		twoPeople(t, op)
		put(t, op, valueSet("vs", "urn:vs", "1", quiet))
		put(t, op, sharing("c1", "ann-1971", "active", `{"type":"deny",`+toward("Organization/org-7")+`,`+inSet("urn:vs")+`}`))
		person := door.numberOf(t, "ann-1971")
		if c, err := door.store.Choices(ctx, person); err != nil || c == nil {
			t.Fatal(c, err)
		}
		if _, err := op.Erase(ctx, person, Erasing{Decision: "d", Basis: "b"}); err != nil {
			t.Fatal(err)
		}
		if c, err := door.store.Choices(ctx, person); err != nil || c != nil {
			t.Errorf("choices are left: %v, %v", c, err)
		}
		for _, from := range []string{"choice_class WHERE person = $1", "choice_set WHERE row >> 24 = $1", "optout WHERE person = $1"} {
			if err := d.Query(ctx, "SELECT 1 FROM "+from, []any{person}, func(*db.Row) error {
				t.Errorf("there is something in %s", from)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
		}
	})
}

// Only an operator who runs the service erases, and nothing goes where the
// decision can not be written down first.
func TestWhoMayErase(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		twoPeople(t, op)
		put(t, op, `{"resourceType":"Encounter","id":"tie","status":"in-progress","class":{"code":"AMB"},"serviceProvider":{"reference":"Organization/org-7"},"period":{"start":"2026-01-01"},"subject":{"reference":"Patient/ann-1971"}}`)
		person := door.numberOf(t, "ann-1971")
		robot := access.Who{Actor: "client:x", Kind: access.Client, Role: access.RoleProgram, App: "x", Grant: "g", Bound: access.AllTypes(access.AllVerbs)}
		reader := access.Operator("token:2")
		reader.Bound = access.AllTypes(access.Looking)
		for _, s := range []*Session{opened(t, door, own("ann-1971"), access.Own), opened(t, door, nurse("ann-1971"), access.Care),
			opened(t, door, robot, access.Operations), opened(t, door, reader, access.Operations), opened(t, door, access.Operator("token:1"), access.Export)} {
			_, err := s.Erase(ctx, person, Erasing{Decision: "d", Basis: "b"})
			wantKind(t, err, problem.Forbidden)
			if s.who.Role != access.RoleProgram {
				wantKind(t, s.Scrub(ctx), problem.Forbidden)
			}
		}
		_, err := op.Erase(ctx, person, Erasing{Basis: "b"})
		wantKind(t, err, problem.Forbidden)
		_, err = op.Erase(ctx, person, Erasing{Decision: "d"})
		wantKind(t, err, problem.Forbidden)
		door.log = brokenLog{}
		_, err = op.Erase(ctx, person, Erasing{Decision: "d", Basis: "b"})
		wantKind(t, err, problem.Unavailable)
		door.log = &kept{}
		if _, err := op.Read(ctx, Key{"Patient", "ann-1971"}, 0); err != nil {
			t.Errorf("something went: %v", err)
		}
	})
}

// A page of a moment before an erasure shows nothing of who was erased since.
func TestPagesBehindAnErasure(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		twoPeople(t, op)
		q := query(t, op, "Observation", "_count=1&_sort=-date")
		page, err := op.Search(ctx, q, "")
		if err != nil || page.Next == "" {
			t.Fatalf("%+v, %v", page, err)
		}
		if _, err := op.Erase(ctx, door.numberOf(t, "ann-1971"), Erasing{Decision: "d", Basis: "b"}); err != nil {
			t.Fatal(err)
		}
		next, err := op.Search(ctx, q, page.Next)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range next.Items {
			if strings.Contains(r.ID, "ann") {
				t.Errorf("the page shows %s", r.Key)
			}
		}
		if _, err := fhir.Parse(page.Items[0].Body, fhir.Limits{}); err != nil {
			t.Error(err)
		}
	})
}
