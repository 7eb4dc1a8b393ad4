package portal

import (
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

const (
	issuer = "https://id.example.org"
	backTo = "https://app.example/back"
	labs   = "http://terminology.hl7.org/CodeSystem/observation-category|laboratory"
)

// app registers an app; some change what it is.
func (s *site) app(name string, some ...func(*client.Spec)) client.Client {
	s.t.Helper()
	spec := client.Spec{Name: name, Profile: client.SMART, Proof: client.BySecret, Redirects: []string{backTo}, LaunchURL: "https://app.example/launch",
		Logouts: []string{"https://app.example/bye"}, Grants: []string{client.AuthorizationCode, client.RefreshToken},
		Scopes: "openid fhirUser profile email phone launch launch/patient launch/encounter offline_access online_access patient/*.cruds user/*.cruds"}
	for _, change := range some {
		change(&spec)
	}
	cl, _, err := s.cfg.Clients.Add(s.t.Context(), spec)
	if err != nil {
		s.t.Fatal(err)
	}
	return cl
}

// asks is the page to which an app sends people that asks for scopes; some
// change how.
func (s *site) asks(cl client.Client, scopes string, some ...func(*client.Ask)) string {
	s.t.Helper()
	a := client.Ask{Client: cl.ID, Issuer: issuer, Redirect: cl.Redirects[0], Scopes: scopes, State: "the state", Nonce: "n", Challenge: strings.Repeat("c", 43), MaxAge: -1}
	for _, change := range some {
		change(&a)
	}
	id, _, err := s.cfg.Clients.Keep(s.t.Context(), a, false)
	if err != nil {
		s.t.Fatal(err)
	}
	return askAt + id
}

// linked is somebody new whose record is theirs, with some results in it.
func (s *site) linked(name, patient string) *person {
	s.t.Helper()
	p := s.join(name)
	p.must(s.cfg.Accounts.SetProof(s.t.Context(), p.account(), account.P9))
	p.must(s.cfg.Accounts.SetRecord(s.t.Context(), p.account(), "Patient/"+patient))
	s.patient(name, patient)
	return p
}

// patient writes a record.
func (s *site) patient(name, id string) {
	s.t.Helper()
	result := func(n, category string) string {
		return `{"resourceType":"Observation","id":"` + id + n + `","status":"final","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/observation-category","code":"` + category + `"}]}],"code":{"text":"x"},"subject":{"reference":"Patient/` + id + `"}}`
	}
	s.people[id] = name
	s.put(s.registered(id), result("a", "laboratory"), result("b", "laboratory"), result("c", "vital-signs"),
		`{"resourceType":"Condition","id":"`+id+`c","subject":{"reference":"Patient/`+id+`"},"code":{"text":"x"}}`,
		`{"resourceType":"Encounter","id":"`+id+`e","status":"finished","class":{"code":"AMB"},"type":[{"text":"Check of the eyes"}],"period":{"start":"2026-04-01T10:00:00Z"},"serviceProvider":{"display":"Hill Surgery"},"subject":{"reference":"Patient/`+id+`"}}`)
}

// registered is somebody's Patient, who is registered with every organisation
// where staff of the site work: those may look at them.
func (s *site) registered(id string) string {
	name := s.people[id]
	given, family, _ := strings.Cut(name+" Ash", " ")
	var with []string
	for _, org := range s.surgeries {
		with = append(with, `{"reference":"Organization/`+org+`"}`)
	}
	at := ""
	if len(with) > 0 {
		at = `"generalPractitioner":[` + strings.Join(with, ",") + `],`
	}
	return `{"resourceType":"Patient","id":"` + id + `","name":[{"text":"` + name + `","given":["` + given + `"],"family":"` + family + `"}],` + at + `"birthDate":"1950-03-31","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}]}`
}

// sent is where the answer sends the browser, which has to be the app.
func (a answer) sent() url.Values {
	a.p.t.Helper()
	at := a.Header().Get("Location")
	u, err := url.Parse(at)
	if err != nil || a.Code != http.StatusSeeOther || !strings.HasPrefix(at, backTo+"?") {
		a.p.t.Fatalf("%d to %q: %s", a.Code, at, a.text())
	}
	if q := u.Query(); q.Get("iss") != issuer || q.Get("state") != "the state" || len(q["code"])+len(q["error"]) != 1 {
		a.p.t.Fatalf("the app gets %s", u.RawQuery)
	}
	return u.Query()
}

// refused says that the app is told no, with a code.
func (a answer) refused(code string) {
	a.p.t.Helper()
	if got := a.sent().Get("error"); got != code {
		a.p.t.Errorf("the app is told %q, want %q", got, code)
	}
}

// redeemed is what the app gets for its code.
func (a answer) redeemed(cl client.Client) (client.Grant, client.Code) {
	a.p.t.Helper()
	g, code, err := a.p.s.cfg.Clients.Redeem(a.p.t.Context(), a.sent().Get("code"), client.Redeeming{Client: cl.ID, Fits: func(client.Code) bool { return true }})
	if err != nil {
		a.p.t.Fatal(err)
	}
	return g, code
}

// boxes are the boxes of a page by their values, and whether each is ticked.
func (a answer) boxes() map[string]bool {
	all := map[string]bool{}
	for _, m := range regexp.MustCompile(`name="may" type="checkbox" value="([^"]+)"( checked)?`).FindAllStringSubmatch(a.Body.String(), -1) {
		all[strings.ReplaceAll(m[1], "&#43;", "+")] = m[2] != ""
	}
	return all
}

// allow sends a page on, with what is ticked on it but some.
func (p *person) allow(path string, page answer, but ...string) answer {
	p.t.Helper()
	return p.allowFor(path, page, "90", but...)
}

func (p *person) allowFor(path string, page answer, long string, but ...string) answer {
	p.t.Helper()
	form := formOf(page, but...)
	form.Set("long", long)
	return p.post(path, form)
}

// formOf is what is ticked on a page, but some.
func formOf(page answer, but ...string) url.Values {
	form := url.Values{}
	for k, on := range page.boxes() {
		if on && !slices.Contains(but, k) {
			form.Add("may", k)
		}
	}
	return form
}

// onward follows the page that leads on to the request of an app.
func (a answer) onward() answer {
	a.p.t.Helper()
	return a.p.get(a.find(`<meta http-equiv="refresh" content="0; url=([^"]+)"`))
}
