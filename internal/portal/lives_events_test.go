package portal

import (
	"fmt"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/child/event"
)

// England's event messages about the child of a life, made here from what the life
// says. They have the shape of the national ones (FHIR STU3 as XML) and nothing else
// of them: the child, the numbers, the days and the places are made up.

const (
	dchContact = "https://fhir.nhs.uk/STU3/CodeSystem/DCH-ChildHealthEncounterType-1"
	stu3Event  = "https://fhir.nhs.uk/STU3/CodeSystem/EventType-1"
	stu3Kind   = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-MessageEventType-1"
)

// letterPart is one resource of a message.
type letterPart struct{ typ, id, body string }

func (p letterPart) entry() string {
	return fmt.Sprintf("<entry><fullUrl value=\"urn:uuid:%[2]s\"/><resource><%[1]s><id value=\"%[2]s\"/>%[3]s</%[1]s></resource></entry>\n", p.typ, p.id, p.body)
}

func pointer(name, id string) string {
	return fmt.Sprintf(`<%s><reference value="urn:uuid:%s"/></%s>`, name, id, name)
}

// calledInWords are what a source calls what it tells by code. The words are ours.
var calledInWords = map[string]string{"364589006": "Weight at birth", "412726003": "Weeks of pregnancy", "988361000000105": "Eyes of a baby looked at", "985531000000102": "Hips of a baby looked at",
	"413083006": "Hearing test of a baby", "007": "Hearing test", "006": "Newborn check", "009": "Check at 6 to 8 weeks", "008": "Blood spot test", "0012": "Vaccinations",
	"34765811000001105": "6-in-1", "23584211000001109": "MenB", "34609911000001106": "Rotavirus", "16649411000001104": "Pneumococcal (PCV)", "45480711000001107": "MMRV", "26267211000001100": "4-in-1"}

func concept(name, system, code string) string {
	said := calledInWords[code]
	if said != "" {
		said = `<text value="` + said + `"/>`
	}
	return fmt.Sprintf(`<%[1]s><coding><system value="%[2]s"/><code value="%[3]s"/></coding>%[4]s</%[1]s>`, name, system, code, said)
}

// message is all of one; the first part is what it is about.
func (l *life) message(name, kind string, parts ...letterPart) []byte {
	l.messages++
	at := l.s.clock.now().Format(time.RFC3339)
	head := letterPart{"MessageHeader", fmt.Sprintf("%s-m%d", l.id, l.messages), fmt.Sprintf(`<meta><lastUpdated value="%s"/></meta>`, at) +
		fmt.Sprintf(`<extension url="%s"><valueCodeableConcept><coding><code value="%s"/></coding></valueCodeableConcept></extension>`, stu3Kind, kind) +
		fmt.Sprintf(`<event><system value="%s"/><code value="%s"/></event><timestamp value="%s"/><source><endpoint value="urn:made-up:%s"/></source>`, stu3Event, name, at, name) +
		pointer("focus", parts[0].id)}
	who := letterPart{"Patient", l.id, fmt.Sprintf(`<identifier><system value="%s"/><value value="%s"/></identifier><name><use value="official"/><family value="%s"/><given value="%s"/></name><gender value="%s"/><birthDate value="%s"/>%s`,
		fhir.NHSNumberSystem, l.number, l.family, l.given, l.sex, l.born.Format(time.DateOnly), l.address)}
	var b strings.Builder
	b.WriteString("<Bundle xmlns=\"http://hl7.org/fhir\"><type value=\"message\"/>\n" + head.entry() + parts[0].entry() + who.entry())
	for _, p := range parts[1:] {
		b.WriteString(p.entry())
	}
	b.WriteString("</Bundle>")
	return []byte(b.String())
}

// arrives has a message taken as one that a source sent.
func (l *life) arrives(src []byte) {
	l.t.Helper()
	session, err := l.s.takesMessages(l.t.Context(), access.Operator("test"))
	if err != nil {
		l.t.Fatal(err)
	}
	r, err := l.s.cfg.Messages.Take(l.t.Context(), session, src, "client:valley")
	if err != nil || r.State != event.Applied {
		l.t.Fatalf("%s: the message is %v: %v %v", l.at, r.State, r.Refusal, err)
	}
}

// today is the day of the life's clock.
func (l *life) today() string { return l.s.clock.now().Format(time.DateOnly) }

// contact is a visit, by the national code of its kind.
func (l *life) contact(code string) letterPart {
	return letterPart{"Encounter", l.id + "-c" + code + "-" + l.today(), `<status value="finished"/>` + concept("type", dchContact, code) + pointer("subject", l.id) + `<period><start value="` + l.today() + `"/></period>`}
}

// procedures are what was done at a visit, by codes of SNOMED CT that the facts of the
// book name.
func (l *life) procedures(at letterPart, pairs ...string) []letterPart {
	all := []letterPart{at}
	for i := 0; i < len(pairs); i += 2 {
		all = append(all, letterPart{"Procedure", fmt.Sprintf("%s-p%d", at.id, i), `<status value="completed"/>` + concept("code", sctCodes, pairs[i]) +
			pointer("subject", l.id) + pointer("context", at.id) + `<performedDateTime value="` + l.today() + `"/>` + concept("outcome", sctCodes, pairs[i+1])})
	}
	return all
}

// measure is a number that a message tells.
func (l *life) measure(id, code, value, unit string) letterPart {
	return letterPart{"Observation", l.id + "-" + id, `<status value="final"/>` + concept("code", sctCodes, code) + pointer("subject", l.id) + `<effectiveDateTime value="` + l.today() + `"/><valueQuantity><value value="` + value + `"/><unit value="` + unit + `"/><system value="http://unitsofmeasure.org"/><code value="` + unit + `"/></valueQuantity>`}
}

// birth is the notification, with which a child becomes known.
func (l *life) birth(grams, weeks string) []byte {
	return l.message("pds-birth-notification-1", "new", letterPart{"Communication", l.id + "-birth", `<status value="completed"/>` + pointer("subject", l.id) + `<sent value="` + l.today() + `"/><payload>` + pointer("contentReference", l.id) + `</payload>`},
		l.measure("grams", "364589006", grams, "g"), l.measure("weeks", "412726003", weeks, "wk"))
}

// nipe is the examination of a new baby (006), or at six to eight weeks (009).
func (l *life) nipe(code, hips string) []byte {
	outcome := map[string]string{"as expected": "", "to be looked at again": "985891000000104"}[hips]
	pairs := []string{"988361000000105", "989071000000108"}
	if outcome != "" {
		pairs = append(pairs, "985531000000102", outcome)
	}
	return l.message("nipe-outcome-1", "new", l.procedures(l.contact(code), pairs...)...)
}

func (l *life) hearing() []byte {
	at := l.contact("007")
	all := l.procedures(at, "413083006", "1085451000000103", "413083006", "1085431000000105")
	return l.message("newborn-hearing-1", "new", all...)
}

var spotTests = []string{"314090007", "171191008", "400984005", "314081000", "428056008", "940221000000103", "940151000000102", "940131000000109", "940201000000107", "2201661000000107"}

// bloodSpot says of all ten conditions that they are not suspected.
func (l *life) bloodSpot() []byte {
	var pairs []string
	for _, code := range spotTests {
		pairs = append(pairs, code, "2201881000000102")
	}
	return l.message("blood-spot-test-outcome-1", "new", l.procedures(l.contact("008"), pairs...)...)
}

// products are what is written of a vaccine: the product's code.
var products = map[string]string{"6-in-1": "34765811000001105", "MenB": "23584211000001109", "rotavirus": "34609911000001106", "PCV": "16649411000001104", "MMRV": "45480711000001107", "4-in-1": "26267211000001100"}

// dose is a vaccination of some day, with its batch.
func (l *life) dose(kind, vaccine, day, lot string) []byte {
	code := products[vaccine]
	if code == "" {
		l.t.Fatalf("%s: no product of %q", l.at, vaccine)
	}
	status := "completed"
	if kind == "delete" {
		status = "entered-in-error"
	}
	at := l.contact("0012")
	at.id = l.id + "-j" + day
	id := fmt.Sprintf("%s-%s-%s", l.id, strings.ReplaceAll(vaccine, "-", ""), day)
	return l.message("vaccinations-1", kind, letterPart{"Immunization", id, `<status value="` + status + `"/><notGiven value="false"/>` + concept("vaccineCode", sctCodes, code) + pointer("patient", l.id) + pointer("encounter", at.id) +
		`<date value="` + day + `"/><primarySource value="true"/><lotNumber value="` + lot + `"/>`}, at)
}

// professional is the service that looks after a child.
func (l *life) professional(service string) []byte {
	return l.message("professional-contacts-1", "new", letterPart{"EpisodeOfCare", l.id + "-episode", `<status value="active"/>` + concept("type", sctCodes, "1078501000000104") + pointer("patient", l.id) + `<period><start value="` + l.today() + `"/></period>` + pointer("team", l.id+"-team")},
		letterPart{"CareTeam", l.id + "-team", `<name value="` + service + `"/>` + pointer("subject", l.id)})
}

// moves is a change of address.
func (l *life) moves(line, postcode string) []byte {
	l.address = `<address><use value="home"/><line value="` + line + `"/><postalCode value="` + postcode + `"/></address>`
	return l.message("pds-change-of-address-1", "new", letterPart{"Communication", fmt.Sprintf("%s-moved%d", l.id, l.messages), `<status value="completed"/>` + pointer("subject", l.id) + `<sent value="` + l.today() + `"/><payload>` + pointer("contentReference", l.id) + `</payload>`})
}
