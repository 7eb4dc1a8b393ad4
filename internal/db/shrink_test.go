package db_test

import (
	"context"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// What the cache held is given back, and what was written is still there.
func TestShrink(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := context.Background()
		err := d.Write(ctx, func(tx *db.Tx) error {
			if _, err := tx.Exec("CREATE TABLE big (n bigint PRIMARY KEY, words text)"); err != nil {
				return err
			}
			for n := range 2000 {
				if _, err := tx.Exec("INSERT INTO big (n, words) VALUES ($1, $2)", n, strings.Repeat("word ", 200)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if err := d.Shrink(ctx); err != nil {
			t.Fatal(err)
		}
		rows := int64(0)
		if err := d.Query(ctx, "SELECT count(*) FROM big", nil, func(r *db.Row) error {
			rows = r.Int64(0)
			return nil
		}); err != nil || rows != 2000 {
			t.Errorf("%d rows, %v", rows, err)
		}
	})
}
