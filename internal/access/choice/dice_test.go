package choice_test

import (
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/bevanhealth/bevan/internal/access/choice"
)

// dice makes random situations. Its pools are small, so that provisions match
// often and deep ones are reached.
type dice struct{ *rand.Rand }

func (d *dice) chance(percent int) bool { return d.IntN(100) < percent }

func pick[T any](d *dice, pool []T) T { return pool[d.IntN(len(pool))] }

// some picks one to three of a pool.
func some[T any](d *dice, pool []T) []T {
	out := make([]T, 0, 3)
	for range 1 + d.IntN(3) {
		out = append(out, pick(d, pool))
	}
	return out
}

func few[T any](d *dice, pool []T) []T {
	if d.chance(15) {
		return nil
	}
	return some(d, pool)
}

var (
	london, _ = time.LoadLocation("Europe/London")
	zones     = []*time.Location{nil, time.UTC, london, time.FixedZone("", 14*3600), time.FixedZone("", -12*3600)}
	moments   = []time.Time{
		{}, time.Date(2022, 12, 31, 23, 30, 0, 0, time.UTC), time.Date(2022, 6, 30, 23, 0, 0, 0, time.UTC),
		time.Date(2022, 7, 1, 0, 0, 0, 0, time.UTC), time.Date(2023, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(2021, 3, 4, 5, 6, 7, 0, time.UTC),
	}
	dates     = []string{"2021", "2022", "2022-06", "2022-06-30", "2022-07-01", "2022-12-31", "2023", "2022-06-30T23:59:59+01:00", "2022-12-31T23:30:00Z"}
	actorRefs = []string{"Practitioner/1", "Organization/3", "CareTeam/4", "RelatedPerson/7"}
	idents    = []choice.Coding{{System: choice.IdentApp, Code: "a"}, {System: choice.IdentRole, Code: "administrator"}}
	purposes  = []string{"TREAT", "ETREAT", "BTG", "HOPERAT", "CAREMGT", "HRESCH", "CLINTRCHPC"}
	labels    = []choice.Coding{{System: confidentiality, Code: "N"}, {System: confidentiality, Code: "R"}, {System: confidentiality, Code: "L"},
		{System: confidentiality, Code: "V"}, {System: actCode, Code: "PSY"}, {System: actCode, Code: "MH"}, {System: actCode, Code: "SUD"},
		{System: actCode, Code: "ETH"}, {System: actCode, Code: "ETHUD"}, {System: actCode, Code: "BH"}, {System: actCode, Code: "SPI"}, {System: actCode, Code: "HIV"}, {System: "own", Code: "childs"}}
	odd = []choice.Coding{{System: confidentiality, Code: "PSY"}, {System: confidentiality, Code: "T"}, {System: actCode, Code: "NOAUTH"}}
	// One in three of the data is an Observation, so that classes match.
	types    = []string{"Observation", "Condition", "Encounter", "Patient", "Task"}
	profiles = []string{"http://example.org/StructureDefinition/p", "http://example.org/StructureDefinition/p|1", "http://example.org/StructureDefinition/q"}
	codes    = []choice.Coding{{System: "s", Code: "1"}, {System: "s", Code: "2"}, {System: "s", Code: "3"}, {System: "z", Code: "1"}}
	dataRefs = []string{"Observation/1", "Encounter/1", "Condition/1", "Task/1", "Patient/1"}
)

func (d *dice) situation() situation {
	s := situation{refers: d.chance(80), zone: pick(d, zones)}
	for n := range 1 + d.IntN(3) {
		s.consents = append(s.consents, d.consent(n))
	}
	for range 2 {
		s.viewers = append(s.viewers, d.viewer())
		s.items = append(s.items, d.item())
	}
	return s
}

func coding(c choice.Coding) object { return object{"system": c.System, "code": c.Code} }

func concept(c choice.Coding) object { return object{"coding": []any{coding(c)}} }

func privacy(id string, provision object) object {
	return object{
		"resourceType": "Consent", "id": id, "meta": object{"versionId": "3"}, "status": "active",
		"scope":    concept(choice.Coding{System: "http://terminology.hl7.org/CodeSystem/consentscope", Code: "patient-privacy"}),
		"category": []any{concept(choice.Coding{System: "http://loinc.org", Code: "59284-0"})},
		"patient":  object{"reference": "Patient/1"}, "provision": provision,
	}
}

func (d *dice) consent(n int) object {
	typ := pick(d, []string{"permit", "deny"})
	c := privacy("c"+strconv.Itoa(n), d.provision(typ, 0))
	switch {
	case d.chance(5):
		c["status"] = "inactive"
	case d.chance(3):
		c["scope"] = concept(choice.Coding{System: "http://terminology.hl7.org/CodeSystem/consentscope", Code: "research"})
	case d.chance(20):
		root := object{}
		for _, k := range []string{"period", "provision"} {
			if v, there := c["provision"].(object)[k]; there {
				root[k] = v
			}
		}
		c["provision"] = root
		c["policyRule"] = concept(choice.Coding{System: actCode, Code: map[string]string{"permit": "OPTIN", "deny": "OPTOUT"}[typ]})
	}
	return c
}

func (d *dice) provision(typ string, depth int) object {
	p := object{"type": typ}
	// A tree of which each node has every attribute hardly ever matches.
	for range d.IntN(3) {
		d.attribute(p)
	}
	other := map[string]string{"permit": "deny", "deny": "permit"}[typ]
	for kids := d.IntN(3); kids > 0 && depth < 9 && d.chance(80-4*depth); kids-- {
		p["provision"] = append(items(p, "provision"), d.provision(other, depth+1))
	}
	return p
}

func (d *dice) attribute(p object) {
	list := func(name string, one func() any) {
		l := []any{}
		for range 1 + d.IntN(3) {
			l = append(l, one())
		}
		p[name] = l
	}
	switch d.IntN(9) {
	case 0:
		p["period"] = d.period()
	case 1:
		list("actor", func() any {
			role := choice.Coding{System: "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", Code: pick(d, []string{"IRCP", "PRCP"})}
			if d.chance(20) {
				role = choice.Coding{System: "r", Code: "nurse"}
			}
			ref := object{"reference": pick(d, actorRefs)}
			if d.chance(30) {
				id := pick(d, idents)
				ref = object{"identifier": object{"system": id.System, "value": id.Code}}
			}
			return object{"role": concept(role), "reference": ref}
		})
	case 2:
		list("action", func() any {
			return concept(choice.Coding{System: "http://terminology.hl7.org/CodeSystem/consentaction", Code: pick(d, []string{"access", "correct"})})
		})
	case 3:
		list("purpose", func() any {
			return coding(choice.Coding{System: "http://terminology.hl7.org/CodeSystem/v3-ActReason", Code: pick(d, purposes)})
		})
	case 4:
		list("securityLabel", func() any { return coding(pick(d, labels)) })
	case 5:
		list("class", func() any {
			if d.chance(30) {
				return coding(choice.Coding{System: "urn:ietf:rfc:3986", Code: pick(d, profiles)})
			}
			return coding(choice.Coding{System: "http://hl7.org/fhir/resource-types", Code: pick(d, types)})
		})
	case 6:
		list("code", func() any {
			switch set := pick(d, setNames); d.IntN(5) {
			case 0:
				return concept(choice.Coding{System: "urn:ietf:rfc:3986", Code: set})
			case 1:
				return object{"extension": []any{object{"url": choice.SetExtension, "valueCanonical": set}}}
			}
			return concept(pick(d, codes))
		})
	case 7:
		p["dataPeriod"] = d.period()
	case 8:
		list("data", func() any {
			meaning := pick(d, []string{"instance", "related", "dependents", "authoredby"})
			pool := dataRefs
			if meaning == "authoredby" {
				pool = actorRefs
			}
			return object{"meaning": meaning, "reference": object{"reference": pick(d, pool)}}
		})
	}
}

// period is one that does not end before it begins, whatever the zone: a date
// and the same or a later one.
func (d *dice) period() object {
	order := []string{"2020-02", "2021", "2022-06-30", "2022-06-30", "2022-07-01", "2022-12-31", "2023"}
	a := d.IntN(len(order))
	p := object{"start": order[a], "end": order[a+d.IntN(len(order)-a)]}
	switch d.IntN(4) {
	case 0:
		delete(p, "start")
		p["end"] = pick(d, dates)
	case 1:
		delete(p, "end")
		p["start"] = pick(d, dates)
	}
	return p
}

func (d *dice) viewer() choice.Viewer {
	v := choice.Viewer{Purpose: few(d, purposes), Action: pick(d, []string{"access", "access", "correct", ""}), Now: pick(d, moments)}
	if !v.Now.IsZero() {
		if z := pick(d, zones); z != nil {
			v.Now = v.Now.In(z)
		}
	}
	if d.chance(90) {
		v.Refs = few(d, actorRefs)
		v.Idents = few(d, idents)
		v.Perhaps, v.PerhapsIdents = few(d, actorRefs), few(d, idents)
	}
	if d.chance(50) {
		v.Roles = []choice.Coding{{System: "r", Code: pick(d, []string{"nurse", "clerk"})}}
	}
	return v
}

func (d *dice) item() choice.Item {
	i := d.single()
	for d.chance(20) {
		i.Within = append(i.Within, d.single())
	}
	return i
}

func (d *dice) single() choice.Item {
	i := choice.Item{Type: pick(d, types), ID: pick(d, []string{"1", "1", "2"}), Profiles: few(d, profiles), Security: few(d, labels), Codes: few(d, codes),
		From: pick(d, moments), To: pick(d, moments), Authors: few(d, actorRefs), Refs: few(d, dataRefs)}
	if d.chance(10) {
		i.Security = append(i.Security, pick(d, odd))
	}
	if d.chance(5) {
		i.Type = ""
	}
	if d.chance(20) { // a day, as dates without a zone are
		i.From = time.Date(2022, 6, 29+d.IntN(3), 0, 0, 0, 0, time.UTC)
		i.To, i.Days = i.From.AddDate(0, 0, 1), true
	}
	return i
}
