package suitetest

import (
	"path/filepath"
	"testing"
)

// What a case finds is noted, and nothing else.
func TestAFindingIsNoted(t *testing.T) {
	var f Finding
	if !f.Want(true, "never") || f.Want(false, "%d is %s", 7, "odd") || len(f.wrong) != 1 || f.wrong[0] != "7 is odd" {
		t.Errorf("%v", f.wrong)
	}
}

// Tables of the suites can be read whole: each row has what the head names.
func TestTablesAreRead(t *testing.T) {
	for file, column := range map[string]string{"oidf_modules.tsv": "testName", "inferno_smart.tsv": "kind", "inferno_g10.tsv": "kind", "inferno_bulk.tsv": "file"} {
		rows := Table(t, filepath.Join(Dir(t, "requirements"), file))
		filled := 0
		for _, r := range rows {
			if r[column] != "" {
				filled++
			}
		}
		if len(rows) < 60 || filled != len(rows) {
			t.Errorf("%s: %d rows, %d with a %s", file, len(rows), filled, column)
		}
	}
}
