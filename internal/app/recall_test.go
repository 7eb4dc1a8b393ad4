package app

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/child/recall"
)

// A child who was loaded is on the list of the practice, by England's schedule;
// another version of the rules is worked out anew; and an erased child is gone.
func TestListsOfWhomToCallAreKeptByTheProgram(t *testing.T) {
	dir := t.TempDir()
	p := place{Data: filepath.Join(dir, "data")}
	if got := bevan(t, "org", "add", "--data", p.Data, "A81001", "Hill Surgery"); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	org := ""
	inHouse(t, p, func(h *house) error {
		o, err := h.staff.ByODS(t.Context(), "A81001")
		org = o.ID
		return err
	})
	born := time.Now().AddDate(-1, -2, 0).Format(time.DateOnly)
	kids := write(t, filepath.Join(dir, "kids.ndjson"), `{"resourceType":"Patient","id":"kid","birthDate":"`+born+`","name":[{"text":"Secret Name"}],"generalPractitioner":[{"reference":"Organization/`+org+`"}]}`)
	if got := bevan(t, "load", "--data", p.Data, kids); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	late := func() (rows []recall.Row) {
		t.Helper()
		inHouse(t, p, func(h *house) (err error) {
			if err := h.settleRecalls(t.Context()); err != nil {
				return err
			}
			rows, _, err = h.recalls.List(t.Context(), recall.Ask{Practice: org, Overdue: true, Most: 50})
			return err
		})
		return rows
	}
	rows := late()
	if len(rows) < 3 || rows[0].Patient != "kid" {
		t.Fatalf("the list is %+v", rows)
	}
	if got := bevan(t, "recall", "send", "--data", p.Data); got.code != 0 || !strings.Contains(got.out, "Sent 0 reminders about 0 children.") || strings.Contains(got.out+got.err, "Secret") {
		t.Errorf("%+v", got)
	}
	rules, err := os.ReadFile("../child/recall/rules/england-2026.json")
	if err != nil {
		t.Fatal(err)
	}
	write(t, filepath.Join(p.Data, recallFile), strings.Replace(string(rules), `"version": "2026-1"`, `"version": "ours"`, 1))
	if got := bevan(t, "recall", "renew", "--data", p.Data); got.code != 0 || !strings.Contains(got.out, "1 children anew") || !strings.Contains(got.out, "ours") {
		t.Errorf("%+v", got)
	}
	write(t, filepath.Join(p.Data, recallFile), `{"id":"x"}`)
	if got := bevan(t, "recall", "renew", "--data", p.Data); got.code == 0 || !strings.Contains(got.err, "The rules for recall are not whole") {
		t.Errorf("damaged rules: %+v", got)
	}
	if err := os.Remove(filepath.Join(p.Data, recallFile)); err != nil {
		t.Fatal(err)
	}
	if got := bevan(t, "erase", "kid", "--data", p.Data, "--ground", "uk-gdpr-17-1-d"); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	if rows := late(); len(rows) != 0 {
		t.Errorf("an erased child is on the list: %+v", rows)
	}
}

// inHouse does something in a house that is opened for it.
func inHouse(t *testing.T, p place, do func(h *house) error) {
	t.Helper()
	h, err := openHouse(t.Context(), p, settings{})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(do(h), h.close()); err != nil {
		t.Fatal(err)
	}
}

// A note that was loaded waits for the place where the child is registered, and an
// erased child's waits for nobody.
func TestNotesThatWaitAreKeptByTheProgram(t *testing.T) {
	dir := t.TempDir()
	p := place{Data: filepath.Join(dir, "data")}
	kids := write(t, filepath.Join(dir, "kids.ndjson"), `{"resourceType":"Organization","id":"hill","name":"Hill Surgery"}
{"resourceType":"Patient","id":"kid","birthDate":"2026-01-01","generalPractitioner":[{"reference":"Organization/hill"}]}
{"resourceType":"Communication","id":"note","status":"completed","sent":"2026-05-03T14:30:00Z","subject":{"reference":"Patient/kid"},"sender":{"reference":"Patient/kid"},"payload":[{"contentString":"Hello"}],"meta":{"tag":[{"system":"urn:bevan:child","code":"note"}]}}`)
	if got := bevan(t, "load", "--data", p.Data, kids); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	gone := write(t, filepath.Join(dir, "gone.ndjson"), `{"resourceType":"Patient","id":"gone","birthDate":"2026-01-01","generalPractitioner":[{"reference":"Organization/hill"}]}
{"resourceType":"Communication","id":"last","status":"completed","sent":"2026-05-03T14:30:00Z","subject":{"reference":"Patient/gone"},"sender":{"reference":"Patient/gone"},"payload":[{"contentString":"Hello"}],"meta":{"tag":[{"system":"urn:bevan:child","code":"note"}]}}`)
	erased := func(who string) {
		t.Helper()
		if got := bevan(t, "erase", who, "--data", p.Data, "--ground", "uk-gdpr-17-1-d"); got.code != 0 {
			t.Fatalf("%+v", got)
		}
	}
	if got := bevan(t, "load", "--data", p.Data, gone); got.code != 0 {
		t.Fatalf("%+v", got)
	}
	erased("gone") // before the note was looked at
	waits := func() (n int) {
		t.Helper()
		inHouse(t, p, func(h *house) error {
			for more := true; more; {
				var err error
				if more, err = h.talks.Sweep(t.Context()); err != nil {
					return err
				}
			}
			rows, _, err := h.talks.List(t.Context(), "hill", "", 10)
			n = len(rows)
			return err
		})
		return n
	}
	if n := waits(); n != 1 {
		t.Fatalf("%d notes wait", n)
	}
	erased("kid")
	if n := waits(); n != 0 {
		t.Errorf("%d notes of an erased child wait", n)
	}
}

// Reminders begin by day only, and once a day.
func TestRemindersAreSentByDayAndOnceADay(t *testing.T) {
	h, err := openHouse(t.Context(), place{Data: filepath.Join(t.TempDir(), "data")}, settings{})
	if err != nil {
		t.Fatal(err)
	}
	defer h.close()
	now := time.Now()
	at := func(hour int) time.Time {
		return time.Date(now.Year(), now.Month(), now.Day(), hour, 30, 0, 0, now.Location())
	}
	for _, c := range []struct{ hour, want int }{{8, 0}, {18, 0}, {23, 0}, {9, 1}, {17, 1}} {
		if err := h.remindDaily(t.Context(), at(c.hour)); err != nil {
			t.Fatal(err)
		}
		all, err := h.queue.List(t.Context(), recall.RemindKind, 10)
		if err != nil || len(all) != c.want {
			t.Errorf("at %d there are %d rounds, want %d; %v", c.hour, len(all), c.want, err)
		}
	}
}
