package record

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Whoever steals the files of a store reads no body from them. What stays
// readable in an index is listed in docs/developers/store.md.
func TestAStolenFileShowsNoBody(t *testing.T) {
	dir := t.TempDir()
	d, err := db.Open(ctx, db.Config{Path: filepath.Join(dir, "bevan.db")})
	if err != nil {
		t.Fatal(err)
	}
	_, s := openDoor(t, d)
	put(t, s, `{"resourceType":"Observation","id":"o","status":"final","code":{"text":"confidential-code-text"},"subject":{"reference":"Patient/p"},
		"identifier":[{"system":"urn:secret","value":"confidential-identifier"}],"valueString":"confidential-value","note":[{"text":"confidential-note"}]}`)
	put(t, s, `{"resourceType":"Patient","id":"p","name":[{"family":"confidential-family-name-beyond-the-prefix"}]}`)
	if len(find(t, s, "Observation", pairs("value-string=Confidential-V")...).Items) != 1 {
		t.Error("a sealed text is not found by its first letters")
	}
	page := find(t, s, "Observation", pairs("identifier=urn:secret|confidential-identifier")...)
	if len(page.Items) != 1 || !bytes.Contains(page.Items[0].Body, []byte("confidential-note")) {
		t.Fatal("the record itself can't be read")
	}
	read := 0
	for _, checkpointed := range []bool{false, true} {
		if checkpointed {
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
		}
		files, _ := filepath.Glob(filepath.Join(dir, "*"))
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			read += len(data)
			for _, word := range []string{"confidential-note", "confidential-value", "confidential value", "confidential-identifier", "confidential code", "beyond-the-prefix", "valueString"} {
				if bytes.Contains(data, []byte(word)) {
					t.Errorf("%s holds %q", filepath.Base(f), word)
				}
			}
		}
	}
	if read < 100_000 {
		t.Errorf("only %d bytes were looked at", read)
	}
}

// What would come along with a page is whole or refused, never cut.
func TestIncludesAreWholeOrRefused(t *testing.T) {
	if testing.Short() {
		t.Skip("it writes some ten thousand resources")
	}
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		_, s := openDoor(t, d)
		var ops []Op
		for i := range 10_001 {
			ops = append(ops, Op{Method: Put, Key: Key{"Location", fmt.Sprintf("l%d", i)},
				Body: tree(t, fmt.Sprintf(`{"resourceType":"Location","id":"l%d","managingOrganization":{"reference":"Organization/o"}}`, i))})
		}
		put(t, s, `{"resourceType":"Organization","id":"o","name":"x"}`)
		if _, err := s.Transact(ctx, ops); err != nil {
			t.Fatal(err)
		}
		q := query(t, s, "Organization", "_id=o&_revinclude=Location:organization")
		_, err := s.Search(ctx, q, "")
		wantKind(t, err, problem.Unprocessable)
		if _, err := s.Transact(ctx, []Op{{Method: Delete, Key: Key{"Location", "l0"}}}); err != nil {
			t.Fatal(err)
		}
		page, err := s.Search(ctx, q, "")
		if err != nil || len(page.Items) != 10_001 {
			t.Errorf("%d came, %v", len(page.Items), err)
		}
	})
}
