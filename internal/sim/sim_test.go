package sim

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"slices"
	"sync"
	"testing"

	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/fhir"
)

// today is the day on which the regions of these tests stand.
var today = Date(2026, 11, 22)

func region(people int, depth float64) Region {
	return Region{Seed: 1948, People: people, Today: today, Depth: depth}
}

// all is everything about everybody, from a household on.
func all(r Region, from int) iter.Seq[Resource] {
	return func(yield func(Resource) bool) {
		for n := from; n < r.Households(); n++ {
			for one := range r.Household(n) {
				if !yield(one) {
					return
				}
			}
		}
	}
}

func parse(t *testing.T, one Resource) fhir.Node {
	t.Helper()
	tree, err := fhir.Parse(one.JSON, fhir.Limits{})
	if err != nil {
		t.Fatalf("%v\n%s", err, one.JSON)
	}
	return tree.Root()
}

func digest(seq iter.Seq[Resource]) string {
	h := sha256.New()
	for one := range seq {
		_, _ = io.WriteString(h, one.Type+"/"+one.ID+"\n")
		_, _ = h.Write(append(one.JSON, '\n'))
	}
	return hex.EncodeToString(h.Sum(nil))[:24]
}

// The hashes change whenever the people do. Change them then, on purpose, and say
// so: stores that were filled by an older version hold other people.
func TestTheSameSeedGivesTheSameBytesEverywhere(t *testing.T) {
	urn := region(10_000, 1)
	urn.Links = ByURN
	for _, c := range []struct {
		name, want string
		seq        iter.Seq[Resource]
	}{
		{"places", "d0340d467dcb94def59eec1e", region(10_000, 1).Places()},
		{"the first household", "1c3bcd425ea4dcdfabe2111c", region(10_000, 1).Household(0)},
		{"a household linked by URN", "632f539bca875fe90b595115", urn.Household(1234)},
		{"a household with half a life", "0a1cd6bc704de5b5d021b344", region(10_000, 0.5).Household(99)},
		{"a person far out", "01165bc2e23273d083f76e08", region(10_000, 1).Person(5_000_003)},
		{"200 people", "8ec26d757031255a4d4e40cc", all(region(200, 1), 0)},
	} {
		if got := digest(c.seq); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

func TestAnybodyCanBeMadeAloneAndInAnyOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := Region{
			Seed: rapid.Uint64().Draw(t, "seed"), People: 5000, Today: today,
			Depth: rapid.Float64Range(0.01, 2).Draw(t, "depth"),
			Links: Links(rapid.IntRange(0, 1).Draw(t, "links")),
		}
		n := rapid.IntRange(0, 40_000_000).Draw(t, "household")
		first, size := r.PeopleIn(n)
		var whole, parts []string
		for one := range r.Household(n) {
			whole = append(whole, string(one.JSON))
		}
		for i := range size {
			if r.HouseholdOf(first+i) != n {
				t.Fatalf("person %d lives in %d, not in %d", first+i, r.HouseholdOf(first+i), n)
			}
			for one := range r.Person(first + i) {
				parts = append(parts, string(one.JSON))
			}
		}
		if !slices.Equal(whole, parts) {
			t.Fatal("a household is not the sum of its people")
		}
	})
}

func TestHouseholdsAreMadeSideBySide(t *testing.T) {
	r := region(100, 0.3)
	want := digest(all(r, 0))
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			if got := digest(all(r, 0)); got != want {
				t.Errorf("made beside others: %s, alone: %s", got, want)
			}
		})
	}
	wg.Wait()
}

func TestPeopleAreCountedOnceAndInOrder(t *testing.T) {
	r := region(1000, 0.01)
	next := 0
	for n := range r.Households() {
		first, size := r.PeopleIn(n)
		if first != next || size < 1 || size > 6 {
			t.Fatalf("household %d has people %d to %d, want from %d", n, first, first+size-1, next)
		}
		next += size
	}
	if next < r.People || next > r.People+5 {
		t.Errorf("%d people in a region of %d", next, r.People)
	}
	if n := (Region{}).Households(); n != 0 {
		t.Errorf("a region of nobody has %d households", n)
	}
}

func TestWorkCanBeLeftOff(t *testing.T) {
	for _, seq := range []iter.Seq[Resource]{region(10, 1).Places(), region(10, 1).Household(3), region(10, 1).Person(2)} {
		n := 0
		for range seq {
			if n++; n == 2 {
				break
			}
		}
		if n != 2 {
			t.Errorf("%d resources before a break after 2", n)
		}
	}
}

func TestWhatWasHandedOutStaysAsItIs(t *testing.T) {
	r := region(300, 1)
	var kept []Resource
	var copies []string
	for one := range all(r, 100) {
		kept = append(kept, one)
		copies = append(copies, string(one.JSON))
	}
	for i := range kept {
		if string(kept[i].JSON) != copies[i] {
			t.Fatalf("%s/%s changed after it was handed out", kept[i].Type, kept[i].ID)
		}
	}
}

func TestRegionsThatCannotBeAreRefused(t *testing.T) {
	if err := region(1000, 1).Check(); err != nil {
		t.Errorf("a good region: %v", err)
	}
	for name, r := range map[string]Region{
		"nobody":      region(0, 1),
		"too many":    region(100_000_001, 1),
		"no depth":    region(10, 0),
		"too deep":    region(10, 11),
		"no day":      {People: 1, Depth: 1},
		"no such day": {People: 1, Depth: 1, Today: Date(2300, 1, 1)},
		"odd links":   {People: 1, Depth: 1, Today: today, Links: 7},
	} {
		if r.Check() == nil {
			t.Errorf("%s was taken", name)
		}
	}
}

func TestDepthScalesALife(t *testing.T) {
	medians := map[float64]int{}
	for _, depth := range []float64{0.1, 1, 3} {
		var counts []int
		r := region(600, depth)
		for n := range r.Households() {
			h := r.makeHousehold(n)
			for i := range h.people {
				if years(h.people[i].born, today) >= 18 {
					counts = append(counts, len(r.live(&h, i)))
				}
			}
		}
		slices.Sort(counts)
		medians[depth] = counts[len(counts)/2]
	}
	t.Logf("resources of the middle adult by depth: %v", medians)
	if m := medians[1]; m < 240 || m > 380 {
		t.Errorf("the middle adult has %d resources, want about 300", m)
	}
	if medians[0.1] > 90 || medians[3] < 500 {
		t.Errorf("depth does not scale: %v", medians)
	}
}

func BenchmarkHousehold(b *testing.B) {
	for _, depth := range []float64{1, 0.1} {
		b.Run(fmt.Sprintf("depth=%v", depth), func(b *testing.B) {
			r := region(1_000_000, depth)
			resources, size, n := 0, 0, 0
			for b.Loop() {
				for one := range r.Household(n) {
					resources++
					size += len(one.JSON)
				}
				n++
			}
			b.ReportMetric(float64(resources)/b.Elapsed().Seconds(), "resources/s")
			b.ReportMetric(float64(size)/b.Elapsed().Seconds()/1e6, "MB/s")
			b.ReportMetric(float64(size)/float64(resources), "B/resource")
		})
	}
}

func BenchmarkTransaction(b *testing.B) {
	r := region(1_000_000, 1)
	r.Links = ByURN
	n, size := 0, 0
	var buf []byte
	for b.Loop() {
		buf = Transaction(buf[:0], r.Household(n))
		size += len(buf)
		n++
	}
	b.ReportMetric(float64(size)/b.Elapsed().Seconds()/1e6, "MB/s")
}
