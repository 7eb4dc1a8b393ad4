package portal

import (
	"cmp"

	"github.com/bevanhealth/bevan/internal/child/book"
)

// codeName is what a code is called that came without words, as event messages
// write them: a vaccine of the schedule, or what the red book asks and answers.
func (p *Portal) codeName(system, code string) string {
	if vaccine := p.cfg.Vaccinations.Vaccine(system, code); vaccine != "" {
		return cmp.Or(p.words.Vaccinations.Names[vaccine], p.cfg.Vaccinations.Calendar().Name(vaccine))
	}
	id := book.Published().ID(book.Code{System: system, Code: code})
	return cmp.Or(p.words.Book.Facts[id], p.words.Book.Answers[id])
}
