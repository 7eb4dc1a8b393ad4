package exchange

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/problem"
)

// export is the handler of an export job.
func (b *Bulk) export(ctx context.Context, j *jobs.Job) error {
	var r ExportRequest
	if err := json.Unmarshal(j.Args, &r); err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	s, err := b.cfg.Open(ctx, j.Who(), j.Purpose)
	if err != nil {
		return err
	}
	dir := b.folder(j.ID)
	if j.Spot == nil {
		// A start that saved nothing may have left files behind.
		if err := os.RemoveAll(dir); err != nil {
			return diskError(err)
		}
	}
	files, err := Export(ctx, s, dir, ExportOptions{
		Types: r.Types, Since: r.Since, Filters: r.Filters, Patients: r.Patients,
		Resume: j.Spot,
		Save:   func(state []byte, done int64) error { return j.Save(done, 0, state) },
	})
	if err != nil {
		return err
	}
	return keep(j, result{URL: r.URL, At: r.At, Files: files})
}

func keep(j *jobs.Job, r result) error {
	text, err := json.Marshal(r)
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	j.Result(text)
	return nil
}

// errorsFile is the name of the file with the lines that an import left out.
const errorsFile = "errors.ndjson"

// load is the handler of an import job.
func (b *Bulk) load(ctx context.Context, j *jobs.Job) error {
	var r ImportRequest
	if err := json.Unmarshal(j.Args, &r); err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	paths, err := b.importPaths(r.Files)
	if err != nil {
		return err
	}
	s, err := b.cfg.Open(ctx, j.Who(), j.Purpose)
	if err != nil {
		return err
	}
	dir := b.folder(j.ID)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return diskError(err)
	}
	f, err := os.OpenFile(filepath.Join(dir, errorsFile), os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o600)
	if err != nil {
		return diskError(err)
	}
	defer f.Close()
	redact := &plainNames{w: f, root: b.cfg.ImportDir}
	var at Progress
	sum, err := Load(ctx, s, paths, LoadOptions{
		Errors: redact, Resume: j.Spot,
		Save:     func(state []byte) error { return j.Save(at.BytesDone, at.Bytes, state) },
		Progress: func(p Progress) { at = p },
	})
	if err != nil {
		return err
	}
	if err := f.Sync(); err != nil {
		return diskError(err)
	}
	out := result{URL: r.URL, At: r.At, Loaded: sum.Types}
	if sum.Rejected > 0 {
		out.Errors = File{Name: errorsFile, Type: "OperationOutcome", Count: int64(sum.Rejected)}
	}
	return keep(j, out)
}

// plainNames takes the server's own folder out of the file names that whoever
// asked for an import gets to read.
type plainNames struct {
	w    *os.File
	root string
}

func (p *plainNames) Write(b []byte) (int, error) {
	root, err := filepath.EvalSymlinks(p.root)
	if err != nil {
		root = p.root
	}
	_, err = p.w.WriteString(strings.ReplaceAll(string(b), root+string(filepath.Separator), ""))
	return len(b), err
}

// PatientTypes are the types that a patient-level export gives: those that
// can be in a patient's record, narrowed to those that were asked for.
func PatientTypes(asked []string) []string {
	inside := slices.Clone(spec.CompartmentTypes("Patient"))
	if len(asked) == 0 {
		return inside
	}
	return slices.DeleteFunc(inside, func(t string) bool { return !slices.Contains(asked, t) })
}
