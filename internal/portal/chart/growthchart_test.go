package chart

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// madeUp is a reference that nobody has: smooth lines, with a step at 2 years.
func madeUp(low, rise, spread float64, steps ...float64) (all []Centile) {
	names := []string{"0.4th", "2nd", "9th", "25th", "50th", "75th", "91st", "98th", "99.6th"}
	for i, name := range names {
		z := float64(i-4) * 2 / 3
		c := Centile{Name: name, Dashed: i%2 == 0}
		from := 0.0
		for j, to := range append(steps, 18) {
			var part []Place
			for k := range 241 {
				age := from + (to-from)*float64(k)/240
				m := low + rise*math.Pow(age, 0.55) - float64(j)*0.7
				part = append(part, Place{age, m * (1 + spread*z)})
			}
			c.Parts, from = append(c.Parts, part), to
		}
		all = append(all, c)
	}
	return all
}

var inEnglish = Growth{Unit: "kg", Label: "Weight (kg)", Ages: [3]string{"Age in weeks", "Age in months", "Age in years"},
	Before: [3]string{"Weeks of pregnancy, then age in weeks", "Weeks of pregnancy, then age in months", "Weeks of pregnancy, then age in years"},
	Actual: "actual age", Corrected: "corrected age", Beyond: "outside of the chart"}

func grown(id string, from, to float64, points ...Measured) Growth {
	g := inEnglish
	g.Text = Text{ID: id, Title: "Weight", Summary: "Follows the 25th line."}
	g.From, g.To, g.Points = from, to, points
	g.Centiles = madeUp(3.4, 6.2, 0.12)
	return g
}

// early is a child who was born eight weeks early.
func early(ages ...float64) (all []Measured) {
	for i, a := range ages {
		all = append(all, Measured{Age: a, Corrected: a - 8*7/365.25, Value: 1.9 + 5.4*math.Pow(a, 0.6) + 0.1*float64(i%3)})
	}
	return all
}

func growthAlbum() map[string]func() Drawing {
	term := func(ages ...float64) (all []Measured) {
		for _, a := range ages {
			all = append(all, Measured{Age: a, Corrected: a - 3/365.25, Value: 3.2 + 5.9*math.Pow(a, 0.55)})
		}
		return all
	}
	height := grown("h", 1, 5, Measured{1.1, math.NaN(), 75}, Measured{2.2, math.NaN(), 86.4}, Measured{3.4, math.NaN(), 97}, Measured{4.5, math.NaN(), 104})
	height.Unit, height.Label, height.Title = "cm", "Length or height (cm)", "Height"
	height.Centiles = madeUp(50, 26, 0.037, 2, 4)
	height.Steps = []Step{{2, "lying | standing"}, {4, ""}}
	tall := grown("p", 0, 18, Measured{5, math.NaN(), 108}, Measured{11, math.NaN(), 143})
	tall.Unit, tall.Label, tall.Centiles, tall.Steps = "cm", "Height (cm)", madeUp(50, 26, 0.037, 2, 4), []Step{{2, ""}, {4, ""}}
	tall.Target = &Target{Name: "expected from the parents' heights", Low: tall.Centiles[3].Parts[2], High: tall.Centiles[6].Parts[2]}
	out := map[string]func() Drawing{}
	for name, g := range map[string]Growth{
		"growth-first-year":  grown("a", 0, 1, early(0, 0.03, 0.1, 0.2, 0.31, 0.5, 0.75, 0.98)...),
		"growth-weeks":       grown("b", 0, 13*7/365.25, term(0, 0.015, 0.04, 0.1, 0.15, 0.22)...),
		"growth-early":       grown("h", -14*7/365.25, 0.75, early(0, 0.03, 0.1, 0.2, 0.31, 0.5)...),
		"growth-two-years":   grown("c", 0, 2, append(term(0, 0.1, 0.3, 0.6, 1, 1.5, 1.9), Measured{1.2, math.NaN(), 98})...),
		"growth-steps":       height,
		"growth-all":         grown("e", 0, 18, term(0, 0.1, 1, 2, 4, 5, 8, 11, 15)...),
		"growth-target":      tall,
		"growth-nothing":     grown("f", 5, 18),
		"growth-no-centiles": func() Growth { g := grown("g", 0, 2, term(0.1, 1, 1.5)...); g.Centiles = nil; return g }(),
	} {
		out[name] = func() Drawing { return Drawing{SVG: g.Draw().SVG} }
	}
	return out
}

// A growth chart has a dot and a cross for each measurement whose ages are known, and
// never a line from one measurement to the next.
func TestMeasurementsAreNotJoined(t *testing.T) {
	svg := grown("a", 0, 1, early(0.2, 0.4, 0.6)...).Draw().SVG
	plot := svg[strings.Index(svg, `<g class="bevan-growth-points"`):]
	for want, count := range map[string]int{"bevan-growth-dot": 3, "bevan-growth-cross": 3, "bevan-growth-gap": 3, "<path": 6, "bevan-chart-line": 0} {
		if got := strings.Count(plot, want); got != count {
			t.Errorf("%d of %s, not %d", got, want, count)
		}
	}
	for _, m := range regexp.MustCompile(`bevan-growth-gap" d="M(\S+) (\S+)L(\S+) (\S+)"`).FindAllStringSubmatch(plot, -1) {
		if m[2] != m[4] {
			t.Errorf("a line between two ages is not level: %s", m[0])
		}
	}
	if unknown := grown("a", 0, 1, Measured{0.3, math.NaN(), 6}).Draw().SVG; strings.Contains(unknown, "bevan-growth-cross") || strings.Contains(unknown, "corrected age") {
		t.Error("a corrected age is drawn that nobody knows")
	}
}

// What is said of a step stands where no line crosses it.
func TestTheTextOfAStepStandsClear(t *testing.T) {
	at := regexp.MustCompile(`y="(\S+)" text-anchor="middle"[^>]*>lying`)
	for low, upper := range map[float64]bool{0.1: true, 3: false} {
		g := grown("a", 1, 5)
		g.Steps, g.Centiles = []Step{{2, "lying | standing"}}, nil
		for _, v := range []float64{10 + low, 18} {
			g.Centiles = append(g.Centiles, Centile{Parts: [][]Place{{{1, v}, {5, v}}}})
		}
		g.Points = []Measured{{4, math.NaN(), 11.5}, {4, math.NaN(), 20}}
		svg := g.Draw().SVG
		y, err := strconv.ParseFloat(at.FindStringSubmatch(svg)[1], 64)
		if err != nil || (y < 200) != upper {
			t.Errorf("with a line %g above the edge the text stands at %g", low, y)
		}
	}
}

// Before the day on which birth was expected, ages are weeks of pregnancy, and no label
// counts months below zero.
func TestBeforeTermAgesAreWeeksOfPregnancy(t *testing.T) {
	labels := regexp.MustCompile(`<text x="\S+" y="\S+" text-anchor="middle"[^>]*>([^<]+)</text>`)
	for _, c := range []struct {
		from, to float64
		want     string
	}{
		{-14 * 7 / 365.25, 0.75, "36 32 28 0 1 2 3 4 5 6 7 8 9 Weeks of pregnancy, then age in months"},
		{-4 * 7 / 365.25, 4 * 7 / 365.25, "39 38 37 36 0 1 2 3 4 Weeks of pregnancy, then age in weeks"},
		{-8 * 7 / 365.25, -4 * 7 / 365.25, "36 35 34 33 32 Weeks of pregnancy, then age in weeks"},
		{0, 0.5, "0 2 4 6 8 10 12 14 16 18 20 22 24 26 Age in weeks"},
	} {
		var got []string
		for _, m := range labels.FindAllStringSubmatch(grown("a", c.from, c.to).Draw().SVG, -1) {
			got = append(got, m[1])
		}
		if s := strings.Join(got, " "); s != c.want {
			t.Errorf("from %.2f to %.2f the labels are %s", c.from, c.to, s)
		}
	}
}

// All lines are equally strong, and they are dashed where the reference says so.
func TestLinesOfCentiles(t *testing.T) {
	svg := grown("a", 0, 1).Draw().SVG
	lines := regexp.MustCompile(`<path class="bevan-growth-line"[^>]*>`).FindAllString(svg, -1)
	if len(lines) != 9 {
		t.Fatalf("%d lines", len(lines))
	}
	for i, l := range lines {
		if !strings.Contains(l, `stroke-width="1.4"`) || strings.Contains(l, "stroke-dasharray") != (i%2 == 0) {
			t.Errorf("line %d is %s", i, l[:80])
		}
	}
	for _, name := range []string{"0.4th", "2nd", "9th", "25th", "50th", "75th", "91st", "98th", "99.6th"} {
		if !strings.Contains(svg, ">"+name+"<") {
			t.Errorf("%s has no name", name)
		}
	}
}

// A step is a gap: no path goes over it.
func TestLinesAreNotJoinedOverAStep(t *testing.T) {
	g := grown("a", 1, 5)
	g.Centiles = madeUp(50, 26, 0.037, 2, 4)
	g.Steps = []Step{{2, ""}, {4, ""}}
	svg := g.Draw().SVG
	if n := strings.Count(svg, `class="bevan-growth-line"`); n != 27 {
		t.Errorf("%d parts of nine lines with two steps", n)
	}
	if n := strings.Count(svg, "bevan-growth-step"); n != 2 {
		t.Errorf("%d steps are drawn", n)
	}
}

var sized = regexp.MustCompile(`width="(\S+)mm" height="(\S+)mm" viewBox="0 0 (\S+) (\S+)"`)

// What the scale says is what is drawn: the lines of the grid lie so many millimetres
// apart.
func TestTheScaleIsThatOfTheDrawing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.Float64Range(0, 10).Draw(t, "from")
		g := grown("a", from, from+rapid.Float64Range(0.05, 12).Draw(t, "long"))
		d := g.Draw()
		m := sized.FindStringSubmatch(d.SVG)
		mm, _ := strconv.ParseFloat(m[1], 64)
		box, _ := strconv.ParseFloat(m[3], 64)
		high, _ := strconv.ParseFloat(m[2], 64)
		boxHigh, _ := strconv.ParseFloat(m[4], 64)
		if math.Abs(mm/box-perUnit) > 1e-3 || math.Abs(high/boxHigh-perUnit) > 1e-3 {
			t.Fatalf("%s: a unit is %g mm", m[0], mm/box)
		}
		if mm > 190 || high > 230 || mm < 60 {
			t.Fatalf("%g by %g mm does not fit a sheet", mm, high)
		}
		want := (g.To - g.From) / d.Scale.Age.years() * d.Scale.Across
		if got := (d.Right - d.Left) * mm; math.Abs(got-want) > 0.2 {
			t.Fatalf("the plot is %g mm wide, and %g by its scale", got, want)
		}
		if want < mostAcross/1.7 && g.To-g.From > 0.1 || want > mostAcross*1.001 {
			t.Fatalf("the plot is %g mm wide", want)
		}
	})
}

func anyPlaces(t *rapid.T, name string) (all []Place) {
	for range rapid.IntRange(0, 12).Draw(t, name) {
		all = append(all, Place{anyNumber().Draw(t, "age"), anyNumber().Draw(t, "value")})
	}
	return all
}

func anyGrowth(t *rapid.T) Growth {
	g := inEnglish
	g.Text = Text{ID: "x", Title: rapid.String().Draw(t, "title"), Summary: rapid.String().Draw(t, "summary")}
	g.From, g.To, g.Label = anyNumber().Draw(t, "from"), anyNumber().Draw(t, "to"), rapid.String().Draw(t, "label")
	if rapid.Bool().Draw(t, "made up") {
		g.Centiles = madeUp(3, 5, 0.1, 2)
	}
	for range rapid.IntRange(0, 3).Draw(t, "lines") {
		g.Centiles = append(g.Centiles, Centile{rapid.StringN(0, 9, 30).Draw(t, "name"), rapid.Bool().Draw(t, "dashed"), [][]Place{anyPlaces(t, "part"), anyPlaces(t, "part")}})
	}
	for range rapid.IntRange(0, 12).Draw(t, "points") {
		g.Points = append(g.Points, Measured{anyNumber().Draw(t, "age"), anyNumber().Draw(t, "corrected"), anyNumber().Draw(t, "value")})
	}
	if rapid.Bool().Draw(t, "target") {
		g.Target = &Target{"expected", anyPlaces(t, "low"), anyPlaces(t, "high")}
	}
	g.Steps = []Step{{anyNumber().Draw(t, "step"), rapid.String().Draw(t, "at the step")}}
	return g
}

// Whatever it is given, a growth chart is a well-formed picture in its box, and says of
// each measurement where it is.
func TestAnyGrowthIsDrawnInItsBox(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := anyGrowth(t)
		d := g.Draw()
		wellFormed(t, d.SVG)
		inside(t, d.SVG)
		if d.Shown+d.Outside+d.Unknown != len(g.Points) || d.Cut > d.Shown {
			t.Fatalf("%d measurements: %+v", len(g.Points), d)
		}
	})
}
