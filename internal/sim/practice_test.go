package sim

import (
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
)

// registrar is what the region has to offer to somebody who registers.
type registrar struct {
	kind   map[string]string // of an organisation, by its reference
	active map[string]bool
	gps    map[string]map[string]bool // an organisation's GPs, both by their references
}

func surgeries(t *testing.T, r Region) registrar {
	t.Helper()
	s := registrar{kind: map[string]string{}, active: map[string]bool{}, gps: map[string]map[string]bool{}}
	for one := range r.Places() {
		n := parse(t, one)
		key := one.Type + "/" + one.ID
		switch one.Type {
		case "Organization":
			s.kind[key] = n.Get("type").At(0).Get("coding").At(0).Get("code").Str()
			s.active[key] = string(n.Get("active").Text()) == "true"
		case "PractitionerRole":
			at, who := n.Get("organization").Get("reference").Str(), n.Get("practitioner").Get("reference").Str()
			if s.gps[at] == nil {
				s.gps[at] = map[string]bool{}
			}
			s.gps[at][who] = n.Get("code").At(0).Get("coding").At(0).Get("code").Str() == "gp"
		}
	}
	return s
}

// Everybody is registered with one practice of the region and with one of its
// GPs, from some weeks after they are born (or move in) until they die, and the
// Patient says the same as the EpisodeOfCare.
func TestEverybodyIsRegisteredWithAGP(t *testing.T) {
	t.Parallel()
	for _, people := range []int{1, 40, 3_000} {
		r := region(people, .2)
		s := surgeries(t, r)
		patients, registered := map[string]fhir.Node{}, map[string]int{}
		dead := 0
		for one := range all(r, 0) {
			n := parse(t, one)
			switch one.Type {
			case "Patient":
				patients["Patient/"+one.ID] = n
				if n.Get("deceasedDateTime").Exists() {
					dead++
				}
			case "EpisodeOfCare":
				who := n.Get("patient").Get("reference").Str()
				registered[who]++
				checkRegistration(t, s, n, patients[who])
			}
		}
		for who := range patients {
			if registered[who] != 1 {
				t.Errorf("%s is registered %d times", who, registered[who])
			}
		}
		// The last household is not torn apart, so there may be a few more.
		if len(patients) < people || len(registered) != len(patients) {
			t.Errorf("of %d people %d are patients and %d are registered", people, len(patients), len(registered))
		}
		t.Logf("%d people, of whom %d have died, with %d organisations", len(patients), dead, len(s.kind))
	}
}

func checkRegistration(t *testing.T, s registrar, episode, patient fhir.Node) {
	t.Helper()
	if !patient.Exists() {
		t.Fatalf("somebody is registered who is not there: %s", episode.Text())
	}
	id := patient.Get("id").Str()
	practice, gp := episode.Get("managingOrganization").Get("reference").Str(), episode.Get("careManager").Get("reference").Str()
	if s.kind[practice] != "prov" || !s.active[practice] || !s.gps[practice][gp] {
		t.Errorf("%s is registered with %q at %q, who are not of the region or do not belong together", id, gp, practice)
	}
	if got := patient.Get("managingOrganization").Get("reference").Str(); got != practice {
		t.Errorf("%s has the practice %q and is registered at %q", id, got, practice)
	}
	gps := patient.Get("generalPractitioner")
	if got := gps.At(0).Get("reference").Str(); gps.Len() != 1 || got != gp {
		t.Errorf("%s has %d GPs, the first is %q, and is registered with %q", id, gps.Len(), got, gp)
	}
	if code := episode.Get("type").At(0).Get("coding").At(0).Get("code").Str(); code != "gp-registration" {
		t.Errorf("%s has an episode of kind %q", id, code)
	}
	start, end := episode.Get("period").Get("start").Str(), episode.Get("period").Get("end").Str()
	died := patient.Get("deceasedDateTime").Str()
	if start < patient.Get("birthDate").Str() || died != "" && !strings.HasPrefix(died, end) || end != "" && start > end {
		t.Errorf("%s, born %s, died %q, is registered from %s to %q", id, patient.Get("birthDate").Str(), died, start, end)
	}
	if status := episode.Get("status").Str(); (status == "active") != (died == "") || (end == "") != (died == "") {
		t.Errorf("%s, died %q, has a registration that is %s and ends %q", id, died, status, end)
	}
}
