// Package display keeps how people want to be shown results on their own pages:
// at once, with a warning first, or when a clinician has talked with them. The
// kinds of results that are hard to read alone are data (rules.json).
//
// Why here: it is a choice of a person's about their record, and stands with the
// others. It is no sharing choice and no Consent: it takes nothing from anybody's
// sight but the chooser's own, and only on pages. Whoever looks after them, an
// app that they let in and a copy that they take see all of it. What is not here:
// the pages (portal), and what is sensitive (access/label).
package display

import (
	"context"
	"embed"
	"io/fs"
	"maps"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/identity/account"
	"github.com/bevanhealth/bevan/internal/problem"
)

//go:embed sql/*.sql
var steps embed.FS

// Config is what the room stands on.
type Config struct {
	DB       *db.DB
	Accounts *account.Accounts
	// Rules say which kinds there are; nil are the published ones.
	Rules *Rules
	// Now is the clock; nil is time.Now.
	Now func() time.Time
}

// Displays are the choices of a store. It is safe for concurrent use.
type Displays struct{ Config }

// Open makes the tables ready.
func Open(ctx context.Context, c Config) (*Displays, error) {
	files, err := fs.Sub(steps, "sql")
	if err != nil {
		return nil, err
	}
	if err := c.DB.Migrate(ctx, "consent/display", files); err != nil {
		return nil, err
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Rules == nil {
		c.Rules = Published()
	}
	d := &Displays{c}
	c.Accounts.OnClose(d.letGo)
	return d, nil
}

// letGo forgets what an account chose that is closed.
func (d *Displays) letGo(tx *db.Tx, account string) error {
	_, err := tx.Exec("DELETE FROM display WHERE account = $1", account)
	return err
}

// Erase forgets which results of a record were talked about, when the record is
// erased. Doing it twice is no error.
func (d *Displays) Erase(ctx context.Context, patient string) error {
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec("DELETE FROM display_told WHERE patient = $1", patient)
		return err
	})
}

// Choices are how one account is shown each kind.
type Choices map[string]How

// Of is what an account chose, and for the other kinds what holds at first.
func (d *Displays) Of(ctx context.Context, account string) (Choices, error) {
	out := d.first()
	err := d.DB.Query(ctx, "SELECT kind, how FROM display WHERE account = $1", []any{account}, func(r *db.Row) error {
		out.take(r.Text(0), r.Text(1))
		return nil
	})
	return out, err
}

// Both is what an account chose, and which results of a record a clinician has
// talked about: one question, since a page needs both.
func (d *Displays) Both(ctx context.Context, account, patient string) (Choices, Told, error) {
	out, told := d.first(), Told{}
	err := d.DB.Query(ctx, `SELECT kind, how, '', 0 FROM display WHERE account = $1 UNION ALL SELECT * FROM
		(SELECT type, id, version, 1 FROM display_told WHERE patient = $2 ORDER BY told DESC LIMIT $3) t`, []any{account, patient, maxTold}, func(r *db.Row) error {
		if r.Int64(3) == 0 {
			out.take(r.Text(0), r.Text(1))
		} else {
			told[Result{r.Text(0), r.Text(1), r.Text(2)}] = true
		}
		return nil
	})
	return out, told, err
}

// first is what holds for who chose nothing.
func (d *Displays) first() Choices {
	out := Choices{}
	for _, k := range d.Rules.Kinds {
		out[k.ID] = k.First
	}
	return out
}

// take adds what was chosen for a kind. One of earlier rules says nothing now.
func (c Choices) take(kind, how string) {
	if _, known := c[kind]; known {
		c[kind] = How(how)
	}
}

// Choose keeps how an account is shown results, of all kinds at once.
func (d *Displays) Choose(ctx context.Context, account string, want Choices) error {
	for id := range maps.Keys(want) {
		if _, known := d.Rules.Kind(id); !known {
			return problem.New(problem.Invalid, "There is no such kind of result. Go back to the page and choose again.").Because("display-kind")
		}
	}
	for _, k := range d.Rules.Kinds {
		switch want[k.ID] {
		case Now, Warn, Wait:
		default:
			return problem.New(problem.Invalid, "Choose one of the three ways for each kind of result.").Because("display-how")
		}
	}
	now := d.Now().Unix()
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		if _, err := d.Accounts.Hold(tx, account); err != nil { // no row outlives an account that is closed
			return err
		}
		for _, k := range d.Rules.Kinds {
			if _, err := tx.Exec(`INSERT INTO display (account, kind, how, since) VALUES ($1, $2, $3, $4)
				ON CONFLICT (account, kind) DO UPDATE SET how = excluded.how, since = excluded.since`, account, k.ID, string(want[k.ID]), now); err != nil {
				return err
			}
		}
		return nil
	})
}

// Result names one version of a result.
type Result struct{ Type, ID, Version string }

// ResultOf reads its name from a resource as the record keeps it.
func ResultOf(t *fhir.Tree) Result {
	root := t.Root()
	return Result{root.Get("resourceType").Str(), root.Get("id").Str(), root.Get("meta").Get("versionId").Str()}
}

// Told are the results of a record that a clinician has talked about.
type Told map[Result]bool

// maxTold bounds how many are read. More hard results than that were talked
// about with nobody.
const maxTold = 10_000

// Tell keeps that a clinician talked about a result, so that it waits no more. by
// is the actor. Whether they may see it is for the caller to have asked.
func (d *Displays) Tell(ctx context.Context, patient string, r Result, by string) error {
	if patient == "" || r.Type == "" || r.ID == "" || r.Version == "" || by == "" || strings.ContainsAny(r.ID+r.Type, "/ ") {
		return problem.New(problem.Internal, "")
	}
	return d.DB.Write(ctx, func(tx *db.Tx) error {
		_, err := tx.Exec(`INSERT INTO display_told (patient, type, id, version, told_by, told) VALUES ($1, $2, $3, $4, $5, $6)
			ON CONFLICT (patient, type, id) DO UPDATE SET version = excluded.version, told_by = excluded.told_by, told = excluded.told`,
			patient, r.Type, r.ID, r.Version, by, d.Now().Unix())
		return err
	})
}

// Shown is how one result is shown now.
type Shown struct {
	How  How
	Kind string
	// Until is when a result that waits is shown at the latest.
	Until time.Time
}

// Show says how a result is shown to somebody with these choices. What is no
// result is shown at once.
func (r *Rules) Show(t *fhir.Tree, c Choices, told Told, now time.Time) Shown {
	s := Shown{How: Now}
	kinds := r.Of(t)
	if len(kinds) == 0 {
		return s
	}
	s.Kind = kinds[0].ID
	if told[ResultOf(t)] {
		return s
	}
	since := Since(t, now)
	for _, k := range kinds {
		how := c[k.ID]
		until := since.AddDate(0, 0, k.Days)
		if how.careful() == Wait.careful() && !now.Before(until) {
			if how = k.First; how == Wait { // it waited long enough
				how = Warn
			}
		}
		if how.careful() > s.How.careful() || how.careful() == s.How.careful() && until.After(s.Until) && how != Now {
			s = Shown{How: how, Kind: k.ID, Until: until}
		}
	}
	if s.How.careful() < Wait.careful() {
		s.Until = time.Time{}
	}
	return s
}

// Since is when a result became known: when it was sent out, or when it came
// here if that was earlier or is all that is known. A time to come is not believed.
func Since(t *fhir.Tree, now time.Time) time.Time {
	since := now
	for _, n := range []fhir.Node{t.Root().Get("issued"), t.Root().Get("meta").Get("lastUpdated")} {
		d, err := fhir.ParseDateTime(n.Str())
		if err != nil {
			continue
		}
		if low, _ := d.Range(); low < since.UnixMicro() {
			since = time.UnixMicro(low).UTC()
		}
	}
	return since
}
