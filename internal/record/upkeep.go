package record

import (
	"context"
	"net/http"
	"slices"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/jobs"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// Upkeep gives nobody any data, but touches everybody's: it needs a session
// over everything and stands in the access log.

// Fault is something in the store that does not hold together.
type Fault = store.Fault

// Progress is told how far a long piece of work has come.
type Progress = store.Progress

// Reindex makes the index again from the resources. Nothing may be served
// meanwhile.
func (s *Session) Reindex(ctx context.Context, tell Progress) error {
	if err := s.mayKeep(ctx); err != nil {
		return err
	}
	return s.d.store.Rebuild(ctx, tell)
}

// Verify opens every version and compares the index with the resources.
func (s *Session) Verify(ctx context.Context, tell Progress, fault func(Fault)) error {
	if err := s.mayKeep(ctx); err != nil {
		return err
	}
	return s.d.store.Verify(ctx, tell, fault)
}

// Rewrap wraps every person's key with the newest master key, after the ring
// was rotated.
func (s *Session) Rewrap(ctx context.Context, tell func(person int64)) error {
	if err := s.mayKeep(ctx); err != nil {
		return err
	}
	for last, done := int64(0), false; !done; {
		var err error
		if last, done, err = s.d.store.Rewrap(ctx, last, 500); err != nil {
			return err
		}
		tell(last)
	}
	return nil
}

// Count counts the resources that are there now.
func (s *Session) Count(ctx context.Context) (int64, error) {
	if err := s.may(ctx, access.Search, ""); err != nil {
		return 0, err
	}
	return s.d.store.CountCurrent(ctx)
}

// RejectedParams lists the stored search parameters that can't be used, with
// the reasons.
func (d *Door) RejectedParams() []store.Rejected { return d.store.Rejected }

func (s *Session) mayKeep(ctx context.Context) error {
	if err := s.may(ctx, access.Read|access.Update, ""); err != nil {
		return err
	}
	return s.note(ctx, access.Update, "", http.StatusOK, -1, nil, nil)
}

// IndexKind is the kind of the jobs that index custom search parameters.
const IndexKind = "index-search-parameters"

const backfillChunk = 500

// HandleIndex registers the work of indexing custom search parameters with the
// queue. A search by such a parameter is answered from the resources
// themselves until its index is whole. The work gives nobody any data, so it
// opens no session; the log names who brought the parameter. It is asked for at
// once, in the name of by, where this program has an index of its own that the
// store was made without.
func (d *Door) HandleIndex(ctx context.Context, q *jobs.Queue, by access.Who) error {
	q.Handle(IndexKind, d.index)
	d.queue = q
	if len(d.store.UnindexedParams()) == 0 {
		return nil
	}
	list, err := q.List(ctx, IndexKind, 10)
	if err != nil || slices.ContainsFunc(list, func(j jobs.Status) bool { return !j.State.Ended() }) {
		return err
	}
	_, err = q.Add(ctx, jobs.Spec{Kind: IndexKind, By: by, Purpose: access.Operations})
	return err
}

func (d *Door) index(ctx context.Context, j *jobs.Job) error {
	err := d.log.Append(ctx, audit.Entry{Who: j.Who(), Purpose: j.Purpose, Verb: access.Update,
		Type: "SearchParameter", Rule: IndexKind, Rules: access.RulesVersion, Outcome: http.StatusOK, Total: -1})
	if err != nil {
		return err
	}
	// Another node may have brought the parameters.
	if _, err := d.store.LoadParams(ctx); err != nil {
		return err
	}
	total, err := d.store.CountCurrent(ctx)
	if err != nil {
		return err
	}
	at := indexSpot{After: -1}
	if err := at.read(j.Spot); err != nil {
		return err
	}
	for done := false; !done; {
		at.After, done, err = d.store.Backfill(ctx, at.After, backfillChunk, func(tx *db.Tx, last store.Row) error {
			next := indexSpot{After: last, Done: min(at.Done+backfillChunk, total)}
			return j.SaveIn(tx, next.Done, total, next.bytes())
		})
		if err != nil {
			return err
		}
		at.Done = min(at.Done+backfillChunk, total)
	}
	return nil
}

// indexLater asks for the custom parameters that are new to be indexed.
func (s *Session) indexLater(ctx context.Context) error {
	if s.d.queue == nil || len(s.d.store.UnindexedParams()) == 0 {
		return nil
	}
	_, err := s.d.queue.Add(ctx, jobs.Spec{Kind: IndexKind, By: s.who, Purpose: access.Operations})
	return err
}
