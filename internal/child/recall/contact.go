package recall

import (
	"cmp"
	"slices"

	"github.com/bevanhealth/bevan/fhir"
)

// Kind is how a family was asked, or what came of it.
type Kind string

// What is written down of a recall.
const (
	Invited Kind = "invited" // a letter or message was sent by the practice
	Rang    Kind = "rang"    // somebody rang
	Refused Kind = "refused" // they said no, for now
	Moved   Kind = "moved"   // they live elsewhere now, and are to be taken off the list
)

// Kinds lists them.
func Kinds() []Kind { return []Kind{Invited, Rang, Refused, Moved} }

// Contact is one time that a family was asked. It lies in the record of the
// child, as a Communication, so that the family can read it and take it along.
type Contact struct {
	Kind      Kind
	Programme string // "" for all of them
	On        Day
}

// The code systems of what is written.
const (
	kindSystem      = "urn:bevan:recall"
	programmeSystem = "urn:bevan:vaccination-programme"
)

// readContact reads a Communication of a recall.
func readContact(n fhir.Node) (Contact, bool) {
	if !n.Get("status").Is("completed") {
		return Contact{}, false
	}
	c := Contact{Kind: Kind(codeOf(n.Get("category"), kindSystem)), Programme: codeOf(n.Get("reasonCode"), programmeSystem)}
	if !slices.Contains(Kinds(), c.Kind) {
		return Contact{}, false
	}
	c.On, _ = ParseDay(n.Get("sent").Str())
	return c, c.On != 0
}

// codeOf is the first code of a system in a list of CodeableConcepts.
func codeOf(list fhir.Node, system string) string {
	for one := range list.Items() {
		for c := range one.Get("coding").Items() {
			if c.Get("system").Is(system) {
				return c.Get("code").Str()
			}
		}
	}
	return ""
}

func sortContacts(all []Contact) {
	slices.SortStableFunc(all, func(a, b Contact) int { return cmp.Compare(b.On, a.On) })
}

// Draft is a contact that is to be written.
type Draft struct {
	Contact
	KindText, ProgrammeText string // in words
	Note                    string // "" for none
	At                      string // the moment, as FHIR writes it
	Patient, Sender         string // references
}

// Body is the draft as a Communication (FHIR R4), without its type.
func (d Draft) Body() map[string]any {
	type m = map[string]any
	coded := func(system, code, text string) []any {
		return []any{m{"coding": []any{m{"system": system, "code": code, "display": text}}, "text": text}}
	}
	out := m{"status": "completed", "subject": m{"reference": d.Patient}, "sent": d.At, "category": coded(kindSystem, string(d.Kind), d.KindText)}
	if d.Programme != "" {
		out["reasonCode"] = coded(programmeSystem, d.Programme, d.ProgrammeText)
	}
	if d.Sender != "" {
		out["sender"] = m{"reference": d.Sender}
	}
	if d.Note != "" {
		out["note"] = []any{m{"text": d.Note}}
	}
	return out
}

// about says whether a contact is about a programme.
func (c Contact) about(programme string) bool { return c.Programme == "" || c.Programme == programme }

// Last is the newest contact about a programme; ok is false where there is none.
func (v View) Last(programme string) (c Contact, ok bool) {
	i := slices.IndexFunc(v.Contacts, func(c Contact) bool { return c.about(programme) })
	if i < 0 {
		return Contact{}, false
	}
	return v.Contacts[i], true
}

// refused is when they last said no to a programme; 0 for never.
func (v View) refused(programme string) Day {
	for _, c := range v.Contacts {
		if c.Kind == Refused && c.about(programme) {
			return c.On
		}
	}
	return 0
}

// movedSince says that somebody wrote that they moved away, and that nobody has
// reached them since.
func (v View) movedSince() bool {
	return len(v.Contacts) > 0 && v.Contacts[0].Kind == Moved
}
