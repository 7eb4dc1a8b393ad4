// Package optout sets and lifts what people say no to beyond their own care: by
// themselves, or from a list that the operator brings in.
//
// Why here: who may say no for whom, and what a list may change, are rules of
// their own. What is said lies in the record, as a Consent for each kind and for
// each way by which it came; the record leaves these people out of every use
// beyond care (record.Session.BeyondCare), in the same transaction.
//
// What is not here: reading such a Consent (access/optout), which uses are
// beyond care (record), and the words of pages.
package optout

import (
	"context"
	"encoding/hex"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access/optout"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/seal"
)

// Records is a session of the record over everybody, with no more than finding
// Patients and keeping Consents.
type Records interface {
	Search(ctx context.Context, q search.Query, cursor string) (record.Page, error)
	Transact(ctx context.Context, ops []record.Op) ([]record.Outcome, error)
	OptedOutIDs(ctx context.Context, k optout.Kind, after int64) (ids []string, next int64, err error)
	Registry() *search.Registry
}

// Config is what the room stands on.
type Config struct {
	DB       *db.DB
	Ring     *seal.Ring
	Accounts *account.Accounts
	// Open opens the record as work for somebody, who is named in the access log.
	Open func(ctx context.Context, by string) (Records, error)
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// OptOuts sets and lifts what people said no to. It is safe for concurrent use.
type OptOuts struct {
	Config
	hash [2]seal.Hasher
}

// New makes the room. It has no tables: what people said lies in the record.
func New(c Config) *OptOuts {
	if c.Now == nil {
		c.Now = time.Now
	}
	return &OptOuts{Config: c, hash: [2]seal.Hasher{c.Ring.Hasher("opt-out consent"), c.Ring.Hasher("opt-out consent 2")}}
}

// origin is how a no came here. Each has a Consent of its own, so that a list
// lifts nothing that the person said.
type origin string

const (
	own  origin = "own"
	list origin = "list"
)

// consentID is the logical id of the Consent for a kind and an origin: the same
// each time, and nothing that anybody without the keys can work out.
func (o *OptOuts) consentID(patient string, k optout.Kind, from origin) string {
	var b []byte
	for _, h := range o.hash {
		n := h.SumParts(patient, k.String(), string(from))
		for shift := 56; shift >= 0; shift -= 8 {
			b = append(b, byte(n>>shift))
		}
	}
	return "optout-" + hex.EncodeToString(b)
}

// Said is one kind of no, as it stands.
type Said struct {
	Kind optout.Kind
	// Own is that the person said so, and Listed that a list did.
	Own, Listed bool
	Since       time.Time // of the newest of them; zero for none
}

// On says whether it holds.
func (s Said) On() bool { return s.Own || s.Listed }

// Of says what a person said no to, by the logical id of their Patient. by names
// who asks, for the access log.
func (o *OptOuts) Of(ctx context.Context, by, patient string) ([]Said, error) {
	r, err := o.Open(ctx, by)
	if err != nil {
		return nil, err
	}
	var all []Said
	for _, k := range optout.Kinds() {
		found, err := o.active(ctx, r, patient, k)
		if err != nil {
			return nil, err
		}
		s := Said{Kind: k}
		for _, c := range found {
			if c.ID == o.consentID(patient, k, list) {
				s.Listed = true
			} else {
				s.Own = true
			}
			if c.since.After(s.Since) {
				s.Since = c.since
			}
		}
		all = append(all, s)
	}
	return all, nil
}

// most bounds how many Consents of one kind one person has: two, and what came
// in from elsewhere.
const most = 100

// standing is a Consent that is in force, and since when: the time that it says,
// or else that at which it was stored.
type standing struct {
	ID    string
	since time.Time
}

// active are the Consents of a kind that are in force for a person.
func (o *OptOuts) active(ctx context.Context, r Records, patient string, k optout.Kind) ([]standing, error) {
	page, err := o.find(ctx, r, "Consent", "", search.Pair{Name: "patient", Value: "Patient/" + patient}, search.Pair{Name: "status", Value: "active"},
		search.Pair{Name: "category", Value: optout.System + "|" + k.String()})
	if err != nil {
		return nil, err
	}
	var all []standing
	for _, c := range page.Items {
		t, err := fhir.Parse(c.Body, fhir.Limits{})
		if err != nil {
			return nil, problem.Wrap(problem.Internal, "", err)
		}
		if optout.Read(t)&k == 0 {
			continue
		}
		one := standing{c.ID, c.Updated}
		if said, err := time.Parse(time.RFC3339, t.Root().Get("dateTime").Str()); err == nil {
			one.since = said
		}
		all = append(all, one)
	}
	return all, nil
}

func (o *OptOuts) find(ctx context.Context, r Records, typ, cursor string, pairs ...search.Pair) (record.Page, error) {
	q, err := search.Parse(r.Registry(), []string{typ}, nil, pairs, search.Options{Strict: true, Now: o.Now().UnixMicro()})
	if err != nil {
		return record.Page{}, err
	}
	q.Count = most
	return r.Search(ctx, q, cursor)
}

// Set has a person say no, or take it back: for their own record, with what
// sharing choices need. What a list said stays: it is changed where the list is
// kept. The person is told.
func (o *OptOuts) Set(ctx context.Context, s account.Session, patient string, k optout.Kind, on bool) error {
	if err := account.ShareChoices.Lacks(s.Standing, s.Verified, o.Now()).Problem(); err != nil {
		return err
	}
	if patient == "" || s.Record != "Patient/"+patient {
		return problem.New(problem.Forbidden, "You can say this for your own record only. Link your record first.").Because("optout-own")
	}
	if len(optout.Kinds()) == 0 || k != optout.National && k != optout.Local {
		return problem.New(problem.Invalid, "There is no such choice. Go back and choose one of the two.").Because("optout-kind")
	}
	r, err := o.Open(ctx, "account:"+s.Account)
	if err != nil {
		return err
	}
	var changes []change
	if on {
		changes = []change{{o.consentID(patient, k, own), patient, k, true}}
	} else {
		found, err := o.active(ctx, r, patient, k)
		if err != nil {
			return err
		}
		for _, c := range found {
			if c.ID != o.consentID(patient, k, list) {
				changes = append(changes, change{c.ID, patient, k, false})
			}
		}
	}
	if len(changes) == 0 {
		return nil
	}
	if err := o.write(ctx, r, changes); err != nil {
		return err
	}
	return o.DB.Write(ctx, func(t *db.Tx) error { return o.Accounts.Tell(t, s.Account, notify.OptOutChanged) })
}

// change is one Consent that comes into force, or is in force no more.
type change struct {
	id, patient string
	kind        optout.Kind
	on          bool
}

func (o *OptOuts) write(ctx context.Context, r Records, all []change) error {
	ops := make([]record.Op, len(all))
	for i, c := range all {
		t, err := fhir.Parse(optout.Consent(c.id, c.patient, c.kind, c.on, o.Now()), fhir.Limits{})
		if err != nil {
			return problem.Wrap(problem.Internal, "", err)
		}
		ops[i] = record.Op{Method: record.Put, Key: record.Key{Type: "Consent", ID: c.id}, Body: t}
	}
	_, err := r.Transact(ctx, ops)
	return err
}
