package portal

import (
	"slices"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/exchange/plain"
	"github.com/bevanhealth/bevan/internal/portal/words"
	"github.com/bevanhealth/bevan/internal/sim"
)

// What is shown as the date of an entry is what a record by time is sorted by:
// otherwise an entry would stand under a month that is not its own. Only an
// ending without a beginning is a date that is not shown.
func TestWhatIsShownAsTheDateIsWhatIsSortedBy(t *testing.T) {
	region := sim.Region{Seed: 7, People: 60, Today: sim.Date(2026, 11, 1), Depth: 0.5}
	read := plain.Reader{W: plainWords(words.English(), nil)}
	seen, dated := map[string]int{}, 0
	for h := range region.Households() {
		for r := range region.Household(h) {
			tree, err := fhir.Parse(r.JSON, fhir.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Contains(lifeTypes(), r.Type) {
				continue
			}
			seen[r.Type]++
			day := read.Entry(tree).Day
			at, ok := search.WhenWas(tree)
			if !ok && day == "" {
				continue
			}
			shown, err := fhir.ParseDateTime(day)
			if err != nil {
				t.Errorf("%s/%s is shown as %q and sorted by %d (%v)", r.Type, r.ID, day, at, ok)
				continue
			}
			if low, _ := shown.Range(); !ok || low != at {
				t.Errorf("%s/%s is shown as %s and sorted by %d (%v)", r.Type, r.ID, day, at, ok)
			}
			dated++
		}
	}
	if len(seen) < 8 || dated < 500 {
		t.Errorf("only %v, %d with a date", seen, dated)
	}
}
