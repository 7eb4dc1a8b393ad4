package portal

import (
	"strings"
	"testing"

	ease "github.com/bevanhealth/bevan/internal/portal/reading"
)

// Pages for professionals and for those who run a service speak of their trade;
// they are held to fourteen. So is a page of the A to Z with its part for
// professionals, whose other part is held to eleven by itself (package atoz).
var forTrade = []string{"/operator", "/staff", "/history", "/health-a-to-z/{id}", "/authorize/{id}/patient", "/authorize/{id}/encounter"}

// Every page of the album, as it is shown, is for readers of eleven or younger.
func TestReadingAgeOfEveryPage(t *testing.T) {
	warned := 0
	for _, st := range states(t) {
		_, texts := spokenParts(st.page.Body.String())
		_, path, _ := strings.Cut(st.route, " ")
		most := ease.Most
		for _, at := range forTrade {
			if strings.HasPrefix(path, at) {
				most = 14
			}
		}
		switch age := ease.Age(strings.Join(texts, "\n")); {
		case age > most:
			t.Errorf("%s, %s: it is for readers of %.1f years; %.0f is the most", st.route, st.name, age, most)
		case age > ease.Warn:
			warned++
			t.Logf("warning: %s, %s: it is for readers of %.1f years", st.route, st.name, age)
		}
	}
	t.Logf("%d pages are above %.0f", warned, ease.Warn)
}
