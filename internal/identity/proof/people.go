package proof

import (
	"context"
	"encoding/json"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/match"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Questions lists what waits for people, the oldest first.
func (p *Proofs) Questions(ctx context.Context, by By) ([]Decision, error) {
	if err := by.mayDecide(); err != nil {
		return nil, err
	}
	return p.decisions(ctx, "SELECT "+decisionColumns+" FROM match_decision WHERE outcome = 'queued' AND closed = 0 ORDER BY at, id LIMIT $1", int64(maxListed))
}

// Question is one decision with what people need to look at it.
type Question struct {
	Decision
	Claimed match.Details
	Seen    []Seen
	// Current says of a link that it stands now.
	Current bool
}

// Question reads a decision, what was claimed, and the records that it is
// about. Each of them is a look at a record, and is logged as one.
func (p *Proofs) Question(ctx context.Context, by By, id string) (Question, error) {
	if err := by.mayDecide(); err != nil {
		return Question{}, err
	}
	d, err := p.decision(ctx, id)
	if err != nil {
		return Question{}, err
	}
	q := Question{Decision: d}
	plain, err := p.Accounts.Unseal(ctx, d.Account, "claim", d.ID, d.details)
	switch {
	case problem.Is(err, problem.NotFound): // the account was closed, and what it kept is gone
	case err != nil:
		return Question{}, err
	default:
		if err := json.Unmarshal(plain, &q.Claimed); err != nil {
			return Question{}, problem.Wrap(problem.Internal, "", err)
		}
	}
	list := d.Candidates
	if d.Patient != "" {
		list = []match.Found{{Patient: d.Patient, Rule: d.Rule}}
		owner, err := p.ownerOf(ctx, d.Patient)
		if err != nil {
			return Question{}, err
		}
		q.Current = owner == d.Account && d.Undone.IsZero() && d.Outcome == Linked
	}
	for _, f := range list[:min(len(list), maxShown)] {
		c, err := p.Find.Patient(ctx, by.actor(), f.Patient)
		if problem.Is(err, problem.NotFound) || problem.Is(err, problem.Gone) {
			continue
		}
		if err != nil {
			return Question{}, err
		}
		s, err := p.see(ctx, f, []match.Candidate{c})
		if err != nil {
			return Question{}, err
		}
		q.Seen = append(q.Seen, s)
	}
	return q, nil
}

// Answer decides a question, for a reason: the record is theirs, or with
// patient "" none of those is. Where another account has the record, move says
// that its link is taken back first: the same person has two accounts, or the
// other claimed what was not theirs. Nobody decides about themselves.
func (p *Proofs) Answer(ctx context.Context, by By, id, patient string, move bool, reason string) error {
	if err := by.mayDecide(); err != nil {
		return err
	}
	reason, err := reasonOf(reason)
	if err != nil {
		return err
	}
	q, err := p.decision(ctx, id)
	if err != nil {
		return err
	}
	if err := notOwn(by, q.Account); err != nil {
		return err
	}
	if patient != "" {
		if err := p.chosen(ctx, by, q, patient); err != nil {
			return err
		}
	}
	d := Decision{ID: newID(), Account: q.Account, Patient: patient, Via: ViaPeople, Outcome: Linked, Rule: "people", Rules: q.Rules, Traits: q.Traits,
		Reason: reason, By: by.actor(), Answers: q.ID}
	if patient == "" {
		d.Outcome = Refused
	}
	if d.details, err = p.sealDetails(ctx, q.Account, d.ID, match.Details{}); err != nil {
		return err
	}
	err = p.write(ctx, func(t *tx) error { return p.answer(t, by, q, d, move) })
	if err != nil {
		return err
	}
	return p.cutAll(ctx)
}

func notOwn(by By, account string) error {
	if account == by.Account {
		return problem.New(problem.Forbidden, "This is about your own account. Ask a colleague to decide it.").Because("own-account")
	}
	return nil
}

// chosen says whether a record may be chosen: one that a rule found, as it is
// now.
func (p *Proofs) chosen(ctx context.Context, by By, q Decision, patient string) error {
	for _, f := range q.Candidates {
		if f.Patient != patient {
			continue
		}
		c, err := p.Find.Patient(ctx, by.actor(), patient)
		if err != nil {
			return err
		}
		if c.Replaced || c.Deceased {
			return problem.New(problem.Conflict, "This record was merged, is not in use, or says that the person has died. Have the record mended first.").Because("record-to-mend")
		}
		return nil
	}
	return problem.New(problem.Invalid, "Choose one of the records of this question, or none of them.").Because("question-choice")
}

func (p *Proofs) answer(t *tx, by By, q, d Decision, move bool) error {
	now := p.seconds()
	n, err := t.Exec("UPDATE match_decision SET closed = $2 WHERE id = $1 AND outcome = 'queued' AND closed = 0", q.ID, now)
	if err == nil && n == 0 {
		err = problem.New(problem.Conflict, "This question was answered already, or was asked again since. Look at the list again.").Because("question-answered")
	}
	if err != nil {
		return err
	}
	a, err := p.Accounts.Hold(t.Tx, q.Account)
	if err != nil {
		return err
	}
	d.At = moment(now)
	if d.Outcome == Refused {
		return t.insertDecision(d)
	}
	if err := p.clear(t, by, a.ID, d, move); err != nil {
		return err
	}
	got, err := t.own(d.Patient, a.ID, d.ID, now)
	if err == nil && !got {
		err = problem.New(problem.Conflict, "Somebody else took this record a moment ago. Look at the question again.").Because("record-taken")
	}
	if err != nil {
		return err
	}
	// What was proven with documents or by a provider was about this record, if
	// this is whose question it was. What was only typed is worth P5 still.
	if q.Event != "" {
		if _, err := t.Exec("UPDATE proofing_event SET patient = $2 WHERE id = $1 AND ended = 0", q.Event, d.Patient); err != nil {
			return err
		}
	}
	e := Event{ID: newID(), Account: a.ID, Framework: q.Rules, Level: account.P5, Methods: []Method{ByDetails, ByPeople}, Verifier: by.actor(), Patient: d.Patient, At: d.At}
	d.Event = e.ID
	if err := t.insertDecision(d); err != nil {
		return err
	}
	if err := t.insertEvent(e); err != nil {
		return err
	}
	if err := p.settle(t, a, e.ID, d.Patient); err != nil {
		return err
	}
	return p.Accounts.Tell(t.Tx, a.ID, notify.RecordLinked)
}

// clear takes back what stands in the way of a link: another record of the
// account, or another account of the record. Without move neither is touched.
func (p *Proofs) clear(t *tx, by By, account string, d Decision, move bool) error {
	var in []link
	err := t.Query("SELECT account, patient FROM record_owner WHERE account = $1 OR patient = $2 ORDER BY account", []any{account, d.Patient}, func(r *db.Row) error {
		in = append(in, link{r.Text(0), r.Text(1)})
		return nil
	})
	if err != nil {
		return err
	}
	if len(in) > 0 && !move {
		return problem.New(problem.Conflict, "The record has another account, or the account another record. Take that link back first, or choose to move it.").Because("record-has-account")
	}
	for _, l := range in {
		if l.account == by.Account {
			return notOwn(by, l.account)
		}
		if err := p.unlink(t, l, by.actor(), d.Reason); err != nil {
			return err
		}
	}
	return nil
}

type link struct{ account, patient string }

// unlink takes a record away from an account, and everything that was proven
// about it, in one step. Permissions about it are marked to be ended.
func (p *Proofs) unlink(t *tx, l link, by, why string) error {
	now := p.seconds()
	for _, c := range []struct {
		sql  string
		args []any
	}{
		{"DELETE FROM record_owner WHERE account = $1 AND patient = $2", []any{l.account, l.patient}},
		{"UPDATE match_decision SET undone = $3, undone_by = $4, undone_why = $5, cut = 1 WHERE account = $1 AND patient = $2 AND outcome = 'linked' AND undone = 0",
			[]any{l.account, l.patient, now, by, why}},
		{"UPDATE proofing_event SET ended = $3, ended_by = $4, ended_why = $5 WHERE account = $1 AND patient = $2 AND ended = 0",
			[]any{l.account, l.patient, now, by, why}},
	} {
		if _, err := t.Exec(c.sql, c.args...); err != nil {
			return err
		}
	}
	if err := p.unsettle(t, l.account, ""); err != nil && !problem.Is(err, problem.NotFound) {
		return err
	}
	return p.Accounts.Tell(t.Tx, l.account, notify.RecordUnlinked)
}

// Undo takes a link back, for a reason. The record is theirs no more, what was
// proven about it counts no more, and permissions about it end.
func (p *Proofs) Undo(ctx context.Context, by By, id, reason string) error {
	if err := by.mayDecide(); err != nil {
		return err
	}
	reason, err := reasonOf(reason)
	if err != nil {
		return err
	}
	d, err := p.decision(ctx, id)
	if err != nil {
		return err
	}
	if err := notOwn(by, d.Account); err != nil {
		return err
	}
	if d.Outcome != Linked {
		return problem.New(problem.Conflict, "This decision linked nothing, so there is nothing to take back.").Because("decision-no-link")
	}
	err = p.write(ctx, func(t *tx) error {
		there, err := t.One("SELECT account FROM record_owner WHERE account = $1 AND patient = $2"+t.Dialect().Pick("", " FOR UPDATE"), []any{d.Account, d.Patient}, func(*db.Row) error { return nil })
		if err == nil && !there {
			err = problem.New(problem.Conflict, "This link was taken back already. Look at the list again.").Because("link-taken-back")
		}
		if err != nil {
			return err
		}
		return p.unlink(t, link{d.Account, d.Patient}, by.actor(), reason)
	})
	if err != nil {
		return err
	}
	return p.cutAll(ctx)
}

// cutAll ends permissions about records that are no longer theirs. What could
// not be ended stays marked, and is ended by the next Sweep.
func (p *Proofs) cutAll(ctx context.Context) error {
	var all []Decision
	var err error
	if all, err = p.decisions(ctx, "SELECT "+decisionColumns+" FROM match_decision WHERE cut = 1 ORDER BY id LIMIT 100"); err != nil {
		return err
	}
	for _, d := range all {
		if err := p.Grants.EndAbout(ctx, d.Account, d.Patient); err != nil {
			return problem.Wrap(problem.Unavailable, "The link was taken back. What apps were allowed with it could not be ended yet; this is tried again every minute.", err).Because("permissions-not-ended")
		}
		err := p.write(ctx, func(t *tx) error {
			_, err := t.Exec("UPDATE match_decision SET cut = 0 WHERE id = $1", d.ID)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// Links lists the newest decisions that linked a record, those that were taken
// back too.
func (p *Proofs) Links(ctx context.Context, by By) ([]Decision, error) {
	if err := by.mayDecide(); err != nil {
		return nil, err
	}
	return p.decisions(ctx, "SELECT "+decisionColumns+" FROM match_decision WHERE outcome = 'linked' ORDER BY at DESC, id LIMIT $1", int64(maxListed))
}
