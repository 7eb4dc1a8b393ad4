package growth_test

import (
	"fmt"
	"time"

	"github.com/bevanhealth/bevan/growth"
)

// A girl who was born at 30 weeks and 3 days is weighed at half a year.
func Example() {
	child := growth.Child{
		Born:      growth.NewDate(2026, time.January, 1),
		Sex:       growth.Female,
		Gestation: 30*7 + 3,
	}
	weight := growth.Measurement{Of: growth.Weight, Value: 5.9, On: growth.NewDate(2026, time.July, 1)}

	r := growth.WHO().Assess(child, weight, growth.ForLife)
	fmt.Println(r.Lay())
	fmt.Println(r.Clinician())
	// Output:
	// This weight is on or near the 25th centile. About 31 of 100 children of the same age and sex have less. The age was counted from the day when the baby was due.
	// Weight 5.9 kg. Corrected age 0.312 y: SDS -0.51, centile 30.5, on or near the 25th centile. Age 0.496 y: SDS -1.73, centile 4.2, between the 2nd and 9th centiles. Reference: WHO Child Growth Standards and Growth Reference (2006 and 2007), table WHO 2006, lying.
}

// All measurements of a child are judged together: the numbers that do not fit
// the child's own line are doubted, and what should be looked at is said.
func ExampleReference_Review() {
	born := growth.NewDate(2026, time.January, 1)
	child := growth.Child{Born: born, Sex: growth.Male, Gestation: 40 * 7}
	got := growth.WHO().Review(child, []growth.Measurement{
		{Of: growth.Weight, Value: 3.5, On: born},
		{Of: growth.Weight, Value: 3.1, On: born + 5},
	}, growth.Options{})
	for _, f := range got.Findings {
		fmt.Println(f.Kind, f.Code, f.Rules)
		fmt.Println(f.Clinician)
	}
	// Output:
	// review neonatal-loss growth-review 1
	// Weight is 11.4% below birth weight (3.5 kg) on day 5, more than 10%: assess feeding and the baby.
}

// The lines of a chart keep their steps: here lying passes to standing.
func ExampleReference_Curve() {
	for _, s := range growth.WHO().Curve(growth.Height, growth.Female, growth.Lines[4].Z, 1, 3) {
		a, b := s.Points[0], s.Points[len(s.Points)-1]
		fmt.Printf("%s: %.1f cm at %g to %.1f cm at %g\n", s.Method, a.Value, a.Age, b.Value, b.Age)
	}
	// Output:
	// lying: 74.0 cm at 1 to 86.4 cm at 2
	// standing: 85.7 cm at 2 to 95.1 cm at 3
}
