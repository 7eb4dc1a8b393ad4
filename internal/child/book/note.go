package book

import (
	"strings"

	"github.com/bevanhealth/bevan/fhir"
)

// NoteTag marks notes between a family and those who look after the child.
const NoteTag = "note"

// MostNote bounds a note, in letters.
const MostNote = 4_000

// Note is a Communication that was sent, without who it is about and who sends it.
func Note(text, sent string, answers string) map[string]any {
	out := map[string]any{"resourceType": "Communication", "status": "completed", "sent": sent, "payload": []any{map[string]string{"contentString": text}},
		"meta": map[string]any{"tag": []any{map[string]string{"system": Own, "code": NoteTag}}}}
	if answers != "" {
		out["inResponseTo"] = []any{map[string]string{"reference": "Communication/" + answers}}
	}
	return out
}

// FromFamily says whether a note was sent by the family and not by staff.
func FromFamily(t *fhir.Tree) bool {
	from := t.Root().Get("sender").Get("reference").Str()
	return strings.HasPrefix(from, "RelatedPerson/") || strings.HasPrefix(from, "Patient/")
}

// NoteText is what a note says.
func NoteText(t *fhir.Tree) string { return t.Root().Get("payload").At(0).Get("contentString").Str() }

// Waits is the newest note, where it is the family's: nobody has answered it. The
// notes are the newest first.
func Waits(all []*fhir.Tree) (id string, waits bool) {
	for _, t := range all {
		if wrong(t.Root()) {
			continue
		}
		return t.Root().Get("id").Str(), FromFamily(t)
	}
	return "", false
}
