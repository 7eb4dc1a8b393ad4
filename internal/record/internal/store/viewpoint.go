package store

import (
	"cmp"
	"context"
	"fmt"
	"math"
	"slices"
	"sync"

	"github.com/bevanhealth/bevan/internal/db"
)

// Whoever asks about many people sees of each what that person's choices let
// them see. Which classes that are is worked out once for a viewer and a person
// and kept in two small tables; a term of every row source looks there for
// rows of people who have choices, and for no others. What was worked out holds
// for one number of a person's choices and for one span of time. A change
// gives another number in its own transaction, so that what was worked out
// before opens nothing from then on, on every node.

// Viewpoint is who asks about many people, and when.
type Viewpoint struct {
	// ID stands for all that is known of the viewer, and the rule by which they
	// ask: a keyed hash.
	ID int64
	// Asks says that what nobody decided is hidden, too.
	Asks bool
	// At is the time of asking, in milliseconds since 1970 UTC.
	At int64
}

// Judged is what a person's choices make of a viewer.
type Judged struct {
	// Open are the classes that may be seen.
	Open []int64
	// Silent says that no choice says anything about the viewer.
	Silent bool
	// Until is when it has to be worked out anew, in milliseconds since 1970
	// UTC; 0 for never.
	Until int64
}

// maxJudged bounds for how many people one question works out what a viewer
// may see. For more, the answer is that it takes a while.
const maxJudged = 2000

// judgedAtOnce is for how many people that is worked out in one transaction.
const judgedAtOnce = 200

// seen is how far a node knows that a viewer's part is worked out.
type seen struct {
	mu  sync.Mutex
	all map[int64]seenUntil
}

type seenUntil struct {
	from int64 // every change of choices below this number is known of
	edge int64 // when the first of what was worked out ends
}

// maxSeen bounds how many viewers a node remembers; then it is begun anew.
const maxSeen = 1000

func (k *seen) get(viewer int64) seenUntil {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.all[viewer]
}

func (k *seen) put(viewer int64, u seenUntil) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.all == nil || len(k.all) >= maxSeen {
		k.all = map[int64]seenUntil{}
	}
	k.all[viewer] = u
}

// Settle works out what a viewer may see of everybody whose choices changed
// since it was last asked. ready is false where more is left to do than one
// question waits for; the next one goes on.
func (s *Store) Settle(ctx context.Context, v Viewpoint, judge func(*Choices) (Judged, error)) (ready bool, err error) {
	for range maxJudged / judgedAtOnce {
		due, u, err := s.due(ctx, v)
		if err != nil {
			return false, err
		}
		if len(due) > 0 {
			if err := s.keepJudged(ctx, v, due, judge); err != nil {
				return false, err
			}
		}
		if len(due) < judgedAtOnce {
			s.seen.put(v.ID, u)
			return true, nil
		}
	}
	return false, nil
}

// heldBy gives the conditions that a row of choice_view or choice_open holds
// now: for the person's choices of now, this viewer and this time.
func (b *builder) heldBy(x string) string {
	v := b.reach.Viewpoint
	return fmt.Sprintf("%[1]s.person = cp.person AND %[1]s.viewer = %[2]s AND %[1]s.epoch = cp.choices AND %[1]s.until > %[3]s AND %[1]s.since <= %[3]s", x, b.arg(v.ID), b.arg(v.At))
}

// due lists people of whom it is not known what a viewer may see, and how far
// it is known when that was done.
func (s *Store) due(ctx context.Context, v Viewpoint) (due []*Choices, u seenUntil, err error) {
	was := s.seen.get(v.ID)
	if was.edge <= v.At {
		was.from = 0
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		due = nil
		text, err := s.snapshot(tx)
		if err != nil {
			return err
		}
		m, err := parseMoment(text)
		if err != nil {
			return err
		}
		u = seenUntil{from: m.min, edge: math.MaxInt64}
		b := newBuilder(tx.Dialect(), Reach{Viewpoint: &v})
		sql := "SELECT cp.person, cp.choices FROM person cp WHERE cp.choices <> 0 AND cp.choices >= " + b.arg(was.from) +
			" AND NOT EXISTS (SELECT 1 FROM choice_view cv WHERE " + b.heldBy("cv") + ") LIMIT " + b.arg(int64(judgedAtOnce))
		var people [][2]int64
		if err := tx.Query(sql, b.args, func(r *db.Row) error { people = append(people, [2]int64{r.Int64(0), r.Int64(1)}); return nil }); err != nil {
			return err
		}
		// In one order, so that two servers never wait for each other.
		slices.SortFunc(people, func(x, y [2]int64) int { return cmp.Compare(x[0], y[0]) })
		for _, p := range people {
			c := s.chosen.get(p[0], p[1])
			if c == nil {
				if c, err = s.loadChoices(tx, p[0], p[1]); err != nil {
					return err
				}
				s.chosen.put(c)
			}
			due = append(due, c)
		}
		return tx.Query("SELECT min(until) FROM choice_view WHERE viewer = $1 AND until > $2", []any{v.ID, v.At}, func(r *db.Row) error {
			if !r.Null(0) {
				u.edge = r.Int64(0)
			}
			return nil
		})
	})
	return due, u, err
}

// outlived is for how long, in milliseconds, what has ended is kept: the clocks
// of two nodes may differ.
const outlived = 60 * 60 * 1000

// keepJudged works out what a viewer may see of some people.
func (s *Store) keepJudged(ctx context.Context, v Viewpoint, due []*Choices, judge func(*Choices) (Judged, error)) error {
	all := make([]Judged, len(due))
	for i, c := range due {
		var err error
		if all[i], err = judge(c); err != nil {
			return err
		}
		if all[i].Until == 0 {
			all[i].Until = math.MaxInt64
		}
	}
	return s.db.Write(ctx, func(tx *db.Tx) error {
		for i, c := range due {
			if err := keepOne(tx, v, c, &all[i]); err != nil {
				return err
			}
		}
		return nil
	})
}

func keepOne(tx *db.Tx, v Viewpoint, c *Choices, j *Judged) error {
	silent := int64(0)
	if j.Silent {
		silent = 1
	}
	for _, table := range []string{"choice_open", "choice_view"} {
		_, err := tx.Exec("DELETE FROM "+table+" WHERE person = $1 AND (epoch < $3 OR viewer = $2 AND until < $4)", c.person, v.ID, c.epoch, v.At-outlived)
		if err != nil {
			return err
		}
	}
	_, err := tx.Exec("INSERT INTO choice_open (person, viewer, epoch, until, since, num) SELECT CAST($1 AS bigint), CAST($2 AS bigint), CAST($3 AS bigint), CAST($4 AS bigint), CAST($5 AS bigint), i.value FROM "+
		tx.Dialect().EachInt("$6", "i")+" WHERE true ON CONFLICT DO NOTHING", c.person, v.ID, c.epoch, j.Until, v.At, j.Open)
	if err != nil {
		return err
	}
	_, err = tx.Exec("INSERT INTO choice_view (person, viewer, epoch, until, since, silent) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
		c.person, v.ID, c.epoch, j.Until, v.At, silent)
	return err
}

// unchosen is the condition that a row may not be seen from the viewpoint: by
// the choices of whose record it is in, or of somebody else whom it names. What
// names somebody else has no class under their choices, so that it takes that
// these say nothing of the viewer.
func (b *builder) unchosen(x string) string {
	class := fmt.Sprintf("((cz.mask >> %d) & %d)", choiceShift, maxChoice)
	open := "EXISTS (SELECT 1 FROM choice_open co WHERE " + b.heldBy("co") + " AND co.num = " + class + ")"
	of := "EXISTS (SELECT 1 FROM person cp WHERE cp.person = (" + x + " >> 24) AND cp.choices <> 0 AND EXISTS (SELECT 1 FROM res cz WHERE cz.row = " + x + " AND "
	if b.reach.Viewpoint.Asks {
		return "(" + x + " >= " + b.arg(FirstRow(firstPerson)) + " AND NOT " + of + open + "))" +
			" OR EXISTS (SELECT 1 FROM also ca WHERE ca.row = " + x + "))"
	}
	return "(" + of + class + " <> 0 AND NOT " + open + "))" +
		" OR EXISTS (SELECT 1 FROM also ca JOIN person cp ON cp.person = ca.person WHERE ca.row = " + x + " AND cp.choices <> 0" +
		" AND NOT EXISTS (SELECT 1 FROM choice_view cv WHERE " + b.heldBy("cv") + " AND cv.silent = 1)))"
}

// unchosenSelf adds the versions that may not be seen for what they say
// themselves: the rows tell of the current ones only.
func (s *Store) unchosenSelf(tx *db.Tx, reach Reach, heads []*head, out map[*head]bool) error {
	type part struct{ person, num int64 }
	var people []int64
	for _, h := range heads {
		if PersonOf(h.row) >= firstPerson && (classOf(h.mask) != 0 || reach.Viewpoint.Asks) {
			people = append(people, PersonOf(h.row))
		}
	}
	if len(people) == 0 {
		return nil
	}
	open := map[part]bool{}
	b := newBuilder(tx.Dialect(), reach)
	err := tx.Query("SELECT co.person, co.num FROM person cp JOIN choice_open co ON "+b.heldBy("co")+" WHERE "+tx.Dialect().AnyInt("cp.person", b.arg(people)), b.args, func(r *db.Row) error {
		open[part{r.Int64(0), r.Int64(1)}] = true
		return nil
	})
	for _, h := range heads {
		p := part{PersonOf(h.row), classOf(h.mask)}
		if p.person >= firstPerson && (p.num != 0 || reach.Viewpoint.Asks) && !open[p] {
			out[h] = true
		}
	}
	return err
}
