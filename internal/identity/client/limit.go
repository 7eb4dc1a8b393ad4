package client

import (
	"net/netip"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Source is where a try comes from, as far as it can be told apart. The zero
// Source is unknown, and all that is unknown shares one bound.
type Source struct{ key string }

// SourceOf is the source of an address. An IPv6 customer has a whole /64, so
// that is one source.
func SourceOf(a netip.Addr) Source {
	a = a.Unmap().WithZone("")
	if !a.IsValid() {
		return Source{}
	}
	if p, err := a.Prefix(64); a.Is6() && err == nil {
		return Source{p.String()}
	}
	return Source{a.String()}
}

// rate is a bound on tries: burst at once, and one more each interval (the
// generic cell rate algorithm, ITU-T I.371).
type rate struct {
	interval time.Duration
	burst    int64
}

// The bounds are kept in the database, so that they hold over all nodes
// together.
var (
	registersBySource = rate{2 * time.Minute, 10}
	registersByAll    = rate{10 * time.Second, 200}
	changesByClient   = rate{10 * time.Second, 20}
	devicesByClient   = rate{time.Second, 100}
	devicesBySource   = rate{10 * time.Second, 30}
	codesBySource     = rate{time.Minute, 10}
)

// slots is how many counters there are of each kind. A keyed hash chooses one,
// so that the table can not be made to grow and nobody can choose whose counter
// to fill.
const slots = 1 << 18

type tryKind int64

const (
	tryRegisterSource tryKind = iota + 1
	tryRegisterAll
	tryChange
	tryDeviceClient
	tryDeviceSource
	tryCodeSource
)

// allow counts one try and says whether it is let in.
func (c *Clients) allow(tx *db.Tx, kind tryKind, key string, r rate) (bool, error) {
	now, every := c.now().Unix(), int64(r.interval/time.Second)
	slot := int64(kind)<<32 | int64(c.tries.SumString(key)%slots)
	n, err := tx.Exec(`INSERT INTO client_try (slot, tat) VALUES ($1, $2)
		ON CONFLICT (slot) DO UPDATE SET tat = CASE WHEN client_try.tat > $3 THEN client_try.tat + $4 ELSE $2 END
		WHERE client_try.tat <= $5`, slot, now+every, now, every, now+every*(r.burst-1))
	return n == 1, err
}

func tooMany() error {
	return problem.New(problem.TooMany, "There were too many tries from here. Wait a few minutes, then try again.").Because("client-too-many-tries")
}
