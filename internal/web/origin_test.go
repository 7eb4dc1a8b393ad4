package web

import (
	"net/http"
	"net/http/httptest"
	"testing"
)

// An origin that is not on the list is let in only where it is said to be one,
// for its preflight too; nobody is let in by a look-alike.
func TestOriginsThatAreAskedFor(t *testing.T) {
	s, err := New(Config{Origins: []string{"https://listed.example"}, Origin: func(_ *http.Request, origin string) bool { return origin == "https://app.example" }})
	if err != nil {
		t.Fatal(err)
	}
	s.Mount("/", func(w http.ResponseWriter, _ *http.Request) error { w.WriteHeader(http.StatusNoContent); return nil }, nil)
	for origin, want := range map[string]bool{"https://listed.example": true, "https://app.example": true, "https://app.example.evil.example": false, "null": false} {
		for _, method := range []string{"GET", "OPTIONS"} {
			r := httptest.NewRequest(method, "/x", nil)
			r.Header.Set("Origin", origin)
			r.Header.Set("Access-Control-Request-Method", "GET")
			w := httptest.NewRecorder()
			s.Handler().ServeHTTP(w, r)
			if got := w.Header().Get("Access-Control-Allow-Origin"); (got == origin) != want || w.Header().Get("Access-Control-Allow-Credentials") != "" || w.Header().Get("Vary") == "" {
				t.Errorf("%s %s: %v", method, origin, w.Header())
			}
		}
	}
}
