package atoz

import (
	"io/fs"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/portal/reading"
)

func library(t testing.TB) *Library {
	t.Helper()
	l, err := Ours()
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// What is there: a page for nearly all that the example people have, of every kind.
func TestThereArePagesOfEveryKind(t *testing.T) {
	kinds := map[Kind]int{}
	for _, p := range library(t).All() {
		kinds[p.Kind]++
	}
	if n := len(library(t).All()); n < 100 || kinds[Condition] < 35 || kinds[Vaccination] < 12 || kinds[Test] < 20 || kinds[Medicine] < 20 {
		t.Errorf("%d pages: %v", n, kinds)
	}
}

// The person's part of each page is for readers of eleven or younger, and no
// sentence of it has more than twenty words.
func TestReadingAgeOfPages(t *testing.T) {
	for _, p := range library(t).All() {
		switch age := reading.Age(p.Text()); {
		case age > reading.Most:
			t.Errorf("%s is for readers of %.1f years; eleven is the most", p.ID, age)
		case age > reading.Warn:
			t.Logf("warning: %s is for readers of %.1f years; look at it again", p.ID, age)
		}
		for _, s := range reading.Sentences(p.Text()) {
			if n := len(strings.Fields(s)); n > 20 {
				t.Errorf("%s has a sentence of %d words: %s", p.ID, n, s)
			}
		}
	}
}

// A page never judges who reads it, blames, or promises that all is well, and
// each says when to get help and whom to ask.
func TestPagesPromiseNothing(t *testing.T) {
	for _, p := range library(t).All() {
		text := strings.ToLower(p.Text())
		for _, bad := range []string{"abnormal", "normal", "failed", "please", "don't worry", "nothing to worry", "you are fine", "you have diabetes.", "negative", "you are healthy", "safe for you", "oops"} {
			if strings.Contains(text, bad) {
				t.Errorf("%s says %q", p.ID, bad)
			}
		}
		help, ask := false, false
		for _, s := range p.Person {
			help = help || s.Urgency >= Today
			ask = ask || s.Title == "Who to ask"
			if s.Urgency == Emergency && !strings.HasPrefix(s.Title, "Ring 999") {
				t.Errorf("%s: the emergency is headed %q", p.ID, s.Title)
			}
		}
		if !help && p.ID != "cholesterol-test" || !ask {
			t.Errorf("%s says when to get help: %v, whom to ask: %v", p.ID, help, ask)
		}
		if p.Checked != "" {
			t.Errorf("%s says that %q checked it; nobody did yet", p.ID, p.Checked)
		}
		if len(p.Sources) == 0 || p.Next.Sub(p.Written) > 366*24*time.Hour || p.Professional == "" || len(p.Codes) == 0 {
			t.Errorf("%s lacks a source, a next look within a year, a part for professionals, or a code", p.ID)
		}
	}
}

// Each file is named after its page.
func TestFilesAreNamedAfterTheirPages(t *testing.T) {
	files, err := fs.Glob(ours, "pages/*.md")
	if err != nil || len(files) != len(library(t).All()) {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, f := range files {
		id := strings.TrimSuffix(strings.TrimPrefix(f, "pages/"), ".md")
		if library(t).Get(id) == nil {
			t.Errorf("%s is another page's file", f)
		}
	}
}

// Codes that the example people have lead to their page, whichever way a code is
// named: by itself, or by its beginning.
func TestForFindsThePageOfACode(t *testing.T) {
	l := library(t)
	for _, c := range []struct{ system, code, id string }{
		{"http://hl7.org/fhir/sid/icd-10", "J45.9", "asthma"},
		{"http://snomed.info/sct", "195967001", "asthma"},
		{"http://loinc.org", "59261-8", "hba1c-test"},
		{"http://loinc.org", "62238-1", "kidney-tests"},
		{"http://www.whocc.no/atc", "A10BA02", "metformin"},
		{"http://www.whocc.no/atc", "C10AA05", "statins"},
		{"http://www.whocc.no/atc", "A10BB09", "type-2-diabetes"},
		{"http://hl7.org/fhir/sid/cvx", "03", "mmrv-vaccine"},
		{"https://bevan.example/codes/vaccine", "6in1", "6-in-1-vaccine"},
		// Not by another system, not by what is too short, and not by what merely
		// begins alike where the page names one code.
		{"http://loinc.org", "J45.9", ""}, {"", "J45.9", ""}, {"http://hl7.org/fhir/sid/icd-10", "J4", ""}, {"http://hl7.org/fhir/sid/icd-10", "", ""},
		{"http://snomed.info/sct", "1959670011", ""}, {"http://www.whocc.no/atc", "A10B", ""}, {"http://hl7.org/fhir/sid/icd-10", "J45*", "asthma"},
		{"http://hl7.org/fhir/sid/icd-10", strings.Repeat("J45", 1000), ""},
	} {
		got, ok := l.For(c.system, c.code)
		if got.ID != c.id || ok != (c.id != "") || ok && got.Href() != "/health-a-to-z/"+c.id {
			t.Errorf("%s %.20s: %v %v, want %q", c.system, c.code, got, ok, c.id)
		}
	}
}
