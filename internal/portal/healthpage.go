package portal

import (
	"html/template"
	"net/http"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/portal/atoz"
)

// helpCard is the look of a section that says when to get help, by its urgency,
// and what is read out before its heading, since colour alone says nothing.
type helpCard struct{ Class, Says string }

// section is a part of a page.
type section struct {
	Title string
	Card  *helpCard // nil: nothing to be done soon
	Text  template.HTML
}

// healthPage is one page of the A to Z.
func healthPage(v *visit) error {
	p := v.p.library.Get(v.r.PathValue("id"))
	if p == nil {
		return nothing(v)
	}
	w := v.p.words.AToZ
	cards := map[atoz.Urgency]*helpCard{
		atoz.Emergency: {"emergency", w.Emergency}, atoz.Today: {"urgent", w.Today}, atoz.GP: {"non-urgent", w.GP},
	}
	body := struct {
		Lead, Professional template.HTML
		Also, Kind         string
		Old, Own           bool
		Checked            string
		Sections           []section
		Facts              []fact
		Sources            []string
	}{Lead: p.Lead, Professional: p.Professional, Also: strings.Join(p.Also, ", "), Kind: w.Kinds[string(p.Kind)],
		Old: p.Old(v.p.cfg.Now()), Own: !p.Ours, Checked: p.Checked}
	for _, s := range p.Person {
		body.Sections = append(body.Sections, section{s.Title, cards[s.Urgency], s.Text})
	}
	if body.Also != "" {
		body.Facts = append(body.Facts, fact{w.Also, body.Also})
	}
	body.Facts = append(body.Facts, fact{w.Written, day(p.Written.Format(time.DateOnly))}, fact{w.Next, day(p.Next.Format(time.DateOnly))})
	for _, s := range p.Sources {
		body.Sources = append(body.Sources, s.Who+": "+s.What+", "+w.Seen+" "+day(s.Seen.Format(time.DateOnly)))
	}
	return v.show(http.StatusOK, "healthpage", p.Title, body)
}
