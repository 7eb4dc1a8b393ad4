package bench

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Row is one figure.
type Row struct {
	Work   string  `json:"work"` // the name that --work takes
	Title  string  `json:"title"`
	Figure float64 `json:"figure"`
	Unit   string  `json:"unit"`
	// Goal is what it should be at least, or at most where Less is true; 0
	// for none.
	Goal float64 `json:"goal,omitempty"`
	Less bool    `json:"less,omitempty"`
	// Floor is what the same machine does without Bevan, in the same unit, and
	// Under says what that is; 0 for none.
	Floor float64 `json:"floor,omitempty"`
	Under string  `json:"under,omitempty"`
	// P50 and P99 are waits in milliseconds, P99Goal the most that P99 should
	// be; 0 for none.
	P50     float64 `json:"p50_ms,omitempty"`
	P99     float64 `json:"p99_ms,omitempty"`
	P99Goal float64 `json:"p99_goal_ms,omitempty"`
	// ServerCPU and OwnCPU are processor time for one unit, in microseconds:
	// of the server's process, and of the load generator. They say more than
	// the figure where others share the machine.
	ServerCPU float64 `json:"server_cpu_us,omitempty"`
	OwnCPU    float64 `json:"own_cpu_us,omitempty"`
	// Curve is the rate in each tenth of the work.
	Curve []float64 `json:"curve,omitempty"`
	Note  string    `json:"note,omitempty"`
}

// Table is what was measured on one database.
type Table struct {
	Database  string `json:"database"`
	Settings  string `json:"settings"`
	People    int    `json:"people"`
	Resources int    `json:"resources"`
	Bytes     int64  `json:"json_bytes"`
	Rows      []Row  `json:"rows"`
}

// Report is a whole run.
type Report struct {
	Machine Machine `json:"machine"`
	Server  string  `json:"server"`
	// Own is the load generator by itself against net/http with a short
	// answer: the floor of the floors over HTTP.
	Own    Row     `json:"load_generator"`
	Tables []Table `json:"tables"`
}

// ratio is how much of the goal is reached; above 1 it is passed.
func (r *Row) ratio() float64 {
	if r.Less {
		return r.Goal / max(r.Figure, 1e-9)
	}
	return r.Figure / max(r.Goal, 1e-9)
}

// Print writes the report for people.
func (r *Report) Print(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Bevan bench on %s\n%s\n", r.Machine, r.Server)
	fmt.Fprintf(&b, "Load generator by itself: %s a second of net/http with a short answer, %.0f us of processor time each.\n",
		number(r.Own.Figure), r.Own.OwnCPU)
	for i := range r.Tables {
		r.Tables[i].print(&b)
	}
	b.WriteString("\nof goal: above 1 the goal is passed. of floor: share of what the same machine does without Bevan, in the same run.\n" +
		"cpu: processor time of the server's process for one unit (of PostgreSQL: without the database's own).\n")
	_, err := io.WriteString(w, b.String())
	return err
}

var heading = []string{"work", "figure", "unit", "goal", "of goal", "floor", "of floor", "p50 ms", "p99 ms", "p99 goal", "cpu us"}

func (t *Table) print(b *strings.Builder) {
	fmt.Fprintf(b, "\n%s: %s.\n%s people, %s resources, %s MB of JSON.\n\n", t.Database, t.Settings,
		number(float64(t.People)), number(float64(t.Resources)), number(float64(t.Bytes)/1e6))
	lines, curve := [][]string{heading}, [][]string{heading}
	for i := range t.Rows {
		if t.Rows[i].Work == "curve" {
			curve = append(curve, t.Rows[i].cells())
		} else {
			lines = append(lines, t.Rows[i].cells())
		}
	}
	for _, part := range [][][]string{lines, curve} {
		if len(part) > 1 {
			columns(b, part)
			b.WriteString("\n")
		}
	}
	for i := range t.Rows {
		r := &t.Rows[i]
		if len(r.Curve) > 0 {
			fmt.Fprintf(b, "  %s, rate in each tenth:", r.Title)
			for _, v := range r.Curve {
				b.WriteString(" " + number(v))
			}
			fmt.Fprintf(b, " (%s)\n", flatness(r.Curve))
		}
		if r.Note != "" {
			fmt.Fprintf(b, "  %s: %s\n", r.Title, r.Note)
		}
	}
	seen := map[string]bool{}
	for i := range t.Rows {
		if u := t.Rows[i].Under; u != "" && !seen[u] {
			seen[u] = true
			fmt.Fprintf(b, "  floor of %s: %s\n", t.Rows[i].Work, u)
		}
	}
}

// flatness compares the last three tenths with the first three after the very
// first, in which everything is still cold.
func flatness(curve []float64) string {
	if len(curve) < 10 {
		return "too short to judge"
	}
	mean := func(v []float64) float64 { return (v[0] + v[1] + v[2]) / 3 }
	change := mean(curve[7:])/max(mean(curve[1:]), 1e-9) - 1
	word := "flat"
	if change < -.2 {
		word = "falls"
	}
	return fmt.Sprintf("%s: %+.0f %% from the first third to the last", word, change*100)
}

func (r *Row) cells() []string {
	some := func(v float64, show func(float64) string) string {
		if v == 0 {
			return ""
		}
		return show(v)
	}
	share := func(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }
	millis := func(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }
	goal := ">= "
	if r.Less {
		goal = "<= "
	}
	var ofGoal, ofFloor string
	if r.Goal > 0 {
		ofGoal = share(r.ratio())
	}
	if r.Floor > 0 {
		ofFloor = share(r.Figure / r.Floor)
	}
	return []string{r.Title, number(r.Figure), r.Unit, some(r.Goal, func(v float64) string { return goal + number(v) }), ofGoal,
		some(r.Floor, number), ofFloor, some(r.P50, millis), some(r.P99, millis),
		some(r.P99Goal, func(v float64) string { return "<= " + number(v) }), some(r.ServerCPU, number)}
}

// columns lays cells out: the first and the unit to the left, numbers to the
// right.
func columns(b *strings.Builder, lines [][]string) {
	width := make([]int, len(lines[0]))
	for _, l := range lines {
		for i, c := range l {
			width[i] = max(width[i], utf8.RuneCountInString(c))
		}
	}
	for _, l := range lines {
		var line strings.Builder
		for i, c := range l {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(c))
			if i == 0 || i == 2 {
				line.WriteString("  " + c + pad)
			} else {
				line.WriteString("  " + pad + c)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
}

// number writes three digits that matter, with commas.
func number(v float64) string {
	if v < 10 && v != float64(int(v)) {
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	s := strconv.FormatFloat(v, 'f', 0, 64)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return cmp.Or(s, "0")
}
