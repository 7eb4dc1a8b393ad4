package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp/kb"

	"github.com/bevanhealth/bevan/internal/portal/browsertest"
)

// From an empty folder to a first chart: one command, the set-up code, a name, a
// passkey, recovery codes, and the example family; and back to an empty service
// with one click. A real browser does it by keyboard, where there is no network at
// all but this machine's own loopback. The goal is two minutes for a person; what
// is held here is how many pages and keys stand between them and the chart, and the
// time that the machine took is printed.
func TestFirstChartWithoutANetwork(t *testing.T) {
	if os.Getenv(alone) != "" {
		loopback(t)
		firstChart(t)
		return
	}
	withoutNetwork(t, "the way to a first chart calls nobody", firstChart)
}

// mostPages is how many pages there may be from the first one to a chart. Each
// asks one thing.
const mostPages = 12

func firstChart(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	began := time.Now()
	fhir, stop := serving(t, data, "--listen", freePort(t))
	site := strings.Replace(strings.TrimSuffix(fhir, "/fhir"), "127.0.0.1", "localhost", 1)
	served := time.Since(began)
	b := browsertest.Start(t)
	looked := time.Now()
	p := b.Open(t, site+"/")
	p.Plug()
	pages := 1
	press := func(button, title string) {
		t.Helper()
		p.FocusOn(button)
		p.PressTo(kb.Enter, title)
		pages++
	}
	p.Titled("Set up Bevan")
	p.Type("Set-up code", bevan(t, "setup-code", "--data", data).lastLine())
	press("Go on", "Make the first account")
	p.Type("Your name", "Ann Example")
	press("Make my passkey", "Make recovery codes")
	press("Show me my codes", "Keep these codes")
	press("I have kept them", "Bevan is set up")
	press("Go on", "Whose record is this?")
	p.FocusOn("Mine")
	p.Press(" ")
	press("Go on", "How do you want to start?")
	press("Bring in the example family", "Record of")
	p.Says("Claire Cook (example)")
	p.Says("Example people")
	press("Results", "Results")
	press("Haemoglobin", "Haemoglobin")
	if !browsertest.Eval[bool](p, `document.querySelector("svg.bevan-chart path, svg.bevan-chart circle, svg.bevan-chart polyline") !== null`) {
		t.Error("there is no chart")
	}
	took := time.Since(looked)
	p.Says("example")
	p.AsksNobodyElse()
	if pages > mostPages {
		t.Errorf("a first chart is %d pages away", pages)
	}
	t.Logf("%d pages to a first chart: the program served after %v, and the browser was there %v later", pages, served.Round(time.Millisecond), took.Round(time.Millisecond))

	press("Remove all examples", "How do you want to start?")
	p.Says("All example people were removed.")
	if code := stop(); code != exitOK {
		t.Errorf("the server ended with %d", code)
	}
	if out := bevan(t, "verify", "--data", data); out.code != exitOK || !strings.Contains(out.out, " 0 faults") {
		t.Errorf("verify: %+v", out)
	}
}
