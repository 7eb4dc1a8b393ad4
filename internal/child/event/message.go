package event

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/xml"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Kind is what a message does to an event.
type Kind string

// The kinds (MessageEventType-1).
const (
	New    Kind = "new"
	Update Kind = "update"
	Delete Kind = "delete"
)

// rank orders messages of one event that were published at the same instant.
var rank = map[Kind]int{New: 1, Update: 2, Delete: 3}

// The addresses that a header uses.
const (
	routing   = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-RoutingDemographics-1"
	eventType = "https://fhir.nhs.uk/STU3/StructureDefinition/Extension-MessageEventType-1"
	kinds     = "https://fhir.nhs.uk/STU3/CodeSystem/MessageEventType-1"
	events    = "https://fhir.nhs.uk/STU3/CodeSystem/EventType-1"
)

// limits of a message: the largest example is 21 kB, and one may hold a letter.
var limits = xml.Limits{Bytes: 1 << 20, Depth: 40, Elements: 20_000, Attributes: 8, Text: 512 << 10}

// MaxBytes is the size of the largest message that is taken.
const MaxBytes = 1 << 20

const maxEntries = 300

// Message is one that was read.
type Message struct {
	ID        string // of its MessageHeader
	Source    string // the endpoint of the system that sent it
	Event     string // such as vaccinations-1
	Kind      Kind
	Published time.Time // when the source gave it out; messages of one event follow one another by it
	Hash      string    // of what it says, however it is laid out

	header  *val
	entries []*entry
	byURL   map[string]*entry
	src     []byte
	claims  claims
	// doubts are what a person has to look at before the message may be taken.
	doubts []*Refusal
}

// entry is one resource of a message.
type entry struct {
	n   int // from 0
	url string
	typ string
	id  string // the logical id that the source gave it
	res *val
}

// claims is who the message says that it is about.
type claims struct {
	number string   // NHS number
	births []string // whole dates; a source may tell two
	family []string
	given  []string
}

// Refusal is why a message is not taken, and where. Say holds nothing of what the
// message says about anybody.
type Refusal struct {
	Reason string // a word for programs, such as message-damaged
	Line   int    // from 1; 0 where the message as a whole is meant
	Place  string // such as Bundle.entry[2].resource.status
	Say    string
}

// The reasons for which a message waits.
const (
	Damaged = "message-damaged" // it can not be read
	Partly  = "message-part"    // a part of it can not be kept
	NoChild = "message-child"   // it is not known whose it is
	Doubt   = "message-doubt"   // it says what can not be, or two things at once
	Again   = "message-again"   // another message came with the same number
	Order   = "message-order"   // what it changes can not be changed so
)

func (r *Refusal) Error() string { return r.Reason + ": " + r.Where() + ": " + r.Say }

// Where is the place in words.
func (r *Refusal) Where() string {
	switch {
	case r.Line == 0:
		return "the message as a whole"
	case r.Place == "":
		return fmt.Sprintf("line %d", r.Line)
	}
	return fmt.Sprintf("line %d, %s", r.Line, r.Place)
}

// Problem is the refusal for whoever sent the message.
func (r *Refusal) Problem() error {
	return problem.At(problem.Unprocessable, r.Place, "The message was not taken, and waits for a person to look at it ("+r.Where()+"): "+r.Say).Because(r.Reason)
}

// at makes a refusal about a place in the message.
func (m *Message) at(reason, place, say string) *Refusal {
	return &Refusal{Reason: reason, Line: xml.Line(m.src, xml.STU3(), place), Place: place, Say: say}
}

func (e *entry) place(rest string) string {
	p := fmt.Sprintf("Bundle.entry[%d].resource", e.n)
	if rest != "" {
		p += "." + rest
	}
	return p
}

// Parse reads a message. The error is a *Refusal.
func Parse(src []byte) (*Message, error) {
	tree, err := xml.Read(src, xml.STU3(), limits)
	if err != nil {
		var bad *xml.Error
		if !errors.As(err, &bad) {
			return nil, err
		}
		return nil, &Refusal{Reason: Damaged, Line: bad.Line, Place: bad.Path, Say: bad.Msg}
	}
	hash := fhir.ContentHash(tree)
	m := &Message{src: src, byURL: map[string]*entry{}, Hash: fmt.Sprintf("%x", hash[:])}
	bundle := valOf(tree.Root())
	if bundle.get("resourceType").str() != "Bundle" || bundle.get("type").str() != "message" {
		return nil, &Refusal{Reason: Damaged, Line: 1, Place: "Bundle.type", Say: "This is not a message. A message is a Bundle of the type message."}
	}
	if err := m.readEntries(bundle.get("entry").items()); err != nil {
		return nil, err
	}
	if err := m.readHeader(); err != nil {
		return nil, err
	}
	if err := m.readClaims(); err != nil {
		return nil, err
	}
	m.doubt()
	return m, nil
}

// readEntries finds the resources by their addresses.
func (m *Message) readEntries(all []*val) error {
	if len(all) == 0 || len(all) > maxEntries {
		return m.at(Damaged, "Bundle", fmt.Sprintf("A message has from 1 to %d entries.", maxEntries))
	}
	for n, v := range all {
		e := &entry{n: n, url: v.get("fullUrl").str(), res: v.get("resource")}
		e.typ, e.id = e.res.get("resourceType").str(), e.res.get("id").str()
		bare := strings.TrimPrefix(e.url, "urn:uuid:")
		switch {
		case e.res == nil:
			return m.at(Partly, fmt.Sprintf("Bundle.entry[%d]", n), "The entry has no resource.")
		case v.get("request") != nil || v.get("response") != nil || v.get("search") != nil:
			return m.at(Partly, fmt.Sprintf("Bundle.entry[%d]", n), "An entry of a message has a fullUrl and a resource only.")
		case !fhir.ValidID(e.id):
			return m.at(Partly, e.place("id"), "The resource has no id by which the source would speak of it again.")
		case bare != e.id:
			return m.at(Partly, fmt.Sprintf("Bundle.entry[%d].fullUrl", n), "The address of the entry and the id of its resource are not the same.")
		case m.byURL[e.url] != nil:
			return m.at(Partly, fmt.Sprintf("Bundle.entry[%d].fullUrl", n), "Two entries have the same address, so it is not clear which one is meant.")
		case n > 0 && e.typ == "MessageHeader", e.typ == "Bundle", e.typ == "OperationOutcome":
			return m.at(Partly, e.place(""), "A resource of this type has no place here.")
		}
		m.byURL[e.url] = e
		m.entries = append(m.entries, e)
	}
	return nil
}

// readHeader reads what the message is.
func (m *Message) readHeader() error {
	e := m.entries[0]
	if e.typ != "MessageHeader" {
		return m.at(Damaged, e.place(""), "The first entry of a message is its MessageHeader.")
	}
	m.header = e.res
	m.ID, m.Source = e.id, e.res.get("source", "endpoint").str()
	m.Event = e.res.get("event", "code").str()
	for _, x := range e.res.get("extension").items() {
		if x.get("url").str() == eventType {
			for _, c := range x.get("valueCodeableConcept", "coding").items() {
				m.Kind = Kind(c.get("code").str())
			}
		}
	}
	focus := e.res.get("focus").items()
	switch {
	case m.Source == "" || len(m.Source) > 300:
		return m.at(Partly, e.place("source.endpoint"), "The message does not say which system sent it.")
	case e.res.get("event", "system").str() != events || byEvent[m.Event] == nil:
		return m.at(Partly, e.place("event"), "This kind of event is not one that is taken here.")
	case rank[m.Kind] == 0:
		return m.at(Partly, e.place("extension"), "The message does not say whether it is new, an update or a delete.")
	case len(focus) != 1 || m.byURL[focus[0].get("reference").str()] == nil:
		return m.at(Partly, e.place("focus"), "The message names no one thing that it is about, or does not hold it.")
	case !slices.Contains(byEvent[m.Event].focus, m.focus().typ):
		return m.at(Partly, e.place("focus"), "An event of this kind is not about a resource of that type.")
	}
	return m.readTimes(e)
}

// Doubts are what a person has to look at before the message may be taken.
func (m *Message) Doubts() []*Refusal { return m.doubts }

// readTimes finds when the message was published. Where a source does not say, it is
// when the message was written.
func (m *Message) readTimes(e *entry) error {
	told, place := e.res.get("meta", "lastUpdated").str(), "meta.lastUpdated"
	if told == "" {
		told, place = e.res.get("timestamp").str(), "timestamp"
	}
	at, ok := instant(told)
	if !ok {
		return m.at(Partly, e.place(place), "The time at which the message was published can not be read.")
	}
	m.Published = at
	return nil
}

func instant(text string) (time.Time, bool) {
	d, err := fhir.ParseDateTime(text)
	if err != nil || !d.IsInstant() {
		return time.Time{}, false
	}
	from, _ := d.Range()
	return time.UnixMicro(from).UTC(), true
}

// focus is what the message is about.
func (m *Message) focus() *entry {
	return m.byURL[m.header.get("focus").items()[0].get("reference").str()]
}

// of are the entries of a type.
func (m *Message) of(typ string) (all []*entry) {
	for _, e := range m.entries {
		if e.typ == typ {
			all = append(all, e)
		}
	}
	return all
}

// kind is what is known of an event: what it may be about, whether it is about the
// person themself (PDS), and what of them it sets.
type kind struct {
	focus []string
	// person says that the event tells of the person: one such event follows the
	// other, whatever they are about.
	person bool
	sets   []string // elements of Patient
	births bool     // it may make records known
	// updates says that a change comes as an update: elsewhere it comes as new again.
	updates bool
}

// byEvent is the events that are taken, as England's national event service names
// them (uk-health 2.1).
var byEvent = map[string]*kind{
	"blood-spot-test-outcome-1": {focus: []string{"Encounter"}},
	"newborn-hearing-1":         {focus: []string{"Encounter"}},
	"nipe-outcome-1":            {focus: []string{"Encounter"}},
	"vaccinations-1":            {focus: []string{"Immunization", "Encounter"}, updates: true},
	"professional-contacts-1":   {focus: []string{"EpisodeOfCare", "Encounter"}, updates: true},
	"pds-birth-notification-1":  {focus: []string{"Communication", "Encounter"}, births: true},
	"pds-change-of-address-1":   {focus: []string{"Communication"}, person: true, sets: []string{"address"}},
	"pds-change-of-gp-1":        {focus: []string{"Communication"}, person: true, sets: []string{"generalPractitioner"}},
	"pds-death-notification-1":  {focus: []string{"Communication"}, person: true, sets: []string{"deceasedDateTime", "deceasedBoolean", deathStatus}},
	"pds-record-change-1":       {focus: []string{"Patient"}, person: true},
}

// deathStatus is the extension that tells how sure a death is: 1 informal, 2 formal,
// U removed (CareConnect-DeathNotificationStatus-1).
const deathStatus = "https://fhir.hl7.org.uk/STU3/StructureDefinition/Extension-CareConnect-DeathNotificationStatus-1"
