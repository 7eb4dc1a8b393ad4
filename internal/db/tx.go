package db

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/internal/problem"
)

// Tx is a transaction that is running. It belongs to the function it was given to, and to one
// goroutine.
type Tx struct {
	ctx     context.Context
	engine  engine
	dialect Dialect
	depth   int
	reading bool
	wrote   bool // something may have been changed
}

// engine is what each database does for a transaction.
type engine interface {
	exec(ctx context.Context, sql string, args []any) (int64, error)
	query(ctx context.Context, sql string, args []any, scan func(*Row) error) error
	bulk
}

// errReading is a fault in the calling code: PostgreSQL can't run a statement while rows are being
// read, so SQLite doesn't either.
var errReading = errors.New("db: a statement was run while the rows of another were being read")

// Dialect says which SQL the transaction's database speaks.
func (tx *Tx) Dialect() Dialect { return tx.dialect }

// Context is the one that the transaction was begun with.
func (tx *Tx) Context() context.Context { return tx.ctx }

// Exec runs one statement and returns the number of rows that it changed. Placeholders are $1, $2…
// Arguments are int64, int, float64, string, []byte, bool, nil, []int64 or []string; a list is used
// through [Dialect.AnyInt] and its kin. A bool is for a boolean column, which SQLite calls integer. What
// changed nothing, such as CREATE TABLE, has no number of rows to rely on.
func (tx *Tx) Exec(sql string, args ...any) (int64, error) {
	if tx.reading {
		return 0, errReading
	}
	tx.wrote = true
	return tx.engine.exec(tx.ctx, sql, args)
}

// Query runs one statement and calls scan for each of its rows. scan may return [Stop]; it must not
// run another statement of this transaction.
func (tx *Tx) Query(sql string, args []any, scan func(*Row) error) error {
	if tx.reading {
		return errReading
	}
	tx.reading = true
	tx.wrote = tx.wrote || !strings.HasPrefix(sql, "SELECT ") // such as INSERT … RETURNING
	defer func() { tx.reading = false }()
	return tx.engine.query(tx.ctx, sql, args, scan)
}

// One reads at most one row and says whether there was one.
func (tx *Tx) One(sql string, args []any, scan func(*Row) error) (found bool, err error) {
	err = tx.Query(sql, args, func(r *Row) error {
		found = true
		if err := scan(r); err != nil {
			return err
		}
		return Stop
	})
	return found, err
}

// Nested runs fn inside a savepoint: where fn returns an error, what it wrote is undone and the outer
// transaction goes on.
func (tx *Tx) Nested(fn func(*Tx) error) error {
	name := "n" + strconv.Itoa(tx.depth)
	if _, err := tx.Exec("SAVEPOINT " + name); err != nil {
		return err
	}
	inner := &Tx{ctx: tx.ctx, engine: tx.engine, dialect: tx.dialect, depth: tx.depth + 1}
	err := fn(inner)
	if err == nil {
		_, err = tx.Exec("RELEASE SAVEPOINT " + name)
		return err
	}
	// Undone even where the caller has gone away: the outer transaction may still be committed.
	undo := &Tx{ctx: context.WithoutCancel(tx.ctx), engine: tx.engine}
	if _, back := undo.Exec("ROLLBACK TO SAVEPOINT " + name); back != nil {
		return problem.Wrap(problem.Unavailable, sentenceTrouble, errors.Join(err, back))
	}
	if _, back := undo.Exec("RELEASE SAVEPOINT " + name); back != nil {
		return problem.Wrap(problem.Unavailable, sentenceTrouble, errors.Join(err, back))
	}
	return err
}
