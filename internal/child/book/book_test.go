package book

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
)

func tree(t testing.TB, text string) *fhir.Tree {
	t.Helper()
	out, err := fhir.Parse([]byte(text), fhir.DefaultLimits)
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return out
}

// The files say who made them and that nobody signed them off, and each fact can
// be written and is read back as what was said.
func TestWhatIsWrittenIsRead(t *testing.T) {
	rules := Published()
	if rules.SignedOff != nil || PublishedProgramme().SignedOff != nil {
		t.Error("rules are signed off, and nobody did that")
	}
	n := 0
	for _, part := range rules.Parts {
		for _, f := range part.Facts {
			said := []Said{{Fact: f, Number: "39", Label: "x", Text: "y"}}
			if f.Kind == Choice {
				said = nil
				for _, a := range f.Set() {
					said = append(said, Said{Fact: f, Answer: a.ID, Label: "x", Text: "y"})
				}
			}
			for _, s := range said {
				e := s.Entry()
				day := "2026-01-05"
				if f.From > 0 {
					day = "2026-02-20"
				}
				e["effectiveDateTime"] = day
				src, err := json.Marshal(e)
				if err != nil {
					t.Fatal(err)
				}
				known := rules.Gather([]*fhir.Tree{tree(t, string(src))}, "2026-01-01", part.ID)
				got, ok := known[f.Name()]
				if !ok || got.Answer != s.Answer || got.At != day || len(known) != 1 {
					t.Errorf("%s: %+v of %s", f.Name(), known, src)
				}
				n++
			}
		}
	}
	if n < 100 {
		t.Errorf("only %d answers were tried", n)
	}
}

func TestTheNewestCountsAndWhatIsWrongDoesNot(t *testing.T) {
	entry := func(status, day, answer string) *fhir.Tree {
		return tree(t, `{"resourceType":"Observation","status":"`+status+`","code":{"coding":[{"system":"urn:bevan:child","code":"hips"}]},"effectiveDateTime":"`+day+`","valueCodeableConcept":{"coding":[{"system":"urn:bevan:child:answer","code":"`+answer+`"}]}}`)
	}
	all := []*fhir.Tree{entry("final", "2026-01-02", "as-expected"), entry("final", "2026-01-03", "look-again"), entry("entered-in-error", "2026-01-04", "as-expected"), entry("final", "2026-02-20", "declined"), entry("final", "2025-12-31", "declined")}
	for range 5 {
		all = append(all[1:], all[0])
		known := Published().Gather(all, "2026-01-01", "newborn-exam", "weeks-exam")
		if a, b := known["newborn-exam/hips"].Answer, known["weeks-exam/hips"].Answer; a != "look-again" || b != "declined" || len(known) != 2 {
			t.Errorf("newborn %q, weeks %q of %d", a, b, len(known))
		}
		if known := Published().Gather(all, "", "newborn-exam", "weeks-exam"); len(known) != 1 || known["newborn-exam/hips"].At != "2026-02-20" {
			t.Errorf("without a day of birth: %+v", known)
		}
	}
}

// A check about which something is still to be done is known as such; an answer
// that nobody knows is no answer that all is well.
func TestWhatIsStillToBeDoneIsOpen(t *testing.T) {
	for answer, open := range map[string]bool{"as-expected": false, "declined": false, "look-again": true, "not-examined": true, "something-else": true} {
		entry := tree(t, `{"resourceType":"Observation","status":"final","code":{"coding":[{"system":"urn:bevan:child","code":"hips"}]},"effectiveDateTime":"2026-01-02","valueCodeableConcept":{"coding":[{"system":"urn:bevan:child:answer","code":"`+answer+`"}]}}`)
		known := Published().Gather([]*fhir.Tree{entry}, "2026-01-01", "newborn-exam")
		if found, ok := known["newborn-exam/hips"]; !ok || found.Open() != open {
			t.Errorf("%s: %v %v", answer, ok, found.Open())
		}
	}
	for _, f := range Published().Part("birth").Facts {
		if (Found{Fact: f}).Open() {
			t.Errorf("%s is no check", f.ID)
		}
	}
}

func TestFilesThatCanNotBeReadAreRefused(t *testing.T) {
	for _, change := range [][2]string{{`"version": "3"`, `"version": ""`}, {`"effective": "2026-11-26"`, `"effective": "soon"`}, {`"kind": "score"`, `"kind": "guess"`}, {`"sct|314081000"`, `"nowhere|1"`},
		{`"answers": "spot"`, `"answers": "none"`}, {`"id": "birth"`, `"name": "birth"`}, {`"low": 154, `, `"low": 999, `}} {
		src := strings.Replace(string(factsFile), change[0], change[1], 1)
		if src == string(factsFile) {
			t.Fatalf("%s is not in the file", change[0])
		}
		if _, err := ReadFacts([]byte(src)); err == nil {
			t.Errorf("%s is taken", change[1])
		}
	}
	for _, change := range [][2]string{{`"kind": "mandated"`, `"kind": "maybe"`}, {`"dch|006"`, `"dch"`}, {`"to": {"days": 3}`, `"to": {"days": -3}`}, {`"signedOff": null`, `"signed": true`}} {
		src := strings.Replace(string(programmeFile), change[0], change[1], 1)
		if _, err := ReadProgramme([]byte(src)); err == nil || src == string(programmeFile) {
			t.Errorf("%s is taken", change[1])
		}
	}
}

// Each contact begins and ends on its day: the day before it is to come, on both
// days it is due, the day after it has passed.
func TestContactsBeginAndEndOnTheirDays(t *testing.T) {
	born := time.Date(2025, 1, 31, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct{ id, from, to string }{
		{"nipe-newborn", "2025-01-31", "2025-02-03"}, {"blood-spot", "2025-02-05", "2025-02-08"}, {"hearing", "2025-01-31", "2025-03-07"}, {"new-birth", "2025-02-10", "2025-02-14"},
		{"six-weeks", "2025-03-14", "2025-03-28"}, {"nipe-weeks", "2025-03-14", "2025-03-28"}, {"three-months", "2025-04-30", "2025-05-31"}, {"six-months", "2025-07-31", "2025-08-31"},
		{"one-year", "2025-10-31", "2026-01-31"}, {"two-years", "2027-01-31", "2027-07-31"}, {"reception", "2029-01-31", "2031-01-31"}, {"year-six", "2035-01-31", "2037-01-31"},
	} {
		at := func(day string, off int) string {
			d, _ := time.Parse(time.DateOnly, day)
			for _, s := range PublishedProgramme().Stand("2025-01-31", d.AddDate(0, 0, off), nil, nil) {
				if s.Contact.ID == c.id {
					return s.State
				}
			}
			return ""
		}
		want := []string{Coming, Due, Due, Passed}
		if c.from == "2025-01-31" {
			want[0] = Coming // before birth nothing is due
		}
		got := []string{at(c.from, -1), at(c.from, 0), at(c.to, 0), at(c.to, 1)}
		for i := range want {
			if got[i] != want[i] {
				t.Errorf("%s: %v, want %v", c.id, got, want)
				break
			}
		}
	}
	if s := (Span{Months: 1}).After(born); s.Format(time.DateOnly) != "2025-02-28" {
		t.Errorf("31 January and a month is %s", s)
	}
	for _, s := range PublishedProgramme().Stand("", born, nil, nil) {
		if s.State != Unknown {
			t.Errorf("%s without a day of birth is %s", s.Contact.ID, s.State)
		}
	}
}

func TestVisitsAreTheContactsThatTheySay(t *testing.T) {
	visit := func(status, day, system, code, why string) *fhir.Tree {
		return tree(t, fmt.Sprintf(`{"resourceType":"Encounter","status":%q,"type":[{"coding":[{"system":%q,"code":%q}]}],"reasonCode":[{"coding":[{"system":"https://bevan.example/codes/reason","code":%q}]}],"period":{"start":%q}}`, status, system, code, why, day))
	}
	today := time.Date(2026, 5, 3, 0, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		visit *fhir.Tree
		want  string
	}{
		{visit("finished", "2026-01-20", ContactSystem, "one-year", ""), "one-year"},
		{visit("finished", "2025-05-05", "https://fhir.nhs.uk/STU3/CodeSystem/DCH-ChildHealthEncounterType-1", "007", ""), "hearing"},
		{visit("finished", "2025-06-20", "x", "y", "child-health-review"), "six-weeks"},
		{visit("finished", "2026-05-01", "x", "y", "child-health-review"), "one-year"},
		{visit("finished", "2026-12-01", "x", "y", "child-health-review"), ""},
		{visit("planned", "2026-01-20", ContactSystem, "one-year", ""), ""},
		{visit("finished", "2026-01-20", "x", "y", "another"), ""},
		{visit("finished", "", "x", "y", "child-health-review"), ""},
	} {
		got := ""
		for _, s := range PublishedProgramme().Stand("2025-05-03", today, []*fhir.Tree{c.visit}, nil) {
			if s.State == Done {
				got += s.Contact.ID
			}
		}
		if got != c.want {
			t.Errorf("%s is %q, want %q", c.visit.Bytes(), got, c.want)
		}
	}
	next, ok := Next(PublishedProgramme().Stand("2025-05-03", today, nil, nil))
	if !ok || next.Contact.ID != "one-year" || next.State != Due {
		t.Errorf("next is %+v", next)
	}
	if _, ok := Next(PublishedProgramme().Stand("1990-05-03", today, nil, nil)); ok {
		t.Error("something is due for a grown-up")
	}
}

func TestAgesAndGestations(t *testing.T) {
	if n, ok := AgeAt("2026-01-01", "2026-02-01T10:00:00Z"); n != 31 || !ok {
		t.Errorf("%d days", n)
	}
	if _, ok := AgeAt("2026-01", "2026-02-01"); ok {
		t.Error("an age without a day of birth")
	}
	for src, want := range map[string]int{`{"value":39,"code":"wk"}`: 273, `{"value":275,"code":"d"}`: 275, `{"value":39.3,"unit":"weeks"}`: 275, `{"value":9,"code":"mo"}`: 0, `{"value":1000,"code":"d"}`: 0, `{"value":39,"code":"wk","comparator":"<"}`: 0, `{}`: 0} {
		if got, _ := GestationDays(tree(t, src).Root()); got != want {
			t.Errorf("%s is %d days, want %d", src, got, want)
		}
	}
}

// Blood spot results come without a day. A second one about the same condition is
// the one that counts, in whatever order they are read; and what England's own
// example of a result says is known, though it names a list in place of a code system.
func TestOfTwoResultsWithoutADayTheLaterToldCounts(t *testing.T) {
	result := func(at, outcome string) *fhir.Tree {
		return tree(t, `{"resourceType":"Procedure","meta":{"lastUpdated":"`+at+`"},"status":"completed","code":{"coding":[{"system":"http://snomed.info/sct","code":"2201661000000107"}]},"outcome":{"coding":[{"system":"https://fhir.nhs.uk/STU3/ValueSet/DCH-BloodSpotOutcome-1","code":"`+outcome+`"}]}}`)
	}
	clear, unsuitable := result("2026-02-01T10:00:00Z", "2201881000000102"), result("2026-02-09T10:00:00Z", "1")
	for i, all := range [][]*fhir.Tree{{clear, unsuitable}, {unsuitable, clear}} {
		got := Published().Gather(all, "2026-01-20", "blood-spot")
		if f := got["blood-spot/spot-ht1"]; f.Tree != unsuitable || f.Answer != "" || !f.Open() {
			t.Errorf("order %d: %+v", i, f)
		}
	}
	if f := Published().Gather([]*fhir.Tree{clear}, "2026-01-20", "blood-spot")["blood-spot/spot-ht1"]; f.Answer != "not-suspected" {
		t.Errorf("%+v", f)
	}
}
