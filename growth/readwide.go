package growth

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// column is where a wide table has the values of one measure and sex.
type column struct {
	at      int // of L; M and S follow
	measure Measure
	sex     Sex
	part    int
}

var errWide = errors.New("this is neither the published JSON format, nor CSV with the first line " + csvHeader + ", nor a wide table with columns L, M and S under the names of measures and sexes")

const maxColumns = 200

// readWide reads a wide table into one part or two.
func readWide(parts *[2]tableSet, data []byte) error {
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	rows, err := r.ReadAll()
	if err != nil {
		return fmt.Errorf("it is no CSV: %w", err)
	}
	head := slices.IndexFunc(rows[:min(len(rows), 10)], func(row []string) bool { return hasLMS(row, 0) >= 0 })
	if head < 2 || len(rows[head]) > maxColumns {
		return errWide
	}
	columns := wideColumns(rows[:head+1])
	age, per := ageColumn(rows[:head+1])
	if len(columns) == 0 || age < 0 {
		return errWide
	}
	for i, row := range rows[head+1:] {
		if err := addWide(parts, columns, row, age, per); err != nil {
			return fmt.Errorf("line %d: %w", head+i+2, err)
		}
	}
	return nil
}

// hasLMS is the next place from which a row reads L, M, S, or -1.
func hasLMS(row []string, from int) int {
	for i := from; i+2 < len(row); i++ {
		if row[i] == "L" && row[i+1] == "M" && row[i+2] == "S" {
			return i
		}
	}
	return -1
}

// ageColumn is where ages stand, and how many of their unit make a year. Months are
// taken before years, which are often rounded, unless weeks stand among them.
func ageColumn(head [][]string) (at int, per float64) {
	at = -1
	for _, row := range head {
		for i, cell := range row[:min(len(row), 2)] {
			switch name := strings.ToLower(cell); {
			case name == "month" || name == "months":
				return i, 12
			case name == "years" || name == "(years)":
				at, per = i, 1
			}
		}
	}
	return at, per
}

// wideColumns are the columns of measures that we know. A name holds until the next.
func wideColumns(head [][]string) (all []column) {
	n := len(head) - 1
	sexName, name := "", ""
	for i := hasLMS(head[n], 0); i >= 0; i = hasLMS(head[n], i+3) {
		sexName, name = nameOver(head[n-1], i, sexName), nameOver(head[n-2], i, name)
		c := column{at: i}
		switch s := strings.ToLower(sexName); {
		case strings.Contains(s, "girl"), strings.Contains(s, "female"):
			c.sex = Female
		case strings.Contains(s, "boy"), strings.Contains(s, "male"):
			c.sex = Male
		}
		m := strings.ToLower(name)
		switch {
		case strings.Contains(m, "height"):
			c.measure = Height
			if slices.ContainsFunc(all, func(o column) bool { return o.measure == Height && o.sex == c.sex }) {
				c.part = 1
			}
		case strings.Contains(m, "length"):
			c.measure = Height
		case strings.Contains(m, "bmi"), strings.Contains(m, "body mass"):
			c.measure = BMI
		case strings.Contains(m, "weight"):
			c.measure = Weight
		case strings.Contains(m, "head"):
			c.measure = Head
		default:
			continue
		}
		if c.sex != SexNotKnown {
			all = append(all, c)
		}
	}
	return all
}

// nameOver is what a row says over three columns, or the last that it said.
func nameOver(row []string, at int, last string) string {
	for i := at; i < min(at+3, len(row)); i++ {
		if row[i] != "" {
			return row[i]
		}
	}
	return last
}

func addWide(parts *[2]tableSet, columns []column, cells []string, age int, per float64) error {
	if age >= len(cells) || strings.TrimSpace(strings.Join(cells, "")) == "" {
		return nil
	}
	years, err := strconv.ParseFloat(cells[age], 64)
	if err != nil {
		return fmt.Errorf("%.40q is no age", cells[age])
	}
	years /= per
	for i := range columns {
		c := &columns[i]
		if c.at+2 >= len(cells) || cells[c.at]+cells[c.at+1]+cells[c.at+2] == "" {
			continue
		}
		var v [3]float64
		for k := range v {
			if v[k], err = strconv.ParseFloat(cells[c.at+k], 64); err != nil {
				return fmt.Errorf("%s, %s: %c is no number: %.40q", c.measure, c.sex, "LMS"[k], cells[c.at+k])
			}
		}
		// The second row of one age begins the second half, for those who stand.
		if t := parts[c.part][c.measure][c.sex]; c.part == 0 && len(t) > 0 && t.to() == years {
			c.part = 1
		}
		if err := parts[c.part].add(c.measure, c.sex, row{years, LMS{v[0], v[1], v[2]}}); err != nil {
			return fmt.Errorf("%s, %s: %w", c.measure, c.sex, err)
		}
	}
	return nil
}
