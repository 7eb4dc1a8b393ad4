package book

import (
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
)

// A note waits until it is answered by name, or by an answer that names none and came
// later; what came meanwhile, was changed since, or is answered by nobody who is known
// as staff goes on waiting.
func TestWhichNotesWait(t *testing.T) {
	note := func(id, from string, minute int, answers ...string) *fhir.Tree {
		n := Note("words of "+id, "2026-05-03T14:00:00Z", answers...)
		if id == "read" {
			n = NoteRead("2026-05-03T14:00:00Z", answers...)
		}
		n["id"], n["sender"] = id, map[string]string{"reference": from + "/x"}
		n["meta"].(map[string]any)["lastUpdated"] = fmt.Sprintf("2026-05-03T14:%02d:00.000Z", minute)
		b, err := json.Marshal(n)
		if err != nil {
			t.Fatal(err)
		}
		return tree(t, string(b))
	}
	const family, parent, staff = "Patient", "RelatedPerson", "Practitioner"
	a, b := note("a", family, 1), note("b", parent, 3)
	for name, c := range map[string]struct {
		all  []*fhir.Tree
		want []string
	}{
		"none":                      {nil, nil},
		"two":                       {[]*fhir.Tree{b, a}, []string{"b", "a"}},
		"one answered by name":      {[]*fhir.Tree{note("s", staff, 4, "a"), b, a}, []string{"b"}},
		"both read":                 {[]*fhir.Tree{note("read", staff, 4, "a", "b"), b, a}, nil},
		"answered without a name":   {[]*fhir.Tree{note("s", staff, 2), b, a}, []string{"b"}},
		"changed since":             {[]*fhir.Tree{note("a", family, 9), note("s", staff, 4, "a")}, []string{"a"}},
		"answered in the same tick": {[]*fhir.Tree{note("s", staff, 1, "a"), a}, nil},
		"staff alone":               {[]*fhir.Tree{note("s", staff, 1)}, nil},
		"by nobody of staff":        {[]*fhir.Tree{note("forged", staff, 4, "a"), a}, []string{"a"}},
	} {
		var got []string
		for _, n := range Waiting(c.all, func(id string) bool { return id != "forged" }) {
			got = append(got, n.Root().Get("id").Str())
		}
		if !slices.Equal(got, c.want) {
			t.Errorf("%s: %q wait, want %q", name, got, c.want)
		}
	}
	if wrong := tree(t, `{"resourceType":"Communication","status":"entered-in-error","sender":{"reference":"Patient/x"},"payload":[{"contentString":"x"}]}`); len(Waiting([]*fhir.Tree{wrong}, nil)) != 0 || Speaks(wrong) {
		t.Error("a note that was a mistake waits")
	}
	if !IsNote(a) || IsNote(tree(t, `{"resourceType":"Communication","meta":{"tag":[{"system":"urn:bevan:child","code":"diary"}]}}`)) {
		t.Error("what is a note is not told by its tag")
	}
}
