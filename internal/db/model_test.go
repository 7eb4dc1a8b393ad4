package db_test

import (
	"errors"
	"maps"
	"testing"

	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/internal/db"
)

// op is one thing that is done in a transaction; with ops inside it is a savepoint.
type op struct {
	set  int64
	ops  []op
	fail bool
}

func genOps(depth int) *rapid.Generator[[]op] {
	return rapid.Custom(func(t *rapid.T) []op {
		var list []op
		for range rapid.IntRange(0, 4).Draw(t, "ops") {
			o := op{set: rapid.Int64Range(1, 9).Draw(t, "set")}
			if depth > 0 && rapid.Bool().Draw(t, "nested") {
				o = op{ops: genOps(depth-1).Draw(t, "inside"), fail: rapid.Bool().Draw(t, "fail")}
				o.ops = append(o.ops, op{set: 10})
			}
			list = append(list, o)
		}
		return list
	})
}

func apply(tx *db.Tx, model map[int64]int64, ops []op) error {
	for _, o := range ops {
		if o.ops == nil {
			model[o.set]++
			if _, err := tx.Exec("INSERT INTO pair (a, b) VALUES ($1, $2)", o.set, model[o.set]); err != nil {
				return err
			}
			continue
		}
		before := maps.Clone(model)
		err := tx.Nested(func(tx *db.Tx) error {
			if err := apply(tx, model, o.ops); err != nil {
				return err
			}
			if o.fail {
				return errOwn
			}
			return nil
		})
		if o.fail != errors.Is(err, errOwn) {
			return errors.Join(errors.New("a savepoint ended in the wrong way"), err)
		}
		if o.fail {
			clear(model)
			maps.Copy(model, before)
		}
	}
	return nil
}

// Whatever is written, undone and nested, the table holds what a map would.
func TestTransactionsAgreeWithAMap(t *testing.T) {
	each(t, func(t *testing.T, d *db.DB) {
		kept := map[int64]int64{}
		rapid.Check(t, func(t *rapid.T) {
			ops, fail := genOps(3).Draw(t, "ops"), rapid.Bool().Draw(t, "fail")
			var model map[int64]int64
			err := d.Write(ctx, func(tx *db.Tx) error {
				model = maps.Clone(kept)
				if err := apply(tx, model, ops); err != nil {
					return err
				}
				if fail {
					return errOwn
				}
				return nil
			})
			if fail != (err == errOwn) {
				t.Fatal(err)
			}
			if !fail {
				kept = model
			}
			got := map[int64]int64{}
			if err := d.Query(ctx, "SELECT a, count(*), max(b) FROM pair GROUP BY a", nil, func(r *db.Row) error {
				if r.Int64(1) != r.Int64(2) {
					t.Error("a row is missing")
				}
				got[r.Int64(0)] = r.Int64(1)
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			if !maps.Equal(got, kept) {
				t.Fatal(got, kept)
			}
		})
	})
}
