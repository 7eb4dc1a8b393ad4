package sharing

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/consent/storytest"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/seal"
)

// TestStories plays the stories in testdata on both databases.
func TestStories(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		n := storytest.Run(t, "testdata/stories", func(t *testing.T) []storytest.Step {
			if d.Dialect() == db.Postgres {
				return newWorld(t, dbtest.Postgres(t)).steps()
			}
			return newWorld(t, dbtest.SQLite(t)).steps()
		})
		if n < 6 {
			t.Errorf("there are %d stories", n)
		}
	})
}

// world is that of one story: Ann, two places, and what Ann was told.
type world struct {
	t    *testing.T
	door *record.Door
	log  *audit.Log
	told record.Preview
}

func newWorld(t *testing.T, d *db.DB) *world {
	ring, err := seal.Create(filepath.Join(t.TempDir(), "keys.json"))
	if err != nil {
		t.Fatal(err)
	}
	log, err := audit.Open(t.Context(), d)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = log.Close() })
	door, err := record.New(t.Context(), record.Config{DB: d, Log: log, Ring: ring, Base: "https://example.org/fhir"})
	if err != nil {
		t.Fatal(err)
	}
	return &world{t: t, door: door, log: log}
}

// entries are those of Ann's record by what people call them.
var entries = map[string]string{"the mental health note": "Condition/low", "the blood test": "Observation/blood", "the new result": "Observation/new"}

var places = []string{"surgery", "hospital"}

// whom is who a story names; "staff but those of the surgery" is all others.
func whom(text string) Whom {
	if but, ok := strings.CutPrefix(text, "staff but those of the "); ok {
		return Whom{Kind: Outside, But: []Named{{but, but}}}
	}
	if text == "everybody" {
		return Whom{Kind: Everybody}
	}
	id := strings.TrimPrefix(text, "the ")
	return Whom{Kind: Organisation, ID: id, Name: id}
}

func what(text string) What {
	if ref := entries[text]; ref != "" {
		return What{Entry, ref}
	}
	return map[string]What{"everything": {Kind: Everything}, "mental health": {Label, "mental-health"}, "results": {Group, "results"}}[text]
}

func (w *world) put(all ...string) error {
	s, err := w.door.Open(w.t.Context(), access.Operator("token:test"), record.About{}, access.Operations)
	if err != nil {
		return err
	}
	for _, src := range all {
		b, err := fhir.Parse([]byte(src), fhir.Limits{})
		if err != nil {
			return err
		}
		k := record.Key{Type: b.Root().Get("resourceType").Str(), ID: b.Root().Get("id").Str()}
		if _, err := s.Transact(w.t.Context(), []record.Op{{Method: record.Put, Key: k, Body: b}}); err != nil {
			return err
		}
	}
	return nil
}

// ann is a new session of Ann with their own record.
func (w *world) ann() (*record.Session, error) {
	who := access.Who{Actor: "account:ann", Kind: access.Person, Role: access.RoleSelf, Patient: "ann", Bound: access.AllTypes(access.Looking)}
	return w.door.Open(w.t.Context(), who, record.About{Patient: "ann"}, access.Own)
}

func staffOf(place string) record.Viewer {
	return record.Viewer{Who: access.Who{Actor: "account:" + place, Kind: access.Person, Role: access.RoleProfessional, Organisation: place, Hat: "clinician", Patient: "ann", Bound: access.AllTypes(access.Looking)}, Why: access.Care}
}

func onlookers() (all []record.Viewer) {
	for _, p := range places {
		all = append(all, staffOf(p))
	}
	return all
}

func (w *world) open(name string) (*record.Session, error) {
	if name == "Ann" {
		return w.ann()
	}
	o := staffOf(strings.TrimPrefix(name, "the "))
	return w.door.Open(w.t.Context(), o.Who, record.About{Patient: "ann"}, o.Why)
}

func (w *world) steps() []storytest.Step {
	ctx := w.t.Context()
	plain := func(a []string) Plain { return Plain{May: a[1] == "may", Whom: whom(a[0]), What: what(a[2])} }
	return append(w.checks(), []storytest.Step{
		{Pattern: "Ann has a record", Do: func([]string) error {
			return w.put(`{"resourceType":"Patient","id":"ann"}`,
				`{"resourceType":"Condition","id":"low","meta":{"security":[{"system":"urn:bevan:sensitivity","code":"mental-health"}]},"code":{"text":"Low mood"},"subject":{"reference":"Patient/ann"}}`,
				`{"resourceType":"Observation","id":"blood","status":"final","code":{"text":"Blood test"},"subject":{"reference":"Patient/ann"}}`)
		}},
		{Pattern: "the surgery and the hospital look after Ann", Do: func([]string) error {
			for _, p := range places {
				if err := w.put(`{"resourceType":"EpisodeOfCare","id":"at-` + p + `","status":"active","patient":{"reference":"Patient/ann"},"managingOrganization":{"reference":"Organization/` + p + `"},"period":{"start":"2020-01-01"}}`); err != nil {
					return err
				}
			}
			return nil
		}},
		{Pattern: "a new result comes in", Do: func([]string) error {
			return w.put(`{"resourceType":"Observation","id":"new","status":"final","code":{"text":"Another"},"subject":{"reference":"Patient/ann"}}`)
		}},
		{Pattern: "Ann thinks of saying that (.+) (may|may not) see (.+)", Do: func(a []string) error {
			s, err := w.ann()
			if err == nil {
				w.told, err = Look(ctx, s, plain(a), "ann", onlookers())
			}
			return err
		}},
		{Pattern: "Ann says that (.+) (may|may not) see (.+)", Do: func(a []string) error {
			s, err := w.ann()
			if err == nil {
				err = Save(ctx, s, plain(a), "ann")
			}
			return err
		}},
		{Pattern: "Ann (thinks of ending|ends) it", Do: func(a []string) error {
			s, err := w.ann()
			if err != nil {
				return err
			}
			all, err := List(ctx, s, time.Now())
			if err != nil || len(all) != 1 {
				return fmt.Errorf("there are %d choices: %w", len(all), err)
			}
			if a[0] == "ends" {
				return End(ctx, s, all[0].ID, "")
			}
			w.told, err = LookEnd(ctx, s, all[0].ID, onlookers())
			return err
		}},
	}...)
}

// checks are what a story says of what then is so.
func (w *world) checks() []storytest.Step {
	ctx := w.t.Context()
	return []storytest.Step{
		{Pattern: "Ann is told that ([0-9]+) (?:entry|entries) (appears?|disappears?) (?:from|to) the (.+)", Do: func(a []string) error {
			for i, p := range places {
				if p != a[2] {
					continue
				}
				count := w.told.Effects[i].Lost
				if strings.HasPrefix(a[1], "appear") {
					count = w.told.Effects[i].Gained
				}
				n := 0
				for typ, k := range count {
					if typ != "Consent" && typ != "Provenance" {
						n += k
					}
				}
				if strconv.Itoa(n) != a[0] {
					return fmt.Errorf("they are told of %v", count)
				}
			}
			return nil
		}},
		{Pattern: "(Ann|the surgery|the hospital) (sees|does not see) (the .+)", Do: func(a []string) error {
			s, err := w.open(a[0])
			if err != nil {
				return err
			}
			typ, id, _ := strings.Cut(entries[a[2]], "/")
			if _, err = s.Read(ctx, record.Key{Type: typ, ID: id}, 0); (err == nil) != (a[1] == "sees") {
				return fmt.Errorf("it is read with %w", err)
			}
			return nil
		}},
		{Pattern: "the hospital finds no choice", Do: func([]string) error {
			s, err := w.open("the hospital")
			if err != nil {
				return err
			}
			all, err := List(ctx, s, time.Now())
			if len(all) > 0 {
				return fmt.Errorf("%+v is found", all)
			}
			return err
		}},
		{Pattern: "Ann has 1 choice, which ended", Do: func([]string) error {
			s, err := w.ann()
			if err != nil {
				return err
			}
			all, err := List(ctx, s, time.Now())
			if err == nil && (len(all) != 1 || all[0].Active) {
				err = fmt.Errorf("there are %+v", all)
			}
			return err
		}},
		{Pattern: "the log says that Ann changed their choices", Do: func([]string) error {
			s, err := w.ann()
			if err != nil {
				return err
			}
			page, err := s.Looked(ctx, record.Looking{Type: "Consent", Count: 100})
			if err != nil {
				return err
			}
			for i := range page.Items {
				if l := &page.Items[i]; l.Verb&access.Create != 0 && l.Own() && len(l.Returned) > 0 {
					return nil
				}
			}
			return fmt.Errorf("there are %d entries", len(page.Items))
		}},
	}
}
