package record

import (
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// imposedOn is an entry of Sam's with a label of ours.
func imposedOn(id, name string) string {
	return `{"resourceType":"Observation","id":"` + id + `","meta":{"security":[{"system":"` + label.Ours + `","code":"` + name + `"}]},"status":"final","code":{"coding":[{"system":"urn:c","code":"kept"}]},"subject":{"reference":"Patient/sam"}}`
}

// rescuer is a clinician who declared an emergency about Sam.
func rescuer() access.Who {
	w := nurse("sam")
	w.Mandate, w.Until, w.App, w.Grant = "emergency:e1", time.Now().Add(time.Hour).UnixMilli(), "", ""
	return w
}

// An emergency lifts a person's no, and not what a court or those who keep
// somebody safe imposed: that is as if it were not there, and the layer is named
// to those who may ask why. Where the policy file does not keep it, it is seen.
func TestAnEmergencyDoesNotLiftWhatWasImposed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		for _, text := range []string{imposedOn("safe", "safeguarding-restriction"), imposedOn("court", "court-order"), imposedOn("worry", "safeguarding"), imposedOn("private", "restricted"),
			sharing("c1", "sam", "active", `{"type":"deny",`+toward("Organization/org-7")+`,"code":[{"coding":[{"system":"urn:c","code":"kept"}]}]}`)} {
			put(t, op, text)
		}
		s := opened(t, door, rescuer(), access.Emergency)
		wantIDs(t, s, "Observation", "code=kept&_total=accurate", "worry", "private") // the no is lifted, and nothing else
		for _, id := range []string{"safe", "court"} {
			if _, err := s.Read(ctx, Key{"Observation", id}, 0); problem.KindOf(err) != problem.NotFound {
				t.Errorf("%s is read: %v", id, err)
			}
			if _, err := s.Read(ctx, Key{"Observation", id}, 1); problem.KindOf(err) != problem.NotFound {
				t.Errorf("the version of %s is read: %v", id, err)
			}
		}
		alone := own("sam")
		alone.App, alone.Grant = "", ""
		me := opened(t, door, alone, access.Own)
		for id, want := range map[string]string{"safe": "safeguarding", "court": "law", "worry": "policy"} {
			seen, err := me.MaySee(ctx, Key{"Observation", id}, rescuer(), access.Emergency)
			if err != nil || seen.Layer != want || seen.May != (want == "policy") {
				t.Errorf("%s: %+v, %v", id, seen, err)
			}
		}
		// A right to act that shows safeguarding does not show it either.
		proxy := access.Who{Actor: "account:kim", Kind: access.Person, Role: access.RoleProxy, Patient: "sam", Mandate: "m1", Shown: access.Sensitive, Bound: access.AllTypes(access.AllVerbs)}
		wantIDs(t, opened(t, door, proxy, access.Proxy), "Observation", "code=kept&_total=accurate", "worry", "private")
	})
}

// The person does not say that something was imposed: with that they would lift
// themselves above an emergency. What is imposed stays when they write anew.
func TestNobodyImposesOnThemself(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		put(t, op, imposedOn("safe", "safeguarding-restriction"))
		alone := own("sam")
		alone.App, alone.Grant = "", ""
		me := opened(t, door, alone, access.Own)
		for _, l := range []label.Set{label.SafeguardingRestriction, label.CourtOrder | label.HIV} {
			if _, err := me.Raise(ctx, Key{"Observation", "laboratory"}, l, ""); problem.ReasonOf(err) != "label-imposed" {
				t.Errorf("%s: %v", l, err)
			}
		}
		if _, err := me.Transact(ctx, []Op{{Method: Put, Key: Key{"Observation", "safe"}, Body: tree(t, imposedOn("safe", "court-order"))}}); problem.ReasonOf(err) != "label-imposed" {
			t.Errorf("it is written: %v", err)
		}
		plain := imposedOn("safe", "court-order")
		from := strings.Index(plain, `"meta"`)
		plain = plain[:from] + plain[strings.Index(plain, `"status"`):]
		if _, err := me.Transact(ctx, []Op{{Method: Put, Key: Key{"Observation", "safe"}, Body: tree(t, plain)}}); err != nil {
			t.Errorf("without the label: %v", err)
		}
		wantIDs(t, opened(t, door, rescuer(), access.Emergency), "Observation", "code=kept&_total=accurate")
		if _, err := opened(t, door, nurse("sam"), access.Care).Raise(ctx, Key{"Observation", "laboratory"}, label.SafeguardingRestriction, "agreed with the safeguarding lead"); err != nil {
			t.Errorf("staff: %v", err)
		}
	})
}
