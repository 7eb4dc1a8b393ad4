// Package optout reads what a person said of uses of their record beyond their
// own care: two kinds of no, each a FHIR Consent of scope research with a code
// of ours as its category.
//
// Why here: it is pure, so that the record, which leaves these people out of
// every secondary use, and the room that writes the Consents agree on one
// reading.
//
// What is not here: who may set one (consent/optout), and which uses are
// secondary (record).
package optout

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
)

// Kind is a kind of no, or several of them joined with |.
type Kind uint8

const (
	// National is a no to every use of confidential data beyond one's own care,
	// in the manner of England's national data opt-out.
	National Kind = 1 << iota
	// Local is a no to data leaving where the person is cared for, for uses
	// beyond their own care, in the manner of England's type 1 opt-out.
	Local

	// All is every kind.
	All = National | Local
)

// System is the code system of the category.
const System = "urn:bevan:opt-out"

var names = map[Kind]string{National: "national", Local: "local"}

// Kinds lists the kinds.
func Kinds() []Kind { return []Kind{National, Local} }

// String is the code of a kind, or those of several with a comma between.
func (k Kind) String() string {
	var all []string
	for _, one := range Kinds() {
		if k&one != 0 {
			all = append(all, names[one])
		}
	}
	return strings.Join(all, ",")
}

// Named finds one kind by its code.
func Named(s string) (Kind, bool) {
	for k, n := range names {
		if n == s {
			return k, true
		}
	}
	return 0, false
}

// Read says which kinds a Consent is that is in force; none for any other
// resource. A period that it may have is not looked at: one that begins later or
// ended before still says no until it is made inactive, which errs on the side
// of the person.
func Read(t *fhir.Tree) Kind {
	r := t.Root()
	if !r.Get("resourceType").Is("Consent") || !r.Get("status").Is("active") || r.Get("provision").Get("type").Is("permit") {
		return 0
	}
	var k Kind
	for category := range r.Get("category").Items() {
		for c := range category.Get("coding").Items() {
			if one, ok := Named(c.Get("code").Str()); ok && c.Get("system").Is(System) {
				k |= one
			}
		}
	}
	return k
}

type (
	coding struct {
		System string `json:"system"`
		Code   string `json:"code"`
	}
	concept struct {
		Coding []coding `json:"coding"`
	}
	reference struct {
		Reference string `json:"reference"`
	}
	consent struct {
		ResourceType string            `json:"resourceType"`
		ID           string            `json:"id"`
		Status       string            `json:"status"`
		Scope        concept           `json:"scope"`
		Category     []concept         `json:"category"`
		Patient      reference         `json:"patient"`
		DateTime     string            `json:"dateTime"`
		PolicyRule   map[string]string `json:"policyRule"`
		Provision    map[string]string `json:"provision"`
	}
)

// Consent writes one kind of no of a patient, by the logical id of the Patient,
// in force or not. id is that of the Consent itself.
func Consent(id, patient string, k Kind, on bool, at time.Time) []byte {
	c := consent{ResourceType: "Consent", ID: id, Status: "inactive", Patient: reference{"Patient/" + patient}, DateTime: at.UTC().Format(time.RFC3339),
		Scope:    concept{[]coding{{"http://terminology.hl7.org/CodeSystem/consentscope", "research"}}},
		Category: []concept{{[]coding{{System, k.String()}}}}, PolicyRule: map[string]string{"text": "Opt-out of uses beyond one's own care"},
		Provision: map[string]string{"type": "deny"}}
	if on {
		c.Status = "active"
	}
	b, _ := json.Marshal(c) // texts alone always can be written
	return b
}
