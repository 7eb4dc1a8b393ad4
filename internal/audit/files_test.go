package audit_test

import (
	"strings"
	"sync"
	"testing"

	"golang.org/x/mod/sumdb/tlog"

	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/audit/receipt"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// monitor reads tiles as an outsider does: with the paths of C2SP, and believing nothing.
type monitor struct {
	t testing.TB
	l *audit.Log
}

func (m monitor) Height() int { return 8 }

func (m monitor) ReadTiles(tiles []tlog.Tile) (out [][]byte, err error) {
	for _, tile := range tiles {
		f, err := m.l.File(ctx, strings.Replace(tile.Path(), "tile/8/", "tile/", 1))
		if err != nil {
			return nil, err
		}
		out = append(out, f.Data)
	}
	return out, nil
}

func (m monitor) SaveTiles([]tlog.Tile, [][]byte) {}

// An outsider copies the tree tile by tile, and every hash of it is under the signed root.
func TestAnybodyCanCopyTheTree(t *testing.T) {
	eachKept(t, func(t *testing.T, d *db.DB, l *audit.Log) {
		fill(t, l, 600, 40, 200)
		f, err := l.File(ctx, "checkpoint")
		if err != nil {
			t.Fatal(err)
		}
		c, _, err := receipt.OpenCheckpoint(f.Data, logKey(t, l), nil)
		if err != nil {
			t.Fatal(err)
		}
		r := tlog.TileHashReader(c.Tree, monitor{t, l})
		for n := range c.N {
			if _, err := r.ReadHashes([]int64{tlog.StoredHashIndex(0, n)}); err != nil {
				t.Fatal(n, err)
			}
		}
		for n := int64(1); n <= c.N; n += 97 {
			if _, err := l.File(ctx, strings.Replace(tlog.Tile{H: 8, L: -1, N: (n - 1) >> 8, W: int((n-1)&255) + 1}.Path(), "tile/8/data/", "tile/entries/", 1)); err != nil {
				t.Error(n, err)
			}
		}
		for _, path := range []string{"", "x", "tile/", "tile/0", "tile/0/0", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/x000/000", "tile/0/999", "tile/64/000", "tile/-1/000",
			"tile/data/000", "tile/8/0/000", "tile/entries/009", "tile/0/002.p/255", "tile/00/000", "tile/0/../0/000", "witnessed", strings.Repeat("tile/", 99)} {
			if f, err := l.File(ctx, path); problem.KindOf(err) != problem.NotFound {
				t.Errorf("%q gives %d bytes, %v", path, len(f.Data), err)
			}
		}
	})
}

func FuzzFile(f *testing.F) {
	l := kept(f, dbtest.SQLite(f), ring(f))
	fill(f, l, 20, 3, 9)
	f.Add("tile/0/000.p/3")
	f.Add("tile/entries/000.p/20")
	f.Add("checkpoint")
	f.Fuzz(func(t *testing.T, path string) {
		if got, err := l.File(ctx, path); err == nil && len(got.Data) == 0 {
			t.Fatalf("%q is empty", path)
		}
	})
}

// The log can't be written: every answer is refused, and the log goes on without a hole when it can again.
func TestAttack88AFullLogRefusesAnswers(t *testing.T) {
	d := dbtest.SQLite(t)
	l := open(t, d)
	// The tree can't grow on a full disk either, and says so.
	if err := l.Keep(ctx, ring(t), "log.example/full", func(error) {}); err != nil {
		t.Fatal(err)
	}
	fill(t, l, 20, 3, 9)
	full := func(on bool) {
		sql := "PRAGMA max_page_count=1073741823"
		if on {
			sql = "PRAGMA max_page_count=1" // SQLite can't go below what it has
		}
		if err := d.Write(ctx, func(tx *db.Tx) error { _, err := tx.Exec(sql); return err }); err != nil {
			t.Fatal(err)
		}
	}
	full(true)
	large := entry(1, "refused")
	large.Returned = make([]audit.Ref, 9_000)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 20 {
				if err := l.Append(ctx, large, large, large, large, large); err != nil {
					if problem.KindOf(err) != problem.Unavailable {
						t.Error(err)
					}
					return
				}
			}
			t.Error("the disk never filled")
		})
	}
	wg.Wait()
	if err := l.Append(ctx, large, large, large, large, large); problem.KindOf(err) != problem.Unavailable {
		t.Error("an answer may leave without its entry:", err)
	}
	full(false)
	fill(t, l, 20, 3, 9)
	sound(t, l)
}
