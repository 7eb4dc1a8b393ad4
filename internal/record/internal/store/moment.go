package store

import (
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// moment is which transactions a snapshot holds: all below min, and those
// below max that were not running then.
type moment struct {
	min, max int64
	running  []int64
}

// snapshotOf asks for the moment of a transaction.
func snapshotOf(d db.Dialect) string {
	return d.Pick("SELECT coalesce(max(tx), 0) FROM feed", "SELECT pg_current_snapshot()::text")
}

// snapshot writes down the moment of the transaction.
func (s *Store) snapshot(tx *db.Tx) (string, error) {
	text := ""
	_, err := tx.One(snapshotOf(tx.Dialect()), nil, func(r *db.Row) error {
		if tx.Dialect() == db.SQLite {
			text = strconv.FormatInt(r.Int64(0)+1, 10)
			text += ":" + text + ":"
			return nil
		}
		text = r.Text(0)
		return nil
	})
	return text, err
}

// errPosition refuses a page link that does not hold together.
var errPosition = problem.New(problem.Invalid, "This page link is not complete. Start the search again from its first page.")

// parseMoment reads min:max:list, the form in which PostgreSQL writes a
// pg_snapshot and in which we write SQLite's.
func parseMoment(text string) (moment, error) {
	parts := strings.Split(text, ":")
	if len(parts) != 3 {
		return moment{}, errPosition
	}
	var m moment
	var err1, err2 error
	m.min, err1 = strconv.ParseInt(parts[0], 10, 64)
	m.max, err2 = strconv.ParseInt(parts[1], 10, 64)
	if err1 != nil || err2 != nil {
		return moment{}, errPosition
	}
	for _, p := range strings.Split(parts[2], ",") {
		if p == "" {
			continue
		}
		n, err := strconv.ParseInt(p, 10, 64)
		if err != nil {
			return moment{}, errPosition
		}
		m.running = append(m.running, n)
	}
	return m, nil
}

// holds tells whether the transaction was committed at the moment.
func (m moment) holds(tx int64) bool {
	return tx < m.min || tx < m.max && !slices.Contains(m.running, tx)
}

// since gives the condition that the transaction in a column came after the
// moment.
func (m moment) since(b *builder, column string) string {
	after := column + " >= " + b.arg(m.max)
	if len(m.running) == 0 {
		return after
	}
	return "(" + after + " OR " + b.oneOf(column, m.running) + ")"
}
