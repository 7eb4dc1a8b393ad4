package portal

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/portal/words"
)

// What somebody meets first when they have signed in is in Welsh: home, their
// record by time and by kind, that of a child, and their account; days too. What
// was lent from English is marked. What stands in the record is as it was written.
func TestHomeAndTheRecordAreInWelsh(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	p := s.linked("Gwen", "cywgwen")
	s.filled("cywgwen")
	s.hardResult("cywgwen")
	s.put(`{"resourceType":"Appointment","id":"cywap","status":"booked","description":"Check of the ears","start":"2026-12-05T10:00:00Z","participant":[{"actor":{"reference":"Patient/cywgwen"},"status":"accepted"}]}`)
	s.reads = "cy"
	w := words.Welsh()
	marked := regexp.MustCompile(`<[a-z]+[^>]* lang="en-GB"[^>]*>[^<]*<`)
	for path, says := range map[string][]string{
		"/":                               {"Helo, Gwen.", "Ar y gweill", "5 Rhagfyr 2026 10:00yb", "Newydd yn y 30 diwrnod diwethaf", "Chi ychwanegodd hwn", "Prawf genetig. Gall hyn fod yn anodd", "Ble i fynd"},
		"/account":                        {"Fy nghyfrif", "Gydag allwedd mynediad", "Mae eich cofnod wedi'i gysylltu"},
		"/record":                         {"Fy nghofnod", "Meddyginiaethau", "Gweld y cyfan", "Crynodeb i fynd gyda chi", "Cymryd copi o bopeth"},
		"/record/summary":                 {"Fy nghofnod"},
		"/record/timeline":                {"Fy llinell amser", "Mai 2026", "Pwy ddywedodd hynny: ", "Dewis beth sy'n cael ei ddangos"},
		"/record/timeline?words=elephant": {"Does dim eitem fel yna yma."},
		"/record/timeline?from=31&frommonth=2&fromyear=2026": {"Mae problem"},
		"/record/all":       {"Popeth sy'n cael ei gadw amdanoch chi", "Canlyniadau, mesuriadau ac atebion"},
		"/record/medicines": {"Meddyginiaethau", "Pryd"},
		"/record/plans":     {"Dyw hynny ddim yn golygu nad oes rhai."},
		"/record/nothing":   {"Does dim tudalen yn y cyfeiriad hwn."},
	} {
		a := p.get(path)
		body := html.UnescapeString(a.Body.String())
		main, texts := spokenParts(a.Body.String())
		if strings.Contains(main[:strings.Index(main, ">")], "en-GB") || strings.Contains(body, w.Language.Other) {
			t.Errorf("%s is English", path)
			continue
		}
		whole := strings.Join(strings.Fields(strings.Join(texts, " ")), " ")
		for _, want := range says {
			if !strings.Contains(whole, want) {
				t.Errorf("%s does not say %q: %s", path, want, whole)
			}
		}
		_, texts = spokenParts("<main" + marked.ReplaceAllString(main, "<") + "</main>")
		for _, text := range texts {
			if w.Borrowed[strings.TrimSuffix(text, ".")] || w.Borrowed[text] {
				t.Errorf("%s says in English, unmarked: %q", path, text)
			}
		}
		for _, month := range []string{"January", "February", "March", "April 20", "May 20", "June", "July", "August", "September", "October", "November", "December"} {
			if strings.Contains(whole, month) {
				t.Errorf("%s writes a day in English: %s", path, month)
			}
		}
	}
	p.get("/record/Observation/cywgweng").shows(http.StatusNotFound)
}
