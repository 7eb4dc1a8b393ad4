package record

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/audit"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// OpError says which Op of a Transact was refused.
type OpError struct {
	Index int // counts from 0
	Err   error
}

func (e *OpError) Error() string { return fmt.Sprintf("operation %d: %v", e.Index, e.Err) }
func (e *OpError) Unwrap() error { return e.Err }

// tries is how often a transaction is planned again when what it was planned
// on changes before it is written.
const tries = 10

// Transact writes all of ops or none, and returns when they are durable and on
// the access log. References from one body to another by fullUrl, and
// conditional references, are rewritten to the resource's place. The error is
// an OpError where one operation is to blame.
func (s *Session) Transact(ctx context.Context, ops []Op) ([]Outcome, error) {
	if err := s.mayWrite(ctx, ops); err != nil {
		return nil, err
	}
	var err error
	for range tries {
		var out []Outcome
		out, err = s.transactOnce(ctx, ops)
		if !errors.Is(err, errAgain) {
			return out, s.refused(ctx, ops, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return nil, problem.Wrap(problem.Conflict, "Others keep changing the same resources. Wait a moment, then send it again.", err)
}

// refused writes down that an operation was refused: the refusal tells what is
// there, such as the version that a resource has now.
func (s *Session) refused(ctx context.Context, ops []Op, err error) error {
	var at *OpError
	if !errors.As(err, &at) {
		return err
	}
	op := &ops[at.Index]
	if logged := s.note(ctx, verbs[op.Method], op.Key.Type, problem.KindOf(err).Status(), -1, nil, nil); logged != nil {
		return logged
	}
	return err
}

// verbs are what the methods need; a Put may create as well.
var verbs = map[Method]access.Verb{Post: access.Create, Put: access.Update, Patch: access.Update, Delete: access.Delete}

// errAgain says that a plan has gone stale through nobody's fault.
var errAgain = errors.New("record: plan the transaction again")

func (s *Session) mayWrite(ctx context.Context, ops []Op) error {
	for i := range ops {
		verb := access.Update
		switch op := &ops[i]; {
		case op.Method == Post:
			verb = access.Create
		case op.Method == Delete:
			verb = access.Delete
		}
		if err := s.may(ctx, verb, ops[i].Key.Type); err != nil {
			return &OpError{i, err}
		}
	}
	return nil
}

func (s *Session) transactOnce(ctx context.Context, ops []Op) ([]Outcome, error) {
	p := &planner{s: s, ctx: ctx, ops: ops, out: make([]Outcome, len(ops)), places: map[string]string{}, taken: map[store.Ref]int{}}
	for i := range ops {
		if err := p.place(i); err != nil {
			return nil, opError(i, err)
		}
	}
	if err := p.ensureAll(); err != nil {
		return nil, err
	}
	for i := range p.steps {
		if err := p.draft(&p.steps[i]); err != nil {
			return nil, opError(p.steps[i].op, err)
		}
	}
	written, err := p.write()
	if err != nil {
		return nil, err
	}
	return p.outcomes(written)
}

func opError(i int, err error) error {
	if errors.Is(err, errAgain) {
		return err
	}
	return &OpError{i, err}
}

// planner turns operations into drafts: it settles which resource each is
// about, so that under the write lock only versions need to be compared.
type planner struct {
	s      *Session
	ctx    context.Context
	ops    []Op
	out    []Outcome
	steps  []step
	guards []store.Guard
	places map[string]string // what may stand in a reference → Type/id
	taken  map[store.Ref]int // which step is about it
	drafts []store.Draft
	given  []*store.Version // versions that planning gave out: the matches of conditional creates
}

// step is one resource that is written.
type step struct {
	op     int
	ref    store.Ref
	how    store.Method
	expect int64
	fresh  bool
	body   *fhir.Tree // nil for a delete
	retry  bool       // a version that is not the expected one is nobody's fault
}

func (p *planner) add(st step) error {
	if other, ok := p.taken[st.ref]; ok {
		return problem.New(problem.Invalid, fmt.Sprintf("Operations %d and %d are about the same resource, %s/%s. Send each resource once.",
			other+1, st.op+1, st.ref.Type, st.ref.ID))
	}
	p.taken[st.ref] = st.op
	p.steps = append(p.steps, st)
	return nil
}

func (p *planner) write() ([]store.Written, error) {
	write := p.s.d.store.Write
	if p.loading() {
		write = p.s.d.store.WriteBatch
	}
	written, err := write(p.ctx, p.drafts, p.guards)
	var stale *store.StaleError
	switch {
	case errors.As(err, &stale):
		st := p.steps[stale.Index]
		if st.retry {
			return nil, errAgain
		}
		return nil, &OpError{st.op, staleProblem(st, stale.Version)}
	case errors.Is(err, store.ErrStale):
		return nil, errAgain
	}
	return written, err
}

// loading tells whether all operations are a load's.
func (p *planner) loading() bool {
	return !slices.ContainsFunc(p.ops, func(op Op) bool { return !op.Ensure })
}

// Coming says that a Transact of a load is being prepared, one whose every Op
// says Ensure: what is written by those who are announced is made durable
// together, as long as nobody else wants to write. gone must be called when
// the Transact has returned, or will not be called.
func (s *Session) Coming() (gone func()) { return s.d.store.Coming() }

func staleProblem(st step, version int64) error {
	switch {
	case st.expect == store.Present:
		return problem.New(problem.NotFound, "There is no "+st.ref.Type+"/"+st.ref.ID+" to change. Check the id.")
	case version == 0:
		return problem.New(problem.PreconditionFailed, "There is no "+st.ref.Type+"/"+st.ref.ID+", so it has no version to compare with. Leave out If-Match to make it.")
	}
	return problem.New(problem.PreconditionFailed, fmt.Sprintf("%s/%s is now at version %d. Read it again, then send your change with that version.",
		st.ref.Type, st.ref.ID, version))
}

// outcomes renders what was written and writes the access down.
func (p *planner) outcomes(written []store.Written) ([]Outcome, error) {
	var log writeLog
	for i, w := range written {
		d, out := &p.drafts[i], &p.out[p.steps[i].op]
		r, err := p.s.resource(&store.Version{Ref: d.Ref, Row: w.Row, Version: w.Version, At: w.At, How: d.How, Encoded: d.Encoded})
		if err != nil {
			return nil, err
		}
		if d.How == store.Delete {
			if w.Changed {
				out.Deleted++
			}
			out.Resource, out.Changed = r, out.Changed || w.Changed
		} else {
			*out = Outcome{Resource: r, Created: w.Created, Changed: true}
			if d.How == store.Patch {
				shown, err := p.s.shows(d)
				if err != nil {
					return nil, err
				}
				if !shown {
					out.Resource.Body = nil // a patch names a part; the rest is not theirs to read
				}
			}
		}
		if w.Changed {
			log.add(p.s.entry(p.ctx, store.Subject(w.Row)), d, w)
		}
	}
	if len(log.entries) == 0 {
		log.entries = append(log.entries, p.s.entry(p.ctx, p.s.person))
	}
	if err := p.s.append(p.ctx, log.entries...); err != nil && len(log.place) == 0 {
		return nil, err
	} else if err != nil {
		return nil, problem.Wrap(problem.Unavailable, "The change was stored, but the access log can't be written, so no answer is given. Read it back before you send it again.", err)
	}
	if slices.ContainsFunc(p.steps, func(st step) bool { return st.ref.Type == "SearchParameter" }) {
		if err := p.s.indexLater(p.ctx); err != nil {
			return nil, err
		}
	}
	if len(p.given) > 0 {
		if err := p.s.note(p.ctx, access.Search, "", http.StatusOK, -1, nil, p.given); err != nil {
			return nil, err
		}
	}
	return p.out, nil
}

// writeLog is the access entries of one transaction, one a person.
type writeLog struct {
	entries []audit.Entry
	place   map[int64]int
}

func (l *writeLog) add(e audit.Entry, d *store.Draft, w store.Written) {
	i, ok := l.place[e.Person]
	if !ok {
		if l.place == nil {
			l.place = map[int64]int{}
		}
		i = len(l.entries)
		l.place[e.Person] = i
		e.Type = d.Type
		l.entries = append(l.entries, e)
	}
	mine := &l.entries[i]
	mine.Verb |= verbOf(d.How, w.Created)
	mine.Returned = append(mine.Returned, audit.Ref{Type: d.Type, ID: d.ID, Version: w.Version})
	if mine.Type != d.Type {
		mine.Type = "" // several
	}
}

func (s *Session) entry(ctx context.Context, person int64) audit.Entry {
	return audit.Entry{Request: s.d.reqID(ctx), Who: s.who, Purpose: s.why, Person: person,
		Rule: s.decision.Rule, Rules: s.decision.Version, Outcome: http.StatusOK, Total: -1, By: s.by}
}

func verbOf(how store.Method, created bool) access.Verb {
	switch {
	case how == store.Delete:
		return access.Delete
	case created:
		return access.Create
	}
	return access.Update
}
