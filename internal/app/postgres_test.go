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

// A second server on the same data folder would take the socket over which
// commands reach the first, and the files of its jobs.
func TestAFolderHasOneServerOnPostgreSQL(t *testing.T) {
	url := dbtest.Schema(t)
	dir := t.TempDir()
	first, stop := serving(t, dir, "--db", url)
	got := bevan(t, "serve", "--data", dir, "--db", url, "--listen", "127.0.0.1:0")
	for _, want := range []string{"in use by process", "data folder of its own", keysFile} {
		if !strings.Contains(got.err, want) {
			t.Errorf("a second server is told %q, without %q", got.err, want)
		}
	}
	if got.code != exitFailed || strings.Contains(got.out, "ready") {
		t.Errorf("a second server starts: %+v", got)
	}
	// The first still hears commands.
	token := bevan(t, "token", "--data", dir, "--db", url)
	if token.code != 0 {
		t.Fatalf("%+v", token)
	}
	if status, text := ask(t, "GET", first+"/Patient", token.lastLine(), ""); status != 200 {
		t.Errorf("%d %s", status, text)
	}
	if got := bevan(t, "token", "--data", dir, "--db", url, "--list"); got.code != 0 || !strings.Contains(got.out, "Operator") && !strings.Contains(got.out, "operator") {
		t.Errorf("%+v", got)
	}
	if code := stop(); code != exitOK {
		t.Errorf("the first server ended with %d", code)
	}
	// When it has ended the folder is free again.
	if got := bevan(t, "token", "--data", dir, "--db", url); got.code != 0 {
		t.Errorf("%+v", got)
	}
}
