package identity

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// hand is a clock that is moved by hand.
type hand struct {
	mu sync.Mutex
	at time.Time
}

func (h *hand) now() time.Time {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.at
}

func (h *hand) move(d time.Duration) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.at = h.at.Add(d)
}

func openAt(t *testing.T, d *db.DB, c *hand) *Tokens {
	t.Helper()
	ts, err := Open(t.Context(), d, c.now)
	if err != nil {
		t.Fatal(err)
	}
	return ts
}

var operator = Spec{Role: access.RoleOperator, Verbs: access.AllVerbs, Label: "the night shift", Life: time.Hour}

func TestATokenLetsItsHolderIn(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, clock := t.Context(), &hand{at: time.Unix(1_700_000_000, 0)}
		ts := openAt(t, d, clock)
		tok, text, err := ts.Issue(ctx, operator)
		if err != nil {
			t.Fatal(err)
		}
		for range 2 { // from the table, then from memory
			who, err := ts.Verify(ctx, text)
			if err != nil {
				t.Fatal(err)
			}
			if want := access.Operator("token:" + tok.ID); who != want {
				t.Errorf("the holder is %+v, want %+v", who, want)
			}
		}
		if _, d := access.Decide(access.Facts{Who: access.Operator("token:" + tok.ID), Purpose: access.Operations, About: access.Population()}); !d.Granted {
			t.Error("an operator's token grants nothing")
		}
		looking := operator
		looking.Verbs = access.Looking
		_, text, err = ts.Issue(ctx, looking)
		if err != nil {
			t.Fatal(err)
		}
		who, err := ts.Verify(ctx, text)
		if err != nil || who.Bound != access.AllTypes(access.Looking) {
			t.Errorf("a token that only looks allows %v, %v", who.Bound, err)
		}
	})
}

func TestWhatIsNoTokenIsRefused(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		ts := openAt(t, d, &hand{at: time.Unix(1_700_000_000, 0)})
		_, good, err := ts.Issue(ctx, operator)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ts.Verify(ctx, good); err != nil { // so that it is remembered
			t.Fatal(err)
		}
		flip := func(i int) string {
			c := byte('0')
			if good[i] == c {
				c = '1'
			}
			return good[:i] + string(c) + good[i+1:]
		}
		bad := []string{"", "bevan_", good[:len(good)-1], good + "0", strings.ToUpper(good), " " + good, good + "\n", strings.Replace(good, "_", "-", 2), strings.Repeat("a", len(good)), "bevan_" + strings.Repeat("'", len(good)-6)}
		for i := len(prefix); i < len(good); i++ {
			if good[i] != '_' {
				bad = append(bad, flip(i))
			}
		}
		for _, b := range bad {
			who, err := ts.Verify(ctx, b)
			if problem.KindOf(err) != problem.Unauthorized || who != (access.Who{}) {
				t.Errorf("%q (good is %q) lets in %+v, %v", b, good, who, err)
			}
		}
	})
}

func TestARevokedTokenIsRefusedWithinASecondEverywhere(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, clock := t.Context(), &hand{at: time.Unix(1_700_000_000, 0)}
		here, there := openAt(t, d, clock), openAt(t, d, clock) // two nodes, one database
		tok, text, err := here.Issue(ctx, operator)
		if err != nil {
			t.Fatal(err)
		}
		for _, node := range []*Tokens{here, there} {
			if _, err := node.Verify(ctx, text); err != nil {
				t.Fatal(err)
			}
		}
		if err := here.Revoke(ctx, tok.ID); err != nil {
			t.Fatal(err)
		}
		if _, err := here.Verify(ctx, text); problem.KindOf(err) != problem.Revoked {
			t.Errorf("here, at once: %v", err)
		}
		clock.move(time.Second)
		if _, err := there.Verify(ctx, text); problem.KindOf(err) != problem.Revoked {
			t.Errorf("there, a second later: %v", err)
		}
		if err := there.Revoke(ctx, tok.ID); err != nil {
			t.Errorf("a second revocation: %v", err)
		}
		if err := there.Revoke(ctx, "nothing"); problem.KindOf(err) != problem.NotFound {
			t.Errorf("a token that never was: %v", err)
		}
	})
}

func TestATokenRunsOut(t *testing.T) {
	ctx, clock := t.Context(), &hand{at: time.Unix(1_700_000_000, 0)}
	ts := openAt(t, dbtest.SQLite(t), clock)
	_, text, err := ts.Issue(ctx, operator)
	if err != nil {
		t.Fatal(err)
	}
	clock.move(time.Hour - time.Second)
	if _, err := ts.Verify(ctx, text); err != nil {
		t.Errorf("a second before the end: %v", err)
	}
	clock.move(time.Second) // remembered still, and yet it has run out
	if _, err := ts.Verify(ctx, text); problem.KindOf(err) != problem.Unauthorized {
		t.Errorf("at the end: %v", err)
	}
}

func TestWorkGoesOnOnlyWhileItsTokenIsGood(t *testing.T) {
	ctx, clock := t.Context(), &hand{at: time.Unix(1_700_000_000, 0)}
	ts := openAt(t, dbtest.SQLite(t), clock)
	tok, text, err := ts.Issue(ctx, operator)
	if err != nil {
		t.Fatal(err)
	}
	who, err := ts.Verify(ctx, text)
	if err != nil {
		t.Fatal(err)
	}
	work := access.Job("export", who)
	work.Bound = access.Rights{} // as a queue keeps it
	got, err := ts.Still(ctx, work)
	if err != nil || got.Bound != who.Bound || got.Actor != work.Actor || got.Kind != access.Work {
		t.Errorf("%+v, %v", got, err)
	}
	other := work
	other.Role = access.RoleResearcher
	for _, w := range []access.Who{{}, {Actor: "token:none"}, {Actor: "console:x"}, other} {
		if _, err := ts.Still(ctx, w); problem.KindOf(err) != problem.Unauthorized {
			t.Errorf("%+v may go on: %v", w, err)
		}
	}
	if err := ts.Revoke(ctx, tok.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := ts.Still(ctx, work); problem.KindOf(err) != problem.Revoked {
		t.Errorf("work goes on under a revoked token: %v", err)
	}
}

func TestTheTableHoldsNoSecret(t *testing.T) {
	ctx := t.Context()
	d := dbtest.SQLite(t)
	ts := openAt(t, d, &hand{at: time.Unix(1_700_000_000, 0)})
	_, text, err := ts.Issue(ctx, operator)
	if err != nil {
		t.Fatal(err)
	}
	_, secret, _ := split(text)
	err = d.Query(ctx, "SELECT id, hash, role, label FROM token", nil, func(r *db.Row) error {
		row := r.Text(0) + string(r.Bytes(1)) + r.Text(2) + r.Text(3)
		if strings.Contains(row, string(secret[:])) || strings.Contains(row, text[len(text)-20:]) {
			t.Error("the table holds the secret")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	all, err := ts.List(ctx)
	if err != nil || len(all) != 1 || all[0].Label != operator.Label || !all[0].Revoked.IsZero() || all[0].Expires.Sub(all[0].Created) != time.Hour {
		t.Errorf("the list is %+v, %v", all, err)
	}
}

func TestWhatIsNotAskedProperlyIsNotIssued(t *testing.T) {
	ts := openAt(t, dbtest.SQLite(t), &hand{at: time.Unix(1_700_000_000, 0)})
	for name, change := range map[string]func(*Spec){
		"no role":      func(s *Spec) { s.Role = access.NoRole },
		"other role":   func(s *Spec) { s.Role = access.RoleProfessional },
		"no verbs":     func(s *Spec) { s.Verbs = 0 },
		"unknown verb": func(s *Spec) { s.Verbs = 1 << 15 },
		"no life":      func(s *Spec) { s.Life = 0 },
		"too long":     func(s *Spec) { s.Life = 20 * 366 * 24 * time.Hour },
		"two lines":    func(s *Spec) { s.Label = "a\nb" },
		"long label":   func(s *Spec) { s.Label = strings.Repeat("é", 101) },
	} {
		s := operator
		change(&s)
		if _, text, err := ts.Issue(t.Context(), s); problem.KindOf(err) != problem.Invalid || text != "" {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add("bevan_0123456789abcdef_" + strings.Repeat("0", 52))
	f.Fuzz(func(t *testing.T, s string) {
		id, secret, ok := split(s)
		if ok && prefix+id+"_"+text.EncodeToString(secret[:]) != s {
			t.Errorf("%q splits into %q and something else", s, id)
		}
	})
}
