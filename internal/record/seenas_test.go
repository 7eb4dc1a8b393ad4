package record

import (
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// viewers are of each kind that somebody may want to see their record as.
func viewers(patient string) map[string]Viewer {
	elsewhere, stranger, rescuer, scoped := nurse(patient), nurse(patient), nurse(patient), own(patient)
	elsewhere.Organisation = "org-8"
	stranger.Organisation, stranger.User = "no such organisation", ""
	rescuer.Mandate, rescuer.Until, rescuer.App, rescuer.Grant = "e1", time.Now().Add(time.Hour).UnixMilli(), "", ""
	scope, _ := access.ParseSMART("patient/Observation.rs?category=laboratory")
	scoped.Bound = scope.Rights()
	return map[string]Viewer{
		"staff who are tied": {nurse(patient), access.Care},
		"staff elsewhere":    {elsewhere, access.Care},
		"a stranger":         {stranger, access.Care},
		"an emergency":       {rescuer, access.Emergency},
		"an app":             {own(patient), access.Own},
		"an app of a search": {scoped, access.Own},
		"a proxy":            {access.Who{Actor: "account:9", Kind: access.Person, Role: access.RoleProxy, Patient: patient, Mandate: "m", Until: time.Now().Add(time.Hour).UnixMilli(), Bound: access.Acting(access.AllActing(), false, false)}, access.Proxy},
		"a proxy by a word":  {access.Who{Actor: "account:9", Kind: access.Person, Role: access.RoleProxy, Patient: patient, Bound: access.AllTypes(access.Looking)}, access.Proxy},
		"research":           {access.Who{Actor: "account:8", Kind: access.Person, Role: access.RoleResearcher, Patient: patient, Bound: access.AllTypes(access.Looking)}, access.Research},
	}
}

// ofSeveral asks for all types that the test has.
func ofSeveral(t *testing.T, s *Session, text string) search.Query {
	t.Helper()
	q, err := search.Parse(s.Registry(), []string{"Condition", "Consent", "Observation", "Patient"}, nil, pairs(text), search.Options{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	return q
}

// What a person is told that somebody would see is what they see: for each
// entry, in the counts and on each page. It stands in the log as a look by the
// person and by nobody else.
func TestWhatOthersWouldSeeIsWhatTheySee(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		put(t, op, `{"resourceType":"Condition","id":"hiv","code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"B20"}]},"subject":{"reference":"Patient/sam"}}`)
		put(t, op, sharing("c1", "sam", "active", `{"type":"deny",`+toward("Organization/org-7")+`,"class":[{"system":"http://hl7.org/fhir/resource-types","code":"Condition"}]}`))
		log := &kept{}
		me := own("sam")
		me.App, me.Grant = "", ""
		for name, as := range viewers("sam") {
			door.log = log
			log.entries = nil
			mine := opened(t, door, me, access.Own)
			got, counts := map[string]bool{}, map[string]SeenCount{}
			refused := false
			for cursor, first := "", true; first || cursor != ""; first = false {
				q := ofSeveral(t, mine, "_count=2")
				page, err := mine.SeenAs(ctx, q, cursor, as)
				if err != nil {
					t.Fatalf("%s: %v", name, err)
				}
				refused = page.Refused != nil
				if refused && (page.Refused.May || page.Refused.Reason == "" || page.Refused.Layer == "" || len(page.Items) > 0) {
					t.Errorf("%s is refused: %+v", name, page)
				}
				for _, one := range page.Items {
					n := counts[one.Type]
					if n.There++; one.May {
						n.Seen++
					}
					counts[one.Type], got[one.Key.String()] = n, one.May
					if one.Layer == "" || one.Reason == "" || one.Policy == "" || one.Rules == "" {
						t.Errorf("%s, %s: not said why: %+v", name, one.Key, one.Seen)
					}
				}
				cursor = page.Next
			}
			for _, e := range log.entries {
				if e.Who.Actor != me.Actor || e.Who.Role != access.RoleSelf || e.Purpose != access.Own {
					t.Errorf("%s: the log says that %+v looked", name, e.Who)
				}
			}
			if len(log.entries) == 0 {
				t.Errorf("%s: nothing is in the log", name)
			}
			counted, more, err := mine.SeenCounts(ctx, ofSeveral(t, mine, ""), as)
			if err != nil || more {
				t.Fatalf("%s: %v, %v", name, more, err)
			}
			they, err := door.Open(ctx, as.Who, About{Patient: "sam"}, as.Why)
			if (err != nil) != refused {
				t.Errorf("%s: told refused %v, and a session gives %v", name, refused, err)
			}
			for typ, n := range counted {
				if refused && n.Seen > 0 || !refused && n != counts[typ] {
					t.Errorf("%s: %s is counted as %+v, and listed as %+v", name, typ, n, counts[typ])
				}
			}
			for _, k := range []Key{{"Patient", "sam"}, {"Observation", "laboratory"}, {"Observation", "social-history"}, {"Condition", "hiv"}} {
				sees := false
				if err == nil {
					_, err := they.Read(ctx, k, 0)
					sees = err == nil
				}
				if got[k.String()] != sees {
					t.Errorf("%s: told %v of %s, and they see it: %v", name, got[k.String()], k, sees)
				}
				all, err := mine.WhoSees(ctx, k, []Viewer{as, {me, access.Own}})
				if err != nil || len(all) != 2 || all[0].May != sees || !all[1].May {
					t.Errorf("%s, %s: %+v, %v", name, k, all, err)
				}
			}
		}
	})
}

// Whoever is neither the person nor runs the service is told nothing of what
// others see, and a page belongs to its question.
func TestWhatOthersWouldSeeIsForThePerson(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		all := viewers("sam")
		for _, name := range []string{"staff who are tied", "a proxy"} {
			s, err := door.Open(ctx, all[name].Who, About{Patient: "sam"}, all[name].Why)
			if err != nil {
				t.Fatal(err)
			}
			q := query(t, op, "Observation", "")
			_, one := s.SeenAs(ctx, q, "", all["an app"])
			_, _, two := s.SeenCounts(ctx, q, all["an app"])
			_, three := s.WhoSees(ctx, Key{"Observation", "laboratory"}, []Viewer{all["an app"]})
			for _, err := range []error{one, two, three} {
				if !problem.Is(err, problem.Forbidden) {
					t.Errorf("%s is told: %v", name, err)
				}
			}
		}
		mine := opened(t, door, own("sam"), access.Own)
		page, err := mine.SeenAs(ctx, query(t, mine, "Observation", "_count=1"), "", all["an app"])
		if err != nil || page.Next == "" {
			t.Fatal(page, err)
		}
		if _, err := mine.SeenAs(ctx, query(t, mine, "Patient", "_count=1"), page.Next, all["an app"]); !problem.Is(err, problem.Invalid) {
			t.Errorf("a page of another question: %v", err)
		}
		if _, err := op.SeenAs(ctx, query(t, op, "Observation", ""), "", all["an app"]); !problem.Is(err, problem.Invalid) {
			t.Errorf("about everybody: %v", err)
		}
		if _, err := mine.WhoSees(ctx, Key{"Observation", "none"}, []Viewer{all["an app"]}); !problem.Is(err, problem.NotFound) {
			t.Errorf("of nothing: %v", err)
		}
	})
}
