package display

import (
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"
	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

var noon = time.Date(2026, 5, 3, 12, 0, 0, 0, time.UTC)

func tree(t testing.TB, text string) *fhir.Tree {
	t.Helper()
	b, err := fhir.Parse([]byte(text), fhir.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	return b
}

const (
	sodium = `{"resourceType":"Observation","id":"na","meta":{"versionId":"1"},"issued":"2026-05-01T09:00:00Z","code":{"coding":[{"system":"http://loinc.org","code":"2951-2"}]}}`
	brca   = `{"resourceType":"DiagnosticReport","id":"g","meta":{"versionId":"2"},"issued":"2026-05-01T09:00:00Z","category":[{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v2-0074","code":"GE"}]}],"code":{"text":"x"}}`
)

func TestWhichKindAResultIs(t *testing.T) {
	r := Published()
	for text, want := range map[string]string{
		sodium: "everyday",
		brca:   "genetic",
		`{"resourceType":"Observation","code":{"coding":[{"system":"http://loinc.org","code":"72106-8"}]}}`:                                                                       "memory",
		`{"resourceType":"Observation","code":{"coding":[{"system":"http://snomed.info/sct","code":"31676001"}]}}`:                                                                "sexual",
		`{"resourceType":"Observation","code":{"coding":[{"system":"http://example.org","code":"72106-8"}]}}`:                                                                     "everyday",
		`{"resourceType":"Observation","code":{"text":"x"},"component":[{"code":{"coding":[{"system":"http://loinc.org","code":"53037-8"}]}}]}`:                                   "genetic",
		`{"resourceType":"DiagnosticReport","code":{"text":"x"},"contained":[{"resourceType":"Observation","code":{"coding":[{"system":"http://loinc.org","code":"22637-3"}]}}]}`: "cancer",
		`{"resourceType":"Condition","code":{"coding":[{"system":"http://loinc.org","code":"72106-8"}]}}`:                                                                         "",
		`{"resourceType":"Observation","code":{"coding":[{"system":"http://loinc.org","code":"2857-1"},{"system":"http://loinc.org","code":"51969-4"}]}}`:                         "genetic cancer",
		`{"resourceType":"Observation"}`: "everyday",
	} {
		var got []string
		for _, k := range r.Of(tree(t, text)) {
			got = append(got, k.ID)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s is %v, not %q", text, got, want)
		}
	}
}

func TestWhatHoldsForAResult(t *testing.T) {
	r := Published()
	first := Choices{}
	for _, k := range r.Kinds {
		first[k.ID] = k.First
	}
	with := func(kind string, h How) Choices {
		c := Choices{}
		for id, how := range first {
			c[id] = how
		}
		c[kind] = h
		return c
	}
	for name, c := range map[string]struct {
		text string
		c    Choices
		told Told
		now  time.Time
		want Shown
	}{
		"everyday at first":     {sodium, first, nil, noon, Shown{How: Now, Kind: "everyday"}},
		"genetic at first":      {brca, first, nil, noon, Shown{How: Warn, Kind: "genetic"}},
		"genetic at once":       {brca, with("genetic", Now), nil, noon, Shown{How: Now, Kind: "genetic"}},
		"it waits":              {brca, with("genetic", Wait), nil, noon, Shown{How: Wait, Kind: "genetic", Until: time.Date(2026, 5, 29, 9, 0, 0, 0, time.UTC)}},
		"it waited":             {brca, with("genetic", Wait), nil, time.Date(2026, 5, 29, 9, 0, 0, 0, time.UTC), Shown{How: Warn, Kind: "genetic"}},
		"one moment before":     {brca, with("genetic", Wait), nil, time.Date(2026, 5, 29, 8, 59, 59, 0, time.UTC), Shown{How: Wait, Kind: "genetic", Until: time.Date(2026, 5, 29, 9, 0, 0, 0, time.UTC)}},
		"they were told":        {brca, with("genetic", Wait), Told{{"DiagnosticReport", "g", "2"}: true}, noon, Shown{How: Now, Kind: "genetic"}},
		"it was corrected then": {brca, with("genetic", Wait), Told{{"DiagnosticReport", "g", "1"}: true}, noon, Shown{How: Wait, Kind: "genetic", Until: time.Date(2026, 5, 29, 9, 0, 0, 0, time.UTC)}},
		"everyday waits":        {sodium, with("everyday", Wait), nil, noon, Shown{How: Wait, Kind: "everyday", Until: time.Date(2026, 5, 15, 9, 0, 0, 0, time.UTC)}},
		"everyday waited":       {sodium, with("everyday", Wait), nil, noon.AddDate(1, 0, 0), Shown{How: Now, Kind: "everyday"}},
		"nothing is known":      {brca, nil, nil, noon, Shown{How: "", Kind: "genetic", Until: time.Date(2026, 5, 29, 9, 0, 0, 0, time.UTC)}},
		"no result":             {`{"resourceType":"Condition"}`, nil, nil, noon, Shown{How: Now}},
	} {
		if got := r.Show(tree(t, c.text), c.c, c.told, c.now); got != c.want {
			t.Errorf("%s: %+v, not %+v", name, got, c.want)
		}
	}
}

// A result is never shown with less care than the choice for any of its kinds,
// and one that nobody put off any longer is not held back for ever.
func TestNothingIsShownWithLessCareThanChosen(t *testing.T) {
	r := Published()
	rapid.Check(t, func(t *rapid.T) {
		c := Choices{}
		for _, k := range r.Kinds {
			c[k.ID] = rapid.SampledFrom(Ways()).Draw(t, k.ID)
		}
		var codes []string
		hardest := 0
		for _, k := range r.Kinds {
			if len(k.Codes) > 0 && rapid.Bool().Draw(t, "is "+k.ID) {
				one := rapid.SampledFrom(k.Codes).Draw(t, "code")
				codes = append(codes, `{"system":"`+one.System+`","code":"`+one.Code+`"}`)
				hardest = max(hardest, c[k.ID].careful())
			}
		}
		if len(codes) == 0 {
			hardest = c[Everyday].careful()
		}
		day := rapid.IntRange(-400, 400).Draw(t, "day")
		b, err := fhir.Parse([]byte(`{"resourceType":"Observation","id":"x","issued":"`+noon.AddDate(0, 0, day).Format(time.RFC3339)+`","code":{"coding":[`+strings.Join(codes, ",")+`]}}`), fhir.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		got := r.Show(b, c, nil, noon)
		young := day > -14 // no kind waits for less
		if young && got.How.careful() != hardest {
			t.Fatalf("%v, with %v", got, c)
		}
		if got.How == Wait && (!got.Until.After(noon) || got.Until.After(noon.AddDate(0, 0, 28))) {
			t.Fatalf("it waits until %s", got.Until)
		}
		if day < -28 && got.How == Wait {
			t.Fatal("it waits for ever")
		}
	})
}

func opened(t *testing.T, d *db.DB) (*Displays, *account.Accounts) {
	t.Helper()
	ring, err := seal.Create(t.TempDir() + "/keys.json")
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return noon }
	box, err := notify.Open(t.Context(), d, ring, now)
	if err != nil {
		t.Fatal(err)
	}
	a, err := account.Open(t.Context(), d, ring, box, account.Config{RPID: "localhost", Name: "Bevan", Origins: []string{"http://localhost"}, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Config{DB: d, Accounts: a, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return s, a
}

// somebody makes an account.
func somebody(t *testing.T, a *account.Accounts) string {
	t.Helper()
	auth := virtualwebauthn.NewAuthenticator()
	cred := virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	for len(cred.Key.AttestationData()) != 77 { // the tool writes coordinates without leading zeros, which COSE does not allow
		cred = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2)
	}
	c, err := a.BeginAccount(t.Context(), account.SourceOf(netip.AddrFrom4([4]byte{10, 0, 0, 1})), "Ann")
	if err != nil {
		t.Fatal(err)
	}
	o, err := virtualwebauthn.ParseAttestationOptions(string(c.Options))
	if err != nil {
		t.Fatal(err)
	}
	auth.Options.UserHandle = []byte(o.UserID)
	answer := virtualwebauthn.CreateAttestationResponse(virtualwebauthn.RelyingParty{ID: "localhost", Name: "Bevan", Origin: "http://localhost"}, auth, cred, *o)
	ses, _, err := a.FinishAccount(t.Context(), c.ID, []byte(answer), "phone", "Firefox")
	if err != nil {
		t.Fatal(err)
	}
	return ses.Account
}

func TestChoicesAreKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, a := opened(t, d)
		id := somebody(t, a)
		c, err := s.Of(t.Context(), id)
		if err != nil || c["genetic"] != Warn || c[Everyday] != Now || len(c) != len(s.Rules.Kinds) {
			t.Fatalf("%v, %v", c, err)
		}
		c["genetic"] = Wait
		if err := s.Choose(t.Context(), id, c); err != nil {
			t.Fatal(err)
		}
		if err := s.Choose(t.Context(), id, c); err != nil { // a double click
			t.Fatal(err)
		}
		if got, err := s.Of(t.Context(), id); err != nil || got["genetic"] != Wait || got["cancer"] != Warn {
			t.Errorf("%v, %v", got, err)
		}
		if got, err := s.Of(t.Context(), "somebody else"); err != nil || got["genetic"] != Warn {
			t.Errorf("another has %v, %v", got, err)
		}
		for _, bad := range []Choices{nil, {"genetic": Wait}, {"everyday": "never", "genetic": Now, "cancer": Now, "pregnancy": Now, "memory": Now, "sexual": Now}} {
			if err := s.Choose(t.Context(), id, bad); !problem.Is(err, problem.Invalid) {
				t.Errorf("%v: %v", bad, err)
			}
		}
		c["weather"] = Now
		if err := s.Choose(t.Context(), id, c); !problem.Is(err, problem.Invalid) {
			t.Errorf("%v", err)
		}
		if err := s.Choose(t.Context(), "nobody", Choices{}); err == nil {
			t.Error("an account that there is not chose")
		}
	})
}

func TestWhatWasTalkedAboutIsKeptAndErased(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s, _ := opened(t, d)
		r := Result{"Observation", "x", "1"}
		for _, patient := range []string{"ann", "bob", "ann"} {
			if err := s.Tell(t.Context(), patient, r, "account:1"); err != nil {
				t.Fatal(err)
			}
		}
		if _, got, err := s.Both(t.Context(), "", "ann"); err != nil || len(got) != 1 || !got[r] {
			t.Errorf("%v, %v", got, err)
		}
		r.Version = "2"
		if err := s.Tell(t.Context(), "ann", r, "account:1"); err != nil {
			t.Fatal(err)
		}
		if _, got, err := s.Both(t.Context(), "", "ann"); err != nil || len(got) != 1 || !got[r] {
			t.Errorf("%v, %v", got, err)
		}
		for range 2 {
			if err := s.Erase(t.Context(), "ann"); err != nil {
				t.Fatal(err)
			}
		}
		if _, got, err := s.Both(t.Context(), "", "ann"); err != nil || len(got) != 0 {
			t.Errorf("%v, %v", got, err)
		}
		if _, got, err := s.Both(t.Context(), "", "bob"); err != nil || len(got) != 1 {
			t.Errorf("%v, %v", got, err)
		}
		if err := s.Tell(t.Context(), "ann", Result{"Observation", "x", ""}, "account:1"); err == nil {
			t.Error("a result without a version was talked about")
		}
	})
}

func TestRulesAreReadWholeOrNotAtAll(t *testing.T) {
	for name, bad := range map[string]string{
		"nothing":            ``,
		"no kinds":           `{"version":"1","effective":"2026-01-01","sources":["x"],"kinds":[]}`,
		"everyday not last":  `{"version":"1","effective":"2026-01-01","sources":["x"],"kinds":[{"id":"everyday","first":"now","days":1},{"id":"x","first":"now","days":1}]}`,
		"no day":             `{"version":"1","sources":["x"],"kinds":[{"id":"everyday","first":"now","days":1}]}`,
		"a way that is none": `{"version":"1","effective":"2026-01-01","sources":["x"],"kinds":[{"id":"everyday","first":"never","days":1}]}`,
		"for ever":           `{"version":"1","effective":"2026-01-01","sources":["x"],"kinds":[{"id":"everyday","first":"now","days":` + strconv.Itoa(367) + `}]}`,
		"no such label":      `{"version":"1","effective":"2026-01-01","sources":["x"],"kinds":[{"id":"everyday","first":"now","days":1,"labels":["weather"]}]}`,
		"a code twice":       `{"version":"1","effective":"2026-01-01","sources":["x"],"kinds":[{"id":"everyday","first":"now","days":1,"codes":[{"system":"a","code":"b","term":"c","source":"d"},{"system":"a","code":"b","term":"c","source":"d"}]}]}`,
		"no source":          `{"version":"1","effective":"2026-01-01","sources":["x"],"kinds":[{"id":"everyday","first":"now","days":1,"codes":[{"system":"a","code":"b","term":"c"}]}]}`,
		"something unknown":  `{"version":"1","effective":"2026-01-01","sources":["x"],"weather":1,"kinds":[{"id":"everyday","first":"now","days":1}]}`,
	} {
		if _, err := ReadRules([]byte(bad)); err == nil {
			t.Errorf("%s was read", name)
		}
	}
}

func FuzzReadRules(f *testing.F) {
	f.Add(published)
	f.Fuzz(func(t *testing.T, text []byte) {
		r, err := ReadRules(text)
		if err != nil {
			return
		}
		for _, k := range r.Kinds {
			if k.Days < 1 || k.ID == "" {
				t.Fatalf("%+v", k)
			}
		}
	})
}
