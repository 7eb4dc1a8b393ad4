package app

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/exchange/sources"
	"github.com/bevanhealth/bevan/internal/record"
)

// sourceIn is a source as a data folder has it.
func sourceIn(t *testing.T, p place, id string, do func(h *house)) (out sources.Source) {
	t.Helper()
	h, err := openHouse(t.Context(), p, settings{})
	if err != nil {
		t.Fatal(err)
	}
	if do != nil {
		do(h)
	}
	if out, err = h.sources.One(t.Context(), id); err != nil {
		t.Error(err)
	}
	if err := h.close(); err != nil {
		t.Fatal(err)
	}
	return out
}

// A load that names its source says how it went; under a wrong name nothing is loaded.
func TestALoadSaysWhenASourceWasHeardOf(t *testing.T) {
	dir := t.TempDir()
	p := place{Data: filepath.Join(dir, "data")}
	sourceIn(t, p, "lab", func(h *house) {
		if err := h.sources.Add(t.Context(), "console:x", sources.Source{ID: "lab", Name: "Valley Laboratory", URI: "https://lab.example"}); err != nil {
			t.Fatal(err)
		}
	})
	good := write(t, filepath.Join(dir, "good.ndjson"), `{"resourceType":"Patient","id":"sam"}`)
	bad := write(t, filepath.Join(dir, "bad.ndjson"), `{"resourceType":"Patient","id":"a b"}`)
	load := func(args ...string) said {
		return bevan(t, append([]string{"load", "--data", p.Data, "--errors", filepath.Join(dir, "errors.ndjson")}, args...)...)
	}
	if got := load("--source", "nobody", good); got.code != exitFailed || !strings.Contains(got.err, "There is no such source.") {
		t.Errorf("%+v", got)
	}
	if got := load("--source", "lab", bad); got.code != exitPart {
		t.Errorf("%+v", got)
	}
	if s := sourceIn(t, p, "lab", nil); s.Failed.IsZero() || !s.Heard.IsZero() {
		t.Errorf("%+v", s)
	}
	if got := load("--source", "lab", good); got.code != 0 || !strings.Contains(got.out, "1 new") { // and nothing under the wrong name
		t.Errorf("%+v", got)
	}
	if s := sourceIn(t, p, "lab", nil); s.Heard.IsZero() || s.Failed.After(s.Heard) {
		t.Errorf("%+v", s)
	}
}

// What a program sends well is news of its source; what is refused, what it only reads,
// and what others write is not.
func TestAProgramThatSendsIsHeardOf(t *testing.T) {
	p := place{Data: filepath.Join(t.TempDir(), "data")}
	program := func(id string) access.Who {
		return access.Who{Actor: "client:" + id, Kind: access.Client, Role: access.RoleProgram, App: id, Grant: "g", Bound: access.AllTypes(access.AllVerbs)}
	}
	sends := func(h *house, who access.Who, body string) error {
		t.Helper()
		s, err := h.session(t.Context(), who, access.Operations)
		if err != nil {
			t.Fatal(err)
		}
		tree, err := fhir.Parse([]byte(body), fhir.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = s.Transact(t.Context(), []record.Op{{Method: record.Post, Key: record.Key{Type: "Patient"}, Body: tree}})
		return err
	}
	const patient = `{"resourceType":"Patient","active":true}`
	heard := func(do func(h *house)) bool {
		t.Helper()
		return !sourceIn(t, p, "lab", func(h *house) {
			do(h)
			if err := h.sources.Keep(t.Context()); err != nil {
				t.Fatal(err)
			}
		}).Heard.IsZero()
	}
	if heard(func(h *house) {
		if err := h.sources.Add(t.Context(), "console:x", sources.Source{ID: "lab", Name: "Valley Laboratory", URI: "https://lab.example", Client: "labs"}); err != nil {
			t.Fatal(err)
		}
		if err := sends(h, program("another"), patient); err != nil {
			t.Error(err)
		}
		if err := sends(h, access.Operator("token:x"), patient); err != nil {
			t.Error(err)
		}
		looks := program("labs")
		looks.Bound = access.AllTypes(access.Looking)
		if err := sends(h, looks, patient); err == nil {
			t.Error("it writes what it may not")
		}
	}) {
		t.Error("it was heard of by what it did not send")
	}
	if !heard(func(h *house) {
		if err := sends(h, program("labs"), patient); err != nil {
			t.Error(err)
		}
	}) {
		t.Error("it was not heard of")
	}
}
