package chart

import (
	"encoding/xml"
	"errors"
	"io"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// wellFormed reads a drawing as XML, and gives all text in it.
func wellFormed(t interface {
	Helper()
	Fatalf(string, ...any)
}, svg string) (words []string) {
	t.Helper()
	d := xml.NewDecoder(strings.NewReader(svg))
	for {
		switch tok, err := d.Token(); {
		case errors.Is(err, io.EOF):
			return words
		case err != nil:
			t.Fatalf("%v", err)
		default:
			if s, ok := tok.(xml.CharData); ok {
				words = append(words, string(s))
			}
			if e, ok := tok.(xml.StartElement); ok {
				for _, a := range e.Attr {
					if a.Name.Local == "style" || strings.HasPrefix(a.Name.Local, "on") || a.Name.Local == "href" {
						t.Fatalf("%s has %s", e.Name.Local, a.Name.Local)
					}
				}
				if !slices.Contains([]string{"svg", "title", "desc", "g", "path", "rect", "circle", "text"}, e.Name.Local) {
					t.Fatalf("there is a %s", e.Name.Local)
				}
			}
		}
	}
}

var (
	bounds  = regexp.MustCompile(`viewBox="0 0 (\S+) (\S+)"`)
	places2 = regexp.MustCompile(` (?:d="M|x="|cx="|x1=")(-?[0-9.]+)(?:"? ?(?:y="|cy=")?)(-?[0-9.]*)`)
	numeral = regexp.MustCompile(`NaN|Inf|e[+-]?[0-9]`)
)

// inside checks that every place of a drawing is in its box.
func inside(t *rapid.T, svg string) {
	t.Helper()
	box := bounds.FindStringSubmatch(svg)
	w, _ := strconv.ParseFloat(box[1], 64)
	h, _ := strconv.ParseFloat(box[2], 64)
	for _, m := range places2.FindAllStringSubmatch(svg, -1) {
		x, err := strconv.ParseFloat(m[1], 64)
		if err != nil || x < -0.1 || x > w+0.1 {
			t.Fatalf("%s lies outside of %s", m[0], box[0])
		}
		if m[2] == "" {
			continue
		}
		if y, err := strconv.ParseFloat(m[2], 64); err != nil || y < -0.1 || y > h+0.1 {
			t.Fatalf("%s lies outside of %s", m[0], box[0])
		}
	}
	for _, tag := range regexp.MustCompile(`(?: d|x|y|cx|cy|width|height)="[^"]*"`).FindAllString(svg, -1) {
		if numeral.MatchString(tag) {
			t.Fatalf("a place is %s", tag)
		}
	}
}

func anyNumber() *rapid.Generator[float64] {
	return rapid.OneOf(rapid.Float64(), rapid.Float64Range(-200, 200), rapid.SampledFrom([]float64{0, math.NaN(), math.Inf(1), math.Inf(-1), 1e300, -1e300, 1e99, 5, 5, 1e-300, math.MaxFloat64}))
}

func anyPoint(t *rapid.T) Point {
	return Point{X: anyNumber().Draw(t, "x"), Y: anyNumber().Draw(t, "y"), Sign: Sign(rapid.IntRange(0, 2).Draw(t, "sign")), Text: rapid.String().Draw(t, "text")}
}

func anyAxis(t *rapid.T) Axis {
	return Axis{From: anyNumber().Draw(t, "from"), To: anyNumber().Draw(t, "to"), Time: rapid.Bool().Draw(t, "time"), Label: rapid.String().Draw(t, "label")}
}

func anyLines(t *rapid.T) Lines {
	l := Lines{Text: Text{ID: "x", Title: rapid.String().Draw(t, "title"), Summary: rapid.String().Draw(t, "summary")}, X: anyAxis(t), Y: anyAxis(t),
		BoundName: "less or more", BeyondName: "outside", Gap: anyNumber().Draw(t, "gap")}
	for range rapid.IntRange(0, 8).Draw(t, "series") {
		l.Series = append(l.Series, Series{rapid.StringN(0, 20, 60).Draw(t, "name"), rapid.SliceOfN(rapid.Custom(anyPoint), 0, 30).Draw(t, "points")})
	}
	for range rapid.IntRange(0, 3).Draw(t, "bands") {
		l.Bands = append(l.Bands, Band{Name: "usual", Low: anyNumber().Draw(t, "low"), High: anyNumber().Draw(t, "high"), From: anyNumber().Draw(t, "bf"), To: anyNumber().Draw(t, "bt")})
	}
	for range rapid.IntRange(0, 2).Draw(t, "guides") {
		l.Guides = append(l.Guides, Guide{"50th", rapid.SliceOfN(rapid.Custom(anyPoint), 0, 10).Draw(t, "line")})
	}
	return l
}

// Whatever it is given, a chart is a well-formed picture in its box, with no
// word lost and nothing that a browser would run.
func TestAnythingIsDrawnInItsBox(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := anyLines(t)
		d := l.Draw()
		wellFormed(t, d.SVG)
		inside(t, d.SVG)
		if d.Thinned < 0 || d.Cut < 0 || d.Unknown < 0 || d.Cut+d.Unknown > len(d.Rows) {
			t.Fatalf("%+v", d)
		}
	})
}

// The table has exactly the points that the window holds: a loop says which.
func TestTheTableHasThePoints(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		l := anyLines(t)
		key := 0
		want := map[string]bool{}
		for i := range l.Series {
			for j := range l.Series[i].Points {
				p := &l.Series[i].Points[j]
				p.Key = strconv.Itoa(key)
				key++
				if l.X.set() && (p.X < l.X.From || p.X > l.X.To) && !math.IsNaN(p.X) && math.Abs(p.X) <= most {
					continue
				}
				want[p.Key] = true
			}
		}
		d := l.Draw()
		got := map[string]bool{}
		for _, r := range d.Rows {
			if got[r.Key] || !want[r.Key] {
				t.Fatalf("point %s is told twice, or is not there", r.Key)
			}
			got[r.Key] = true
		}
		if len(got) != len(want) {
			t.Fatalf("%d points, not %d", len(got), len(want))
		}
	})
}

// Every point that is neither thinned nor unknown leaves a mark: as many marks as
// points.
func TestEveryPointIsDrawnOnce(t *testing.T) {
	mark := regexp.MustCompile(`<circle|h9v9h-9z|l5\.5 10h-11z|l6 6l-6 6l-6 -6z|l10 10m0 -10l-10 10|bevan-chart-bound|bevan-chart-beyond`)
	rapid.Check(t, func(t *rapid.T) {
		l := anyLines(t)
		l.BoundName, l.BeyondName, l.Bands, l.Guides = "", "", nil, nil
		if len(l.Series) > 1 {
			l.Series = l.Series[:1] // the legend has marks of its own
		}
		d := l.Draw()
		if got, want := len(mark.FindAllString(d.SVG, -1)), len(d.Rows)-d.Unknown-d.Thinned; got != want {
			t.Fatalf("%d marks for %d points", got, want)
		}
	})
}

func TestTicksRiseAndAreNice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.OneOf(rapid.Float64Range(-1e6, 1e6), rapid.Float64Range(-1e99, 1e99), rapid.Float64Range(-1e-6, 1e-6)).Draw(t, "from")
		to := from + math.Abs(from)*rapid.Float64Range(1e-8, 3).Draw(t, "more") + rapid.SampledFrom([]float64{0, 1e-9, 1, 1e50}).Draw(t, "add")
		n := rapid.IntRange(1, 12).Draw(t, "n")
		all := numbers(from, to, n)
		if len(all) > n+1 || n >= 4 && len(all) < 1 && to-from > 1e-90 {
			t.Fatalf("%d ticks of %d from %g to %g", len(all), n, from, to)
		}
		for i, a := range all {
			if a.at < from-(math.Abs(from)+to-from)*1e-9 || a.at > to+(math.Abs(to)+to-from)*1e-9 || i > 0 && a.at <= all[i-1].at {
				t.Fatalf("%v from %g to %g", all, from, to)
			}
			if i > 1 && math.Abs((a.at-all[i-1].at)-(all[1].at-all[0].at)) > 1e-6*(all[1].at-all[0].at)+math.Abs(a.at)*1e-12 {
				t.Fatalf("steps of different size: %v", all)
			}
		}
		if len(all) > 1 {
			step := all[1].at - all[0].at
			head := step / math.Pow(10, math.Floor(math.Log10(step)+1e-9))
			if d := min(math.Abs(head-1), math.Abs(head-2), math.Abs(head-5), math.Abs(head-10)); d > 1e-3 && math.Abs(all[0].at) < step*1e10 {
				t.Fatalf("a step of %g is not nice", step)
			}
		}
	})
}

func TestTicksOfTimeRise(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.Float64Range(firstMoment-1e9, lastMoment+1e9).Draw(t, "from")
		to := from + math.Pow(10, rapid.Float64Range(-3, 12).Draw(t, "more"))
		all := dates(from, to, 6, nil)
		if len(all) > 6 {
			t.Fatalf("%d ticks", len(all))
		}
		seen := map[string]bool{}
		for i, a := range all {
			if a.at < from || a.at > to || i > 0 && a.at <= all[i-1].at || seen[a.text] {
				t.Fatalf("%v from %g to %g", all, from, to)
			}
			seen[a.text] = true
		}
		if to-from > 1200 && from >= firstMoment && to <= lastMoment && len(all) == 0 {
			t.Fatalf("no tick from %g to %g", from, to)
		}
	})
}

func TestNumbersOnAxes(t *testing.T) {
	for _, c := range []struct {
		f      float64
		places int
		want   string
	}{{0, 0, "0"}, {math.Copysign(0, -1), 1, "0.0"}, {1200, 0, "1200"}, {12000, 0, "12,000"}, {1234567, 0, "1,234,567"}, {-3.5, 1, "−3.5"}, {1e7, 0, "1e+07"}, {-0.04, 1, "0.0"}} {
		if got := number(c.f, c.places); got != c.want {
			t.Errorf("%g with %d places is %q, not %q", c.f, c.places, got, c.want)
		}
	}
}

// A line over a time in which nobody measured would claim values.
func TestNothingIsJoinedOverAGap(t *testing.T) {
	lines := regexp.MustCompile(`bevan-chart-line"[^>]* d="([^"]+)"`)
	l := Lines{Text: Text{ID: "x"}, Series: []Series{{"s", append(values(0, day, 1, 2, 3, 4), values(60*day, day, 5, 6)...)}}}
	got := lines.FindAllStringSubmatch(l.Draw().SVG, -1)
	if len(got) != 2 || strings.Count(got[0][1], "L") != 3 || strings.Count(got[1][1], "L") != 1 {
		t.Errorf("%v", got)
	}
	l.Series[0].Points[1].Sign = Below // what is only known from one side is on no line
	if got = lines.FindAllStringSubmatch(l.Draw().SVG, -1); len(got) != 2 || strings.Count(got[0][1], "L") != 1 {
		t.Errorf("%v", got)
	}
}

// Of many points each column keeps its lowest and highest, so the drawing reaches
// as far as the numbers do, and its size is bounded.
func TestManyPointsAreThinnedAndCounted(t *testing.T) {
	var all []Point
	for i := range 200_000 {
		all = append(all, Point{X: float64(i), Y: float64(i * 7919 % 1000)})
	}
	all[77_777].Y = 5000
	d := Lines{Text: Text{ID: "x"}, Series: []Series{{"s", all}}}.Draw()
	if d.Thinned < 199_000 || len(d.Rows) != 200_000 || len(d.SVG) > 20_000 {
		t.Errorf("%d thinned, %d rows, %d bytes", d.Thinned, len(d.Rows), len(d.SVG))
	}
	f := frame{left: 50, right: 546, x1: 200_000, y1: 6000}
	kept := thin(all, f)
	if !slices.ContainsFunc(kept, func(p Point) bool { return p.Y == 5000 }) || !slices.ContainsFunc(kept, func(p Point) bool { return p.Y == 0 }) {
		t.Error("the highest or the lowest point is gone")
	}
}

func TestAttack76WordsInAChartAreNoMarkup(t *testing.T) {
	evil := `</svg><script>alert(1)</script><a href="javascript:x" onload='y'>&` + "\x00\xff"
	d := Lines{Text: Text{ID: `x" onload="y`, Title: evil, Summary: evil}, X: Axis{Label: evil}, Y: Axis{Label: evil}, Series: []Series{{evil, values(0, 1, 1, 2)}, {evil, nil}},
		Bands: []Band{{Name: evil, Low: 1, High: 2}}, Guides: []Guide{{evil, values(0, 1, 1, 2)}}, BoundName: evil}.Draw()
	for _, svg := range []string{d.SVG, Bars{Text: Text{ID: "x", Title: evil}, Bars: []Bar{{evil, 1, evil}}}.Draw().SVG,
		Strip{Text: Text{ID: "x", Title: evil}, Lanes: []Lane{{Name: evil}}}.Draw().SVG} {
		if strings.Contains(svg, "<script") || strings.Contains(svg, `onload="y`) || strings.Contains(svg, "<a ") || strings.Count(svg, "</svg>") != 1 {
			t.Errorf("%s", svg)
		}
	}
}

// The other charts bear anything as well.
func TestOtherChartsBearAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := Text{ID: "x", Title: rapid.String().Draw(t, "title")}
		b := Bars{Text: text}
		for range rapid.IntRange(0, 6).Draw(t, "bars") {
			b.Bars = append(b.Bars, Bar{rapid.StringN(0, 20, 60).Draw(t, "name"), anyNumber().Draw(t, "value"), "x"})
		}
		s := Strip{Text: text, X: anyAxis(t), Lanes: []Lane{{Name: "one"}, {Name: "two"}}}
		for i := range s.Lanes {
			for range rapid.IntRange(0, 5).Draw(t, "spans") {
				s.Lanes[i].Spans = append(s.Lanes[i].Spans, Span{anyNumber().Draw(t, "from"), anyNumber().Draw(t, "to"), ""})
			}
		}
		for _, svg := range []string{b.Draw().SVG, s.Draw().SVG} {
			if svg == "" {
				continue
			}
			wellFormed(t, svg)
			inside(t, svg)
		}
	})
}

func FuzzLines(f *testing.F) {
	f.Add("Sodium", 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, true)
	f.Add("<&\"", math.NaN(), math.Inf(1), -1e300, 0.0, 1e99, -1e99, false)
	f.Fuzz(func(t *testing.T, name string, a, b, c, d, low, high float64, isTime bool) {
		l := Lines{Text: Text{ID: "x", Title: name}, X: Axis{Time: isTime, From: c, To: d}, Series: []Series{{name, []Point{{X: a, Y: b}, {X: c, Y: d}, {X: b, Y: a}}}}, Bands: []Band{{Name: name, Low: low, High: high}}}
		wellFormed(t, l.Draw().SVG)
		wellFormed(t, Strip{Text: Text{ID: "x"}, X: Axis{Time: isTime}, Lanes: []Lane{{name, []Span{{a, b, name}, {c, d, name}}}}}.Draw().SVG)
	})
}
