package portal

import (
	"net/http"
	"strings"
	"testing"
)

// Where children are measured standing from then on, length and body mass index have a
// step. The drawing says what it is, and a sentence says why; elsewhere nothing does.
func TestAStepInTheLinesIsExplained(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.grower("mia", numberSam)
		const at, why = "/family/record/child/growth?ref=", "The lines have a step at 2 years. Until then children are measured lying down, and later standing up."
		for _, seen := range []string{"who&of=height&from=1&to=5", "who&of=bmi&from=1&to=5", "who&of=height&from=0&to=19", "cdc-2000&of=height&from=0&to=5"} {
			p.get(at+seen).shows(http.StatusOK, "lying | standing", why)
		}
		for _, none := range []string{"who&of=weight&from=1&to=5", "who&of=head&from=1&to=5", "who&of=height&from=0&to=2", "who&of=height&from=2&to=5", "cdc-2000&of=bmi&from=0&to=5"} {
			p.get(at+none).hides("lying | standing", "have a step")
		}
		p.get("/family/record/child/growth?from=-0.2&to=0.2").shows(http.StatusOK, "38 36 34 32 30 0 2", "Weeks of pregnancy, then age in weeks")
	})
}

// The CDC draws no lines as far out as ours go, except those of body mass index. What its
// tables would give there is no line of anybody's growth: it rises, and falls again.
func TestNoLineIsDrawnFartherThanItWasPublished(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.grower("mia", numberSam)
		for what, lines := range map[string]int{"ref=cdc-2000&of=weight&from=2&to=20": 7, "ref=cdc-2000&of=height&from=2&to=20": 7, "ref=cdc-2000&of=head&from=0&to=3": 7, "ref=cdc-2000&of=bmi&from=2&to=20": 9, "ref=who&of=weight&from=0&to=5": 9} {
			body := p.get("/family/record/child/growth?" + what).Body.String()
			if n := strings.Count(body, ">0.4th</text>") + strings.Count(body, ">99.6th</text>"); n != lines-7 {
				t.Errorf("%s: %d of the two outermost lines are named", what, n)
			}
			if strings.Contains(body, "do not go as far out") != (lines == 7) {
				t.Errorf("%s: the page does not say which lines there are", what)
			}
		}
	})
}

// Who was born on the day when birth was expected has one age: a cross on each dot
// would hide it.
func TestBornOnTheDayHasDotsAlone(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.grower("mia", numberSam)
		for weeks, crosses := range map[string]int{"40": 0, "39": 4} { // and one in the legend
			s.put(vital("mia", "g", "76516-4", "2025-05-20", weeks, "wk", ""))
			body := p.get("/family/record/child/growth?from=0&to=1").Body.String()
			if !strings.Contains(body, "Born at "+weeks+" weeks.") || strings.Count(body, "bevan-growth-dot") != 5 || strings.Count(body, "bevan-growth-cross") != crosses {
				t.Errorf("born at %s weeks: %d dots and %d crosses", weeks, strings.Count(body, "bevan-growth-dot"), strings.Count(body, "bevan-growth-cross"))
			}
		}
	})
}
