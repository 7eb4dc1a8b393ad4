package recall

import (
	"context"
	"crypto/rand"
	"embed"
	"io/fs"
	"time"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/consent/mandate"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/seal"
)

//go:embed sql/*.sql
var steps embed.FS

// Looker is a session about one child, of those who run the service: what the
// child's record holds, and what of it somebody else would see.
type Looker interface {
	Read(ctx context.Context, k record.Key, version int64) (record.Resource, error)
	SeenAs(ctx context.Context, q search.Query, cursor string, as record.Viewer) (record.SeenPage, error)
	Registry() *search.Registry
}

// Follower is a session over everybody that is told what changes.
type Follower interface {
	FollowSome(ctx context.Context, name string, fn func([]record.Change) error) (moved bool, err error)
}

// Config is what the room stands on.
type Config struct {
	DB       *db.DB
	Ring     *seal.Ring
	Forecast Forecaster
	// Follow and Look open the record for the room's own work, with no more than
	// bound. Each look stands in the access log.
	Follow   func(ctx context.Context, bound access.Rights) (Follower, error)
	Look     func(ctx context.Context, patient string, bound access.Rights) (Looker, error)
	Accounts *account.Accounts
	// Owner is the account that a record is linked to, "" for none, and Held who
	// may act for a person now. Both are for reminders.
	Owner func(ctx context.Context, patient string) (account string, err error)
	Held  func(ctx context.Context, patient string) ([]mandate.Held, error)
	// Policy says how reminders are sent and coverage counted; nil is England's.
	Policy *Policy
	// Zone is where days begin; nil is the server's own.
	Zone *time.Location
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Recalls keeps the lists. It is safe for concurrent use.
type Recalls struct {
	Config
	node       string
	practices  seal.Hasher
	programmes seal.Hasher
	children   seal.Hasher
	names      map[int64]Name // programmes, by their hash
	about      Schedule
}

// Open makes the tables ready.
func Open(ctx context.Context, c Config) (*Recalls, error) {
	files, err := fs.Sub(steps, "sql")
	if err != nil {
		return nil, err
	}
	if err := c.DB.Migrate(ctx, "child/recall", files); err != nil {
		return nil, err
	}
	if c.Policy == nil {
		if c.Policy, err = England(); err != nil {
			return nil, err
		}
	}
	if c.Zone == nil {
		c.Zone = time.Local
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	r := &Recalls{Config: c, node: rand.Text(), practices: c.Ring.Hasher("recall practice"), programmes: c.Ring.Hasher("recall programme"),
		children: c.Ring.Hasher("recall child"), names: map[int64]Name{}, about: c.Forecast.Schedule()}
	for _, n := range r.about.Names {
		r.names[r.programme(n.ID)] = n
	}
	if c.Accounts != nil {
		c.Accounts.OnClose(func(tx *db.Tx, id string) error {
			_, err := tx.Exec("DELETE FROM recall_quiet WHERE account = $1", id)
			return err
		})
	}
	return r, nil
}

// rules names all by which a child is reckoned.
func (r *Recalls) rules() string { return r.about.Version + " " + r.Policy.Version }

func (r *Recalls) programme(id string) int64 { return int64(r.programmes.SumString(id)) }

func (r *Recalls) practice(id string) int64 { return int64(r.practices.SumString(id)) }

func (r *Recalls) child(patient string) int64 { return int64(r.children.SumString(patient)) }

// Today is the day that it is where the service is.
func (r *Recalls) Today() Day { return DayOf(r.Now().In(r.Zone)) }

// Programmes lists the vaccinations that a list can be narrowed to.
func (r *Recalls) Programmes() []Name { return r.about.Names }

// Version names the schedule and the policy by which everything is reckoned.
func (r *Recalls) Version() string { return r.rules() }

// SignedOff says that somebody answers for both.
func (r *Recalls) SignedOff() bool { return r.about.SignedOff && r.Policy.SignedOff != nil }

// Forget takes away what is kept of a person whose record is erased. Doing it
// twice is no error.
func (r *Recalls) Forget(ctx context.Context, patient string) error {
	return r.DB.Write(ctx, func(tx *db.Tx) error {
		if err := r.drop(tx, patient); err != nil {
			return err
		}
		for _, table := range []string{"recall_reminder", "recall_changed"} {
			if _, err := tx.Exec("DELETE FROM "+table+" WHERE patient = $1", patient); err != nil {
				return err
			}
		}
		return nil
	})
}

// drop takes a child off every list.
func (r *Recalls) drop(tx *db.Tx, patient string) error {
	for _, table := range []string{"recall_child", "recall_due"} {
		if _, err := tx.Exec("DELETE FROM "+table+" WHERE patient = $1", patient); err != nil {
			return err
		}
	}
	_, err := tx.Exec("DELETE FROM recall_cover WHERE child = $1", r.child(patient))
	return err
}
