package twin

import (
	"os"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// TestWhatWasFoundStaysMended asks the queries of testdata/found.txt.
func TestWhatWasFoundStaysMended(t *testing.T) {
	src, err := os.ReadFile("testdata/found.txt")
	if err != nil {
		t.Fatal(err)
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		r := newRig(t, d, newGen(1))
		asked := 0
		for i, line := range strings.Split(string(src), "\n") {
			switch {
			case line == "": // the next case begins
				r.clear()
			case line[0] == '{':
				root := tree(t, line).Root()
				r.write(map[string]string{root.Get("resourceType").Str() + "/" + root.Get("id").Str(): line})
			case line[0] == '-':
				r.write(map[string]string{strings.TrimSpace(line[1:]): ""})
			case line[0] == ' ':
				asked++
				r.askInManyWays(i+1, line)
			}
		}
		if asked < 18 {
			t.Errorf("only %d queries were asked", asked)
		}
	})
}

func (r *rig) askInManyWays(line int, text string) {
	for _, more := range []string{"", "&_summary=count", "&_sort=-_lastUpdated", "&_count=1"} {
		q := readQuery(strings.TrimSpace(text) + more)
		if fault := check(r.all, r.w, q, func() {}); fault != "" {
			r.t.Errorf("found.txt:%d: %s\n%s\n%s", line, q, fault, r.plan("", q))
		}
	}
}

func (r *rig) clear() {
	gone := map[string]string{}
	for key := range r.w {
		gone[key] = ""
	}
	if len(gone) > 0 {
		r.write(gone)
	}
}

// readQuery reads what query.String writes.
func readQuery(s string) query {
	at, rest, _ := strings.Cut(s, "?")
	q := query{}
	if parts := strings.Split(at, "/"); len(parts) == 3 {
		q.inTyp, q.inID, at = parts[0], parts[1], parts[2]
	}
	if at != "" {
		q.types = strings.Split(at, "+")
	}
	for _, p := range strings.Split(rest, "&") {
		if name, value, ok := strings.Cut(p, "="); ok {
			q.pairs = append(q.pairs, pair{name, value})
		}
	}
	return q
}
