package app

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestProgressTellsRateAndTimeLeft(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var p pace
	for _, c := range []struct {
		after time.Duration
		step  step
		want  string
	}{
		{0, step{Done: 500, Total: 2000, Count: 50, Of: "resources"}, "50 resources"}, // an earlier run had done these
		{10 * time.Second, step{Done: 1000, Total: 2000, Count: 100, Of: "resources"}, "100 resources, 5/s, 20s left"},
		{10 * time.Second, step{Done: 1500, Total: 2000, Count: 20_100, Of: "resources"}, "20,100 resources, 1,002/s, 10s left"},
		{0, step{Done: 2000, Total: 2000, Count: 20_200, Of: "resources"}, "20,200 resources, 1,007/s"},
		{time.Second, step{Total: 9, Of: "records"}, "0 records"}, // other work
		{time.Hour, step{Done: 3, Total: 9, Count: 3, Of: "records"}, "3 records, 0/min, 2h0m left"},
		{time.Minute, step{Done: 1, Total: 9, Count: 1, Of: "records"}, "1 records"}, // begun again
		{time.Minute, step{Done: 9, Count: 91, Of: "records"}, "91 records, 1/s"},    // nobody knows the total
		{time.Minute, step{Of: "making people"}, "making people"},
	} {
		at = at.Add(c.after)
		if got := p.words(at, c.step); got != c.want {
			t.Errorf("%+v is told as %q, want %q", c.step, got, c.want)
		}
	}
}

func TestHowLongIsSpelt(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "1s", 400 * time.Millisecond: "1s", 90 * time.Second: "1m30s", 59*time.Minute + 59*time.Second: "59m59s",
		time.Hour: "1h0m", 26*time.Hour + 29*time.Second: "26h0m", 100*time.Hour + 31*time.Second: "100h1m",
	} {
		if got := spell(d); got != want {
			t.Errorf("%v is spelt %q, want %q", d, got, want)
		}
	}
}

// A log file gets a line now and then, with nothing in it that draws.
func TestProgressIsFewLinesWhereThereIsNoTerminal(t *testing.T) {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var out, err bytes.Buffer
	r := newTerminalReport(Streams{Out: &out, Err: &err, Now: func() time.Time { return at }})
	for done := range int64(101) {
		r.progress(step{Done: done, Total: 100, Count: done * 10, Of: "resources"})
		at = at.Add(lineEvery / 10)
	}
	r.line("Done.")
	r.close()
	if got := strings.Count(err.String(), "\n"); got != 10 {
		t.Errorf("a hundred steps in ten times %v give %d lines:\n%s", lineEvery, got, &err)
	}
	if !strings.Contains(err.String(), " 50%  500 resources, 20/s, 25s left\n") {
		t.Errorf("it does not say how far it is:\n%s", &err)
	}
	if strings.ContainsAny(err.String(), "\r\033|") {
		t.Errorf("it draws:\n%q", &err)
	}
	if out.String() != "Done.\n" {
		t.Errorf("standard output got %q", &out)
	}
}

// What turns while nobody knows the total stops with the work: nothing is drawn
// over what is written later.
func TestNothingIsDrawnAfterTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out, err bytes.Buffer
		r := newTerminalReport(Streams{Out: &out, Err: &err, Tall: true, Now: hurried()})
		r.progress(step{Count: 5, Of: "resources"})
		r.progress(step{Done: 6, Total: 9, Count: 6, Of: "resources"})
		r.line("Done.")
		drawn := err.String()
		if !strings.Contains(drawn, "resources") || !strings.HasSuffix(drawn, " \r") {
			t.Errorf("it leaves %q", drawn)
		}
		<-time.After(time.Minute) // by a clock that is only this test's
		if err.String() != drawn {
			t.Errorf("later %d bytes more are drawn", err.Len()-len(drawn))
		}
	})
}

// hurried is a clock on which a minute passes between any two looks, so that
// every step is shown.
func hurried() func() time.Time {
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return func() time.Time {
		at = at.Add(time.Minute)
		return at
	}
}
