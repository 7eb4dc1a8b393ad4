package portal

import (
	"context"
	"fmt"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/child/recall"
	"github.com/bevanhealth/bevan/internal/child/talk"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/record"
)

// talks is the room of notes of a site.
func (s *site) talks(recalls *recall.Recalls, account func(context.Context, string) (string, error)) *talk.Talks {
	s.t.Helper()
	work := func(ctx context.Context, patient string, bound access.Rights) (*record.Session, error) {
		who := access.Operator("console:test")
		who.Bound = bound
		return s.door.Open(ctx, access.Job("notes", who), record.About{Patient: patient}, access.Operations)
	}
	t, err := talk.Open(s.t.Context(), talk.Config{Recalls: recalls, Account: account,
		Follow: func(ctx context.Context, bound access.Rights) (recall.Follower, error) { return work(ctx, "", bound) },
		Look: func(ctx context.Context, patient string, bound access.Rights) (talk.Looker, error) {
			return work(ctx, patient, bound)
		}})
	if err != nil {
		s.t.Fatal(err)
	}
	return t
}

// noted sees to it that the lists of notes are as the records are, and that whoever
// is told of a note was told.
func (s *site) noted() {
	s.t.Helper()
	dbtest.Settled(s.t, s.db)
	for more := true; more; {
		var err error
		if more, err = s.cfg.Talks.Sweep(s.t.Context()); err != nil {
			s.t.Fatal(err)
		}
	}
}

// aboutNotes adds the list of notes that wait, and the mark on somebody's own list.
func (a *album) aboutNotes(s *site, op *person) {
	org := op.hospital("RXN")
	nurse := s.rescuer(op, org, "Nurse Ned")
	a.add("GET "+notesAt, "nobody", nurse.get(notesAt))
	for i := range perPage + 2 {
		id := fmt.Sprintf("noted%02d", i)
		s.listedChild(id, fmt.Sprintf("Sasha %c Reed", 'A'+i), "2026-01-01", org, fmt.Sprintf("9990008%03d", 10+i))
		s.put(familyNote("n"+id, id, "Does Sasha need shoes?"))
	}
	s.noted()
	a.add("GET "+notesAt, "more pages", nurse.get(notesAt))
	nurse.send("/staff/people/noted00/go", "to", "k")
	a.add("GET "+listAt, "a note waits", nurse.get(listAt))
	a.add("GET /staff/people/{person}/child/notes", "one to be read", nurse.get("/staff/people/noted00/child/notes"))
	nurse.send("/staff/people/noted00/child/notes/read").to("/staff/people/noted00/child/notes")
	a.add("GET /staff/people/{person}/child/notes", "news, read", nurse.get("/staff/people/noted00/child/notes"))
}

// familyNote is a note of a child's own account.
func familyNote(id, child, said string) string {
	return fmt.Sprintf(`{"resourceType":"Communication","id":%q,"status":"completed","sent":"2026-05-03T14:30:00Z","subject":{"reference":"Patient/%s"},"sender":{"reference":"Patient/%s"},"payload":[{"contentString":%q}],"meta":{"tag":[{"system":"urn:bevan:child","code":"note"}]}}`, id, child, child, said)
}
