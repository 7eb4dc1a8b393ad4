package takeaway

import (
	"context"
	"crypto/rand"
	"embed"
	"io"
	"io/fs"
	"time"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

//go:embed sql/*.sql
var steps embed.FS

// Kind is the kind of the jobs that make copies, by which the access log names
// them.
const Kind = "takeaway"

// Session is what a copy needs of the record.
type Session interface {
	Scan(ctx context.Context, types []string, since time.Time, q []search.Query, cursor string, fn func(record.Resource) error) (string, error)
	Read(ctx context.Context, k record.Key, version int64) (record.Resource, error)
	ReadFile(ctx context.Context, k record.Key, which func(record.Resource) (url string, err error)) (record.Resource, error)
	Keeper(ctx context.Context) (record.Keeper, error)
	Person() (int64, bool)
}

// Whose says whose copy it is and who asked for it.
type Whose struct {
	Account string
	Patient string // the id of the Patient
	Person  int64  // their number in the record
	Mandate string // the right by which the account acts for them; "" for their own
}

// Part is something that is held about a person beside their record, such as the
// list of apps. Each calls fn for every line: a value to be written as JSON, and
// the same as the cells of a table for people.
type Part struct {
	Name  string // of the file, in small letters and dashes
	Title string
	None  string // what is said of an empty one
	Heads []string
	Each  func(ctx context.Context, of Whose, fn func(line any, cells []string) error) error
}

// Config is what copies are made of.
type Config struct {
	DB    *db.DB
	Queue *jobs.Queue
	// Open gives a session about the one patient to work for a person.
	Open func(ctx context.Context, who access.Who, patient string) (Session, error)
	// Still refuses whoever may have no copy any more. It is asked again and again
	// while a copy is made, and before it is handed out.
	Still func(ctx context.Context, of Whose) error
	// Tell leaves the news that a copy is ready, in the transaction that makes
	// it so.
	Tell func(tx *db.Tx, account string) error
	// Right is what a right gives its holder now, for the copies of those who act
	// for somebody, and Held whether it lets them have a copy at all, found out
	// without a look at the record. Owner is the account of the person, "" for
	// none, and TellPerson leaves the news for it that a copy of their record was
	// asked for by somebody who acts for them.
	Right      func(ctx context.Context, of Whose) (Right, error)
	Held       func(ctx context.Context, of Whose) (bool, error)
	Owner      func(ctx context.Context, patient string) (account string, err error)
	TellPerson func(tx *db.Tx, account string) error
	// Page writes the page for people, and Readme the text that says what is in
	// the file.
	Page   func(w io.Writer, c *Contents) error
	Readme string
	// ReadmeFor is that of copies of those who act for somebody. Parts, which lie
	// beside the record, are not in those.
	ReadmeFor string
	Parts     []Part
	// Base is the address of the FHIR interface, for the fullUrls of the Bundle;
	// "" for none.
	Base string
	// Most bounds a copy, in bytes; 0 is 512 MB.
	Most int64
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Copies makes copies and hands them out. It is safe for concurrent use.
type Copies struct{ cfg Config }

// How long a copy can be fetched, and how often. A download that breaks off is
// begun again, so it is more than once.
const (
	Life       = 7 * 24 * time.Hour
	mostServed = 5
)

// Open makes the tables ready and registers the work with the queue, so it
// comes before the queue's Start.
func Open(ctx context.Context, cfg Config) (*Copies, error) {
	files, err := fs.Sub(steps, "sql")
	if err != nil {
		return nil, err
	}
	if err := cfg.DB.Migrate(ctx, "takeaway", files); err != nil {
		return nil, err
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Most <= 0 {
		cfg.Most = 512 << 20
	}
	c := &Copies{cfg}
	cfg.Queue.Handle(Kind, c.work)
	return c, nil
}

// Copy is one that was asked for.
type Copy struct {
	ID     string
	Made   time.Time
	Ready  time.Time // zero while it is made
	Ends   time.Time // of fetching it
	Bytes  int64
	Served int
	// Wrong is why it could not be made, in a sentence for people; "" otherwise.
	Wrong string

	whose Whose
	job   int64
	parts int64
	file  int64  // the kind of its pieces
	sum   string // of what it was made of, where it is of a right
}

// who is as whom a copy is made: the person, about themself.
func (w Whose) who() access.Who {
	return access.Who{Actor: "account:" + w.Account, Kind: access.Person, Role: access.RoleSelf, Patient: w.Patient, Bound: access.AllTypes(access.Looking &^ access.Follow)}
}

// Ask begins to make a copy for an account, of the record with the patient's id.
// One that is there already goes: a person has one at a time. Whether they used
// a passkey of late is for the caller to know.
func (c *Copies) Ask(ctx context.Context, account, patient string) (Copy, error) {
	return c.ask(ctx, Whose{Account: account, Patient: patient})
}

func (c *Copies) ask(ctx context.Context, of Whose) (Copy, error) {
	s, as, err := c.session(ctx, of)
	if err != nil {
		return Copy{}, err
	}
	var ok bool
	if of.Person, ok = s.Person(); !ok {
		return Copy{}, problem.New(problem.NotFound, "There is no record here to copy. Link your record first, then try again.").Because("takeaway-no-record")
	}
	old, found, err := c.of(ctx, of)
	if err != nil {
		return Copy{}, err
	}
	if found && old.Ready.IsZero() && old.Wrong == "" {
		return old, nil // it is being made
	}
	owner := ""
	if of.Mandate != "" {
		if owner, err = c.cfg.Owner(ctx, of.Patient); err != nil {
			return Copy{}, err
		}
	}
	made := Copy{ID: rand.Text(), Made: c.cfg.Now().UTC().Truncate(time.Second), whose: of}
	// The row comes first, so that the work finds it; a row without work is taken
	// away when the next is asked for.
	if err := c.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		if err := drop(tx, "account = $1 AND mandate = $2", of.Account, of.Mandate); err != nil {
			return err
		}
		if _, err := tx.Exec("INSERT INTO takeaway (id, account, patient, person, job, made, mandate) VALUES ($1, $2, $3, $4, 0, $5, $6)",
			made.ID, of.Account, of.Patient, of.Person, made.Made.Unix(), of.Mandate); err != nil || owner == "" {
			return err
		}
		return c.cfg.TellPerson(tx, owner)
	}); err != nil {
		return Copy{}, err
	}
	if made.job, err = c.cfg.Queue.Add(ctx, jobs.Spec{Kind: Kind, By: as.Who, Purpose: access.Export, Args: []byte(made.ID)}); err != nil {
		return Copy{}, err
	}
	return made, c.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("UPDATE takeaway SET job = $2 WHERE id = $1", made.ID, made.job)
		return err
	})
}

// drop takes copies away, and what they were made of.
func drop(tx *db.Tx, where string, args ...any) error {
	if _, err := tx.Exec("DELETE FROM takeaway_part WHERE copy IN (SELECT id FROM takeaway WHERE "+where+")", args...); err != nil {
		return err
	}
	_, err := tx.Exec("DELETE FROM takeaway WHERE "+where, args...)
	return err
}

const columns = "id, account, patient, person, job, made, ready, ends, bytes, parts, served, mandate, file, digest"

func scan(r *db.Row) Copy {
	c := Copy{ID: r.Text(0), whose: Whose{r.Text(1), r.Text(2), r.Int64(3), r.Text(11)}, job: r.Int64(4), Made: time.Unix(r.Int64(5), 0).UTC(),
		Bytes: r.Int64(8), parts: r.Int64(9), Served: int(r.Int64(10)), file: r.Int64(12), sum: r.Text(13)}
	if at := r.Int64(6); at != 0 {
		c.Ready, c.Ends = time.Unix(at, 0).UTC(), time.Unix(r.Int64(7), 0).UTC()
	}
	return c
}

// Of is the copy of an account of their own record, if there is one that can be fetched or is being
// made, or could not be made.
func (c *Copies) Of(ctx context.Context, account string) (Copy, bool, error) {
	return c.of(ctx, Whose{Account: account})
}

func (c *Copies) of(ctx context.Context, of Whose) (Copy, bool, error) {
	return c.find(ctx, "account = $1 AND mandate = $2 ORDER BY made DESC LIMIT 1", of.Account, of.Mandate)
}

func (c *Copies) find(ctx context.Context, where string, args ...any) (out Copy, found bool, err error) {
	err = c.cfg.DB.Query(ctx, "SELECT "+columns+" FROM takeaway WHERE "+where, args, func(r *db.Row) error {
		out, found = scan(r), true
		return nil
	})
	if err != nil || !found {
		return Copy{}, false, err
	}
	if !out.Ready.IsZero() {
		return out, c.cfg.Now().Before(out.Ends) && out.Served < mostServed, nil
	}
	if out.job == 0 {
		return out, true, nil
	}
	st, err := c.cfg.Queue.Get(ctx, out.job)
	switch {
	case problem.Is(err, problem.NotFound), err == nil && st.State == jobs.Cancelled:
		return Copy{}, false, nil
	case err != nil:
		return Copy{}, false, err
	case st.State == jobs.Failed:
		out.Wrong = st.Error
	}
	return out, true, nil
}

// Sweep takes away what can not be fetched any more.
func (c *Copies) Sweep(ctx context.Context) error {
	if err := c.sweepRights(ctx); err != nil {
		return err
	}
	now := c.cfg.Now()
	return c.cfg.DB.Write(ctx, func(tx *db.Tx) error {
		if err := drop(tx, "ready > 0 AND ends <= $1", now.Unix()); err != nil {
			return err
		}
		return drop(tx, "ready = 0 AND made <= $1", now.Add(-Life).Unix())
	})
}

// Erase takes away the copies of a person, whoever asked for them.
func (c *Copies) Erase(ctx context.Context, person int64) error {
	return c.cfg.DB.Write(ctx, func(tx *db.Tx) error { return drop(tx, "person = $1", person) })
}

// Give writes the file to w, for the account that asked for it. size is told
// before the first byte. An error behind that leaves the file incomplete, which
// its reader sees by its size.
func (c *Copies) Give(ctx context.Context, account, id string, size func(int64, time.Time), w io.Writer) error {
	return c.give(ctx, account, "", id, size, w)
}

func (c *Copies) give(ctx context.Context, account, mandate, id string, size func(int64, time.Time), w io.Writer) error {
	cp, found, err := c.find(ctx, "id = $1", id)
	if err != nil {
		return err
	}
	if !found || cp.whose.Account != account || cp.whose.Mandate != mandate || cp.Ready.IsZero() {
		return gone(nil)
	}
	s, as, err := c.session(ctx, cp.whose)
	if err != nil {
		return err
	}
	k, err := s.Keeper(ctx)
	if err != nil {
		return err
	}
	still := func() error { return nil }
	if mandate != "" {
		still = func() error { return c.same(ctx, cp.whose, as) }
		if cp, err = c.current(ctx, cp); err != nil {
			return err
		}
	}
	// Counted before it leaves, so that it is never handed out more often.
	var n int64
	if err := c.cfg.DB.Write(ctx, func(tx *db.Tx) (err error) {
		n, err = tx.Exec("UPDATE takeaway SET served = served + 1 WHERE id = $1 AND served < $2", id, int64(mostServed))
		return err
	}); err != nil || n == 0 {
		return gone(err)
	}
	in := &reader{pieces: c.pieces(ctx, id, cp.file, k), parts: cp.parts}
	return hand(in, w, still, func() { size(cp.Bytes, cp.Ready) })
}

// hand writes a file to w, for as long as its reader still may have it.
func hand(in *reader, w io.Writer, still func() error, begin func()) error {
	first, err := in.next()
	if err != nil {
		return err
	}
	if err := still(); err != nil {
		return err
	}
	begin()
	for b := first; ; {
		if _, err := w.Write(b); err != nil {
			return nil // the reader went away
		}
		if err := still(); err != nil {
			return err
		}
		if b, err = in.next(); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
	}
}

func gone(err error) error {
	if err != nil {
		return err
	}
	return problem.New(problem.NotFound, "There is no copy to fetch here. It may be too old. Ask for a new one.").Because("takeaway-gone")
}
