package event

import (
	"context"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// Kept is a message as the inbox knows it, without what it says about anybody.
type Kept struct {
	ID, Source, Event string
	Kind              Kind
	Published         time.Time // zero for not known
	Received          time.Time
	Sender            string // the actor who brought it
	State             State
	Reason            string
	Line              int
	Place, Say        string

	content string
}

// Where is the place in words.
func (k *Kept) Where() string { return (&Refusal{Line: k.Line, Place: k.Place}).Where() }

// MayTake says whether a person may have the message taken as it is: where it can be
// read whole, and only what it says is in doubt.
func (k *Kept) MayTake() bool { return k.Reason == Doubt || k.Reason == Order || k.Reason == Again }

// MayChoose says whether a person may say whose message it is.
func (k *Kept) MayChoose() bool { return k.MayTake() || k.Reason == NoChild }

const columns = "SELECT id, source, event, kind, published, received, sender, state, reason, line, place, say, content FROM child_message"

func scan(r *db.Row) Kept {
	k := Kept{ID: r.Text(0), Source: r.Text(1), Event: r.Text(2), Kind: Kind(r.Text(3)), Received: time.Unix(r.Int64(5), 0).UTC(), Sender: r.Text(6),
		State: State(r.Text(7)), Reason: r.Text(8), Line: int(r.Int64(9)), Place: r.Text(10), Say: r.Text(11), content: r.Text(12)}
	if at := r.Int64(4); at != 0 {
		k.Published = time.Unix(at, 0).UTC()
	}
	return k
}

// MostListed is how many waiting messages are listed at once.
const MostListed = 100

// Waiting lists those that wait, the oldest first, and how many there are. Those that
// were being taken when the server stopped are among them.
func (in *Inbox) Waiting(ctx context.Context) (all []Kept, total int, err error) {
	err = in.cfg.DB.Read(ctx, func(tx *db.Tx) error {
		all = nil
		if _, err := tx.One("SELECT count(*) FROM child_message WHERE state IN ('waiting', 'taking')", nil, func(r *db.Row) error {
			total = int(r.Int64(0))
			return nil
		}); err != nil {
			return err
		}
		return tx.Query(columns+" WHERE state IN ('waiting', 'taking') ORDER BY received, id LIMIT $1", []any{int64(MostListed)}, func(r *db.Row) error {
			all = append(all, scan(r))
			return nil
		})
	})
	return all, total, err
}

// One is a message by its name.
func (in *Inbox) One(ctx context.Context, id string) (k Kept, err error) {
	k, _, err = in.open(ctx, id)
	return k, err
}

func gone() error {
	return problem.New(problem.NotFound, "There is no such message. Look at the list again.").Because("message-none")
}

// open reads a message with its text; nil for one that waits no more.
func (in *Inbox) open(ctx context.Context, id string) (k Kept, src []byte, err error) {
	sealed := ""
	found := false
	err = in.cfg.DB.Query(ctx, strings.Replace(columns, " FROM", ", body FROM", 1)+" WHERE id = $1", []any{id}, func(r *db.Row) error {
		found = true
		k, sealed = scan(r), r.Text(13)
		return nil
	})
	switch {
	case err != nil:
		return k, nil, err
	case !found:
		return k, nil, gone()
	case sealed == "" || k.State != Waiting && k.State != taking:
		return k, nil, nil
	}
	src, err = in.cfg.Ring.OpenToken(purpose, sealed)
	return k, src, err
}

// Retry takes a message that waited, as a person decided: again as it is, or as the
// decision says. number is the NHS number of the record that it is about; "" for the
// one that the message itself leads to. by is the actor.
func (in *Inbox) Retry(ctx context.Context, s Session, id string, sure bool, number, by string) (Receipt, error) {
	in.one.Lock()
	defer in.one.Unlock()
	k, src, err := in.open(ctx, id)
	if err != nil {
		return Receipt{}, err
	}
	if src == nil { // done already, perhaps by the same press of a button
		return Receipt{Kept: id, State: k.State}, nil
	}
	d := Decision{Sure: sure && k.MayTake()}
	if number != "" {
		if !k.MayChoose() {
			return Receipt{}, problem.New(problem.Conflict, "It is not in doubt whose message this is. Try it again as it is.").Because("message-choose")
		}
		if d.Patient, err = recordOf(ctx, s, number); err != nil {
			return Receipt{}, err
		}
		d.Sure = true
	}
	m, err := Parse(src)
	if err != nil {
		no, ok := err.(*Refusal)
		if !ok {
			return Receipt{}, err
		}
		return Receipt{Kept: id, State: Waiting, Refusal: no}, in.wait(ctx, &Message{}, id, no)
	}
	return in.apply(ctx, s, m, id, d, by)
}

// recordOf is the one record with an NHS number.
func recordOf(ctx context.Context, s Session, number string) (string, error) {
	digits, ok := fhir.ParseNHSNumber(number)
	if !ok {
		return "", problem.New(problem.Invalid, "That is not an NHS number. It has 10 digits. Look at it again.").Because("message-number")
	}
	w := &work{ctx: ctx, s: s}
	all, err := w.search("Patient", search.Pair{Name: "identifier", Value: fhir.NHSNumberSystem + "|" + digits})
	switch {
	case err != nil:
		return "", err
	case len(all) != 1:
		return "", problem.New(problem.Invalid, "There is no one record with this NHS number. Look at the number again.").Because("message-number")
	}
	return all[0].ID, nil
}

// Dismiss puts a message aside for good: its text is gone, and what was decided and
// why stays. Twice is once.
func (in *Inbox) Dismiss(ctx context.Context, id, by, why string) error {
	why = strings.TrimSpace(why)
	if why == "" || utf8.RuneCountInString(why) > mostWhy || !utf8.ValidString(why) {
		return problem.New(problem.Invalid, "Write why it is put aside, in up to 500 letters.").Because("message-why")
	}
	in.one.Lock()
	defer in.one.Unlock()
	if _, err := in.One(ctx, id); err != nil {
		return err
	}
	return in.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE child_message SET state = 'dismissed', decided = $2, why = $3, body = NULL WHERE id = $1 AND state IN ('waiting', 'taking')", id, by, in.cfg.Ring.SealToken(purpose, []byte(why)))
		return err
	})
}

// Erase forgets which messages went into a record. Twice is once.
func (in *Inbox) Erase(ctx context.Context, patient string) error {
	return in.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM child_message WHERE patient = $1", patient)
		return err
	})
}
