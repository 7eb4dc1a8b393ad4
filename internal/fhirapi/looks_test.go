package fhirapi_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/validate"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// auditEvent is what tests read of one.
type auditEvent struct {
	ID       string
	Meta     struct{ Profile []string }
	Type     struct{ Code string }
	Subtype  []struct{ Code string }
	Action   string
	Recorded string
	Outcome  string
	Agent    []struct {
		Type         struct{ Coding []struct{ Code string } }
		Who          struct{ Reference, Display string }
		Requestor    bool
		Policy       []string
		PurposeOfUse []struct{ Coding []struct{ Code string } }
	}
	Entity []struct {
		What        struct{ Reference string }
		Type, Role  struct{ Code string }
		Description string
	}
}

// events are the AuditEvents of a search, over all pages; each is held against
// the base specification, and their order against the clock.
func (w *town) events(token, path string) (all []auditEvent) {
	w.t.Helper()
	for path != "" {
		a := w.ask(token, "GET", path, "")
		if a.Code != http.StatusOK {
			w.t.Fatalf("%s: %d %s", path, a.Code, cut(a.Body.String()))
		}
		var b struct {
			Link  []struct{ Relation, URL string }
			Entry []struct {
				FullURL  string
				Resource json.RawMessage
			}
		}
		if err := json.Unmarshal(a.Body.Bytes(), &b); err != nil {
			w.t.Fatal(err)
		}
		for _, e := range b.Entry {
			tree, err := fhir.Parse(e.Resource, fhir.Limits{})
			if err != nil {
				w.t.Fatal(err)
			}
			for _, is := range validate.Resource(tree, validate.Options{}) {
				w.t.Errorf("%s: %s: %s in %s", path, is.Path, is.Message, e.Resource)
			}
			var one auditEvent
			if err := json.Unmarshal(e.Resource, &one); err != nil {
				w.t.Fatal(err)
			}
			if e.FullURL != "http://example.com/fhir/AuditEvent/"+one.ID || len(all) > 0 && one.Recorded > all[len(all)-1].Recorded {
				w.t.Errorf("%s at %s comes behind one of %s", e.FullURL, one.Recorded, all[len(all)-1].Recorded)
			}
			all = append(all, one)
		}
		path = ""
		for _, l := range b.Link {
			if l.Relation == "next" {
				path = strings.TrimPrefix(l.URL, "http://example.com/fhir")
			}
		}
	}
	return all
}

// gives are the resources that an event says were given out.
func (e *auditEvent) gives() (all []string) {
	for _, x := range e.Entity {
		if x.Role.Code == "4" && x.What.Reference != "" {
			all = append(all, x.What.Reference)
		}
	}
	return all
}

func (e *auditEvent) query() string {
	for _, x := range e.Entity {
		if x.Role.Code == "24" {
			return x.Description
		}
	}
	return ""
}

const annsLog = "self~ann~patient/AuditEvent.rs"

// Each look at a record is an AuditEvent that its person can read: who, why,
// what was asked and what was given out, in the patterns of BALP.
func TestThePersonReadsWhoLooked(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.ask(annsNurse, "GET", "/Observation/ann-lab", "")
		w.ask(annsNurse, "GET", "/Observation?code=k&value-quantity=4", "")
		w.ask(annsNurse, "GET", "/Observation/nothing", "")
		w.ask(annsApp, "POST", "/Observation", note("", "Patient/ann", ""))
		w.ask("operator", "GET", "/Patient/ann", "")
		w.ask(bobsApp, "GET", "/Patient/bob", "")

		all := w.events(annsLog, "/AuditEvent?_count=3")
		if len(all) < 5 {
			t.Fatalf("%d events", len(all))
		}
		op, add, none, search, read := all[0], all[1], all[2], all[3], all[4]
		if op.Agent[2].PurposeOfUse[0].Coding[0].Code != "HSYSADMIN" || !slices.Equal(op.gives(), []string{"Patient/ann/_history/1"}) {
			t.Errorf("an operator's look is %+v", op)
		}
		if add.Action != "C" || add.Agent[2].Who.Display == "" && add.Agent[2].Who.Reference == "" || len(add.gives()) != 1 || add.Agent[2].PurposeOfUse[0].Coding[0].Code != "PATRQT" {
			t.Errorf("what was added is %+v", add)
		}
		if none.Outcome != "4" || len(none.gives()) != 0 || len(none.Meta.Profile) != 0 {
			t.Errorf("a look that found nothing is %+v", none)
		}
		if search.Action != "E" || search.Subtype[0].Code != "search-type" || !slices.Equal(search.gives(), []string{"Observation/ann-lab/_history/1"}) ||
			!strings.Contains(search.query(), "Observation?code=&value-quantity=") || strings.Contains(search.query(), "k&") || !strings.HasSuffix(search.Meta.Profile[0], "PatientQuery") {
			t.Errorf("a search is %+v", search)
		}
		if read.Action != "R" || read.Outcome != "0" || !strings.HasSuffix(read.Meta.Profile[0], "/IHE.BasicAudit.PatientRead") ||
			read.Agent[0].Type.Coding[0].Code != "110152" || read.Agent[1].Type.Coding[0].Code != "110153" || !read.Agent[2].Requestor ||
			read.Agent[2].PurposeOfUse[0].Coding[0].Code != "TREAT" || !strings.HasSuffix(read.Agent[2].Policy[0], "/professional-care") {
			t.Errorf("a read is %+v", read)
		}
		for _, e := range all {
			who := ""
			for _, x := range e.Entity {
				if x.Type.Code == "1" {
					who = x.What.Reference
				}
			}
			if who != "Patient/ann" {
				t.Errorf("an entry is about %q: %+v", who, e)
			}
		}
		// That the log was read is in the log.
		if next := w.events(annsLog, "/AuditEvent?_count=1&subtype=search-type")[0]; !strings.HasPrefix(next.query(), "AuditEvent?") {
			t.Errorf("reading the log is %+v", next)
		}
		// One by its id, and no other way.
		one := w.ask(annsLog, "GET", "/AuditEvent/"+read.ID, "")
		if one.Code != http.StatusOK || !strings.Contains(one.Body.String(), read.ID) || one.Header().Get("Etag") != `W/"1"` {
			t.Errorf("%d %s", one.Code, one.Body)
		}
		if again := w.ask(annsLog, "GET", "/AuditEvent/"+read.ID+"/_history/1", ""); again.Body.String() != one.Body.String() {
			t.Errorf("the same entry is %s", again.Body)
		}
		w.wants(http.StatusNotFound, annsLog, "GET", "/AuditEvent/"+read.ID+"/_history/2", "")
	})
}

// The parameters of R4 choose among entries, whichever they are.
func TestTheLogIsSearched(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.ask(annsNurse, "GET", "/Observation/ann-lab", "")
		w.ask(annsNurse, "GET", "/Encounter/ann-visit", "")
		w.ask(annsApp, "GET", "/Observation/nothing", "")
		all := w.events(annsLog, "/AuditEvent")
		for _, c := range []struct {
			query string
			want  func(e auditEvent) bool
		}{
			{"patient=ann", func(auditEvent) bool { return true }},
			{"patient=Patient/ann&outcome=4", func(e auditEvent) bool { return e.Outcome == "4" }},
			{"action=R", func(e auditEvent) bool { return e.Action == "R" }},
			{"entity=Observation/ann-lab", func(e auditEvent) bool { return slices.Contains(e.gives(), "Observation/ann-lab/_history/1") }},
			{"agent=Patient/ann", func(e auditEvent) bool { return e.Agent[2].Who.Reference == "Patient/ann" }},
			{"date=ge2100", func(auditEvent) bool { return false }},
			{"date=gt2020-01-01", func(auditEvent) bool { return true }},
			{"_id=" + all[1].ID, func(e auditEvent) bool { return e.ID == all[1].ID }},
			{"subtype=read,create", func(e auditEvent) bool { return e.Subtype[0].Code == "read" || e.Subtype[0].Code == "create" }},
			{"action:not=R", func(e auditEvent) bool { return e.Action != "R" }},
		} {
			// Those that a question itself made are no part of what is compared.
			known := func(list []auditEvent) (ids []string) {
				for _, e := range list {
					if slices.ContainsFunc(all, func(o auditEvent) bool { return o.ID == e.ID }) {
						ids = append(ids, e.ID)
					}
				}
				return ids
			}
			var want []string
			for _, e := range all {
				if c.want(e) {
					want = append(want, e.ID)
				}
			}
			if got := known(w.events(annsLog, "/AuditEvent?_count=2&"+c.query)); !slices.Equal(got, want) {
				t.Errorf("%s finds %d, not %d", c.query, len(got), len(want))
			}
		}
		before := len(w.events(annsLog, "/AuditEvent?outcome=4"))
		for _, q := range []string{"_summary=count", "_total=accurate&_count=1"} {
			if b := bundleOf(t, w.wants(http.StatusOK, annsLog, "GET", "/AuditEvent?outcome=4&"+q, "")); b.Total == nil || *b.Total != before {
				t.Errorf("%s gives %v, not %d", q, b.Total, before)
			}
		}
		if got := len(w.events(annsLog, "/Patient/ann/AuditEvent?outcome=4")); got != before {
			t.Errorf("within the record there are %d, not %d", got, before)
		}
		for _, q := range []string{"_sort=date", "_sort=action", "_include=AuditEvent:patient", "entity:Patient.name=Ash", "patient=ann,bob", "patient=ann&patient=bob", "patient=Group/g"} {
			if a := w.ask(annsLog, "GET", "/AuditEvent?"+q, ""); a.Code < 400 || a.Code >= 500 {
				t.Errorf("%s gives %d", q, a.Code)
			}
		}
	})
}

// Who may read the log of a record, and who may not.
func TestWhoMayReadTheLog(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.ask(annsNurse, "GET", "/Observation/ann-lab", "")
		id := w.events(annsLog, "/AuditEvent")[0].ID
		for _, c := range []struct {
			token, query string
			status       int
		}{
			{annsLog, "", 200}, {annsApp, "", 200}, {"operator", "?patient=ann", 200}, {"program~-~system/AuditEvent.rs", "?patient=Patient/ann", 200},
			{"operator", "", 400}, // of everybody at once
			{annsNurse, "", 403},  // who else looks after somebody is not theirs
			{annsTests, "", 403},  // an app that was not given it
			{"self~ann~patient/AuditEvent.rs?outcome=0", "", 403},
			{"program~-~system/Observation.rs", "?patient=ann", 403},
			{annsLog, "?patient=bob", 403}, {bobsApp, "?patient=ann", 403}, {"stranger", "?patient=ann", 403},
		} {
			if a := w.ask(c.token, "GET", "/AuditEvent"+c.query, ""); a.Code != c.status {
				t.Errorf("%s gets %d for %q, not %d: %s", c.token, a.Code, c.query, c.status, cut(a.Body.String()))
			}
		}
		// The id of an entry is good in its own record only, and tells nothing.
		w.alike(bobsApp, "GET", "/AuditEvent/@", "", id, strings.Repeat("z", len(id)))
		for _, i := range []int{0, 7, 20, len(id) - 1} {
			other := strings.Map(func(r rune) rune {
				return rune("0123456789abcdefghjkmnpqrstvwxyz"[strings.IndexRune("z0123456789abcdefghjkmnpqrstvwxy", r)])
			}, id[i:i+1])
			w.wants(http.StatusNotFound, annsLog, "GET", "/AuditEvent/"+id[:i]+other+id[i+1:], "")
		}
		if a := w.ask("operator", "GET", "/AuditEvent/"+id+"?patient=ann", ""); a.Code != http.StatusOK {
			t.Errorf("an operator gets %d", a.Code)
		}
		if a := w.ask("operator", "GET", "/AuditEvent?patient=nobody", ""); a.Code != http.StatusOK || len(entriesOf(t, a)) != 0 {
			t.Errorf("of somebody who is not there: %d %s", a.Code, a.Body)
		}
		seen := map[string]bool{}
		for _, e := range append(w.events(annsLog, "/AuditEvent"), w.events("operator", "/AuditEvent?patient=bob")...) {
			if seen[e.ID[:20]] {
				t.Errorf("%s begins as another", e.ID)
			}
			seen[e.ID[:20]] = true
		}
	})
}

// Attack 35, of the log: entries about what somebody may not see come to nobody
// but its person. What is about two people is in the log of the one with whom it
// lies, though neither is shown it.
func TestAttack35AuditEventsOfAnother(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.ask("operator", "GET", "/Observation/bob-lab", "")
		for _, e := range w.events(annsApp, "/AuditEvent") {
			for _, ref := range e.gives() {
				if strings.Contains(ref, "/bob") && !strings.Contains(ref, "/bob-both/") && !strings.Contains(ref, "/bob-group/") {
					t.Errorf("in Ann's log is %s", ref)
				}
			}
		}
		for _, q := range []string{"entity=Observation/bob-lab", "entity=Patient/bob", "agent=Patient/bob"} {
			if got := w.events(annsApp, "/AuditEvent?_summary=false&"+q); len(got) > 0 {
				t.Errorf("%s finds %+v", q, got)
			}
		}
	})
}

// Attack 61: nobody writes the log, whoever they are and by whichever way.
func TestAttack61NobodyWritesTheLog(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.ask(annsNurse, "GET", "/Observation/ann-lab", "")
		first := w.events(annsLog, "/AuditEvent")[0]
		body := inRecordOf("ann", "AuditEvent", "")
		named := inRecordOf("ann", "AuditEvent", "mine")
		known := inRecordOf("ann", "AuditEvent", first.ID)
		for _, token := range []string{annsApp, annsNurse, "operator", "program~-~system/*.cruds"} {
			for _, c := range [][3]string{
				{"POST", "/AuditEvent", body}, {"PUT", "/AuditEvent/mine", named}, {"PUT", "/AuditEvent/" + first.ID, known},
				{"PUT", "/AuditEvent?_id=mine", body}, {"DELETE", "/AuditEvent/" + first.ID, ""}, {"DELETE", "/AuditEvent?action=R", ""},
				{"PATCH", "/AuditEvent/" + first.ID, `[{"op":"replace","path":"/outcome","value":"8"}]`},
			} {
				if a := w.ask(token, c[0], c[1], c[2]); a.Code != http.StatusForbidden && a.Code != http.StatusNotFound && a.Code != http.StatusPreconditionFailed {
					t.Errorf("%s %s by %s gives %d: %s", c[0], c[1], token, a.Code, cut(a.Body.String()))
				}
			}
			for kind, want := range map[string]int{"transaction": http.StatusForbidden, "batch": http.StatusOK} {
				a := w.ask(token, "POST", "/", `{"resourceType":"Bundle","type":"`+kind+`","entry":[{"resource":`+body+`,"request":{"method":"POST","url":"AuditEvent"}},{"request":{"method":"DELETE","url":"AuditEvent/`+first.ID+`"}}]}`)
				if a.Code != want || kind == "batch" && strings.Contains(a.Body.String(), `"status":"201`) {
					t.Errorf("a %s by %s gives %d: %s", kind, token, a.Code, cut(a.Body.String()))
				}
			}
		}
		if a := w.ask("operator", "GET", "/?_type=AuditEvent", ""); len(entriesOf(t, a)) != 0 {
			t.Errorf("stored are %s", cut(a.Body.String()))
		}
		var c statement
		if err := json.Unmarshal(w.ask(annsApp, "GET", "/metadata", "").Body.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		for _, claim := range c.Rest[0].Resource {
			for _, i := range claim.Interaction {
				if claim.Type == "AuditEvent" && !slices.Contains([]string{"read", "vread", "search-type"}, i.Code) {
					t.Errorf("it is said that %s works", i.Code)
				}
			}
		}
	})
}

// An attempt on somebody's record that was refused is in their own log, with a
// credential for somebody else as well.
func TestRefusedAttemptsAreSeen(t *testing.T) {
	inTown(t, func(t *testing.T, w *town) {
		w.wants(http.StatusForbidden, annsApp, "GET", "/AuditEvent?patient=bob", "")
		var theirs []auditEvent
		for _, e := range w.events("self~bob~patient/AuditEvent.rs", "/AuditEvent?outcome=4") {
			if strings.HasSuffix(strings.Join(e.Agent[2].Policy, " "), "another-patient") {
				theirs = append(theirs, e)
			}
		}
		if len(theirs) != 1 {
			t.Fatalf("Bob sees %+v", theirs)
		}
		if b, _ := json.Marshal(theirs); strings.Contains(string(b), "Patient/ann") || strings.Contains(string(b), "account:ann") {
			t.Errorf("Bob is told who it was: %s", b)
		}
		mine := w.events(annsLog, "/AuditEvent?outcome=4")
		if b, _ := json.Marshal(mine); len(mine) == 0 || strings.Contains(string(b), "Patient/bob") {
			t.Errorf("Ann sees %s", b)
		}
	})
}

// Attack 96: an export of many people is an entry in the log of each.
func TestAttack96AnExportIsSeenByEachPerson(t *testing.T) {
	const people = 10_000
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		if testing.Short() {
			t.Skip("it writes ten thousand records")
		}
		w := &town{t, newServer(t, d)}
		for from := 0; from < people; from += 1000 {
			var entries []string
			for i := from; i < from+1000; i++ {
				id := "p" + strconv.Itoa(i)
				entries = append(entries, `{"request":{"method":"PUT","url":"Patient/`+id+`"},"resource":{"resourceType":"Patient","id":"`+id+`"}}`)
			}
			if a := w.ask("operator", "POST", "/", `{"resourceType":"Bundle","type":"transaction","entry":[`+strings.Join(entries, ",")+`]}`); a.Code != http.StatusOK {
				t.Fatal(a.Body.String())
			}
		}
		m := follow(t, w.s, http.MethodGet, "/fhir/Patient/$export?_type=Patient", nil)
		total := 0
		for _, f := range m.Output {
			total += f.Count
			if u, err := url.Parse(f.URL); err != nil || ask(w.s, "GET", u.Path, nil).Code != http.StatusOK {
				t.Errorf("%s: %v", f.URL, err)
			}
		}
		if total != people {
			t.Fatalf("%d were exported", total)
		}
		for i := range people {
			id := "p" + strconv.Itoa(i)
			a := w.ask("self~"+id+"~patient/AuditEvent.rs", "GET", "/AuditEvent?subtype=search-type&entity=Patient/"+id+"&_summary=count", "")
			if b := bundleOf(t, a); b.Total == nil || *b.Total < 1 {
				t.Fatalf("%s sees %s", id, a.Body)
			}
		}
		all := w.events("self~p77~patient/AuditEvent.rs", "/AuditEvent?entity=Patient/p77&subtype=search-type")
		exports := 0
		for _, e := range all {
			if len(e.Agent[2].PurposeOfUse) > 0 && e.Agent[2].PurposeOfUse[0].Coding[0].Code == "RECORDMGT" {
				exports++
			}
		}
		if exports != 1 {
			t.Errorf("one of them sees %d exports: %+v", exports, all)
		}
	})
}
