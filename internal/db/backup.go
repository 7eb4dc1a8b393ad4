package db

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"zombiezen.com/go/sqlite"

	"github.com/bevanhealth/bevan/internal/problem"
)

// backupPages is the number of pages copied between two reports of progress.
const backupPages = 512

// Backup writes a copy of the SQLite database, as it is at the start, to a new file with mode 0600,
// while others go on reading and writing. It is on disk when Backup returns; where that fails nothing
// is left under the name. progress, which may be nil, is told bytes.
func (d *DB) Backup(ctx context.Context, to string, progress func(done, total int64)) (err error) {
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
	return finish(part, to)
}

// Restore puts a copy of a backup in the place of a database that isn't there. It never replaces one,
// nor the log of one, which SQLite would play into the copy. progress, which may be nil, is told bytes.
func Restore(ctx context.Context, from, to string, progress func(done, total int64)) (err error) {
	for _, name := range []string{to, to + "-wal", to + "-shm", to + "-journal"} {
		if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
			return problem.Wrap(problem.Conflict, "There is a database already, and it is never replaced. Restore into an empty folder.", err)
		}
	}
	in, err := os.Open(from)
	if err != nil {
		return problem.Wrap(problem.Invalid, "The backup could not be opened. Check its name, and that this account may read it.", err)
	}
	defer in.Close()
	head := make([]byte, 100) // the header of an SQLite file (https://www.sqlite.org/fileformat.html, 1.3)
	if _, err := io.ReadFull(in, head); err != nil || string(head[:16]) != "SQLite format 3\x00" || binary.BigEndian.Uint32(head[68:]) != applicationID {
		return problem.Wrap(problem.Invalid, "This file is not a backup that Bevan made. Name another.", err)
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
	if err := copyFile(ctx, in, part, progress); err != nil {
		return err
	}
	return finish(part, to)
}

func copyFile(ctx context.Context, in *os.File, to string, progress func(done, total int64)) (err error) {
	info, err := in.Stat()
	if err != nil {
		return problem.Wrap(problem.Unavailable, sentenceTrouble, err)
	}
	out, err := os.OpenFile(to, os.O_WRONLY, 0)
	if err != nil {
		return problem.Wrap(problem.Unavailable, sentenceTrouble, err)
	}
	defer func() {
		if end := out.Close(); err == nil && end != nil {
			err = problem.Wrap(problem.Unavailable, sentenceTrouble, end)
		}
	}()
	const piece = 8 << 20
	if progress != nil {
		progress(0, info.Size())
	}
	for done := int64(0); done < info.Size(); {
		if err := ctx.Err(); err != nil {
			return err
		}
		n, err := io.Copy(out, io.NewSectionReader(in, done, min(piece, info.Size()-done)))
		if err != nil || n == 0 {
			return problem.Wrap(problem.Unavailable, "The backup could not be copied. Check that the disk has room, then try again.", err)
		}
		if done += n; progress != nil {
			progress(done, info.Size())
		}
	}
	return nil
}

// finish makes a file durable and then gives it its name.
func finish(part, to string) error {
	if err := syncFile(part); err != nil {
		return err
	}
	// A hard link fails where the name was taken meanwhile; a rename would replace that file. Where the
	// disk knows no hard links, the look that was taken at the beginning has to do.
	err := os.Link(part, to)
	switch {
	case err == nil:
		_ = os.Remove(part) // a second name of the finished file does no harm
	case errors.Is(err, fs.ErrExist):
		return problem.Wrap(problem.Conflict, "There is a file of that name already. Name another.", err)
	default:
		if err := os.Rename(part, to); err != nil {
			return problem.Wrap(problem.Unavailable, "The file could not be given its name. Name another.", err)
		}
	}
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
func (l *lite) copyTo(ctx context.Context, path string, progress func(done, total int64)) error {
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
			if err := ctx.Err(); err != nil {
				return err
			}
			if more, err = b.Step(backupPages); err != nil {
				return liteProblem(ctx, err)
			}
			if progress != nil {
				progress(int64(b.PageCount()-b.Remaining())*pageSize, int64(b.PageCount())*pageSize)
			}
		}
		return nil
	})
}
