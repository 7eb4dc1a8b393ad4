package recall

import (
	"context"
	"encoding/json"
	"slices"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/notify"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// The kinds of the room's work.
const (
	// RemindKind sends reminders, and RenewKind reckons every child anew by
	// another schedule.
	RemindKind = "recall-reminders"
	RenewKind  = "recall-renew"
)

// Handle registers the work with the queue, before its Start.
func (r *Recalls) Handle(q *jobs.Queue) {
	q.Handle(RemindKind, r.remind)
	q.Handle(RenewKind, r.renew)
}

// Start asks for one kind of work, in the name of those who run the service.
// While it waits or runs, another is not begun: the one that there is, is given.
func (r *Recalls) Start(ctx context.Context, q *jobs.Queue, kind string, by access.Who) (int64, error) {
	last, err := q.List(ctx, kind, 1)
	if err != nil {
		return 0, err
	}
	if len(last) == 1 && !last[0].State.Ended() {
		return last[0].ID, nil
	}
	return q.Add(ctx, jobs.Spec{Kind: kind, By: by, Purpose: access.Operations})
}

// Sent is what a round of reminders came to.
type Sent struct {
	Children int64 `json:"children"` // of whom somebody was told
	Messages int64 `json:"messages"` // accounts that were told
}

// Round is where a round has come to.
type Round struct {
	After string `json:"after"` // the last child
	Done  int64  `json:"done"`
	Sent  Sent   `json:"sent"`
}

// remindPage is how many children are looked at before progress is saved.
const remindPage = 50

// remind is one round of reminders as work.
func (r *Recalls) remind(ctx context.Context, j *jobs.Job) error {
	var at Round
	if j.Spot != nil {
		if err := json.Unmarshal(j.Spot, &at); err != nil {
			return problem.Wrap(problem.Internal, "", err)
		}
	}
	sent, err := r.Send(ctx, at, func(at Round, total int64) error {
		spot, err := json.Marshal(at)
		if err != nil {
			return problem.Wrap(problem.Internal, "", err)
		}
		return j.Save(at.Done, total, spot)
	})
	if err != nil {
		return err
	}
	b, err := json.Marshal(sent)
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	j.Result(b)
	return nil
}

// Send is one round of reminders from where it has come to, by child; save keeps
// its place. The row that says that a reminder was sent is written with the message
// itself, so that a round which is stopped anywhere and begun again sends nothing
// twice.
func (r *Recalls) Send(ctx context.Context, at Round, save func(at Round, total int64) error) (Sent, error) {
	total, err := r.howMany(ctx)
	if err != nil {
		return Sent{}, err
	}
	for total += at.Done; ; {
		all, err := r.remindable(ctx, at.After)
		if err != nil || len(all) == 0 {
			return at.Sent, err
		}
		for _, patient := range all {
			n, err := r.remindOf(ctx, patient)
			if err != nil {
				return at.Sent, err
			}
			if at.After = patient; n > 0 {
				at.Sent.Children++
				at.Sent.Messages += int64(n)
			}
		}
		at.Done += int64(len(all))
		if err := save(at, max(at.Done, total)); err != nil {
			return at.Sent, err
		}
	}
}

// The children for whom a dose is due, and of whom nobody was told of it lately
// or often: the condition is the same for the count and the list.
const remindWhere = ` FROM recall_due d WHERE d.due <= $1 AND d.until >= $2 AND d.rest <= $2 AND NOT EXISTS (SELECT 1 FROM recall_reminder m
	WHERE m.patient = d.patient AND m.programme = d.programme AND m.dose = d.dose AND (m.at > $3 OR m.times >= $4))`

func (r *Recalls) remindArgs() []any {
	p := r.Policy.Reminders
	today := int64(r.Today())
	return []any{today + int64(p.Before), today, r.Now().AddDate(0, 0, -7*p.Weeks).Unix(), int64(p.Most)}
}

func (r *Recalls) howMany(ctx context.Context) (n int64, err error) {
	err = r.DB.Query(ctx, "SELECT count(DISTINCT d.patient)"+remindWhere, r.remindArgs(), func(row *db.Row) error { n = row.Int64(0); return nil })
	return n, err
}

func (r *Recalls) remindable(ctx context.Context, after string) (all []string, err error) {
	err = r.DB.Query(ctx, "SELECT DISTINCT d.patient"+remindWhere+" AND d.patient > $5 ORDER BY d.patient LIMIT $6",
		append(r.remindArgs(), after, int64(remindPage)), func(row *db.Row) error { all = append(all, row.Text(0)); return nil })
	return all, err
}

// Told is somebody who may be told of a child.
type Told struct {
	Account string
	Own     bool // it is the child
	// As is how they look at the record: nobody is told of what their own look does
	// not show.
	As record.Viewer
}

func (t Told) kind() notify.Kind {
	if t.Own {
		return notify.OwnBookDue
	}
	return notify.ChildBookDue
}

// Audience are those who may be told of a child now and want to be: the child, and
// who acts for them and may see their record.
func (r *Recalls) Audience(ctx context.Context, patient string) ([]Told, error) {
	all, err := r.everybody(ctx, patient)
	if err != nil {
		return nil, err
	}
	out := all[:0]
	for _, t := range all {
		since, err := r.Quiet(ctx, t.Account)
		if err != nil {
			return nil, err
		}
		if since == 0 {
			out = append(out, t)
		}
	}
	return out, nil
}

func (r *Recalls) everybody(ctx context.Context, patient string) (all []Told, err error) {
	owner, err := r.Owner(ctx, patient)
	if err != nil {
		return nil, err
	}
	if owner != "" {
		all = append(all, Told{owner, true, record.Viewer{Why: access.Own, Who: access.Who{Actor: "account:" + owner, Kind: access.Person, Role: access.RoleSelf,
			User: "Patient/" + patient, Patient: patient, Bound: access.AllTypes(access.Looking)}}})
	}
	held, err := r.Held(ctx, patient)
	if err != nil {
		return nil, err
	}
	for _, h := range held {
		account := h.Relation.Account
		if account == "" && h.Relation.Record != "" {
			if account, err = r.Owner(ctx, h.Relation.Record); err != nil {
				return nil, err
			}
		}
		if account != "" && h.Right.May&mandate.Look != 0 && !slices.ContainsFunc(all, func(t Told) bool { return t.Account == account }) {
			all = append(all, Told{account, false, record.Viewer{Why: access.Proxy, Who: h.Right.Who("account:"+account, access.AllTypes(access.Looking))}})
		}
	}
	return all, nil
}

// remindOf tells those who may be told of a child, and says how many that were.
// Each is told only of what their own look at the record says is due, so that no
// message tells of what is hidden from them.
func (r *Recalls) remindOf(ctx context.Context, patient string) (n int, err error) {
	all, err := r.Audience(ctx, patient)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	s, err := r.Look(ctx, patient, ofReads(access.Read|access.Search))
	if err != nil {
		return 0, err
	}
	var due []line
	all, err = r.whoSeeIt(ctx, s, all, &due)
	if err != nil || len(all) == 0 {
		return 0, err
	}
	err = r.DB.Write(ctx, func(tx *db.Tx) error {
		n = 0
		fresh, err := r.noteReminders(tx, patient, due)
		if err != nil || !fresh {
			return err
		}
		for _, t := range all {
			if err := r.Accounts.Tell(tx, t.Account, t.kind()); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	return n, err
}

// whoSeeIt are those by whose own look something is due, and what that is.
func (r *Recalls) whoSeeIt(ctx context.Context, s Looker, all []Told, due *[]line) (out []Told, err error) {
	today, before := r.Today(), Day(r.Policy.Reminders.Before)
	for _, t := range all {
		entries, _, err := r.seenBy(ctx, s, t.As)
		if err != nil {
			return nil, err
		}
		v, err := r.view(entries, today)
		if err != nil {
			return nil, err
		}
		theirs := slices.DeleteFunc(r.lines(v), func(l line) bool { return !l.on(today, before) })
		if len(theirs) == 0 {
			continue
		}
		out = append(out, t)
		for _, l := range theirs {
			if !slices.ContainsFunc(*due, func(o line) bool { return o.programme == l.programme && o.dose == l.dose }) {
				*due = append(*due, l)
			}
		}
	}
	return out, nil
}

// noteReminders writes down that a reminder is sent for each of some doses, and
// says whether there is one among them for which it is time.
func (r *Recalls) noteReminders(tx *db.Tx, patient string, due []line) (fresh bool, err error) {
	now, p := r.Now(), r.Policy.Reminders
	before := now.AddDate(0, 0, -7*p.Weeks).Unix()
	for _, l := range due {
		n, err := tx.Exec(`INSERT INTO recall_reminder (patient, programme, dose, at, times) VALUES ($1, $2, $3, $4, 1)
			ON CONFLICT (patient, programme, dose) DO UPDATE SET at = excluded.at, times = recall_reminder.times + 1
			WHERE recall_reminder.at <= $5 AND recall_reminder.times < $6`, patient, r.programme(l.programme), int64(l.dose), now.Unix(), before, int64(p.Most))
		if err != nil {
			return false, err
		}
		fresh = fresh || n > 0
	}
	return fresh, nil
}

// Quiet says since when an account wants no reminders; 0 is that it does.
func (r *Recalls) Quiet(ctx context.Context, account string) (since int64, err error) {
	err = r.DB.Query(ctx, "SELECT since FROM recall_quiet WHERE account = $1", []any{account}, func(row *db.Row) error { since = row.Int64(0); return nil })
	return since, err
}

// SetQuiet keeps whether an account wants no reminders.
func (r *Recalls) SetQuiet(ctx context.Context, account string, quiet bool) error {
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		if !quiet {
			_, err := tx.Exec("DELETE FROM recall_quiet WHERE account = $1", account)
			return err
		}
		_, err := tx.Exec("INSERT INTO recall_quiet (account, since) VALUES ($1, $2) ON CONFLICT (account) DO NOTHING", account, r.Now().Unix())
		return err
	})
}
