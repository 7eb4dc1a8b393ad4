package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/bevanhealth/bevan/internal/sim"
)

// House is what the bench needs of the command line: what an operator does
// with a running server, over its socket.
type House interface {
	// Load brings files in, as `bevan load` does. progress is told the bytes
	// read and how many there are.
	Load(ctx context.Context, data string, paths []string, progress func(done, total int64)) error
	// Token makes an operator's token.
	Token(ctx context.Context, data string) (string, error)
	// Profile writes what the server's processors do into a file until ctx
	// ends, and returns when the file is whole.
	Profile(ctx context.Context, data, file string) error
}

// Config says what to measure.
type Config struct {
	// Program is started as the server; FloorArgs make it ServeFloor.
	Program   string
	FloorArgs []string
	// StoreFile is the name of the store in a data folder, SQLite.
	StoreFile string
	House     House
	// Databases are "" for SQLite and URLs of PostgreSQL servers, on which a
	// schema is made and dropped again.
	Databases []string
	People    int
	Depth     float64 // of each life, see sim.Region
	Synthea   string  // a folder of Synthea's bundles; "" for none
	Works     []string
	Curve     int           // people at the end of the curve; 0 for no curve
	Length    time.Duration // of each row that is measured by time
	Profiles  string        // a folder for profiles; "" for none
	// Say tells what is going on.
	Say func(string)
}

// Names lists what --work takes, in the order of the table.
func Names() []string {
	names := []string{"load"}
	for _, w := range works {
		names = append(names, w.name)
	}
	return append(names, "size", "start", "memory", "ndjson", "synthea", "curve")
}

// extra are works that only run when they are named, or for their own flag.
var extra = []string{"ndjson", "synthea", "curve"}

// Run measures.
func Run(ctx context.Context, c Config) (_ *Report, err error) {
	dir, err := os.MkdirTemp("", "bevan-bench-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	if c.Profiles != "" {
		if err := os.MkdirAll(c.Profiles, 0o700); err != nil {
			return nil, err
		}
	}
	r := &Report{Machine: thisMachine(), Server: "Server: its own process, as bevan serve starts it; commits durable, access entries on, every search parameter indexed. Load generator on the same machine: connections kept, no time to think."}
	floor, err := launch(ctx, c.Program, c.FloorArgs...)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, floor.stop()) }()
	if r.Own, err = generator(ctx, c, floor); err != nil {
		return nil, err
	}
	people := filepath.Join(dir, "people")
	crowd, err := newCrowd(people)
	if err != nil {
		return nil, err
	}
	region := sim.Region{Seed: 20, People: c.People, Today: today(), Depth: c.Depth}
	if err := region.Check(); err != nil {
		return nil, err
	}
	c.Say(fmt.Sprintf("Making up %d people.", c.People))
	if err := crowd.bundles(ctx, region, 0, region.Households()); err != nil {
		return nil, err
	}
	for i, url := range c.Databases {
		t, err := c.table(ctx, filepath.Join(dir, fmt.Sprint(i)), url, region, crowd, floor)
		if err != nil {
			return nil, err
		}
		r.Tables = append(r.Tables, *t)
	}
	return r, nil
}

// generator measures the load generator by itself.
func generator(ctx context.Context, c Config, floor *process) (Row, error) {
	a := asker{address: floor.address}
	if _, _, err := a.once(ctx, a.request("PUT", setPath, []byte("ok"))); err != nil {
		return Row{}, err
	}
	d := drive{asker: a, callers: 16, requests: [][]byte{a.request("GET", "/", nil)}, warm: c.Length / 8, length: c.Length / 4, server: floor}
	o, err := d.run(ctx)
	if err != nil {
		return Row{}, err
	}
	row := Row{Work: "generator", Title: "load generator", Unit: "req/s"}
	row.timed(o)
	return row, nil
}

func (r *Row) timed(o *outcome) {
	millis := func(d time.Duration) float64 { return float64(d) / 1e6 }
	r.Figure, r.P50, r.P99 = o.rate(), millis(o.share(.5)), millis(o.share(.99))
	r.ServerCPU = float64(o.serverCPU) / 1e3 / float64(o.units)
	r.OwnCPU = float64(o.ownCPU) / 1e3 / float64(o.units)
}

// wants says whether a work is to be measured.
func (c *Config) wants(name string) bool {
	switch {
	case name == "synthea" && c.Synthea != "", name == "curve" && c.Curve > 0:
		return len(c.Works) == 0 || slices.Contains(c.Works, name)
	case len(c.Works) == 0:
		return !slices.Contains(extra, name)
	}
	return slices.Contains(c.Works, name)
}

// table measures one database.
func (c *Config) table(ctx context.Context, dir, url string, region sim.Region, people *crowd, floor *process) (_ *Table, err error) {
	d, err := newDatabase(ctx, filepath.Join(dir, "data"), c.StoreFile, url)
	if err != nil {
		return nil, err
	}
	r := &run{c: c, d: d, dir: dir, floor: floor, people: people, region: region,
		t: &Table{Database: d.name(), People: region.People, Resources: people.resources, Bytes: people.bytes}}
	defer func() { err = errors.Join(err, r.server.stop(), d.remove()) }()
	if r.t.Settings, err = d.settings(ctx); err != nil {
		return nil, err
	}
	if err := r.fill(ctx); err != nil {
		return nil, err
	}
	for _, w := range works {
		if !c.wants(w.name) {
			continue
		}
		r.say(w.title)
		if err := w.measure(ctx, r, w); err != nil {
			return nil, fmt.Errorf("%s on %s: %w", w.title, d.name(), err)
		}
	}
	err = r.rest(ctx)
	return r.t, err
}

// rest are the rows that need a store of their own, or change this one.
func (r *run) rest(ctx context.Context) error {
	for _, one := range []struct {
		name    string
		measure func(context.Context) error
	}{{"synthea", r.synthea}, {"ndjson", r.ndjson}, {"curve", r.curve}} {
		if !r.c.wants(one.name) {
			continue
		}
		r.say(one.name)
		if err := one.measure(ctx); err != nil {
			return fmt.Errorf("%s on %s: %w", one.name, r.d.name(), err)
		}
	}
	return nil
}
