package search

import (
	"slices"
	"strings"
	"testing"
)

// TestSort sorts four people by one key each and names them in the order that
// comes out; those without a value come last whichever way the key points.
func TestSort(t *testing.T) {
	people := map[string]string{
		"ann": `{"resourceType":"Patient","name":[{"family":"Zhu"},{"family":"Åberg"}],"birthDate":"1980-05","gender":"female","multipleBirthInteger":2,"generalPractitioner":[{"reference":"Practitioner/2"}]}`,
		"bob": `{"resourceType":"Patient","name":[{"family":"Miller"}],"birthDate":"1980-05-01","gender":"male","generalPractitioner":[{"reference":"Practitioner/1"}]}`,
		"cid": `{"resourceType":"Patient","name":[{"family":"aaron"},{"family":"mills"}],"birthDate":"1970"}`,
		"dan": `{"resourceType":"Patient","gender":"other"}`,
	}
	for key, want := range map[string]string{
		"family":                "cid ann bob dan",
		"-family":               "ann cid bob dan",
		"birthdate":             "cid ann bob dan", // 1980-05 and 1980-05-01 begin together; then by name
		"-birthdate":            "ann bob cid dan",
		"gender":                "ann bob dan cid",
		"-gender":               "dan bob ann cid",
		"general-practitioner":  "bob ann cid dan",
		"-general-practitioner": "ann bob cid dan",
		"_id":                   "ann bob cid dan",
		"-_id":                  "dan cid bob ann",
		"_lastUpdated":          "ann bob cid dan",
		"-_lastUpdated":         "dan cid bob ann",
		"death-date":            "ann bob cid dan",
	} {
		q, err := ask("Patient?_sort="+key, Options{Strict: true})
		if err != nil {
			t.Fatal(err)
		}
		k := q.Sort[0]
		names := []string{"ann", "bob", "cid", "dan"}
		slices.SortStableFunc(names, func(a, b string) int {
			av, aok := k.Value(parse(t, people[a]), &MatchEnv{ID: a, LastUpdated: int64(a[0])})
			bv, bok := k.Value(parse(t, people[b]), &MatchEnv{ID: b, LastUpdated: int64(b[0])})
			switch c := av.Compare(bv); {
			case aok != bok:
				return map[bool]int{true: -1, false: 1}[aok]
			case k.Descending:
				return -c
			default:
				return c
			}
		})
		if got := strings.Join(names, " "); got != want {
			t.Errorf("_sort=%s gives %s, want %s", key, got, want)
		}
	}
}

func TestNumbersSortAsNumbers(t *testing.T) {
	q, err := ask("Observation?_sort=value-quantity", Options{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	var last SortValue
	for i, n := range []string{"-10", "-9.5", "0", "0.001", "9", "10", "1e2", "100.5"} {
		v, ok := q.Sort[0].Value(parse(t, `{"resourceType":"Observation","valueQuantity":{"value":`+n+`}}`), &MatchEnv{})
		if !ok || i > 0 && v.Compare(last) <= 0 {
			t.Errorf("%s does not come after the number before it", n)
		}
		last = v
	}
}
