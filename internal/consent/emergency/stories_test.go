package emergency

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/storytest"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/staff"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// TestStories plays the stories in testdata on both databases.
func TestStories(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, _ *db.DB) {
		sqlite := strings.HasSuffix(t.Name(), "sqlite")
		n := storytest.Run(t, "testdata/stories", func(t *testing.T) []storytest.Step {
			d := dbtest.SQLite
			if !sqlite {
				d = dbtest.Postgres
			}
			return newTelling(t, d(t)).steps()
		})
		if n < 15 {
			t.Errorf("there are %d stories", n)
		}
	})
}

// telling is the world of one story.
type telling struct {
	held Held // of the app that was opened
	*site
	people map[string]*person
	last   error
	opened Emergency
}

func newTelling(t *testing.T, d *db.DB) *telling {
	w := &telling{site: open(t, d), people: map[string]*person{}}
	for name, code := range map[string]string{"the hospital": "RXH", "another hospital": "RXK"} {
		o, err := w.Staff.AddOrganisation(t.Context(), "console:test", code, "Hospital "+code, "")
		w.ok(err)
		w.org[name] = o
	}
	return w
}

// who is somebody, in a browser that has not gone idle.
func (w *telling) who(name string) *person {
	p := w.people[name]
	if _, err := w.Accounts.Session(w.t.Context(), p.secret); err != nil {
		p = p.elsewhere()
		w.people[name] = p
	}
	return p
}

func (w *telling) steps() []storytest.Step {
	on := func(pattern string, do func(args []string) error) storytest.Step {
		return storytest.Step{Pattern: pattern, Do: do}
	}
	return slices.Concat(w.given(on), w.when(on), w.then(on), w.reviews(on), w.appSteps(on))
}

type adder = func(pattern string, do func(args []string) error) storytest.Step

func (w *telling) given(on adder) []storytest.Step {
	ctx := w.t.Context()
	has := func(name string) {
		id := strings.ToLower(name)
		w.put(`{"resourceType":"Patient","id":"`+id+`"}`, `{"resourceType":"AllergyIntolerance","id":"`+id+`-allergy","patient":{"reference":"Patient/`+id+`"}}`)
	}
	return []storytest.Step{
		on(`(\w+), who has a record`, func(a []string) error { has(a[0]); return nil }),
		on(`(\w+), who has a record and an account`, func(a []string) error {
			has(a[0])
			w.people[a[0]] = w.join(a[0])
			w.own[strings.ToLower(a[0])] = w.people[a[0]].id
			return nil
		}),
		on(`(\w+), an? ([a-z-]+) at (the hospital|another hospital)`, func(a []string) error {
			w.people[a[0]] = w.hire(a[0], a[2], staff.Role(a[1]))
			return nil
		}),
		on(`nobody has checked who (\w+) is`, func(a []string) error {
			return w.Accounts.SetProof(ctx, w.people[a[0]].id, account.P0)
		}),
		on(`(\w+) is an auditor too`, func(a []string) error {
			_, err := w.Staff.AddMember(ctx, staff.Member{Account: w.people[a[0]].id, Name: "Dr " + a[0], Organisation: w.org["the hospital"].ID, Role: staff.Auditor}, "console:test")
			return err
		}),
	}
}

func (w *telling) when(on adder) []storytest.Step {
	ctx := w.t.Context()
	tries := func(name, patient, why, reviewer string, waits int, touches bool) error {
		p := w.who(name)
		if reviewer != "" {
			reviewer = w.people[reviewer].id
		}
		var id string
		if id, w.last = w.Declare(ctx, p.by(), Wanted{Patient: strings.ToLower(patient), Details: Details{Reason: why, Name: patient}, Reviewer: reviewer}); w.last != nil {
			return nil
		}
		w.clock.move(time.Duration(waits) * time.Minute)
		by := p.by()
		if touches {
			by = p.touch()
		}
		w.opened, w.last = w.Begin(ctx, by, id)
		return nil
	}
	return []storytest.Step{
		on(`(\w+) says why she must see (\w+)'s record, and uses her passkey`, func(a []string) error { return tries(a[0], a[1], reason, "", 0, true) }),
		on(`(\w+) says why she must see (\w+)'s record, and does not use her passkey`, func(a []string) error { return tries(a[0], a[1], reason, "", 0, false) }),
		on(`(\w+) says why she must see (\w+)'s record, and uses her passkey (\d+) minutes later`, func(a []string) error {
			n, err := strconv.Atoi(a[2])
			return errors.Join(err, tries(a[0], a[1], reason, "", n, true))
		}),
		on(`(\w+) says why she must see (\w+)'s record, asks (\w+) whether \w+ waits, and uses her passkey`, func(a []string) error { return tries(a[0], a[1], reason, a[2], 0, true) }),
		on(`(\w+) gives the reason "(.*)" for (\w+)'s record`, func(a []string) error { return tries(a[0], a[2], a[1], "", 0, true) }),
		on(`(\w+) uses her passkey again`, func(a []string) error { w.who(a[0]).touch(); return nil }),
		on(`(\d+) minutes? goe?s? by`, func(a []string) error {
			n, err := strconv.Atoi(a[0])
			w.clock.move(time.Duration(n) * time.Minute)
			return err
		}),
		on(`the minute's work is done`, func([]string) error { return w.Sweep(ctx) }),
		on(`(\w+) closes it`, func(a []string) error { return w.End(ctx, w.who(a[0]).by(), w.opened.ID) }),
		on(`(\w+) works as an auditor`, func(a []string) error {
			places, err := w.Staff.PlacesOf(ctx, w.people[a[0]].id)
			for _, p := range places {
				if p.Role == staff.Auditor {
					return w.Accounts.ActIn(ctx, w.who(a[0]).by().Session, p.Member)
				}
			}
			return err
		}),
	}
}

// look reads somebody's allergy by the emergency, as the pages do.
func (w *telling) look(p *person, patient string) error {
	m, err := w.Use(w.t.Context(), p.by(), w.opened.ID)
	if err != nil {
		return err
	}
	return w.sees(m, strings.ToLower(patient), strings.ToLower(patient)+"-allergy")
}

// hidden turns a refusal into what a story expects.
func hidden(err error) error {
	if problem.Is(err, problem.Forbidden) || problem.Is(err, problem.NotFound) {
		return nil
	}
	return fmt.Errorf("it is seen, or breaks: %w", err)
}

func (w *telling) then(on adder) []storytest.Step {
	refusals := map[string]string{"it has to be said why": "emergency-reason", "a passkey has to be used": "needs-fresh", "it took too long": "emergency-late",
		"her role may not": "role-no-page", "it is not proven who she is": "needs-proof", "it was her own": "emergency-own"}
	told := func(name, kind string) error {
		name = strings.ToLower(name) // as addresses are kept
		want := []string{name + "@example.org " + kind}
		if kind == "" {
			want = nil
		}
		got := slices.DeleteFunc(w.mail(), func(s string) bool { return !strings.HasPrefix(s, name+"@") })
		if !slices.Equal(got, want) {
			return fmt.Errorf("told %q", got)
		}
		return nil
	}
	return []storytest.Step{
		on(`(\w+) sees (\w+)'s allergy`, func(a []string) error { return w.look(w.who(a[0]), a[1]) }),
		on(`(\w+) does not see (\w+)'s allergy`, func(a []string) error { return hidden(w.look(w.who(a[0]), a[1])) }),
		on(`in another browser (\w+) does not see (\w+)'s allergy`, func(a []string) error { return hidden(w.look(w.who(a[0]).elsewhere(), a[1])) }),
		on(`(\w+) changes nothing in (\w+)'s record`, func(a []string) error {
			s, err := w.door.Open(w.t.Context(), w.opened.Who(), record.About{}, access.Emergency)
			if err != nil {
				return err
			}
			_, err = s.Transact(w.t.Context(), []record.Op{{Method: record.Delete, Key: record.Key{Type: "AllergyIntolerance", ID: strings.ToLower(a[1]) + "-allergy"}}})
			return hidden(err)
		}),
		on(`it is refused, since (.*)`, func(a []string) error {
			if want := refusals[a[0]]; want == "" || problem.ReasonOf(w.last) != want {
				return fmt.Errorf("it is %v", w.last)
			}
			return nil
		}),
		on(`(\w+) is told that her record was opened`, func(a []string) error { return told(a[0], "emergency-opened") }),
		on(`(\w+) is told that a review is late`, func(a []string) error { return told(a[0], "review-late") }),
		on(`(\w+) is told nothing`, func(a []string) error { return told(a[0], "") }),
		on(`(\w+)'s list of emergencies is empty`, func(a []string) error {
			seen, err := w.OfPatient(w.t.Context(), strings.ToLower(a[0]))
			if err == nil && len(seen) > 0 {
				err = fmt.Errorf("it has %+v", seen)
			}
			return err
		}),
		on(`(\w+) reads who it was, where, and why`, func(a []string) error {
			seen, err := w.OfPatient(w.t.Context(), strings.ToLower(a[0]))
			if err == nil && (len(seen) != 1 || seen[0].Name != "Dr Ada" || seen[0].OrganisationName != "Hospital RXH" || seen[0].Details.Reason != reason) {
				err = fmt.Errorf("they read %+v", seen)
			}
			return err
		}),
		on(`each look is logged as an emergency, and no log holds the reason`, func([]string) error {
			for _, e := range w.log {
				if e.Purpose != access.Emergency || e.Who.Mandate != w.opened.Mandate() || strings.Contains(fmt.Sprintf("%+v", e), "consciousness") {
					return fmt.Errorf("the log says %+v", e)
				}
			}
			if len(w.log) == 0 {
				return errors.New("nothing is logged")
			}
			return nil
		}),
	}
}

func (w *telling) reviews(on adder) []storytest.Step {
	ctx := w.t.Context()
	return []storytest.Step{
		on(`(\w+) has (\d+) emergenc(?:y|ies) to review`, func(a []string) error {
			all, err := w.Queue(ctx, w.who(a[0]).by())
			if err == nil && strconv.Itoa(len(all)) != a[1] {
				err = fmt.Errorf("there are %d", len(all))
			}
			return err
		}),
		on(`(\w+) finds that it was right`, func(a []string) error {
			w.last = w.Decide(ctx, w.who(a[0]).by(), w.opened.ID, WasRight, "It could not wait for a yes.")
			return nil
		}),
		on(`(\w+) lets \w+ wait for (\d+) days`, func(a []string) error {
			n, err := strconv.Atoi(a[1])
			return errors.Join(err, w.Delay(ctx, w.who(a[0]).by(), w.opened.ID, w.clock.now().AddDate(0, 0, n), "They live with the one whom they fear."))
		}),
		on(`(\w+) reads that no message reached (\w+)`, func(a []string) error {
			c, err := w.Case(ctx, w.who(a[0]).by(), w.opened.ID)
			if err == nil && (c.Reached || c.Told.IsZero()) {
				err = fmt.Errorf("they read %+v", c)
			}
			return err
		}),
		on(`everybody counts (\d+) emergency, (\d+) in time, (\d+) late, (\d+) not right`, func(a []string) error {
			w.clock.move(time.Minute)
			c, err := w.Count(ctx)
			if err != nil {
				return err
			}
			got := ""
			for _, m := range c.Months {
				got += fmt.Sprint(m.All, m.InTime, m.Late, m.Unjustified)
			}
			if want := strings.Join(a, " "); got != want {
				return fmt.Errorf("they count %s", got)
			}
			return nil
		}),
	}
}
