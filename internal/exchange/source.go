package exchange

import (
	"bufio"
	"bytes"
	"cmp"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"

	"github.com/bevanhealth/bevan/internal/problem"
)

// source is one file to load.
type source struct {
	path  string
	size  int64 // on the disk
	lines bool  // NDJSON: one resource a line
	rank  int   // order of loading, see rankOf
}

// find lists the files that the paths name, in the order in which they are
// loaded. Files in a folder that are no FHIR files are told in skipped; one
// that was named itself is an error.
func find(paths []string) (sources []source, skipped []string, err error) {
	for _, p := range paths {
		info, err := os.Stat(p)
		if err != nil {
			return nil, nil, fileError(p, err)
		}
		if !info.IsDir() {
			s, ok := sourceOf(p, info)
			if !ok {
				return nil, nil, problem.New(problem.Invalid, p+" is not a file that can be loaded. Name files that end in .json, .ndjson, .json.gz or .ndjson.gz, or a folder of them.")
			}
			sources = append(sources, s)
			continue
		}
		err = filepath.WalkDir(p, func(path string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() {
				return err
			}
			info, err := d.Info()
			if err != nil {
				return err
			}
			if s, ok := sourceOf(path, info); ok {
				sources = append(sources, s)
			} else {
				skipped = append(skipped, path)
			}
			return nil
		})
		if err != nil {
			return nil, nil, fileError(p, err)
		}
	}
	for i := range sources {
		if sources[i].rank, err = rank(&sources[i]); err != nil {
			return nil, nil, err
		}
	}
	slices.SortStableFunc(sources, func(a, b source) int {
		return cmp.Or(a.rank-b.rank, strings.Compare(a.path, b.path))
	})
	sources = slices.CompactFunc(sources, func(a, b source) bool { return a.path == b.path })
	return sources, skipped, nil
}

func sourceOf(path string, info fs.FileInfo) (source, bool) {
	name := strings.TrimSuffix(strings.ToLower(filepath.Base(path)), ".gz")
	s := source{path: path, size: info.Size()}
	switch filepath.Ext(name) {
	case ".json":
		return s, true
	case ".ndjson", ".jsonl":
		s.lines = true
		return s, true
	}
	return s, false
}

func fileError(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return problem.Wrap(problem.NotFound, path+" is not there. Check the path.", err)
	case errors.Is(err, fs.ErrPermission):
		return problem.Wrap(problem.Forbidden, path+" may not be read. Check who owns it and its mode.", err)
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.Is(err, io.ErrUnexpectedEOF):
		return problem.Wrap(problem.Invalid, path+" is not whole gzip. Get the file again.", err)
	}
	return problem.Wrap(problem.Unavailable, path+" could not be read. Check the disk and the file.", err)
}

// places are the types that others refer to and that refer to nobody's record,
// in the order in which they refer to one another. They are loaded first.
var places = []string{
	"Organization", "Endpoint", "Location", "HealthcareService", "Practitioner", "PractitionerRole",
	"CareTeam", "Substance", "Medication", "DeviceDefinition", "Device", "Schedule", "Slot",
}

// The borders between the phases of a load: a phase begins when the one before
// is written whole.
const (
	rankPatient = 100
	rankRest    = 200
)

// rankOf is the place of a type in the order of loading.
func rankOf(typ string) int {
	if i := slices.Index(places, typ); i >= 0 {
		return i
	}
	if typ == "Patient" {
		return rankPatient
	}
	return rankRest
}

func phase(rank int) int { return min(rank/rankPatient, 2) }

// rank looks at the beginning of a file for the type of its first resource.
func rank(s *source) (int, error) {
	r, err := s.open(nil)
	if err != nil {
		return 0, err
	}
	defer r.Close()
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(r, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return rankRest, nil // told when the file is loaded
	}
	for head = head[:n]; ; {
		_, rest, ok := bytes.Cut(head, []byte(`"resourceType"`))
		if !ok {
			return rankRest, nil
		}
		head = rest
		value := bytes.TrimLeft(rest, " \t\r\n:")
		if len(value) == 0 || value[0] != '"' {
			continue
		}
		typ, _, ok := bytes.Cut(value[1:], []byte{'"'})
		if ok && string(typ) != "Bundle" {
			return rankOf(string(typ)), nil
		}
	}
}

// counter counts what is read from the disk.
type counter struct {
	r io.Reader
	n *int64
}

func (c counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	*c.n += int64(n)
	return n, err
}

// opened is a file that is being read, unpacked where its name ends in .gz.
type opened struct {
	*bufio.Reader
	file *os.File
}

func (o *opened) Close() error { return o.file.Close() }

// open begins to read a file; read counts the bytes on the disk, if given.
func (s *source) open(read *int64) (*opened, error) {
	f, err := os.Open(s.path)
	if err != nil {
		return nil, fileError(s.path, err)
	}
	if read == nil {
		read = new(int64)
	}
	var r io.Reader = counter{f, read}
	if strings.HasSuffix(strings.ToLower(s.path), ".gz") {
		zr, err := gzip.NewReader(bufio.NewReaderSize(r, 128<<10))
		if err != nil {
			f.Close()
			return nil, fileError(s.path, err)
		}
		r = zr
	}
	return &opened{bufio.NewReaderSize(r, 256<<10), f}, nil
}
