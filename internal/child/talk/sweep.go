package talk

import (
	"context"
	"slices"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/child/book"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/record"
)

const (
	cursorName = "child/talk"
	// batches bounds how many batches of the feed one Sweep takes, and again how many
	// of those it looks at whose notes have waited.
	batches, againMost = 200, 500
	// lookAgain is how soon a record whose notes wait is looked at without a change:
	// choices, registrations and teams begin and end by a date alone.
	lookAgain = 6 * time.Hour
	// keepTold is how long it is kept that people were told of a note. One so old is
	// no news any more (newFor).
	keepTold = 30 * 24 * time.Hour
)

// Sweep reads what was written since the last one: it tells families of new notes
// and brings the lists up to date. It does a bounded amount of work; call it every
// few seconds. more says that something is left.
func (t *Talks) Sweep(ctx context.Context) (more bool, err error) {
	mine, err := t.Recalls.Turn(ctx, cursorName)
	if err != nil || !mine {
		return false, err
	}
	moved, err := t.followed(ctx)
	if err != nil {
		return false, err
	}
	if err := t.lookedAgain(ctx); err != nil {
		return false, err
	}
	err = t.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM talk_told WHERE at < $1", t.Recalls.Now().Add(-keepTold).Unix())
		return err
	})
	if err != nil {
		return false, err
	}
	return moved, t.Recalls.EndTurn(ctx, cursorName)
}

// followed settles those whose notes have changed. more says that the feed goes on.
// The place in the feed moves when a batch is settled, so what fails is done again.
func (t *Talks) followed(ctx context.Context) (more bool, err error) {
	f, err := t.Follow(ctx, access.OneType("Communication", access.Follow))
	if err != nil {
		return false, err
	}
	for range batches {
		moved, err := f.FollowSome(ctx, cursorName, func(all []record.Change) error {
			patients, err := t.whose(ctx, all)
			if err != nil {
				return err
			}
			return t.settleAll(ctx, patients)
		})
		if err != nil || !moved {
			return false, err
		}
	}
	return true, nil
}

// whose are those about whom notes were written, and those whose notes wait and of
// whose messages any has changed: a note may have lost what makes it one.
func (t *Talks) whose(ctx context.Context, all []record.Change) (patients []string, err error) {
	var perhaps []string
	for _, c := range all {
		if tree, err := fhir.Parse(c.Body, fhir.Limits{}); err == nil && book.IsNote(tree) {
			patients = append(patients, c.Patient)
		}
		perhaps = append(perhaps, c.Patient, c.Before)
	}
	waiting, err := t.Among(ctx, perhaps)
	if err != nil {
		return nil, err
	}
	for p := range waiting {
		patients = append(patients, p)
	}
	slices.Sort(patients)
	return slices.DeleteFunc(slices.Compact(patients), func(p string) bool { return p == "" }), nil
}

func (t *Talks) settleAll(ctx context.Context, patients []string) error {
	for _, p := range patients {
		if err := t.Settle(ctx, p); err != nil {
			return err
		}
		if _, err := t.Recalls.Turn(ctx, cursorName); err != nil { // this node is still at it
			return err
		}
	}
	return nil
}

// lookedAgain settles those for whom it is time.
func (t *Talks) lookedAgain(ctx context.Context) error {
	var all []string
	err := t.db.Query(ctx, "SELECT patient FROM talk_wait WHERE again <= $1 ORDER BY again, patient LIMIT $2", []any{t.Recalls.Now().Unix(), int64(againMost)}, func(row *db.Row) error {
		all = append(all, row.Text(0))
		return nil
	})
	if err != nil {
		return err
	}
	return t.settleAll(ctx, all)
}
