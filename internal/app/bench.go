package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/app/bench"
	"github.com/bevanhealth/bevan/internal/problem"
)

type benchCommand struct {
	DB      string        `name:"db" help:"Measure this PostgreSQL server as well. A schema is made in it and dropped at the end; nothing else is touched." env:"BEVAN_TEST_POSTGRES" placeholder:"URL"`
	Only    string        `help:"Measure only this database: sqlite or postgres." enum:"sqlite,postgres,both" default:"both"`
	People  int           `help:"How many made-up people to load, of about 310 resources each." default:"150" placeholder:"N"`
	Full    bool          `help:"Load about two million resources."`
	Synthea string        `help:"Load this folder of Synthea's bundles as well." placeholder:"DIR"`
	Work    []string      `help:"Measure only these rows; an unknown name is answered with the list." placeholder:"NAME"`
	Curve   int           `help:"Ask three searches of 1,000 people, twice as many, and so on up to this many." placeholder:"N"`
	Time    time.Duration `help:"How long each row is measured that is measured by time." default:"4s" placeholder:"TIME"`
	Profile string        `help:"Write what the server's processors do into this folder, a file for each row." placeholder:"DIR"`
	JSON    bool          `name:"json" help:"Print JSON instead of tables."`
	Floor   bool          `hidden:"" help:"Be the floor under the rows over HTTP."`
}

// fullPeople have about two million resources.
const fullPeople = 6_450

// Run measures.
func (c *benchCommand) Run(ctx context.Context, s Streams, out *terminalReport) error {
	if c.Floor {
		return bench.ServeFloor(ctx, s.Out)
	}
	for _, w := range c.Work {
		if !slices.Contains(bench.Names(), w) {
			return problem.New(problem.Invalid, "There is no row named "+w+". There are: "+strings.Join(bench.Names(), ", ")+".")
		}
	}
	conf, err := c.config(out)
	if err != nil {
		return err
	}
	report, err := bench.Run(ctx, conf)
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case err != nil:
		return problem.Wrap(problem.Unavailable, "The measurement did not come to its end. The cause below says where.", err)
	case c.JSON:
		enc := json.NewEncoder(s.Out)
		enc.SetIndent("", "  ")
		return enc.Encode(report)
	}
	return report.Print(s.Out)
}

func (c *benchCommand) config(out *terminalReport) (bench.Config, error) {
	program, err := os.Executable()
	if err != nil {
		return bench.Config{}, problem.Wrap(problem.Unavailable, "The program can not find its own file, which it starts as the server. Start it by its full path.", err)
	}
	conf := bench.Config{
		Program: program, FloorArgs: []string{"bench", "--floor"}, StoreFile: storeFile, House: benchHouse{},
		People: c.People, Depth: 1, Works: c.Work, Curve: c.Curve, Length: c.Time,
		Say: func(what string) { out.progress(step{Of: what}) },
	}
	if c.Full {
		conf.People = fullPeople
	}
	if c.Only != "postgres" {
		conf.Databases = append(conf.Databases, "")
	}
	switch {
	case c.Only == "sqlite":
	case c.DB != "":
		conf.Databases = append(conf.Databases, c.DB)
	case c.Only == "postgres":
		return conf, problem.New(problem.Invalid, "Say which PostgreSQL server to measure, with --db URL.")
	}
	conf.Synthea, conf.Profiles = c.Synthea, c.Profile
	return conf, absolute(&conf.Synthea, &conf.Profiles)
}

// benchHouse reaches the server that the bench started as an operator does.
type benchHouse struct{}

// ask has the running server do the work, and never opens the store itself.
func (benchHouse) ask(ctx context.Context, data, name string, w work, out report) error {
	served, err := askServer(ctx, data, name, w, out)
	if err == nil && !served {
		err = errors.New("the server can not be reached over its socket")
	}
	return err
}

// Load is `bevan load`.
func (h benchHouse) Load(ctx context.Context, data string, paths []string, progress func(done, total int64)) error {
	c := &loadCommand{Paths: paths, Errors: filepath.Join(data, "bench-errors.ndjson")}
	return h.ask(ctx, data, "load", c, &benchReport{step: progress})
}

// Token is `bevan token`, which prints it on its last line.
func (h benchHouse) Token(ctx context.Context, data string) (string, error) {
	var out benchReport
	err := h.ask(ctx, data, "token", &tokenCommand{Role: "operator", Label: "bench", Days: 1}, &out)
	return out.last, err
}

// Profile has the server write a profile until ctx ends.
func (h benchHouse) Profile(ctx context.Context, data, file string) error {
	err := h.ask(ctx, data, "profile", &profileWork{To: file}, &benchReport{})
	if ctx.Err() == nil {
		return fmt.Errorf("the profile ended early: %w", err)
	}
	// The server hears that we went away, and renames the file when it is whole.
	for limit := time.Now().Add(5 * time.Second); time.Now().Before(limit); time.Sleep(time.Millisecond) {
		if _, err := os.Stat(file); err == nil {
			return nil
		}
	}
	return errors.New("the profile was not written")
}

// benchReport passes progress on and keeps the last line.
type benchReport struct {
	step func(done, total int64)
	last string
}

func (b *benchReport) line(text string) { b.last = text }

func (b *benchReport) progress(s step) {
	if b.step != nil {
		b.step(s.Done, s.Total)
	}
}
