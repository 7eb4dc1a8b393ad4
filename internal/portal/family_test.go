package portal

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/notify"
)

// A parent acts for a child: the band stands above every page, the record shows
// what they may see, and the log names the right. At the birthday it is less in
// the same session.
func TestAParentActsForAChild(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.proven("Ann Hill", "ann2", numberAnn)
		s.child("Sam Hill", "sam2", "2015-05-04", numberSam) // eleven tomorrow
		d := ann.parentOf("sam2")
		ann.get("/account").shows(http.StatusOK, "Family and people I help")
		ann.get("/family").shows(http.StatusOK, "Sam Hill", "see the record, book, ask and add to it", "Until 4 May 2026, 12:00am", "Act for Sam Hill", "Nobody can act for you.")
		ann.get("/family").hides("You are acting for")
		ann.get("/family/record").to("/family")
		s.looks()
		ann.send("/family/act", "right", d.ID).to("/family/record")
		a := ann.get("/family/record")
		a.shows(http.StatusOK, "You are acting for Sam Hill", "Stop acting for them", "You act for them now.", "Record of Sam Hill", "MMR vaccine", "3 February 2020", "Secret rash", "Not known", "Check of the ears", "1 June 2026", "Hearing test")
		looks := s.looks()
		if !slices.ContainsFunc(looks, func(e audit.Entry) bool {
			return e.Who.Role == access.RoleProxy && e.Who.Mandate == d.ID && e.Who.Actor == staff.Actor(ann.account()) && e.Purpose == access.Proxy && e.Person != 0 && e.Who.For == e.Person
		}) {
			t.Errorf("the log does not name the right: %+v", looks)
		}
		for _, path := range []string{"/account", "/", "/no-such-page", "/family"} {
			p := ann.get(path)
			p.shows(p.Code, "You are acting for Sam Hill")
		}
		other := ann.elsewhere()
		other.get("/account").hides("You are acting for") // another session acts for nobody

		s.clock.move(9*time.Hour + 30*time.Minute) // to midnight; the session has to be begun again
		ann = ann.elsewhere()
		ann.send("/family/act", "right", d.ID).to("/family/record")
		a = ann.get("/family/record")
		a.shows(http.StatusOK, "MMR vaccine", "Check of the ears")
		a.hides("Secret rash", "Hearing test")
		ann.get("/family").shows(http.StatusOK, "see the record, book and ask")
		ann.send("/family/stop").to("/family")
		ann.get("/family").hides("You are acting for Sam Hill")
	})
}

// Somebody asks a friend to act for them: a code that is shown once, taken by
// the friend in their own account, and ended without a word.
func TestSomebodyLetsAFriendAct(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.proven("Ann Hill", "ann2", numberAnn)
		bob := s.proven("Bob Dale", "", "")
		ann.addressed("ann@example.org")
		bob.addressed("bob@example.org")
		shown := ann.send("/family/invite", "name", "Bob", "kind", "friend", "may", "ask", "ends", "1", "endsmonth", "3", "endsyear", "2027")
		shown.shows(http.StatusOK, "Give them this code", "You see it this once.", origin+"/family/code")
		code := shown.find(`<code class="bevan-shown">([a-z0-9-]{23})</code>`)
		ann.get("/family").hides(code, code[6:])
		ann.get("/family").shows(http.StatusOK, "Codes you gave that nobody has used", "Take it back")
		bob.send("/family/code", "code", "zzzzz-zzzzz-zzzzz-zzzzz").shows(http.StatusUnprocessableEntity, "This is not a code that can be used.")
		bob.send("/family/code", "code", strings.ToUpper(code)).to("/family")
		if k := s.kinds(); !slices.Contains(k, notify.MandateGiven) || !slices.Contains(k, notify.MandateTaken) {
			t.Errorf("they were told %v", k)
		}
		bob.get("/family").shows(http.StatusOK, "You can act for them now.", "Ann Hill", "see the record, book and ask", "Until 2 March 2027")
		right := bob.get("/family").find(`name="right" value="([a-z0-9]+)"`)
		bob.send("/family/act", "right", right).to("/family/record")
		bob.get("/family/record").shows(http.StatusOK, "Record of Ann Hill", "Secret rash")
		one := ann.get("/family").find(`"(/family/given/[a-z0-9]+)"`)
		ann.get(one).shows(http.StatusOK, "Friend or neighbour", "The person said yes")
		ann.get(one+"/end").shows(http.StatusOK, "We do not tell them.")
		ann.send(one + "/end").to("/family")
		ann.get("/family").shows(http.StatusOK, "That right was ended.", "Nobody can act for you.")
		bob.get("/family/record").to("/family")
		a := bob.get("/family")
		a.shows(http.StatusOK, "There is nobody you can act for.")
		a.hides("Ann Hill", "You are acting for", "stopped", "ended")
		if k := s.kinds(); len(k) != 0 {
			t.Errorf("they were told %v", k)
		}
		if strings.Contains(s.log.String(), code[6:]) {
			t.Error("the code is in the log")
		}
	})
}

// addressed adds an address that is told.
func (p *person) addressed(address string) {
	p.t.Helper()
	at := p.send("/account/addresses/add", "address", address).Header().Get("Location")
	for _, m := range p.s.mail() {
		if m.Address == address && m.Code != "" {
			p.send(at, "code", m.Code).to("/account/addresses")
		}
	}
	p.s.mail()
}

// Giving, and taking a right, wants a passkey that was used of late; ending and
// pausing do not.
func TestRightsNeedAFreshPasskey(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.proven("Ann Hill", "ann2", numberAnn)
		s.child("Sam Hill", "sam2", "2020-05-04", numberSam)
		d := ann.parentOf("sam2")
		s.clock.move(20 * time.Minute)
		ann.get("/family/invite").to("/check?next=%2Ffamily%2Finvite")
		ann.send("/family/invite", "name", "Bob", "kind", "friend", "may", "look").to("/check?next=%2Ffamily%2Finvite")
		ann.get("/family/code").to("/check?next=%2Ffamily%2Fcode")
		ann.send("/family/act", "right", d.ID).to("/check?next=%2Ffamily")
		ann.get("/family/resume").to("/check?next=%2Ffamily%2Fresume")
		ann.send("/family/pause").to("/family")
		ann.get("/family").shows(http.StatusOK, "Nobody can act for you now. They were not told.")
		ann.send("/family/held/" + d.ID + "/leave").to("/family")
		weak := s.join("Weak")
		weak.get("/family/invite").shows(http.StatusForbidden, "This needs proof of who you are.")
		weak.get("/family/code").shows(http.StatusForbidden, "This needs proof of who you are.")
		weak.send("/family/act", "right", d.ID).shows(http.StatusForbidden, "This needs proof of who you are.")
	})
}

// Attack 74, on the pages: to a parent who was stopped every page is as to one
// who never had the right, to the byte.
func TestAttack74PagesOfAStoppedParentAreThoseOfAStranger(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, op, org := hospitalOf(t, d)
		s.child("Sam Hill", "sam2", "2020-05-04", numberSam)
		ann, eve := s.proven("Ann Hill", "", ""), s.proven("Eve Hill", "", "")
		m := ann.parentOf("sam2")
		ann.send("/family/act", "right", m.ID).to("/family/record")
		ann.get("/family/record").shows(http.StatusOK, "MMR vaccine")
		nurse := s.worker(op, org, staff.Clinician)
		nurse.send("/staff/rights/"+m.ID+"/stop", "safety", "yes", "why", "a worry about safety").to("/staff/rights/" + m.ID)
		nurse.get("/staff/rights/"+m.ID).shows(http.StatusOK, "Stopped until looked at", "To keep somebody safe", "a worry about safety")
		body := func(p *person, a answer) string {
			return strings.NewReplacer("Ann", "Eve").Replace(a.Body.String()) + a.Header().Get("Location") + http.StatusText(a.Code)
		}
		for _, path := range []string{"/family", "/family/record", "/family/held/" + m.ID + "/leave", "/family/given/" + m.ID, "/account", "/"} {
			if got, want := body(ann, ann.get(path)), body(eve, eve.get(path)); stripID(got) != stripID(want) {
				t.Errorf("%s of the one who was stopped: %s\nof a stranger: %s", path, got, want)
			}
		}
		for _, path := range []string{"/family/act", "/family/held/" + m.ID + "/leave", "/family/given/" + m.ID + "/end"} {
			if got, want := body(ann, ann.send(path, "right", m.ID)), body(eve, eve.send(path, "right", m.ID)); stripID(got) != stripID(want) {
				t.Errorf("%s of the one who was stopped: %s\nof a stranger: %s", path, got, want)
			}
		}
		for _, said := range []string{"worry", "Stopped", "stopped", "suspend"} {
			ann.get("/family").hides(said)
		}
	})
}

// stripID takes the number of the request out of a page.
func stripID(page string) string {
	i := strings.Index(page, "give this number")
	if i < 0 {
		return page
	}
	j := strings.Index(page[i:], "</p>")
	return page[:i] + page[i+max(j, 0):]
}

// Staff give a right with a paper, after the checks, and never about themselves.
func TestStaffGiveARight(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, op, org := hospitalOf(t, d)
		s.child("Sam Hill", "sam2", "2020-05-04", numberSam)
		ann := s.proven("Ann Hill", "ann2", numberAnn)
		for _, role := range []staff.Role{staff.Clinician, staff.CareCoordinator, staff.Administrator} {
			s.worker(op, org, role).get("/staff").shows(http.StatusOK, "Who acts for whom")
		}
		nurse := s.worker(op, org, staff.Clinician)
		nurse.send("/staff/family", "number", numberSam).to("/staff/family/sam2")
		nurse.get("/staff/family/sam2").shows(http.StatusOK, "Sam Hill", "Nobody was given a right.", "Nothing was decided yet.")
		give := "/staff/family/sam2/give"
		nurse.send(give, "number", numberAnn, "kind", "parent", "basis", "parental-responsibility", "may", "manage").shows(http.StatusUnprocessableEntity, "This needs a paper.")
		nurse.send(give, "number", numberAnn, "kind", "attorney", "basis", string(mandate.Attorney), "may", "manage", "paper", "LPA").shows(http.StatusUnprocessableEntity, "They are too young for that.")
		nurse.send(give, "number", numberSam, "kind", "parent", "basis", "parental-responsibility", "may", "manage", "paper", "BRTH").shows(http.StatusUnprocessableEntity, "Nobody needs a right to act for themself.")
		nurse.send(give, "number", numberAnn, "kind", "parent", "basis", "parental-responsibility", "may", "manage", "paper", "BRTH").to("/staff/family/sam2")
		nurse.get("/staff/family/sam2").shows(http.StatusOK, "The right was given.", "Ann Hill, Parent", "Works")
		ann.get("/family").shows(http.StatusOK, "Act for Sam Hill")
		right := nurse.get("/staff/family/sam2").find(`"(/staff/rights/[a-z0-9]+)"`)
		nurse.get(right).shows(http.StatusOK, "Birth certificate")
		nurse.send(right+"/stop", "safety", "no", "why", "to look at it").to(right)
		ann.get("/family").hides("Sam Hill")
		nurse.send(right+"/back", "why", "it is right").to(right)
		ann.get("/family").shows(http.StatusOK, "Act for Sam Hill")
		nurse.send(right+"/end", "reason", "", "why", "x").shows(http.StatusUnprocessableEntity, "Choose why it ends from the list.")
		nurse.send(right+"/end", "reason", string(mandate.Changed), "why", "no parent").to(right)
		ann.get("/family").hides("Sam Hill")
		nurse.send(right+"/back", "why", "it is right").shows(http.StatusUnprocessableEntity)

		// Nobody decides about themselves.
		nurse.must(s.cfg.Accounts.SetRecord(t.Context(), nurse.account(), "Patient/nurse2"))
		number := "9990007101"
		s.child("Ada Obi", "nurse2", "1980-01-01", number)
		nurse.send(give, "number", number, "kind", "parent", "basis", "parental-responsibility", "may", "manage", "paper", "BRTH").shows(http.StatusUnprocessableEntity, "This is about your own account.")
		nurse.send("/staff/family/nurse2/give", "number", numberAnn, "kind", "friend", "basis", "consent", "may", "look").shows(http.StatusUnprocessableEntity, "This is about your own account.")
	})
}

// Attack 73: what somebody is told outside of the pages says nothing about
// anybody's health, name or right.
func TestAttack73NoMessageSaysWhatIsInARecord(t *testing.T) {
	for _, k := range []notify.Kind{notify.MandateGiven, notify.MandateTaken, notify.MandateChanges} {
		m := notify.Message{Kind: k, At: time.Unix(0, 0)}
		said := strings.ToLower(notify.House{Service: "Bevan", Site: origin}.Text(m) + notify.House{}.Subject(m))
		for _, bad := range []string{"appointment", "visit", "clinic", "child", "parent", "safeguard", "suspend", "health", "doctor", "sam"} {
			if strings.Contains(said, bad) {
				t.Errorf("%s says %q: %s", k, bad, said)
			}
		}
	}
}
