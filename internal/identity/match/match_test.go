package match

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// Codes that the National Archives of the United States give as examples.
func TestSoundex(t *testing.T) {
	for name, want := range map[string]string{
		"washington": "W252", "lee": "L000", "gutierrez": "G362", "pfister": "P236", "jackson": "J250",
		"tymczak": "T522", "vandeusen": "V532", "ashcraft": "A261", "robert": "R163", "rupert": "R163", "": "", "李": "",
	} {
		got := soundex(name)
		if !strings.EqualFold(got, want) {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

func draw(t *rapid.T, what string) Details {
	names := func(list ...string) []string {
		return rapid.SliceOfN(rapid.SampledFrom(list), 0, 2).Draw(t, what+" names")
	}
	one := func(list ...string) string { return rapid.SampledFrom(append(list, "")).Draw(t, what+" value") }
	return Details{
		NHSNumber: one("9990000018", "9990000026", "9990000019"), Family: names("Smith", "Smyth", "Jones"), Given: names("Maria", "Marie", "Amy"),
		Birth: one("1990-05-06", "2015-01-02", "1990"), Gender: one("female", "male", "unknown"), Postcode: names("AB1 2CD", "ab12cd", "ZZ9 9ZZ"),
	}
}

// near is a record that is more or less like the claim.
func near(t *rapid.T, claimed Details) Details {
	d := draw(t, "record")
	keep := 63 // half of them in everything
	if rapid.Bool().Draw(t, "differs") {
		keep = rapid.IntRange(0, 63).Draw(t, "like the claim in")
	}
	for i, same := range []func(){
		func() { d.NHSNumber = claimed.NHSNumber }, func() { d.Family = claimed.Family }, func() { d.Given = claimed.Given },
		func() { d.Birth = claimed.Birth }, func() { d.Gender = claimed.Gender }, func() { d.Postcode = claimed.Postcode },
	} {
		if keep&(1<<i) != 0 {
			same()
		}
	}
	return d
}

// A link is the only record that a rule links, agrees in number and birth date
// or in everything, and contradicts nothing. The order makes no difference,
// and no second record makes a link of what was none.
func TestALinkIsUniqueAndExact(t *testing.T) {
	rules, err := BuiltIn()
	if err != nil {
		t.Fatal(err)
	}
	linked := 0
	rapid.Check(t, func(t *rapid.T) {
		claimed := draw(t, "claim")
		if rapid.Bool().Draw(t, "claims a number, a date and a name") {
			claimed.NHSNumber, claimed.Birth, claimed.Given = "9990000018", "1990-05-06", []string{"Maria"}
		}
		var held []Candidate
		for i := range rapid.IntRange(0, 4).Draw(t, "records") {
			held = append(held, Candidate{Patient: string(rune('a' + i)), Details: near(t, claimed),
				Restricted: rapid.IntRange(0, 9).Draw(t, "restricted") == 9, Deceased: rapid.IntRange(0, 9).Draw(t, "deceased") == 9,
				Replaced: rapid.IntRange(0, 9).Draw(t, "replaced") == 9})
		}
		d := rules.Trace(claimed, held)
		rand.Shuffle(len(held), func(i, j int) { held[i], held[j] = held[j], held[i] })
		if diff := cmp.Diff(d, rules.Trace(claimed, held)); diff != "" {
			t.Fatalf("another order gives another answer: %s", diff)
		}
		if d.Outcome != Linked {
			if d.Patient != "" || d.Rule != "" || (d.Outcome == None) != (len(d.Candidates) == 0) {
				t.Fatalf("no link, and yet %+v", d)
			}
			return
		}
		linked++
		for _, c := range held {
			if c.Patient != d.Patient {
				continue
			}
			number := claimed.NHSNumber == c.NHSNumber && claimed.NHSNumber != "" && claimed.NHSNumber != "9990000019"
			if claimed.Birth != c.Birth || len(c.Birth) != 10 || c.Restricted || c.Deceased || c.Replaced {
				t.Fatalf("%+v is linked to %+v", claimed, c)
			}
			if !number && claimed.NHSNumber != "" && claimed.NHSNumber != "9990000019" && c.NHSNumber != "" && c.NHSNumber != "9990000019" {
				t.Fatalf("%+v is linked to a record of another number: %+v", claimed, c)
			}
		}
		again := append(held, Candidate{Patient: "z", Details: Details{NHSNumber: claimed.NHSNumber, Family: claimed.Family, Given: claimed.Given,
			Birth: claimed.Birth, Gender: claimed.Gender, Postcode: claimed.Postcode}})
		if d := rules.Trace(claimed, again); d.Outcome != Queued {
			t.Fatalf("with a second record that agrees in all it is %+v", d)
		}
	})
	if linked == 0 {
		t.Error("nothing was linked, so nothing was shown")
	}
}

func TestRulesThatWouldLinkTooEasilyAreRefused(t *testing.T) {
	good := string(builtIn)
	if _, err := ReadRules([]byte(good)); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"a link by what sounds alike": {`["family", "given", "birth", "postcode"]`, `["family~", "given~", "birth"]`},
		"a link without a birth date": {`["nhs-number", "birth", "given~"]`, `["nhs-number", "given~"]`},
		"a part that is not there":    {`["nhs-number"]`, `["shoe-size"]`},
		"a veto that is not there":    {`"veto": ["nhs-number"`, `"veto": ["shoe-size"`},
		"a rule without parts":        {`["nhs-number"]`, `[]`},
		"no date":                     {"2026-11-25", "soon"},
		"a field that nobody knows":   {`"licence"`, `"license"`},
		"a file that is cut off":      {`"veto"`, ""},
	} {
		text := strings.Replace(good, change[0], change[1], 1)
		if _, err := ReadRules([]byte(text)); err == nil || text == good {
			t.Errorf("%s is taken", name)
		}
	}
}

func FuzzReadRules(f *testing.F) {
	f.Add(builtIn)
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := ReadRules(text)
		if err != nil {
			return
		}
		if d := r.Trace(Details{}, []Candidate{{Patient: "a"}}); d.Outcome != None {
			t.Fatalf("an empty claim is %+v", d)
		}
	})
}
