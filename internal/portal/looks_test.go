package portal

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strconv"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/portal/browsertest"
)

// shown serves the pages of the album, each as it was answered, at /page/ and
// its number.
func shown(t *testing.T, all []state) *httptest.Server {
	t.Helper()
	s := open(t, dbtest.SQLite(t), origin)
	mux := http.NewServeMux()
	mux.Handle("GET "+filesAt, s.plant)
	for i, st := range all {
		mux.HandleFunc("GET /page/"+strconv.Itoa(i), func(w http.ResponseWriter, _ *http.Request) {
			for name, values := range st.page.Header() {
				if name != "Set-Cookie" && name != "Strict-Transport-Security" && name != "Content-Length" {
					w.Header()[name] = values
				}
			}
			// A page that goes on by itself would be gone before it is looked at.
			_, _ = w.Write(bytes.Replace(st.page.Body.Bytes(), []byte(`http-equiv="refresh"`), []byte(`name="refresh"`), 1))
		})
	}
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	return server
}

// Every page in every state of the album is loaded once, and looked at as people
// see it: axe finds nothing, nobody else is asked, the first thing that the tab
// key reaches leads past the header, and the page can be read and used by
// keyboard, at 400 %, on paper, in forced colours and without any
// (browsertest.Looks).
func TestAxeOnEveryPage(t *testing.T) {
	t.Parallel()
	all := states(t)
	server := shown(t, all)
	tab := browsertest.Start(t).Open(t, server.URL+"/page/0")
	charts := 0
	for i, st := range all {
		t.Run(st.route+" "+st.name, func(t *testing.T) {
			p := tab.For(t)
			p.Visit(server.URL + "/page/" + strconv.Itoa(i))
			p.AsksNobodyElse()
			browsertest.Eval[bool](p, "(document.activeElement.blur(), true)")
			p.FocusOn("Skip to main content")
			p.Press(kb.Enter)
			if got := browsertest.Eval[string](p, "document.activeElement.id"); got != "main" {
				t.Errorf("the skip link leads to %q", got)
			}
			p.Looks()
			charts += p.Charts()
		})
	}
	t.Logf("%d pages, %d charts", len(all), charts)
}
