package staff

import (
	"context"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Team is a group of people in an organisation or a site, such as the
// community nurses of one town.
type Team struct {
	ID, Organisation, Name string
	Made, Closed           time.Time
}

// AddTeam makes a team. by is the actor who does it.
func (s *Staff) AddTeam(ctx context.Context, by, org, name string) (Team, error) {
	name, err := line("name", name)
	if err != nil {
		return Team{}, err
	}
	t := Team{ID: newID(), Organisation: org, Name: name, Made: moment(s.now().Unix())}
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		o, err := organisation(tx, org)
		if err != nil {
			return err
		}
		if !o.Closed.IsZero() {
			return closed()
		}
		taken, err := tx.One("SELECT 1 FROM team WHERE organisation = $1 AND name = $2", []any{org, name}, func(*db.Row) error { return nil })
		if err != nil {
			return err
		}
		if taken {
			return problem.New(problem.Conflict, "This organisation has a team of that name already. Choose another name.").Because("team-name-taken")
		}
		_, err = tx.Exec("INSERT INTO team (id, organisation, name, made) VALUES ($1, $2, $3, $4)", t.ID, t.Organisation, t.Name, t.Made.Unix())
		if err == nil {
			err = s.note(tx, Deed{Actor: by, What: TeamAdded, About: t.ID, Name: t.Name})
		}
		return err
	})
	if err != nil {
		return Team{}, err
	}
	return t, nil
}

// Teams lists the teams of an organisation by name, at most 1,000.
func (s *Staff) Teams(ctx context.Context, org string) ([]Team, error) {
	var all []Team
	err := s.db.Query(ctx, "SELECT id, organisation, name, made, closed FROM team WHERE organisation = $1 ORDER BY name LIMIT $2", []any{org, maxListed}, func(r *db.Row) error {
		all = append(all, Team{ID: r.Text(0), Organisation: r.Text(1), Name: r.Text(2), Made: moment(r.Int64(3)), Closed: moment(r.Int64(4))})
		return nil
	})
	return all, err
}

// CloseTeam closes a team: nobody acts in it any more. Doing it twice is no
// error. by is the actor who does it.
func (s *Staff) CloseTeam(ctx context.Context, by, id, reason string) error {
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		name, gone := "", false
		found, err := tx.One("SELECT name, closed FROM team WHERE id = $1", []any{id}, func(r *db.Row) error {
			name, gone = r.Text(0), r.Int64(1) != 0
			return nil
		})
		switch {
		case err != nil:
			return err
		case !found:
			return problem.New(problem.NotFound, "There is no such team. Look at the list.").Because("no-team")
		case gone:
			return nil
		}
		if err := s.note(tx, Deed{Actor: by, What: TeamClosed, About: id, Name: name, Reason: reason}); err != nil {
			return err
		}
		operated, err := s.operated(tx)
		if err != nil {
			return err
		}
		if _, err := tx.Exec("UPDATE team SET closed = $1 WHERE id = $2 AND closed = 0", s.now().Unix(), id); err != nil {
			return err
		}
		if err := s.leavesOperator(tx, operated); err != nil {
			return err
		}
		return s.changedIn(tx, "team = $1", id, by)
	})
	s.cache.DropAll()
	s.nudge()
	return err
}
