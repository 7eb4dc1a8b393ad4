package app

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

type backupCommand struct {
	place `json:"-"`
	To    string `arg:"" help:"An empty or new folder." placeholder:"DIR"`
}

// Run copies the store.
func (c *backupCommand) Run(ctx context.Context, out *terminalReport) error {
	if err := absolute(&c.To); err != nil {
		return err
	}
	return run(ctx, c.place, "backup", c, out)
}

func (c *backupCommand) do(ctx context.Context, h *house, _ access.Who, out report) error {
	if h.store.Dialect() != db.SQLite {
		return problem.New(problem.Unsupported, "The records are in PostgreSQL. Back them up with pg_dump, and the keys with: bevan keys backup")
	}
	if err := emptyFolder(c.To); err != nil {
		return err
	}
	// The records first: the access log then holds an entry for all that they
	// hold, and never the other way round.
	for _, f := range [...]struct {
		name string
		db   *db.DB
	}{{storeFile, h.store}, {accessFile, h.logDB}} {
		err := f.db.Backup(ctx, filepath.Join(c.To, f.name), func(done, total int64) {
			out.progress(copied(f.name, done, total))
		})
		if err != nil {
			return err
		}
	}
	out.line("The records and the access log are in " + c.To + ". The keys are not, on purpose: copy them elsewhere with bevan keys backup.")
	return nil
}

// copied is the step of a copy, told in megabytes.
func copied(name string, done, total int64) step {
	return step{Done: done, Total: total, Count: done / 1e6, Of: "MB of " + name}
}

type restoreCommand struct {
	place
	From string `arg:"" help:"The folder that bevan backup wrote." placeholder:"DIR"`
	Keys string `help:"The file that bevan keys backup wrote." required:"" placeholder:"FILE"`
}

// Run puts a backup in place. It never replaces anything.
func (c *restoreCommand) Run(ctx context.Context, out *terminalReport) error {
	if c.DB != "" {
		return problem.New(problem.Unsupported, "The records are in PostgreSQL. Restore them with pg_restore or psql, then put the key file into the data folder.")
	}
	ring, err := c.openRing(c.Keys)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.Data, 0o700); err != nil {
		return problem.Wrap(problem.Unavailable, "The data folder "+c.Data+" could not be made. Name another one with --data.", err)
	}
	for _, name := range [...]string{storeFile, accessFile, keysFile} {
		if _, err := os.Lstat(filepath.Join(c.Data, name)); !errors.Is(err, fs.ErrNotExist) {
			return problem.New(problem.Conflict, "There is a store in "+c.Data+" already, and it is not replaced. Name an empty folder with --data.")
		}
	}
	// The store comes last: without it, an interrupted restore is no store.
	if err := ring.Backup(filepath.Join(c.Data, keysFile)); err != nil {
		return err
	}
	for _, name := range [...]string{accessFile, storeFile} {
		err := db.Restore(ctx, filepath.Join(c.From, name), filepath.Join(c.Data, name), func(done, total int64) {
			out.progress(copied(name, done, total))
		})
		if err != nil {
			return err
		}
	}
	out.line("The backup is in " + c.Data + ". Look at it with bevan verify --data " + quote(c.Data) + ", then start the server.")
	return nil
}
