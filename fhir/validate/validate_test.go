package validate_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/validate"
)

func parse(t testing.TB, src string) *fhir.Tree {
	t.Helper()
	tree, err := fhir.Parse([]byte(src), fhir.Limits{})
	if err != nil {
		t.Fatalf("%s: %v", src, err)
	}
	return tree
}

// TestCases runs testdata/cases.txt.
func TestCases(t *testing.T) {
	b, err := os.ReadFile("testdata/cases.txt")
	if err != nil {
		t.Fatal(err)
	}
	cases := 0
	for block := range strings.SplitSeq(string(b), "\n\n") {
		var title, src string
		var want []string
		for line := range strings.Lines(block) {
			line = strings.TrimSuffix(line, "\n")
			switch {
			case strings.HasPrefix(line, "# "):
				title = line[2:]
			case src == "":
				src = line
			default:
				want = append(want, line)
			}
		}
		if src == "" {
			continue
		}
		cases++
		compare(t, title+": "+src, validate.Resource(parse(t, src), validate.Options{}), want)
	}
	if cases < 50 {
		t.Errorf("only %d cases were read", cases)
	}
}

func compare(t *testing.T, name string, got []validate.Issue, want []string) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		switch {
		case i >= len(want):
			t.Errorf("%s\n  unexpected: %s %s %s %s", name, got[i].Severity, got[i].Code, got[i].Path, got[i].Message)
		case i >= len(got):
			t.Errorf("%s\n  missing: %s", name, want[i])
		default:
			place := fmt.Sprintf("%s %s %s", got[i].Severity, got[i].Code, got[i].Path)
			words, ok := strings.CutPrefix(want[i], place)
			words = strings.TrimSpace(words)
			if !ok || !strings.Contains(got[i].Message, words) {
				t.Errorf("%s\n  got  %s %s\n  want %s", name, place, got[i].Message, want[i])
			}
		}
	}
}

func TestEntriesCanBeSkipped(t *testing.T) {
	tree := parse(t, `{"resourceType":"Bundle","type":"batch","entry":[{"resource":{"resourceType":"Nothing"},"response":{"status":"200","outcome":{"resourceType":"Nothing"}}}],"x":1}`)
	issues := validate.Resource(tree, validate.Options{SkipEntries: true})
	compare(t, "skipped", issues, []string{"error structure Bundle.entry[0].response.outcome", "error structure Bundle.x"})
	if got := tree.Bytes()[issues[1].Offset:]; string(got) != `"x":1}` {
		t.Errorf("the offset leads to %s", got)
	}
}

func TestIssuesAreBounded(t *testing.T) {
	src := `{"resourceType":"Patient","name":[` + strings.Repeat(`{"x":1},`, 1000) + `{}]}`
	for max, want := range map[int]int{0: 100, 7: 7, 5000: 1001} {
		if n := len(validate.Resource(parse(t, src), validate.Options{MaxIssues: max})); n != want {
			t.Errorf("at most %d issues: %d, want %d", max, n, want)
		}
	}
}

// Messages quote little of what came in, however long it is.
func TestMessagesAreShort(t *testing.T) {
	long := strings.Repeat("é", 100000)
	src := `{"resourceType":"Patient","` + long + `":1,"gender":"` + long + `","birthDate":"` + long + `","multipleBirthInteger":` + strings.Repeat("9", 100000) +
		`,"managingOrganization":{"reference":"` + long + `"},"text":{"status":"generated","div":"<` + long + `>"}}`
	issues := validate.Resource(parse(t, src), validate.Options{})
	if len(issues) != 6 {
		t.Errorf("%d issues", len(issues))
	}
	for _, i := range issues {
		if len(i.Message) > 400 || len(i.Path) > 200 || !bytes.Equal(bytes.ToValidUTF8([]byte(i.Message), nil), []byte(i.Message)) {
			t.Errorf("too long or broken: %s %s", i.Path, i.Message)
		}
	}
}

func TestTooLongStrings(t *testing.T) {
	fits, long := strings.Repeat("é", 1<<20), strings.Repeat("a", 1<<20+1)
	compare(t, "fits", validate.Resource(parse(t, `{"resourceType":"Patient","name":[{"text":"`+fits+`"}]}`), validate.Options{}), nil)
	compare(t, "long", validate.Resource(parse(t, `{"resourceType":"Patient","name":[{"text":"`+long+`"}]}`), validate.Options{}),
		[]string{"error too-long Patient.name[0].text"})
}

// Long lists of null are walked once, not once an item.
func TestListsOfNullsAreLinear(t *testing.T) {
	n := 300000
	src := `{"resourceType":"Patient","name":[{"given":[` + strings.Repeat("null,", n) + `"A"],"_given":[` + strings.Repeat(`{"id":"x"},`, n) + `null]}]}`
	compare(t, "nulls", validate.Resource(parse(t, src), validate.Options{}), nil)
}

func TestValidResourceAllocatesNothing(t *testing.T) {
	tree := parse(t, `{"resourceType":"Observation","id":"1","status":"final","code":{"coding":[{"system":"http://loinc.org","code":"1-8"}]},
		"subject":{"reference":"Patient/1"},"effectiveDateTime":"2024-02-29T10:00:00Z","valueQuantity":{"value":1.50,"unit":"kg"},
		"extension":[{"url":"http://x.org/y","valueString":"z"}]}`)
	if n := testing.AllocsPerRun(100, func() { validate.Resource(tree, validate.Options{}) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzResource holds that no tree makes the validator fail, and that what it
// says is whole.
func FuzzResource(f *testing.F) {
	cases, err := os.ReadFile("testdata/cases.txt")
	if err != nil {
		f.Fatal(err)
	}
	for line := range strings.Lines(string(cases)) {
		if line[0] == '{' {
			f.Add([]byte(line))
		}
	}
	examples, _ := filepath.Glob("../../../shared/suites/r4-examples/*-example.json")
	for _, e := range examples {
		if b, err := os.ReadFile(e); err == nil && len(b) < 8000 {
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		tree, err := fhir.Parse(src, fhir.Limits{})
		if err != nil {
			return
		}
		issues := validate.Resource(tree, validate.Options{MaxIssues: 20})
		if len(issues) > 20 {
			t.Errorf("%d issues", len(issues))
		}
		for _, i := range issues {
			if i.Path == "" || i.Message == "" || i.Offset < 0 || i.Offset >= len(src) || len(i.Message) > 1000 {
				t.Errorf("not whole: %+v", i)
			}
		}
	})
}
