package chart

import (
	"flag"
	"maps"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write the drawings in testdata anew; look at each before it is committed")

func on(y int, m time.Month, d int) float64 {
	return float64(time.Date(y, m, d, 9, 0, 0, 0, time.UTC).Unix())
}

func values(start float64, every float64, all ...float64) (out []Point) {
	for i, v := range all {
		out = append(out, Point{X: start + float64(i)*every, Y: v})
	}
	return out
}

// album is every kind of chart as people may meet it.
func album() map[string]func() Drawing {
	time1 := Axis{Time: true}
	open := math.NaN()
	band := []Band{{Name: "usual range", Low: 115, High: 165}}
	dense := []Point{}
	for i := range 4000 {
		dense = append(dense, Point{X: on(2024, 1, 1) + float64(i)*hour*4, Y: 72 + 14*math.Sin(float64(i)/90) + float64(i*7919%23)})
	}
	centiles := []Guide{}
	for i, name := range []string{"2nd", "25th", "50th", "75th", "98th"} {
		g := Guide{Name: name}
		for m := 0.0; m <= 48; m += 2 {
			g.Points = append(g.Points, Point{X: m, Y: 3.3 + 1.9*math.Sqrt(m) + float64(i-2)*(0.4+m*0.03)})
		}
		centiles = append(centiles, g)
	}
	all := map[string]func() Drawing{
		"one-series": Lines{Text: Text{ID: "a", Title: "Haemoglobin", Summary: "Lower than usual."}, X: time1, Y: Axis{Label: "g/L"}, Bands: band,
			Series: []Series{{"Haemoglobin", []Point{{X: on(2022, 3, 1), Y: 131}, {X: on(2022, 9, 12), Y: 128}, {X: on(2023, 4, 2), Y: 121}, {X: on(2023, 10, 5), Y: 117}, {X: on(2024, 3, 9), Y: 109}}}}}.Draw,
		"two-series": Lines{Text: Text{ID: "b", Title: "Blood pressure", Summary: "Falls."}, X: time1, Y: Axis{Label: "mmHg"},
			Series: []Series{{"Upper (systolic)", values(on(2023, 1, 10), 40*day, 152, 148, 149, 141, 138, 136, 139)}, {"Lower (diastolic)", values(on(2023, 1, 10), 40*day, 95, 92, 94, 88, 86, 85, 84)}}}.Draw,
		"gap-and-bounds": Lines{Text: Text{ID: "c", Title: "C reactive protein", Summary: "Mostly low."}, X: time1, Y: Axis{Label: "mg/L"},
			Bands: []Band{{Name: "usual range", Low: open, High: 5}}, BoundName: "less or more than", BeyondName: "outside of the chart",
			Series: []Series{{"CRP", []Point{{X: on(2019, 1, 3), Y: 5, Sign: Below}, {X: on(2019, 2, 1), Y: 12}, {X: on(2019, 2, 20), Y: 48}, {X: on(2019, 3, 9), Y: 7}, {X: on(2024, 5, 1), Y: 9}, {X: on(2024, 6, 1), Y: 5, Sign: Below}}}}}.Draw,
		"cut": Lines{Text: Text{ID: "d", Title: "Weight", Summary: "Two lie outside."}, X: Axis{From: 0, To: 48, Label: "Age in months"}, Y: Axis{From: 2, To: 20, Label: "kg"}, Guides: centiles, BeyondName: "outside of the chart",
			Series: []Series{{"Weight", []Point{{X: 0, Y: 3.4}, {X: 2, Y: 5.2}, {X: 6, Y: 7.9}, {X: 12, Y: 9.8}, {X: 24, Y: 24}, {X: 36, Y: 14.9}}}}}.Draw,
		"dense":   Lines{Text: Text{ID: "e", Title: "Heart rate", Summary: "Between 58 and 108."}, X: time1, Y: Axis{Label: "beats in a minute"}, Series: []Series{{"Heart rate", dense}}}.Draw,
		"one":     Lines{Text: Text{ID: "f", Title: "Potassium", Summary: "One."}, X: time1, Y: Axis{Label: "mmol/L"}, Bands: []Band{{Name: "usual range", Low: 3.5, High: 5.3}}, Series: []Series{{"Potassium", values(on(2024, 2, 29), day, 4.4)}}}.Draw,
		"nothing": Lines{Text: Text{ID: "g", Title: "Nothing", Summary: "Nothing."}, X: time1}.Draw,
		"six": Lines{Text: Text{ID: "h", Title: "Six", Summary: "Six."}, X: time1, Y: Axis{Label: "mmol/L"}, Series: []Series{
			{"Sodium", values(on(2024, 1, 1), 30*day, 9, 10, 9, 11)}, {"Potassium", values(on(2024, 1, 3), 30*day, 4, 4.2, 4.4, 4.1)}, {"Urea", values(on(2024, 1, 5), 30*day, 5, 6, 7, 6)},
			{"Calcium", values(on(2024, 1, 7), 30*day, 2.4, 2.3, 2.2, 2.4)}, {"Glucose", values(on(2024, 1, 9), 30*day, 8, 7, 8.2, 7.7)}, {"Cholesterol", values(on(2024, 1, 11), 30*day, 3, 3.1, 3.3, 3.2)}}}.Draw,
		"bars":  Bars{Text: Text{ID: "i", Title: "Looks", Summary: "Most by the surgery."}, Bars: []Bar{{"Valley Surgery", 42, "42 looks"}, {"Night nurses", 7, "7 looks"}, {"An app", open, "not known"}, {"Change", -12, "12 fewer"}}}.Draw,
		"strip": Strip{Text: Text{ID: "j", Title: "Medicines", Summary: "Two go on."}, X: time1, Lanes: []Lane{{"Ramipril 5 mg", []Span{{on(2021, 2, 1), on(2022, 7, 1), ""}, {on(2023, 1, 1), open, ""}}}, {"Amoxicillin", []Span{{on(2022, 5, 1), on(2022, 5, 8), ""}}}, {"Levothyroxine", []Span{{open, open, ""}}}}}.Draw,
	}
	maps.Copy(all, growthAlbum())
	return all
}

// The drawings were looked at, in Chromium, when they were written.
func TestDrawingsAreThoseThatWereLookedAt(t *testing.T) {
	for name, draw := range album() {
		at := filepath.Join("testdata", name+".svg")
		got := draw().SVG + "\n"
		if *update {
			if err := os.WriteFile(at, []byte(got), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		want, err := os.ReadFile(at)
		if err != nil {
			t.Fatal(err)
		}
		if got != string(want) {
			t.Errorf("%s is drawn in another way. Look at it (go test ./internal/portal/chart -update) and commit it if it is right.", name)
		}
	}
}
