package app

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/consent/correction"
	"github.com/bevanhealth/bevan/internal/consent/erasure"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/exchange/takeaway"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/portal"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// openRights opens what people can do with their own record: take a copy, have it
// put right, have it erased. It comes before the queue's Start.
func (h *house) openRights(ctx context.Context, base string) (err error) {
	about := func(ctx context.Context, who access.Who, patient string, why access.Purpose) (*record.Session, error) {
		return h.door.Open(ctx, who, record.About{Patient: patient}, why)
	}
	if h.corrections, err = correction.Open(ctx, correction.Config{DB: h.store,
		Open: func(ctx context.Context, who access.Who, patient string, why access.Purpose) (correction.Session, error) {
			return about(ctx, who, patient, why)
		},
		Tell: func(tx *db.Tx, id string) error { return h.accounts.Tell(tx, id, notify.CorrectionAnswered) },
	}); err != nil {
		return err
	}
	page, err := portal.NewCopyPage(nil)
	if err != nil {
		return err
	}
	if h.copies, err = takeaway.Open(ctx, takeaway.Config{DB: h.store, Queue: h.queue, Base: base, Page: page.Write, Readme: page.Readme(),
		Open: func(ctx context.Context, who access.Who, patient string) (takeaway.Session, error) {
			return about(ctx, who, patient, access.Export)
		},
		Still: h.stillTheirs,
		Right: func(ctx context.Context, of takeaway.Whose) (takeaway.Right, error) {
			return portal.CopyRight(ctx, h.mandates, of)
		},
		Held: func(ctx context.Context, of takeaway.Whose) (bool, error) {
			return portal.CopyHeld(ctx, h.mandates, of)
		},
		Owner:      h.proofs.OwnerOf,
		Tell:       func(tx *db.Tx, id string) error { return h.accounts.Tell(tx, id, notify.CopyReady) },
		TellPerson: func(tx *db.Tx, id string) error { return h.accounts.Tell(tx, id, notify.CopyByAnother) },
		ReadmeFor:  page.ReadmeFor(),
		Parts:      page.Parts(portal.CopySources{Clients: h.apps, Corrections: h.corrections, Mandates: h.mandates, Looks: h.log.Each}),
	}); err != nil {
		return err
	}
	if h.erasures, err = erasure.Open(ctx, erasure.Config{DB: h.store, Queue: h.queue,
		Open: func(ctx context.Context, who access.Who, patient string, why access.Purpose) (erasure.Session, error) {
			return about(ctx, who, patient, why)
		},
		Over: func(ctx context.Context, who access.Who) (erasure.Eraser, error) {
			return h.session(ctx, who, access.Operations)
		},
		Decider: access.Operator,
		Elsewhere: []func(context.Context, erasure.Subject) error{
			func(ctx context.Context, of erasure.Subject) error { return h.copies.Erase(ctx, of.Person) },
			func(ctx context.Context, of erasure.Subject) error { return h.corrections.Erase(ctx, of.Person) },
			func(ctx context.Context, of erasure.Subject) error { return h.apps.ErasePatient(ctx, of.Patient) },
			func(ctx context.Context, of erasure.Subject) error {
				return h.states.EraseSubject(ctx, "Patient/"+of.Patient)
			},
			func(ctx context.Context, of erasure.Subject) error { return h.bulk.ForgetPatient(ctx, of.Patient) },
			func(ctx context.Context, of erasure.Subject) error { return h.proofs.EraseRecord(ctx, of.Patient) },
			func(ctx context.Context, of erasure.Subject) error { return h.mandates.Forget(ctx, of.Patient) },
			func(ctx context.Context, of erasure.Subject) error { return h.emergencies.Forget(ctx, of.Patient) },
			func(ctx context.Context, of erasure.Subject) error { return h.enquiries.Erase(ctx, of.Patient) },
			func(ctx context.Context, of erasure.Subject) error { return h.lists.Forget(ctx, of.Patient) },
			func(ctx context.Context, of erasure.Subject) error { return h.recalls.Forget(ctx, of.Patient) },
			func(ctx context.Context, of erasure.Subject) error { return h.talks.Forget(ctx, of.Patient) },
			func(ctx context.Context, of erasure.Subject) error { return h.displays.Erase(ctx, of.Patient) },
			func(ctx context.Context, of erasure.Subject) error { return h.links.Erase(ctx, of.Patient) },
			func(ctx context.Context, of erasure.Subject) error { return h.messages.Erase(ctx, of.Patient) },
			func(ctx context.Context, of erasure.Subject) error { return h.examples.Forget(ctx, of.Patient) },
			h.eraseLog,
		},
		Sign: func(text []byte) []byte { return h.ring.Sign(signErasure, text) }, Key: h.ring.SigningKey(signErasure)}); err != nil {
		return err
	}
	h.examples, err = h.openExamples(ctx)
	return err
}

// signErasure is what certificates of erasure are signed for.
const signErasure = "certificate of erasure"

// eraseLog takes what the access log says of a person away. Proofs of everybody
// else hold.
func (h *house) eraseLog(ctx context.Context, of erasure.Subject) error {
	_, err := h.log.Erase(ctx, audit.Entry{Who: of.By, Purpose: access.Operations, Rules: access.RulesVersion, Outcome: http.StatusOK}, of.Person)
	return err
}

// stillTheirs refuses a copy of a record to whoever it is not, or no longer,
// known to belong to.
func (h *house) stillTheirs(ctx context.Context, of takeaway.Whose) error {
	a, err := h.accounts.Get(ctx, of.Account)
	if err != nil && !problem.Is(err, problem.NotFound) {
		return err
	}
	if err != nil || a.State != account.Good || a.Proof < account.P9 || a.Record != "Patient/"+of.Patient {
		return account.NeedRecord.Problem()
	}
	return nil
}

// eraseCommand erases one record, decided at the command line.
type eraseCommand struct {
	place   `json:"-"`
	Patient string `arg:"" help:"The id of the Patient whose record is erased." placeholder:"ID"`
	Ground  string `help:"The ground in law, by its id. Without it the grounds are listed and nothing is erased." placeholder:"GROUND"`
	Reason  string `help:"Why, in a sentence." default:"Decided at the command line." placeholder:"TEXT"`
	Scrub   bool   `help:"Write the database anew afterwards, so that nothing is left in unused parts of its file. Nobody writes meanwhile."`
}

// Run erases.
func (c *eraseCommand) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "erase", c, out)
}

func (c *eraseCommand) do(ctx context.Context, h *house, by access.Who, out report) error {
	grounds := h.erasures.Grounds().Erase
	if c.Ground == "" {
		out.line("Nothing was erased. Name a ground in law with --ground:")
		for _, g := range grounds {
			out.line(fmt.Sprintf("  %-16s %s (%s)", g.ID, g.Words, g.Law))
		}
		return nil
	}
	if !slices.ContainsFunc(grounds, func(g erasure.Ground) bool { return g.ID == c.Ground }) {
		return problem.New(problem.Invalid, "There is no such ground in law. Leave out --ground to see which there are.")
	}
	r, err := h.erasures.Begin(ctx, by, c.Patient, c.Reason)
	if err != nil {
		return err
	}
	if err := h.erasures.Decide(ctx, by, r.ID, c.Ground); err != nil {
		return err
	}
	// Done here and now; the queue finds it done, or does what was left.
	if err := h.erasures.Carry(ctx, access.Job(erasure.Kind, by), r.ID); err != nil {
		return err
	}
	done, err := h.erasures.Look(ctx, by, r.ID)
	if err != nil {
		return err
	}
	out.line(done.Certificate)
	if c.Scrub {
		return scrub(ctx, h, by, out)
	}
	return nil
}

// scrubCommand takes what was deleted out of the database's files.
type scrubCommand struct {
	place `json:"-"`
}

// Run scrubs.
func (c *scrubCommand) Run(ctx context.Context, out *terminalReport) error {
	return run(ctx, c.place, "scrub", c, out)
}

func (c *scrubCommand) do(ctx context.Context, h *house, by access.Who, out report) error {
	return scrub(ctx, h, by, out)
}

func scrub(ctx context.Context, h *house, by access.Who, out report) error {
	s, err := h.session(ctx, access.Job("scrub", by), access.Operations)
	if err != nil {
		return err
	}
	started := time.Now()
	if err := s.Scrub(ctx); err != nil {
		return err
	}
	if h.logDB != h.store {
		if err := h.logDB.Scrub(ctx, true); err != nil {
			return err
		}
	}
	if h.store.Dialect() == db.Postgres {
		out.line("PostgreSQL clears its pages itself. To be sure of it at once, run VACUUM FULL on the tables of Bevan.")
		return nil
	}
	out.line(fmt.Sprintf("The database was written anew in %s.", time.Since(started).Round(time.Millisecond)))
	return nil
}
