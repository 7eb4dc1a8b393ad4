package portal

import (
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/seal"
)

// eachOperated runs a test on both databases, with an operator who is signed in.
func eachOperated(t *testing.T, test func(t *testing.T, s *site, op *person)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d, origin)
		test(t, s, s.setUp())
	})
}

// Nobody acts who has not said where: one place is chosen like many. The
// choice stands above every page, can be changed and left, and ends with the
// session.
func TestStaffChooseWhereTheyAct(t *testing.T) {
	eachOperated(t, func(t *testing.T, s *site, op *person) {
		op.get("/set-up/done").shows(http.StatusOK, "Choose where I work")
		op.get("/account").shows(http.StatusOK, "Where I work")
		op.get("/account").hides("Olu Operator: Operator at")
		op.get("/operator/clients").to("/staff?next=%2Foperator%2Fclients")
		op.send("/operator/organisations/add", "code", "RXH", "name", "X").shows(http.StatusForbidden, "Choose where you work, then go on.")
		op.get("/staff?next=/operator/clients").shows(http.StatusOK, "Service team", "Work as Operator")
		one, err := s.cfg.Staff.PlacesOf(t.Context(), op.account())
		op.must(err)
		op.send("/staff", "place", one[0].Member, "next", "/operator/clients").to("/operator/clients")
		for _, path := range []string{"/operator/clients", "/account", "/", "/no-such-page"} {
			a := op.get(path)
			a.shows(a.Code, "Olu Operator: Operator at Service team", "Change where I work", "Stop work")
		}
		org := op.hospital("RXH")
		_, err = s.cfg.Staff.AddMember(t.Context(), staff.Member{Account: op.account(), Organisation: org, Role: staff.Clinician}, "console:root")
		op.must(err)
		op.workAs(staff.Clinician)
		op.get("/staff").shows(http.StatusOK, "Olu Operator: Clinician at Valley Hospitals", "You work here now.")
		op.get("/operator").shows(http.StatusForbidden, "The role in which you work now does not have this page.")
		op.send("/staff/leave").to("/staff")
		op.get("/staff").shows(http.StatusOK, "You are not at work now.", "Work as Clinician")
		op.get("/staff").hides("Olu Operator: Clinician at", "You work here now.")
		op.get("/operator").to("/staff?next=%2Foperator")

		op.workAs(staff.Operator)
		other := op.elsewhere()
		other.get("/operator").to("/staff?next=%2Foperator") // another session acts nowhere
		op.get("/operator").shows(http.StatusOK, "Run this service")
		s.clock.move(30 * time.Minute)
		op.get("/operator").to("/sign-in?next=%2Foperator")
		op.use("/sign-in", "next", "/operator").to("/operator")
		op.get("/operator").to("/staff?next=%2Foperator")

		ann := s.join("Ann")
		ann.get("/staff").shows(http.StatusOK, "You have no place to work here.")
		ann.get("/account").hides("Where I work")
		ann.send("/staff", "place", one[0].Member).shows(http.StatusForbidden, "You no longer work there in that role.")
		ann.get("/operator").to("/staff?next=%2Foperator")
	})
}

// pageOf is the page of staff that a path belongs to; "" for everybody's.
func pageOf(path string) staff.Page {
	switch {
	case strings.HasPrefix(path, "/operator"):
		return staff.Operate
	case path == "/history", strings.HasPrefix(path, staffEnquiriesAt):
		return staff.History
	case strings.HasPrefix(path, staffFamilyAt), strings.HasPrefix(path, staffRightsAt):
		return staff.Family
	case strings.HasPrefix(path, deskAt):
		return staff.Desk
	case strings.HasPrefix(path, questionsAt), strings.HasPrefix(path, linksAt):
		return staff.Merge
	case strings.HasPrefix(path, launchAt), strings.HasPrefix(path, peopleAt), strings.HasPrefix(path, listAt),
		strings.HasPrefix(path, recallAt), strings.HasPrefix(path, coverageAt), strings.HasPrefix(path, notesAt):
		return staff.Launch
	case strings.HasPrefix(path, toCorrectAt):
		return staff.Correct
	case strings.HasPrefix(path, emergencyAt), strings.HasPrefix(path, emergenciesAt):
		return staff.Emergency
	case strings.HasPrefix(path, reviewsAt):
		return staff.Review
	}
	return ""
}

// Every role against every page of staff: what the table of roles does not give
// is refused, shows nothing and changes nothing.
func TestEachRoleHasItsPagesAndNoOther(t *testing.T) {
	eachOperated(t, func(t *testing.T, s *site, op *person) {
		op.workAs(staff.Operator)
		org := op.hospital("RXH")
		_, err := s.cfg.Staff.AddTeam(t.Context(), "console:root", org, "Night nurses")
		op.must(err)
		everybody := map[staff.Role]*person{"": s.join("Ann")}
		for _, r := range staff.Roles() {
			p := s.hire(op, org, "Somebody", r)
			p.must(s.cfg.Accounts.SetProof(t.Context(), p.account(), account.P9)) // what emergencies need
			p.workAs(r)
			everybody[r] = p
		}
		place := op.get("/operator/organisations/" + org + "/staff").find(`"/operator/places/([a-z0-9]+)"`)
		fill := strings.NewReplacer("places/{id}", "places/"+place, "{id}", org, "{team}", "nothing", "{person}", "nothing", "{type}", "Observation", "{n}", "0", "{test}", "nothing")
		for _, r := range routes { // no page of staff is left out below
			if _, path, _ := strings.Cut(r.pattern, " "); strings.HasPrefix(path, "/staff/") && path != "/staff/leave" && pageOf(path) == "" {
				t.Errorf("%s is of no page that roles have", path)
			}
		}
		before, walked := staffRows(t, s.db), 0
		for role, p := range everybody {
			for _, r := range routes {
				method, path, _ := strings.Cut(r.pattern, " ")
				page := pageOf(path)
				if page == "" || role.May(page) {
					continue
				}
				walked++
				path = fill.Replace(path)
				a := p.get(path)
				if method == http.MethodPost {
					a = p.send(path, "code", "RXZ", "name", "Theirs", "role", "operator", "reason", "because", "profile", "smart", "proof", "none", "redirects", "https://a.example/", "scopes", "patient/*.rs")
				}
				if role == "" && method == http.MethodGet {
					a.to("/staff?next=" + strings.ReplaceAll(path, "/", "%2F"))
					continue
				}
				a.shows(http.StatusForbidden)
				a.hides("Valley Hospitals\n", "Night nurses", "Theirs")
			}
		}
		if after := staffRows(t, s.db); after != before {
			t.Errorf("before: %s\nafter:  %s", before, after)
		}
		if walked < 200 {
			t.Errorf("only %d were walked", walked)
		}
		for _, role := range staff.Roles() {
			for _, r := range routes {
				method, path, _ := strings.Cut(r.pattern, " ")
				if page := pageOf(path); page == "" || !role.May(page) || method != http.MethodGet || strings.Contains(path, "{person}") { // whose record they may open is for the record to say
					continue
				}
				if a := everybody[role].get(fill.Replace(path)); a.Code == http.StatusForbidden || a.Code == http.StatusSeeOther {
					t.Errorf("%s is refused %s: %d", role, path, a.Code)
				}
			}
		}
	})
}

// staffRows is what the tables of staff and clients hold, in short.
func staffRows(t *testing.T, d *db.DB) string {
	t.Helper()
	var b strings.Builder
	for _, q := range []string{"SELECT name FROM organisation ORDER BY id", "SELECT name FROM team ORDER BY id", "SELECT ended_by FROM member ORDER BY id", "SELECT name FROM client ORDER BY id",
		"SELECT id FROM staff_invitation WHERE withdrawn = 0 AND tries = 0 ORDER BY id", "SELECT what FROM staff_deed ORDER BY seq", "SELECT acting FROM session ORDER BY id"} {
		if err := d.Query(t.Context(), q, nil, func(r *db.Row) error { b.WriteString(r.Text(0) + " "); return nil }); err != nil {
			t.Fatal(err)
		}
		b.WriteString("/ ")
	}
	return b.String()
}

// No GET of somebody at work changes anything.
func TestNoGetAtWorkChangesAnything(t *testing.T) {
	eachOperated(t, func(t *testing.T, s *site, op *person) {
		op.workAs(staff.Operator)
		org := op.hospital("RXH")
		op.send("/join", "code", op.invitation(org, "Olu", staff.Clinician)).to("/join/link")
		before := staffRows(t, s.db)
		for _, r := range routes {
			if path, get := strings.CutPrefix(r.pattern, "GET "); get {
				op.get(strings.NewReplacer("{id}", org, "{team}", "x", "{name}", "x", "{$}", "").Replace(path) + "?code=RXZ&name=X&reason=x&role=operator&place=x")
			}
		}
		if after := staffRows(t, s.db); after != before {
			t.Errorf("before: %s\nafter:  %s", before, after)
		}
	})
}

// A place that ends on one node is lost on the other at the next click, a
// second later at most, and on the node itself at once.
func TestAPlaceThatEndsIsLostAtTheNextClick(t *testing.T) {
	dir, url := t.TempDir(), dbtest.Schema(t)
	ring, err := seal.Create(filepath.Join(dir, "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	clock := &hand{at: time.Date(2026, 5, 3, 14, 30, 0, 0, time.UTC)}
	var nodes [2]*site
	for i := range nodes {
		d, err := db.Open(t.Context(), db.Config{URL: url, Readers: 4})
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		nodes[i] = node(t, d, origin, dir, ring, clock)
	}
	here, there := nodes[0], nodes[1]
	op := here.setUp()
	op.workAs(staff.Operator)
	org := op.hospital("RXH")
	auditor := here.hire(op, org, "Dr Ada Obi", staff.Auditor)
	auditor.workAs(staff.Auditor)
	auditor.get("/history").shows(http.StatusOK, "Used an invitation")
	afar := *auditor // the same browser, whose requests go to the other node
	afar.s = there
	afar.get("/history").shows(http.StatusOK, "Used an invitation")

	place := op.get("/operator/organisations/" + org + "/staff").find(`"/operator/places/([a-z0-9]+)"`)
	op.send("/operator/places/"+place+"/end", "reason", "left")
	auditor.get("/history").shows(http.StatusForbidden, "You no longer work there in that role.")
	clock.move(time.Second)
	a := afar.get("/history")
	a.shows(http.StatusForbidden, "You no longer work there in that role.")
	a.hides("Used an invitation", "Dr Ada Obi: Auditor at")
	afar.get("/staff").shows(http.StatusOK, "You no longer work where you did.")
	afar.send("/staff", "place", place).shows(http.StatusForbidden, "You no longer work there in that role.")
}

// With an invitation somebody new makes an account for staff, with a passkey
// that stays on one device, and nobody else gets the place.
func TestSomebodyNewJoins(t *testing.T) {
	eachOperated(t, func(t *testing.T, s *site, op *person) {
		op.workAs(staff.Operator)
		org := op.hospital("RXH")
		shown := op.send("/operator/organisations/"+org+"/invite", "name", "Dr Ada Obi", "role", "clinician", "until", "2027-03-31")
		shown.shows(http.StatusOK, "Give them this code", "You see it this once.", origin+"/join", "The code works until: 10 May 2026, 2:30pm")
		code := shown.find(`<code class="bevan-shown">([a-z0-9-]{23})</code>`)
		op.get("/operator/organisations/"+org+"/staff").hides(code, code[6:])

		p := s.person()
		p.get("/join/you").to("/join")
		p.send("/join", "code", "zzzzz-zzzzz-zzzzz-zzzzz").shows(http.StatusUnprocessableEntity, "This is not an invitation that can be used.")
		p.send("/join/you/begin").shows(http.StatusUnauthorized) // without a code
		p.send("/join", "code", code).to("/join/you")
		p.get("/join/you").shows(http.StatusOK, "Dr Ada Obi", "Clinician at Valley Hospitals", "You need a passkey that stays on one device")
		p.auth.Options.BackupEligible = true
		p.create("/join/you").shows(http.StatusUnprocessableEntity, "This passkey can be copied to other devices, so staff may not use it.")
		p.auth.Options.BackupEligible = false
		p.newKey()
		p.create("/join/you").to("/account/codes/new?next=%2Fstaff")
		if _, there := p.cookies["__Host-bevan-join"]; there {
			t.Error("the code stays in the browser")
		}
		p.get("/staff").shows(http.StatusOK, "Valley Hospitals", "Work as Clinician")
		p.workAs(staff.Clinician)
		p.get("/account").shows(http.StatusOK, "You are called Dr Ada Obi", "Dr Ada Obi: Clinician at Valley Hospitals")
		op.get("/operator/organisations/"+org+"/staff").shows(http.StatusOK, "Dr Ada Obi", "1 April 2027", "Nobody has a code that they have not used.")

		q := s.person()
		q.send("/join", "code", code).shows(http.StatusUnprocessableEntity, "This is not an invitation that can be used.")
		for _, secret := range []string{code, strings.ReplaceAll(code, "-", "")[6:]} {
			if strings.Contains(s.log.String(), secret) {
				t.Error("the code is in the log")
			}
		}
	})
}

// Somebody who has an account links it, after a fresh check with a passkey that
// is one for staff.
func TestSomebodyLinksTheirAccount(t *testing.T) {
	eachOperated(t, func(t *testing.T, s *site, op *person) {
		op.workAs(staff.Operator)
		org := op.hospital("RXH")
		ann := s.join("Ann")
		s.clock.move(10 * time.Minute)
		op.use("/check", "next", "/operator").to("/operator")
		code := op.invitation(org, "Nurse Ann Hill", staff.CareCoordinator)
		ann.send("/join", "code", code).to("/join/link")
		ann.get("/join/link").to("/check?next=%2Fjoin%2Flink")
		ann.send("/join/link").to("/check?next=%2Fjoin%2Flink")
		ann.use("/check", "next", "/join/link").to("/join/link")
		ann.get("/join/link").shows(http.StatusOK, "Nurse Ann Hill", "Care coordinator at Valley Hospitals", "Add it to my account", "Go back and change nothing")
		ann.send("/join/link").to("/staff")
		ann.get("/staff").shows(http.StatusOK, "You can work here now.", "Work as Care coordinator")
		ann.workAs(staff.CareCoordinator)
		ann.get("/account").shows(http.StatusOK, "You are called Ann", "Nurse Ann Hill: Care coordinator at Valley Hospitals")
		ann.send("/join/link").to("/join")

		// One who is not signed in, and has an account, signs in on the way.
		bob := s.join("Bob")
		code = op.invitation(org, "Dr Bob Hill", staff.Clinician)
		bob.send("/sign-out")
		bob.send("/join", "code", code).to("/join/you")
		bob.get("/join/link").to("/sign-in?next=%2Fjoin%2Flink")
		bob.use("/sign-in", "next", "/join/link").to("/join/link")
		bob.get("/join/link").shows(http.StatusOK, "Dr Bob Hill")

		// A passkey that can be copied is not enough.
		bob.newKey()
		bob.auth.Options.BackupEligible, bob.auth.Options.BackupState = true, true
		bob.create("/account/passkeys/add", "name", "copied").to("/account/passkeys")
		join := bob.cookies["__Host-bevan-join"]
		bob = bob.elsewhere()
		bob.cookies[join.Name] = join
		bob.get("/join/link").shows(http.StatusForbidden, "is not one for staff, since it can be copied")
		bob.send("/join/link").shows(http.StatusForbidden, "is not one for staff, since it can be copied")
		if all, err := s.cfg.Staff.PlacesOf(t.Context(), bob.account()); err != nil || len(all) != 0 {
			t.Errorf("the places are %+v, %v", all, err)
		}
	})
}

// Attack 23: whoever comes in with a recovery code acts nowhere as staff, nor
// with the passkey that they add, as long as it waits; nor with a code of an
// app, and nothing on the page lets them.
func TestAttack23ARecoveryDoesNotActAsStaff(t *testing.T) {
	eachOperated(t, func(t *testing.T, s *site, op *person) {
		codes := op.codes()
		one, err := s.cfg.Staff.PlacesOf(t.Context(), op.account())
		op.must(err)
		op.workAs(staff.Operator)
		thief := s.person()
		thief.send("/sign-in/recovery", "code", codes[0]).to("/account/passkeys/add")
		no := func() {
			t.Helper()
			thief.get("/staff").shows(http.StatusOK, "Service team", "This needs a sign-in with a passkey.")
			thief.get("/staff").hides("Work as Operator")
			thief.send("/staff", "place", one[0].Member).shows(http.StatusForbidden, "This needs a sign-in with a passkey.")
			thief.get("/operator").to("/staff?next=%2Foperator")
			thief.send("/operator/organisations/add", "code", "RXZ", "name", "Theirs").shows(http.StatusForbidden)
		}
		no()
		thief.create("/account/passkeys/add", "name", "mine now").to("/account/passkeys")
		no()
		thief.send("/sign-out")
		thief.signIn()
		no()
		if _, err := s.cfg.Staff.ByODS(t.Context(), "RXZ"); err == nil {
			t.Error("the thief added an organisation")
		}
	})
}

// What gives or takes authority needs a passkey that was used just now.
func TestOperatorsUseTheirPasskeyForWhatMatters(t *testing.T) {
	eachOperated(t, func(t *testing.T, s *site, op *person) {
		op.workAs(staff.Operator)
		org := op.hospital("RXH")
		s.hire(op, org, "Dr Ada Obi", staff.Clinician)
		place := op.get("/operator/organisations/" + org + "/staff").find(`"/operator/places/([a-z0-9]+)"`)
		s.clock.move(6 * time.Minute)
		before := staffRows(t, s.db)
		for _, path := range []string{"/operator/organisations/" + org + "/invite", "/operator/organisations/" + org + "/close", "/operator/places/" + place + "/end",
			"/operator/places/" + place + "/another", "/operator/clients/add"} {
			want := "/check?next=" + strings.ReplaceAll(path, "/", "%2F")
			op.get(path).to(want)
			op.send(path, "name", "X", "role", "operator", "code", "RXH", "reason", "because", "profile", "smart", "proof", "none", "redirects", "https://a.example/", "scopes", "patient/*.rs").to(want)
		}
		if after := staffRows(t, s.db); after != before {
			t.Errorf("before: %s\nafter:  %s", before, after)
		}
		op.use("/check", "next", "/operator/clients/add").to("/operator/clients/add")
		op.get("/operator/clients/add").shows(http.StatusOK, "Let an app in", "Olu Operator: Operator at Service team")
	})
}
