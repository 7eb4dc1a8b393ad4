package notify

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
)

const (
	// lease is how long one node has for a message before another may try. No
	// Sender of this package takes longer.
	lease = 2 * time.Minute
	// attempts and longest make two days and more of trying: pauses of one, two,
	// four minutes, and so on up to longest.
	attempts = 16
	longest  = 6 * time.Hour
	// keepNews and keepCode are how long a message waits at most, whatever
	// happens. A code that comes later than it is good for only confuses.
	keepNews = 3 * 24 * time.Hour
	keepCode = 15 * time.Minute
	// batch is how many are looked at in one turn.
	batch = 100
	// room is how many may wait before no more codes are taken. Anybody can ask
	// for a code; news is of what somebody did in an account, and is always taken.
	room = 100_000
	// marking is how long it may take to write down that a message was sent,
	// also when the server is told to stop meanwhile.
	marking = 10 * time.Second
)

// errRefused marks an error that trying again does not mend.
var errRefused = errors.New("notify: refused")

// Refused says that this message can never be sent as it is, such as to an
// address that does not exist. It is not tried again.
func Refused(cause error) error { return errors.Join(errRefused, cause) }

// waiting is a message that is due.
type waiting struct {
	id, sealed string
	due, tries int64
}

// Deliver hands what is due to a sender and returns how many it took; its error
// is that of the database. A message is one node's while it is on its way, so
// that many nodes send it once. One that failed is tried again later and later,
// and given up after two days. A node that dies between the sending and the
// writing down leaves a message to be sent again under the same id; none is
// lost.
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
		if ctx.Err() != nil {
			return sent, nil // told to stop: what is left keeps its turn
		}
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
		mine, err = tx.Exec("UPDATE notice SET due = $3, tries = tries + 1 WHERE id = $1 AND due = $2 AND ends > $4", w.id, w.due, until, o.now().Unix())
		return err
	})
	if err != nil || mine == 0 { // another node has it, or it is too old
		return false, err
	}
	m, err := o.open(w.sealed)
	if err != nil {
		err = Refused(err)
	} else {
		m.ID = w.id
		err = to.Send(ctx, m)
	}
	if err != nil && ctx.Err() != nil {
		return false, nil // told to stop: another node tries when the lease is over
	}
	// Not the caller's end: what was sent has to be written down.
	ctx, stop := context.WithTimeout(context.WithoutCancel(ctx), marking)
	defer stop()
	return err == nil, o.mark(ctx, w, until, m, err)
}

// mark writes down how a try ended. A lease that was lost meanwhile is not
// touched, unless the message was sent.
func (o *Outbox) mark(ctx context.Context, w waiting, until int64, m Message, failed error) error {
	last := errors.Is(failed, errRefused) || w.tries+1 >= attempts
	if failed != nil {
		text := "a message was not sent and is tried again"
		if last {
			text = "a message was given up"
		}
		o.log.Warn(text, slog.Any("message", m), slog.String("id", w.id), slog.Int64("try", w.tries+1), slog.Any("cause", failed))
	}
	return o.db.Write(ctx, func(tx *db.Tx) (err error) {
		switch {
		case failed == nil:
			_, err = tx.Exec("DELETE FROM notice WHERE id = $1", w.id)
		case last:
			_, err = tx.Exec("DELETE FROM notice WHERE id = $1 AND due = $2", w.id, until)
		default:
			_, err = tx.Exec("UPDATE notice SET due = $3 WHERE id = $1 AND due = $2", w.id, until, o.now().Add(pause(w.tries)).Unix())
		}
		return err
	})
}

// pause is how long to wait after so many tries before the one that failed.
func pause(tries int64) time.Duration {
	return min(time.Minute<<min(tries, 16), longest)
}

// Sweep takes away what waited too long, and counts the rest.
func (o *Outbox) Sweep(ctx context.Context) (waiting int64, err error) {
	old := int64(0)
	err = o.db.Write(ctx, func(tx *db.Tx) (err error) {
		old, err = tx.Exec("DELETE FROM notice WHERE id IN (SELECT id FROM notice WHERE ends <= $1 LIMIT 10000)", o.now().Unix())
		return err
	})
	if err != nil {
		return 0, err
	}
	if old > 0 {
		o.log.Warn("messages waited too long and were taken away", slog.Int64("messages", old))
	}
	err = o.db.Query(ctx, "SELECT count(*) FROM notice", nil, func(r *db.Row) error { waiting = r.Int64(0); return nil })
	if err == nil {
		o.full.Store(waiting >= room)
	}
	return waiting, err
}

func (o *Outbox) open(text string) (Message, error) {
	plain, err := o.ring.OpenToken(purpose, text)
	if err != nil {
		return Message{}, err
	}
	var s sealed
	if err := json.Unmarshal(plain, &s); err != nil {
		return Message{}, errors.New("notify: a message that can not be read") // what it quotes may be the message
	}
	return Message{Medium: s.Medium, Address: s.Address, Kind: s.Kind, Code: s.Code, At: time.Unix(s.At, 0).UTC()}, nil
}
