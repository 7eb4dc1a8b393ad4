package portal

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/bevanhealth/bevan/fhir/units"
	"github.com/bevanhealth/bevan/internal/portal/browsertest"
)

const pulseAt = "/record/results/loinc%7C8867-4"

// manyPulses writes so many values of one test, an hour from each other, the
// newest at noon on 1 May 2026.
func (s *site) manyPulses(id string, n int) {
	s.t.Helper()
	var all []string
	for i := range n {
		when := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC).Add(-time.Duration(i) * time.Hour).Format(time.RFC3339)
		all = append(all, obs(id, fmt.Sprintf("%spulse%d", id, i), loincSystem, "8867-4", "Pulse", when, amountOf(fmt.Sprint(60+i%30), "/min", "60", "80")))
	}
	s.putMany(all...)
}

// denseAnswer is what the script gets.
func denseAnswer(t *testing.T, a answer) (d denseSeries) {
	t.Helper()
	if kind := a.Header().Get("Content-Type"); a.Code != http.StatusOK || kind != "application/json" || a.Header().Get("Cache-Control") != "no-store" || a.Header().Get("Content-Security-Policy") != policy {
		t.Fatalf("%d %s %v", a.Code, kind, a.Header())
	}
	if err := json.Unmarshal(a.Body.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestVeryManyValuesAreOfferedToAScript(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		s.manyPulses("gwen", mostDrawn+40)
		s.tested("gwen")
		s.hardResult("gwen")
		page := p.get(pulseAt)
		page.shows(http.StatusOK, "There are more values than one page shows.", fmt.Sprintf("%d", mostDrawn), "Earlier", fmt.Sprintf("Pulse: %d values", mostDrawn))
		if body := page.Body.String(); s.plot == "" || !strings.Contains(body, `data-dense="`+pulseAt+`/values"`) || !strings.Contains(body, `src="`+s.denser+`"`) {
			t.Fatal("the page leads to no values, or the assets were not built")
		}
		if body := p.get("/record/results/loinc%7C718-7").Body.String(); strings.Contains(body, "data-dense") || strings.Contains(body, "<script") {
			t.Error("a page with few values has a script")
		}
		s.looks()
		d := denseAnswer(t, p.get(pulseAt+"/values"))
		if n := s.looksAtSomebody(); n != 1 {
			t.Errorf("they are %d entries of the log", n)
		}
		if d.Count != mostDrawn+40 || len(d.Times) != d.Count || d.More || d.Left != 0 || d.Unit != units.Published().Name("/min") || len(d.Series) != 1 || d.Series[0].Name != "Pulse" {
			t.Errorf("%d of %d, %+v", d.Count, len(d.Times), d.Series[0].Name)
		}
		for i, at := range d.Times {
			back := len(d.Times) - 1 - i
			want := time.Date(2026, 5, 1, 12, 0, 0, 0, time.UTC).Add(-time.Duration(back) * time.Hour).Unix()
			if v := d.Series[0].Values[i]; at != want || v == nil || *v != float64(60+back%30) || *d.Low[i] != 60 || *d.High[i] != 80 {
				t.Fatalf("the value at %d is %v", at, v)
			}
		}
		if d = denseAnswer(t, p.get(pulseAt+"/values?from=2026-04-30&to=2026-05-01")); d.Count != 24 {
			t.Errorf("%d values of a day", d.Count)
		}
		// Where nobody measured for long, nothing is joined; only a limit is no value.
		d = denseAnswer(t, p.get("/record/results/loinc%7C718-7/values"))
		if d.Count != 3 || len(d.Times) < 3 {
			t.Errorf("%+v", d)
		}
		if d = denseAnswer(t, p.get("/record/results/loinc%7C1988-5/values")); d.Count != 0 || d.Left != 1 {
			t.Errorf("a limit is drawn: %+v", d)
		}
		if d = denseAnswer(t, p.get("/record/results/loinc%7C85354-9/values")); len(d.Series) != 2 || len(d.Low) != 0 || d.Count != 2 {
			t.Errorf("two parts: %+v", d)
		}
		for _, bad := range []string{"x", "loinc%7C0000-0", "loinc%7C1,2"} {
			p.get("/record/results/" + bad + "/values").shows(http.StatusNotFound)
		}
	})
}

// What waits, or was not warned of, is not among the values, and its number is
// not told. Nobody else gets any.
func TestAttack76ValuesForAScriptKeepWhatWaits(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Gwen", "gwen")
		s.manyPulses("gwen", 3)
		s.put(obs("gwen", "gwengenes", loincSystem, "69548-6", "Test of the zebra gene", "2026-05-01T09:00:00Z", `,"issued":"2026-05-02T09:00:00Z","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"GE"}]}]`+amountOf("77.5", "%", "", "")))
		at := "/record/results/loinc%7C69548-6/values"
		p.get(at).shows(http.StatusNotFound)
		p.get(at).hides("77.5", "zebra")
		if d := denseAnswer(t, p.get(at+"?look=yes")); d.Count != 1 {
			t.Errorf("%+v", d)
		}
		p.choosesFor("genetic", "wait").to("/account")
		for _, path := range []string{at, at + "?look=yes"} {
			p.get(path).shows(http.StatusNotFound)
			p.get(path).hides("77.5", "zebra")
		}
		mal := s.linked("Mal", "mal")
		for _, path := range []string{pulseAt + "/values", "/family" + pulseAt + "/values", "/staff/people/gwen/results/loinc%7C8867-4/values"} {
			mal.get(path).hides(`"times"`, "Pulse")
		}
		s.person().get(pulseAt + "/values").hides(`"times"`)
	})
}

// In a browser, under the policy of every page: all values are drawn when somebody
// asks for them, the buttons zoom by keyboard, and nothing that the policy refuses
// is tried. On paper and in forced colours the drawing of the page stands there.
func TestJourneyDenseValues(t *testing.T) {
	t.Parallel()
	h := live(t)
	h.setUp()
	gwen := h.linked("Gwen", "gwen")
	h.manyPulses("gwen", 320)
	b := browsertest.Start(t)
	p := b.Open(t, h.url+"/")
	p.SetCookie(h.url, sessionCookie, gwen.cookies[sessionCookie].Value)
	p.Go(h.url+pulseAt, "Pulse")
	browsertest.Eval[bool](p, `(window.refused = [], document.addEventListener("securitypolicyviolation", e => window.refused.push(e.violatedDirective + " " + e.sourceFile)), true)`)
	p.Says("There are more values than one page shows.")
	p.Axe()
	p.FocusOn("Draw all values on one chart")
	p.Press(kb.Enter)
	p.Until(`document.querySelector(".bevan-dense-plot canvas") !== null`)
	p.Says("320 values are drawn, from 18 April 2026 to 1 May 2026.")
	inked := `(() => { const c = document.querySelector(".bevan-dense-plot canvas"); return c.getContext("2d").getImageData(0, 0, c.width, c.height).data.filter((v, i) => i % 4 === 3 && v > 0).length; })()`
	p.Until(inked + ` > 1000`)
	if w := browsertest.Eval[float64](p, `document.querySelector(".bevan-dense-plot .uplot").getBoundingClientRect().width`); w < 250 {
		t.Errorf("the chart is %g pixels wide", w)
	}
	const picture = `document.querySelector(".bevan-dense-plot canvas").toDataURL()`
	browsertest.Eval[bool](p, `(window.before = `+picture+`, true)`)
	p.FocusOn("Closer")
	p.Press(kb.Enter)
	p.Until(picture + ` !== window.before`)
	p.FocusOn("All of it")
	p.Press(kb.Enter)
	p.Until(picture + ` === window.before`)
	if got := browsertest.Eval[string](p, `getComputedStyle(document.querySelector(".bevan-figure")).display`); got != "none" {
		t.Errorf("the drawing of the page is still there: %s", got)
	}
	if refused := browsertest.Eval[[]string](p, "window.refused"); len(refused) > 0 {
		t.Errorf("the policy refused %v", refused)
	}
	p.Axe()
	p.AsksNobodyElse()
	p.Do(chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		return err
	}))
	if got := browsertest.Eval[string](p, `getComputedStyle(document.querySelector(".bevan-figure")).display + " " + getComputedStyle(document.querySelector(".bevan-dense")).display`); got != "block none" {
		t.Errorf("on paper: %s", got)
	}
	p.Close()

	q := b.OpenApart(t, h.url+"/")
	q.WithoutScripts()
	q.SetCookie(h.url, sessionCookie, gwen.cookies[sessionCookie].Value)
	q.Go(h.url+pulseAt, "Pulse")
	if got := browsertest.Eval[int](q, `document.querySelector(".bevan-dense").offsetHeight`); got != 0 {
		t.Error("without a script there is a button that does nothing")
	}
}

// putMany is put in one transaction.
func (s *site) putMany(all ...string) {
	s.t.Helper()
	texts := make([][]byte, len(all))
	for i, text := range all {
		texts[i] = []byte(text)
	}
	s.writes(s.t)(texts...)
	s.looks()
}
