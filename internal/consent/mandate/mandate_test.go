package mandate

import (
	"testing"

	"github.com/bevanhealth/bevan/internal/access"
)

// A mandate is in the record as the national relationship service writes one,
// with who made it; and acting by it is in the log as that.
func TestAMandateIsAConsentInTheRecord(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		ann := s.join("Ann")
		s.patient("Sam", "2096-05-04")
		d, err := s.parent(ann, "Sam")
		s.ok(err)
		c := s.stored("Consent", d.ID)
		for _, want := range []struct {
			got  bool
			what string
		}{
			{c.Get("status").Is("active"), "status"},
			{has(c.Get("scope"), scopeSystem, "patient-privacy"), "scope"},
			{has(c.Get("category").At(0), actCodeSystem, "INFA"), "category"},
			{c.Get("patient").Get("reference").Is("Patient/sam"), "patient"},
			{c.Get("performer").At(0).Get("reference").Is("RelatedPerson/" + d.Relation.ID), "performer"},
			{has(c.Get("policyRule"), basisSystem, "parental-responsibility"), "policyRule"},
			{c.Get("provision").Get("actor").At(0).Get("reference").Get("reference").Is("RelatedPerson/" + d.Relation.ID), "actor"},
			{c.Get("provision").Get("period").Get("start").Is("2100-05-03T13:30:00Z"), "period"},
		} {
			if !want.got {
				t.Errorf("the %s is not right: %s", want.what, c.Raw())
			}
		}
		r := s.stored("RelatedPerson", d.Relation.ID)
		if !r.Get("patient").Get("reference").Is("Patient/sam") || !r.Get("active").Is("true") && r.Get("active").Kind().String() != "true" {
			t.Errorf("the relationship is %s", r.Raw())
		}
		s.ok(ann.acts("sam"))
		s.log = nil
		if ok, err := ann.sees("sam", "Observation", "sam-result"); !ok || err != nil {
			t.Errorf("the parent does not see it: %v", err)
		}
		if len(s.log) == 0 {
			t.Fatal("nothing is in the log")
		}
		for _, e := range s.log {
			if e.Who.Role != access.RoleProxy || e.Who.Mandate != d.ID || e.Purpose != access.Proxy || e.Rule != "proxy-acting" || e.Person == 0 {
				t.Errorf("the log says %+v", e)
			}
		}
	})
}
