package portal

import (
	"strings"
	"testing"

	ease "github.com/bevanhealth/bevan/internal/portal/reading"
)

// Every page of the album, as it is shown, is for readers of eleven or younger:
// those for staff and for who runs a service too, and those of the A to Z with
// their part for professionals.
func TestReadingAgeOfEveryPage(t *testing.T) {
	warned := 0
	for _, st := range states(t) {
		_, texts := spokenParts(st.page.Body.String())
		switch age := ease.Age(strings.Join(texts, "\n")); {
		case age > ease.Most:
			t.Errorf("%s, %s: it is for readers of %.1f years; %.0f is the most", st.route, st.name, age, ease.Most)
		case age > ease.Warn:
			warned++
			t.Logf("warning: %s, %s: it is for readers of %.1f years", st.route, st.name, age)
		}
	}
	t.Logf("%d pages are above %.0f", warned, ease.Warn)
}
