package jobs

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// pollPause is how often a node looks for jobs that others added or left behind.
const pollPause = 5 * time.Second

// Start begins to work, on at most workers jobs at once.
func (q *Queue) Start(workers int) {
	ctx, stop := context.WithCancel(context.Background())
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.begun || q.closed {
		stop()
		return
	}
	q.begun, q.stop = true, stop
	q.running.Go(func() { q.dispatch(ctx, max(1, workers)) })
	q.running.Go(func() { q.heartbeats(ctx) })
}

// Close stops the jobs that run here, so that they go on where they were at the next start or on another
// node, and waits for them.
func (q *Queue) Close() error {
	q.mu.Lock()
	if !q.closed {
		q.closed = true
		close(q.quit)
		for _, j := range q.mine {
			j.stop(errClosing)
		}
	}
	begun := q.begun
	q.mu.Unlock()
	if begun {
		q.running.Wait()
		q.stop()
	}
	return nil
}

// dispatch starts what is due.
func (q *Queue) dispatch(ctx context.Context, workers int) {
	free := make(chan struct{}, workers)
	tick := time.NewTicker(pollPause)
	defer tick.Stop()
	for {
		select {
		case free <- struct{}{}:
		case <-q.quit:
			return
		}
		j, err := q.claim(ctx)
		if err != nil {
			q.opts.Log.Error("jobs can't be read", "error", problem.LogText(err))
		}
		if j != nil {
			q.running.Go(func() {
				defer func() { <-free; q.poke() }()
				q.run(j)
			})
			continue
		}
		<-free
		select {
		case <-q.wake:
		case <-tick.C:
		case <-q.quit:
			return
		}
	}
}

// claim takes one job that is due: it waits, or its owner let the lease run out. It returns nil where
// there is none.
func (q *Queue) claim(ctx context.Context) (j *Job, err error) {
	kinds := make([]string, 0, len(q.handlers))
	for k := range q.handlers {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	now := q.now()
	due := now + q.opts.Lease.Microseconds()
	sql := `UPDATE job SET state = 'running', owner = $1, due = $2, attempt = attempt + 1, failures = failures + 1
		WHERE id = (SELECT id FROM job WHERE state IN ('waiting', 'running') AND due <= $3 AND ` +
		q.db.Dialect().AnyText("kind", "$4") + ` ORDER BY due LIMIT 1` + q.db.Dialect().Pick("", " FOR UPDATE SKIP LOCKED") + `)
		RETURNING id, kind, by_whom, purpose, args, done, total, spot, attempt, cancel, failures, tries`
	var ended bool
	err = q.db.Write(ctx, func(tx *db.Tx) error {
		j, ended = nil, false
		state, sentence := Running, ""
		found, err := tx.One(sql, []any{q.node, due, now, kinds}, func(r *db.Row) (err error) {
			if r.Bool(9) {
				state = Cancelled // its node died before it noticed
			} else if r.Int64(10) > r.Int64(11) {
				state, sentence = Failed, "The server stopped during this work several times. Look in the server's log, then start it again."
			}
			j, err = readJob(r)
			return err
		})
		if err != nil || !found {
			return err
		}
		j.queue, j.due = q, due
		if state != Running {
			ended = true
			return j.set(tx, state, now, now, nil, sentence)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if ended {
		q.notify()
		return q.claim(ctx)
	}
	return j, nil
}

// run calls the handler and writes how it ended.
func (q *Queue) run(j *Job) {
	ctx, stop := context.WithCancelCause(context.Background())
	defer stop(nil)
	j.ctx, j.stop = ctx, stop
	q.mu.Lock()
	q.mine[j.ID] = j
	if q.closed {
		stop(errClosing)
	}
	q.mu.Unlock()
	q.notify()
	err := q.call(ctx, j)
	if err != nil && context.Cause(ctx) == nil {
		q.opts.Log.Error("a job failed", "job", j.ID, "kind", j.Kind, "attempt", j.Attempt, "error", problem.LogText(err))
	}
	if err := j.end(err); err != nil {
		// The lease runs out, and the job is started again from what it saved.
		q.opts.Log.Error("the end of a job can't be saved", "job", j.ID, "kind", j.Kind, "error", problem.LogText(err))
	}
	q.mu.Lock()
	delete(q.mine, j.ID)
	q.mu.Unlock()
	q.notify()
}

// call runs the handler; a panic in it is its failure, not the server's.
func (q *Queue) call(ctx context.Context, j *Job) (err error) {
	defer func() {
		p := recover()
		if p == nil {
			return
		}
		// What a panic says may hold a person's data, so only the words of the
		// runtime's own are kept.
		cause := fmt.Errorf("panic of type %T\n%s", p, debug.Stack())
		if own, ok := p.(runtime.Error); ok {
			cause = fmt.Errorf("panic: %w\n%s", own, debug.Stack())
		}
		err = problem.Wrap(problem.Internal, "This work stopped because of a fault in the program. Tell the people who run this service.", cause)
	}()
	return q.handlers[j.Kind](ctx, j)
}

// heartbeats renews the leases of the jobs that run here, and hears of those that are to end.
func (q *Queue) heartbeats(ctx context.Context) {
	tick := time.NewTicker(q.opts.Lease / 3)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			if err := q.beat(ctx); err != nil {
				q.opts.Log.Error("leases of jobs can't be renewed", "error", problem.LogText(err))
			}
		case <-q.quit:
			return
		}
	}
}

// beat renews once. A job whose lease has run out, or is another's, is stopped: it must not be done
// twice at once.
func (q *Queue) beat(ctx context.Context) error {
	now := q.now()
	due := now + q.opts.Lease.Microseconds()
	q.mu.Lock()
	jobs := make([]*Job, 0, len(q.mine))
	for _, j := range q.mine {
		jobs = append(jobs, j)
	}
	q.mu.Unlock()
	var errs []error
	for _, j := range jobs {
		cancel, found := false, false
		err := q.db.Write(ctx, func(tx *db.Tx) (err error) {
			found, err = tx.One("UPDATE job SET due = $1 WHERE id = $2 AND owner = $3 AND attempt = $4 AND state = 'running' RETURNING cancel",
				[]any{due, j.ID, q.node, j.Attempt}, func(r *db.Row) error { cancel = r.Bool(0); return nil })
			return err
		})
		q.mu.Lock()
		switch {
		case err == nil && found:
			j.due = due
		case q.mine[j.ID] != j: // it has ended meanwhile
		case err == nil || j.due <= now:
			j.stop(errLost)
		}
		q.mu.Unlock()
		if cancel {
			j.stop(errCancelled)
		}
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
