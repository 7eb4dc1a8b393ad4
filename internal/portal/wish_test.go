package portal

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// ticksBut ticks every box that the page ticks at first, but those with one of
// the keys.
func ticksBut(w wish, but ...string) func(string) bool {
	all, _ := w.boxes()
	ticked := map[string]bool{}
	for _, b := range all {
		ticked[b.key()] = !b.part && !slices.Contains(but, b.key())
	}
	return func(k string) bool { return ticked[k] }
}

func TestWhatIsLeftOfAWish(t *testing.T) {
	for _, c := range []struct {
		name, asked string
		own         bool
		untick      []string
		want        string
	}{
		{"all of it", "patient/Observation.rs patient/Condition.cruds", false, nil, "patient/Observation.rs patient/Condition.cruds"},
		{"one type less", "patient/Observation.rs patient/Condition.rs", false, []string{"patient/Condition.look"}, "patient/Observation.rs"},
		{"looking and no writing", "patient/Observation.cruds", false, []string{"patient/Observation.write"}, "patient/Observation.rs"},
		{"writing and no looking", "patient/Observation.cruds", false, []string{"patient/Observation.look"}, "patient/Observation.cud"},
		{"the first form stays the first", "patient/Observation.* patient/Goal.read", false, []string{"patient/Observation.write"}, "patient/Observation.read patient/Goal.read"},
		{"writing of the first form", "patient/Observation.*", false, []string{"patient/Observation.look"}, "patient/Observation.write"},
		{"everything", "patient/*.rs", false, nil, "patient/*.rs"},
		{"a part of a type", "patient/Observation.rs?category=http://terminology.hl7.org/CodeSystem/observation-category|laboratory patient/Observation.rs", false,
			[]string{"patient/Observation.look"}, "patient/Observation.rs?category=http%3A%2F%2Fterminology.hl7.org%2FCodeSystem%2Fobservation-category%7Claboratory"},
		{"one box for both levels", "patient/Goal.rs user/Goal.rs user/Task.r", true, []string{"none/Goal.look"}, "user/Task.r"},
		{"levels by themselves", "patient/Goal.rs user/Goal.rs", false, []string{"user/Goal.look"}, "patient/Goal.rs"},
		{"a type that there is not", "patient/Nonsense.rs patient/Goal.r", false, nil, "patient/Goal.r"},
		{"nothing", "patient/*.cruds", false, []string{"*"}, ""},
	} {
		w := newWish(c.asked, c.own, access.PatientLevel, access.UserLevel)
		ticked := ticksBut(w, c.untick...)
		if slices.Contains(c.untick, "*") {
			ticked = func(string) bool { return false }
		}
		if got := strings.Join(w.granted(ticked), " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// Of everything but one kind, a list of all others is left, in either form; and
// without the rest, only what has a box of its own.
func TestEverythingButOneKind(t *testing.T) {
	for _, asked := range []string{"patient/*.rs", "patient/*.read"} {
		w := newWish(asked, false, access.PatientLevel)
		got := w.granted(ticksBut(w, "patient/Condition.look"))
		suffix := strings.TrimPrefix(asked, "patient/*")
		if len(got) != len(spec.Resources())-1 || !slices.Contains(got, "patient/Observation"+suffix) || !slices.Contains(got, "patient/Practitioner"+suffix) {
			t.Errorf("%s: %v", asked, got)
		}
		for _, s := range got {
			if strings.HasPrefix(s, "patient/Condition.") || strings.HasPrefix(s, "patient/*") {
				t.Errorf("%s: %s is left", asked, s)
			}
		}
		if text := strings.Join(got, " "); len(text) > access.MaxScopes || !client.ScopesWithin(text, asked) {
			t.Errorf("%s: %d bytes", asked, len(text))
		}
		if got := w.granted(ticksBut(w, "patient/*.look")); len(got) != len(aboutSomebody()) || slices.Contains(got, "patient/Practitioner"+suffix) {
			t.Errorf("%s without the rest: %v", asked, got)
		}
	}
}

// A part of a kind that is asked for as a whole can be given in its place.
func TestAPartInPlaceOfTheWhole(t *testing.T) {
	for _, asked := range []string{"patient/Observation.rs patient/Goal.rs", "patient/*.rs"} {
		w := newWish(asked, false, access.PatientLevel)
		lab := "patient/Observation.look?" + partsOf["Observation"][0]
		if ticksBut(w)(lab) {
			t.Errorf("%s: a part is ticked at first", asked)
		}
		rest := ticksBut(w, "patient/Observation.look")
		got := strings.Join(w.granted(func(k string) bool { return k == lab || rest(k) }), " ")
		if !strings.Contains(got, "patient/Observation.rs?category=") || !strings.Contains(got, "patient/Goal.rs") || strings.Contains(got, "patient/Observation.rs ") || !client.ScopesWithin(got, asked) {
			t.Errorf("%s: %s", asked, got)
		}
	}
	if all, _ := newWish("patient/Observation.read", false, access.PatientLevel).boxes(); len(all) != 1 {
		t.Errorf("the first form has no parts: %v", all)
	}
}

// Whatever is asked and ticked: what is left is within what was asked, and
// allows a verb on a type exactly where a plain reading of the boxes does.
func TestWhatIsLeftAgreesWithAPlainReading(t *testing.T) {
	types := []string{"*", "Observation", "Condition", "Goal", "Practitioner"}
	tails := []string{"r", "rs", "cruds", "cud", "s", "u", "read", "write", "*"}
	rapid.Check(t, func(t *rapid.T) {
		var asked []string
		for range rapid.IntRange(1, 5).Draw(t, "scopes") {
			s := rapid.SampledFrom([]string{"patient/", "user/"}).Draw(t, "level") + rapid.SampledFrom(types).Draw(t, "type") + "." + rapid.SampledFrom(tails).Draw(t, "tail")
			if rapid.IntRange(0, 3).Draw(t, "part") == 0 {
				s = "patient/Observation.rs?" + rapid.SampledFrom(append(partsOf["Observation"][:2:2], "code=x")).Draw(t, "query")
			}
			asked = append(asked, s)
		}
		w := newWish(strings.Join(asked, " "), rapid.Bool().Draw(t, "own"), access.PatientLevel, access.UserLevel)
		all, _ := w.boxes()
		ticked := map[string]bool{}
		for _, b := range all {
			ticked[b.key()] = rapid.Bool().Draw(t, b.key())
		}
		got := strings.Join(w.granted(func(k string) bool { return ticked[k] }), " ")
		if !client.ScopesWithin(got, strings.Join(asked, " ")) {
			t.Fatalf("%v: %s is more", asked, got)
		}
		var have []access.SMARTScope
		for text := range strings.FieldsSeq(got) {
			s, ok := access.ParseSMART(text)
			if !ok {
				t.Fatalf("%q is no scope", text)
			}
			have = append(have, s)
		}
		for _, level := range []access.Level{access.PatientLevel, access.UserLevel} {
			for _, typ := range []string{"Observation", "Condition", "Goal", "Practitioner", "Slot", "Task"} {
				for _, v := range []access.Verb{access.Read, access.Search, access.Create, access.Update, access.Delete} {
					one := access.SMARTScope{Level: level, Type: typ, Verbs: v}
					if want := plainly(w, ticked, level, typ, v); one.Within(have) != want {
						t.Fatalf("%v with %v gives %s: %v on %s of %v should be %v", asked, ticked, got, v, typ, level, want)
					}
				}
			}
		}
	})
}

// plainly says whether a verb on all of a type is left, by looking at each scope
// and its box.
func plainly(w wish, ticked map[string]bool, level access.Level, typ string, v access.Verb) bool {
	name := level.String()
	if w.own {
		name = "none"
	}
	tail := ".look"
	if v&access.Looking == 0 {
		tail = ".write"
	}
	for _, s := range w.scopes {
		if s.Level != level || s.Verbs&v != v || s.Query != "" || s.Type != "" && s.Type != typ {
			continue
		}
		if on, there := ticked[name+"/"+typ+tail]; there {
			if on {
				return true
			}
			continue
		}
		if ticked[name+"/*"+tail] {
			return true
		}
	}
	return false
}
