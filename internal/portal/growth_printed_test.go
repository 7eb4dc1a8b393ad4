package portal

import (
	"cmp"
	"math"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// printed is one row of a table that the WHO or the CDC prints.
type printed struct {
	of, sex, ref string
	months       float64
	cells        map[string]float64 // by the name of the line
}

// readPrinted reads rows: measure, sex, what, months, then lines. What is a reference,
// or the table of the WHO for children under five.
func readPrinted(t *testing.T, file string) (all []printed) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if len(f) < 5 || f[0] == "#" {
			continue
		}
		p := printed{of: f[0], sex: f[1], ref: f[2], months: number(t, f[3]), cells: map[string]float64{}}
		for _, cell := range f[4:] {
			name, text, _ := strings.Cut(cell, "=")
			p.cells[name] = number(t, text)
		}
		switch p.ref { // at two years both tables have a row
		case "lying":
			p.ref, p.months = "who", math.Min(p.months, 23.9)
		case "standing":
			p.ref, p.months = "who", math.Max(p.months, 24.1)
		}
		all = append(all, p)
	}
	return all
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// drawn is a growth chart as somebody with a ruler has it: where the labels of both
// axes stand, and the lines.
type drawn struct {
	years, values map[float64]float64 // by the label, where its line of the grid lies
	lines         [][][2]float64
}

var (
	gridLine  = regexp.MustCompile(`class="bevan-growth-grid"[^>]* d="M([\d.]+) ([\d.]+)([HV])`)
	axisLabel = regexp.MustCompile(`<text x="([\d.]+)" y="([\d.]+)" text-anchor="(end|middle)"[^>]*>([\d.]+)</text>`)
	lineDrawn = regexp.MustCompile(`class="bevan-growth-line"[^>]* d="M([^"]*)"`)
)

func readDrawing(t *testing.T, svg string) drawn {
	t.Helper()
	d := drawn{map[float64]float64{}, map[float64]float64{}, nil}
	var across, up []float64
	for _, m := range gridLine.FindAllStringSubmatch(svg, -1) {
		if m[3] == "H" {
			up = append(up, number(t, m[2]))
		} else {
			across = append(across, number(t, m[1]))
		}
	}
	near := func(all []float64, at float64) float64 {
		return slices.MinFunc(all, func(a, b float64) int { return int(math.Copysign(1, math.Abs(a-at)-math.Abs(b-at))) })
	}
	per := 1.0
	if strings.Contains(svg, "Age in months") {
		per = 12
	}
	for _, m := range axisLabel.FindAllStringSubmatch(svg, -1) {
		if m[3] == "end" {
			d.values[number(t, m[4])] = near(up, number(t, m[2])-6)
		} else {
			d.years[number(t, m[4])/per] = near(across, number(t, m[1]))
		}
	}
	for _, m := range lineDrawn.FindAllStringSubmatch(svg, -1) {
		var one [][2]float64
		for _, p := range strings.Split(m[1], "L") {
			x, y, _ := strings.Cut(p, " ")
			one = append(one, [2]float64{number(t, x), number(t, y)})
		}
		d.lines = append(d.lines, one)
	}
	return d
}

// ruler is the axis through its outermost labels, both ways; all others have to lie on it.
func ruler(t *testing.T, labels map[float64]float64) (place, label func(float64) float64) {
	t.Helper()
	low, high := math.Inf(1), math.Inf(-1)
	for v := range labels {
		low, high = min(low, v), max(high, v)
	}
	each := (labels[high] - labels[low]) / (high - low)
	place = func(v float64) float64 { return labels[low] + (v-low)*each }
	for v, at := range labels {
		if math.Abs(place(v)-at) > 0.11 {
			t.Errorf("the label %g stands at %g, and belongs at %g", v, at, place(v))
		}
	}
	return place, func(at float64) float64 { return low + (at-labels[low])/each }
}

// at are the values of all lines at an age, the lowest first. by is how much they change
// within the width of a hair across, which is as exactly as an age is drawn.
func (d drawn) at(t *testing.T, years float64) (all, by []float64) {
	t.Helper()
	const hair = 0.1
	place, _ := ruler(t, d.years)
	_, value := ruler(t, d.values)
	first, last := math.Inf(1), math.Inf(-1)
	for _, line := range d.lines {
		first, last = min(first, line[0][0]), max(last, line[len(line)-1][0])
	}
	x := place(years)
	if x < first && x > first-hair || x > last && x < last+hair {
		x = min(max(x, first), last)
	}
	type read struct{ value, by float64 }
	var found []read
	for _, line := range d.lines {
		for i := 1; i < len(line); i++ {
			if a, b := line[i-1], line[i]; b[0] > a[0] && x >= a[0] && x <= b[0] {
				slope := (b[1] - a[1]) / (b[0] - a[0])
				v := value(a[1] + slope*(x-a[0]))
				found = append(found, read{v, math.Abs(value(a[1]+slope*(x-a[0]+hair)) - v)})
				break
			}
		}
	}
	slices.SortFunc(found, func(a, b read) int { return cmp.Compare(a.value, b.value) })
	for _, r := range found {
		all, by = append(all, r.value), append(by, r.by)
	}
	return all, by
}

// lineNamed is which of the nine lines, from the lowest, has a name in the tables. The
// quarters lie at 0.674 standard deviations, and the lines of a chart at 0.667.
var lineNamed = map[string]int{"-2SD": 1, "P25": 3, "0SD": 4, "P50": 4, "P75": 5, "2SD": 7}

// ages are those of a chart, and the months of the rows that are read there.
type ages struct {
	ref, query string
	from, to   float64
}

var chartAges = []ages{{"who", "from=0&to=1", 0, 12}, {"who", "from=0&to=2", 0, 23.9}, {"who", "from=0&to=5", 0, 60}, {"who", "from=1&to=5", 12, 60},
	{"who", "from=5&to=19", 60.5, 228}, {"who", "from=0&to=19", 0, 228}, {"cdc-2000", "from=2&to=20", 24, 240}}

// Each chart says what the printed tables say, where somebody reads it with a ruler:
// by the labels of its axes and by its lines, as they are drawn. It says for whom it
// is, and draws a step where the lines have one.
func TestGrowthChartsAreReadAsTheTablesArePrinted(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	p := s.grower("mia", numberSam)
	rows := append(readPrinted(t, "testdata/growth-printed.txt"), readPrinted(t, "../../growth/testdata/who-2006-printed.txt")...)
	for sex, said := range map[string]string{"female": "This is the chart for girls.", "male": "This is the chart for boys."} {
		s.put(`{"resourceType":"Patient","id":"mia","gender":"` + sex + `","name":[{"text":"Mia Hill"}],"birthDate":"2025-05-20","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + numberSam + `"}]}`)
		for _, of := range []string{"weight", "height", "head", "bmi"} {
			for _, w := range chartAges {
				of := slices.DeleteFunc(slices.Clone(rows), func(r printed) bool {
					return r.of != of || r.sex != sex || r.ref != w.ref || r.months < w.from || r.months > w.to
				})
				if len(of) == 0 {
					continue
				}
				body := p.get("/family/record/child/growth?of=" + of[0].of + "&ref=" + w.ref + "&" + w.query).Body.String()
				if !strings.Contains(body, said) {
					t.Error("the page does not say for whom the chart is")
				}
				beside(t, w, of, body[strings.Index(body, `<svg class="bevan-growth-chart"`):])
			}
		}
	}
}

// beside reads a chart beside the rows that are printed.
func beside(t *testing.T, w ages, rows []printed, svg string) {
	t.Helper()
	d, n := readDrawing(t, svg), 0
	what := rows[0].of + " " + rows[0].sex + ", " + w.ref + " " + w.query
	for _, row := range rows {
		lines, by := d.at(t, row.months/12)
		out := 0 // lines that are left out at each end
		if w.ref == "cdc-2000" && row.of != "bmi" {
			out = 1
		}
		if len(lines) != 9-2*out {
			t.Fatalf("%s: %d lines at %g months", what, len(lines), row.months)
		}
		for name, want := range row.cells {
			i, ok := lineNamed[name]
			if !ok {
				continue
			}
			n++
			i -= out
			if got := lines[i]; math.Abs(got-want) > 0.055+0.0015*want+by[i] {
				t.Errorf("%s: at %g months the line of %s is read as %.2f, and printed as %g", what, row.months, name, got, want)
			}
		}
	}
	if t.Logf("%s: %d numbers", what, n); n < 12 {
		t.Error("these are too few")
	}
	// Lying and standing are two tables: of height and body mass index.
	twice := w.ref == "who" && w.from < 24 && w.to > 24 && (rows[0].of == "height" || rows[0].of == "bmi")
	if steps := strings.Count(svg, "bevan-growth-step"); (steps == 1) != twice {
		t.Errorf("%s: %d steps are drawn", what, steps)
	}
}
