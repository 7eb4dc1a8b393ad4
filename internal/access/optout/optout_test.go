package optout

import (
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
)

func read(t *testing.T, src string) Kind {
	t.Helper()
	tree, err := fhir.Parse([]byte(src), fhir.Limits{})
	if err != nil {
		t.Fatal(err, src)
	}
	return Read(tree)
}

func TestWhatIsWrittenIsRead(t *testing.T) {
	at := time.Date(2026, 5, 3, 14, 30, 0, 0, time.UTC)
	for _, k := range Kinds() {
		on, off := string(Consent("c", "ann", k, true, at)), string(Consent("c", "ann", k, false, at))
		if got := read(t, on); got != k {
			t.Errorf("%s is read as %q", on, got)
		}
		if got := read(t, off); got != 0 {
			t.Errorf("%s is read as %q", off, got)
		}
		if n, ok := Named(k.String()); n != k || !ok {
			t.Errorf("%s is not found by its name", k)
		}
		for what, change := range map[string][2]string{
			"another type":           {`"Consent"`, `"Basic"`},
			"another status":         {`"active"`, `"entered-in-error"`},
			"a draft":                {`"active"`, `"draft"`},
			"another system":         {System, "urn:other"},
			"another code":           {`"` + k.String() + `"`, `"everything"`},
			"somebody who says yes":  {`"deny"`, `"permit"`},
			"a code that looks like": {`"` + k.String() + `"`, `"` + strings.ToUpper(k.String()) + `"`},
		} {
			if got := read(t, strings.Replace(on, change[0], change[1], 1)); got != 0 {
				t.Errorf("%s is read as %q", what, got)
			}
		}
		// A period never lifts it by itself.
		if got := read(t, strings.Replace(on, `"type":"deny"`, `"type":"deny","period":{"end":"2001-01-01"}`, 1)); got != k {
			t.Errorf("one with a period is read as %q", got)
		}
	}
	if All.String() != "national,local" || Kind(0).String() != "" {
		t.Errorf("all is %q, none %q", All, Kind(0))
	}
	if _, ok := Named("national,local"); ok {
		t.Error("two are one")
	}
}

func FuzzRead(f *testing.F) {
	f.Add(Consent("c", "ann", National, true, time.Unix(0, 0)))
	f.Add([]byte(`{"resourceType":"Consent","status":"active","category":[{"coding":{"system":"urn:bevan:opt-out","code":"local"}}]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		tree, err := fhir.Parse(b, fhir.Limits{})
		if err != nil {
			return
		}
		if k := Read(tree); k&^All != 0 {
			t.Errorf("read as %d", k)
		}
	})
}
