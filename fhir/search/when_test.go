package search

import (
	"testing"

	"github.com/bevanhealth/bevan/fhir"
)

// When things were, by the first of their dates that there is; what says none, and
// what is of no such type, has none.
func TestWhenThingsWere(t *testing.T) {
	for src, want := range map[string]string{
		`{"resourceType":"Observation","effectiveDateTime":"2020-05-03","issued":"2021-01-01T00:00:00Z"}`:            "2020-05-03",
		`{"resourceType":"Observation","effectivePeriod":{"start":"2019-02"}}`:                                       "2019-02",
		`{"resourceType":"Observation","issued":"2021-01-01T00:00:00Z"}`:                                             "",
		`{"resourceType":"Condition","recordedDate":"2020","onsetDateTime":"2011"}`:                                  "2011",
		`{"resourceType":"Condition","recordedDate":"2020","onsetString":"as a child"}`:                              "2020",
		`{"resourceType":"DiagnosticReport","issued":"2021-01-01T10:00:00+01:00"}`:                                   "2021-01-01T09:00:00Z",
		`{"resourceType":"Appointment","start":"2026-12-05T10:00:00Z"}`:                                              "2026-12-05T10:00:00Z",
		`{"resourceType":"Patient","birthDate":"1980-01-01"}`:                                                        "",
		`{"resourceType":"Organization","name":"x"}`:                                                                 "",
		`{"resourceType":"Observation","effectiveDateTime":"soon"}`:                                                  "",
		`{"resourceType":"Goal","startDate":"2020-01-01"}`:                                                           "2020-01-01",
		`{"resourceType":"Observation","effectiveTiming":{"event":["2020-01-01T00:00:00Z","2022-01-01T00:00:00Z"]}}`: "2020-01-01T00:00:00Z", // a Timing is the span of its events
	} {
		tree := parse(t, src)
		at, ok := WhenWas(tree)
		low := int64(0)
		if want != "" {
			d, err := fhir.ParseDateTime(want)
			if err != nil {
				t.Fatal(err)
			}
			low, _ = d.Range()
		}
		if ok != (want != "") || at != low {
			t.Errorf("%s: %d, %v, want %s", src, at, ok, want)
		}
		values, _ := Extract(Base(), tree, nil)
		if again, there := WhenOf(tree.Root().Get("resourceType").Str(), values); again != at || there != ok {
			t.Errorf("%s: %d, %v by its values", src, again, there)
		}
	}
	for typ, all := range whenDates() {
		for _, p := range all {
			if p.Kind != Date || p.Resource != typ && !p.IsCommon() {
				t.Errorf("%s: %s is no date of it", typ, p.ID)
			}
		}
		if len(all) == 0 {
			t.Errorf("%s has no dates", typ)
		}
	}
	if len(whenDates()) != len(whenParams) {
		t.Errorf("%d of %d types have dates", len(whenDates()), len(whenParams))
	}
}

func FuzzWhen(f *testing.F) {
	for _, s := range []string{"ge2020", "lt2020-05-03T10:00:00Z", "-_when", "ge", "lt9999-12-31", "ge0001"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, name := range []string{When, "_sort"} {
			q, err := Parse(Base(), []string{"Observation", "Condition"}, nil, []Pair{{name, text}}, Options{Strict: true, When: true})
			if err != nil {
				continue
			}
			if q.When != nil && (q.When.Holds(q.When.Until) || q.When.From > q.When.Until) {
				t.Errorf("%q is %+v", text, *q.When)
			}
			if got := q.Pairs(); len(got) != 1 || got[0].Value != text {
				t.Errorf("%q is asked as %+v", text, got)
			}
		}
	})
}
