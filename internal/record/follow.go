package record

import (
	"context"
	"net/http"
	"time"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

const followBatch = 500

// Follow calls fn for each change within the session's reach, oldest first,
// and goes on until ctx ends. name keeps the place in the feed: after a stop
// the next Follow of that name goes on behind the last change for which fn
// returned nil, so that fn may see a change twice but never misses one.
func (s *Session) Follow(ctx context.Context, name string, fn func(Change) error) error {
	if err := s.mayAll(ctx, access.Follow, ""); err != nil {
		return err
	}
	at, err := s.d.store.FollowCursor(ctx, name)
	if err != nil {
		return err
	}
	for {
		moved, err := s.followOnce(ctx, name, &at, fn)
		switch {
		case ctx.Err() != nil:
			return nil
		case err != nil:
			return err
		}
		if moved {
			continue
		}
		select {
		case <-ctx.Done():
			return nil
		case <-s.d.store.Wake():
		case <-time.After(time.Second): // other nodes' commits wake nobody here
		}
	}
}

// followOnce passes on one batch and keeps its place.
func (s *Session) followOnce(ctx context.Context, name string, at *store.Cursor, fn func(Change) error) (bool, error) {
	versions, next, err := s.d.store.Changes(ctx, s.to(access.Follow), *at, followBatch)
	if err != nil || next == *at {
		return false, err
	}
	if err := s.note(ctx, access.Follow, "", http.StatusOK, -1, nil, versions); err != nil {
		return false, err
	}
	for _, v := range versions {
		r, err := s.resource(v)
		if err != nil {
			return false, err
		}
		if err := fn(Change{Key: r.Key, Version: r.Version, Method: r.Method, Updated: r.Updated, Body: r.Body}); err != nil {
			return false, err
		}
	}
	*at = next
	// Kept even when this was the last batch before a stop.
	return true, s.d.store.SaveCursor(context.WithoutCancel(ctx), name, next)
}

// scanBatch is how many resources are read, and written down in the access
// log, at a time.
const scanBatch = 1000

// MayScan refuses what Scan would refuse: types of which not all resources may
// be searched, and queries that ask about resources of types that may not be. A
// right to some resources of a type is none to take data out.
func (s *Session) MayScan(ctx context.Context, types []string, queries []search.Query) error {
	for _, t := range types {
		if err := s.mayAll(ctx, access.Search, t); err != nil {
			return err
		}
	}
	if len(types) == 0 {
		if err := s.mayAll(ctx, access.Search, ""); err != nil {
			return err
		}
	}
	for _, q := range queries {
		if _, err := s.within(ctx, q); err != nil { // a chain asks about resources of another type
			return err
		}
	}
	return nil
}

// Scan calls fn for current resources of the types (none: every type), one
// type after the other, that were changed at or after since and answer at
// least one of the queries of their type (none: all do). It stops when fn
// returns an error or when there are no more; the cursor leads on behind the
// last batch that fn took whole.
func (s *Session) Scan(ctx context.Context, types []string, since time.Time, queries []search.Query, cursor string, fn func(Resource) error) (string, error) {
	if err := s.MayScan(ctx, types, queries); err != nil {
		return cursor, err
	}
	if len(types) == 0 {
		types = []string{""}
	}
	at := scanSpot{After: -1}
	if cursor != "" {
		if err := s.openCursor("scan", cursor, &at); err != nil {
			return cursor, err
		}
	}
	for at.Type < len(types) {
		of := store.ScanOf{Type: types[at.Type]}
		if !since.IsZero() {
			of.Since = since.UnixMilli()
		}
		last, done, err := s.scanOnce(ctx, of, at.After, queries, fn)
		if err != nil {
			return cursor, err
		}
		if at.After = last; done {
			at = scanSpot{Type: at.Type + 1, After: -1}
		}
		if cursor, err = s.sealCursor("scan", at); err != nil {
			return cursor, err
		}
	}
	return cursor, nil
}

// scanSpot is where a scan has come to: in which of its types, behind which
// row.
type scanSpot struct {
	Type  int
	After store.Row
}

func (s *Session) scanOnce(ctx context.Context, of store.ScanOf, after store.Row, queries []search.Query, fn func(Resource) error) (last store.Row, done bool, err error) {
	if err := s.again(ctx); err != nil {
		return after, false, err
	}
	versions, last, done, err := s.d.store.Scan(ctx, s.to(access.Search), of, after, scanBatch)
	if err != nil {
		return last, done, err
	}
	if versions, err = s.answering(ctx, versions, queries); err != nil {
		return last, done, err
	}
	if len(versions) > 0 {
		if err := s.note(ctx, access.Search, of.Type, http.StatusOK, -1, nil, versions); err != nil {
			return last, done, err
		}
	}
	for _, v := range versions {
		r, err := s.resource(v)
		if err == nil {
			err = fn(r)
		}
		if err != nil {
			return last, done, err
		}
	}
	return last, done, nil
}

// answering keeps the versions that answer one of the queries of their type.
func (s *Session) answering(ctx context.Context, versions []*store.Version, queries []search.Query) ([]*store.Version, error) {
	if len(queries) == 0 {
		return versions, nil
	}
	kept := versions[:0]
	for _, v := range versions {
		ok, asked := false, false
		for i := range queries {
			if len(queries[i].Types) > 0 && queries[i].Types[0] != v.Type {
				continue
			}
			asked = true
			yes, err := s.d.store.Answers(ctx, s.to(access.Search), v, queries[i])
			if err != nil {
				return nil, err
			}
			ok = ok || yes
		}
		if ok || !asked {
			kept = append(kept, v)
		}
	}
	return kept, nil
}
