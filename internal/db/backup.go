package db

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"zombiezen.com/go/sqlite"

	"github.com/bevanhealth/bevan/internal/problem"
)

// backupPages is the number of pages copied between two reports of progress.
const backupPages = 2048

// Backup writes a copy of the SQLite database, as it is at the start, to a new file with mode 0600,
// while others go on reading and writing. It is on disk when Backup returns; where that fails nothing
// is left under the name. progress, which may be nil, is told the pages copied and their total.
func (d *DB) Backup(ctx context.Context, to string, progress func(done, total int)) (err error) {
	if d.lite == nil {
		return problem.New(problem.Unsupported, "A PostgreSQL database is backed up with its own tools. Use pg_dump, and keep the key file with it.")
	}
	if _, err := os.Lstat(to); !errors.Is(err, fs.ErrExist) && !errors.Is(err, fs.ErrNotExist) && err != nil {
		return problem.Wrap(problem.Unavailable, "The backup's folder could not be read. Name another.", err)
	} else if err == nil {
		return problem.New(problem.Conflict, "There is a file of that name already. Name another for the backup.")
	}
	part := to + ".part"
	if err := freshFile(part); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(part) // the error that is returned is the one to act on
		}
	}()
	if err := d.lite.copyTo(ctx, part, progress); err != nil {
		return err
	}
	if err := syncFile(part); err != nil {
		return err
	}
	// A hard link fails where the name was taken meanwhile; a rename would replace that file.
	if err := os.Link(part, to); err != nil {
		return problem.Wrap(problem.Unavailable, "The backup could not be given its name. Name another.", err)
	}
	_ = os.Remove(part) // a second name of the finished backup does no harm
	return syncDir(filepath.Dir(to))
}

// freshFile makes an empty file with mode 0600, in place of one that an earlier try left.
func freshFile(path string) error {
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return problem.Wrap(problem.Unavailable, "The backup could not be written. Name another folder.", err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return problem.Wrap(problem.Unavailable, "The backup could not be written. Name another folder.", err)
	}
	return f.Close()
}

func syncFile(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return problem.Wrap(problem.Unavailable, sentenceTrouble, err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return problem.Wrap(problem.Unavailable, sentenceTrouble, err)
	}
	return nil
}

// copyTo copies page by page inside one read transaction, so that commits in between don't make SQLite
// begin again from the first page.
func (l *lite) copyTo(ctx context.Context, path string, progress func(done, total int)) error {
	return l.read(ctx, true, func(tx *Tx) (err error) {
		if err := tx.Query("SELECT count(*) FROM sqlite_schema", nil, func(*Row) error { return nil }); err != nil {
			return err // this query is what begins the snapshot
		}
		dst, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
		if err != nil {
			return liteProblem(ctx, err)
		}
		defer func() { err = errors.Join(err, liteProblem(ctx, dst.Close())) }()
		b, err := sqlite.NewBackup(dst, "", tx.engine.(*conn).Conn, "")
		if err != nil {
			return liteProblem(ctx, err)
		}
		defer func() { err = errors.Join(err, b.Close()) }()
		for more := true; more; {
			if err := cancelled(ctx); err != nil {
				return err
			}
			if more, err = b.Step(backupPages); err != nil {
				return liteProblem(ctx, err)
			}
			if progress != nil {
				progress(b.PageCount()-b.Remaining(), b.PageCount())
			}
		}
		return nil
	})
}
