package takeaway

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"strings"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// Right is what a right to act gives its holder at one moment, for a copy.
type Right struct {
	// Who is its holder, with no more than they may take along.
	Who access.Who
	// Types are those that they see, with blanks between.
	Types string
}

// errChanged is that a right gives something else than when the work began.
var errChanged = errors.New("takeaway: the right changed meanwhile")

// changedTries is how often a copy is begun again for that.
const changedTries = 2

// AskFor begins to make a copy for an account of what it may see by a right to
// act for somebody. It has one copy by each right at a time. Whether they used a
// passkey of late is for the caller to know. The error is NotFound where the
// right lets them take none.
func (c *Copies) AskFor(ctx context.Context, account, patient, mandate string) (Copy, error) {
	if mandate == "" {
		return Copy{}, gone(nil)
	}
	return c.ask(ctx, Whose{Account: account, Patient: patient, Mandate: mandate})
}

// OfRight is the copy of an account by a right, as Of.
func (c *Copies) OfRight(ctx context.Context, account, mandate string) (Copy, bool, error) {
	return c.of(ctx, Whose{Account: account, Mandate: mandate})
}

// GiveFor writes the file of a copy by a right to w, as Give. It holds what its
// holder sees at this moment: where that is not what it was made of, it is made
// again first, and nothing tells whether something came or went. Where the right
// lets them have none it is as if there were no copy.
func (c *Copies) GiveFor(ctx context.Context, account, mandate, id string, size func(int64, time.Time), w io.Writer) error {
	if mandate == "" {
		return gone(nil)
	}
	err := c.give(ctx, account, mandate, id, size, w)
	if problem.Is(err, problem.Forbidden) || problem.Is(err, problem.NotFound) {
		return gone(nil)
	}
	return err
}

// as is as whom the copy is made: the person, about themself, or who acts for
// them by what their right gives now.
func (c *Copies) as(ctx context.Context, of Whose) (Right, error) {
	if of.Mandate == "" {
		return Right{Who: of.who()}, c.cfg.Still(ctx, of)
	}
	if c.cfg.Right == nil {
		return Right{}, gone(nil)
	}
	r, err := c.cfg.Right(ctx, of)
	if err == nil && (r.Who.Mandate != of.Mandate || r.Who.Patient != of.Patient) {
		err = gone(nil)
	}
	return r, err
}

// session is one to make or to hand out a copy with, and as whom.
func (c *Copies) session(ctx context.Context, of Whose) (Session, Right, error) {
	as, err := c.as(ctx, of)
	if err != nil {
		return nil, Right{}, err
	}
	s, err := c.cfg.Open(ctx, access.Job(Kind, as.Who), of.Patient)
	return s, as, err
}

// same refuses whoever may have no copy any more, or another one than when it
// was begun.
func (c *Copies) same(ctx context.Context, of Whose, was Right) error {
	is, err := c.as(ctx, of)
	if err == nil && is != was {
		err = errChanged
	}
	return err
}

func (c *Copies) source(s Session, as Right, w *writer) *source {
	kinds := strings.Fields(as.Types)
	if as.Who.Role == access.RoleSelf {
		kinds = somebodysTypes()
	}
	return &source{c: c, s: s, w: w, kinds: kinds, sum: sha256.New(), names: map[string]string{}, refs: map[record.Key]bool{}, have: map[record.Key]bool{}}
}

// digest is the sum of everything that a copy was made of, in its order.
func (g *source) digest() string { return hex.EncodeToString(g.sum.Sum(nil)) }

// current is a copy by a right as it may be handed out now: the same one where
// all that its holder sees is what it was made of, or one that is made again.
func (c *Copies) current(ctx context.Context, cp Copy) (Copy, error) {
	s, as, err := c.session(ctx, cp.whose)
	if err != nil {
		return Copy{}, err
	}
	room := c.cfg.Most
	g := c.source(s, as, &writer{room: &room, dry: true, still: func() error { return c.same(ctx, cp.whose, as) }})
	if err := g.gather(ctx); err != nil {
		return Copy{}, err
	}
	if g.digest() == cp.sum {
		return cp, nil
	}
	return c.make(ctx, cp, func(*db.Tx) error { return nil })
}

// sweepRights takes copies away whose right lets nobody have one any more.
func (c *Copies) sweepRights(ctx context.Context) error {
	if c.cfg.Held == nil {
		return nil
	}
	var all []Copy
	err := c.cfg.DB.Query(ctx, "SELECT "+columns+" FROM takeaway WHERE mandate <> '' ORDER BY made LIMIT 1000", nil, func(r *db.Row) error {
		all = append(all, scan(r))
		return nil
	})
	if err != nil {
		return err
	}
	for _, cp := range all {
		held, err := c.cfg.Held(ctx, cp.whose)
		if err != nil {
			return err
		}
		if held {
			continue
		}
		if err := c.cfg.DB.Write(ctx, func(tx *db.Tx) error { return drop(tx, "id = $1", cp.ID) }); err != nil {
			return err
		}
	}
	return nil
}
