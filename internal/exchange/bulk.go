package exchange

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/problem"
)

// BulkSession is what bulk work needs of a record session.
type BulkSession interface {
	Scanner
	Stander
	Writer
	MayScan(ctx context.Context, types []string, q []search.Query) error
}

// BulkConfig is what Bulk is made of.
type BulkConfig struct {
	Queue *jobs.Queue
	// Open gives a session to whoever asks, or to a job that works for them;
	// it finds out anew what they may do.
	Open func(ctx context.Context, who access.Who, why access.Purpose) (BulkSession, error)
	// Dir holds a folder for the files of each job. They are not sealed, so
	// only the service may read it (mode 0700), and Sweep clears it.
	Dir string
	// ImportDir is the folder whose files $import may load; "" for none.
	ImportDir string
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Bulk is export and import as background jobs.
type Bulk struct{ cfg BulkConfig }

// The kinds of job.
const (
	kindExport = "export"
	kindImport = "import"
)

// NewBulk registers the kinds of job with the queue, so it comes before the
// queue's Start.
func NewBulk(cfg BulkConfig) *Bulk {
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	b := &Bulk{cfg}
	cfg.Queue.Handle(kindExport, b.export)
	cfg.Queue.Handle(kindImport, b.load)
	return b
}

// ExportRequest is what a $export asks.
type ExportRequest struct {
	URL      string    `json:"url"` // as it was asked, for the manifest
	Types    []string  `json:"types,omitempty"`
	Since    time.Time `json:"since,omitzero"`
	Filters  []string  `json:"filters,omitempty"`
	Patients []string  `json:"patients"` // nil means everybody
	At       time.Time `json:"at"`       // when it was asked
}

// ImportRequest is what an $import asks: files in the import folder.
type ImportRequest struct {
	URL   string    `json:"url"`
	Files []string  `json:"files"`
	At    time.Time `json:"at"`
}

// result is what a job leaves for Status.
type result struct {
	URL    string         `json:"url"`
	At     time.Time      `json:"at"`
	Files  []File         `json:"files,omitempty"`
	Loaded map[string]int `json:"loaded,omitempty"`
	Errors File           `json:"errors,omitzero"`
}

// BulkStatus is how far a job is, and what it gave.
type BulkStatus struct {
	State       jobs.State
	Done, Total int64
	Error       string    // safe to show
	URL         string    // of the request, when the job is done
	At          time.Time // when it was asked
	Files       []File
	Loaded      map[string]int // by type
	Errors      File           // of an import: the lines that were not loaded
}

// Export starts an export and gives the job's id. What can not be exported is
// refused here, not in the job.
func (b *Bulk) Export(ctx context.Context, who access.Who, r ExportRequest) (string, error) {
	why := who.Why(access.Export)
	s, err := b.cfg.Open(ctx, who, why)
	if err != nil {
		return "", err
	}
	filters, err := ParseFilters(s.Registry(), r.Filters)
	if err != nil {
		return "", err
	}
	// The job finds out anew what its owner may do, which may be more than the
	// credential that it is asked for by.
	types := r.Types
	if r.Patients != nil {
		types = PatientTypes(types)
	}
	if err := s.MayScan(ctx, types, filters); err != nil {
		return "", err
	}
	r.At = b.cfg.Now().UTC()
	return b.add(ctx, kindExport, who, why, r)
}

// Import starts a load of files from the import folder.
func (b *Bulk) Import(ctx context.Context, who access.Who, r ImportRequest) (string, error) {
	if _, err := b.cfg.Open(ctx, who, access.Import); err != nil {
		return "", err
	}
	if _, err := b.importPaths(r.Files); err != nil {
		return "", err
	}
	r.At = b.cfg.Now().UTC()
	return b.add(ctx, kindImport, who, access.Import, r)
}

func (b *Bulk) add(ctx context.Context, kind string, who access.Who, why access.Purpose, args any) (string, error) {
	text, err := json.Marshal(args)
	if err != nil {
		return "", problem.Wrap(problem.Internal, "", err)
	}
	id, err := b.cfg.Queue.Add(ctx, jobs.Spec{Kind: kind, By: who, Purpose: why, Args: text})
	return strconv.FormatInt(id, 10), err
}

// importPaths finds files inside the import folder, links followed.
func (b *Bulk) importPaths(names []string) ([]string, error) {
	if b.cfg.ImportDir == "" {
		return nil, problem.New(problem.Unsupported, "This server has no import folder. The operator can name one, or load the files with: bevan load.")
	}
	if len(names) == 0 {
		return nil, problem.New(problem.Invalid, "Name the files to import. They must lie in the server's import folder.")
	}
	root, err := filepath.EvalSymlinks(b.cfg.ImportDir)
	if err != nil {
		return nil, problem.Wrap(problem.Unavailable, "The server's import folder is not there. Tell the operator.", err)
	}
	var paths []string
	for _, n := range names {
		path := ""
		if filepath.IsLocal(n) {
			path, err = filepath.EvalSymlinks(filepath.Join(root, n))
		}
		inside, relErr := filepath.Rel(root, path)
		if err != nil || relErr != nil || path == "" || !filepath.IsLocal(inside) {
			return nil, problem.New(problem.NotFound, "One of the files to import is not in the server's import folder. Name files by their place in it, such as Patient.ndjson.")
		}
		paths = append(paths, path)
	}
	return paths, nil
}

// Status tells how far a job is. Only who started it may know that it is there.
func (b *Bulk) Status(ctx context.Context, who access.Who, id string) (BulkStatus, error) {
	_, st, err := b.job(ctx, who, id)
	if err != nil {
		return BulkStatus{}, err
	}
	out := BulkStatus{State: st.State, Done: st.Done, Total: st.Total, Error: st.Error, At: st.Made}
	if len(st.Result) > 0 {
		var r result
		if err := json.Unmarshal(st.Result, &r); err != nil {
			return out, problem.Wrap(problem.Internal, "", err)
		}
		out.URL, out.At, out.Files, out.Loaded, out.Errors = r.URL, r.At, r.Files, r.Loaded, r.Errors
	}
	return out, nil
}

func (b *Bulk) job(ctx context.Context, who access.Who, id string) (int64, jobs.Status, error) {
	gone := problem.New(problem.NotFound, "There is no such job, or it is not yours. Check the address that you were given.")
	n, err := strconv.ParseInt(id, 10, 64)
	if err != nil {
		return 0, jobs.Status{}, gone
	}
	st, err := b.cfg.Queue.Get(ctx, n)
	switch {
	case problem.Is(err, problem.NotFound):
		return 0, st, gone
	case err != nil:
		return 0, st, err
	case st.By.Actor != who.Actor || st.Kind != kindExport && st.Kind != kindImport:
		return 0, st, gone
	case st.Cancelling || st.State == jobs.Cancelled: // nobody sees it again, even while it runs to its next step
		return 0, st, problem.New(problem.NotFound, "This job was cancelled. Start it again if you still want it.")
	}
	return n, st, nil
}

// Cancel stops a job and deletes its files. From then on it is as if it had
// never been, also one that had ended (Bulk Data 2.0, "Bulk Data Delete
// Request").
func (b *Bulk) Cancel(ctx context.Context, who access.Who, id string) error {
	n, _, err := b.job(ctx, who, id)
	if err != nil {
		return err
	}
	if err := b.cfg.Queue.Cancel(ctx, n); err != nil {
		return err
	}
	if err := os.RemoveAll(b.folder(n)); err != nil {
		return diskError(err)
	}
	return nil
}

// File opens a file that a job made.
func (b *Bulk) File(ctx context.Context, who access.Who, id, name string) (*os.File, error) {
	n, st, err := b.job(ctx, who, id)
	if err != nil {
		return nil, err
	}
	gone := problem.New(problem.NotFound, "There is no such file. Exported files are deleted after some time; start the export again.")
	if st.State != jobs.Done || !filepath.IsLocal(name) || filepath.Base(name) != name {
		return nil, gone
	}
	// A credential of the same holder may allow less than the one by which the
	// export was asked for: a file holds one type, and is named after it.
	if typ, _, _ := strings.Cut(name, "."); name != errorsFile && !who.Bound.Allows(access.Search, typ) {
		return nil, gone
	}
	f, err := os.Open(filepath.Join(b.folder(n), name))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, gone
	case err != nil:
		return nil, diskError(err)
	}
	out, err := b.current(ctx, st, f)
	if out != f {
		_ = f.Close() // only read
	}
	return out, err
}

func (b *Bulk) folder(id int64) string {
	return filepath.Join(b.cfg.Dir, strconv.FormatInt(id, 10))
}

// Sweep deletes the files of jobs that are older than keep.
func (b *Bulk) Sweep(keep time.Duration) error {
	list, err := os.ReadDir(b.cfg.Dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return diskError(err)
	}
	for _, d := range list {
		_, notJob := strconv.ParseInt(d.Name(), 10, 64)
		info, err := d.Info()
		if err != nil || notJob != nil || b.cfg.Now().Sub(info.ModTime()) < keep {
			continue
		}
		if err := os.RemoveAll(filepath.Join(b.cfg.Dir, d.Name())); err != nil {
			return diskError(err)
		}
	}
	return nil
}
