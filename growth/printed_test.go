package growth

import (
	"math"
	"os"
	"strconv"
	"strings"
	"testing"
)

// TestWHOPrintedTables holds the numbers that WHO prints, to the printed digit.
func TestWHOPrintedTables(t *testing.T) {
	data, err := os.ReadFile("testdata/who-2006-printed.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := map[Measure]int{}
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] == "#" {
			continue
		}
		m, _ := ParseMeasure(f[0])
		sex, _ := ParseSex(f[1])
		months, err := strconv.Atoi(f[3])
		if err != nil {
			t.Fatal(err)
		}
		for _, cell := range f[4:] {
			name, text, _ := strings.Cut(cell, "=")
			p := who2006Row(t, m, sex, f[2], months)
			if got := strconv.FormatFloat(p.X(lineZ(t, name)), 'f', 1, 64); got != text {
				t.Errorf("%s, %s, %s, %d months, %s: %s, printed %s", m, sex, f[2], months, name, got, text)
			}
			n[m]++
		}
	}
	for _, m := range Measures {
		if n[m] < 200 {
			t.Errorf("only %d numbers for %s", n[m], m)
		}
	}
	t.Logf("printed numbers: %v", n)
}

// who2006Row is the row of the table that WHO prints under that age: at 24 months
// both tables have one.
func who2006Row(t *testing.T, m Measure, sex Sex, piece string, months int) LMS {
	t.Helper()
	age := float64(months) / 12
	if piece == "lying" && months == 24 {
		age = math.Nextafter(2, 0)
	}
	p, why := WHO2006().LMS(m, sex, age)
	if why != Present {
		t.Fatalf("%s, %s, %d months: %s", m, sex, months, why.Clinician())
	}
	return p
}

func lineZ(t *testing.T, name string) float64 {
	t.Helper()
	if c, ok := strings.CutPrefix(name, "P"); ok {
		f, err := strconv.ParseFloat(c, 64)
		if err != nil {
			t.Fatal(err)
		}
		return ZOf(f)
	}
	f, err := strconv.ParseFloat(strings.TrimSuffix(name, "SD"), 64)
	if err != nil {
		t.Fatal(err)
	}
	return f
}
