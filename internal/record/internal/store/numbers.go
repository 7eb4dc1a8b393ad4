package store

import (
	"context"
	"slices"
	"sync"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/db"
)

// numbers gives resource types and search parameters the small numbers under
// which the tables know them. They are stored, so that a later version of the
// specification, with more types between, changes none of them.
type numbers struct {
	mu     sync.RWMutex
	kinds  map[string]int64
	names  map[int64]string
	params map[string]int64
}

func (n *numbers) load(ctx context.Context, d *db.DB, reg *search.Registry) error {
	var types, params []string
	for _, t := range spec.Resources() {
		types = append(types, t)
		for _, p := range reg.Params(t) {
			params = append(params, p.ID)
		}
	}
	kinds, err := numbered(ctx, d, "kind", "name", types)
	if err != nil {
		return err
	}
	ids, err := numbered(ctx, d, "param", "id", params)
	if err != nil {
		return err
	}
	names := make(map[int64]string, len(kinds))
	for name, num := range kinds {
		names[num] = name
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.kinds, n.names, n.params = kinds, names, ids
	return nil
}

// numbered reads a table of numbered names and adds those that it lacks.
func numbered(ctx context.Context, d *db.DB, table, column string, want []string) (map[string]int64, error) {
	have, _, err := readNumbered(table, column, func(sql string, scan func(*db.Row) error) error {
		return d.Query(ctx, sql, nil, scan)
	})
	if err != nil {
		return nil, err
	}
	missing := false
	for _, name := range want {
		if _, ok := have[name]; !ok {
			missing = true
		}
	}
	if !missing {
		return have, nil
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		if tx.Dialect() == db.Postgres {
			if _, err := tx.Exec("LOCK TABLE " + table + " IN EXCLUSIVE MODE"); err != nil {
				return err
			}
		}
		now, last, err := readNumbered(table, column, func(sql string, scan func(*db.Row) error) error {
			return tx.Query(sql, nil, scan)
		})
		if err != nil {
			return err
		}
		have = now
		for _, name := range want {
			if _, ok := have[name]; ok {
				continue
			}
			last++
			have[name] = last
			if _, err := tx.Exec("INSERT INTO "+table+" (num, "+column+") VALUES ($1, $2)", last, name); err != nil {
				return err
			}
		}
		return nil
	})
	return have, err
}

func readNumbered(table, column string, query func(sql string, scan func(*db.Row) error) error) (map[string]int64, int64, error) {
	have := map[string]int64{}
	last := int64(0)
	err := query("SELECT num, "+column+" FROM "+table, func(r *db.Row) error {
		num := r.Int64(0)
		have[r.Text(1)] = num
		last = max(last, num)
		return nil
	})
	return have, last, err
}

func (n *numbers) kind(name string) int64 {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.kinds[name]
}

func (n *numbers) kindName(num int64) string {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.names[num]
}

func (n *numbers) param(id string) int64 {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.params[id]
}

// all lists the resource types.
func (n *numbers) all() []string {
	n.mu.RLock()
	defer n.mu.RUnlock()
	out := make([]string, 0, len(n.kinds))
	for name := range n.kinds {
		out = append(out, name)
	}
	slices.Sort(out)
	return out
}
