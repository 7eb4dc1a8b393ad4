package bench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// drive is one kind of request, asked by several callers without a pause.
type drive struct {
	asker
	callers  int
	requests [][]byte
	// units are what each request counts for; nil is one each.
	units []int
	// once asks each request one time, in order, and ends when there are no
	// more; otherwise they are drawn by chance.
	once bool
	// warm is not counted; then follows what is.
	warm, length time.Duration
	// server is the process that answers, for its processor time; nil for none.
	server *process
}

// outcome is what a drive measured.
type outcome struct {
	done, units int
	took        time.Duration
	waits       []time.Duration // sorted
	serverCPU   time.Duration   // of the server's process
	ownCPU      time.Duration   // of the load generator
}

func (o *outcome) rate() float64 { return float64(o.units) / max(o.took.Seconds(), 1e-9) }

// share gives the wait that a share of the requests did not go over.
func (o *outcome) share(q float64) time.Duration {
	if len(o.waits) == 0 {
		return 0
	}
	return o.waits[min(len(o.waits)-1, int(q*float64(len(o.waits))))]
}

// caller is one connection and what it saw.
type caller struct {
	*client
	waits []time.Duration
	units int
	last  time.Time
}

// run drives. Any answer but 200 and 201 is an error: a server that refuses is
// fast.
func (d *drive) run(ctx context.Context) (*outcome, error) {
	callers := make([]*caller, d.callers)
	for i := range callers {
		c, err := dial(ctx, d.address)
		if err != nil {
			return nil, err
		}
		defer c.close()
		callers[i] = &caller{client: c, waits: make([]time.Duration, 0, 1<<16)}
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	start := time.Now().Add(d.warm)
	end := start.Add(d.length)
	var next atomic.Int64
	errs := make([]error, len(callers))
	var wg sync.WaitGroup
	for i, c := range callers {
		_ = c.conn.SetDeadline(end.Add(longest)) // a TCP connection has deadlines
		wg.Go(func() {
			if errs[i] = d.call(ctx, c, uint64(i), &next, start, end); errs[i] != nil {
				stop()
			}
		})
	}
	o := &outcome{}
	wait(ctx, time.Until(start))
	before, own := d.server.cpu(), ownCPU()
	wg.Wait()
	o.serverCPU, o.ownCPU = d.server.cpu()-before, ownCPU()-own
	last := start
	for _, c := range callers {
		o.waits, o.units = append(o.waits, c.waits...), o.units+c.units
		if c.last.After(last) {
			last = c.last
		}
	}
	o.done, o.took = len(o.waits), last.Sub(start)
	slices.Sort(o.waits)
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if o.done == 0 {
		return nil, errors.New("nothing was answered in the time that was measured")
	}
	return o, nil
}

// call is the work of one caller.
func (d *drive) call(ctx context.Context, c *caller, seed uint64, next *atomic.Int64, start, end time.Time) error {
	defer context.AfterFunc(ctx, c.close)()
	rnd := rand.New(rand.NewPCG(seed, 20))
	// What began in the warm-up and ended after it counts, as does what ends a
	// little late: the two make up for each other.
	for from := time.Now(); from.Before(end) || len(c.waits) == 0; {
		n := 0
		if d.once {
			if n = int(next.Add(1)) - 1; n >= len(d.requests) {
				return nil
			}
		} else {
			n = rnd.IntN(len(d.requests))
		}
		a, err := c.do(d.requests[n])
		if err == nil && a.status != 200 && a.status != 201 {
			err = fmt.Errorf("status %d", a.status)
		}
		if err != nil {
			return fmt.Errorf("%w, to %.120q", err, d.requests[n])
		}
		to := time.Now()
		if to.After(start) {
			c.waits = append(c.waits, to.Sub(from))
			c.last = to
			if d.units == nil {
				c.units++
			} else {
				c.units += d.units[n]
			}
		}
		from = to
	}
	return nil
}

// wait waits, or returns when ctx ends.
func wait(ctx context.Context, d time.Duration) {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}
