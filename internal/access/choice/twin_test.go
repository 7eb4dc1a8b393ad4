package choice_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access/choice"
)

// The twin evaluates a Consent by reading the resource's JSON from top to
// bottom, each rule of decision 0036 as a plain loop. It has its own tables and
// dates, and shares nothing with the package but the facts that go in.

type object = map[string]any

type twin struct {
	v      *choice.Viewer
	i      *choice.Item
	refers func(string) []string // nil: not known
	sets   map[string]object     // ValueSets by their URLs
	zone   *time.Location
	person string
}

// verdict is what several consents say together, in words.
func (t *twin) verdict(consents []object) string {
	first := ""
	for _, c := range consents {
		said := t.one(c)
		if strings.HasPrefix(said, "deny") {
			return said
		}
		if first == "" {
			first = said
		}
	}
	if first == "" {
		return "nothing"
	}
	return first
}

func (t *twin) one(c object) string {
	if c["status"] != "active" {
		return ""
	}
	if c["scope"].(object)["coding"].([]any)[0].(object)["code"] != "patient-privacy" {
		return ""
	}
	t.person = c["patient"].(object)["reference"].(string)
	root, there := c["provision"].(object)
	if !there {
		return fmt.Sprint("deny by ", c["id"], "/", c["meta"].(object)["versionId"], " at Consent.policyRule")
	}
	if c["category"].([]any)[0].(object)["coding"].([]any)[0].(object)["code"] == "INFA" && root["type"] == "permit" && root["provision"] == nil {
		return "" // a right to act for the person
	}
	if root["type"] == nil {
		with := object{}
		for k, v := range root {
			with[k] = v
		}
		with["type"] = "permit"
		if c["policyRule"].(object)["coding"].([]any)[0].(object)["code"] == "OPTOUT" {
			with["type"] = "deny"
		}
		root = with
	}
	sure := t.matches(root)
	if sure == never {
		return ""
	}
	node, path := t.decider(root, "Consent.provision")
	if sure == maybe && node["type"] == "permit" {
		return "" // perhaps the consent says nothing
	}
	return node["type"].(string) + " by " + c["id"].(string) + "/" + c["meta"].(object)["versionId"].(string) + " at " + path
}

const (
	never = iota
	maybe
	surely
)

func sure(b bool) int {
	if b {
		return surely
	}
	return never
}

// counts says whether an exception is taken to match: a deny if it may, a permit
// if it must.
func (t *twin) counts(p object) bool {
	m := t.matches(p)
	return m == surely || m == maybe && p["type"] == "deny"
}

// stands says whether a provision holds in spite of its exceptions.
func (t *twin) stands(p object) bool {
	if !t.counts(p) {
		return false
	}
	for _, k := range items(p, "provision") {
		if t.stands(k.(object)) {
			return false
		}
	}
	return true
}

// decider is the provision that a matching one hands the decision to: the first
// exception that stands, else what the first matching exception hands it to.
func (t *twin) decider(p object, path string) (object, string) {
	for _, must := range []func(object) bool{t.stands, t.counts} {
		for n, k := range items(p, "provision") {
			if must(k.(object)) {
				return t.decider(k.(object), path+".provision["+strconv.Itoa(n)+"]")
			}
		}
	}
	return p, path
}

func items(p object, name string) []any {
	l, _ := p[name].([]any)
	return l
}

// matches says whether a provision matches the resource or, for a deny, any
// that is inside of it.
func (t *twin) matches(p object) int {
	matched, outer := t.all(p), t.i
	for n := range outer.Within {
		if p["type"] == "deny" {
			t.i = &outer.Within[n]
			matched = max(matched, t.all(p))
		}
	}
	t.i = outer
	return matched
}

// all says whether all attributes that are there hold.
func (t *twin) all(p object) int {
	least := surely
	if period, there := p["period"].(object); there {
		from, to := t.period(period, t.v.Now.Location())
		switch {
		case t.v.Now.IsZero():
			least = maybe
		case t.v.Now.Before(from) || !t.v.Now.Before(to):
			return never
		}
	}
	for name, v := range p {
		l, _ := v.([]any)
		holds := surely
		switch name {
		case "actor":
			holds = t.actor(l)
		case "action":
			holds = t.action(l)
		case "purpose":
			holds = t.purpose(l)
		case "securityLabel":
			holds = sure(t.label(l, p["type"] == "deny"))
		case "class":
			holds = t.class(l)
		case "code":
			holds = sure(t.code(l))
		case "data":
			holds = t.data(l)
		case "dataPeriod":
			holds = t.dataPeriod(v.(object))
		}
		least = min(least, holds)
	}
	return least
}

func (t *twin) actor(l []any) int {
	if len(t.v.Refs)+len(t.v.Idents) == 0 {
		return maybe
	}
	best := never
	for _, a := range l {
		ref := a.(object)["reference"].(object)
		mine, perhaps := false, false
		for _, r := range t.v.Refs {
			mine = mine || ref["reference"] == r
		}
		for _, r := range t.v.Perhaps {
			perhaps = perhaps || ref["reference"] == r
		}
		if id, there := ref["identifier"].(object); there {
			for _, c := range t.v.Idents {
				mine = mine || id["system"] == c.System && id["value"] == c.Code
			}
			for _, c := range t.v.PerhapsIdents {
				perhaps = perhaps || id["system"] == c.System && id["value"] == c.Code
			}
		}
		for _, c := range a.(object)["role"].(object)["coding"].([]any) {
			role, plays := c.(object), never
			if len(t.v.Roles) == 0 {
				plays = maybe
			}
			if role["code"] == "IRCP" || role["code"] == "PRCP" {
				plays = surely
			}
			for _, has := range t.v.Roles {
				if role["system"] == has.System && role["code"] == has.Code {
					plays = surely
				}
			}
			switch {
			case mine:
				best = max(best, plays)
			case perhaps && plays != never:
				best = max(best, maybe)
			}
		}
	}
	return best
}

func (t *twin) action(l []any) int {
	if t.v.Action == "" {
		return maybe
	}
	for _, concept := range l {
		for _, c := range concept.(object)["coding"].([]any) {
			if c.(object)["code"] == t.v.Action {
				return surely
			}
		}
	}
	return never
}

// chains list what is part of what, narrow first.
var chains = fields(
	"BTG ETREAT TREAT", "ERTREAT ETREAT TREAT", "COC TREAT", "CAREMGT HOPERAT", "CLINTRCHPC CLINTRCH HRESCH", "CLINTRCHNPC CLINTRCH HRESCH", "FAMRQT PATRQT",
	"PSYTHPN PSY MH BH SPI", "ETHUD SUD BH SPI", "ETHUD SUD ETH", "OPIOIDUD SUD BH SPI", "OPIOIDUD SUD ETH", "COGN BH SPI",
)

func fields(lines ...string) (out [][]string) {
	for _, l := range lines {
		out = append(out, strings.Fields(l))
	}
	return out
}

func partOf(narrow, wide string) bool {
	if narrow == wide {
		return true
	}
	for _, c := range chains {
		words := c
		a, b := slices.Index(words, narrow), slices.Index(words, wide)
		if a >= 0 && a < b {
			return true
		}
	}
	return false
}

func (t *twin) purpose(l []any) int {
	for _, c := range l {
		for _, p := range t.v.Purpose {
			if partOf(p, c.(object)["code"].(string)) {
				return surely
			}
		}
	}
	if len(t.v.Purpose) == 0 {
		return maybe
	}
	return never
}

const confidentiality = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"

func (t *twin) label(l []any, deny bool) bool {
	const order = "ULMNRV"
	high := -1
	sensitive := false
	for _, s := range t.i.Security {
		old := s.System == confidentiality && strings.Contains(" PSY HIV ETH SDV ", " "+s.Code+" ")
		switch {
		case old || s.System == actCode && s.Code != "NOAUTH":
			sensitive = true
		case s.System == confidentiality:
			at := len(order) - 1
			if len(s.Code) == 1 && strings.Contains(order, s.Code) {
				at = strings.Index(order, s.Code)
			}
			high = max(high, at)
		}
	}
	if high < 0 {
		high = strings.Index(order, map[bool]string{true: "R", false: "N"}[sensitive])
	}
	for _, c := range l {
		system, code := c.(object)["system"].(string), c.(object)["code"].(string)
		if system == confidentiality {
			mark := strings.Index(order, code)
			if high == mark || deny && high > mark || !deny && high < mark {
				return true
			}
			continue
		}
		for _, s := range t.i.Security {
			if s.System == system && s.Code == code || system == actCode && (s.System == actCode || s.System == confidentiality && len(s.Code) == 3) && partOf(s.Code, code) {
				return true
			}
		}
	}
	return false
}

const actCode = "http://terminology.hl7.org/CodeSystem/v3-ActCode"

func (t *twin) class(l []any) int {
	if t.i.Type == "" {
		return maybe
	}
	best := never
	for _, c := range l {
		code := c.(object)["code"].(string)
		if code == t.i.Type {
			return surely
		}
		asked, askedVersion, _ := strings.Cut(code, "|")
		for _, p := range t.i.Profiles {
			switch has, version, _ := strings.Cut(p, "|"); {
			case has != asked:
			case askedVersion == "" || version == askedVersion:
				return surely
			case version == "":
				best = maybe
			}
		}
	}
	return best
}

func (t *twin) code(l []any) bool {
	for _, has := range t.i.Codes {
		for _, concept := range l {
			for _, ext := range items(concept.(object), "extension") {
				if t.inSet(ext.(object)["valueCanonical"].(string), has) {
					return true
				}
			}
			for _, c := range items(concept.(object), "coding") {
				system, code := c.(object)["system"].(string), c.(object)["code"].(string)
				if system == "urn:ietf:rfc:3986" && t.inSet(code, has) || has == (choice.Coding{System: system, Code: code}) {
					return true
				}
			}
		}
	}
	return false
}

// inSet asks of one code whether it is in a value set, from the set's JSON.
func (t *twin) inSet(canonical string, c choice.Coding) bool {
	url, _, _ := strings.Cut(canonical, "|")
	compose, there := t.sets[url]["compose"].(object)
	if !there {
		return inExpansion(items(t.sets[url]["expansion"].(object), "contains"), c)
	}
	is := func(part any) bool { return t.inPart(part.(object), c) }
	return slices.ContainsFunc(items(compose, "include"), is) && !slices.ContainsFunc(items(compose, "exclude"), is)
}

func (t *twin) inPart(part object, c choice.Coding) bool {
	for _, other := range items(part, "valueSet") {
		if !t.inSet(other.(string), c) {
			return false
		}
	}
	if part["system"] == nil {
		return true
	}
	concepts := items(part, "concept")
	return part["system"] == c.System && (part["concept"] == nil || slices.ContainsFunc(concepts, func(one any) bool { return one.(object)["code"] == c.Code }))
}

func inExpansion(list []any, c choice.Coding) bool {
	return slices.ContainsFunc(list, func(one any) bool {
		o := one.(object)
		return o["system"] == c.System && o["code"] == c.Code || inExpansion(items(o, "contains"), c)
	})
}

func (t *twin) data(l []any) int {
	me, best := t.i.Type+"/"+t.i.ID, never
	for _, d := range l {
		meaning, ref := d.(object)["meaning"], d.(object)["reference"].(object)["reference"].(string)
		holds := never
		toIt := slices.Contains(t.i.Refs, ref)
		switch {
		case meaning == "authoredby":
			holds = sure(slices.Contains(t.i.Authors, ref))
		case me == ref:
			holds = surely
		case me == t.person:
		case meaning == "dependents":
			holds = sure(toIt)
		case meaning == "related" && t.refers != nil && slices.Contains(t.refers(ref), me):
			holds = surely
		case meaning == "related" && (toIt || t.refers == nil):
			holds = maybe
		}
		best = max(best, holds)
	}
	return best
}

func (t *twin) dataPeriod(p object) int {
	if t.i.Type == "Patient" {
		return never
	}
	zone := t.zone
	if zone == nil || t.i.Days {
		zone = time.UTC
	}
	from, to := t.period(p, zone)
	low, high := t.i.From, t.i.To
	if low.IsZero() {
		low = past
	}
	if high.IsZero() {
		high = future
	} else if !high.After(low) {
		high = low.Add(time.Microsecond)
	}
	switch {
	case !low.Before(from) && !high.After(to):
		return surely
	case low.Before(to) && from.Before(high):
		return maybe
	}
	return never
}

var (
	past   = time.Date(-5000, 1, 1, 0, 0, 0, 0, time.UTC)
	future = time.Date(15000, 1, 1, 0, 0, 0, 0, time.UTC)
)

// period is the time that a Period covers, to the end of its last date.
func (t *twin) period(p object, zone *time.Location) (from, to time.Time) {
	from, to = past, future
	if s, there := p["start"].(string); there {
		from, _ = day(s, zone)
	}
	if s, there := p["end"].(string); there {
		_, to = day(s, zone)
	}
	return from, to
}

func day(s string, zone *time.Location) (from, to time.Time) {
	at, err := time.ParseInLocation("2006-01-02"[:min(len(s), 10)], s, zone)
	switch {
	case err == nil && len(s) == 4:
		return at, at.AddDate(1, 0, 0)
	case err == nil && len(s) == 7:
		return at, at.AddDate(0, 1, 0)
	case err == nil:
		return at, at.AddDate(0, 0, 1)
	}
	if at, err = time.Parse(time.RFC3339, s); err != nil {
		panic(err)
	}
	return at, at.Add(time.Second)
}
