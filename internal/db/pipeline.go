package db

import (
	"context"
	"errors"
	"slices"

	"github.com/jackc/pgx/v5"

	"github.com/bevanhealth/bevan/internal/problem"
)

// Pipeline is statements that are sent to the database in one go, and answered in their order. On
// PostgreSQL that is one round trip for all of them; on SQLite, which is no trip away, they run one after
// the other. Where one fails those behind it are not run.
type Pipeline struct{ asks []ask }

// ask is a statement of a pipeline.
type ask struct {
	sql   string
	args  []any
	scan  func(*Row) error // nil: it gives no rows
	taken error            // what a broken constraint means; nil: what the database says
}

// Exec adds a statement that gives no rows.
func (p *Pipeline) Exec(sql string, args ...any) {
	p.asks = append(p.asks, ask{sql: sql, args: args})
}

// Insert adds a statement that fails with taken where what it inserts is there already.
func (p *Pipeline) Insert(taken error, sql string, args ...any) {
	p.asks = append(p.asks, ask{sql: sql, args: args, taken: taken})
}

// Query adds a statement whose rows scan is called with.
func (p *Pipeline) Query(sql string, args []any, scan func(*Row) error) {
	p.asks = append(p.asks, ask{sql: sql, args: args, scan: scan})
}

// Len is the number of statements.
func (p *Pipeline) Len() int { return len(p.asks) }

// err is what an error of the statement means to the caller.
func (a *ask) err(err error) error {
	if a.taken != nil && problem.Is(err, problem.Conflict) {
		return a.taken
	}
	return err
}

// errLast is a fault in the calling code.
var errLast = errors.New("db: a statement stands behind, or reads rows in, the last ones of a transaction")

// Run sends a pipeline and reads its answers.
func (tx *Tx) Run(p *Pipeline) error {
	if tx.reading {
		return errReading
	}
	if t, ok := tx.engine.(*pgTx); ok && len(p.asks) > 0 {
		return t.run(tx.ctx, p.asks)
	}
	for i := range p.asks {
		a := &p.asks[i]
		var err error
		if a.scan == nil {
			_, err = tx.Exec(a.sql, a.args...)
		} else {
			err = tx.Query(a.sql, a.args, a.scan)
		}
		if err != nil {
			return a.err(err)
		}
	}
	return nil
}

// Last runs a pipeline as the end of the transaction: on PostgreSQL its statements are sent together with
// COMMIT when the function of [DB.Write] has returned, and what goes wrong in them is the error of Write.
// Nothing can be run behind it, and none of its statements may give rows: nobody could act on them any more.
func (tx *Tx) Last(p *Pipeline) error {
	t, ok := tx.engine.(*pgTx)
	if !ok || tx.depth > 0 || tx.reading {
		return tx.Run(p)
	}
	if t.last != nil || slices.ContainsFunc(p.asks, func(a ask) bool { return a.scan != nil }) {
		return errLast
	}
	t.last = p.asks
	return nil
}

// run sends statements, before them BEGIN where the transaction has yet to begin.
func (t *pgTx) run(ctx context.Context, asks []ask) error {
	if t.last != nil {
		return errLast
	}
	return t.pipe(ctx, asks, false)
}

// pipe sends statements with BEGIN before them, where that is due, and COMMIT behind them, where they are
// the last. The server runs nothing behind a statement that fails, so what can't be written whole is never
// committed.
func (t *pgTx) pipe(ctx context.Context, asks []ask, commit bool) (err error) {
	batch := &pgx.Batch{}
	begin := !t.begun
	if begin {
		t.begun = true
		batch.Queue(t.begin)
	}
	for i := range asks {
		batch.Queue(asks[i].sql, asks[i].args...)
	}
	if commit {
		batch.Queue("COMMIT")
	}
	results := t.conn.SendBatch(ctx, batch)
	defer func() {
		end := results.Close()
		if err == nil {
			err = pgProblem(ctx, end)
		}
		if err == nil && commit {
			t.begun = false
		}
	}()
	if begin {
		if _, err := results.Exec(); err != nil {
			return pgProblem(ctx, err)
		}
	}
	for i := range asks {
		if err := answer(ctx, results, &asks[i]); err != nil {
			return err
		}
	}
	if !commit {
		return nil
	}
	tag, err := results.Exec()
	if err == nil && tag.String() != "COMMIT" {
		return problem.Wrap(problem.Unavailable, sentenceTrouble, pgx.ErrTxCommitRollback)
	}
	return pgProblem(ctx, err)
}

// answer reads what one statement gave.
func answer(ctx context.Context, results pgx.BatchResults, a *ask) error {
	if a.scan == nil {
		_, err := results.Exec()
		return a.err(pgProblem(ctx, err))
	}
	rows, err := results.Query()
	return a.err(pgRows(ctx, rows, err, a.scan))
}
