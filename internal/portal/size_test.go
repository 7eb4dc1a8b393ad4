package portal

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"regexp"
	"testing"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/web"
)

// How many bytes a page may take over the wire: with all that it is dressed with,
// for somebody who comes for the first time, and alone from then on.
const (
	mostFirst = 100_000
	mostAfter = 25_000
)

// asset finds the files that a page asks for.
var asset = regexp.MustCompile(`(?:href|src)="(` + filesAt + `[^"]+)"`)

// Every page of the album is small as the server sends it to a browser, with its
// header: packed (docs/decisions/0059).
func TestEveryPageIsSmallOverTheWire(t *testing.T) {
	all := states(t)
	s := open(t, dbtest.SQLite(t), origin)
	if s.style == "" {
		t.Skip("skipped: the style sheet is not built; build it with: make assets")
	}
	var now state
	server, err := web.New(web.Config{Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	server.Mount("/", func(w http.ResponseWriter, _ *http.Request) error {
		for name, values := range now.page.Header() {
			w.Header()[name] = values
		}
		w.WriteHeader(now.page.Code)
		_, err := w.Write(now.page.Body.Bytes())
		return err
	}, nil)
	replay, files := server.Handler(), map[string]int{}
	sum, largest, first := 0, 0, 0
	for _, now = range all {
		page := sent(t, replay, "/")
		whole := page
		for _, m := range asset.FindAllStringSubmatch(now.page.Body.String(), -1) {
			if files[m[1]] == 0 {
				files[m[1]] = sent(t, s.plant, m[1])
			}
			whole += files[m[1]]
		}
		if page > mostAfter || whole > mostFirst || whole == page {
			t.Errorf("%s, %s: %d bytes, and %d with its files", now.route, now.name, page, whole)
		}
		sum, largest, first = sum+page, max(largest, page), max(first, whole)
	}
	t.Logf("%d pages: %d bytes each, %d at most; %d at most on the first visit; %v", len(all), sum/len(all), largest, first, files)
}

// sent is how many bytes an answer has, as a browser gets it.
func sent(t *testing.T, h http.Handler, path string) int {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, origin+path, nil)
	r.Header.Set("Accept-Encoding", "gzip, deflate, br, zstd")
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	n := w.Body.Len()
	if n == 0 {
		t.Fatalf("%s: nothing is sent", path)
	}
	for name, values := range w.Header() {
		for _, v := range values {
			n += len(name) + len(": \r\n") + len(v)
		}
	}
	return n + len("HTTP/1.1 200 OK\r\n\r\n")
}
