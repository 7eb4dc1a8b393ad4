package apart

import (
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// writeKinds are the ways of writing.
var writeKinds = []kind{{"create", 0}, {"create-if", 0}, {"update", 0}, {"update-if", 0}, {"patch", 0}, {"patch-if", 0}, {"delete", 0}, {"delete-if", 0}, {"transaction", 0}, {"batch-write", 0}}

// perWriter is how much one viewer writes in one world.
const perWriter = 60

// firstWrite is the step of the first, after everything else.
const firstWrite = 500

// written are the types that viewers make new ones of.
var written = strings.Fields("Observation Observation Observation Condition Encounter ServiceRequest DiagnosticReport MedicationRequest Procedure Communication List Task")

// writes lets the viewer write in both stores and look at them in between. What
// they do there must come to the same: hidden and absent are one. It gives what
// was done, up to a difference.
func (p *pair) writes(d *dice, j *judge, c *count) (done []question, leak string) {
	for range perWriter {
		q, ok := d.write(p, j)
		if !ok {
			continue
		}
		c.asked[q.Kind]++
		c.looked[q.Kind]++
		if p.meets(q) {
			c.cut[q.Kind]++
		}
		done = append(done, q)
		keys, leak := p.write(q)
		if leak != "" {
			return done, leak
		}
		for _, key := range keys {
			typ, id, _ := strings.Cut(key, "/")
			d.byType[typ] = append(d.byType[typ], id)
		}
		for range 2 {
			q := d.question()
			if strings.Contains(q.Path+q.Body, "_sort=_id") || strings.Contains(q.Path+q.Body, "_sort=-_id") {
				continue // ids that a store gave come in any order
			}
			done = append(done, q)
			if leak = p.look(q); leak != "" {
				return done, leak
			}
		}
	}
	return done, ""
}

// write does one thing in both stores, at the same time.
func (p *pair) write(q question) (keys []string, leak string) {
	at := stepTime(firstWrite + p.wrote)
	p.wrote++
	p.full.set(at)
	p.bare.set(at)
	have, want := p.full.ask("viewer", q), p.bare.ask("viewer", q)
	keys = p.full.remember(have)
	p.bare.remember(want)
	if a, b := p.full.read(have, true), p.bare.read(want, true); a.text != b.text {
		return nil, "after a write it" + apartAt(a.text, b.text)
	}
	return keys, ""
}

var nextTo = regexp.MustCompile(`"(?:reference|url|ifNoneExist)":"([^"]*)"`)

// meets tells whether a write comes upon something hidden: it leads there or
// refers to it, or its condition finds something else for whoever sees all.
func (p *pair) meets(q question) bool {
	ways := []string{strings.TrimPrefix(q.Path, "/")}
	for _, m := range nextTo.FindAllStringSubmatch(q.Body, -1) {
		ways = append(ways, m[1])
	}
	typ := strings.TrimPrefix(q.Path, "/")
	for _, h := range q.Headers {
		if cond, ok := strings.CutPrefix(h, "If-None-Exist: "); ok {
			ways = append(ways, typ+"?"+cond)
		}
	}
	return slices.ContainsFunc(ways, func(way string) bool {
		if !strings.Contains(way, "?") {
			return p.hidden[way]
		}
		find := question{Method: "GET", Path: "/" + way}
		return p.full.read(p.full.ask("viewer", find), false).text != p.full.read(p.full.ask("all", find), false).text
	})
}

// look asks both stores for the viewer.
func (p *pair) look(q question) string {
	a, b := p.full.read(p.full.ask("viewer", q), true), p.bare.read(p.bare.ask("viewer", q), true)
	if a.text != b.text {
		return "after writes it" + apartAt(a.text, b.text)
	}
	return ""
}

// fresh makes a resource that the viewer will see when it is there. What they
// may not see themselves once they wrote it, no store has for them.
func (d *dice) fresh(p *pair, j *judge) (e *entry, ok bool) {
	e = d.entry(d.of(written...), "fresh")
	if who := p.v.who.Patient; who != "" {
		e.Src = strings.ReplaceAll(e.Src, "Patient/"+e.Owner+`"`, "Patient/"+who+`"`)
		e.Owner = who
	}
	n := *p.w
	n.Entries = append(slices.Clone(n.Entries), e)
	if !newJudge(p.t, &n).sees(p.v, e) {
		return nil, false
	}
	e.Src = strings.Replace(e.Src, `"id":"fresh",`, "", 1)
	return e, true
}

// write makes a request that writes; false where none came of it.
func (d *dice) write(p *pair, j *judge) (q question, ok bool) {
	kind := writeKinds[d.IntN(len(writeKinds))].name
	if kind != "transaction" && kind != "batch-write" {
		q, ok = d.writeOf(kind, p, j)
		q.Kind = kind
		return q, ok
	}
	type request struct {
		Method      string `json:"method"`
		URL         string `json:"url"`
		IfNoneExist string `json:"ifNoneExist,omitempty"`
		IfMatch     string `json:"ifMatch,omitempty"`
	}
	type item struct {
		Resource json.RawMessage `json:"resource,omitempty"`
		Request  request         `json:"request"`
	}
	bundle := map[string]any{"resourceType": "Bundle", "type": strings.TrimSuffix(kind, "-write")}
	var items []item
	for range 1 + d.IntN(3) {
		one, ok := d.writeOf(d.of("create", "create-if", "update", "update-if", "delete", "delete-if"), p, j)
		if !ok {
			continue
		}
		it := item{Request: request{Method: one.Method, URL: strings.TrimPrefix(one.Path, "/")}, Resource: json.RawMessage(one.Body)}
		for _, h := range one.Headers {
			if v, ok := strings.CutPrefix(h, "If-None-Exist: "); ok {
				it.Request.IfNoneExist = v
			}
			if v, ok := strings.CutPrefix(h, "If-Match: "); ok {
				it.Request.IfMatch = v
			}
		}
		items = append(items, it)
	}
	bundle["entry"] = items
	body, err := json.Marshal(bundle)
	if err != nil {
		p.t.Fatal(err)
	}
	return question{Kind: kind, Method: "POST", Path: "/", Body: string(body)}, len(items) > 0
}

func (d *dice) writeOf(kind string, p *pair, j *judge) (q question, ok bool) {
	if strings.HasPrefix(kind, "create") || kind == "update-if" && d.odds(50) {
		e, ok := d.fresh(p, j)
		if !ok {
			return q, false
		}
		q = question{Method: "POST", Path: "/" + e.Type, Body: e.version(d.IntN(50))}
		switch kind {
		case "create-if":
			q.Headers = []string{"If-None-Exist: " + d.condition(e.Type)}
		case "update-if":
			q.Method, q.Path = "PUT", q.Path+"?"+d.condition(e.Type)
		}
		if d.odds(30) {
			q.Headers = append(q.Headers, "Prefer: return="+d.of("representation", "minimal", "OperationOutcome"))
		}
		return q, true
	}
	e := p.w.Entries[d.IntN(len(p.w.Entries))]
	q = question{Method: "PUT", Path: "/" + e.Type + "/" + e.ID, Body: e.version(50 + d.IntN(50))}
	if d.odds(15) { // an id that nothing has
		q.Path, q.Body = "/"+e.Type+"/nobody", strings.Replace(q.Body, `"id":"`+e.ID+`"`, `"id":"nobody"`, 1)
	}
	if d.odds(25) {
		q.Headers = []string{`If-Match: W/"` + strconv.Itoa(1+d.IntN(3)) + `"`}
	}
	cond := "/" + e.Type + "?" + d.condition(e.Type)
	switch kind {
	case "update-if":
		// Only what matches in sight is written: its content stays, so what is
		// seen does.
		q.Path = "/" + e.Type + "?_id=" + e.ID
	case "patch", "patch-if":
		q.Method, q.Body = "PATCH", `[{"op":"replace","path":"/extension/0/valueInteger","value":`+strconv.Itoa(d.IntN(99))+`}]`
		q.Headers = append(q.Headers, "Content-Type: application/json-patch+json")
		if kind == "patch-if" {
			q.Path = cond
		}
	case "delete", "delete-if":
		q.Method, q.Body = "DELETE", ""
		if kind == "delete-if" {
			q.Path = cond
		}
	}
	if p.v.who.Patient == "" && q.Method == "PUT" && !j.sees(p.v, e) {
		return q, false // a program is told that an id is taken: decision 0045
	}
	return q, e.Type != "Consent" && e.Type != "Patient"
}

// condition is a search that names one or some of a type.
func (d *dice) condition(typ string) string {
	pool := []string{"_id={" + typ + "}", "_id={" + typ + "}"}
	switch typ {
	case "Observation", "Condition", "Encounter":
		pool = append(pool, "identifier={ident}", "identifier={ident}", "identifier={ident}")
	}
	if len(chains[typ]) > 0 {
		pool = append(pool, d.of(chains[typ]...))
	}
	if len(params[typ]) > 0 {
		pool = append(pool, d.of(params[typ]...))
	}
	return d.fill(d.of(pool...))
}
