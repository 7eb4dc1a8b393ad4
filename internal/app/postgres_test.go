package app

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/db/dbtest"
)

// Records in PostgreSQL, keys in the folder, two nodes with the same keys.
func TestTwoNodesOnPostgreSQL(t *testing.T) {
	url := dbtest.Schema(t)
	dir := t.TempDir()
	one, two := filepath.Join(dir, "one"), filepath.Join(dir, "two")
	made := bevan(t, "token", "--data", one, "--db", url)
	token := made.lastLine()
	if made.code != 0 || !strings.HasPrefix(token, "bevan_") {
		t.Fatalf("%+v", made)
	}
	// A node without the keys must not make others for the same records.
	if got := bevan(t, "token", "--data", two, "--db", url); got.code != exitFailed || !strings.Contains(got.err, "Put it back") {
		t.Errorf("a second node without the keys: %+v", got)
	}
	keys, err := os.ReadFile(filepath.Join(one, keysFile))
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(two, keysFile), string(keys))
	first, _ := serving(t, one, "--db", url)
	second, _ := serving(t, two, "--db", url)
	if status, text := ask(t, "PUT", first+"/Patient/zero", token, `{"resourceType":"Patient","id":"zero"}`); status != 201 {
		t.Errorf("on one node: %d %s", status, text)
	}
	if status, text := ask(t, "GET", second+"/Patient/zero", token, ""); status != 200 {
		t.Errorf("on the other: %d %s", status, text)
	}
	if got := bevan(t, "backup", "--data", one, "--db", url, filepath.Join(dir, "backup")); got.code != exitFailed || !strings.Contains(got.err, "pg_dump") {
		t.Errorf("%+v", got)
	}
}
