package growth

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestReviewOfASeries plays the cases of testdata/review.txt.
func TestReviewOfASeries(t *testing.T) {
	data, err := os.ReadFile("testdata/review.txt")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for part := range strings.SplitSeq(string(data), "\n== ") {
		title, text, _ := strings.Cut(part, "\n")
		if strings.HasPrefix(title, "#") {
			continue
		}
		n++
		t.Run(title, func(t *testing.T) { playReview(t, text) })
	}
	if n < 50 {
		t.Errorf("only %d cases", n)
	}
}

func playReview(t *testing.T, text string) {
	var c Child
	var o Options
	var series []Measurement
	want, expected := []string(nil), false
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		switch {
		case len(f) == 0:
		case f[0] == "born":
			c, o = childLine(t, f[1:])
		case f[0] == "->":
			want, expected = f[1:], true
		default:
			series = append(series, measureLine(t, c, f))
		}
	}
	if !expected {
		t.Fatal("the case does not say what is found")
	}
	got := WHO().Review(c, series, o)
	var codes []string
	for _, r := range got.Results {
		for _, f := range r.Findings {
			codes = append(codes, f.Code)
		}
		if r.Lay() == "" || r.Clinician() == "" || !strings.Contains(r.Clinician(), "WHO") {
			t.Errorf("no words: %q, %q", r.Lay(), r.Clinician())
		}
	}
	for _, f := range got.Findings {
		codes = append(codes, f.Code)
		if f.Rules != "growth-review 1" || f.Lay == "" || f.Clinician == "" {
			t.Errorf("%s: rules %q, %q, %q", f.Code, f.Rules, f.Lay, f.Clinician)
		}
	}
	slices.Sort(codes)
	slices.Sort(want)
	if !slices.Equal(slices.Compact(codes), want) {
		t.Errorf("found %v, want %v", codes, want)
		for _, r := range got.Results {
			t.Log(r.Clinician())
		}
	}
}

func childLine(t *testing.T, f []string) (c Child, o Options) {
	t.Helper()
	c.Born = suiteDate(t, f[0])
	c.Sex, _ = ParseSex(f[1])
	weeks, days, _ := strings.Cut(f[2], "+")
	w, err1 := strconv.Atoi(weeks)
	d, err2 := strconv.Atoi(days)
	if err1 != nil || err2 != nil {
		t.Fatalf("%s: weeks and days of pregnancy", f[2])
	}
	c.Gestation = w*7 + d
	for i := 3; i+1 < len(f); i += 2 {
		cm, err := strconv.ParseFloat(f[i+1], 64)
		if err != nil {
			t.Fatal(err)
		}
		if f[i] == "mother" {
			o.Parents.Mother = cm
		} else {
			o.Parents.Father = cm
		}
	}
	return c, o
}

func measureLine(t *testing.T, c Child, f []string) Measurement {
	t.Helper()
	of, ok := ParseMeasure(f[0])
	if !ok {
		t.Fatalf("%s: no measure", f[0])
	}
	m := Measurement{Of: of, On: dayOf(t, c, f[1])}
	if len(f) > 3 {
		m.Method, _ = ParseMethod(f[3])
	}
	text, isZ := strings.CutPrefix(f[2], "@")
	x, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	if m.Value = x; isZ {
		age, _ := c.CorrectedAge(m.On, ForLife)
		v, why := WHO().Value(of, c.Sex, age, x)
		if why != Present {
			t.Fatalf("%s at %g: %s", of, age, why.Clinician())
		}
		m.Value = v
	}
	return m
}

// dayOf reads a day, or an age in days, weeks or months, which are counted as
// birthdays are.
func dayOf(t *testing.T, c Child, s string) Date {
	t.Helper()
	if strings.Contains(s, "-") {
		return suiteDate(t, s)
	}
	n, err := strconv.Atoi(s[:len(s)-1])
	if err != nil {
		t.Fatal(err)
	}
	switch s[len(s)-1] {
	case 'd':
		return c.Born + Date(n)
	case 'w':
		return c.Born + Date(7*n)
	}
	at := c.Born.Time()
	return NewDate(at.Year(), at.Month()+time.Month(n), at.Day())
}

func reviewCases(t *testing.T) string {
	t.Helper()
	data, err := os.ReadFile("testdata/review.txt")
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
