package worklist

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

// lists opens lists with a clock that is moved by hand.
func lists(t *testing.T, d *db.DB) (*Lists, *time.Time) {
	t.Helper()
	at := time.Date(2026, 5, 3, 14, 30, 0, 0, time.UTC)
	now := func() time.Time { return at }
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	box, err := notify.Open(t.Context(), d, ring, now)
	if err != nil {
		t.Fatal(err)
	}
	a, err := account.Open(t.Context(), d, ring, box, account.Config{RPID: "id.example.org", Name: "Bevan", Origins: []string{"https://id.example.org"}, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	l, err := Open(t.Context(), Config{DB: d, Accounts: a, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return l, &at
}

// on is who is on a list, in order, with a mark at those who are kept.
func on(t *testing.T, l *Lists, by Owner) string {
	t.Helper()
	all, err := l.List(t.Context(), by)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, e := range all {
		if !e.Kept.IsZero() {
			e.Patient += "!"
		}
		out = append(out, e.Patient)
	}
	return strings.Join(out, " ")
}

func TestAListIsOfWhomOneLookedAfter(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l, at := lists(t, d)
		ada, other := Owner{"ada", "hill"}, Owner{"ada", "dale"}
		must := func(err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
		}
		for _, p := range []string{"kit", "sam", "ann"} {
			must(l.Looked(t.Context(), ada, p))
			*at = at.Add(time.Minute)
		}
		must(l.Keep(t.Context(), ada, "kit"))
		must(l.Keep(t.Context(), ada, "kit"))
		must(l.Looked(t.Context(), other, "bob"))
		must(l.Looked(t.Context(), Owner{"bea", "hill"}, "eve"))
		if got := on(t, l, ada); got != "kit! ann sam" {
			t.Errorf("the list is %q", got)
		}
		*at = at.Add(2 * time.Hour)
		must(l.Looked(t.Context(), ada, "sam"))
		if got := on(t, l, ada); got != "kit! sam ann" {
			t.Errorf("after a look the list is %q", got)
		}
		must(l.Remove(t.Context(), ada, "sam"))
		must(l.Remove(t.Context(), ada, "nobody"))
		if got := on(t, l, ada); got != "kit! ann" {
			t.Errorf("the list is %q", got)
		}
		*at = at.Add(Lately + time.Hour)
		if got := on(t, l, ada); got != "kit!" {
			t.Errorf("after a month the list is %q", got)
		}
		must(l.Forget(t.Context(), "kit"))
		must(l.Forget(t.Context(), "kit"))
		if got := on(t, l, ada); got != "" {
			t.Errorf("an erased person is on the list: %q", got)
		}
	})
}

func TestAListIsBounded(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		l, at := lists(t, d)
		ada := Owner{"ada", "hill"}
		for i := range Most + 5 {
			if err := l.Looked(t.Context(), ada, fmt.Sprintf("p%03d", i)); err != nil {
				t.Fatal(err)
			}
			*at = at.Add(time.Second)
		}
		all, err := l.List(t.Context(), ada)
		if err != nil || len(all) != Most || all[0].Patient != fmt.Sprintf("p%03d", Most+4) {
			t.Fatalf("%d, %v", len(all), err)
		}
		for i := range Most {
			if err := l.Keep(t.Context(), ada, fmt.Sprintf("k%03d", i)); err != nil {
				t.Fatal(err)
			}
		}
		if err := l.Keep(t.Context(), ada, "one more"); problem.ReasonOf(err) != "worklist-full" {
			t.Errorf("one more is kept: %v", err)
		}
		if err := l.Keep(t.Context(), ada, "k000"); err != nil {
			t.Errorf("who is on the list already is refused: %v", err)
		}
	})
}
