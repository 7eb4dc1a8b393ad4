package exchange_test

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/record"
)

// people asks for the data of Synthea's people, and looks the same up in the
// files with encoding/json.
type people struct {
	t   *testing.T
	s   *record.Session
	all map[string]map[string]bag
}

// answer is all pages of a search together.
type answer struct {
	ids   []string        // of the matches, in order
	along map[string]bool // Type/id of what was included
	pages int
	total *int
}

func (p *people) search() {
	p.sets()
	p.absent()
	p.sorts()
	p.included()
	p.compartments()
	p.totals()
	p.own()
}

// find follows the pages to the end. A match that comes twice is a fault.
func (p *people) find(in *search.Compartment, typ, query string) answer {
	p.t.Helper()
	var pairs []search.Pair
	for _, part := range strings.Split(query, "&") {
		if name, value, ok := strings.Cut(part, "="); ok {
			pairs = append(pairs, search.Pair{Name: name, Value: value})
		}
	}
	var types []string
	if typ != "*" {
		types = []string{typ}
	}
	a := answer{along: map[string]bool{}}
	q, err := search.Parse(p.s.Registry(), types, in, pairs, search.Options{Strict: true, Base: "http://example.com/fhir"})
	if err != nil {
		p.t.Errorf("%s?%s: %v", typ, query, err)
		return a
	}
	seen := map[string]bool{}
	for cursor := ""; ; {
		page, err := p.s.Search(context.Background(), q, cursor)
		if err != nil {
			p.t.Errorf("%s?%s: %v", typ, query, err)
			return a
		}
		a.pages++
		a.total = cmp.Or(a.total, page.Total)
		for _, item := range page.Items {
			if item.Include {
				a.along[item.Key.String()] = true
				continue
			}
			if seen[item.Key.String()] {
				p.t.Errorf("%s?%s: %s comes twice", typ, query, item.Key)
			}
			seen[item.Key.String()] = true
			if typ == "*" {
				a.ids = append(a.ids, item.Key.String())
			} else {
				a.ids = append(a.ids, item.Key.ID)
			}
		}
		if cursor = page.Next; cursor == "" {
			return a
		}
	}
}

// same holds a set of names against another.
func (p *people) same(what string, have, want []string) {
	p.t.Helper()
	have, want = slices.Sorted(slices.Values(have)), slices.Sorted(slices.Values(want))
	if !slices.Equal(have, want) {
		p.t.Errorf("%s: %d are found, %d are in the files", what, len(have), len(want))
	}
}

// those are the ids of the resources of a type that have something.
func (p *people) those(typ string, has func(bag) bool) []string {
	var ids []string
	for id, b := range p.all[typ] {
		if has(b) {
			ids = append(ids, id)
		}
	}
	return ids
}

// to are the ids at the references that a path leads to.
func to(b bag, path ...string) []string {
	var ids []string
	for _, v := range at(map[string]any(b), append(path, "reference")...) {
		ids = append(ids, strings.TrimPrefix(v.(string), "urn:uuid:"))
	}
	return ids
}

// via gives the resources of a type that a reference of b leads to.
func (p *people) via(b bag, typ string, path ...string) []bag {
	var out []bag
	for _, id := range to(b, path...) {
		if r := p.all[typ][id]; r != nil {
			out = append(out, r)
		}
	}
	return out
}

func any1(bags []bag, has func(bag) bool) bool { return slices.ContainsFunc(bags, has) }

func codeIs(code string, path ...string) func(bag) bool {
	return func(b bag) bool { return b.has(is(code), path...) }
}

// plain takes the accents off, which a search by text does not see.
var plain = strings.NewReplacer("á", "a", "é", "e", "í", "i", "ó", "o", "ú", "u", "ü", "u", "ñ", "n")

// year tells whether a moment lies in 2015, in UTC.
func (p *people) year(v any) bool {
	n := instant(p.t, v)
	return n >= instant(p.t, "2015-01-01T00:00:00Z") && n < instant(p.t, "2016-01-01T00:00:00Z")
}

// sets asks by each kind of parameter and modifier.
func (p *people) sets() {
	emergency, infarct := codeIs("EMER", "class", "code"), codeIs("444814009", "code", "coding", "code")
	encounter := func(b bag) []bag { return p.via(b, "Encounter", "encounter") }
	high := func(b bag) bool {
		for _, c := range at(map[string]any(b), "component") {
			part := bag(c.(map[string]any))
			if part.has(is("8480-6"), "code", "coding", "code") && part.has(func(v any) bool { return v.(float64) > 140 }, "valueQuantity", "value") {
				return true
			}
		}
		return false
	}
	visits := p.referrers("Encounter", "subject")
	illness := p.referrers("Condition", "encounter")
	for _, c := range []struct {
		typ, query string
		want       func(bag) bool
	}{
		{"Patient", "death-date:missing=false", func(b bag) bool { return b["deceasedDateTime"] != nil }},
		{"Patient", "death-date:missing=true", func(b bag) bool { return b["deceasedDateTime"] == nil }},
		{"Condition", "abatement-date:missing=true", func(b bag) bool { return b["abatementDateTime"] == nil }},
		{"Patient", "gender:not=female", func(b bag) bool { return b["gender"] != "female" }},
		{"Encounter", "class:not=EMER,AMB", func(b bag) bool { return !emergency(b) && !codeIs("AMB", "class", "code")(b) }},
		{"Patient", "family:contains=an", func(b bag) bool {
			return b.has(func(v any) bool { return strings.Contains(plain.Replace(strings.ToLower(v.(string))), "an") }, "name", "family")
		}},
		{"Organization", "name:exact=LAHEY HOSPITAL & MEDICAL CENTER, BURLINGTON", nil},
		{"Immunization", "date=2015", func(b bag) bool { return b.has(p.year, "occurrenceDateTime") }},
		{"Encounter", "date=2015", func(b bag) bool { return b.has(p.year, "period", "start") && b.has(p.year, "period", "end") }},
		{"Condition", "onset-date=lt1980-01-01T00:00:00Z", func(b bag) bool {
			return b.has(func(v any) bool { return instant(p.t, v) < instant(p.t, "1980-01-01T00:00:00Z") }, "onsetDateTime")
		}},
		{"Patient", "_lastUpdated=gt2000-01-01", func(bag) bool { return true }},
		{"Patient", "_tag=https://smarthealthit.org/tags|synthea-5-2019&gender=male", func(b bag) bool {
			return b["gender"] == "male" && b.has(is("synthea-5-2019"), "meta", "tag", "code")
		}},
		{"Observation", "component-code-value-quantity=8480-6$gt140", high},
		{"Observation", "component-code=8480-6&component-value-quantity=gt140||mm[Hg]&code:not=55284-4", func(bag) bool { return false }},
		{"Condition", "encounter.class=EMER", func(b bag) bool { return any1(encounter(b), emergency) }},
		{"Condition", "encounter.service-provider.name=lahey", func(b bag) bool {
			return any1(encounter(b), func(e bag) bool {
				return any1(p.via(e, "Organization", "serviceProvider"), func(o bag) bool {
					return o.has(func(v any) bool { return strings.HasPrefix(v.(string), "LAHEY") }, "name")
				})
			})
		}},
		{"Patient", "_has:Encounter:patient:class=EMER", func(b bag) bool { return any1(visits[b["id"].(string)], emergency) }},
		{"Patient", "_has:Encounter:patient:_has:Condition:encounter:code=444814009", func(b bag) bool {
			return any1(visits[b["id"].(string)], func(e bag) bool { return any1(illness[e["id"].(string)], infarct) })
		}},
		{"Encounter", "_has:Condition:encounter:code=444814009&class=AMB", func(b bag) bool {
			return any1(illness[b["id"].(string)], infarct) && codeIs("AMB", "class", "code")(b)
		}},
		{"ImagingStudy", "modality:missing=false", func(b bag) bool { return b.has(func(any) bool { return true }, "series", "modality", "code") }},
	} {
		if c.want == nil { // commas and the like stand for themselves
			name := "LAHEY HOSPITAL & MEDICAL CENTER, BURLINGTON"
			q := []search.Pair{{Name: "name:exact", Value: strings.ReplaceAll(name, ",", `\,`)}}
			p.exactly(c.typ, q, p.those(c.typ, func(b bag) bool { return b["name"] == name }))
			continue
		}
		want := p.those(c.typ, c.want)
		found := p.find(nil, c.typ, c.query+"&_count=211")
		p.same(c.typ+"?"+c.query, found.ids, want)
		if len(want) == 0 && !strings.Contains(c.query, "code:not=55284-4") && !testing.Short() {
			p.t.Errorf("%s?%s: nothing is in the files, so that nothing is shown", c.typ, c.query)
		}
	}
}

// exactly asks with pairs that can not be cut at their signs.
func (p *people) exactly(typ string, pairs []search.Pair, want []string) {
	p.t.Helper()
	q, err := search.Parse(p.s.Registry(), []string{typ}, nil, pairs, search.Options{Strict: true})
	if err != nil {
		p.t.Error(err)
		return
	}
	page, err := p.s.Search(context.Background(), q, "")
	if err != nil {
		p.t.Error(err)
		return
	}
	var have []string
	for _, i := range page.Items {
		have = append(have, i.Key.ID)
	}
	if p.same(typ+" by name", have, want); len(want) == 0 && !testing.Short() {
		p.t.Errorf("%v is not in the files", pairs)
	}
}

// referrers are the resources of a type by what they refer to.
func (p *people) referrers(typ string, path ...string) map[string][]bag {
	out := map[string][]bag{}
	for _, b := range p.all[typ] {
		for _, id := range to(b, path...) {
			out[id] = append(out[id], b)
		}
	}
	return out
}

// sorts asks for orders: each key as the reader sees it, those without it last.
func (p *people) sorts() {
	moment := func(path ...string) func(bag) (float64, bool) {
		return func(b bag) (float64, bool) {
			for _, v := range at(map[string]any(b), path...) {
				return float64(instant(p.t, v)), true
			}
			return 0, false
		}
	}
	value := func(b bag) (float64, bool) {
		for _, v := range at(map[string]any(b), "valueQuantity", "value") {
			return v.(float64), true
		}
		return 0, false
	}
	weight := codeIs("29463-7", "code", "coding", "code")
	order(p, "Condition", "", "onset-date", func(bag) bool { return true }, moment("onsetDateTime"))
	order(p, "Condition", "", "abatement-date", func(bag) bool { return true }, moment("abatementDateTime"))
	order(p, "Observation", "code=29463-7", "date", weight, moment("effectiveDateTime"))
	order(p, "Observation", "code=29463-7", "value-quantity", weight, value)
	order(p, "Patient", "", "death-date", func(bag) bool { return true }, moment("deceasedDateTime"))
	order(p, "Patient", "", "birthdate", func(bag) bool { return true }, func(b bag) (string, bool) { s, ok := b["birthDate"].(string); return s, ok })
	order(p, "Organization", "", "name", func(bag) bool { return true }, func(b bag) (string, bool) {
		s, ok := b["name"].(string)
		return strings.Join(strings.FieldsFunc(strings.ToLower(s), func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9')
		}), " "), ok
	})
	two := p.find(nil, "Patient", "_sort=gender,-birthdate&_count=13").ids
	p.same("Patient by two keys", two, p.those("Patient", func(bag) bool { return true }))
	if !slices.IsSortedFunc(two, func(a, b string) int {
		x, y := p.all["Patient"][a], p.all["Patient"][b]
		return cmp.Or(strings.Compare(x["gender"].(string), y["gender"].(string)), -strings.Compare(x["birthDate"].(string), y["birthDate"].(string)))
	}) {
		p.t.Error("Patient?_sort=gender,-birthdate is out of order")
	}
}

// order asks for one key upwards and downwards, in pages.
func order[K cmp.Ordered](p *people, typ, query, key string, has func(bag) bool, of func(bag) (K, bool)) {
	p.t.Helper()
	want := p.those(typ, has)
	for _, sign := range []string{"", "-"} {
		what := typ + "?" + query + "&_sort=" + sign + key
		a := p.find(nil, typ, query+"&_sort="+sign+key+"&_count=53")
		p.same(what, a.ids, want)
		if want := (len(want) + 52) / 53; a.pages != max(want, 1) {
			p.t.Errorf("%s: %d pages, not %d", what, a.pages, want)
		}
		missing := false
		for i, id := range a.ids {
			v, ok := of(p.all[typ][id])
			if ok && missing {
				p.t.Errorf("%s: %s stands behind one that has no value", what, id)
			}
			missing = missing || !ok
			if i == 0 || !ok {
				continue
			}
			if before, ok := of(p.all[typ][a.ids[i-1]]); ok && (sign == "" && before > v || sign == "-" && before < v) {
				p.t.Errorf("%s: %v stands behind %v", what, v, before)
			}
		}
	}
}

// included asks for what comes along, in pages, and once more as one.
func (p *people) included() {
	infarct := codeIs("444814009", "code", "coding", "code")
	emergency := codeIs("EMER", "class", "code")
	name := func(typ string, ids ...string) (out []string) {
		for _, id := range ids {
			if p.all[typ][id] != nil {
				out = append(out, typ+"/"+id)
			}
		}
		return out
	}
	visits, illness := p.referrers("Encounter", "subject"), p.referrers("Condition", "encounter")
	for _, c := range []struct {
		typ, query string
		has        func(bag) bool
		along      func(bag) []string
	}{
		{"Condition", "code=444814009&_include=Condition:patient", infarct, func(b bag) []string { return name("Patient", to(b, "subject")...) }},
		{"Condition", "code=444814009&_include=Condition:*", infarct, func(b bag) []string {
			return append(name("Patient", to(b, "subject")...), name("Encounter", to(b, "encounter")...)...)
		}},
		{"Condition", "code=444814009&_include=Condition:encounter&_include:iterate=Encounter:service-provider&_include:iterate=Encounter:practitioner", infarct, func(b bag) []string {
			out := name("Encounter", to(b, "encounter")...)
			for _, e := range p.via(b, "Encounter", "encounter") {
				out = append(out, name("Organization", to(e, "serviceProvider")...)...)
				out = append(out, name("Practitioner", to(e, "participant", "individual")...)...)
			}
			return out
		}},
		{"DiagnosticReport", "code=57698-3&_include=DiagnosticReport:result", codeIs("57698-3", "code", "coding", "code"), func(b bag) []string { return name("Observation", to(b, "result")...) }},
		{"Encounter", "class=EMER&_revinclude=Condition:encounter", emergency, func(b bag) (out []string) {
			for _, c := range illness[b["id"].(string)] {
				out = append(out, name("Condition", c["id"].(string))...)
			}
			return out
		}},
		{"Patient", "gender=female&_revinclude=Encounter:patient&_revinclude:iterate=Condition:encounter", codeIs("female", "gender"), func(b bag) (out []string) {
			for _, e := range visits[b["id"].(string)] {
				out = append(out, name("Encounter", e["id"].(string))...)
				for _, c := range illness[e["id"].(string)] {
					out = append(out, name("Condition", c["id"].(string))...)
				}
			}
			return out
		}},
	} {
		want := map[string]bool{}
		matches := p.those(c.typ, c.has)
		for _, id := range matches {
			for _, k := range c.along(p.all[c.typ][id]) {
				want[k] = true
			}
		}
		for _, count := range []string{"&_count=17", "&_count=1000"} {
			a := p.find(nil, c.typ, c.query+count)
			p.same(c.typ+"?"+c.query+count, a.ids, matches)
			p.same("with "+c.typ+"?"+c.query+count, slices.Collect(maps.Keys(a.along)), slices.Collect(maps.Keys(want)))
		}
		if len(want) == 0 && !testing.Short() {
			p.t.Errorf("%s?%s: nothing comes along in the files", c.typ, c.query)
		}
	}
}

// compartments asks for what is about one person, and what happened at one
// visit.
func (p *people) compartments() {
	patient := slices.Min(slices.Collect(maps.Keys(p.all["Patient"])))
	in := &search.Compartment{Type: "Patient", ID: patient}
	for _, typ := range []string{"Observation", "Condition", "Encounter", "Procedure", "MedicationRequest"} {
		want := p.those(typ, func(b bag) bool { return slices.Contains(to(b, "subject"), patient) })
		p.same("Patient/"+patient+"/"+typ, p.find(in, typ, "_count=31").ids, want)
		p.same(typ+"?patient=", p.find(nil, typ, "patient="+patient+"&_count=31").ids, want)
	}
	weight := codeIs("29463-7", "code", "coding", "code")
	p.same("weights of one person", p.find(in, "Observation", "code=29463-7&_sort=-date").ids,
		p.those("Observation", func(b bag) bool { return weight(b) && slices.Contains(to(b, "subject"), patient) }))
	visit := slices.Min(p.those("Encounter", func(b bag) bool { return slices.Contains(to(b, "subject"), patient) }))
	at := &search.Compartment{Type: "Encounter", ID: visit}
	for _, typ := range []string{"Observation", "Condition", "Procedure"} {
		p.same("Encounter/"+visit+"/"+typ, p.find(at, typ, "").ids, p.those(typ, func(b bag) bool { return slices.Contains(to(b, "encounter"), visit) }))
	}
	var all []string
	for _, path := range []string{"subject", "patient"} {
		for typ := range p.all {
			for _, id := range p.those(typ, func(b bag) bool { return slices.Contains(to(b, path), patient) }) {
				all = append(all, typ+"/"+id)
			}
		}
	}
	p.same("Patient/"+patient+"/*", p.find(in, "*", "_count=97").ids, append(all, "Patient/"+patient))
}

// totals asks for them in each way.
func (p *people) totals() {
	want := len(p.those("Encounter", codeIs("EMER", "class", "code")))
	for _, mode := range []string{"_total=accurate&_count=7", "_summary=count", "_total=accurate&_count=0"} {
		q := "class=EMER&" + mode
		if a := p.find(nil, "Encounter", q); a.total == nil || *a.total != want {
			p.t.Errorf("Encounter?%s: the total is %v, not %d", q, a.total, want)
		}
	}
	if a := p.find(nil, "Encounter", "class=EMER&_total=none"); a.total != nil || len(a.ids) != want {
		p.t.Errorf("a total that nobody asked for: %v, %d are found", a.total, len(a.ids))
	}
}
