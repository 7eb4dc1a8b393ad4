package store

import (
	"context"
	"embed"
	"io/fs"
	"sync"
	"sync/atomic"
	"time"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

//go:embed sql
var steps embed.FS

// Config is what a Store stands on.
type Config struct {
	DB   *db.DB
	Ring *seal.Ring
	Base string // the URL under which resources are served, without a slash at its end
	// Rebuilding opens a store whose index is half made, to finish it.
	Rebuilding bool
	// Now is the clock from which versions get their times; nil is time.Now.
	Now func() time.Time
}

// Store is the versions, the index and the change feed over one database. It
// is safe for concurrent use.
type Store struct {
	// Rejected are the stored search parameters that could not be used when
	// the store was opened.
	Rejected []Rejected

	db   *db.DB
	ring *seal.Ring
	base string
	reg  atomic.Pointer[search.Registry]

	loading sync.Mutex   // one LoadParams at a time
	version atomic.Int64 // of the search parameters in force, as this node knows them

	nums  numbers
	codec *codec
	keys  *keyCache
	wake  chan struct{} // holds a token after a commit, for followers
	clock clock
	lots  lots // small writes on PostgreSQL that share a transaction

	chosen chosen // people's sharing choices
	seen   seen   // what viewers who ask about many may see
	limits limits

	tables       atomic.Pointer[label.Tables] // by which everything is labelled
	labelVersion atomic.Pointer[string]
	heirs        heirs

	hashers [domainEnd - domainFirst]seal.Hasher
	plain   sync.Map // resource type → whether its references all stand under "reference"
	singles sync.Map // search parameter → whether it reads one reference at most
	parts   sync.Map // search parameter → those that together have its values
	owners  sync.Map // resource type → the parameters that say whose record
	known   sync.Map // (param, system) pairs that are in the table sys
}

// limits are the bounds of what one search may do. They are the same for every
// store; a test lowers them, so that it need not make as much as they allow.
type limits struct {
	examined int // maxExamined
	past     int // maxPast
	pastLog  int // maxPastLog
}

var theLimits = limits{examined: maxExamined, past: maxPast, pastLog: maxPastLog}

// Open brings the tables up to date and reads what every call needs, the
// custom search parameters among it.
func Open(ctx context.Context, c Config) (*Store, error) {
	sql, err := fs.Sub(steps, "sql")
	if err != nil {
		return nil, err
	}
	if err := c.DB.Migrate(ctx, "record", sql); err != nil {
		return nil, err
	}
	if err := migrateOptOuts(ctx, c.DB); err != nil {
		return nil, err
	}
	s := &Store{db: c.DB, ring: c.Ring, base: c.Base, limits: theLimits,
		wake: make(chan struct{}, 1), keys: newKeyCache(keyCacheSize)}
	for i := range s.hashers {
		s.hashers[i] = c.Ring.Hasher("index " + string(rune(domainFirst+i)))
	}
	if s.clock.now = c.Now; c.Now == nil {
		s.clock.now = time.Now
	}
	s.reg.Store(search.Base())
	if s.codec, err = newCodec(); err != nil {
		return nil, err
	}
	if err := s.nums.load(ctx, c.DB, search.Base()); err != nil {
		return nil, err
	}
	if err := s.checkRing(ctx); err != nil {
		return nil, err
	}
	if !c.Rebuilding {
		if err := s.checkRebuilt(ctx); err != nil {
			return nil, err
		}
	}
	s.loadHeirs()
	if s.Rejected, err = s.LoadParams(ctx); err != nil {
		return nil, err
	}
	return s, s.startLabels(ctx)
}

// checkRing refuses keys that are not those of this store: what they would
// seal or look up could never be found again.
func (s *Store) checkRing(ctx context.Context) error {
	mine, theirs := s.ring.ID(), ""
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		if _, err := tx.Exec("UPDATE registry SET ring = $1 WHERE ring = ''", mine); err != nil {
			return err
		}
		_, err := tx.One("SELECT ring FROM registry", nil, func(r *db.Row) error {
			theirs = r.Text(0)
			return nil
		})
		return err
	})
	if err == nil && mine != theirs {
		err = problem.New(problem.Invalid, "The key file belongs to another store. Put the key file back that was made with this one, or restore a backup of it.")
	}
	return err
}

// Registry returns the search parameters that are indexed.
func (s *Store) Registry() *search.Registry { return s.reg.Load() }

// Base returns the URL under which resources are served.
func (s *Store) Base() string { return s.base }

// Wake returns a channel that gets a token after commits, so that followers
// need not poll. It is a hint: another node's commits do not reach it.
func (s *Store) Wake() <-chan struct{} { return s.wake }

func (s *Store) committed() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// lost is the fault of a store that does not hold together: never shown, kept
// for the log.
func lost(cause error) error {
	return problem.Wrap(problem.Internal, "A part of the record can't be read. Tell the operator to run bevan verify.", cause)
}
