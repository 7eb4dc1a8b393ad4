package portal

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/record"
)

// stock writes so many entries into a record, as an operator.
func (s *site) stock(b *testing.B, id string, n int) {
	b.Helper()
	door, err := s.door.Open(b.Context(), access.Operator("token:test"), record.About{}, access.Operations)
	if err != nil {
		b.Fatal(err)
	}
	kinds := []string{
		`{"resourceType":"Observation","id":"%s","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"8867-4"}],"text":"Pulse"},"effectiveDateTime":"%s","valueQuantity":{"value":62,"unit":"beats a minute"},"subject":{"reference":"Patient/%s"}}`,
		`{"resourceType":"MedicationRequest","id":"%s","status":"active","intent":"order","medicationCodeableConcept":{"text":"Amlodipine 5 mg"},"authoredOn":"%s","subject":{"reference":"Patient/%s"}}`,
		`{"resourceType":"Condition","id":"%s","code":{"text":"Sore knee"},"recordedDate":"%s","subject":{"reference":"Patient/%s"}}`,
	}
	var ops []record.Op
	for i := range n {
		text := fmt.Sprintf(kinds[i%3], fmt.Sprintf("%s%d", id, i), fmt.Sprintf("%d-%02d-%02d", 1997+i%30, 1+i%4, 1+i%28), id)
		t, err := fhir.Parse([]byte(text), fhir.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		ops = append(ops, record.Op{Method: record.Put, Key: record.Key{Type: t.Root().Get("resourceType").Str(), ID: t.Root().Get("id").Str()}, Body: t})
		if len(ops) == 1000 || i == n-1 {
			if _, err := door.Transact(b.Context(), ops); err != nil {
				b.Fatal(err)
			}
			ops = nil
		}
	}
	s.looks()
}

// The pages of a record of 200 entries, and of one of 20,000: through the whole
// plant, with their entries on the log.
func BenchmarkFolder(b *testing.B) {
	for _, n := range []int{200, 20_000} {
		s := open(b, dbtest.SQLite(b), origin)
		s.setUp()
		p := s.linked("Gwen", "gwen")
		s.stock(b, "gwen", n)
		for name, at := range map[string]string{"home": "/", "timeline": "/record/timeline", "summary": "/record", "medicines": "/record/medicines", "words": "/record/timeline?words=knee"} {
			size := 0
			b.Run(fmt.Sprintf("%d/%s", n, name), func(b *testing.B) {
				for b.Loop() {
					a := p.get(at)
					if a.Code != http.StatusOK {
						b.Fatal(a.Code)
					}
					size = a.Body.Len()
				}
				b.ReportMetric(float64(size), "B/page")
			})
		}
	}
}
