package app

import (
	"context"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/identity/client"
	"github.com/bevanhealth/bevan/internal/identity/match"
	"github.com/bevanhealth/bevan/internal/identity/proof"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// finder finds records for the room that proves who people are. Each look is
// work of this server's, done for whoever claims or decides, with no more than
// reading and searching for Patient; the access log names them.
type finder struct{ door *record.Door }

// maxFound bounds how many records of one birth date are compared. A service
// for ten million people has some three hundred of each, and a few dates, such
// as 1 January, that were written down where nobody knew better.
const maxFound = 5_000

func (f finder) session(ctx context.Context, by string) (*record.Session, error) {
	who := access.Operator(by)
	who.Bound = access.OneType("Patient", access.Read|access.Search)
	return f.door.Open(ctx, access.Job("match", who), record.About{}, access.Operations)
}

// Find gives those with the claimed NHS number and those with the claimed birth
// date. Rules compare sounds, which no index holds, so a date is looked at
// whole.
func (f finder) Find(ctx context.Context, by string, claimed match.Details) (found []match.Candidate, all bool, err error) {
	s, err := f.session(ctx, by)
	if err != nil {
		return nil, false, err
	}
	seen := map[string]bool{}
	all = true
	for _, pair := range []search.Pair{{Name: "identifier", Value: proof.NHSNumbers + "|" + claimed.NHSNumber}, {Name: "birthdate", Value: claimed.Birth}} {
		if pair.Value == "" || pair.Name == "identifier" && claimed.NHSNumber == "" {
			continue
		}
		whole, err := f.each(ctx, s, pair, func(c match.Candidate) bool {
			if !seen[c.Patient] {
				seen[c.Patient] = true
				found = append(found, c)
			}
			return len(found) < maxFound
		})
		if err != nil {
			return nil, false, err
		}
		all = all && whole
	}
	return found, all, nil
}

// each calls fn for what a search finds, as long as it wants more.
func (f finder) each(ctx context.Context, s *record.Session, pair search.Pair, fn func(match.Candidate) bool) (whole bool, err error) {
	q, err := search.Parse(s.Registry(), []string{"Patient"}, nil, []search.Pair{pair, {Name: "_count", Value: "500"}}, search.Options{Strict: true})
	if err != nil {
		return false, err
	}
	cursor := ""
	for {
		page, err := s.Search(ctx, q, cursor)
		if err != nil {
			return false, err
		}
		for _, r := range page.Items {
			c, err := proof.ReadPatient(r.Body)
			if err != nil {
				return false, problem.Wrap(problem.Internal, "", err)
			}
			if !fn(c) {
				return false, nil
			}
		}
		if cursor = page.Next; cursor == "" {
			return true, nil
		}
	}
}

// Patient reads one record.
func (f finder) Patient(ctx context.Context, by, id string) (match.Candidate, error) {
	s, err := f.session(ctx, by)
	if err != nil {
		return match.Candidate{}, err
	}
	r, err := s.Read(ctx, record.Key{Type: "Patient", ID: id}, 0)
	if err != nil {
		return match.Candidate{}, err
	}
	return proof.ReadPatient(r.Body)
}

// permissions ends what apps may do about a record that is not theirs.
type permissions struct{ apps *client.Clients }

// EndAbout ends every permission that an account gave about a record.
func (p permissions) EndAbout(ctx context.Context, account, patient string) error {
	_, err := p.apps.EndAbout(ctx, account, patient)
	return err
}
