package apart

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access/label"
)

// world is what happened in a record, in order. It is plain data, so that one
// that shows a leak can be made smaller and kept as a file.
type world struct {
	Entries []*entry
	Events  []event
}

// entry is a resource. Src has VALUE where its versions differ, which is in
// nothing that labels, choices and searches of scopes look at: whether somebody
// may see it is then the same for all its versions.
type entry struct {
	Type, ID string
	Src      string
	Owner    string   // the patient in whose record it lies; "" for nobody's
	Several  bool     // it is about more than one patient
	Tells    []string // what it gives away, as Type/id
}

func (e *entry) key() string { return e.Type + "/" + e.ID }

func (e *entry) version(n int) string {
	return strings.ReplaceAll(e.Src, "VALUE", strconv.Itoa(n))
}

// event is one version of an entry. Events with the same Step were written in
// one transaction.
type event struct {
	Key     string
	Step    int
	Value   int
	Deleted bool
}

// began is when the first step was. Each step comes a second after the one
// before.
var began = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)

// now is when questions are asked.
var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

func stepTime(step int) time.Time { return began.Add(time.Duration(step) * time.Second) }

const (
	actCode = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
	base    = "http://example.com/fhir"
)

// labelled is what a code of meta.security means.
var labelled = map[string]label.Set{coding(actCode, "PSY"): label.MentalHealth, coding(actCode, "ETH"): label.Substances, coding(actCode, "HIV"): label.HIV | label.SexualHealth,
	coding(label.Ours, "professionals-only"): label.ProfessionalsOnly | label.Restricted}

// codings are what stands in meta.security.
var codings = []string{coding(actCode, "PSY"), coding(actCode, "ETH"), coding(actCode, "HIV"), coding(label.Ours, "professionals-only")}

func coding(system, code string) string { return `{"system":"` + system + `","code":"` + code + `"}` }

// dice makes worlds, viewers and questions.
type dice struct {
	*rand.Rand
	w       *world
	byType  map[string][]string // ids
	persons []string
}

func newDice(seed, n uint64) *dice {
	return &dice{Rand: rand.New(rand.NewPCG(seed, n)), byType: map[string][]string{}}
}

func (d *dice) of(all ...string) string { return all[d.IntN(len(all))] }
func (d *dice) odds(n int) bool         { return d.IntN(100) < n }

// may is text some of the time.
func (d *dice) may(n int, text string) string {
	if d.odds(n) {
		return text
	}
	return ""
}

// clinical are the types of entries, as often as they are made.
var clinical = strings.Fields("Observation Observation Observation Observation Observation Observation Condition Condition Encounter Encounter ServiceRequest DiagnosticReport " +
	"MedicationRequest Appointment Group List Provenance Task Basic Binary Device DocumentReference Procedure Communication")

// makeWorld makes three to five people, what is nobody's, and 40 to 120 entries.
func (d *dice) makeWorld() *world {
	d.w = &world{}
	for n := range 3 + d.IntN(3) {
		d.persons = append(d.persons, "p"+strconv.Itoa(n))
	}
	d.nobodys()
	for _, p := range d.persons {
		d.add(&entry{Type: "Patient", ID: p, Owner: p, Src: `{"resourceType":"Patient","id":"` + p + `","extension":[{"url":"urn:x","valueInteger":VALUE}],` +
			`"identifier":[{"system":"urn:n","value":"` + p + `"}],"name":[{"family":"` + d.of("Ash", "Birch", "Cedar") + `"}],"birthDate":"` + d.of("1980-01-01", "1990-02-02", "2015-05-05") + `",` +
			`"generalPractitioner":[{"reference":"Practitioner/who"},{"reference":"Organization/` + d.of("org-7", "org-8") + `"}]}`})
	}
	n := 40 + d.IntN(81)
	planned := make([]string, n) // their types, so that references may lead to what comes later
	for i := range planned {
		planned[i] = d.of(clinical...)
		d.byType[planned[i]] = append(d.byType[planned[i]], "e"+strconv.Itoa(i))
	}
	step, choices := 1, 1+d.IntN(4)
	at := make([]int, choices) // so many entries come before each choice
	for i := range at {
		at[i] = d.IntN(n)
	}
	for i, typ := range planned {
		e := d.entry(typ, "e"+strconv.Itoa(i))
		d.w.Entries = append(d.w.Entries, e)
		if d.odds(35) {
			step++
		}
		d.w.Events = append(d.w.Events, event{Key: e.key(), Step: step})
		for k, when := range at {
			if when == i {
				step++
				c := d.consent("c" + strconv.Itoa(k))
				d.byType["Consent"] = append(d.byType["Consent"], c.ID)
				d.w.Entries = append(d.w.Entries, c)
				d.w.Events = append(d.w.Events, event{Key: c.key(), Step: step})
				step++
			}
		}
	}
	d.churn(step + 1)
	return d.w
}

func (d *dice) add(e *entry) {
	d.w.Entries = append(d.w.Entries, e)
	d.w.Events = append(d.w.Events, event{Key: e.key()})
	d.byType[e.Type] = append(d.byType[e.Type], e.ID)
}

func (d *dice) nobodys() {
	for _, e := range [][2]string{{"Organization", "org-7"}, {"Organization", "org-8"}, {"Practitioner", "who"}, {"Practitioner", "doc"}, {"Location", "ward"}} {
		d.add(&entry{Type: e[0], ID: e[1], Src: `{"resourceType":"` + e[0] + `","id":"` + e[1] + `","extension":[{"url":"urn:x","valueInteger":VALUE}],"name":` +
			map[bool]string{true: `[{"family":"Quill"}]`, false: `"Mill"`}[e[0] == "Practitioner"] + `}`})
	}
}

// churn writes some entries again and deletes some. What a choice is about
// stays: what it leads to was looked up.
func (d *dice) churn(step int) {
	kept := map[string]bool{}
	for _, e := range d.w.Entries {
		if e.Type == "Consent" {
			for _, part := range strings.Split(e.Src, `"reference":"`)[1:] {
				kept[part[:strings.IndexByte(part, '"')]] = true
			}
		}
	}
	gone := map[string]bool{}
	for value := range 10 + d.IntN(30) {
		e := d.w.Entries[d.IntN(len(d.w.Entries))]
		if e.Type == "Consent" {
			continue
		}
		if d.odds(45) {
			step++
		}
		out := d.odds(25) && !gone[e.key()] && !kept[e.key()] && e.Owner != e.ID && e.Type != "Practitioner" && e.Type != "Organization"
		if last := d.w.Events[len(d.w.Events)-1]; last.Step == step {
			step++ // a transaction writes a resource once
		}
		gone[e.key()] = out
		d.w.Events = append(d.w.Events, event{Key: e.key(), Step: step, Value: value + 1, Deleted: out})
	}
}

// id is that of some resource of a type, which may not be there.
func (d *dice) id(typ string) string {
	if ids := d.byType[typ]; len(ids) > 0 && d.odds(94) {
		return ids[d.IntN(len(ids))]
	}
	return "nobody"
}

func (d *dice) ref(types ...string) string {
	typ := d.of(types...)
	return typ + "/" + d.id(typ)
}

func reference(name, to string) string { return `"` + name + `":{"reference":"` + to + `"},` }

func (d *dice) code() string {
	return `{"coding":[{"system":"urn:c","code":"` + d.of("a", "b", "c") + `"}]}`
}

func (d *dice) date() string {
	return d.of("2020-01-05", "2022-06", "2024-02-03T10:00:00Z", "2025", "2025-12-31T23:30:00Z")
}

// entry makes one resource.
func (d *dice) entry(typ, id string) *entry {
	p := d.of(d.persons...)
	if d.odds(45) {
		p = d.persons[0] // one of whom there is more
	}
	e := &entry{Type: typ, ID: id, Owner: p}
	var b strings.Builder
	b.WriteString(`{"resourceType":"` + typ + `","id":"` + id + `",`)
	if d.odds(22) {
		b.WriteString(`"meta":{"security":[` + d.of(codings...) + `]},`)
	}
	b.WriteString(`"extension":[{"url":"urn:x","valueInteger":VALUE}],`)
	tells := func(text string, to string) {
		if to != "" {
			e.Tells = append(e.Tells, to)
			b.WriteString(text)
		}
	}
	ident := `"identifier":[{"system":"urn:i","value":"i` + strconv.Itoa(d.IntN(25)) + `"}],`
	subject := reference("subject", "Patient/"+p)
	switch typ {
	case "Observation":
		b.WriteString(ident + `"status":"` + d.of("final", "final", "preliminary") + `","category":[{"coding":[{"system":"urn:cat","code":"` + d.of("laboratory", "laboratory", "survey") + `"}]}],"code":` + d.code() + `,` + subject)
		b.WriteString(d.may(80, `"effectiveDateTime":"`+d.date()+`",`) + d.may(60, `"valueQuantity":{"value":`+strconv.Itoa(d.IntN(9))+`,"unit":"mg"},`))
		b.WriteString(d.may(40, reference("encounter", d.ref("Encounter"))) + d.may(40, `"performer":[{"reference":"`+d.ref("Practitioner", "Organization")+`"}],`) +
			d.may(30, `"focus":[{"reference":"`+d.ref("Condition", "Encounter", "Patient", "Observation", "Device")+`"}],`) + d.may(20, reference("device", d.ref("Device"))))
		for _, name := range []string{"derivedFrom", "hasMember", "basedOn"} {
			if to := d.ref(map[string]string{"basedOn": "ServiceRequest"}[name] + map[bool]string{true: "", false: "Observation"}[name == "basedOn"]); d.odds(20) {
				tells(`"`+name+`":[{"reference":"`+to+`"}],`, to)
			}
		}
	case "Condition":
		b.WriteString(ident + `"code":` + d.code() + `,` + subject + d.may(70, `"recordedDate":"`+d.date()+`",`) + d.may(40, reference("encounter", d.ref("Encounter"))))
		if to := d.ref("Observation", "Condition"); d.odds(30) {
			tells(`"evidence":[{"detail":[{"reference":"`+to+`"}]}],`, to)
		}
	case "Encounter":
		b.WriteString(ident + `"status":"` + d.of("finished", "planned") + `","class":{"code":"AMB"},` + subject + `"period":{"start":"` + d.date() + `"},` + d.may(50, `"location":[{"location":{"reference":"Location/ward"}}],`))
		if to := d.ref("Condition", "Observation"); d.odds(40) {
			tells(`"reasonReference":[{"reference":"`+to+`"}],`, to)
		}
		if to := d.ref("Encounter"); d.odds(20) && to != "Encounter/"+id {
			tells(reference("partOf", to), to)
		}
	case "ServiceRequest":
		b.WriteString(`"status":"active","intent":"order","code":` + d.code() + `,` + subject + d.may(50, `"authoredOn":"`+d.date()+`",`) + d.may(50, `"reasonReference":[{"reference":"`+d.ref("Condition")+`"}],`))
	case "DiagnosticReport":
		b.WriteString(`"status":"` + d.of("final", "partial") + `","code":` + d.code() + `,` + subject + d.may(60, `"effectiveDateTime":"`+d.date()+`",`))
		if to := d.ref("Observation"); d.odds(75) {
			tells(`"result":[{"reference":"`+to+`"}],`, to)
		}
	case "MedicationRequest":
		b.WriteString(`"status":"active","intent":"order","medicationCodeableConcept":` + d.code() + `,` + subject + d.may(50, reference("encounter", d.ref("Encounter"))) + d.may(40, `"reasonReference":[{"reference":"`+d.ref("Condition")+`"}],`))
	case "Procedure":
		b.WriteString(`"status":"completed","code":` + d.code() + `,` + subject + d.may(50, `"performedDateTime":"`+d.date()+`",`))
		if to := d.ref("Condition", "Observation"); d.odds(40) {
			tells(`"reasonReference":[{"reference":"`+to+`"}],`, to)
		}
	case "Communication":
		b.WriteString(`"status":"completed",` + subject + d.may(50, reference("encounter", d.ref("Encounter"))) + d.may(40, `"about":[{"reference":"`+d.ref("Condition", "Observation")+`"}],`))
		if to := d.ref("ServiceRequest"); d.odds(30) {
			tells(`"basedOn":[{"reference":"`+to+`"}],`, to)
		}
	case "Appointment":
		who := `{"actor":{"reference":"Patient/` + p + `"},"status":"accepted"}`
		if other := d.of(d.persons...); d.odds(40) && other != p {
			e.Several = true
			who += `,{"actor":{"reference":"Patient/` + other + `"},"status":"accepted"}`
		}
		b.WriteString(`"status":"` + d.of("booked", "fulfilled") + `","start":"` + d.of("2026-05-01T10:00:00Z", "2026-07-01T10:00:00Z") + `","end":"2026-07-01T11:00:00Z","participant":[` + who + `],`)
		if to := d.ref("ServiceRequest"); d.odds(40) {
			tells(`"basedOn":[{"reference":"`+to+`"}],`, to)
		}
	case "Group":
		who := `{"entity":{"reference":"Patient/` + p + `"}}`
		if other := d.of(d.persons...); other != p && d.odds(60) {
			e.Several = true
			who += `,{"entity":{"reference":"Patient/` + other + `"}}`
		}
		b.WriteString(`"type":"person","actual":true,"name":"` + d.of("a", "b") + `","member":[` + who + `],`)
	case "List":
		b.WriteString(`"status":"current","mode":"working","title":"` + d.of("one", "two") + `",` + subject)
		if to := d.ref("Observation", "Condition", "Encounter"); d.odds(75) {
			tells(`"entry":[{"item":{"reference":"`+to+`"}}],`, to)
		}
	case "Provenance":
		to := d.ref("Observation", "Condition", "Encounter")
		tells(`"recorded":"`+"2026-01-01T00:00:00Z"+`","agent":[{"who":{"reference":"Practitioner/doc"}}],"target":[{"reference":"Patient/`+p+`"},{"reference":"`+to+`"}],`, to)
		e.Tells = append(e.Tells, "Patient/"+p)
	case "Task":
		b.WriteString(`"status":"requested","intent":"order",` + strings.Replace(subject, "subject", "for", 1))
		if to := d.ref("ServiceRequest", "Observation", "Condition"); d.odds(60) {
			tells(reference("focus", to), to)
		}
	case "Basic":
		e.Owner = ""
		b.WriteString(`"code":{"text":"` + d.of("x", "y") + `"},`)
		if d.odds(60) {
			e.Owner = p
			b.WriteString(subject)
		}
	case "Binary":
		e.Owner = ""
		return e.with(`{"resourceType":"Binary","id":"` + id + `","contentType":"text/plain","data":"AAAA"}`)
	case "Device":
		e.Owner = "" // R4's compartment of a patient has no devices in it
		b.WriteString(`"type":` + d.code() + `,` + strings.Replace(subject, "subject", "patient", 1))
	case "DocumentReference":
		b.WriteString(`"status":"current","type":` + d.code() + `,` + subject + `"content":[{"attachment":{"url":"` + d.ref("Binary") + `"}}],`)
	}
	return e.with(strings.TrimSuffix(b.String(), ",") + "}")
}

func (e *entry) with(src string) *entry {
	e.Src = src
	return e
}

func toward(to string) string {
	return `"actor":[{"role":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ParticipationType","code":"IRCP"}]},"reference":` + to + `}]`
}

// consent makes a sharing choice, most often of the first person.
func (d *dice) consent(id string) *entry {
	p := d.persons[0]
	if d.odds(25) {
		p = d.of(d.persons...)
	}
	return &entry{Type: "Consent", ID: id, Owner: p, Src: `{"resourceType":"Consent","id":"` + id + `","status":"` + d.of("active", "active", "active", "inactive") +
		`","scope":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/consentscope","code":"patient-privacy"}]},"category":[{"coding":[{"system":"http://loinc.org","code":"59284-0"}]}],` +
		`"patient":{"reference":"Patient/` + p + `"},"dateTime":"2026-01-01","policy":[{"uri":"https://bevan.example/policy"}],"provision":` + d.provision(d.IntN(2) == 0, 3) + `}`}
}

func (d *dice) provision(deny bool, depth int) string {
	parts := []string{`"type":"` + map[bool]string{true: "deny", false: "permit"}[deny] + `"`}
	may := func(n int, part string) {
		if d.odds(n) {
			parts = append(parts, part)
		}
	}
	may(30, toward(d.of(`{"reference":"Organization/org-7"}`, `{"reference":"Organization/org-8"}`, `{"reference":"Practitioner/who"}`,
		`{"identifier":{"system":"https://bevan.example/id/app","value":"app"}}`, `{"identifier":{"system":"https://bevan.example/id/account","value":"other"}}`)))
	may(30, `"class":[{"system":"http://hl7.org/fhir/resource-types","code":"`+d.of("Observation", "Condition", "Encounter", "Patient", "Consent", "DiagnosticReport")+`"}]`)
	may(30, `"code":[{"coding":[{"system":"urn:c","code":"`+d.of("a", "b", "c")+`"}]}]`)
	may(25, `"securityLabel":[{"system":"`+actCode+`","code":"`+d.of("PSY", "ETH", "HIV")+`"}]`)
	may(20, `"dataPeriod":{"start":"2021-01-01","end":"`+d.of("2022-12-31", "2024-06-30")+`"}`)
	may(15, `"purpose":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActReason","code":"`+d.of("TREAT", "PATRQT", "FAMRQT", "HRESCH", "HOPERAT")+`"}]`)
	may(15, `"data":[{"meaning":"`+d.of("instance", "dependents", "related")+`","reference":{"reference":"`+d.ref("Observation", "Observation", "Condition", "Encounter")+`"}}]`)
	if depth > 0 && d.odds(50) {
		parts = append(parts, `"provision":[`+d.provision(!deny, depth-1)+`]`)
	}
	return "{" + strings.Join(parts, ",") + "}"
}

// without is the world without some entries.
func (w *world) without(drop map[string]bool) *world {
	n := &world{}
	for _, e := range w.Entries {
		if !drop[e.key()] {
			n.Entries = append(n.Entries, e)
		}
	}
	for _, ev := range w.Events {
		if !drop[ev.Key] {
			n.Events = append(n.Events, ev)
		}
	}
	return n
}

func (w *world) find(key string) *entry {
	i := slices.IndexFunc(w.Entries, func(e *entry) bool { return e.key() == key })
	if i < 0 {
		return nil
	}
	return w.Entries[i]
}

func (e *entry) String() string { return fmt.Sprintf("%s of %q, %s", e.key(), e.Owner, e.Src) }
