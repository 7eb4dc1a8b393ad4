package sharing

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
)

// Read reads the plain form of a Consent. ok is false for one that has none: it
// is plain only if what it says would be written again in the same words.
func Read(t *fhir.Tree) (p Plain, ok bool) {
	n := t.Root().Get("provision")
	if n.Kind() != fhir.Object || t.Root().Get("policyRule").Exists() || t.Root().Get("modifierExtension").Exists() {
		return Plain{}, false
	}
	from, to := n.Span()
	src := t.Bytes()[from:to]
	var said provision
	d := json.NewDecoder(bytes.NewReader(src))
	d.DisallowUnknownFields()
	if d.Decode(&said) != nil {
		return Plain{}, false
	}
	p = Plain{May: said.Type == "permit", Whom: said.whom(), What: said.what()}
	for why, code := range purposes {
		if len(said.Purpose) > 0 && said.Purpose[0].Code == code {
			p.Why = why
		}
	}
	if said.Period != nil {
		p.From, p.Until = said.Period.Start, said.Period.End
	}
	if said.DataPeriod != nil {
		p.DataFrom, p.DataUntil = said.DataPeriod.Start, said.DataPeriod.End
	}
	if p.Whom.Kind == Outside && p.Why == Care {
		p.Why = AnyWhy
	}
	if p.check() != nil {
		return Plain{}, false
	}
	have, err1 := json.Marshal(said)
	want, err2 := json.Marshal(p.provision())
	return p, err1 == nil && err2 == nil && bytes.Equal(have, want)
}

// Part is one provision as it is written, for a Consent that has no plain form.
type Part struct {
	Deny  bool
	Depth int // 0 for the outermost, whose exceptions are deeper
	// Said are its other parts by the name of the element: what a reader can
	// make of it, and the code where it has no name.
	Said []Said
}

// Said is one element of a provision.
type Said struct{ Element, Text string }

// Bounds of what is shown of a Consent that has no plain form.
const (
	mostParts = 30
	mostSaid  = 20
)

// Parts reads all provisions of a Consent, from the outermost down. more says
// that there are more than are given.
func Parts(t *fhir.Tree) (all []Part, more bool) {
	p := t.Root().Get("provision")
	if !p.Exists() {
		said := Said{"policyRule", named(t.Root().Get("policyRule"))}
		return []Part{{Deny: strings.Contains(said.Text, "OPTOUT"), Said: []Said{said}}}, false
	}
	return parts(nil, p, 0)
}

func parts(all []Part, p fhir.Node, depth int) ([]Part, bool) {
	if len(all) == mostParts {
		return all, true
	}
	one := Part{Deny: p.Get("type").Is("deny"), Depth: depth}
	for _, element := range []string{"actor", "action", "securityLabel", "purpose", "class", "code", "data", "period", "dataPeriod"} {
		for v := range p.Get(element).Items() {
			if text := named(v); text != "" && len(one.Said) < mostSaid {
				one.Said = append(one.Said, Said{element, text})
			}
		}
	}
	all = append(all, one)
	more := false
	for k := range p.Get("provision").Items() {
		var cut bool
		all, cut = parts(all, k, depth+1)
		more = more || cut
	}
	return all, more
}

// named is what a value is called: its display or text, and else its code,
// reference or days.
func named(n fhir.Node) string {
	for _, name := range []string{"display", "text", "code"} {
		if s := n.Get(name).Str(); s != "" {
			return s
		}
	}
	if ref := n.Get("reference"); ref.Kind() == fhir.Object {
		return named(ref)
	} else if ref.Kind() == fhir.String {
		return ref.Str()
	}
	if id := n.Get("identifier").Get("value").Str(); id != "" {
		return id
	}
	for c := range n.Get("coding").Items() {
		return named(c)
	}
	if start, end := n.Get("start").Str(), n.Get("end").Str(); start != "" || end != "" {
		return start + " – " + end
	}
	return ""
}
