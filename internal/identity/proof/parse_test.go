package proof

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bevanhealth/bevan/internal/identity/match"
)

func TestDatesAreReadAsPeopleWriteThem(t *testing.T) {
	for text, want := range map[string]string{
		"31 3 1980": "1980-03-31", "31/03/1980": "1980-03-31", "31-3-1980": "1980-03-31", "31.3.1980": "1980-03-31", "1980-03-31": "1980-03-31",
		" 31  March 1980 ": "1980-03-31", "1 sept 2001": "2001-09-01", "1 SEPTEMBER 2001": "2001-09-01", "29 2 2000": "2000-02-29",
		"31 3 80": "", "29 2 1900": "", "31 4 1980": "", "0 1 1980": "", "1 0 1980": "", "1 13 1980": "", "3 31 1980": "", "1980": "", "": "",
		"1 2 3 1980": "", "+1 2 1980": "", "1 ma 1980": "", "1 junk 1980": "", "١ 2 1980": "", "1 2 19800": "", "1980 3 31 0": "", "31 03 1980 12:00": "",
	} {
		got, ok := ReadDate(text)
		if got != want || ok != (want != "") {
			t.Errorf("%q is %q", text, got)
		}
	}
}

func TestWhatPeopleTypeIsRead(t *testing.T) {
	now := time.Date(2026, 5, 3, 0, 0, 0, 0, time.UTC)
	good := Typed{Given: " Ann  Marie", Family: "O’Hill", Birth: "31 3 1980", Postcode: "ls14ap", NHSNumber: "999 000 0018"}
	d, field, err := good.Read(now)
	if err != nil || field != "" {
		t.Fatal(field, err)
	}
	want := match.Details{NHSNumber: "9990000018", Given: []string{"Ann Marie"}, Family: []string{"O’Hill"}, Birth: "1980-03-31", Postcode: []string{"LS1 4AP"}}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Error(diff)
	}
	for field, change := range map[Field]func(*Typed){
		FieldGiven:     func(t *Typed) { t.Given = "12" },
		FieldFamily:    func(t *Typed) { t.Family = "" },
		FieldBirth:     func(t *Typed) { t.Birth = "4 5 2026" },
		FieldPostcode:  func(t *Typed) { t.Postcode = "<script>" },
		FieldNHSNumber: func(t *Typed) { t.NHSNumber = "999 000 0019" },
	} {
		bad := good
		change(&bad)
		if _, at, err := bad.Read(now); at != field || err == nil {
			t.Errorf("%s: it is %q that is wrong: %v", field, at, err)
		}
	}
	good.NHSNumber = ""
	if _, _, err := good.Read(now); err != nil {
		t.Errorf("an NHS number is asked for: %v", err)
	}
}

func TestAPatientIsRead(t *testing.T) {
	body := `{"resourceType":"Patient","id":"p1","gender":"female","birthDate":"1980-03-31",
		"meta":{"security":[{"system":"http://terminology.hl7.org/CodeSystem/v3-Confidentiality","code":"R"}]},
		"identifier":[{"system":"https://local.example","value":"1"},{"system":"https://fhir.nhs.uk/Id/nhs-number","use":"old","value":"9990000026"},
			{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"}],
		"name":[{"use":"maiden","family":"Moss","given":["Ann"]},{"use":"usual","family":"Hill","given":["Ann","Marie"]},{"use":"official","family":"Hill-Dale","given":["Anne","May"]},
			{"use":"nickname","given":["Nan"]},{"use":"anonymous","family":"X"}],
		"address":[{"use":"old","postalCode":"YO1 7HH"},{"use":"work","postalCode":"HX1 1AA"},{"use":"home","postalCode":"LS1 4AP"}],
		"link":[{"type":"seealso","other":{"reference":"Patient/2"}}]}`
	c, err := ReadPatient([]byte(body))
	if err != nil {
		t.Fatal(err)
	}
	want := match.Candidate{Patient: "p1", Restricted: true, Details: match.Details{NHSNumber: "9990000018", Gender: "female", Birth: "1980-03-31",
		Family: []string{"Hill-Dale", "Moss", "Hill"}, Given: []string{"Anne", "Ann", "Ann", "Nan"}, Postcode: []string{"LS1 4AP", "YO1 7HH"}}}
	if diff := cmp.Diff(want, c); diff != "" {
		t.Error(diff)
	}
	for what, ok := range map[string]func(match.Candidate) bool{
		`"deceasedBoolean":true`:                  func(c match.Candidate) bool { return c.Deceased },
		`"deceasedBoolean":false`:                 func(c match.Candidate) bool { return !c.Deceased },
		`"deceasedDateTime":"2020"`:               func(c match.Candidate) bool { return c.Deceased },
		`"active":false`:                          func(c match.Candidate) bool { return c.Replaced },
		`"active":true`:                           func(c match.Candidate) bool { return !c.Replaced },
		`"link":[{"type":"replaced-by"}]`:         func(c match.Candidate) bool { return c.Replaced },
		`"link":[{"type":"replaces"}]`:            func(c match.Candidate) bool { return !c.Replaced },
		`"meta":{"security":[{"code":"V"}]}`:      func(c match.Candidate) bool { return c.Restricted },
		`"meta":{"security":[{"code":"N"}]}`:      func(c match.Candidate) bool { return !c.Restricted },
		`"birthDate":"1980"`:                      func(c match.Candidate) bool { return c.Birth == "1980" },
		`"identifier":[` + two + `]`:              func(c match.Candidate) bool { return c.NHSNumber == "" },
		`"name":[{"family":"A"},{"family":"B"}]`:  func(c match.Candidate) bool { return cmp.Equal(c.Family, []string{"A", "B"}) },
		`"name":"x","address":3,"identifier":{} `: func(c match.Candidate) bool { return len(c.Family) == 0 },
	} {
		c, err := ReadPatient([]byte(`{"resourceType":"Patient","id":"p",` + what + `}`))
		if err != nil || !ok(c) {
			t.Errorf("%s: %+v %v", what, c, err)
		}
	}
	for _, bad := range []string{``, `{}`, `{"resourceType":"Person","id":"p"}`, `{"resourceType":"Patient"}`, `{"resourceType":"Patient","id":"a/b"}`} {
		if c, err := ReadPatient([]byte(bad)); err == nil {
			t.Errorf("%s is %+v", bad, c)
		}
	}
}

const two = `{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000018"},{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"9990000026"}`

func TestListsOfDocumentsThatProveTooLittleAreRefused(t *testing.T) {
	good := string(builtInPapers)
	for what, change := range map[string][2]string{
		"any strength":            {`"least-strength": 3`, `"least-strength": 2`},
		"for ever":                {`"lasts-years": 10`, `"lasts-years": 100`},
		"no date":                 {"2026-11-25", "soon"},
		"two of one id":           {`"id": "passport"`, `"id": "passport-chip"`},
		"an unknown field":        {`"licence"`, `"license"`},
		"a strength of 5":         {`"strength": 4`, `"strength": 5`},
		"no document has a photo": {`"photo": true`, `"photo": false`},
	} {
		text := strings.ReplaceAll(good, change[0], change[1])
		if _, err := ReadPapers([]byte(text)); err == nil || text == good {
			t.Errorf("%s is taken", what)
		}
	}
}

func FuzzReadDate(f *testing.F) {
	for _, s := range []string{"31 3 1980", "1980-03-31", "1 sept 2001", "29/2/2000"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := ReadDate(s)
		if !ok {
			return
		}
		if at, err := time.Parse(time.DateOnly, got); err != nil || at.Format(time.DateOnly) != got {
			t.Fatalf("%q is %q", s, got)
		}
		if again, ok := ReadDate(got); !ok || again != got {
			t.Fatalf("%q is %q, and that is %q", s, got, again)
		}
	})
}

func FuzzReadPatient(f *testing.F) {
	f.Add([]byte(`{"resourceType":"Patient","id":"p","name":[{"family":"A","given":["B"]}],"birthDate":"1980-03-31"}`))
	f.Add([]byte(`{"resourceType":"Patient","id":"p","identifier":[` + two + `],"address":[{"postalCode":"LS1 4AP"}]}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		c, err := ReadPatient(body)
		if err == nil && (c.Patient == "" || len(c.Given) > most+1 || len(c.Family) > most+1 || len(c.Postcode) > most+1) {
			t.Fatalf("it is read as %+v", c)
		}
	})
}

func FuzzTyped(f *testing.F) {
	f.Add("Ann", "Hill", "31 3 1980", "LS1 4AP", "9990000018")
	now := time.Date(2026, 5, 3, 0, 0, 0, 0, time.UTC)
	f.Fuzz(func(t *testing.T, given, family, birth, postcode, number string) {
		d, field, err := Typed{given, family, birth, postcode, number}.Read(now)
		if (err == nil) != (field == "") {
			t.Fatalf("%q and %v", field, err)
		}
		if err != nil {
			return
		}
		again, _, err := Typed{d.Given[0], d.Family[0], d.Birth, d.Postcode[0], d.NHSNumber}.Read(now)
		if diff := cmp.Diff(d, again); err != nil || diff != "" {
			t.Fatalf("read again it is another: %v %s", err, diff)
		}
	})
}

func FuzzReadCode(f *testing.F) {
	f.Add("ABCDE FGHJK MNPQR STVWX")
	f.Fuzz(func(t *testing.T, s string) {
		plain, ok := readCode(s)
		if ok && (len(plain) != codeSize || strings.Trim(plain, letters) != "") {
			t.Fatalf("%q is %q", s, plain)
		}
	})
}

func FuzzReadPapers(f *testing.F) {
	f.Add(builtInPapers)
	f.Fuzz(func(t *testing.T, b []byte) {
		p, err := ReadPapers(b)
		if err == nil && (p.LeastStrength < 3 || len(p.Papers) == 0) {
			t.Fatalf("%+v is taken", p)
		}
	})
}
