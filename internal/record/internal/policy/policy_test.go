package policy

import (
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/choice"
)

// Whoever has no rule sees nothing, whatever a person's choices say.
func TestWithoutARuleNothingIsSeen(t *testing.T) {
	p := Default()
	for role := access.NoRole; role <= access.RoleProgram; role++ {
		for why := access.Unstated; why <= access.Research; why++ {
			r, as := p.Rule(access.Who{Role: role}, why), why
			if role == access.RoleProxy && why == access.Export {
				as = access.Proxy // who takes a copy for somebody sees what they see on the page
			}
			if r != nil && (r.Role != role.String() || r.Purpose != as.String()) {
				t.Errorf("%s for %s goes by the rule %s", role, why, r.Name)
			}
		}
	}
	var none *Rule
	if none.May(choice.Verdict{}) || none.May(choice.Verdict{Decided: true, Permit: true}) {
		t.Error("no rule lets somebody see something")
	}
}

// What a rule makes of a person's yes, no and silence.
func TestARuleAndAChoice(t *testing.T) {
	yes, no, silent := choice.Verdict{Decided: true, Permit: true}, choice.Verdict{Decided: true}, choice.Verdict{}
	for _, c := range []struct {
		who             access.Who
		why             access.Purpose
		yes, no, silent bool
	}{
		{access.Who{Role: access.RoleSelf}, access.Own, true, true, true},
		{access.Who{Role: access.RoleSelf, App: "diary"}, access.Own, true, false, true},
		{access.Who{Role: access.RoleProxy}, access.Proxy, true, false, true},
		{access.Who{Role: access.RoleProfessional}, access.Care, true, false, true},
		{access.Who{Role: access.RoleProfessional}, access.Emergency, true, true, true},
		{access.Who{Role: access.RoleResearcher}, access.Research, true, false, false},
		{access.Who{Role: access.RoleResearcher}, access.Care, false, false, false},
		{access.Who{Role: access.RoleProgram}, access.Operations, true, false, true},
		{access.Who{Role: access.RoleProgram}, access.Export, true, false, true},
		{access.Who{Role: access.RoleProgram}, access.Research, true, false, false},
		{access.Who{Role: access.RoleProgram}, access.Care, false, false, false},
	} {
		r := Default().Rule(c.who, c.why)
		if r.May(yes) != c.yes || r.May(no) != c.no || r.May(silent) != c.silent {
			t.Errorf("%s for %s: yes %v, no %v, silent %v", c.who.Role, c.why, r.May(yes), r.May(no), r.May(silent))
		}
	}
}

// Each kind of tie holds while it stands, a while before and after, and not
// longer.
func TestTiesHoldForAWhile(t *testing.T) {
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	on := func(days int) string { return now.AddDate(0, 0, days).Format(time.RFC3339) }
	for _, c := range []struct {
		src  string
		want bool
	}{
		{`{"resourceType":"Patient"}`, true},
		{`{"resourceType":"EpisodeOfCare","status":"active","period":{"start":"` + on(-400) + `"}}`, true},
		{`{"resourceType":"EpisodeOfCare","status":"finished","period":{"start":"` + on(-90) + `","end":"` + on(-20) + `"}}`, true},
		{`{"resourceType":"EpisodeOfCare","status":"finished","period":{"start":"` + on(-90) + `","end":"` + on(-30) + `"}}`, false},
		{`{"resourceType":"EpisodeOfCare","status":"cancelled","period":{"start":"` + on(-1) + `"}}`, false},
		{`{"resourceType":"EpisodeOfCare","status":"entered-in-error"}`, false},
		{`{"resourceType":"EpisodeOfCare"}`, false},
		{`{"resourceType":"Encounter","status":"planned","period":{"start":"` + on(20) + `"}}`, true},
		{`{"resourceType":"Encounter","status":"planned","period":{"start":"` + on(40) + `"}}`, false},
		{`{"resourceType":"Encounter","status":"in-progress"}`, true},
		{`{"resourceType":"Encounter","status":"finished","period":{"start":"nonsense"}}`, false},
		{`{"resourceType":"ServiceRequest","status":"active","authoredOn":"` + on(-300) + `"}`, true},
		{`{"resourceType":"ServiceRequest","status":"active","authoredOn":"` + on(-400) + `"}`, false},
		{`{"resourceType":"ServiceRequest","status":"completed","authoredOn":"` + on(-1) + `"}`, false},
		{`{"resourceType":"CareTeam","status":"active"}`, true},
		{`{"resourceType":"CareTeam","status":"active","period":{"end":"` + on(-1) + `"}}`, false},
		{`{"resourceType":"CareTeam","status":"inactive"}`, false},
		{`{"resourceType":"Appointment","status":"booked","start":"` + on(20) + `"}`, true},
		{`{"resourceType":"Appointment","status":"cancelled","start":"` + on(1) + `"}`, false},
		{`{"resourceType":"Appointment","status":"fulfilled","start":"` + on(-27) + `"}`, true},
		{`{"resourceType":"Appointment","status":"fulfilled","start":"` + on(-30) + `"}`, false},
	} {
		tree, err := fhir.Parse([]byte(c.src), fhir.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		tie := Default().Tie(tree.Root().Get("resourceType").Str())
		if tie == nil || tie.Holds(tree, now) != c.want {
			t.Errorf("%s: want %v", c.src, c.want)
		}
	}
	if Default().Tie("Observation") != nil {
		t.Error("an observation ties somebody")
	}
}

// A file that is not in order is refused, so that a word which was spelt
// wrongly does not become a rule that is not there.
func TestPoliciesThatAreRefused(t *testing.T) {
	for name, src := range map[string]string{
		"nothing":        "",
		"no JSON":        "x",
		"two files":      string(standard) + "{}",
		"no version":     strings.Replace(string(standard), `"version": "2026-2"`, `"version": ""`, 1),
		"no source":      `{"version":"1","date":"2026-01-01"}`,
		"unknown word":   strings.Replace(string(standard), `"ties"`, `"tyes"`, 1),
		"unknown role":   strings.Replace(string(standard), `"role": "self"`, `"role": "king"`, 1),
		"unknown why":    strings.Replace(string(standard), `"purpose": "care"`, `"purpose": "cair"`, 1),
		"not judged":     strings.Replace(string(standard), `"unjudged": "hidden"`, `"unjudged": ""`, 1),
		"half a rule":    strings.Replace(string(standard), `"undecided": "permit"`, `"undecided": "maybe"`, 1),
		"days below 0":   strings.Replace(string(standard), `"beforeDays": 28`, `"beforeDays": -1`, 1),
		"no date":        strings.Replace(string(standard), `"date": "2026-11-26"`, `"date": "soon"`, 1),
		"larger than it": `{"version":"1","source":"` + strings.Repeat("x", maxPolicy) + `"}`,
	} {
		if _, err := Read([]byte(src)); err == nil {
			t.Errorf("%s is taken", name)
		}
	}
}

// FuzzRead holds that whatever is in the file, reading it ends, and what is
// taken has a version and says when it was made.
func FuzzRead(f *testing.F) {
	f.Add(standard)
	f.Add([]byte(`{"version":"1","date":"2026-01-01","source":"s","rules":[{"name":"n","role":"self","purpose":"own","undecided":"deny","no":"obeyed"}]}`))
	f.Fuzz(func(t *testing.T, src []byte) {
		if p, err := Read(src); err == nil && (p.Version == "" || p.Source == "") {
			t.Fatalf("%+v", p)
		}
	})
}
