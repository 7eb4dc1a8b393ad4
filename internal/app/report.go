package app

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/schollz/progressbar/v3"
)

// report is where work tells what it does: to the terminal here, or over the
// socket to the terminal that asked.
type report interface {
	// line says something that stays.
	line(text string)
	// progress says how far the work is. It may be called as often as the work
	// likes; few of the calls are shown.
	progress(s step)
}

// terminalReport prints lines to standard output and progress to standard
// error: as a bar on a terminal, as a line every few seconds elsewhere. Both
// say how much is done, how much a second, and how long it will take.
type terminalReport struct {
	s   Streams
	now func() time.Time

	mu    sync.Mutex
	bar   *progressbar.ProgressBar
	total int64 // what the bar was told
	pace  pace
	last  time.Time // when progress was shown, or the report was made
}

func newTerminalReport(s Streams) *terminalReport {
	now := s.Now
	if now == nil {
		now = time.Now
	}
	return &terminalReport{s: s, now: now, last: now()}
}

func (t *terminalReport) line(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.endBar()
	fmt.Fprintln(t.s.Out, text)
}

// How often progress is shown: a bar moves as fast as eyes follow, a log file
// should stay short.
const (
	barEvery  = 100 * time.Millisecond
	lineEvery = 5 * time.Second
)

func (t *terminalReport) progress(s step) {
	t.mu.Lock()
	defer t.mu.Unlock()
	now := t.now()
	words := t.pace.words(now, s) // of every step, since the first of them counts
	every := lineEvery
	if t.s.Tall {
		every = barEvery
	}
	if now.Sub(t.last) < every {
		return
	}
	t.last = now
	if t.s.Tall {
		t.draw(s, words)
	} else {
		fmt.Fprintln(t.s.Err, s.percent()+words)
	}
}

// draw shows the bar, in the place where it was. Where nobody knows the total,
// there is a wheel that turns instead.
func (t *terminalReport) draw(s step, words string) {
	total := s.Total
	if total <= 0 {
		total = -1
	}
	if t.bar == nil {
		// Nothing turns by a clock of its own: that would go on after the end,
		// and draw over what is written then.
		t.bar = progressbar.NewOptions64(total, progressbar.OptionSetWriter(t.s.Err), progressbar.OptionFullWidth(), progressbar.OptionSetSpinnerChangeInterval(0),
			progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false), progressbar.OptionSetRenderBlankState(false))
	} else if t.total != total {
		t.bar.ChangeMax64(total)
	}
	t.total = total
	if total > 0 {
		// A bar that is full counts itself finished and is drawn no more, and
		// the work may well go on: the last percent is for its end.
		_ = t.bar.Set64(min(s.Done, total-1)) // drawing may fail; the work does not
	}
	t.bar.Describe(words)
}

func (t *terminalReport) endBar() {
	if t.bar != nil {
		_ = t.bar.Clear()
		t.bar = nil
	}
}

func (t *terminalReport) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.endBar()
}

// quiet drops progress and keeps lines, for work inside a server that starts.
type quiet struct{ w io.Writer }

func (q quiet) line(text string) { fmt.Fprintln(q.w, text) }
func (quiet) progress(step)      {}
