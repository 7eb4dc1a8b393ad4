package smart

import (
	"context"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/identity/client"
)

// deeds are the rights of a test, by their names.
type deeds struct {
	mu  sync.Mutex
	all map[string]access.Who
}

func (d *deeds) Standing(_ context.Context, account string, in client.Context, who access.Who) (access.Who, bool, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now, ok := d.all[in.Mandate]
	if !ok || account != "ann" || now.Patient != in.Patient {
		return access.Who{}, false, nil
	}
	now.App, now.Grant, now.Bound = who.App, who.Grant, now.Bound.And(who.Bound)
	return now, true, nil
}

func (d *deeds) set(name string, who *access.Who) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if who == nil {
		delete(d.all, name)
		return
	}
	d.all[name] = *who
}

// parent is a right of Ann's to act for a child.
func parent(bound access.Rights) *access.Who {
	return &access.Who{Actor: "account:ann", Kind: access.Person, Role: access.RoleProxy, Patient: "child", Mandate: "m1", Until: 9e15, User: "RelatedPerson/r1", Bound: bound}
}

// acting is what Ann allows who lets an app in for her child.
func acting(y *client.Approval) {
	y.Context = client.Context{Patient: "child", User: "RelatedPerson/r1", Role: access.RoleProxy, Mandate: "m1", Actor: "ann"}
	y.Scopes = "openid fhirUser offline_access launch/patient patient/*.rs"
}

// An app that acts for somebody has what the right gives at that moment: at
// each use of its token, when it comes with its code, and when it renews. The
// right that ended is told from nothing else.
func TestAnAppActsByARight(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		have := &deeds{all: map[string]access.Who{}}
		w.s.cfg.Rights = have
		a := w.app(client.BySecret, nil)
		all, some := access.AllTypes(access.Read|access.Search), access.OneType("Immunization", access.Read|access.Search)
		have.set("m1", parent(all))
		got := a.let(acting)
		if got.text("patient") != "child" || got.text("purpose_of_use") != "FAMRQT" || !strings.HasSuffix(got.text("fhirUser"), "/RelatedPerson/r1") || got.text("refresh_token") == "" {
			t.Errorf("the app is told %s", got.body)
		}
		who, err := w.asks(got.text("access_token"))
		if err != nil || who.Role != access.RoleProxy || who.Mandate != "m1" || who.Patient != "child" || who.App != a.ID || who.Grant == "" || who.Actor != "account:ann" || who.Bound != all {
			t.Fatalf("%+v, %v", who, err)
		}
		said := w.post(pathIntrospect, a.proven(url.Values{"token": {got.text("access_token")}}))
		for _, want := range []string{`"active":true`, `"act":{"sub":"ann"}`, `"patient":"child"`, `"purpose_of_use":"FAMRQT"`} {
			if !strings.Contains(said.body, want) {
				t.Errorf("introspection does not say %s: %s", want, said.body)
			}
		}
		have.set("m1", parent(some)) // a birthday
		if who, err := w.asks(got.text("access_token")); err != nil || who.Bound != some {
			t.Errorf("a right that became less gives %v, %v", who.Bound, err)
		}
		renewed := a.renews(got.text("refresh_token"))
		if renewed.status != 200 || renewed.text("purpose_of_use") != "FAMRQT" {
			t.Fatalf("%d %s", renewed.status, renewed.body)
		}
		code := a.code(acting)
		have.set("m1", nil)
		for _, token := range []string{got.text("access_token"), renewed.text("access_token")} {
			if who, err := w.asks(token); err == nil {
				t.Errorf("a right that ended gives %+v", who)
			}
			if said := w.post(pathIntrospect, a.proven(url.Values{"token": {token}})); said.body != inactive {
				t.Errorf("introspection of what ended says %s", said.body)
			}
		}
		a.renews(got.text("refresh_token")).refused("a right that ended is renewed", invalidGrant)
		a.redeems(code).refused("a right that ended gives a token", invalidGrant)
		have.set("m1", parent(all)) // it works again, as the right does
		if _, err := w.asks(got.text("access_token")); err != nil {
			t.Error(err)
		}
	})
}

// Without a room that knows of rights no token that rests on one works.
func TestARightThatNobodyKnowsGivesNothing(t *testing.T) {
	w := newWorld(t, dbtest.SQLite(t), nil)
	a := w.app(client.BySecret, nil)
	a.redeems(a.code(acting)).refused("nobody knows of rights", invalidGrant)
	have := &deeds{all: map[string]access.Who{"m1": *parent(access.AllTypes(access.Read))}}
	w.s.cfg.Rights = have
	got := a.let(acting)
	w.s.cfg.Rights = nobody{}
	if who, err := w.asks(got.text("access_token")); err == nil {
		t.Errorf("%+v", who)
	}
}

// A token for an emergency is about one person, says why, lives no longer than
// the emergency, and is not renewed, whatever was asked for (case 71).
func TestAttack71ATokenForAnEmergencyIsNotRenewed(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		w := newWorld(t, d, nil)
		have := &deeds{all: map[string]access.Who{}}
		w.s.cfg.Rights = have
		a := w.app(client.BySecret, nil)
		ends := w.now().Add(30 * time.Minute)
		who := access.Who{Actor: "account:ann", Kind: access.Person, Role: access.RoleProfessional, Organisation: "org1", Patient: "kit", Mandate: "emergency:e1", Until: ends.UnixMilli(), Bound: access.AllTypes(access.Looking)}
		have.set("emergency:e1", &who)
		in := func(patient string) func(*client.Approval) {
			return func(y *client.Approval) {
				y.Context = client.Context{Patient: patient, User: "Practitioner/p1", Role: access.RoleProfessional, Organisation: "org1", Member: "place1", Session: "s1", Mandate: "emergency:e1"}
				y.Scopes, y.Until = "openid fhirUser offline_access launch/patient patient/*.rs", ends
			}
		}
		got := a.let(in("kit"))
		if got.text("refresh_token") != "" || got.text("purpose_of_use") != "BTG" || got.text("patient") != "kit" || strings.Contains(got.body, `"expires_in":3600`) {
			t.Errorf("the app is told %s", got.body)
		}
		if now, err := w.asks(got.text("access_token")); err != nil || now.Mandate != "emergency:e1" || now.Until != ends.UnixMilli() || now.Patient != "kit" {
			t.Errorf("%+v, %v", now, err)
		}
		a.redeems(a.code(in("another"))).refused("another person", invalidGrant)
		code := a.code(in("kit"))
		w.people.end("s1") // signed out
		if _, err := w.asks(got.text("access_token")); err == nil {
			t.Error("it outlives the sign-in")
		}
		a.redeems(code).refused("it outlives the sign-in", invalidGrant)
	})
}
