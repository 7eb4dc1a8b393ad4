package portal

import (
	"time"

	"github.com/bevanhealth/bevan/internal/portal/atoz"
)

// aboutAToZ is the Health A to Z, for those who are signed in and those who are
// not.
func (a *album) aboutAToZ(s *site) {
	p := s.person()
	a.add("GET /health-a-to-z", "all pages", p.get("/health-a-to-z"))
	a.add("GET /health-a-to-z", "found", p.get("/health-a-to-z?q=astma"))
	a.add("GET /health-a-to-z", "nothing found", p.get("/health-a-to-z?q=xyzzy"))
	a.add("GET /health-a-to-z", "signed in", s.join("Ann").get("/health-a-to-z?q=blood"))
	// All are made of the same parts, so one of each shape is looked at: one of a
	// kind with the same cards.
	type shape struct {
		kind  atoz.Kind
		cards [atoz.Emergency + 1]bool
	}
	seen := map[shape]bool{}
	for _, page := range s.library.All() {
		of := shape{kind: page.Kind}
		for _, part := range page.Person {
			of.cards[part.Urgency] = true
		}
		if !seen[of] {
			seen[of] = true
			a.add("GET /health-a-to-z/{id}", page.ID, p.get(page.Link().Href()))
		}
	}
	a.add("GET /health-a-to-z/{id}", "nothing there", p.get("/health-a-to-z/nothing"))
	s.clock.move(500 * 24 * time.Hour)
	a.add("GET /health-a-to-z/{id}", "out of date", p.get("/health-a-to-z/asthma"))
	s.clock.move(-500 * 24 * time.Hour)
}
