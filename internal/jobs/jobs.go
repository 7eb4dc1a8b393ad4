// Package jobs is work that outlives a request: rebuilding an index, exporting, importing. A job has a
// named actor and a purpose, saves its progress as it goes, goes on after a restart where it had
// stopped, can be cancelled, and keeps its result.
//
// It is here because several rooms need the same durable queue, on one machine or on many. What a job
// does is the business of the room that registers its kind; jobs gives nobody any rights, and a handler
// opens its sessions as everybody does.
//
// A node that runs a job holds a lease and renews it. When a node dies its leases run out and others
// take over. A node that was only slow finds its lease gone at its next save and stops, since each
// save names the start it belongs to. The clocks of the nodes must agree within a few seconds.
package jobs

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/binary"
	"encoding/json"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

//go:embed sql/*.sql
var steps embed.FS

// State is where a job stands.
type State string

// A job is waiting (for the first time or to be tried again) or running, until it ends in one of the
// other three states.
const (
	Waiting   State = "waiting"
	Running   State = "running"
	Done      State = "done"
	Failed    State = "failed"
	Cancelled State = "cancelled"
)

// Ended says that nothing more will happen.
func (s State) Ended() bool { return s == Done || s == Failed || s == Cancelled }

// Spec is a job to be done.
type Spec struct {
	Kind string
	// By is who wants it. What their credential bounds isn't kept: the handler must find out anew what
	// they may do when it runs, because that may have changed.
	By      access.Who
	Purpose access.Purpose
	Args    []byte
	// Tries is how often it is started without making progress before it fails; 0 means 3.
	Tries int
}

// Status is what is known about a job.
type Status struct {
	ID          int64
	Kind        string
	By          access.Who
	Purpose     access.Purpose
	State       State
	Cancelling  bool // its end was asked for, whether or not it noticed
	Made, Ended time.Time
	Done, Total int64
	Result      []byte
	Error       string // safe to show; why it failed, or failed last
}

// Handler does the work of one kind. It returns when the job is finished, or an error; one that may pass
// by itself is tried again. ctx ends when the job is cancelled, was taken over, or the server stops:
// what was saved by then is where the next start goes on.
type Handler func(ctx context.Context, j *Job) error

// Options are for Open; the zero value is good.
type Options struct {
	// Log is where the causes of failures go; nil is nowhere.
	Log *slog.Logger
	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Lease is how long a job of a node that died waits for another; 0 means 30 seconds.
	Lease time.Duration
}

// Queue holds the jobs of a database. It is safe for concurrent use.
type Queue struct {
	db       *db.DB
	opts     Options
	node     string
	handlers map[string]Handler

	wake    chan struct{} // there may be something to start
	quit    chan struct{}
	stop    context.CancelFunc
	running sync.WaitGroup

	mu      sync.Mutex
	mine    map[int64]*Job
	changed chan struct{} // closed and replaced when a job of this node changes
	begun   bool
	closed  bool
}

// Open makes the table ready. Kinds are registered with Handle, and then Start begins to work.
func Open(ctx context.Context, d *db.DB, o Options) (*Queue, error) {
	files, err := fs.Sub(steps, "sql")
	if err != nil {
		return nil, err
	}
	if err := d.Migrate(ctx, "jobs", files); err != nil {
		return nil, err
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Lease <= 0 {
		o.Lease = 30 * time.Second
	}
	return &Queue{db: d, opts: o, node: rand.Text(), handlers: map[string]Handler{}, wake: make(chan struct{}, 1),
		quit: make(chan struct{}), mine: map[int64]*Job{}, changed: make(chan struct{})}, nil
}

// Handle registers the handler of a kind, before Start.
func (q *Queue) Handle(kind string, h Handler) { q.handlers[kind] = h }

// Add puts a job in the queue and returns its number, which can't be guessed. Nobody's job, and one
// without a purpose, is refused.
func (q *Queue) Add(ctx context.Context, s Spec) (int64, error) {
	if s.By.Actor == "" || s.Purpose == access.Unstated {
		return 0, problem.New(problem.Forbidden, "A job needs to say who wants it and why. Sign in and state the purpose.")
	}
	if q.handlers[s.Kind] == nil {
		return 0, problem.New(problem.Unsupported, "This server has no work of that kind. Check the name of the job.")
	}
	if s.Tries <= 0 {
		s.Tries = 3
	}
	s.By.Bound = access.Rights{}
	by, err := json.Marshal(s.By)
	if err != nil {
		return 0, err
	}
	if s.Args == nil {
		s.Args = []byte{}
	}
	id, now := newID(), q.now()
	err = q.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO job (id, kind, by_whom, purpose, args, state, made, due, tries)
			VALUES ($1, $2, $3, $4, $5, 'waiting', $6, $6, $7)`, id, s.Kind, by, int64(s.Purpose), s.Args, now, int64(s.Tries))
		return err
	})
	if err != nil {
		return 0, err
	}
	q.poke()
	return id, nil
}

// Get tells about one job.
func (q *Queue) Get(ctx context.Context, id int64) (Status, error) {
	var s *Status
	err := q.db.Query(ctx, "SELECT "+statusColumns+" FROM job WHERE id = $1", []any{id}, func(r *db.Row) (err error) {
		s, err = readStatus(r)
		return err
	})
	if err != nil {
		return Status{}, err
	}
	if s == nil {
		return Status{}, problem.New(problem.NotFound, "There is no such job. It may be long over; start it again.")
	}
	return *s, nil
}

// List gives the newest jobs first, of one kind or, with "", of all; at most limit, and never more than
// 1,000.
func (q *Queue) List(ctx context.Context, kind string, limit int) ([]Status, error) {
	var list []Status
	err := q.db.Query(ctx, "SELECT "+statusColumns+" FROM job WHERE kind = $1 OR $1 = '' ORDER BY made DESC, id LIMIT $2",
		[]any{kind, int64(max(1, min(limit, 1000)))}, func(r *db.Row) error {
			s, err := readStatus(r)
			if err == nil {
				list = append(list, *s)
			}
			return err
		})
	return list, err
}

// Cancel asks for a job's end. One that waits has ended when Cancel returns; one that runs ends at its
// next step, at the latest a third of a lease later where it runs on another node.
func (q *Queue) Cancel(ctx context.Context, id int64) error {
	found := int64(0)
	err := q.db.Write(ctx, func(tx *db.Tx) (err error) {
		found, err = tx.Exec(`UPDATE job SET cancel = 1, ended = CASE state WHEN 'waiting' THEN $2 ELSE ended END,
			state = CASE state WHEN 'waiting' THEN 'cancelled' ELSE state END WHERE id = $1`, id, q.now())
		return err
	})
	if err != nil {
		return err
	}
	if found == 0 {
		return problem.New(problem.NotFound, "There is no such job. It may be long over.")
	}
	q.mu.Lock()
	if j := q.mine[id]; j != nil {
		j.stop(errCancelled)
	}
	q.mu.Unlock()
	q.notify()
	return nil
}

// Forget deletes what ended before a time, with its result, and returns how many that were.
func (q *Queue) Forget(ctx context.Context, before time.Time) (n int64, err error) {
	err = q.db.Write(ctx, func(tx *db.Tx) (err error) {
		n, err = tx.Exec("DELETE FROM job WHERE state IN ('done', 'failed', 'cancelled') AND ended < $1", before.UnixMicro())
		return err
	})
	return n, err
}

// Watch calls fn with a job's status, first at once and then whenever it has changed, until it has ended
// or fn returns false. Changes on other nodes are seen within a second.
func (q *Queue) Watch(ctx context.Context, id int64, fn func(Status) bool) error {
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	for {
		q.mu.Lock()
		changed := q.changed // taken before the look, so that nothing falls between
		q.mu.Unlock()
		s, err := q.Get(ctx, id)
		if err != nil {
			return err
		}
		if !fn(s) || s.State.Ended() {
			return nil
		}
		select {
		case <-changed:
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

const statusColumns = "id, kind, by_whom, purpose, state, cancel, made, ended, done, total, result, error"

func readStatus(r *db.Row) (*Status, error) {
	s := &Status{
		ID: r.Int64(0), Kind: r.Text(1), Purpose: access.Purpose(r.Int64(3)), State: State(r.Text(4)),
		Made: time.UnixMicro(r.Int64(6)).UTC(), Done: r.Int64(8), Total: r.Int64(9), Error: r.Text(11),
	}
	s.Cancelling = r.Bool(5)
	if ended := r.Int64(7); ended != 0 {
		s.Ended = time.UnixMicro(ended).UTC()
	}
	if !r.Null(10) {
		s.Result = append([]byte{}, r.Bytes(10)...)
	}
	return s, json.Unmarshal(r.Bytes(2), &s.By)
}

func (q *Queue) now() int64 { return q.opts.Now().UnixMicro() }

// poke says that there may be a job to start. It never waits.
func (q *Queue) poke() {
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// notify wakes those who watch.
func (q *Queue) notify() {
	q.mu.Lock()
	defer q.mu.Unlock()
	close(q.changed)
	q.changed = make(chan struct{})
}

// newID is a positive random number.
func newID() int64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails: it ends the program instead
	return int64(binary.BigEndian.Uint64(b[:])>>1) | 1
}
