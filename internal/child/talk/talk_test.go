package talk

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/child/recall"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/seal"
)

// nothingDue is a schedule without vaccinations.
type nothingDue struct{}

func (nothingDue) Schedule() recall.Schedule { return recall.Schedule{Version: "none"} }

func (nothingDue) Forecast(recall.Child, recall.Day) ([]recall.Programme, error) { return nil, nil }

// site is the room with all that it stands on, on one database.
type site struct {
	*Talks
	t      *testing.T
	d      *db.DB
	door   *record.Door
	at     time.Time
	looks  int    // into one record
	broken error  // of the next look
	bad    string // of whose record no look works
}

func (s *site) now() time.Time { return s.at }

// Append takes the access log.
func (s *site) Append(context.Context, ...audit.Entry) error { return nil }

func (s *site) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func (s *site) work(ctx context.Context, patient string, bound access.Rights) (*record.Session, error) {
	who := access.Operator("console:test")
	who.Bound = bound
	return s.door.Open(ctx, access.Job("notes", who), record.About{Patient: patient}, access.Operations)
}

func each(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := &site{t: t, d: d, at: time.Date(2026, 5, 4, 10, 0, 0, 0, time.UTC)}
		ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
		s.ok(err)
		box, err := notify.Open(t.Context(), d, ring, s.now)
		s.ok(err)
		a, err := account.Open(t.Context(), d, ring, box, account.Config{RPID: "example.org", Name: "Example", Origins: []string{"https://id.example.org"}, Now: s.now})
		s.ok(err)
		s.door, err = record.New(t.Context(), record.Config{DB: d, Log: s, Ring: ring, Base: "https://id.example.org/fhir", Now: s.now})
		s.ok(err)
		r, err := recall.Open(t.Context(), recall.Config{DB: d, Ring: ring, Forecast: nothingDue{}, Accounts: a, Zone: time.UTC, Now: s.now,
			Owner: func(context.Context, string) (string, error) { return "", nil }, Held: func(context.Context, string) ([]mandate.Held, error) { return nil, nil }})
		s.ok(err)
		s.Talks, err = Open(t.Context(), Config{Recalls: r, Account: func(context.Context, string) (string, error) { return "", nil },
			Follow: func(ctx context.Context, bound access.Rights) (recall.Follower, error) { return s.work(ctx, "", bound) },
			Look: func(ctx context.Context, patient string, bound access.Rights) (Looker, error) {
				if s.looks++; s.broken != nil {
					return nil, s.broken
				}
				if patient == s.bad {
					return nil, errors.New("this record can not be read")
				}
				return s.work(ctx, patient, bound)
			}})
		s.ok(err)
		test(t, s)
	})
}

// write writes resources, as an operator.
func (s *site) write(all ...string) {
	s.t.Helper()
	w, err := s.door.Open(s.t.Context(), access.Operator("token:test"), record.About{}, access.Operations)
	s.ok(err)
	for _, text := range all {
		b, err := fhir.Parse([]byte(text), fhir.Limits{})
		s.ok(err)
		_, err = w.Transact(s.t.Context(), []record.Op{{Method: record.Put, Key: record.Key{Type: b.Root().Get("resourceType").Str(), ID: b.Root().Get("id").Str()}, Body: b}})
		s.ok(err)
	}
}

func (s *site) remove(typ, id string) {
	s.t.Helper()
	w, err := s.door.Open(s.t.Context(), access.Operator("token:test"), record.About{}, access.Operations)
	s.ok(err)
	_, err = w.Transact(s.t.Context(), []record.Op{{Method: record.Delete, Key: record.Key{Type: typ, ID: id}}})
	s.ok(err)
}

// child writes a child who is registered with Hill and in the care team of Dale, with
// a note of the family.
func (s *site) child(id string) {
	s.t.Helper()
	s.write(fmt.Sprintf(`{"resourceType":"Patient","id":%q,"birthDate":"2026-01-01","generalPractitioner":[{"reference":"Organization/hill"}]}`, id),
		fmt.Sprintf(`{"resourceType":"CareTeam","id":"t%s","status":"active","subject":{"reference":"Patient/%s"},"participant":[{"member":{"reference":"Organization/dale"}}]}`, id, id),
		fmt.Sprintf(`{"resourceType":"CareTeam","id":"o%s","status":"inactive","subject":{"reference":"Patient/%s"},"participant":[{"member":{"reference":"Organization/glen"}}]}`, id, id),
		note("n"+id, id, ""))
}

func note(id, child, more string) string {
	return fmt.Sprintf(`{"resourceType":"Communication","id":%q,"status":"completed","sent":"2026-05-04T10:00:00Z","subject":{"reference":"Patient/%s"},"sender":{"reference":"Patient/%s"},"payload":[{"contentString":"Hello"}],"meta":{"tag":[{"system":"urn:bevan:child","code":"note"}]}%s}`, id, child, child, more)
}

func (s *site) settle() {
	s.t.Helper()
	dbtest.Settled(s.t, s.d)
	for more := true; more; {
		var err error
		more, err = s.Sweep(s.t.Context())
		s.ok(err)
	}
}

// listed are all pages of a team's list, two at once.
func (s *site) listed(team string) string {
	s.t.Helper()
	var all []string
	for after, first := "", true; first || after != ""; first = false {
		rows, next, err := s.List(s.t.Context(), team, after, 2)
		s.ok(err)
		for _, r := range rows {
			all = append(all, r.Patient)
		}
		after = next
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// A note waits for each team that looks after the child now, page by page, and for no
// other; a page of one team opens for no other.
func TestANoteWaitsForWhoLooksAfterTheChild(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.write(`{"resourceType":"Organization","id":"hill","name":"Hill"}`, `{"resourceType":"Organization","id":"dale","name":"Dale"}`, `{"resourceType":"Organization","id":"glen","name":"Glen"}`)
		for _, id := range []string{"a", "b", "c", "d", "e"} {
			s.child(id)
		}
		s.settle()
		for team, want := range map[string]string{"hill": "a b c d e", "dale": "a b c d e", "glen": "", "none": ""} {
			if got := s.listed(team); got != want {
				t.Errorf("for %s wait %q, want %q", team, got, want)
			}
		}
		_, next, err := s.List(t.Context(), "hill", "", 2)
		s.ok(err)
		for _, bad := range []string{"x", next + "x"} {
			if _, _, err := s.List(t.Context(), "hill", bad, 2); problem.ReasonOf(err) != "recall-page" {
				t.Errorf("%q: %v", bad, err)
			}
		}
		if _, _, err := s.List(t.Context(), "dale", next, 2); problem.ReasonOf(err) != "recall-page" {
			t.Errorf("a page of another team: %v", err)
		}
		among, err := s.Among(t.Context(), []string{"a", "zoe"})
		s.ok(err)
		if !among["a"] || among["zoe"] {
			t.Errorf("%v wait", among)
		}
	})
}

// A note that is taken back, a record that is erased and a team that ended by its date
// are on no list any more; what fails in the middle is done again.
func TestWhoWaitsNoMoreIsOnNoList(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for _, id := range []string{"a", "b", "c"} {
			s.child(id)
		}
		dbtest.Settled(t, s.d)
		s.broken = errors.New("the store is away")
		for range 2 {
			if _, err := s.Sweep(t.Context()); err == nil {
				t.Fatal("the error is lost")
			}
		}
		s.broken = nil
		s.settle()
		if got := s.listed("hill"); got != "a b c" {
			t.Fatalf("%q wait", got)
		}
		s.write(strings.Replace(note("na", "a", ""), "completed", "entered-in-error", 1))
		s.write(strings.Replace(note("nb", "b", ""), `{"system":"urn:bevan:child","code":"note"}`, `{"code":"other"}`, 1))
		s.ok(s.Forget(t.Context(), "c"))
		s.ok(s.Forget(t.Context(), "c"))
		s.settle()
		if got := s.listed("hill"); got != "" {
			t.Errorf("%q wait still", got)
		}
		s.child("z")
		s.remove("Patient", "z") // before and after it is looked at
		s.settle()
		if got := s.listed("hill") + s.listed("dale"); got != "" {
			t.Errorf("%q wait, who is not there", got)
		}
		s.child("d")
		s.write(`{"resourceType":"CareTeam","id":"td","status":"inactive","subject":{"reference":"Patient/d"},"participant":[{"member":{"reference":"Organization/dale"}}]}`)
		s.settle()
		before := s.looks
		s.settle()
		if s.looks != before {
			t.Error("a record in which nothing changed is looked at again")
		}
		s.write(`{"resourceType":"Patient","id":"d","birthDate":"2026-01-01","generalPractitioner":[{"reference":"Organization/glen"}]}`)
		s.at = s.at.Add(lookAgain + time.Minute)
		s.settle()
		if hill, glen := s.listed("hill"), s.listed("glen"); hill != "" || glen != "d" {
			t.Errorf("after a move %q wait at Hill and %q at Glen", hill, glen)
		}
	})
}

// One record that can not be read holds up no other, is said, and is looked at again.
func TestOneRecordHoldsUpNoOther(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for _, id := range []string{"a", "b", "c"} {
			s.child(id)
		}
		dbtest.Settled(t, s.d)
		s.bad = "b"
		if _, err := s.Sweep(t.Context()); err == nil {
			t.Error("the error is lost")
		}
		if got := s.listed("hill"); got != "a c" {
			t.Errorf("%q wait", got)
		}
		s.settle() // it is not time yet
		s.at = s.at.Add(tryAgain + time.Second)
		if _, err := s.Sweep(t.Context()); err == nil {
			t.Error("the error is lost the second time")
		}
		s.bad, s.at = "", s.at.Add(tryAgain+time.Second)
		s.settle()
		if got := s.listed("hill"); got != "a b c" {
			t.Errorf("in the end %q wait", got)
		}
	})
}
