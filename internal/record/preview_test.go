package record

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/problem"
)

// alone is a person with their own record, without an app.
func alone(patient string) access.Who {
	w := own(patient)
	w.App, w.Grant, w.User = "", "", "Patient/"+patient
	return w
}

// draftOf is a sharing choice without an id.
func draftOf(t *testing.T, patient, provision string) *fhir.Tree {
	return tree(t, strings.Replace(sharing("x", patient, "active", provision), `"id":"x",`, "", 1))
}

// A person says no, sees before what it hides from whom, and it does that and
// nothing else; ended, what it hid is back, and the choice is kept with who
// ended it and why.
func TestAPersonChoosesAndEndsAChoice(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		me := opened(t, door, alone("sam"), access.Own)
		there := nurse("sam")
		there.App, there.Grant = "", ""
		else7 := there
		else7.Organisation = "org-8"
		on := []Viewer{{there, access.Care}, {else7, access.Care}, {own("sam"), access.Own}}
		no := Choosing{Add: []*fhir.Tree{draftOf(t, "sam", `{"type":"deny",`+toward("Organization/org-7")+`,"data":[{"meaning":"dependents","reference":{"reference":"Observation/laboratory"}}]}`)}}
		p, err := me.Preview(ctx, no, on)
		if err != nil || len(p.Effects) != 3 || p.More {
			t.Fatalf("%+v, %v", p, err)
		}
		if e := p.Effects[0]; !e.Sees || e.Lost["Observation"] != 1 || len(e.Lost) != 1 || len(e.Gained) != 0 || len(e.LostEntries) != 1 || e.LostEntries[0].ID != "laboratory" {
			t.Errorf("from whom it hides: %+v", e)
		}
		for _, e := range p.Effects[1:] {
			if !e.Sees || len(e.Lost)+len(e.Gained) != 0 {
				t.Errorf("somebody else: %+v", e)
			}
		}
		wantIDs(t, opened(t, door, there, access.Care), "Observation", "", "laboratory", "social-history")
		made, err := me.Decide(ctx, no, "")
		if err != nil || len(made) != 1 {
			t.Fatalf("%v, %v", made, err)
		}
		wantIDs(t, opened(t, door, there, access.Care), "Observation", "_total=accurate", "social-history")
		wantIDs(t, opened(t, door, there, access.Care), "Consent", "_total=accurate") // it tells of what it hides
		wantIDs(t, opened(t, door, else7, access.Care), "Observation", "_total=accurate", "laboratory", "social-history")

		end := Choosing{End: []string{made[0].ID}}
		p, err = opened(t, door, alone("sam"), access.Own).Preview(ctx, end, on)
		if err != nil || p.Effects[0].Gained["Observation"] != 1 || len(p.Effects[0].Lost) != 0 || len(p.Effects[1].Gained) != 0 {
			t.Errorf("%+v, %v", p, err)
		}
		me = opened(t, door, alone("sam"), access.Own)
		if _, err := me.Decide(ctx, end, "I trust them again."); err != nil {
			t.Fatal(err)
		}
		wantIDs(t, opened(t, door, there, access.Care), "Observation", "_total=accurate", "laboratory", "social-history")
		me = opened(t, door, alone("sam"), access.Own)
		kept, err := me.Read(ctx, made[0].Key, 0)
		if err != nil || kept.Version != 2 || !strings.Contains(string(kept.Body), `"status":"inactive"`) {
			t.Errorf("%s, %v", kept.Body, err)
		}
		page, err := me.Search(ctx, query(t, me, "Provenance", "target=Consent/"+made[0].ID), "")
		if err != nil || len(page.Items) != 1 || !strings.Contains(string(page.Items[0].Body), "I trust them again.") {
			t.Errorf("%v, %v", page.Items, err)
		}
		_, err = me.Decide(ctx, end, "")
		wantKind(t, err, problem.Conflict)
	})
}

// Nobody else makes somebody's choices: no app in their name, nobody who acts
// for them, no staff, and not for another record; and what is no sharing choice
// that can be obeyed is not taken.
func TestWhoMayChoose(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		put(t, op, `{"resourceType":"Patient","id":"other"}`)
		no := Choosing{Add: []*fhir.Tree{draftOf(t, "sam", `{"type":"deny"}`)}}
		proxy := access.Who{Actor: "account:3", Kind: access.Person, Role: access.RoleProxy, Patient: "sam", Mandate: "m", Until: 1 << 60, Bound: access.AllTypes(access.AllVerbs)}
		for name, o := range map[string]Viewer{"an app": {own("sam"), access.Own}, "a nurse": {nurse("sam"), access.Care}, "somebody who acts": {proxy, access.Proxy}, "an operator": {access.Operator("token:x"), access.Operations}} {
			s, err := door.Open(ctx, o.Who, About{Patient: "sam"}, o.Why)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			_, err = s.Decide(ctx, no, "")
			wantKind(t, err, problem.Forbidden)
			_, err = s.Preview(ctx, no, nil)
			wantKind(t, err, problem.Forbidden)
		}
		me := opened(t, door, alone("sam"), access.Own)
		for name, bad := range map[string]string{
			"of somebody else":    sharing("x", "other", "active", `{"type":"deny"}`),
			"not in force":        sharing("x", "sam", "draft", `{"type":"deny"}`),
			"what can not be":     sharing("x", "sam", "active", `{"type":"deny","securityLabel":[{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"NONE"}]}`),
			"a right to act":      strings.Replace(sharing("x", "sam", "active", `{"type":"permit"}`), `{"system":"http://loinc.org","code":"59284-0"}`, `{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"INFA"}`, 1),
			"a part in research":  strings.Replace(sharing("x", "sam", "active", `{"type":"permit"}`), `patient-privacy`, `research`, 1),
			"no Consent at all":   `{"resourceType":"Observation"}`,
			"an opt-out in words": `{"resourceType":"Consent","status":"active"}`,
		} {
			if _, err := me.Decide(ctx, Choosing{Add: []*fhir.Tree{tree(t, bad)}}, ""); err == nil {
				t.Errorf("%s is taken", name)
			}
		}
		put(t, op, sharing("others", "other", "active", `{"type":"deny"}`))
		put(t, op, strings.Replace(sharing("right", "sam", "active", `{"type":"permit"}`), `{"system":"http://loinc.org","code":"59284-0"}`, `{"system":"http://terminology.hl7.org/CodeSystem/v3-ActCode","code":"INFA"}`, 1))
		for _, id := range []string{"others", "right", "nothing"} {
			_, err := me.Decide(ctx, Choosing{End: []string{id}}, "")
			wantKind(t, err, problem.NotFound)
		}
		_, err := me.Decide(ctx, Choosing{}, "")
		wantKind(t, err, problem.Invalid)
		_, err = me.Decide(ctx, no, "short")
		wantKind(t, err, problem.Invalid)
	})
}

// What a preview says is what then happens: for random records, choices and
// changes, what each onlooker finds before and after, by searching, differs by
// what the preview named.
func TestAPreviewSaysWhatThenHappens(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		for seed := range uint64(3) {
			r := dice{rand.New(rand.NewPCG(seed, 7))}
			door, op := openDoor(t, other(t, d))
			putSets(t, op)
			put(t, op, `{"resourceType":"Patient","id":"p","managingOrganization":{"reference":"Organization/org-7"}}`)
			for n := range 12 {
				_, src := r.resource(n)
				put(t, op, src)
			}
			there := nurse("p")
			on := []Viewer{{there, access.Care}, {own("p"), access.Own}}
			var standing []string
			for n := range 8 {
				me := opened(t, door, alone("p"), access.Own)
				c := Choosing{}
				if len(standing) > 0 && r.IntN(3) == 0 {
					c.End, standing = standing[:1], standing[1:]
				} else {
					c.Add = []*fhir.Tree{draftOf(t, "p", r.provision(r.IntN(2) == 0, 2))}
				}
				before := found(t, door, on)
				p, err := me.Preview(ctx, c, on)
				if err != nil {
					t.Fatal(err)
				}
				made, err := me.Decide(ctx, c, "")
				if err != nil {
					t.Fatal(err)
				}
				for _, m := range made {
					standing = append(standing, m.ID)
				}
				after := found(t, door, on)
				for i, e := range p.Effects {
					lost, gained := differ(before[i], after[i]), differ(after[i], before[i])
					if got := keysOf(e.LostEntries); !slices.Equal(got, lost) {
						t.Errorf("seed %d, change %d, onlooker %d: said %v, lost %v", seed, n, i, got, lost)
					}
					if got := keysOf(e.GainedEntries); !slices.Equal(got, gained) {
						t.Errorf("seed %d, change %d, onlooker %d: said %v, gained %v", seed, n, i, got, gained)
					}
				}
			}
		}
	})
}

// found is what each onlooker finds by searching, but for the choices themselves
// and what tells of them.
func found(t *testing.T, door *Door, on []Viewer) (all [][]string) {
	t.Helper()
	for _, o := range on {
		var ids []string
		if s, err := door.Open(ctx, o.Who, About{}, o.Why); err == nil {
			for _, typ := range []string{"Condition", "Encounter", "Observation", "Patient"} {
				page, err := s.Search(ctx, query(t, s, typ, "_count=100"), "")
				if err != nil {
					t.Fatal(err)
				}
				for _, one := range page.Items {
					ids = append(ids, one.Key.String())
				}
			}
		}
		slices.Sort(ids)
		all = append(all, ids)
	}
	return all
}

func differ(a, b []string) (out []string) {
	for _, one := range a {
		if !slices.Contains(b, one) {
			out = append(out, one)
		}
	}
	return out
}

func keysOf(all []Resource) (out []string) {
	for _, r := range all {
		if r.Type != "Consent" && r.Type != "Provenance" {
			out = append(out, r.Key.String())
		}
	}
	slices.Sort(out)
	return out
}

// What would be too many choices is refused before it is saved.
func TestTooManyChoicesAreRefusedBeforehand(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		door, op := openDoor(t, d)
		hospital(t, op)
		var all []Op
		for n := range 200 {
			id := "c" + strconv.Itoa(n)
			all = append(all, Op{Method: Put, Key: Key{"Consent", id}, Body: tree(t, sharing(id, "sam", "active", `{"type":"permit"}`))})
		}
		if _, err := op.Transact(ctx, all); err != nil {
			t.Fatal(err)
		}
		me := opened(t, door, alone("sam"), access.Own)
		c := Choosing{Add: []*fhir.Tree{draftOf(t, "sam", fmt.Sprintf(`{"type":"deny",%s}`, toward("Organization/org-7")))}}
		_, err := me.Preview(ctx, c, nil)
		wantKind(t, err, problem.Unprocessable)
		_, err = me.Decide(ctx, c, "")
		wantKind(t, err, problem.Unprocessable)
		c.End = []string{"c1"}
		if _, err := me.Decide(ctx, c, ""); err != nil {
			t.Error(err)
		}
	})
}
