package notify

import (
	"context"
	"crypto/rand"
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
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
	At   time.Time
}

// Format hides the address and the code under every verb.
func (m Message) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "(message %s by %s)", m.Kind, m.Medium)
}

// LogValue hides the same from structured logs.
func (m Message) LogValue() slog.Value { return slog.StringValue(fmt.Sprint(m)) }

// Sender takes messages out, by mail or telephone. An error means that it is
// tried again later.
type Sender interface {
	Send(ctx context.Context, m Message) error
}

// Outbox holds messages until they are sent. It is safe for concurrent use.
type Outbox struct {
	db   *db.DB
	ring *seal.Ring
	now  func() time.Time
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
	return &Outbox{db: d, ring: ring, now: now}, nil
}

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
	plain, err := json.Marshal(sealed{m.Medium, m.Address, m.Kind, m.Code, m.At.Unix()})
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO notice (id, sealed, due) VALUES ($1, $2, $3)", rand.Text(), o.ring.SealToken(purpose, plain), o.now().Unix())
	return err
}

const (
	lease    = 2 * time.Minute // how long one node has for a message before another may try
	attempts = 10              // with pauses that grow to hours, a day and more of trying
	batch    = 100
)

// waiting is a message that is due.
type waiting struct {
	id, sealed string
	due, tries int64
}

// Deliver hands what is due to a sender and returns how many it took. Each
// message is tried again after an error, later each time, and given up after
// ten times. A node that dies while it sends may leave a message to be sent
// twice; none is lost.
func (o *Outbox) Deliver(ctx context.Context, to Sender) (int, error) {
	var due []waiting
	err := o.db.Query(ctx, "SELECT id, sealed, due, tries FROM notice WHERE due <= $1 ORDER BY due, id LIMIT $2", []any{o.now().Unix(), int64(batch)}, func(r *db.Row) error {
		due = append(due, waiting{r.Text(0), r.Text(1), r.Int64(2), r.Int64(3)})
		return nil
	})
	if err != nil {
		return 0, err
	}
	sent := 0
	for _, w := range due {
		ok, err := o.deliver(ctx, to, w)
		if err != nil {
			return sent, err
		}
		if ok {
			sent++
		}
	}
	return sent, nil
}

// deliver tries one message. Its own error is that of the database.
func (o *Outbox) deliver(ctx context.Context, to Sender, w waiting) (bool, error) {
	mine, until := int64(0), o.now().Add(lease).Unix()
	err := o.db.Write(ctx, func(tx *db.Tx) (err error) {
		mine, err = tx.Exec("UPDATE notice SET due = $3, tries = tries + 1 WHERE id = $1 AND due = $2", w.id, w.due, until)
		return err
	})
	if err != nil || mine == 0 { // another node has it
		return false, err
	}
	m, err := o.open(w.sealed)
	unreadable := err != nil
	if !unreadable {
		err = to.Send(ctx, m)
	}
	return err == nil, o.db.Write(ctx, func(tx *db.Tx) (e error) {
		if err == nil || unreadable || w.tries+1 >= attempts {
			_, e = tx.Exec("DELETE FROM notice WHERE id = $1", w.id)
		} else {
			_, e = tx.Exec("UPDATE notice SET due = $2 WHERE id = $1", w.id, o.now().Add(time.Minute<<w.tries).Unix())
		}
		return e
	})
}

func (o *Outbox) open(text string) (Message, error) {
	plain, err := o.ring.OpenToken(purpose, text)
	if err != nil {
		return Message{}, err
	}
	var s sealed
	if err := json.Unmarshal(plain, &s); err != nil {
		return Message{}, err
	}
	return Message{s.Medium, s.Address, s.Kind, s.Code, time.Unix(s.At, 0).UTC()}, nil
}
