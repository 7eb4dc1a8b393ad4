package enquiry

import (
	"context"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Answer answers a question that was put to an organisation, or to Everybody, in
// the name of an actor. It is answered once, and the asker is told that there
// is an answer.
func (q *Enquiries) Answer(ctx context.Context, organisation, id, by, text string) error {
	text, err := tidy(text)
	if err != nil {
		return err
	}
	e, err := q.Put(ctx, organisation, id)
	if err != nil {
		return err
	}
	sealed, err := q.Accounts.Seal(ctx, e.Account, sealedAnswer, e.ID, []byte(text))
	if err != nil {
		return err
	}
	return q.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE enquiry SET answer = $2, answered = $3, answered_by = $4 WHERE id = $1 AND answered = 0 AND closed = 0", id, sealed, seconds(q.Now()), by)
		if err != nil {
			return err
		}
		if n == 0 {
			return problem.New(problem.Conflict, "This question was answered or closed meanwhile. Look at the list again.").Because("enquiry-over")
		}
		return q.Accounts.Tell(tx, e.Account, notify.QuestionAnswered)
	})
}

// Close ends a question: its asker wants no more of it.
func (q *Enquiries) Close(ctx context.Context, account, patient, id string) error {
	return q.DB.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("UPDATE enquiry SET closed = $4 WHERE id = $1 AND account = $2 AND patient = $3 AND closed = 0", id, account, patient, seconds(q.Now()))
		if err == nil && n == 0 {
			err = notThere()
		}
		return err
	})
}
