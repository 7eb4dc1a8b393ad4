package portal

import (
	"encoding/csv"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/validate"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/names"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/record"
)

// The list says in plain words who looked, for whom, with what, at what and what
// came of it; who is not known is called so, and no id of anybody is on it.
func TestThePersonSeesWhoLooked(t *testing.T) {
	eachOperated(t, func(t *testing.T, s *site, op *person) {
		s.patient("Zed", "zed")
		p := s.linked("Ann", "ann")
		s.mischief(op, "ann")
		list := p.get("/record/looked")
		list.shows(http.StatusOK,
			"Dr Ada Obi, Valley Hospitals, with the app Heart App",
			"Opened: Results, measurements and answers (observations) . They were shown 1 entry.",
			"Opened: Results, measurements and answers (observations) . Nothing was there that they may see.",
			"Somebody who runs this service", "The program Heart App",
			"This service itself: it took data out, for somebody who runs this service",
			"This service itself: it looked whose record this is",
			"Somebody with another account", "They tried, and were refused.",
			"Somebody at work, whose name is not known, Not known")
		list.hides("account:", "token:", "client:", "stranger", "somebody@", "gone")
		list.hides("You, with the app")
		p.get("/record/looked?whose=all").shows(http.StatusOK, "You, with the app Heart App", "Searched: Who looked at your record")
		p.get("/").shows(http.StatusOK, "See everybody who looked", "Somebody at work, whose name is not known", "Somebody with another account")
		s.person().get("/").hides("See everybody who looked")
		s.join("New").get("/").hides("See everybody who looked")

		one := p.get(list.looked("Opened: Results[^<]*</a>. They were shown"))
		one.shows(http.StatusOK, "Who Dr Ada Obi, Valley Hospitals, with the app Heart App", "For which organisation Valley Hospitals", "With which app Heart App",
			"Why To care for you", "It was done. They were shown 1 entry.", "Staff may see the record of somebody whom they care for.", "anna", "Ask about this")
		refused := p.get(list.looked("Opened your record"))
		refused.shows(http.StatusOK, "They could not: they may see one record, and it is another one.", "They were shown nothing of your record.")
		refused.hides("account:")

		same := p.get(strings.ReplaceAll(one.find(`href="([^"]*like=[^"]*)"`), "&amp;", "&"))
		same.shows(http.StatusOK, "Dr Ada Obi", "Show everything again")
		same.hides("Somebody who runs this service", "The program Heart App")
		p.get(strings.ReplaceAll(one.find(`href="([^"]*organisation=[^"]*)"`), "&amp;", "&")).hides("Somebody who runs this service", "Not known")
		p.get("/record/looked?kind=Encounter").shows(http.StatusOK, "Visits")
		p.get("/record/looked?kind=Encounter").hides("Opened: Results")
		p.get("/record/looked?outcome=refused").hides("They were shown 1 entry")
		p.get("/record/looked?why=export").shows(http.StatusOK, "it took data out")
		p.get("/record/looked?why=export").hides("Dr Ada Obi")
		p.get("/record/looked?from=1&frommonth=1&fromyear=2100").shows(http.StatusOK, "Nothing here is like what you chose.")
		p.get("/record/looked?after=nonsense").shows(http.StatusBadRequest)
	})
}

// A long list comes in pages that hold each look once.
func TestTheListOfLooksHasPages(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	p := s.linked("Ann", "ann")
	for range 60 {
		s.looksAs(access.Operator("token:x"), access.Operations, "ann", "Patient", "ann")
	}
	seen := map[string]bool{}
	link := regexp.MustCompile(`<li>[^<]*<a href="/record/looked/([a-z0-9]+)">Opened: Who`)
	for path, pages := "/record/looked", 0; path != ""; pages++ {
		a := p.get(path)
		for _, m := range link.FindAllStringSubmatch(a.Body.String(), -1) {
			if seen[m[1]] {
				t.Errorf("%s comes twice", m[1])
			}
			seen[m[1]] = true
		}
		path = ""
		if m := regexp.MustCompile(`<a href="([^"]*after=[^"]*)">Show more`).FindStringSubmatch(a.Body.String()); m != nil && pages < 20 {
			path = strings.ReplaceAll(m[1], "&amp;", "&")
		}
	}
	if len(seen) != 60 {
		t.Errorf("%d looks were seen", len(seen))
	}
}

// Whose record is not known, or who signed in weakly, sees no list; and nobody
// sees an entry of another, whatever they do with its id.
func TestTheListIsForItsPersonOnly(t *testing.T) {
	eachOperated(t, func(t *testing.T, s *site, op *person) {
		s.patient("Zed", "zed")
		p, bob := s.linked("Ann", "ann"), s.linked("Bob", "bob")
		s.mischief(op, "ann")
		one := p.get("/record/looked").looked("Opened: Results")
		bob.get(one).shows(http.StatusNotFound, "There is no such entry in your record.")
		bob.get(one + "/ask").shows(http.StatusNotFound)
		bob.send(one+"/ask", "question", "Why?").shows(http.StatusNotFound)
		bob.get("/record/looked?like=" + one[len("/record/looked/"):]).shows(http.StatusNotFound)
		bob.get("/record/looked?whose=all").hides("Dr Ada Obi", "anna")
		lost := s.join("Cal")
		lost.get("/record/looked").shows(http.StatusForbidden, "Prove your identity first")
		lost.must(s.cfg.Accounts.SetProof(t.Context(), lost.account(), account.P9))
		lost.get("/record/looked").shows(http.StatusForbidden, "Your account is not linked to a record yet.")
		s.fails = true
		p.get("/record/looked").shows(http.StatusServiceUnavailable)
		p.get("/record/looked").hides("Dr Ada Obi")
		p.get("/").shows(http.StatusOK, "Go to my account") // the first page goes without
		s.fails = false
		codes := p.codes()
		weak := s.person()
		weak.send("/sign-in/recovery", "code", codes[0]).to("/account/passkeys/add")
		weak.get("/record/looked").hides("Dr Ada Obi", "Everybody but me")
		weak.get("/").hides("See everybody who looked")
	})
}

// The list is taken along as a table or as FHIR, with a passkey that was used of
// late; a name never becomes a formula.
func TestTheListIsTakenAlong(t *testing.T) {
	eachOperated(t, func(t *testing.T, s *site, op *person) {
		s.patient("Zed", "zed")
		p := s.linked("Ann", "ann")
		org, _ := s.mischief(op, "ann")
		bad := s.hire(op, org, "=cmd|' /C calc'!A0", staff.Clinician)
		s.looksAs(s.carer(bad, org, "ann", s.app("Heart App")), access.Care, "ann", "Observation", "anna")
		a := p.send("/record/looked/download", "as", "table")
		lines, err := csv.NewReader(a.Body).ReadAll()
		if err != nil || len(lines) < 9 || a.Header().Get("Content-Type") != "text/csv; charset=utf-8" || !strings.HasPrefix(a.Header().Get("Content-Disposition"), "attachment") {
			t.Fatalf("%d lines, %v, %v", len(lines), err, a.Header())
		}
		found := false
		for _, l := range lines {
			for _, cell := range l {
				found = found || strings.HasPrefix(cell, "'=cmd")
				if strings.HasPrefix(cell, "=") || strings.Contains(cell, "account:") {
					t.Errorf("a cell is %q", cell)
				}
			}
		}
		if !found {
			t.Errorf("the name is not there: %v", lines)
		}
		a = p.send("/record/looked/download", "as", "fhir")
		all := strings.Split(strings.TrimSuffix(a.Body.String(), "\n"), "\n")
		if len(all) < len(lines)-1 || a.Header().Get("Content-Type") != "application/fhir+ndjson" {
			t.Fatalf("%d events, %v", len(all), a.Header())
		}
		for _, l := range all {
			tree, err := fhir.Parse([]byte(l), fhir.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			for _, is := range validate.Resource(tree, validate.Options{}) {
				t.Errorf("%s: %s in %s", is.Path, is.Message, l)
			}
			if strings.Contains(l, `"zed"`) || strings.Contains(l, "Patient/zed") || strings.Contains(l, "stranger") || strings.Contains(l, "account:somebody") {
				t.Errorf("an event tells of somebody else: %s", l)
			}
		}
		p.send("/record/looked/download", "as", "else").shows(http.StatusUnprocessableEntity)
		s.clock.move(6 * time.Minute)
		p.get("/record/looked/download").to("/check?next=%2Frecord%2Flooked%2Fdownload")
		p.send("/record/looked/download", "as", "table").to("/check?next=%2Frecord%2Flooked%2Fdownload")
	})
}

// A question goes to the organisation that looked and to nobody else's, and its
// answer comes back; the message about it says nothing of either.
func TestAQuestionAboutALook(t *testing.T) {
	eachOperated(t, func(t *testing.T, s *site, op *person) {
		s.patient("Zed", "zed")
		p := s.linked("Ann", "ann")
		at := p.send("/account/addresses/add", "address", "ann@example.org").Header().Get("Location")
		p.send(at, "code", s.mail()[0].Code).to("/account/addresses")
		org, _ := s.mischief(op, "ann")
		other := op.hospital("RXO")
		here, there := s.hire(op, org, "Olu Hill", staff.Auditor), s.hire(op, other, "Ida Dale", staff.Auditor)
		here.workAs(staff.Auditor)
		there.workAs(staff.Auditor)
		s.mail()

		list := p.get("/record/looked")
		one := list.looked("Opened: Results")
		p.get(one+"/ask").shows(http.StatusOK, "Your question goes to Valley Hospitals.", "You get an answer within 28 days.")
		p.send(one+"/ask", "question", "Why? <b>I was away.</b>").to("/record/questions")
		mine := p.get("/record/questions").find(`href="(/record/questions/[a-z0-9]+)"`)
		p.get(mine).shows(http.StatusOK, "It waits to be read", "Why? <b>I was away.</b>")
		theirs := here.get("/history/questions").find(`href="(/history/questions/[a-z0-9]+)"`)
		there.get("/history/questions").shows(http.StatusOK, "No question waits.")
		there.get(theirs).shows(http.StatusNotFound)
		there.send(theirs, "answer", "Hm.").shows(http.StatusNotFound)
		here.get(theirs).shows(http.StatusOK, "Why? <b>I was away.</b>", "Dr Ada Obi, Valley Hospitals", "To care for you")
		here.get(theirs).hides("Ash", "1950") // who asks is not in it
		p.get(mine).shows(http.StatusOK, "They have read it")
		s.clock.move(29 * 24 * time.Hour)
		op.signIn()
		op.workAs(staff.Operator)
		op.get("/history/questions").shows(http.StatusOK, "Late: it should be answered by now")
		op.send(theirs, "answer", "She read a result that came in for you.").to("/history/questions")
		mail := s.mail()
		if !slices.ContainsFunc(mail, func(m notify.Message) bool { return m.Kind == notify.QuestionAnswered }) {
			t.Errorf("the mail is %v", mail)
		}
		for _, m := range mail {
			if text := (notify.House{Service: "Bevan", Site: origin}).Text(m); strings.Contains(text, "result") || strings.Contains(text, "away") || strings.Contains(text, "Ada") {
				t.Errorf("a message says %s", text)
			}
		}
		p.signIn()
		p.get(mine).shows(http.StatusOK, "Answered", "She read a result that came in for you.")
		s.linked("Bob", "bob").get(mine).shows(http.StatusNotFound, "There is no such question here.")

		// What nobody's organisation did is asked of those who run the service.
		p.get(list.looked("Opened: Who you are")+"/ask").shows(http.StatusOK, "Your question goes to the people who run this service.")
		p.send(list.looked("Opened: Who you are")+"/ask", "question", "Why did you look?").to("/record/questions")
		op.get("/history/questions").shows(http.StatusOK, "It waits to be read")
	})
}

// Everything that the log may say is said in words: each verb, purpose, sort of
// actor and rule.
func TestEveryLookHasWords(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	v := &visit{p: s.Portal}
	for verb := access.Verb(1); verb <= access.AllVerbs; verb <<= 1 {
		l := record.Look{}
		l.Verb, l.Type, l.Outcome, l.Total = verb, "Patient", 200, -1
		if got := v.whatText(&l); !strings.HasSuffix(got, ": Who you are: name, birthday, address") || got[0] == ':' {
			t.Errorf("%v is %q", verb, got)
		}
		for _, outcome := range []int{200, 403, 404, 410, 503} {
			l.Outcome = outcome
			if v.noteText(&l) == "" || v.becameText(&l) == "" {
				t.Errorf("%d has no words", outcome)
			}
		}
	}
	for p := access.Unstated; p <= access.Research; p++ {
		if s.words.Looked.Purposes[p.String()] == "" {
			t.Errorf("%v has no words", p)
		}
	}
	for sort := names.Somebody; sort <= names.Service; sort++ {
		if got := v.whoText(names.Named{Sort: sort}); strings.TrimSpace(got) == "" || strings.HasSuffix(got, " ") {
			t.Errorf("an actor of the sort %d is %q", sort, got)
		}
	}
	if got := v.ruleText("a-new-rule"); got != "A rule with the name a-new-rule" {
		t.Errorf("a rule that has no words is %q", got)
	}
	if got := v.kindText("NewType"); got != "NewType" {
		t.Errorf("a type that has no words is %q", got)
	}
}
