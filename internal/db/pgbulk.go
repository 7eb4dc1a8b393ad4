package db

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

// unnestRows bounds the rows of one statement of copyInts, and with them the memory for its arrays.
const unnestRows = 16384

// copyInts sends whole columns as arrays: one round trip and one cached plan, where COPY would take
// three for the few rows of one resource.
func (t *pgTx) copyInts(ctx context.Context, into Into, values []int64) (int64, error) {
	width := len(into.Columns)
	sql := into.unnestSQL()
	columns := make([][]int64, width)
	args := make([]any, width)
	var total int64
	for len(values) > 0 {
		rows := min(unnestRows, len(values)/width)
		for c := range columns {
			if cap(columns[c]) < rows {
				columns[c] = make([]int64, rows)
			}
			columns[c] = columns[c][:rows]
			for r := range rows {
				columns[c][r] = values[r*width+c]
			}
			args[c] = columns[c]
		}
		n, err := t.exec(ctx, sql, args)
		if err != nil {
			return total, err
		}
		total += n
		values = values[rows*width:]
	}
	return total, nil
}

func (into Into) unnestSQL() string {
	arrays := make([]string, len(into.Columns))
	for i := range arrays {
		arrays[i] = "$" + strconv.Itoa(i+1) + "::bigint[]"
	}
	sql := "INSERT INTO " + into.Table + " (" + strings.Join(into.Columns, ",") + ") SELECT * FROM unnest(" + strings.Join(arrays, ",") + ")"
	if into.Skip {
		sql += " ON CONFLICT DO NOTHING"
	}
	return sql
}

// copyRows uses COPY, or where rows may be there already, which COPY can't skip, pipelined inserts.
func (t *pgTx) copyRows(ctx context.Context, into Into, next func() ([]any, bool)) (int64, error) {
	if err := t.start(ctx); err != nil {
		return 0, err
	}
	if into.Skip {
		return t.insertRows(ctx, into, next)
	}
	source := pgx.CopyFromFunc(func() ([]any, error) {
		row, more := next()
		if !more {
			return nil, nil
		}
		return row, into.check(row)
	})
	n, err := t.conn.CopyFrom(ctx, pgx.Identifier(strings.Split(into.Table, ".")), into.Columns, source)
	return n, pgProblem(ctx, err)
}

func (t *pgTx) insertRows(ctx context.Context, into Into, next func() ([]any, bool)) (int64, error) {
	sql := into.insertSQL(1)
	var total int64
	for more := true; more; {
		batch := &pgx.Batch{}
		for batch.Len() < 1000 {
			var row []any
			if row, more = next(); !more {
				break
			}
			if err := into.check(row); err != nil {
				return total, err
			}
			batch.Queue(sql, append([]any(nil), row...)...)
		}
		n, err := t.send(ctx, batch)
		total += n
		if err != nil {
			return total, err
		}
	}
	return total, nil
}

// send runs a batch and adds up the rows that it changed.
func (t *pgTx) send(ctx context.Context, batch *pgx.Batch) (total int64, err error) {
	results := t.conn.SendBatch(ctx, batch)
	defer func() {
		if end := results.Close(); err == nil {
			err = pgProblem(ctx, end)
		}
	}()
	for range batch.Len() {
		tag, err := results.Exec()
		if err != nil {
			return total, pgProblem(ctx, err)
		}
		total += tag.RowsAffected()
	}
	return total, nil
}

// check holds a row to the number of columns.
func (into Into) check(row []any) error {
	if len(row) != len(into.Columns) {
		return fmt.Errorf("db: a row of %d values for %d columns of %s", len(row), len(into.Columns), into.Table)
	}
	return nil
}
