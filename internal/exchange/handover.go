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

// current gives a file of a program's export without what may not be given out
// any more. Where that can not be found out, the file is not given. What is read
// is what was judged, whoever else fetches the same file meanwhile.
func (b *Bulk) current(ctx context.Context, st jobs.Status, f *os.File) (*os.File, error) {
	if st.Kind != kindExport || st.By.Role != access.RoleProgram {
		return f, nil // the service's own: it moves what there is
	}
	s, err := b.cfg.Open(ctx, access.Job(kindExport, st.By), st.Purpose)
	if err != nil {
		return nil, err
	}
	gone, err := notStanding(ctx, s, f)
	if err != nil {
		return nil, err
	}
	if len(gone) > 0 {
		return cutLines(f, gone)
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return nil, diskError(err)
	}
	return f, nil
}

// notStanding lists the numbers of the lines that may not be given out.
func notStanding(ctx context.Context, s Stander, f *os.File) (gone map[int]bool, err error) {
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
	err = eachLine(f, func(_ int, line []byte) error {
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

// cutLines makes a file again without some of its lines, in its place, and gives
// it open at its beginning. Whoever reads the former one goes on reading it.
func cutLines(f *os.File, gone map[int]bool) (_ *os.File, err error) {
	tmp, err := os.CreateTemp(filepath.Dir(f.Name()), ".cut-*")
	if err != nil {
		return nil, diskError(err)
	}
	defer func() {
		if err != nil {
			_ = tmp.Close() // of no use to anybody
			_ = os.Remove(tmp.Name())
		}
	}()
	w := bufio.NewWriterSize(tmp, 128<<10)
	err = eachLine(f, func(n int, line []byte) error {
		if gone[n] {
			return nil
		}
		if _, err := w.Write(append(line, '\n')); err != nil {
			return diskError(err)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err = errors.Join(w.Flush(), tmp.Sync(), os.Rename(tmp.Name(), f.Name())); err != nil {
		return nil, diskError(err)
	}
	if _, err = tmp.Seek(0, io.SeekStart); err != nil {
		return nil, diskError(err)
	}
	return tmp, nil
}

// eachLine gives the lines of a file that an export wrote, from its beginning, by
// their numbers from 0.
func eachLine(f *os.File, fn func(n int, line []byte) error) error {
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return diskError(err)
	}
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
