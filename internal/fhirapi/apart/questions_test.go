package apart

import (
	"encoding/json"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// kind is an interaction and how often it comes; writes, which have a turn of
// their own, have 0.
type kind struct {
	name  string
	share int
}

// kinds are the interactions that are asked for, and how often each is.
var kinds = []kind{
	{"read", 10}, {"head", 2}, {"vread", 6}, {"meta", 3}, {"validate", 2}, {"conditional-read", 4},
	{"history-instance", 6}, {"history-type", 6}, {"history-system", 5},
	{"search", 10}, {"chain", 9}, {"has", 8}, {"include", 9}, {"sort", 6}, {"total", 6}, {"count", 6}, {"last-updated", 5},
	{"search-system", 4}, {"compartment", 6}, {"post-search", 4}, {"everything", 5}, {"lastn", 5}, {"elements", 3}, {"batch", 4}, {"transaction-read", 2},
}

func (d *dice) question() question {
	sum := 0
	for _, k := range kinds {
		sum += k.share
	}
	n := d.IntN(sum)
	for _, k := range kinds {
		if n -= k.share; n < 0 {
			q := d.questionOf(k.name)
			q.Kind = k.name
			return q
		}
	}
	panic("unreachable")
}

// searched are the types that are searched for, the most telling most often.
var searched = strings.Fields("Observation Observation Observation Condition Condition Encounter Encounter Patient ServiceRequest DiagnosticReport MedicationRequest Appointment Group List Provenance Task Basic Device DocumentReference Procedure Communication Consent Practitioner Organization Location Binary")

func (d *dice) get(path string) question { return question{Method: "GET", Path: path} }

func (d *dice) questionOf(kind string) question {
	typ := d.of(searched...)
	at := "/" + typ + "/" + d.id(typ)
	switch kind {
	case "read":
		return d.get(at + d.may(10, "?_summary="+d.of("true", "text", "data")))
	case "head":
		return question{Method: "HEAD", Path: at}
	case "vread":
		return d.get(at + "/_history/" + d.of("1", "1", "2", "3", "9"))
	case "meta":
		return d.get(at + d.may(40, "/_history/"+d.of("1", "2")) + "/$meta")
	case "validate":
		return d.get(at + "/$validate")
	case "conditional-read":
		q := d.get(at)
		q.Headers = []string{d.of(`If-None-Match: W/"1"`, `If-None-Match: W/"2"`, "If-None-Match: *", "If-Modified-Since: "+stepTime(d.IntN(90)).Format("Mon, 02 Jan 2006 15:04:05 GMT"))}
		return q
	case "history-instance":
		return d.get(at + "/_history" + d.pastQuery())
	case "history-type":
		return d.get("/" + typ + "/_history" + d.pastQuery())
	case "history-system":
		return d.get("/_history" + d.pastQuery())
	case "search-system":
		path := "/?"
		if d.odds(70) {
			path += "_type=" + d.of(searched...) + "," + d.of(searched...) + "&"
		}
		return d.get(path + d.systemWhere() + d.paging())
	case "compartment":
		path := "/Patient/" + d.id("Patient") + "/" + d.of("*", typ, "Observation", "Condition")
		if d.odds(25) {
			path = "/Encounter/" + d.id("Encounter") + "/" + d.of("*", "Observation", "Condition")
		}
		return d.get(path + "?" + d.paging())
	case "post-search":
		typ := d.of(searched...)
		return question{Method: "POST", Path: "/" + typ + "/_search", Body: d.where(typ) + d.paging(), Headers: []string{"Content-Type: application/x-www-form-urlencoded"}}
	case "everything":
		path := "/Patient/" + d.id("Patient")
		if d.odds(35) {
			path = "/Encounter/" + d.id("Encounter")
		}
		return d.get(path + "/$everything" + d.of("", "?_count="+d.of("1", "3", "7"), "?_type=Observation,Condition", "?_since="+d.instant(), "?start=2022-01-01"))
	case "lastn":
		return d.get("/Observation/$lastn?patient=" + d.id("Patient") + "&max=" + d.of("1", "2", "5") + d.may(40, "&"+d.where("Observation")))
	case "batch", "transaction-read":
		return d.batch(kind)
	}
	return d.searchOf(kind, typ)
}

func (d *dice) searchOf(kind, typ string) question {
	path := "/" + typ + "?"
	switch kind {
	case "chain":
		typ = d.of("Observation", "Observation", "Condition", "Encounter", "DiagnosticReport", "MedicationRequest")
		path = "/" + typ + "?" + d.fill(d.of(chains[typ]...)) + "&"
	case "has":
		typ = d.of("Observation", "Patient", "Condition", "Encounter", "Practitioner", "Location", "ServiceRequest")
		path = "/" + typ + "?" + d.fill(d.of(reverse[typ]...)) + "&"
	case "include":
		typ = d.of("Observation", "Observation", "Condition", "Encounter", "DiagnosticReport", "Patient", "Practitioner")
		path = "/" + typ + "?" + d.fill(d.of(includes[typ]...)) + "&" + d.may(30, d.fill(d.of(includes[typ]...))+"&")
	case "sort":
		path += "_sort=" + d.of("_lastUpdated", "-_lastUpdated", "_id", "-_id", "date", "-date", "code,-date", "status") + "&"
		if !strings.Contains("Observation Condition Encounter", typ) {
			path = "/Observation?_sort=" + d.of("date", "-date", "code,-date", "status,_lastUpdated", "-_lastUpdated", "value-quantity") + "&"
			typ = "Observation"
		} else if typ != "Observation" {
			path = "/" + typ + "?_sort=" + d.of("_lastUpdated", "-_lastUpdated", "_id", "-_id") + "&"
		}
	case "total":
		path += "_total=" + d.of("accurate", "estimate", "none") + "&"
	case "count":
		path += d.of("_summary=count", "_count=0", "_count=0&_total=accurate", "_summary=count&_total=accurate") + "&"
		return d.get(path + d.where(typ))
	case "last-updated":
		path += "_lastUpdated=" + d.of("ge", "lt", "gt", "le", "") + d.instant() + "&"
	case "elements":
		path += d.of("_elements=id", "_elements=status,code", "_summary=true", "_summary=text", "_summary=data") + "&"
	}
	return d.get(path + d.where(typ) + d.paging())
}

func (d *dice) instant() string {
	return stepTime(d.IntN(100)).Add(time.Duration(d.IntN(3)-1) * time.Millisecond).Format("2006-01-02T15:04:05.000Z")
}

func (d *dice) pastQuery() string {
	return d.of("", "", "?_count="+d.of("1", "2", "5"), "?_since="+d.instant(), "?_at="+d.instant(), "?_count=3&_since="+d.instant())
}

func (d *dice) paging() string { return d.may(60, "_count="+d.of("1", "2", "3", "5", "50")) }

func (d *dice) systemWhere() string {
	return d.fill(d.of("_id={any}&", "_lastUpdated=ge{at}&", "_id={any},{any}&", "_security="+actCode+"|PSY&", ""))
}

// where is up to two conditions on a type, each with & behind it.
func (d *dice) where(typ string) string {
	out := ""
	for range d.IntN(3) {
		pool := append(append([]string{}, params[typ]...), "_id={any}", "_id={any},{any},{any}", "_lastUpdated=ge{at}", "_security="+actCode+"|PSY", "_security:not="+actCode+"|ETH", "_lastUpdated:missing=false")
		out += d.fill(d.of(pool...)) + "&"
	}
	return out
}

// fill puts values into the places of a template: {Type} is an id of the type.
func (d *dice) fill(s string) string {
	var b strings.Builder
	for {
		i := strings.IndexByte(s, '{')
		if i < 0 {
			return b.String() + s
		}
		end := i + strings.IndexByte(s[i:], '}')
		b.WriteString(s[:i])
		switch name := s[i+1 : end]; name {
		case "code":
			b.WriteString(d.of("a", "b", "c", "urn:c|a", "urn:c|b", "zzz"))
		case "date":
			b.WriteString(d.of("ge", "lt", "eq", "ne", "sa") + d.of("2020-01-05", "2022", "2024-02-03", "2025-06"))
		case "at":
			b.WriteString(d.instant())
		case "ident":
			b.WriteString("urn:i|i" + strconv.Itoa(d.IntN(26)))
		case "name":
			b.WriteString(d.of("Ash", "Birch", "Cedar", "Zed"))
		case "any":
			b.WriteString(d.id(d.of(clinical...)))
		default:
			b.WriteString(d.id(name))
		}
		s = s[end+1:]
	}
}

// batch asks for several things at once.
func (d *dice) batch(kind string) question {
	type request struct {
		Method string `json:"method"`
		URL    string `json:"url"`
	}
	type item struct {
		Request request `json:"request"`
	}
	bundle := struct {
		ResourceType string `json:"resourceType"`
		Type         string `json:"type"`
		Entry        []item `json:"entry"`
	}{ResourceType: "Bundle", Type: strings.TrimSuffix(kind, "-read")}
	for range 2 + d.IntN(3) {
		q := d.questionOf(d.of("read", "vread", "search", "chain", "has", "count", "include", "history-instance"))
		u, err := url.Parse(strings.ReplaceAll(q.Path, " ", "%20"))
		if err != nil {
			panic(err)
		}
		bundle.Entry = append(bundle.Entry, item{request{"GET", strings.TrimPrefix(u.String(), "/")}})
	}
	body, err := json.Marshal(bundle)
	if err != nil {
		panic(err)
	}
	return question{Method: "POST", Path: "/", Body: string(body)}
}

// Templates of conditions, by type.
var (
	params = map[string][]string{
		"Observation": {"code={code}", "code:not={code}", "category=laboratory", "category=survey", "date={date}", "date:missing=true", "status=final", "value-quantity=gt4", "value-quantity:missing=true",
			"subject=Patient/{Patient}", "patient={Patient}", "encounter=Encounter/{Encounter}", "encounter:missing=true", "derived-from=Observation/{Observation}", "derived-from:missing=false",
			"has-member=Observation/{Observation}", "has-member:missing=false", "focus=Condition/{Condition}", "focus:missing=false", "performer=Practitioner/who", "identifier={ident}", "identifier:not={ident}",
			"based-on=ServiceRequest/{ServiceRequest}", "device=Device/{Device}", "code-value-quantity={code}$gt3", "subject:identifier=urn:n|p1", "code:text=a", "code:in=http://hl7.org/fhir/ValueSet/observation-codes"},
		"Condition":         {"code={code}", "code:not={code}", "subject=Patient/{Patient}", "recorded-date={date}", "encounter=Encounter/{Encounter}", "evidence-detail=Observation/{Observation}", "evidence-detail:missing=false", "identifier={ident}"},
		"Encounter":         {"status=finished", "date={date}", "subject=Patient/{Patient}", "reason-reference=Condition/{Condition}", "reason-reference:missing=false", "part-of=Encounter/{Encounter}", "location=Location/ward", "class=AMB", "identifier={ident}"},
		"Patient":           {"name={name}", "birthdate=lt2000", "general-practitioner=Practitioner/who", "organization=Organization/org-7", "identifier=urn:n|p2", "identifier=urn:n|p1,urn:n|p0"},
		"ServiceRequest":    {"code={code}", "subject=Patient/{Patient}", "authored={date}", "status=active"},
		"DiagnosticReport":  {"code={code}", "result=Observation/{Observation}", "result:missing=true", "date={date}", "status=final"},
		"MedicationRequest": {"code={code}", "encounter=Encounter/{Encounter}", "subject=Patient/{Patient}"},
		"Appointment":       {"status=booked", "patient={Patient}", "actor=Patient/{Patient}", "date=ge2026-06-01", "based-on=ServiceRequest/{ServiceRequest}"},
		"Group":             {"member=Patient/{Patient}", "type=person"},
		"List":              {"item=Observation/{Observation}", "title=one", "subject=Patient/{Patient}"},
		"Provenance":        {"target=Observation/{Observation}", "patient={Patient}", "agent=Practitioner/doc"},
		"Task":              {"focus=ServiceRequest/{ServiceRequest}", "patient={Patient}", "status=requested"},
		"Device":            {"patient={Patient}", "type={code}"},
		"DocumentReference": {"patient={Patient}", "type={code}"},
		"Procedure":         {"code={code}", "patient={Patient}", "date={date}"},
		"Communication":     {"subject=Patient/{Patient}", "encounter=Encounter/{Encounter}"},
		"Consent":           {"patient={Patient}", "status=active", "data=Observation/{Observation}", "actor=Organization/org-7", "purpose=TREAT"},
		"Practitioner":      {"name=Quill"},
		"Organization":      {"name=Mill"},
	}
	chains = map[string][]string{
		"Observation": {"patient.name={name}", "subject:Patient.birthdate=lt2000", "patient.general-practitioner.name=Quill", "encounter.status=finished", "encounter.reason-reference:Condition.code={code}",
			"derived-from:Observation.code={code}", "has-member:Observation.status=final", "derived-from:Observation.derived-from:Observation.code={code}", "encounter.part-of.status=finished",
			"focus:Condition.code={code}", "focus:Patient.name={name}", "device.type={code}", "performer:Practitioner.name=Quill", "based-on:ServiceRequest.code={code}", "device.patient.name={name}"},
		"Condition":         {"patient.name={name}", "encounter.status=finished", "evidence-detail:Observation.code={code}", "encounter.location.name=Mill", "evidence-detail:Condition.code={code}"},
		"Encounter":         {"patient.name={name}", "reason-reference:Condition.code={code}", "part-of.status=finished", "location.name=Mill", "reason-reference:Observation.status=final"},
		"DiagnosticReport":  {"result.code={code}", "result.status=final", "patient.name={name}", "result.encounter.status=finished"},
		"MedicationRequest": {"encounter.status=finished", "patient.name={name}", "encounter.reason-reference:Condition.code={code}"},
	}
	reverse = map[string][]string{
		"Observation": {"_has:Observation:derived-from:code={code}", "_has:Observation:has-member:status=final", "_has:DiagnosticReport:result:status=final", "_has:Provenance:target:agent=Practitioner/doc",
			"_has:List:item:title=one", "_has:Condition:evidence-detail:code={code}", "_has:Observation:derived-from:_has:Observation:derived-from:code={code}", "_has:Task:focus:status=requested"},
		"Patient": {"_has:Observation:patient:code={code}", "_has:Observation:patient:value-quantity=gt5", "_has:Condition:patient:code={code}", "_has:Consent:patient:status=active", "_has:Appointment:patient:status=booked",
			"_has:Group:member:type=person", "_has:Encounter:patient:reason-reference:Condition.code={code}", "_has:Observation:patient:_security=" + actCode + "|PSY", "_has:Provenance:patient:agent=Practitioner/doc", "_has:Observation:focus:code={code}"},
		"Condition":      {"_has:Encounter:reason-reference:status=finished", "_has:Condition:evidence-detail:code={code}", "_has:Observation:focus:code={code}", "_has:Provenance:target:agent=Practitioner/doc"},
		"Encounter":      {"_has:Observation:encounter:code={code}", "_has:Condition:encounter:code={code}", "_has:Encounter:part-of:status=finished", "_has:Communication:encounter:status=completed"},
		"Practitioner":   {"_has:Observation:performer:code={code}", "_has:Patient:general-practitioner:name={name}", "_has:Provenance:agent:patient={Patient}"},
		"Location":       {"_has:Encounter:location:status=finished", "_has:Encounter:location:patient={Patient}"},
		"ServiceRequest": {"_has:Observation:based-on:code={code}", "_has:Appointment:based-on:status=booked", "_has:Task:focus:status=requested"},
	}
	includes = map[string][]string{
		"Observation": {"_include=Observation:subject", "_include=Observation:encounter", "_include=Observation:derived-from", "_include=*", "_revinclude=Observation:derived-from", "_revinclude=DiagnosticReport:result",
			"_revinclude=Provenance:target", "_include=Observation:encounter&_include:iterate=Encounter:reason-reference", "_include=Observation:focus", "_include=Observation:device&_include:iterate=Device:patient",
			"_include:iterate=Observation:derived-from", "_revinclude=List:item&_revinclude=Task:focus", "_include=Observation:performer"},
		"Condition":        {"_include=Condition:evidence-detail", "_include=Condition:encounter", "_revinclude=Encounter:reason-reference", "_revinclude=Observation:focus", "_include=*", "_revinclude:iterate=Condition:evidence-detail"},
		"Encounter":        {"_include=Encounter:reason-reference", "_include=Encounter:part-of", "_revinclude=Observation:encounter", "_revinclude=Condition:encounter", "_include=Encounter:location", "_include=*"},
		"DiagnosticReport": {"_include=DiagnosticReport:result", "_include=DiagnosticReport:result&_include:iterate=Observation:encounter", "_include=*"},
		"Patient": {"_revinclude=Observation:patient", "_revinclude=Group:member", "_revinclude=Appointment:patient", "_revinclude=Device:patient", "_revinclude=Consent:patient", "_include=Patient:general-practitioner",
			"_revinclude=Observation:focus", "_revinclude=Observation:subject&_revinclude:iterate=DiagnosticReport:result"},
		"Practitioner": {"_revinclude=Observation:performer", "_revinclude=Patient:general-practitioner", "_revinclude=Provenance:agent"},
	}
)
