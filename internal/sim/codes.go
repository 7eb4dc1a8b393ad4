package sim

// The code systems in use. Those under bevan.example are our own.
const (
	loinc    = "http://loinc.org"
	snomed   = "http://snomed.info/sct"
	icd10    = "http://hl7.org/fhir/sid/icd-10"
	atc      = "http://www.whocc.no/atc"
	cvx      = "http://hl7.org/fhir/sid/cvx"
	ownCodes = "https://bevan.example/codes/"
	hl7Codes = "http://terminology.hl7.org/CodeSystem/"
)

// The identifier systems. The first is the NHS's own URI for its number; the
// numbers are from the range that is never issued.
const (
	nhsNumber    = "https://fhir.nhs.uk/Id/nhs-number"
	personID     = "https://bevan.example/id/made-up-person"
	placeCode    = "https://bevan.example/id/organisation-code"
	professional = "https://bevan.example/id/professional-number"
)

// concept is a CodeableConcept, rendered once when the program starts, so that
// writing one is a copy.
type concept string

// coding renders a Coding. display may be empty.
func coding(system, code, display string) string {
	b := appendText([]byte(`{"system":`), system)
	b = appendText(append(b, `,"code":`...), code)
	if display != "" {
		b = appendText(append(b, `,"display":`...), display)
	}
	return string(append(b, '}'))
}

// named renders a CodeableConcept with a text and any number of codings.
func named(text string, codings ...string) concept {
	b := []byte(`{`)
	for i, c := range codings {
		if i == 0 {
			b = append(b, `"coding":[`...)
		} else {
			b = append(b, ',')
		}
		b = append(b, c...)
	}
	if len(codings) > 0 {
		b = append(b, `],`...)
	}
	b = appendText(append(b, `"text":`...), text)
	return concept(append(b, '}'))
}

func own(system, code, text string) concept {
	return named(text, coding(ownCodes+system, code, text))
}

func hl7(system, code, text string) concept {
	return named(text, coding(hl7Codes+system, code, text))
}

// inLOINC is a code of LOINC with the name that LOINC gives it, and the text that
// people know it by.
func inLOINC(code, name string) concept {
	text := name
	if plain := plainNames[code]; plain != "" {
		text = plain
	}
	return named(text, coding(loinc, code, name))
}

// label is a set of security labels: what makes a resource sensitive. FHIR puts
// them in meta.security (R4, Security Labels); each carries the confidentiality
// R (restricted) beside its sensitivity code of HL7 v3 ActCode.
type label uint8

const (
	mentalHealth label = 1 << iota
	psychiatry
	substance
	infection // sexually transmitted
	reproductive
	hiv
	abuse
	adolescent
)

var sensitivity = [8]struct{ code, display string }{
	{"MH", "mental health information sensitivity"},
	{"PSY", "psychiatry disorder information sensitivity"},
	{"SUD", "substance use disorder information sensitivity"},
	{"STD", "sexually transmitted disease information sensitivity"},
	{"SEX", "sexuality and reproductive health information sensitivity"},
	{"HIV", "HIV/AIDS information sensitivity"},
	{"SDV", "sexual assault, abuse, or domestic violence information sensitivity"},
	{"ADOL", "adolescent information sensitivity"},
}

var labelJSON = func() (all [256]string) {
	for set := 1; set < 256; set++ {
		s := coding(hl7Codes+"v3-Confidentiality", "R", "restricted")
		for bit, l := range sensitivity {
			if set>>bit&1 == 1 {
				s += "," + coding(hl7Codes+"v3-ActCode", l.code, l.display)
			}
		}
		all[set] = s
	}
	return all
}()

func (l label) json() string { return labelJSON[l] }
