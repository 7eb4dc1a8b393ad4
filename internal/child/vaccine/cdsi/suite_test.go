package cdsi

import (
	"bufio"
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/bevanhealth/bevan/internal/child/vaccine"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

// supportingData are CDC's files, which lie outside.
func supportingData(t testing.TB) []File {
	t.Helper()
	var out []File
	for _, name := range suitetest.Files(t, "cdsi", "supporting-data/*.xml") {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, File{filepath.Base(name), b})
	}
	return out
}

// theirs is CDC's schedule, read by the first test that asks for it.
var theirs struct {
	once     sync.Once
	schedule *vaccine.Schedule
	plan     *vaccine.Plan
	err      error
}

func cdc(t testing.TB) *vaccine.Plan {
	t.Helper()
	files := supportingData(t)
	theirs.once.Do(func() {
		if theirs.schedule, theirs.err = Read("4.64", vaccine.DateOf(2025, 9, 1), files); theirs.err == nil {
			theirs.plan, theirs.err = vaccine.Compile(theirs.schedule)
		}
	})
	if theirs.err != nil {
		t.Fatal(theirs.err)
	}
	return theirs.plan
}

// theCase is a line of healthy-cases.jsonl.
type theCase map[string]string

func (c theCase) date(t testing.TB, key string) vaccine.Date {
	if c[key] == "" {
		return 0
	}
	d, err := vaccine.ParseDate(c[key])
	if err != nil {
		t.Fatalf("%s: %v", key, err)
	}
	return d
}

func cases(t testing.TB) (out []theCase) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(suitetest.Dir(t, "cdsi"), "healthy-cases.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(bytes.NewReader(b))
	for lines.Scan() {
		var c theCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		out = append(out, c)
	}
	return out
}

var groupNames = map[string]string{
	"DTAP": "DTaP/Tdap/Td", "FLU": "Influenza", "HepA": "HepA", "HepB": "HepB", "HIB": "Hib", "HPV": "HPV",
	"MCV": "Meningococcal", "MMR": "MMR", "PCV": "Pneumococcal", "POL": "Polio",
}

var reasonNames = map[string]vaccine.Reason{
	"Age: Too Young": vaccine.TooYoung, "Interval: too Soon": vaccine.TooSoon, "Inadvertent Vaccine": vaccine.InadvertentVaccine,
	"Series Already Complete": vaccine.AlreadyComplete, "Age: Too Old": vaccine.TooOld, "Live Virus Conflict": vaccine.Conflicting,
}

func (c theCase) person(t testing.TB) vaccine.Person {
	who := vaccine.Person{Born: c.date(t, "DOB"), Sex: map[string]vaccine.Sex{"F": vaccine.Female, "M": vaccine.Male}[c["gender"]]}
	for n := 1; c["CVX_"+strconv.Itoa(n)] != ""; n++ {
		i := strconv.Itoa(n)
		who.History = append(who.History, vaccine.Given{On: c.date(t, "Date_Administered_"+i), Vaccine: c["CVX_"+i], Maker: c["MVX_"+i]})
	}
	return who
}

// verdict is what a dose was worth for a group, or for the one that it is of.
func verdict(out *vaccine.Outcome, dose int, group, path string) vaccine.Verdict {
	v, ok := out.Of(dose, group, path)
	if !ok {
		for _, other := range out.Verdicts {
			if other.Dose == dose {
				return other
			}
		}
	}
	return v
}

// held says what of a case the engine has otherwise.
func (c theCase) held(t testing.TB, plan *vaccine.Plan, f *suitetest.Finding) {
	group := groupNames[c["Vaccine_Group"]]
	who := c.person(t)
	out := plan.Assess(who, c.date(t, "Assessment_Date"))
	fc, _ := out.Main(group)
	for i := range who.History {
		n := strconv.Itoa(i + 1)
		v := verdict(&out, i, group, fc.Path)
		f.Want(strings.EqualFold(v.Status.String(), c["Evaluation_Status_"+n]), "dose %s is %s (%s), not %s", n, v.Status, v.Reason, c["Evaluation_Status_"+n])
		if r := c["Evaluation_Reason_"+n]; r != "" {
			f.Want(v.Reason == reasonNames[r], "dose %s for %q, not %s", n, v.Reason, r)
		}
	}
	f.Want(fc.Group != "" && strings.EqualFold(fc.Status.String(), c["Series_Status"]), "status %s, not %s", fc.Status, c["Series_Status"])
	number := ""
	if fc.Dose > 0 {
		number = strconv.Itoa(fc.Dose)
	}
	f.Want(number == c["Forecast_#"], "dose number %s, not %s", number, c["Forecast_#"])
	for _, d := range []struct {
		key string
		got vaccine.Date
	}{{"Earliest_Date", fc.Earliest}, {"Recommended_Date", fc.Recommended}, {"Past_Due_Date", fc.Overdue}} {
		f.Want(d.got == c.date(t, d.key), "%s %s, not %s", d.key, d.got, c[d.key])
	}
}

// TestCDSi holds the engine against CDC's cases for healthy people.
func TestCDSi(t *testing.T) {
	plan := cdc(t)
	run := suitetest.Cases{}
	var names []string
	for _, c := range cases(t) {
		names = append(names, c["CDC_Test_ID"])
		run[c["CDC_Test_ID"]] = func(f *suitetest.Finding) { c.held(t, plan, f) }
	}
	run.Run(t, names, suitetest.List(t, "testdata/exceptions.txt"))
}

// TestCDSiSaysAllReasons: where CDC's case gives another reason than ours comes
// first, ours names that one too.
func TestCDSiSaysAllReasons(t *testing.T) {
	plan := cdc(t)
	for _, c := range cases(t) {
		group := groupNames[c["Vaccine_Group"]]
		who := c.person(t)
		out := plan.Assess(who, c.date(t, "Assessment_Date"))
		main, _ := out.Main(group)
		for i := range who.History {
			want, told := reasonNames[c["Evaluation_Reason_"+strconv.Itoa(i+1)]]
			if v := verdict(&out, i, group, main.Path); told && v.Reason != want && !v.Also.Has(want) {
				t.Errorf("%s: dose %d is %s, not also %s", c["CDC_Test_ID"], i+1, v.Reason, want)
			}
		}
	}
}
