package store

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Pages behind the first are of the same moment as the first: what was
// changed since is left out of the index's answer and looked at as it was
// then. What was made since is left out by its transaction's number.

// moment is which transactions a snapshot holds: all below min, and those
// below max that were not running then.
type moment struct {
	min, max int64
	running  []int64
}

// snapshot writes down the moment of the transaction.
func (s *Store) snapshot(tx *db.Tx) (string, error) {
	sql := tx.Dialect().Pick("SELECT coalesce(max(tx), 0) FROM feed", "SELECT pg_current_snapshot()::text")
	text := ""
	_, err := tx.One(sql, nil, func(r *db.Row) error {
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

// past is what has changed since a moment.
type past struct {
	moment moment
	then   map[Row]*Version // as they were at the moment; nil for not there
}

// maxPast bounds how many changes may happen while somebody turns pages.
const (
	maxPast    = 10_000
	maxPastLog = 1_000_000
)

func (p *past) has(row Row) bool {
	if p == nil {
		return false
	}
	_, ok := p.then[row]
	return ok
}

// after tells whether the transaction came after the moment.
func (p *past) after(tx int64) bool { return p != nil && !p.moment.holds(tx) }

// readPast reads what has changed since the snapshot. Resources made since
// need no entry: their transaction tells.
func (r *run) readPast(snapshot string) (*past, error) {
	m, err := parseMoment(snapshot)
	if err != nil {
		return nil, err
	}
	p := &past{moment: m, then: map[Row]*Version{}}
	seen := 0
	var rows []Row
	err = r.tx.Query("SELECT tx, row, ver FROM feed WHERE tx >= $1 AND ver > 1 LIMIT $2", []any{m.min, maxPastLog}, func(q *db.Row) error {
		seen++
		if row := q.Int64(1); !m.holds(q.Int64(0)) && !p.has(row) {
			p.then[row] = nil
			rows = append(rows, row)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(rows) > maxPast || seen == maxPastLog {
		return nil, problem.New(problem.Gone, fmt.Sprintf("More than %d resources were changed since the first page was made. Start the search again.", maxPast))
	}
	return p, r.readThen(p, rows)
}

// readThen reads the newest version of each row that the moment holds. Only
// old versions count: the current one is of a later transaction. A resource
// that has moved to another record since lies under its former row.
func (r *run) readThen(p *past, rows []Row) error {
	if len(rows) == 0 {
		return nil
	}
	homes, err := r.formerRows(rows)
	if err != nil {
		return err
	}
	for _, row := range homes {
		if !p.has(row) {
			p.then[row] = nil
		}
	}
	var heads []*head
	err = r.tx.Query("SELECT "+headNames+" FROM old WHERE "+r.tx.Dialect().AnyInt("row", "$1")+" ORDER BY row, ver DESC",
		[]any{homes}, func(q *db.Row) error {
			h := &head{}
			h.scan(q)
			if n := len(heads); n > 0 && heads[n-1].row == h.row || !p.moment.holds(h.tx) {
				return nil
			}
			h.body = clone(h.body)
			heads = append(heads, h)
			return nil
		})
	if err != nil {
		return err
	}
	if err := r.s.readKeys(r.tx, heads); err != nil {
		return err
	}
	for _, h := range lastKnown(heads) {
		if h.body == nil || !r.reach.holds(h.row, h.mask) {
			continue
		}
		if p.then[h.row], err = r.s.open(h); err != nil {
			return err
		}
	}
	return nil
}

// lastKnown keeps one version of each resource: one that had moved before the
// moment has older ones under its former rows.
func lastKnown(heads []*head) []*head {
	type name struct {
		kind int64
		id   string
	}
	best := make(map[name]*head, len(heads))
	for _, h := range heads {
		if b := best[name{h.kind, h.id}]; b == nil || b.ver < h.ver {
			best[name{h.kind, h.id}] = h
		}
	}
	return slices.DeleteFunc(heads, func(h *head) bool { return best[name{h.kind, h.id}] != h })
}

func (r *run) formerRows(rows []Row) ([]Row, error) {
	all := slices.Clone(rows)
	for range maxMoves {
		var was []Row
		err := r.tx.Query("SELECT was FROM moved WHERE "+r.tx.Dialect().AnyInt("row", "$1"), []any{rows}, func(q *db.Row) error {
			if row := q.Int64(0); !slices.Contains(all, row) {
				was = append(was, row)
			}
			return nil
		})
		if err != nil || len(was) == 0 {
			return all, err
		}
		all, rows = append(all, was...), was
	}
	return nil, problem.New(problem.Gone, "A resource was moved between records too often since the first page was made. Start the search again.")
}

// maxMoves bounds how often one resource may move between records while
// somebody turns pages.
const maxMoves = 64

// pastMatches lists, in the order of rows, what a branch would have found
// behind after at the moment and no longer finds as it was then.
func (r *run) pastMatches(b *branch, after Row) ([]*Version, error) {
	if r.past == nil {
		return nil, nil
	}
	var out []*Version
	for row, v := range r.past.then {
		if v == nil || row <= after || row < b.low || row >= b.high || b.typ != "" && v.Type != b.typ {
			continue
		}
		ok, err := r.answers(v)
		if ok && err == nil {
			ok, err = r.linked(b, row)
		}
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, v)
		}
	}
	slices.SortFunc(out, func(x, y *Version) int { return cmp.Compare(x.Row, y.Row) })
	return out, nil
}

// linked asks the steps that a resource can't answer by itself: chains,
// reverse chains and compartments, as they are now.
func (r *run) linked(b *branch, row Row) (bool, error) {
	var probes []string
	bd := newBuilder(r.tx.Dialect(), r.reach)
	x := bd.arg(row) + r.tx.Dialect().Pick("", "::bigint")
	for _, n := range b.nodes {
		if joins(n) {
			probes = append(probes, n.probe(bd, x))
		}
	}
	if len(probes) == 0 {
		return true, nil
	}
	return r.tx.One("SELECT 1 WHERE "+strings.Join(probes, " AND "), bd.args, skip)
}

func joins(n node) bool {
	switch n := n.(type) {
	case *chain, *ownerChain, *has, *ownerHas, *alsoOf:
		return true
	case *anyOf:
		return slices.ContainsFunc(n.nodes, joins)
	}
	return false
}
