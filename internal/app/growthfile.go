package app

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/growth"
)

// growthRow is a measurement in a file, as it is written there.
type growthRow struct {
	Child     string `json:"child"`
	Born      string `json:"born"`
	Sex       string `json:"sex"`
	Gestation string `json:"gestation"` // weeks, or weeks and days as 30+3
	Mother    string `json:"mother"`    // heights of the parents, cm
	Father    string `json:"father"`
	On        string `json:"on"`
	Measure   string `json:"measure"`
	Value     string `json:"value"`
	Method    string `json:"method"`
}

var growthColumns = []string{"child", "born", "sex", "gestation", "mother", "father", "on", "measure", "value", "method"}

// set puts a text into its column.
func (r *growthRow) set(column, text string) {
	*[...]*string{&r.Child, &r.Born, &r.Sex, &r.Gestation, &r.Mother, &r.Father, &r.On, &r.Measure, &r.Value, &r.Method}[slices.Index(growthColumns, column)] = text
}

// wrongLine is a line that is left out, and why.
type wrongLine struct {
	line int
	why  string
}

// measured is one measurement that was read.
type measured struct {
	line int
	growth.Measurement
}

// growthChild is a child with what was measured.
type growthChild struct {
	name    string
	child   growth.Child
	parents growth.Parents
	rows    []measured
}

// Bounds of a file.
const (
	maxGrowthBytes  = 64 << 20
	maxGrowthSeries = 5_000 // measurements of one child
)

// growthFile is what a file holds. Lines without a name of a child belong to one
// child when birth, sex and gestation are the same.
type growthFile struct {
	children []*growthChild
	wrong    []wrongLine
}

// readGrowth reads CSV with a header, or JSON lines. A line that can not be
// understood is told, and the others are read; an error says that nothing was.
func readGrowth(in io.Reader) (*growthFile, error) {
	data, err := io.ReadAll(io.LimitReader(in, maxGrowthBytes+1))
	if err != nil {
		return nil, err
	}
	if len(data) > maxGrowthBytes {
		return nil, fmt.Errorf("it is larger than %d MB; cut it into parts", maxGrowthBytes>>20)
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	f := &growthFile{}
	byKey := map[string]*growthChild{}
	take := func(line int, r growthRow) {
		if err := f.take(byKey, line, r); err != nil {
			f.wrong = append(f.wrong, wrongLine{line, err.Error()})
		}
	}
	if bytes.HasPrefix(bytes.TrimSpace(data), []byte("{")) {
		err = f.jsonLines(data, take)
	} else {
		err = f.csvLines(data, take)
	}
	return f, err
}

func (f *growthFile) jsonLines(data []byte, take func(int, growthRow)) error {
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, 1<<20)
	for n := 1; lines.Scan(); n++ {
		text := bytes.TrimSpace(lines.Bytes())
		if len(text) == 0 {
			continue
		}
		var cells map[string]json.RawMessage
		if err := json.Unmarshal(text, &cells); err != nil {
			f.wrong = append(f.wrong, wrongLine{n, "it is no JSON object"})
			continue
		}
		var r growthRow
		bad := ""
		for name, cell := range cells {
			if !slices.Contains(growthColumns, name) {
				bad = fmt.Sprintf("%.40q is not known; there are %s", name, strings.Join(growthColumns, ", "))
				continue
			}
			var s string
			if json.Unmarshal(cell, &s) != nil {
				s = string(cell) // a number
			}
			r.set(name, s)
		}
		if bad != "" {
			f.wrong = append(f.wrong, wrongLine{n, bad})
			continue
		}
		take(n, r)
	}
	return lines.Err()
}

func (f *growthFile) csvLines(data []byte, take func(int, growthRow)) error {
	r := csv.NewReader(bytes.NewReader(data))
	r.TrimLeadingSpace = true
	r.FieldsPerRecord = -1
	header, err := r.Read()
	if err != nil {
		return errors.New("it has no first line with the names of the columns")
	}
	for _, name := range header {
		if !slices.Contains(growthColumns, strings.TrimSpace(name)) {
			return fmt.Errorf("the column %.40q is not known; there are %s", name, strings.Join(growthColumns, ", "))
		}
	}
	for {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		line, _ := r.FieldPos(0)
		if len(cells) != len(header) {
			f.wrong = append(f.wrong, wrongLine{line, fmt.Sprintf("it has %d columns, and the first line %d", len(cells), len(header))})
			continue
		}
		var row growthRow
		for i, name := range header {
			row.set(strings.TrimSpace(name), strings.TrimSpace(cells[i]))
		}
		take(line, row)
	}
}

// take reads one row into the child that it belongs to.
func (f *growthFile) take(byKey map[string]*growthChild, line int, r growthRow) error {
	c, err := r.child()
	if err != nil {
		return err
	}
	m, err := r.measurement()
	if err != nil {
		return err
	}
	key := r.Child
	if key == "" {
		key = strings.Join([]string{"", r.Born, r.Sex, r.Gestation}, "\x00")
	}
	have := byKey[key]
	switch {
	case have == nil:
		have = c
		byKey[key] = have
		f.children = append(f.children, have)
	case have.child != c.child:
		return fmt.Errorf("the child %.60q has another birth date, sex or gestation here than before", r.Child)
	case len(have.rows) >= maxGrowthSeries:
		return fmt.Errorf("there are more than %d measurements of one child", maxGrowthSeries)
	}
	if c.parents != (growth.Parents{}) {
		have.parents = c.parents
	}
	have.rows = append(have.rows, measured{line, m})
	return nil
}

func (r *growthRow) child() (*growthChild, error) {
	c := &growthChild{name: r.Child}
	var err error
	if c.child.Born, err = growth.ParseDate(r.Born); err != nil {
		return nil, fmt.Errorf("born is %.40q: %w", r.Born, err)
	}
	var ok bool
	if c.child.Sex, ok = growth.ParseSex(r.Sex); !ok && r.Sex != "" {
		return nil, fmt.Errorf("sex is %.40q, and has to be male or female, or nothing when it is not known", r.Sex)
	}
	if r.Gestation != "" {
		weeks, days, both := strings.Cut(r.Gestation, "+")
		w, err := strconv.Atoi(weeks)
		d := 0
		if err == nil && both {
			d, err = strconv.Atoi(days)
		}
		if err != nil || w < 22 || w > 44 || d < 0 || d > 6 {
			return nil, fmt.Errorf("gestation is %.40q, and has to be 22 to 44 weeks, or weeks and days as 30+3", r.Gestation)
		}
		c.child.Gestation = w*7 + d
	}
	if c.parents.Mother, err = centimetres(r.Mother, "mother"); err != nil {
		return nil, err
	}
	c.parents.Father, err = centimetres(r.Father, "father")
	return c, err
}

func centimetres(s, who string) (float64, error) {
	if s == "" {
		return 0, nil
	}
	cm, err := strconv.ParseFloat(s, 64)
	if err != nil || !(cm >= 50 && cm <= 300) {
		return 0, fmt.Errorf("%s is %.40q, and has to be a height in cm", who, s)
	}
	return cm, nil
}

func (r *growthRow) measurement() (m growth.Measurement, err error) {
	if m.On, err = growth.ParseDate(r.On); err != nil {
		return m, fmt.Errorf("on is %.40q: %w", r.On, err)
	}
	var ok bool
	if m.Of, ok = growth.ParseMeasure(r.Measure); !ok {
		return m, fmt.Errorf("measure is %.40q, and has to be weight, height, head or bmi", r.Measure)
	}
	if m.Value, err = strconv.ParseFloat(r.Value, 64); err != nil || math.IsNaN(m.Value) || math.IsInf(m.Value, 0) {
		return m, fmt.Errorf("value is %.40q, and has to be a number in %s", r.Value, m.Of.Unit())
	}
	if m.Method, ok = growth.ParseMethod(r.Method); !ok {
		return m, fmt.Errorf("method is %.40q, and has to be lying or standing, or nothing when it is not known", r.Method)
	}
	return m, nil
}
