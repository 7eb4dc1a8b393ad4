package browsertest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// keeper keeps faults in place of failing.
type keeper struct {
	testing.TB
	said []string
}

func (k *keeper) Errorf(format string, args ...any) {
	k.said = append(k.said, fmt.Sprintf(format, args...))
}

// Each way in which a page can look bad is found, in a page that is bad so and
// in no other way that matters; a page without fault has none.
func TestBadLooksAreFound(t *testing.T) {
	const good = `<a class="nhsuk-skip-link" href="#main">Skip</a><main id="main"><h1>Title</h1><p><a href="/x">A link</a></p><label>Name <input name="n"></label> <button>Send</button>
<table><caption>Two</caption><tr><th scope="col">Day</th><th scope="col">Value</th></tr><tr><td>3 May</td><td>7</td></tr></table>%s</main>`
	const style = `body{font:16px arial;margin:0;color:#111;background:#fff} a,button{min-height:24px;display:inline-block;margin:8px}
button,input{border:2px solid #333;background:#fff;color:#111;min-height:24px} :focus{outline:3px solid #000;outline-offset:1px}
@media print{button,.nhsuk-skip-link{display:none} tr{break-inside:avoid}}`
	const chart = `<svg class="bevan-chart" role="img" aria-label="A chart" viewBox="0 0 100 50" width="100" height="50" fill="none" stroke="currentColor">` +
		`<g class="bevan-chart-series-0"><path class="bevan-chart-line" d="M0 0L9 9"/><circle cx="3" cy="3" r="3" fill="currentColor"/></g>` +
		`<g class="bevan-chart-series-1"><path class="bevan-chart-line" d="M0 5L9 9"%s/>%s</g></svg>`
	whole := fmt.Sprintf(chart, ` stroke-dasharray="4 2"`, `<path d="M1 1h4v4h-4z"/>`)
	cases := []struct{ name, style, body, says string }{
		{"pale words", "", `<p class="a">pale</p><style>.a{color:#bbb}</style>`, "contrast 1.9"},
		{"a pale edge", "input{border-color:#ddd}", "", "the edge of a field"},
		{"a focus that is not seen", "a:focus{outline:none}", "", "in a window: its focus is not seen"},
		{"a focus that is pale", "a:focus{outline:none;background:#ffeb3b}", "", "in a window: its focus is not seen"},
		{"a focus by a shadow alone", "a:focus{outline:none;box-shadow:0 4px #000}", "", "in forced colours: its focus is not seen"},
		{"a focus that is covered", "", `<div class="bar"></div><style>.bar{position:fixed;inset:0;background:#fff0;border:1px solid}</style>`, "its focus is covered"},
		{"a page that is too wide", "", `<p><code>` + strings.Repeat("abcdefgh", 12) + `</code></p>`, "in a window of 320 pixels"},
		{"words that are cut off", "", `<p class="a">` + strings.Repeat("abcdefgh", 12) + `</p><style>.a{overflow:hidden;margin:0}</style>`, "it is cut off"},
		{"a small target", "a{min-height:0;display:inline;margin:0}", `<p><a href="/1">1</a><br><a href="/2">2</a><br><a href="/3">3</a></p><style>p{font-size:9px;line-height:9px}</style>`, "axe: target-size"},
		{"what is pressed on paper", "@media print{button{display:inline!important}}", "", "it is printed"},
		{"white on paper", "", `<p class="a">white</p><style>.a{color:#fff;background:#333}</style>`, "printed too pale"},
		{"addresses on paper", `@media print{a::after{content:" (" attr(href) ")"}}`, "", "an address is printed"},
		{"torn rows", "@media print{tr{break-inside:auto}}", "", "a sheet can end inside of it"},
		{"cut on paper", "", `<div class="a" tabindex="0" role="region" aria-label="wide"><p>` + strings.Repeat("abcdefgh", 30) + `</p></div><style>.a{overflow-x:auto}</style>`, "on paper: it is cut off"},
		{"a button without edge", "button{border:0}", "", "it has no edge in forced colours"},
		{"only a background", "", `<p>On: <span class="a"></span></p><style>.a{display:inline-block;width:20px;height:20px;background:#060}</style>`, "only its background shows it"},
		{"series that differ by colour", "", fmt.Sprintf(chart, "", `<circle cx="3" cy="8" r="3" fill="currentColor"/>`) + "<style>.bevan-chart-series-1{color:#a00}</style>", "two series look alike"},
		{"good", "", whole, ""},
	}
	mux := http.NewServeMux()
	for i, c := range cases {
		page := `<!DOCTYPE html><html lang="en"><head><title>Looks</title><meta name="viewport" content="width=device-width, initial-scale=1"><style>` + style + c.style + `</style></head><body>` + fmt.Sprintf(good, c.body) + `</body></html>`
		mux.HandleFunc(fmt.Sprintf("/%d", i), func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write([]byte(page))
		})
	}
	s := httptest.NewServer(mux)
	defer s.Close()
	tab := Start(t).Open(t, s.URL+"/0")
	for i, c := range cases {
		k := &keeper{TB: t}
		p := tab.For(k)
		p.Visit(fmt.Sprintf("%s/%d", s.URL, i))
		p.Looks()
		all := strings.Join(k.said, "\n")
		switch {
		case c.says == "" && all != "":
			t.Errorf("%s: %s", c.name, all)
		case !strings.Contains(all, c.says):
			t.Errorf("%s: %q is not said, but: %s", c.name, c.says, all)
		}
	}
}
