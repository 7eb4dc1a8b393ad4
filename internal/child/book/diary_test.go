package book

import (
	"slices"
	"testing"
	"time"
)

// A week is from Monday to Sunday by the family's clock, also over the end of a
// year; the sums of all weeks are those of all days.
func TestTheDiaryByWeek(t *testing.T) {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	at := func(s string) time.Time {
		when, err := time.Parse(time.RFC3339, s)
		if err != nil {
			t.Fatal(err)
		}
		return when
	}
	moments := []Moment{ // the newest first
		{Kind: "sleep", At: at("2026-05-03T23:30:00Z"), Minutes: 90}, // Monday in London
		{Kind: "bottle", At: at("2026-05-03T20:00:00Z"), Millis: 120},
		{Kind: "sleep", At: at("2026-05-03T12:00:00Z")},
		{Kind: "cry", At: at("2026-04-28T12:00:00Z"), Minutes: 10},
		{Kind: "breast", At: at("2026-01-01T08:00:00Z"), Minutes: 15},
		{Kind: "bottle", At: at("2025-12-29T08:00:00Z"), Millis: 60},
	}
	want := []Week{
		{From: "2026-05-04", To: "2026-05-10", Days: 1, Sleep: 90},
		{From: "2026-04-27", To: "2026-05-03", Days: 2, Feeds: 1, Millis: 120, Cry: 10, SaidNothing: true},
		{From: "2025-12-29", To: "2026-01-04", Days: 2, Feeds: 2, Millis: 60},
	}
	if got := Weeks(Days(moments, zone)); !slices.Equal(got, want) {
		t.Errorf("%+v", got)
	}
	if got := Weeks(nil); len(got) != 0 {
		t.Errorf("of nothing: %+v", got)
	}
}
