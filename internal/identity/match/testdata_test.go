package match

import (
	"bufio"
	"os"
	"strings"
	"testing"
)

// TestTraces plays testdata/traces.txt: a claim, the records, and what comes of
// it.
func TestTraces(t *testing.T) {
	rules, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open("testdata/traces.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var title string
	var claimed Details
	var held []Candidate
	n := 0
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		sign, text, _ := strings.Cut(lines.Text(), " ")
		switch sign {
		case "==":
			title, claimed, held = text, Details{}, nil
		case "?":
			claimed = read(t, text).Details
		case "|":
			held = append(held, read(t, text))
		case "=":
			n++
			d := rules.Trace(claimed, held)
			got := d.Outcome.String()
			if d.Patient != "" {
				got += " " + d.Patient + " by " + d.Rule
			}
			if got != text || d.Rules != rules.ID || d.Reason == "" {
				t.Errorf("%s: %s (%+v), want %s", title, got, d, text)
			}
		}
	}
	if lines.Err() != nil || n < 20 {
		t.Errorf("%d traces were played: %v", n, lines.Err())
	}
}

// read reads "id: family/earlier; given/other; birth; gender; postcode; number; marks".
func read(t *testing.T, text string) Candidate {
	t.Helper()
	id, rest, _ := strings.Cut(text, ": ")
	fields := strings.Split(rest+";;;;;;", ";")
	list := func(i int) []string {
		return strings.FieldsFunc(strings.TrimSpace(fields[i]), func(r rune) bool { return r == '/' })
	}
	word := func(i int) string { return strings.TrimSpace(fields[i]) }
	c := Candidate{Patient: id, Details: Details{Family: list(0), Given: list(1), Birth: word(2), Gender: word(3), Postcode: list(4), NHSNumber: word(5)}}
	c.Restricted = strings.Contains(word(6), "restricted")
	c.Replaced = strings.Contains(word(6), "replaced")
	c.Deceased = strings.Contains(word(6), "deceased")
	return c
}
