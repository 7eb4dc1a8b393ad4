package dbtest

import (
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
)

// Settled returns when every transaction that has begun until now is over, on the
// whole server. Who follows changes on PostgreSQL is told of none that one of those
// could still come before, also of those of other tests.
func Settled(t testing.TB, d *db.DB) {
	t.Helper()
	if d.Dialect() != db.Postgres {
		return
	}
	ask := func(sql string, args ...any) (n int64) {
		t.Helper()
		if err := d.Query(t.Context(), sql, args, func(r *db.Row) error { n = r.Int64(0); return nil }); err != nil {
			t.Fatal(err)
		}
		return n
	}
	next := ask("SELECT pg_snapshot_xmax(pg_current_snapshot())::text::bigint")
	for ask("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint") < next {
		ask("SELECT 0 FROM pg_sleep(0.002)") // the server is busy with somebody else's work
	}
}
