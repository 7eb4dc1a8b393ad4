package app

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/bevanhealth/bevan/internal/problem"
)

type doctorCommand struct{ place }

// finding is one thing that was looked at.
type finding struct {
	what string
	fix  string // empty: it is well
}

// Run looks, and fails when something has to be mended.
func (c *doctorCommand) Run(ctx context.Context, out *terminalReport) error {
	bad := 0
	for _, f := range c.examine(ctx) {
		if f.fix == "" {
			out.line("well  " + f.what)
			continue
		}
		bad++
		out.line("MEND  " + f.what)
		out.line("      " + f.fix)
	}
	if bad > 0 {
		return problem.New(problem.Unprocessable, fmt.Sprintf("%d of these have to be mended.", bad))
	}
	return nil
}

// examine looks at everything in turn. What is missing because nothing was
// started yet is well.
func (c *doctorCommand) examine(ctx context.Context) []finding {
	all := []finding{clock(time.Now())}
	if _, err := os.Stat(c.Data); errors.Is(err, fs.ErrNotExist) {
		return append(all, finding{what: "There is no data folder " + c.Data + " yet; bevan serve makes it."})
	}
	all = append(all, folder(c.Data), room(c.Data))
	_, err := os.Stat(filepath.Join(c.Data, storeFile))
	empty := c.DB == "" && errors.Is(err, fs.ErrNotExist)
	if empty {
		return append(all, finding{what: "There is no store in it yet; bevan serve makes it."})
	}
	all = append(all, keysOf(c.place))
	if conn, err := dialControl(ctx, c.Data); err == nil {
		conn.Close()
		return append(all, finding{what: "A server is running on it, so the store opens. Ask it how it is at /readyz."})
	}
	return append(all, c.storeOf(ctx)...)
}

func clock(now time.Time) finding {
	if now.Year() < 2026 {
		return finding{"The clock says " + now.Format("2 January 2006") + ".", "Set the clock: the times of records and of the access log come from it."}
	}
	return finding{what: "The clock says " + now.Format("2 January 2006, 15:04 MST") + "."}
}

func folder(dir string) finding {
	fi, err := os.Stat(dir)
	switch {
	case err != nil || !fi.IsDir():
		return finding{dir + " can not be read as a folder.", "Name another one with --data, or run this as the user that the server runs as."}
	case fi.Mode().Perm()&0o077 != 0:
		return finding{"Other users of this machine may look into " + dir + ", where the keys are.", "Run: chmod 700 " + quote(dir)}
	}
	return finding{what: "The data folder " + dir + " is there, for its owner alone."}
}

// roomNeeded is the space below which writes may soon fail.
const roomNeeded = 1 << 30

func room(dir string) finding {
	free, ok := freeBytes(dir)
	switch {
	case !ok:
		return finding{what: "How much room the disk has can not be found out here."}
	case free < roomNeeded:
		return finding{fmt.Sprintf("The disk has %d MB left.", free>>20), "Make room: when the disk is full nothing is lost, and nothing can be written or looked at."}
	}
	return finding{what: fmt.Sprintf("The disk has %d GB left.", free>>30)}
}

func keysOf(p place) finding {
	ring, err := p.openRing(filepath.Join(p.Data, keysFile))
	if err != nil {
		return finding{"The key file can not be used.", problem.Sentence(err)}
	}
	return finding{what: fmt.Sprintf("The key file opens, with %d master keys. Is a copy of it somewhere else? (bevan keys backup)", len(ring.Info()))}
}

func (c *doctorCommand) storeOf(ctx context.Context) []finding {
	h, err := openHouse(ctx, c.place, settings{})
	if err != nil {
		return []finding{{"The store does not open.", problem.Sentence(err)}}
	}
	all := []finding{{what: "The store opens."}}
	if err := h.store.Health(ctx); err != nil {
		all = append(all, finding{"The store can not be written.", problem.Sentence(err)})
	}
	for _, r := range h.door.RejectedParams() {
		all = append(all, finding{fmt.Sprintf("A search parameter is not used: %v.", r), "Mend the SearchParameter resource, or delete it."})
	}
	if err := h.close(); err != nil {
		all = append(all, finding{"The store does not close.", problem.Sentence(err)})
	}
	return all
}
