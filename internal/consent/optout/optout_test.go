package optout

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/optout"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/seal"
)

// site is the room on a record of its own.
type site struct {
	*OptOuts
	t    testing.TB
	door *record.Door
	log  []audit.Entry
}

func (s *site) Append(_ context.Context, all ...audit.Entry) error {
	s.log = append(s.log, all...)
	return nil
}

func (s *site) ok(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

// The numbers of some people, from the range for tests; Ned has none, and the
// two Sams are one person twice.
var folk = map[string]string{"ann": "9990001006", "bob": "9990001014", "cat": "9990001022", "sam": "9990001030", "sam2": "9990001030", "ned": ""}

func each(t *testing.T, test func(t *testing.T, s *site)) {
	t.Helper()
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		s := &site{t: t}
		ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
		s.ok(err)
		s.door, err = record.New(t.Context(), record.Config{DB: d, Log: s, Ring: ring})
		s.ok(err)
		box, err := notify.Open(t.Context(), d, ring, nil)
		s.ok(err)
		accounts, err := account.Open(t.Context(), d, ring, box, account.Config{RPID: "example.org", Name: "Example", Origins: []string{"https://id.example.org"}})
		s.ok(err)
		s.OptOuts = New(Config{DB: d, Ring: ring, Accounts: accounts, Open: s.open})
		for id, number := range folk {
			identifier := ""
			if number != "" {
				identifier = `,"identifier":[{"system":"https://fhir.nhs.uk/Id/nhs-number","value":"` + number + `"}]`
			}
			s.put(`{"resourceType":"Patient","id":"` + id + `"` + identifier + `}`)
		}
		test(t, s)
	})
}

func (s *site) open(ctx context.Context, by string) (Records, error) {
	who := access.Operator(by)
	who.Bound = access.OneType("Patient", access.Read|access.Search).Or(access.OneType("Consent", access.Read|access.Search|access.Create|access.Update))
	return s.door.Open(ctx, access.Job("opt-out", who), record.About{}, access.Operations)
}

func (s *site) put(src string) {
	s.t.Helper()
	op, err := s.door.Open(s.t.Context(), access.Operator("token:test"), record.About{}, access.Operations)
	s.ok(err)
	b, err := fhir.Parse([]byte(src), fhir.Limits{})
	s.ok(err)
	_, err = op.Transact(s.t.Context(), []record.Op{{Method: record.Put, Key: record.Key{Type: b.Root().Get("resourceType").Str(), ID: b.Root().Get("id").Str()}, Body: b}})
	s.ok(err)
}

// person is a session of somebody with their record.
func person(patient string) account.Session {
	return account.Session{Account: patient, Standing: account.Standing{Strength: account.Strong, Proof: account.P9, Record: "Patient/" + patient}, Verified: time.Now()}
}

// used is who is in an export by a program, which is a use beyond care.
func (s *site) used() string {
	s.t.Helper()
	who := access.Who{Actor: "client:x", Kind: access.Client, Role: access.RoleProgram, App: "x", Grant: "g", Bound: access.AllTypes(access.Looking)}
	out, err := s.door.Open(s.t.Context(), who, record.About{}, access.Export)
	s.ok(err)
	var ids []string
	_, err = out.Scan(s.t.Context(), []string{"Patient"}, time.Time{}, nil, "", func(r record.Resource) error { ids = append(ids, r.ID); return nil })
	s.ok(err)
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

func (s *site) list(k optout.Kind, allowed bool, of ...string) Report {
	s.t.Helper()
	numbers, err := ReadNumbers(strings.NewReader(strings.Join(of, ",\n") + ",\n"))
	s.ok(err)
	r, err := s.Import(s.t.Context(), "console:root", k, numbers, allowed, nil)
	s.ok(err)
	return r
}

func (s *site) said(patient string) string {
	s.t.Helper()
	all, err := s.Of(s.t.Context(), "account:"+patient, patient)
	s.ok(err)
	out := ""
	for _, one := range all {
		if one.On() == one.Since.IsZero() {
			s.t.Errorf("%+v", one)
		}
		out += fmt.Sprintf("%s %v %v; ", one.Kind, one.Own, one.Listed)
	}
	return out
}

const everybody = "ann bob cat ned sam sam2"

func TestAPersonSaysNoAndTakesItBack(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		if got := s.used(); got != everybody {
			t.Errorf("at first %s", got)
		}
		for range 2 {
			s.ok(s.Set(t.Context(), person("ann"), "ann", optout.National, true))
		}
		if got, said := s.used(), s.said("ann"); got != "bob cat ned sam sam2" || said != "national true false; local false false; " {
			t.Errorf("%s are used; Ann said %s", got, said)
		}
		s.ok(s.Set(t.Context(), person("ann"), "ann", optout.Local, true))
		s.ok(s.Set(t.Context(), person("ann"), "ann", optout.National, false))
		if got, said := s.used(), s.said("ann"); got != "bob cat ned sam sam2" || said != "national false false; local true false; " {
			t.Errorf("%s are used; Ann said %s", got, said)
		}
		for range 2 {
			s.ok(s.Set(t.Context(), person("ann"), "ann", optout.Local, false))
		}
		if got := s.used(); got != everybody {
			t.Errorf("at the end %s", got)
		}
		if got := s.said("bob"); got != "national false false; local false false; " {
			t.Errorf("Bob said %s", got)
		}
		named := false
		for _, e := range s.log {
			named = named || e.Who.Actor == "opt-out for account:ann" && e.Person != 0
		}
		if !named {
			t.Error("the log does not say who did it")
		}
	})
}

// Nobody says no for another, with less than a passkey, or of a kind that there
// is not; and what came by a load is one's own as well.
func TestWhoMaySayNo(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		weak, low, unlinked, stale := person("ann"), person("ann"), person("ann"), person("ann")
		weak.Strength, low.Proof, unlinked.Record, stale.Verified = account.Shared, account.P0, "", time.Now().Add(-time.Hour)
		for what, c := range map[string]struct {
			who     account.Session
			patient string
			kind    optout.Kind
			because string
		}{
			"another's record":          {person("bob"), "ann", optout.National, "optout-own"},
			"no record":                 {person("ann"), "", optout.National, "optout-own"},
			"both kinds in one":         {person("ann"), "ann", optout.All, "optout-kind"},
			"no kind":                   {person("ann"), "ann", 0, "optout-kind"},
			"a code of six digits":      {weak, "ann", optout.National, "needs-passkey"},
			"nobody knows who they are": {low, "ann", optout.National, "needs-proof"},
			"no record of theirs":       {unlinked, "ann", optout.National, "needs-record"},
			"an hour ago":               {stale, "ann", optout.National, "needs-fresh"},
		} {
			if err := s.Set(t.Context(), c.who, c.patient, c.kind, true); problem.ReasonOf(err) != c.because {
				t.Errorf("%s: %v", what, err)
			}
		}
		if got := s.used(); got != everybody {
			t.Errorf("then %s are used", got)
		}
		s.put(string(optout.Consent("from-elsewhere", "ann", optout.National, true, time.Now())))
		if got, said := s.used(), s.said("ann"); got != "bob cat ned sam sam2" || said != "national true false; local false false; " {
			t.Errorf("%s are used; Ann said %s", got, said)
		}
		s.ok(s.Set(t.Context(), person("ann"), "ann", optout.National, false))
		if got := s.used(); got != everybody {
			t.Errorf("after she took it back %s are used", got)
		}
	})
}

func TestAListSetsAndLifts(t *testing.T) {
	each(t, func(t *testing.T, s *site) {
		s.ok(s.Set(t.Context(), person("cat"), "cat", optout.National, true))
		for _, step := range []struct {
			what    string
			allowed bool
			numbers []string
			report  Report
			used    string
		}{
			{"the first", false, []string{folk["ann"], folk["sam"], "9990001049"}, Report{Numbers: 3, Seen: 3, Set: 3, Unknown: 1}, "bob ned"},
			{"the same again", false, []string{folk["ann"], folk["sam"], "9990001049"}, Report{Numbers: 3, Seen: 3, Same: 3, Unknown: 1}, "bob ned"},
			{"one changed their mind, and Cat is on it too", false, []string{folk["sam"], folk["cat"]}, Report{Numbers: 2, Seen: 3, Set: 1, Lifted: 1, Same: 2}, "ann bob ned"},
			{"who may be used", true, []string{folk["ann"], folk["sam"]}, Report{Numbers: 2, Seen: 6, Set: 2, Lifted: 2, Same: 1, Unknown: 1}, "ann sam sam2"},
			{"everybody but Bob", false, []string{folk["bob"]}, Report{Numbers: 1, Seen: 1, Same: 1, Lifted: 2}, "ann ned sam sam2"},
		} {
			if got := s.list(optout.National, step.allowed, step.numbers...); got != step.report {
				t.Errorf("%s: %+v, want %+v", step.what, got, step.report)
			}
			if got := s.used(); got != step.used {
				t.Errorf("%s: %s are used, want %s", step.what, got, step.used)
			}
		}
		// A list of one kind lifts nothing of the other, nor what people said.
		s.list(optout.Local, false, folk["ann"])
		s.list(optout.National, false, "9990001049")
		if got, said := s.used(), s.said("ann")+s.said("cat"); got != "bob ned sam sam2" ||
			said != "national false false; local false true; national true false; local false false; " {
			t.Errorf("%s are used; it was said %s", got, said)
		}
		s.ok(s.Set(t.Context(), person("ann"), "ann", optout.Local, false))
		if got := s.used(); got != "bob ned sam sam2" {
			t.Errorf("Ann lifted what the list says: %s", got)
		}
	})
}

func TestAListIsReadWholeOrRefused(t *testing.T) {
	for list, want := range map[string]int{
		"9990001006,\n9990001014,\n":   2,
		"9990001006\r\n\r\n9990001014": 2,
		"999 000 1006,\n9990001006":    1,
		"\n\n  9990001006 ,  \n":       1,
	} {
		n, err := ReadNumbers(strings.NewReader(list))
		if err != nil || len(n) != want {
			t.Errorf("%q: %d, %v", list, len(n), err)
		}
	}
	for list, says := range map[string]string{
		"":                                   "The list is empty",
		"\n,\n":                              "The list is empty",
		"9990001006\nnhs_number\n9990001007": "2, 3",
		"9990001006,9990001014":              "lines hold no NHS number: 1",
		strings.Repeat("9", 5000):            "can not be read",
		strings.Repeat("x\n", 100):           "1, 2, 3, 4, 5, 6, 7, 8, 9, 10.",
	} {
		_, err := ReadNumbers(strings.NewReader(list))
		if !problem.Is(err, problem.Invalid) || !strings.Contains(problem.Sentence(err), says) || strings.Contains(problem.Sentence(err), "999000") {
			t.Errorf("%.40q: %v", list, err)
		}
	}
}

func FuzzReadNumbers(f *testing.F) {
	f.Add("9990001006,\n")
	f.Add("x\n\x00")
	f.Fuzz(func(t *testing.T, s string) {
		n, err := ReadNumbers(strings.NewReader(s))
		if err == nil && (len(n) == 0 || len(n) > strings.Count(s, "\n")+1) {
			t.Errorf("%d numbers in %q", len(n), s)
		}
	})
}
