package event

import (
	"slices"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/record"
)

// identifierOf is what a source calls the thing that an event is about for good: the
// first identifier with a system; "" for none. England's messages keep it from one
// message to the next, and need not keep the logical id (NEMS, "Identifying
// Information" of each event).
func identifierOf(res *val) (system, value string) {
	for _, id := range res.get("identifier").items() {
		if s, v := id.get("system").str(), id.get("value").str(); s != "" && v != "" {
			return s, v
		}
	}
	return "", ""
}

// find finds the event that the message belongs to: by the id of what it is about, by
// its identifier, or as what wrote the entry of that id. w.held stays nil for a new one.
func (w *work) find() (err error) {
	focus, event := w.m.focus(), byEvent[w.m.Event]
	name := func(parts ...string) record.Key {
		return record.Key{Type: "Provenance", ID: digest(append([]string{"event", w.m.Source, w.child.id, w.m.Event}, parts...)...)}
	}
	if event.person {
		w.thread = name("")
		w.held, err = w.readThread(w.thread)
		return err
	}
	keys := []record.Key{name(focus.id)}
	if system, value := identifierOf(focus.res); value != "" && !event.births {
		keys = append(keys, name("identifier", system, value))
	}
	w.thread = keys[len(keys)-1]
	for _, k := range keys {
		if w.held, err = w.readThread(k); err != nil {
			return err
		}
		if w.held != nil && (!w.d.Sure || !w.another()) {
			w.thread = k
			return nil
		}
		if w.held != nil { // somebody decided that it is another thing: it goes by its id
			w.thread, w.held = keys[0], nil
		}
	}
	return w.findWriter(w.entryKey(focus))
}

// findWriter finds the event of the same kind that wrote an entry.
func (w *work) findWriter(k record.Key) error {
	found, err := w.search("Provenance", search.Pair{Name: "target", Value: k.String()})
	if err != nil {
		return err
	}
	for _, r := range found {
		t, err := w.readThread(r.Key)
		if err != nil {
			return err
		}
		if t != nil && t.focus == k && t.event() == w.m.Event {
			w.thread, w.held = r.Key, t
			return nil
		}
	}
	return nil
}

// event is the kind of event, such as vaccinations-1.
func (t *thread) event() string {
	for _, c := range t.body.get("activity", "coding").items() {
		if c.get("system").str() == events {
			return c.get("code").str()
		}
	}
	return ""
}

// another says whether the message tells as new what was told as new under another
// id, of a kind of event whose changes come as updates: it may be another thing.
func (w *work) another() bool {
	before := slices.ContainsFunc(w.held.messages, func(t told) bool { return t.kind == New })
	return w.m.Kind == New && before && w.held.kind != Delete && byEvent[w.m.Event].updates && w.held.focus != w.entryKey(w.m.focus())
}
