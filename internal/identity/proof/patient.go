package proof

import (
	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/identity/match"
	"github.com/bevanhealth/bevan/internal/problem"
)

// NHSNumbers is the system of NHS numbers (UK Core).
const NHSNumbers = "https://fhir.nhs.uk/Id/nhs-number"

// most is how many names or addresses of one record are looked at.
const most = 50

// ReadPatient reads from a Patient resource what matching compares. What is
// not there is not known. A record with two NHS numbers has none that can be
// relied on.
func ReadPatient(body []byte) (match.Candidate, error) {
	var t fhir.Tree
	if err := fhir.ParseInto(&t, body, fhir.DefaultLimits); err != nil {
		return match.Candidate{}, err
	}
	p := t.Root()
	if p.Get("resourceType").Str() != "Patient" || !fhir.ValidID(p.Get("id").Str()) {
		return match.Candidate{}, problem.New(problem.Internal, "")
	}
	c := match.Candidate{Patient: p.Get("id").Str()}
	c.Gender, c.Birth = p.Get("gender").Str(), p.Get("birthDate").Str()
	c.NHSNumber = nhsNumberOf(p)
	namesOf(p, &c.Details)
	postcodesOf(p, &c.Details)
	died := p.Get("deceasedBoolean")
	c.Deceased = died.Exists() && string(died.Raw()) != "false" || p.Get("deceasedDateTime").Exists()
	for l := range p.Get("link").Items() {
		c.Replaced = c.Replaced || l.Get("type").Is("replaced-by")
	}
	if active := p.Get("active"); active.Exists() && string(active.Raw()) == "false" {
		c.Replaced = true // not in use: another record is, or none
	}
	for l := range p.Get("meta").Get("security").Items() {
		if code := l.Get("code"); code.Is("R") || code.Is("V") { // http://terminology.hl7.org/CodeSystem/v3-Confidentiality
			c.Restricted = true
		}
	}
	return c, nil
}

func nhsNumberOf(p fhir.Node) string {
	number := ""
	for id := range p.Get("identifier").Items() {
		if !id.Get("system").Is(NHSNumbers) || id.Get("use").Is("old") {
			continue
		}
		n, ok := fhir.ParseNHSNumber(id.Get("value").Str())
		if !ok || n == number {
			continue
		}
		if number != "" {
			return ""
		}
		number = n
	}
	return number
}

// namesOf puts the current name first: the official one, or else the one of
// usual use.
func namesOf(p fhir.Node, d *match.Details) {
	var late []fhir.Node
	var first fhir.Node
	n := 0
	for name := range p.Get("name").Items() {
		if n++; n > most {
			break
		}
		use := name.Get("use")
		over := use.Is("old") || use.Is("maiden") || use.Is("nickname") || use.Is("temp") || use.Is("anonymous") || name.Get("period").Get("end").Exists()
		if !over && (!first.Exists() || use.Is("official") || use.Is("usual") && !first.Get("use").Is("official")) {
			if first.Exists() {
				late = append(late, first)
			}
			first = name
			continue
		}
		late = append(late, name)
	}
	if first.Exists() {
		late = append([]fhir.Node{first}, late...)
	}
	for _, name := range late {
		if name.Get("use").Is("anonymous") {
			continue
		}
		if f := name.Get("family").Str(); f != "" {
			d.Family = append(d.Family, f)
		}
		// Only the first of them: a middle name is not what somebody is called,
		// and may be the first name of a brother.
		if g := name.Get("given").First().Str(); g != "" {
			d.Given = append(d.Given, g)
		}
	}
}

// postcodesOf puts where somebody lives now first.
func postcodesOf(p fhir.Node, d *match.Details) {
	var old []string
	n := 0
	for a := range p.Get("address").Items() {
		if n++; n > most {
			break
		}
		code := a.Get("postalCode").Str()
		switch use := a.Get("use"); {
		case code == "" || use.Is("work") || use.Is("billing"):
		case use.Is("old") || use.Is("temp") || a.Get("period").Get("end").Exists():
			old = append(old, code)
		default:
			d.Postcode = append(d.Postcode, code)
		}
	}
	d.Postcode = append(d.Postcode, old...)
}
