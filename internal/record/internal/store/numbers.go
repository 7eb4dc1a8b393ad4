package store

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
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
	mu      sync.RWMutex
	kinds   map[string]int64
	names   map[int64]string
	params  map[string]int64 // by search.Param.ID
	unready map[string]bool  // by search.Param.ID: custom ones that are not indexed yet
}

// numbered is a row of the tables kind and param.
type numbered struct {
	num   int64
	ready bool
}

func (n *numbers) load(ctx context.Context, d *db.DB, reg *search.Registry) error {
	types := spec.Resources()
	kinds, err := number(ctx, d, "kind", types, nil)
	if err != nil {
		return err
	}
	keys := map[string]string{} // key in the table → ID
	var builtin, custom []string
	for _, t := range types {
		for _, p := range reg.Params(t) {
			k := paramKey(p)
			if _, ok := keys[k]; ok {
				continue
			}
			keys[k] = p.ID
			if p.Custom {
				custom = append(custom, k)
			} else {
				builtin = append(builtin, k)
			}
		}
	}
	keys[lineID], keys[termID] = lineID, termID
	lines := &builtin
	if err := d.Query(ctx, "SELECT 1 FROM res LIMIT 1", nil, func(*db.Row) error { lines = &custom; return nil }); err != nil {
		return err
	}
	*lines = append(*lines, lineID, termID)
	known, err := number(ctx, d, "param", builtin, custom)
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	n.kinds, n.names = map[string]int64{}, map[int64]string{}
	for name, k := range kinds {
		n.kinds[name], n.names[k.num] = k.num, name
	}
	n.params, n.unready = map[string]int64{}, map[string]bool{}
	for key, id := range keys {
		n.params[id] = known[key].num
		if !known[key].ready {
			n.unready[id] = true
		}
	}
	return nil
}

// paramKey is what a parameter is stored under. A custom one whose definition
// changes gets another number, so that entries of the old one mean nothing.
func paramKey(p *search.Param) string {
	if !p.Custom {
		return p.ID
	}
	sum := sha256.Sum256([]byte(p.Kind.String() + " " + p.Expression()))
	return p.ID + "@" + hex.EncodeToString(sum[:8])
}

// number reads a table of numbered names and adds those that it lacks.
func number(ctx context.Context, d *db.DB, table string, ready, unready []string) (map[string]numbered, error) {
	have, _, err := readNumbered(table, func(sql string, scan func(*db.Row) error) error {
		return d.Query(ctx, sql, nil, scan)
	})
	if err != nil {
		return nil, err
	}
	unknown := func(name string) bool { _, ok := have[name]; return !ok }
	if !slices.ContainsFunc(ready, unknown) && !slices.ContainsFunc(unready, unknown) {
		return have, nil
	}
	err = d.Write(ctx, func(tx *db.Tx) error {
		if tx.Dialect() == db.Postgres {
			if _, err := tx.Exec("LOCK TABLE " + table + " IN EXCLUSIVE MODE"); err != nil {
				return err
			}
		}
		now, last, err := readNumbered(table, func(sql string, scan func(*db.Row) error) error {
			return tx.Query(sql, nil, scan)
		})
		if err != nil {
			return err
		}
		have = now
		for i, name := range slices.Concat(ready, unready) {
			if !unknown(name) {
				continue
			}
			last++
			have[name] = numbered{last, i < len(ready)}
			if err := insertNumbered(tx, table, last, name, i < len(ready)); err != nil {
				return err
			}
		}
		return nil
	})
	return have, err
}

func insertNumbered(tx *db.Tx, table string, num int64, name string, ready bool) error {
	if table == "kind" {
		_, err := tx.Exec("INSERT INTO kind (num, name) VALUES ($1, $2)", num, name)
		return err
	}
	flag := int64(0)
	if ready {
		flag = 1
	}
	_, err := tx.Exec("INSERT INTO param (num, id, ready) VALUES ($1, $2, $3)", num, name, flag)
	return err
}

func readNumbered(table string, query func(sql string, scan func(*db.Row) error) error) (map[string]numbered, int64, error) {
	have := map[string]numbered{}
	last := int64(0)
	sql := map[string]string{"kind": "SELECT num, name, 1 FROM kind", "param": "SELECT num, id, ready FROM param"}[table]
	err := query(sql, func(r *db.Row) error {
		num := r.Int64(0)
		have[r.Text(1)] = numbered{num, r.Int64(2) == 1}
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

// waiting tells whether a parameter is not indexed yet.
func (n *numbers) waiting(id string) bool {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return n.unready[id]
}

// unreadyIDs lists the parameters that are not indexed yet.
func (n *numbers) unreadyIDs() []string {
	n.mu.RLock()
	defer n.mu.RUnlock()
	var out []string
	for id := range n.unready {
		out = append(out, id)
	}
	slices.Sort(out)
	return out
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
