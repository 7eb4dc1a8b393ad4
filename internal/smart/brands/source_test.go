package brands

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
)

// A file that was changed is read again; one that was spoilt is not published,
// and the log says why without quoting it.
func TestAFileIsReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "brands.json")
	write := func(text string, at time.Time) {
		t.Helper()
		if err := errors.Join(os.WriteFile(path, []byte(text), 0o600), os.Chtimes(path, at, at)); err != nil {
			t.Fatal(err)
		}
	}
	var log strings.Builder
	write(full(t), someday)
	f, err := OpenFile(path, base, slog.New(slog.NewTextHandler(&log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	first, _ := f.Bundle(t.Context())
	write(strings.ReplaceAll(full(t), "Valley Health", "Dale Health"), someday.Add(time.Minute))
	second, _ := f.Bundle(t.Context())
	if !strings.Contains(string(second.Body), "Dale Health") || second.ETag == first.ETag {
		t.Error("the change was not seen")
	}
	write(`{"resourceType":"Bundle"}`, someday.Add(2*time.Minute))
	if third, err := f.Bundle(t.Context()); err != nil || third != second || !strings.Contains(log.String(), "is not used") {
		t.Errorf("%v, the log: %s", err, &log)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if fourth, err := f.Bundle(t.Context()); err != nil || fourth != second {
		t.Errorf("while the file is away: %v", err)
	}
	if _, err := OpenFile(path, base, slog.Default()); problem.KindOf(err) != problem.Unavailable {
		t.Errorf("a file that is not there: %v", err)
	}
}

type list struct {
	all   []staff.Organisation
	asked int
	err   error
}

func (l *list) Organisations(_ context.Context, after string, _ int) (page []staff.Organisation, err error) {
	l.asked++
	for _, o := range l.all {
		if o.ODS > after && len(page) < 2 {
			page = append(page, o)
		}
	}
	return page, l.err
}

// Everybody may ask, so the list is asked for once in ten seconds; all of it.
func TestOrganisationsAreRememberedForAWhile(t *testing.T) {
	now := someday
	l := &list{}
	for _, ods := range []string{"AAA", "BBB", "CCC", "DDD", "EEE"} {
		l.all = append(l.all, staff.Organisation{ID: strings.ToLower(ods), ODS: ods, Name: "Practice " + ods, Made: someday})
	}
	k := NewKept(l, Site{FHIR: base, Pages: "https://bevan.example"}, func() time.Time { return now })
	b, err := k.Bundle(t.Context())
	if err != nil || strings.Count(string(b.Body), `"name":"Practice`) != 5 {
		t.Fatalf("%v %v", b, err)
	}
	asked := l.asked
	if again, err := k.Bundle(t.Context()); err != nil || again != b || l.asked != asked {
		t.Errorf("asked again: %d, %v", l.asked, err)
	}
	now = now.Add(remembered)
	l.err = problem.New(problem.Unavailable, "Try again.")
	if _, err := k.Bundle(t.Context()); problem.KindOf(err) != problem.Unavailable {
		t.Errorf("a store that is away: %v", err)
	}
	l.all, l.err = nil, nil
	if b, err := k.Bundle(t.Context()); b != nil || err != nil {
		t.Errorf("no organisation: %v %v", b, err)
	}
}
