package app

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/exchange"
	"github.com/bevanhealth/bevan/internal/problem"
)

type loadCommand struct {
	place `json:"-"`
	Paths []string `arg:"" help:"Files and folders to bring in." placeholder:"PATH"`
	// Errors is where what was not loaded is told.
	Errors string `help:"The file that gets an OperationOutcome for everything that could not be loaded." default:"bevan-load-errors.ndjson" placeholder:"FILE"`
	Source string `help:"The short name of the place that this data comes from, as it is named on the page for operators. It is kept how the load went." placeholder:"NAME"`
}

// Run loads.
func (c *loadCommand) Run(ctx context.Context, out *terminalReport) error {
	for i := range c.Paths {
		if err := absolute(&c.Paths[i]); err != nil {
			return err
		}
		if _, err := os.Stat(c.Paths[i]); err != nil {
			return problem.Wrap(problem.Invalid, "There is no file or folder "+c.Paths[i]+" that can be read. Check the name.", err)
		}
	}
	if err := absolute(&c.Errors); err != nil {
		return err
	}
	return run(ctx, c.place, "load", c, out)
}

func (c *loadCommand) do(ctx context.Context, h *house, by access.Who, out report) error {
	if c.Source != "" {
		if _, err := h.sources.One(ctx, c.Source); err != nil { // before anything is loaded under a wrong name
			return err
		}
	}
	return h.loaded(ctx, c.Source, c.load(ctx, h, by, out))
}

func (c *loadCommand) load(ctx context.Context, h *house, by access.Who, out report) error {
	s, err := h.session(ctx, access.Job("load", by), access.Import)
	if err != nil {
		return err
	}
	state := h.loadState(c.Paths)
	resume, err := os.ReadFile(state)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return problem.Wrap(problem.Unavailable, "Where the last load had stopped could not be read from "+state+". Delete that file to begin again.", err)
	}
	rejects := &lateFile{path: c.Errors, more: resume != nil}
	started := time.Now()
	result, err := exchange.Load(ctx, s, c.Paths, exchange.LoadOptions{
		Errors: rejects, Resume: resume,
		Save: func(b []byte) error { return replaceFile(state, b) },
		Progress: func(p exchange.Progress) {
			out.progress(step{Done: p.BytesDone, Total: p.Bytes, Count: int64(p.Read), Of: "resources"})
		},
	})
	if cerr := rejects.close(); err == nil {
		err = cerr
	}
	loadSummary(out, result, started)
	// A server that has loaded goes on serving: what the load needed is given
	// back at once, not at some later collection.
	if serr := h.store.Shrink(ctx); err == nil {
		err = serr
	}
	debug.FreeOSMemory()
	if err != nil {
		return err
	}
	if err := os.Remove(state); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return problem.Wrap(problem.Unavailable, "Everything is loaded, but "+state+" could not be removed. Delete it, or the next load of these files begins at their end.", err)
	}
	if result.Rejected > 0 {
		return partly{problem.New(problem.Unprocessable, grouped(result.Rejected)+" resources were not loaded. "+c.Errors+" says which and why; mend them and load again.")}
	}
	return nil
}

// replaceFile writes a file so that a crash leaves the old one or the new one.
func replaceFile(path string, b []byte) error {
	next := path + ".new"
	if err := os.WriteFile(next, b, 0o600); err != nil {
		return err
	}
	return os.Rename(next, path)
}

// loadState is the file that remembers where a load of these paths stopped.
func (h *house) loadState(paths []string) string {
	sum := sha256.Sum256([]byte(strings.Join(paths, "\x00")))
	return filepath.Join(h.dir, "load-"+hex.EncodeToString(sum[:8])+".state")
}

func rate(n int, started time.Time) int {
	return int(float64(n) / max(time.Since(started).Seconds(), .001))
}

func loadSummary(out report, r exchange.Result, started time.Time) {
	for _, typ := range slices.Sorted(maps.Keys(r.Types)) {
		out.line(fmt.Sprintf("%12s  %s", grouped(r.Types[typ]), typ))
	}
	for _, f := range r.Skipped {
		out.line("Not a FHIR file, and left out: " + f)
	}
	out.line(fmt.Sprintf("%s resources read in %s (%s/s): %s new, %s changed, %s there already, %s deleted, %s not loaded.",
		grouped(r.Read), time.Since(started).Round(time.Millisecond), grouped(rate(r.Read, started)),
		grouped(r.Created), grouped(r.Updated), grouped(r.Unchanged), grouped(r.Deleted), grouped(r.Rejected)))
}

// grouped writes a number with commas.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// lateFile is a file that is made when there is something to write.
type lateFile struct {
	path string
	more bool // write behind what an interrupted load left
	f    *os.File
}

// Write makes the file at the first call.
func (l *lateFile) Write(p []byte) (int, error) {
	if l.f == nil {
		flag := os.O_TRUNC
		if l.more {
			flag = os.O_APPEND
		}
		// The lines hold names of files and places in them, and may quote
		// what was wrong: for the operator's eyes.
		f, err := os.OpenFile(l.path, os.O_WRONLY|os.O_CREATE|flag, 0o600)
		if err != nil {
			return 0, problem.Wrap(problem.Unavailable, "The errors file "+l.path+" could not be written. Name another one with --errors.", err)
		}
		l.f = f
	}
	return l.f.Write(p)
}

func (l *lateFile) close() error {
	if l.f == nil {
		return nil
	}
	if err := l.f.Close(); err != nil {
		return problem.Wrap(problem.Unavailable, "The errors file "+l.path+" could not be written to its end. Make room on the disk and load again.", err)
	}
	return nil
}
