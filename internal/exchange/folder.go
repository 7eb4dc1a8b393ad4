package exchange

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"github.com/bevanhealth/bevan/internal/problem"
)

// File is one file of an export.
type File struct {
	Name  string `json:"name"`
	Type  string `json:"type"`
	Count int64  `json:"count"` // resources, one a line
	Bytes int64  `json:"bytes"`
}

// folder writes NDJSON files by type, and can go on with them after a stop.
type folder struct {
	dir   string
	limit int64 // bytes after which a type gets another file
	files []*outFile
	open  map[string]*outFile // the last file of each type
	line  []byte
}

type outFile struct {
	File
	f *os.File
	w *bufio.Writer
}

// newFolder makes the folder, or goes on with the files that are known from a
// saved state: what was written after the save is cut off.
func newFolder(dir string, limit int64, known []File) (*folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, diskError(err)
	}
	d := &folder{dir: dir, limit: limit, open: map[string]*outFile{}}
	for _, k := range known {
		if !filepath.IsLocal(k.Name) {
			return nil, problem.New(problem.Invalid, "The notes of the interrupted export can not be read. Start the export again.")
		}
		f, err := os.OpenFile(filepath.Join(dir, k.Name), os.O_WRONLY, 0)
		if err != nil {
			return nil, diskError(err)
		}
		o := &outFile{k, f, bufio.NewWriterSize(f, 128<<10)}
		d.files = append(d.files, o)
		d.open[k.Type] = o
		err = f.Truncate(k.Bytes)
		if err == nil {
			_, err = f.Seek(k.Bytes, io.SeekStart)
		}
		if err != nil {
			d.close()
			return nil, diskError(err)
		}
	}
	return d, nil
}

func diskError(err error) error {
	switch {
	case errors.Is(err, fs.ErrPermission):
		return problem.Wrap(problem.Forbidden, "The folder for the files may not be written to. Check who owns it and its mode.", err)
	case errors.Is(err, fs.ErrExist):
		return problem.Wrap(problem.Conflict, "There is an earlier export in that folder. Name an empty folder, or move the old files away.", err)
	}
	return problem.Wrap(problem.Unavailable, "The files could not be written. Check that the disk has room, then try again.", err)
}

// add writes a resource to the file of its type.
func (d *folder) add(typ string, body []byte) error {
	o := d.open[typ]
	if o == nil || d.limit > 0 && o.Bytes >= d.limit {
		next, err := d.create(typ)
		if err != nil {
			return err
		}
		o = next
	}
	d.line = appendLine(d.line[:0], body)
	if _, err := o.w.Write(d.line); err != nil {
		return diskError(err)
	}
	o.Count++
	o.Bytes += int64(len(d.line))
	return nil
}

// create opens the next file of a type. An existing file is never written
// over.
func (d *folder) create(typ string) (*outFile, error) {
	n := 1
	for _, o := range d.files {
		if o.Type == typ {
			n++
		}
	}
	name := typ + ".ndjson"
	if n > 1 {
		name = typ + "." + strconv.Itoa(n) + ".ndjson"
	}
	f, err := os.OpenFile(filepath.Join(d.dir, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, diskError(err)
	}
	o := &outFile{File{Name: name, Type: typ}, f, bufio.NewWriterSize(f, 128<<10)}
	d.files = append(d.files, o)
	d.open[typ] = o
	return o, nil
}

// sync makes what was written durable and lists the files.
func (d *folder) sync() ([]File, error) {
	list := make([]File, 0, len(d.files))
	for _, o := range d.files {
		err := o.w.Flush()
		if err == nil {
			err = o.f.Sync()
		}
		if err != nil {
			return nil, diskError(err)
		}
		list = append(list, o.File)
	}
	return list, nil
}

func (d *folder) close() {
	for _, o := range d.files {
		// What counts was synced before.
		_ = o.f.Close()
	}
}
