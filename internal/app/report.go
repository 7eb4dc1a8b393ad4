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
	// progress says how far the work is: done of total in bytes, rows or
	// whatever it counts (total 0: nobody knows), with a few words beside.
	progress(done, total int64, words string)
}

// terminalReport prints lines to standard output and progress to standard
// error: as a bar on a terminal, as a line every few seconds elsewhere.
type terminalReport struct {
	s Streams

	mu   sync.Mutex
	bar  *progressbar.ProgressBar
	last time.Time
}

func newTerminalReport(s Streams) *terminalReport { return &terminalReport{s: s, last: time.Now()} }

func (t *terminalReport) line(text string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.endBar()
	fmt.Fprintln(t.s.Out, text)
}

const lineEvery = 5 * time.Second

func (t *terminalReport) progress(done, total int64, words string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if !t.s.Tall {
		if now := time.Now(); now.Sub(t.last) >= lineEvery {
			t.last = now
			fmt.Fprintln(t.s.Err, percent(done, total)+words)
		}
		return
	}
	if t.bar == nil {
		t.bar = progressbar.NewOptions64(orUnknown(total), progressbar.OptionSetWriter(t.s.Err),
			progressbar.OptionSetPredictTime(true), progressbar.OptionSetElapsedTime(true), progressbar.OptionFullWidth(),
			progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	t.bar.ChangeMax64(orUnknown(total))
	t.bar.Describe(words)
	_ = t.bar.Set64(done) // drawing may fail; the work does not
}

func orUnknown(total int64) int64 {
	if total <= 0 {
		return -1
	}
	return total
}

func percent(done, total int64) string {
	if total <= 0 {
		return ""
	}
	return fmt.Sprintf("%3d%%  ", min(100, done*100/total))
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

func (q quiet) line(text string)            { fmt.Fprintln(q.w, text) }
func (quiet) progress(int64, int64, string) {}
