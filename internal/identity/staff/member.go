package staff

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Member is one person's place in one organisation, in one role.
type Member struct {
	ID           string
	Account      string
	Organisation string
	Team         string // "" for none
	Role         Role
	// Starts is the first moment of it, Ends the first moment after it; Ends is
	// zero while nobody has said.
	Starts, Ends time.Time

	MadeBy, EndedBy, Reason string
	// Name is what its holder is called at work. AddMember takes it where it is
	// given; everywhere else it is read only.
	Name string
}

// AddMember gives an account a place. by is the actor who does it. Two places
// that are the same at the same time are refused.
func (s *Staff) AddMember(ctx context.Context, m Member, by string) (Member, error) {
	m, err := s.checked(m)
	if err != nil {
		return Member{}, err
	}
	if m.Account == "" || by == "" {
		return Member{}, problem.New(problem.Invalid, "Say whose place it is, and who gives it.").Because("place-whose")
	}
	m.MadeBy = by
	err = s.db.Write(ctx, func(tx *db.Tx) error {
		err := s.insertMember(tx, &m)
		if err == nil {
			err = s.note(tx, Deed{Actor: by, What: PlaceGiven, About: m.ID, Name: m.Name})
		}
		return err
	})
	if err != nil {
		return Member{}, err
	}
	s.cache.DropAll()
	s.nudge()
	return m, nil
}

// checked is the place in its one form, with an id, or a problem that says what
// to mend.
func (s *Staff) checked(m Member) (Member, error) {
	now := moment(s.now().Unix())
	if m.Starts.IsZero() {
		m.Starts = now
	}
	if _, err := RoleNamed(string(m.Role)); err != nil {
		return Member{}, err
	}
	switch {
	case !m.Ends.IsZero() && !m.Ends.After(m.Starts):
		return Member{}, problem.New(problem.Invalid, "The end lies before the beginning. Check the two dates.").Because("place-end-early")
	case !m.Ends.IsZero() && !m.Ends.After(now):
		return Member{}, problem.New(problem.Invalid, "The end lies in the past. Give a later date, or none.").Because("place-end-past")
	}
	if m.Name != "" {
		name, err := line("name", m.Name)
		if err != nil {
			return Member{}, err
		}
		m.Name = name
	}
	m.ID, m.MadeBy, m.EndedBy, m.Reason = newID(), "", "", ""
	m.Starts, m.Ends = moment(seconds(m.Starts)), moment(seconds(m.Ends))
	return m, nil
}

func (s *Staff) insertMember(tx *db.Tx, m *Member) error {
	now := s.now().Unix()
	if err := mayPlace(tx, *m); err != nil {
		return err
	}
	if err := known(tx, m, now); err != nil {
		return err
	}
	_, err := tx.Exec("INSERT INTO member (id, account, organisation, team, role, starts, ends, made, made_by) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
		m.ID, m.Account, m.Organisation, m.Team, string(m.Role), m.Starts.Unix(), seconds(m.Ends), now, m.MadeBy)
	if err != nil {
		return err
	}
	return s.changed(tx, kindMember, m.ID, m.MadeBy, later(m.Starts, now), later(m.Ends, now))
}

// later is a moment where it lies ahead, and the zero time otherwise.
func later(at time.Time, now int64) time.Time {
	if at.Unix() > now {
		return at
	}
	return time.Time{}
}

// mayPlace refuses a place in what is closed or not there, and one that the
// account has already.
func mayPlace(tx *db.Tx, m Member) error {
	o, err := organisation(tx, m.Organisation)
	if err == nil && !o.Closed.IsZero() {
		err = closed()
	}
	if err == nil && o.Parent != "" {
		if o, err = organisation(tx, o.Parent); err == nil && !o.Closed.IsZero() {
			err = closed()
		}
	}
	if err != nil {
		return err
	}
	if m.Team != "" {
		open, err := tx.One("SELECT 1 FROM team WHERE id = $1 AND organisation = $2 AND closed = 0", []any{m.Team, m.Organisation}, func(*db.Row) error { return nil })
		if err != nil {
			return err
		}
		if !open {
			return problem.New(problem.NotFound, "There is no open team of that name in this organisation. Look at the list.").Because("place-no-team")
		}
	}
	if tx.Dialect() == db.Postgres { // two nodes that give the same place wait for each other
		if err := tx.Query("SELECT pg_advisory_xact_lock(hashtextextended('member ' || $1, 0))", []any{m.Account}, func(*db.Row) error { return nil }); err != nil {
			return err
		}
	}
	has, err := tx.One(`SELECT 1 FROM member WHERE account = $1 AND organisation = $2 AND team = $3 AND role = $4
		AND (ends = 0 OR ends > $5) AND ($6 = 0 OR starts < $6)`,
		[]any{m.Account, m.Organisation, m.Team, string(m.Role), m.Starts.Unix(), seconds(m.Ends)}, func(*db.Row) error { return nil })
	if err == nil && has {
		err = problem.New(problem.Conflict, "They have this place already, in a part of that time. Look at the list.").Because("place-taken")
	}
	return err
}

// EndMember ends a place at a moment, which may lie ahead; the zero time is
// now. A place that has ended stays as it is. by is the actor who does it.
func (s *Staff) EndMember(ctx context.Context, id string, at time.Time, by, reason string) error {
	now := s.now().Unix()
	end := max(seconds(at), now)
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		name := ""
		known, err := tx.One("SELECT w.name FROM member m JOIN staff_person w ON w.account = m.account WHERE m.id = $1", []any{id}, func(r *db.Row) error { name = r.Text(0); return nil })
		if err != nil {
			return err
		}
		if !known {
			return unknown()
		}
		if err := s.note(tx, Deed{Actor: by, What: PlaceEnded, About: id, Name: name, Reason: reason}); err != nil {
			return err
		}
		operated, err := s.operated(tx)
		if err != nil {
			return err
		}
		n, err := tx.Exec("UPDATE member SET ends = $1, ended_by = $2, reason = $3 WHERE id = $4 AND (ends = 0 OR ends > $5)", end, by, strings.TrimSpace(reason), id, now)
		if err != nil {
			return err
		}
		if n == 0 {
			return errOver
		}
		if err := s.leavesOperator(tx, operated); err != nil {
			return err
		}
		return s.changed(tx, kindMember, id, by, later(moment(end), now))
	})
	s.cache.DropAll() // also after an error that may hide a commit
	s.nudge()
	if errors.Is(err, errOver) {
		return nil
	}
	return err
}

// errOver undoes the line about an end that had come already.
var errOver = errors.New("staff: the place has ended already")

func unknown() error {
	return problem.New(problem.NotFound, "There is no such place. Look at the list of members.").Because("no-place")
}

const memberColumns = "m.id, m.account, m.organisation, m.team, m.role, m.starts, m.ends, m.made_by, m.ended_by, m.reason"

func scanMember(r *db.Row) Member {
	return Member{ID: r.Text(0), Account: r.Text(1), Organisation: r.Text(2), Team: r.Text(3), Role: Role(r.Text(4)),
		Starts: moment(r.Int64(5)), Ends: moment(r.Int64(6)), MadeBy: r.Text(7), EndedBy: r.Text(8), Reason: r.Text(9)}
}

// Members lists the places in an organisation by the names of their holders,
// those that have ended too: at most so many of those behind the place with
// the id after; "" is from the first on.
func (s *Staff) Members(ctx context.Context, org, after string, most int) ([]Member, error) {
	return s.members(ctx, ` WHERE m.organisation = $1 AND ($2 = '' OR (w.name, m.id) > (SELECT x.name, n.id FROM member n JOIN staff_person x ON x.account = n.account WHERE n.id = $2))
		ORDER BY w.name, m.id LIMIT $3`, org, after, bounded(most))
}

// Member finds a place by its id, one that has ended too.
func (s *Staff) Member(ctx context.Context, id string) (Member, error) {
	all, err := s.members(ctx, " WHERE m.id = $1", id)
	if err == nil && len(all) == 0 {
		err = unknown()
	}
	if err != nil {
		return Member{}, err
	}
	return all[0], nil
}

func (s *Staff) members(ctx context.Context, which string, args ...any) ([]Member, error) {
	var all []Member
	err := s.db.Query(ctx, "SELECT "+memberColumns+", w.name FROM member m JOIN staff_person w ON w.account = m.account"+which, args, func(r *db.Row) error {
		m := scanMember(r)
		m.Name = r.Text(10)
		all = append(all, m)
		return nil
	})
	return all, err
}

// standing are the places that are good at $1: begun, not ended, in nothing
// that is closed.
const standing = ` FROM member m JOIN organisation o ON o.id = m.organisation JOIN staff_person w ON w.account = m.account
	LEFT JOIN organisation p ON p.id = o.parent LEFT JOIN team t ON t.id = m.team
	WHERE m.starts <= $1 AND (m.ends = 0 OR m.ends > $1) AND o.closed = 0 AND coalesce(p.closed, 0) = 0 AND coalesce(t.closed, 0) = 0`

// standing gives a place that its account holds now. What is refused is of
// kind Forbidden, whether the place ended, is another's or never was: who asks
// learns nothing about others.
func (s *Staff) standing(ctx context.Context, id, account string) (placed, error) {
	now := s.now()
	p, known, drops := s.cache.Get(id, now)
	if !known {
		all, err := s.placed(ctx, " AND m.id = $2", id)
		if err != nil {
			return placed{}, err
		}
		if len(all) == 1 {
			p = all[0]
			s.cache.Put(id, p, now, drops)
		}
	}
	if p.ID == "" || p.Account != account || account == "" || !p.Ends.IsZero() && !p.Ends.After(now) {
		return placed{}, problem.New(problem.Forbidden, "You no longer work there in that role. Choose another place, or ask the administrator of the organisation.").Because("place-over")
	}
	return p, nil
}
