package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/exchange"
)

// saidLines is a report that keeps what is said.
type saidLines struct{ bytes.Buffer }

func (l *saidLines) line(text string) { l.WriteString(strings.Join(strings.Fields(text), " ") + "\n") }
func (l *saidLines) progress(step)    {}

// A list is brought in at the command line, and files for a use beyond care
// leave these people out; a move of the data does not.
func TestAListOfOptOutsIsBroughtIn(t *testing.T) {
	h, err := openHouse(t.Context(), place{Data: filepath.Join(t.TempDir(), "data")}, settings{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = h.close() })
	by := access.Operator("console:test")
	dir := t.TempDir()
	file := filepath.Join(dir, "people.ndjson")
	if err := os.WriteFile(file, []byte(`{"resourceType":"Patient","id":"ann","identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990001006"}]}
{"resourceType":"Patient","id":"bob"}
{"resourceType":"Condition","id":"c","subject":{"reference":"Patient/ann"}}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := h.session(t.Context(), access.Job("load", by), access.Import)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := exchange.Load(t.Context(), s, []string{file}, exchange.LoadOptions{}); err != nil {
		t.Fatal(err)
	}
	list := filepath.Join(dir, "list.dat")
	do := func(text string, c *optoutsImport) (string, error) {
		if err := os.WriteFile(list, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		c.File = list
		var out saidLines
		err := c.do(t.Context(), h, by, &out)
		return out.String(), err
	}
	if _, err := do("not a number\n", &optoutsImport{Kind: "national"}); err == nil {
		t.Error("a list that can not be read is taken")
	}
	said, err := do("9990001006,\n9990001014,\n", &optoutsImport{Kind: "national"})
	if err != nil || !strings.Contains(said, "2 numbers on the list") || !strings.Contains(said, "1 say no from now on") || !strings.Contains(said, "1 numbers belong to nobody here") || strings.Contains(said, "999") {
		t.Errorf("it says %s, %v", said, err)
	}
	export := func(beyond bool) string {
		to := filepath.Join(dir, "out", time.Now().Format("150405.000000000"))
		var out saidLines
		c := exportCommand{To: to, Beyond: beyond}
		if err := c.do(t.Context(), h, by, &out); err != nil {
			t.Fatal(err)
		}
		all := ""
		files, err := filepath.Glob(filepath.Join(to, "*.ndjson"))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			b, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			all += string(b)
		}
		return all
	}
	if got := export(true); strings.Contains(got, "ann") || !strings.Contains(got, "bob") {
		t.Errorf("for a use beyond care it gives %s", got)
	}
	if got := export(false); !strings.Contains(got, `"id":"ann"`) || !strings.Contains(got, "bob") || !strings.Contains(got, "urn:bevan:opt-out") {
		t.Errorf("a move of the data gives %s", got)
	}
}
