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
	sets   map[string][]choice.Coding
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
	if !t.matches(root) {
		return ""
	}
	node, path := t.decider(root, "Consent.provision")
	return node["type"].(string) + " by " + c["id"].(string) + "/" + c["meta"].(object)["versionId"].(string) + " at " + path
}

// stands says whether a provision holds in spite of its exceptions.
func (t *twin) stands(p object) bool {
	if !t.matches(p) {
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
	for _, must := range []func(object) bool{t.stands, t.matches} {
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

// matches says whether all attributes that are there hold.
func (t *twin) matches(p object) bool {
	deny := p["type"] == "deny"
	if period, there := p["period"].(object); there && !t.v.Now.IsZero() {
		from, to := t.period(period, t.v.Now.Location())
		if t.v.Now.Before(from) || !t.v.Now.Before(to) {
			return false
		}
	} else if there && !deny {
		return false
	}
	for name, v := range p {
		l, _ := v.([]any)
		holds := true
		switch name {
		case "actor":
			holds = t.actor(l, deny)
		case "action":
			holds = t.action(l, deny)
		case "purpose":
			holds = t.purpose(l, deny)
		case "securityLabel":
			holds = t.label(l, deny)
		case "class":
			holds = t.class(l, deny)
		case "code":
			holds = t.code(l)
		case "data":
			holds = t.data(l, deny)
		case "dataPeriod":
			holds = t.dataPeriod(v.(object), deny)
		}
		if !holds {
			return false
		}
	}
	return true
}

func (t *twin) actor(l []any, deny bool) bool {
	if len(t.v.Refs)+len(t.v.Idents) == 0 {
		return deny
	}
	for _, a := range l {
		ref := a.(object)["reference"].(object)
		mine := false
		for _, r := range t.v.Refs {
			mine = mine || ref["reference"] == r
		}
		if id, there := ref["identifier"].(object); there {
			for _, c := range t.v.Idents {
				mine = mine || id["system"] == c.System && id["value"] == c.Code
			}
		}
		for _, c := range a.(object)["role"].(object)["coding"].([]any) {
			role := c.(object)
			plays := role["code"] == "IRCP" || role["code"] == "PRCP" || len(t.v.Roles) == 0 && deny
			for _, has := range t.v.Roles {
				plays = plays || role["system"] == has.System && role["code"] == has.Code
			}
			if mine && plays {
				return true
			}
		}
	}
	return false
}

func (t *twin) action(l []any, deny bool) bool {
	if t.v.Action == "" {
		return deny
	}
	for _, concept := range l {
		for _, c := range concept.(object)["coding"].([]any) {
			if c.(object)["code"] == t.v.Action {
				return true
			}
		}
	}
	return false
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

func (t *twin) purpose(l []any, deny bool) bool {
	for _, c := range l {
		for _, p := range t.v.Purpose {
			if partOf(p, c.(object)["code"].(string)) {
				return true
			}
		}
	}
	return len(t.v.Purpose) == 0 && deny
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

func (t *twin) class(l []any, deny bool) bool {
	if t.i.Type == "" && deny {
		return true
	}
	for _, c := range l {
		code := c.(object)["code"].(string)
		if code == t.i.Type && t.i.Type != "" {
			return true
		}
		asked, askedVersion, _ := strings.Cut(code, "|")
		for _, p := range t.i.Profiles {
			has, version, _ := strings.Cut(p, "|")
			if t.i.Type != "" && has == asked && (askedVersion == "" || version == askedVersion || version == "" && deny) {
				return true
			}
		}
	}
	return false
}

func (t *twin) code(l []any) bool {
	for _, concept := range l {
		for _, c := range concept.(object)["coding"].([]any) {
			system, code := c.(object)["system"].(string), c.(object)["code"].(string)
			want := []choice.Coding{{System: system, Code: code}}
			if system == "urn:ietf:rfc:3986" {
				want = t.sets[code]
			}
			for _, has := range t.i.Codes {
				if slices.Contains(want, has) {
					return true
				}
			}
		}
	}
	return false
}

func (t *twin) data(l []any, deny bool) bool {
	me := t.i.Type + "/" + t.i.ID
	for _, d := range l {
		meaning, ref := d.(object)["meaning"], d.(object)["reference"].(object)["reference"].(string)
		if meaning == "authoredby" {
			if slices.Contains(t.i.Authors, ref) {
				return true
			}
			continue
		}
		if me == ref {
			return true
		}
		if meaning == "instance" || me == t.person {
			continue
		}
		toIt := slices.Contains(t.i.Refs, ref)
		switch {
		case meaning == "dependents" && toIt, meaning == "related" && deny && (toIt || t.refers == nil):
			return true
		case meaning == "related" && t.refers != nil && slices.Contains(t.refers(ref), me):
			return true
		}
	}
	return false
}

func (t *twin) dataPeriod(p object, deny bool) bool {
	if t.i.Type == "Patient" {
		return false
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
	if deny {
		return low.Before(to) && from.Before(high)
	}
	return !low.Before(from) && !high.After(to)
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
