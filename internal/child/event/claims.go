package event

import (
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/identity/match"
)

// child is the entry of the Patient that the message is about, nil where it holds
// none. A birth notification holds the mother too: she is whom the child is related to.
func (m *Message) child() *entry {
	all := m.of("Patient")
	if len(all) == 1 {
		return all[0]
	}
	for _, e := range m.of("RelatedPerson") {
		if p := m.byURL[e.res.get("patient", "reference").str()]; p != nil && p.typ == "Patient" {
			return p
		}
	}
	return nil
}

// others are the Patients beside the child.
func (m *Message) others() []*entry {
	return slices.DeleteFunc(m.of("Patient"), func(e *entry) bool { return e == m.child() })
}

// readClaims reads who the message is about, in the Patient and in the header.
func (m *Message) readClaims() error {
	c := m.child()
	patients := m.of("Patient")
	switch {
	case c == nil && len(patients) > 0:
		return m.at(Partly, patients[1].place(""), "The message holds several people, and does not say which of them it is about.")
	case len(patients) > 1 && !byEvent[m.Event].births:
		return m.at(Partly, patients[1].place(""), "A message of this kind is about one person.")
	case len(patients) > 2:
		return m.at(Partly, patients[2].place(""), "A birth notification is about a child and a mother.")
	}
	if c != nil {
		m.claims = claimsOf(c.res)
	}
	if c != nil && m.claims.number == "" && m.routed().number == "" {
		return m.at(Partly, c.place("identifier"), "The message gives no NHS number that can be one.")
	}
	return nil
}

// routed is who the header says that the message is about: for a birth that may be
// the mother.
func (m *Message) routed() claims {
	var out claims
	for _, x := range m.header.get("extension").items() {
		if x.get("url").str() != routing {
			continue
		}
		for _, part := range x.get("extension").items() {
			switch part.get("url").str() {
			case "nhsNumber":
				if digits, ok := fhir.ParseNHSNumber(part.get("valueIdentifier", "value").str()); ok {
					out.number = digits
				}
			case "name":
				out.addName(part.get("valueHumanName"))
			case "birthDateTime":
				out.addBirth(part.get("valueDateTime").str())
			}
		}
	}
	return out
}

func claimsOf(patient *val) claims {
	var out claims
	for _, id := range patient.get("identifier").items() {
		if id.get("system").str() == fhir.NHSNumberSystem {
			if digits, ok := fhir.ParseNHSNumber(id.get("value").str()); ok {
				out.number = digits
			}
		}
	}
	for _, n := range patient.get("name").items() {
		out.addName(n)
	}
	out.addBirth(patient.get("birthDate").str())
	return out
}

func (c *claims) addName(name *val) {
	if f := name.get("family").str(); f != "" {
		c.family = append(c.family, f)
	}
	for _, g := range name.get("given").items() {
		c.given = append(c.given, g.str())
		break
	}
}

func (c *claims) addBirth(text string) {
	if len(text) >= len("2001-02-03") && !slices.Contains(c.births, text[:10]) {
		c.births = append(c.births, text[:10])
	}
}

// details are the claims with one of their birth dates, for the rules of the house.
func (c claims) details(birth string) match.Details {
	return match.Details{NHSNumber: c.number, Family: c.family, Given: c.given, Birth: birth}
}

// doubt notes what a person has to look at: what the message says can not be, or it
// says two things.
func (m *Message) doubt() {
	add := func(e *entry, place, say string) { m.doubts = append(m.doubts, m.at(Doubt, e.place(place), say)) }
	head, c := m.routed(), m.child()
	if t := m.header.get("timestamp"); t != nil {
		if _, ok := instant(t.str()); !ok {
			add(m.entries[0], "timestamp", "The time at which the message was written is none that can be.")
		}
	}
	m.doubtReferences()
	m.doubtBirth(c)
	if c == nil {
		m.claims = head
		return
	}
	if !byEvent[m.Event].births {
		switch {
		case m.claims.number == "":
			add(c, "identifier", "The NHS number of the person can not be one, and the header names another. Check whose message this is.")
		case head.number != "" && head.number != m.claims.number:
			add(c, "identifier", "The header and the message name two people. Check whose message this is.")
		}
		// Where both are the same person, what either says about them counts.
		for _, b := range head.births {
			m.claims.addBirth(b)
		}
	}
	if died := c.res.get("deceasedDateTime").str(); len(died) >= 10 {
		for _, b := range claimsOf(c.res).births {
			if died[:10] < b {
				add(c, "deceasedDateTime", "The person would have died before they were born. Check the dates.")
			}
		}
	}
}

// The code for a birth that says whether the child lived, and what it says of one that
// did (EMS-PDS-StillBornIndicator-1).
const (
	stillBorn = "237364002"
	live      = "1"
)

// doubtBirth notes a child of whom it is told that they were not born alive, and not
// that they died: as it stands their record would be that of a child who lives.
func (m *Message) doubtBirth(c *entry) {
	if c == nil || c.res.get("deceasedDateTime") != nil || c.res.get("deceasedBoolean") != nil {
		return
	}
	for _, e := range m.of("Observation") {
		for _, code := range e.res.get("code", "coding").items() {
			for _, said := range e.res.get("valueCodeableConcept", "coding").items() {
				if code.get("code").str() == stillBorn && said.get("code").str() != live {
					m.doubts = append(m.doubts, m.at(Doubt, e.place("valueCodeableConcept"), "The child was not born alive, and the message does not say that they died. If it is taken, their record is that of a child who lives."))
				}
			}
		}
	}
}

// doubtReferences notes references to something that the message should hold and
// does not: which organisation that was is not known.
func (m *Message) doubtReferences() {
	for _, e := range m.entries {
		e.res.each("", func(name string, v *val) {
			if text := v.str(); name == "reference" && strings.HasPrefix(text, "urn:uuid:") && m.byURL[text] == nil {
				m.doubts = append(m.doubts, m.at(Doubt, e.place(""), "A part refers to something that is not in the message. If it is taken, what that was stays unknown."))
			}
		})
	}
}
