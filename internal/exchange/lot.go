package exchange

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/internal/problem"
)

// lot is a piece of input that is worked on as one: a whole JSON file, or some
// lines of an NDJSON file.
type lot struct {
	seq   int
	src   *source
	docs  []doc
	bad   []reject
	after mark  // where the input continues
	read  int64 // bytes read from the disk so far, over all files
}

// doc is one JSON document of a lot.
type doc struct {
	line int // 1 for the first line; 0 when the file is one document
	text []byte
}

// size is the bytes of a lot's text, as far as they count for what may be in
// memory at once.
func (l *lot) size() int64 {
	n := int64(0)
	for _, d := range l.docs {
		n += int64(len(d.text))
	}
	return min(n, flyingBytes)
}

// mark is a place in the input between two lots: a file by its number, and how
// many of its lines are done.
type mark struct {
	File int `json:"file"`
	Line int `json:"line"`
}

// The size of a lot of lines, whichever comes first.
const (
	lotLines = 1_000
	lotBytes = 4 << 20
)

// maxDoc is the longest single document: a line, or a whole JSON file.
const maxDoc = 1 << 30

// reader cuts the sources into lots.
type reader struct {
	sources []source
	send    func(ctx context.Context, l *lot) error
	border  func() error // waits until everything sent is done
	seq     int
	read    int64
}

// run reads everything from a mark on.
func (r *reader) run(ctx context.Context, from mark) error {
	for i := from.File; i < len(r.sources); i++ {
		src := &r.sources[i]
		if i > from.File && phase(src.rank) != phase(r.sources[i-1].rank) {
			if err := r.border(); err != nil {
				return err
			}
		}
		skip := 0
		if i == from.File {
			skip = from.Line
		}
		if err := r.file(ctx, i, skip); err != nil {
			return err
		}
	}
	return nil
}

func (r *reader) file(ctx context.Context, i, skip int) error {
	src := &r.sources[i]
	in, err := src.open(&r.read)
	if err == nil {
		defer in.Close()
		if src.lines {
			err = r.lines(ctx, i, skip, in.Reader)
		} else {
			err = r.whole(ctx, i, in.Reader)
		}
	}
	var p *problem.Problem
	switch {
	case err == nil || ctx.Err() != nil:
		return err
	case errors.As(err, &p) && p.Kind == problem.Invalid:
		// A broken file does not keep the others from being loaded.
		return r.emit(ctx, &lot{src: src, bad: []reject{{file: src.path, err: err}}, after: mark{File: i + 1}})
	}
	return err
}

func (r *reader) emit(ctx context.Context, l *lot) error {
	l.seq, l.read = r.seq, r.read
	r.seq++
	return r.send(ctx, l)
}

func (r *reader) whole(ctx context.Context, i int, in io.Reader) error {
	src := &r.sources[i]
	var b bytes.Buffer
	guess := src.size // JSON of FHIR packs about ten to one
	if strings.HasSuffix(strings.ToLower(src.path), ".gz") {
		guess *= 10
	}
	b.Grow(int(min(guess+bytes.MinRead, 64<<20)))
	if _, err := b.ReadFrom(io.LimitReader(in, maxDoc+1)); err != nil {
		return fileError(src.path, err)
	}
	l := &lot{src: src, after: mark{File: i + 1}}
	if b.Len() > maxDoc {
		l.bad = []reject{{file: src.path, err: tooLong()}}
	} else {
		l.docs = []doc{{text: b.Bytes()}}
	}
	return r.emit(ctx, l)
}

func tooLong() error {
	return problem.New(problem.TooLarge, "This is longer than the "+strconv.Itoa(maxDoc>>20)+" MB that one document may have. Cut it into smaller ones.")
}

// lines reads NDJSON. Blank lines are passed over.
func (r *reader) lines(ctx context.Context, i, skip int, in *bufio.Reader) error {
	src := &r.sources[i]
	l := &lot{src: src}
	var buf []byte
	for n := 1; ; n++ {
		from := len(buf)
		next, err := readLine(buf, in, n <= skip)
		switch {
		case errors.Is(err, errTooLong):
			l.bad = append(l.bad, reject{file: src.path, line: n, err: tooLong()})
			next, err = next[:from], nil
		case err != nil && !errors.Is(err, io.EOF):
			return fileError(src.path, err)
		}
		buf = next
		if line := bytes.TrimSpace(buf[from:]); len(line) > 0 {
			l.docs = append(l.docs, doc{line: n, text: line})
		}
		end := errors.Is(err, io.EOF)
		if !end && len(l.docs) < lotLines && len(buf) < lotBytes {
			continue
		}
		l.after = mark{File: i, Line: n}
		if end {
			l.after = mark{File: i + 1}
		}
		if err := r.emit(ctx, l); err != nil || end {
			return err
		}
		l, buf = &lot{src: src}, make([]byte, 0, max(64<<10, min(len(buf)+len(buf)/8, lotBytes+lotBytes/8)))
	}
}

var errTooLong = errors.New("line too long")

// readLine appends one line to buf; io.EOF comes with the last one. A line that
// is skipped or too long is read to its end all the same.
func readLine(buf []byte, in *bufio.Reader, skip bool) ([]byte, error) {
	from, long := len(buf), false
	for {
		part, err := in.ReadSlice('\n')
		if !skip && !long {
			buf = append(buf, part...)
		}
		if len(buf)-from > maxDoc {
			buf, long = buf[:from], true
		}
		switch {
		case errors.Is(err, bufio.ErrBufferFull):
			continue
		case err == nil && long:
			return buf, errTooLong
		}
		return buf, err
	}
}
