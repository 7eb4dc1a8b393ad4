package app

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/sim"
)

type demoCommand struct {
	To     string `arg:"" help:"An empty or new folder for the files." placeholder:"DIR"`
	People int    `help:"How many people live in the region." default:"1000" placeholder:"N"`
	Seed   uint64 `help:"The same seed makes the same people." default:"1" placeholder:"N"`
	Today  string `help:"The last day on which anything happened, as YYYY-MM-DD." default:"2026-06-30" placeholder:"DAY"`
	Form   string `help:"ndjson: a file for each resource type. bundles: a transaction for each household." enum:"ndjson,bundles" default:"ndjson"`
}

// Run writes the files.
func (c *demoCommand) Run(ctx context.Context, out *terminalReport) error {
	day, err := time.Parse(time.DateOnly, c.Today)
	if err != nil {
		return problem.Wrap(problem.Invalid, "The day in --today could not be read. Write it like 2026-06-30.", err)
	}
	r := sim.Region{Seed: c.Seed, People: c.People, Today: sim.Date(day.Year(), int(day.Month()), day.Day()), Depth: 1}
	write := c.ndjson
	if c.Form == "bundles" {
		r.Links, write = sim.ByURN, c.bundles
	}
	if err := r.Check(); err != nil {
		return problem.Wrap(problem.Invalid, err.Error(), err) // the words are sim's own
	}
	if err := emptyFolder(c.To); err != nil {
		return err
	}
	started := time.Now()
	n, err := write(ctx, r, out)
	if err != nil {
		return err
	}
	out.line(fmt.Sprintf("%s resources about %s made-up people are in %s (%s). Bring them in with: bevan load %s",
		grouped(n), grouped(c.People), c.To, time.Since(started).Round(time.Millisecond), quote(c.To)))
	return nil
}

// ndjson writes places, then people, one file a type, numbered so that they
// load in order.
func (c *demoCommand) ndjson(ctx context.Context, r sim.Region, out report) (n int, err error) {
	w := &typeFiles{dir: c.To, files: map[string]*typeFile{}}
	defer func() { err = errors.Join(err, w.close()) }()
	put := func(res sim.Resource) error { n++; return w.put(res) }
	for res := range r.Places() {
		if err := put(res); err != nil {
			return n, err
		}
	}
	for h := range r.Households() {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		for res := range r.Household(h) {
			if err := put(res); err != nil {
				return n, err
			}
		}
		out.progress(step{Done: int64(h + 1), Total: int64(r.Households()), Count: int64(n), Of: "resources"})
	}
	return n, nil
}

// bundles writes one transaction for the places and one a household.
func (c *demoCommand) bundles(ctx context.Context, r sim.Region, out report) (n int, err error) {
	counted := func(seq func(func(sim.Resource) bool)) func(func(sim.Resource) bool) {
		return func(yield func(sim.Resource) bool) {
			for res := range seq {
				n++
				if !yield(res) {
					return
				}
			}
		}
	}
	save := func(name string, b []byte) error {
		if err := os.WriteFile(filepath.Join(c.To, name), b, 0o600); err != nil {
			return diskTrouble(err)
		}
		return nil
	}
	buf := sim.Transaction(nil, counted(r.Places()))
	if err := save("0-places.json", buf); err != nil {
		return n, err
	}
	for h := range r.Households() {
		if err := ctx.Err(); err != nil {
			return n, err
		}
		buf = sim.Transaction(buf[:0], counted(r.Household(h)))
		if err := save(fmt.Sprintf("household-%07d.json", h), buf); err != nil {
			return n, err
		}
		out.progress(step{Done: int64(h + 1), Total: int64(r.Households()), Count: int64(n), Of: "resources"})
	}
	return n, nil
}

// typeFiles are NDJSON files, one for each resource type.
type typeFiles struct {
	dir   string
	files map[string]*typeFile
}

type typeFile struct {
	f *os.File
	w *bufio.Writer
}

func (t *typeFiles) put(r sim.Resource) error {
	tf := t.files[r.Type]
	if tf == nil {
		f, err := os.OpenFile(filepath.Join(t.dir, r.Type+".ndjson"), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
		if err != nil {
			return diskTrouble(err)
		}
		tf = &typeFile{f, bufio.NewWriterSize(f, 256<<10)}
		t.files[r.Type] = tf
	}
	_, _ = tf.w.Write(r.JSON) // bufio keeps the error for Flush
	if err := tf.w.WriteByte('\n'); err != nil {
		return diskTrouble(err)
	}
	return nil
}

func (t *typeFiles) close() error {
	var errs []error
	for _, tf := range t.files {
		errs = append(errs, tf.w.Flush(), tf.f.Close())
	}
	if err := errors.Join(errs...); err != nil {
		return diskTrouble(err)
	}
	return nil
}

func diskTrouble(err error) error {
	return problem.Wrap(problem.Unavailable, "The files could not be written. Check that the disk has room and that you may write there, then try again.", err)
}
