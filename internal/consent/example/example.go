package example

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

//go:embed sql/*.sql
var steps embed.FS

// Writer is a session over everybody that brings data in.
type Writer interface {
	Transact(ctx context.Context, ops []record.Op) ([]record.Outcome, error)
}

// Config is what the room stands on.
type Config struct {
	DB       *db.DB
	Accounts *account.Accounts
	// Operator is an account as the operator that it is now; the error is of kind
	// Forbidden for one that runs nothing.
	Operator func(ctx context.Context, account string) (access.Who, error)
	// Write gives a session for work that brings data in.
	Write func(ctx context.Context, who access.Who) (Writer, error)
	// Erase erases one record, with all that other rooms keep about it. It may be
	// asked again.
	Erase func(ctx context.Context, by access.Who, patient string) error
	// Owner is the account that a record is linked to, "" for none.
	Owner func(ctx context.Context, patient string) (account string, err error)
	// Zone is where a day begins; nil is the server's own.
	Zone *time.Location
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Examples keeps the example family. It is safe for concurrent use.
type Examples struct{ Config }

// Open makes the tables ready.
func Open(ctx context.Context, c Config) (*Examples, error) {
	files, err := fs.Sub(steps, "sql")
	if err != nil {
		return nil, err
	}
	if err := c.DB.Migrate(ctx, "consent/example", files); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Zone == nil {
		c.Zone = time.Local
	}
	e := &Examples{c}
	c.Accounts.OnClose(e.letGo)
	return e, nil
}

// letGo forgets as whom an account looked round that is closed.
func (e *Examples) letGo(tx *db.Tx, account string) error {
	_, err := tx.Exec("DELETE FROM example_acting WHERE account = $1", account)
	return err
}

// The states of the family.
const (
	making = "making"
	here   = "here"
	going  = "going"
)

// State is what there is of the example family.
type State struct {
	// Here says that it can be looked round with, and Going that it is being
	// removed, or that its removal was stopped and goes on by itself.
	Here, Going bool
}

// State says what there is.
func (e *Examples) State(ctx context.Context) (State, error) {
	s, _, err := e.state(ctx)
	return State{Here: s == here, Going: s == going}, err
}

func (e *Examples) state(ctx context.Context) (state string, at time.Time, err error) {
	err = e.DB.Query(ctx, "SELECT state, at FROM example_family WHERE id = 1", nil, func(r *db.Row) error {
		state, at = r.Text(0), time.Unix(r.Int64(1), 0)
		return nil
	})
	return state, at, err
}

// Person is somebody of the family.
type Person struct {
	Patient string // the logical id of their record
	Name    string
	// Relation is what they are to the others: parent, partner, grandparent,
	// teenager, schoolchild or child.
	Relation string
}

// People lists the family, whatever its state.
func (e *Examples) People(ctx context.Context) (all []Person, err error) {
	err = e.DB.Query(ctx, "SELECT patient, name, relation FROM example_person ORDER BY place", nil, func(r *db.Row) error {
		all = append(all, Person{r.Text(0), r.Text(1), r.Text(2)})
		return nil
	})
	return all, err
}

// Is says whether a record is one of the family.
func (e *Examples) Is(ctx context.Context, patient string) (is bool, err error) {
	err = e.DB.Query(ctx, "SELECT 1 FROM example_person WHERE patient = $1", []any{patient}, func(*db.Row) error {
		is = true
		return nil
	})
	return is, err
}

func noExample() error {
	return problem.New(problem.NotFound, "There is no such example here. Look at the list of people whom you act for.").Because("example-none")
}
