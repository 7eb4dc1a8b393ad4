package event

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/validate"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
)

// Whatever stands in the log, the AuditEvent is one by the specification, claims
// a pattern only where it keeps it, and tells of who asked only what it was
// given to tell.
func TestEveryEntryIsAnAuditEvent(t *testing.T) {
	ref := rapid.Custom(func(t *rapid.T) audit.Ref {
		return audit.Ref{Type: rapid.SampledFrom([]string{"Observation", "Patient", "AuditEvent"}).Draw(t, "type"), ID: "r1", Version: rapid.Int64Range(1, 9).Draw(t, "version")}
	})
	rapid.Check(t, func(t *rapid.T) {
		e := audit.Entry{
			Seq: 9, At: time.UnixMicro(rapid.Int64Range(0, 4e15).Draw(t, "at")), Person: 7, Request: rapid.SampledFrom([]string{"", "abc"}).Draw(t, "request"),
			Who: access.Who{Actor: "account:hushed", Kind: access.Kind(rapid.IntRange(0, 3).Draw(t, "kind")), Role: access.Role(rapid.IntRange(0, 6).Draw(t, "role")),
				App: rapid.SampledFrom([]string{"", "app-1"}).Draw(t, "app"), Organisation: rapid.SampledFrom([]string{"", "org1"}).Draw(t, "organisation"), Mandate: rapid.SampledFrom([]string{"", "m1"}).Draw(t, "mandate")},
			Purpose: access.Purpose(rapid.IntRange(0, 8).Draw(t, "purpose")),
			Verb:    access.Verb(1 << rapid.IntRange(0, 7).Draw(t, "verb")),
			Type:    rapid.SampledFrom([]string{"", "Observation"}).Draw(t, "type"),
			Params:  rapid.SliceOfN(rapid.SampledFrom([]string{"code", "_id", "date:missing"}), 0, 3).Draw(t, "params"),
			Query:   []byte("hushed"), Rule: rapid.SampledFrom([]string{"", "self-own"}).Draw(t, "rule"), Rules: "2026-3",
			Outcome: rapid.SampledFrom([]int{200, 201, 403, 404, 503}).Draw(t, "outcome"), Total: rapid.Int64Range(-1, 5).Draw(t, "total"),
			Returned: rapid.SliceOfN(ref, 0, 3).Draw(t, "returned"), Job: rapid.SampledFrom([]string{"", "j1"}).Draw(t, "job"),
		}
		if rapid.Bool().Draw(t, "chosen") {
			e.By = []audit.By{{Consent: "c1", Version: 2, Path: "provision.provision[0]"}}
		}
		v := Event{ID: "e1", Base: "https://example.org/fhir", Patient: rapid.SampledFrom([]string{"", "p1"}).Draw(t, "patient"), Entry: &e,
			Who: Who{Name: rapid.SampledFrom([]string{"", "Dr \"Ada\"\n"}).Draw(t, "name"), Reference: rapid.SampledFrom([]string{"", "Practitioner/1"}).Draw(t, "reference"), App: "Heart App"}}
		b, err := v.JSON()
		if err != nil {
			t.Fatal(err)
		}
		tree, err := fhir.Parse(b, fhir.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		for _, is := range validate.Resource(tree, validate.Options{}) {
			t.Fatalf("%s: %s in %s", is.Path, is.Message, b)
		}
		if strings.Contains(string(b), "hushed") {
			t.Fatalf("it tells more than it was given: %s", b)
		}
		profile := tree.Root().Get("meta").Get("profile")
		if profile.Exists() && (e.Outcome >= 400 || e.Verb&(access.History|access.TypeHistory|access.Follow) != 0) {
			t.Fatalf("it claims a pattern: %s", b)
		}
		if !profile.Exists() && e.Outcome < 400 && e.Verb == access.Search {
			t.Fatalf("a search claims no pattern: %s", b)
		}
		if profile.Exists() {
			client, server := tree.Root().Get("agent").First(), tree.Root().Get("agent").First().Next()
			if !client.Get("who").Exists() || !client.Get("network").Exists() || !server.Get("who").Exists() || !server.Get("network").Exists() {
				t.Fatalf("an agent is not whole: %s", b)
			}
		}
		if e.Outcome < 400 != tree.Root().Get("outcome").Is("0") {
			t.Fatalf("the outcome is wrong: %s", b)
		}
	})
}

// The roles of client and server are turned as the patterns have them.
func TestRolesAreTurned(t *testing.T) {
	for verb, want := range map[access.Verb]string{access.Read: "110152", access.Search: "110153", access.Create: "110153", access.Update: "110153", access.Delete: "110150"} {
		if p := patternOf(verb); p.client.Code != want {
			t.Errorf("the client of %v is %s", verb, p.client.Code)
		}
	}
}
