package portal

import (
	"fmt"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// workAs lets somebody act in the place that they hold in a role.
func (p *person) workAs(role staff.Role) {
	p.t.Helper()
	all, err := p.s.cfg.Staff.PlacesOf(p.t.Context(), p.account())
	p.must(err)
	for _, a := range all {
		if a.Role == role {
			p.send("/staff", "place", a.Member).to("/staff")
			return
		}
	}
	p.t.Fatalf("there is no place as %s among %+v", role, all)
}

// invitation is a code that an operator hands out.
func (p *person) invitation(org, name string, role staff.Role) string {
	p.t.Helper()
	a := p.send(organisationsAt+"/"+org+"/invite", "name", name, "role", string(role))
	return a.find(`<code class="bevan-shown">([a-z0-9-]{23})</code>`)
}

// hire makes an account for staff by an invitation.
func (s *site) hire(op *person, org, name string, role staff.Role) *person {
	s.t.Helper()
	p := s.person()
	p.send("/join", "code", op.invitation(org, name, role)).to("/join/you")
	p.create("/join/you").to("/account/codes/new?next=%2Fstaff")
	return p
}

// hospital is an organisation that an operator added, by its id.
func (p *person) hospital(code string) string {
	p.t.Helper()
	at := p.send("/operator/organisations/add", "code", code, "name", "Valley Hospitals").Header().Get("Location")
	return at[strings.LastIndex(at, "/")+1:]
}

func (a *album) aboutStaff(s *site, op *person) {
	s.clock.move(time.Minute)
	p := s.join("Ann")
	a.add("GET /staff", "no place", p.get("/staff"))
	a.add("POST /staff", "a place of nobody", p.send("/staff", "place", "nothing"))
	a.add("GET /operator", "not an operator", p.send("/operator/organisations/add"))
	a.add("GET /staff", "one place", op.get("/staff"))
	op.workAs(staff.Operator)
	a.add("GET /staff", "at work", op.get("/staff"))
	a.add("GET /operator", "shown", op.get("/operator"))
	org := op.hospital("RXH")
	a.add("GET /join", "asks", s.person().get("/join"))
	a.add("POST /join", "a wrong code", s.person().send("/join", "code", "abc"))
	q := s.person()
	q.send("/join", "code", op.invitation(org, "Dr Ada Obi", staff.Clinician)).to("/join/you")
	a.add("GET /join/you", "asks", q.get("/join/you"))
	a.add("POST /join/you", "no answer", q.send("/join/you"))
	p.send("/join", "code", op.invitation(org, "Ann Hill", staff.Auditor)).to("/join/link")
	a.add("GET /join/link", "asks", p.get("/join/link"))
	code := p.cookies["__Host-bevan-join"]
	p.send("/join/link").to("/staff")
	a.add("GET /staff", "news, one place", p.get("/staff"))
	a.add("GET /account", "with a place to work", p.get("/account"))
	p.cookies[code.Name] = code
	a.add("POST /join/link", "used already", p.send("/join/link"))
	p.workAs(staff.Auditor)
	a.add("GET /history", "an auditor", p.get("/history"))
	a.add("GET /operator", "another role", p.get("/operator"))
	all, err := s.cfg.Staff.PlacesOf(a.t.Context(), p.account())
	p.must(err)
	op.send("/operator/places/"+all[0].Member+"/end", "reason", "left").to(staffOf(org))
	a.add("GET /staff", "the place ended", p.get("/staff"))
	a.add("GET /history", "the place ended", p.get("/history"))
	p.newKey()
	p.auth.Options.BackupEligible, p.auth.Options.BackupState = true, true
	p.create("/account/passkeys/add", "name", "copied").to("/account/passkeys")
	p.send("/join", "code", op.invitation(org, "Ann Hill", staff.Clinician)).to("/join/link")
	p.send("/join/link").to("/staff")
	p = p.elsewhere()
	a.add("GET /staff", "a passkey that is not for staff", p.get("/staff"))
	p.send("/join", "code", op.invitation(org, "Ann Hill", staff.Auditor)).to("/join/link")
	a.add("GET /join/link", "a passkey that is not for staff", p.get("/join/link"))
}

func (a *album) aboutOrganisations(s *site, op *person) {
	at := organisationsAt + "/" + op.hospital("RXK")
	a.add("GET /operator/organisations", "one", op.get(organisationsAt))
	a.add("GET /operator/organisations/add", "asks", op.get(organisationsAt+"/add"))
	a.add("POST /operator/organisations/add", "a wrong code", op.send(organisationsAt+"/add", "code", "rx", "name", "X"))
	a.add("POST /operator/organisations/add", "a code that is taken", op.send(organisationsAt+"/add", "code", "RXK", "name", "X"))
	a.add("GET /operator/organisations/{id}", "nothing in it", op.get(at))
	a.add("GET /operator/organisations/{id}", "not there", op.get(organisationsAt+"/nothing"))
	a.add("GET /operator/organisations/{id}/add-site", "asks", op.get(at+"/add-site"))
	a.add("POST /operator/organisations/{id}/add-site", "no name", op.send(at+"/add-site", "code", "RXK01"))
	a.add("GET /operator/organisations/{id}/add-team", "asks", op.get(at+"/add-team"))
	a.add("POST /operator/organisations/{id}/add-team", "no name", op.send(at+"/add-team"))
	op.send(at+"/add-site", "code", "RXK01", "name", "North Site").to(at)
	op.send(at+"/add-team", "name", "Night nurses").to(at)
	shown := op.get(at)
	a.add("GET /operator/organisations/{id}", "news, a site and a team", shown)
	a.add("GET /operator/organisations/{id}", "a site", op.get(shown.find(`href="(/operator/organisations/[a-z0-9]+)">North Site`)))
	team := at + shown.find(`/operator/organisations/[a-z0-9]+(/teams/[a-z0-9]+/close)"`)
	a.add("GET /operator/organisations/{id}/teams/{team}/close", "asks", op.get(team))
	a.add("POST /operator/organisations/{id}/teams/{team}/close", "no reason", op.send(team))
	a.add("GET /operator/organisations/{id}/teams/{team}/close", "not there", op.get(at+"/teams/nothing/close"))
	a.add("GET /operator/organisations/{id}/staff", "nobody", op.get(at+"/staff"))
	a.add("GET /operator/organisations/{id}/invite", "asks", op.get(at+"/invite"))
	a.add("POST /operator/organisations/{id}/invite", "no role", op.send(at+"/invite", "name", "Dr Ada Obi"))
	a.add("POST /operator/organisations/{id}/invite", "no day", op.send(at+"/invite", "name", "Dr Ada Obi", "role", "clinician", "from", "tomorrow"))
	a.add("POST /operator/organisations/{id}/invite", "no name", op.send(at+"/invite", "name", "", "role", "clinician"))
	a.add("POST /operator/organisations/{id}/invite", "shown", op.send(at+"/invite", "name", "Dr Ada Obi", "role", "clinician", "until", "2027-03-31"))
	shown = op.get(at + "/staff")
	a.add("GET /operator/organisations/{id}/staff", "one was invited", shown)
	withdraw := shown.find(`"(/operator/invitations/[a-z0-9]+/withdraw)"`)
	a.add("GET /operator/invitations/{id}/withdraw", "asks", op.get(withdraw))
	a.add("POST /operator/invitations/{id}/withdraw", "no reason", op.send(withdraw))
	op.send(withdraw, "reason", "the wrong person").to(at + "/staff")
	s.hire(op, at[strings.LastIndex(at, "/")+1:], "Dr Bob Hill", staff.Clinician)
	shown = op.get(at + "/staff")
	a.add("GET /operator/organisations/{id}/staff", "news, one works there", shown)
	one := shown.find(`"(/operator/places/[a-z0-9]+)"`)
	a.add("GET /operator/places/{id}", "shown", op.get(one))
	a.add("GET /operator/places/{id}/another", "asks", op.get(one+"/another"))
	a.add("POST /operator/places/{id}/another", "no such organisation", op.send(one+"/another", "code", "NOWHERE", "role", "auditor"))
	a.add("POST /operator/places/{id}/another", "what they have", op.send(one+"/another", "code", "RXK", "role", "clinician"))
	a.add("GET /operator/places/{id}/end", "asks", op.get(one+"/end"))
	a.add("POST /operator/places/{id}/end", "no reason", op.send(one+"/end"))
	a.add("POST /operator/places/{id}/end", "no day", op.send(one+"/end", "reason", "left", "until", "soon"))
	op.send(one+"/end", "reason", "left").to(at + "/staff")
	a.add("GET /operator/places/{id}", "ended", op.get(one))
	a.add("GET /operator/organisations/{id}/close", "asks", op.get(at+"/close"))
	a.add("POST /operator/organisations/{id}/close", "no reason", op.send(at+"/close"))
	op.send(at+"/close", "reason", "merged").to(at)
	a.add("GET /operator/organisations/{id}", "closed", op.get(at))
	for i := range perPage {
		_, err := s.cfg.Staff.AddOrganisation(a.t.Context(), "console:root", fmt.Sprintf("Y%02d", i), "Practice", "")
		op.must(err)
	}
	shown = op.get(organisationsAt)
	a.add("GET /operator/organisations", "more than a page", shown)
	a.add("GET /operator/organisations", "the second page", op.get(shown.find(`"(/operator/organisations\?after=[^"]+)"`)))
	a.add("GET /history", "more than a page", op.get("/history"))
}

func (a *album) aboutClients(s *site, op *person) {
	a.add("GET /operator/clients", "none", op.get(clientsAt))
	a.add("GET /operator/clients/add", "asks", op.get(clientsAt+"/add"))
	a.add("POST /operator/clients/add", "no name", op.send(clientsAt+"/add", "profile", "smart", "proof", "none"))
	shown := op.send(clientsAt+"/add", "name", "Run Club", "profile", "smart", "proof", "secret", "redirects", "https://run.example/back\nhttps://run.example/b", "scopes", "openid patient/*.rs", "launch", "https://run.example/launch")
	a.add("POST /operator/clients/add", "with a secret", shown)
	at := clientsAt + "/" + shown.find(`<code class="bevan-shown">(app-[a-z0-9]+)</code>`)
	a.add("GET /operator/clients", "one", op.get(clientsAt))
	a.add("GET /operator/clients/{id}", "with a secret", op.get(at))
	a.add("GET /operator/clients/{id}", "not there", op.get(clientsAt+"/nothing"))
	a.add("GET /operator/clients/{id}/rotate", "a secret", op.get(at+"/rotate"))
	a.add("POST /operator/clients/{id}/rotate", "a secret", op.send(at+"/rotate"))
	a.add("GET /operator/clients/{id}/revoke", "asks", op.get(at+"/revoke"))
	a.add("POST /operator/clients/{id}/revoke", "no reason", op.send(at+"/revoke"))
	op.send(at+"/revoke", "reason", "it sold data").to(at)
	a.add("GET /operator/clients/{id}", "revoked", op.get(at))
	shown = op.send(clientsAt+"/add", "name", "Laboratory", "profile", "smart", "proof", "key", "keys-url", "https://lab.example/keys", "scopes", "system/*.rs")
	a.add("POST /operator/clients/add", "with keys", shown)
	at = clientsAt + "/" + shown.find(`<code class="bevan-shown">(app-[a-z0-9]+)</code>`)
	a.add("GET /operator/clients/{id}/rotate", "keys", op.get(at+"/rotate"))
	a.add("POST /operator/clients/{id}/rotate", "no keys", op.send(at+"/rotate"))
	s.clock.move(10 * time.Minute)
	a.add("GET /check", "before what matters", op.get("/check?next="+at))
}
