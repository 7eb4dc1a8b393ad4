package record

import (
	"context"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/optout"
)

// A use beyond care is one that learns from many people, or takes their data
// out for somebody else: research, and every export by a program. Those who said
// no to such uses are left out of it, by a term of every query.
//
// It is no use beyond care when the service moves or backs up what it keeps
// (bevan export, bevan backup, and $export with an operator's token), when a
// person takes their own record out, and when a program works for the service:
// the operator let it in for that.
func beyondCare(who access.Who, why access.Purpose) bool {
	return why == access.Research || why == access.Export && who.Role == access.RoleProgram
}

// BeyondCare narrows a session to a use beyond care. It takes away and never
// adds; doing it twice is doing it once.
func (s *Session) BeyondCare() *Session {
	narrow := *s
	narrow.beyondCare()
	return &narrow
}

func (s *Session) beyondCare() {
	if s.base.Without == 0 && s.decision.Granted {
		s.decision.Rule += "-beyond-care"
	}
	s.base.Without = optout.All
}

// OptedOut says which uses beyond care the one person that the session is about
// said no to, and since when. The look is on the access log.
func (s *Session) OptedOut(ctx context.Context) (optout.Kind, time.Time, error) {
	if err := s.may(ctx, access.Search, "Consent"); err != nil {
		return 0, time.Time{}, err
	}
	person, one := s.scope.Person()
	if !one {
		return 0, time.Time{}, s.refuse(ctx, access.Search, "Consent")
	}
	kinds, since, err := s.d.store.OptedOut(ctx, person)
	if err != nil {
		return 0, time.Time{}, err
	}
	if err := s.note(ctx, access.Search, "Consent", 200, -1, nil, nil); err != nil || kinds == 0 {
		return kinds, time.Time{}, err
	}
	return kinds, time.UnixMilli(since).UTC(), nil
}

// OptedOutIDs lists the logical ids of patients who have one of the kinds of no,
// in pages: it gives where the next one begins, 0 at the end. It is for those
// who may read every Consent.
func (s *Session) OptedOutIDs(ctx context.Context, kinds optout.Kind, after int64) (ids []string, next int64, err error) {
	if !s.base.Everyone {
		return nil, 0, s.refuse(ctx, access.Search, "Consent")
	}
	if err := s.mayAll(ctx, access.Search, "Consent"); err != nil {
		return nil, 0, err
	}
	next, err = s.d.store.OptedOutIDs(ctx, kinds, after, scanBatch, func(id string) { ids = append(ids, id) })
	if err != nil {
		return nil, 0, err
	}
	return ids, next, s.note(ctx, access.Search, "Consent", 200, int64(len(ids)), nil, nil)
}
