package record

import (
	"context"
	"net/http"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// Read returns the current version of a resource, or the one asked for; 0 is
// the current one. The error is a problem: NotFound for what is not there or
// may not be seen, which look the same, and Gone for what was deleted.
func (s *Session) Read(ctx context.Context, k Key, version int64) (Resource, error) {
	if err := s.may(ctx, access.Read, k.Type); err != nil {
		return Resource{}, err
	}
	v, err := s.d.store.Read(ctx, s.to(access.Read), store.Ref(k), version)
	if err != nil {
		return Resource{}, err
	}
	if v == nil || v.Encoded == nil {
		return Resource{}, s.notThere(ctx, k, v != nil)
	}
	r, err := s.resource(v)
	if err != nil {
		return Resource{}, err
	}
	if err := s.note(ctx, access.Read, k.Type, http.StatusOK, -1, nil, []*store.Version{v}); err != nil {
		return Resource{}, err
	}
	return r, nil
}

// notThere writes down that a resource was asked for which is not given, and says
// so: it was deleted, or it is not there, which includes what may not be seen.
func (s *Session) notThere(ctx context.Context, k Key, deleted bool) error {
	out := problem.New(problem.NotFound, "There is no "+k.String()+" here that you may see. Check the id.")
	if deleted {
		out = problem.New(problem.Gone, "This resource was deleted. Its history may still be read.")
	}
	if err := s.note(ctx, access.Read, k.Type, out.Kind.Status(), -1, nil, nil); err != nil {
		return err
	}
	return out
}
