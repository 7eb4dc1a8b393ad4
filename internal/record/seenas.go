package record

import (
	"context"
	"net/http"
	"strings"

	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// Viewer is somebody who would look at the record of the session's person, and
// what for.
type Viewer struct {
	Who access.Who
	Why access.Purpose
}

// Judged is an entry of the record, with what a viewer would see of it.
type Judged struct {
	Resource
	Seen
}

// SeenPage is a page of a record as a viewer would see it.
type SeenPage struct {
	// Refused says why the viewer would be let into no part of the record; nil
	// where they would be let in.
	Refused *Seen
	Items   []Judged
	Next    string // the cursor of the next page; "" on the last one
}

// SeenAs answers one page of a query as the session does, and says of each
// entry whether a viewer would see it and why. The evaluator is the one that a
// session of the viewer has, but no session is opened: nothing of it can be
// done in the viewer's name. It is a look by the session's own holder, and
// stands in the log as that. The query's includes are not followed.
func (s *Session) SeenAs(ctx context.Context, q search.Query, cursor string, as Viewer) (SeenPage, error) {
	they, err := s.viewed(ctx, as)
	if err != nil {
		return SeenPage{}, err
	}
	q.Includes = nil
	f, kind, err := s.look(ctx, q, cursor)
	if err != nil {
		return SeenPage{}, err
	}
	page := SeenPage{}
	if !they.decision.Granted {
		all, err := they.judge(ctx, nil)
		if err != nil {
			return SeenPage{}, err
		}
		page.Refused = &all
		return page, nil
	}
	readable := map[string]bool{}
	for _, v := range f.Matches {
		one := Judged{}
		if one.Resource, err = s.resource(v); err != nil {
			return SeenPage{}, err
		}
		if one.Seen, err = they.judge(ctx, v); err != nil {
			return SeenPage{}, err
		}
		if one.Seen, err = s.tell(ctx, one.Seen, readable); err != nil {
			return SeenPage{}, err
		}
		page.Items = append(page.Items, one)
	}
	if f.Next != nil {
		page.Next, err = s.sealCursor(kind, f.Next)
	}
	return page, err
}

// SeenCount is how many entries of a type there are, and how many of them a
// viewer would see.
type SeenCount struct{ There, Seen int }

// countedPages and countedPage bound what SeenCounts looks at.
const (
	countedPages = 5
	countedPage  = 1000
)

// SeenCounts counts by type what a query finds, and what of it a viewer would
// see. more says that there is more than was counted. A viewer who would be let
// in nowhere sees nothing.
func (s *Session) SeenCounts(ctx context.Context, q search.Query, as Viewer) (counts map[string]SeenCount, more bool, err error) {
	they, err := s.viewed(ctx, as)
	if err != nil {
		return nil, false, err
	}
	counts = map[string]SeenCount{}
	q.Includes, q.Count = nil, countedPage
	reach, cursor := they.to(access.Read), ""
	for range countedPages {
		f, kind, err := s.look(ctx, q, cursor)
		if err != nil {
			return nil, false, err
		}
		for _, v := range f.Matches {
			n := counts[v.Type]
			n.There++
			ok := false
			if they.decision.Granted && they.sees(access.Read, v.Type) {
				if ok, err = s.d.store.Within(ctx, reach, v); err != nil {
					return nil, false, err
				}
			}
			if ok {
				n.Seen++
			}
			counts[v.Type] = n
		}
		if f.Next == nil {
			return counts, false, nil
		}
		if cursor, err = s.sealCursor(kind, f.Next); err != nil {
			return nil, false, err
		}
	}
	return counts, true, nil
}

// WhoSees says of one entry, for each of several viewers, whether they would
// see it and why. It is one look at the entry.
func (s *Session) WhoSees(ctx context.Context, k Key, all []Viewer) ([]Seen, error) {
	if err := s.mayExplain(ctx, k.Type); err != nil {
		return nil, err
	}
	if _, err := s.Read(ctx, k, 0); err != nil {
		return nil, err
	}
	v, err := s.d.store.Read(ctx, s.to(access.Read), store.Ref(k), 0)
	if err != nil {
		return nil, err
	}
	if v == nil || store.Subject(v.Row) == 0 {
		return nil, problem.New(problem.Unprocessable, "This is in nobody's record, so no choice is about it. Ask about something in a record.")
	}
	patient, err := s.d.store.PatientOf(ctx, store.Subject(v.Row))
	if err != nil {
		return nil, err
	}
	readable := map[string]bool{}
	out := make([]Seen, len(all))
	for i, as := range all {
		they, err := s.begunAs(ctx, as, patient, store.Subject(v.Row))
		if err != nil {
			return nil, err
		}
		seen, err := they.judge(ctx, v)
		if err != nil {
			return nil, err
		}
		if out[i], err = s.tell(ctx, seen, readable); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// mayExplain refuses whoever is neither the person nor one of those who run the
// service: what others may see tells of the person's choices.
func (s *Session) mayExplain(ctx context.Context, typ string) error {
	if s.who.Role != access.RoleSelf && s.who.Role != access.RoleOperator {
		return s.refuse(ctx, access.Read, typ)
	}
	return nil
}

// viewed is what a viewer could do with the record of the session's person.
func (s *Session) viewed(ctx context.Context, as Viewer) (*Session, error) {
	if err := s.mayExplain(ctx, ""); err != nil {
		return nil, err
	}
	if _, one := s.scope.Person(); !one {
		return nil, problem.New(problem.Invalid, "Say whose record it is about.")
	}
	return s.begunAs(ctx, as, s.patient, s.person)
}

func (s *Session) begunAs(ctx context.Context, as Viewer, patient string, person int64) (*Session, error) {
	as.Who.Patient, as.Who.For = patient, person
	return s.d.begin(ctx, as.Who, About{Patient: patient}, as.Why)
}

// look finds one page of a query for the session's holder, and writes the
// access down.
func (s *Session) look(ctx context.Context, q search.Query, cursor string) (f *store.Found, kind string, err error) {
	if q, err = s.within(ctx, q); err != nil {
		return nil, "", err
	}
	asked := s.asked(q)
	kind = "seen " + strings.Join(q.Types, ",") + " " + string(asked.digest)
	var from *store.Position
	if cursor != "" {
		from = &store.Position{}
		if err := s.openCursor(kind, cursor, from); err != nil {
			return nil, "", err
		}
	}
	if q.Count <= 0 {
		q.Count = DefaultCount
	}
	if f, err = s.d.store.Search(ctx, s.to(access.Search), q, from, min(q.Count, countedPage)); err != nil {
		return nil, "", err
	}
	typ := ""
	if len(q.Types) == 1 {
		typ = q.Types[0]
	}
	return f, kind, s.note(ctx, access.Search, typ, http.StatusOK, int64(f.Total), asked, f.Matches)
}
