package portal

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

func TestAnOperatorKeepsOrganisations(t *testing.T) {
	eachOperated(t, func(t *testing.T, s *site, op *person) {
		op.workAs(staff.Operator)
		op.send("/operator/organisations/add", "code", "rxh", "name", "Valley Hospitals").shows(http.StatusUnprocessableEntity, "There is a problem", "3 to 10 capital letters and digits")
		at := "/operator/organisations/" + op.hospital("RXH")
		op.get(at).shows(http.StatusOK, "It was added.", "Valley Hospitals", "RXH", "There are no sites yet.", "There are no teams yet.")
		op.send(at+"/add-site", "code", "RXH", "name", "North Site").shows(http.StatusUnprocessableEntity, "There is an organisation with this code already.")
		op.send(at+"/add-site", "code", "RXH01", "name", "North <Site>").to(at)
		op.send(at+"/add-team", "name", "Night nurses").to(at)
		shown := op.get(at)
		shown.shows(http.StatusOK, "The team was added.", "North <Site>", "Night nurses", "Close the team Night nurses")
		team := shown.find(`"(/operator/organisations/[a-z0-9]+/teams/[a-z0-9]+/close)"`)
		op.get(team).shows(http.StatusOK, "Night nurses", "You cannot open it again.", "Why?")
		op.send(team).shows(http.StatusUnprocessableEntity, "Write one line here")
		op.send(team, "reason", "merged with the day nurses").to(at)
		op.get(at).shows(http.StatusOK, "The team is closed.", "Closed 3 May 2026")
		op.get(at+"/close").shows(http.StatusOK, "Nobody works for it or its sites any more")
		op.send(at+"/close", "reason", "merged").to(at)
		op.get(at).shows(http.StatusOK, "It is closed.", "Closed 3 May 2026")
		op.get(at).hides("Close this organisation", "Add a team")
		op.send(at+"/invite", "name", "Dr Ada Obi", "role", "clinician").shows(http.StatusUnprocessableEntity, "This organisation is closed.")

		service := op.get("/operator/organisations").find(`href="(/operator/organisations/[a-z0-9]+)">Service team`)
		op.send(service+"/close", "reason", "why not").shows(http.StatusUnprocessableEntity, "Then no one would run this service any more.")
		op.get("/operator").shows(http.StatusOK, "Run this service")

		for i := range 2 * perPage {
			_, err := s.cfg.Staff.AddOrganisation(t.Context(), "console:root", fmt.Sprintf("Y%02d", i), fmt.Sprint("Practice ", i), "")
			op.must(err)
		}
		seen, next := map[string]bool{}, "/operator/organisations"
		for pages := 0; next != ""; pages++ {
			a := op.get(next)
			for _, m := range strings.Split(a.Body.String(), "Practice ")[1:] {
				seen[strings.SplitN(m, "<", 2)[0]] = true
			}
			if next = ""; strings.Contains(a.Body.String(), `href="/operator/organisations?after=`) {
				next = a.find(`href="(/operator/organisations\?after=[^"]+)"`)
			}
			if pages > 3 {
				t.Fatal("the pages have no end")
			}
		}
		if len(seen) != 2*perPage {
			t.Errorf("%d practices are seen", len(seen))
		}
	})
}

func TestAnOperatorKeepsStaff(t *testing.T) {
	eachOperated(t, func(t *testing.T, s *site, op *person) {
		op.workAs(staff.Operator)
		org := op.hospital("RXH")
		at := "/operator/organisations/" + org
		op.send(at+"/add-team", "name", "Night nurses").to(at)
		op.get(at+"/staff").shows(http.StatusOK, "Nobody works here yet.", "Nobody has a code that they have not used.")
		team := op.get(at + "/invite").find(`<option value="([a-z0-9]+)">Night nurses`)
		for _, c := range []struct{ says, name, role, from, until string }{
			{"There is no such role.", "Dr Ada Obi", "", "", ""},
			{"Say what they are called at work.", "", "clinician", "", ""},
			{"Write a day as year, month and day", "Dr Ada Obi", "clinician", "soon", ""},
			{"Write a day as year, month and day", "Dr Ada Obi", "clinician", "", "2026-02-30"},
			{"The end lies before the beginning.", "Dr Ada Obi", "clinician", "2026-06-02", "2026-06-01"},
			{"The end lies in the past.", "Dr Ada Obi", "clinician", "2026-01-01", "2026-02-01"},
		} {
			a := op.send(at+"/invite", "name", c.name, "role", c.role, "from", c.from, "until", c.until)
			a.shows(http.StatusUnprocessableEntity, "There is a problem", c.says)
			a.hides("Give them this code")
		}
		code := op.send(at+"/invite", "name", "Dr Ada Obi", "role", "clinician", "team", team).find(`<code class="bevan-shown">([a-z0-9-]{23})</code>`)
		list := op.get(at + "/staff")
		list.shows(http.StatusOK, "Dr Ada Obi", "Take back Dr Ada Obi")
		withdraw := list.find(`"(/operator/invitations/[a-z0-9]+/withdraw)"`)
		op.get(withdraw).shows(http.StatusOK, "Nobody can use the code any more.")
		op.send(withdraw, "reason", " ").shows(http.StatusUnprocessableEntity, "Write one line here")
		op.send(withdraw, "reason", "sent to the wrong person").to(at + "/staff")
		op.get(at+"/staff").shows(http.StatusOK, "Nobody can use that code now.")
		s.person().send("/join", "code", code).shows(http.StatusUnprocessableEntity, "This is not an invitation that can be used.")

		ada := s.person()
		ada.send("/join", "code", op.send(at+"/invite", "name", "Dr Ada Obi", "role", "clinician", "team", team).find(`<code class="bevan-shown">([a-z0-9-]{23})</code>`)).to("/join/you")
		ada.create("/join/you")
		ada.workAs(staff.Clinician)
		ada.get("/staff").shows(http.StatusOK, "Dr Ada Obi: Clinician at Valley Hospitals, Night nurses")

		place := op.get(at + "/staff").find(`"(/operator/places/[a-z0-9]+)"`)
		op.get(place).shows(http.StatusOK, "Dr Ada Obi", "Valley Hospitals", "No end is set")
		op.send(place+"/another", "code", "NOWHERE", "role", "auditor").shows(http.StatusUnprocessableEntity, "There is no organisation with the code that you gave.")
		op.send(place+"/another", "code", "RXH", "role", "auditor", "from", "2026-05-04").to(at + "/staff")
		ada.get("/staff").hides("Work as Auditor")
		s.clock.move(10 * time.Hour) // to midnight and beyond, with a check on the way
		op.signIn()
		op.workAs(staff.Operator)
		ada.cookies = map[string]*http.Cookie{}
		ada.signIn()
		ada.get("/staff").shows(http.StatusOK, "Work as Auditor", "Work as Clinician")
		ada.workAs(staff.Clinician)
		op.get(place+"/end").shows(http.StatusOK, "They can do nothing more in this role")
		op.send(place+"/end", "reason", "moves to Hill Hospitals", "until", "soon").shows(http.StatusUnprocessableEntity, "Write a day as year, month and day")
		op.send(place+"/end", "reason", "moves to Hill Hospitals", "until", "2026-05-20").to(at + "/staff")
		ada.get("/staff").shows(http.StatusOK, "You work here now.")
		op.get(place).shows(http.StatusOK, "21 May 2026, 12:00am", "moves to Hill Hospitals")
		op.send(place+"/end", "reason", "left at once").to(at + "/staff")
		ada.get("/staff").shows(http.StatusOK, "You no longer work where you did.", "Work as Auditor")
		ada.get("/staff").hides("Work as Clinician", "You work here now.")
		op.get(place).hides("End this place")
	})
}

func TestAnOperatorKeepsClients(t *testing.T) {
	eachOperated(t, func(t *testing.T, s *site, op *person) {
		op.workAs(staff.Operator)
		op.get("/operator/clients").shows(http.StatusOK, "None was let in yet.")
		good := []string{"name", "Run Club", "profile", "smart", "proof", "secret", "redirects", " https://run.example/back \r\nhttps://run.example/b", "scopes", "openid\r\npatient/*.rs", "launch", "https://run.example/launch"}
		for _, c := range []struct{ says, field, value string }{
			{"A program needs a name", "name", ""},
			{"begins with https://", "redirects", "http://run.example/back"},
			{"Addresses to send people back to belong", "grants", ""},
			{"One of the scopes is not known here.", "scopes", "everything"},
			{"A program that keeps to FAPI 2.0 needs a key.", "profile", "fapi2"},
			{"Choose the rules that it keeps to.", "profile", "oauth1"},
			{"Give the program's public keys", "proof", "key"},
		} {
			fields := append(append([]string{}, good...), c.field, c.value)
			if c.field == "grants" {
				fields = append(good[:6:6], "redirects", "", "scopes", "system/*.rs", "logouts", "https://run.example/out", "launch", "https://run.example/launch")
				c.says = "A program that asks by itself needs a key."
			}
			op.send("/operator/clients/add", fields...).shows(http.StatusUnprocessableEntity, "There is a problem", c.says)
		}
		if all, err := s.cfg.Clients.List(t.Context()); err != nil || len(all) != 0 {
			t.Fatalf("%d were added, %v", len(all), err)
		}
		shown := op.send("/operator/clients/add", good...)
		shown.shows(http.StatusOK, "It is let in", "We show the secret this once.")
		id := shown.find(`<code class="bevan-shown">(app-[a-z0-9]+)</code>`)
		secret := shown.find(`Secret<br><code class="bevan-shown">([a-z0-9]+)</code>`)
		is := func(secret string) bool {
			t.Helper()
			c, found, err := s.cfg.Clients.Get(t.Context(), id)
			op.must(err)
			return found && c.IsSecret(secret)
		}
		if !is(secret) {
			t.Error("what was shown is not the secret")
		}
		at := "/operator/clients/" + id
		op.get("/operator/clients").shows(http.StatusOK, "Run Club", "smart", "Let in 3 May 2026")
		one := op.get(at)
		one.shows(http.StatusOK, "Run Club", id, "With a secret", "openid patient/*.rs", "https://run.example/back https://run.example/b", "https://run.example/launch")
		one.hides(secret)
		op.get(at+"/rotate").shows(http.StatusOK, "The old one stops working at once.")
		again := op.send(at + "/rotate").find(`Secret<br><code class="bevan-shown">([a-z0-9]+)</code>`)
		if again == secret || is(secret) || !is(again) {
			t.Error("the secret was not changed")
		}
		op.get(at+"/revoke").shows(http.StatusOK, "It keeps what it has read before.")
		op.send(at+"/revoke").shows(http.StatusUnprocessableEntity, "Write one line here")
		op.send(at+"/revoke", "reason", "it sold data").to(at)
		op.get(at).shows(http.StatusOK, "It is let in no more.", "Not let in since")
		op.send(at+"/revoke", "reason", "again").to(at)
		op.send(at+"/rotate").shows(http.StatusUnprocessableEntity, "This program may not come in any more")

		open := op.send("/operator/clients/add", "name", "Walk Club", "profile", "smart", "proof", "none", "redirects", "org.example.walk:/back", "scopes", "patient/*.rs")
		open.shows(http.StatusOK, "It is let in", "Walk Club")
		open.hides("Secret")
		lab := op.send("/operator/clients/add", "name", "Laboratory", "profile", "fapi2", "proof", "key", "keys-url", "https://lab.example/keys", "scopes", "system/*.rs").find(`<code class="bevan-shown">(app-[a-z0-9]+)</code>`)
		c, _, err := s.cfg.Clients.Get(t.Context(), lab)
		if err != nil || c.Proof != client.ByKey || len(c.Grants) != 1 || c.Grants[0] != client.ClientCredentials {
			t.Errorf("the laboratory is %+v, %v", c, err)
		}
		op.send("/operator/clients/"+lab+"/rotate", "keys-url", "http://lab.example/").shows(http.StatusUnprocessableEntity, "The address of the keys begins with https://")
		op.send("/operator/clients/"+lab+"/rotate", "keys-url", "https://lab.example/new").shows(http.StatusOK, "It has new keys")

		list := op.get("/history").text()
		for _, want := range []string{"Let a client in Run Club", "Gave a client new keys Run Club", "Lets a client in no more Run Club it sold data", "Gave a client new keys Laboratory", "Added an organisation Service team"} {
			if strings.Count(list, want) != 1 {
				t.Errorf("the history has not one line %q: %s", want, list)
			}
		}
		for _, x := range []string{secret, again} {
			if strings.Contains(list, x) || strings.Contains(s.log.String(), x) {
				t.Error("the secret is in the history or the log")
			}
		}
	})
}

// The history is read by operators and auditors, in pages, with who and why.
func TestTheHistoryIsReadInPages(t *testing.T) {
	eachOperated(t, func(t *testing.T, s *site, op *person) {
		op.workAs(staff.Operator)
		org := op.hospital("RXH")
		for i := range 2 * perPage {
			_, err := s.cfg.Staff.AddTeam(t.Context(), "console:root", org, fmt.Sprint("Team ", i, "."))
			op.must(err)
		}
		auditor := s.hire(op, org, "Di Audit", staff.Auditor)
		auditor.workAs(staff.Auditor)
		var all []string
		next := "/history"
		for pages := 0; next != ""; pages++ {
			a := auditor.get(next)
			a.shows(http.StatusOK, "Who changed what")
			all = append(all, a.text())
			if next = ""; strings.Contains(a.Body.String(), `href="/history?after=`) {
				next = a.find(`href="(/history\?after=[0-9]+)"`)
			}
			if pages > 4 {
				t.Fatal("the pages have no end")
			}
		}
		whole := strings.Join(all, " ")
		last := len(whole) + 1
		for i := range 2 * perPage {
			at := strings.Index(whole, fmt.Sprint("At the machine: root Added a team Team ", i, "."))
			if at < 0 || at > last {
				t.Errorf("team %d is not in its place", i)
			}
			last = at
		}
		for _, want := range []string{"Olu Operator Invited somebody Di Audit", "Di Audit Used an invitation Di Audit", "Olu Operator Added an organisation Valley Hospitals"} {
			if strings.Count(whole, want) != 1 {
				t.Errorf("not one line %q", want)
			}
		}
		auditor.get("/history?after=x").shows(http.StatusOK, "Used an invitation")
	})
}

// Every role and every deed has its word.
func TestRolesAndDeedsHaveWords(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	for _, r := range staff.Roles() {
		if roleName(s.words.Staff.Roles, r) == "" {
			t.Errorf("%s has no word", r)
		}
	}
	for _, w := range staff.Whats() {
		if whatName(s.words.History, w) == "" {
			t.Errorf("%s has no words", w)
		}
	}
}
