package given

import (
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/child/vaccine/england"
)

// The systems of codes by which vaccines are known.
const (
	SNOMED   = "http://snomed.info/sct"
	CVX      = "http://hl7.org/fhir/sid/cvx"
	madeUp   = "https://bevan.example/codes/vaccine" // made-up people (package sim)
	Practice = "https://fhir.hl7.org.uk/StructureDefinition/Extension-UKCore-VaccinationProcedure"
)

// Reader reads histories by the codes of a schedule. Many can use it at once.
type Reader struct {
	c        *england.Calendar
	zone     *time.Location
	codes    map[string]string // of a system and a code
	names    map[string]string // names and trade names, in small letters
	diseases map[string]string // target diseases, sorted; "" for what several vaccines have
	observed map[string]string
}

// NewReader makes one. Times are told by the clock of zone.
func NewReader(c *england.Calendar, zone *time.Location) *Reader {
	if zone == nil {
		zone = time.UTC
	}
	r := &Reader{c: c, zone: zone, codes: map[string]string{}, names: map[string]string{}, diseases: map[string]string{}, observed: map[string]string{}}
	for _, v := range c.Schedule().Vaccines {
		r.names[plainName(c.Name(v.Code))] = v.Code
		r.codes[CVX+"|"+v.Code] = v.Code // CDC's own schedule has its numbers for codes
	}
	for i := range c.Products() {
		r.product(&c.Products()[i])
	}
	for _, o := range c.Schedule().Observations {
		for _, code := range o.Codes {
			r.observed[code.System+"|"+code.Code] = o.Code
		}
	}
	return r
}

// Calendar is the schedule by which it reads.
func (r *Reader) Calendar() *england.Calendar { return r.c }

// Vaccine is the vaccine of the schedule that a code is of; "" for none that is
// known.
func (r *Reader) Vaccine(system, code string) string { return r.codes[system+"|"+code] }

func (r *Reader) product(p *england.Product) {
	for system, codes := range map[string][]string{SNOMED: slices.Concat(p.Procedures, p.Products), CVX: p.CVX, madeUp: p.Made} {
		for _, code := range codes {
			r.codes[system+"|"+code] = p.Vaccine
		}
	}
	for _, name := range p.Trade {
		r.names[plainName(name)] = p.Vaccine
	}
	if len(p.Diseases) > 0 {
		key := keyOf(p.Diseases)
		if other, twice := r.diseases[key]; twice && other != p.Vaccine && !r.c.Alike(other, p.Vaccine) {
			r.diseases[key] = ""
		} else if !twice {
			r.diseases[key] = p.Vaccine
		}
	}
}

func keyOf(codes []string) string {
	codes = slices.Clone(codes)
	slices.Sort(codes)
	return strings.Join(slices.Compact(codes), " ")
}

// plainName is a name as it is compared: small letters, without the word vaccine
// and what stands around it.
func plainName(s string) string {
	s = strings.ToLower(strings.Join(strings.Fields(s), " "))
	return strings.TrimSuffix(strings.TrimSuffix(s, " vaccine"), " vaccination")
}

// known finds out which vaccine an Immunization is about. Its codes come first:
// that of the procedure, and of the product; then the diseases; and its name, if
// that is one of a vaccine. What does not agree is not known, and clash says so.
func (r *Reader) known(n fhir.Node) (code string, clash bool) {
	var of []string
	for ext := range n.Get("extension").Items() {
		if ext.Get("url").Is(Practice) {
			of = append(of, r.coded(ext.Get("valueCodeableConcept"))...)
		}
	}
	of = append(of, r.coded(n.Get("vaccineCode"))...)
	if d := r.byDisease(n); d != "" && len(of) == 0 {
		of = append(of, d)
	}
	if name := r.names[plainName(nameOf(n))]; name != "" {
		of = append([]string{name}, of...)
	}
	for _, c := range of {
		if code == "" || r.c.Alike(code, c) {
			code = c // the product says more than the procedure, and that more than a name
			continue
		}
		return "", true
	}
	return code, false
}

func (r *Reader) coded(concept fhir.Node) (all []string) {
	for coding := range concept.Get("coding").Items() {
		if v := r.codes[coding.Get("system").Str()+"|"+coding.Get("code").Str()]; v != "" && !slices.Contains(all, v) {
			all = append(all, v)
		}
	}
	return all
}

func (r *Reader) byDisease(n fhir.Node) string {
	var codes []string
	for p := range n.Get("protocolApplied").Items() {
		for d := range p.Get("targetDisease").Items() {
			for coding := range d.Get("coding").Items() {
				if coding.Get("system").Is(SNOMED) {
					codes = append(codes, coding.Get("code").Str())
				}
			}
		}
	}
	if len(codes) == 0 {
		return ""
	}
	return r.diseases[keyOf(codes)]
}

// nameOf is what an Immunization calls its vaccine.
func nameOf(n fhir.Node) string {
	concept := n.Get("vaccineCode")
	if s := concept.Get("text").Str(); s != "" {
		return s
	}
	for coding := range concept.Get("coding").Items() {
		if s := coding.Get("display").Str(); s != "" {
			return s
		}
	}
	for ext := range n.Get("extension").Items() {
		if ext.Get("url").Is(Practice) {
			for coding := range ext.Get("valueCodeableConcept").Get("coding").Items() {
				if s := coding.Get("display").Str(); s != "" {
					return s
				}
			}
		}
	}
	return ""
}
