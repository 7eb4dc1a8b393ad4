package mandate

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/consent/storytest"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// The stories in testdata/stories, on both databases.
func TestStories(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, _ *db.DB) {
		sqlite := strings.HasSuffix(t.Name(), "sqlite")
		n := storytest.Run(t, "testdata/stories", func(t *testing.T) []storytest.Step {
			d := dbtest.SQLite
			if !sqlite {
				d = dbtest.Postgres
			}
			return (&telling{site: open(t, d(t))}).steps()
		})
		if n < 20 {
			t.Errorf("there are %d stories", n)
		}
	})
}

// on is a step.
func on(pattern string, do func(args []string) error) storytest.Step {
	return storytest.Step{Pattern: pattern, Do: do}
}

// telling is the world of one story.
type telling struct {
	*site
	last   error  // of the last thing that somebody tried
	code   string // the last that was made
	letter []string
	apps   map[string]letIn
}

var things = map[string][2]string{
	"test result": {"Observation", "-result"}, "problem": {"Condition", "-problem"}, "vaccination": {"Immunization", "-vaccine"},
	"warning for staff": {"Flag", "-flag"}, "private visit": {"Encounter", "-private"}, "shared visit": {"Appointment", "-shared"},
}

const thing = "(test result|problem|vaccination|warning for staff|private visit|shared visit)"

func (w *telling) steps() []storytest.Step {
	const who, day = `([A-Z][a-z]+)`, `(\d{4}-\d\d-\d\d)`
	return slices.Concat(w.givenSteps(who, day), w.doingSteps(who, day), w.staffSteps(who, day), w.thenSteps(who, day), w.appSteps(who), w.copySteps(who))
}

func (w *telling) givenSteps(who, day string) []storytest.Step {
	return []storytest.Step{
		on("it is "+day+` at (\d\d:\d\d)`, func(a []string) error {
			at, err := time.ParseInLocation("2006-01-02 15:04", a[0]+" "+a[1], w.Zone)
			w.clock.set(at)
			return err
		}),
		on(who+", born on "+day, func(a []string) error { w.patient(a[0], a[1]); return nil }),
		on(who+", whose day of birth is not known", func(a []string) error { w.patient(a[0], ""); return nil }),
		on(who+", who has an account", func(a []string) error { w.join(a[0]); return nil }),
		on(who+", born on "+day+", who has an account", func(a []string) error { w.patient(a[0], a[1]); w.account(a[0]); return nil }),
		on(who+" has not proven who they are", func(a []string) error { w.folk[a[0]].Proof = 5; return nil }),
		on(who+" is registered with practice ([A-Z0-9]+)", func(a []string) error {
			w.write(w.patientText(a[0], w.bornOf(a[0]), `"generalPractitioner":[{"identifier":{"system":"`+odsSystem+`","value":"`+a[1]+`"}}]`))
			return nil
		}),
		on("the record says that "+who+" has died", func(a []string) error {
			w.write(w.patientText(a[0], w.bornOf(a[0]), `"deceasedDateTime":"2100-05-03"`))
			return nil
		}),
		on("the record says now that "+who+" was born on "+day, func(a []string) error { w.write(w.patientText(a[0], a[1])); return nil }),
		on(who+" has a private visit", func(a []string) error {
			w.write(`{"resourceType":"Encounter","id":"` + low(a[0]) + `-private","meta":{"security":[{"system":"` + actCodeSystem + `","code":"ADOL"}]},"status":"finished","class":{"code":"AMB"},"subject":{"reference":"Patient/` + low(a[0]) + `"}}`)
			return nil
		}),
		on(who+" has a visit that several people were at", func(a []string) error {
			w.write(`{"resourceType":"Appointment","id":"` + low(a[0]) + `-shared","status":"booked","participant":[{"actor":{"reference":"Patient/` + low(a[0]) + `"},"status":"accepted"},{"actor":{"reference":"Patient/other"},"status":"accepted"}]}`)
			return nil
		}),
	}
}

func (w *telling) bornOf(name string) string {
	return w.stored("Patient", low(name)).Get("birthDate").Str()
}

func (w *telling) doingSteps(who, day string) []storytest.Step {
	ctx := w.t.Context()
	right := func(holder, person string) string { return w.rightOf(w.folk[holder], person) }
	return []storytest.Step{
		on(who+" begins to act for "+who, func(a []string) error { w.last = w.folk[a[0]].acts(low(a[1])); return w.last }),
		on(who+" tries to act for "+who, func(a []string) error { w.last = w.folk[a[0]].acts(low(a[1])); return nil }),
		on(who+" stops acting", func(a []string) error { return w.StopActing(ctx, w.folk[a[0]].Session) }),
		on(who+" offers "+who+" to (look|ask|manage|copy) for them", func(a []string) error {
			may, err := MayNamed(a[2])
			if err == nil {
				_, w.code, err = w.Invite(ctx, w.folk[a[0]].fresh(), Offer{Kind: KindFriend, Name: a[1], May: may})
			}
			w.last = err
			return nil
		}),
		on(who+" takes the code", func(a []string) error { _, w.last = w.Accept(ctx, w.folk[a[0]].fresh(), w.code); return nil }),
		on(who+" ends the right of "+who, func(a []string) error {
			w.last = w.EndMine(ctx, w.folk[a[0]].Session, right(a[1], a[0]))
			return nil
		}),
		on(who+" tries to end the right of "+who+" for "+who, func(a []string) error {
			w.last = w.EndMine(ctx, w.folk[a[0]].Session, right(a[1], a[2]))
			return nil
		}),
		on(who+" gives up the right to act for "+who, func(a []string) error {
			return w.Leave(ctx, w.folk[a[0]].Session, right(a[0], a[1]))
		}),
		on(who+" lets nobody act for them", func(a []string) error { return w.Pause(ctx, w.folk[a[0]].Session, true) }),
		on(who+" lets them act again", func(a []string) error { return w.Pause(ctx, w.folk[a[0]].Session, false) }),
		on(who+" keeps the "+thing+" to themself", func(a []string) error {
			p := w.folk[a[0]]
			self := access.Who{Actor: "account:" + p.Account, Kind: access.Person, Role: access.RoleSelf, Patient: p.id, User: "Patient/" + p.id, Bound: access.AllTypes(access.AllVerbs)}
			d, err := w.door.Open(ctx, self, record.About{Patient: p.id}, access.Own)
			if err == nil {
				_, err = d.Raise(ctx, record.Key{Type: things[a[1]][0], ID: p.id + things[a[1]][1]}, label.ChildsOwn, "")
			}
			return err
		}),
		on(who+" sees their own "+thing, func(a []string) error {
			p := w.folk[a[0]]
			self := access.Who{Actor: "account:" + p.Account, Kind: access.Person, Role: access.RoleSelf, Patient: p.id, User: "Patient/" + p.id, Bound: access.AllTypes(access.AllVerbs)}
			d, err := w.door.Open(ctx, self, record.About{Patient: p.id}, access.Own)
			if err == nil {
				_, err = d.Read(ctx, record.Key{Type: things[a[1]][0], ID: p.id + things[a[1]][1]}, 0)
			}
			return err
		}),
		on(who+" closes the account", func(a []string) error { return w.Accounts.Close(ctx, w.folk[a[0]].fresh()) }),
	}
}

// rightOf is the id of the newest right that somebody has for a person.
func (w *telling) rightOf(p *person, name string) string {
	all, err := w.About(w.t.Context(), low(name))
	w.ok(err)
	for _, d := range all {
		if d.Relation.Account == p.Account || d.Relation.Record == p.id {
			return d.ID
		}
	}
	return "nothing"
}

func (w *telling) staffSteps(who, day string) []storytest.Step {
	ctx := w.t.Context()
	give := func(holder, person string, g Grant) error {
		g.Patient, g.Record, g.Name = low(person), w.folk[holder].id, holder
		_, w.last = w.GiveAsStaff(ctx, practice, g)
		return nil
	}
	all := Look | Ask | Manage
	return []storytest.Step{
		on("the practice writes down that "+who+" is a parent of "+who, func(a []string) error {
			return give(a[0], a[1], Grant{Kind: KindParent, Basis: Parent, May: all, Evidence: []string{"BRTH"}})
		}),
		on("the practice writes down without papers that "+who+" is a parent of "+who, func(a []string) error {
			return give(a[0], a[1], Grant{Kind: KindParent, Basis: Parent, May: all})
		}),
		on("the practice writes down that "+who+" has power of attorney for "+who, func(a []string) error {
			return give(a[0], a[1], Grant{Kind: KindAttorney, Basis: Attorney, May: all, Evidence: []string{"LPA"}})
		}),
		on("the practice writes down that "+who+" agrees to "+who, func(a []string) error {
			return give(a[1], a[0], Grant{Kind: KindFamily, Basis: Consented, May: Look | Ask})
		}),
		on("staff decide that "+who+" (can|can not) decide this", func(a []string) error {
			return w.Decide(ctx, practice, low(a[0]), a[1] == "can", time.Time{}, "talked about who may see the record")
		}),
		on("staff stop the right of "+who+" for "+who+" to keep them safe", func(a []string) error {
			return w.Suspend(ctx, practice, w.rightOf(w.folk[a[0]], a[1]), true, "a worry about safety")
		}),
		on("staff stop the right of "+who+" for "+who+" until it is looked at", func(a []string) error {
			return w.Suspend(ctx, practice, w.rightOf(w.folk[a[0]], a[1]), false, "to be looked at")
		}),
		on("staff give the right of "+who+" for "+who+" back", func(a []string) error {
			w.last = w.Resume(ctx, practice, w.rightOf(w.folk[a[0]], a[1]), "it was looked at")
			return nil
		}),
		on("the minute passes", func([]string) error { w.clock.set(w.clock.now().Add(time.Minute)); return w.Sweep(ctx) }),
		on("a day passes", func([]string) error { w.clock.set(w.clock.now().Add(24 * time.Hour)); return w.Sweep(ctx) }),
	}
}

func (w *telling) thenSteps(who, _ string) []storytest.Step {
	see := func(a []string, want bool) error {
		kind := things[a[2]]
		ok, err := w.folk[a[0]].sees(low(a[1]), kind[0], low(a[1])+kind[1])
		if problem.Is(err, problem.NotFound) {
			ok, err = false, nil // they do not act at all
		}
		if err == nil && ok != want {
			err = fmt.Errorf("it is shown: %v", ok)
		}
		return err
	}
	return []storytest.Step{
		on(who+" sees "+who+"'s "+thing, func(a []string) error { return see(a, true) }),
		on(who+" does not see "+who+"'s "+thing, func(a []string) error { return see(a, false) }),
		on(who+" acts for nobody", func(a []string) error { return w.nobody(w.folk[a[0]]) }),
		on(who+" can (book for|write in the record of) "+who, func(a []string) error { return w.writes(a, true) }),
		on(who+" can not (book for|write in the record of) "+who, func(a []string) error { return w.writes(a, false) }),
		on("it is done", func([]string) error { return w.last }),
		on("it is refused, since (.+)", func(a []string) error {
			if got := problem.ReasonOf(w.last); got != refusals[a[0]] {
				return fmt.Errorf("the reason is %q (%v), want %q", got, w.last, refusals[a[0]])
			}
			return nil
		}),
		on(who+" is told: (.+)", func(a []string) error { return w.wasTold(a[0], a[1], true) }),
		on(who+" is told nothing", func(a []string) error { return w.wasTold(a[0], "", false) }),
		on("in the record the right of "+who+" for "+who+" is (active|inactive), since (.+)", func(a []string) error {
			c := w.stored("Consent", w.rightOf(w.folk[a[0]], a[1]))
			if got := c.Get("extension").At(0).Get("valueCodeableConcept").Get("coding").At(0).Get("code").Str(); !c.Get("status").Is(a[2]) || got != recordReasons[a[3]] {
				return fmt.Errorf("it is %s for %s", c.Get("status").Str(), got)
			}
			return nil
		}),
		on(who+" reads that on "+`(\d{4}-\d\d-\d\d)`+" "+who+" (will see|sees) (less|nothing more) of "+who, w.ahead),
		on(who+" reads of no change", func(a []string) error { return w.noneAhead(a[0]) }),
		on(who+" reads that "+who+" could see the record until "+`(\d{4}-\d\d-\d\d)`, w.before),
		on(who+" reads of nobody who could see the record before", func(a []string) error {
			all, err := w.Before(w.t.Context(), low(a[0]))
			if err == nil && len(all) > 0 {
				err = fmt.Errorf("there are %+v", all)
			}
			return err
		}),
		on(who+" sees that "+who+" can act for them", func(a []string) error { return w.given(a, true) }),
		on(who+" sees nobody called "+who+" who can act for them", func(a []string) error { return w.given(a, false) }),
		on("the log of "+who+" says that "+who+" looked, for them", func(a []string) error { return w.logged(a[0], a[1]) }),
		on("no word of it says safeguarding", w.quiet),
	}
}

var refusals = map[string]string{
	"there is no such right": "no-mandate", "papers are needed": "mandate-evidence", "the child is too old for that": "mandate-old", "they are too young for that": "mandate-young",
	"their day of birth is not known": "mandate-born", "nobody decided yet whether they can": "mandate-able", "they can decide themselves": "mandate-unable",
	"nobody takes a copy on that basis": "mandate-copy", "they can not decide this now": "mandate-not-able", "the code can not be used": "mandate-code", "it is not proven who they are": "needs-proof",
	"age does not allow it any more": "mandate-not-again", "they have it already": "mandate-twice", "the person has died": "mandate-died",
}

var recordReasons = map[string]string{
	"it was given": string(Created), "it is to be looked at": string(ForReview), "the person wished it": string(ByRequest), "the person died": string(PersonDied),
	"the person moved": string(Moved), "it was given back": string(Reactivated), "the relation changed": string(Changed), "it is not used": string(Unused),
}

func (w *telling) nobody(p *person) error {
	all, err := w.Rights(w.t.Context(), p.Session)
	_, ok, aerr := w.Acting(w.t.Context(), p.Session)
	if err = errors.Join(err, aerr); err == nil && (len(all) > 0 || ok) {
		err = fmt.Errorf("they act: %v, and could: %+v", ok, all)
	}
	return err
}

// writes tries to make an appointment, or a result.
func (w *telling) writes(a []string, want bool) error {
	id := low(a[2])
	body := `{"resourceType":"Observation","status":"final","code":{"text":"x"},"subject":{"reference":"Patient/` + id + `"}}`
	if a[1] == "book for" {
		body = `{"resourceType":"Appointment","status":"proposed","participant":[{"actor":{"reference":"Patient/` + id + `"},"status":"needs-action"}]}`
	}
	d, err := w.folk[a[0]].opens(id)
	if err == nil {
		b, perr := fhir.Parse([]byte(body), fhir.Limits{})
		w.ok(perr)
		_, err = d.Transact(w.t.Context(), []record.Op{{Method: record.Post, Key: record.Key{Type: b.Root().Get("resourceType").Str()}, Body: b}})
	}
	if err != nil && !problem.Is(err, problem.Forbidden) && !problem.Is(err, problem.NotFound) {
		return err
	}
	if (err == nil) != want {
		return fmt.Errorf("it is done: %v (%v)", err == nil, err)
	}
	return nil
}

func (w *telling) wasTold(name, what string, want bool) error {
	w.letter = append(w.letter, w.mail()...)
	at := low(name) + "@example.org "
	kinds := map[string]string{"somebody can act for you": "mandate-given", "you can act for somebody": "mandate-taken", "a right changes soon": "mandate-changes", "a right has changed": "mandate-handed-over"}
	for i, l := range w.letter {
		kind, mine := strings.CutPrefix(l, at)
		if !mine {
			continue
		}
		if !want {
			return fmt.Errorf("they got %s", kind)
		}
		if kind == kinds[what] {
			w.letter = slices.Delete(w.letter, i, i+1)
			return nil
		}
	}
	if want {
		return fmt.Errorf("there is no such letter among %v", w.letter)
	}
	return nil
}

func (w *telling) given(a []string, want bool) error {
	all, err := w.Given(w.t.Context(), low(a[0]))
	is := slices.ContainsFunc(all, func(d Mandate) bool { return d.Relation.Name == a[1] })
	if err == nil && is != want {
		err = fmt.Errorf("they see %+v", all)
	}
	return err
}

func (w *telling) logged(person, holder string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.folk[holder]
	for _, e := range w.log {
		if e.Who.Role == access.RoleProxy && e.Who.Actor == "account:"+p.Account && e.Who.Mandate != "" && e.Who.For == e.Person && e.Who.Patient == low(person) {
			return nil
		}
	}
	return errors.New("no entry says so")
}

// quiet says that no resource about a right says safeguarding.
func (w *telling) quiet([]string) error {
	d, err := w.door.Open(w.t.Context(), access.Operator("token:test"), record.About{}, access.Operations)
	w.ok(err)
	page, err := d.History(w.t.Context(), record.History{Count: 500})
	w.ok(err)
	for _, r := range page.Items {
		if strings.Contains(strings.ToLower(string(r.Body)), "safeguarding") {
			return fmt.Errorf("%s says it: %s", r.Key, r.Body)
		}
	}
	return nil
}
