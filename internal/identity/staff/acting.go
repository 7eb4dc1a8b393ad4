package staff

import (
	"context"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Acting is a member of staff at work: who, for whom, and as what. It is true
// of the moment in which it was asked for, so it is asked for at each request
// and kept nowhere.
type Acting struct {
	Member       string // the id of the place
	Account      string
	Organisation Organisation
	Team         Team // the zero Team for none
	Role         Role
	// Name is what they are called at work, and Practitioner the reference by
	// which the record names them, such as "Practitioner/3f2a".
	Name, Practitioner string
}

// Actor names them for logs: the account is who answers for what is done.
func (a Acting) Actor() string { return Actor(a.Account) }

// Actor names an account for logs.
func Actor(account string) string { return "account:" + account }

// ActingIn is who acts in a place, which is one that a session has chosen
// (account.Session.Acting, which is empty for whoever may not act). Once the
// place has ended, or what it is in was closed, the refusal is of kind
// Forbidden.
func (s *Staff) ActingIn(ctx context.Context, place, account string) (Acting, error) {
	if place == "" {
		return Acting{}, problem.New(problem.Forbidden, "This page is for people who work here. Choose where you work, then go on.").Because("staff-only")
	}
	p, err := s.standing(ctx, place, account)
	if err != nil {
		return Acting{}, err
	}
	return p.acting(), nil
}

// placed is a place with what it is in and whose it is.
type placed struct {
	Member
	org          Organisation
	team         Team
	name         string
	practitioner string
}

func (p placed) acting() Acting {
	return Acting{Member: p.ID, Account: p.Account, Organisation: p.org, Team: p.team, Role: p.Role, Name: p.name,
		Practitioner: "Practitioner/" + p.practitioner}
}

// PlacesOf lists the places that an account may act in now, for its holder to
// choose from, at most 1,000.
func (s *Staff) PlacesOf(ctx context.Context, account string) ([]Acting, error) {
	all, err := s.placed(ctx, " AND m.account = $2 ORDER BY o.name, m.role, m.id LIMIT $3", account, maxListed)
	if err != nil {
		return nil, err
	}
	out := make([]Acting, len(all))
	for i, p := range all {
		out[i] = p.acting()
	}
	return out, nil
}

// placed reads places that are good now.
func (s *Staff) placed(ctx context.Context, which string, args ...any) ([]placed, error) {
	var all []placed
	err := s.db.Query(ctx, "SELECT "+memberColumns+", o.id, o.ods, o.name, o.parent, o.made, coalesce(t.id, ''), coalesce(t.name, ''), coalesce(t.made, 0), w.name, w.practitioner"+
		standing+which, append([]any{s.now().Unix()}, args...), func(r *db.Row) error {
		p := placed{Member: scanMember(r), name: r.Text(18), practitioner: r.Text(19)}
		p.org = Organisation{ID: r.Text(10), ODS: r.Text(11), Name: r.Text(12), Parent: r.Text(13), Made: moment(r.Int64(14))}
		if p.Team != "" {
			p.team = Team{ID: r.Text(15), Organisation: p.org.ID, Name: r.Text(16), Made: moment(r.Int64(17))}
		}
		all = append(all, p)
		return nil
	})
	return all, err
}
