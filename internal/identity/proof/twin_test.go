package proof

import (
	"testing"

	"pgregory.net/rapid"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/match"
)

// plain is the same question answered by lists: who has which record, and what
// is proven of them.
type plain struct {
	owner  map[string]int // by record
	checks []check
	proven map[int]account.Proof
}

type check struct {
	who    int
	level  account.Proof
	record string // that it was about
	over   bool
}

func (w *plain) recordOf(who int) string {
	for r, o := range w.owner {
		if o == who {
			return r
		}
	}
	return ""
}

func (w *plain) level(who int) account.Proof {
	best, mine := account.P0, w.recordOf(who)
	for _, c := range w.checks {
		if c.who == who && !c.over && (mine == "" || c.record == mine) && c.level > best {
			best = c.level
		}
	}
	return best
}

// claims says what becomes of a claim of a record that the rules link.
func (w *plain) claims(who int, record string, level account.Proof, always bool) {
	_, taken := w.owner[record]
	mine := w.recordOf(who)
	switch {
	case mine == record:
	case mine == "" && !taken:
		w.owner[record] = who
	case mine == "" && always: // proven, and whose the record is waits for people
	default:
		return
	}
	w.checked(check{who: who, level: level, record: record})
}

func (w *plain) checked(c check) {
	w.checks = append(w.checks, c)
	w.proven[c.who] = w.level(c.who)
}

func (w *plain) back(record string) {
	who, ok := w.owner[record]
	if !ok {
		return
	}
	delete(w.owner, record)
	for i := range w.checks {
		if w.checks[i].who == who && w.checks[i].record == record {
			w.checks[i].over = true
		}
	}
	w.proven[who] = min(w.proven[who], w.level(who)) // taking back raises nothing
}

// step is something that happens.
type step struct {
	who    int
	record string
	what   string
}

var anySteps = rapid.SliceOfN(rapid.Custom(func(t *rapid.T) step {
	return step{rapid.IntRange(0, 2).Draw(t, "who"), rapid.SampledFrom([]string{"ann", "amy", "bob"}).Draw(t, "record"),
		rapid.SampledFrom([]string{"details", "code", "provider", "stranger", "back"}).Draw(t, "what")}
}), 1, 8)

// What is proven and linked is what the lists say, after any claims, codes,
// providers and taking back, on both databases.
func TestLinksAgreeWithPlainLists(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) {
		s := open(t, dbtest.SQLite(t))
		all := []*person{s.join("A"), s.join("B"), s.join("C")}
		rapid.Check(t, func(rt *rapid.T) { s.play(rt, all, anySteps.Draw(rt, "steps")) })
	})
	t.Run("postgres", func(t *testing.T) { // fewer, since each commit is on the disk
		s := open(t, dbtest.Postgres(t))
		all := []*person{s.join("A"), s.join("B"), s.join("C")}
		for i := range 10 {
			s.play(t, all, anySteps.Example(i))
		}
	})
}

// play does the steps, from nothing, in the store and in lists.
func (s *site) play(t interface{ Fatalf(string, ...any) }, all []*person, steps []step) {
	s.t.Helper()
	s.ok(s.db.Write(s.t.Context(), func(tx *db.Tx) error {
		for _, table := range []string{"record_owner", "match_decision", "match_candidate", "proofing_event", "external_identity"} {
			if _, err := tx.Exec("DELETE FROM " + table); err != nil {
				return err
			}
		}
		return nil
	}))
	for _, p := range all {
		p.fresh()
		s.ok(s.Accounts.SetProof(s.t.Context(), p.Account, account.P0))
		s.ok(s.Accounts.SetRecord(s.t.Context(), p.Account, ""))
	}
	w := &plain{owner: map[string]int{}, proven: map[int]account.Proof{}}
	for i, st := range steps {
		s.ok(s.db.Write(s.t.Context(), func(tx *db.Tx) error { _, err := tx.Exec("DELETE FROM try_slot"); return err }))
		s.step(w, all[st.who], st)
		for who, p := range all {
			a, err := s.Accounts.Get(s.t.Context(), p.Account)
			s.ok(err)
			if a.Proof != w.proven[who] || a.Record != w.recordOf(who) {
				t.Fatalf("after %+v account %d is P%d with %q, and the lists say P%d with %q", steps[:i+1], who, a.Proof, a.Record, w.proven[who], w.recordOf(who))
			}
		}
	}
}

// step does one step in both.
func (s *site) step(w *plain, p *person, st step) {
	s.t.Helper()
	var err error
	switch st.what {
	case "details":
		_, err = p.claim(st.record)
		w.claims(st.who, st.record, account.P5, false)
	case "code":
		_, err = s.Redeem(s.t.Context(), p.Session, s.somewhere(), s.code(st.record), s.of(st.record).Birth)
		w.claims(st.who, st.record, account.P9, true)
	case "provider":
		_, err = s.ByProvider(s.t.Context(), p.Session, s.somewhere(), nhs(p.Account, account.P9, s.of(st.record)))
		if _, taken := w.owner[st.record]; taken && w.recordOf(st.who) == "" { // proven, and about nobody's record yet
			w.checked(check{who: st.who, level: account.P9})
		} else {
			w.claims(st.who, st.record, account.P9, true)
		}
	case "stranger":
		_, err = s.ByProvider(s.t.Context(), p.Session, s.somewhere(), nhs(p.Account, account.P9, match.Details{Birth: "1999-09-09"}))
		if w.recordOf(st.who) == "" {
			w.checked(check{who: st.who, level: account.P9})
		}
	case "back":
		w.undo(s, st.record)
	}
	s.ok(err)
}

// undo takes the link of a record back, in both.
func (w *plain) undo(s *site, record string) {
	all, err := s.Decisions(s.t.Context(), admin, "", record)
	s.ok(err)
	for _, d := range all {
		if d.Outcome == Linked && d.Undone.IsZero() {
			s.ok(s.Undo(s.t.Context(), admin, d.ID, "because"))
			break
		}
	}
	w.back(record)
}
