package record

import (
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
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

// BenchmarkScopes asks the same searches in sessions that may see everything,
// one person's record, and a part of either by a search.
func BenchmarkScopes(b *testing.B) {
	op, keys := filled(b, 100)
	var patient string
	for _, k := range keys {
		if k.Type == "Patient" {
			patient = k.ID
		}
	}
	some := access.OneTypeWhere("Observation", access.Looking, "category=http%3A%2F%2Fterminology.hl7.org%2FCodeSystem%2Fobservation-category%7Cvital-signs").
		Or(access.OneTypeWhere("Observation", access.Looking, "category=http%3A%2F%2Fterminology.hl7.org%2FCodeSystem%2Fobservation-category%7Claboratory"))
	robot := access.Who{Actor: "client:x", Kind: access.Client, Role: access.RoleProgram, App: "x", Grant: "g", Bound: access.AllTypes(access.Looking)}
	person := access.Who{Actor: "account:1", Kind: access.Person, Role: access.RoleSelf, App: "x", Grant: "g", Patient: patient, Bound: access.AllTypes(access.Looking)}
	robotSome, personSome := robot, person
	robotSome.Bound, personSome.Bound = some, some
	for _, q := range []string{"patient=" + patient + "&code=http://loinc.org|8302-2&_sort=-date", "patient=" + patient, "code=http://loinc.org|8302-2", "patient=" + patient + "&_summary=count"} {
		for _, c := range []struct {
			name string
			who  access.Who
			why  access.Purpose
		}{{"program, all", robot, access.Operations}, {"program, some", robotSome, access.Operations}, {"person, all", person, access.Own}, {"person, some", personSome, access.Own}} {
			b.Run(strings.NewReplacer(patient, "p", "/", "_").Replace(q)+"/"+c.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					s, err := op.d.Open(ctx, c.who, About{}, c.why)
					if err != nil {
						b.Fatal(err)
					}
					if _, err := s.Search(ctx, query(b, s, "Observation", q), ""); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}
