package choice

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path"
	"slices"
	"testing"

	"github.com/bevanhealth/bevan/internal/suitetest"
)

type vocabulary struct {
	URL     string
	Concept []term
}

type term struct {
	Code    string
	Concept []term
}

// codeSystems reads code systems out of the package of R4.
func codeSystems(t *testing.T, names ...string) map[string][]term {
	f, err := os.Open(suitetest.Package(t, "hl7.fhir.r4.core-4.0.1.tgz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string][]term{}
	for tr := tar.NewReader(z); ; {
		h, err := tr.Next()
		if errors.Is(err, io.EOF) {
			return out
		}
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(names, path.Base(h.Name)) {
			continue
		}
		var v vocabulary
		if err := json.NewDecoder(tr).Decode(&v); err != nil {
			t.Fatal(err)
		}
		out[v.URL] = v.Concept
	}
}

// below calls f for every code below the one named, with all codes above it up
// to there.
func below(terms []term, name string, above []string, f func(code string, above []string)) {
	for _, c := range terms {
		up := above
		switch {
		case len(above) > 0:
			f(c.Code, above)
			up = append(slices.Clone(above), c.Code)
		case c.Code == name:
			up = []string{name}
		}
		below(c.Concept, name, up, f)
	}
}

// Whatever R4's vocabulary puts below another code is below it here, and no
// code of it is missing. The tables may say more.
func TestTablesHoldTheVocabularyOfR4(t *testing.T) {
	systems := codeSystems(t, "CodeSystem-v3-ActCode.json", "CodeSystem-v3-ActReason.json", "CodeSystem-v3-Confidentiality.json", "CodeSystem-consent-action.json")
	for _, c := range []struct {
		system, name string
		table        map[string][]string
		want         int
	}{
		{ActCodeSystem, "_InformationSensitivityPolicy", Sensitivities, len(Sensitivities)},
		{ActReasonSystem, "PurposeOfUse", Purposes, len(Purposes)},
	} {
		n := 0
		below(systems[c.system], c.name, nil, func(code string, above []string) {
			if code[0] == '_' { // a heading, which is no code to use
				return
			}
			n++
			if _, known := c.table[code]; !known {
				t.Errorf("%s is missing", code)
			}
			for _, wide := range above[1:] {
				if wide[0] != '_' && !under(c.table, code, wide) {
					t.Errorf("%s is not part of %s", code, wide)
				}
			}
		})
		if n != c.want {
			t.Errorf("%d codes below %s, %d in the table", n, c.name, c.want)
		}
	}
	n := 0
	below(systems[ConfidentialitySystem], "_Confidentiality", nil, func(code string, _ []string) {
		if n++; !slices.Contains(levels, code) {
			t.Errorf("level %s is missing", code)
		}
	})
	if n != len(levels) {
		t.Errorf("%d levels, want %d", len(levels), n)
	}
	if got := systems[actionSystem]; len(got) != len(actions) {
		t.Errorf("actions %v", got)
	}
}
