package fhirapi_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/exchange"
	"github.com/bevanhealth/bevan/internal/fhirapi"
	"github.com/bevanhealth/bevan/internal/record"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

// canned is a session that answers at once, so that what is measured is this
// package alone.
type canned struct {
	res  record.Resource
	page record.Page
}

func (c *canned) Read(context.Context, record.Key, int64) (record.Resource, error) {
	return c.res, nil
}
func (c *canned) Search(context.Context, search.Query, string) (record.Page, error) {
	return c.page, nil
}
func (c *canned) History(context.Context, record.History) (record.Page, error) { return c.page, nil }
func (c *canned) Transact(_ context.Context, ops []record.Op) ([]record.Outcome, error) {
	return make([]record.Outcome, len(ops)), nil
}
func (c *canned) Registry() *search.Registry { return search.Base() }

func newCanned() *fhirapi.Server {
	body := make([]byte, 0, 2000)
	body = append(body, `{"resourceType":"Observation","id":"o","meta":{"versionId":"1"},"note":[{"text":"`...)
	for len(body) < 1600 {
		body = append(body, "all is well "...)
	}
	body = append(body, `"}]}`...)
	c := &canned{res: record.Resource{Key: record.Key{Type: "Observation", ID: "o"}, Version: 1, Body: body}}
	for range 50 {
		c.page.Items = append(c.page.Items, c.res)
	}
	return fhirapi.New(fhirapi.Config{Verify: verify,
		Open: func(context.Context, access.Who, string, access.Purpose) (fhirapi.Session, error) { return c, nil }})
}

// sink is a ResponseWriter that keeps nothing.
type sink struct{ h http.Header }

func (s *sink) Header() http.Header         { return s.h }
func (s *sink) WriteHeader(int)             {}
func (s *sink) Write(b []byte) (int, error) { return len(b), nil }

func benchmark(b *testing.B, h func(http.ResponseWriter, *http.Request) error, path string) {
	r := httptest.NewRequest("GET", path, nil)
	r.Header.Set("Authorization", "Bearer operator")
	r.Header.Set("Accept", "application/fhir+json")
	b.ReportAllocs()
	for b.Loop() {
		w := sink{h: http.Header{}}
		if err := h(&w, r); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReadAlone(b *testing.B) {
	benchmark(b, newCanned().Handle, "/fhir/Observation/o")
}

func BenchmarkSearchAlone(b *testing.B) {
	benchmark(b, newCanned().Handle, "/fhir/Observation?patient=p&code=http%3A%2F%2Floinc.org%7C29463-7&_sort=-date")
}

func loadedServer(b *testing.B) *served {
	files := suitetest.Files(b, "synthea-r4", "*.json.gz")
	s := newServer(b, dbtest.SQLite(b))
	ses, err := s.door.Open(context.Background(), access.Operator("bench"), record.About{}, access.Import)
	if err != nil {
		b.Fatal(err)
	}
	sum, err := exchange.Load(context.Background(), ses, files[:20], exchange.LoadOptions{})
	if err != nil || sum.Rejected > 0 {
		b.Fatal(sum, err)
	}
	return s
}

// The parallel benchmarks go through the whole stack but the network.
func benchmarkParallel(b *testing.B, s *served, path string) {
	b.ReportAllocs()
	b.SetParallelism(8)
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			r := httptest.NewRequest("GET", path, nil)
			r.Header.Set("Authorization", "Bearer operator")
			w := sink{h: http.Header{}}
			s.handler.ServeHTTP(&w, r)
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
}

func BenchmarkWholeStack(b *testing.B) {
	s := loadedServer(b)
	q, err := search.Parse(search.Base(), []string{"Observation"}, nil, []search.Pair{{Name: "_count", Value: "1"}}, search.Options{})
	if err != nil {
		b.Fatal(err)
	}
	ses, err := s.door.Open(context.Background(), access.Operator("bench"), record.About{}, access.Operations)
	if err != nil {
		b.Fatal(err)
	}
	page, err := ses.Search(context.Background(), q, "")
	if err != nil || len(page.Items) == 0 {
		b.Fatal(err)
	}
	o := page.Items[0]
	patient := patientOf(b, o.Body)
	b.Run("read", func(b *testing.B) { benchmarkParallel(b, s, "/fhir/Observation/"+o.ID) })
	b.Run("search", func(b *testing.B) {
		benchmarkParallel(b, s, "/fhir/Observation?patient="+patient+"&code=http%3A%2F%2Floinc.org%7C8302-2&_sort=-date")
	})
	b.Run("everything", func(b *testing.B) { benchmarkParallel(b, s, "/fhir/Patient/"+patient+"/$everything") })
	b.Run("lastn", func(b *testing.B) { benchmarkParallel(b, s, "/fhir/Observation/$lastn?patient="+patient) })
}
