package app

import (
	"bytes"
	"context"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// eachStore runs a test on both databases; flags are what a command needs to
// find the store.
func eachStore(t *testing.T, test func(t *testing.T, flags []string)) {
	t.Run("sqlite", func(t *testing.T) { test(t, []string{"--data", filepath.Join(t.TempDir(), "data")}) })
	t.Run("postgres", func(t *testing.T) {
		test(t, []string{"--db", dbtest.Schema(t), "--data", filepath.Join(t.TempDir(), "data")})
	})
}

// questions are searches that every part of the index has a share in.
var questions = []string{
	"Patient?_summary=count", "Patient?name=a&_count=200", "Patient?birthdate=gt1980&gender=female&_sort=birthdate,_id&_count=200",
	"Observation?code=29463-7&_sort=-date&_count=100", "Observation?code=29463-7&value-quantity=gt50&date=ge2020&_count=200",
	"Encounter?subject:Patient.gender=male&_count=200", "Patient?_has:Condition:subject:clinical-status=active&_count=200",
	"Immunization?patient.name=a&_count=50", "Condition?_include=Condition:subject&_count=50",
	"Organization?_revinclude=Patient:general-practitioner&_count=10", "Observation?_lastUpdated=gt2020&_summary=count",
}

// answers asks a server that is started for it, and stops it. What differs from
// one server to the next is its port and the marks on its pages.
func answers(t *testing.T, token string, flags ...string) []string {
	t.Helper()
	url, stop := serving(t, "", flags...)
	page := regexp.MustCompile(`_page=[^"]*`)
	own := regexp.MustCompile(`"id":"[^"]*","meta":\{"lastUpdated":"[^"]*"\},"type":"searchset"`)
	var all []string
	for _, q := range questions {
		status, text := ask(t, "GET", url+"/"+q, token, "")
		if status != 200 || strings.Contains(text, `"total":0`) || !strings.Contains(text, `"search"`) && !strings.Contains(text, `"total"`) {
			t.Fatalf("%s is answered %d %.300s", q, status, text)
		}
		all = append(all, own.ReplaceAllString(page.ReplaceAllString(strings.ReplaceAll(text, url, ""), ""), ""))
	}
	if code := stop(); code != 0 {
		t.Fatalf("the server ended with %d", code)
	}
	return all
}

// trap cancels when a text was written.
type trap struct {
	bytes.Buffer
	text   string
	cancel func()
}

func (s *trap) Write(p []byte) (int, error) {
	n, err := s.Buffer.Write(p)
	if strings.Contains(s.String(), s.text) {
		s.cancel()
	}
	return n, err
}

// An index made again over thousands of records: refused while somebody
// serves, interrupted in the middle, gone on with, and the same afterwards.
func TestTheIndexIsMadeAgainByCommand(t *testing.T) {
	files := filepath.Join(t.TempDir(), "files")
	if got := bevan(t, "demo", "--people", "40", files); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	eachStore(t, func(t *testing.T, flags []string) {
		with := func(command ...string) []string { return append(command, flags...) }
		if got := bevan(t, with("load", files)...); got.code != 0 {
			t.Fatalf("%+v", got)
		}
		token := bevan(t, with("token", "--role", "operator")...).lastLine()
		before := answers(t, token, flags...)

		_, stop := serving(t, "", flags...)
		if got := bevan(t, with("reindex")...); got.code != exitFailed || !strings.Contains(got.err, "Stop it") {
			t.Errorf("with a server that runs: %+v", got)
		}
		stop()

		interrupted(t, files, with)
		if slices.Contains(flags, "--db") {
			// Row by row over a socket it takes long; record's own test of this
			// verifies on both databases.
		} else if got := bevan(t, with("verify")...); got.code != 0 || !strings.Contains(got.out, " 0 faults") {
			t.Errorf("%+v", got)
		}
		if after := answers(t, token, flags...); !slices.Equal(after, before) {
			for i, q := range questions {
				if after[i] != before[i] {
					t.Errorf("%s was answered\n%.600s\nand is answered\n%.600s", q, before[i], after[i])
				}
			}
		}
	})
}

// interrupted stops a reindex in the middle, sees that nothing else opens the
// store then, and runs it to its end.
func interrupted(t *testing.T, files string, with func(...string) []string) {
	t.Helper()
	// Progress is told at the beginning, and after each 5,000 records.
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out bytes.Buffer
	errs := &trap{text: "5,000 records", cancel: cancel}
	code := Main(with("reindex"), Streams{Out: &out, Err: errs, Ctx: ctx, Now: hurried()})
	if code != exitInterrupted || !strings.Contains(errs.String(), "run the same command to go on") || out.Len() > 0 {
		t.Fatalf("interrupted: %d %s %s", code, &out, errs)
	}
	for _, command := range [][]string{{"serve", "--listen", "127.0.0.1:0"}, {"load", files}, {"export", filepath.Join(t.TempDir(), "x")}, {"verify"}} {
		if got := bevan(t, with(command...)...); got.code != exitFailed || !strings.Contains(got.err, "Run bevan reindex until it ends") {
			t.Errorf("%v with half an index: %+v", command, got)
		}
	}
	out.Reset()
	lines := &trap{text: "\x00", cancel: func() {}}
	code = Main(with("reindex"), Streams{Out: &out, Err: lines, Ctx: t.Context(), Now: hurried()})
	if first, _, _ := strings.Cut(lines.String(), "\n"); code != 0 || !strings.Contains(first, " 5,000 records") {
		t.Errorf("it does not go on where it was: %d %s", code, lines)
	}
	if !regexp.MustCompile(`^The index of [\d,]+ records is new\.\n$`).MatchString(out.String()) {
		t.Errorf("at its end it says %q", &out)
	}
}
