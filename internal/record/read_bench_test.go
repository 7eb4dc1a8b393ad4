package record

import (
	"math/rand/v2"
	"path/filepath"
	"sync/atomic"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/sim"
)

// filled opens a door over a region of made-up people.
func filled(b *testing.B, people int) (*Session, []Key) {
	d, err := db.Open(ctx, db.Config{Path: filepath.Join(b.TempDir(), "bevan.db")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = d.Close() })
	_, s := openDoor(b, d)
	work := make(chan []Op, 4)
	go func() {
		feedRegion(b, sim.Region{Seed: 7, People: people, Today: sim.Date(2026, 11, 1), Depth: 0.5}, work)
		close(work)
	}()
	var keys []Key
	for ops := range work {
		if _, err := s.Transact(ctx, ops); err != nil {
			b.Fatal(err)
		}
		for _, o := range ops {
			keys = append(keys, o.Key)
		}
	}
	return s, keys
}

func BenchmarkSession(b *testing.B) {
	s, keys := filled(b, 100)
	var patients []string
	for _, k := range keys {
		if k.Type == "Patient" {
			patients = append(patients, k.ID)
		}
	}
	parallel := func(name string, fn func(r *rand.Rand) error) {
		b.Run(name, func(b *testing.B) {
			var seed atomic.Uint64
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				r := rand.New(rand.NewPCG(seed.Add(1), 7))
				for pb.Next() {
					if err := fn(r); err != nil {
						b.Fatal(err)
					}
				}
			})
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
		})
	}
	parallel("read", func(r *rand.Rand) error {
		_, err := s.Read(ctx, keys[r.IntN(len(keys))], 0)
		return err
	})
	parallel("search", func(r *rand.Rand) error {
		q, err := search.Parse(s.Registry(), []string{"Observation"}, nil, []search.Pair{{Name: "patient", Value: patients[r.IntN(len(patients))]},
			{Name: "code", Value: "http://loinc.org|8302-2"}, {Name: "_sort", Value: "-date"}}, search.Options{})
		if err != nil {
			return err
		}
		_, err = s.Search(ctx, q, "")
		return err
	})
	body, err := fhir.Parse([]byte(`{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8302-2"}]},"subject":{"reference":"Patient/`+patients[0]+`"},"effectiveDateTime":"2026-01-01","valueQuantity":{"value":1.70,"unit":"m"}}`), fhir.Limits{})
	if err != nil {
		b.Fatal(err)
	}
	parallel("create", func(*rand.Rand) error {
		_, err := s.Transact(ctx, []Op{{Method: Post, Key: Key{Type: "Observation"}, Body: body}})
		return err
	})
}
