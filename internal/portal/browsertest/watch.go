package browsertest

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
)

// Watch notes what a browser complains about.
type Watch struct {
	tab *Tab

	mu     sync.Mutex
	faults []string
}

// Watch notes from now on what the browser complains about in the tab: errors of
// scripts, what they write on the console as one, and what the page's policy
// refused.
func (p *Tab) Watch() *Watch {
	p.t.Helper()
	w := &Watch{tab: p}
	if err := chromedp.Listen(p.ctx, w.hear); err != nil {
		p.t.Fatal(err)
	}
	p.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, log.Enable, cdp.Empty{})
		return err
	}))
	return w
}

func (w *Watch) hear(event any) {
	fault := ""
	switch e := event.(type) {
	case *log.EventEntryAdded:
		// A page with the status of a refusal is noted as a resource that was not
		// loaded. It is a page like others.
		refusal := e.Entry.Source == log.EntrySourceNetwork && strings.Contains(e.Entry.Text, "the server responded with a status of 4")
		if e.Entry.Level == log.EntryLevelError && !(refusal && !strings.Contains(e.Entry.URL, "/assets/")) {
			fault = fmt.Sprintf("%s: %s (%s)", e.Entry.Source, e.Entry.Text, e.Entry.URL)
		}
	case *runtime.EventExceptionThrown:
		fault = "a script failed: " + e.ExceptionDetails.Text
		if e.ExceptionDetails.Exception != nil {
			fault += " " + e.ExceptionDetails.Exception.Description
		}
	case *runtime.EventConsoleAPICalled:
		if e.Type == runtime.ConsoleAPICalledTypeError || e.Type == runtime.ConsoleAPICalledTypeAssert {
			fault = fmt.Sprintf("a script wrote an error: %v", e.Args)
		}
	}
	if fault != "" {
		w.mu.Lock()
		w.faults = append(w.faults, fault)
		w.mu.Unlock()
	}
}

// None fails the test where the browser complained, and forgets it.
func (w *Watch) None() {
	w.tab.t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.faults {
		w.tab.t.Errorf("the browser complains: %s", f)
	}
	w.faults = nil
}
