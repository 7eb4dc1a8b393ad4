package fhirapi_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// TestTooMuchIsRefused sends what is too large, too deep or too costly: each
// gets a 4xx with words, and the server goes on.
func TestTooMuchIsRefused(t *testing.T) {
	s := newServer(t, dbtest.SQLite(t))
	many := make([]string, 10_000)
	for i := range many {
		many[i] = "v" + strconv.Itoa(i)
	}
	big := `{"resourceType":"Binary","contentType":"text/plain","data":"` + strings.Repeat("AAAA", 17<<20) + `"}`
	deep := strings.Repeat(`{"resourceType":"Patient","contained":[`, 100_000)
	entries := strings.Repeat(`{"request":{"method":"GET","url":"metadata"}},`, 20_000)
	for _, c := range []struct {
		name, method, path, kind, body string
		status                         int
	}{
		{"a body over the limit", "POST", "/Binary", "", big, 413},
		{"a body nested too deep", "POST", "/Patient", "", deep, 413},
		{"too many entries", "POST", "/", "", `{"resourceType":"Bundle","type":"batch","entry":[` + entries + `{}]}`, 413},
		{"too many values", "POST", "/Patient/_search", "application/x-www-form-urlencoded", "identifier=" + strings.Join(many, ","), 400},
		{"too many parameters", "POST", "/Patient/_search", "application/x-www-form-urlencoded", strings.Repeat("name=x&", 10_000), 400},
		{"too long a chain", "GET", "/Organization?" + strings.Repeat("partof.", 401) + "name=x", "", "", 400},
		{"a page over the limit", "GET", "/Patient?_count=1000000000", "", "", 200},
		{"a number that is none", "GET", "/Patient?_count=99999999999999999999999999", "", "", 200},
	} {
		r := httptest.NewRequest(c.method, "/fhir"+c.path, strings.NewReader(c.body))
		r.Header.Set("Authorization", "Bearer operator")
		r.Header.Set("Content-Type", "application/fhir+json")
		if c.kind != "" {
			r.Header.Set("Content-Type", c.kind)
		}
		w := httptest.NewRecorder()
		s.handler.ServeHTTP(w, r)
		if w.Code != c.status || w.Code >= 400 && !strings.Contains(w.Body.String(), `"OperationOutcome"`) {
			t.Errorf("%s: status %d, not %d: %s", c.name, w.Code, c.status, cut(w.Body.String()))
		}
	}
	if w := ask(s, "GET", "/fhir/Patient", nil); w.Code != 200 {
		t.Errorf("the server does not answer any more: %d", w.Code)
	}
}

// TestOneOfManyCreates sends the same conditional create from many callers at
// once: one resource comes of it, and everybody is told its place.
func TestOneOfManyCreates(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := newServer(t, d)
		const callers = 12
		answers := make([]*httptest.ResponseRecorder, callers)
		var all sync.WaitGroup
		for i := range callers {
			all.Go(func() {
				r := httptest.NewRequest("POST", "/fhir/Patient", strings.NewReader(`{"resourceType":"Patient","identifier":[{"system":"https://example.org/ids","value":"1"}]}`))
				r.Header.Set("Authorization", "Bearer operator")
				r.Header.Set("Content-Type", "application/fhir+json")
				r.Header.Set("If-None-Exist", "identifier=https://example.org/ids|1")
				answers[i] = httptest.NewRecorder()
				s.handler.ServeHTTP(answers[i], r)
			})
		}
		all.Wait()
		made, places := 0, map[string]bool{}
		for _, w := range answers {
			switch w.Code {
			case http.StatusCreated:
				made++
				fallthrough
			case http.StatusOK:
				places[w.Header().Get("Location")] = true
			default:
				t.Errorf("status %d: %s", w.Code, w.Body.String())
			}
		}
		if made != 1 || len(places) != 1 {
			t.Errorf("%d were made, at %v", made, places)
		}
	})
}
