package record

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// Long answers in the order of a date are read along the index. They must be
// the same as if everything were sorted.
func TestLongAnswersInOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, s := openDoor(t, d)
		r := rand.New(rand.NewPCG(1, 2))
		type obs struct {
			id, start, code string
		}
		var all []obs
		var ops []Op
		write := func(o obs, date string) {
			ops = append(ops, Op{Method: Put, Key: Key{"Observation", o.id}, Body: tree(t, fmt.Sprintf(
				`{"resourceType":"Observation","id":"%s","status":"final","code":{"coding":[{"system":"urn:c","code":"%s"}]},"subject":{"reference":"Patient/p%d"}%s}`,
				o.id, o.code, len(ops)%50, date))})
		}
		for i := range 1400 {
			o := obs{id: fmt.Sprintf("o%04d", i), code: []string{"a", "b"}[i%2]}
			date := ""
			if i%9 > 0 {
				o.start = fmt.Sprintf("%04d-%02d-%02d", 1990+r.IntN(30), 1+r.IntN(12), 1+r.IntN(28))
				date = `,"effectiveDateTime":"` + o.start + `"`
				if i%4 == 0 {
					date = `,"effectivePeriod":{"start":"` + o.start + `","end":"2021-0` + fmt.Sprint(1+r.IntN(9)) + `-01"}`
				}
			}
			all = append(all, o)
			write(o, date)
		}
		if _, err := s.Transact(ctx, ops); err != nil {
			t.Fatal(err)
		}
		check := func(text string, keep func(obs) bool, descending bool) {
			t.Helper()
			var want []obs
			for _, o := range all {
				if keep(o) {
					want = append(want, o)
				}
			}
			slices.SortStableFunc(want, func(a, b obs) int {
				switch {
				case (a.start == "") != (b.start == ""):
					return -cmp.Compare(min(len(a.start), 1), min(len(b.start), 1))
				case descending:
					return cmp.Compare(b.start, a.start)
				}
				return cmp.Compare(a.start, b.start)
			})
			got := ids(t, s, "Observation", text)
			if len(got) != len(want) {
				t.Fatalf("%s: %d found, want %d", text, len(got), len(want))
			}
			start := map[string]string{}
			for _, o := range all {
				start[o.id] = o.start
			}
			seen := map[string]bool{}
			for i := range got {
				if start[got[i]] != want[i].start || seen[got[i]] {
					t.Fatalf("%s: place %d has %s (%s), want the date %s", text, i, got[i], start[got[i]], want[i].start)
				}
				seen[got[i]] = true
			}
		}
		every := func(obs) bool { return true }
		isA := func(o obs) bool { return o.code == "a" }
		check("_sort=date&_count=90", every, false)
		check("_sort=-date&_count=90", every, true)
		check("_sort=-date&_count=90&code=urn:c|a", isA, true)
		check("_sort=date&_count=90&code=a", isA, false)
		check("_sort=date&_count=1000&code=a&date=ge2000-01-01", func(o obs) bool {
			return isA(o) && o.start != "" && (o.start >= "2000-01-01" || atoi(o.id)%4 == 0)
		}, false)
		check("_sort=-date&_count=50&code=a&date=sa2001-05-31&date=lt2004", func(o obs) bool {
			return isA(o) && o.start > "2001-05-31" && o.start < "2004"
		}, true)
		if got := ids(t, s, "Observation", "_sort=-_lastUpdated&_count=300"); len(got) != 1400 {
			t.Errorf("%d by _lastUpdated", len(got))
		}
		page := find(t, s, "Observation", pairs("code=a&date=ge2002-01-01&date=lt2002-03-01&_total=accurate&_count=1")...)
		want := 0
		for _, o := range all {
			long := atoi(o.id)%4 == 0 && o.start != "" && o.start < "2002-03-01"
			if isA(o) && (o.start >= "2002-01-01" && o.start < "2002-03-01" || long) {
				want++
			}
		}
		if *page.Total != want {
			t.Errorf("%d in all, want %d", *page.Total, want)
		}
	})
}

func atoi(id string) int {
	n := 0
	for _, c := range strings.TrimPrefix(id, "o") {
		n = 10*n + int(c-'0')
	}
	return n
}
