package record

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// mostChosen bounds how many choices change at once.
const mostChosen = 20

// Decide changes the sharing choices of the session's person: all of it or
// nothing, and from the next session of anybody on. A choice that ends is kept,
// as inactive, with a Provenance that says who ended it and the reason, in 10 to
// 1,000 letters; without one the reason is that the person asked.
//
// No rule lets people write Consents otherwise, and no app in their name can: a
// choice is theirs, and what it may be is only a sharing choice about their own
// record that can be obeyed. It gives the new Consents.
func (s *Session) Decide(ctx context.Context, c Choosing, reason string) ([]Resource, error) {
	if err := s.mayDecide(ctx); err != nil {
		return nil, err
	}
	if reason = strings.TrimSpace(reason); reason == "" {
		reason = "The person ended this choice."
	}
	switch n := utf8.RuneCountInString(reason); {
	case n < minReason || n > maxReason || !utf8.ValidString(reason):
		return nil, problem.New(problem.Invalid, "Say in a few words why, in 10 to 1,000 letters.")
	case len(c.Add)+len(c.End) == 0 || len(c.Add)+len(c.End) > mostChosen:
		return nil, problem.New(problem.Invalid, "There is nothing to change, or too much at once. Change one choice at a time.")
	}
	for _, t := range c.Add {
		if err := s.ownChoice(t); err != nil {
			return nil, err
		}
	}
	var err error
	for range tries {
		var out []Resource
		if out, err = s.decideOnce(ctx, c, reason); !errors.Is(err, store.ErrStale) {
			return out, err
		}
	}
	return nil, err
}

func (s *Session) decideOnce(ctx context.Context, c Choosing, reason string) ([]Resource, error) {
	var drafts []store.Draft
	for _, t := range c.Add {
		d, err := s.newDraft("Consent", t)
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, d)
	}
	for _, id := range c.End {
		ended, err := s.endDrafts(ctx, id, reason)
		if err != nil {
			return nil, err
		}
		drafts = append(drafts, ended...)
	}
	written, err := s.d.store.Write(ctx, drafts, nil)
	if err != nil {
		return nil, err
	}
	e := s.entry(ctx, s.person)
	e.Verb, e.Outcome, e.Type = access.Update|access.Create, http.StatusOK, "Consent"
	var out []Resource
	for i, d := range drafts {
		e.Returned = append(e.Returned, audit.Ref{Type: d.Type, ID: d.ID, Version: written[i].Version})
		if i >= len(c.Add) {
			continue
		}
		r, err := s.resource(&store.Version{Ref: d.Ref, Row: written[i].Row, Version: written[i].Version, At: written[i].At, How: store.Post, Encoded: d.Encoded})
		if err != nil {
			return nil, err
		}
		out = append(out, r)
	}
	return out, s.append(ctx, e)
}

// newDraft is a resource under an id that is drawn.
func (s *Session) newDraft(typ string, t *fhir.Tree) (store.Draft, error) {
	id, err := fhir.NewID(rand.Reader)
	if err != nil {
		return store.Draft{}, problem.Wrap(problem.Unavailable, "", err)
	}
	d, err := s.d.store.Draft(store.Ref{Type: typ, ID: id}, store.Post, t)
	d.Expect, d.Fresh = store.Absent, true
	return d, err
}

// endDrafts are a choice that ends, and its Provenance.
func (s *Session) endDrafts(ctx context.Context, id, reason string) ([]store.Draft, error) {
	ref := store.Ref{Type: "Consent", ID: id}
	v, err := s.d.store.Read(ctx, s.to(access.Read), ref, 0)
	if err != nil {
		return nil, err
	}
	if v == nil || v.Encoded == nil || store.Subject(v.Row) != s.person {
		return nil, noChoice()
	}
	t, err := v.Tree()
	if err != nil {
		return nil, err
	}
	if c, err := s.d.store.ReadChoice(t); err != nil || c == nil {
		return nil, noChoice()
	}
	status := t.Root().Get("status")
	if !status.Is("active") {
		return nil, problem.New(problem.Conflict, "This choice has ended already. Look at the list again.")
	}
	from, to := status.Span()
	body, err := reparsed(t, []fhir.Edit{{From: from, To: to, With: []byte(`"inactive"`)}})
	if err != nil {
		return nil, err
	}
	d, err := s.d.store.Draft(ref, store.Patch, body)
	if err != nil {
		return nil, err
	}
	d.Expect = v.Version
	why, err := s.origin(v, s.patient, "end-choice", "", reason)
	if err != nil {
		return nil, err
	}
	p, err := s.newDraft("Provenance", why)
	return []store.Draft{d, p}, err
}

func noChoice() error {
	return problem.New(problem.NotFound, "There is no such choice of yours. Look at the list again.")
}
