package db

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// pgTx is a transaction on PostgreSQL. BEGIN is sent together with the first statement, which saves each
// transaction a round trip; what Tx.Last was given is sent together with COMMIT.
type pgTx struct {
	conn  *pgxpool.Conn
	begin string
	begun bool
	last  []ask // to be sent with COMMIT
}

func (t *pgTx) exec(ctx context.Context, sql string, args []any) (int64, error) {
	if t.last != nil {
		return 0, errLast
	}
	if t.begun {
		tag, err := t.conn.Exec(ctx, sql, args...)
		return tag.RowsAffected(), pgProblem(ctx, err)
	}
	results, err := t.first(ctx, sql, args)
	if err != nil {
		return 0, err
	}
	tag, err := results.Exec()
	if end := results.Close(); err == nil {
		err = end
	}
	return tag.RowsAffected(), pgProblem(ctx, err)
}

func (t *pgTx) query(ctx context.Context, sql string, args []any, scan func(*Row) error) error {
	if t.last != nil {
		return errLast
	}
	if t.begun {
		rows, err := t.conn.Query(ctx, sql, args...)
		return pgRows(ctx, rows, err, scan)
	}
	results, err := t.first(ctx, sql, args)
	if err != nil {
		return err
	}
	rows, err := results.Query()
	err = pgRows(ctx, rows, err, scan)
	if end := results.Close(); err == nil {
		err = pgProblem(ctx, end)
	}
	return err
}

// first sends BEGIN and a statement in one go and takes the answer to BEGIN.
func (t *pgTx) first(ctx context.Context, sql string, args []any) (pgx.BatchResults, error) {
	t.begun = true
	batch := &pgx.Batch{}
	batch.Queue(t.begin)
	batch.Queue(sql, args...)
	results := t.conn.SendBatch(ctx, batch)
	if _, err := results.Exec(); err != nil {
		return nil, pgProblem(ctx, errors.Join(err, results.Close()))
	}
	return results, nil
}

// start begins the transaction on its own, for statements that can't be sent together with BEGIN.
func (t *pgTx) start(ctx context.Context) error {
	if t.last != nil {
		return errLast
	}
	if t.begun {
		return nil
	}
	t.begun = true
	_, err := t.conn.Exec(ctx, t.begin)
	return pgProblem(ctx, err)
}

// runScript runs the statements of a migration, which have no arguments, in one round trip.
func (t *pgTx) runScript(ctx context.Context, sql string) error {
	if err := t.start(ctx); err != nil {
		return err
	}
	_, err := t.conn.Conn().PgConn().Exec(ctx, sql).ReadAll()
	return pgProblem(ctx, err)
}

// commit makes the transaction durable. Where a statement has failed and fn hid that, PostgreSQL answers
// COMMIT with ROLLBACK, which is an error here.
func (t *pgTx) commit(ctx context.Context) error {
	if !t.begun && t.last == nil {
		return nil
	}
	return t.pipe(ctx, t.last, true)
}

// giveUp undoes what was not committed and releases the connection. It isn't cut short by the caller's
// context, because a connection that is left in a transaction has to be thrown away. What goes
// wrong here, the pool cures in that way.
func (t *pgTx) giveUp() {
	if t.begun {
		ctx, stop := context.WithTimeout(context.Background(), postgresWait)
		defer stop()
		_, _ = t.conn.Exec(ctx, "ROLLBACK")
	}
	t.conn.Release()
}
