package given

import (
	"encoding/json"
	"fmt"
	"iter"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/validate"
	"github.com/bevanhealth/bevan/internal/child/vaccine"
	"github.com/bevanhealth/bevan/internal/child/vaccine/england"
	"github.com/bevanhealth/bevan/internal/sim"
)

func reader(t testing.TB) *Reader {
	t.Helper()
	c, err := england.Ours()
	if err != nil {
		t.Fatal(err)
	}
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return NewReader(c, london)
}

func tree(t testing.TB, text string) *fhir.Tree {
	t.Helper()
	out, err := fhir.Parse([]byte(text), fhir.DefaultLimits)
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	return out
}

func child(t testing.TB, born string) *fhir.Tree {
	return tree(t, `{"resourceType":"Patient","id":"x","gender":"female","birthDate":"`+born+`"}`)
}

// jab is an Immunization; more is JSON members.
func jab(t testing.TB, id, on, more string) *fhir.Tree {
	return tree(t, fmt.Sprintf(`{"resourceType":"Immunization","id":%q,"status":"completed","patient":{"reference":"Patient/x"},"occurrenceDateTime":%q,%s}`, id, on, more))
}

func byText(text string) string { return `"vaccineCode":{"text":"` + text + `"}` }

func byCode(system, code string) string {
	return `"vaccineCode":{"coding":[{"system":"` + system + `","code":"` + code + `"}]}`
}

func date(s string) vaccine.Date {
	d, err := vaccine.ParseDate(s)
	if err != nil {
		panic(err)
	}
	return d
}

func TestVaccinesAreKnownByTheirCodes(t *testing.T) {
	r := reader(t)
	procedure := func(code, display string) string {
		return `"extension":[{"url":"` + Practice + `","valueCodeableConcept":{"coding":[{"system":"` + SNOMED + `","code":"` + code + `","display":"` + display + `"}]}}],`
	}
	unknown := `"vaccineCode":{"coding":[{"system":"http://terminology.hl7.org/CodeSystem/v3-NullFlavor","code":"UNK"}]}`
	disease := func(codes ...string) string {
		var all []string
		for _, c := range codes {
			all = append(all, `{"coding":[{"system":"`+SNOMED+`","code":"`+c+`"}]}`)
		}
		return `,"protocolApplied":[{"targetDisease":[` + strings.Join(all, ",") + `],"doseNumberPositiveInt":1}]`
	}
	for name, c := range map[string]struct {
		more, want string
		clash      bool
	}{
		"the UK's procedure":                  {procedure("170433008", "Second MMR") + unknown, "mmr", false},
		"the UK's product":                    {byCode(SNOMED, "34765811000001105"), "6in1", false},
		"procedure and product that agree":    {procedure("985151000000100", "flu") + byCode(SNOMED, "43208811000001106"), "flunasal", false},
		"procedure and product that do not":   {procedure("170433008", "MMR") + byCode(SNOMED, "23584211000001109"), "", true},
		"CVX":                                 {byCode(CVX, "94"), "mmrv", false},
		"made-up people":                      {byCode(madeUp, "hibmenc"), "hibmenc", false},
		"target diseases":                     {unknown + disease("14189004", "36989005", "36653000"), "mmr", false},
		"target diseases of several vaccines": {unknown + disease("16814004"), "", false}, // PCV and PPV
		"a trade name":                        {byText("Infanrix  Hexa"), "6in1", false},
		"a name":                              {byText("MenB vaccine"), "menb", false},
		"nothing that is known":               {byText("Hot soup"), "", false},
		"a code of another system":            {byCode("http://example.org", "94"), "", false},
	} {
		t.Run(name, func(t *testing.T) {
			h := r.Read(child(t, "2025-01-01"), []*fhir.Tree{jab(t, "1", "2026-02-01", c.more)})
			if len(h.Doses) != 1 || h.Doses[0].Vaccine != c.want || h.Doses[0].Clash != c.clash {
				t.Errorf("%+v", h.Doses)
			}
		})
	}
}

func TestWhatIsNotKnownIsToldAndNotCounted(t *testing.T) {
	r := reader(t)
	h := r.Read(child(t, "2025-01-01"), []*fhir.Tree{jab(t, "1", "2026-02-01", byText("Hot soup"))})
	res := r.Assess(&h, date("2026-03-01"))
	if d := res.Doses[0]; d.Counts || d.Why != england.NotKnown || h.Doses[0].Said != "Hot soup" {
		t.Errorf("%+v", d)
	}
}

func TestWhatWasEnteredInErrorIsLeftOut(t *testing.T) {
	r := reader(t)
	wrong := tree(t, `{"resourceType":"Immunization","id":"1","status":"entered-in-error","occurrenceDateTime":"2026-02-01",`+byText("MMR")+`}`)
	no := tree(t, `{"resourceType":"Immunization","id":"2","status":"not-done","occurrenceDateTime":"2026-02-01",`+byText("MMR")+`}`)
	h := r.Read(child(t, "2025-01-01"), []*fhir.Tree{wrong, no})
	if len(h.Doses) != 0 || len(h.Refused) != 1 || h.Refused[0].Vaccine != "mmr" {
		t.Errorf("%+v", h)
	}
}

func TestOneDoseOfTwoSourcesCountsOnce(t *testing.T) {
	r := reader(t)
	for name, c := range map[string]struct {
		entries []*fhir.Tree
		want    []int // how many entries each dose has
	}{
		"by two codes":                {[]*fhir.Tree{jab(t, "1", "2026-02-01", byCode(CVX, "94")), jab(t, "2", "2026-02-01", byText("ProQuad"))}, []int{2}},
		"with and without a time":     {[]*fhir.Tree{jab(t, "1", "2026-02-01T10:00:00Z", byText("MMR")), jab(t, "2", "2026-02-01", byText("MMR"))}, []int{2}},
		"a month about an exact day":  {[]*fhir.Tree{jab(t, "1", "2026-02", byText("MMR")), jab(t, "2", "2026-02-14", byText("MMR"))}, []int{2}},
		"one month and two days":      {[]*fhir.Tree{jab(t, "1", "2026-02", byText("MMR")), jab(t, "2", "2026-02-02", byText("MMR")), jab(t, "3", "2026-02-28", byText("MMR"))}, []int{2, 1}},
		"two months about two days":   {[]*fhir.Tree{jab(t, "1", "2026", byText("MMR")), jab(t, "2", "2026", byText("MMR")), jab(t, "3", "2026-02-02", byText("MMR")), jab(t, "4", "2026-05-02", byText("MMR"))}, []int{2, 2}},
		"two vaccines":                {[]*fhir.Tree{jab(t, "1", "2026-02-01", byText("MMR")), jab(t, "2", "2026-02-01", byText("MenB"))}, []int{1, 1}},
		"two days":                    {[]*fhir.Tree{jab(t, "1", "2026-02-01", byText("MMR")), jab(t, "2", "2026-02-02", byText("MMR"))}, []int{1, 1}},
		"one that nobody knows":       {[]*fhir.Tree{jab(t, "1", "2026-02-01", byText("Hot soup")), jab(t, "2", "2026-02-01", byText("hot  soup"))}, []int{2}},
		"two that nobody knows":       {[]*fhir.Tree{jab(t, "1", "2026-02-01", byText("Hot soup")), jab(t, "2", "2026-02-01", byText("Cold soup"))}, []int{1, 1}},
		"without a name or a day":     {[]*fhir.Tree{jab(t, "1", "", `"vaccineCode":{}`), jab(t, "2", "", `"vaccineCode":{}`)}, []int{1, 1}},
		"late at night in the summer": {[]*fhir.Tree{jab(t, "1", "2026-06-01T23:30:00Z", byText("MMR")), jab(t, "2", "2026-06-02", byText("MMR"))}, []int{2}},
	} {
		t.Run(name, func(t *testing.T) {
			h := r.Read(child(t, "2025-01-01"), c.entries)
			var got []int
			for _, d := range h.Doses {
				got = append(got, len(d.Refs))
			}
			slices.Sort(got)
			slices.Sort(c.want)
			if !slices.Equal(got, c.want) {
				t.Errorf("got %v, want %v: %+v", got, c.want, h.Doses)
			}
		})
	}
}

func TestADayThatIsNotExactIsHandledWithCare(t *testing.T) {
	r := reader(t)
	for name, c := range map[string]struct {
		born    string
		entries []*fhir.Tree
		want    []england.Why
		number  int
		due     string // of the next MMR; "" for none
	}{
		"every day of the month counts":             {"2025-01-01", []*fhir.Tree{jab(t, "1", "2026-02", byText("MMR"))}, []england.Why{england.Counts}, 2, "2026-07-01"},
		"some days of the month are too early":      {"2025-02-10", []*fhir.Tree{jab(t, "1", "2026-02", byText("MMR"))}, []england.Why{england.NotExact}, 1, "2026-02-10"},
		"all days are too early":                    {"2025-02-10", []*fhir.Tree{jab(t, "1", "2026-01", byText("MMR"))}, []england.Why{england.TooEarly}, 1, "2026-02-28"},
		"a year":                                    {"2020-01-01", []*fhir.Tree{jab(t, "1", "2022", byText("MMR"))}, []england.Why{england.Counts}, 2, "2023-05-01"},
		"a day before birth":                        {"2017-10-02", []*fhir.Tree{jab(t, "1", "2017-02-14T12:00:00+00:00", byText("MMR"))}, []england.Why{england.TooEarly}, 1, "2018-10-02"},
		"no day at all":                             {"2020-01-01", []*fhir.Tree{jab(t, "1", "", byText("MMR"))}, []england.Why{england.NotExact}, 1, "2021-01-01"},
		"the second may have been too soon":         {"2020-01-01", []*fhir.Tree{jab(t, "1", "2022-03-20", byText("MMR")), jab(t, "2", "2022-04", byText("MMR"))}, []england.Why{england.Counts, england.NotExact}, 2, "2023-05-01"},
		"the second came after all days of the one": {"2020-01-01", []*fhir.Tree{jab(t, "1", "2022-03", byText("MMR")), jab(t, "2", "2022-04-28", byText("MMR"))}, []england.Why{england.Counts, england.Counts}, 0, ""},
		"the second came too soon after some days":  {"2020-01-01", []*fhir.Tree{jab(t, "1", "2022-03", byText("MMR")), jab(t, "2", "2022-04-27", byText("MMR"))}, []england.Why{england.Counts, england.TooSoon}, 2, "2023-05-01"},
	} {
		t.Run(name, func(t *testing.T) {
			h := r.Read(child(t, c.born), c.entries)
			res := r.Assess(&h, date("2026-11-26"))
			var got []england.Why
			for _, d := range res.Doses {
				got = append(got, d.Why)
			}
			if !slices.Equal(got, c.want) {
				t.Fatalf("got %v, want %v", got, c.want)
			}
			i := slices.IndexFunc(res.Next, func(n england.Next) bool { return n.Programme == "MMR" })
			n := res.Next[i]
			if n.Number != c.number || n.Due.String() != c.due {
				t.Errorf("dose %d due %s, want dose %d due %s", n.Number, n.Due, c.number, c.due)
			}
		})
	}
}

// A dose that is less exact stays in its place, and what counts has a programme.
func TestLessExactDosesAreNotLost(t *testing.T) {
	r := reader(t)
	codes := []string{"6in1", "mmr", "mmrv", "menb", "pcv", "4in1", "menacwy"}
	rapid.Check(t, func(t *rapid.T) {
		born := date("2018-01-01") + vaccine.Date(rapid.IntRange(0, 2500).Draw(t, "born"))
		exact := History{Born: born, Sex: vaccine.Female}
		for range rapid.IntRange(1, 6).Draw(t, "doses") {
			on := born + vaccine.Date(rapid.IntRange(0, 2500).Draw(t, "on"))
			exact.Doses = append(exact.Doses, Dose{Vaccine: rapid.SampledFrom(codes).Draw(t, "vaccine"), First: on, Last: on, Refs: []string{"Immunization/x"}})
		}
		exact.Doses = once(exact.Doses)
		vague := exact
		vague.Doses = slices.Clone(exact.Doses)
		for i := range vague.Doses {
			if rapid.Bool().Draw(t, "vague") {
				vague.Doses[i].First -= vaccine.Date(rapid.IntRange(0, 40).Draw(t, "before"))
				vague.Doses[i].Last += vaccine.Date(rapid.IntRange(0, 40).Draw(t, "after"))
			}
		}
		on := date("2027-01-01")
		a, b := r.Assess(&exact, on), r.Assess(&vague, on)
		for i := range b.Doses {
			if h := vague.Doses[i]; b.Doses[i].Counts && h.First != h.Last && b.Doses[i].Why != england.Counts {
				t.Fatalf("%+v", b.Doses[i])
			}
		}
		if len(a.Doses) != len(b.Doses) {
			t.Fatal("a dose was lost")
		}
	})
}

func TestWithoutADayOfBirthNothingIsSaid(t *testing.T) {
	r := reader(t)
	h := r.Read(child(t, "2025-01"), []*fhir.Tree{jab(t, "1", "2026-02-01", byText("MMR"))})
	res := r.Assess(&h, date("2026-03-01"))
	if h.Born != 0 || len(res.Next) != 0 || len(h.Doses) != 1 || r.Visits(&h, date("2026-03-01")) != nil {
		t.Errorf("%+v", res)
	}
	if r.Recommendation(&h, &res, "Patient/x", time.Now()) != nil {
		t.Error("there is a recommendation")
	}
}

func TestAnIllnessThatWasHadIsRead(t *testing.T) {
	r := reader(t)
	had := func(more string) []*fhir.Tree {
		return []*fhir.Tree{tree(t, `{"resourceType":"Condition","id":"1","code":{"coding":[{"system":"`+SNOMED+`","code":"38907003"}]},"onsetDateTime":"2023-05-01"`+more+`}`)}
	}
	for more, want := range map[string]int{"": 1, `,"verificationStatus":{"coding":[{"code":"refuted"}]}`: 0, `,"verificationStatus":{"coding":[{"code":"entered-in-error"}]}`: 0} {
		if h := r.Read(child(t, "2020-06-01"), had(more)); len(h.Observations) != want {
			t.Errorf("%s: %+v", more, h.Observations)
		}
	}
}

// Made-up people are understood: each vaccine that they have is known, and most of
// what they had counts.
func TestMadeUpPeopleAreUnderstood(t *testing.T) {
	r := reader(t)
	today := time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC)
	doses, counts := 0, 0
	why := map[england.Why]int{}
	for i, p := range madeUpPeople(t, today) {
		h := r.Read(p[0], p[1:])
		res := r.Assess(&h, date("2026-11-26"))
		for k, d := range h.Doses {
			if d.Vaccine == "" {
				t.Errorf("person %d: %q is not known", i, d.Said)
			}
			doses++
			why[res.Doses[k].Why]++
			if res.Doses[k].Counts {
				counts++
			}
		}
	}
	if doses < 100 || why[england.NotKnown] > 0 || why[england.WrongProduct] > doses/50 || counts < doses/2 {
		t.Errorf("%d doses, %v", doses, why)
	}
}

// madeUpPeople are the Patients of a made-up practice, each with the Immunizations
// behind it.
func madeUpPeople(t *testing.T, today time.Time) [][]*fhir.Tree {
	t.Helper()
	all := map[string][]*fhir.Tree{}
	var order []string
	region := sim.Region{Seed: 6, People: 400, Today: sim.Date(today.Year(), int(today.Month()), today.Day()), Depth: 0.1}
	for one := range households(region) {
		out := tree(t, string(one.JSON))
		n := out.Root()
		switch {
		case n.Get("resourceType").Is("Patient"):
			id := "Patient/" + n.Get("id").Str()
			order = append(order, id)
			all[id] = append([]*fhir.Tree{out}, all[id]...)
		case n.Get("resourceType").Is("Immunization"):
			id := n.Get("patient").Get("reference").Str()
			all[id] = append(all[id], out)
		}
	}
	var people [][]*fhir.Tree
	for _, id := range order {
		if len(all[id]) < 2 {
			continue
		}
		people = append(people, all[id])
	}
	return people
}

func TestARecommendationIsValidR4(t *testing.T) {
	r := reader(t)
	h := r.Read(child(t, "2025-03-01"), []*fhir.Tree{jab(t, "1", "2025-04-26", byText("6-in-1")), jab(t, "2", "2025-04-27", byText("6-in-1")), jab(t, "3", "2025-04-26", byText("Hot soup"))})
	now := time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)
	res := r.Assess(&h, date("2026-11-26"))
	rec := r.Recommendation(&h, &res, "Patient/x", now)
	text := valid(t, rec)
	for _, want := range []string{`"overdue"`, `"30981-5"`, `"30980-7"`, `"59778-1"`, `"Immunization/1"`, `"doseNumberPositiveInt":2`, "2026-01-01.1", `"agedOut"`} {
		if !strings.Contains(text, want) {
			t.Errorf("it does not hold %s: %s", want, text)
		}
	}
	if strings.Contains(text, "Immunization/2") || strings.Contains(text, "Immunization/3") {
		t.Errorf("what does not count supports it: %s", text)
	}
	var evaluations []string
	for _, e := range r.Evaluations(&h, &res, "Patient/x", now) {
		evaluations = append(evaluations, valid(t, e))
	}
	all := strings.Join(evaluations, "\n")
	for _, want := range []string{`"toosoon"`, `"valid"`, `"notvalid"`, `"not known"`} {
		if !strings.Contains(all, want) {
			t.Errorf("no evaluation holds %s: %s", want, all)
		}
	}
}

func valid(t *testing.T, m map[string]any) string {
	t.Helper()
	b, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	for _, is := range validate.Resource(tree(t, string(b)), validate.Options{}) {
		if is.Severity == validate.Error {
			t.Errorf("%s: %s", is.Message, b)
		}
	}
	return string(b)
}

func FuzzRead(f *testing.F) {
	f.Add(`{"resourceType":"Immunization","id":"1","status":"completed","occurrenceDateTime":"2026-02","vaccineCode":{"text":"MMR"}}`, "2025-01-01")
	f.Add(`{"resourceType":"Condition","code":{"coding":[{"system":"http://snomed.info/sct","code":"38907003"}]},"onsetDateTime":"x"}`, "2025")
	f.Fuzz(func(t *testing.T, text, born string) {
		entry, err := fhir.Parse([]byte(text), fhir.DefaultLimits)
		if err != nil {
			return
		}
		r := reader(t)
		b, _ := json.Marshal(map[string]string{"resourceType": "Patient", "birthDate": born})
		h := r.Read(tree(t, string(b)), []*fhir.Tree{entry, entry})
		res := r.Assess(&h, date("2026-11-26"))
		r.Recommendation(&h, &res, "Patient/x", time.Time{})
		r.Evaluations(&h, &res, "Patient/x", time.Time{})
		r.Visits(&h, date("2026-11-26"))
	})
}

// households are all resources of a region.
func households(r sim.Region) iter.Seq[sim.Resource] {
	return func(yield func(sim.Resource) bool) {
		for n := range r.Households() {
			for one := range r.Household(n) {
				if !yield(one) {
					return
				}
			}
		}
	}
}
