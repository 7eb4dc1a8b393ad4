package growth

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
)

// Limits of what is read.
const (
	// MaxFile is the most bytes that a file of a reference may have.
	MaxFile   = 8 << 20
	maxPieces = 16
	maxRows   = 10_000
	maxText   = 2_000
)

// manifest is how a reference is written: what it is, and how it is joined from
// tables.
type manifest struct {
	ID            string   `json:"id"`
	Name          string   `json:"name"`
	Version       string   `json:"version"`
	Effective     string   `json:"effective"`
	Source        string   `json:"source"`
	Licence       string   `json:"licence"`
	SignedOff     *SignOff `json:"signedOff"`
	Interpolation string   `json:"interpolation,omitempty"`
	Tails         string   `json:"tails,omitempty"`
	// How far from the median who published it draws lines, by the measure, in standard
	// deviations. It is not said where lines go on as far as anybody wants.
	Farthest     map[string]float64         `json:"farthest,omitempty"`
	Pieces       []pieceText                `json:"pieces"`
	Correlations []correlationText          `json:"correlations,omitempty"`
	Tables       map[string]json.RawMessage `json:"tables,omitempty"`
}

// pieceText is the part of one table that is used.
type pieceText struct {
	Name   string   `json:"name"`
	Table  string   `json:"table"`            // a name in tables, or of a file
	From   *float64 `json:"from,omitempty"`   // decimal years; the first row when it is not said
	To     *float64 `json:"to,omitempty"`     // decimal years; the last row when it is not said
	Method string   `json:"method,omitempty"` // lying or standing: what height is in this table
}

// Read reads a reference: a manifest as JSON, with its tables in it or in files
// beside it, which open gives by the names in the manifest. Nothing is opened
// when open is nil. An error is a sentence that says where the file is damaged.
//
// Tables are in the published format, {"measurement": {"height": {"male":
// [{"decimal_age": 2, "L": 1, "M": 87.1, "S": 0.035}, …]}}}, with height, weight,
// ofc (or head) and bmi; or as CSV with the columns measure, sex, age, L, M and S,
// where an age is a number of years, or one of d, w, m or y behind it tells days,
// weeks, months or years. The wide CSV of LMSgrowth (three columns for each measure
// and sex, under their names) is read too; where it goes back in age, or has
// lengths beside heights, the second half is the table "file.csv#2".
func Read(data []byte, open func(name string) ([]byte, error)) (*Reference, error) {
	if len(data) > MaxFile {
		return nil, fmt.Errorf("the file is larger than %d MB", MaxFile>>20)
	}
	var m manifest
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&m); err != nil {
		return nil, fmt.Errorf("the file is not a reference: %w", err)
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errors.New("the file goes on behind its end: it has to be one object")
	}
	if err := m.check(); err != nil {
		return nil, err
	}
	tables, err := m.tables(open)
	if err != nil {
		return nil, err
	}
	return m.join(tables)
}

// check looks at everything in a manifest but its tables.
func (m *manifest) check() error {
	for _, f := range []struct{ name, text string }{
		{"name", m.Name}, {"version", m.Version}, {"source", m.Source}, {"licence", m.Licence},
	} {
		if strings.TrimSpace(f.text) == "" || len(f.text) > maxText {
			return fmt.Errorf("the reference has to say its %s, in at most %d letters", f.name, maxText)
		}
	}
	if !isID(m.ID) {
		return fmt.Errorf("the id has to be 1 to 40 small letters, digits and hyphens: %.60q", m.ID)
	}
	if _, err := ParseDate(m.Effective); err != nil {
		return fmt.Errorf("effective is the day from which this version is used: %w", err)
	}
	if s := m.SignedOff; s != nil {
		if _, err := ParseDate(s.On); err != nil || strings.TrimSpace(s.By) == "" || len(s.By) > maxText {
			return errors.New("signedOff needs by, the name of who looked at it, and on, the day; or null when nobody has")
		}
	}
	for of, z := range m.Farthest {
		if one, known := ParseMeasure(of); !known || one.String() != of || !(z > 0 && z <= 10) {
			return fmt.Errorf("farthest is how many standard deviations from the median lines of a measure are drawn, above 0 and at most 10: %.40q", of)
		}
	}
	if !slices.Contains(interpolationNames[:], m.Interpolation) {
		return fmt.Errorf("interpolation is cubic or linear, not %.40q", m.Interpolation)
	}
	if !slices.Contains(tailNames[:], m.Tails) {
		return fmt.Errorf("tails is not said, who-restricted or cdc-extended-bmi, not %.40q", m.Tails)
	}
	if len(m.Pieces) == 0 || len(m.Pieces) > maxPieces {
		return fmt.Errorf("a reference has 1 to %d pieces, not %d", maxPieces, len(m.Pieces))
	}
	return nil
}

var interpolationNames = [...]string{"", "cubic", "linear"}

func isID(s string) bool {
	if len(s) == 0 || len(s) > 40 || s[0] == '-' {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool {
		return r != '-' && (r < '0' || r > '9') && (r < 'a' || r > 'z')
	})
}

// tables are the tables that the pieces name. What is opened is put into the
// manifest, so that it can be written as one file.
func (m *manifest) tables(open func(string) ([]byte, error)) (map[string]*tableSet, error) {
	found := map[string]*tableSet{}
	for _, p := range m.Pieces {
		if found[p.Table] != nil {
			continue
		}
		data, have := m.Tables[p.Table]
		raw, part := []byte(data), 1
		if !have {
			if open == nil {
				return nil, fmt.Errorf("the piece %.60q names the table %.60q, which is not in the file", p.Name, p.Table)
			}
			file, second := strings.CutSuffix(p.Table, "#2")
			if second {
				part = 2
			}
			var err error
			if raw, err = open(file); err != nil {
				return nil, fmt.Errorf("the table %.60q can not be read: %w", p.Table, err)
			}
		}
		set, err := readTables(raw, part)
		if err != nil {
			return nil, fmt.Errorf("the table %.60q: %w", p.Table, err)
		}
		found[p.Table] = set
	}
	written := map[string]json.RawMessage{}
	for name, set := range found {
		written[name] = set.json()
	}
	m.Tables = written
	return found, nil
}

// join makes the reference of the pieces, in the order of their ages.
func (m *manifest) join(tables map[string]*tableSet) (*Reference, error) {
	r := &Reference{how: cubic}
	if m.Interpolation == "linear" {
		r.how = linear
	}
	r.tails = tails(slices.Index(tailNames[:], m.Tails))
	for _, p := range m.Pieces {
		method, ok := ParseMethod(p.Method)
		if !ok {
			return nil, fmt.Errorf("the piece %.60q: method is lying or standing, not %.40q", p.Name, p.Method)
		}
		if strings.TrimSpace(p.Name) == "" || len(p.Name) > maxText {
			return nil, errors.New("each piece has to have a name, by which a chart calls it")
		}
		if err := r.add(p, method, tables[p.Table]); err != nil {
			return nil, err
		}
	}
	r.findSteps()
	if err := r.relate(m.Correlations); err != nil {
		return nil, err
	}
	r.written = *m
	r.info = Info{m.ID, m.Name, m.Version, m.Effective, m.Source, m.Licence, m.SignedOff, m.digest()}
	return r, nil
}

// add takes the spans of one piece.
func (r *Reference) add(p pieceText, method Method, set *tableSet) error {
	used := false
	for mi := range measures {
		for sex := Male; sex < sexes; sex++ {
			t := set[mi][sex]
			if len(t) == 0 {
				continue
			}
			s := span{from: t.from(), to: t.to(), table: t, method: method, piece: p.Name}
			if p.From != nil {
				s.from = max(s.from, *p.From)
			}
			if p.To != nil {
				s.to = min(s.to, *p.To)
			}
			if !(s.from < s.to) {
				continue // this measure of the table lies outside of the piece
			}
			spans := &r.spans[mi][sex]
			if n := len(*spans); n > 0 {
				last := &(*spans)[n-1]
				if s.from <= last.from {
					return fmt.Errorf("the piece %.60q begins at %g years for %s, not behind the one before it, which begins at %g: put pieces in the order of their ages",
						p.Name, s.from, measureNames[mi], last.from)
				}
				// Tables by day have no row on the boundary itself. The last row before it
				// holds until the next one.
				if s.from > last.to+1.01/YearDays {
					return fmt.Errorf("between %g and %g years no piece has %s: the piece %.60q has to begin where the one before it ends",
						last.to, s.from, measureNames[mi], p.Name)
				}
				last.to = s.from
				s.smooth = alike(last.table.at(s.from, r.how), t.at(s.from, r.how))
			}
			*spans = append(*spans, s)
			used = true
		}
	}
	if !used {
		return fmt.Errorf("the piece %.60q holds nothing: its table has no rows between from and to", p.Name)
	}
	return nil
}

// alike says whether the lines of two tables meet, to less than anybody could see.
func alike(a, b LMS) bool {
	const little = 5e-4 // of the value
	for _, z := range [...]float64{Lines[0].Z, 0, Lines[len(Lines)-1].Z} {
		if !(math.Abs(a.X(z)/b.X(z)-1) < little) {
			return false
		}
	}
	return true
}

// findSteps notes where spans follow each other with a step.
func (r *Reference) findSteps() {
	for m := range r.spans {
		for _, spans := range r.spans[m] {
			for i := 1; i < len(spans); i++ {
				s := Step{spans[i].from, spans[i].piece, spans[i].method}
				if !spans[i].smooth && !slices.Contains(r.steps, s) {
					r.steps = append(r.steps, s)
				}
			}
		}
	}
	slices.SortFunc(r.steps, func(a, b Step) int {
		switch {
		case a.Age < b.Age:
			return -1
		case a.Age > b.Age:
			return 1
		}
		return strings.Compare(a.Piece, b.Piece)
	})
}

// digest is over all that answers follow from.
func (m *manifest) digest() string {
	b, err := json.Marshal(struct {
		Interpolation, Tails string
		Pieces               []pieceText
		Correlations         []correlationText
		Tables               map[string]json.RawMessage
	}{m.Interpolation, m.Tails, m.Pieces, m.Correlations, m.Tables})
	if err != nil {
		return ""
	}
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}

// Append writes the reference as one JSON file that Read reads, with its tables
// in it.
func (r *Reference) Append(b []byte) ([]byte, error) {
	data, err := json.MarshalIndent(r.written, "", " ")
	if err != nil {
		return b, err
	}
	return append(append(b, data...), '\n'), nil
}
