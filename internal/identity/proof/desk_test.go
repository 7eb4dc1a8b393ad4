package proof

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/match"
	"github.com/bevanhealth/bevan/internal/problem"
)

func TestALinkingCodeFromADeskProvesP9(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		seen, more, err := s.Trace(t.Context(), clerk, match.Details{Given: []string{"Ann"}, Family: []string{"Hill"}, Birth: "1980-03-31"})
		s.ok(err)
		if len(seen) != 2 || more || seen[1].Patient != "ann" || seen[1].Taken || seen[1].Postcode[0] != "LS1 4AP" { // Amy sounds like Ann
			t.Errorf("the trace finds %+v", seen)
		}
		code := s.code("ann")
		p := s.join("Ann")
		s.clock.move(13 * 24 * time.Hour)
		p.fresh()
		r, err := s.Redeem(t.Context(), p.Session, s.somewhere(), strings.ToLower(strings.ReplaceAll(code, " ", "-")), "31/3/1980")
		s.linked(r, err)(true, account.P9)
		p.is(account.P9, "ann")
		events, err := s.Events(t.Context(), p.Account)
		s.ok(err)
		e := events[0]
		if len(events) != 1 || e.Framework != s.papers.ID || e.Verifier != "account:clerk" || joined(e.Methods) != "document photo" || !e.Expires.Equal(s.clock.now().AddDate(10, 0, 0)) ||
			len(e.Evidence) != 1 || e.Evidence[0] != (Evidence{"passport-chip", s.papers.ID, "HM Passport Office", 4, "2031-03-31"}) {
			t.Errorf("the events are %+v", events)
		}
		if d := s.last(p); d.Via != ViaDesk || d.By != "account:clerk" || d.Outcome != Linked || d.Event != e.ID {
			t.Errorf("the decision is %+v", d)
		}
		_, err = s.Redeem(t.Context(), s.join("Mallory").Session, s.somewhere(), code, "31 3 1980")
		refused(t, "a code that was used", err, problem.Unauthorized)
		if seen, _, _ = s.Trace(t.Context(), clerk, s.of("ann")); len(seen) != 2 || seen[0].Taken || !seen[1].Taken {
			t.Errorf("the record is not shown as taken: %+v", seen)
		}
	})
}

// The code alone is not enough, and what is wrong with a try is not said. Five
// dates spend a code; the person gets another, and is never locked out.
func TestWrongTriesOfALinkingCodeAreBounded(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		code, old := s.code("ann"), s.code("ann")
		p := s.join("Ann")
		try := func(code, birth string) error {
			_, err := s.Redeem(t.Context(), p.Session, s.somewhere(), code, birth)
			return err
		}
		said := map[string]bool{}
		for _, c := range [][2]string{{code, "30 3 1980"}, {strings.Repeat("A", 20), "31 3 1980"}, {"short", "31 3 1980"}} {
			err := try(c[0], c[1])
			refused(t, fmt.Sprint(c), err, problem.Unauthorized)
			said[fmt.Sprint(err)] = true
		}
		refused(t, "no date", try(code, "soon"), problem.Invalid)
		if len(said) != 1 {
			t.Errorf("it says %v", said)
		}
		for range 4 {
			s.clock.move(2 * time.Hour)
			p.fresh()
			refused(t, "a wrong date", try(code, "1 1 1980"), problem.Unauthorized)
		}
		s.clock.move(2 * time.Hour)
		p.fresh()
		refused(t, "the right date after five wrong ones", try(code, "31 3 1980"), problem.Unauthorized)
		p.is(account.P0, "")
		s.clock.move(15 * 24 * time.Hour)
		p.fresh()
		refused(t, "a code that is too old", try(old, "31 3 1980"), problem.Unauthorized)
		s.ok(s.Sweep(t.Context()))
		s.ok(try(s.code("ann"), "31 3 1980"))
		p.is(account.P9, "ann")
	})
}

// A code that is there and one that is not take the same steps, with a date
// that is right or not, up to the refusal.
func TestAWrongCodeAndAWrongDateTakeTheSameSteps(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		code := s.code("ann")
		var first string
		for i, c := range [][2]string{{code, "30 3 1980"}, {"AAAAA AAAAA AAAAA AAAAA", "31 3 1980"}} {
			p := s.join("Mallory")
			var seen []string
			s.trace = func(sql string) { seen = append(seen, sql) }
			_, err := s.Redeem(t.Context(), p.Session, s.somewhere(), c[0], c[1])
			s.trace = nil
			refused(t, c[0], err, problem.Unauthorized)
			if got := strings.Join(seen, "\n"); i == 0 {
				first = got
			} else if diff := cmp.Diff(first, got); diff != "" {
				t.Errorf("the steps differ: %s", diff)
			}
		}
	})
}

func TestWhatADeskRefuses(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		doc := func(change func(*Document)) []Document {
			d := passport()
			change(&d[0])
			return d
		}
		for what, c := range map[string]struct {
			docs     []Document
			compared bool
		}{
			"no document":           {nil, true},
			"five documents":        {append(append(passport(), passport()...), append(passport(), append(passport(), passport()...)...)...), true},
			"nobody compared":       {passport(), false},
			"no photo":              {[]Document{{Kind: "birth-certificate", Issuer: "GRO", Number: "1"}}, true},
			"a weak one with photo": {[]Document{{Kind: "bus-pass", Issuer: "Council", Number: "1", Until: "1 1 2030"}}, true},
			"not on the list":       {doc(func(d *Document) { d.Kind = "library-card" }), true},
			"too old":               {doc(func(d *Document) { d.Until = "2 5 2026" }), true},
			"no end":                {doc(func(d *Document) { d.Until = "" }), true},
			"no number":             {doc(func(d *Document) { d.Number = " " }), true},
			"no issuer":             {doc(func(d *Document) { d.Issuer = "a\nb" }), true},
		} {
			_, err := s.Issue(t.Context(), clerk, "ann", c.docs, c.compared)
			refused(t, what, err, problem.Invalid)
		}
		_, err := s.Issue(t.Context(), clerk, "nobody", passport(), true)
		refused(t, "no record", err, problem.NotFound)
		for what, change := range map[string]func(*match.Candidate){
			"merged": func(c *match.Candidate) { c.Replaced = true }, "died": func(c *match.Candidate) { c.Deceased = true },
			"a year alone": func(c *match.Candidate) { c.Birth = "1980" }, "no date": func(c *match.Candidate) { c.Birth = "" },
		} {
			s.town.people = folk()
			change(&s.town.people[0])
			_, err := s.Issue(t.Context(), clerk, "ann", passport(), true)
			refused(t, what, err, problem.Conflict)
		}
		s.town.people = folk()
		for _, role := range []string{"", "operator", "researcher", "auditor", "app-assessor", "Clinician"} {
			by := By{Account: "x", Role: role}
			_, err := s.Issue(t.Context(), by, "ann", passport(), true)
			refused(t, "issue as "+role, err, problem.Forbidden)
			_, _, err = s.Trace(t.Context(), by, s.of("ann"))
			refused(t, "trace as "+role, err, problem.Forbidden)
		}
		_, err = s.Issue(t.Context(), By{Role: "clinician"}, "ann", passport(), true)
		refused(t, "nobody", err, problem.Forbidden)
	})
}

// One document does not stand for two records, unless what it proved was taken
// back.
func TestADocumentStandsForOneRecord(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		code := s.code("ann")
		same := passport()
		same[0].Number, same[0].Issuer = "123-456-789", "HMPO"
		try := func(patient string) error {
			_, err := s.Issue(t.Context(), clerk, patient, same, true)
			return err
		}
		refused(t, "a code that waits", try("bob"), problem.Conflict)
		s.ok(try("ann"))
		p := s.join("Ann")
		_, err := s.Redeem(t.Context(), p.Session, s.somewhere(), code, "31 3 1980")
		s.ok(err)
		s.clock.move(15 * 24 * time.Hour) // the codes are over
		s.ok(s.Sweep(t.Context()))
		refused(t, "a proof", try("bob"), problem.Conflict)
		s.ok(s.Undo(t.Context(), admin, s.last(p).ID, "It was not her"))
		s.ok(try("bob"))
	})
}

// A code for a record that has an account proves who the person is, and people
// decide whose the record is.
func TestACodeForARecordThatIsTaken(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		thief := s.join("Mallory")
		s.linked(thief.claim("ann"))(true, account.P5)
		p := s.join("Ann")
		r, err := s.Redeem(t.Context(), p.Session, s.somewhere(), s.code("ann"), "31 3 1980")
		s.linked(r, err)(false, account.P9)
		p.is(account.P9, "")
		thief.is(account.P5, "ann")
		q := s.questions()
		if len(q) != 1 || q[0].Account != p.Account {
			t.Fatalf("the questions are %+v", q)
		}
		refused(t, "without moving", s.Answer(t.Context(), admin, q[0].ID, "ann", false, "She was here with her passport"), problem.Conflict)
		s.ok(s.Answer(t.Context(), admin, q[0].ID, "ann", true, "She was here with her passport"))
		p.is(account.P9, "ann")
		thief.is(account.P0, "")
		if len(s.apps.ended) != 1 || s.apps.ended[0] != thief.Account+" ann" {
			t.Errorf("permissions were ended for %v", s.apps.ended)
		}
	})
}

// No table holds a code, a number of a document, a name or a date of birth.
func TestTheTablesHoldNoSecret(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		code := s.code("ann")
		p, q := s.join("Ann"), s.join("Sam")
		_, err := s.Redeem(t.Context(), p.Session, s.somewhere(), code, "31 3 1980")
		s.ok(err)
		s.linked(q.claim("sam"))(false, account.P0)
		plain, _ := readCode(code)
		var all bytes.Buffer
		for _, table := range []string{"proofing_event", "proofing_evidence", "external_identity", "match_decision", "match_candidate", "record_owner", "linking_code"} {
			sql := s.db.Dialect().Pick("SELECT * FROM "+table, "SELECT to_jsonb(x)::text FROM "+table+" x")
			s.ok(s.db.Query(t.Context(), sql, nil, func(r *db.Row) error {
				for i := range columns(s.db, table) {
					all.WriteString(r.Text(i) + "|")
				}
				all.WriteByte('\n')
				return nil
			}))
		}
		if all.Len() < 500 {
			t.Fatalf("only %d bytes were looked at", all.Len())
		}
		for _, secret := range []string{plain, strings.ToUpper(plain), code, "123456789", "1980-03-31", "1970-07-07", "Twice", "HX1", "LS1"} {
			if strings.Contains(all.String(), secret) {
				t.Errorf("the tables hold %q", secret)
			}
		}
	})
}

// columns is how many values a row has as it is read here.
func columns(d *db.DB, table string) int {
	if d.Dialect() == db.Postgres {
		return 1
	}
	return map[string]int{"proofing_event": 13, "proofing_evidence": 8, "external_identity": 8, "match_decision": 19, "match_candidate": 4, "record_owner": 4, "linking_code": 13}[table]
}
