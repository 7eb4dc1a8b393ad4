package browsertest

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// counter counts faults in place of failing.
type counter struct {
	testing.TB
	faults int
}

func (c *counter) Errorf(string, ...any) { c.faults++ }

// A page that is bad for everybody: what should be found is found, and a page
// without fault has none.
func TestFaultsAreFound(t *testing.T) {
	mux := http.NewServeMux()
	page := func(path, body string) {
		mux.HandleFunc(path, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			_, _ = w.Write([]byte(body))
		})
	}
	page("/bad", `<!DOCTYPE html><html><head><title></title></head><body><img src="http://127.0.0.2:9/x.png"><input><p style="color:#ddd;background:#fff">pale</p></body></html>`)
	page("/good", `<!DOCTYPE html><html lang="en"><head><title>Good</title></head><body><main><h1>Good</h1><p><a href="/good">A link</a></p><p><label>Name <input></label></p></main></body></html>`)
	s := httptest.NewServer(mux)
	defer s.Close()
	b := Start(t)

	bad := &counter{TB: t}
	p := b.Open(bad, s.URL+"/bad")
	p.Axe()
	if bad.faults < 5 {
		t.Errorf("axe finds %d faults in a bad page", bad.faults)
	}
	bad.faults = 0
	p.AsksNobodyElse()
	if bad.faults != 1 {
		t.Errorf("%d addresses elsewhere were found, and there is one", bad.faults)
	}

	p = b.Open(t, s.URL+"/good")
	p.Axe()
	p.AsksNobodyElse()
	p.FocusOn("A link")
	p.FocusOn("Name")
}
