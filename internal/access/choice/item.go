package choice

import (
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
)

// ItemOf reads a resource for what choices may ask of it. security are the
// labels that were worked out for it; those in meta.security are added. Codes
// and references of contained resources and of extensions count as its own. It
// knows no World.
func ItemOf(t *fhir.Tree, typ, id string, security []Coding) Item {
	return World{}.ItemOf(t, typ, id, security)
}

// ItemOf is the function ItemOf in a World.
func (w World) ItemOf(t *fhir.Tree, typ, id string, security []Coding) Item {
	f := facts{world: w}
	i := f.item(t.Root(), typ, security)
	i.ID = id
	for _, n := range f.inner {
		// What is inside shares the labels and, unless it has its own, the time
		// of the whole: nothing else is known of it.
		in := f.item(n, n.Get("resourceType").Str(), i.Security)
		if in.From.IsZero() && in.To.IsZero() {
			in.From, in.To, in.Days = i.From, i.To, i.Days
		}
		i.Within = append(i.Within, in)
	}
	return i
}

// facts gathers what a resource tells.
type facts struct {
	world World
	depth int
	inner []fhir.Node // resources inside of the outermost
}

// item reads one resource, without its id.
func (f *facts) item(root fhir.Node, typ string, security []Coding) Item {
	i := Item{Type: typ, Security: slices.Clone(security)}
	meta := root.Get("meta")
	for p := range meta.Get("profile").Items() {
		i.Profiles = append(i.Profiles, p.Str())
	}
	for s := range meta.Get("security").Items() {
		i.Security = append(i.Security, Coding{s.Get("system").Str(), s.Get("code").Str()})
	}
	once := seen{codes: map[Coding]bool{}, refs: map[string]bool{}}
	for m := range root.Each() {
		if !m.KeyIs("meta") && !m.KeyIs("text") {
			f.walk(&i, m, once)
		}
	}
	f.depth++
	i.clinicalTime(root)
	i.Authors = f.authors(root, typ)
	return i
}

// seen are the codes and references that were noted already.
type seen struct {
	codes map[Coding]bool
	refs  map[string]bool
}

func (f *facts) walk(i *Item, n fhir.Node, once seen) {
	if n.Kind() == fhir.Object {
		if f.depth == 0 && n.Get("resourceType").Exists() {
			f.inner = append(f.inner, n)
		}
		// A Quantity has a system and code as well: those of its unit.
		if sys, code := n.Get("system"), n.Get("code"); sys.Kind() == fhir.String && code.Kind() == fhir.String && !n.Get("value").Exists() {
			if c := (Coding{sys.Str(), code.Str()}); !once.codes[c] {
				once.codes[c] = true
				i.Codes = append(i.Codes, c)
			}
		}
		if ref := f.local(n); ref != "" && !once.refs[ref] {
			once.refs[ref] = true
			i.Refs = append(i.Refs, ref)
		}
	}
	if n.Kind() == fhir.Object || n.Kind() == fhir.Array {
		for c := range n.Each() {
			f.walk(i, c, once)
		}
	}
}

// local is the resource of this server that a Reference names, whichever
// version.
func (f *facts) local(n fhir.Node) string {
	ref := f.world.parse(n.Get("reference").Str())
	if ref.Form != fhir.Relative {
		return ""
	}
	return ref.Local()
}

// times says where the clinical time of a type stands: elements in the order in
// which they are looked for, the first that is there and can be read counts. A
// pair with a plus is a start and an end. Types that are not listed are looked
// at by anyTime.
var times = map[string]string{
	"AdverseEvent":          "date detected recordedDate",
	"AllergyIntolerance":    "onset+lastOccurrence recordedDate",
	"Appointment":           "start+end requestedPeriod created",
	"CarePlan":              "period created",
	"CareTeam":              "period",
	"Claim":                 "billablePeriod created",
	"ClinicalImpression":    "effective date",
	"Communication":         "sent received",
	"Composition":           "date",
	"Condition":             "onset+abatement recordedDate",
	"Consent":               "dateTime",
	"Coverage":              "period",
	"DeviceUseStatement":    "timing recordedOn",
	"DiagnosticReport":      "effective issued",
	"DocumentReference":     "context.period date",
	"Encounter":             "period",
	"EpisodeOfCare":         "period",
	"ExplanationOfBenefit":  "billablePeriod created",
	"FamilyMemberHistory":   "date",
	"Flag":                  "period",
	"Goal":                  "start+target.due statusDate",
	"ImagingStudy":          "started",
	"Immunization":          "occurrence recorded",
	"List":                  "date",
	"Media":                 "created issued",
	"MedicationDispense":    "whenHandedOver whenPrepared",
	"MedicationStatement":   "effective dateAsserted",
	"Observation":           "effective issued",
	"Procedure":             "performed",
	"Provenance":            "occurred recorded",
	"QuestionnaireResponse": "authored",
	"RequestGroup":          "authoredOn",
	"RiskAssessment":        "occurrence",
	"ServiceRequest":        "occurrence authoredOn",
	"Specimen":              "collection.collected receivedTime",
	"Task":                  "executionPeriod authoredOn lastModified",
}

const anyTime = "effective occurrence performed period authoredOn date created issued recordedDate"

// clinicalTime sets From, To and Days.
func (i *Item) clinicalTime(root fhir.Node) {
	where, listed := times[i.Type]
	if !listed {
		where = anyTime
	}
	for element := range strings.FieldsSeq(where) {
		start, end, pair := strings.Cut(element, "+")
		low, days, ok := moment(root, start)
		if pair {
			// Without its start, when it began is not known.
			high, endDays, ended := moment(root, end)
			if !ok && !ended {
				continue
			}
			i.From, i.To = begin(low, ok), time.Time{}
			if ended {
				i.To = micros(high.High)
			}
			i.Days = (!ok || days) && (!ended || endDays)
			return
		}
		if ok {
			i.From, i.To, i.Days = micros(low.Low), micros(low.High), days
			return
		}
	}
}

func begin(i fhir.Interval, known bool) time.Time {
	if !known {
		return time.Time{}
	}
	return micros(i.Low)
}

// micros is a moment; an end that is open is the zero time.
func micros(at int64) time.Time {
	if at == fhir.Earliest || at == fhir.Latest {
		return time.Time{}
	}
	return time.UnixMicro(at).UTC()
}

// moment finds the time at a path of names, with or without the type of a
// choice, and whether it was written as dates.
func moment(root fhir.Node, path string) (i fhir.Interval, days, ok bool) {
	n := root
	for name := range strings.SplitSeq(path, ".") {
		holder := n
		if holder.Kind() == fhir.Array {
			holder = holder.At(0)
		}
		n = holder.Get(name)
		for _, typ := range []string{"DateTime", "Period", "Instant", "Timing", "Date"} {
			if !n.Exists() {
				n = holder.Get(name + typ)
			}
		}
	}
	if i, ok = fhir.DateRange(n); !ok {
		return i, false, false
	}
	return i, plainDates(n), true
}

// plainDates says whether no time of day stands in a time.
func plainDates(n fhir.Node) bool {
	if n.Kind() == fhir.String {
		return !strings.Contains(n.Str(), "T")
	}
	for c := range n.Each() {
		if (c.Kind() == fhir.String || c.Kind() == fhir.Object || c.Kind() == fhir.Array) && !plainDates(c) {
			return false
		}
	}
	return true
}

// writers are the elements that name who wrote a resource or found what it
// says. A performer is one where the resource tells what was done, and not
// where it asks for something.
var writers = strings.Fields("author recorder asserter performer requester enterer informationSource sender assessor " +
	"participant.individual agent.who operator reporter")

// requests are types whose performer is to do what is asked.
const requests = " ServiceRequest MedicationRequest DeviceRequest CommunicationRequest NutritionOrder SupplyRequest RequestGroup VisionPrescription Task Appointment Claim CarePlan Goal "

// authors lists who wrote a resource.
func (f *facts) authors(root fhir.Node, typ string) []string {
	var out []string
	for _, path := range writers {
		if path == "performer" && strings.Contains(requests, " "+typ+" ") {
			continue
		}
		name, inner, nested := strings.Cut(path, ".")
		for n := range root.Get(name).Items() {
			behalf := f.local(n.Get("onBehalfOf"))
			switch {
			case nested:
				n = n.Get(inner)
			case n.Get("actor").Exists():
				n = n.Get("actor") // Procedure and Immunization tell the performer's function beside the actor
			}
			for _, ref := range []string{f.local(n), behalf} {
				if ref != "" {
					out = append(out, ref)
				}
			}
		}
	}
	return out
}
