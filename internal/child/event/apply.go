package event

import (
	"context"
	"slices"
	"time"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// Session is what taking a message needs of a record session.
type Session interface {
	Read(ctx context.Context, k record.Key, version int64) (record.Resource, error)
	Search(ctx context.Context, q search.Query, cursor string) (record.Page, error)
	Transact(ctx context.Context, ops []record.Op) ([]record.Outcome, error)
	Registry() *search.Registry
}

// State is what became of a message.
type State string

// The states.
const (
	Applied State = "applied" // the record is now as the message says
	Same    State = "same"    // it was applied before; nothing was changed
	Late    State = "late"    // a later one of the same event was there; nothing was changed
	Waiting State = "waiting" // it was not taken, and waits for a person
)

// Decision is what a person decided about a message that waited.
type Decision struct {
	// Sure says that somebody looked at what was in doubt, and that it is to be
	// taken as it is.
	Sure bool
	// Patient is the id of the record that it is about; "" for the one that is found.
	Patient string
}

// Result is what was done.
type Result struct {
	State   State
	Patient string
	// Event is the Provenance of the event: what its last message wrote, and which
	// messages there were.
	Event record.Key
	Keys  []record.Key // what was written
}

// work is one message on its way into the record.
type work struct {
	ctx context.Context
	s   Session
	m   *Message
	d   Decision
	now time.Time

	child  *person
	mother *person // nil but for a birth
	thread record.Key
	held   *thread // nil for the first message of an event

	keys  map[*entry]record.Key
	wrote map[record.Key]bool
	ops   []record.Op
	about map[string][]record.Key // what was written, by the record that it lies in
	shelf map[*entry]bool         // entries that are being put on the shelf
}

// Apply takes a message into the record, whole or not at all. A *Refusal says why it
// is not taken; any other error is that of the record, and it may be tried again.
func Apply(ctx context.Context, s Session, m *Message, d Decision, now time.Time) (Result, error) {
	if len(m.doubts) > 0 && !d.Sure {
		return Result{}, m.doubts[0]
	}
	for try := 0; ; try++ {
		w := &work{ctx: ctx, s: s, m: m, d: d, now: now, keys: map[*entry]record.Key{}, wrote: map[record.Key]bool{}, about: map[string][]record.Key{}, shelf: map[*entry]bool{}}
		res, err := w.apply()
		// Somebody else wrote what this was worked out on.
		if err != nil && problem.Is(err, problem.PreconditionFailed) && try < 5 {
			continue
		}
		return res, err
	}
}

func (w *work) apply() (Result, error) {
	if err := w.people(); err != nil {
		return Result{}, err
	}
	state, err := w.order()
	res := Result{State: state, Patient: w.child.id, Event: w.thread}
	if err != nil || state != Applied {
		return res, err
	}
	if err := w.write(); err != nil {
		return Result{}, err
	}
	if _, err := w.s.Transact(w.ctx, w.ops); err != nil {
		return Result{}, err
	}
	for _, op := range w.ops {
		res.Keys = append(res.Keys, op.Key)
	}
	return res, nil
}

// order finds the event that the message belongs to, and says whether it is the next
// one of it.
func (w *work) order() (State, error) {
	if err := w.find(); err != nil || w.held == nil {
		if err == nil && w.child.byNumber {
			err = w.m.at(NoChild, w.m.entries[0].place("extension"), "The message gives an NHS number and nothing else of the person, and is about nothing that the record holds from this source.")
		}
		return Applied, err
	}
	for _, told := range w.held.messages {
		if told.id == w.m.ID && told.kind == w.m.Kind {
			if told.hash == w.m.Hash {
				return Same, nil
			}
			if w.d.Sure {
				break
			}
			return Waiting, w.m.at(Again, w.m.entries[0].place("id"), "A message with this number was taken before and said something else. Ask the source which one is right.")
		}
	}
	if w.another() {
		return Waiting, w.m.at(Order, w.m.focus().place("identifier"), "Something came before as new that has this identifier and another id. Ask the source whether they are one. If it is taken as it is, both are kept.")
	}
	return w.follows()
}

// follows compares with the last message of the event.
func (w *work) follows() (State, error) {
	last := w.held
	order := w.m.Published.Compare(last.published)
	if order == 0 && !w.d.Sure {
		order = rank[w.m.Kind] - rank[last.kind]
		if order == 0 {
			return Waiting, w.m.at(Order, w.m.entries[0].place("meta.lastUpdated"), "Another message about the same event was published at the same time, so it is not clear which one is newer.")
		}
	}
	switch {
	case order < 0:
		return Late, nil
	case last.kind == Delete && w.m.Kind == Update && !w.d.Sure:
		return Waiting, w.m.at(Order, w.m.entries[0].place("extension"), "The message changes an event that was deleted. Ask the source whether it stands.")
	}
	return Applied, nil
}

// write works out everything that is written.
func (w *work) write() error {
	event := byEvent[w.m.Event]
	if w.m.Kind == Delete && (event.person || event.births) { // whatever a person decided
		return w.m.at(Order, w.m.entries[0].place("extension"), "What is known of a person is not taken back by a message. Correct it in the record, or ask the source for an update.")
	}
	if err := w.place(); err != nil {
		return err
	}
	for _, e := range w.m.entries[1:] {
		if err := w.entry(e); err != nil {
			return err
		}
	}
	if err := w.patients(event); err != nil {
		return err
	}
	if err := w.mistaken(); err != nil {
		return err
	}
	return w.provenances()
}

// entry writes one resource of the message, patients apart.
func (w *work) entry(e *entry) error {
	if e.typ == "Patient" || w.wrote[w.keys[e]] {
		return nil
	}
	if w.m.Kind == Delete && !directory[e.typ] && (w.held == nil || e != w.m.focus() || subjectOf(e.res) == nil || e.typ == "Encounter") {
		return nil // a delete shows what is deleted, and not all of it, and makes nothing; a contact may be shared (mistaken)
	}
	if directory[e.typ] {
		_, err := w.shelve(e)
		return err
	}
	if k := w.keys[e]; e.typ == "Encounter" && w.newer(k) {
		w.wrote[k] = true
		w.about[w.child.id] = append(w.about[w.child.id], k)
		return nil
	}
	res, err := w.converted(e)
	if err != nil {
		return err
	}
	return w.put(e, w.keys[e], res, record.Op{}, w.ownerOf(e))
}

// newer says whether a contact that several events share was told of by a later
// message of another event: what it says stays.
func (w *work) newer(k record.Key) bool {
	if w.held != nil && slices.Contains(w.held.targets, k) {
		return false
	}
	_, body, err := w.current(k)
	if err != nil || body == nil || body.get("status").str() == "entered-in-error" { // one that an event needs was no mistake
		return false
	}
	for _, x := range body.get("extension").items() {
		if x.get("url").str() == toldAt {
			at, ok := instant(x.get("valueString").str())
			return ok && at.After(w.m.Published)
		}
	}
	return false
}

// put adds a write, once what is written is valid.
func (w *work) put(e *entry, k record.Key, res *val, op record.Op, owner string) error {
	tree, err := res.tree()
	if err != nil {
		return w.m.at(Partly, e.place(""), "The resource can not be kept.")
	}
	if bad := w.faults(e, tree); bad != nil {
		return bad
	}
	op.Method, op.Key, op.Body = record.Put, k, tree
	w.ops = append(w.ops, op)
	w.wrote[k] = true
	w.about[owner] = append(w.about[owner], k)
	return nil
}

// mistaken marks what the event wrote before and the message no longer says as
// entered in error: the history keeps it. What was told of a person before was none:
// where somebody was registered stays true after they moved.
func (w *work) mistaken() error {
	if w.held == nil || byEvent[w.m.Event].person {
		return nil
	}
	for _, k := range w.held.targets {
		if w.wrote[k] || k.Type == "Patient" || k.Type == "Provenance" || directory[k.Type] {
			continue
		}
		if err := w.mistake(k); err != nil {
			return err
		}
	}
	return nil
}

func (w *work) mistake(k record.Key) error {
	shared, err := w.sharedWithOther(k)
	if err != nil || shared {
		return err
	}
	version, body, err := w.current(k)
	if err != nil || body == nil {
		return err
	}
	if k.Type == "RelatedPerson" {
		body.set("active", parsed("false"))
	} else {
		body.set("status", str("entered-in-error"))
	}
	for _, x := range body.get("extension").items() {
		if x.get("url").str() == toldAt {
			x.set("valueString", str(w.m.publishedText()))
		}
	}
	return w.put(w.m.entries[0], k, body, record.Op{IfMatch: version}, w.child.id)
}

// sharedWithOther says whether another event of the child, which was not deleted,
// is about the same contact.
func (w *work) sharedWithOther(k record.Key) (bool, error) {
	if k.Type != "Encounter" {
		return false, nil
	}
	found, err := w.search("Provenance", search.Pair{Name: "target", Value: k.String()})
	if err != nil {
		return false, err
	}
	for _, r := range found {
		if r.Key == w.thread {
			continue
		}
		other, err := w.readThread(r.Key)
		if err != nil {
			return false, err
		}
		if other != nil && other.kind != Delete {
			return true, nil
		}
	}
	return false, nil
}
