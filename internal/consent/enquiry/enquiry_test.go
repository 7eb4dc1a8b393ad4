package enquiry

import (
	"bytes"
	"net/netip"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/descope/virtualwebauthn"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

// desk is the room with all that it stands on, and a clock that is moved by hand.
type desk struct {
	*Enquiries
	t   testing.TB
	box *notify.Outbox
	mu  sync.Mutex
	at  time.Time
	n   byte
}

func (s *desk) now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.at
}

func (s *desk) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func each(t *testing.T, test func(t *testing.T, s *desk)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := &desk{t: t, at: time.Date(2026, 5, 3, 14, 30, 0, 0, time.UTC)}
		ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
		s.ok(err)
		s.box, err = notify.Open(t.Context(), d, ring, s.now)
		s.ok(err)
		a, err := account.Open(t.Context(), d, ring, s.box, account.Config{RPID: "example.org", Name: "Example", Origins: []string{"https://id.example.org"}, Now: s.now})
		s.ok(err)
		s.Enquiries, err = Open(t.Context(), Config{DB: d, Accounts: a, Now: s.now})
		s.ok(err)
		test(t, s)
	})
}

// join makes an account.
func (s *desk) join(name string) account.Session {
	s.t.Helper()
	auth := virtualwebauthn.NewAuthenticator()
	var cred virtualwebauthn.Credential
	for { // the tool writes coordinates without leading zeros, which COSE does not allow
		if cred = virtualwebauthn.NewCredential(virtualwebauthn.KeyTypeEC2); len(cred.Key.AttestationData()) == 77 {
			break
		}
	}
	s.n++
	c, err := s.Accounts.BeginAccount(s.t.Context(), account.SourceOf(netip.AddrFrom4([4]byte{10, 0, 0, s.n})), name)
	s.ok(err)
	o, err := virtualwebauthn.ParseAttestationOptions(string(c.Options))
	s.ok(err)
	auth.Options.UserHandle = []byte(o.UserID)
	answer := virtualwebauthn.CreateAttestationResponse(virtualwebauthn.RelyingParty{ID: "example.org", Name: "Example", Origin: "https://id.example.org"}, auth, cred, *o)
	ses, _, err := s.Accounts.FinishAccount(s.t.Context(), c.ID, []byte(answer), "phone", "Firefox")
	s.ok(err)
	return ses
}

func (s *desk) asks(who account.Session, look, organisation, text string) (Enquiry, error) {
	return s.Ask(s.t.Context(), Enquiry{Account: who.Account, Patient: "ann", Look: look, Organisation: organisation, Facts: []Fact{{"Who", "Dr Ada Obi"}}, Question: text})
}

func kind(t *testing.T, err error, want problem.Kind) {
	t.Helper()
	if !problem.Is(err, want) {
		t.Errorf("the error is %v, want %v", err, want)
	}
}

// A question goes its way: asked, read, answered, closed. Only those see it whom
// it is from or to.
func TestAQuestionGoesItsWay(t *testing.T) {
	each(t, func(t *testing.T, s *desk) {
		ctx := t.Context()
		ann, bob := s.join("Ann"), s.join("Bob")
		e, err := s.asks(ann, "look", "hospital", " Why?\r\nI was not there. ")
		s.ok(err)
		if e.Due.Sub(e.Asked) != 28*24*time.Hour || e.Question != "Why?\nI was not there." {
			t.Errorf("it is %+v", e)
		}
		for _, org := range []string{"", "surgery"} {
			all, err := s.Waiting(ctx, org)
			s.ok(err)
			_, err = s.Put(ctx, org, e.ID)
			kind(t, err, problem.NotFound)
			kind(t, s.Answer(ctx, org, e.ID, "account:x", "No."), problem.NotFound)
			if len(all) != 0 {
				t.Errorf("%q sees %+v", org, all)
			}
		}
		_, err = s.One(ctx, bob.Account, "ann", e.ID)
		kind(t, err, problem.NotFound)
		_, err = s.One(ctx, ann.Account, "bob", e.ID) // no longer her record
		kind(t, err, problem.NotFound)
		kind(t, s.Close(ctx, bob.Account, "ann", e.ID), problem.NotFound)

		for _, org := range []string{"hospital", Everybody} {
			all, err := s.Waiting(ctx, org)
			s.ok(err)
			if len(all) != 1 || all[0].ID != e.ID || all[0].Question != "" || all[0].Late(s.now()) || !all[0].Late(s.now().Add(29*24*time.Hour)) {
				t.Errorf("%q sees %+v", org, all)
			}
		}
		if mine, err := s.One(ctx, ann.Account, "ann", e.ID); err != nil || !mine.Seen.IsZero() {
			t.Errorf("before anybody read it it is %+v, %v", mine, err)
		}
		got, err := s.Put(ctx, "hospital", e.ID)
		if err != nil || got.Question != e.Question || len(got.Facts) != 1 || got.Facts[0].Value != "Dr Ada Obi" {
			t.Fatalf("%+v, %v", got, err)
		}
		if mine, err := s.One(ctx, ann.Account, "ann", e.ID); err != nil || mine.Seen.IsZero() {
			t.Errorf("after somebody read it it is %+v, %v", mine, err)
		}
		kind(t, s.Answer(ctx, "hospital", e.ID, "account:x", "  "), problem.Invalid)
		s.ok(s.Answer(ctx, "hospital", e.ID, "account:x", "She looked at your results."))
		kind(t, s.Answer(ctx, "hospital", e.ID, "account:y", "Again."), problem.Conflict)
		mine, err := s.One(ctx, ann.Account, "ann", e.ID)
		if err != nil || mine.Answer != "She looked at your results." || mine.AnsweredBy != "account:x" || mine.Answered.IsZero() {
			t.Errorf("%+v, %v", mine, err)
		}
		if all, err := s.Waiting(ctx, Everybody); err != nil || len(all) != 0 {
			t.Errorf("what is answered still waits: %+v, %v", all, err)
		}
		s.ok(s.Close(ctx, ann.Account, "ann", e.ID))
		kind(t, s.Close(ctx, ann.Account, "ann", e.ID), problem.NotFound)
		if all, err := s.Mine(ctx, ann.Account, "ann"); err != nil || len(all) != 1 || all[0].Closed.IsZero() {
			t.Errorf("%+v, %v", all, err)
		}
	})
}

// One question about one entry at a time, and so many at once.
func TestQuestionsAreBounded(t *testing.T) {
	each(t, func(t *testing.T, s *desk) {
		ann, bob := s.join("Ann"), s.join("Bob")
		for _, bad := range []string{"", " \n ", strings.Repeat("x", 2001), "a\x00b", "a\u202eb", "\xff"} {
			_, err := s.asks(ann, "look", "", bad)
			kind(t, err, problem.Invalid)
		}
		first, err := s.asks(ann, "look", "", "Why?")
		s.ok(err)
		_, err = s.asks(ann, "look", "", "Why?")
		kind(t, err, problem.Conflict)
		_, err = s.asks(bob, "look", "", "Why?")
		s.ok(err)
		s.ok(s.Close(t.Context(), ann.Account, "ann", first.ID))
		for i := range maxOpen {
			_, err = s.asks(ann, "look"+string(rune('a'+i)), "", "Why?")
			s.ok(err)
		}
		_, err = s.asks(ann, "one more", "", "Why?")
		kind(t, err, problem.TooMany)
	})
}

// What was asked and answered lies sealed, and goes with the account.
func TestTextsAreSealedAndGo(t *testing.T) {
	each(t, func(t *testing.T, s *desk) {
		ctx := t.Context()
		ann := s.join("Ann")
		e, err := s.asks(ann, "look", "", "confidential-question")
		s.ok(err)
		s.ok(s.Answer(ctx, "", e.ID, "account:x", "confidential-answer"))
		other, err := s.asks(ann, "other", "", "confidential-other")
		s.ok(err)
		s.ok(s.DB.Query(ctx, "SELECT said, answer FROM enquiry", nil, func(r *db.Row) error {
			if bytes.Contains(r.Bytes(0), []byte("confidential")) || bytes.Contains(r.Bytes(1), []byte("confidential")) || bytes.Contains(r.Bytes(0), []byte("Ada")) {
				t.Error("a text lies in the open")
			}
			return nil
		}))
		s.ok(s.Accounts.Close(ctx, ann))
		_, err = s.One(ctx, ann.Account, "ann", e.ID)
		kind(t, err, problem.NotFound)
		_, err = s.Put(ctx, "", other.ID)
		kind(t, err, problem.NotFound)
		if all, err := s.Waiting(ctx, Everybody); err != nil || len(all) != 0 {
			t.Errorf("what nobody waits for is %+v, %v", all, err)
		}
	})
}

// When a record is erased, what was asked about looks at it goes, by whomever
// and with the answers; what was asked about others stays.
func TestErasingARecordErasesItsQuestions(t *testing.T) {
	each(t, func(t *testing.T, s *desk) {
		ctx := t.Context()
		ann, bob := s.join("Ann"), s.join("Bob")
		gone, err := s.Ask(ctx, Enquiry{Account: ann.Account, Patient: "ann", Look: "1", Question: "Why?"})
		s.ok(err)
		s.ok(s.Answer(ctx, "", gone.ID, "account:x", "It was a mistake."))
		_, err = s.Ask(ctx, Enquiry{Account: bob.Account, Patient: "ann", Look: "2", Question: "Why?"}) // before it was known that the record is not his
		s.ok(err)
		stays, err := s.Ask(ctx, Enquiry{Account: bob.Account, Patient: "bob", Look: "3", Question: "Why?"})
		s.ok(err)
		for range 2 {
			s.ok(s.Erase(ctx, "ann"))
			var left []string
			s.ok(s.DB.Query(ctx, "SELECT id FROM enquiry", nil, func(r *db.Row) error { left = append(left, r.Text(0)); return nil }))
			if len(left) != 1 || left[0] != stays.ID {
				t.Errorf("%v are left", left)
			}
		}
	})
}
