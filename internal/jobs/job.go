package jobs

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Why a job's context ended, or its save was refused; errors.Is and context.Cause tell them apart.
var (
	errCancelled = errors.New("jobs: the job was cancelled")
	errLost      = errors.New("jobs: the job was taken over by another node")
	errClosing   = errors.New("jobs: the server is stopping")
)

// Job is one start of a job, for its handler.
type Job struct {
	ID      int64
	Kind    string
	By      access.Who // without a bound, which allows nothing: find out what they may do
	Purpose access.Purpose
	Args    []byte
	// Done, Total and Spot are as they were last saved; Spot is nil at the very beginning.
	Done, Total int64
	Spot        []byte
	// Attempt counts the starts, from 1.
	Attempt int64

	queue  *Queue
	ctx    context.Context
	stop   context.CancelCauseFunc
	due    int64 // when the lease ends; only the queue's lock guards it
	result []byte
}

// Who is who the handler acts as: the work, done for the one who wanted it.
func (j *Job) Who() access.Who { return access.Job(j.Kind, j.By) }

// Save makes progress durable: how much of how much is done (0 of 0 where nobody knows), and the spot
// where a new start goes on. Its error ends the handler: the job was cancelled or taken over.
func (j *Job) Save(done, total int64, spot []byte) error {
	return j.commit(func(tx *db.Tx) error { return j.SaveIn(tx, done, total, spot) })
}

// SaveIn does the same inside a transaction on the same database, so that a piece of work and the news
// of it are kept or lost together.
func (j *Job) SaveIn(tx *db.Tx, done, total int64, spot []byte) error {
	if err := context.Cause(j.ctx); err != nil {
		return err
	}
	cancel := false
	found, err := tx.One(`UPDATE job SET failures = CASE WHEN done < $1 THEN 0 ELSE failures END, done = $1, total = $2, spot = $3
		WHERE id = $4 AND owner = $5 AND attempt = $6 AND state = 'running' RETURNING cancel`,
		[]any{done, total, spot, j.ID, j.queue.node, j.Attempt}, func(r *db.Row) error { cancel = r.Bool(0); return nil })
	switch {
	case err != nil:
		return err
	case !found:
		return errLost
	case cancel:
		return errCancelled
	}
	j.Done, j.Total, j.Spot = done, total, spot
	return nil
}

// Result keeps what the job has to show for itself, when it ends well.
func (j *Job) Result(b []byte) { j.result = b }

func (j *Job) commit(fn func(*db.Tx) error) error {
	err := j.queue.db.Write(j.ctx, fn)
	if cause := context.Cause(j.ctx); err != nil && cause != nil {
		return cause
	}
	if err == nil {
		j.queue.notify()
	}
	return err
}

// end writes how a start of the job has ended.
func (j *Job) end(err error) error {
	q := j.queue
	now := q.now()
	state, due, sentence, ended := Done, now, "", now
	closing := errors.Is(context.Cause(j.ctx), errClosing)
	switch {
	case err == nil:
	case errors.Is(err, errLost) || errors.Is(context.Cause(j.ctx), errLost):
		return nil // it is another node's now
	case errors.Is(err, errCancelled) || errors.Is(context.Cause(j.ctx), errCancelled):
		state = Cancelled
	case closing:
		state, ended = Waiting, 0
	default:
		state, sentence = Failed, problem.Sentence(err)
	}
	result := j.result
	if state != Done {
		result = nil
	}
	return q.db.Write(context.Background(), func(tx *db.Tx) error {
		if state == Failed && retry(err) {
			failures, tries := int64(0), int64(0)
			if _, err := tx.One("SELECT failures, tries FROM job WHERE id = $1", []any{j.ID}, func(r *db.Row) error {
				failures, tries = r.Int64(0), r.Int64(1)
				return nil
			}); err != nil {
				return err
			}
			if failures < tries {
				return j.set(tx, Waiting, now+pause(failures), 0, nil, sentence)
			}
		}
		if state == Waiting { // a stop of the server isn't the job's fault
			if _, err := tx.Exec("UPDATE job SET failures = failures - 1 WHERE id = $1 AND failures > 0 AND owner = $2 AND attempt = $3",
				j.ID, q.node, j.Attempt); err != nil {
				return err
			}
		}
		return j.set(tx, state, due, ended, result, sentence)
	})
}

// set changes the state, unless the job is another's by now. A job whose end was asked for is cancelled
// instead of tried again.
func (j *Job) set(tx *db.Tx, state State, due, ended int64, result []byte, sentence string) error {
	_, err := tx.Exec(`UPDATE job SET owner = '', due = $2, result = $4, error = $5,
		state = CASE WHEN cancel = 1 AND $1 = 'waiting' THEN 'cancelled' ELSE $1 END,
		ended = CASE WHEN cancel = 1 AND $1 = 'waiting' THEN $9::bigint ELSE $3::bigint END
		WHERE id = $6 AND owner = $7 AND attempt = $8 AND state = 'running'`,
		string(state), due, ended, result, sentence, j.ID, j.queue.node, j.Attempt, j.queue.now())
	return err
}

// retry says whether a failure may pass by itself. One that isn't explained gets the benefit of the
// doubt, as often as the job's tries allow.
func retry(err error) bool {
	kind := problem.KindOf(err)
	return kind.Retry() || kind == problem.Internal
}

// pause is the time in microseconds before the next try: 2, 4, 8 seconds and so on, up to 5 minutes.
func pause(failures int64) int64 {
	return min(int64(1)<<min(failures, 20), 300) * 1_000_000
}

// readJob reads the columns of claim.
func readJob(r *db.Row) (*Job, error) {
	j := &Job{
		ID: r.Int64(0), Kind: r.Text(1), Purpose: access.Purpose(r.Int64(3)), Args: append([]byte(nil), r.Bytes(4)...),
		Done: r.Int64(5), Total: r.Int64(6), Attempt: r.Int64(8),
	}
	if !r.Null(7) {
		j.Spot = append([]byte{}, r.Bytes(7)...)
	}
	return j, json.Unmarshal(r.Bytes(2), &j.By)
}
