package growth

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// tableSet is the tables of one file, by measure and sex.
type tableSet [measures][sexes]table

// readTables reads tables in the published JSON format, or as CSV. Part is 2 for
// the second half of a file that has two, and else 1.
func readTables(data []byte, part int) (*tableSet, error) {
	if len(data) > MaxFile {
		return nil, fmt.Errorf("it is larger than %d MB", MaxFile>>20)
	}
	data = bytes.TrimSpace(bytes.TrimPrefix(data, []byte("\ufeff")))
	parts := &[2]tableSet{}
	var err error
	switch {
	case bytes.HasPrefix(data, []byte("{")):
		err = parts[0].readJSON(data)
	case bytes.HasPrefix(data, []byte(csvHeader)):
		err = parts[0].readCSV(data)
	default:
		err = readWide(parts, data)
	}
	if err != nil {
		return nil, err
	}
	set := &parts[part-1]
	return set, set.check()
}

// jsonRow is a row of the published format. It may hold more than these.
type jsonRow struct {
	Age cell `json:"decimal_age"`
	L   cell `json:"L"`
	M   cell `json:"M"`
	S   cell `json:"S"`
}

// cell is a number, or nothing: published tables write null or an empty string
// where there is no value.
type cell struct {
	value float64
	there bool
}

func (c *cell) UnmarshalJSON(data []byte) error {
	if s := string(data); s == "null" || s == `""` {
		*c = cell{}
		return nil
	}
	c.there = true
	return json.Unmarshal(data, &c.value)
}

func (c cell) MarshalJSON() ([]byte, error) { return json.Marshal(c.value) }

type jsonTables map[string]map[string][]jsonRow

// besides are members of "measurement" that are no table of a measure by age.
var besides = []string{"acknowledgement_text", "weight_height"}

func (set *tableSet) readJSON(data []byte) error {
	var file struct {
		Measurement map[string]json.RawMessage `json:"measurement"`
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return fmt.Errorf("it is not in the published format: %w", err)
	}
	if len(file.Measurement) == 0 {
		return errors.New(`it has no "measurement": the format is measurement, then height, weight, ofc or bmi, then male or female, then rows of decimal_age, L, M and S`)
	}
	for _, name := range slices.Sorted(maps.Keys(file.Measurement)) {
		if slices.Contains(besides, name) {
			continue
		}
		m, ok := ParseMeasure(name)
		if !ok {
			return fmt.Errorf("%.40q is no measure: they are height, weight, ofc and bmi", name)
		}
		var bySex map[string][]jsonRow
		if err := json.Unmarshal(file.Measurement[name], &bySex); err != nil {
			return fmt.Errorf("%s is not in the published format: %w", name, err)
		}
		for _, sexName := range slices.Sorted(maps.Keys(bySex)) {
			sex, ok := ParseSex(sexName)
			if !ok {
				return fmt.Errorf("%s: %.40q is no sex: they are male and female", name, sexName)
			}
			if err := set.addRows(m, sex, bySex[sexName]); err != nil {
				return fmt.Errorf("%s, %s, %w", name, sexName, err)
			}
		}
	}
	return nil
}

// addRows takes the rows of one table, but for those that hold no values at all.
func (set *tableSet) addRows(m Measure, sex Sex, rows []jsonRow) error {
	for i, w := range rows {
		if w.Age.there && !w.L.there && !w.M.there && !w.S.there {
			continue
		}
		if !w.Age.there || !w.L.there || !w.M.there || !w.S.there {
			return fmt.Errorf("row %d: decimal_age, L, M or S is missing", i+1)
		}
		if err := set.add(m, sex, row{w.Age.value, LMS{w.L.value, w.M.value, w.S.value}}); err != nil {
			return fmt.Errorf("row %d: %w", i+1, err)
		}
	}
	return nil
}

// json writes tables in the published format.
func (set *tableSet) json() json.RawMessage {
	file := struct {
		Measurement jsonTables `json:"measurement"`
	}{jsonTables{}}
	for m := range measures {
		for sex := Male; sex < sexes; sex++ {
			if len(set[m][sex]) == 0 {
				continue
			}
			name := m.String()
			if m == Head {
				name = "ofc"
			}
			if file.Measurement[name] == nil {
				file.Measurement[name] = map[string][]jsonRow{}
			}
			var rows []jsonRow
			for _, r := range set[m][sex] {
				rows = append(rows, jsonRow{cell{r.age, true}, cell{r.L, true}, cell{r.M, true}, cell{r.S, true}})
			}
			file.Measurement[name][sex.String()] = rows
		}
	}
	data, err := json.Marshal(file)
	if err != nil {
		return nil // numbers were checked, so that there is no such error
	}
	return data
}

const csvHeader = "measure,sex,age,L,M,S"

func (set *tableSet) readCSV(data []byte) error {
	n := 0
	for line := range strings.Lines(string(data)) {
		n++
		if line = strings.TrimSpace(line); line == "" || n == 1 {
			continue
		}
		if err := set.addLine(line); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
	}
	return nil
}

func (set *tableSet) addLine(line string) error {
	f := strings.Split(line, ",")
	if len(f) != 6 {
		return fmt.Errorf("there are %d columns, not 6", len(f))
	}
	m, ok := ParseMeasure(f[0])
	if !ok {
		return fmt.Errorf("%.40q is no measure: they are height, weight, head and bmi", f[0])
	}
	sex, ok := ParseSex(f[1])
	if !ok {
		return fmt.Errorf("%.40q is no sex: they are male and female", f[1])
	}
	age, err := parseAge(f[2])
	if err != nil {
		return err
	}
	var v [3]float64
	for i, text := range f[3:] {
		if v[i], err = strconv.ParseFloat(text, 64); err != nil {
			return fmt.Errorf("%c is no number: %.40q", "LMS"[i], text)
		}
	}
	return set.add(m, sex, row{age, LMS{v[0], v[1], v[2]}})
}

// parseAge reads an age with its unit, into decimal years. Weeks are seven days
// and months a twelfth of a year.
func parseAge(s string) (float64, error) {
	per, number := 1.0, s
	if n := len(s) - 1; n > 0 {
		switch s[n] {
		case 'd':
			per, number = YearDays, s[:n]
		case 'w':
			per, number = YearDays/7, s[:n]
		case 'm':
			per, number = 12, s[:n]
		case 'y':
			number = s[:n]
		}
	}
	age, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, fmt.Errorf("%.40q is no age: it is a number of years, or has d, w, m or y behind it", s)
	}
	return age / per, nil
}

// What a row may hold. The limits are wide: they find a slip of the hand or a
// damaged file, not a table of an unusual population.
const (
	youngest = -0.4 // 19 weeks of pregnancy
	oldest   = 25
	maxPower = 50
	maxSigma = 1
)

// bounds are the values that a measurement can have at all, as RCPCH's growth
// charts take them: in kg, cm, cm and kg/m².
var bounds = [measures][2]float64{
	Weight: {0.15, 500},
	Height: {20, 300},
	Head:   {5, 100},
	BMI:    {7.5, 105},
}

// add takes a row into the table that it belongs to.
func (set *tableSet) add(m Measure, sex Sex, r row) error {
	t := &set[m][sex]
	switch {
	case !whole(r.age) || r.age < youngest || r.age > oldest:
		return fmt.Errorf("the age %g is not between %g and %d years", r.age, youngest, oldest)
	case !whole(r.L) || math.Abs(r.L) > maxPower:
		return fmt.Errorf("its L is %g, which can not be", r.L)
	case !whole(r.M) || r.M < bounds[m][0] || r.M > bounds[m][1]:
		return fmt.Errorf("its M is %g %s, which can not be", r.M, m.Unit())
	case !whole(r.S) || r.S <= 0 || r.S > maxSigma:
		return fmt.Errorf("its S is %g, which can not be", r.S)
	case len(*t) > 0 && r.age <= t.to():
		return fmt.Errorf("the age %g does not come after %g: rows are in the order of age, and each age stands once", r.age, t.to())
	case len(*t) >= maxRows:
		return fmt.Errorf("there are more than %d rows", maxRows)
	}
	*t = append(*t, r)
	return nil
}

// check looks at tables as a whole: a row that lies far from the line through
// its neighbours was damaged on the way.
func (set *tableSet) check() error {
	some := false
	for m := range measures {
		for sex := Male; sex < sexes; sex++ {
			t := set[m][sex]
			some = some || len(t) > 0
			if len(t) == 1 {
				return fmt.Errorf("%s, %s: there is only one row", m, sex)
			}
			for i := 1; i+1 < len(t); i++ {
				w := (t[i].age - t[i-1].age) / (t[i+1].age - t[i-1].age)
				if bent(t[i-1].M, t[i].M, t[i+1].M, w, 1.2) || bent(t[i-1].S, t[i].S, t[i+1].S, w, 1.5) {
					return fmt.Errorf("%s, %s, row %d, age %g: M or S lies far from the rows beside it, so the table seems damaged", m, sex, i+1, t[i].age)
				}
			}
		}
	}
	if !some {
		return errors.New("it has no rows")
	}
	return nil
}

// bent says whether b is out of the line from a to c by more than a factor.
func bent(a, b, c, w, factor float64) bool {
	line := a + w*(c-a)
	return b > line*factor || b*factor < line
}
