package portal

import (
	"context"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/consent/correction"
	"github.com/bevanhealth/bevan/internal/consent/erasure"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/exchange/takeaway"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/seal"
)

// openRights opens the rooms of what people can do with their own record. Their
// work waits until works is called.
func (s *site) openRights(d *db.DB, ring *seal.Ring, a *account.Accounts, apps *client.Clients, rights *mandate.Mandates) (c Config) {
	s.t.Helper()
	var err error
	if s.queue, err = jobs.Open(s.t.Context(), d, jobs.Options{}); err != nil {
		s.t.Fatal(err)
	}
	about := func(ctx context.Context, who access.Who, patient string, why access.Purpose) (*record.Session, error) {
		return s.door.Open(ctx, who, record.About{Patient: patient}, why)
	}
	if c.Corrections, err = correction.Open(s.t.Context(), correction.Config{DB: d, Now: s.clock.now,
		Open: func(ctx context.Context, who access.Who, patient string, why access.Purpose) (correction.Session, error) {
			return about(ctx, who, patient, why)
		},
		Tell: func(tx *db.Tx, id string) error { return a.Tell(tx, id, notify.CorrectionAnswered) }}); err != nil {
		s.t.Fatal(err)
	}
	page, err := NewCopyPage(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if c.Copies, err = takeaway.Open(s.t.Context(), takeaway.Config{DB: d, Queue: s.queue, Now: s.clock.now, Page: page.Write, Readme: page.Readme(), Base: origin + "/fhir",
		Open: func(ctx context.Context, who access.Who, patient string) (takeaway.Session, error) {
			return about(ctx, who, patient, access.Export)
		},
		Still: func(ctx context.Context, of takeaway.Whose) error {
			acc, err := a.Get(ctx, of.Account)
			if err == nil && acc.Record != "Patient/"+of.Patient {
				err = account.NeedRecord.Problem()
			}
			return err
		},
		Right: func(ctx context.Context, of takeaway.Whose) (takeaway.Right, error) {
			return CopyRight(ctx, rights, of)
		},
		Held:       func(ctx context.Context, of takeaway.Whose) (bool, error) { return CopyHeld(ctx, rights, of) },
		Owner:      s.ownerOf,
		Tell:       func(tx *db.Tx, id string) error { return a.Tell(tx, id, notify.CopyReady) },
		TellPerson: func(tx *db.Tx, id string) error { return a.Tell(tx, id, notify.CopyByAnother) },
		ReadmeFor:  page.ReadmeFor(),
		Parts: page.Parts(CopySources{Clients: apps, Corrections: c.Corrections, Mandates: rights, Looks: func(_ context.Context, f audit.Filter, fn func(*audit.Entry) error) error {
			s.mu.Lock()
			seen := append([]audit.Entry{}, s.seen...)
			s.mu.Unlock()
			for i := range seen {
				if seen[i].Person != f.Person {
					continue
				}
				if err := fn(&seen[i]); err != nil {
					return err
				}
			}
			return nil
		}})}); err != nil {
		s.t.Fatal(err)
	}
	if c.Erasures, err = erasure.Open(s.t.Context(), erasure.Config{DB: d, Queue: s.queue, Now: s.clock.now,
		Open: func(ctx context.Context, who access.Who, patient string, why access.Purpose) (erasure.Session, error) {
			return about(ctx, who, patient, why)
		},
		Over: func(ctx context.Context, who access.Who) (erasure.Eraser, error) {
			return s.door.Open(ctx, who, record.About{}, access.Operations)
		},
		Decider: access.Operator,
		Elsewhere: []func(context.Context, erasure.Subject) error{
			func(ctx context.Context, of erasure.Subject) error { return c.Copies.Erase(ctx, of.Person) },
			func(ctx context.Context, of erasure.Subject) error { return c.Corrections.Erase(ctx, of.Person) },
			func(ctx context.Context, of erasure.Subject) error { return s.cfg.Proofs.EraseRecord(ctx, of.Patient) },
			func(ctx context.Context, of erasure.Subject) error { return c.Examples.Forget(ctx, of.Patient) },
		},
		Sign: func(text []byte) []byte { return ring.Sign("erasure", text) }, Key: ring.SigningKey("erasure")}); err != nil {
		s.t.Fatal(err)
	}
	c.Examples = s.openExamples(d, a, c.Erasures)
	return c
}

// works does the work that waits.
func (s *site) works(kind string) {
	s.t.Helper()
	s.queue.Start(1)
	s.t.Cleanup(func() { _ = s.queue.Close() })
	all, err := s.queue.List(s.t.Context(), kind, 10)
	if err != nil || len(all) == 0 {
		s.t.Fatalf("no work waits: %v", err)
	}
	for _, j := range all {
		if err := s.queue.Watch(s.t.Context(), j.ID, func(jobs.Status) bool { return true }); err != nil && !problem.Is(err, problem.NotFound) {
			s.t.Fatal(err)
		}
	}
}
