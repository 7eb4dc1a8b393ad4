package portal

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/staff"
)

// A person can choose about a care team that their record names: who is in it is kept
// out, who is not sees as before, and the choice is read back in the same words.
func TestAChoiceAboutACareTeam(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.linked("Ann", "ann")
		s.operator.workAs(staff.Operator)
		org, clinician := s.mischief(s.operator, "ann")
		nurse := s.atWorkIn(clinician, org, "ann")
		places, err := s.cfg.Staff.PlacesOf(t.Context(), clinician.account())
		p.must(err)
		nurse.User = places[0].Practitioner
		other := nurse
		other.User = "Practitioner/somebody-else"
		s.put(`{"resourceType":"CareTeam","id":"knee","status":"active","name":"Knee team","subject":{"reference":"Patient/ann"},"participant":[{"member":{"reference":"`+nurse.User+`"}}]}`,
			`{"resourceType":"CareTeam","id":"none","status":"active","subject":{"reference":"Patient/ann"}}`, `{"resourceType":"CareTeam","id":"over","status":"inactive","name":"Old team","subject":{"reference":"Patient/ann"}}`)
		form := p.get("/sharing/new")
		form.shows(http.StatusOK, "The care team Knee team", "The care team without a name none")
		form.hides("Old team", "more places and people")
		said := []string{"say", "no", "whom", "team knee", "about", "group results"}
		look := p.send("/sharing/new", said...)
		look.shows(http.StatusOK, "The care team Knee team may not see results of tests.", "Dr Ada Obi, Valley Hospitals Results, measurements and answers (observations) 3")
		look.hides("Staff of Valley Hospitals Results", "are looked at here")
		p.send("/sharing/save", said...).to("/sharing")
		p.get("/sharing").shows(http.StatusOK, "The care team Knee team may not see results of tests. It holds until you end it")
		if s.sees(nurse, access.Care, "ann", "Observation", "anna") || !s.sees(nurse, access.Care, "ann", "Condition", "annc") || !s.sees(other, access.Care, "ann", "Observation", "anna") {
			t.Error("the choice does not do what it says")
		}
		p.send("/sharing/new", "say", "no", "whom", "team over", "about", "everything").shows(http.StatusUnprocessableEntity, "Choose whom it is about.")
	})
}

// Where more places have to do with somebody than are looked at, the page says so, and
// none says so where all were looked at.
func TestAPreviewSaysThatNotAllWereLookedAt(t *testing.T) {
	s := open(t, dbtest.SQLite(t), origin)
	s.setUp()
	p := s.linked("Ann", "ann")
	const few = "More places and people have to do with you than are looked at here."
	said := []string{"say", "no", "whom", "everybody", "about", "everything"}
	place := func(i int) string {
		return fmt.Sprintf(`{"resourceType":"EpisodeOfCare","id":"ep%d","status":"active","patient":{"reference":"Patient/ann"},"managingOrganization":{"reference":"Organization/o%d"}}`, i, i)
	}
	for i := range mostPlaces - len(s.surgeries) - 1 {
		s.put(place(i))
	}
	p.send("/sharing/new", said...).hides(few)
	for i := range 3 {
		s.put(place(mostPlaces + i))
	}
	p.send("/sharing/new", said...).shows(http.StatusOK, few, "Your choice holds for them too.")
}
