package db

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strconv"

	"github.com/bevanhealth/bevan/internal/problem"
)

// step is one numbered change of a room's tables.
type step struct {
	number   int
	name     string
	sql      string
	checksum string
}

// migrationLock is the advisory lock that keeps two nodes from changing tables at the same time.
const migrationLock = 0x626576616e // "bevan"

var stepName = regexp.MustCompile(`^([0-9]{4})_([a-z0-9_]+)(?:\.(sqlite|postgres))?\.sql$`)

// Migrate brings the tables of a room up to date. steps holds files named 0001_what.sql for both
// dialects, or 0001_what.sqlite.sql and 0001_what.postgres.sql; numbers begin at 1 and have no gap.
// All steps that are missing are applied in one transaction, or none. It refuses a store that is newer
// than steps, and one whose applied steps have since been edited.
func (d *DB) Migrate(ctx context.Context, room string, steps fs.FS) error {
	list, err := readSteps(d.dialect, steps)
	if err != nil {
		return fmt.Errorf("db: the migrations of %s: %w", room, err)
	}
	return d.Write(ctx, func(tx *Tx) error {
		if d.dialect == Postgres {
			if _, err := tx.Exec("SELECT pg_advisory_xact_lock($1)", int64(migrationLock)); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(`CREATE TABLE IF NOT EXISTS migration (
			room text NOT NULL, step integer NOT NULL, name text NOT NULL, checksum text NOT NULL,
			PRIMARY KEY (room, step))`); err != nil {
			return err
		}
		done, err := applied(tx, room, list)
		if err != nil {
			return err
		}
		for _, s := range list[done:] {
			if err := tx.apply(room, s); err != nil {
				return fmt.Errorf("db: step %d (%s) of %s: %w", s.number, s.name, room, err)
			}
		}
		return nil
	})
}

// applied returns how many steps the store has, after comparing each with the one in this program.
func applied(tx *Tx, room string, list []step) (done int, err error) {
	err = tx.Query("SELECT step, checksum FROM migration WHERE room = $1 ORDER BY step", []any{room}, func(r *Row) error {
		done++
		n := int(r.Int64(0))
		if n > len(list) {
			return problem.New(problem.Unavailable, fmt.Sprintf(
				"This data was written by a newer Bevan (%s, step %d; this one knows %d). Install the newer Bevan.", room, n, len(list)))
		}
		if n != done || list[done-1].checksum != r.Text(1) {
			return problem.New(problem.Unavailable, fmt.Sprintf(
				"This data was written by a different build of Bevan (%s, step %d). Use the build that wrote it.", room, n))
		}
		return nil
	})
	return done, err
}

func (tx *Tx) apply(room string, s step) error {
	var err error
	switch e := tx.engine.(type) {
	case *conn:
		err = liteProblem(tx.ctx, e.script(s.sql))
	case *pgTx:
		err = e.runScript(tx.ctx, s.sql)
	}
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO migration (room, step, name, checksum) VALUES ($1, $2, $3, $4)",
		room, int64(s.number), s.name, s.checksum)
	return err
}

// readSteps reads and orders the files that are for this dialect.
func readSteps(dialect Dialect, files fs.FS) ([]step, error) {
	entries, err := fs.ReadDir(files, ".")
	if err != nil {
		return nil, err
	}
	var list []step
	for _, e := range entries {
		m := stepName.FindStringSubmatch(e.Name())
		if m == nil {
			return nil, fmt.Errorf("%s: name it 0001_what.sql", e.Name())
		}
		if m[3] != "" && m[3] != dialect.String() {
			continue
		}
		text, err := fs.ReadFile(files, e.Name())
		if err != nil {
			return nil, err
		}
		n, err := strconv.Atoi(m[1])
		if err != nil {
			return nil, err
		}
		sum := sha256.Sum256(text)
		list = append(list, step{number: n, name: m[2], sql: string(text), checksum: hex.EncodeToString(sum[:])})
	}
	slices.SortFunc(list, func(a, b step) int { return a.number - b.number })
	for i, s := range list {
		if s.number != i+1 {
			return nil, fmt.Errorf("step %04d should be %04d: numbers begin at 1 and each is used once", s.number, i+1)
		}
	}
	return list, nil
}
