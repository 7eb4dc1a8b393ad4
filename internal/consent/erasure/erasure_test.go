package erasure

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/db/dbtest"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/seal"
)

type kept struct {
	mu  sync.Mutex
	all []audit.Entry
}

func (k *kept) Append(_ context.Context, e ...audit.Entry) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.all = append(k.all, e...)
	return nil
}

type place struct {
	*Erasures
	t     *testing.T
	db    *db.DB
	door  *record.Door
	log   *kept
	queue *jobs.Queue
	ring  *seal.Ring
	fails int // how often another room fails
	gone  []Subject
}

func newPlace(t *testing.T, d *db.DB) *place {
	t.Helper()
	p := &place{t: t, db: d, log: &kept{}}
	var err error
	if p.ring, err = seal.Create(filepath.Join(t.TempDir(), "keys.json")); err != nil {
		t.Fatal(err)
	}
	if p.door, err = record.New(t.Context(), record.Config{DB: d, Log: p.log, Ring: p.ring}); err != nil {
		t.Fatal(err)
	}
	if p.queue, err = jobs.Open(t.Context(), d, jobs.Options{}); err != nil {
		t.Fatal(err)
	}
	p.Erasures, err = Open(t.Context(), Config{DB: d, Queue: p.queue,
		Open: func(ctx context.Context, who access.Who, patient string, why access.Purpose) (Session, error) {
			return p.door.Open(ctx, who, record.About{Patient: patient}, why)
		},
		Over: func(ctx context.Context, who access.Who) (Eraser, error) {
			return p.door.Open(ctx, who, record.About{}, access.Operations)
		},
		Decider: access.Operator,
		Elsewhere: []func(context.Context, Subject) error{func(_ context.Context, of Subject) error {
			p.gone = append(p.gone, of)
			if p.fails--; p.fails >= 0 {
				return errors.New("not now")
			}
			return nil
		}},
		Sign: func(text []byte) []byte { return p.ring.Sign("erasure", text) }, Key: p.ring.SigningKey("erasure"),
		Now: func() time.Time { return time.Date(2026, 1, 31, 14, 30, 0, 0, time.UTC) }})
	if err != nil {
		t.Fatal(err)
	}
	op, err := p.door.Open(t.Context(), op, record.About{}, access.Operations)
	if err != nil {
		t.Fatal(err)
	}
	for _, src := range []string{`{"resourceType":"Patient","id":"ann"}`, `{"resourceType":"Patient","id":"bob"}`,
		`{"resourceType":"Condition","id":"c","code":{"text":"Gout"},"subject":{"reference":"Patient/ann"}}`,
		`{"resourceType":"Binary","id":"x","contentType":"text/plain","data":"c2VjcmV0"}`, `{"resourceType":"Binary","id":"y","contentType":"text/plain","data":"c2VjcmV0"}`,
		`{"resourceType":"DocumentReference","id":"a","status":"current","subject":{"reference":"Patient/ann"},"content":[{"attachment":{"url":"Binary/x"}},{"attachment":{"url":"Binary/y"}}]}`,
		`{"resourceType":"DocumentReference","id":"b","status":"current","subject":{"reference":"Patient/bob"},"content":[{"attachment":{"url":"Binary/y"}}]}`} {
		b, err := fhir.Parse([]byte(src), fhir.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := op.Transact(t.Context(), []record.Op{{Method: record.Put, Key: record.Key{Type: b.Root().Get("resourceType").Str(), ID: b.Root().Get("id").Str()}, Body: b}}); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

var op = access.Operator("account:op")

func self(account, patient string) Self {
	return Self{Account: account, Patient: patient, Who: access.Who{Actor: "account:" + account, Kind: access.Person, Role: access.RoleSelf, Patient: patient, Bound: access.AllTypes(access.AllVerbs)}}
}

func (p *place) wants(err error, kind problem.Kind) {
	p.t.Helper()
	if !problem.Is(err, kind) {
		p.t.Errorf("%v, not %v", err, kind)
	}
}

// A person asks, an operator decides with a ground in law, and what is left is a
// certificate that names nobody who was cared for.
func TestARecordIsErased(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p, ctx := newPlace(t, d), t.Context()
		r, err := p.Ask(ctx, self("a", "ann"), "I moved away, zanzibar.")
		if err != nil || !r.Due.Equal(time.Date(2026, 3, 3, 14, 30, 0, 0, time.UTC)) {
			t.Fatalf("%+v, %v", r, err)
		}
		_, err = p.Ask(ctx, self("a", "ann"), "again")
		p.wants(err, problem.Conflict)
		if told, err := p.Look(ctx, op, r.ID); err != nil || told.Words != "I moved away, zanzibar." {
			t.Errorf("%+v, %v", told, err)
		}
		p.wants(p.Carry(ctx, op, r.ID), problem.Conflict)
		p.wants(p.Decide(ctx, op, r.ID, "because"), problem.Invalid)
		p.wants(p.Decide(ctx, op, r.ID, "uk-gdpr-17-3-b"), problem.Invalid)
		p.wants(p.Decide(ctx, self("a", "ann").Who, r.ID, "uk-gdpr-17-1-b"), problem.Forbidden)
		p.fails = 1
		if err := p.Decide(ctx, op, r.ID, "uk-gdpr-17-1-b"); err != nil {
			t.Fatal(err)
		}
		p.wants(p.Withdraw(ctx, self("a", "ann"), r.ID), problem.Conflict)
		// The first try erases the record and is stopped by another room.
		if err := p.Carry(ctx, op, r.ID); err == nil {
			t.Fatal("another room's failure is not heard")
		}
		if err := p.Carry(ctx, op, r.ID); err != nil {
			t.Fatal(err)
		}
		if len(p.gone) != 2 || p.gone[1] != (Subject{r.Person, "ann", op}) {
			t.Errorf("other rooms hear of %+v", p.gone)
		}
		done, err := p.Look(ctx, op, r.ID)
		if err != nil || done.State != Done || done.Patient != "" || done.Words != "" {
			t.Fatalf("%+v, %v", done, err)
		}
		var s Signed
		var c Certificate
		if err := json.Unmarshal([]byte(done.Certificate), &s); err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal([]byte(s.Text), &c); err != nil {
			t.Fatal(err)
		}
		sig, _ := base64.StdEncoding.DecodeString(s.Signature)
		if !ed25519.Verify(p.ring.SigningKey("erasure"), []byte(s.Text), sig) {
			t.Error("the certificate's signature does not verify")
		}
		if c.Person != r.Person || c.DecidedBy != "account:op" || !c.Asked || c.Ground != "uk-gdpr-17-1-b" || c.Resources != 4 || c.Versions != 4 || c.Files != 1 || c.Shared != 1 || c.Entries == 0 || c.Grounds != "erasure-uk-1" {
			t.Errorf("it says %+v", c)
		}
		for _, word := range []string{"ann", "Gout", "zanzibar", "account:a"} {
			if strings.Contains(done.Certificate, word) {
				t.Errorf("the certificate says %q", word)
			}
		}
		logged := 0
		for _, e := range p.log.all {
			if e.Rule == "erase" && e.Person == 0 && strings.Join(e.Params, " ") != "" && strings.Contains(strings.Join(e.Params, " "), "decision="+r.ID) {
				logged++
			}
		}
		if logged != 4 {
			t.Errorf("%d entries of the log tell of it", logged)
		}
		if err := p.Carry(ctx, op, r.ID); err != nil {
			t.Errorf("once more: %v", err)
		}
	})
}

// What was decided goes on by itself after a stop.
func TestADecisionIsCarriedOutByTheQueue(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p, ctx := newPlace(t, d), t.Context()
		r, err := p.Begin(ctx, op, "ann", "A test.")
		if err != nil {
			t.Fatal(err)
		}
		// As it is after a stop between the decision and the work.
		if err := p.move(ctx, "UPDATE erasure SET state = 'decided', ground = 'made-up', by_whom = 'account:op', decided = 1 WHERE id = $1", r.ID); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			if err := p.Resume(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if all, err := p.queue.List(ctx, Kind, 10); err != nil || len(all) != 1 {
			t.Fatalf("%d jobs, %v", len(all), err)
		}
		p.queue.Start(1)
		defer p.queue.Close()
		one, err := p.one(ctx, r.ID)
		if err != nil {
			t.Fatal(err)
		}
		if err := p.queue.Watch(ctx, one.job, func(jobs.Status) bool { return true }); err != nil {
			t.Fatal(err)
		}
		if one, err = p.one(ctx, r.ID); err != nil || one.State != Done || !one.ByOperator {
			t.Errorf("%+v, %v", one, err)
		}
		if list, err := p.List(ctx, 10); err != nil || len(list) != 1 {
			t.Errorf("%+v, %v", list, err)
		}
	})
}

// A refusal names its ground and tells the person why.
func TestARecordIsKept(t *testing.T) {
	dbtest.Each(t, func(t *testing.T, d *db.DB) {
		p, ctx := newPlace(t, d), t.Context()
		r, err := p.Ask(ctx, self("a", "ann"), "I want it gone.")
		if err != nil {
			t.Fatal(err)
		}
		if _, found, err := p.Mine(ctx, self("b", "ann")); found || err != nil {
			t.Errorf("another account sees it: %v", err)
		}
		p.wants(p.Withdraw(ctx, self("b", "ann"), r.ID), problem.NotFound)
		p.wants(p.Refuse(ctx, op, r.ID, "uk-gdpr-17-1-b", "x"), problem.Invalid)
		p.wants(p.Refuse(ctx, op, r.ID, "uk-gdpr-17-3-c", " "), problem.Invalid)
		p.wants(p.Refuse(ctx, op, "x", "uk-gdpr-17-3-c", "x"), problem.NotFound)
		if err := p.Refuse(ctx, op, r.ID, "uk-gdpr-17-3-c", "Your doctors need it."); err != nil {
			t.Fatal(err)
		}
		told, found, err := p.Mine(ctx, self("a", "ann"))
		if err != nil || !found || told.State != Refused || told.Reason != "Your doctors need it." || told.Ground != "uk-gdpr-17-3-c" {
			t.Errorf("%+v, %v", told, err)
		}
		p.wants(p.Decide(ctx, op, r.ID, "uk-gdpr-17-1-b"), problem.Conflict)
		if r, err = p.Ask(ctx, self("a", "ann"), "I ask again."); err != nil {
			t.Fatal(err)
		}
		if err := p.Withdraw(ctx, self("a", "ann"), r.ID); err != nil {
			t.Fatal(err)
		}
		p.wants(p.Decide(ctx, op, r.ID, "uk-gdpr-17-1-b"), problem.Conflict)
	})
}
