package talk

import (
	"context"
	"embed"
	"io/fs"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/child/recall"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/seal"
)

//go:embed sql/*.sql
var steps embed.FS

// Looker is a session about one person, of those who run the service: what the record
// holds, and what of it somebody else would see.
type Looker interface {
	Search(ctx context.Context, q search.Query, cursor string) (record.Page, error)
	SeenAs(ctx context.Context, q search.Query, cursor string, as record.Viewer) (record.SeenPage, error)
	Registry() *search.Registry
}

// Config is what the room stands on.
type Config struct {
	// Recalls has who may be told of a child, what they chose to be told, and the
	// turns of several nodes. The database, keys and clock are its own.
	Recalls *recall.Recalls
	// Follow and Look open the record for the room's own work, with no more than
	// bound. Each look stands in the access log.
	Follow func(ctx context.Context, bound access.Rights) (recall.Follower, error)
	Look   func(ctx context.Context, patient string, bound access.Rights) (Looker, error)
	// Account is whose a Practitioner of the record is, by its id; "" for nobody's.
	Account func(ctx context.Context, practitioner string) (account string, err error)
}

// Talks keeps which notes wait, and tells of new ones. It is safe for concurrent use.
type Talks struct {
	Config
	db    *db.DB
	ring  *seal.Ring
	teams seal.Hasher
}

// Open makes the tables ready.
func Open(ctx context.Context, c Config) (*Talks, error) {
	files, err := fs.Sub(steps, "sql")
	if err != nil {
		return nil, err
	}
	t := &Talks{Config: c, db: c.Recalls.DB, ring: c.Recalls.Ring, teams: c.Recalls.Ring.Hasher("talk team")}
	return t, t.db.Migrate(ctx, "child/talk", files)
}

func (t *Talks) team(organisation string) int64 { return int64(t.teams.SumString(organisation)) }

// Forget takes away what is kept of somebody whose record is erased. Doing it twice
// is no error.
func (t *Talks) Forget(ctx context.Context, patient string) error {
	return t.db.Write(ctx, func(tx *db.Tx) error {
		if err := drop(tx, patient); err != nil {
			return err
		}
		_, err := tx.Exec("DELETE FROM talk_told WHERE patient = $1", patient)
		return err
	})
}

// drop takes somebody off every list.
func drop(tx *db.Tx, patient string) error {
	if _, err := tx.Exec("DELETE FROM talk_team WHERE patient = $1", patient); err != nil {
		return err
	}
	_, err := tx.Exec("DELETE FROM talk_wait WHERE patient = $1", patient)
	return err
}
