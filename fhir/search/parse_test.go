package search

import (
	"os"
	"strings"
	"testing"
)

func pairs(query string) []Pair {
	var out []Pair
	for _, s := range strings.Split(query, "&") {
		if s == "" {
			continue
		}
		name, value, _ := strings.Cut(s, "=")
		out = append(out, Pair{name, value})
	}
	return out
}

// ask parses Type?name=value&…; no type before the question mark means all.
func ask(query string, o Options) (Query, error) {
	typ, rest, _ := strings.Cut(query, "?")
	var types []string
	if typ != "" {
		types = []string{typ}
	}
	return Parse(Base(), types, nil, pairs(rest), o)
}

// TestQueries reads testdata/queries.txt: a query, and the form in which it
// was understood, or "!" and a part of the sentence that refuses it.
func TestQueries(t *testing.T) {
	b, err := os.ReadFile("testdata/queries.txt")
	if err != nil {
		t.Fatal(err)
	}
	query := ""
	for i, line := range strings.Split(string(b), "\n") {
		switch {
		case strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "":
		case !strings.HasPrefix(line, " "):
			query = line
		default:
			want := strings.TrimSpace(line)
			q, err := ask(query, Options{Strict: true, Base: "https://here/fhir"})
			got := show(q)
			if err != nil {
				got = "! " + err.Error()
			}
			if strings.HasPrefix(want, "!") {
				if err == nil || !strings.Contains(got, strings.TrimSpace(want[1:])) {
					t.Errorf("queries.txt:%d: %s\n\tgives %s\n\twant  %s", i+1, query, got, want)
				}
			} else if got != want {
				t.Errorf("queries.txt:%d: %s\n\tgives %s\n\twant  %s", i+1, query, got, want)
			}
		}
	}
}
