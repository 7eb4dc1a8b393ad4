package label

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Row is one line of a table: what a code means.
type Row struct {
	System string // the short name of systems.csv, or a URI in a row that was made here
	Under  bool   // every code that begins so
	Code   string
	Labels Set
	Term   string // for the reader
	Source string
	Date   string // YYYY-MM-DD
}

// tableHead is the first line of a table.
var tableHead = []string{"system", "match", "code", "labels", "term", "source", "date"}

// maxTable bounds a table, in bytes.
const maxTable = 4 << 20

// ReadTable reads a table. The error names the line that is wrong.
func ReadTable(src []byte) ([]Row, error) {
	var out []Row
	seen := map[string]bool{}
	err := eachLine(src, tableHead, func(f []string) error {
		r := Row{System: f[0], Under: f[1] == "under", Code: f[2], Term: f[4], Source: f[5], Date: f[6]}
		var ok bool
		if r.Labels, ok = ByName(f[3]); !ok {
			return fmt.Errorf("%q are no labels", f[3])
		}
		if !r.Under && (f[1] != "is" || r.Code == "") {
			return errors.New("it must match a code that it is, or codes under one")
		}
		if r.System == "" || r.Term == "" || r.Source == "" {
			return errors.New("it needs a system, a term and a source")
		}
		if _, err := time.Parse(time.DateOnly, r.Date); err != nil {
			return err
		}
		if key := f[0] + "\x00" + f[1] + "\x00" + f[2]; seen[key] {
			return errors.New("it stands there twice")
		} else {
			seen[key] = true
		}
		out = append(out, r)
		return nil
	})
	return out, err
}

func eachLine(src []byte, head []string, fn func([]string) error) error {
	if len(src) > maxTable {
		return errors.New("label: a table is too large")
	}
	r := csv.NewReader(bytes.NewReader(src))
	r.FieldsPerRecord = len(head)
	first, err := r.Read()
	if err != nil || !slices.Equal(first, head) {
		return fmt.Errorf("label: a table begins with %s", strings.Join(head, ","))
	}
	for {
		f, err := r.Read()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = fn(f)
		}
		if err != nil {
			line, _ := r.FieldPos(0)
			return fmt.Errorf("label: line %d: %w", line, err)
		}
	}
}
