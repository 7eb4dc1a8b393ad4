package sim_test

import (
	"fmt"
	"iter"

	"github.com/bevanhealth/bevan/internal/sim"
)

// A region is written by type, one resource a line, or sent as transactions.
func Example() {
	r := sim.Region{Seed: 1, People: 50, Today: sim.Date(2026, 11, 22), Depth: 0.1}
	if err := r.Check(); err != nil {
		fmt.Println(err)
		return
	}
	lines := map[string]int{}
	write := func(all iter.Seq[sim.Resource]) {
		for one := range all {
			lines[one.Type]++ // append one.JSON and a line feed to one.Type + ".ndjson"
		}
	}
	write(r.Places())
	for n := range r.Households() { // to go on after an interruption, begin at a later n
		write(r.Household(n))
	}
	fmt.Println(lines["Organization"] > 0, lines["Patient"] >= 50)

	r.Links = sim.ByURN
	bundle := sim.Transaction(nil, r.Household(0))
	fmt.Println(string(bundle[:47]))
	// Output:
	// true true
	// {"resourceType":"Bundle","type":"transaction","
}
