package bench

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/sim"
)

// synthea loads a folder of Synthea's bundles on top of the people that are
// there.
func (r *run) synthea(ctx context.Context) error {
	if r.c.Synthea == "" {
		return errors.New("name a folder of Synthea's bundles with --synthea")
	}
	if err := r.stop(); err != nil {
		return err
	}
	sizeBefore, before, err := r.d.size(ctx)
	if err != nil {
		return err
	}
	if _, err := r.start(ctx); err != nil {
		return err
	}
	l, err := r.load(ctx, "synthea", r.c.Synthea)
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
	n := int(held - before)
	if n == 0 {
		return errors.New("nothing new was loaded")
	}
	row := l.row(Row{Work: "synthea", Title: "bevan load, Synthea", Goal: r.goal(loadGoal)}, n)
	row.Note = fmt.Sprintf("%s resources; memory %s MB after it, at most %s MB", number(float64(n)), number(float64(now)/1e6), number(float64(most)/1e6))
	var raw *rawRows
	if err := r.d.with(ctx, func(s *db.DB) (err error) { raw, err = takeRows(ctx, s, min(n, maxRaw), true); return err }); err != nil {
		return err
	}
	if row.Floor, err = raw.insert(ctx, r.d, filepath.Join(r.dir, "floor-synthea"), loadLot, loadCallers, 2*r.c.Length); err != nil {
		return err
	}
	r.add(row)
	r.add(Row{Work: "synthea", Title: "database bytes, Synthea", Unit: "bytes/resource", Less: true, Goal: r.goal(sizeGoal),
		Figure: float64(size-sizeBefore) / float64(n)})
	return nil
}

// aside is a run on a store of its own, which adds its rows to the same table.
func (r *run) aside(ctx context.Context, name string, fn func(*run) error) (err error) {
	if err := r.stop(); err != nil {
		return err
	}
	o := *r
	o.dir = filepath.Join(r.dir, name)
	o.ask = asker{}
	if o.d, err = newDatabase(ctx, filepath.Join(o.dir, "data"), r.c.StoreFile, r.d.base); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, o.server.stop(), o.d.remove()) }()
	if o.people, err = newCrowd(filepath.Join(o.dir, "people")); err != nil {
		return err
	}
	if _, err := o.start(ctx); err != nil {
		return err
	}
	return fn(&o)
}

// ndjson loads the same people from a file for each type.
func (r *run) ndjson(ctx context.Context) error {
	return r.aside(ctx, "ndjson", func(o *run) error {
		if err := o.people.lines(ctx, r.region); err != nil {
			return err
		}
		l, err := o.load(ctx, "ndjson", o.people.dir)
		if err != nil {
			return err
		}
		l.times = nil // the tenths are of different types
		o.add(l.row(Row{Work: "ndjson", Title: "bevan load, a file for each type", Goal: r.goal(loadGoal)}, o.people.resources))
		return nil
	})
}

// curveDepth is how much happened to each person of the curve: little, so that
// many fit.
const curveDepth = 0.02

// curve loads more and more people and asks three searches whose answers stay
// the same size.
func (r *run) curve(ctx context.Context) error {
	if r.c.Curve == 0 {
		return errors.New("say to how many people with --curve")
	}
	return r.aside(ctx, "curve", func(o *run) error {
		region := sim.Region{Seed: 22, People: r.c.Curve, Today: today(), Depth: curveDepth}
		from := 0
		for people := min(1_000, r.c.Curve); ; people = min(people*2, r.c.Curve) {
			to := region.HouseholdOf(people-1) + 1
			if err := o.grow(ctx, region, from, to); err != nil {
				return err
			}
			if err := o.curvePoint(ctx, people); err != nil {
				return err
			}
			if from = to; people == r.c.Curve {
				return nil
			}
		}
	})
}

// grow loads some more households.
func (r *run) grow(ctx context.Context, region sim.Region, from, to int) error {
	held := r.people.dir
	r.people.dir = filepath.Join(held, fmt.Sprint(from))
	defer func() { r.people.dir = held }()
	if err := os.MkdirAll(r.people.dir, 0o700); err != nil {
		return err
	}
	if err := r.people.bundles(ctx, region, from, to); err != nil {
		return err
	}
	_, err := r.load(ctx, fmt.Sprint("curve-", from), r.people.dir)
	return err
}

func (r *run) curvePoint(ctx context.Context, people int) error {
	for _, q := range []struct {
		title    string
		requests [][]byte
		callers  int
	}{
		{"Observation?patient&code&_sort=-date", r.people.latest(r.ask), 16},
		{"Observation?code&date, first 50", r.people.population(r.ask), 4},
		{"Patient?identifier", r.people.named(r.ask), 16},
	} {
		if _, _, err := r.probe(ctx, q.requests, `"searchset"`); err != nil {
			return err
		}
		d := drive{asker: r.ask, callers: q.callers, requests: q.requests, warm: r.c.Length / 8, length: max(r.c.Length/2, 50*time.Millisecond), server: r.server}
		o, err := d.run(ctx)
		if err != nil {
			return err
		}
		row := Row{Work: "curve", Unit: "req/s",
			Title: fmt.Sprintf("%s people, %s resources: %s", number(float64(people)), number(float64(r.people.resources)), q.title)}
		row.timed(o)
		r.add(row)
	}
	return nil
}
