package proof

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/match"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

func TestClaimedDetailsThatAgreeProveP5(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.join("Ann")
		p.told("ann@example.org")
		s.linked(p.claim("ann"))(true, account.P5)
		p.is(account.P5, "ann")
		if got := s.mail(); !slices.Equal(got, []notify.Kind{notify.IdentityProven, notify.RecordLinked}) {
			t.Errorf("told %v", got)
		}
		events, err := s.Events(t.Context(), p.Account)
		s.ok(err)
		if len(events) != 1 || events[0].Framework != s.Rules.ID || events[0].Level != account.P5 || events[0].Patient != "ann" || events[0].Verifier != "rules:"+s.Rules.ID {
			t.Errorf("events are %+v", events)
		}
		d := s.last(p)
		if d.Outcome != Linked || d.Patient != "ann" || d.Rule != "number-birth-given" || d.Traits != "nhs-number given family birth postcode" || d.By != "rules" || d.Via != ViaDetails {
			t.Errorf("the decision is %+v", d)
		}
		if !slices.Equal(s.town.looks, []string{"account:" + p.Account}) {
			t.Errorf("looks are logged as %v", s.town.looks)
		}
		// The same once more changes nothing.
		p.fresh()
		s.linked(p.claim("ann"))(true, account.P5)
		p.is(account.P5, "ann")
		if len(s.questions()) != 0 {
			t.Error("a question is open")
		}
	})
}

// Somebody who types what agrees with nobody, with several, or with somebody
// who has an account learns nothing: not by the answer, not by the statements.
func TestAttack24NobodyIsFoundByTypingDetails(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.linked(s.join("Ann").claim("ann"))(true, account.P5)
		var steps, answers []string
		for _, of := range []string{"nobody", "sam", "ann"} {
			claimed := match.Details{NHSNumber: "9990000085", Given: []string{"No"}, Family: []string{"Body"}, Birth: "2001-01-01", Postcode: []string{"LS1 1AA"}}
			if of != "nobody" {
				claimed = s.of(of)
			}
			p := s.join("Mallory")
			from := s.somewhere()
			var seen []string
			s.trace = func(sql string) { seen = append(seen, sql) }
			r, err := s.Claim(t.Context(), p.Session, from, claimed)
			s.trace = nil
			steps, answers = append(steps, strings.Join(seen, "\n")), append(answers, fmt.Sprintf("%+v %v", r, err))
			p.is(account.P0, "")
			s.clock.move(time.Minute)
		}
		for i := range steps {
			if diff := cmp.Diff(steps[0], steps[i]); diff != "" {
				t.Errorf("the steps differ: %s", diff)
			}
			if answers[i] != answers[0] || answers[0] != "{Linked:false Level:0} <nil>" {
				t.Errorf("the answers differ: %q and %q", answers[0], answers[i])
			}
		}
		// People see what the person does not.
		q := s.questions()
		if len(q) != 2 {
			t.Fatalf("%d questions are open", len(q))
		}
		if q[0].Reason == q[1].Reason || !strings.Contains(q[1].Reason, "has an account already") {
			t.Errorf("the reasons are %q and %q", q[0].Reason, q[1].Reason)
		}
	})
}

func TestFuzzyNeverLinksByItself(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		for what, change := range map[string]func(*match.Details){
			"a number of a twin":      func(d *match.Details) { d.NHSNumber = "9990000026" },
			"another name":            func(d *match.Details) { d.Given = []string{"Robert"} },
			"a family that sounds so": func(d *match.Details) { d.NHSNumber, d.Family = "", []string{"Hille"} },
			"another birth date":      func(d *match.Details) { d.Birth = "1980-03-30" },
			"another postcode":        func(d *match.Details) { d.NHSNumber, d.Postcode = "", []string{"LS1 4AQ"} },
		} {
			d := s.of("ann")
			change(&d)
			p := s.join("Ann")
			r, err := s.Claim(t.Context(), p.Session, s.somewhere(), d)
			if err != nil || r.Linked {
				t.Errorf("%s: %+v %v", what, r, err)
			}
			p.is(account.P0, "")
		}
		s.town.short = true
		s.linked(s.join("Ann").claim("ann"))(false, account.P0)
		s.town.short = false
		for i := range s.town.people {
			s.town.people[i].Restricted = true
		}
		s.linked(s.join("Ann").claim("ann"))(false, account.P0)
	})
}

func TestAClaimNeedsAFreshPasskey(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.join("Ann")
		for _, strength := range []account.Strength{account.Weak, account.Shared} {
			weak := p.Session
			weak.Strength = strength
			_, err := s.Claim(t.Context(), weak, s.somewhere(), s.of("ann"))
			refused(t, "a weak sign-in", err, problem.Forbidden)
		}
		s.clock.move(31 * time.Minute)
		_, err := p.claim("ann")
		refused(t, "an old check", err, problem.Forbidden)
		if len(s.town.looks) != 0 {
			t.Error("records were looked at")
		}
		p.fresh()
		s.ok(s.Accounts.SignOut(t.Context(), p.Session))
		_, err = p.claim("ann")
		refused(t, "a session that ended", err, problem.Unauthorized)
		p.is(account.P0, "")
	})
}

func TestClaimsAreBoundedByAccountAndBySource(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.join("Mallory")
		tries := func(p *person, from func() account.Source, most int) int {
			for i := range most {
				_, err := s.Claim(t.Context(), p.Session, from(), match.Details{Birth: "1999-01-01"})
				if problem.Is(err, problem.TooMany) {
					return i
				}
				s.ok(err)
			}
			return most
		}
		if n := tries(p, s.somewhere, 20); n != 6 {
			t.Errorf("an account has %d tries", n)
		}
		looks := len(s.town.looks)
		_, err := p.claim("ann")
		refused(t, "one more", err, problem.TooMany)
		if len(s.town.looks) != looks {
			t.Error("a try that was refused looks at records")
		}
		s.clock.move(2 * time.Hour)
		p.fresh()
		s.linked(p.claim("ann"))(true, account.P5) // slowed down, and not locked out
		one := s.somewhere()
		n := 0
		for range 6 {
			n += tries(s.join("Mallory"), func() account.Source { return one }, 6)
		}
		if n != 20 {
			t.Errorf("a source has %d tries", n)
		}
	})
}

// A proof counts for the record that it was about: whoever has typed the
// details of somebody else gets no further by a proof of their own.
func TestAProofCountsForItsRecordOnly(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		// First the neighbour's details, then one's own passport.
		p := s.join("Mallory")
		s.linked(p.claim("ann"))(true, account.P5)
		r, err := s.Redeem(t.Context(), p.Session, s.somewhere(), s.code("bob"), "2 1 1950")
		s.linked(r, err)(false, account.P5)
		p.is(account.P5, "ann")
		// And the other way round: proven by a provider, nobody's record yet.
		q := s.join("Mallory")
		seen := nhs("mallory", account.P9, match.Details{Given: []string{"Mal"}, Family: []string{"Lory"}, Birth: "1999-09-09"})
		r, err = s.ByProvider(t.Context(), q.Session, s.somewhere(), seen)
		s.linked(r, err)(false, account.P9)
		q.is(account.P9, "")
		q.fresh()
		s.linked(q.claim("bob"))(true, account.P5)
		q.is(account.P5, "bob")
		q.fresh()
		r, err = s.ByProvider(t.Context(), q.Session, s.somewhere(), seen)
		s.linked(r, err)(false, account.P5)
		q.is(account.P5, "bob")
	})
}
