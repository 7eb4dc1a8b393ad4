package event

import (
	"context"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/xml"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// writer makes a message of an event that the record holds.
type writer struct {
	w     *work
	event *kind
	urls  map[record.Key]string // where each resource is in the message
	named map[record.Key]string // what its source calls it
	held  map[record.Key]*val
	order []record.Key
}

// Write writes an event that the record holds as a message again, in STU3 as XML:
// what the last message of it wrote, as it stands now. event is the Provenance of it,
// as Result names it.
func Write(ctx context.Context, s Session, event record.Key) ([]byte, error) {
	o := &writer{w: &work{ctx: ctx, s: s}, urls: map[record.Key]string{}, named: map[record.Key]string{}, held: map[record.Key]*val{}}
	t, err := o.w.readThread(event)
	if err != nil {
		return nil, err
	}
	var header *val
	if t != nil {
		for _, c := range t.body.get("contained").items() {
			if c.get("resourceType").str() == "MessageHeader" {
				header = c.copy()
			}
		}
	}
	if header == nil || byEvent[header.get("eventCoding", "code").str()] == nil {
		return nil, problem.New(problem.NotFound, "There is no such event. Name the Provenance of one that came as a message.")
	}
	o.event = byEvent[header.get("eventCoding", "code").str()]
	if err := o.gather(event, t); err != nil {
		return nil, err
	}
	return o.message(header, t)
}

// gather reads what the event wrote.
func (o *writer) gather(event record.Key, t *thread) error {
	all := t.targets
	mother, err := o.w.readThread(record.Key{Type: "Provenance", ID: digest("mother", event.ID)})
	if err != nil {
		return err
	}
	if mother != nil {
		all = append(slices.Clone(all), mother.targets...)
	}
	for i := 0; i < len(all) && i < mostParts; i++ {
		k := all[i]
		if k.Type == "Provenance" && k == event || o.held[k] != nil {
			continue
		}
		_, body, err := o.w.current(k)
		if err != nil {
			return err
		}
		if body == nil {
			continue // erased since, or not for whoever asks
		}
		o.held[k] = body
		o.order = append(o.order, k)
		o.named[k] = uuid(k.String())
		for _, x := range body.get("extension").items() {
			if x.get("url").str() == toldID {
				o.named[k] = x.get("valueString").str()
			}
		}
		o.urls[k] = "urn:uuid:" + o.named[k]
		all = append(all[:len(all):len(all)], namesOf(body)...)
	}
	return nil
}

// mostParts bounds what one message is made of.
const mostParts = 1000

// namesOf are the entries of the directory that a resource refers to.
func namesOf(body *val) (all []record.Key) {
	body.each("", func(name string, v *val) {
		if ref := fhir.ParseReference(v.str()); name == "reference" && directory[ref.Type] && ref.Form == fhir.Relative {
			all = append(all, record.Key{Type: ref.Type, ID: ref.ID})
		}
	})
	return all
}

// uuid is a name for a resource that no source has named, in the form of RFC 9562,
// version 8: the same every time.
func uuid(of string) string {
	d := []byte(digest("uuid", of))
	d[12], d[16] = '8', '8'
	return string(d[:8]) + "-" + string(d[8:12]) + "-" + string(d[12:16]) + "-" + string(d[16:20]) + "-" + string(d[20:])
}

// message puts the parts together.
func (o *writer) message(header *val, t *thread) ([]byte, error) {
	id := ""
	for _, x := range header.get("extension").items() {
		if x.get("url").str() == toldID {
			id = x.get("valueString").str()
		}
	}
	o.restoreHeader(header, id)
	entries := []*val{object("fullUrl", "urn:uuid:"+id, "resource", header)}
	if err := o.refer(header); err != nil {
		return nil, err
	}
	for _, k := range o.order {
		res := o.held[k].copy()
		if k.Type == "Patient" {
			res = o.shown(res)
		}
		if err := o.restore(res, o.named[k]); err != nil {
			return nil, err
		}
		entries = append(entries, object("fullUrl", o.urls[k], "resource", res))
	}
	bundle := object("resourceType", "Bundle", "id", uuid(t.body.get("id").str()+"/"+id), "type", "message", "entry", list(entries...))
	tree, err := bundle.tree()
	if err != nil {
		return nil, problem.Wrap(problem.Internal, "", err)
	}
	out, err := xml.Write(tree, xml.STU3())
	if err != nil {
		return nil, problem.Wrap(problem.Unprocessable, "The event holds something that a message of STU3 can not say. Send the record as R4 instead.", err)
	}
	return out, nil
}

// shown is what a message shows of a person: who they are, and what the event tells
// of them; all of it at a birth.
func (o *writer) shown(p *val) *val {
	if o.event.births {
		return p
	}
	names := append([]string{"resourceType", "identifier", "name", "gender", "birthDate", "_birthDate"}, o.event.sets...)
	out := object()
	for i, name := range p.keys {
		if slices.Contains(names, name) {
			out.set(name, p.kids[i])
		}
	}
	for _, x := range p.get("extension").items() {
		if slices.Contains(o.event.sets, x.get("url").str()) {
			out.set("extension", list(append(out.get("extension").items(), x)...))
		}
	}
	return out
}

// restore makes a resource what it was in STU3.
func (o *writer) restore(res *val, id string) error {
	typ := res.get("resourceType").str()
	res.del("text")
	res.del("meta")
	drop(res, toldID, toldAt)
	if err := o.refer(res); err != nil {
		return err
	}
	rules.toSTU3(res)
	res.set("id", str(id))
	if typ != "Provenance" {
		res.set("meta", object("profile", list(str("https://fhir.hl7.org.uk/STU3/StructureDefinition/CareConnect-"+typ+"-1"))))
	}
	return nil
}

// drop takes extensions of ours away.
func drop(res *val, urls ...string) {
	ext := res.get("extension")
	if ext == nil {
		return
	}
	if ext.kids = slices.DeleteFunc(ext.kids, func(x *val) bool { return slices.Contains(urls, x.get("url").str()) }); len(ext.kids) == 0 {
		res.del("extension")
	}
}

// refer makes references lead to the entries of the message.
func (o *writer) refer(res *val) (err error) {
	res.each("", func(name string, v *val) {
		if name != "reference" || v.kind != fhir.String || strings.HasPrefix(v.str(), spine) || strings.HasPrefix(v.str(), "urn:uuid:") {
			return
		}
		ref := fhir.ParseReference(v.str())
		url := o.urls[record.Key{Type: ref.Type, ID: ref.ID}]
		if url == "" {
			err = problem.New(problem.Unprocessable, "A part of the event is not there any more, or may not be seen, so the message would be broken. Send the record as R4 instead.")
			return
		}
		*v = *str(url)
	})
	return err
}

// restoreHeader makes the header that of a message again, with the person as the
// record has them.
func (o *writer) restoreHeader(h *val, id string) {
	meta := object()
	for _, x := range h.get("extension").items() {
		said := x.get("valueString")
		switch x.get("url").str() {
		case toldTime:
			h.set("timestamp", said)
		case toldPublished:
			meta.set("lastUpdated", said)
		case toldVersion:
			meta.set("versionId", said)
		}
	}
	drop(h, toldID, toldTime, toldPublished, toldVersion)
	rules.toSTU3(h)
	meta.set("profile", list(str("https://fhir.nhs.uk/STU3/StructureDefinition/Event-MessageHeader-1")))
	h.set("meta", meta)
	h.set("id", str(id))
	if o.event.births {
		return
	}
	for _, k := range o.order {
		if k.Type != "Patient" {
			continue
		}
		for i, x := range h.get("extension").items() {
			if x.get("url").str() == routing {
				h.get("extension").kids[i] = routed(o.held[k])
			}
		}
	}
}

// routed is the extension that says who a message is about.
func routed(p *val) *val {
	parts := list()
	for _, id := range p.get("identifier").items() {
		if id.get("system").str() == fhir.NHSNumberSystem {
			parts.kids = append(parts.kids, object("url", "nhsNumber", "valueIdentifier", object("system", fhir.NHSNumberSystem, "value", id.get("value"))))
			break
		}
	}
	if n := p.get("name").items(); len(n) > 0 {
		parts.kids = append(parts.kids, object("url", "name", "valueHumanName", n[0].copy()))
	}
	born := p.get("birthDate")
	for _, x := range p.get("_birthDate", "extension").items() {
		if x.get("url").str() == "http://hl7.org/fhir/StructureDefinition/patient-birthTime" {
			born = x.get("valueDateTime")
		}
	}
	if born != nil {
		parts.kids = append(parts.kids, object("url", "birthDateTime", "valueDateTime", born))
	}
	return object("url", routing, "extension", parts)
}
