package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"time"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// Scanner is what an export needs of a record session.
type Scanner interface {
	Scan(ctx context.Context, types []string, since time.Time, q []search.Query, cursor string, fn func(record.Resource) error) (next string, err error)
	Search(ctx context.Context, q search.Query, cursor string) (record.Page, error)
	Registry() *search.Registry
}

// ExportOptions say what to export and how. The zero value exports everything
// in the session's reach.
type ExportOptions struct {
	Types []string  // resource types; nil means all
	Since time.Time // only what changed at or after it
	// Filters are searches, each such as Observation?code=1234-5. A type that
	// has filters gives what answers one of them; other types give all.
	Filters []string
	// Patients limits the export to the records of these patients, by their
	// ids; nil means everybody.
	Patients []string

	// FileBytes is the size at which a type gets another file, 1 GB when 0.
	FileBytes int64
	// Progress is told how many resources are written.
	Progress func(done int64)
	// Resume is a state that Save was given by an earlier export into the same
	// folder; nil to begin.
	Resume []byte
	// Save keeps the state, about every SaveEvery resources (50,000 when 0).
	// What lies before it is on the disk for good.
	Save      func(state []byte, done int64) error
	SaveEvery int64
}

// exportState is what Save is given.
type exportState struct {
	Cursor  string `json:"cursor,omitempty"`
	Patient int    `json:"patient,omitempty"` // those before it are done
	Files   []File `json:"files"`
	// Taken are resources that the cursor leads to again and that are written.
	Taken []record.Key `json:"taken,omitempty"`
}

// Export writes resources as NDJSON into a folder, a file or more for each
// type, and lists the files.
func Export(ctx context.Context, s Scanner, dir string, o ExportOptions) ([]File, error) {
	e := &exporter{s: s, o: o}
	var err error
	if e.filters, err = ParseFilters(s.Registry(), o.Filters); err != nil {
		return nil, err
	}
	if len(o.Resume) > 0 {
		if err := json.Unmarshal(o.Resume, &e.state); err != nil {
			return nil, problem.Wrap(problem.Invalid, "The notes of the interrupted export can not be read. Start the export again.", err)
		}
	}
	if e.o.FileBytes <= 0 {
		e.o.FileBytes = 1 << 30
	}
	if e.o.SaveEvery <= 0 {
		e.o.SaveEvery = 50_000
	}
	if e.out, err = newFolder(dir, e.o.FileBytes, e.state.Files); err != nil {
		return nil, err
	}
	defer e.out.close()
	for _, f := range e.state.Files {
		e.done += f.Count
	}
	if o.Patients != nil {
		err = e.patients(ctx)
	} else {
		err = e.scan(ctx)
	}
	if err != nil {
		return nil, err
	}
	return e.out.sync()
}

type exporter struct {
	s       Scanner
	o       ExportOptions
	filters []search.Query
	out     *folder
	state   exportState
	done    int64
	saved   int64 // done at the last save
}

// errPause stops a scan so that its cursor can be kept.
var errPause = errors.New("pause")

// scan walks everything, and rests now and then to save its place.
func (e *exporter) scan(ctx context.Context) error {
	for {
		skip := make(map[record.Key]bool, len(e.state.Taken))
		for _, k := range e.state.Taken {
			skip[k] = true
		}
		taken := slices.Clone(e.state.Taken)
		next, err := e.s.Scan(ctx, e.o.Types, e.o.Since, e.filters, e.state.Cursor, func(r record.Resource) error {
			switch {
			case skip[r.Key]:
				return nil
			case e.o.Save == nil:
			case e.done-e.saved >= e.o.SaveEvery:
				return errPause
			default:
				taken = append(taken, r.Key)
			}
			return e.take(&r)
		})
		if !errors.Is(err, errPause) {
			return err
		}
		if e.state.Taken, err = e.beyond(ctx, next, taken); err != nil {
			return err
		}
		e.state.Cursor = next
		if err := e.save(); err != nil {
			return err
		}
	}
}

// beyond is the part of taken that a scan from the cursor meets again. A scan
// that is stopped goes on at the beginning of one of its own batches, so this
// is a batch at most.
func (e *exporter) beyond(ctx context.Context, cursor string, taken []record.Key) ([]record.Key, error) {
	var first record.Key
	_, err := e.s.Scan(ctx, e.o.Types, e.o.Since, e.filters, cursor, func(r record.Resource) error {
		first = r.Key
		return errPause
	})
	if err != nil && !errors.Is(err, errPause) {
		return nil, err
	}
	if i := slices.Index(taken, first); i >= 0 {
		return slices.Clone(taken[i:]), nil
	}
	return nil, nil
}

func (e *exporter) take(r *record.Resource) error {
	if err := e.out.add(r.Type, r.Body); err != nil {
		return err
	}
	e.done++
	if e.o.Progress != nil && e.done%1000 == 0 {
		e.o.Progress(e.done)
	}
	return nil
}

func (e *exporter) save() error {
	e.saved = e.done
	if e.o.Save == nil {
		return nil
	}
	var err error
	if e.state.Files, err = e.out.sync(); err != nil {
		return err
	}
	state, err := json.Marshal(e.state)
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	return e.o.Save(state, e.done)
}

// patients walks the records of the patients that were named, one after the
// other.
func (e *exporter) patients(ctx context.Context) error {
	for ; e.state.Patient < len(e.o.Patients); e.state.Patient++ {
		if e.done-e.saved >= e.o.SaveEvery {
			if err := e.save(); err != nil {
				return err
			}
		}
		if err := e.patient(ctx, e.o.Patients[e.state.Patient]); err != nil {
			return err
		}
	}
	return nil
}

func (e *exporter) patient(ctx context.Context, id string) error {
	inside := spec.CompartmentTypes("Patient")
	if len(e.o.Types) > 0 {
		inside = slices.DeleteFunc(slices.Clone(inside), func(t string) bool { return !slices.Contains(e.o.Types, t) })
	}
	var plain []string // types without a filter
	for _, t := range inside {
		if !slices.ContainsFunc(e.filters, func(q search.Query) bool { return q.Types[0] == t }) {
			plain = append(plain, t)
		}
	}
	seen := map[record.Key]bool{} // two filters may find the same
	if len(plain) > 0 {
		if err := e.compartment(ctx, id, plain, nil, nil); err != nil {
			return err
		}
	}
	for _, f := range e.filters {
		if !slices.Contains(inside, f.Types[0]) {
			continue
		}
		if err := e.compartment(ctx, id, f.Types, f.Pairs(), seen); err != nil {
			return err
		}
	}
	return nil
}

// pageOf is how many resources of a record are asked for at once.
const pageOf = 1_000

func (e *exporter) compartment(ctx context.Context, id string, types []string, pairs []search.Pair, seen map[record.Key]bool) error {
	pairs = append(slices.Clone(pairs), search.Pair{Name: "_count", Value: strconv.Itoa(pageOf)})
	if !e.o.Since.IsZero() {
		pairs = append(pairs, search.Pair{Name: "_lastUpdated", Value: "ge" + e.o.Since.UTC().Format("2006-01-02T15:04:05.000Z")})
	}
	q, err := search.Parse(e.s.Registry(), types, &search.Compartment{Type: "Patient", ID: id}, pairs, search.Options{Strict: true, MaxCount: pageOf})
	if err != nil {
		return err
	}
	for cursor := ""; ; {
		page, err := e.s.Search(ctx, q, cursor)
		if err != nil {
			return err
		}
		for i := range page.Items {
			r := &page.Items[i]
			if seen[r.Key] || r.Include {
				continue
			}
			if seen != nil {
				seen[r.Key] = true
			}
			if err := e.take(r); err != nil {
				return err
			}
		}
		if cursor = page.Next; cursor == "" {
			return nil
		}
	}
}
