package app

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/internal/consent/display"
	"github.com/bevanhealth/bevan/internal/consent/enquiry"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
)

// At the command line a record is erased on a ground in law, its account is
// unlinked, and no file of the data folder holds a name, a word or an id of it.
func TestErasingAtTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	in := write(t, filepath.Join(dir, "in.ndjson"),
		`{"resourceType":"Patient","id":"ann-zanzibar","name":[{"family":"Quixoteworth","given":["Anneliese"]}],"birthDate":"1971-02-03"}
{"resourceType":"Condition","id":"gout-zanzibar","code":{"text":"Peculiarity"},"subject":{"reference":"Patient/ann-zanzibar"}}
{"resourceType":"Binary","id":"scan-1","contentType":"text/plain","data":"c2VjcmV0"}
{"resourceType":"Binary","id":"said-1","securityContext":{"reference":"Patient/ann-zanzibar"},"contentType":"text/plain","data":"c2VjcmV0"}
{"resourceType":"DocumentReference","id":"letter-zanzibar","status":"current","subject":{"reference":"Patient/ann-zanzibar"},"content":[{"attachment":{"url":"Binary/scan-1"}},{"attachment":{"url":"Binary/said-1"}}]}
{"resourceType":"Patient","id":"bob","name":[{"family":"Marlow"}]}
`)
	if s := bevan(t, "load", "--data", data, in); s.code != 0 {
		t.Fatal(s.err)
	}
	p := place{Data: data}
	id := ""
	withHouse(t, p, func(h *house) {
		joined(t, h, "ann@example.org")
		if err := h.store.Query(t.Context(), "SELECT id FROM account", nil, oneText(&id)); err != nil {
			t.Fatal(err)
		}
		for _, err := range []error{h.accounts.SetProof(t.Context(), id, account.P9), h.accounts.SetRecord(t.Context(), id, "Patient/ann-zanzibar")} {
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, patient := range []string{"ann-zanzibar", "bob"} { // of a look at each record
			if _, err := h.enquiries.Ask(t.Context(), enquiry.Enquiry{Account: id, Patient: patient, Look: "look-" + patient, Question: "Who was this?"}); err != nil {
				t.Fatal(err)
			}
			if err := h.displays.Tell(t.Context(), patient, display.Result{Type: "Observation", ID: "x", Version: "1"}, "account:clerk"); err != nil {
				t.Fatal(err)
			}
		}
	})
	words := []string{"zanzibar", "Quixoteworth", "quixoteworth", "anneliese", "Peculiarity"}
	if n := found(t, data, words...); n == 0 {
		t.Fatal("nothing was found before: the search finds nothing")
	}
	if s := bevan(t, "erase", "--data", data, "ann-zanzibar"); s.code != 0 || !strings.Contains(s.out, "uk-gdpr-17-1-b") {
		t.Fatalf("%d %s %s", s.code, s.out, s.err)
	}
	if s := bevan(t, "erase", "--data", data, "ann-zanzibar", "--ground", "because"); s.code == 0 {
		t.Fatal("a ground that there is not was taken")
	}
	s := bevan(t, "erase", "--data", data, "ann-zanzibar", "--ground", "made-up", "--scrub")
	if s.code != 0 || !strings.Contains(s.out, "bevan-erasure-1") || !strings.Contains(s.out, `"files\":2,`) || strings.Contains(s.out, "zanzibar") {
		t.Fatalf("%d %s %s", s.code, s.out, s.err)
	}
	if n := found(t, data, words...); n != 0 {
		t.Errorf("%d traces are left", n)
	}
	if s := bevan(t, "verify", "--data", data); s.code != 0 {
		t.Errorf("verify: %s %s", s.out, s.err)
	}
	if s := bevan(t, "load", "--data", data, "--errors", filepath.Join(t.TempDir(), "errors.ndjson"), in); s.code == 0 {
		t.Errorf("an old file brings them back: %s", s.out)
	}
	withHouse(t, p, func(h *house) {
		left := ""
		if err := h.store.Query(t.Context(), "SELECT look FROM enquiry", nil, func(r *db.Row) error { left += r.Text(0) + " "; return nil }); err != nil || left != "look-bob " {
			t.Errorf("questions are left about the looks %q, %v", left, err)
		}
		if _, told, err := h.displays.Both(t.Context(), "", "bob"); err != nil || len(told) != 1 {
			t.Errorf("of somebody else %v, %v", told, err)
		}
		if a, err := h.accounts.Get(t.Context(), id); err != nil || a.Record != "" || a.Proof != account.P0 {
			t.Errorf("%+v, %v", a, err)
		}
	})
}

// found counts which of the words lie in any file of a data folder.
func found(t *testing.T, data string, words ...string) (n int) {
	t.Helper()
	err := filepath.WalkDir(data, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		for _, w := range words {
			if bytes.Contains(b, []byte(w)) {
				t.Logf("%s holds %q", filepath.Base(path), w)
				n++
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func oneText(to *string) func(*db.Row) error {
	return func(r *db.Row) error { *to = r.Text(0); return nil }
}
