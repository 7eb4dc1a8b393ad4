package smart

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/c2sp/wycheproof"
)

// Every algorithm that is checked anywhere here, and RS256, which we sign with.
var checkedAlgs = []string{"RS256", "RS384", "PS256", "ES256", "ES384", "EdDSA"}

type vectors struct {
	NumberOfTests int
	TestGroups    []struct {
		Comment         string
		Public, Private json.RawMessage
		Tests           []struct {
			TcID    int
			Comment string
			JWS     string
			Result  string
		}
	}
}

// TestWycheproof plays the project's vectors for signatures and keys through
// the way that an assertion goes. A case that does not end as it says is listed
// in testdata/wycheproof.txt with its reason; one that is listed and does,
// fails the test.
func TestWycheproof(t *testing.T) {
	listed := listedIn(t, "testdata/wycheproof.txt")
	passed, excused := 0, 0
	for _, file := range []string{"json_web_signature_test.json", "json_web_key_test.json"} {
		b, err := fs.ReadFile(wycheproof.TestVectors, file)
		if err != nil {
			t.Fatal(err)
		}
		var v vectors
		if err := json.Unmarshal(b, &v); err != nil {
			t.Fatal(err)
		}
		seen := 0
		for _, g := range v.TestGroups {
			keys := g.Public
			if keys == nil {
				keys = g.Private // shared secrets, which we do not know
			}
			for _, c := range g.Tests {
				seen++
				name := fmt.Sprintf("%s/%d", strings.TrimSuffix(file, "_test.json"), c.TcID)
				right := accepts(t, keys, c.JWS) == (c.Result == "valid")
				_, excuse := listed[name]
				delete(listed, name)
				switch {
				case right && excuse:
					t.Errorf("%s passes now. Take it from the list.", name)
				case right:
					passed++
				case excuse:
					excused++
				default:
					t.Errorf("%s (%s, %s) should be %s", name, g.Comment, c.Comment, c.Result)
				}
			}
		}
		if seen != v.NumberOfTests {
			t.Errorf("%s: %d cases of %d were read", file, seen, v.NumberOfTests)
		}
	}
	for name := range listed {
		t.Errorf("%s is listed and is no case", name)
	}
	t.Logf("%d cases pass, %d are excused", passed, excused)
}

// accepts says whether a text is taken for signed by one of the keys.
func accepts(t *testing.T, keys json.RawMessage, text string) bool {
	var set struct{ Keys []json.RawMessage }
	if err := json.Unmarshal(keys, &set); err != nil {
		t.Fatal(err)
	}
	if set.Keys == nil { // one key
		keys = json.RawMessage(`{"keys":[` + string(keys) + `]}`)
	}
	known, err := client.ParseKeys(keys)
	if err != nil {
		return false
	}
	s, err := parseSigned(text, checkedAlgs, false)
	if err != nil {
		return false
	}
	key, ok := known.Select(s.kid, s.alg)
	if !ok {
		return false
	}
	_, err = s.verify(key)
	return err == nil
}

// listedIn reads a list of names with their reasons behind a bar.
func listedIn(t *testing.T, file string) map[string]string {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for line := range strings.Lines(string(b)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		name, reason, ok := strings.Cut(line, " | ")
		if !ok || reason == "" {
			t.Fatalf("%s: %q has no reason", file, line)
		}
		out[name] = reason
	}
	return out
}
