package access

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// Every line is a scope and what it allows on the type, as letters; none for a
// scope that is not granted.
func TestSMARTScopes(t *testing.T) {
	for _, c := range []struct{ scope, level, typ, letters, query string }{
		{"patient/Observation.rs", "patient", "Observation", "rs", ""},
		{"user/*.cruds", "user", "*", "cruds", ""},
		{"system/Patient.s", "system", "Patient", "s", ""},
		{"system/Patient.u", "system", "Patient", "u", ""},
		{"patient/Observation.read", "patient", "Observation", "rs", ""},
		{"patient/*.write", "patient", "*", "cud", ""},
		{"user/Condition.*", "user", "Condition", "cruds", ""},
		{"http://smarthealthit.org/fhir/scopes/patient/Goal.r", "patient", "Goal", "r", ""},
		{"patient/Observation.rs?category=laboratory", "patient", "Observation", "rs", "category=laboratory"},
		{"patient/Observation.rs?category=http://a.example/b|laboratory", "patient", "Observation", "rs", "category=http%3A%2F%2Fa.example%2Fb%7Claboratory"},
		{"patient/Observation.rs?category=http%3A%2F%2Fa.example%2Fb%7Claboratory", "patient", "Observation", "rs", "category=http%3A%2F%2Fa.example%2Fb%7Claboratory"},
		{"patient/Observation.rs?code=b&category=a&code=b", "patient", "Observation", "rs", "category=a&code=b"},

		// Attack 13: what is not understood to the letter is never widened.
		{"patient/*.dus", "", "", "", ""},
		{"patient/Observation.rd.s", "", "", "", ""},
		{"patient/Observation.reads", "", "", "", ""},
		{"patient/Observation.rr", "", "", "", ""},
		{"patient/Observation.sr", "", "", "", ""},
		{"patient/Observation.", "", "", "", ""},
		{"patient/Observation", "", "", "", ""},
		{"patient/Observation.RS", "", "", "", ""},
		{"patient/Observation.rs?", "", "", "", ""},
		{"patient/Observation.rs?category", "", "", "", ""},
		{"patient/Observation.rs?category=", "", "", "", ""},
		{"patient/Observation.rs?=a", "", "", "", ""},
		{"patient/Observation.rs?category=a&", "", "", "", ""},
		{"patient/Observation.rs?category=%zz", "", "", "", ""},
		{"patient/Observation.rs%3Fcategory=a", "", "", "", ""},
		{"patient/Observation.rs?category:in=a", "", "", "", ""},
		{"patient/Observation.rs?category:not=a", "", "", "", ""},
		{"patient/Observation.rs?subject.name=a", "", "", "", ""},
		{"patient/Observation.rs?_has:A:b:c=a", "", "", "", ""},
		{"patient/Observation.rs?_include=*", "", "", "", ""},
		{"patient/Observation.rs?_filter=a", "", "", "", ""},
		{"patient/Observation.read?category=a", "", "", "", ""},
		{"patient/*.rs?category=a", "", "", "", ""},
		{"patient/Obs\u0435rvation.rs", "", "", "", ""}, // a Cyrillic letter
		{"patient/observation.rs", "", "", "", ""},
		{"patient/../Observation.rs", "", "", "", ""},
		{"patient//Observation.rs", "", "", "", ""},
		{"Patient/Observation.rs", "", "", "", ""},
		{"patients/Observation.rs", "", "", "", ""},
		{"none/Observation.rs", "", "", "", ""},
		{"/Observation.rs", "", "", "", ""},
		{"openid", "", "", "", ""},
		{"launch/patient", "", "", "", ""},
		{"", "", "", "", ""},
		{"patient/Observation.rs?category=" + strings.Repeat("a", MaxScopes), "", "", "", ""},
	} {
		s, ok := ParseSMART(c.scope)
		if ok != (c.level != "") || !ok && s != (SMARTScope{}) {
			t.Errorf("%.60q: %+v, %v", c.scope, s, ok)
			continue
		}
		if !ok {
			continue
		}
		typ := s.Type
		if typ == "" {
			typ = "*"
		}
		v1 := s.V1
		s.V1 = false
		if s.Level.String() != c.level || typ != c.typ || s.letters() != c.letters || s.Query != c.query {
			t.Errorf("%q is %+v with letters %s", c.scope, s, s.letters())
		}
		if s.V1 = v1; !strings.HasSuffix(c.scope, strings.SplitN(s.String(), "?", 2)[0]) && s.Query == "" {
			t.Errorf("%q is written as %q", c.scope, s)
		}
	}
}

// Reading one resource takes in its own versions and not those of its type;
// searching the other way round (SMART 2.2.0, "Scopes for requesting FHIR
// Resources", the table of interactions).
func TestLettersAreInteractions(t *testing.T) {
	for letters, want := range map[string]Verb{
		"c": Create, "r": Read | History, "u": Update, "d": Delete, "s": Search | TypeHistory,
	} {
		s, _ := ParseSMART("system/Goal." + letters)
		if s.Verbs != want {
			t.Errorf("%s allows %v, want %v", letters, s.Verbs, want)
		}
	}
	s, _ := ParseSMART("system/*.cruds")
	if s.Verbs.String() != (AllVerbs &^ Follow).String() {
		t.Errorf("cruds allows %v", s.Verbs)
	}
}

func TestScopesAreWithinOthers(t *testing.T) {
	for _, c := range []struct {
		scope, wider string
		want         bool
	}{
		{"patient/Observation.rs", "patient/Observation.rs", true},
		{"patient/Observation.r", "patient/*.read", true},
		{"patient/Observation.rs?category=a", "patient/Observation.rs", true},
		{"patient/Observation.rs?category=a&code=b", "patient/Observation.rs?category=a", true},
		{"patient/Observation.rs", "patient/Observation.r patient/Observation.s", true},
		{"patient/Observation.rs", "patient/Observation.rs?category=a", false}, // attack 9
		{"patient/Observation.rs?category=a", "patient/Observation.rs?category=b", false},
		{"patient/*.rs", "patient/Observation.rs", false},
		{"user/Observation.rs", "patient/Observation.rs", false},
		{"patient/Observation.cruds", "patient/Observation.rs", false},
	} {
		s, ok := ParseSMART(c.scope)
		var wider []SMARTScope
		for w := range strings.FieldsSeq(c.wider) {
			one, _ := ParseSMART(w)
			wider = append(wider, one)
		}
		if got := s.Within(wider); !ok || got != c.want {
			t.Errorf("%q within %q is %v", c.scope, c.wider, got)
		}
	}
	if (SMARTScope{}).Within([]SMARTScope{{}}) {
		t.Error("no scope is within no scope")
	}
}

// What is written is read again as the same, and allows the same.
func TestScopesComeBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`(patient|user|system)/(\*|Goal|Task)\.(c?r?u?d?s?|read|write|\*)(\?[a-c]=[!-~]{1,5})?`).Draw(t, "scope")
		s, ok := ParseSMART(text)
		if !ok {
			return
		}
		again, ok := ParseSMART(s.String())
		if !ok || again != s {
			t.Fatalf("%q is %+v, and %q is %+v", text, s, s.String(), again)
		}
		if s.Rights().Empty() || !s.Within([]SMARTScope{s}) {
			t.Fatalf("%q allows %v", text, s.Rights())
		}
	})
}

// Attack 15: a scope about a patient gives nothing where no patient was chosen.
// Scopes of programs give nothing to people.
func TestAttack15ABoundWithoutAPatient(t *testing.T) {
	var scopes []SMARTScope
	for _, text := range []string{"patient/Observation.rs", "user/Goal.r", "system/Task.cruds", "patient/*.read"} {
		s, ok := ParseSMART(text)
		if !ok {
			t.Fatal(text)
		}
		scopes = append(scopes, s)
	}
	if got := Bound(scopes, ""); got != OneType("Goal", Read|History) {
		t.Errorf("without a patient they allow %v", got)
	}
	if got := Bound(scopes, "p"); !got.Allows(Read|Search, "Observation") || !got.Allows(Read, "Goal") || got.Allows(Create, "Task") {
		t.Errorf("with a patient they allow %v", got)
	}
	if got := Bound(nil, "p"); !got.Empty() {
		t.Errorf("no scopes allow %v", got)
	}
}

func FuzzParseSMART(f *testing.F) {
	for _, s := range []string{"patient/Observation.rs?category=a%20b", "user/*.read", "system/A.cruds?_id=1&_tag=x|y"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, ok := ParseSMART(text)
		if !ok {
			return
		}
		if again, ok := ParseSMART(s.String()); !ok || again != s || s.Rights().Empty() {
			t.Fatalf("%q is %+v, and then %+v", text, s, again)
		}
	})
}
