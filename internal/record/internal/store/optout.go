package store

import (
	"context"
	"embed"
	"io/fs"
	"slices"

	"github.com/bevanhealth/bevan/internal/access/optout"
	"github.com/bevanhealth/bevan/internal/db"
)

// People may say no to uses of their record beyond their own care. A reach for
// such a use is without these people: everything in their record, and
// everything that names them beside somebody else, is left out by a term of
// every row source, so that it is not found, counted, sorted, paged or led
// through. Who said no lies in a small table that is asked at each question, so
// that a no holds from the next one on, in the midst of an export too.

//go:embed optout/*.sql
var optoutSteps embed.FS

// migrateOptOuts makes the table ready.
func migrateOptOuts(ctx context.Context, d *db.DB) error {
	sql, err := fs.Sub(optoutSteps, "optout")
	if err != nil {
		return err
	}
	return d.Migrate(ctx, "record/optout", sql)
}

// without gives the terms that leave out the rows of people who said no, and
// what people's choices hide from whoever asks about many.
func (b *builder) without(x string) string {
	terms := ""
	if b.reach.Without != 0 {
		terms += " AND NOT " + b.saidNo(x)
	}
	if b.reach.Viewpoint != nil {
		terms += " AND NOT " + b.unchosen(x)
	}
	return terms
}

// saidNo is the condition that a row is in the record of somebody who said no,
// or names them.
func (b *builder) saidNo(x string) string {
	no := b.arg(int64(b.reach.Without))
	return "(EXISTS (SELECT 1 FROM optout oo WHERE oo.person = (" + x + " >> 24) AND oo.kinds & " + no + " <> 0)" +
		" OR EXISTS (SELECT 1 FROM also oa JOIN optout oo ON oo.person = oa.person WHERE oa.row = " + x + " AND oo.kinds & " + no + " <> 0))"
}

// leftOut tells which of some versions a reach is without.
func (s *Store) leftOut(tx *db.Tx, reach Reach, heads []*head) (map[*head]bool, error) {
	out := map[*head]bool{}
	if reach.Without == 0 && reach.Viewpoint == nil || len(heads) == 0 {
		return out, nil
	}
	b := newBuilder(tx.Dialect(), reach)
	inside, current := map[Row]bool{}, map[Row]int64{}
	err := tx.Query("SELECT i.value, (SELECT c.ver FROM res c WHERE c.row = i.value) FROM "+tx.Dialect().EachInt(b.arg(rowsOfHeads(heads)), "i")+" WHERE true"+b.without("i.value"), b.args, func(r *db.Row) error {
		inside[r.Int64(0)] = true
		if !r.Null(1) {
			current[r.Int64(0)] = r.Int64(1)
		}
		return nil
	})
	for _, h := range heads {
		if !inside[h.row] {
			out[h] = true
		}
	}
	if err == nil && reach.Viewpoint != nil {
		err = s.unchosenSelf(tx, reach, heads, out)
	}
	if err == nil {
		err = s.namedBefore(tx, reach, heads, current, out)
	}
	return out, err
}

// keep gives those heads that a reach is not without.
func (s *Store) keep(tx *db.Tx, reach Reach, heads []*head) ([]*head, error) {
	out, err := s.leftOut(tx, reach, heads)
	return slices.DeleteFunc(heads, func(h *head) bool { return out[h] }), err
}

func rowsOfHeads(heads []*head) []Row {
	rows := make([]Row, len(heads))
	for i, h := range heads {
		rows[i] = h.row
	}
	return rows
}

// isLeftOut tells whether a reach is without one version.
func (s *Store) isLeftOut(ctx context.Context, reach Reach, h *head) (out bool, err error) {
	if reach.Without == 0 && reach.Viewpoint == nil {
		return false, nil
	}
	err = s.db.Read(ctx, func(tx *db.Tx) error {
		all, err := s.leftOut(tx, reach, []*head{h})
		out = all[h]
		return err
	})
	return out, err
}

// objecting tells whether somebody's no may change by some drafts.
func objecting(drafts []Draft) bool {
	return slices.ContainsFunc(drafts, func(d Draft) bool { return d.Type == "Consent" })
}

// consentHomes are the people in whose records the Consents among the drafts
// lie before they are written.
func (w *writing) consentHomes() map[int64]bool {
	if !objecting(w.drafts) {
		return nil
	}
	homes := map[int64]bool{}
	for i := range w.drafts {
		if row, ok := w.names[w.drafts[i].Ref]; ok && w.drafts[i].Type == "Consent" {
			homes[PersonOf(row)] = true
		}
	}
	return homes
}

// object works out anew who said no among those whose Consents were written, in
// the same transaction. rows are where the drafts lie now.
func (w *writing) object(homes map[int64]bool, rows []Row) error {
	for i := range w.drafts {
		if w.drafts[i].Type == "Consent" && rows[i] >= 0 {
			homes[PersonOf(rows[i])] = true
		}
	}
	for person := range homes {
		if person < firstPerson {
			continue
		}
		if err := w.s.objects(w.tx, person, w.at); err != nil {
			return err
		}
	}
	return nil
}

// objects reads the Consents of a person, and keeps which kinds of no they have.
func (s *Store) objects(tx *db.Tx, person, at int64) error {
	heads, err := s.headsWhere(tx, "res r WHERE r.body IS NOT NULL AND r.row IN (SELECT row FROM far WHERE hash = $1 AND row >= $2 AND row < $3)",
		s.typeHash("Consent"), FirstRow(person), FirstRow(person+1))
	if err != nil {
		return err
	}
	versions, err := s.openAll(tx, heads)
	if err != nil {
		return err
	}
	var kinds optout.Kind
	for _, v := range versions {
		t, err := v.Tree()
		if err != nil {
			return err
		}
		kinds |= optout.Read(t)
	}
	if kinds == 0 {
		_, err = tx.Exec("DELETE FROM optout WHERE person = $1", person)
		return err
	}
	_, err = tx.Exec("INSERT INTO optout (person, kinds, since) VALUES ($1, $2, $3)"+
		" ON CONFLICT (person) DO UPDATE SET since = CASE WHEN optout.kinds = $2 THEN optout.since ELSE $3 END, kinds = $2", person, int64(kinds), at)
	return err
}

// OptedOut says which kinds of no a person has, and since when, in milliseconds
// since 1970 UTC.
func (s *Store) OptedOut(ctx context.Context, person int64) (kinds optout.Kind, since int64, err error) {
	err = s.db.Query(ctx, "SELECT kinds, since FROM optout WHERE person = $1", []any{person}, func(r *db.Row) error {
		kinds, since = optout.Kind(r.Int64(0)), r.Int64(1)
		return nil
	})
	return kinds, since, err
}

// OptedOutIDs calls fn for the logical id of each Patient who has one of the
// kinds of no, by their numbers behind after, at most so many; it gives the last
// number, or 0 at the end.
func (s *Store) OptedOutIDs(ctx context.Context, kinds optout.Kind, after int64, most int, fn func(id string)) (last int64, err error) {
	n := 0
	err = s.db.Query(ctx, "SELECT o.person, p.id FROM optout o JOIN person p ON p.person = o.person WHERE o.person > $1 AND o.kinds & $2 <> 0 ORDER BY o.person LIMIT $3",
		[]any{after, int64(kinds), int64(most)}, func(r *db.Row) error {
			last = r.Int64(0)
			n++
			fn(r.Text(1))
			return nil
		})
	if n < most {
		last = 0
	}
	return last, err
}
