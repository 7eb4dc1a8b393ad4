package store

import (
	"context"
	"fmt"
	"time"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
)

// NewCode is a kind of code that came from a sensitive service, stands in no
// table, and waits for somebody to judge it.
type NewCode struct {
	label.Code
	Since int64 // milliseconds since 1970 UTC
}

// Judgement is what was said of a code, by whom, when and why.
type Judgement struct {
	label.Judged
	By, Why string
	At      int64 // milliseconds since 1970 UTC
}

// maxWaiting bounds the codes that wait. What is beyond is hidden all the same,
// and comes up when it is labelled anew.
const maxWaiting = 10_000

// newCodes remembers the new kinds of code of a resource.
func (w *writing) newCodes(t *fhir.Tree) {
	for _, c := range w.s.tables.Load().New(t) {
		if w.fresh == nil {
			w.fresh = map[label.Code]bool{}
		}
		w.fresh[c] = true
	}
}

// keepReviews writes down what of this write has to be judged.
func (w *writing) keepReviews(rows []Row) error {
	for i := range w.drafts {
		d := &w.drafts[i]
		if rows[i] < 0 || d.packed == nil || w.labels.masks[i]&int64(label.UnderReview) == 0 {
			continue
		}
		v := &Version{Ref: d.Ref, Encoded: d.Encoded}
		t, err := v.Tree()
		if err != nil {
			return err
		}
		w.newCodes(t)
	}
	return w.saveReviews()
}

func (w *writing) saveReviews() error {
	for c := range w.fresh {
		if _, err := w.tx.Exec("INSERT INTO label_new (system, code, since) SELECT $1, $2, $3 WHERE (SELECT count(*) FROM label_new) < $4 ON CONFLICT DO NOTHING",
			c.System, c.Code, time.Now().UnixMilli(), maxWaiting); err != nil {
			return err
		}
	}
	return nil
}

// Waiting lists the codes that wait to be judged, oldest first.
func (s *Store) Waiting(ctx context.Context) (out []NewCode, err error) {
	err = s.db.Query(ctx, "SELECT system, code, since FROM label_new ORDER BY since, system, code", nil, func(r *db.Row) error {
		out = append(out, NewCode{label.Code{System: r.Text(0), Code: r.Text(1)}, r.Int64(2)})
		return nil
	})
	return out, err
}

// Judgements lists what was judged, oldest first.
func (s *Store) Judgements(ctx context.Context) (out []Judgement, err error) {
	err = s.db.Query(ctx, "SELECT system, code, labels, who, why, at FROM label_judged ORDER BY at, system, code", nil, func(r *db.Row) error {
		out = append(out, Judgement{Judged: label.Judged{Code: label.Code{System: r.Text(0), Code: r.Text(1)}, Labels: label.Set(r.Int64(2))},
			By: r.Text(3), Why: r.Text(4), At: r.Int64(5)})
		return nil
	})
	return out, err
}

// Judge keeps what was said of a code. From then on what is written is labelled
// by it on every node; what is there already is labelled anew by Relabel.
func (s *Store) Judge(ctx context.Context, j Judgement) error {
	if !j.Valid() {
		return problem.New(problem.Invalid, "This is not a code and its code system. Take one from the list of codes that wait.")
	}
	err := s.db.Write(ctx, func(tx *db.Tx) error {
		n, err := tx.Exec("INSERT INTO label_judged (system, code, labels, who, why, at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING",
			j.System, j.Code.Code, int64(j.Labels), j.By, j.Why, j.At)
		if err == nil && n == 0 {
			err = ErrStale
		}
		if err != nil {
			return err
		}
		if _, err := tx.Exec("DELETE FROM label_new WHERE system = $1 AND code = $2", j.System, j.Code.Code); err != nil {
			return err
		}
		return bumpRegistry(tx)
	})
	if err == nil {
		_, err = s.LoadParams(ctx)
	}
	return err
}

// loadTables takes up the tables that came with this program and what was
// judged here.
func (s *Store) loadTables(ctx context.Context) error {
	all, err := s.Judgements(ctx)
	if err != nil {
		return err
	}
	judged := make([]label.Judged, len(all))
	for i := range all {
		judged[i] = all[i].Judged
	}
	s.tables.Store(label.Built().With(judged))
	version := fmt.Sprintf("%s+%d", label.Built().Version(), len(all))
	s.labelVersion.Store(&version)
	return nil
}
