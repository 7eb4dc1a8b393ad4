package portal

import (
	"html"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/portal/words"
)

// What stands in the record of a stranger, whom nobody in the album may look at,
// and what one person hides from one surgery. No two canaries are alike, and
// none is part of anything else.
const (
	strangerID     = "zqstranger"
	strangerName   = "Zenobia Quickthorn"
	strangerNumber = "9990008981"
	hiddenEntry    = "Canary cough of the grandmother"
)

var strangers = []string{strangerID, "Zenobia", "Quickthorn", strangerNumber, "999 000 8981", "1931-07-29", "29 July 1931",
	"17 Heron Wharf", "ZZ99 9QZ", "zenobia@example.org", "Quickthorn disease", "Quickthornol"}

// stranger writes the record of somebody whom no place in the album looks after,
// and for whom nobody acts.
func (s *site) stranger() {
	s.t.Helper()
	of := `"subject":{"reference":"Patient/` + strangerID + `"}`
	s.put(`{"resourceType":"Patient","id":"`+strangerID+`","name":[{"text":"`+strangerName+`","given":["Zenobia"],"family":"Quickthorn"}],"birthDate":"1931-07-29","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"`+strangerNumber+`"}],`+
		`"address":[{"line":["17 Heron Wharf"],"postalCode":"ZZ99 9QZ"}],"telecom":[{"system":"email","value":"zenobia@example.org"}]}`,
		`{"resourceType":"Condition","id":"`+strangerID+`c","code":{"text":"Quickthorn disease"},"recordedDate":"2026-05-01",`+of+`}`,
		`{"resourceType":"MedicationRequest","id":"`+strangerID+`m","status":"active","intent":"order","medicationCodeableConcept":{"text":"Quickthornol 5 mg"},"authoredOn":"2026-05-01",`+of+`}`)
}

// knowsItself shows that what the album may not show can be shown: the stranger
// sees their own record.
func (s *site) knowsItself(t *testing.T) {
	t.Helper()
	p := s.join("Somebody")
	p.must(s.cfg.Accounts.SetProof(t.Context(), p.account(), account.P9))
	p.must(s.cfg.Accounts.SetRecord(t.Context(), p.account(), "Patient/"+strangerID))
	p.get("/record/timeline").shows(http.StatusOK, "Quickthorn disease", "Quickthornol")
}

// hides writes an entry that an organisation may not see of a record, whose
// owner does.
func (s *site) hides(patient string, owner *person, org string) {
	s.t.Helper()
	s.put(`{"resourceType":"ClinicalImpression","id":"` + patient + `hidden","status":"completed","description":"` + hiddenEntry + `","date":"2026-05-01","subject":{"reference":"Patient/` + patient + `"}}`)
	s.forbids(patient+"hides", patient, org, "ClinicalImpression")
	owner.get("/record/ClinicalImpression/"+patient+"hidden").shows(http.StatusOK, hiddenEntry)
}

// secrets are what the person's cookies hold beside what was just done and the
// language, which are no secrets.
func (p *person) secrets() (all []string) {
	for _, c := range p.cookies {
		if name := strings.TrimPrefix(c.Name, "__Host-"); name != newsCookie && name != languageCookie && len(c.Value) > 8 {
			all = append(all, c.Value)
		}
	}
	return all
}

// neverSaid is what nobody may read on any page: traces of the machine, and words
// that people misread or that blame them (PRODUCT, content rules).
var neverSaid = regexp.MustCompile(`(?i)\bundefined\b|<no value>|<nil>|%!|\{\{|\}\}|\[object |\bNaN\b|\bgoroutine\b|\bpanic\b|runtime error|\.go:\d|` +
	`\bSELECT .* FROM\b|\bINSERT INTO\b|\bsqlite\b|\bpgx\b|\bsql:|SQLSTATE|UNIQUE constraint|context (canceled|deadline)|unexpected EOF|` +
	`/(tmp|root|home|work|var|usr)/|\b(Patient|Practitioner|Organization|Condition|Observation|Encounter|Person|RelatedPerson)/[A-Za-z0-9]|urn:uuid:|` +
	`\b(abnormal|failed|invalid|oops|please|illegal)\b`)

// neverInside is what may not stand in the source of any page: what the templates
// refuse to write, what is run or drawn from the page itself, and files of other
// hosts.
var neverInside = regexp.MustCompile(`ZgotmplZ|(?i)<script[^>]*>[^<]|<style|\son[a-z]+=|\sstyle=|javascript:|<(iframe|object|embed|base|applet)\b|` +
	`(src|srcset|action|data|poster|formaction)="(https?:)?//|<link[^>]*href="(https?:)?//|url\("?(https?:)?//|@import|frutiger|<img\b|<!--`)

// typed is what somebody may change on a page, which is not what the page says:
// staff put an entry right as it is written for programs.
var typed = regexp.MustCompile(`(?s)<textarea[^>]*>.*?</textarea>`)

// withBody is an answer with another body.
func withBody(body string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	_, _ = w.WriteString(body)
	return w
}

// ofTheNHS finds the name where it could be taken for ours. Its number is what
// people call it, and every page says at its end that we are not part of it.
var ofTheNHS = regexp.MustCompile(`\bNHS\b( numbers?\b)?`)

// What must not appear is on no page in any state: data of somebody whom the
// reader may not see, what a person hides, secrets of anybody, traces of the
// machine, words that hurt, and the name of the NHS as ours.
func TestWhatMustNotAppearIsOnNoPage(t *testing.T) {
	all, held := states(t), map[string]bool{}
	for _, st := range all {
		for _, secret := range st.held {
			held[secret] = true
		}
	}
	if len(held) < 50 {
		t.Errorf("only %d secrets were held", len(held))
	}
	for _, st := range all {
		body := html.UnescapeString(st.page.Body.String())
		text := answer{withBody(typed.ReplaceAllString(st.page.Body.String(), "")), st.page.p}.text()
		say := func(format string, args ...any) { t.Helper(); t.Errorf(st.route+", "+st.name+": "+format, args...) }
		for _, bad := range strangers {
			if strings.Contains(body, bad) {
				say("it tells of a stranger: %s", bad)
			}
		}
		if strings.Contains(body, hiddenEntry) || strings.Contains(body, "folderhidden") {
			if !strings.HasPrefix(st.route, "GET /record/") && !strings.HasPrefix(st.route, "POST /record/") {
				say("it shows what is hidden from its reader")
			}
		}
		for secret := range held {
			if strings.Contains(body, secret) {
				say("it holds the secret of a cookie")
			}
		}
		if found := neverSaid.FindString(text); found != "" {
			say("it says %q", found)
		}
		if found := neverInside.FindString(st.page.Body.String()); found != "" {
			say("its source has %q", found)
		}
		footer := words.English().Footer
		if !strings.Contains(text, footer) {
			say("it does not say that it is not part of the NHS")
		}
		text = strings.ReplaceAll(text, footer, "")
		if st.route == "GET /health-a-to-z/{id}" {
			continue // which name whose texts and guidance their facts were held against
		}
		for _, at := range ofTheNHS.FindAllStringSubmatchIndex(text, -1) {
			if at[2] < 0 {
				say("it names the NHS: %s", text[max(0, at[0]-30):min(len(text), at[1]+30)])
			}
		}
	}
}

// shownOnce are the pages that show a secret, which is seen there and never again.
var shownOnce = map[string]bool{
	"POST /account/codes/new": true, "POST /account/app/new": true, "POST /account/app/confirm": true,
	"POST /operator/organisations/{id}/invite": true, "POST /operator/clients/add": true, "POST /operator/clients/{id}/rotate": true,
	"POST /family/invite": true, "POST /record/links/new": true,
}

var secretShown = regexp.MustCompile(`<code class="bevan-shown">([^<]+)</code>`)

// A secret that a page shows is on no page of another kind: not a recovery code,
// the key of an app for codes, an invitation, the secret of an app or a link.
// What a person types as a passcode is on none at all.
func TestASecretIsShownOnItsOwnPageOnly(t *testing.T) {
	all, of := states(t), map[string]string{}
	for _, st := range all {
		if !shownOnce[st.route] {
			continue
		}
		for _, m := range secretShown.FindAllStringSubmatch(st.page.Body.String(), -1) {
			if !strings.HasPrefix(m[1], "app-") { // the name of an app, which is no secret
				of[html.UnescapeString(m[1])] = st.route
			}
		}
	}
	if len(of) < 15 {
		t.Fatalf("only %d secrets are shown", len(of))
	}
	for _, st := range all {
		body := html.UnescapeString(st.page.Body.String())
		for secret, route := range of {
			if strings.Contains(body, secret) && st.route != route && !(shownOnce[st.route] && strings.HasPrefix(st.route, "POST /account/app/")) {
				t.Errorf("%s, %s: it shows a secret of %s", st.route, st.name, route)
			}
		}
		if strings.Contains(body, "tulip42") {
			t.Errorf("%s, %s: it shows a passcode", st.route, st.name)
		}
	}
}
