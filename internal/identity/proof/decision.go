package proof

import (
	"context"
	"encoding/json"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/identity/match"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Outcome is what a decision came to.
type Outcome string

// The outcomes.
const (
	Linked  Outcome = "linked"
	None    Outcome = "none"    // no record is like the claim
	Queued  Outcome = "queued"  // for people to decide
	Refused Outcome = "refused" // people decided that it is nobody's of those
)

// Via is what led to a decision.
type Via string

// What leads to decisions.
const (
	ViaDetails  Via = "details"  // typed by the person
	ViaDesk     Via = "desk"     // a linking code
	ViaProvider Via = "provider" // a sign-in somewhere else
	ViaPeople   Via = "people"   // an answer to a question
)

// Decision says whose a record is, or that nobody can say. It is never
// changed: what is taken back says by whom and why.
type Decision struct {
	ID, Account string
	Patient     string // "" for none
	Via         Via
	Outcome     Outcome
	// Rule is the name of the rule that spoke, Rules the version of them.
	Rule, Rules string
	// Traits are the details that were given, not their values.
	Traits string
	// Reason is a sentence for staff.
	Reason string
	// By is "rules", or "account:" and that of a member of staff.
	By string
	At time.Time
	// Event is the proof that came with it, Answers the question that it
	// decides; "" for none.
	Event, Answers string
	// Closed says of a question that it was answered or asked again.
	Closed time.Time
	Undone time.Time // zero while it stands
	// UndoneBy is who took it back, UndoneWhy their reason.
	UndoneBy, UndoneWhy string
	// Candidates are records that a rule found, for people who look at it.
	Candidates []match.Found

	details []byte // sealed
}

const decisionColumns = `id, account, patient, method, outcome, rule, rules, traits, reason, details, decided_by, at, event, answers, closed, undone, undone_by, undone_why`

func scanDecision(r *db.Row) Decision {
	return Decision{ID: r.Text(0), Account: r.Text(1), Patient: r.Text(2), Via: Via(r.Text(3)), Outcome: Outcome(r.Text(4)),
		Rule: r.Text(5), Rules: r.Text(6), Traits: r.Text(7), Reason: r.Text(8), details: append([]byte{}, r.Bytes(9)...), By: r.Text(10),
		At: moment(r.Int64(11)), Event: r.Text(12), Answers: r.Text(13), Closed: moment(r.Int64(14)),
		Undone: moment(r.Int64(15)), UndoneBy: r.Text(16), UndoneWhy: r.Text(17)}
}

// maxCandidates bounds what is kept of one decision; whoever answers can look
// for more.
const maxCandidates = 20

func (t *tx) insertDecision(d Decision) error {
	_, err := t.Exec(`INSERT INTO match_decision (id, account, patient, method, outcome, rule, rules, traits, reason, details, decided_by, at, event, answers)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
		d.ID, d.Account, d.Patient, string(d.Via), string(d.Outcome), d.Rule, d.Rules, d.Traits, d.Reason, d.details, d.By, d.At.Unix(), d.Event, d.Answers)
	if err != nil {
		return err
	}
	// One statement whatever their number, so that it tells nothing.
	list, err := json.Marshal(append([]match.Found{}, d.Candidates[:min(len(d.Candidates), maxCandidates)]...))
	if err != nil {
		return err
	}
	_, err = t.Exec(t.Dialect().Pick(
		`INSERT INTO match_candidate (decision, position, patient, rule)
			SELECT $1, key, json_extract(value, '$.Patient'), json_extract(value, '$.Rule') FROM json_each($2)`,
		`INSERT INTO match_candidate (decision, position, patient, rule)
			SELECT $1, n, v->>'Patient', v->>'Rule' FROM jsonb_array_elements($2::text::jsonb) WITH ORDINALITY AS l(v, n)`), d.ID, string(list))
	return err
}

// own makes a record an account's own, where neither belongs to another. For
// the record "" it does nothing, by the same statement.
func (t *tx) own(patient, id, decision string, now int64) (bool, error) {
	n, err := t.Exec(`INSERT INTO record_owner (patient, account, decision, since) SELECT CAST($1 AS text), CAST($2 AS text), CAST($3 AS text), CAST($4 AS bigint) WHERE CAST($1 AS text) <> ''
		ON CONFLICT DO NOTHING`, patient, id, decision, now)
	return n == 1, err
}

// sealDetails seals what was claimed, for the people who may have to look.
func (p *Proofs) sealDetails(ctx context.Context, id, decision string, d match.Details) ([]byte, error) {
	plain, err := json.Marshal(d)
	if err != nil {
		return nil, err
	}
	return p.Accounts.Seal(ctx, id, "claim", decision, plain)
}

// Result is what the one who claims may know.
type Result struct {
	// Linked says that a record is theirs now, or was before.
	Linked bool
	// Level is what is proven of them now.
	Level account.Proof
}

// claim is a decision in the making: what a person, a code or a provider
// brought, and what the rules said of it.
type claim struct {
	decision Decision
	event    *Event // what is proven by it; nil for nothing
	// always says that the event counts where no record is linked too: it rests
	// on documents or on a provider, and not on the record.
	always bool
}

// decide links a record to an account, or keeps the question. a was held in t.
// The statements up to the refusal are the same whatever it is for.
func (p *Proofs) decide(t *tx, a account.Account, c claim) (Result, error) {
	now := p.seconds()
	d := c.decision
	d.Account, d.At = a.ID, moment(now)
	wanted := ""
	if d.Outcome == Linked {
		wanted = d.Patient
	}
	mine, err := t.recordOf(a.ID)
	if err != nil {
		return Result{}, err
	}
	got, err := t.own(wanted, a.ID, d.ID, now)
	if err != nil {
		return Result{}, err
	}
	same := wanted != "" && mine == wanted
	if wanted != "" && !got && !same {
		d.Outcome, d.Candidates = Queued, append([]match.Found{{Patient: wanted, Rule: d.Rule}}, d.Candidates...)
		d.Patient = ""
		d.Reason = "The record has an account already. It may be the same person twice, or somebody who claims what is not theirs."
		if mine != "" {
			d.Reason = "The account has another record already."
		}
	}
	// A question that the account asked before is asked anew by this one.
	if _, err := t.Exec("UPDATE match_decision SET closed = $2 WHERE account = $1 AND outcome = 'queued' AND closed = 0", a.ID, now); err != nil {
		return Result{}, err
	}
	linked := got || same
	counts := c.event != nil && (linked || c.always && mine == "")
	if counts {
		d.Event = c.event.ID
	}
	if err := t.insertDecision(d); err != nil {
		return Result{}, err
	}
	if !counts {
		return Result{Level: a.Proof}, nil
	}
	return p.count(t, a, *c.event, d, linked, got)
}

// count makes an event count, for a record where one was linked.
func (p *Proofs) count(t *tx, a account.Account, e Event, d Decision, linked, fresh bool) (Result, error) {
	e.Account, e.At = a.ID, d.At
	record := ""
	if linked {
		record = d.Patient
		e.Patient = record
	}
	if err := t.insertEvent(e); err != nil {
		return Result{}, err
	}
	if err := p.settle(t, a, e.ID, record); err != nil {
		return Result{}, err
	}
	if err := p.Accounts.Tell(t.Tx, a.ID, notify.IdentityProven); err != nil {
		return Result{}, err
	}
	if fresh {
		if err := p.Accounts.Tell(t.Tx, a.ID, notify.RecordLinked); err != nil {
			return Result{}, err
		}
	}
	level, err := t.level(a.ID, record, p.seconds())
	return Result{Linked: linked, Level: level}, err
}

// traced is a decision from what the rules say.
func (p *Proofs) traced(via Via, claimed match.Details, found []match.Candidate, all bool) Decision {
	m := p.Rules.Trace(claimed, found)
	d := Decision{ID: newID(), Via: via, Outcome: Outcome(m.Outcome.String()), Patient: m.Patient, Rule: m.Rule, Rules: m.Rules,
		Traits: traits(claimed), Reason: m.Reason, By: "rules", Candidates: m.Candidates}
	if !all {
		d.Outcome, d.Patient, d.Rule = Queued, "", ""
		d.Reason = "More records have this birth date than could be compared. Look for the person by hand."
	}
	return d
}

// Decisions lists the decisions about an account, or about a record, the
// newest first. One of the two is named.
func (p *Proofs) Decisions(ctx context.Context, by By, account, patient string) ([]Decision, error) {
	if err := by.mayDecide(); err != nil {
		return nil, err
	}
	column, value := "account", account
	if account == "" {
		column, value = "patient", patient
	}
	if value == "" {
		return nil, problem.New(problem.Invalid, "Name an account or a record.").Because("decision-which")
	}
	return p.decisions(ctx, "SELECT "+decisionColumns+" FROM match_decision WHERE "+column+" = $1 ORDER BY at DESC, id LIMIT $2", value, int64(maxListed))
}

func (p *Proofs) decisions(ctx context.Context, sql string, args ...any) ([]Decision, error) {
	var all []Decision
	err := p.DB.Query(ctx, sql, args, func(r *db.Row) error {
		all = append(all, scanDecision(r))
		return nil
	})
	return all, err
}

func (p *Proofs) decision(ctx context.Context, id string) (Decision, error) {
	all, err := p.decisions(ctx, "SELECT "+decisionColumns+" FROM match_decision WHERE id = $1", id)
	if err == nil && len(all) == 0 {
		err = problem.New(problem.NotFound, "There is no such decision. Look at the list again.").Because("no-decision")
	}
	if err != nil {
		return Decision{}, err
	}
	d := all[0]
	err = p.DB.Query(ctx, "SELECT patient, rule FROM match_candidate WHERE decision = $1 ORDER BY position", []any{id}, func(r *db.Row) error {
		d.Candidates = append(d.Candidates, match.Found{Patient: r.Text(0), Rule: r.Text(1)})
		return nil
	})
	return d, err
}
