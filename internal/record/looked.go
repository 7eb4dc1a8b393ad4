package record

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/db"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// Backlog is what the door needs of the access log to show it. A Log that has
// not this shows nothing.
type Backlog interface {
	Newest(ctx context.Context, f audit.Filter, before audit.Mark, fn func(*audit.Entry) error) error
	At(ctx context.Context, seq int64) (e audit.Entry, found bool, err error)
}

// Looking asks who looked at the record of the session's person.
type Looking struct {
	From, To time.Time // From is within, To is not; zero is no bound
	// Actor, Organisation and App are ids as the log has them; an actor is also
	// found by the work that is done for them. Empty is anybody.
	Actor, Organisation, App string
	// Type is what was asked for or given out, such as "Observation".
	Type string
	// Purpose is why they asked; Unstated is any purpose.
	Purpose access.Purpose
	// Outcome says whether what was given or what was refused is meant.
	Outcome Outcomes
	// Others leaves out what the person did with their own record.
	Others bool
	// Keep chooses further; nil keeps all. What it says to one entry it has to
	// say at every time, since pages and totals rest on it. The entry is not
	// its own to change.
	Keep func(*Look) bool
	// Asked are the names of the parameters that were asked with, for the log,
	// and Question is the same in full, so that a page belongs to its question.
	Asked    []string
	Question string
	Count    int // of a page; 0 is the server's own
	Cursor   string
	Total    bool // count all
}

// Outcomes chooses entries by what became of them.
type Outcomes uint8

// What became of a look.
const (
	Any Outcomes = iota
	Given
	Refused
)

// Look is one entry of the access log about a person, as they may see it.
type Look struct {
	// ID names the entry for ever. It tells nothing about it, and nobody can
	// make up that of another one.
	ID string
	audit.Entry
}

// Refused says whether what was asked was not given.
func (l *Look) Refused() bool { return l.Outcome >= http.StatusBadRequest }

// Own says whether it was the person themself, or an app in their name. Somebody
// with another record who tried this one is not.
func (l *Look) Own() bool { return l.Who.Role == access.RoleSelf && l.Who.For == l.Person }

// Looks is a page of entries, newest first.
type Looks struct {
	Items []Look
	// Next is the cursor of the next page; "" on the last one. A page may hold
	// less than was asked for, or nothing, where much had to be passed over.
	Next string
	// Total is how many there are in all; nil where that was not asked for, or
	// is more than can be counted.
	Total *int
}

// Bounds of one question about the log.
const (
	defaultLooks = 50
	maxLooks     = 1_000
	scannedLooks = 20_000  // entries that are passed over for one page
	countedLooks = 100_000 // entries that are counted for a total
)

const noSuchLook = "There is no such entry here that you may see. Check the id."

// Looked gives what happened to the record of the one person that the session
// is about, newest first. It stands in the log itself, before it is given.
//
// A person sees all of it, but for what a named reviewer decided to tell them
// later (Config.Withheld). Who acts for them sees what they did themself and
// nothing else: that somebody went to a clinic shows in the log of the clinic's
// looks, and whose secret that is, is not for the other to decide. Staff do not
// see who else looks after somebody; those who run the service do, and are in
// the log with it.
func (s *Session) Looked(ctx context.Context, q Looking) (Looks, error) {
	log, err := s.backlog(ctx, access.Search)
	if err != nil {
		return Looks{}, err
	}
	q.Count = min(max(q.Count, 0), maxLooks)
	if q.Count == 0 {
		q.Count = defaultLooks
	}
	kind := fmt.Sprintf("looked %d %s %s %q", s.person, s.who.Actor, s.who.App, []any{q.From, q.To, q.Actor, q.Organisation, q.App, q.Type, q.Purpose, q.Outcome, q.Others, q.Question})
	var from audit.Mark
	if q.Cursor != "" {
		if err := s.openCursor(kind, q.Cursor, &from); err != nil {
			return Looks{}, err
		}
	}
	page, next, err := s.looks(ctx, log, q, from, q.Count, scannedLooks)
	if err != nil {
		return Looks{}, err
	}
	out := Looks{Items: page}
	if next != nil {
		if out.Next, err = s.sealCursor(kind, next); err != nil {
			return Looks{}, err
		}
	}
	total := int64(-1)
	if q.Total {
		all, more, err := s.looks(ctx, log, q, audit.Mark{}, countedLooks, countedLooks)
		if err != nil {
			return Looks{}, err
		}
		if n := len(all); more == nil {
			out.Total, total = &n, int64(n)
		}
	}
	return out, s.noteLooks(ctx, access.Search, total, q.Asked, page)
}

// LookedAt gives one entry by its id. The error is NotFound for what is not
// there or may not be seen, which look the same.
func (s *Session) LookedAt(ctx context.Context, id string) (Look, error) {
	log, err := s.backlog(ctx, access.Read)
	if err != nil {
		return Look{}, err
	}
	var e audit.Entry
	seq, ok := s.d.lookNames().seq(s.person, id)
	if ok {
		if e, ok, err = log.At(ctx, seq); err != nil {
			return Look{}, err
		}
	}
	l := Look{ID: id, Entry: e}
	if !ok || e.Person != s.person || !s.maySee(&l) {
		if err := s.note(ctx, access.Read, typeAuditEvent, http.StatusNotFound, -1, nil, nil); err != nil {
			return Look{}, err
		}
		return Look{}, problem.New(problem.NotFound, noSuchLook)
	}
	return l, s.noteLooks(ctx, access.Read, -1, nil, []Look{l})
}

const typeAuditEvent = "AuditEvent"

// IsLook says whether an id is of the form that Looked gives, rather than that
// of an AuditEvent which somebody else made.
func IsLook(id string) bool { return len(id) == lookIDSize }

// backlog is the log to read, for whom may read it.
func (s *Session) backlog(ctx context.Context, v access.Verb) (Backlog, error) {
	if err := s.mayAll(ctx, v, typeAuditEvent); err != nil {
		return nil, err
	}
	if _, one := s.scope.Person(); !one {
		err := problem.New(problem.Invalid, "Say whose record it is about: add patient= and the id of one patient.")
		if logged := s.note(ctx, v, typeAuditEvent, err.Kind.Status(), -1, nil, nil); logged != nil {
			return nil, logged
		}
		return nil, err
	}
	switch s.who.Role {
	case access.RoleSelf, access.RoleProxy, access.RoleOperator, access.RoleProgram:
	default:
		return nil, s.refuse(ctx, v, typeAuditEvent)
	}
	if s.who.Role == access.RoleSelf {
		// Who acts for the person sees only what they did themself, which is never that.
		veiled, err := s.d.store.Withheld(ctx, s.person)
		if err != nil {
			return nil, err
		}
		s.veiled = veiled
	}
	if s.told() && s.d.withheld != nil {
		held, err := s.d.withheld(ctx, s.patient)
		if err != nil {
			return nil, err
		}
		s.held = held
	}
	log, ok := s.d.log.(Backlog)
	if !ok {
		return nil, problem.New(problem.Unavailable, "The access log can not be read now. Try again in a moment.")
	}
	return log, nil
}

// told says whether it is the person who reads, or somebody for them, rather
// than one who runs the service.
func (s *Session) told() bool { return s.who.Role == access.RoleSelf || s.who.Role == access.RoleProxy }

// maySee says whether the session may be told of an entry about its person.
func (s *Session) maySee(l *Look) bool {
	if l.Who.Mandate != "" && slices.Contains(s.held, l.Who.Mandate) {
		return false
	}
	if !s.unveil(l) {
		return false
	}
	return s.who.Role != access.RoleProxy || l.Who.Actor == s.who.Actor && l.Who.Role == access.RoleProxy
}

// unveil takes out of an entry what is withheld from the person, and says whether
// anything is left: a look at such a thing, or its writing, is withheld with it. An
// entry that held other things as well, since it is older than the label, is told
// without it.
func (s *Session) unveil(l *Look) bool {
	if len(s.veiled) == 0 || len(l.Returned) == 0 {
		return true
	}
	left := slices.DeleteFunc(slices.Clone(l.Returned), func(r audit.Ref) bool { return s.veiled[store.Ref{Type: r.Type, ID: r.ID}] })
	if len(left) < len(l.Returned) {
		l.Returned, l.Total = left, -1
	}
	return len(left) > 0
}

// looks collects what a question asks for, from behind a place. next is where to
// go on; nil at the end of the log.
func (s *Session) looks(ctx context.Context, log Backlog, q Looking, from audit.Mark, count, most int) (page []Look, next *audit.Mark, err error) {
	f := audit.Filter{Person: s.person, From: q.From, To: q.To, Limit: most + 1, Likely: min(count+1, maxLooks), Others: q.Others}
	names, seen, full := s.d.lookNames(), 0, false
	at := from
	err = log.Newest(ctx, f, from, func(e *audit.Entry) error {
		if full = seen == most || len(page) == count; full {
			return db.Stop
		}
		seen++
		at = audit.Mark{At: e.At, Seq: e.Seq}
		l := Look{ID: names.id(e.Person, e.Seq), Entry: *e}
		if s.maySee(&l) && q.wants(&l) {
			page = append(page, l)
		}
		return nil
	})
	if err != nil || !full {
		return page, nil, err
	}
	return page, &at, nil
}

// wants says whether an entry answers the question, its times apart.
func (q *Looking) wants(l *Look) bool {
	switch {
	case q.Others && l.Own(),
		q.Actor != "" && l.Who.Actor != q.Actor && l.Who.Behind() != q.Actor,
		q.Organisation != "" && l.Who.Organisation != q.Organisation,
		q.App != "" && l.Who.App != q.App,
		q.Purpose != access.Unstated && l.Purpose != q.Purpose,
		q.Outcome == Given && l.Refused(), q.Outcome == Refused && !l.Refused():
		return false
	}
	if q.Type != "" && l.Type != q.Type && !slices.ContainsFunc(l.Returned, func(r audit.Ref) bool { return r.Type == q.Type }) {
		return false
	}
	return q.Keep == nil || q.Keep(l)
}

// noteLooks writes down that entries of the log were looked at.
func (s *Session) noteLooks(ctx context.Context, v access.Verb, total int64, asked []string, given []Look) error {
	e := audit.Entry{Request: s.d.reqID(ctx), Who: s.who, Purpose: s.why, Person: s.person, Verb: v, Type: typeAuditEvent, Params: asked,
		Rule: s.decision.Rule, Rules: s.decision.Version, Outcome: http.StatusOK, Total: total, By: s.by}
	for i := range given {
		e.Returned = append(e.Returned, audit.Ref{Type: typeAuditEvent, ID: given[i].ID, Version: 1})
	}
	return s.append(ctx, e)
}
