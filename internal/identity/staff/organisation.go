package staff

import (
	"context"
	"regexp"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Organisation is a hospital trust, a practice, a council, or one of their
// sites.
type Organisation struct {
	ID     string
	ODS    string // 3 to 10 capital letters and digits
	Name   string
	Parent string // the id of the organisation that a site belongs to; "" for none
	Made   time.Time
	Closed time.Time // zero while it is open
}

// odsShape is how codes of England's Organisation Data Service look.
var odsShape = regexp.MustCompile(`^[A-Z0-9]{3,10}$`)

// AddOrganisation makes one, or a site of one. A site has no sites. by is the
// actor who does it.
func (s *Staff) AddOrganisation(ctx context.Context, by, ods, name, parent string) (Organisation, error) {
	name, err := line("name", name)
	if err != nil {
		return Organisation{}, err
	}
	if !odsShape.MatchString(ods) {
		return Organisation{}, problem.New(problem.Invalid, "A code has 3 to 10 capital letters and digits, such as RXH or G12345. Check it.").Because("organisation-code")
	}
	o := Organisation{ID: newID(), ODS: ods, Name: name, Parent: parent, Made: moment(s.now().Unix())}
	err = s.db.Write(ctx, func(tx *db.Tx) error { return s.insertOrganisation(tx, by, o) })
	if err != nil {
		return Organisation{}, err
	}
	s.nudge()
	return o, nil
}

func (s *Staff) insertOrganisation(tx *db.Tx, by string, o Organisation) error {
	what := OrganisationAdded
	if o.Parent != "" {
		what = SiteAdded
		of, err := organisation(tx, o.Parent)
		switch {
		case err != nil:
			return err
		case of.Parent != "":
			return problem.New(problem.Conflict, "A site belongs to an organisation, and that one is a site itself. Name the organisation.").Because("organisation-is-site")
		case !of.Closed.IsZero():
			return closed()
		}
	}
	n, err := tx.Exec("INSERT INTO organisation (id, ods, name, parent, made) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (ods) DO NOTHING",
		o.ID, o.ODS, o.Name, o.Parent, o.Made.Unix())
	if err == nil && n == 0 {
		err = problem.New(problem.Conflict, "There is an organisation with this code already. Look at the list.").Because("organisation-code-taken")
	}
	if err == nil {
		err = s.note(tx, Deed{Actor: by, What: what, About: o.ID, Name: o.Name})
	}
	if err == nil {
		err = s.changed(tx, kindOrganisation, o.ID, by)
	}
	return err
}

func closed() error {
	return problem.New(problem.Conflict, "This organisation is closed. Choose one that is open.").Because("organisation-closed")
}

const organisationColumns = "id, ods, name, parent, made, closed"

func scanOrganisation(r *db.Row) Organisation {
	return Organisation{ID: r.Text(0), ODS: r.Text(1), Name: r.Text(2), Parent: r.Text(3), Made: moment(r.Int64(4)), Closed: moment(r.Int64(5))}
}

func organisation(tx *db.Tx, id string) (o Organisation, err error) {
	found, err := tx.One("SELECT "+organisationColumns+" FROM organisation WHERE id = $1", []any{id}, func(r *db.Row) error {
		o = scanOrganisation(r)
		return nil
	})
	if err == nil && !found {
		err = problem.New(problem.NotFound, "There is no such organisation. Look at the list.").Because("no-organisation")
	}
	return o, err
}

// ByODS finds an organisation by its code.
func (s *Staff) ByODS(ctx context.Context, ods string) (o Organisation, err error) {
	found := false
	err = s.db.Query(ctx, "SELECT "+organisationColumns+" FROM organisation WHERE ods = $1", []any{ods}, func(r *db.Row) error {
		o, found = scanOrganisation(r), true
		return nil
	})
	if err == nil && !found {
		err = problem.New(problem.NotFound, "There is no organisation with the code that you gave. Look at the list.").Because("no-organisation-code")
	}
	return o, err
}

// Organisation finds an organisation by its id.
func (s *Staff) Organisation(ctx context.Context, id string) (o Organisation, err error) {
	err = s.db.Read(ctx, func(tx *db.Tx) (err error) {
		o, err = organisation(tx, id)
		return err
	})
	return o, err
}

// Sites lists the sites of an organisation by code, at most 1,000.
func (s *Staff) Sites(ctx context.Context, org string) ([]Organisation, error) {
	return s.organisations(ctx, " WHERE parent = $1 AND parent <> '' ORDER BY ods LIMIT $2", org, maxListed)
}

// Organisations lists those whose code lies behind after, in the order of
// codes, at most so many; closed ones too.
func (s *Staff) Organisations(ctx context.Context, after string, most int) ([]Organisation, error) {
	return s.organisations(ctx, " WHERE ods > $1 ORDER BY ods LIMIT $2", after, bounded(most))
}

func (s *Staff) organisations(ctx context.Context, which string, args ...any) ([]Organisation, error) {
	var all []Organisation
	err := s.db.Query(ctx, "SELECT "+organisationColumns+" FROM organisation"+which, args, func(r *db.Row) error {
		all = append(all, scanOrganisation(r))
		return nil
	})
	return all, err
}

// CloseOrganisation closes an organisation: from now on nobody acts for it or
// its sites. Doing it twice is no error. by is the actor who does it.
func (s *Staff) CloseOrganisation(ctx context.Context, by, id, reason string) error {
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		o, err := organisation(tx, id)
		if err != nil || !o.Closed.IsZero() {
			return err
		}
		if err := s.note(tx, Deed{Actor: by, What: OrganisationClosed, About: id, Name: o.Name, Reason: reason}); err != nil {
			return err
		}
		operated, err := s.operated(tx)
		if err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE organisation SET closed = $1 WHERE id = $2 AND closed = 0", s.now().Unix(), id); err != nil {
			return err
		}
		if err := s.leavesOperator(tx, operated); err != nil {
			return err
		}
		if err := s.changed(tx, kindOrganisation, id, by); err != nil {
			return err
		}
		return s.changedIn(tx, "organisation = $1 OR organisation IN (SELECT id FROM organisation WHERE parent = $1)", id, by)
	})
	s.cache.DropAll()
	s.nudge()
	return err
}

// changedIn puts every place that has not ended in something that was closed on
// the list of what is to be published.
func (s *Staff) changedIn(tx *db.Tx, which, id, by string) error {
	_, err := tx.Exec(`INSERT INTO staff_unpublished (kind, id, due, mark, actor) SELECT 'member', id, $2, $3, $4 FROM member
		WHERE (ends = 0 OR ends > $2) AND (`+which+`) ON CONFLICT (kind, id, due) DO UPDATE SET mark = excluded.mark, actor = excluded.actor`,
		id, s.now().Unix(), newID(), by)
	return err
}
