package record

import (
	"context"
	"net/http"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// FollowSome passes on the next batch of changes behind the place that is kept
// under name, oldest first: those of the types that the session may follow. It
// keeps its place when fn returns nil, so that fn may see a batch twice but
// never misses one. moved says that there was something in the feed, whether or
// not any of it was of these types; who follows calls again until there was not.
//
// It is for rooms that keep something beside some types: of what they do not
// follow nothing is opened, and nothing stands in the access log.
func (s *Session) FollowSome(ctx context.Context, name string, fn func([]Change) error) (moved bool, err error) {
	types, all := s.seen(access.Follow)
	if !all && len(types) == 0 {
		return false, s.refuse(ctx, access.Follow, "")
	}
	for _, t := range types { // a right to some resources of a type tells nothing of what was deleted
		if err := s.mayAll(ctx, access.Follow, t); err != nil {
			return false, err
		}
	}
	at, err := s.d.store.FollowCursor(ctx, name)
	if err != nil {
		return false, err
	}
	versions, next, err := s.d.store.Changes(ctx, s.to(access.Follow), at, followBatch)
	if err != nil || next == at {
		return false, err
	}
	if len(versions) > 0 {
		if err := s.note(ctx, access.Follow, "", http.StatusOK, -1, nil, versions); err != nil {
			return false, err
		}
		changes, err := s.changes(ctx, versions)
		if err != nil {
			return false, err
		}
		if err := fn(changes); err != nil {
			return false, err
		}
	}
	return true, s.d.store.SaveCursor(context.WithoutCancel(ctx), name, next)
}

// changes are versions as a follower sees them, with whose they are and were.
func (s *Session) changes(ctx context.Context, versions []*store.Version) ([]Change, error) {
	patients := map[int64]string{0: ""}
	patientOf := func(row store.Row) (string, error) {
		person := store.Subject(row)
		id, known := patients[person]
		if known {
			return id, nil
		}
		id, err := s.d.store.PatientOf(ctx, person)
		patients[person] = id
		return id, err
	}
	out := make([]Change, 0, len(versions))
	for _, v := range versions {
		r, err := s.resource(v)
		if err != nil {
			return nil, err
		}
		c := Change{Key: r.Key, Version: r.Version, Method: r.Method, Updated: r.Updated, Body: r.Body}
		if c.Patient, err = patientOf(v.Row); err != nil {
			return nil, err
		}
		if v.Version > 1 {
			was, err := s.d.store.Read(ctx, s.to(access.Follow), v.Ref, v.Version-1)
			if err != nil {
				return nil, err
			}
			if was != nil {
				if c.Before, err = patientOf(was.Row); err != nil {
					return nil, err
				}
			}
		}
		out = append(out, c)
	}
	return out, nil
}
