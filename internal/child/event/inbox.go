package event

import (
	"context"
	"crypto/rand"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"sync"
	"time"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/seal"
)

//go:embed sql/*.sql
var steps embed.FS

// Bounds of what waits, so that a sender out of order fills no disk.
const (
	mostWaiting = 5_000
	mostBytes   = 256 << 20
	mostWhy     = 500 // letters
)

// purpose ties sealed messages to this table.
const purpose = "child event message"

// Config is what an Inbox is made of.
type Config struct {
	DB   *db.DB
	Ring *seal.Ring
	Now  func() time.Time // nil is time.Now
	// Heard is told that a message of a source was taken, or was not; nil for nobody.
	Heard func(ctx context.Context, source string, well bool) error
}

// Inbox takes messages and keeps those that wait. It is safe for concurrent use.
type Inbox struct {
	cfg Config
	one sync.Mutex // messages are taken one after another, so that they follow one another
}

// Open makes the table ready.
func Open(ctx context.Context, c Config) (*Inbox, error) {
	files, err := fs.Sub(steps, "sql")
	if err != nil {
		return nil, err
	}
	if err := c.DB.Migrate(ctx, "child/event", files); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	return &Inbox{cfg: c}, nil
}

// Dismissed is the state of a message that a person put aside.
const Dismissed State = "dismissed"

// taking is the state of a message that was kept and is not in the record yet.
const taking State = "taking"

// Receipt is what became of a message.
type Receipt struct {
	Kept string // by which the message is named here
	State
	Refusal *Refusal // why it waits
	Result  Result   // of one that was applied
}

// Take keeps a message and takes it into the record. A message that is not taken
// waits: its Receipt says why. The error is for a record or a database that could not
// be reached, or a session that may not write: then the message may be sent again. by
// is the actor who brings it.
func (in *Inbox) Take(ctx context.Context, s Session, src []byte, by string) (Receipt, error) {
	if len(src) > MaxBytes {
		return Receipt{}, problem.New(problem.TooLarge, fmt.Sprintf("The message is longer than the %d bytes that are allowed.", MaxBytes))
	}
	in.one.Lock()
	defer in.one.Unlock()
	m, err := Parse(src)
	var no *Refusal
	if err != nil && !errors.As(err, &no) {
		return Receipt{}, err
	}
	rec, done, err := in.keep(ctx, m, no, src, by)
	if err != nil || done {
		return rec, err
	}
	return in.apply(ctx, s, m, rec.Kept, Decision{}, "")
}

// apply takes a message that is kept into the record.
func (in *Inbox) apply(ctx context.Context, s Session, m *Message, id string, d Decision, by string) (Receipt, error) {
	rec := Receipt{Kept: id}
	var err error
	rec.Result, err = Apply(ctx, s, m, d, in.cfg.Now())
	switch {
	case errors.As(err, &rec.Refusal):
		rec.State = Waiting
		return rec, in.wait(ctx, m, id, rec.Refusal)
	case problem.Is(err, problem.Forbidden), problem.Is(err, problem.Unauthorized):
		if by == "" { // whoever brought it may not, so it is as if it had not come
			return Receipt{}, errors.Join(err, in.forget(ctx, id))
		}
		return Receipt{}, err
	case err != nil:
		return Receipt{}, err
	}
	rec.State = rec.Result.State
	err = in.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE child_message SET state = $2, patient = $3, decided = $4, reason = '', line = 0, place = '', say = '', body = NULL WHERE id = $1", id, string(rec.State), rec.Result.Patient, by)
		return err
	})
	if err != nil {
		return Receipt{}, err
	}
	return rec, in.heard(ctx, m.Source, true)
}

func (in *Inbox) heard(ctx context.Context, source string, well bool) error {
	if in.cfg.Heard == nil || source == "" {
		return nil
	}
	return in.cfg.Heard(ctx, source, well)
}

func (in *Inbox) forget(ctx context.Context, id string) error {
	return in.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM child_message WHERE id = $1 AND state = 'taking'", id)
		return err
	})
}

// wait keeps why a message is not taken.
func (in *Inbox) wait(ctx context.Context, m *Message, id string, no *Refusal) error {
	if err := in.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE child_message SET state = 'waiting', reason = $2, line = $3, place = $4, say = $5 WHERE id = $1", id, no.Reason, int64(no.Line), no.Place, no.Say)
		return err
	}); err != nil {
		return err
	}
	return in.heard(ctx, m.Source, false)
}

// identity is what makes a message one and the same: its number, with its source
// and what it does, since sources use a number again for another event.
func (m *Message) identity() string {
	return digest("message", m.Source, m.ID, m.Event, string(m.Kind))
}

// keep writes a message down before anything is done with it. done says that there
// is no more to do: it was here before, or it waits.
func (in *Inbox) keep(ctx context.Context, m *Message, no *Refusal, src []byte, by string) (rec Receipt, done bool, err error) {
	row := row{content: digest("bytes", string(src)), state: taking, sender: by, size: int64(len(src)), received: in.cfg.Now().Unix()}
	if m != nil {
		row.identity, row.content, row.source, row.event, row.kind, row.published = m.identity(), m.Hash, m.Source, m.Event, string(m.Kind), m.Published.Unix()
	}
	row.body = in.cfg.Ring.SealToken(purpose, src)
	err = in.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		rec, done = Receipt{}, false
		have, others, err := sameMessages(tx, row.identity, row.content)
		if err != nil {
			return err
		}
		if have != nil {
			rec = Receipt{Kept: have.ID, State: have.State}
			switch have.State {
			case Applied, Late, Same:
				rec.State, done = Same, true
			case Waiting, Dismissed:
				rec.Refusal, done = &Refusal{have.Reason, have.Line, have.Place, have.Say}, true
			}
			return nil
		}
		if others {
			no = m.at(Again, m.entries[0].place("id"), "A message with this number came before and said something else. Ask the source which one is right.")
		}
		if no != nil {
			row.state, row.reason, row.line, row.place, row.say = Waiting, no.Reason, int64(no.Line), no.Place, no.Say
			rec.Refusal, rec.State, done = no, Waiting, true
		}
		if err := room(tx, row.size); err != nil {
			return err
		}
		row.id = strings.ToLower(rand.Text())
		rec.Kept = row.id
		return row.insert(tx)
	})
	if err == nil && done && rec.State == Waiting {
		err = in.heard(ctx, row.source, false)
	}
	return rec, done, err
}

// row is a message as it is written down.
type row struct {
	id, identity, content, source, event, kind string
	published, received                        int64
	sender                                     string
	state                                      State
	reason                                     string
	line                                       int64
	place, say, body                           string
	size                                       int64
}

func (r *row) insert(tx *db.Tx) error {
	_, err := tx.Exec("INSERT INTO child_message (id, identity, content, source, event, kind, published, received, sender, state, reason, line, place, say, patient, decided, why, body, size) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, '', '', '', $15, $16)",
		r.id, r.identity, r.content, r.source, r.event, r.kind, r.published, r.received, r.sender, string(r.state), r.reason, r.line, r.place, r.say, r.body, r.size)
	return err
}

// sameMessages finds the message that says the same, and whether one of the same
// number says something else.
func sameMessages(tx *db.Tx, identity, content string) (have *Kept, others bool, err error) {
	err = tx.Query(columns+" WHERE identity = $1", []any{identity}, func(r *db.Row) error {
		k := scan(r)
		switch {
		case k.content == content:
			have = &k
		case identity != "" && k.State != Dismissed && k.State != Waiting:
			others = true // one that was not taken may be sent again, put right
		}
		return nil
	})
	return have, others, err
}

// room refuses what would fill the disk.
func room(tx *db.Tx, size int64) error {
	n, sum := int64(0), int64(0)
	if _, err := tx.One("SELECT count(*), CAST(COALESCE(sum(size), 0) AS bigint) FROM child_message WHERE state IN ('waiting', 'taking')", nil, func(r *db.Row) error {
		n, sum = r.Int64(0), r.Int64(1)
		return nil
	}); err != nil {
		return err
	}
	if n >= mostWaiting || sum+size > mostBytes {
		return problem.New(problem.Unavailable, "Too many messages wait for a person. Look through them, then send this one again.").Because("message-full")
	}
	return nil
}
