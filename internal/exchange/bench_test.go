package exchange_test

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/exchange"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

// quick is a record that takes everything at once, so that what is measured is
// reading, parsing and checking.
type quick struct{}

func (quick) Transact(_ context.Context, ops []record.Op) ([]record.Outcome, error) {
	out := make([]record.Outcome, len(ops))
	for i := range ops {
		out[i] = record.Outcome{Created: true, Resource: record.Resource{Key: ops[i].Key}}
	}
	return out, nil
}
func (quick) Registry() *search.Registry { return search.Base() }

func load(b *testing.B, w func() exchange.Writer) {
	files := suitetest.Files(b, "synthea-r4", "*.json.gz")
	n := 0
	for b.Loop() {
		sum, err := exchange.Load(context.Background(), w(), files, exchange.LoadOptions{})
		if err != nil || sum.Rejected > 0 {
			b.Fatalf("%+v, %v", sum, err)
		}
		n += sum.Read
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "resources/s")
}

func BenchmarkLoadAlone(b *testing.B) { load(b, func() exchange.Writer { return quick{} }) }

func BenchmarkLoadSQLite(b *testing.B) {
	load(b, func() exchange.Writer { return openSession(b, dbtest.SQLite(b)) })
}

func BenchmarkExportSQLite(b *testing.B) {
	s := openSession(b, dbtest.SQLite(b))
	sum, err := exchange.Load(context.Background(), s, suitetest.Files(b, "synthea-r4", "*.json.gz"), exchange.LoadOptions{})
	if err != nil {
		b.Fatal(err)
	}
	n := 0
	for b.Loop() {
		files, err := exchange.Export(context.Background(), s, filepath.Join(b.TempDir(), "out"), exchange.ExportOptions{})
		if err != nil || len(files) == 0 {
			b.Fatal(err, sum)
		}
		for _, f := range files {
			n += int(f.Count)
		}
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "resources/s")
}
