package sharing

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access/choice"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/problem"
)

type (
	coding struct {
		System  string `json:"system,omitempty"`
		Code    string `json:"code,omitempty"`
		Display string `json:"display,omitempty"`
	}
	concept struct {
		Coding []coding `json:"coding,omitempty"`
		Text   string   `json:"text,omitempty"`
	}
	identifier struct {
		System string `json:"system,omitempty"`
		Value  string `json:"value,omitempty"`
	}
	reference struct {
		Reference  string      `json:"reference,omitempty"`
		Identifier *identifier `json:"identifier,omitempty"`
		Display    string      `json:"display,omitempty"`
	}
	actor struct {
		Role      concept   `json:"role"`
		Reference reference `json:"reference"`
	}
	period struct {
		Start string `json:"start,omitempty"`
		End   string `json:"end,omitempty"`
	}
	datum struct {
		Meaning   string    `json:"meaning"`
		Reference reference `json:"reference"`
	}
	provision struct {
		Type          string      `json:"type"`
		Period        *period     `json:"period,omitempty"`
		Actor         []actor     `json:"actor,omitempty"`
		SecurityLabel []coding    `json:"securityLabel,omitempty"`
		Purpose       []coding    `json:"purpose,omitempty"`
		Class         []coding    `json:"class,omitempty"`
		DataPeriod    *period     `json:"dataPeriod,omitempty"`
		Data          []datum     `json:"data,omitempty"`
		Provision     []provision `json:"provision,omitempty"`
	}
)

const (
	typeSystem = "http://hl7.org/fhir/resource-types"
	familyWord = "FAMRQT"
	dependents = "dependents"
)

// Consent writes a choice as a Consent of a person, in force. The error is
// Invalid where it lacks something or contradicts itself.
//
// A no hides itself from those to whom it says no: it carries the label, is of
// the kind or refers to the entry that it is about. It has no dateTime, so that
// one about data of a period is not shown for being of another.
func Consent(p Plain, patient string) (*fhir.Tree, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	c := map[string]any{
		"resourceType": "Consent", "status": "active",
		"scope":     concept{Coding: []coding{{System: "http://terminology.hl7.org/CodeSystem/consentscope", Code: "patient-privacy"}}},
		"category":  []concept{{Coding: []coding{{System: "http://loinc.org", Code: "59284-0"}}}},
		"patient":   reference{Reference: "Patient/" + patient},
		"performer": []reference{{Reference: "Patient/" + patient}},
		"policy":    []map[string]string{{"uri": "urn:bevan:policy:sharing"}},
		"provision": p.provision(),
	}
	if p.What.Kind == Label && !p.May {
		c["meta"] = map[string]any{"security": p.labels()}
	}
	b, err := json.Marshal(c)
	if err != nil {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	return fhir.Parse(b, fhir.Limits{})
}

func unclear() error {
	return problem.New(problem.Invalid, "This choice is not complete. Go back, and say whom and what it is about.").Because("sharing-unclear")
}

// check refuses what does not say one thing.
func (p *Plain) check() error {
	who, what := p.Whom, p.What
	named := who.Kind == Job || who.Kind == Organisation || who.Kind == Somebody || who.Kind == App || who.Kind == Team
	_, why := purposes[p.Why]
	switch {
	case named != (who.ID != ""), who.Kind == Outside != (len(who.But) > 0), p.Why != AnyWhy && !why,
		who.Kind == Acting && p.Why != AnyWhy, (who.Kind == Organisation || who.Kind == Team) && !fhir.ValidID(who.ID),
		!named && !slices.Contains([]WhomKind{Everybody, Outside, Acting}, who.Kind), who.Kind == Outside && p.May,
		what.Kind == Everything != (what.ID == ""), !p.What.known():
		return unclear()
	}
	for _, o := range who.But {
		if !fhir.ValidID(o.ID) {
			return unclear()
		}
	}
	if !ordered(p.From, p.Until) || !ordered(p.DataFrom, p.DataUntil) {
		return unclear()
	}
	return nil
}

func (w What) known() bool {
	switch w.Kind {
	case Everything:
		return true
	case Label:
		return slices.Contains(Labels(), w.ID)
	case Group:
		return typesOf(w.ID) != nil
	case Entry:
		ref := fhir.ParseReference(w.ID)
		return ref.Form == fhir.Relative && ref.Version == "" && ref.Fragment == "" && ref.Type != "Patient"
	}
	return false
}

// ordered says whether two days are days, the second not before the first.
func ordered(from, until string) bool {
	for _, d := range []string{from, until} {
		if _, err := time.Parse(dayForm, d); d != "" && err != nil {
			return false
		}
	}
	return from == "" || until == "" || from <= until
}

func (p *Plain) labels() []coding {
	var all []coding
	s, _ := label.ByName(p.What.ID)
	for _, c := range s.Security() {
		all = append(all, coding{System: c.System, Code: c.Code})
	}
	return all
}

// provision is the choice as it is evaluated.
func (p *Plain) provision() provision {
	out := provision{Type: "deny", Period: span(p.From, p.Until), DataPeriod: span(p.DataFrom, p.DataUntil), Actor: p.Whom.actors()}
	if p.May {
		out.Type = "permit"
	}
	if code, ok := purposes[p.Why]; ok {
		out.Purpose = []coding{{System: choice.ActReasonSystem, Code: code}}
	}
	switch p.Whom.Kind {
	case Acting:
		out.Purpose = []coding{{System: choice.ActReasonSystem, Code: familyWord}}
	case Outside:
		if p.Why == AnyWhy { // apps of the person, and who acts for them, are not outside
			out.Purpose = []coding{{System: choice.ActReasonSystem, Code: purposes[Care]}}
		}
		var but []actor
		for _, o := range p.Whom.But {
			but = append(but, toward(reference{Reference: "Organization/" + o.ID, Display: o.Name}))
		}
		out.Provision = []provision{{Type: "permit", Actor: but}}
	}
	switch p.What.Kind {
	case Label:
		out.SecurityLabel = []coding{{System: label.Ours, Code: p.What.ID}}
	case Group:
		for _, typ := range typesOf(p.What.ID) {
			out.Class = append(out.Class, coding{System: typeSystem, Code: typ})
		}
		if !p.May {
			out.Class = append(out.Class, coding{System: typeSystem, Code: "Consent"})
		}
	case Entry:
		out.Data = []datum{{dependents, reference{Reference: p.What.ID}}}
	}
	return out
}

func span(from, until string) *period {
	if from == "" && until == "" {
		return nil
	}
	return &period{from, until}
}

func toward(r reference) actor {
	return actor{concept{Coding: []coding{{System: "http://terminology.hl7.org/CodeSystem/v3-ParticipationType", Code: "IRCP"}}}, r}
}

// systems are those of the identifiers by which a choice names somebody.
var systems = map[WhomKind]string{Job: choice.IdentRole, Somebody: choice.IdentAccount, App: choice.IdentApp}

func (w Whom) actors() []actor {
	if w.Kind == Organisation {
		return []actor{toward(reference{Reference: "Organization/" + w.ID, Display: w.Name})}
	}
	if w.Kind == Team {
		return []actor{toward(reference{Reference: "CareTeam/" + w.ID, Display: w.Name})}
	}
	if system := systems[w.Kind]; system != "" {
		return []actor{toward(reference{Identifier: &identifier{system, w.ID}, Display: w.Name})}
	}
	return nil
}

// reads whom a provision is about; what does not fit is found by writing it
// again.
func (p *provision) whom() (w Whom) {
	switch {
	case len(p.Provision) == 1:
		w.Kind = Outside
		for _, a := range p.Provision[0].Actor {
			id, _ := strings.CutPrefix(a.Reference.Reference, "Organization/")
			w.But = append(w.But, Named{id, a.Reference.Display})
		}
	case len(p.Actor) == 0 && len(p.Purpose) == 1 && p.Purpose[0].Code == familyWord:
		w.Kind = Acting
	case len(p.Actor) == 0:
		w.Kind = Everybody
	case p.Actor[0].Reference.Identifier != nil:
		r := p.Actor[0].Reference
		w.ID, w.Name = r.Identifier.Value, r.Display
		for kind, system := range systems {
			if r.Identifier.System == system {
				w.Kind = kind
			}
		}
	case strings.HasPrefix(p.Actor[0].Reference.Reference, "CareTeam/"):
		r := p.Actor[0].Reference
		w = Whom{Kind: Team, ID: strings.TrimPrefix(r.Reference, "CareTeam/"), Name: r.Display}
	default:
		r := p.Actor[0].Reference
		id, _ := strings.CutPrefix(r.Reference, "Organization/")
		w = Whom{Kind: Organisation, ID: id, Name: r.Display}
	}
	return w
}

func (p *provision) what() What {
	switch {
	case len(p.SecurityLabel) > 0:
		return What{Label, p.SecurityLabel[0].Code}
	case len(p.Data) > 0:
		return What{Entry, p.Data[0].Reference.Reference}
	case len(p.Class) > 0:
		for _, g := range groups {
			if g.types[0] == p.Class[0].Code {
				return What{Group, g.name}
			}
		}
	}
	return What{Kind: Everything}
}
