package book

import (
	"slices"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
)

// NoteTag marks notes between a family and those who look after the child.
const NoteTag = "note"

// MostNote bounds a note, in letters.
const MostNote = 4_000

// Note is a Communication that was sent, without who it is about and who sends it.
// It answers the notes with some ids.
func Note(text, sent string, answers ...string) map[string]any {
	out := noteOf(sent, answers)
	out["payload"] = []any{map[string]string{"contentString": text}}
	return out
}

// NoteRead says that some notes were read: a note without words that says when what
// it answers was received (FHIR R4, Communication.received). It lies beside what the
// family wrote, which stays as they wrote it.
func NoteRead(at string, read ...string) map[string]any {
	out := noteOf(at, read)
	out["received"] = at
	return out
}

func noteOf(sent string, answers []string) map[string]any {
	out := map[string]any{"resourceType": "Communication", "status": "completed", "sent": sent,
		"meta": map[string]any{"tag": []any{map[string]string{"system": Own, "code": NoteTag}}}}
	var all []any
	for _, id := range answers {
		all = append(all, map[string]string{"reference": "Communication/" + id})
	}
	if all != nil {
		out["inResponseTo"] = all
	}
	return out
}

// IsNote says whether an entry is one of the notes.
func IsNote(t *fhir.Tree) bool {
	for tag := range t.Root().Get("meta").Get("tag").Items() {
		if tag.Get("system").Is(Own) && tag.Get("code").Is(NoteTag) {
			return true
		}
	}
	return false
}

// FromFamily says whether a note was sent by the family and not by staff.
func FromFamily(t *fhir.Tree) bool {
	from := t.Root().Get("sender").Get("reference").Str()
	return strings.HasPrefix(from, "RelatedPerson/") || strings.HasPrefix(from, "Patient/")
}

// Speaks says whether a note is meant to be read: it has words, and nobody marked it
// as wrong.
func Speaks(t *fhir.Tree) bool { return !wrong(t.Root()) && NoteText(t) != "" }

// NoteText is what a note says; "" for one that says only that others were read.
func NoteText(t *fhir.Tree) string { return t.Root().Get("payload").At(0).Get("contentString").Str() }

// Waiting are the family's notes that nobody has answered or marked as read, in the
// order in which they are given. An answer that names notes ends the waiting of
// these alone: what came while it was written goes on waiting. One that names none
// ends it for all before it. Before and after go by when this server wrote a note
// down, and not by what the note says of it: a family whose clock is wrong, or who
// changes a note after it was read, is not passed over.
//
// written says whether a note that names one of staff was written by them; nil
// believes it of all.
func Waiting(all []*fhir.Tree, written func(id string) bool) (waiting []*fhir.Tree) {
	var answers []*fhir.Tree
	for _, t := range all {
		if n := t.Root(); !FromFamily(t) && !wrong(n) && (written == nil || written(n.Get("id").Str())) {
			answers = append(answers, t)
		}
	}
	for _, t := range all {
		if FromFamily(t) && Speaks(t) && !slices.ContainsFunc(answers, func(a *fhir.Tree) bool { return answersIt(a, t) }) {
			waiting = append(waiting, t)
		}
	}
	return waiting
}

func answersIt(answer, note *fhir.Tree) bool {
	if Written(answer).Before(Written(note)) {
		return false
	}
	named := answer.Root().Get("inResponseTo")
	for r := range named.Items() {
		if r.Get("reference").Is("Communication/" + note.Root().Get("id").Str()) {
			return true
		}
	}
	return named.Len() == 0
}

// Written is when this server wrote an entry down; the zero time where it does not say.
func Written(t *fhir.Tree) time.Time {
	at, _ := time.Parse(time.RFC3339Nano, t.Root().Get("meta").Get("lastUpdated").Str())
	return at
}
