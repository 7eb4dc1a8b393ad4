package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const smallSchedule = `{"id":"wales-try","version":"7","source":"A test","licence":"None","signedOff":{"by":"Dr No","on":"2026-05-01"},
"groups":[{"name":"MMR","antigens":["MMR"]}],"vaccines":[{"code":"03","name":"MMR","contains":[{"antigen":"MMR"}]}],
"antigens":[{"name":"MMR","series":[{"name":"MMR","group":"MMR","type":"standard","select":{"default":true,"group":"1"},"doses":[{"ages":[{"min":"12 months","recommended":"12 months"}],"preferable":[{"vaccine":"03","forecast":true}]}]}]}]}`

// An operator installs a schedule of another country: it is checked, listed, and
// never in place of ours; one that is wrong is refused with the place.
func TestAnOperatorInstallsAVaccinationSchedule(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	file := filepath.Join(t.TempDir(), "s.json")
	write := func(text string) {
		t.Helper()
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if got := bevan(t, "vaccinations", "list", "--data", data); got.code != 0 || !strings.Contains(got.out, "england  version 2026-01-01.1") || !strings.Contains(got.out, "nobody has signed it off") {
		t.Errorf("%+v", got)
	}
	write(smallSchedule)
	if got := bevan(t, "vaccinations", "add", file, "--data", data, "--check"); got.code != 0 || !strings.Contains(got.out, "Nothing was installed.") {
		t.Errorf("%+v", got)
	}
	if _, err := os.Stat(schedulesIn(data)); err == nil {
		t.Error("a check wrote something")
	}
	if got := bevan(t, "vaccinations", "add", file, "--data", data); got.code != 0 || !strings.Contains(got.out, "wales-try is installed.") {
		t.Fatalf("%+v", got)
	}
	if got := bevan(t, "vaccinations", "add", file, "--data", data); got.code == 0 || !strings.Contains(got.err, "--replace") {
		t.Errorf("%+v", got)
	}
	if got := bevan(t, "vaccinations", "add", file, "--data", data, "--replace"); got.code != 0 {
		t.Errorf("%+v", got)
	}
	if got := bevan(t, "vaccinations", "list", "--data", data); !strings.Contains(got.out, "wales-try  version 7") || !strings.Contains(got.out, "signed off by Dr No") {
		t.Errorf("%+v", got)
	}
	for change, want := range map[string]string{
		`"id":"wales-try"→"id":"england"`:                "is that of the schedule of this program",
		`"id":"wales-try"→"id":"../../etc"`:              "small letters, digits and hyphens",
		`"licence":"None"→"licence":""`:                  "Nothing was installed.",
		`"vaccine":"03"→"vaccine":"99"`:                  "99",
		`"type":"standard"→"type":"wish"`:                "wish",
		`"version":"7"→"version":"7","more":true`:        "Nothing was installed.",
		`"recommended":"12 months"→"recommended":"soon"`: "soon",
	} {
		old, now, _ := strings.Cut(change, "→")
		write(strings.Replace(smallSchedule, old, now, 1))
		if got := bevan(t, "vaccinations", "add", file, "--data", data, "--replace"); got.code == 0 || !strings.Contains(got.err, want) {
			t.Errorf("%s: %+v", change, got)
		}
	}
	for _, id := range []string{"scotland", "../data/schedules/wales-try"} {
		if got := bevan(t, "serve", "--data", data, "--listen", "127.0.0.1:0", "--vaccinations", id); got.code == 0 || !strings.Contains(got.err, "There is no vaccination schedule") {
			t.Errorf("%s: %+v", id, got)
		}
	}
	if r, err := readVaccinations(data, "wales-try"); err != nil || r.Calendar().Version() != "7" {
		t.Errorf("%v", err)
	}
	if err := os.WriteFile(filepath.Join(schedulesIn(data), "wales-try.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := readVaccinations(data, "wales-try"); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("%v", err)
	}
	if got := bevan(t, "vaccinations", "list", "--data", data); got.code != 0 || !strings.Contains(got.out, "wales-try.json is damaged") {
		t.Errorf("%+v", got)
	}
}
