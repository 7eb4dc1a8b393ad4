package portal

import (
	"net/http"
	"net/http/httptest"
	"slices"
	"testing"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/portal/browsertest"
)

// BenchmarkFirstPaint is how long it takes until somebody sees something, in
// Chromium on this machine, with nothing kept from before: the median of the
// loads, as ms/paint, from the moment that the address is asked for. The first is
// a page of one word, the floor under the others. Run it with -benchtime 9x.
func BenchmarkFirstPaint(b *testing.B) {
	var s *site
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()
	s = open(b, dbtest.SQLite(b), "http://localhost"+server.URL[len("http://127.0.0.1"):])
	s.setUp()
	p := s.linked("Gwen", "gwen")
	s.stock(b, "gwen", 2000)
	s.tested("gwen")
	ann := s.join("Nobody")
	mux.Handle("/", s.plant)
	mux.HandleFunc("/floor", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		_, _ = w.Write([]byte(`<!DOCTYPE html><html lang="en"><head><title>Floor</title></head><body><p>Word</p></body></html>`))
	})
	enter := func(who *person) func(http.ResponseWriter, *http.Request) {
		return func(w http.ResponseWriter, r *http.Request) {
			for _, c := range who.cookies {
				http.SetCookie(w, c)
			}
			http.Redirect(w, r, "/floor", http.StatusSeeOther)
		}
	}
	mux.HandleFunc("/as/gwen", enter(p))
	mux.HandleFunc("/as/nobody", enter(ann))
	tab := browsertest.Start(b).Open(b, s.cfg.Origin+"/floor")
	for _, page := range []struct{ name, at, as string }{
		{"floor", "/floor", ""}, {"front", "/", ""}, {"sign-in", "/sign-in", ""}, {"a-to-z", "/health-a-to-z", ""},
		{"account", "/account", "nobody"}, {"home", "/", "gwen"}, {"timeline", "/record/timeline", "gwen"}, {"summary", "/record", "gwen"},
		{"results", "/record/results", "gwen"}, {"chart", "/record/results/loinc%7C718-7", "gwen"}, {"who-looked", "/record/looked", "gwen"},
	} {
		tab.ForgetCookies()
		if page.as != "" {
			tab.Visit(s.cfg.Origin + "/as/" + page.as)
		}
		b.Run(page.name, func(b *testing.B) {
			var all []float64
			for b.Loop() {
				tab.ForgetFiles()
				tab.Visit(s.cfg.Origin + page.at)
				all = append(all, tab.FirstPaint())
			}
			slices.Sort(all)
			b.ReportMetric(all[len(all)/2], "ms/paint")
			b.ReportMetric(all[len(all)-1], "ms/worst")
		})
	}
}
