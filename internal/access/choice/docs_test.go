package choice_test

import (
	"os"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/problem"
)

// Every example of the page for app makers is enforced, or refused where the
// page says so.
func TestExamplesOfThePageForAppMakers(t *testing.T) {
	b, err := os.ReadFile("../../../docs/app-makers/consent.md")
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(string(b), "```json\n")
	if len(parts) < 5 {
		t.Fatalf("%d examples", len(parts)-1)
	}
	for n, part := range parts[1:] {
		example, _, _ := strings.Cut(part, "```")
		lines := strings.Split(strings.TrimSpace(parts[n]), "\n")
		says := lines[len(lines)-1]
		_, err := read(t, example)
		if place, refused := strings.CutPrefix(says, "> Refused at "); refused {
			if err == nil || len(problem.Of(err).Issues) != 1 || problem.Of(err).Issues[0].Place != place {
				t.Errorf("example %d: want a refusal at %s, got %v", n+1, place, err)
			}
		} else if says != "> Enforced" || err != nil {
			t.Errorf("example %d, which is said to be %q: %v", n+1, says, err)
		}
	}
}
