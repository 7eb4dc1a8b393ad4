package mandate

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/problem"
)

// outside is a Consent of another service; some change it.
func (s *site) outside(id string, some ...func(map[string]any)) *fhir.Tree {
	s.t.Helper()
	c := map[string]any{
		"resourceType": "Consent", "id": "theirs", "status": "active",
		"identifier": []any{map[string]any{"system": "https://relations.example/id", "value": id}},
		"extension": []any{
			map[string]any{"url": grantorURL, "valueReference": map[string]any{"identifier": map[string]any{"system": odsSystem, "value": "A81001"}}},
			map[string]any{"url": reasonURL, "valueCodeableConcept": map[string]any{"coding": []any{map[string]any{"system": reasonSystem, "code": "ROLE_CREATED"}}}},
		},
		"scope":    map[string]any{"coding": []any{map[string]any{"system": scopeSystem, "code": "patient-privacy"}}},
		"category": []any{map[string]any{"coding": []any{map[string]any{"system": actCodeSystem, "code": "INFA"}}}},
		"patient":  map[string]any{"identifier": map[string]any{"system": fhir.NHSNumberSystem, "value": s.numberOf("sam")}},
		"contained": []any{map[string]any{"resourceType": "RelatedPerson", "id": "r", "name": []any{map[string]any{"text": "Ann Hill"}},
			"identifier":   []any{map[string]any{"system": fhir.NHSNumberSystem, "value": s.numberOf("ann")}},
			"relationship": []any{map[string]any{"coding": []any{map[string]any{"system": roleSystem, "code": "GUARD"}}}}}},
		"performer":  []any{map[string]any{"reference": "#r"}},
		"policyRule": map[string]any{"coding": []any{map[string]any{"system": basisSystem, "code": "parental-responsibility"}}},
		"provision": map[string]any{"type": "permit", "period": map[string]any{"start": "2100-01-01", "end": "2101-12-31"},
			"actor": []any{map[string]any{"role": map[string]any{"text": "proxy"}, "reference": map[string]any{"reference": "#r"}}}},
	}
	for _, f := range some {
		f(c)
	}
	b, err := json.Marshal(c)
	s.ok(err)
	t, err := fhir.Parse(b, fhir.Limits{})
	s.ok(err)
	return t
}

var registry = By{Actor: "client:relations"}

// A Consent of the national service becomes a mandate after the same checks, is
// one only once, and ends when it ends there. What was stopped here stays so.
func TestAConsentOfTheNationalServiceIsImported(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.join("Ann")
		s.patient("Sam", "2096-05-04")
		d, err := s.Import(t.Context(), registry, s.outside("1"))
		s.ok(err)
		if d.Basis != Parent || d.Way != ByImport || d.Grantor != "A81001" || d.Relation.Kind != KindGuardian || d.Relation.Name != "Ann Hill" || d.May != Look|Ask ||
			!d.Ends.Equal(time.Date(2102, 1, 1, 0, 0, 0, 0, time.UTC)) {
			t.Errorf("it is %+v", d)
		}
		s.ok(ann.acts("sam"))
		if ok, err := ann.sees("sam", "Observation", "sam-result"); !ok || err != nil {
			t.Errorf("it is not seen: %v", err)
		}
		again, err := s.Import(t.Context(), registry, s.outside("1"))
		s.ok(err)
		if all, err := s.About(t.Context(), "sam"); err != nil || len(all) != 1 || again.ID != d.ID {
			t.Errorf("there are %+v, %v", all, err)
		}
		if c := s.stored("Consent", d.ID); !c.Get("identifier").At(0).Get("value").Is("1") {
			t.Errorf("the record has %s", c.Raw())
		}
		s.ok(s.Suspend(t.Context(), practice, d.ID, true, "a worry"))
		_, err = s.Import(t.Context(), registry, s.outside("1"))
		s.ok(err)
		if _, ok, err := s.Acting(t.Context(), ann.Session); ok || err != nil {
			t.Errorf("what was stopped here is given back from there: %v", err)
		}
		_, err = s.Import(t.Context(), registry, s.outside("1", func(c map[string]any) { c["status"] = "inactive" }))
		s.ok(err)
		if got, err := s.Find(t.Context(), d.ID); err != nil || got.Status != Ended {
			t.Errorf("it is %+v, %v", got, err)
		}
		_, err = s.Import(t.Context(), registry, s.outside("1", func(c map[string]any) { c["status"] = "inactive" }))
		s.fails(err, "mandate-outside-none")
	})
}

// The same checks are made of what comes from outside.
func TestAnImportIsCheckedLikeAnyOther(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.join("Ann")
		basis := func(b Basis) func(map[string]any) {
			return func(c map[string]any) {
				c["policyRule"] = map[string]any{"coding": []any{map[string]any{"system": basisSystem, "code": string(b)}}}
			}
		}
		s.patient("Sam", "2087-05-03") // thirteen today
		_, err := s.Import(t.Context(), registry, s.outside("1"))
		s.fails(err, "mandate-old")
		_, err = s.Import(t.Context(), registry, s.outside("2", basis(Consented)))
		s.fails(err, "mandate-able")
		_, err = s.Import(t.Context(), registry, s.outside("3", basis(Attorney)))
		s.fails(err, "mandate-young")
		_, err = s.Import(t.Context(), registry, s.outside("4", basis(BestInterest)))
		s.fails(err, "mandate-unable")
		_, err = s.Import(t.Context(), registry, s.outside("5", func(c map[string]any) {
			c["patient"] = map[string]any{"identifier": map[string]any{"system": fhir.NHSNumberSystem, "value": nhsNumber(777)}}
		}))
		s.fails(err, "mandate-no-record")
		if all, err := s.About(t.Context(), "sam"); err != nil || len(all) != 0 {
			t.Errorf("there are %+v, %v", all, err)
		}
	})
}

// What can not be kept to is refused, and says where.
func TestAConsentThatCanNotBeKeptIsRefused(t *testing.T) {
	s := &site{t: t}
	for _, c := range []struct {
		name, place string
		do          func(map[string]any)
	}{
		{"another type", "Consent", func(c map[string]any) { c["resourceType"] = "Observation" }},
		{"a modifier", "Consent.modifierExtension", func(c map[string]any) { c["modifierExtension"] = []any{map[string]any{"url": "x"}} }},
		{"another scope", "Consent.scope", func(c map[string]any) { delete(c, "scope") }},
		{"another category", "Consent.category", func(c map[string]any) { c["category"] = []any{} }},
		{"no identifier", "Consent.identifier", func(c map[string]any) { delete(c, "identifier") }},
		{"an identifier without a system", "Consent.identifier", func(c map[string]any) { c["identifier"] = []any{map[string]any{"value": "1"}} }},
		{"a draft", "Consent.status", func(c map[string]any) { c["status"] = "draft" }},
		{"nobody", "Consent.patient.identifier", func(c map[string]any) { c["patient"] = map[string]any{"reference": "Patient/sam"} }},
		{"a bad number", "Consent.patient.identifier", func(c map[string]any) {
			c["patient"] = map[string]any{"identifier": map[string]any{"system": fhir.NHSNumberSystem, "value": "9990000019"}}
		}},
		{"no performer", "Consent.performer", func(c map[string]any) { delete(c, "performer") }},
		{"two performers", "Consent.performer", func(c map[string]any) { c["performer"] = append(c["performer"].([]any), c["performer"].([]any)...) }},
		{"a performer without a number", "Consent.performer", func(c map[string]any) { c["performer"] = []any{map[string]any{"display": "Ann"}} }},
		{"no basis", "Consent.policyRule", func(c map[string]any) { delete(c, "policyRule") }},
		{"an unknown basis", "Consent.policyRule", func(c map[string]any) {
			c["policyRule"] = map[string]any{"coding": []any{map[string]any{"system": basisSystem, "code": "UNK"}}}
		}},
		{"no grantor", "Consent.extension", func(c map[string]any) { delete(c, "extension") }},
		{"a deny", "Consent.provision.type", func(c map[string]any) { c["provision"].(map[string]any)["type"] = "deny" }},
		{"nested", "Consent.provision", func(c map[string]any) { c["provision"].(map[string]any)["provision"] = []any{map[string]any{}} }},
		{"a class", "Consent.provision", func(c map[string]any) { c["provision"].(map[string]any)["class"] = []any{map[string]any{}} }},
		{"an unknown action", "Consent.provision.action", func(c map[string]any) {
			c["provision"].(map[string]any)["action"] = []any{map[string]any{"text": "all"}}
		}},
		{"no date", "Consent.provision.period.end", func(c map[string]any) {
			c["provision"].(map[string]any)["period"] = map[string]any{"end": "soon"}
		}},
	} {
		_, err := ReadOutside(s.outside("1", c.do))
		p := problem.Of(err)
		if p == nil || p.Kind != problem.Unprocessable || p.Issues[0].Place != c.place || !strings.HasSuffix(p.Issues[0].Sentence, ".") {
			t.Errorf("%s: %v", c.name, err)
		}
	}
	if _, err := ReadOutside(s.outside("1")); err != nil {
		t.Error(err)
	}
}

func FuzzReadOutside(f *testing.F) {
	f.Add(s0(f).outside("1").Bytes())
	f.Fuzz(func(t *testing.T, text []byte) {
		tree, err := fhir.Parse(text, fhir.Limits{})
		if err != nil {
			return
		}
		o, err := ReadOutside(tree)
		if err == nil && (o.Basis == "" || len(o.Person) != 10 || len(o.Holder) != 10 || o.Identifier == "" || !ods(o.Grantor) || o.May&Look == 0 && o.May != 0 && o.May&^(Ask|Manage) != 0) {
			t.Errorf("%+v", o)
		}
	})
}

func s0(t testing.TB) *site { return &site{t: t} }

// A code that is guessed is spent, and whatever is wrong gets the same words.
func TestCodesAreNotGuessed(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, bob := s.join("Ann"), s.join("Bob")
		_, code, err := s.Invite(t.Context(), ann.fresh(), Offer{Kind: KindFriend, Name: "Bob", May: Look})
		s.ok(err)
		plain := readCode(code)
		for _, bad := range []string{"", "x", strings.Repeat("0", 20), strings.Repeat("z", 4000), "'; DROP TABLE mandate;--", plain[:6]} {
			_, err := s.Accept(t.Context(), bob.fresh(), bad)
			s.fails(err, "mandate-code")
		}
		for range codeTries {
			_, err := s.Accept(t.Context(), bob.fresh(), plain[:6]+strings.Repeat("0", 14))
			s.fails(err, "mandate-code")
		}
		_, err = s.Accept(t.Context(), bob.fresh(), code)
		s.fails(err, "mandate-code")

		_, code, err = s.Invite(t.Context(), ann.fresh(), Offer{Kind: KindFriend, Name: "Bob", May: Look})
		s.ok(err)
		s.clock.set(s.clock.now().Add(codeLife))
		_, err = s.Accept(t.Context(), bob.fresh(), code)
		s.fails(err, "mandate-code")

		o, code, err := s.Invite(t.Context(), ann.fresh(), Offer{Kind: KindFriend, Name: "Bob", May: Look})
		s.ok(err)
		if all, err := s.Offers(t.Context(), ann.Session); err != nil || len(all) != 1 || all[0].Name != "Bob" {
			t.Errorf("the offers are %+v, %v", all, err)
		}
		s.ok(s.Withdraw(t.Context(), bob.Session, o.ID)) // not his to withdraw
		s.ok(s.Withdraw(t.Context(), ann.Session, o.ID))
		_, err = s.Accept(t.Context(), bob.fresh(), code)
		s.fails(err, "mandate-code")

		_, code, err = s.Invite(t.Context(), ann.fresh(), Offer{Kind: KindFriend, Name: "Bob", May: Look})
		s.ok(err)
		s.owner["ann"] = "" // her record was taken from her account
		_, err = s.Accept(t.Context(), bob.fresh(), code)
		s.fails(err, "mandate-code")
	})
}

// Of two who bring a code at once one gets the right.
func TestACodeIsForOne(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann, bob, cat := s.join("Ann"), s.join("Bob"), s.join("Cat")
		_, code, err := s.Invite(t.Context(), ann.fresh(), Offer{Kind: KindFriend, Name: "Bob", May: Look})
		s.ok(err)
		bob.fresh()
		cat.fresh()
		got := make(chan error, 2)
		for _, p := range []*person{bob, cat} {
			go func() { _, err := s.Accept(t.Context(), p.Session, code); got <- err }()
		}
		a, b := <-got, <-got
		if (a == nil) == (b == nil) {
			t.Errorf("%v and %v", a, b)
		}
	})
}
