package talk

import (
	"cmp"
	"context"
	"errors"
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
	// tryAgain is how soon one is looked at again whose record could not be settled.
	tryAgain = 10 * time.Minute
	// keepTold is how long it is kept that people were told of a note. One so old is
	// no news any more (newFor).
	keepTold = 30 * 24 * time.Hour
)

// errElsewhere says that another node has taken the work over.
var errElsewhere = errors.New("talk: another node is at it")

// Sweep reads what was written since the last one: it tells families of new notes
// and brings the lists up to date. It does a bounded amount of work; call it every
// few seconds. more says that something is left. One record that can not be settled
// holds up no other: it is tried again later, and the error says why.
func (t *Talks) Sweep(ctx context.Context) (more bool, err error) {
	mine, err := t.Recalls.Turn(ctx, cursorName)
	if err != nil || !mine {
		return false, err
	}
	moved, skipped, err := t.followed(ctx)
	if err == nil {
		err = t.lookedAgain(ctx)
	}
	if errors.Is(err, errElsewhere) {
		return false, skipped
	}
	if err != nil {
		return false, err
	}
	err = t.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM talk_told WHERE at < $1", t.Recalls.Now().Add(-keepTold).Unix())
		return err
	})
	if err != nil {
		return false, err
	}
	return moved, cmp.Or(skipped, t.Recalls.EndTurn(ctx, cursorName))
}

// followed settles those whose notes have changed. more says that the feed goes on,
// skipped why one was left for later.
// The place in the feed moves when a batch is settled, so what fails is done again.
func (t *Talks) followed(ctx context.Context) (more bool, skipped, err error) {
	f, err := t.Follow(ctx, access.OneType("Communication", access.Follow))
	if err != nil {
		return false, nil, err
	}
	for range batches {
		moved, err := f.FollowSome(ctx, cursorName, func(all []record.Change) error {
			patients, err := t.whose(ctx, all)
			if err != nil {
				return err
			}
			failed, broken, err := t.settleAll(ctx, patients)
			switch {
			case err != nil:
				return err
			case len(failed) == len(patients): // where there are any, the store itself is away
				return broken
			}
			skipped = cmp.Or(skipped, broken)
			return t.later(ctx, failed)
		})
		if err != nil || !moved {
			return false, skipped, err
		}
	}
	return true, skipped, nil
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

// settleAll settles some people. failed are those with whom that did not work, and
// broken is why, of the first of them.
func (t *Talks) settleAll(ctx context.Context, patients []string) (failed []string, broken, err error) {
	for _, p := range patients {
		if err := t.Settle(ctx, p); err != nil {
			failed, broken = append(failed, p), cmp.Or(broken, err)
		}
		mine, err := t.Recalls.Turn(ctx, cursorName) // this node is still at it
		if err == nil && !mine {
			err = errElsewhere
		}
		if err != nil {
			return nil, nil, err
		}
	}
	return failed, broken, nil
}

// later has some people looked at again soon, whose notes may wait.
func (t *Talks) later(ctx context.Context, patients []string) error {
	return t.db.Write(ctx, func(tx *db.Tx) error {
		for _, p := range patients {
			_, err := tx.Exec("INSERT INTO talk_wait (patient, again) VALUES ($1, $2) ON CONFLICT (patient) DO UPDATE SET again = excluded.again", p, t.Recalls.Now().Add(tryAgain).Unix())
			if err != nil {
				return err
			}
		}
		return nil
	})
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
	failed, broken, err := t.settleAll(ctx, all)
	if err == nil {
		err = t.later(ctx, failed)
	}
	return cmp.Or(err, broken)
}
