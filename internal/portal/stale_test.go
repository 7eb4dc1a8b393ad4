package portal

import (
	"html"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// crawled are the pages that staleness is looked for below, by who opens them.
var crawled = map[string][]string{
	"ann":        {"/sharing", "/record/links", "/family", "/account", "/account/addresses", "/account/passkeys", "/account/apps", "/record/corrections", "/record/erase", "/record/looked", "/record/summary"},
	"ann as sam": {"/family/record"},
	"ada":        {kitAt, "/staff/list", "/staff/emergencies"},
	"olu":        {"/operator", "/operator/organisations", "/operator/sources"},
}

// kept are forms that end what the others need, or that are held against two clicks
// elsewhere (TestADoubleClickSavesOnce); the code of an address is a guess each time.
var kept = regexp.MustCompile(`^/(sign-out|language|staff/leave|staff/work|family/act|family/stop|account/sessions/end-others|check)$|/new$|/add$|/save$|/confirm$|/invite$`)

// tab is a form of a page that is open twice.
type tab struct{ page, at string }

var (
	numbers = regexp.MustCompile(`[A-Z0-9]{8,}|[a-z0-9]*[0-9][a-z0-9-]{5,}`)
	linkIn  = regexp.MustCompile(`<a [^>]*href="(/[^"#?]*)"`)
	formIn  = regexp.MustCompile(`<form method="post" action="(/[^"]*)"`)
)

// tabs follows the links of some pages, and collects the forms that stand there: of
// those that differ in an id only a few.
func (h *typists) tabs(who string) (all []tab) {
	h.t.Helper()
	p, seen, of := h.ready(who), map[string]bool{}, map[string]int{}
	next := slices.Clone(crawled[who])
	for n := 0; len(next) > 0 && n < 150; n++ {
		at := next[0]
		next = next[1:]
		if seen[at] {
			continue
		}
		seen[at] = true
		page := p.get(at)
		if page.Code != http.StatusOK {
			continue
		}
		for _, m := range formIn.FindAllStringSubmatch(page.Body.String(), -1) {
			action := html.UnescapeString(m[1])
			pattern := numbers.ReplaceAllString(action, "{id}")
			if !kept.MatchString(action) && of[pattern] < 2 && !slices.Contains(all, tab{at, action}) {
				of[pattern]++
				all = append(all, tab{at, action})
			}
		}
		for _, m := range linkIn.FindAllStringSubmatch(page.Body.String(), -1) {
			to := html.UnescapeString(m[1])
			if strings.HasPrefix(to, crawled[who][0]) || slices.ContainsFunc(crawled[who], func(top string) bool { return strings.HasPrefix(to, top+"/") }) {
				next = append(next, to)
			}
		}
	}
	return all
}

// A page is open in two tabs. What was done in one of them is over when the form of
// the other is sent: that is told, and nothing is done twice, undone or broken.
func TestAStaleFormDoesNoHarm(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newTypists(t, d)
		for _, f := range typings {
			if p := h.ready(f.who); f.list != "" {
				at, sent := h.typed(p, f)
				p.post(at, sent)
			}
		}
		looked := map[string]bool{}
		for _, who := range []string{"ann as sam", "ada", "olu", "ann"} { // who ends her own rights last
			for _, one := range h.tabs(who) {
				p := h.ready(who)
				sent := hiddenIn(p.get(one.page), one.at)
				first := p.post(one.at, sent)
				p = h.ready(who)
				before := p.get(one.page)
				second := p.post(one.at, sent)
				p = h.ready(who)
				after := p.get(one.page)
				for i, a := range []answer{first, second} {
					if a.Code >= 500 || a.Code == http.StatusOK && !strings.Contains(a.Body.String(), "<h1") {
						t.Errorf("%s: %s, sent the %d. time from %s: %d %s", who, one.at, i+1, one.page, a.Code, a.text())
					}
				}
				if before.Code != after.Code || before.steady() != after.steady() {
					t.Errorf("%s: %s, sent again from %s, changes the page\n%s\nto\n%s", who, one.at, one.page, before.steady(), after.steady())
				}
				looked[numbers.ReplaceAllString(one.at, "{id}")] = true
			}
		}
		t.Logf("%d forms: %v", len(looked), slices.Sorted(maps.Keys(looked)))
		if len(looked) < 30 {
			t.Errorf("only %d forms were looked at", len(looked))
		}
	})
}

// steady is what a page says apart from who looked, which each look adds to, and
// from what the last form said was done and the number of a refusal.
func (a answer) steady() string {
	text := regexp.MustCompile(`(?s)<div class="nhsuk-notification-banner.*?</div>\s*</div>`).ReplaceAllString(a.Body.String(), "")
	text = strings.Join(strings.Fields(tags.ReplaceAllString(text, " ")), " ")
	return regexp.MustCompile(`give this number: \w+`).ReplaceAllString(text, "")
}
