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

// AddOrganisation makes one, or a site of one. A site has no sites.
func (s *Staff) AddOrganisation(ctx context.Context, ods, name, parent string) (Organisation, error) {
	name, err := line("name", name)
	if err != nil {
		return Organisation{}, err
	}
	if !odsShape.MatchString(ods) {
		return Organisation{}, problem.New(problem.Invalid, "A code has 3 to 10 capital letters and digits, such as RXH or G12345. Check it.")
	}
	o := Organisation{ID: newID(), ODS: ods, Name: name, Parent: parent, Made: moment(s.now().Unix())}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		if parent != "" {
			of, err := organisation(tx, parent)
			switch {
			case err != nil:
				return err
			case of.Parent != "":
				return problem.New(problem.Conflict, "A site belongs to an organisation, and that one is a site itself. Name the organisation.")
			case !of.Closed.IsZero():
				return closed()
			}
		}
		taken, err := tx.One("SELECT 1 FROM organisation WHERE ods = $1", []any{ods}, func(*db.Row) error { return nil })
		if err != nil {
			return err
		}
		if taken {
			return problem.New(problem.Conflict, "There is an organisation with this code already. Look at the list.")
		}
		_, err = tx.Exec("INSERT INTO organisation (id, ods, name, parent, made) VALUES ($1, $2, $3, $4, $5)",
			o.ID, o.ODS, o.Name, o.Parent, o.Made.Unix())
		return err
	})
	if err != nil {
		return Organisation{}, err
	}
	return o, nil
}

func closed() error {
	return problem.New(problem.Conflict, "This organisation is closed. Choose one that is open.")
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
		err = problem.New(problem.NotFound, "There is no such organisation. Look at the list.")
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
		err = problem.New(problem.NotFound, "There is no organisation with the code that you gave. Look at the list.")
	}
	return o, err
}

// maxListed bounds what one list gives.
const maxListed = 1_000

// Organisations lists those whose code lies behind after, in the order of
// codes, at most 1,000; closed ones too.
func (s *Staff) Organisations(ctx context.Context, after string) ([]Organisation, error) {
	var all []Organisation
	err := s.db.Query(ctx, "SELECT "+organisationColumns+" FROM organisation WHERE ods > $1 ORDER BY ods LIMIT $2", []any{after, maxListed}, func(r *db.Row) error {
		all = append(all, scanOrganisation(r))
		return nil
	})
	return all, err
}

// CloseOrganisation closes an organisation: from now on nobody acts for it or
// its sites. Doing it twice is no error.
func (s *Staff) CloseOrganisation(ctx context.Context, id string) error {
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		o, err := organisation(tx, id)
		if err != nil || !o.Closed.IsZero() {
			return err
		}
		_, err = tx.Exec("UPDATE organisation SET closed = $1 WHERE id = $2", s.now().Unix(), id)
		return err
	})
	s.cache.DropAll()
	return err
}
