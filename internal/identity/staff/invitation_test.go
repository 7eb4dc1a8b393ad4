package staff

import (
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// offer is an organisation, and an invitation to it with its code.
func offer(t *testing.T, s *Staff, by string) (Organisation, Invitation, string) {
	t.Helper()
	org := must[Organisation](t)(s.AddOrganisation(t.Context(), "console:test", "RXH", "Valley Hospitals", ""))
	i, code, err := s.Invite(t.Context(), Member{Name: "Dr Ada Obi", Organisation: org.ID, Role: Clinician}, by)
	if err != nil {
		t.Fatal(err)
	}
	return org, i, code
}

func TestAnInvitationGivesAPlaceOnce(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, clock := t.Context(), start()
		s := open(t, d, clock)
		org, i, code := offer(t, s, "console:test")
		if len(code) != 23 || strings.Contains(code, i.ID) {
			t.Errorf("the code is %q", code)
		}
		for range 2 { // looking does not spend it
			if got := must[Invitation](t)(s.Invited(ctx, strings.ToUpper(code))); got.ID != i.ID || got.Give.Name != "Dr Ada Obi" || got.Give.Role != Clinician {
				t.Errorf("the code leads to %+v", got)
			}
		}
		if got := must[[]Invitation](t)(s.Invitations(ctx, org.ID)); len(got) != 1 || got[0].ID != i.ID {
			t.Errorf("open invitations: %+v", got)
		}
		_, err := s.Accept(ctx, code, "")
		refused(t, "nobody", err, problem.Unauthorized)
		clock.move(time.Hour)
		m := must[Member](t)(s.Accept(ctx, strings.ReplaceAll(code, "-", " "), "ada"))
		if m.Account != "ada" || m.Role != Clinician || m.Organisation != org.ID || m.MadeBy != "console:test" || m.Starts.Before(clock.now().Add(-time.Second)) {
			t.Errorf("the place is %+v", m)
		}
		must[Acting](t)(s.ActingIn(ctx, m.ID, "ada"))
		for _, account := range []string{"ada", "eve"} {
			_, err = s.Accept(ctx, code, account)
			refused(t, "a second time", err, problem.Unauthorized)
		}
		_, err = s.Invited(ctx, code)
		refused(t, "to look at what was used", err, problem.Unauthorized)
		if got := must[[]Invitation](t)(s.Invitations(ctx, org.ID)); len(got) != 0 {
			t.Errorf("open invitations: %+v", got)
		}
		refused(t, "to withdraw what was used", s.Withdraw(ctx, "console:test", i.ID, "a mistake"), problem.Conflict)
		if got := must[[]Acting](t)(s.PlacesOf(ctx, "eve")); len(got) != 0 {
			t.Errorf("somebody else got %+v", got)
		}
	})
}

// Of many who bring one code at once, on two nodes, one gets the place.
func TestAnInvitationIsSpentOnceEverywhere(t *testing.T) {
	ctx, clock, url := t.Context(), start(), dbtest.Schema(t)
	var nodes [2]*Staff
	for i := range nodes {
		d := must[*db.DB](t)(db.Open(ctx, db.Config{URL: url, Readers: 4}))
		defer d.Close()
		nodes[i] = open(t, d, clock)
	}
	_, _, code := offer(t, nodes[0], "console:test")
	var wait sync.WaitGroup
	var mu sync.Mutex
	var got []Member
	for i := range 10 {
		wait.Go(func() {
			m, err := nodes[i%2].Accept(ctx, code, string(rune('a'+i)))
			if err == nil {
				mu.Lock()
				got = append(got, m)
				mu.Unlock()
			} else if !problem.Is(err, problem.Unauthorized) {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	if len(got) != 1 {
		t.Errorf("one code gave %d places", len(got))
	}
}

// All that is no good gets the same words: guessed, worn out by guesses, old,
// withdrawn, of an operator who is none any more, to what was closed.
func TestInvitationsThatAreNoGood(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, clock := t.Context(), start()
		s := open(t, d, clock)
		org, i, code := offer(t, s, "console:test")
		words := map[string]bool{}
		no := func(what, code string) {
			t.Helper()
			_, err := s.Invited(ctx, code)
			refused(t, what, err, problem.Unauthorized)
			words[problem.Sentence(err)] = true
			_, err = s.Accept(ctx, code, "eve")
			refused(t, what+", to accept it", err, problem.Unauthorized)
			words[problem.Sentence(err)] = true
		}
		for _, bad := range []string{"", "x", strings.Repeat("z", 20), strings.Repeat("z", 5000), "00000-00000-00000-00000", "\x00", code + "0", code[:22]} {
			no("the code "+bad, bad)
		}
		must[Invitation](t)(s.Invited(ctx, code))
		wrong := code[:22] + string(idTextOther(code[22]))
		for range invitationTries / 2 {
			no("a letter that is wrong", wrong)
		}
		no("after so many tries", code)

		again := func(m Member, by string) string {
			t.Helper()
			m.Name, m.Organisation = "Dr Ada Obi", org.ID
			if m.Role == "" {
				m.Role = Clinician
			}
			_, code, err := s.Invite(ctx, m, by)
			if err != nil {
				t.Fatal(err)
			}
			return code
		}
		old := again(Member{}, "console:test")
		clock.move(invitationLife - time.Second)
		must[Invitation](t)(s.Invited(ctx, old))
		clock.move(time.Second)
		no("after seven days", old)

		over := again(Member{Ends: clock.now().Add(time.Hour)}, "console:test")
		clock.move(time.Hour)
		no("to a place that is over", over)

		_, code, err := s.Invite(ctx, Member{Name: "Ada", Organisation: org.ID, Role: Auditor}, "console:test")
		if err != nil {
			t.Fatal(err)
		}
		all := must[[]Invitation](t)(s.Invitations(ctx, org.ID))
		refused(t, "withdrawn without a reason", s.Withdraw(ctx, "console:test", all[0].ID, ""), problem.Invalid)
		must[Invitation](t)(s.Invited(ctx, code))
		for range 2 {
			if err := s.Withdraw(ctx, "console:test", all[0].ID, "the wrong person"); err != nil {
				t.Fatal(err)
			}
		}
		no("withdrawn", code)
		refused(t, "to withdraw what never was", s.Withdraw(ctx, "console:test", "nothing", "a reason"), problem.NotFound)
		_ = i

		olu := must[Member](t)(s.AddMember(ctx, Member{Account: "olu", Name: "Olu", Organisation: org.ID, Role: Operator}, "console:test"))
		must[Member](t)(s.AddMember(ctx, Member{Account: "kit", Name: "Kit", Organisation: org.ID, Role: Operator}, "console:test"))
		theirs := again(Member{}, "account:olu")
		must[Invitation](t)(s.Invited(ctx, theirs))
		if err := s.EndMember(ctx, olu.ID, time.Time{}, "account:kit", "left"); err != nil {
			t.Fatal(err)
		}
		no("of somebody who left", theirs)
		if len(words) != 1 {
			t.Errorf("refusals can be told apart: %v", words)
		}

		last := again(Member{}, "console:test")
		refused(t, "to close what the last operator works for", s.CloseOrganisation(ctx, "account:kit", org.ID, "closed"), problem.Conflict)
		other := must[Organisation](t)(s.AddOrganisation(ctx, "account:kit", "RXK", "Hill Hospitals", ""))
		must[Member](t)(s.AddMember(ctx, Member{Account: "kit", Organisation: other.ID, Role: Operator}, "account:kit"))
		if err := s.CloseOrganisation(ctx, "account:kit", org.ID, "closed"); err != nil {
			t.Fatal(err)
		}
		_, err = s.Accept(ctx, last, "ada")
		refused(t, "to what was closed", err, problem.Conflict)
	})
}

// idTextOther is a letter of codes that is another one.
func idTextOther(c byte) byte {
	if c == '7' {
		return '8'
	}
	return '7'
}

func TestTheTablesHoldNoCode(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := open(t, d, start())
		_, _, code := offer(t, s, "console:test")
		plain := strings.ReplaceAll(code, "-", "")
		err := d.Query(t.Context(), "SELECT id, code, name, made_by FROM staff_invitation", nil, func(r *db.Row) error {
			for i := range 4 {
				if strings.Contains(r.Text(i), plain[codeName:]) || strings.Contains(plain, r.Text(0)) {
					t.Errorf("column %d holds the secret", i)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func FuzzReadCode(f *testing.F) {
	for _, s := range []string{"", "abcde-fghjk-mnpqr-stvwx", "ABCDE FGHJK MNPQR STVWX", "oil10", strings.Repeat("0", 81), "ı2345678901234567890"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		got := readCode(typed)
		if len(got) != codeSize {
			t.Fatalf("%q is read as %q", typed, got)
		}
		if got != strings.Repeat("-", codeSize) && readCode(spaced(got)) != got {
			t.Fatalf("%q is read as %q, and that as %q", typed, got, readCode(spaced(got)))
		}
	})
}

// Each thing that is done has its line, in order, with who and why; what was
// refused has none.
func TestWhoDidWhatIsKeptInOrder(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, clock := t.Context(), start()
		s := open(t, d, clock)
		org, _, code := offer(t, s, "console:test")
		m := must[Member](t)(s.Accept(ctx, code, "ada"))
		team := must[Team](t)(s.AddTeam(ctx, "account:ada", org.ID, "Night nurses"))
		for _, err := range []error{
			s.CloseTeam(ctx, "account:ada", team.ID, " no longer needed "), s.CloseTeam(ctx, "account:ada", team.ID, "twice"),
			s.EndMember(ctx, m.ID, time.Time{}, "account:ada", "left"), s.EndMember(ctx, m.ID, time.Time{}, "account:ada", "twice"),
			s.Note(ctx, Deed{Actor: "account:ada", What: ClientRevoked, About: "app-1", Name: "Run Club", Reason: "it sold data"}),
			s.CloseOrganisation(ctx, "console:test", org.ID, "merged"), s.CloseOrganisation(ctx, "console:test", org.ID, "twice"),
		} {
			if err != nil {
				t.Fatal(err)
			}
		}
		refused(t, "without a reason", s.Note(ctx, Deed{Actor: "account:ada", What: ClientRevoked, About: "app-1"}), problem.Invalid)
		refused(t, "by nobody", s.Note(ctx, Deed{What: ClientAdded, About: "app-1"}), problem.Invalid)
		_, err := s.AddOrganisation(ctx, "", "RXK", "Hill Hospitals", "")
		refused(t, "an organisation by nobody", err, problem.Invalid)

		var got []string
		all := must[[]Deed](t)(s.History(ctx, 0, 100))
		for _, d := range all {
			got = append(got, strings.Join([]string{string(d.What), d.Actor, d.ByName, d.Name, d.Reason}, "|"))
		}
		slices.Reverse(got)
		want := []string{
			"organisation-added|console:test||Valley Hospitals|", "invitation-made|console:test||Dr Ada Obi|", "invitation-used|account:ada|Dr Ada Obi|Dr Ada Obi|",
			"team-added|account:ada|Dr Ada Obi|Night nurses|", "team-closed|account:ada|Dr Ada Obi|Night nurses|no longer needed",
			"place-ended|account:ada|Dr Ada Obi|Dr Ada Obi|left", "client-revoked|account:ada|Dr Ada Obi|Run Club|it sold data", "organisation-closed|console:test||Valley Hospitals|merged",
		}
		if !slices.Equal(got, want) {
			t.Errorf("the history is\n%s", strings.Join(got, "\n"))
		}
		var paged []Deed
		for before := int64(0); ; before = paged[len(paged)-1].Seq {
			page := must[[]Deed](t)(s.History(ctx, before, 3))
			if len(page) == 0 {
				break
			}
			paged = append(paged, page...)
		}
		if !slices.Equal(paged, all) {
			t.Errorf("in pages it is %+v", paged)
		}
	})
}

// The first operator has a place, once: neither a second start nor a second
// node makes another, and one that was ended does not come back.
func TestTheFirstOperatorHasAPlace(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx := t.Context()
		s := open(t, d, start())
		for range 2 {
			if err := s.FirstOperator(ctx, "olu", "Olu Operator"); err != nil {
				t.Fatal(err)
			}
		}
		all := must[[]Acting](t)(s.PlacesOf(ctx, "olu"))
		if len(all) != 1 || all[0].Role != Operator || all[0].Organisation.ODS != ServiceCode || all[0].Name != "Olu Operator" {
			t.Fatalf("the places are %+v", all)
		}
		refused(t, "to end the last operator", s.EndMember(ctx, all[0].Member, time.Time{}, "account:olu", "bored"), problem.Conflict)
		must[Acting](t)(s.ActingIn(ctx, all[0].Member, "olu"))
		must[Member](t)(s.AddMember(ctx, Member{Account: "kit", Name: "Kit", Organisation: all[0].Organisation.ID, Role: Operator}, "account:olu"))
		if err := s.EndMember(ctx, all[0].Member, time.Time{}, "account:kit", "left"); err != nil {
			t.Fatal(err)
		}
		if err := s.FirstOperator(ctx, "olu", "Olu Operator"); err != nil {
			t.Fatal(err)
		}
		if all := must[[]Acting](t)(s.PlacesOf(ctx, "olu")); len(all) != 0 {
			t.Errorf("a place that was ended came back: %+v", all)
		}
	})
}

// What is to be in the record is on the list until it is there, and again when
// a place begins or ends by its dates.
func TestWhatIsNotPublishedIsOnAList(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, clock := t.Context(), start()
		s := open(t, d, clock)
		list := func() (names []string) {
			t.Helper()
			for _, n := range must[[]News](t)(s.Unpublished(ctx, 100)) {
				if n.Organisation != nil {
					names = append(names, n.Organisation.Name+closedMark(!n.Organisation.Closed.IsZero()))
				} else {
					names = append(names, n.Person.Name+closedMark(!n.Stands))
				}
				if n.Actor == "" {
					t.Error("it is done for nobody")
				}
				if err := s.Published(ctx, n); err != nil {
					t.Fatal(err)
				}
			}
			return names
		}
		want := func(what string, names ...string) {
			t.Helper()
			if got := list(); !slices.Equal(got, names) {
				t.Errorf("%s: %q, want %q", what, got, names)
			}
		}
		org, _, code := offer(t, s, "console:test")
		want("an organisation, and an invitation that nobody used", "Valley Hospitals")
		m := must[Member](t)(s.Accept(ctx, code, "ada"))
		select {
		case <-s.Changed():
		default:
			t.Error("nobody is told of a change")
		}
		want("a place", "Dr Ada Obi")
		want("nothing more")
		if err := s.EndMember(ctx, m.ID, clock.now().Add(time.Hour), "console:test", "moves"); err != nil {
			t.Fatal(err)
		}
		want("an end that lies ahead", "Dr Ada Obi")
		clock.move(time.Hour)
		want("when it comes", "Dr Ada Obi (not now)")
		must[Member](t)(s.AddMember(ctx, Member{Account: "ada", Organisation: org.ID, Role: Clinician, Starts: clock.now().Add(time.Hour)}, "console:test"))
		want("a beginning that lies ahead", "Dr Ada Obi (not now)")
		clock.move(time.Hour)
		want("when it comes", "Dr Ada Obi")
		if err := s.CloseOrganisation(ctx, "console:test", org.ID, "merged"); err != nil {
			t.Fatal(err)
		}
		news := must[[]News](t)(s.Unpublished(ctx, 100))
		must[Organisation](t)(s.AddOrganisation(ctx, "console:test", "RXK", "Hill Hospitals", ""))
		for _, n := range news { // what was written meanwhile is not lost
			if n.Member != nil {
				if err := s.EndMember(ctx, n.Member.ID, time.Time{}, "console:test", "merged"); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Published(ctx, n); err != nil {
				t.Fatal(err)
			}
		}
		want("what changed while it was written", "Hill Hospitals", "Dr Ada Obi (not now)")
	})
}

func closedMark(closed bool) string {
	if closed {
		return " (not now)"
	}
	return ""
}
