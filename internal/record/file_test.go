package record

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// letter is a document of somebody, whose file is at an address.
func letter(id, of, url, more string) string {
	return `{"resourceType":"DocumentReference","id":"` + id + `","status":"current","subject":{"reference":"Patient/` + of + `"},` + more + `"content":[{"attachment":{"url":"` + url + `"}}]}`
}

// binaryOf is a file that says of whom it is; "" for one that does not.
func binaryOf(id, about string) string {
	if about != "" {
		about = `,"securityContext":{"reference":"` + about + `"}`
	}
	return `{"resourceType":"Binary","id":"` + id + `","contentType":"text/plain","data":"c2VjcmV0"` + about + `}`
}

// address is the address of the one file of an entry.
func address(r Resource) (string, error) {
	t, err := fhir.Parse(r.Body, fhir.Limits{})
	if err != nil {
		return "", err
	}
	return t.Root().Get("content").At(0).Get("attachment").Get("url").Str(), nil
}

// writes adds an entry as people do, who choose no ids.
func writes(t *testing.T, s *Session, src string) string {
	t.Helper()
	out, err := s.Transact(ctx, []Op{{Method: Post, Key: Key{Type: "DocumentReference"}, Body: tree(t, strings.Replace(src, `"id":"",`, "", 1))}})
	if err != nil {
		t.Fatal(err)
	}
	return out[0].Resource.ID
}

// opens checks that the file of an entry is given, or looks as if it were not there.
func opens(t *testing.T, s *Session, id string, want bool) {
	t.Helper()
	r, err := s.ReadFile(ctx, Key{"DocumentReference", id}, address)
	if !want {
		if problem.KindOf(err) != problem.NotFound || r.Body != nil {
			t.Errorf("the file of %s: %s, %v", id, r.Body, err)
		}
		return
	}
	if err != nil || r.Type != "Binary" || !strings.Contains(string(r.Body), `"data":"c2VjcmV0"`) {
		t.Errorf("the file of %s: %s, %v", id, r.Body, err)
	}
}

// A file is given by the right to see the entry that refers to it.
func TestAFileIsGivenByTheRightToItsEntry(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		log := &kept{}
		for _, src := range []string{`{"resourceType":"Patient","id":"sam","generalPractitioner":[{"reference":"Organization/org-7"}]}`,
			binaryOf("plain", ""), binaryOf("sams", "Patient/sam"), binaryOf("its", "DocumentReference/its"),
			letter("plain", "sam", "Binary/plain", ""), letter("sams", "sam", "http://127.0.0.1/fhir/Binary/sams", ""), letter("its", "sam", "Binary/its/_history/1", ""),
			letter("elsewhere", "sam", "https://elsewhere.example/Binary/plain", ""), letter("none", "sam", "Binary/none", ""), letter("old", "sam", "Binary/plain/_history/7", ""), letter("odd", "sam", "Binary/plain/_history/x", ""),
			letter("patient", "sam", "Patient/sam", "")} {
			put(t, op, src)
		}
		door.log = log
		for _, s := range []*Session{opened(t, door, alone("sam"), access.Own), opened(t, door, nurse("sam"), access.Care)} {
			for _, id := range []string{"plain", "sams", "its"} {
				log.entries = nil
				opens(t, s, id, true)
				if len(log.entries) != 1 || len(log.entries[0].Returned) != 2 || log.entries[0].Person != s.person {
					t.Fatalf("one look is %+v", log.entries)
				}
			}
			for _, id := range []string{"elsewhere", "none", "old", "odd", "patient", "absent"} {
				opens(t, s, id, false)
			}
			if _, err := s.Read(ctx, Key{"Binary", "plain"}, 0); problem.KindOf(err) != problem.NotFound {
				t.Errorf("it is read by its id alone: %v", err)
			}
			log.entries = nil
			r, err := s.ReadFile(ctx, Key{"DocumentReference", "plain"}, func(Resource) (string, error) { return "", nil })
			if err != nil || r.Body != nil || len(log.entries) != 1 || len(log.entries[0].Returned) != 1 {
				t.Errorf("the entry alone: %v, %v, %+v", r, err, log.entries)
			}
			no := errors.New("no")
			if _, err := s.ReadFile(ctx, Key{"DocumentReference", "plain"}, func(Resource) (string, error) { return "", no }); !errors.Is(err, no) {
				t.Errorf("what the caller found wrong: %v", err)
			}
		}
		if _, err := op.ReadFile(ctx, Key{"DocumentReference", "plain"}, address); problem.KindOf(err) != problem.Forbidden {
			t.Errorf("a session about everybody: %v", err)
		}
		if _, err := op.Transact(ctx, []Op{{Method: Delete, Key: Key{"DocumentReference", "plain"}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := opened(t, door, alone("sam"), access.Own).ReadFile(ctx, Key{"DocumentReference", "plain"}, address); problem.KindOf(err) != problem.Gone {
			t.Errorf("of an entry that was deleted: %v", err)
		}
	})
}

// Whoever may write into a record can write the id of another's file there, or of
// one that is kept from them. It opens nothing.
func TestAttack76AnIdOfAFileThatWasWrittenInOpensNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hushed := `"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"PSY"}]},`
		for _, src := range []string{`{"resourceType":"Patient","id":"sam","generalPractitioner":[{"reference":"Organization/org-7"}]}`, `{"resourceType":"Patient","id":"bob"}`,
			binaryOf("b1", ""), letter("b1", "bob", "Binary/b1", ""), binaryOf("b2", "Patient/bob"), letter("b2", "bob", "Binary/b2", ""), binaryOf("b3", "DocumentReference/b3"), letter("b3", "bob", "Binary/b3", ""), binaryOf("b4", "http://elsewhere.example/Patient/sam"),
			binaryOf("s1", ""), letter("s1", "sam", "Binary/s1", hushed), binaryOf("s2", "Patient/sam"), letter("s2", "sam", "Binary/s2", hushed), binaryOf("s3", "DocumentReference/s3"), letter("s3", "sam", "Binary/s3", hushed),
			// An operator too may write an id into the wrong record: what the file says counts.
			letter("wrong2", "sam", "Binary/b2", ""), letter("wrong3", "sam", "Binary/b3", ""), letter("wrong4", "sam", "Binary/b4", "")} {
			put(t, op, src)
		}
		me, care := opened(t, door, alone("sam"), access.Own), opened(t, door, nurse("sam"), access.Care)
		for _, url := range []string{"b1", "b2", "b3", "b4"} {
			for _, id := range []string{writes(t, me, letter("", "sam", "Binary/"+url, "")), writes(t, care, letter("", "sam", "Binary/"+url, ""))} {
				opens(t, me, id, false)
				opens(t, care, id, false)
			}
		}
		for _, id := range []string{"wrong2", "wrong3", "wrong4"} {
			opens(t, me, id, false)
			opens(t, care, id, false)
		}
		opens(t, me, "b1", false) // an entry of another's record
		blind := without(t, care, 1)
		for _, url := range []string{"s1", "s2", "s3"} {
			opens(t, me, url, true)
			opens(t, care, url, true)
			opens(t, blind, url, false)
			opens(t, blind, writes(t, care, letter("", "sam", "Binary/"+url, "")), false)
		}
		// What somebody whose word does not count adds to an entry opens nothing new, and
		// closes nothing.
		put(t, op, binaryOf("good", ""))
		put(t, op, letter("good", "sam", "Binary/good", ""))
		put(t, care, letter("good", "sam", "Binary/good", `"description":"read",`))
		opens(t, me, "good", true)
		put(t, care, letter("good", "sam", "Binary/b1", ""))
		opens(t, me, "good", false)
	})
}

// A file goes with its entry: with a label, with a choice, and with one of its own.
func TestAttack76AFileIsClosedWithItsEntry(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		secret := strings.Replace(binaryOf("hot", "DocumentReference/hot"), `"id"`, `"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"HIV"}]},"id"`, 1)
		for _, src := range []string{`{"resourceType":"Patient","id":"sam","generalPractitioner":[{"reference":"Organization/org-7"}]}`,
			binaryOf("f", ""), letter("f", "sam", "Binary/f", ""), secret, letter("hot", "sam", "Binary/hot", "")} {
			put(t, op, src)
		}
		care := func() *Session { return opened(t, door, nurse("sam"), access.Care) }
		opens(t, care(), "f", true)
		opens(t, care(), "hot", true)
		opens(t, without(t, care(), 1<<8), "hot", false) // HIV
		no := func(provision string) string {
			t.Helper()
			made, err := opened(t, door, alone("sam"), access.Own).Decide(context.Background(), Choosing{Add: []*fhir.Tree{draftOf(t, "sam", provision)}}, "")
			if err != nil {
				t.Fatal(err)
			}
			return made[0].ID
		}
		end := func(id string) {
			t.Helper()
			if _, err := opened(t, door, alone("sam"), access.Own).Decide(context.Background(), Choosing{End: []string{id}}, "I trust them again."); err != nil {
				t.Fatal(err)
			}
		}
		one := no(`{"type":"deny",` + toward("Organization/org-7") + `,"data":[{"meaning":"instance","reference":{"reference":"DocumentReference/f"}}]}`)
		opens(t, care(), "f", false)
		opens(t, care(), "hot", false) // its label is not its entry's, and a choice binds them
		opens(t, opened(t, door, alone("sam"), access.Own), "f", true)
		opens(t, opened(t, door, alone("sam"), access.Own), "hot", true)
		end(one)
		opens(t, care(), "f", true)
		if _, err := op.Raise(context.Background(), Key{"DocumentReference", "f"}, 1<<8, "It tells of a test."); err != nil {
			t.Fatal(err)
		}
		opens(t, without(t, care(), 1<<8), "f", false)
		opens(t, care(), "f", true)
	})
}
