package record

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// looked is everything that a question finds, page by page.
func looked(t testing.TB, s *Session, q Looking) (all []Look) {
	t.Helper()
	for {
		page, err := s.Looked(ctx, q)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.Items...)
		if q.Cursor = page.Next; q.Cursor == "" {
			return all
		}
	}
}

// A question about the log against a loop over all of it: whatever is asked and
// however the pages fall, the same entries come, newest first, each once.
func TestTheLogOfAPersonAgainstALoop(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		put(t, op, `{"resourceType":"Patient","id":"kim","generalPractitioner":[{"reference":"Practitioner/who"}]}`)
		me, carer, other := opened(t, door, own("sam"), access.Own), opened(t, door, nurse("sam"), access.Care), opened(t, door, own("kim"), access.Own)
		for i := range 30 {
			s := []*Session{me, carer, op, other}[i%4]
			_, _ = s.Read(ctx, Key{"Observation", []string{"laboratory", "social-history", "none"}[i%3]}, 0)
			if i%5 == 0 {
				_ = ask(t, carer, "Observation", "category=laboratory")
			}
		}
		whole := looked(t, me, Looking{})
		if len(whole) < 25 {
			t.Fatalf("%d entries", len(whole))
		}
		edges := []time.Time{{}, whole[20].At, whole[5].At, whole[5].At.Add(time.Microsecond)}
		rapid.Check(t, func(t *rapid.T) {
			q := Looking{
				Actor:        rapid.SampledFrom([]string{"", "account:1", "account:2", "test", "x"}).Draw(t, "actor"),
				Organisation: rapid.SampledFrom([]string{"", "org-7", "x"}).Draw(t, "organisation"),
				App:          rapid.SampledFrom([]string{"", "chart", "x"}).Draw(t, "app"),
				Type:         rapid.SampledFrom([]string{"", "Observation", "Patient", "AuditEvent"}).Draw(t, "type"),
				Purpose:      rapid.SampledFrom([]access.Purpose{access.Unstated, access.Own, access.Care, access.Operations}).Draw(t, "purpose"),
				Outcome:      Outcomes(rapid.IntRange(0, 2).Draw(t, "outcome")),
				Others:       rapid.Bool().Draw(t, "others"),
				From:         rapid.SampledFrom(edges).Draw(t, "from"),
				To:           rapid.SampledFrom(edges).Draw(t, "to"),
				Count:        rapid.IntRange(0, 7).Draw(t, "count"),
			}
			var want []string
			for _, l := range whole {
				about := l.Type == q.Type
				for _, r := range l.Returned {
					about = about || r.Type == q.Type
				}
				if (q.Actor == "" || l.Who.Actor == q.Actor) && (q.Organisation == "" || l.Who.Organisation == q.Organisation) && (q.App == "" || l.Who.App == q.App) &&
					(q.Type == "" || about) && (q.Purpose == access.Unstated || l.Purpose == q.Purpose) && !(q.Others && l.Who.Role == access.RoleSelf) &&
					(q.From.IsZero() || !l.At.Before(q.From)) && (q.To.IsZero() || l.At.Before(q.To)) &&
					(q.Outcome == Any || (q.Outcome == Refused) == (l.Outcome >= 400)) {
					want = append(want, l.ID)
				}
			}
			known := map[string]bool{}
			for _, l := range whole {
				known[l.ID] = true
			}
			var got []string
			for {
				page, err := me.Looked(ctx, q)
				if err != nil {
					t.Fatal(err)
				}
				for _, l := range page.Items {
					if known[l.ID] { // the questions themselves stand in the log too
						got = append(got, l.ID)
					}
				}
				if q.Cursor = page.Next; q.Cursor == "" {
					break
				}
			}
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Fatalf("%+v gives %v, not %v", q, got, want)
			}
		})
		for _, l := range whole {
			if l.Person != me.person {
				t.Errorf("in the log is %+v", l)
			}
			one, err := me.LookedAt(ctx, l.ID)
			if err != nil || one.Seq != l.Seq {
				t.Errorf("%s is %+v, %v", l.ID, one, err)
			}
			_, err = other.LookedAt(ctx, l.ID)
			wantKind(t, err, problem.NotFound)
		}
	})
}

// Reading the log is in the log, before anything is shown, and a page belongs to
// its question and its reader.
func TestReadingTheLogIsLogged(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		me := opened(t, door, own("sam"), access.Own)
		page, err := me.Looked(ctx, Looking{Count: 1, Asked: []string{"date"}})
		if err != nil || page.Next == "" || len(page.Items) != 1 {
			t.Fatal(page, err)
		}
		first := looked(t, me, Looking{})[0]
		if first.Type != "AuditEvent" || len(first.Returned) != 1 || first.Returned[0].ID != page.Items[0].ID || first.Params[0] != "date" {
			t.Errorf("it says %+v", first)
		}
		if _, err := me.Looked(ctx, Looking{Count: 1, Cursor: page.Next, Type: "Patient"}); !problem.Is(err, problem.Invalid) {
			t.Errorf("the page of another question: %v", err)
		}
		about, err := door.Open(ctx, access.Operator("token:a"), About{Patient: "sam"}, access.Operations)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := about.Looked(ctx, Looking{Count: 1, Cursor: page.Next}); !problem.Is(err, problem.Invalid) {
			t.Errorf("the page of somebody else: %v", err)
		}
		if got := looked(t, about, Looking{}); len(got) == 0 {
			t.Error("an operator sees nothing")
		}
		for _, s := range []*Session{op, opened(t, door, nurse("sam"), access.Care), opened(t, door, nurse(""), access.Care)} {
			_, err := s.Looked(ctx, Looking{})
			if err == nil {
				t.Errorf("%+v sees the log", s.who)
			}
			_, err = s.LookedAt(ctx, page.Items[0].ID)
			if err == nil {
				t.Errorf("%+v sees an entry", s.who)
			}
		}
		door.log = refusing{door.log.(*audit.Log)}
		if got, err := me.Looked(ctx, Looking{}); !problem.Is(err, problem.Unavailable) {
			t.Errorf("without an entry it shows %v, %v", got.Items, err)
		}
	})
}

// refusing is a log that can be read and takes nothing.
type refusing struct{ *audit.Log }

func (refusing) Append(_ context.Context, _ ...audit.Entry) error {
	return problem.New(problem.Unavailable, "")
}

// Attack 77: who acts for a child sees in its log what they did themself. What
// the child did, and who else looked, such as a clinic that the child went to,
// is not there.
func TestAttack77AProxySeesTheirOwnLooksOnly(t *testing.T) {
	mum := access.Who{Actor: "account:mum", Kind: access.Person, Role: access.RoleProxy, For: 7, Patient: "kid", Mandate: "m"}
	s := &Session{who: mum, person: 7}
	for _, c := range []struct {
		who  access.Who
		sees bool
	}{
		{mum, true},
		{access.Who{Actor: "account:dad", Kind: access.Person, Role: access.RoleProxy, For: 7}, false},
		{access.Who{Actor: "account:kid", Kind: access.Person, Role: access.RoleSelf, For: 7}, false},
		{access.Who{Actor: "account:nurse", Kind: access.Person, Role: access.RoleProfessional, Organisation: "clinic", For: 7}, false},
		{access.Who{Actor: "account:mum", Kind: access.Person, Role: access.RoleProfessional, Organisation: "clinic", For: 7}, false}, // at work
		{access.Operator("token:a"), false},
		{access.Job("export", access.Operator("token:a")), false},
	} {
		l := &Look{Entry: audit.Entry{Who: c.who, Person: 7, Outcome: http.StatusOK}}
		if s.maySee(l) != c.sees {
			t.Errorf("what %s did as %v is seen: %v", c.who.Actor, c.who.Role, !c.sees)
		}
	}
}

// An id tells nothing and can not be made up: whatever is changed in it, or
// whoever's it is, it names nothing.
func TestIdsOfEntries(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, _ := openDoor(t, d)
		n := door.lookNames()
		rapid.Check(t, func(t *rapid.T) {
			person, seq := rapid.Int64Min(1).Draw(t, "person"), rapid.Int64Min(1).Draw(t, "seq")
			id := n.id(person, seq)
			if got, ok := n.seq(person, id); !ok || got != seq || !IsLook(id) {
				t.Fatalf("%s is %d, %v", id, got, ok)
			}
			if _, ok := n.seq(person+1, id); ok {
				t.Fatal("it is good for somebody else")
			}
			i := rapid.IntRange(0, len(id)-1).Draw(t, "place")
			c := rapid.SampledFrom(strings.Split("0123456789abcdefghjkmnpqrstvwxyz", "")).Draw(t, "letter")
			if other := id[:i] + c + id[i+1:]; other != id {
				if _, ok := n.seq(person, other); ok {
					t.Fatalf("%s is an id beside %s", other, id)
				}
			}
		})
	})
}

// A credential for one patient that is used to ask about another is told to
// both, and whether the other is there shows in nothing.
func TestARefusalIsToldToWhomItIsAbout(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		put(t, op, `{"resourceType":"Patient","id":"kim","generalPractitioner":[{"reference":"Practitioner/who"}]}`)
		for _, other := range []string{"sam", "nobody"} {
			_, err := door.Open(ctx, own("kim"), About{Patient: other}, access.Own)
			wantKind(t, err, problem.Forbidden)
		}
		for patient, want := range map[string]int{"sam": 1, "kim": 2} {
			me := opened(t, door, own(patient), access.Own)
			got := looked(t, me, Looking{Outcome: Refused, Others: patient == "sam"})
			if len(got) != want || got[0].Rule != "another-patient" || got[0].Outcome != http.StatusForbidden || got[0].Own() != (patient == "kim") {
				t.Errorf("%s sees %+v", patient, got)
			}
		}
	})
}

// What a named reviewer decided to tell a person later is not in their list
// meanwhile; whoever runs the service sees it. Where the decision can not be
// read, nothing is shown.
func TestWhatIsToldLater(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		who := access.Operator("token:a")
		who.Mandate = "e1"
		s, err := door.Open(ctx, who, About{Patient: "sam"}, access.Operations)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := s.Read(ctx, Key{"Patient", "sam"}, 0); err != nil {
			t.Fatal(err)
		}
		held, fault := []string{"e1"}, error(nil)
		door.withheld = func(_ context.Context, patient string) ([]string, error) {
			if patient != "sam" {
				t.Errorf("it was asked about %s", patient)
			}
			return held, fault
		}
		of := func(s *Session) (n int) {
			for _, l := range looked(t, s, Looking{}) {
				if l.Who.Mandate == "e1" {
					n++
				}
			}
			return n
		}
		if n := of(opened(t, door, own("sam"), access.Own)); n != 0 {
			t.Errorf("they are told of %d", n)
		}
		about, err := door.Open(ctx, access.Operator("token:b"), About{Patient: "sam"}, access.Operations)
		if err != nil || of(about) != 1 {
			t.Errorf("an operator sees another number: %v", err)
		}
		held = nil
		if n := of(opened(t, door, own("sam"), access.Own)); n != 1 {
			t.Errorf("afterwards they are told of %d", n)
		}
		fault = problem.New(problem.Unavailable, "")
		if _, err := opened(t, door, own("sam"), access.Own).Looked(ctx, Looking{}); !problem.Is(err, problem.Unavailable) {
			t.Errorf("without the decision: %v", err)
		}
	})
}

// A look is on the list of its person when the answer leaves, not some time
// later.
func TestALookIsOnTheListAtOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		me, carer := opened(t, door, own("sam"), access.Own), opened(t, door, nurse("sam"), access.Care)
		for i := range 20 {
			if _, err := carer.Read(ctx, Key{"Observation", "laboratory"}, 0); err != nil {
				t.Fatal(err)
			}
			page, err := me.Looked(ctx, Looking{Others: true, Count: 1, Type: "Observation", Purpose: access.Care, Total: true})
			if err != nil || len(page.Items) != 1 || page.Items[0].Who.Actor != carer.who.Actor || page.Total == nil || *page.Total != i+1 {
				t.Fatalf("after %d looks: %+v, %v", i+1, page, err)
			}
		}
	})
}
