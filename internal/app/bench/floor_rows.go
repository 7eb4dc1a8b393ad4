package bench

import (
	"bufio"
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
)

// rawRows are rows as they lie in the tables of a loaded store, to be inserted
// into the same tables of an empty one by the same driver: the floor under
// every load.
type rawRows struct {
	schema []string // statements that make the tables, SQLite
	tables []*rawTable
	count  int // resources
}

// rawTable is the part of one table that belongs to the resources that were
// taken, in the order of its primary key.
type rawTable struct {
	name    string
	columns []string
	texts   []bool // the column is no number
	key     []string
	row     int // the column that says which resource
	ints    [][]int64
	rows    [][]any
	of      []int // which resource a row belongs to
}

// maxRaw is how many resources are taken. Their rows are held in memory.
const maxRaw = 50_000

// takeRows reads the rows of the first resources of a store, or of the last
// ones, which are those of the people who came last.
func takeRows(ctx context.Context, s *db.DB, limit int, last bool) (*rawRows, error) {
	order := "ORDER BY row"
	if last {
		order = "ORDER BY row DESC"
	}
	raw := &rawRows{}
	number := map[int64]int{}
	err := s.Query(ctx, "SELECT row FROM res "+order+" LIMIT $1", []any{limit}, func(r *db.Row) error {
		number[r.Int64(0)] = len(number)
		return nil
	})
	if err != nil {
		return nil, err
	}
	raw.count = len(number)
	if s.Dialect() == db.SQLite {
		err = raw.describeLite(ctx, s)
	} else {
		err = raw.describePostgres(ctx, s)
	}
	if err != nil {
		return nil, err
	}
	for _, t := range raw.tables {
		if err := t.take(ctx, s, number); err != nil {
			return nil, err
		}
	}
	return raw, nil
}

// describeLite lists the tables with a column named row.
func (raw *rawRows) describeLite(ctx context.Context, s *db.DB) error {
	err := s.Query(ctx, "SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL ORDER BY type DESC, name", nil, func(r *db.Row) error {
		raw.schema = append(raw.schema, r.Text(0)) // tables before their indexes
		return nil
	})
	if err != nil {
		return err
	}
	return raw.describe(ctx, s, `SELECT m.name, c.name, c.type IN ('TEXT', 'BLOB'), c.pk
		FROM sqlite_schema m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY m.name, c.cid`)
}

func (raw *rawRows) describePostgres(ctx context.Context, s *db.DB) error {
	return raw.describe(ctx, s, `SELECT c.relname::text, a.attname::text, a.atttypid IN ('text'::regtype, 'bytea'::regtype),
			coalesce(array_position(i.indkey::int2[], a.attnum) + 1, 0)
		FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND a.attnum > 0 AND NOT a.attisdropped
		ORDER BY c.relname, a.attnum`)
}

func (raw *rawRows) describe(ctx context.Context, s *db.DB, sql string) error {
	var all []*rawTable
	keys := map[*rawTable]map[int]string{}
	err := s.Query(ctx, sql, nil, func(r *db.Row) error {
		name, column := r.Text(0), r.Text(1)
		if len(all) == 0 || all[len(all)-1].name != name {
			all = append(all, &rawTable{name: name, row: -1})
			keys[all[len(all)-1]] = map[int]string{}
		}
		t := all[len(all)-1]
		if column == "row" {
			t.row = len(t.columns)
		}
		t.columns, t.texts = append(t.columns, column), append(t.texts, r.Bool(2))
		if place := int(r.Int64(3)); place > 0 {
			keys[t][place] = column
		}
		return nil
	})
	for _, t := range all {
		for i := 1; keys[t][i] != ""; i++ {
			t.key = append(t.key, keys[t][i])
		}
		// Places of followers and of jobs are no rows of a resource.
		if t.row >= 0 && len(t.key) > 0 && t.name != "follower" {
			raw.tables = append(raw.tables, t)
		}
	}
	return err
}

func (t *rawTable) numbers() bool { return !slices.Contains(t.texts, true) }

// take reads the rows of the resources in number.
func (t *rawTable) take(ctx context.Context, s *db.DB, number map[int64]int) error {
	sql := "SELECT " + strings.Join(t.columns, ",") + " FROM " + t.name + " ORDER BY " + strings.Join(t.key, ",")
	return s.Query(ctx, sql, nil, func(r *db.Row) error {
		n, ok := number[r.Int64(t.row)]
		if !ok {
			return nil
		}
		t.of = append(t.of, n)
		if t.numbers() {
			one := make([]int64, len(t.columns))
			for i := range one {
				one[i] = r.Int64(i)
			}
			t.ints = append(t.ints, one)
			return nil
		}
		one := make([]any, len(t.columns))
		for i := range one {
			switch {
			case r.Null(i):
			case !t.texts[i]:
				one[i] = r.Int64(i)
			case t.columns[i] == "text":
				one[i] = r.Text(i)
			default:
				one[i] = slices.Clone(r.Bytes(i))
			}
		}
		t.rows = append(t.rows, one)
		return nil
	})
}

// rawLot is what one transaction inserts.
type rawLot struct {
	tables []*rawTable
	ints   [][]int64
	rows   [][][]any
}

// lots cuts the rows into transactions of a number of resources each.
func (raw *rawRows) lots(of int) []rawLot {
	lots := make([]rawLot, (raw.count+of-1)/of)
	for i := range lots {
		lots[i] = rawLot{raw.tables, make([][]int64, len(raw.tables)), make([][][]any, len(raw.tables))}
	}
	for k, t := range raw.tables {
		for i, n := range t.of {
			l := &lots[n/of]
			if t.numbers() {
				l.ints[k] = append(l.ints[k], t.ints[i]...)
			} else {
				l.rows[k] = append(l.rows[k], t.rows[i])
			}
		}
	}
	return lots
}

func (l *rawLot) insert(tx *db.Tx) error {
	for k, t := range l.tables {
		into := db.Into{Table: t.name, Columns: t.columns}
		if _, err := tx.CopyInts(into, l.ints[k]); err != nil {
			return err
		}
		rows := l.rows[k]
		if len(rows) == 0 {
			continue
		}
		if _, err := tx.Copy(into, func() ([]any, bool) {
			if len(rows) == 0 {
				return nil, false
			}
			one := rows[0]
			rows = rows[1:]
			return one, true
		}); err != nil {
			return err
		}
	}
	return nil
}

// insert makes an empty store beside the one that the rows are from and
// inserts them, so many resources a transaction, by so many callers, for at
// most a time. It gives resources a second.
func (raw *rawRows) insert(ctx context.Context, from *database, dir string, of, callers int, limit time.Duration) (rate float64, err error) {
	to, err := newDatabase(ctx, dir, "floor.db", from.base)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, to.remove()) }()
	lots := raw.lots(of)
	err = to.with(ctx, func(s *db.DB) error {
		if err := raw.tablesIn(ctx, s, from); err != nil {
			return err
		}
		var next, done atomic.Int64
		errs := make([]error, callers)
		start := time.Now()
		var wg sync.WaitGroup
		for i := range errs {
			wg.Go(func() {
				for time.Since(start) < limit {
					n := int(next.Add(1)) - 1
					if n >= len(lots) {
						return
					}
					if errs[i] = s.Write(ctx, lots[n].insert); errs[i] != nil {
						return
					}
					done.Add(int64(min(of, raw.count-n*of)))
				}
			})
		}
		wg.Wait()
		rate = float64(done.Load()) / time.Since(start).Seconds()
		return errors.Join(errs...)
	})
	return rate, err
}

// tablesIn makes the tables, with their indexes and as they were made.
func (raw *rawRows) tablesIn(ctx context.Context, s *db.DB, from *database) error {
	return s.Write(ctx, func(tx *db.Tx) error {
		if s.Dialect() == db.SQLite {
			for _, sql := range raw.schema {
				if strings.Contains(sql, "sqlite_") {
					continue // SQLite's own
				}
				if _, err := tx.Exec(sql); err != nil {
					return err
				}
			}
			return nil
		}
		for _, t := range raw.tables {
			if _, err := tx.Exec("CREATE TABLE " + t.name + " (LIKE " + from.schema + "." + t.name + " INCLUDING ALL)"); err != nil {
				return err
			}
		}
		return nil
	})
}

// scanRate reads every resource as it lies and writes it to w: the floor under
// an export, in resources a second.
func scanRate(ctx context.Context, s *db.DB, w io.Writer) (float64, error) {
	out := bufio.NewWriterSize(w, 256<<10)
	n, start := 0, time.Now()
	err := s.Query(ctx, "SELECT row, id, body FROM res ORDER BY row", nil, func(r *db.Row) error {
		n++
		_, err := out.Write(r.Bytes(2))
		return err
	})
	return float64(n) / time.Since(start).Seconds(), errors.Join(err, out.Flush())
}
