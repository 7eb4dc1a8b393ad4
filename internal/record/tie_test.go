package record

import (
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// Who is tied is told by what, since when and until when, as far as they may see
// it, and the telling is on the log.
func TestTiesSayWhySomebodyMaySee(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		const org, sam = `{"reference":"Organization/org-9"}`, `{"reference":"Patient/sam"}`
		put(t, op, `{"resourceType":"Patient","id":"sam","managingOrganization":`+org+`}`)
		put(t, op, `{"resourceType":"EpisodeOfCare","id":"long","status":"finished","patient":`+sam+`,"managingOrganization":`+org+`,"period":{"start":"2019-01-01","end":"2019-02-01"}}`)
		put(t, op, `{"resourceType":"EpisodeOfCare","id":"now","status":"active","patient":`+sam+`,"managingOrganization":`+org+`,"period":{"start":"2019-01-01"}}`)
		put(t, op, `{"resourceType":"CareTeam","id":"secret","status":"active","subject":`+sam+`,"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"SEX"}]},"participant":[{"member":`+org+`}]}`)
		who := nurse("sam")
		who.User, who.Organisation = "Practitioner/other", "org-9"
		s := opened(t, door, who, access.Care)
		ties, err := s.Ties(ctx)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, tie := range ties {
			got = append(got, tie.String()+" "+tie.Since.Format("2006-01-02")+" "+tie.Until.Format("2006"))
		}
		want := "Patient/sam 0001-01-01 0001, EpisodeOfCare/now 2019-01-01 0001"
		if all := strings.Join(got, ", "); !strings.HasPrefix(all, want) || strings.Contains(all, "long") {
			t.Errorf("ties: %s, want %s", all, want)
		}

		other := who
		other.Organisation = "org-8"
		put(t, op, `{"resourceType":"CareTeam","id":"theirs","status":"active","subject":`+sam+`,"participant":[{"member":{"reference":"Organization/org-8"}}],"period":{"start":"2019-03-01","end":"2100-03-01"}}`)
		if ties, err = opened(t, door, other, access.Care).Ties(ctx); err != nil || len(ties) != 1 || ties[0].Key != (Key{"CareTeam", "theirs"}) || ties[0].Until.Year() != 2100 {
			t.Errorf("%v, %v", ties, err)
		}
		if ties, err := op.Ties(ctx); err != nil || ties != nil {
			t.Errorf("who runs the service is tied by %v, %v", ties, err)
		}
	})
}

// What ties somebody and is kept from them is not told: they are tied, and by
// nothing that they can see.
func TestATieThatIsHiddenIsNotTold(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		put(t, op, `{"resourceType":"Patient","id":"sam"}`)
		put(t, op, `{"resourceType":"CareTeam","id":"team","status":"active","subject":{"reference":"Patient/sam"},"participant":[{"member":{"reference":"Organization/org-9"}}]}`)
		who := nurse("sam")
		who.User, who.Organisation = "Practitioner/other", "org-9"
		if ties, err := opened(t, door, who, access.Care).Ties(ctx); err != nil || len(ties) != 1 {
			t.Fatalf("%v, %v", ties, err)
		}
		put(t, op, `{"resourceType":"Consent","id":"no","status":"active","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/sam"},
			"policyRule":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"OPTIN"}]},"provision":{"type":"permit","provision":[{"type":"deny","data":[{"meaning":"instance","reference":{"reference":"CareTeam/team"}}]}]}}`)
		if ties, err := opened(t, door, who, access.Care).Ties(ctx); err != nil || len(ties) != 0 {
			t.Errorf("%v, %v", ties, err)
		}
	})
}
