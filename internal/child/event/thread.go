package event

import (
	"slices"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/record"
)

// An event is one Provenance in the record, whatever number of messages tells of it:
// each writes a new version. It is written together with what the message writes, so
// that a message is applied if, and only if, the Provenance names it.
const (
	toldHash  = ours + "message-hash"
	toldKind  = ours + "message-kind"
	messageID = "https://bevan.health/fhir/Id/event-message"

	toldTime      = ours + "message-timestamp"
	toldPublished = ours + "message-published"
	toldVersion   = ours + "message-version"
)

// mostTold bounds how many messages an event remembers. Older ones are late
// whatever they say.
const mostTold = 50

// thread is an event as it is held.
type thread struct {
	version   int64
	kind      Kind
	published time.Time
	targets   []record.Key
	messages  []told
	focus     record.Key // what its last message was about
	body      *val
}

// told is a message that was applied.
type told struct {
	id, hash string
	kind     Kind
}

// readThread reads an event; nil for none.
func (w *work) readThread(k record.Key) (*thread, error) {
	version, body, err := w.current(k)
	if err != nil || body == nil {
		return nil, err
	}
	return threadOf(version, body), nil
}

// threadOf reads the Provenance of an event; nil for any other.
func threadOf(version int64, body *val) *thread {
	t := &thread{version: version, body: body}
	for _, c := range body.get("activity", "coding").items() {
		if c.get("system").str() == kinds {
			t.kind = Kind(c.get("code").str())
		}
	}
	t.published, _ = instant(body.get("occurredDateTime").str())
	if t.kind == "" || t.published.IsZero() {
		return nil
	}
	for _, r := range body.get("target").items() {
		ref := fhir.ParseReference(r.get("reference").str())
		t.targets = append(t.targets, record.Key{Type: ref.Type, ID: ref.ID})
	}
	for _, c := range body.get("contained").items() {
		if f := c.get("focus").items(); len(f) == 1 {
			ref := fhir.ParseReference(f[0].get("reference").str())
			t.focus = record.Key{Type: ref.Type, ID: ref.ID}
		}
	}
	for _, e := range body.get("entity").items() {
		one := told{id: e.get("what", "identifier", "value").str()}
		for _, x := range e.get("extension").items() {
			switch x.get("url").str() {
			case toldHash:
				one.hash = x.get("valueString").str()
			case toldKind:
				one.kind = Kind(x.get("valueCode").str())
			}
		}
		t.messages = append(t.messages, one)
	}
	return t
}

// provenances writes the event, and for a birth the mother's part of it, which lies
// in her record.
func (w *work) provenances() error {
	header, err := w.keptHeader()
	if err != nil {
		return err
	}
	if err := w.provenance(w.thread, w.child.id, w.held, header); err != nil {
		return err
	}
	if w.mother == nil || len(w.about[w.mother.id]) == 0 {
		return nil
	}
	k := record.Key{Type: "Provenance", ID: digest("mother", w.thread.ID)}
	held, err := w.readThread(k)
	if err != nil {
		return err
	}
	return w.provenance(k, w.mother.id, held, nil)
}

func (w *work) provenance(k record.Key, owner string, held *thread, header *val) error {
	targets := []*val{object("reference", "Patient/"+owner)}
	for _, t := range w.about[owner] {
		if ref := object("reference", t.String()); t != (record.Key{Type: "Patient", ID: owner}) {
			targets = append(targets, ref)
		}
	}
	entity := object("role", "source", "what", object("identifier", object("system", messageID, "value", w.m.ID)),
		"extension", list(object("url", toldHash, "valueString", w.m.Hash), object("url", toldKind, "valueCode", string(w.m.Kind))))
	entities := []*val{entity}
	op := record.Op{}
	if held != nil {
		op.IfMatch = held.version
		for _, e := range held.body.get("entity").items() {
			e.set("role", str("revision"))
			entities = append(entities, e)
		}
	}
	res := object("resourceType", "Provenance", "meta", object("source", w.m.Source), "target", list(targets...),
		"occurredDateTime", w.m.publishedText(), "recorded", w.now.UTC().Format("2006-01-02T15:04:05Z"),
		"activity", object("coding", list(object("system", events, "code", w.m.Event), object("system", kinds, "code", string(w.m.Kind)))),
		"agent", list(w.agent()), "entity", list(entities[:min(len(entities), mostTold)]...))
	if header != nil {
		res.set("contained", list(header))
		entity.get("what").set("reference", str("#message"))
		for _, e := range entities[1:] {
			e.get("what").del("reference")
		}
	}
	return w.put(w.m.entries[0], k, res, op, owner)
}

// agent is who says so: the organisation that answers for the message, and the
// system that sent it.
func (w *work) agent() *val {
	who := object("identifier", object("system", "urn:ietf:rfc:3986", "value", w.m.Source), "display", w.m.header.get("source", "name").str())
	if r := w.m.header.get("responsible"); r != nil {
		if e := w.m.byURL[r.get("reference").str()]; e != nil && directory[e.typ] {
			who.set("reference", str(w.keys[e].String()))
			who.put("display", r.get("display"))
		}
	}
	return object("type", object("coding", list(object("system", "http://terminology.hl7.org/CodeSystem/provenance-participant-type", "code", "author"))), "who", who)
}

// keptHeader is the header of the message as R4, to be kept within the Provenance.
func (w *work) keptHeader() (*val, error) {
	e := w.m.entries[0]
	head := &entry{n: 0, typ: e.typ, id: e.id, res: e.res.copy()}
	times := []*val{}
	for _, at := range []struct {
		url  string
		said *val
	}{{toldTime, head.res.del("timestamp")}, {toldPublished, e.res.get("meta", "lastUpdated")}, {toldVersion, e.res.get("meta", "versionId")}} {
		if at.said != nil {
			times = append(times, object("url", at.url, "valueString", at.said))
		}
	}
	res, err := w.converted(head)
	if err != nil {
		return nil, err
	}
	res.del("meta")
	res.set("id", str("message"))
	res.set("extension", list(append(res.get("extension").items(), times...)...))
	return res, nil
}

// patients writes what the message says of the people themselves.
func (w *work) patients(event *kind) error {
	for _, p := range []*person{w.child, w.mother} {
		if p == nil || p.entry == nil {
			continue
		}
		told, err := w.converted(p.entry)
		if err != nil {
			return err
		}
		k := record.Key{Type: "Patient", ID: p.id}
		switch {
		case p.body == nil:
			told.set("extension", list(append(told.get("extension").items(), object("url", toldID, "valueString", p.entry.id))...))
			err = w.put(p.entry, k, told, record.Op{}, p.id)
		case p == w.mother:
			err = w.linkMother(k, p, told)
		case event.births && w.held != nil && w.m.Kind == Update:
			err = w.setPatient(k, p, told, []string{"name", "gender", "birthDate", "_birthDate", "address", "multipleBirthInteger", "multipleBirthBoolean"})
		case len(event.sets) > 0:
			err = w.setPatient(k, p, told, event.sets)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// linkMother adds the relation to the child to a mother who is known.
func (w *work) linkMother(k record.Key, p *person, told *val) error {
	links := p.body.get("link").items()
	n := len(links)
	for _, l := range told.get("link").items() {
		if !slices.ContainsFunc(links, func(have *val) bool { return have.json(true) == l.json(true) }) {
			links = append(links, l)
		}
	}
	if len(links) == n {
		return nil
	}
	p.body.set("link", list(links...))
	return w.put(p.entry, k, p.body, record.Op{IfMatch: p.version}, p.id)
}

// setPatient sets what an event tells of a person, and leaves the rest.
func (w *work) setPatient(k record.Key, p *person, told *val, names []string) error {
	before := p.body.json(true)
	for _, name := range names {
		switch {
		case name == deathStatus:
			w.setDeath(p.body, told)
		case name == "address" && told.get(name) != nil:
			p.body.set(name, list(append(told.get(name).items(), elsewhere(p.body)...)...))
		case told.get(name) != nil:
			p.body.set(name, told.get(name))
		}
	}
	if p.body.json(true) == before {
		return nil
	}
	return w.put(p.entry, k, p.body, record.Op{IfMatch: p.version}, p.id)
}

// elsewhere are the addresses of a person beside where they live and lived: an event
// tells of those only.
func elsewhere(body *val) (kept []*val) {
	for _, a := range body.get("address").items() {
		if use := a.get("use").str(); use == "temp" || use == "work" || use == "billing" {
			kept = append(kept, a)
		}
	}
	return kept
}

// setDeath sets how sure a death is; one that was removed is none.
func (w *work) setDeath(body, told *val) {
	var kept []*val
	for _, x := range body.get("extension").items() {
		if x.get("url").str() != deathStatus {
			kept = append(kept, x)
		}
	}
	for _, x := range told.get("extension").items() {
		if x.get("url").str() != deathStatus {
			continue
		}
		kept = append(kept, x)
		for _, part := range x.get("extension").items() {
			for _, c := range part.get("valueCodeableConcept", "coding").items() {
				if c.get("code").str() == "U" {
					body.del("deceasedDateTime")
					body.del("deceasedBoolean")
				}
			}
		}
	}
	if len(kept) > 0 {
		body.set("extension", list(kept...))
	}
}
