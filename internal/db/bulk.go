package db

import (
	"context"
	"fmt"
	"strconv"
	"strings"
)

// Into names where a bulk insert goes. Names are the program's own; they are never made from input.
type Into struct {
	Table   string
	Columns []string
	// Skip leaves a row that is already there as it is. Without it a duplicate fails the whole insert.
	Skip bool
}

// bulk is the fast way in that each database has.
type bulk interface {
	copyInts(ctx context.Context, into Into, values []int64) (int64, error)
	copyRows(ctx context.Context, into Into, next func() ([]any, bool)) (int64, error)
}

// CopyInts inserts rows of whole numbers, len(into.Columns) values for each row, one row after
// another. It returns the number of rows inserted. Sort them by the primary key first: neighbours
// then fall on the same page.
func (tx *Tx) CopyInts(into Into, values []int64) (int64, error) {
	if n := len(into.Columns); n == 0 || len(values)%n != 0 {
		return 0, fmt.Errorf("db: %d values do not fill rows of %d columns", len(values), n)
	}
	if tx.reading {
		return 0, errReading
	}
	if len(values) == 0 {
		return 0, nil
	}
	tx.wrote = true
	return tx.engine.copyInts(tx.ctx, into, values)
}

// Copy inserts the rows that next gives until it returns false. The slice may be used again by the
// next call; the []byte values in it may not. It returns the number of rows inserted.
func (tx *Tx) Copy(into Into, next func() ([]any, bool)) (int64, error) {
	if tx.reading {
		return 0, errReading
	}
	tx.wrote = true
	return tx.engine.copyRows(tx.ctx, into, next)
}

// insertSQL is an INSERT of a number of rows.
func (into Into) insertSQL(rows int) string {
	var b strings.Builder
	b.Grow(256)
	b.WriteString("INSERT INTO " + into.Table + " (" + strings.Join(into.Columns, ",") + ") VALUES ")
	n := 0
	for r := range rows {
		if r > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for c := range into.Columns {
			if c > 0 {
				b.WriteByte(',')
			}
			n++
			b.WriteString("$" + strconv.Itoa(n))
		}
		b.WriteByte(')')
	}
	if into.Skip {
		b.WriteString(" ON CONFLICT DO NOTHING")
	}
	return b.String()
}
