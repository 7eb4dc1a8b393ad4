package account

import (
	"context"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// NeedsSetup says whether there never was an operator, so that every page has
// to show set-up.
func (a *Accounts) NeedsSetup(ctx context.Context) (bool, error) {
	if a.setUp.Load() { // there is no way back, so this is asked of the database until then
		return false, nil
	}
	id, err := a.FirstOperator(ctx)
	if err == nil && id != "" {
		a.setUp.Store(true)
	}
	return err == nil && id == "", err
}

// FirstOperator is the account that was made with the set-up code; empty while
// there is none.
func (a *Accounts) FirstOperator(ctx context.Context) (string, error) {
	var id string
	_, err := a.one(ctx, "SELECT account FROM setup WHERE one = 1", nil, func(r *db.Row) error {
		id = r.Text(0)
		return nil
	})
	return id, err
}

// BeginOperator begins the account of the first operator, for whoever knows the
// set-up code. Once there is an operator no code is good any more.
func (a *Accounts) BeginOperator(ctx context.Context, code *SetupCode, from Source, typed, name string) (Ceremony, error) {
	needed, err := a.NeedsSetup(ctx)
	if err != nil {
		return Ceremony{}, err
	}
	if !needed {
		return Ceremony{}, alreadySetUp()
	}
	if err := code.Check(from, typed); err != nil {
		return Ceremony{}, err
	}
	return a.beginAccount(ctx, from, name, ceremonyOperator, true)
}

// FinishOperator makes the account of the first operator and takes the code
// away. Of several who have the code, on any nodes, one becomes the operator.
// Where only the file could not be removed, the session comes with the error:
// the code is good for nothing any more.
func (a *Accounts) FinishOperator(ctx context.Context, code *SetupCode, id string, answer []byte, passkeyName, device string) (Session, string, error) {
	s, secret, err := a.finishAccount(ctx, id, answer, passkeyName, device, ceremonyOperator, func(t *tx, r row) error {
		n, err := t.Exec("INSERT INTO setup (one, account, at) VALUES (1, $1, $2) ON CONFLICT DO NOTHING", r.ID, a.now().Unix())
		if err == nil && n == 0 {
			err = alreadySetUp()
		}
		return err
	})
	if err != nil {
		return Session{}, "", err
	}
	return s, secret, code.Remove()
}

func alreadySetUp() error {
	return problem.New(problem.Conflict, "This service is set up already. Sign in, or ask its operator to add you.").Because("set-up-already")
}
