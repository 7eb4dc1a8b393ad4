package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/sim"
)

// run is one database that is being measured.
type run struct {
	c      *Config
	d      *database
	dir    string
	server *process
	floor  *process // net/http
	ask    asker
	people *crowd
	region sim.Region
	raw    *rawRows
	scan   float64 // resources a second, read as they lie
	t      *Table
}

func (r *run) say(what string) { r.c.Say(r.d.name() + ": " + what) }

func (r *run) add(row Row) { r.t.Rows = append(r.t.Rows, row) }

// start starts the server and gives how long it took until it was ready.
func (r *run) start(ctx context.Context) (took time.Duration, err error) {
	from := time.Now()
	if r.server, err = launch(ctx, r.c.Program, r.d.args()...); err != nil {
		return 0, err
	}
	if err := r.server.ready(ctx); err != nil {
		return 0, err
	}
	took = time.Since(from)
	if r.ask.token == "" {
		if r.ask.token, err = r.c.House.Token(ctx, r.d.dir); err != nil {
			return 0, err
		}
	}
	r.ask.address = r.server.address
	return took, nil
}

func (r *run) stop() error {
	err := r.server.stop()
	r.server = nil
	return err
}

// loaded is what one load did.
type loaded struct {
	took  time.Duration
	cpu   time.Duration
	times []time.Duration // when each tenth was done
}

// load brings a folder in and watches it.
func (r *run) load(ctx context.Context, name, folder string) (loaded, error) {
	var l loaded
	end := r.profile(ctx, name)
	defer end()
	before, start := r.server.cpu(), time.Now()
	err := r.c.House.Load(ctx, r.d.dir, []string{folder}, func(done, total int64) {
		for total > 0 && len(l.times) < 10 && done*10 >= total*int64(len(l.times)+1) {
			l.times = append(l.times, time.Since(start))
		}
	})
	l.took, l.cpu = time.Since(start), r.server.cpu()-before
	return l, err
}

// row is a load as a row. The work goes evenly over the bytes, since each file
// is a household.
func (l *loaded) row(row Row, resources int) Row {
	row.Unit = "resources/s"
	row.Figure = float64(resources) / l.took.Seconds()
	row.ServerCPU = float64(l.cpu) / 1e3 / float64(resources)
	last := time.Duration(0)
	for _, t := range l.times {
		row.Curve = append(row.Curve, float64(resources)/10/max((t-last).Seconds(), 1e-6))
		last = t
	}
	return row
}

// The sizes of transactions that a load makes, and how many it makes beside
// one another.
const (
	loadLot     = 1_000
	loadCallers = 2
)

var loadGoal = [2]float64{8_000, 4_000}

// fill loads the people and measures what belongs to a load.
func (r *run) fill(ctx context.Context) error {
	if _, err := r.start(ctx); err != nil {
		return err
	}
	r.say("load")
	l, err := r.load(ctx, "load", r.people.dir)
	if err != nil {
		return err
	}
	now, most := r.server.memory()
	if err := r.stop(); err != nil {
		return err
	}
	size, held, err := r.d.size(ctx)
	if err != nil {
		return err
	}
	if held != int64(r.people.resources) {
		return fmt.Errorf("%d resources were loaded, and %d are held", r.people.resources, held)
	}
	if err := r.under(ctx); err != nil {
		return err
	}
	if r.c.wants("load") {
		row := l.row(Row{Work: "load", Title: "bevan load, made-up people", Goal: r.goal(loadGoal)}, r.people.resources)
		row.Under = fmt.Sprintf("the same rows into the same tables, %d resources a transaction, by %d callers", loadLot, loadCallers)
		if row.Floor, err = r.raw.insert(ctx, r.d, filepath.Join(r.dir, "floor-load"), loadLot, loadCallers, 2*r.c.Length); err != nil {
			return err
		}
		r.add(row)
	}
	if err := r.starts(ctx); err != nil {
		return err
	}
	if r.c.wants("size") {
		r.add(Row{Work: "size", Title: "database bytes, made-up people", Unit: "bytes/resource", Less: true, Goal: r.goal(sizeGoal),
			Figure: float64(size) / float64(held), Note: fmt.Sprintf("%s bytes of JSON each", number(float64(r.people.bytes)/float64(held)))})
	}
	if r.c.wants("memory") && now > 0 {
		r.add(Row{Work: "memory", Title: "memory after load", Unit: "MB", Less: true, Goal: 350,
			Figure: float64(now) / 1e6, Note: fmt.Sprintf("at most %s MB during the load", number(float64(most)/1e6))})
	}
	return nil
}

var sizeGoal = [2]float64{1_000, 2_000}

// under reads the rows for the floors from the store while no server has it.
func (r *run) under(ctx context.Context) error {
	needed := slices.ContainsFunc([]string{"load", "create", "bundles", "export", "synthea", "ndjson"}, r.c.wants)
	if !needed {
		return nil
	}
	r.say("rows for the floors")
	f, err := os.Create(filepath.Join(r.dir, "scan"))
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	return r.d.with(ctx, func(s *db.DB) error {
		if r.raw, err = takeRows(ctx, s, maxRaw, false); err != nil {
			return err
		}
		r.scan, err = scanRate(ctx, s, f)
		return err
	})
}

// starts measures the start on the loaded store, and leaves the server running.
func (r *run) starts(ctx context.Context) error {
	r.say("start")
	times := make([]time.Duration, 3)
	for i := range times {
		if err := r.stop(); err != nil {
			return err
		}
		var err error
		if times[i], err = r.start(ctx); err != nil {
			return err
		}
	}
	if r.c.wants("start") {
		slices.Sort(times)
		r.add(Row{Work: "start", Title: "start until ready", Unit: "ms", Less: true, Goal: 300, Figure: float64(times[1]) / 1e6,
			Note: fmt.Sprintf("the middle one of three, from starting the process to the first 200 of /readyz; %.0f to %.0f ms", float64(times[0])/1e6, float64(times[2])/1e6)})
	}
	return nil
}

// drive runs a drive, with a profile of the server where one is wanted.
func (r *run) drive(ctx context.Context, name string, d *drive) (*outcome, error) {
	defer r.profile(ctx, name)()
	return d.run(ctx)
}

// profile starts a profile of the server, which end completes.
func (r *run) profile(ctx context.Context, name string) (end func()) {
	if r.c.Profiles == "" {
		return func() {}
	}
	ctx, stop := context.WithCancel(ctx)
	done := make(chan error, 1)
	file := filepath.Join(r.c.Profiles, r.d.dialect.String()+"-"+name+".pprof")
	go func() { done <- r.c.House.Profile(ctx, r.d.dir, file) }()
	return func() {
		stop()
		if err := <-done; err != nil {
			r.say("no profile of " + name + ": " + err.Error())
		}
	}
}
