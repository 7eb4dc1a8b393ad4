package jobs

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

var ctx = context.Background()

// clock is a time that only tests move.
type clock struct{ micros atomic.Int64 }

func (c *clock) now() time.Time       { return time.UnixMicro(1_700_000_000_000_000 + c.micros.Load()) }
func (c *clock) pass(d time.Duration) { c.micros.Add(d.Microseconds()) }

func open(t *testing.T, d *db.DB, c *clock, kinds map[string]Handler) *Queue {
	t.Helper()
	q, err := Open(ctx, d, Options{Now: c.now})
	if err != nil {
		t.Fatal(err)
	}
	for k, h := range kinds {
		q.Handle(k, h)
	}
	t.Cleanup(func() {
		if err := q.Close(); err != nil {
			t.Error(err)
		}
	})
	return q
}

func each(t *testing.T, test func(t *testing.T, d *db.DB, c *clock)) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) { test(t, d, new(clock)) })
}

func spec(kind string) Spec {
	return Spec{Kind: kind, By: access.Who{Actor: "token:1", Kind: access.Person, Role: access.RoleOperator, Organisation: "o"}, Purpose: access.Operations}
}

func add(t *testing.T, q *Queue, s Spec) int64 {
	t.Helper()
	id, err := q.Add(ctx, s)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// step claims one job and runs it to its end, as a worker would.
func step(t *testing.T, q *Queue) bool {
	t.Helper()
	j, err := q.claim(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if j != nil {
		q.run(j)
	}
	return j != nil
}

func is(t *testing.T, q *Queue, id int64, want State) Status {
	t.Helper()
	s, err := q.Get(ctx, id)
	if err != nil || s.State != want || s.Ended.IsZero() == want.Ended() {
		t.Fatalf("want %s, got %+v, %v", want, s, err)
	}
	return s
}

func TestAJobIsDoneForSomebodyAndKeepsItsResult(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, c *clock) {
		q := open(t, d, c, map[string]Handler{"export": func(_ context.Context, j *Job) error {
			if string(j.Args) != "args" || j.Spot != nil || j.Attempt != 1 || j.Who().Actor != "export for token:1" || j.Who().Kind != access.Work ||
				j.By.Organisation != "o" || j.Purpose != access.Export || !j.Who().Bound.Empty() {
				t.Errorf("%+v", j)
			}
			if err := j.Save(5, 10, []byte("half")); err != nil {
				return err
			}
			j.Result([]byte("files"))
			return nil
		}})
		s := spec("export")
		s.Args, s.Purpose = []byte("args"), access.Export
		s.By.Bound = access.AllTypes(access.Read)
		id := add(t, q, s)
		is(t, q, id, Waiting)
		q.Start(2)
		var last Status
		if err := q.Watch(ctx, id, func(s Status) bool { last = s; return true }); err != nil {
			t.Fatal(err)
		}
		if last.State != Done || last.Done != 5 || last.Total != 10 || string(last.Result) != "files" || last.Error != "" || last.By.Actor != "token:1" {
			t.Errorf("%+v", last)
		}
		list, err := q.List(ctx, "export", 10)
		if err != nil || len(list) != 1 || list[0].ID != id {
			t.Error(list, err)
		}
		if list, _ = q.List(ctx, "import", 10); len(list) != 0 {
			t.Error(list)
		}
		if n, err := q.Forget(ctx, c.now()); n != 0 || err != nil {
			t.Error(n, err)
		}
		if n, err := q.Forget(ctx, c.now().Add(time.Second)); n != 1 || err != nil {
			t.Error(n, err)
		}
		if _, err := q.Get(ctx, id); problem.KindOf(err) != problem.NotFound {
			t.Error(err)
		}
	})
}

func TestNobodysJobIsRefused(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, c *clock) {
		q := open(t, d, c, map[string]Handler{"a": nil, "b": func(context.Context, *Job) error { return nil }})
		nobody, aimless := spec("b"), spec("b")
		nobody.By.Actor, aimless.Purpose = "", access.Unstated
		for want, s := range map[problem.Kind]Spec{problem.Forbidden: nobody, problem.Unsupported: spec("c")} {
			if _, err := q.Add(ctx, s); problem.KindOf(err) != want {
				t.Error(err)
			}
		}
		if _, err := q.Add(ctx, aimless); problem.KindOf(err) != problem.Forbidden {
			t.Error(err)
		}
		if list, err := q.List(ctx, "", 10); len(list) != 0 || err != nil {
			t.Error(list, err)
		}
	})
}

func TestFailuresAreTriedAgainWithinABound(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, c *clock) {
		q := open(t, d, c, map[string]Handler{
			"broken": func(context.Context, *Job) error { return problem.New(problem.Unavailable, "The other side sleeps.") },
			"wrong":  func(context.Context, *Job) error { return problem.New(problem.Invalid, "The file is not right.") },
			"panics": func(context.Context, *Job) error { panic("secret text") },
			"slow": func(_ context.Context, j *Job) error { // gets one step further at each start
				if j.Done == 9 {
					return nil
				}
				if err := j.Save(j.Done+1, 9, nil); err != nil {
					return err
				}
				return errors.New("again")
			},
		})
		id := add(t, q, spec("broken"))
		for try := range 3 {
			if !step(t, q) {
				t.Fatal("was not started")
			}
			if try < 2 {
				s := is(t, q, id, Waiting)
				if s.Error != "The other side sleeps." {
					t.Error(s.Error)
				}
				if step(t, q) {
					t.Error("tried again without a pause")
				}
				c.pass(time.Minute)
			}
		}
		is(t, q, id, Failed)
		c.pass(time.Hour)
		if step(t, q) {
			t.Error("tried once too often")
		}

		wrong := add(t, q, spec("wrong"))
		step(t, q)
		if s := is(t, q, wrong, Failed); s.Error != "The file is not right." {
			t.Error(s.Error)
		}

		s := spec("panics")
		s.Tries = 1
		panics := add(t, q, s)
		step(t, q)
		if s := is(t, q, panics, Failed); strings.Contains(s.Error, "secret") || s.Error == "" {
			t.Error(s.Error)
		}

		slow := add(t, q, spec("slow"))
		for range 10 {
			step(t, q)
			c.pass(time.Minute)
		}
		is(t, q, slow, Done)
	})
}

// What a job was about stays out of the log, however it fails.
func TestTheLogOfFailuresQuotesNobody(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, c *clock) {
		var log bytes.Buffer
		q := open(t, d, c, map[string]Handler{
			"refused": func(context.Context, *Job) error { return problem.New(problem.Invalid, "There is no Smith here.") },
			"text":    func(context.Context, *Job) error { panic("Smith") },
			"index":   func(context.Context, *Job) error { return errors.New([]string{"Smith"}[len(d.Path())+1]) },
			"ours": func(context.Context, *Job) error {
				return problem.Wrap(problem.Unavailable, "The disk is full.", errors.New("ENOSPC"))
			},
		})
		q.opts.Log = slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug}))
		for _, kind := range []string{"refused", "text", "index", "ours"} {
			add(t, q, spec(kind))
			step(t, q)
		}
		if strings.Contains(log.String(), "Smith") {
			t.Errorf("the log says\n%s", &log)
		}
		for _, want := range []string{"error=invalid", "panic of type string", "index out of range", "ENOSPC", "kind=refused"} {
			if !strings.Contains(log.String(), want) {
				t.Errorf("the log does not say %q:\n%s", want, &log)
			}
		}
	})
}

func TestCancel(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, c *clock) {
		var q *Queue
		inside := make(chan int64)
		q = open(t, d, c, map[string]Handler{"endless": func(ctx context.Context, j *Job) error {
			if j.Total != 1 {
				if err := j.Save(0, 1, []byte("spot")); err != nil {
					return err
				}
			}
			inside <- j.ID
			<-ctx.Done()
			return ctx.Err()
		}, "steps": func(_ context.Context, j *Job) error {
			for i := int64(1); ; i++ {
				// As another node would ask, which can't reach into this one.
				if i == 3 {
					if err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec("UPDATE job SET cancel = 1 WHERE id = $1", j.ID); return err }); err != nil {
						t.Error(err)
					}
				}
				if err := j.Save(i, 0, nil); err != nil {
					return fmt.Errorf("step %d: %w", i, err)
				}
				if i > 3 {
					t.Error("went on after it was cancelled")
					return nil
				}
			}
		}})
		waiting := add(t, q, spec("endless"))
		if err := q.Cancel(ctx, waiting); err != nil {
			t.Fatal(err)
		}
		is(t, q, waiting, Cancelled)
		if step(t, q) {
			t.Error("a cancelled job was started")
		}
		steps := add(t, q, spec("steps"))
		step(t, q)
		if s := is(t, q, steps, Cancelled); s.Done != 2 {
			t.Error(s.Done)
		}
		q.Start(1)
		running := add(t, q, spec("endless"))
		<-inside
		if err := q.Cancel(ctx, running); err != nil {
			t.Fatal(err)
		}
		if err := q.Watch(ctx, running, func(Status) bool { return true }); err != nil {
			t.Fatal(err)
		}
		is(t, q, running, Cancelled)
		if err := q.Cancel(ctx, 12345); problem.KindOf(err) != problem.NotFound {
			t.Error(err)
		}
	})
}

func TestAStopOfTheServerIsNotAFailure(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, c *clock) {
		inside := make(chan struct{}, 1)
		work := func(ctx context.Context, j *Job) error {
			if j.Attempt == 6 {
				if string(j.Spot) != "page 7" || j.Done != 7 {
					t.Errorf("%+v", j)
				}
				return nil
			}
			if j.Done == 0 {
				if err := j.Save(7, 0, []byte("page 7")); err != nil {
					return err
				}
			}
			inside <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		}
		s := spec("work")
		s.Tries = 1
		var id int64
		for i := range 5 {
			q := open(t, d, c, map[string]Handler{"work": work})
			if i == 0 {
				id = add(t, q, s)
			}
			q.Start(1)
			<-inside
			if err := q.Close(); err != nil {
				t.Fatal(err)
			}
			is(t, q, id, Waiting)
		}
		q := open(t, d, c, map[string]Handler{"work": work})
		if !step(t, q) {
			t.Fatal("did not go on")
		}
		is(t, q, id, Done)
	})
}

func TestAnotherNodeTakesOverWhatADeadOneLeft(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, c *clock) {
		nothing := map[string]Handler{"work": func(context.Context, *Job) error { return nil }}
		dead, heir := open(t, d, c, nothing), open(t, d, c, nothing)
		id := add(t, dead, spec("work"))
		old, err := dead.claim(ctx)
		if err != nil || old == nil {
			t.Fatal(err)
		}
		old.ctx, old.stop = context.WithCancelCause(ctx)
		dead.mine[id] = old
		if err := old.Save(3, 9, []byte("three")); err != nil {
			t.Fatal(err)
		}
		c.pass(20 * time.Second)
		if err := dead.beat(ctx); err != nil { // it still lives
			t.Fatal(err)
		}
		c.pass(20 * time.Second)
		if j, err := heir.claim(ctx); j != nil || err != nil {
			t.Fatal("taken from a node that lives", err)
		}
		c.pass(20 * time.Second)
		j, err := heir.claim(ctx)
		if j == nil || err != nil || string(j.Spot) != "three" || j.Done != 3 || j.Attempt != 2 {
			t.Fatal(j, err)
		}
		// The old one was only slow. It must not write, end the job, or renew its lease.
		if err := old.Save(4, 9, []byte("four")); !errors.Is(err, errLost) {
			t.Error("an old start could save:", err)
		}
		if err := old.end(nil); err != nil {
			t.Error(err)
		}
		is(t, heir, id, Running)
		if err := dead.beat(ctx); err != nil || !errors.Is(context.Cause(old.ctx), errLost) {
			t.Error("the old start was not stopped", err)
		}
		if err := old.Save(5, 9, nil); !errors.Is(err, errLost) {
			t.Error(err)
		}
		delete(dead.mine, id)
		heir.run(j)
		if s := is(t, heir, id, Done); s.Done != 3 {
			t.Error(s)
		}
	})
}

func TestAJobThatKillsItsServerIsGivenUp(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, c *clock) {
		q := open(t, d, c, map[string]Handler{"deadly": func(context.Context, *Job) error { return nil }})
		id := add(t, q, spec("deadly"))
		for range 3 {
			if j, err := q.claim(ctx); j == nil || err != nil {
				t.Fatal(err)
			}
			c.pass(time.Minute) // nothing more is heard of it
		}
		if j, err := q.claim(ctx); j != nil || err != nil {
			t.Fatal("started again", err)
		}
		if s := is(t, q, id, Failed); s.Error == "" {
			t.Error("no reason")
		}
	})
}

func TestAJobIsNeverDoneTwiceAtOnce(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, c *clock) {
		const jobs = 40
		var wg sync.WaitGroup
		starts := make([]atomic.Int64, jobs)
		wg.Add(jobs)
		work := func(_ context.Context, j *Job) error { starts[j.Args[0]].Add(1); wg.Done(); return nil }
		var queues []*Queue
		for range 3 {
			queues = append(queues, open(t, d, c, map[string]Handler{"work": work}))
		}
		for i := range jobs {
			s := spec("work")
			s.Args = []byte{byte(i)}
			add(t, queues[i%3], s)
		}
		for _, q := range queues {
			q.Start(2)
		}
		wg.Wait()
		for i := range starts {
			if n := starts[i].Load(); n != 1 {
				t.Error(i, "was started", n, "times")
			}
		}
	})
}

// Work and the news of it are one: whatever was interrupted where, each step is there exactly once.
func TestProgressIsSavedWithTheWork(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB, c *clock) {
		if err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec("CREATE TABLE made (n bigint PRIMARY KEY)"); return err }); err != nil {
			t.Fatal(err)
		}
		q := open(t, d, c, map[string]Handler{"count": func(_ context.Context, j *Job) error {
			for n := j.Done + 1; n <= 20; n++ {
				err := d.Write(ctx, func(tx *db.Tx) error {
					if _, err := tx.Exec("INSERT INTO made (n) VALUES ($1)", n); err != nil {
						return err
					}
					if err := j.SaveIn(tx, n, 20, nil); err != nil {
						return err
					}
					if n%4 == j.Attempt%4 {
						return errors.New("the power went")
					}
					return nil
				})
				if err != nil {
					return err
				}
			}
			return nil
		}})
		id := add(t, q, spec("count"))
		for range 30 {
			step(t, q)
			c.pass(time.Hour)
		}
		is(t, q, id, Done)
		n := int64(0)
		if err := d.Query(ctx, "SELECT count(*) FROM made", nil, func(r *db.Row) error { n = r.Int64(0); return nil }); err != nil || n != 20 {
			t.Error(n, err)
		}
	})
}
