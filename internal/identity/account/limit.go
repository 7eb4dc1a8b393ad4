package account

import (
	"net/netip"
	"sync"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

// Source is where a try comes from, as far as it can be told apart. The zero
// Source is unknown, and all that is unknown shares one bound.
type Source struct{ key string }

// SourceOf is the source of an address. An IPv6 customer has a whole /64, so
// that is one source.
func SourceOf(a netip.Addr) Source {
	a = a.Unmap().WithZone("")
	if a.Is6() {
		p, err := a.Prefix(64)
		if err != nil {
			return Source{}
		}
		return Source{p.String()}
	}
	if !a.IsValid() {
		return Source{}
	}
	return Source{a.String()}
}

// rate is a bound on tries: burst at once, and one more each interval. It is
// kept as one number, the theoretical arrival time of the generic cell rate
// algorithm (ITU-T I.371): a try is let in while that time is no further ahead
// than the burst, and moves it on by the interval.
type rate struct {
	interval time.Duration
	burst    int64
}

func (r rate) ahead() time.Duration { return r.interval * time.Duration(r.burst-1) }

// Bounds. Those of guesses are kept in the database, so that they hold over
// all nodes together; that of ceremonies guards memory and disk of one node and
// is kept in its memory.
var (
	guessesBySource  = rate{time.Minute, 10}
	guessesByAccount = rate{30 * time.Minute, 10} // with maxFails, less than one chance in two thousand
	codesByAccount   = rate{10 * time.Minute, 5}
	codesByAddress   = rate{10 * time.Minute, 5} // so that nobody is flooded with codes
	// A person types their details once or twice. Each try that is let in says
	// of one set of details whether they are somebody's, so a source that many
	// share gets few, and an account, of which anybody may make another, fewer.
	proofBySource  = rate{10 * time.Minute, 20}
	proofByAccount = rate{2 * time.Hour, 6}
	floodBySource  = rate{100 * time.Millisecond, 100}
)

// maxFails is how many wrong time codes in a row turn codes off until the
// person sets them up again. It stops slow guessing over months (NIST SP
// 800-63B, 5.2.2). Passkeys are not touched by it.
const maxFails = 100

// Slots for each kind of bound. Sources and addresses are counted in so many
// slots, chosen by a keyed hash: the table can not be made to grow, and
// nobody can choose whose slot to fill.
const slots = 1 << 18

type slotKind int64

const (
	slotSource slotKind = iota + 1
	slotAccountCodes
	slotAddressCodes
	slotProofSource
	slotProofAccount
)

// allow counts one try and says whether it is let in. The statement is the
// same whatever the outcome.
func (a *Accounts) allow(t *tx, kind slotKind, key string, r rate) (bool, error) {
	now := a.now().Unix()
	every := int64(r.interval / time.Second)
	slot := int64(kind)<<32 | int64(a.slotHash.SumString(key)%slots)
	n, err := t.Exec(`INSERT INTO try_slot (slot, tat) VALUES ($1, $2)
		ON CONFLICT (slot) DO UPDATE SET tat = CASE WHEN try_slot.tat > $3 THEN try_slot.tat + $4 ELSE $2 END
		WHERE try_slot.tat <= $5`, slot, now+every, now, every, now+int64(r.ahead()/time.Second))
	return n == 1, err
}

func flooded() error {
	return problem.New(problem.TooMany, "There were too many requests from here at once. Wait a moment, then try again.").Because("too-many-requests")
}

func tooMany() error {
	return problem.New(problem.TooMany, "There were too many tries from here. Wait a few minutes, then try again. A passkey works at once.").Because("too-many-tries")
}

// flood bounds by source in memory that does not grow. A source is counted in
// two slots and refused when both are full, so that sharing one with somebody
// else does no harm.
type flood struct {
	hash  [2]seal.Hasher
	mu    sync.Mutex
	until [2][floodSlots]int64 // theoretical arrival times, microseconds
}

// floodSlots is enough that ten thousand sources at once do not get in each
// other's way; it takes a megabyte.
const floodSlots = 1 << 16

func newFlood(ring *seal.Ring) *flood {
	return &flood{hash: [2]seal.Hasher{ring.Hasher("account flood 0"), ring.Hasher("account flood 1")}}
}

func (f *flood) allow(s Source, r rate, at time.Time) bool {
	now, most := at.UnixMicro(), at.Add(r.ahead()).UnixMicro()
	f.mu.Lock()
	defer f.mu.Unlock()
	ok := false
	for i := range f.until {
		u := &f.until[i][f.hash[i].SumString(s.key)%floodSlots]
		if *u <= most {
			ok = true
			*u = max(*u, now) + r.interval.Microseconds()
		}
	}
	return ok
}

// sweepSlots forgets what is over, so that the table is small in quiet times.
func (a *Accounts) sweepSlots(t *db.Tx) error {
	_, err := t.Exec("DELETE FROM try_slot WHERE slot IN (SELECT slot FROM try_slot WHERE tat < $1 LIMIT 1000)", a.now().Unix())
	return err
}
