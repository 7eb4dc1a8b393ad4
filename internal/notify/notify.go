package notify

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

//go:embed sql/*.sql
var steps embed.FS

// Medium is how an address is reached.
type Medium string

// The media that are known.
const (
	Email Medium = "email"
	Phone Medium = "phone"
)

// Message is one piece of news for one address.
type Message struct {
	Medium  Medium
	Address string
	Kind    Kind
	// Code is for ConfirmAddress, and empty otherwise.
	Code string
	// At is when it happened.
	At time.Time
	// ID is the same for each try of one message, and of no other. The outbox
	// gives it; what is put has none.
	ID string
}

// Format hides the address and the code under every verb.
func (m Message) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "(message %s by %s)", m.Kind, m.Medium)
}

// LogValue hides the same from structured logs.
func (m Message) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(m)) }

// Sender takes messages out, by mail or telephone. A nil error means that
// somebody else has the message now and answers for it. An error means that it
// is tried again later, unless it is Refused.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// Outbox holds messages until they are sent. It is safe for concurrent use.
type Outbox struct {
	db   *db.DB
	ring *seal.Ring
	now  func() time.Time
	log  *slog.Logger
	full atomic.Bool // so many wait that no more codes are taken
}

// Open makes the table ready. now is the clock; nil is time.Now.
func Open(ctx context.Context, d *db.DB, ring *seal.Ring, now func() time.Time) (*Outbox, error) {
	files, err := fs.Sub(steps, "sql")
	if err != nil {
		return nil, err
	}
	if err := d.Migrate(ctx, "notify", files); err != nil {
		return nil, err
	}
	if now == nil {
		now = time.Now
	}
	return &Outbox{db: d, ring: ring, now: now, log: slog.New(slog.DiscardHandler)}, nil
}

// LogTo is where messages that could not be sent are counted, without their
// address and code. It comes before Deliver.
func (o *Outbox) LogTo(l *slog.Logger) { o.log = l }

// purpose ties sealed messages to this table.
const purpose = "notify message"

// sealed is a message as it lies in the table.
type sealed struct {
	Medium  Medium `json:"m"`
	Address string `json:"a"`
	Kind    Kind   `json:"k"`
	Code    string `json:"c,omitempty"`
	At      int64  `json:"t"`
}

// Put adds a message to the caller's transaction, so that there is news exactly
// when there is a change.
func (o *Outbox) Put(tx *db.Tx, m Message) error {
	switch {
	case m.Kind.Sentence() == "":
		return problem.New(problem.Internal, "")
	case m.Medium != Email && m.Medium != Phone, m.Address == "":
		return problem.New(problem.Internal, "")
	case (m.Code != "") != (m.Kind == ConfirmAddress):
		return problem.New(problem.Internal, "") // a code nobody asked for, or none where one is the point
	}
	end := keepNews
	if m.Kind == ConfirmAddress {
		if end = keepCode; o.full.Load() {
			return problem.New(problem.Unavailable, "Too many messages are waiting to be sent. Wait an hour, then try again.")
		}
	}
	plain, err := json.Marshal(sealed{m.Medium, m.Address, m.Kind, m.Code, m.At.Unix()})
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO notice (id, sealed, due, ends) VALUES ($1, $2, $3, $4)",
		rand.Text(), o.ring.SealToken(purpose, plain), o.now().Unix(), o.now().Add(end).Unix())
	return err
}
