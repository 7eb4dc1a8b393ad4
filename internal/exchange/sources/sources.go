// Package sources knows the places that send data here, when each last did, and
// which of them have fallen silent, so that whoever reads a record can be told of
// what may be missing.
//
// Why here: data comes in through loads and through programs, and neither knows what
// was to come. An operator says which places there are, what their entries have in
// meta.source (FHIR R4, Meta.source), how often each is expected and whether it is
// known not to work; what the place sends says the rest. What is not here: whose
// entries they are. A page asks the record for that, as whoever looks at it.
package sources

import (
	"context"
	"embed"
	"io/fs"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

//go:embed sql/*.sql
var steps embed.FS

// Bounds of the register.
const (
	most     = 200
	maxName  = 100 // letters
	maxURI   = 300 // bytes
	MaxEvery = 366 * 24 * time.Hour
)

// Source is a place that sends data.
type Source struct {
	ID, Name string
	URI      string        // as meta.source of its entries has it, without a fragment
	Client   string        // the id of the program that sends for it; "" for none
	Every    time.Duration // how often it is expected; 0 for not
	Heard    time.Time     // when it last sent something well; zero for not known
	Failed   time.Time     // when sending last failed; zero for never
	Down     time.Time     // since when an operator says that it does not work; zero for not
	By       string        // the actor who changed it last
	Made     time.Time
}

// Late says whether something of it may be missing: it is said not to work, the last
// sending failed, or it is expected and was not heard of in that time. When it was
// heard of is not known where it never was, and then it is late too.
func (s Source) Late(now time.Time) bool {
	switch {
	case !s.Down.IsZero(), s.Failed.After(s.Heard):
		return true
	case s.Every == 0:
		return false
	}
	return s.Heard.IsZero() || now.Sub(s.Heard) > s.Every
}

// Sources is the register of a store. It is safe for concurrent use.
type Sources struct {
	db  *db.DB
	now func() time.Time

	mu   sync.Mutex
	seen map[string]time.Time // by client: what was heard and is not written down yet
}

// Open makes the table ready. now is the clock; nil is time.Now.
func Open(ctx context.Context, d *db.DB, now func() time.Time) (*Sources, error) {
	files, err := fs.Sub(steps, "sql")
	if err != nil {
		return nil, err
	}
	if err := d.Migrate(ctx, "exchange/sources", files); err != nil {
		return nil, err
	}
	if now == nil {
		now = time.Now
	}
	return &Sources{db: d, now: now, seen: map[string]time.Time{}}, nil
}

const columns = "SELECT id, name, uri, client, every, heard, failed, down, set_by, made FROM data_source"

func read(r *db.Row) Source {
	return Source{ID: r.Text(0), Name: r.Text(1), URI: r.Text(2), Client: r.Text(3), Every: time.Duration(r.Int64(4)) * time.Second,
		Heard: at(r.Int64(5)), Failed: at(r.Int64(6)), Down: at(r.Int64(7)), By: r.Text(8), Made: at(r.Int64(9))}
}

func at(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.Unix(n, 0).UTC()
}

// All lists them by name.
func (s *Sources) All(ctx context.Context) (all []Source, err error) {
	err = s.db.Query(ctx, columns+" ORDER BY name, id LIMIT $1", []any{int64(most)}, func(r *db.Row) error {
		all = append(all, read(r))
		return nil
	})
	return all, err
}

// Late lists those of which something may be missing now.
func (s *Sources) Late(ctx context.Context) (late []Source, err error) {
	all, err := s.All(ctx)
	for _, one := range all {
		if one.Late(s.now()) {
			late = append(late, one)
		}
	}
	return late, err
}

// One is a source by its id.
func (s *Sources) One(ctx context.Context, id string) (out Source, err error) {
	found := false
	err = s.db.Query(ctx, columns+" WHERE id = $1", []any{id}, func(r *db.Row) error {
		out, found = read(r), true
		return nil
	})
	if err == nil && !found {
		err = gone()
	}
	return out, err
}

func gone() error {
	return problem.New(problem.NotFound, "There is no such source. Look at the list again.").Because("source-none")
}

// ids are short and can be typed.
var ids = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,39}$`)

// check refuses what can not be kept.
func check(n Source) error {
	switch {
	case !ids.MatchString(n.ID):
		return problem.New(problem.Invalid, "A short name is up to 40 small letters, digits and dashes, such as valley-lab. Choose another one.").Because("source-id")
	case n.Name == "" || utf8.RuneCountInString(n.Name) > maxName || !utf8.ValidString(n.Name) || strings.ContainsFunc(n.Name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return problem.New(problem.Invalid, "A name is one line of up to 100 letters. Write what people know the place by.").Because("source-name")
	case !addressed(n.URI):
		return problem.New(problem.Invalid, "Write the address that its entries have in meta.source, such as https://lab.example or urn:oid:1.2.3, without what stands behind a #.").Because("source-uri")
	case n.Every < 0 || n.Every > MaxEvery:
		return problem.New(problem.Invalid, "Write after how many hours without news it is late: a whole number up to 8,784, or 0 for never.").Because("source-every")
	case len(n.Client) > 200:
		return problem.New(problem.Invalid, "There is no such program. Leave it out, or copy its number from the list of apps.").Because("source-client")
	}
	return nil
}

// addressed says whether a text can be asked for as meta.source.
func addressed(uri string) bool {
	u, err := url.Parse(uri)
	return err == nil && u.Scheme != "" && len(uri) <= maxURI && !strings.ContainsAny(uri, "#,|\\$ \t\r\n") && u.User == nil && u.RawQuery == ""
}

// Add names a source. by is the actor.
func (s *Sources) Add(ctx context.Context, by string, n Source) error {
	n.Name, n.URI, n.Client = strings.TrimSpace(n.Name), strings.TrimSpace(n.URI), strings.TrimSpace(n.Client)
	if err := check(n); err != nil {
		return err
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		count, taken := int64(0), false
		if err := tx.Query("SELECT id, uri FROM data_source", nil, func(r *db.Row) error {
			count++
			taken = taken || r.Text(0) == n.ID || r.Text(1) == n.URI
			return nil
		}); err != nil {
			return err
		}
		switch {
		case taken:
			return problem.New(problem.Conflict, "There is a source with this short name or address. Look at the list, or choose another one.").Because("source-taken")
		case count >= most:
			return problem.New(problem.Conflict, "There are 200 sources, which is the most. Remove one first.").Because("source-most")
		}
		_, err := tx.Exec("INSERT INTO data_source (id, name, uri, client, every, heard, failed, down, set_by, made) VALUES ($1, $2, $3, $4, $5, 0, 0, 0, $6, $7)",
			n.ID, n.Name, n.URI, n.Client, int64(n.Every/time.Second), by, s.now().Unix())
		return err
	})
}

// SetDown says that a source does not work, or that it does again.
func (s *Sources) SetDown(ctx context.Context, by, id string, down bool) error {
	since := int64(0)
	if down {
		since = s.now().Unix()
	}
	return s.change(ctx, "UPDATE data_source SET set_by = $2, down = CASE WHEN $3 = 0 OR down = 0 THEN $3 ELSE down END WHERE id = $1", id, by, since)
}

// Remove forgets a source. What it sent stays.
func (s *Sources) Remove(ctx context.Context, id string) error {
	return s.change(ctx, "DELETE FROM data_source WHERE id = $1", id)
}

// Heard keeps that a source has just sent something well.
func (s *Sources) Heard(ctx context.Context, id string) error {
	return s.change(ctx, "UPDATE data_source SET heard = CASE WHEN heard < $2 THEN $2 ELSE heard END WHERE id = $1", id, s.now().Unix())
}

// FailedNow keeps that a sending of it has just failed.
func (s *Sources) FailedNow(ctx context.Context, id string) error {
	return s.change(ctx, "UPDATE data_source SET failed = $2 WHERE id = $1", id, s.now().Unix())
}

func (s *Sources) change(ctx context.Context, sql string, args ...any) error {
	return s.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec(sql, args...)
		if err == nil && n == 0 {
			err = gone()
		}
		return err
	})
}

// maxSeen bounds how many programs are remembered between two calls of Keep.
const maxSeen = 10_000

// Saw remembers that a program has sent something well just now. It only remembers,
// since it is called while somebody waits; Keep writes it down.
func (s *Sources) Saw(client string) {
	if client == "" {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, there := s.seen[client]; there || len(s.seen) < maxSeen {
		s.seen[client] = s.now()
	}
}

// Keep writes down what Saw remembered. What could not be written is remembered on.
func (s *Sources) Keep(ctx context.Context) error {
	s.mu.Lock()
	seen := s.seen
	s.seen = map[string]time.Time{}
	s.mu.Unlock()
	if len(seen) == 0 {
		return nil
	}
	all, err := s.All(ctx)
	if err == nil {
		err = s.db.Write(ctx, func(tx *db.Tx) error {
			for _, one := range all {
				if when, ok := seen[one.Client]; ok && one.Client != "" {
					if _, err := tx.Exec("UPDATE data_source SET heard = $2 WHERE id = $1 AND heard < $2", one.ID, when.Unix()); err != nil {
						return err
					}
				}
			}
			return nil
		})
	}
	if err != nil {
		s.mu.Lock()
		defer s.mu.Unlock()
		for client, when := range seen {
			if when.After(s.seen[client]) {
				s.seen[client] = when
			}
		}
	}
	return err
}
