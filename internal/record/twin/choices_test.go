package twin

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/choice"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// chosen is what people chose: by patient and id of the Consent, its text.
type chosen map[string]map[string]string

// program is the one that asks.
const program = "app-twin"

// provision is a random one, which may name this program, another one, or
// nobody.
func (g *gen) provision(deny bool, depth int) string {
	parts := []string{`"type":"` + map[bool]string{true: "deny", false: "permit"}[deny] + `"`}
	may := func(percent int, part string) {
		if g.odds(percent) {
			parts = append(parts, part)
		}
	}
	may(60, `"actor":[{"role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"IRCP"}]},"reference":{"identifier":{"system":"`+choice.IdentApp+`","value":"`+g.one(program, program, "app-other")+`"}}}]`)
	may(30, `"purpose":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"`+g.one("HOPERAT", "HOPERAT", "TREAT")+`"}]`)
	may(50, `"class":[{"system":"http://hl7.org/fhir/resource-types","code":"`+g.one("Observation", "Condition", "Encounter", "Patient", "Appointment", "MedicationRequest")+`"}]`)
	typ := g.one("Observation", "Condition", "Encounter")
	may(25, `"data":[{"meaning":"`+g.one("instance", "dependents")+`","reference":{"reference":"`+typ+`/`+g.id(typ)+`"}}]`)
	may(15, `"dataPeriod":{"start":"2010-01-01","end":"2020-12-31"}`)
	if depth > 0 && g.odds(50) {
		parts = append(parts, `"provision":[`+g.provision(!deny, depth-1)+`]`)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// choose has somebody make a choice, or end one.
func (r *rig) choose(all chosen) {
	r.t.Helper()
	patient := r.g.id("Patient")
	if r.w["Patient/"+patient] == nil {
		return
	}
	id := fmt.Sprintf("choice-%s-%d", patient, r.g.IntN(3))
	status := "active"
	if r.g.odds(35) {
		status = "inactive"
	}
	src := `{"resourceType":"Consent","id":"` + id + `","status":"` + status + `","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},` +
		`"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/` + patient + `"},"dateTime":"2026-01-01",` +
		`"policy":[{"uri":"https://bevan.example/policy"}],"provision":` + r.g.provision(r.g.odds(60), 2) + `}`
	if _, err := r.all.Transact(ctx, []record.Op{{Method: record.Put, Key: record.Key{Type: "Consent", ID: id}, Body: tree(r.t, src)}}); err != nil {
		r.t.Fatal(err)
	}
	if all[patient] == nil {
		all[patient] = map[string]string{}
	}
	if all[patient][id] = src; status != "active" {
		delete(all[patient], id)
	}
}

// seenBy is the part of a world that people's choices let a viewer see: nothing
// of which its own person's choices say no, or say nothing where nobody may
// look without a yes; and nothing that names somebody else whose choices say
// anything to the viewer.
func (r *rig) seenBy(v *choice.Viewer, asks bool, all chosen) world {
	r.t.Helper()
	w := choice.World{Base: base}
	read := map[string][]*choice.Consent{}
	for patient, some := range all {
		for _, src := range some {
			c, err := w.Read(tree(r.t, src))
			if err != nil {
				r.t.Fatal(err)
			}
			read[patient] = append(read[patient], c)
		}
	}
	out := world{}
	for key, res := range r.w {
		mine, may := home(res), true
		if mine != "" {
			typ, id, _ := strings.Cut(key, "/")
			item := w.ItemOf(res.root.Tree(), typ, id, nil)
			d := w.Decide(read[mine], v, &item)
			may = d.Decided && d.Permit || !d.Decided && !asks
		}
		for other := range patientsOf(res) {
			if other != mine {
				may = may && !asks && silent(r.t, read[other], v)
			}
		}
		if may {
			out[key] = res
		}
	}
	return out
}

// silent tells whether choices say nothing of a viewer, whatever the resource.
func silent(t *testing.T, cs []*choice.Consent, v *choice.Viewer) bool {
	t.Helper()
	p, err := choice.Compile(cs)
	if err != nil {
		t.Fatal(err)
	}
	return len(cs) == 0 || p.View(v).Silent()
}

// asking is a session of the program about everybody, and how choices see it.
func (r *rig) asking(why access.Purpose) (*record.Session, *choice.Viewer) {
	r.t.Helper()
	rights := access.Rights{}
	for _, typ := range types {
		rights = rights.Or(access.OneType(typ, access.Looking))
	}
	who := access.Who{Actor: "client:" + program, Kind: access.Client, Role: access.RoleProgram, App: program, Grant: "g", Bound: rights.Or(noConsents())}
	s, err := r.door.Open(ctx, who, record.About{}, why)
	if err != nil {
		r.t.Fatal(err)
	}
	purpose := map[access.Purpose]string{access.Operations: "HOPERAT", access.Export: "HOPERAT", access.Research: "HRESCH"}[why]
	return s, &choice.Viewer{Idents: []choice.Coding{{System: choice.IdentApp, Code: program}}, Purpose: []string{purpose}, Action: "access", Now: time.Now()}
}

// TestTwinUnderChoicesAgrees has a program ask about everybody while people
// make and end choices: the answers are those of a server that never held what
// they hide from it, in the session that was open before and in a new one.
func TestTwinUnderChoicesAgrees(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, newGen(uint64(setting(t, "BEVAN_TWIN_SEED", 1))))
		r.fill()
		all := chosen{}
		s, v := r.asking(access.Operations)
		w := r.w
		found, cut := 0, 0
		queries := 360 * setting(t, "BEVAN_TWIN_TIMES", 100) / 100
		for i := range queries {
			if i%6 == 0 {
				r.choose(all)
			}
			if i%perRound == perRound-1 {
				r.churn()
			}
			if i%6 == 3 {
				s, v = r.asking(access.Operations)
			}
			w = r.seenBy(v, false, all)
			r.g.w = w
			q := r.g.query()
			if asksAboutConsents(q) {
				continue
			}
			if fault := check(s, w, q, func() {}); fault != "" {
				t.Fatalf("query %d, choices %v\n%s: %s\n%s", i, all, q, fault, r.plan("", q))
			}
			if n := len(w.answer(q)); n > 0 {
				found++
				if n < len(r.w.answer(q)) {
					cut++
				}
			}
			r.g.w = r.w
		}
		t.Logf("%d queries found something, %d of them less than there is", found, cut)
		if found < queries/12 || cut < queries/40 {
			t.Error("the queries are not worth much")
		}
		r.readChosen(s, w, false)
		for _, why := range []access.Purpose{access.Export, access.Research} {
			s, v := r.asking(why)
			r.readChosen(s, r.seenBy(v, why == access.Research, all), why == access.Research)
		}
	})
}

// readChosen reads every resource there is, its history, and the whole of a
// scan. What comes from a clinic may wait for somebody to judge its codes:
// until then it is hidden from research, which unjudged says.
func (r *rig) readChosen(s *record.Session, w world, unjudged bool) {
	r.t.Helper()
	waits := func(key string) bool { return unjudged && r.labels[key].clinic }
	for key := range r.w {
		typ, id, _ := strings.Cut(key, "/")
		_, err := s.Read(ctx, record.Key{Type: typ, ID: id}, 0)
		if w[key] == nil && !sameAsAbsent(err, key) || w[key] != nil && err != nil && !waits(key) {
			r.t.Errorf("%s (held by the twin: %v) is read with %v", key, w[key] != nil, err)
		}
		page, err := s.History(ctx, record.History{Type: typ, ID: id})
		if w[key] == nil && !sameAsAbsent(err, key) || w[key] != nil && !waits(key) && (err != nil || len(page.Items) == 0) {
			r.t.Errorf("the history of %s (held by the twin: %v) gives %v", key, w[key] != nil, err)
		}
	}
	n := 0
	_, err := s.Scan(ctx, types, time.Time{}, nil, "", func(res record.Resource) error {
		if n++; w[res.Key.String()] == nil {
			r.t.Errorf("a scan gives %s", res.Key)
		}
		return nil
	})
	waiting := 0
	for key := range w {
		if waits(key) {
			waiting++
		}
	}
	if err != nil || n > len(w) || n < len(w)-waiting {
		r.t.Errorf("a scan gives %d of %d, %v", n, len(w), err)
	}
	if problem.Is(err, problem.Unavailable) {
		r.t.Error("it was not worked out")
	}
}
