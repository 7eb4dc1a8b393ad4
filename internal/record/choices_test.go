package record

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/choice"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record/internal/policy"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// sharing is a sharing choice of a patient, with the provision as JSON.
func sharing(id, patient, status, provision string) string {
	return `{"resourceType":"Consent","id":"` + id + `","status":"` + status + `","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},` +
		`"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],"patient":{"reference":"Patient/` + patient + `"},"dateTime":"2026-01-01",` +
		`"policy":[{"uri":"https://bevan.example/policy"}],"provision":` + provision + `}`
}

// toward names an actor of a provision.
func toward(ref string) string {
	return `"actor":[{"role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"IRCP"}]},"reference":{"reference":"` + ref + `"}}]`
}

// A no holds from the next session on, in every way of asking, for those whom
// it names and nobody else, and for what is written later. Taken back, it ends.
func TestANoHoldsEverywhereFromThenOn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		all := "laboratory social-history"
		wantIDs(t, opened(t, door, nurse("sam"), access.Care), "Observation", "_total=accurate", strings.Fields(all)...)
		no := `{"type":"deny",` + toward("Organization/org-7") + `,"code":[{"coding":[{"system":"urn:c","code":"hush"}]}]}`
		put(t, op, sharing("c1", "sam", "active", no))
		hush := `{"resourceType":"Observation","id":"hush","status":"final","code":{"coding":[{"system":"urn:c","code":"hush"}]},"subject":{"reference":"Patient/sam"}}`
		put(t, op, hush)
		staff := opened(t, door, nurse("sam"), access.Care)
		wantIDs(t, staff, "Observation", "_total=accurate", strings.Fields(all)...)
		wantIDs(t, staff, "Observation", "code=hush&_total=accurate")
		wantIDs(t, staff, "Patient", "_has:Observation:patient:code=hush&_total=accurate")
		if _, err := staff.Read(ctx, Key{"Observation", "hush"}, 0); problem.KindOf(err) != problem.NotFound {
			t.Errorf("it is read: %v", err)
		}
		if _, err := staff.Read(ctx, Key{"Observation", "hush"}, 1); problem.KindOf(err) != problem.NotFound {
			t.Errorf("its version is read: %v", err)
		}
		page, err := staff.History(ctx, History{Type: "Observation", Count: -1})
		if err != nil || len(page.Items) != 2 {
			t.Errorf("the history has %d, %v", len(page.Items), err)
		}
		elsewhere := nurse("sam")
		elsewhere.Organisation = "org-8"
		wantIDs(t, opened(t, door, elsewhere, access.Care), "Observation", "code=hush", "hush")
		wantIDs(t, opened(t, door, own("sam"), access.Own), "Observation", "code=hush", "hush")
		put(t, op, strings.Replace(hush, `"code":"hush"`, `"code":"loud"`, 1))
		now := opened(t, door, nurse("sam"), access.Care)
		wantIDs(t, now, "Observation", "code=loud", "hush")
		if _, err := now.Read(ctx, Key{"Observation", "hush"}, 1); problem.KindOf(err) != problem.NotFound {
			t.Errorf("what it said before is read: %v", err)
		}
		put(t, op, sharing("c1", "sam", "inactive", no))
		if _, err := opened(t, door, nurse("sam"), access.Care).Read(ctx, Key{"Observation", "hush"}, 1); err != nil {
			t.Errorf("a choice that was taken back still holds: %v", err)
		}
	})
}

// A session that was open before a choice sees nothing that was not judged when
// it began.
func TestAnOpenSessionDoesNotOutliveAChoice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		before := opened(t, door, nurse("sam"), access.Care)
		put(t, op, sharing("c1", "sam", "active", `{"type":"deny",`+toward("Organization/org-7")+`}`))
		wantIDs(t, before, "Observation", "_total=accurate")
		wantIDs(t, opened(t, door, nurse("sam"), access.Care), "Observation", "_total=accurate")
		put(t, op, sharing("c1", "sam", "inactive", `{"type":"deny",`+toward("Organization/org-7")+`}`))
		wantIDs(t, opened(t, door, nurse("sam"), access.Care), "Observation", "_total=accurate", "laboratory", "social-history")
	})
}

// Who looks after nobody here gets no session, and is not told who is known.
func TestWhoIsNotTiedGetsNothing(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		stranger := func(patient string) access.Who {
			w := nurse(patient)
			w.User, w.Organisation = "Practitioner/other", "org-9"
			return w
		}
		said := map[string]bool{}
		for _, patient := range []string{"sam", "nobody"} {
			_, err := door.Open(ctx, stranger(patient), About{}, access.Care)
			wantKind(t, err, problem.Forbidden)
			said[problem.Sentence(err)] = true
		}
		if len(said) != 1 {
			t.Errorf("the refusals differ: %v", said)
		}
		put(t, op, `{"resourceType":"Encounter","id":"e","status":"in-progress","class":{"code":"AMB"},"subject":{"reference":"Patient/sam"},"serviceProvider":{"reference":"Organization/org-9"},"period":{"start":"`+time.Now().UTC().Format(time.RFC3339)+`"}}`)
		wantIDs(t, opened(t, door, stranger("sam"), access.Care), "Patient", "", "sam")
		put(t, op, `{"resourceType":"Encounter","id":"e","status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/sam"},"serviceProvider":{"reference":"Organization/org-9"},"period":{"start":"2020-01-01","end":"2020-01-02"}}`)
		_, err := door.Open(ctx, stranger("sam"), About{}, access.Care)
		wantKind(t, err, problem.Forbidden)
	})
}

// dice makes records and choices.
type dice struct{ *rand.Rand }

func (r dice) of(all ...string) string { return all[r.IntN(len(all))] }

func (r dice) resource(n int) (typ, src string) {
	id, subject := "r"+strconv.Itoa(n), `"subject":{"reference":"Patient/p"}`
	code := `"code":{"coding":[{"system":"urn:c","code":"` + r.of("a", "b", "c") + `"}]}`
	day := r.of("2020-01-05", "2022-06", "2024-02-03T10:00:00Z", "2025")
	label := ""
	if r.IntN(3) == 0 {
		label = `"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"` + r.of("PSY", "SEX", "HIV") + `"}]},`
	}
	switch r.IntN(3) {
	case 0:
		return "Condition", `{"resourceType":"Condition","id":"` + id + `",` + label + code + `,"recordedDate":"` + day + `",` + subject + `}`
	case 1:
		return "Encounter", `{"resourceType":"Encounter","id":"` + id + `",` + label + `"status":"finished","class":{"code":"AMB"},"period":{"start":"` + day + `"},` + subject + `}`
	}
	date := `"effectiveDateTime":"` + day + `",`
	if r.IntN(5) == 0 {
		date = ""
	}
	link := ""
	if n > 0 && r.IntN(2) == 0 {
		link = `"derivedFrom":[{"reference":"Observation/r` + strconv.Itoa(r.IntN(n)) + `"}],`
	}
	return "Observation", `{"resourceType":"Observation","id":"` + id + `",` + label + `"status":"final",` + code + `,` + date + link + subject + `}`
}

// provision is a random provision of a type, with exceptions.
func (r dice) provision(deny bool, depth int) string {
	parts := []string{`"type":"` + map[bool]string{true: "deny", false: "permit"}[deny] + `"`}
	may := func(part string) {
		if r.IntN(4) == 0 {
			parts = append(parts, part)
		}
	}
	may(toward("Organization/" + r.of("org-7", "org-7", "org-8")))
	may(`"class":[{"system":"http://hl7.org/fhir/resource-types","code":"` + r.of("Observation", "Condition", "Encounter") + `"}]`)
	if r.IntN(2) == 0 {
		may(`"code":[{"coding":[{"system":"urn:c","code":"` + r.of("a", "b", "c") + `"}]}]`)
	} else {
		may(inSet(r.of("urn:vs-two", "urn:vs-but")))
	}
	may(`"securityLabel":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"` + r.of("PSY", "SEX", "HIV") + `"}]`)
	may(`"dataPeriod":{"start":"2021-01-01","end":"` + r.of("2022-12-31", "2024-06-30") + `"}`)
	may(`"purpose":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"` + r.of("TREAT", "HRESCH") + `"}]`)
	may(`"data":[{"meaning":"` + r.of("instance", "dependents", "related") + `","reference":{"reference":"Observation/r` + strconv.Itoa(r.IntN(20)) + `"}}]`)
	if depth > 0 && r.IntN(2) == 0 {
		parts = append(parts, `"provision":[`+r.provision(!deny, depth-1)+`]`)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// putSets stores the value sets that random provisions name.
func putSets(t *testing.T, op *Session) {
	t.Helper()
	put(t, op, valueSet("two", "urn:vs-two", "1", `{"system":"urn:c","concept":[{"code":"a"},{"code":"b"}]}`))
	put(t, op, strings.Replace(valueSet("but", "urn:vs-but", "1", `{"system":"urn:c"}`), `]}}`, `],"exclude":[{"system":"urn:c","concept":[{"code":"c"},{"code":"d"}]}]}}`, 1))
}

// questions are asked of both stores. What they find is compared by id, page
// by page, with its total.
var questions = []string{
	"Observation?_total=accurate", "Condition?_total=accurate&_sort=-recorded-date", "Encounter?_total=accurate&_sort=date",
	"Observation?code=a&_total=accurate", "Observation?code=b&_sort=-date&_count=2&_total=accurate", "Observation?date=ge2022&_total=accurate",
	"Observation?derived-from.code=a&_total=accurate", "Observation?_has:Observation:derived-from:code=b&_total=accurate",
	"Observation?code=c&_include=Observation:derived-from&_revinclude=Observation:derived-from&_total=accurate",
	"Condition?code:not=a&_total=accurate", "Observation?date:missing=true&_total=accurate", "Observation?_summary=count",
}

// Non-interference: whatever the choices, a viewer gets the answers of a store
// that never held what they may not see.
func TestChoicesDoNotInterfere(t *testing.T) {
	seed := uint64(time.Now().UnixNano())
	if s := os.Getenv("BEVAN_SEED"); s != "" {
		seed, _ = strconv.ParseUint(s, 10, 64)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		twin := other(t, d)
		twinDoor, twinOp := openDoor(t, twin)
		putSets(t, op)
		for round := range 40 {
			r := dice{rand.New(rand.NewPCG(seed, uint64(round)))}
			if err := interferes(t, r, round, door, op, twinDoor, twinOp); err != nil {
				t.Fatalf("BEVAN_SEED=%d round %d: %v", seed, round, err)
			}
		}
	})
}

// other is a second store of the same kind.
func other(t *testing.T, d *db.DB) *db.DB {
	if d.Dialect() == db.Postgres {
		return dbtest.Postgres(t)
	}
	return dbtest.SQLite(t)
}

// interferes asks all questions about one random record in both stores.
func interferes(t *testing.T, r dice, round int, door *Door, op *Session, twinDoor *Door, twinOp *Session) error {
	name := func(src string) string { // people and what is theirs have ids of their own in each round
		return strings.NewReplacer(`Patient/p"`, fmt.Sprintf(`Patient/p%d"`, round), `Observation/r`, fmt.Sprintf(`Observation/x%dr`, round), `"id":"r`, fmt.Sprintf(`"id":"x%dr`, round)).Replace(src)
	}
	patient := "p" + strconv.Itoa(round)
	put(t, op, `{"resourceType":"Patient","id":"`+patient+`","generalPractitioner":[{"reference":"Practitioner/who"}]}`)
	put(t, twinOp, `{"resourceType":"Patient","id":"`+patient+`"}`)
	type kept struct{ typ, src string }
	var all []kept
	n := 5 + r.IntN(20)
	late := r.IntN(n) // so many are written before the choices
	var consents []string
	for i := range 1 + r.IntN(3) {
		consents = append(consents, name(sharing(fmt.Sprintf("k%d-%d", round, i), patient, "active", r.provision(r.IntN(2) == 0, 3))))
	}
	for i := range n {
		if i == late {
			for _, c := range consents {
				put(t, op, c)
			}
		}
		typ, src := r.resource(i)
		all = append(all, kept{typ, name(src)})
		put(t, op, all[i].src)
	}
	hidden, err := judged(t, door, op, patient, consents, func(yield func(typ, src string)) {
		for _, k := range all {
			yield(k.typ, k.src)
		}
	})
	if err != nil {
		return err
	}
	for i, k := range all {
		if !hidden[i] {
			put(t, twinOp, k.src)
		}
	}
	viewer := opened(t, door, nurse(patient), access.Care)
	free, err := twinDoor.Open(ctx, access.Operator("test"), About{Patient: patient}, access.Operations)
	if err != nil {
		return err
	}
	for _, q := range questions {
		typ, text, _ := strings.Cut(q, "?")
		have, want := answered(t, viewer, typ, text), answered(t, free, typ, text)
		if have != want {
			return fmt.Errorf("%s\n has %s\nwant %s\nchoices %s", q, have, want, strings.Join(consents, "\n"))
		}
	}
	return nil
}

// judged says which resources the choices hide from the nurse, by the
// evaluator itself and what is stored of each resource.
func judged(t *testing.T, door *Door, op *Session, patient string, consents []string, each func(func(typ, src string))) ([]bool, error) {
	refs := map[string][]string{}
	var items []choice.Item
	each(func(typ, src string) {
		tree, err := fhir.Parse([]byte(src), fhir.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		id := tree.Root().Get("id").Str()
		stored, err := door.store.Read(ctx, store.Reach{Everyone: true}, store.Ref{Type: typ, ID: id}, 0)
		if err != nil {
			t.Fatal(err)
		}
		var labels []choice.Coding
		for _, c := range label.Set(stored.Mask).Codings() {
			labels = append(labels, choice.Coding(c))
		}
		one := choice.ItemOf(tree, typ, id, labels)
		refs[typ+"/"+id] = one.Refs
		items = append(items, one)
	})
	w := choice.World{Refers: func(ref string) []string { return refs[ref] }, Sets: func(url string) (*choice.Set, error) {
		return &choice.Set{Systems: map[string]choice.Codes{"urn:c": map[string]choice.Codes{
			"urn:vs-two": {Listed: map[string]bool{"a": true, "b": true}},
			"urn:vs-but": {All: true, Listed: map[string]bool{"c": true}},
		}[url]}}, nil
	}}
	var cs []*choice.Consent
	for _, src := range consents {
		tree, err := fhir.Parse([]byte(src), fhir.Limits{})
		if err != nil {
			return nil, err
		}
		c, err := w.Read(tree)
		if err != nil {
			return nil, err
		}
		cs = append(cs, c)
	}
	who := nurse(patient)
	rule := policy.Default().Rule(who, access.Care)
	v := policy.Viewer(who, access.Care, policy.Look, time.Now())
	hidden := make([]bool, len(items))
	for i := range items {
		hidden[i] = !rule.May(w.Decide(cs, v, &items[i]))
	}
	return hidden, nil
}

// answered is the ids of every page and the total.
func answered(t *testing.T, s *Session, typ, text string) string {
	t.Helper()
	var out []string
	q := query(t, s, typ, text)
	for cursor, n := "", 0; n < 20; n++ {
		page, err := s.Search(ctx, q, cursor)
		if err != nil {
			return problem.KindOf(err).String()
		}
		var ids []string
		for _, r := range page.Items {
			ids = append(ids, r.Key.String())
		}
		if !strings.Contains(text, "_sort") || strings.Contains(text, "clude=") {
			slices.Sort(ids)
		}
		total := "?"
		if page.Total != nil {
			total = strconv.Itoa(*page.Total)
		}
		out = append(out, total+": "+strings.Join(ids, " "))
		if cursor = page.Next; cursor == "" {
			break
		}
	}
	return strings.Join(out, " | ")
}

// What a choice allowed stands in the access log, with the part that did.
func TestTheLogNamesTheChoiceThatAllowed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		put(t, op, sharing("c1", "sam", "active", `{"type":"permit",`+toward("Organization/org-7")+`}`))
		log := &kept{}
		door.log = log
		wantIDs(t, opened(t, door, nurse("sam"), access.Care), "Patient", "", "sam")
		if n := len(log.entries); n != 1 || len(log.entries[0].By) != 1 || log.entries[0].By[0].Consent != "c1" || log.entries[0].By[0].Version != 1 {
			t.Errorf("the log says %+v", log.entries)
		}
	})
}

// What has a code that nobody has judged is for the person, and for those who
// declared an emergency, until it is judged.
func TestWhatNobodyHasJudgedIsHidden(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		put(t, op, `{"resourceType":"Organization","id":"clinic","type":[{"coding":[{"system":"http://snomed.info/sct","code":"394808002"}]}]}`)
		put(t, op, `{"resourceType":"Observation","id":"new","status":"final","code":{"coding":[{"system":"http://snomed.info/sct","code":"111111111"}]},"subject":{"reference":"Patient/sam"},"performer":[{"reference":"Organization/clinic"}]}`)
		waiting, err := op.NewCodes(ctx)
		if err != nil || len(waiting) != 1 {
			t.Fatalf("%d codes wait, %v", len(waiting), err)
		}
		rescuer := nurse("sam")
		rescuer.Mandate, rescuer.Until, rescuer.App, rescuer.Grant = "e1", time.Now().Add(time.Hour).UnixMilli(), "", ""
		alone := own("sam")
		alone.App, alone.Grant = "", ""
		for _, c := range []struct {
			who  access.Who
			why  access.Purpose
			seen []string
		}{{nurse("sam"), access.Care, nil}, {own("sam"), access.Own, nil}, {alone, access.Own, []string{"new"}}, {rescuer, access.Emergency, []string{"new"}}} {
			wantIDs(t, opened(t, door, c.who, c.why), "Observation", "code=111111111&_total=accurate", c.seen...)
		}
		if err := op.Judge(ctx, waiting[0].Code, 0, "looked at and harmless"); err != nil {
			t.Fatal(err)
		}
		if err := op.Reindex(ctx, func(int64, int64) {}); err != nil {
			t.Fatal(err)
		}
		wantIDs(t, opened(t, door, nurse("sam"), access.Care), "Observation", "code=111111111", "new")
	})
}

// An app that may not read a person's choices is not told of them by way of
// what others may see.
func TestWhoSeesWhatTellsNoChoiceToWhoMayNotReadIt(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		put(t, op, sharing("secret", "sam", "active", `{"type":"deny",`+toward("Organization/org-7")+`,"class":[{"system":"http://hl7.org/fhir/resource-types","code":"Observation"}]}`))
		narrow := own("sam")
		narrow.Bound = access.OneType("Observation", access.Looking)
		for _, c := range []struct {
			who   access.Who
			steps int
			rule  string
		}{{own("sam"), 1, "Consent/secret"}, {narrow, 0, "choice"}} {
			seen, err := opened(t, door, c.who, access.Own).MaySee(ctx, Key{"Observation", "laboratory"}, nurse(""), access.Care)
			if err != nil || seen.May || seen.Layer != "choice" || len(seen.Steps) != c.steps || seen.Rule != c.rule {
				t.Errorf("%+v, %v", seen, err)
			}
		}
	})
}
