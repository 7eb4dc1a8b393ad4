package apart

import (
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// homes are two places where everybody of a world may live: with an address, a
// telephone, a practice, and words that tell of it.
var homes = [2]struct{ where, practice string }{{"Kestrel Lane", "org-7"}, {"Heron Street", "org-8"}}

// living is the world in which everybody lives in one of the two, and that is kept
// from whoever acts for them.
func (w *world) living(home int) *world {
	h := homes[home]
	out := &world{Events: w.Events}
	for _, e := range w.Entries {
		if e.Type != "Patient" {
			out.Entries = append(out.Entries, e)
			continue
		}
		lives := *e
		text := strings.Replace(e.Src, `Organization/org-8`, `Organization/`+h.practice, 1)
		text = strings.Replace(text, `Organization/org-7`, `Organization/`+h.practice, 1)
		lives.Src = strings.Replace(text, `"extension":[`, `"meta":{"security":[`+coding(label.Ours, "address-kept")+`]},"address":[{"line":["`+h.where+`"],"city":"`+h.where+
			`"}],"telecom":[{"system":"phone","value":"`+h.where+`"}],"managingOrganization":{"reference":"Organization/`+h.practice+`"},"extension":[{"url":"urn:y","valueString":"`+h.where+`"},`, 1)
		out.Entries = append(out.Entries, &lives)
	}
	return out
}

// homely are questions about where somebody lives.
var homely = []string{"/Patient?address=Kestrel", "/Patient?address-city:missing=true", "/Patient?phone=Kestrel Lane", "/Patient?organization=Organization/org-7", "/Patient?_sort=address",
	"/Observation?patient.address=Kestrel", "/Observation?patient.general-practitioner=Organization/org-7", "/Organization?_has:Patient:organization:name=Ash", "/Organization?_revinclude=Patient:organization",
	"/Patient?_include=Patient:organization", "/Patient?_include=*", "/Observation?_include=Observation:subject&_include:iterate=Patient:*", "/Organization/org-7/Patient", "/Organization/org-7/*",
	"/Practitioner?_has:Patient:general-practitioner:organization=Organization/org-7", "/Observation?subject:Patient.organization.name=Mill"}

// TestNobodyWhoActsLearnsWhereSomebodyLives asks of two records that differ by where
// everybody lives and nothing else: whoever acts for somebody, by themself or by an
// app, gets the same answers from both, whatever they ask.
func TestNobodyWhoActsLearnsWhereSomebodyLives(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, on *db.DB) {
		p := newPlaces(t, on.Dialect())
		asked, told := 0, 0
		for n := uint64(0); asked < cases(t, on)/20; n++ {
			d := newDice(seedOf(), n)
			w := d.makeWorld()
			var shops [2]*shop
			for i := range shops {
				shops[i] = p.open(t)
				if err := shops[i].play(w.living(i)); err != nil {
					t.Fatal(err)
				}
			}
			for _, v := range viewers(d.persons[0]) {
				if v.name != "proxy" {
					continue
				}
				app, staff := v.who, viewers(d.persons[0])[2].who // of the service: who sees all of it
				app.App, app.Grant = "app", "g"
				for _, s := range shops {
					s.people["viewer"], s.people["app"], s.people["staff"] = v.who, app, staff
				}
				for k := range 500 {
					q := d.question()
					if d.odds(20) {
						q = question{Kind: "home", Method: "GET", Path: d.of(homely...)}
					}
					asks := []string{"viewer", "app"}[k%2]
					have, want := shops[0].read(shops[0].ask(asks, q), true), shops[1].read(shops[1].ask(asks, q), true)
					if have.text != want.text || strings.Contains(have.text, "Kestrel") && q.Kind != "home" {
						t.Fatalf("world %d, %s asks %s:%s", n, asks, q, apartAt(have.text, want.text))
					}
					asked++
					if k%10 == 0 && shops[0].read(shops[0].ask("staff", q), true).text != shops[1].read(shops[1].ask("staff", q), true).text {
						told++
					}
				}
			}
		}
		if told < asked/200 {
			t.Errorf("of %d questions, one in ten looked at, only %d told the two places apart to those who may know", asked, told)
		}
		t.Logf("%d questions; of one in ten that were looked at, %d tell the places apart to those who may know", asked, told)
	})
}
