package search

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
)

// TestMatches reads testdata/match.txt: a resource on one line, indented under
// it `yes` or `no` and queries on its type. The resource has the id "here",
// was last changed on 2020-06-15T12:00:00Z, and now is 2021-01-01.
func TestMatches(t *testing.T) {
	b, err := os.ReadFile("testdata/match.txt")
	if err != nil {
		t.Fatal(err)
	}
	updated, _ := micros(t, "2020-06-15T12:00:00Z")
	now, _ := micros(t, "2021-01-01")
	env := &MatchEnv{ID: "here", LastUpdated: updated, Base: "https://here/fhir"}
	var tree *fhir.Tree
	n := 0
	for i, line := range strings.Split(string(b), "\n") {
		switch {
		case strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "":
		case strings.HasPrefix(line, "{"):
			tree = parse(t, line)
		default:
			want, queries, _ := strings.Cut(strings.TrimSpace(line), " ")
			for _, query := range strings.Split(strings.TrimSpace(queries), "  ") {
				got, err := matches(tree, strings.TrimSpace(query), env, now)
				if err != nil || got != (want == "yes") {
					t.Errorf("match.txt:%d: %s: got %v, want %s (%v)", i+1, query, got, want, err)
				}
				n++
			}
		}
	}
	if n < 200 {
		t.Errorf("only %d cases were read", n)
	}
}

func micros(t testing.TB, s string) (low, high int64) {
	t.Helper()
	d, err := fhir.ParseDateTime(s)
	if err != nil {
		t.Fatal(err)
	}
	return d.Range()
}

// matches decides a query by Match alone.
func matches(tree *fhir.Tree, query string, env *MatchEnv, now int64) (bool, error) {
	q, err := ask(tree.Root().Get("resourceType").Str()+"?"+query, Options{Strict: true, Base: env.Base, Now: now})
	if err != nil {
		return false, err
	}
	for i := range q.Criteria {
		if !q.Criteria[i].Plain() {
			return false, fmt.Errorf("not plain")
		}
		ok, err := Match(tree, &q.Criteria[i], env)
		if !ok || err != nil {
			return false, err
		}
	}
	return true, nil
}
