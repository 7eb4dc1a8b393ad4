package mandate

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/notify"
)

// shownAfter is how long after a change by age it is news, and toldAfter how late
// both are still told of one: a server that was away for longer, or that is new
// to this, does not write of what is long over.
const (
	shownAfter = 30 * 24 * time.Hour
	toldAfter  = 7 * 24 * time.Hour
)

// Handover is one step in which age hands a record over to whose it is: a right
// to act for them becomes less, or stops.
type Handover struct {
	Mandate Mandate
	// Name is what the person is called whose record it is, and Age how many years
	// old they are from At on.
	Name string
	Age  int
	At   time.Time
	// Before and After are what the right gives on either side. Over says that it
	// gives nothing from then on.
	Before, After Right
	Over          bool
	Past          bool // it has happened
}

// steps are the changes of a mandate by age between two moments, both of which
// are left out. What the mandate gave no right to before is handed over by
// nothing: who was stopped for another reason hears of no birthday.
func (r *Rules) steps(d Mandate, s subject, can ability, from, to, now time.Time, zone *time.Location) (all []Handover) {
	born := readDate(s.Born)
	if d.stopped() {
		return nil
	}
	for _, at := range r.changes(d, s, from, zone) {
		if !at.Before(to) || d.Status == Suspended && d.Changed.Before(at) {
			break
		}
		was := d
		was.Status = Active
		if at.After(now) && d.Review.After(now) {
			was.Review = at.Add(time.Hour) // that somebody looks at it before is not foretold
		}
		before, had := r.stand(was, s, can, at.Add(-time.Second), zone)
		if !had {
			continue
		}
		after, has := r.stand(was, s, can, at, zone)
		if has && after.Types == before.Types && after.May == before.May {
			continue
		}
		all = append(all, Handover{Mandate: d, Name: s.Name, Age: born.age(dateOf(at.In(zone))), At: at, Before: before, After: after, Over: !has, Past: !at.After(now)})
	}
	return all
}

// byTime is who changes what time changes.
const byTime = "time"

// stopped says that somebody took the right away, or that it never began: what it
// gave before is nobody's to read of.
func (d Mandate) stopped() bool {
	return d.Status == Suspended && (d.Reason != ForReview || d.Quiet || d.ChangedBy != byTime) || d.Status == Ended || d.published == 0
}

// lapsed says of a right whether it stood until the day on which it was to be
// looked at again, and stands no more because nobody did.
func (r *Rules) lapsed(d Mandate, s subject, can ability, now time.Time, zone *time.Location) bool {
	if d.stopped() || d.Review.After(now) || d.Status == Suspended && d.Changed.Before(d.Review) {
		return false
	}
	d.Status = Active
	_, had := r.stand(d, s, can, d.Review.Add(-time.Second), zone)
	return had
}

// HandedOver lists what Mine.Ahead does for the person whose record it is.
func (m *Mandates) HandedOver(ctx context.Context, patient string) ([]Handover, error) {
	all, err := m.list(ctx, " WHERE m.patient = $1 AND m.status <> 'ended' ORDER BY m.made, m.id LIMIT $2", patient, int64(maxListed))
	if err != nil {
		return nil, err
	}
	return m.handovers(ctx, all, true)
}

// handovers are the steps of mandates near now. A person's own pause hides
// nothing from themself.
func (m *Mandates) handovers(ctx context.Context, all []Mandate, own bool) (steps []Handover, err error) {
	now := m.Now()
	for _, d := range all {
		if now.Before(d.Starts) {
			continue
		}
		s, can, err := m.known(ctx, d.Patient)
		if err != nil {
			return nil, err
		}
		if own {
			s.paused = time.Time{}
		}
		steps = append(steps, m.Rules.steps(d, s, can, now.Add(-shownAfter), now.AddDate(0, m.Rules.NoticeMonths, 0), now, m.Zone)...)
	}
	slices.SortStableFunc(steps, func(a, b Handover) int { return a.At.Compare(b.At) })
	return steps, nil
}

// Former is a right that somebody had, and the moment until which.
type Former struct {
	Mandate Mandate
	Until   time.Time
}

// Before lists, for a person, those who could act for them until age ended it, or
// until nobody renewed it, and no others: who was stopped to keep somebody safe,
// or who was asked to go, is not named to one who may be asked about it.
func (m *Mandates) Before(ctx context.Context, patient string) ([]Former, error) {
	all, err := m.list(ctx, " WHERE m.patient = $1 AND m.status <> 'ended' ORDER BY m.made, m.id LIMIT $2", patient, int64(maxListed))
	if err != nil || len(all) == 0 {
		return nil, err
	}
	s, can, err := m.known(ctx, patient)
	if err != nil {
		return nil, err
	}
	s.paused = time.Time{}
	now := m.Now()
	var former []Former
	for _, d := range all {
		for _, h := range m.Rules.steps(d, s, can, d.Starts, now, now, m.Zone) {
			if h.Over {
				former = append(former, Former{d, h.At})
			}
		}
		if m.Rules.lapsed(d, s, can, now, m.Zone) {
			former = append(former, Former{d, d.Review})
		}
	}
	return former, nil
}

// notices writes to both of what age has just changed, once for each change. The
// letters say nothing of whose record it is.
func (m *Mandates) notices(t *tx, d Mandate, s subject, can ability, owner, holds string) error {
	now := m.Now()
	for _, h := range m.Rules.steps(d, s, can, now.Add(-toldAfter), now.Add(time.Second), now, m.Zone) {
		if h.At.Unix() <= d.passed {
			continue
		}
		if _, err := t.Exec("UPDATE mandate SET passed = $2 WHERE id = $1", d.ID, h.At.Unix()); err != nil {
			return err
		}
		if err := errors.Join(m.tell(t, owner, notify.MandateHandedOver), m.tell(t, holds, notify.MandateHandedOver)); err != nil {
			return err
		}
	}
	return nil
}

// Holding lists the rights of the holder of a session that stand now, each with
// what it rests on.
func (m *Mandates) Holding(ctx context.Context, s account.Session) ([]Held, error) {
	if mayHold(s) != nil {
		return nil, nil
	}
	all, err := m.list(ctx, " WHERE"+mine+" AND m.status = 'active' ORDER BY m.made, m.id LIMIT $3", append(holder(s), int64(maxListed))...)
	if err != nil {
		return nil, err
	}
	var held []Held
	for _, d := range all {
		person, can, err := m.known(ctx, d.Patient)
		if err != nil {
			return nil, err
		}
		if r, ok := m.Rules.stand(d, person, can, m.Now(), m.Zone); ok {
			held = append(held, Held{d, r})
		}
	}
	return held, nil
}
