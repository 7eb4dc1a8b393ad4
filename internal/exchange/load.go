package exchange

import (
	"context"
	"errors"
	"io"
	"maps"
	"runtime"
	"sync"

	"golang.org/x/sync/semaphore"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// Writer is what a load needs of a record session.
type Writer interface {
	Transact(ctx context.Context, ops []record.Op) ([]record.Outcome, error)
	Registry() *search.Registry
}

// batcher is a Writer that makes several writes durable together, where it
// knows of them beforehand.
type batcher interface {
	Coming() (gone func())
}

// LoadOptions say how to load. The zero value works.
type LoadOptions struct {
	// Workers read and check input beside one another; the number of processors
	// when 0.
	Workers int
	// Errors takes one OperationOutcome a line for everything that was not
	// loaded; nil drops them, and then only Result.Rejected tells.
	Errors io.Writer
	// Progress is told after each piece of work. It is never called twice at
	// once.
	Progress func(Progress)
	// Resume is a state that Save was given by an earlier load of the same
	// files. Without one, or with one of other files, the load begins at the
	// beginning.
	Resume []byte
	// Save keeps the state; what lies before it is written for good. An error
	// stops the load.
	Save func(state []byte) error
}

// Progress is how far a load has come.
type Progress struct {
	Result
	Files, FilesDone int
	Bytes, BytesDone int64 // as the files lie on the disk
	File             string
}

// Result is what a load did.
type Result struct {
	Read      int            `json:"read"`      // resources met, rejected ones too
	Created   int            `json:"created"`   // new resources
	Updated   int            `json:"updated"`   // new versions of resources that were there
	Unchanged int            `json:"unchanged"` // there already, as they are or were
	Deleted   int            `json:"deleted"`   // by entries that say DELETE
	Rejected  int            `json:"rejected"`  // not loaded; the errors file says why
	Types     map[string]int `json:"types"`     // loaded or there already, by type
	Skipped   []string       `json:"-"`         // files in folders that are no FHIR files
}

// Load takes files and folders in: FHIR resources and Bundles as JSON, NDJSON,
// each also with gzip. What is there already stays unchanged, so a load may be
// run again. What can not be loaded is told in Errors, and the rest is loaded;
// the error is for what stops a load. The result counts what was written
// even when there is one.
func Load(ctx context.Context, w Writer, paths []string, o LoadOptions) (Result, error) {
	sources, skipped, err := find(paths)
	if err != nil {
		return Result{}, err
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	l := &loader{w: w, o: o, sources: sources, done: map[int]mark{}, gate: newGate(), reading: make(chan struct{}, o.Workers)}
	l.batch, _ = w.(batcher)
	l.sum, l.mark = restore(o.Resume, sources)
	l.sum.Skipped = skipped
	for i := range sources {
		l.bytes += sources[i].size
	}
	err = l.run(ctx)
	return l.sum, err
}

// loader is one load on its way.
type loader struct {
	w       Writer
	o       LoadOptions
	sources []source
	bytes   int64
	gate    *gate
	batch   batcher       // nil where writes can't share a commit
	reading chan struct{} // holds a token for each lot that is being read

	mu   sync.Mutex
	sum  Result
	next int          // the first lot that is not done
	done map[int]mark // lots that are done before their turn
	mark mark         // everything before it is done
	far  int64        // the most bytes that a lot that is done lies behind
}

// run reads in one goroutine and works in several. A lot is a unit: it is
// counted, and its errors are written, when its last write is durable.
func (l *loader) run(ctx context.Context) error {
	ctx, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	defer context.AfterFunc(ctx, l.gate.giveUp)()
	lots := make(chan *lot, 1)
	var flying, workers sync.WaitGroup
	room := semaphore.NewWeighted(flyingBytes)
	for range l.o.Workers + waitingLots {
		workers.Go(func() {
			for next := range lots {
				size := next.size()
				// After a failure the queue is still emptied, so that the reader
				// never waits for a lot that nobody will do.
				if ctx.Err() == nil {
					if err := l.work(ctx, next); err != nil {
						stop(err)
					}
				}
				room.Release(size)
				flying.Done()
			}
		})
	}
	r := &reader{
		sources: l.sources,
		send: func(ctx context.Context, next *lot) error {
			if err := room.Acquire(ctx, next.size()); err != nil {
				return err
			}
			flying.Add(1)
			lots <- next
			return ctx.Err()
		},
		border: func() error {
			flying.Wait()
			return ctx.Err()
		},
	}
	err := r.run(ctx, l.mark)
	close(lots)
	workers.Wait()
	// The cause is the first failure of a worker, or that the caller stopped.
	if cause := context.Cause(ctx); cause != nil {
		return cause
	}
	return err
}

// waitingLots is how many lots wait for their commit, or are committed, while
// others are read. The more share a commit, the fewer times is a page of the
// index written that each of them changes; each holds its resources in memory
// as long as it waits.
const waitingLots = 14

// flyingBytes bounds the text of the lots that are in memory, which take about
// ten times that. A larger one is in memory alone.
const flyingBytes = 64 << 20

// work writes one lot.
func (l *loader) work(ctx context.Context, next *lot) error {
	coming := &announced{b: l.batch}
	coming.say()
	defer coming.take()
	l.reading <- struct{}{}
	groups, bad := next.groups(l.w.Registry())
	<-l.reading
	l.gate.enter(next.seq, groups, coming)
	defer l.gate.leave(groups)
	if err := ctx.Err(); err != nil {
		return err
	}
	tally := &tally{Result: Result{Types: map[string]int{}}}
	tally.reject(bad...)
	for _, g := range groups {
		if err := l.write(ctx, g, tally); err != nil {
			return err
		}
	}
	coming.take()
	return l.finish(next, tally)
}

// maxOps bounds one call of Transact. Longer Bundles are split, which keeps
// their references, since these were resolved before.
const maxOps = 5_000

func (l *loader) write(ctx context.Context, g group, t *tally) error {
	for len(g.ops) > maxOps {
		head := group{g.ops[:maxOps], g.where[:maxOps]}
		if err := l.transact(ctx, head, t); err != nil {
			return err
		}
		g = group{g.ops[maxOps:], g.where[maxOps:]}
	}
	return l.transact(ctx, g, t)
}

// maxRetries is how many bad ops are taken out of a group one after the other
// before each op is tried by itself.
const maxRetries = 8

// transact writes a group. An op that is refused is told and taken out, and the
// rest is written.
func (l *loader) transact(ctx context.Context, g group, t *tally) error {
	for try := 0; len(g.ops) > 0; try++ {
		outs, err := l.w.Transact(ctx, g.ops)
		if err == nil {
			t.wrote(outs)
			return nil
		}
		if ctx.Err() != nil || !refused(err) {
			return err
		}
		bad := 0
		var at *record.OpError
		named := errors.As(err, &at) && at.Index >= 0 && at.Index < len(g.ops)
		if len(g.ops) > 1 && (!named || try == maxRetries) {
			return l.singly(ctx, g, t)
		}
		if named {
			bad, err = at.Index, at.Err
		}
		t.reject(g.where[bad].because(err))
		g = g.without(bad)
	}
	return nil
}

func (l *loader) singly(ctx context.Context, g group, t *tally) error {
	for i := range g.ops {
		if err := l.transact(ctx, group{g.ops[i : i+1], g.where[i : i+1]}, t); err != nil {
			return err
		}
	}
	return nil
}

func (g group) without(i int) group {
	var rest group
	rest.ops = append(append(rest.ops, g.ops[:i]...), g.ops[i+1:]...)
	rest.where = append(append(rest.where, g.where[:i]...), g.where[i+1:]...)
	return rest
}

// refused tells whether a write failed for what it holds. Every other failure
// would meet the next write too, and stops the load.
func refused(err error) bool {
	switch problem.KindOf(err) {
	case problem.Invalid, problem.Unprocessable, problem.NotFound, problem.Gone, problem.Conflict,
		problem.PreconditionFailed, problem.TooLarge, problem.Unsupported:
		return true
	}
	return false
}

// tally counts what one lot did.
type tally struct {
	Result
	bad []reject
}

func (t *tally) reject(bad ...reject) {
	t.bad = append(t.bad, bad...)
	t.Read += len(bad)
	t.Rejected += len(bad)
}

func (t *tally) wrote(outs []record.Outcome) {
	for i := range outs {
		out := &outs[i]
		t.Read++
		switch {
		case out.Resource.Method == record.Delete:
			t.Deleted += out.Deleted
			continue
		case out.Created:
			t.Created++
		case out.Changed:
			t.Updated++
		default:
			t.Unchanged++
		}
		t.Types[out.Resource.Type]++
	}
}

// finish adds up, moves the mark over the lots that are done without a gap,
// and saves it.
func (l *loader) finish(done *lot, t *tally) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err := writeRejects(l.o.Errors, t.bad); err != nil {
		return err
	}
	l.sum.add(t.Result)
	l.done[done.seq] = done.after
	for {
		m, ok := l.done[l.next]
		if !ok {
			break
		}
		delete(l.done, l.next)
		l.mark = m
		l.next++
	}
	if l.o.Save != nil {
		state, err := l.state()
		if err == nil {
			err = l.o.Save(state)
		}
		if err != nil {
			return err
		}
	}
	if l.o.Progress != nil {
		sum := l.sum
		sum.Types = maps.Clone(sum.Types)
		l.far = max(l.far, done.read) // lots end in any order, and progress never goes back
		l.o.Progress(Progress{Result: sum, Files: len(l.sources), FilesDone: l.mark.File,
			Bytes: l.bytes, BytesDone: l.far, File: done.src.path})
	}
	return nil
}

func (r *Result) add(o Result) {
	r.Read += o.Read
	r.Created += o.Created
	r.Updated += o.Updated
	r.Unchanged += o.Unchanged
	r.Deleted += o.Deleted
	r.Rejected += o.Rejected
	for typ, n := range o.Types {
		r.Types[typ] += n
	}
}
