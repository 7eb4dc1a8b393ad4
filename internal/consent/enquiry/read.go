package enquiry

import (
	"context"
	"encoding/json"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Everybody stands for all organisations, and for those who run the service.
const Everybody = "*"

const columns = "SELECT id, account, patient, look, organisation, asked, due, seen, answered, answered_by, closed, said, answer FROM enquiry "

// row is a question as it lies in the table.
type row struct {
	Enquiry
	said, answer []byte
}

func (q *Enquiries) rows(ctx context.Context, where string, args ...any) (all []row, err error) {
	err = q.DB.Query(ctx, columns+where, args, func(r *db.Row) error {
		one := row{Enquiry: Enquiry{ID: r.Text(0), Account: r.Text(1), Patient: r.Text(2), Look: r.Text(3), Organisation: r.Text(4),
			Asked: moment(r.Int64(5)), Due: moment(r.Int64(6)), Seen: moment(r.Int64(7)), Answered: moment(r.Int64(8)), AnsweredBy: r.Text(9), Closed: moment(r.Int64(10))}}
		one.said, one.answer = append([]byte(nil), r.Bytes(11)...), append([]byte(nil), r.Bytes(12)...)
		all = append(all, one)
		return nil
	})
	return all, err
}

// open unseals the texts of a question.
func (q *Enquiries) open(ctx context.Context, r row) (Enquiry, error) {
	plain, err := q.Accounts.Unseal(ctx, r.Account, sealedSaid, r.ID, r.said)
	if err != nil {
		return Enquiry{}, err
	}
	var s said
	if err := json.Unmarshal(plain, &s); err != nil {
		return Enquiry{}, problem.New(problem.Internal, "") // what it quotes may be the question
	}
	r.Facts, r.Question = s.Facts, s.Question
	if len(r.answer) > 0 {
		answer, err := q.Accounts.Unseal(ctx, r.Account, sealedAnswer, r.ID, r.answer)
		if err != nil {
			return Enquiry{}, err
		}
		r.Answer = string(answer)
	}
	return r.Enquiry, nil
}

func notThere() error {
	return problem.New(problem.NotFound, "There is no such question here. Look at the list again.").Because("enquiry-none")
}

// Mine lists the questions of an account about a record, the newest first and at
// most 200, without their texts. Those about a record that the account had
// before are not among them.
func (q *Enquiries) Mine(ctx context.Context, account, patient string) ([]Enquiry, error) {
	return bare(q.rows(ctx, "WHERE account = $1 AND patient = $2 ORDER BY asked DESC, id LIMIT $3", account, patient, int64(maxListed)))
}

// Waiting lists the questions to an organisation, or to Everybody, that are not
// answered: the one that is due first at the top, at most 200, without their
// texts.
func (q *Enquiries) Waiting(ctx context.Context, organisation string) ([]Enquiry, error) {
	return bare(q.rows(ctx, "WHERE (organisation = $1 OR $1 = '*') AND answered = 0 AND closed = 0 ORDER BY due, id LIMIT $2", organisation, int64(maxListed)))
}

func bare(all []row, err error) ([]Enquiry, error) {
	out := make([]Enquiry, 0, len(all))
	for _, r := range all {
		out = append(out, r.Enquiry)
	}
	return out, err
}

// One is a question of an account about a record, with its texts.
func (q *Enquiries) One(ctx context.Context, account, patient, id string) (Enquiry, error) {
	all, err := q.rows(ctx, "WHERE id = $1 AND account = $2 AND patient = $3", id, account, patient)
	if err != nil || len(all) == 0 {
		return Enquiry{}, orNotThere(err)
	}
	return q.open(ctx, all[0])
}

// Put is a question that was put to an organisation, or to Everybody, with its
// texts. The asker sees from then on that it was read.
func (q *Enquiries) Put(ctx context.Context, organisation, id string) (Enquiry, error) {
	all, err := q.rows(ctx, "WHERE id = $1 AND (organisation = $2 OR $2 = '*') AND closed = 0", id, organisation)
	if err != nil || len(all) == 0 {
		return Enquiry{}, orNotThere(err)
	}
	if all[0].Seen.IsZero() {
		all[0].Seen = q.Now()
		if err := q.write(ctx, "UPDATE enquiry SET seen = $2 WHERE id = $1 AND seen = 0", id, seconds(all[0].Seen)); err != nil {
			return Enquiry{}, err
		}
	}
	return q.open(ctx, all[0])
}

func orNotThere(err error) error {
	if err == nil {
		err = notThere()
	}
	return err
}

func (q *Enquiries) write(ctx context.Context, sql string, args ...any) error {
	return q.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(sql, args...)
		return err
	})
}
