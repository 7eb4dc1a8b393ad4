package record

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/choice"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// towardApp names an app by its client id.
func towardApp(id string) string {
	return `"actor":[{"role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"IRCP"}]},"reference":{"identifier":{"system":"` + choice.IdentApp + `","value":"` + id + `"}}}]`
}

// A no to one program hides from it, and from no other, from the next question
// on of a session that is open.
func TestANoToAProgramHoldsInAllItsSearches(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		lab := program(t, door, "system/*.rs", access.Operations)
		wantIDs(t, lab, "Observation", "_total=accurate", "laboratory", "social-history")
		no := `{"type":"deny",` + towardApp("lab") + `,"class":[{"system":"http://hl7.org/fhir/resource-types","code":"Observation"}]}`
		put(t, op, sharing("c1", "sam", "active", no))
		for _, s := range []*Session{lab, program(t, door, "system/*.rs", access.Operations)} {
			wantIDs(t, s, "Observation", "_total=accurate")
			wantIDs(t, s, "Patient", "_has:Observation:patient:_id=laboratory&_total=accurate")
			wantIDs(t, s, "Patient", "_total=accurate", "sam")
			if _, err := s.Read(ctx, Key{"Observation", "laboratory"}, 0); !problem.Is(err, problem.NotFound) {
				t.Errorf("it is read: %v", err)
			}
			if _, err := s.Read(ctx, Key{"Observation", "laboratory"}, 1); !problem.Is(err, problem.NotFound) {
				t.Errorf("its version is read: %v", err)
			}
			if page, err := s.History(ctx, History{Type: "Observation", Count: -1}); err != nil || len(page.Items) != 0 {
				t.Errorf("the history has %d, %v", len(page.Items), err)
			}
		}
		who := access.Who{Actor: "client:other", Kind: access.Client, Role: access.RoleProgram, App: "other", Grant: "g", Bound: access.AllTypes(access.Looking)}
		wantIDs(t, opened(t, door, who, access.Operations), "Observation", "_total=accurate", "laboratory", "social-history")
		wantIDs(t, op, "Observation", "_total=accurate", "laboratory", "social-history")
		put(t, op, sharing("c1", "sam", "inactive", no))
		wantIDs(t, lab, "Observation", "_total=accurate", "laboratory", "social-history")
	})
}

// A program can not write over what is hidden from it, nor delete it, and makes
// what is not there.
func TestAProgramWritesOverNothingThatIsHidden(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		put(t, op, sharing("c1", "sam", "active", `{"type":"deny",`+towardApp("lab")+`}`))
		lab := program(t, door, "system/*.cruds", access.Operations)
		nothing := query(t, lab, "Observation", "code=nothing")
		src := func(id string) string {
			return `{"resourceType":"Observation","id":"` + id + `","status":"final","code":{"text":"mine"},"subject":{"reference":"Patient/sam"}}`
		}
		for _, op := range []Op{
			{Method: Put, Key: Key{"Observation", "laboratory"}, Body: tree(t, src("laboratory"))},
			{Method: Put, Key: Key{Type: "Observation"}, If: &nothing, Body: tree(t, src("laboratory"))},
		} {
			if _, err := lab.Transact(ctx, []Op{op}); !problem.Is(err, problem.NotFound) {
				t.Errorf("it is written over: %v", err)
			}
		}
		if out, err := lab.Transact(ctx, []Op{{Method: Delete, Key: Key{"Observation", "laboratory"}}}); err != nil || out[0].Changed || out[0].Deleted != 0 {
			t.Errorf("it is deleted: %+v, %v", out, err)
		}
		if r, err := op.Read(ctx, Key{"Observation", "laboratory"}, 0); err != nil || r.Version != 1 || strings.Contains(string(r.Body), "mine") {
			t.Errorf("it was changed: %s, %v", r.Body, err)
		}
		if out, err := lab.Transact(ctx, []Op{{Method: Put, Key: Key{"Observation", "new"}, Body: tree(t, src("new"))}}); err != nil || !out[0].Created {
			t.Errorf("it makes nothing: %v", err)
		}
	})
}

// A scan that is under way when somebody says no gives nothing more of theirs,
// and what it gave before is not to be handed over.
func TestAChoiceInTheMidstOfAnExportHolds(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		n := scanBatch + 10
		for i := range n {
			put(t, op, `{"resourceType":"Patient","id":"p`+strconv.Itoa(i)+`"}`)
		}
		s := program(t, door, "system/*.rs", access.Export)
		var order []string
		if _, err := s.Scan(ctx, []string{"Patient"}, time.Time{}, nil, "", func(r Resource) error {
			order = append(order, r.ID)
			return nil
		}); err != nil || len(order) != n {
			t.Fatalf("%d of %d, %v", len(order), n, err)
		}
		first, second, last := order[0], order[1], order[n-1]
		got := map[string]bool{}
		_, err := s.Scan(ctx, []string{"Patient"}, time.Time{}, nil, "", func(r Resource) error {
			if got[r.ID] = true; len(got) == 1 {
				for _, id := range []string{first, last} {
					put(t, op, sharing("no-"+id, id, "active", `{"type":"deny",`+towardApp("lab")+`}`))
				}
			}
			return nil
		})
		if err != nil || len(got) != n-1 || !got[first] || got[last] {
			t.Errorf("%d of %d, the first %v, the last %v, %v", len(got), n, got[first], got[last], err)
		}
		stands, err := s.Stand(ctx, []Key{{"Patient", first}, {"Patient", second}, {"Patient", last}, {"Patient", "nobody"}})
		if err != nil || stands[Key{"Patient", first}] || !stands[Key{"Patient", second}] || stands[Key{"Patient", last}] || stands[Key{"Patient", "nobody"}] {
			t.Errorf("%v, %v", stands, err)
		}
	})
}

// A program for research and planning sees of those who agreed what they agreed
// to, and of others nothing, be it by a search or by an export.
func TestResearchSeesWhoAgreed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		put(t, op, `{"resourceType":"Patient","id":"kim"}`)
		who := access.Who{Actor: "client:study", Kind: access.Client, Role: access.RoleProgram, App: "study", Grant: "g", Uses: access.Research, Bound: access.AllTypes(access.Looking)}
		for _, why := range []access.Purpose{access.Operations, access.Export, access.Care} {
			if _, err := door.Open(ctx, who, About{}, why); !problem.Is(err, problem.Forbidden) {
				t.Errorf("it is let in for %s: %v", why, err)
			}
		}
		wantIDs(t, opened(t, door, who, access.Research), "Patient", "_total=accurate")
		put(t, op, sharing("yes", "kim", "active", `{"type":"permit","purpose":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"HRESCH"}]}`))
		s := opened(t, door, who, access.Research)
		wantIDs(t, s, "Patient", "_total=accurate", "kim")
		wantIDs(t, s, "Practitioner", "_total=accurate", "who")
		log := &kept{}
		door.log = log
		wantIDs(t, s, "Patient", "", "kim")
		if n := len(log.entries); n != 1 || log.entries[0].Purpose != access.Research || len(log.entries[0].By) != 1 || log.entries[0].By[0].Consent != "yes" {
			t.Errorf("the log says %+v", log.entries)
		}
	})
}

// A choice that begins or ends by itself is obeyed from that moment on.
func TestAChoiceOfManyEndsByTheClock(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
		door.now = func() time.Time { return now }
		put(t, op, sharing("c1", "sam", "active", `{"type":"deny",`+towardApp("lab")+`,"period":{"start":"2026-12-01T00:00:00Z","end":"2026-12-10T00:00:00Z"}}`))
		s := program(t, door, "system/*.rs", access.Operations)
		for _, c := range []struct {
			at   string
			want []string
		}{{"2026-11-30T23:59:59Z", []string{"sam"}}, {"2026-12-01T00:00:00Z", nil}, {"2026-12-09T12:00:00Z", nil}, {"2026-12-11T00:00:00Z", []string{"sam"}}} {
			now, _ = time.Parse(time.RFC3339, c.at)
			wantIDs(t, s, "Patient", "_total=accurate", c.want...)
			wantIDs(t, program(t, door, "system/*.rs", access.Operations), "Patient", "_total=accurate", c.want...)
		}
	})
}

// While it is not known what many people chose, there is no answer, and each
// question brings it nearer.
func TestWhatIsNotKnownOfManyIsNoAnswer(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		put(t, op, sharing("c1", "sam", "active", `{"type":"deny",`+towardApp("lab")+`}`))
		v := store.Viewpoint{ID: 1, At: time.Now().UnixMilli()}
		ready, err := door.store.Settle(ctx, v, func(*store.Choices) (store.Judged, error) {
			return store.Judged{}, problem.New(problem.Unavailable, "no")
		})
		if ready || !problem.Is(err, problem.Unavailable) {
			t.Errorf("%v, %v", ready, err)
		}
		found, err := door.store.Search(ctx, store.Reach{Everyone: true, Viewpoint: &v}, query(t, op, "Observation", ""), nil, 10)
		if err != nil || len(found.Matches) != 0 {
			t.Errorf("it gives %d, %v", len(found.Matches), err)
		}
	})
}
