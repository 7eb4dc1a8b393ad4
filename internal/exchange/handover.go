package exchange

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// Between the moment when an export writes a file and the one when somebody
// fetches it, people say no, apps are let in no more, and records are erased.
// What may not be given out any more is taken out of the file before it is
// handed over.

// Stander tells which resources may be given out as of now.
type Stander interface {
	Stand(ctx context.Context, keys []record.Key) (map[record.Key]bool, error)
}

// linesAtOnce is of how many lines of a file that is asked at once.
const linesAtOnce = 500

// current takes out of a file of a program's export what may not be given out
// any more. Where that can not be found out, the file is not given.
func (b *Bulk) current(ctx context.Context, st jobs.Status, path string) error {
	if st.Kind != kindExport || st.By.Role != access.RoleProgram {
		return nil // the service's own: it moves what there is
	}
	s, err := b.cfg.Open(ctx, access.Job(kindExport, st.By), st.Purpose)
	if err != nil {
		return err
	}
	gone, err := notStanding(ctx, s, path)
	if err != nil || len(gone) == 0 {
		return err
	}
	return cutLines(path, gone)
}

// notStanding lists the numbers of the lines that may not be given out.
func notStanding(ctx context.Context, s Stander, path string) (gone map[int]bool, err error) {
	gone = map[int]bool{}
	keys := make([]record.Key, 0, linesAtOnce)
	first := 0
	ask := func() error {
		if len(keys) == 0 {
			return nil
		}
		stands, err := s.Stand(ctx, keys)
		if err != nil {
			return err
		}
		for i, k := range keys {
			if !stands[k] {
				gone[first+i] = true
			}
		}
		first, keys = first+len(keys), keys[:0]
		return nil
	}
	err = eachLine(path, func(_ int, line []byte) error {
		t, err := fhir.Parse(line, fhir.Limits{Bytes: len(line) + 1, Depth: 1000, Nodes: 64 << 20})
		if err != nil {
			return problem.Wrap(problem.Internal, "The file of this export is damaged. Start the export again.", err)
		}
		keys = append(keys, record.Key{Type: t.Root().Get("resourceType").Str(), ID: t.Root().Get("id").Str()})
		if len(keys) == linesAtOnce {
			return ask()
		}
		return nil
	})
	if err == nil {
		err = ask()
	}
	return gone, err
}

// cutLines makes a file again without some of its lines. Whoever reads the
// former one goes on reading it.
func cutLines(path string, gone map[int]bool) (err error) {
	tmp, err := os.CreateTemp(filepath.Dir(path), ".cut-*")
	if err != nil {
		return diskError(err)
	}
	defer func() {
		if err != nil {
			_ = tmp.Close() // of no use to anybody
			_ = os.Remove(tmp.Name())
		}
	}()
	w := bufio.NewWriterSize(tmp, 128<<10)
	err = eachLine(path, func(n int, line []byte) error {
		if gone[n] {
			return nil
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return diskError(err)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err = errors.Join(w.Flush(), tmp.Sync(), tmp.Close()); err != nil {
		return diskError(err)
	}
	if err = os.Rename(tmp.Name(), path); err != nil {
		return diskError(err)
	}
	return nil
}

// eachLine gives the lines of a file that an export wrote, by their numbers
// from 0.
func eachLine(path string, fn func(n int, line []byte) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r := bufio.NewReaderSize(f, 256<<10)
	for n := 0; ; n++ {
		line, err := r.ReadBytes('\n')
		if line = bytes.TrimSuffix(line, []byte("\n")); len(line) > 0 {
			if err := fn(n, line); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return diskError(err)
		}
	}
}
