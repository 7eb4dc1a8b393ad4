package bench_test

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/app"
	"github.com/bevanhealth/bevan/internal/app/bench"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/suitetest"
)

// asBevan makes the test program be Bevan: the bench starts its own program as
// the server.
const asBevan = "BEVAN_BENCH_TEST"

func TestMain(m *testing.M) {
	if os.Getenv(asBevan) != "" {
		os.Exit(app.Main(os.Args[1:], app.Terminal()))
	}
	os.Exit(m.Run())
}

// measure runs the bench with few people and little time.
func measure(t *testing.T, args ...string) bench.Report {
	t.Helper()
	t.Setenv(asBevan, "1")
	t.Setenv("TMPDIR", t.TempDir())
	var out, errs bytes.Buffer
	args = append([]string{"bench", "--json", "--people", "30", "--time", "40ms"}, args...)
	if code := app.Main(args, app.Streams{Out: &out, Err: &errs, Ctx: t.Context()}); code != 0 {
		t.Fatalf("exit code %d: %s", code, &errs)
	}
	var r bench.Report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		t.Fatalf("%v in %s", err, &out)
	}
	if left, _ := filepath.Glob(filepath.Join(os.TempDir(), "bevan-bench-*")); len(left) > 0 {
		t.Errorf("the bench left %q behind", left)
	}
	if err := r.Print(io.Discard); err != nil {
		t.Error(err)
	}
	return r
}

func TestEveryRowIsMeasured(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		profiles := t.TempDir()
		r := measure(t, "--only", "sqlite", "--profile", profiles)
		everyRow(t, r, "SQLite")
		if b, err := os.ReadFile(filepath.Join(profiles, "sqlite-load.pprof")); err != nil || len(b) == 0 {
			t.Errorf("no profile of the load: %v", err)
		}
	})
	t.Run("postgres", func(t *testing.T) {
		// The bench makes a schema of its own on the server of this one.
		everyRow(t, measure(t, "--only", "postgres", "--db", dbtest.Schema(t)), "PostgreSQL")
	})
}

func everyRow(t *testing.T, r bench.Report, database string) {
	t.Helper()
	if len(r.Tables) != 1 || r.Tables[0].Database != database {
		t.Fatalf("measured %d tables, want one of %s", len(r.Tables), database)
	}
	rows := map[string]bench.Row{}
	for _, row := range r.Tables[0].Rows {
		rows[row.Work] = row
		if row.Figure <= 0 {
			t.Errorf("%s gives %g", row.Title, row.Figure)
		}
	}
	for _, name := range bench.Names() {
		_, got := rows[name]
		if name == "memory" && runtime.GOOS != "linux" {
			continue // only Linux tells
		}
		if asked := !slices.Contains([]string{"ndjson", "synthea", "curve"}, name); got != asked {
			t.Errorf("row %s: measured %v, want %v", name, got, asked)
		}
	}
	for _, name := range []string{"load", "read", "search", "population", "everything", "export", "create", "bundles"} {
		if rows[name].Floor <= 0 {
			t.Errorf("%s has no floor", name)
		}
	}
	if n := len(rows["load"].Curve); n != 10 {
		t.Errorf("the load has %d points, want 10", n)
	}
}

func TestRowsByName(t *testing.T) {
	r := measure(t, "--only", "sqlite", "--work", "ndjson", "--work", "curve", "--curve", "40")
	var titles []string
	for _, row := range r.Tables[0].Rows {
		titles = append(titles, row.Work)
	}
	if want := []string{"ndjson", "curve", "curve", "curve"}; !slices.Equal(titles, want) {
		t.Errorf("measured %q, want %q", titles, want)
	}
}

// Synthea's people come with a floor of their own rows.
func TestAFolderOfSynthea(t *testing.T) {
	all := suitetest.Files(t, "synthea-r4", "*.json.gz")
	few := t.TempDir()
	for _, path := range all[:min(4, len(all))] {
		b, err := os.ReadFile(path)
		if err == nil {
			err = os.WriteFile(filepath.Join(few, filepath.Base(path)), b, 0o600)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	rows := measure(t, "--only", "sqlite", "--work", "synthea", "--synthea", few).Tables[0].Rows
	if len(rows) != 2 || rows[0].Figure <= 0 || rows[0].Floor <= 0 || rows[1].Figure <= 0 {
		t.Errorf("measured %+v", rows)
	}
}

func TestAnUnknownRowIsNamed(t *testing.T) {
	var out, errs bytes.Buffer
	code := app.Main([]string{"bench", "--work", "serach"}, app.Streams{Out: &out, Err: &errs, Ctx: t.Context()})
	if code == 0 || !strings.Contains(errs.String(), `no row named serach`) || !strings.Contains(errs.String(), "population") {
		t.Errorf("exit code %d, says %s", code, &errs)
	}
	if out.Len() > 0 {
		t.Errorf("printed %s", &out)
	}
}
