package portal

import (
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/portal/words"
)

// someone is a person whom staff may choose, with what they need to be sure
// that it is the right one.
type someone struct{ ID, Text string }

// newSomeone reads a Patient.
func newSomeone(t *fhir.Tree, w words.Choosing, zone *time.Location) someone {
	r := t.Root()
	parts := []string{nameOf(r)}
	if parts[0] == "" {
		parts[0] = w.NoName
	}
	if born, err := time.ParseInLocation(time.DateOnly, r.Get("birthDate").Str(), zone); err == nil {
		parts = append(parts, w.BornOn+" "+born.Format("2 January 2006"))
	}
	for id := range r.Get("identifier").Items() {
		if id.Get("system").Is(fhir.NHSNumberSystem) {
			if digits, ok := fhir.ParseNHSNumber(id.Get("value").Str()); ok {
				parts = append(parts, w.NHSNumber+" "+fhir.FormatNHSNumber(digits))
			}
		}
	}
	return someone{r.Get("id").Str(), strings.Join(parts, ", ")}
}

// nameOf is the official name, or the first one that there is.
func nameOf(r fhir.Node) string {
	best := ""
	for n := range r.Get("name").Items() {
		text := n.Get("text").Str()
		if text == "" {
			var given []string
			for g := range n.Get("given").Items() {
				given = append(given, g.Str())
			}
			text = strings.TrimSpace(strings.Join(append(given, n.Get("family").Str()), " "))
		}
		if best == "" || n.Get("use").Is("official") {
			best = text
		}
	}
	return best
}

// patientNamed reads one Patient through the door, as somebody.
func (v *visit) patientNamed(s subject, id string) (someone, error) {
	r, err := v.p.cfg.Open(v.r.Context(), s.who(v.s.Account, id, access.OneType("Patient", access.Read)), id, s.why)
	if err != nil {
		return someone{}, err
	}
	t, err := read(v.r.Context(), r, "Patient", id)
	if err != nil {
		return someone{}, err
	}
	return newSomeone(t, v.p.words.Choosing, v.p.cfg.Zone), nil
}
