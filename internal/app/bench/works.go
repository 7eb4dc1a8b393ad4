package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/sim"
)

// work is one row over HTTP on a store that is loaded.
type work struct {
	name, title, unit string
	callers           int
	goal, p99         [2]float64 // SQLite, PostgreSQL; p99 in milliseconds
	measure           func(context.Context, *run, work) error
}

// works are in the order of the table; those that write come last, so that
// what is read is what was loaded.
var works = []work{
	{"read", "read by id, 16 callers", "req/s", 16, [2]float64{10_000, 5_000}, [2]float64{6, 10},
		func(ctx context.Context, r *run, w work) error { return r.asked(ctx, w, r.people.reads(r.ask), `"id"`) }},
	{"search", "Observation?patient&code&_sort=-date, 16 callers", "req/s", 16, [2]float64{4_000, 2_500}, [2]float64{12, 20},
		func(ctx context.Context, r *run, w work) error {
			return r.asked(ctx, w, r.people.latest(r.ask), `"mode":"match"`)
		}},
	{"population", "Observation?code&date, first 50, 4 callers", "req/s", 4, [2]float64{}, [2]float64{15, 25},
		func(ctx context.Context, r *run, w work) error {
			return r.asked(ctx, w, r.people.population(r.ask), `"searchset"`)
		}},
	{"everything", "$everything of about 300, 4 callers", "req/s", 4, [2]float64{400, 200}, [2]float64{},
		func(ctx context.Context, r *run, w work) error {
			return r.asked(ctx, w, r.people.everything(r.ask), `"Patient"`)
		}},
	{"export", "$export", "resources/s", 1, [2]float64{50_000, 25_000}, [2]float64{}, func(ctx context.Context, r *run, w work) error { return r.exported(ctx, w) }},
	{"create", "create one resource, 16 callers", "req/s", 16, [2]float64{3_000, 1_500}, [2]float64{}, createOf},
	{"bundles", "transaction Bundles over HTTP, 4 callers", "resources/s", 4, [2]float64{4_000, 2_000}, [2]float64{}, bundlesOf},
}

// goal chooses by the database.
func (r *run) goal(g [2]float64) float64 {
	if r.d.dialect == db.SQLite {
		return g[0]
	}
	return g[1]
}

func (r *run) row(w work) Row {
	return Row{Work: w.name, Title: w.title, Unit: w.unit, Goal: r.goal(w.goal), P99Goal: r.goal(w.p99)}
}

// probes is how many requests are looked at before a row is measured.
const probes = 9

// probe asks some of the requests and holds the answers to what they should
// have in them. It gives the answer of middle size.
func (r *run) probe(ctx context.Context, requests [][]byte, has string) (body []byte, kind string, err error) {
	if len(requests) == 0 {
		return nil, "", errors.New("the made-up people give nothing to ask for. Use more of them with --people")
	}
	type got struct {
		body []byte
		kind string
	}
	var all []got
	for i := range min(probes, len(requests)) {
		a, b, err := r.ask.once(ctx, requests[i*len(requests)/min(probes, len(requests))])
		if err != nil {
			return nil, "", err
		}
		if a.status >= 300 || !bytes.Contains(b, []byte(has)) {
			return nil, "", fmt.Errorf("status %d without %s: %.300s", a.status, has, b)
		}
		all = append(all, got{bytes.Clone(b), a.kind})
	}
	slices.SortFunc(all, func(x, y got) int { return len(x.body) - len(y.body) })
	mid := all[len(all)/2]
	return mid.body, mid.kind, nil
}

// asked measures requests that only read, and the same bytes from net/http.
func (r *run) asked(ctx context.Context, w work, requests [][]byte, has string) error {
	body, kind, err := r.probe(ctx, requests, has)
	if err != nil {
		return err
	}
	row := r.row(w)
	d := drive{asker: r.ask, callers: w.callers, requests: requests, warm: r.c.Length / 4, length: r.c.Length, server: r.server}
	o, err := r.drive(ctx, w.name, &d)
	if err != nil {
		return err
	}
	row.timed(o)
	row.Note = fmt.Sprintf("%s bytes an answer; p90 %.1f ms, longest %.1f ms; the load generator takes %.0f us of processor time each",
		number(float64(len(body))), float64(o.share(.9))/1e6, float64(o.share(1))/1e6, row.OwnCPU)
	if row.Floor, err = r.same(ctx, w, requests, body, kind); err != nil {
		return err
	}
	row.Under = "net/http serving the same bytes to as many callers"
	r.add(row)
	return nil
}

// same is the floor: net/http answers the same requests with the same bytes.
func (r *run) same(ctx context.Context, w work, requests [][]byte, body []byte, kind string) (float64, error) {
	a := asker{address: r.floor.address}
	put := []byte(strings.Replace(string(a.request("PUT", setPath, body)), "application/fhir+json\r\nContent-Length", kind+"\r\nContent-Length", 1))
	if got, _, err := a.once(ctx, put); err != nil || got.status != 200 {
		return 0, fmt.Errorf("the floor does not take its answer: status %d, %w", got.status, err)
	}
	d := drive{asker: a, callers: w.callers, requests: requests, warm: r.c.Length / 8, length: r.c.Length / 2}
	o, err := d.run(ctx)
	if err != nil {
		return 0, err
	}
	return o.rate(), nil
}

// createOf measures creates, and inserts of as many rows, one resource a
// transaction.
func createOf(ctx context.Context, r *run, w work) error {
	requests := r.people.creates(r.ask)
	if _, _, err := r.probe(ctx, requests, ""); err != nil {
		return err
	}
	row := r.row(w)
	d := drive{asker: r.ask, callers: w.callers, requests: requests, warm: r.c.Length / 4, length: r.c.Length, server: r.server}
	o, err := r.drive(ctx, w.name, &d)
	if err != nil {
		return err
	}
	row.timed(o)
	row.Floor, err = r.raw.insert(ctx, r.d, filepath.Join(r.dir, "floor-create"), 1, w.callers, r.c.Length/2)
	row.Under = "the same rows into the same tables, one resource a transaction, by as many callers"
	r.add(row)
	return err
}

// bundlesOf measures a household a transaction.
func bundlesOf(ctx context.Context, r *run, w work) error {
	const limit = 96 << 20
	region := sim.Region{Seed: 21, People: max(400, r.region.People), Today: today(), Depth: r.region.Depth}
	places, requests, units := households(r.ask, region, limit)
	if a, body, err := r.ask.once(ctx, places); err != nil || a.status != 200 {
		return fmt.Errorf("the places were not taken: status %d, %w: %.300s", a.status, err, body)
	}
	row := r.row(w)
	d := drive{asker: r.ask, callers: w.callers, requests: requests, units: units, once: true,
		warm: r.c.Length / 4, length: 2 * r.c.Length, server: r.server}
	o, err := r.drive(ctx, w.name, &d)
	if err != nil {
		return err
	}
	row.timed(o)
	of := max(1, o.units/o.done)
	row.Note = fmt.Sprintf("about %d resources a Bundle", of)
	row.Floor, err = r.raw.insert(ctx, r.d, filepath.Join(r.dir, "floor-bundles"), of, w.callers, r.c.Length/2)
	row.Under = fmt.Sprintf("the same rows into the same tables, %d resources a transaction, by as many callers", of)
	r.add(row)
	return err
}

// longestExport ends a row that hangs.
const longestExport = 15 * time.Minute

// exported measures from the request to the manifest.
func (r *run) exported(ctx context.Context, w work) error {
	row := r.row(w)
	end := r.profile(ctx, w.name)
	before, own, start := r.server.cpu(), ownCPU(), time.Now()
	a, body, err := r.ask.once(ctx, r.ask.request("GET", "/fhir/$export", nil, "Prefer: respond-async"))
	if err != nil || a.status != 202 {
		return fmt.Errorf("status %d, %w: %.300s", a.status, err, body)
	}
	_, place, ok := strings.Cut(a.location, r.ask.address)
	if !ok {
		return fmt.Errorf("the export does not say where its status is: %q", a.location)
	}
	status := r.ask.request("GET", place, nil)
	for a.status == 202 && time.Since(start) < longestExport {
		wait(ctx, 5*time.Millisecond)
		if a, body, err = r.ask.once(ctx, status); err != nil {
			return err
		}
	}
	took := time.Since(start)
	end()
	var manifest struct{ Output []struct{ Count int } }
	if err := json.Unmarshal(body, &manifest); err != nil || a.status != 200 {
		return fmt.Errorf("status %d, %w: %.300s", a.status, err, body)
	}
	n := 0
	for _, f := range manifest.Output {
		n += f.Count
	}
	if n < r.t.Resources {
		return fmt.Errorf("%d resources were exported, and %d are held", n, r.t.Resources)
	}
	row.Figure = float64(n) / took.Seconds()
	row.ServerCPU = float64(r.server.cpu()-before) / 1e3 / float64(n)
	row.OwnCPU = float64(ownCPU()-own) / 1e3 / float64(n)
	row.Floor, row.Under = r.scan, "the same rows read by one query and written to a file as they lie, sealed and small"
	row.Note = fmt.Sprintf("%s resources in %s, from the request to the manifest", number(float64(n)), took.Round(time.Millisecond))
	r.add(row)
	return nil
}
