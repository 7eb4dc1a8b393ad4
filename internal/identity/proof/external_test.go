package proof

import (
	"slices"
	"testing"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/match"
	"github.com/bevanhealth/bevan/internal/identity/upstream"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

const elsewhere = "https://login.example"

func nhs(sub string, level account.Proof, d match.Details) upstream.Identity {
	return upstream.Identity{Issuer: elsewhere, Subject: sub, Vector: "P9.Cp.Cd", Level: level, Details: d, Source: "ab12"}
}

func TestAProviderProvesAndLinks(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p := s.join("Ann")
		p.told("ann@example.org")
		r, err := s.ByProvider(t.Context(), p.Session, s.somewhere(), nhs("1", account.P9, s.of("ann")))
		s.linked(r, err)(true, account.P9)
		p.is(account.P9, "ann")
		if got := s.mail(); !slices.Equal(got, []notify.Kind{notify.IdentityProven, notify.RecordLinked, notify.ProviderLinked}) {
			t.Errorf("told %v", got)
		}
		events, err := s.Events(t.Context(), p.Account)
		s.ok(err)
		if len(events) != 1 || events[0].Framework != elsewhere || events[0].Source != "ab12" || events[0].Verifier != elsewhere {
			t.Errorf("events are %+v", events)
		}
		id, found, err := s.AccountOf(t.Context(), nhs("1", account.P9, match.Details{}))
		if s.ok(err); !found || id != p.Account {
			t.Errorf("the sign-in is %q's", id)
		}
		for _, other := range []upstream.Identity{{Issuer: elsewhere, Subject: "2"}, {Issuer: elsewhere + "/", Subject: "1"}} {
			if _, found, err := s.AccountOf(t.Context(), other); found || err != nil {
				t.Errorf("%+v is found: %v", other, err)
			}
		}
		all, err := s.Externals(t.Context(), p.Account)
		if s.ok(err); len(all) != 1 || all[0].Vector != "P9.Cp.Cd" {
			t.Errorf("sign-ins are %+v", all)
		}
		refused(t, "one that is not theirs", s.Part(t.Context(), p.Session, "https://other.example"), problem.NotFound)
		s.ok(s.Part(t.Context(), p.fresh(), elsewhere))
		if _, found, _ := s.AccountOf(t.Context(), nhs("1", account.P9, match.Details{})); found {
			t.Error("a sign-in that was removed still opens the account")
		}
		p.is(account.P9, "ann")
	})
}

// A sign-in somewhere else opens one account, and an account has one from each
// issuer.
func TestASignInElsewhereIsOneAccounts(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		p, q := s.join("Ann"), s.join("Mallory")
		none := match.Details{}
		_, err := s.ByProvider(t.Context(), p.Session, s.somewhere(), nhs("1", account.P0, none))
		s.ok(err)
		_, err = s.ByProvider(t.Context(), q.Session, s.somewhere(), nhs("1", account.P9, s.of("ann")))
		refused(t, "somebody else's", err, problem.Conflict)
		q.is(account.P0, "")
		_, err = s.ByProvider(t.Context(), p.Session, s.somewhere(), nhs("2", account.P9, s.of("ann")))
		refused(t, "a second one", err, problem.Conflict)
		p.is(account.P0, "")
		if events, err := s.Events(t.Context(), p.Account); len(events) != 0 || err != nil {
			t.Errorf("no proof is kept as %+v %v", events, err)
		}
	})
}
