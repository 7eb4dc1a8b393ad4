package cdsi

import (
	"bytes"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/child/vaccine"
)

var update = flag.Bool("update", false, "write testdata/small.json anew; look at it before it is committed")

func small(t testing.TB) []File {
	t.Helper()
	var out []File
	for _, name := range []string{"testdata/schedule.xml", "testdata/antigen.xml"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, File{name, b})
	}
	return out
}

// TestEveryElementIsRead: the schedule of two small files, as JSON.
func TestEveryElementIsRead(t *testing.T) {
	s, err := Read("1", vaccine.DateOf(2025, 1, 1), small(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := vaccine.Compile(s); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := vaccine.WriteSchedule(&got, s); err != nil {
		t.Fatal(err)
	}
	const golden = "testdata/small.json"
	want, err := os.ReadFile(golden)
	if *update {
		err = os.WriteFile(golden, got.Bytes(), 0o644)
		want = got.Bytes()
	}
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Bytes(), want) {
		t.Errorf("it is read otherwise; look at the difference, and write it with -update:\n%s", got.String())
	}
}

// TestTheOrderOfFilesDoesNotMatter: the antigens come by their names.
func TestTheOrderOfFilesDoesNotMatter(t *testing.T) {
	files := small(t)
	first, err := Read("1", 0, files)
	if err != nil {
		t.Fatal(err)
	}
	files[0], files[1] = files[1], files[0]
	second, err := Read("1", 0, files)
	if err != nil {
		t.Fatal(err)
	}
	var a, b bytes.Buffer
	if vaccine.WriteSchedule(&a, first) != nil || vaccine.WriteSchedule(&b, second) != nil || !bytes.Equal(a.Bytes(), b.Bytes()) {
		t.Error("another order gives another schedule")
	}
}

// refused damages the second of the small files, and wants the line in the error.
func refused(t *testing.T, from, to, want string) {
	t.Helper()
	files := small(t)
	damaged := bytes.Replace(files[1].Content, []byte(from), []byte(to), 1)
	if bytes.Equal(damaged, files[1].Content) {
		t.Fatalf("%q is not in the file", from)
	}
	files[1].Content = damaged
	_, err := Read("1", 0, files)
	if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "testdata/antigen.xml") {
		t.Errorf("got %v, want %q", err, want)
	}
}

func TestADamagedFileIsRefusedWithItsPlace(t *testing.T) {
	for _, c := range []struct{ from, to, want string }{
		{"<doseNumber>Dose 1</doseNumber>", "<doseName>1</doseName>", "line 17: <doseName> is not known in <seriesDose>"},
		{"<minAge>6 weeks</minAge>", "<minAge>six weeks</minAge>", "line 18: <minAge>: a period"},
		{"<cessationDate>20161215", "<cessationDate>20161315", "line 18: <cessationDate>: a date"},
		{"01/31/1957", "31/01/1957", "line 4: <immunityBirthDate>: a date"},
		{"<recurringDose>Yes", "<recurringDose>Maybe", "<recurringDose>: yes or no"},
		{"<seriesType>Risk", "<seriesType>Other", `<seriesType>: "Other" is not known`},
		{"<requiredGender>Female", "<requiredGender>F", `<requiredGender>: "F" is not known`},
		{"<volume>0.5", "<volume>half", "<volume>: a volume"},
		{"<volume>0.5", "<volume>NaN", "<volume>: a volume"},
		{"<seriesPreference>1", "<seriesPreference>best", "<seriesPreference>: a number"},
		{"<conditionType>Vaccine Count by Age", "<conditionType>Moon", "<conditionType>"},
		{"<seriesName>Nonsense series", "<seriesName><b>x</b>", "<seriesName>: it holds elements"},
		{"<targetDisease>Nonsense", "<targetDisease>", "the target disease"},
		{"<series>", "<series>words", "there is text between"},
		{"</antigenSupportingData>", "", "ends too early"},
		{"</antigenSupportingData>", "</series>", "ends what did not begin"},
		{"</antigenSupportingData>", "</antigenSupportingData><more/>", "two roots"},
		{"</antigenSupportingData>", "</antigenSupportingData>more", "outside of the root"},
		{"<series>", "<series kind='x'>", "has an attribute"},
		{"<series>", "<a:series>", "has a name space"},
		{"<immunity>", "<?php x?><immunity>", "holds an instruction"},
		{"Gently.", "Gently\x00.", "line 12"},
	} {
		refused(t, c.from, c.to, c.want)
	}
}

func TestAttack76ADocumentTypeIsRefused(t *testing.T) {
	refused(t, "<antigenSupportingData>", `<!DOCTYPE a SYSTEM "file:///etc/passwd"><antigenSupportingData>`, "document type")
	refused(t, "<antigenSupportingData>", `<!DOCTYPE a [<!ENTITY b "c">]><antigenSupportingData>`, "document type")
	refused(t, "<immunity>", `<!ENTITY b "c"><immunity>`, "document type")
}

func TestAttack76EntitiesAreRefused(t *testing.T) {
	refused(t, "Gently.", "&b;", "entity")
	refused(t, "Gently.", "&nbsp;", "entity")
}

func TestAttack76AnotherEncodingIsRefused(t *testing.T) {
	refused(t, "<antigenSupportingData>", `<?xml version="1.0" encoding="UTF-7"?><antigenSupportingData>`, "encoding")
}

func TestAttack76ADeepOrLargeFileIsRefused(t *testing.T) {
	for name, content := range map[string][]byte{
		"deep":  []byte(strings.Repeat("<a>", maxDepth+1)),
		"many":  []byte("<a>" + strings.Repeat("<b/>", maxElements+1) + "</a>"),
		"long":  []byte("<a>" + strings.Repeat("b<!-- -->", maxText+1) + "</a>"),
		"large": bytes.Repeat([]byte(" "), maxBytes+1),
	} {
		if _, err := parse(content); err == nil || !strings.Contains(err.Error(), "too") && !strings.Contains(err.Error(), "at most") {
			t.Errorf("%s: got %v", name, err)
		}
	}
	if _, err := Read("1", 0, make([]File, maxFiles+1)); err == nil {
		t.Error("any number of files is read")
	}
}

func TestTheFileOfTheScheduleIsNeededOnce(t *testing.T) {
	files := small(t)
	for _, these := range [][]File{files[1:], {files[0], files[0]}, {{Name: "x", Content: []byte("<x/>")}}} {
		if _, err := Read("1", 0, these); err == nil {
			t.Error("it was read without its file, or with two")
		}
	}
}

// FuzzRead: whatever is read can be compiled or is refused; nothing else happens.
func FuzzRead(f *testing.F) {
	files := small(f)
	f.Add(files[0].Content, files[1].Content)
	f.Fuzz(func(t *testing.T, schedule, antigen []byte) {
		s, err := Read("1", 1, []File{{"s", schedule}, {"a", antigen}})
		if err != nil {
			return
		}
		p, err := vaccine.Compile(s)
		if err != nil {
			return
		}
		p.Assess(vaccine.Person{Born: 700000, History: []vaccine.Given{{On: 700100, Vaccine: "1"}, {On: 700100, Vaccine: "2"}}}, 701000)
	})
}

// TestTheirScheduleAsJSON: CDC's schedule in our form gives the same answers.
func TestTheirScheduleAsJSON(t *testing.T) {
	s := cdc(t).Schedule()
	var first, second bytes.Buffer
	if err := vaccine.WriteSchedule(&first, s); err != nil {
		t.Fatal(err)
	}
	again, err := vaccine.ReadSchedule(bytes.NewReader(first.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	if err := vaccine.WriteSchedule(&second, again); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("it is written otherwise the second time")
	}
	if _, err := vaccine.Compile(again); err != nil {
		t.Error(err)
	}
}
