package staff

import (
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
	"pgregory.net/rapid"
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

func start() *hand { return &hand{at: time.Unix(1_790_000_000, 0)} }

func open(t *testing.T, d *db.DB, c *hand) *Staff {
	t.Helper()
	s, err := Open(t.Context(), d, c.now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func must[T any](t *testing.T) func(v T, err error) T {
	return func(v T, err error) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

func refused(t *testing.T, what string, err error, want problem.Kind) {
	t.Helper()
	if err == nil || problem.KindOf(err) != want || problem.Sentence(err) == "" {
		t.Errorf("%s: %v, want %v", what, err, want)
	}
}

func TestOrganisationsSitesAndTeams(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, s := t.Context(), open(t, d, start())
		trust := must[Organisation](t)(s.AddOrganisation(ctx, "console:test", "RXH", "Valley Hospitals", ""))
		site := must[Organisation](t)(s.AddOrganisation(ctx, "console:test", "RXH01", "North Site", trust.ID))
		team := must[Team](t)(s.AddTeam(ctx, "console:test", site.ID, "Night nurses"))

		if got := must[Organisation](t)(s.ByODS(ctx, "RXH01")); got != site || got.Parent != trust.ID {
			t.Errorf("by its code it is %+v", got)
		}
		if got := must[[]Organisation](t)(s.Organisations(ctx, "", 100)); !slices.Equal(got, []Organisation{trust, site}) {
			t.Errorf("the list is %+v", got)
		}
		if got := must[[]Organisation](t)(s.Organisations(ctx, "RXH", 100)); !slices.Equal(got, []Organisation{site}) {
			t.Errorf("behind the first the list is %+v", got)
		}
		if got := must[[]Team](t)(s.Teams(ctx, site.ID)); !slices.Equal(got, []Team{team}) {
			t.Errorf("the teams are %+v", got)
		}

		_, err := s.AddOrganisation(ctx, "console:test", "RXH", "Another", "")
		refused(t, "a code twice", err, problem.Conflict)
		_, err = s.AddOrganisation(ctx, "console:test", "RXH02", "Site of a site", site.ID)
		refused(t, "a site of a site", err, problem.Conflict)
		_, err = s.AddOrganisation(ctx, "console:test", "RXH02", "Site of nothing", "nothing")
		refused(t, "a site of what is not there", err, problem.NotFound)
		for _, code := range []string{"", "R", "rxh", "RX-H", "RXH12345678", "RXH\n"} {
			_, err = s.AddOrganisation(ctx, "console:test", code, "Name", "")
			refused(t, "the code "+code, err, problem.Invalid)
		}
		_, err = s.AddOrganisation(ctx, "console:test", "RXH03", "two\nlines", "")
		refused(t, "a name of two lines", err, problem.Invalid)
		_, err = s.AddOrganisation(ctx, "console:test", "RXH03", "Valley \u202eslatipsoH", "")
		refused(t, "a name that is read backwards", err, problem.Invalid)
		_, err = s.AddTeam(ctx, "console:test", site.ID, "Night nurses")
		refused(t, "a team twice", err, problem.Conflict)

		if err := s.CloseOrganisation(ctx, "console:test", trust.ID, "it closed"); err != nil {
			t.Fatal(err)
		}
		_, err = s.AddOrganisation(ctx, "console:test", "RXH04", "Late Site", trust.ID)
		refused(t, "a site of what is closed", err, problem.Conflict)
	})
}

// A place ends in the moment that was said, also for whoever was just let in.
func TestAPlaceEndsWithItsTime(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, clock := t.Context(), start()
		s := open(t, d, clock)
		org := must[Organisation](t)(s.AddOrganisation(ctx, "console:test", "RXH", "Valley Hospitals", ""))
		m := must[Member](t)(s.AddMember(ctx, Member{Account: "ada", Name: "Ada Obi", Organisation: org.ID, Role: Clinician,
			Starts: clock.now().Add(time.Hour), Ends: clock.now().Add(2 * time.Hour)}, "admin"))

		_, err := s.ActingIn(ctx, m.ID, "ada")
		refused(t, "before it begins", err, problem.Forbidden)
		if got := must[[]Acting](t)(s.PlacesOf(ctx, "ada")); len(got) != 0 {
			t.Errorf("before it begins they may choose %+v", got)
		}
		clock.move(time.Hour)
		got := must[Acting](t)(s.ActingIn(ctx, m.ID, "ada"))
		if got.Practitioner == "Practitioner/" || got.Practitioner == "Practitioner/ada" {
			t.Errorf("the record names them %q", got.Practitioner)
		}
		want := Acting{Member: m.ID, Account: "ada", Organisation: org, Role: Clinician, Name: "Ada Obi", Practitioner: got.Practitioner}
		if got != want {
			t.Errorf("they act as %+v, want %+v", got, want)
		}
		if got := must[[]Acting](t)(s.PlacesOf(ctx, "ada")); !slices.Equal(got, []Acting{want}) {
			t.Errorf("they may choose %+v", got)
		}
		_, err = s.ActingIn(ctx, m.ID, "eve")
		refused(t, "another's place", err, problem.Forbidden)
		_, err = s.ActingIn(ctx, m.ID, "")
		refused(t, "nobody's place", err, problem.Forbidden)
		_, err = s.ActingIn(ctx, "nothing", "ada")
		refused(t, "no place", err, problem.Forbidden)

		clock.move(time.Hour - time.Millisecond)
		must[Acting](t)(s.ActingIn(ctx, m.ID, "ada"))
		clock.move(time.Millisecond) // remembered still, and over
		_, err = s.ActingIn(ctx, m.ID, "ada")
		refused(t, "when it has ended", err, problem.Forbidden)
	})
}

func TestAPlaceIsTakenAway(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, clock := t.Context(), start()
		s := open(t, d, clock)
		org := must[Organisation](t)(s.AddOrganisation(ctx, "console:test", "RXH", "Valley Hospitals", ""))
		site := must[Organisation](t)(s.AddOrganisation(ctx, "console:test", "RXH01", "North Site", org.ID))
		team := must[Team](t)(s.AddTeam(ctx, "console:test", site.ID, "Night nurses"))
		add := func(role Role) Member {
			return must[Member](t)(s.AddMember(ctx, Member{Account: "ada", Name: "Ada Obi", Organisation: site.ID, Team: team.ID, Role: role}, "admin"))
		}
		one, two, three := add(Clinician), add(CareCoordinator), add(Auditor)
		_, err := s.AddMember(ctx, Member{Account: "ada", Name: "Ada Obi", Organisation: site.ID, Team: team.ID, Role: Clinician}, "admin")
		refused(t, "the same place twice", err, problem.Conflict)

		must[Acting](t)(s.ActingIn(ctx, one.ID, "ada"))
		if err := s.EndMember(ctx, one.ID, time.Time{}, "admin", "left the hospital"); err != nil {
			t.Fatal(err)
		}
		_, err = s.ActingIn(ctx, one.ID, "ada")
		refused(t, "a place that was taken away", err, problem.Forbidden)
		add(Clinician) // and may be given again
		all := must[[]Member](t)(s.Members(ctx, site.ID, "", 100))
		i := slices.IndexFunc(all, func(m Member) bool { return m.ID == one.ID })
		if len(all) != 4 || i < 0 || all[i].Reason != "left the hospital" || all[i].EndedBy != "admin" {
			t.Errorf("what is kept of it: %+v", all)
		}
		refused(t, "without a reason", s.EndMember(ctx, two.ID, time.Time{}, "admin", " "), problem.Invalid)
		refused(t, "what never was", s.EndMember(ctx, "nothing", time.Time{}, "admin", "a reason"), problem.NotFound)

		must[Acting](t)(s.ActingIn(ctx, two.ID, "ada"))
		if err := s.CloseTeam(ctx, "console:test", team.ID, "it closed"); err != nil {
			t.Fatal(err)
		}
		_, err = s.ActingIn(ctx, two.ID, "ada")
		refused(t, "a place in a closed team", err, problem.Forbidden)
		_ = three

		four := must[Member](t)(s.AddMember(ctx, Member{Account: "ada", Name: "Ada Obi", Organisation: site.ID, Role: Clinician}, "admin"))
		must[Acting](t)(s.ActingIn(ctx, four.ID, "ada"))
		if err := s.CloseOrganisation(ctx, "console:test", org.ID, "it closed"); err != nil {
			t.Fatal(err)
		}
		_, err = s.ActingIn(ctx, four.ID, "ada")
		refused(t, "a place in a site of a closed organisation", err, problem.Forbidden)
		_, err = s.AddMember(ctx, Member{Account: "bob", Name: "Bob Hill", Organisation: site.ID, Role: Clinician}, "admin")
		refused(t, "a new place there", err, problem.Conflict)
	})
}

func TestRolesAreNamed(t *testing.T) {
	for _, r := range Roles() {
		if got, err := RoleNamed(string(r)); err != nil || got != r {
			t.Errorf("%s is %q, %v", r, got, err)
		}
	}
	for _, name := range []string{"", "root", "Clinician", "clinician "} {
		_, err := RoleNamed(name)
		refused(t, "the role "+name, err, problem.Invalid)
	}
}

// An end on one node is felt on the other within a second.
func TestAnEndReachesOtherNodes(t *testing.T) {
	ctx, clock, url := t.Context(), start(), dbtest.Schema(t)
	node := must[*db.DB](t)(db.Open(ctx, db.Config{URL: url, Readers: 2}))
	defer node.Close()
	other := must[*db.DB](t)(db.Open(ctx, db.Config{URL: url, Readers: 2}))
	defer other.Close()
	here, there := open(t, node, clock), open(t, other, clock)
	org := must[Organisation](t)(here.AddOrganisation(ctx, "console:test", "RXH", "Valley Hospitals", ""))
	m := must[Member](t)(here.AddMember(ctx, Member{Account: "ada", Name: "Ada Obi", Organisation: org.ID, Role: Clinician}, "admin"))
	must[Acting](t)(there.ActingIn(ctx, m.ID, "ada"))
	if err := here.EndMember(ctx, m.ID, time.Time{}, "admin", "left"); err != nil {
		t.Fatal(err)
	}
	clock.move(time.Second)
	_, err := there.ActingIn(ctx, m.ID, "ada")
	refused(t, "on the other node", err, problem.Forbidden)
}

// Places against a plain list: whatever is given, ended and waited for, the
// places that stand are those that a loop over the list finds.
func TestPlacesAgreeWithAPlainList(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		ctx, clock := t.Context(), start()
		s := open(t, d, clock)
		org := must[Organisation](t)(s.AddOrganisation(ctx, "console:test", "RXH", "Valley Hospitals", ""))
		// Somebody else stays the operator: that the last one stays has a test of
		// its own.
		must[Member](t)(s.AddMember(ctx, Member{Account: "eve", Name: "eve", Organisation: org.ID, Role: Operator}, "admin"))
		var list []Member
		rapid.Check(t, func(rt *rapid.T) {
			account := rapid.SampledFrom([]string{"ada", "bob"}).Draw(rt, "account")
			switch rapid.IntRange(0, 3).Draw(rt, "what") {
			case 0, 1:
				m := Member{Account: account, Name: account, Organisation: org.ID, Role: rapid.SampledFrom(Roles()).Draw(rt, "role"),
					Starts: clock.now().Add(time.Duration(rapid.IntRange(-5, 5).Draw(rt, "starts")) * time.Minute)}
				if rapid.Bool().Draw(rt, "ends") {
					m.Ends = clock.now().Add(time.Duration(rapid.IntRange(-5, 9).Draw(rt, "for")) * time.Minute)
				}
				got, err := s.AddMember(ctx, m, "admin")
				clash := slices.ContainsFunc(list, func(o Member) bool {
					return o.Account == m.Account && o.Role == m.Role && (o.Ends.IsZero() || o.Ends.After(m.Starts)) && (m.Ends.IsZero() || o.Starts.Before(m.Ends))
				})
				bad := !m.Ends.IsZero() && (!m.Ends.After(m.Starts) || !m.Ends.After(clock.now()))
				if (err != nil) != (clash || bad) {
					rt.Fatalf("%+v: %v, clash %v, bad %v", m, err, clash, bad)
				}
				if err == nil {
					list = append(list, got)
				}
			case 2:
				if len(list) == 0 {
					return
				}
				m := &list[rapid.IntRange(0, len(list)-1).Draw(rt, "which")]
				at := clock.now().Add(time.Duration(rapid.IntRange(-2, 3).Draw(rt, "at")) * time.Minute)
				if err := s.EndMember(ctx, m.ID, at, "admin", "a reason"); err != nil {
					rt.Fatal(err)
				}
				if m.Ends.IsZero() || m.Ends.After(clock.now()) {
					m.Ends = at
					if at.Before(clock.now()) {
						m.Ends = clock.now()
					}
				}
			case 3:
				clock.move(time.Duration(rapid.IntRange(1, 120).Draw(rt, "seconds")) * time.Second)
			}
			for _, account := range []string{"ada", "bob"} {
				var want []string
				for _, m := range list {
					now := clock.now()
					stands := m.Account == account && !m.Starts.After(now) && (m.Ends.IsZero() || m.Ends.After(now))
					if stands {
						want = append(want, m.ID)
					}
					if _, err := s.ActingIn(ctx, m.ID, account); (err == nil) != stands {
						rt.Fatalf("%+v for %s at %v: %v", m, account, now, err)
					}
				}
				var got []string
				for _, m := range must[[]Acting](t)(s.PlacesOf(ctx, account)) {
					got = append(got, m.Member)
				}
				slices.Sort(got)
				slices.Sort(want)
				if !slices.Equal(got, want) {
					rt.Fatalf("%s may choose %v, want %v", account, got, want)
				}
			}
		})
	})
}
