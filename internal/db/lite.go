package db

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"time"

	"zombiezen.com/go/sqlite"

	"github.com/bevanhealth/bevan/internal/problem"
)

const (
	// applicationID marks the file as Bevan's ("BVAN"), so that another program's file isn't taken over.
	applicationID = 0x4256414e
	// pageSize is that of most file systems. A page that changes is written whole, to the log and again to
	// the database, and a small write changes a dozen pages here and there: 8192 took twice the time
	// for a create, and was no better for a load (docs/decisions/0023).
	pageSize = 4096
	// busyTimeout covers the short moment in which a checkpoint or a recovery holds the file.
	busyTimeout = 5 * time.Second

	defaultWriterCache = 128 << 20
	defaultReaderCache = 8 << 20
	defaultCheckpoint  = 256 << 20
)

// lite is an open SQLite database: one connection that writes, several that read.
type lite struct {
	conf       Config
	lock       *lockFile
	writer     *writer
	readers    chan *reader
	checkpoint *checkpointer
}

// reader is a read connection. quit interrupts the statement that it runs.
type reader struct {
	*conn
	quit chan struct{}
}

func openLite(c Config) (_ *lite, err error) {
	if c.WriterCache <= 0 {
		c.WriterCache = defaultWriterCache
	}
	if c.ReaderCache <= 0 {
		c.ReaderCache = defaultReaderCache
	}
	if c.CheckpointBytes <= 0 {
		c.CheckpointBytes = defaultCheckpoint
	}
	lock, err := takeLock(c.Path + ".lock")
	if err != nil {
		return nil, err
	}
	l := &lite{conf: c, lock: lock, readers: make(chan *reader, c.Readers)}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.close())
		}
	}()
	if err := makeFile(c.Path); err != nil {
		return nil, err
	}
	w, err := openWriter(c)
	if err != nil {
		return nil, err
	}
	l.writer = newWriter(w)
	for range c.Readers {
		r, err := openConn(c.Path, fmt.Sprintf("PRAGMA cache_size=-%d", c.ReaderCache/1024), "PRAGMA query_only=ON")
		if err != nil {
			return nil, err
		}
		l.readers <- &reader{conn: r}
	}
	b, err := openConn(c.Path, "PRAGMA cache_size=-64")
	if err != nil {
		return nil, err
	}
	l.checkpoint = startCheckpoints(b, c.CheckpointBytes/4)
	l.writer.committed = l.checkpoint.wake
	return l, nil
}

// makeFile makes the database file where it is missing, so that it has mode 0600 before the first byte
// is in it; SQLite gives its log the same mode. The folder is synced: a commit in a file whose name
// is lost would be lost.
func makeFile(path string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil
	case err != nil:
		return problem.Wrap(problem.Unavailable, "The database file could not be made. Check that the data folder exists, has room, and that this account may write to it.", err)
	}
	if err := f.Close(); err != nil {
		return problem.Wrap(problem.Unavailable, sentenceTrouble, err)
	}
	return syncDir(filepath.Dir(path))
}

// syncDir makes the names in a folder durable.
func syncDir(dir string) error {
	if runtime.GOOS == "windows" {
		return nil // a folder can't be opened for this there, and NTFS keeps names in its own journal
	}
	d, err := os.Open(dir)
	if err != nil {
		return problem.Wrap(problem.Unavailable, sentenceTrouble, err)
	}
	if err := errors.Join(d.Sync(), d.Close()); err != nil {
		return problem.Wrap(problem.Unavailable, sentenceTrouble, err)
	}
	return nil
}

// openConn opens one connection and runs the statements that set it up.
func openConn(path string, setup ...string) (*conn, error) {
	sc, err := sqlite.OpenConn(path, sqlite.OpenReadWrite)
	if err != nil {
		return nil, openProblem(err)
	}
	sc.SetBusyTimeout(busyTimeout)
	c := &conn{Conn: sc, stmts: map[string]*stmt{}}
	setup = append([]string{"PRAGMA foreign_keys=ON", "PRAGMA temp_store=MEMORY", "PRAGMA trusted_schema=OFF"}, setup...)
	for _, sql := range setup {
		if err := c.script(sql); err != nil {
			return nil, errors.Join(openProblem(err), sc.Close())
		}
	}
	return c, nil
}

func openProblem(err error) error {
	switch sqlite.ErrCode(err).ToPrimary() {
	case sqlite.ResultNotADB:
		return problem.Wrap(problem.Unavailable, "This file is not a Bevan database. Name another data folder.", err)
	case sqlite.ResultCantOpen, sqlite.ResultPerm, sqlite.ResultReadOnly, sqlite.ResultAuth:
		return problem.Wrap(problem.Unavailable, "The database file could not be opened. Check that this account may read and write it.", err)
	}
	return liteProblem(context.Background(), err)
}

// openWriter opens the connection that writes, and makes a new file ready.
//
// synchronous=FULL: in WAL mode NORMAL only syncs at checkpoints, so that the last commits before a
// power cut would be gone although they were acknowledged.
func openWriter(c Config) (_ *conn, err error) {
	w, err := openConn(c.Path)
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, w.close())
		}
	}()
	var id, tables int64
	if err := w.query(context.Background(), "PRAGMA application_id", nil, func(r *Row) error { id = r.Int64(0); return nil }); err != nil {
		return nil, openProblem(err)
	}
	if err := w.query(context.Background(), "SELECT count(*) FROM sqlite_schema", nil, func(r *Row) error { tables = r.Int64(0); return nil }); err != nil {
		return nil, openProblem(err)
	}
	if id != applicationID && (id != 0 || tables != 0) {
		return nil, problem.New(problem.Unavailable, "This file is not a Bevan database. Name another data folder.")
	}
	for _, sql := range []string{
		fmt.Sprintf("PRAGMA page_size=%d", pageSize),
		"PRAGMA journal_mode=WAL",
		"PRAGMA synchronous=FULL",
		"PRAGMA mmap_size=0",
		fmt.Sprintf("PRAGMA cache_size=-%d", c.WriterCache/1024),
		fmt.Sprintf("PRAGMA wal_autocheckpoint=%d", max(1, c.CheckpointBytes/pageSize)),
		fmt.Sprintf("PRAGMA journal_size_limit=%d", 2*c.CheckpointBytes),
	} {
		if err := w.script(sql); err != nil {
			return nil, openProblem(err)
		}
	}
	if id == 0 {
		if err := w.script(fmt.Sprintf("PRAGMA application_id=%d", applicationID)); err != nil {
			return nil, openProblem(err)
		}
	}
	return w, nil
}

// script runs the statements of a text one after the other and drops what they return.
func (c *conn) script(sql string) error {
	for sql != "" {
		s, rest, err := c.PrepareTransient(sql)
		if err != nil {
			return err
		}
		if s.BindParamCount() > 0 {
			return errors.Join(errors.New("db: a script can't have placeholders"), s.Finalize())
		}
		for more := true; more && err == nil; {
			more, err = s.Step()
		}
		if sqlite.ErrCode(err) == sqlite.ResultMisuse {
			err = nil // what was left is only a comment, for which SQLite makes no statement
		}
		if err := errors.Join(err, s.Finalize()); err != nil {
			return err
		}
		sql = sql[len(sql)-rest:]
	}
	return nil
}

// read runs fn on a read connection; with snapshot, inside a transaction.
func (l *lite) read(ctx context.Context, snapshot bool, fn func(*Tx) error) (err error) {
	var r *reader
	select {
	case r = <-l.readers:
	case <-ctx.Done():
		return ctx.Err()
	}
	if r == nil {
		return problem.New(problem.Unavailable, sentenceGone) // the channel is closed: the server is stopping
	}
	defer func() { l.readers <- r }()
	if snapshot {
		if _, err := r.exec(ctx, "BEGIN", nil); err != nil {
			return err
		}
		defer func() {
			if _, end := r.exec(context.Background(), "ROLLBACK", nil); end != nil && err == nil {
				err = end
			}
		}()
	}
	defer r.interruptible(ctx)() // over before the ROLLBACK above, which it would stop too
	return fn(&Tx{ctx: ctx, engine: r.conn, dialect: SQLite})
}

// interruptible makes the end of ctx stop the statement that the reader runs, until the returned
// function is called. It costs no goroutine: the connection watches one channel of its own, which is
// only made anew after it was used.
func (r *reader) interruptible(ctx context.Context) (end func()) {
	if ctx.Done() == nil {
		return func() {}
	}
	if r.quit == nil {
		r.quit = make(chan struct{})
		r.SetInterrupt(r.quit)
	}
	closed := make(chan struct{})
	stop := context.AfterFunc(ctx, func() { close(r.quit); close(closed) })
	return func() {
		if !stop() {
			<-closed
			r.quit = nil
			r.SetInterrupt(nil)
		}
	}
}

// health commits an empty change, which fails where the disk is full or read-only.
func (l *lite) health(ctx context.Context) error {
	return l.writer.write(ctx, func(tx *Tx) error {
		_, err := tx.Exec(fmt.Sprintf("PRAGMA application_id=%d", applicationID))
		return err
	}, false)
}

// close waits for what runs and lets the file go.
func (l *lite) close() error {
	var errs []error
	if l.checkpoint != nil {
		errs = append(errs, l.checkpoint.close())
	}
	if l.readers != nil && l.checkpoint != nil {
		for range l.conf.Readers {
			errs = append(errs, (<-l.readers).close())
		}
		close(l.readers)
	} else {
		for n := len(l.readers); n > 0; n-- { // opening failed half-way
			errs = append(errs, (<-l.readers).close())
		}
	}
	if l.writer != nil {
		errs = append(errs, l.writer.close())
	}
	errs = append(errs, l.lock.release())
	return errors.Join(errs...)
}
