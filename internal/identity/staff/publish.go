package staff

import (
	"context"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
)

// News is an organisation or a place of which the record does not say yet what
// is true now.
type News struct {
	Organisation *Organisation // one of the two
	Member       *Member
	// Person is whose place it is, and Stands whether it is good now.
	Person Person
	Stands bool
	// Works is whether the person has any place that is good now.
	Works bool
	// Actor is for whom it is written.
	Actor string

	kind, id, mark string
	due            int64
}

const (
	kindOrganisation = "organisation"
	kindMember       = "member"
)

// changed puts something on the list of what is not in the record yet: now,
// and again in each moment that is given and not zero.
func (s *Staff) changed(tx *db.Tx, kind, id, actor string, also ...time.Time) error {
	for _, at := range append([]time.Time{s.now()}, also...) {
		if at.IsZero() {
			continue
		}
		_, err := tx.Exec(`INSERT INTO staff_unpublished (kind, id, due, mark, actor) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (kind, id, due) DO UPDATE SET mark = excluded.mark, actor = excluded.actor`, kind, id, at.Unix(), newID(), actor)
		if err != nil {
			return err
		}
	}
	return nil
}

// Changed is ready to be received from when this node has changed something.
func (s *Staff) Changed() <-chan struct{} { return s.wake }

func (s *Staff) nudge() {
	select {
	case s.wake <- struct{}{}:
	default: // somebody is on the way already
	}
}

// Unpublished gives what is not in the record yet, at most so much of it:
// organisations before the places in them. Whoever has written one says so to
// Published. To write one twice does no harm.
func (s *Staff) Unpublished(ctx context.Context, most int) ([]News, error) {
	var all []News
	now := s.now().Unix()
	err := s.db.Query(ctx, "SELECT kind, id, due, mark, actor FROM staff_unpublished WHERE due <= $1 ORDER BY kind DESC, due, id LIMIT $2", []any{now, bounded(most)}, func(r *db.Row) error {
		all = append(all, News{kind: r.Text(0), id: r.Text(1), due: r.Int64(2), mark: r.Text(3), Actor: r.Text(4)})
		return nil
	})
	for i := range all {
		if err == nil {
			err = s.fill(ctx, &all[i], now)
		}
	}
	return all, err
}

// fill reads what the news is about, as it is now.
func (s *Staff) fill(ctx context.Context, n *News, now int64) error {
	if n.kind == kindOrganisation {
		return s.db.Query(ctx, "SELECT "+organisationColumns+" FROM organisation WHERE id = $1", []any{n.id}, func(r *db.Row) error {
			o := scanOrganisation(r)
			n.Organisation = &o
			return nil
		})
	}
	all, err := s.members(ctx, " WHERE m.id = $1", n.id)
	if err != nil || len(all) == 0 {
		return err
	}
	n.Member = &all[0]
	if n.Person, err = s.Person(ctx, n.Member.Account); err != nil {
		return err
	}
	return s.db.Query(ctx, "SELECT m.id"+standing+" AND m.account = $2", []any{now, n.Member.Account}, func(r *db.Row) error {
		n.Works = true
		n.Stands = n.Stands || r.Text(0) == n.id
		return nil
	})
}

// Published says that the news is in the record. What changed since it was
// given stays on the list.
func (s *Staff) Published(ctx context.Context, n News) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM staff_unpublished WHERE kind = $1 AND id = $2 AND due = $3 AND mark = $4", n.kind, n.id, n.due, n.mark)
		return err
	})
}
