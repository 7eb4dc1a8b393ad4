package db_test

import (
	"errors"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// pair writes one row.
func pair(a, b int64) func(*db.Tx) error {
	return func(tx *db.Tx) error {
		_, err := tx.Exec("INSERT INTO pair (a, b) VALUES ($1, $2)", a, b)
		return err
	}
}

// On SQLite only: PostgreSQL has many writers, which need not wait for one another.
func TestABatchIsCommittedTogether(t *testing.T) {
	d := dbtest.SQLite(t)
	if err := run(d, "CREATE TABLE pair (a INTEGER, b INTEGER, PRIMARY KEY (a, b))"); err != nil {
		t.Fatal(err)
	}
	var gone []func()
	for range 3 {
		gone = append(gone, d.Coming())
	}
	var all sync.WaitGroup
	var ran, answered atomic.Int64
	for i := range int64(3) {
		all.Go(func() {
			defer gone[i]()
			err := d.WriteBatch(ctx, func(tx *db.Tx) error {
				if n := number(t, d, "SELECT count(*) FROM pair"); n != 0 || answered.Load() != 0 {
					t.Errorf("%d rows are to be seen and %d calls answered while another is still to come", n, answered.Load())
				}
				ran.Add(1)
				return pair(i, 0)(tx)
			})
			if answered.Add(1); err != nil || ran.Load() != 3 {
				t.Errorf("answered after %d of 3 had run: %v", ran.Load(), err)
			}
		})
	}
	all.Wait()
	if n := number(t, d, "SELECT count(*) FROM pair"); n != 3 {
		t.Fatal(n)
	}
}

func TestOthersDoNotWaitForABatch(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		late := d.Coming() // it never comes
		defer late()
		first := make(chan error, 1)
		gone := d.Coming()
		inside := make(chan struct{})
		go func() {
			defer gone()
			first <- d.WriteBatch(ctx, func(tx *db.Tx) error { close(inside); return pair(1, 1)(tx) })
		}()
		<-inside
		if err := d.Write(ctx, pair(2, 2)); err != nil {
			t.Fatal(err)
		}
		if err := <-first; err != nil {
			t.Fatal(err)
		}
		if n := number(t, d, "SELECT count(*) FROM pair"); n != 2 {
			t.Fatal(n)
		}
	})
}

func TestABatchEndsWhenNobodyElseComes(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		other := d.Coming()
		gone := d.Coming()
		err := d.WriteBatch(ctx, func(tx *db.Tx) error {
			other()
			other() // a second call does nothing
			return pair(1, 1)(tx)
		})
		gone()
		if err != nil {
			t.Fatal(err)
		}
		if err := d.WriteBatch(ctx, pair(2, 2)); err != nil { // nobody has announced it
			t.Fatal(err)
		}
		if n := number(t, d, "SELECT count(*) FROM pair"); n != 2 {
			t.Fatal(n)
		}
	})
}

// A call that fails with something written is undone alone, whatever stands before and behind it, and
// what its neighbours were told is what they saw when they were run again.
func TestACallOfABatchIsUndoneAlone(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		if err := run(d, "INSERT INTO pair (a, b) VALUES (7, 0)"); err != nil {
			t.Fatal(err)
		}
		const calls = 9
		var gone []func()
		for range calls {
			gone = append(gone, d.Coming())
		}
		var all sync.WaitGroup
		for i := range int64(calls) {
			all.Go(func() {
				defer gone[i]()
				err := d.WriteBatch(ctx, func(tx *db.Tx) error {
					if _, err := tx.Exec("UPDATE pair SET b = b + 1 WHERE a = 7"); err != nil {
						return err
					}
					switch i % 3 {
					case 1:
						return errOwn
					case 2: // with a savepoint of its own
						return tx.Nested(func(tx *db.Tx) error { return pair(i, i)(tx) })
					}
					return nil
				})
				if (i%3 == 1) != errors.Is(err, errOwn) || i%3 != 1 && err != nil {
					t.Error(i, err)
				}
			})
		}
		all.Wait()
		if n := number(t, d, "SELECT b FROM pair WHERE a = 7"); n != 6 {
			t.Errorf("%d of 6 that went well are kept", n)
		}
		if n := number(t, d, "SELECT count(*) FROM pair WHERE a <> 7"); n != 3 {
			t.Errorf("%d rows", n)
		}
	})
}

func TestAPanicBehindOthersUndoesOnlyItself(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		var all sync.WaitGroup
		for i := range int64(40) {
			all.Go(func() {
				defer func() {
					if got := recover(); (got != nil) != (i%5 == 4) {
						t.Error(i, got)
					}
				}()
				err := d.Write(ctx, func(tx *db.Tx) error {
					if err := pair(i, i)(tx); err != nil {
						return err
					}
					if i%5 == 4 {
						panic("mine")
					}
					return nil
				})
				if err != nil {
					t.Error(i, err)
				}
			})
		}
		all.Wait()
		if n := number(t, d, "SELECT count(*) FROM pair"); n != 32 {
			t.Fatal(n)
		}
		if n := number(t, d, "SELECT count(*) FROM pair WHERE a % 5 = 4"); n != 0 {
			t.Fatal("kept what failed:", n)
		}
	})
}
