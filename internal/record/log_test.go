package record

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// brokenLog can't be written.
type brokenLog struct{}

func (brokenLog) Append(context.Context, ...audit.Entry) error { return errors.New("the disk is full") }

// No audit, no answer: whatever is asked, nothing is given out, and a write
// says what became of it.
func TestNoAnswerWithoutTheLog(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, s := openDoor(t, d)
		put(t, s, `{"resourceType":"Patient","id":"p","gender":"other"}`)
		door.log = brokenLog{}
		r, err := s.Read(ctx, Key{"Patient", "p"}, 0)
		wantKind(t, err, problem.Unavailable)
		page, err2 := s.Search(ctx, query(t, s, "Patient", "gender=other"), "")
		wantKind(t, err2, problem.Unavailable)
		history, err3 := s.History(ctx, History{Type: "Patient", Count: 5})
		wantKind(t, err3, problem.Unavailable)
		if r.Body != nil || len(page.Items)+len(history.Items) > 0 {
			t.Error("something was given out")
		}
		if p, err := s.Explain(ctx, query(t, s, "Patient", "gender=other")); p != nil || !problem.Is(err, problem.Unavailable) {
			t.Error("a plan was given: ", p, err)
		}
		_, err = s.Read(ctx, Key{"Patient", "nobody"}, 0)
		wantKind(t, err, problem.Unavailable)
		_, err = s.Scan(ctx, []string{"Patient"}, time.Time{}, nil, "", func(Resource) error {
			t.Error("something was scanned")
			return nil
		})
		wantKind(t, err, problem.Unavailable)
		_, err = s.Transact(ctx, []Op{{Method: Put, Key: Key{"Patient", "q"}, Body: tree(t, `{"resourceType":"Patient","id":"q"}`)}})
		wantKind(t, err, problem.Unavailable)
		if !strings.Contains(problem.Sentence(err), "was stored") {
			t.Error(err)
		}
	})
}
