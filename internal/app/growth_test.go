package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/growth"
)

const growthCSV = `child,born,sex,gestation,on,measure,value,method
Sam,2026-01-01,male,30+3,2026-07-01,weight,5.9,
Sam,2026-01-01,male,30+3,2026-07-01,height,60.2,lying
Ada,2020-05-05,female,,2026-07-01,weight,52,
Bo,2020-05-05,,,2026-07-01,weight,20,
`

func growthFileOf(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// oneSpace is a table without its padding.
func oneSpace(s string) string { return strings.Join(strings.Fields(s), " ") }

func TestGrowthReadsAFileOfMeasurements(t *testing.T) {
	dir := t.TempDir()
	got := bevan(t, "growth", growthFileOf(t, "in.csv", growthCSV), "--data", dir)
	for _, want := range []string{
		"2 Sam 2026-07-01 weight 5.9 kg 0.496 -2.629 0.4 0.312 -1.301 9.7 3 Sam",
		"check: Ada, 2026-07-01, weight: 52 kg would fit as pounds",
		"no score: line 5: sex is not recorded",
		"Reference: WHO Child Growth Standards and Growth Reference, version 2006 and 2007 (who), signed off by nobody; rules growth-review 1, signed off by nobody.",
	} {
		if !strings.Contains(oneSpace(got.out), want) {
			t.Errorf("%s is missing in\n%s", want, got.out)
		}
	}
	if got.code != exitOK || got.err != "" {
		t.Errorf("%d, %s", got.code, got.err)
	}

	legacy := bevan(t, "growth", growthFileOf(t, "in.csv", strings.Replace(growthCSV, "30+3", "37", 2)), "--data", dir, "--legacy")
	if !strings.Contains(oneSpace(legacy.out), "0.496 -2.629 0.4 - - - 3 Sam") {
		t.Errorf("by the rule of the paper charts\n%s", legacy.out)
	}
	cdc := bevan(t, "growth", growthFileOf(t, "in.csv", growthCSV), "--data", dir, "--reference", "cdc-2000")
	if cdc.code != exitOK || !strings.Contains(cdc.out, "CDC Growth Charts") {
		t.Errorf("%+v", cdc)
	}
	if got := bevan(t, "growth", growthFileOf(t, "in.csv", growthCSV), "--data", dir, "--reference", "uk"); got.code != exitFailed || !strings.Contains(got.err, "There is no growth reference uk. There are: who, who-2006, who-2007, cdc-2000.") {
		t.Errorf("%+v", got)
	}
	if got := bevan(t, "growth", filepath.Join(dir, "nothing.csv")); got.code != exitFailed || !strings.Contains(got.err, "Check its name") {
		t.Errorf("%+v", got)
	}
}

func TestGrowthWritesJSONLines(t *testing.T) {
	lines := `{"child": "Sam", "born": "2026-01-01", "sex": "male", "on": "2026-01-01", "measure": "weight", "value": 3.5}
{"child": "Sam", "born": "2026-01-01", "sex": "male", "on": "2026-01-06", "measure": "weight", "value": "3.1"}
`
	got := bevan(t, "growth", growthFileOf(t, "in.jsonl", lines), "--json", "--data", t.TempDir())
	out := strings.Split(strings.TrimSpace(got.out), "\n")
	if got.code != exitOK || len(out) != 2 {
		t.Fatalf("%+v", got)
	}
	var first, second growthResult
	if err := json.Unmarshal([]byte(out[0]), &first); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(out[1]), &second); err != nil {
		t.Fatal(err)
	}
	who := growth.WHO().Info()
	if first.Reference != (growthReference{who.ID, who.Version, who.Digest}) || first.Chronological.Z == nil || first.Corrected != nil || first.Lay == "" || len(first.Findings) != 0 {
		t.Errorf("%+v", first)
	}
	if second.Line != 2 || len(second.Findings) != 1 || second.Findings[0].Code != "neonatal-loss" || second.Findings[0].Rules != "growth-review 1" {
		t.Errorf("%+v", second)
	}
}

// Lines that are wrong are told with their numbers; the others are done.
func TestGrowthTellsWhichLinesAreWrong(t *testing.T) {
	bad := growthCSV + `Sam,2026-01-01,male,30+3,2026-07-01,shoe,20,
Sam,01/01/2026,male,30+3,2026-07-01,weight,6,
Sam,2026-01-01,boy,30+3,2026-07-01,weight,6,
Sam,2026-01-01,male,99,2026-07-01,weight,6,
Sam,2026-01-01,male,30+9,2026-07-01,weight,6,
Sam,2026-01-01,male,30+3,2026-07-01,weight,six,
Sam,2026-01-01,male,30+3,2026-07-01,weight,NaN,
Sam,2026-01-01,male,30+3,2026-07-01,height,60,hanging
Sam,2026-02-01,male,30+3,2026-07-01,weight,6,
Sam,2026-01-01
`
	got := bevan(t, "growth", growthFileOf(t, "in.csv", bad), "--data", t.TempDir())
	for _, want := range []string{
		`line 6: measure is "shoe"`, `line 7: born is "01/01/2026": write the day as`, `line 8: sex is "boy"`, `line 9: gestation is "99"`, `line 10: gestation is "30+9"`,
		`line 11: value is "six"`, `line 12: value is "NaN"`, `line 13: method is "hanging"`, `line 14: the child "Sam" has another birth date`, `line 15: it has 2 columns`,
		"Lines that were left out: 10.",
	} {
		if !strings.Contains(got.err, want) {
			t.Errorf("%s is missing in\n%s", want, got.err)
		}
	}
	if got.code != exitPart || !strings.Contains(got.out, "2     Sam") {
		t.Errorf("%d\n%s", got.code, got.out)
	}
	for name, text := range map[string]string{"the column": "name,born\n", "no first line": "", "can not be read": "child,born\n\"a,b\n"} {
		if got := bevan(t, "growth", growthFileOf(t, "in.csv", text), "--data", t.TempDir()); got.code != exitFailed || !strings.Contains(got.err, name) {
			t.Errorf("%q: %+v", text, got)
		}
	}
	if got := bevan(t, "growth", growthFileOf(t, "in.jsonl", "{\"born\": \"2026-01-01\", \"x\": 1}\nfoo\n"), "--data", t.TempDir()); got.code != exitPart || !strings.Contains(got.err, `line 1: "x" is not known`) || !strings.Contains(got.err, "line 2: it is no JSON object") {
		t.Errorf("%+v", got)
	}
}

const madeUpTable = `{"acknowledgement_text": "made up", "measurement": {"height": {"female": [
	{"decimal_age": 1, "L": 1, "M": 65, "S": 0.05}, {"decimal_age": 2, "L": 1, "M": 75, "S": 0.05}, {"decimal_age": 3, "L": 1, "M": 82, "S": 0.05}], "male": []},
	"bmi": {"male": [{"decimal_age": 1, "L": "", "M": "", "S": ""}]}}}`

func madeUpFlags(file, data string) []string {
	return []string{"growth", "add", file, "--data", data, "--id", "made-up", "--name", "Made-up syndrome", "--version", "1", "--effective", "2026-01-01", "--source", "us", "--licence", "ours"}
}

func TestGrowthReferencesAreInstalled(t *testing.T) {
	data := t.TempDir()
	table := growthFileOf(t, "made.json", madeUpTable)
	if got := bevan(t, "growth", "add", table, "--data", data); got.code != exitFailed || !strings.Contains(got.err, "a table without a manifest") {
		t.Errorf("%+v", got)
	}
	if got := bevan(t, append(madeUpFlags(table, data), "--check")...); got.code != exitOK || !strings.Contains(got.out, "Nothing was installed") {
		t.Errorf("%+v", got)
	}
	if got := bevan(t, madeUpFlags(table, data)...); got.code != exitOK || !strings.Contains(got.out, "height: female 1.00 to 3.00 years\n") || !strings.Contains(got.out, "weight: none\n") || !strings.Contains(got.lastLine(), "made-up is installed.") {
		t.Errorf("%+v", got)
	}
	if got := bevan(t, madeUpFlags(table, data)...); got.code != exitFailed || !strings.Contains(got.err, "installed already") {
		t.Errorf("%+v", got)
	}
	if got := bevan(t, append(madeUpFlags(table, data), "--replace")...); got.code != exitOK {
		t.Errorf("%+v", got)
	}
	if got := bevan(t, "growth", "list", "--data", data); got.code != exitOK || !strings.Contains(got.out, "made-up: Made-up syndrome, version 1, from 2026-01-01 (installed)") || !strings.Contains(got.out, "cdc-2000: ") {
		t.Errorf("%+v", got)
	}
	in := growthFileOf(t, "in.csv", "born,sex,on,measure,value\n2024-01-01,female,2026-01-01,height,70\n")
	if got := bevan(t, "growth", in, "--data", data, "--reference", "made-up"); got.code != exitOK || !strings.Contains(got.out, "-1.336") || !strings.Contains(got.out, "Made-up syndrome") {
		t.Errorf("%+v", got)
	}
	// A server draws with it first when it is told to, and with ours otherwise.
	for first, want := range map[string]string{"": "who", "made-up": "made-up"} {
		all, err := readReferences(data, first)
		if err != nil || len(all) != 5 || all[0].Info().ID != want {
			t.Errorf("%q: %d references, %v", first, len(all), err)
		}
	}
	if all, err := readReferences(filepath.Join(data, "nowhere"), ""); err != nil || len(all) != 4 {
		t.Errorf("without a folder: %d, %v", len(all), err)
	}
}

func TestDamagedGrowthReferencesAreNotInstalled(t *testing.T) {
	data := t.TempDir()
	bad := growthFileOf(t, "bad.json", strings.Replace(madeUpTable, `"M": 75`, `"M": 7.5`, 1))
	if got := bevan(t, madeUpFlags(bad, data)...); got.code != exitFailed || !strings.Contains(got.err, "Nothing was installed.") || !strings.Contains(got.err, "height, female, row 2: its M is 7.5 cm, which can not be") {
		t.Errorf("%+v", got)
	}
	if _, err := os.Stat(filepath.Join(data, "growth")); !os.IsNotExist(err) {
		t.Errorf("a folder was made: %v", err)
	}
	good := growthFileOf(t, "good.json", madeUpTable)
	if got := bevan(t, append(madeUpFlags(good, data), "--id", "who")...); got.code == exitOK {
		t.Errorf("ours was replaced: %+v", got)
	}
	if got := bevan(t, madeUpFlags(good, data)...); got.code != exitOK {
		t.Fatalf("%+v", got)
	}
	// A file that is damaged later stops the server from starting, with words.
	file := filepath.Join(data, "growth", "made-up.json")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text[:len(text)/2], 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"growth", "list", "--data", data}, {"serve", "--data", data, "--listen", "127.0.0.1:0"}} {
		if got := bevan(t, args...); got.code != exitFailed || !strings.Contains(got.err, "made-up.json is damaged") {
			t.Errorf("%v: %+v", args, got)
		}
	}
}

// Attack 76: a manifest or an installed file leads to no file outside of its
// folder.
func TestAttack76AGrowthReferenceLeadsNowhereElse(t *testing.T) {
	dir, data := t.TempDir(), t.TempDir()
	secret := filepath.Join(t.TempDir(), "secret.json")
	if err := os.WriteFile(secret, []byte(madeUpTable), 0o600); err != nil {
		t.Fatal(err)
	}
	manifest := `{"id": "x", "name": "x", "version": "1", "effective": "2026-01-01", "source": "us", "licence": "ours", "signedOff": null, "pieces": [{"name": "x", "table": "TABLE"}]}`
	if err := os.Symlink(secret, filepath.Join(dir, "link.json")); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{secret, "../" + filepath.Base(filepath.Dir(secret)) + "/secret.json", "link.json"} {
		path := filepath.Join(dir, "manifest.json")
		if err := os.WriteFile(path, []byte(strings.Replace(manifest, "TABLE", table, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := bevan(t, "growth", "add", path, "--data", data); got.code != exitFailed || !strings.Contains(got.err, "can not be read") {
			t.Errorf("%s: %+v", table, got)
		}
	}
	if err := os.Mkdir(filepath.Join(data, "growth"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(secret, filepath.Join(data, "growth", "x.json")); err != nil {
		t.Fatal(err)
	}
	if got := bevan(t, "growth", "list", "--data", data); got.code != exitFailed || !strings.Contains(got.err, "can not be read") {
		t.Errorf("%+v", got)
	}
}

func FuzzReadGrowth(f *testing.F) {
	f.Add(growthCSV)
	f.Add(`{"born": "2026-01-01", "sex": "male", "on": "2026-01-01", "measure": "weight", "value": 3.5}`)
	f.Fuzz(func(t *testing.T, text string) {
		file, err := readGrowth(strings.NewReader(text))
		if err != nil {
			return
		}
		var out strings.Builder
		if err := writeGrowthTable(&out, growth.WHO(), file.children, growth.Options{}); err != nil {
			t.Error(err)
		}
		if err := writeGrowthJSON(&out, growth.WHO(), file.children, growth.Options{}); err != nil {
			t.Error(err)
		}
	})
}
