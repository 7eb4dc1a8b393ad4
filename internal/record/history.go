package record

import (
	"context"
	"net/http"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// History answers one page of versions, newest first. An instance that never
// was, or may not be seen, is NotFound.
func (s *Session) History(ctx context.Context, h History) (Page, error) {
	verb := access.History
	if h.ID == "" {
		verb = access.TypeHistory
	}
	if err := s.may(ctx, verb, h.Type); err != nil {
		return Page{}, err
	}
	of := store.HistoryOf{Ref: store.Ref{Type: h.Type, ID: h.ID}, Count: h.Count}
	if of.Count <= 0 {
		of.Count = DefaultCount
	}
	if !h.Since.IsZero() {
		of.Since = h.Since.UnixMilli()
	}
	if h.At != nil {
		// Versions carry whole milliseconds: a part of one stands for all of it.
		of.At = &store.Span{From: h.At.From.UnixMilli(), To: h.At.To.Add(time.Millisecond - 1).UnixMilli()}
	}
	kind := "history " + h.Type + "/" + h.ID
	var from *store.Mark
	if h.Cursor != "" {
		from = &store.Mark{}
		if err := s.openCursor(kind, h.Cursor, from); err != nil {
			return Page{}, err
		}
	}
	versions, next, err := s.d.store.History(ctx, s.to(verb), of, from)
	if err != nil {
		return Page{}, err
	}
	if h.ID != "" && len(versions) == 0 && from == nil {
		if err := s.known(ctx, h); err != nil {
			return Page{}, err
		}
	}
	page := Page{}
	if page.Items, err = s.resources(versions, false, nil); err != nil {
		return Page{}, err
	}
	if next != nil {
		if page.Next, err = s.sealCursor(kind, next); err != nil {
			return Page{}, err
		}
	}
	if err := s.note(ctx, verb, h.Type, http.StatusOK, -1, nil, versions); err != nil {
		return Page{}, err
	}
	return page, nil
}

// known refuses the history of what was never in the session's reach.
func (s *Session) known(ctx context.Context, h History) error {
	ever, _, err := s.d.store.History(ctx, s.to(access.History), store.HistoryOf{Ref: store.Ref{Type: h.Type, ID: h.ID}, Count: 1}, nil)
	if err != nil || len(ever) > 0 {
		return err
	}
	if err := s.note(ctx, access.History, h.Type, http.StatusNotFound, -1, nil, nil); err != nil {
		return err
	}
	return problem.New(problem.NotFound, "There is no "+h.Type+"/"+h.ID+" here that you may see. Check the id.")
}
