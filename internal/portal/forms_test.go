package portal

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// typing is a form into which somebody types. Its page is page, and it is sent to
// at, which is the same where it is ""; said is a word of what is typed.
type typing struct {
	who, page, at string
	fields        []string
	said          string
	// list is a page that says once, once it is saved; "" for a form after which
	// nothing is saved yet.
	list, once string
}

const formWords = "Purple elephant"

// typings are forms of everybody who types.
var typings = map[string]typing{
	"a note":            {"ann", "/record/add/note", "", []string{"note", formWords}, formWords, "/record/timeline", "Note 3 May"},
	"a reading":         {"ann", "/record/add/reading", "", []string{"what", "weight", "value", "61.25"}, "61.25", "/record/timeline", "61.25 kg"},
	"this looks wrong":  {"ann", "/record/Observation/annw/wrong", "", []string{"words", formWords}, formWords, "/record/corrections", "Sent, not looked at yet"},
	"a choice":          {"ann", "/sharing/new", "", []string{"say", "no", "whom", "everybody", "about", "label mental-health"}, "label mental-health", "", ""},
	"a choice, looked":  {"ann", "/sharing/new", "/sharing/save", []string{"say", "no", "whom", "everybody", "about", "label mental-health"}, "label mental-health", "/sharing", "It holds"},
	"a link":            {"ann", "/record/links/new", "", []string{"label", formWords, "code", "blue boat 7", "day", "30", "daymonth", "5", "dayyear", "2026", "most", "3"}, formWords, "/record/links", formWords},
	"an erasure":        {"ann", "/record/erase", "", []string{"words", formWords}, formWords, "/record/erase", formWords},
	"a card":            {"ann", "/record/card", "", []string{"contacts", formWords}, formWords, "", ""},
	"somebody to act":   {"ann", "/family/invite", "", []string{"name", formWords, "kind", "friend", "may", "look"}, formWords, "/family", "Take it back"},
	"an address":        {"ann", "/account/addresses/add", "", []string{"address", "purple@example.org"}, "purple@example.org", "/account/addresses", "E-mail address purple@example.org"},
	"a child's note":    {"ann as sam", "/family/record/add/note", "", []string{"note", formWords}, formWords, "/family/record/timeline", "Note 3 May"},
	"a child's reading": {"ann as sam", "/family/record/add/reading", "", []string{"what", "weight", "value", "21.25"}, "21.25", "/family/record/timeline", "21.25 kg"},
	"a clinician's note": {"ada", kitAt + "/add/note", "", append([]string{"step", "save"}, "about", "Phone call", "note", formWords), formWords,
		kitAt + "/timeline", "Note 3 May"},
	"a measurement":   {"ada", kitAt + "/add/measurement", "", []string{"step", "save", "which", "weight", "value", "72.50"}, "72.50", kitAt + "/timeline", "72.50 kg"},
	"a referral":      {"ada", kitAt + "/add/referral", "", append([]string{"step", "save"}, typedIn["referral"]...), "Cardiology at Hill Hospital", kitAt + "/timeline", "Heart clinic 3 May"},
	"an organisation": {"olu", "/operator/organisations/add", "", []string{"code", "RXP", "name", formWords}, formWords, "/operator/organisations", formWords},
	"an emergency":    {"ada", "/staff/emergency", "", declaring("why", "Purple elephant, no time to ask."), "Purple elephant, no time to ask.", "", ""},
}

// typists are a house in which everybody types.
type typists struct {
	*site
	people map[string]*person
	sam    string // the right to act for Sam
	kim    string
}

func newTypists(t *testing.T, d *db.DB) *typists {
	t.Helper()
	s, ada, _ := clinic(t, d)
	h := &typists{site: s, people: map[string]*person{"ada": ada, "olu": s.operator}}
	ann := s.linked("Ann", "ann")
	s.filled("ann")
	s.child("Sam Hill", "sam", "2021-05-04", numberSam)
	s.child("Kim Hill", "kim", "2020-05-04", "9990007071")
	h.sam, h.kim = ann.parentOf("sam").ID, ann.parentOf("kim").ID
	h.people["ann"], h.people["ann as sam"] = ann, ann
	h.people["bob"] = s.linked("Bob", "bob")
	return h
}

// ready brings somebody to where they type.
func (h *typists) ready(who string) *person {
	h.t.Helper()
	p := h.people[who]
	if a := p.get("/account"); a.Code != http.StatusOK {
		p.signIn()
	}
	switch who {
	case "ada":
		p.workAs(staff.Clinician)
	case "olu":
		p.workAs(staff.Operator)
	case "ann as sam":
		p.send("/family/act", "right", h.sam).to("/family/record")
	}
	return p
}

// hiddenIn are the hidden fields of the form on a page that is sent to an address.
func hiddenIn(page answer, at string) url.Values {
	page.p.t.Helper()
	out := url.Values{}
	for _, f := range regexp.MustCompile(`(?s)<form [^>]*action="([^"]*)".*?</form>`).FindAllStringSubmatch(page.Body.String(), -1) {
		if html.UnescapeString(f[1]) != at {
			continue
		}
		for _, m := range regexp.MustCompile(`<input type="hidden" name="([^"]*)" value="([^"]*)">`).FindAllStringSubmatch(f[0], -1) {
			out.Set(m[1], html.UnescapeString(m[2]))
		}
	}
	return out
}

// typed opens a form and types into it: what is then sent, and where.
func (h *typists) typed(p *person, f typing) (at string, sent url.Values) {
	h.t.Helper()
	at = f.at
	if at == "" {
		at = f.page
	}
	page := p.get(f.page)
	page.shows(http.StatusOK)
	if f.at == "" {
		sent = hiddenIn(page, at)
	} else { // it is looked at before it is saved
		sent = hiddenIn(p.post(f.page, h.fill(hiddenIn(page, f.page), f)), at)
	}
	return at, h.fill(sent, f)
}

// fill types into a form.
func (h *typists) fill(sent url.Values, f typing) url.Values {
	for i := 0; i < len(f.fields); i += 2 {
		sent.Set(f.fields[i], f.fields[i+1])
	}
	return sent
}

// unnumbered is a page without the numbers of its forms, which are drawn by lot.
func (a answer) unnumbered() string {
	return regexp.MustCompile(`name="(once|key)" value="[A-Z2-7]{26}"`).ReplaceAllString(a.Body.String(), "")
}

// saved counts how often a list says what a form saves.
func (h *typists) saved(f typing) int {
	h.t.Helper()
	return strings.Count(h.ready(f.who).get(f.list).text(), f.once)
}

// Whatever somebody types, it is not gone with the session: it goes back to their
// browser and comes again once they are signed in, in the form, to be looked at and
// sent. Nothing is saved before that, and nobody else who signs in at the same
// browser saves it or is shown it.
func TestALostSessionKeepsWhatAnybodyTyped(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newTypists(t, d)
		for name, f := range typings {
			before := 0
			if f.list != "" {
				before = h.saved(f)
			}
			p := h.ready(f.who)
			at, sent := h.typed(p, f)
			p.send("/sign-out").to("/signed-out")
			kept := p.post(at, sent)
			kept.shows(http.StatusOK, "What you typed is still here", "You were signed out, so nothing was saved yet.")
			back := hiddenIn(kept, at)
			if back.Get("kept") == "" || back.Get("step") != "" || kept.Header().Get("Location")+kept.Header().Get("Set-Cookie") != "" {
				t.Errorf("%s: it is kept as %v", name, back)
			}
			// A third page may hold it, where somebody has to choose where they work, or
			// for whom they act.
			p.signIn()
			for n := 0; ; n++ {
				again := p.post(at, back)
				if !strings.Contains(again.text(), "What you typed is still here") {
					again.shows(http.StatusOK)
					if !strings.Contains(html.UnescapeString(again.Body.String()), f.said) {
						t.Errorf("%s: the form has lost it: %s", name, again.Body)
					}
					break
				}
				if back = hiddenIn(again, at); n > 0 {
					t.Fatalf("%s: it is never shown: %s", name, again.text())
				}
				h.ready(f.who)
			}
			if f.list != "" && h.saved(f) != before {
				t.Errorf("%s: it was saved unseen", name)
			}
			bob := h.people["bob"]
			if other := bob.post(at, back); other.Code != http.StatusConflict || strings.Contains(other.Body.String(), f.said) {
				t.Errorf("%s: somebody else is answered %d: %s", name, other.Code, other.text())
			}
		}
		if strings.Contains(h.log.String(), "elephant") {
			t.Error("the log holds what was typed")
		}
	})
}

// Somebody else signs in at the same browser in another tab: what the first one
// typed is not saved, not shown, and not theirs.
func TestAttack76AFormOfAnotherAccountSavesNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newTypists(t, d)
		for name, f := range typings {
			p, bob := h.ready(f.who), h.people["bob"]
			at, sent := h.typed(p, f)
			theirs := bob.get("/record/timeline").text()
			before := 0
			if f.list != "" {
				before = h.saved(f)
			}
			a := bob.post(at, sent)
			a.shows(http.StatusConflict, "Somebody else typed that")
			if strings.Contains(a.Body.String(), f.said) || bob.get("/record/timeline").text() != theirs {
				t.Errorf("%s: it is saved or shown: %s", name, a.text())
			}
			if f.list != "" && h.saved(f) != before {
				t.Errorf("%s: it was saved", name)
			}
		}
	})
}

// Somebody acts for another child in another tab meanwhile: what they typed about
// the first is not added to the second.
func TestAttack76AFormAboutOneChildIsNotAddedToAnother(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newTypists(t, d)
		f := typings["a child's note"]
		p := h.ready(f.who)
		at, sent := h.typed(p, f)
		p.send("/family/act", "right", h.kim).to("/family/record")
		a := p.post(at, sent)
		a.shows(http.StatusConflict, "you changed for whom you act")
		a.hides(formWords)
		p.get("/family/record/timeline").hides(formWords)
		if h.saved(f) != 0 {
			t.Error("it was saved for somebody")
		}
		p.send("/family/stop").to("/family")
		held := p.post(at, sent)
		held.shows(http.StatusOK, "What you typed is still here", "You act for nobody now")
		h.ready(f.who)
		p.post(at, hiddenIn(held, at)).shows(http.StatusOK, formWords)
		p.post(at, sent).to("/family/record/timeline")
		if h.saved(f) != 1 {
			t.Error("it was not saved")
		}
	})
}

// oncePerAnswer are forms whose answer shows a secret this once. A second click makes
// another one, which is shown: else the browser, which shows the last answer only,
// would show none. Nobody ever has the first.
var oncePerAnswer = map[string]string{"a link": "the address of the link", "somebody to act": "the code"}

// A double click sends a form twice at the same time, and the browser's button that
// goes back lets it be sent once more later: it is saved once.
func TestADoubleClickSavesOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		h := newTypists(t, d)
		for name, f := range typings {
			if f.list == "" || oncePerAnswer[name] != "" {
				continue
			}
			before := h.saved(f)
			p := h.ready(f.who)
			at, sent := h.typed(p, f)
			two := [2]person{*p, *p}
			var wg sync.WaitGroup
			codes := [2]int{}
			for i := range two {
				two[i].cookies = map[string]*http.Cookie{}
				for k, c := range p.cookies {
					two[i].cookies[k] = c
				}
				wg.Go(func() { codes[i] = two[i].post(at, sent).Code })
			}
			wg.Wait()
			h.clock.move(time.Second)
			again := p.post(at, sent).Code
			if n := h.saved(f) - before; n != 1 {
				t.Errorf("%s: it was saved %d times, with %v and %d: %s", name, n, codes, again, h.ready(f.who).get(f.list).text())
			}
			for _, c := range append(codes[:], again) {
				if c >= http.StatusInternalServerError {
					t.Errorf("%s: %d", name, c)
				}
			}
		}
	})
}

// What has to be checked with a passkey once more is not lost on the way.
func TestAPasskeyThatWasUsedTooLongAgoKeepsWhatWasTyped(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Ann", "ann")
		p.must(s.cfg.Accounts.SetProof(t.Context(), p.account(), account.P9))
		for _, name := range []string{"a choice", "a link", "an erasure", "somebody to act"} {
			h := &typists{site: s}
			f := typings[name]
			at, sent := h.typed(p, f)
			s.clock.move(20 * time.Minute)
			held := p.post(at, sent)
			held.shows(http.StatusOK, "What you typed is still here", "We have to check that it is you", "Use my passkey")
			p.use("/check", "next", at)
			again := p.post(at, hiddenIn(held, at))
			if again.Code != http.StatusOK || !strings.Contains(again.Body.String(), f.said) {
				t.Errorf("%s: %d %s", name, again.Code, again.text())
			}
		}
	})
}
