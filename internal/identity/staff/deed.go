package staff

import (
	"context"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// What is what somebody did to an organisation, to staff or to a client.
type What string

// What can be done.
const (
	OrganisationAdded   What = "organisation-added"
	SiteAdded           What = "site-added"
	TeamAdded           What = "team-added"
	OrganisationClosed  What = "organisation-closed"
	TeamClosed          What = "team-closed"
	PlaceGiven          What = "place-given"
	PlaceEnded          What = "place-ended"
	InvitationMade      What = "invitation-made"
	InvitationUsed      What = "invitation-used"
	InvitationWithdrawn What = "invitation-withdrawn"
	ClientInvited       What = "client-invited"
	ClientAdded         What = "client-added"
	ClientRotated       What = "client-rotated"
	ClientRevoked       What = "client-revoked"
)

var whats = []What{OrganisationAdded, SiteAdded, TeamAdded, OrganisationClosed, TeamClosed, PlaceGiven, PlaceEnded,
	InvitationMade, InvitationUsed, InvitationWithdrawn, ClientInvited, ClientAdded, ClientRotated, ClientRevoked}

// Whats lists them, for a page that has words for each.
func Whats() []What { return append([]What(nil), whats...) }

// needsReason are those that take something away.
func (w What) needsReason() bool {
	switch w {
	case OrganisationClosed, TeamClosed, PlaceEnded, InvitationWithdrawn, ClientRevoked:
		return true
	}
	return false
}

// Deed is one thing that was done. Deeds are never changed and never go.
type Deed struct {
	Seq    int64 // later ones have higher numbers
	At     time.Time
	Actor  string // such as "account:3f2a" or "console:root"
	ByName string // what they are called at work; "" for whoever has no name here
	What   What
	About  string // the id of what it was done to
	Name   string // what that was called then
	Reason string // "" where none is asked for
}

// Note writes down what was done to a client, which is kept elsewhere. What
// takes something away is noted before it is done, so that nothing is ever done
// without a line.
func (s *Staff) Note(ctx context.Context, d Deed) error {
	return s.db.Write(ctx, func(tx *db.Tx) error { return s.note(tx, d) })
}

// note writes a deed in the transaction of what was done. Two nodes wait for
// each other, so that a reader who has seen a number sees no lower one later.
func (s *Staff) note(tx *db.Tx, d Deed) error {
	if d.Actor == "" {
		return problem.New(problem.Invalid, "Say who does this.").Because("staff-no-actor")
	}
	if d.Reason != "" || d.What.needsReason() {
		reason, err := line("reason", d.Reason)
		if err != nil {
			return err
		}
		d.Reason = reason
	}
	if tx.Dialect() == db.Postgres {
		if err := tx.Query("SELECT pg_advisory_xact_lock(hashtextextended('staff deed', 0))", nil, func(*db.Row) error { return nil }); err != nil {
			return err
		}
	}
	_, err := tx.Exec("INSERT INTO staff_deed (at, actor, what, about, name, reason) VALUES ($1, $2, $3, $4, $5, $6)",
		s.now().Unix(), d.Actor, string(d.What), d.About, d.Name, d.Reason)
	return err
}

// History gives what was done, the newest first: at most so many of those with
// lower numbers than before; 0 is from the newest on.
func (s *Staff) History(ctx context.Context, before int64, most int) ([]Deed, error) {
	if before <= 0 {
		before = 1<<63 - 1
	}
	var all []Deed
	err := s.db.Query(ctx, `SELECT d.seq, d.at, d.actor, d.what, d.about, d.name, d.reason, coalesce(w.name, '')
		FROM staff_deed d LEFT JOIN staff_person w ON d.actor = 'account:' || w.account
		WHERE d.seq < $1 ORDER BY d.seq DESC LIMIT $2`, []any{before, bounded(most)}, func(r *db.Row) error {
		all = append(all, Deed{Seq: r.Int64(0), At: moment(r.Int64(1)), Actor: r.Text(2), What: What(r.Text(3)), About: r.Text(4), Name: r.Text(5), Reason: r.Text(6), ByName: r.Text(7)})
		return nil
	})
	return all, err
}

// maxListed bounds what one list gives.
const maxListed = 1_000

// bounded is how many one list gives where somebody wants so many.
func bounded(most int) int64 { return int64(min(max(most, 1), maxListed)) }
