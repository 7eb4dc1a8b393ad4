package record

import (
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// Who may see a part of the record only must not learn from a write what lies
// beyond it. What is hidden and what is not there get the same answer, so such
// a session makes nothing under an id that it chose itself; and what it writes
// has to lie in its own part before and after.

// unseen refuses to change what is not there, or hidden.
func unseen(ref store.Ref) error {
	return problem.New(problem.NotFound, "There is no "+ref.Type+"/"+ref.ID+" here that you may change. To make a new one, send it by POST and take the id that it gets.")
}

// changeable reads the current version of what a session may change. Where it
// may see a part of the type only, the answer is nil and an error for what is
// hidden or not there.
func (p *planner) changeable(v access.Verb, ref store.Ref) (*store.Version, error) {
	now, err := p.s.d.store.Read(p.ctx, p.s.to(v), ref, 0)
	if err == nil && now == nil {
		err = unseen(ref)
	}
	return now, err
}

// putSeen is a Put of who may see a part of the type only.
func (p *planner) putSeen(i int, op *Op, ref store.Ref) error {
	v, err := p.changeable(access.Update, ref)
	if err != nil {
		return err
	}
	st := step{op: i, ref: ref, how: store.Put, expect: v.Version, body: op.Body, retry: true}
	switch {
	case op.IfMatch != 0 && v.Version != op.IfMatch:
		return staleProblem(st, v.Version)
	case v.Encoded == nil && op.MustExist:
		return unseen(ref)
	case v.Encoded == nil:
		st.expect = store.Absent
	}
	p.name(op, ref)
	return p.add(st)
}

// deleteSeen is a Delete of who may see a part of the type only.
func (p *planner) deleteSeen(i int, op *Op, ref store.Ref) error {
	v, err := p.s.d.store.Read(p.ctx, p.s.to(access.Delete), ref, 0)
	if err != nil {
		return err
	}
	version := int64(0)
	if v != nil {
		version = v.Version
	}
	st := step{op: i, ref: ref, how: store.Delete, expect: version, retry: true}
	if op.IfMatch != 0 && version != op.IfMatch {
		return staleProblem(st, version)
	}
	if v == nil || v.Encoded == nil {
		p.out[i].Resource = Resource{Key: Key(ref), Version: version, Method: Delete}
		return nil
	}
	return p.add(st)
}

// allowed refuses a new version that does not lie within what the session may
// write.
func (p *planner) allowed(st *step, d *store.Draft) error {
	s, verb := p.s, access.Update
	if p.ops[st.op].Method == Post {
		verb = access.Create
	}
	if !s.base.Everyone {
		owner, others := d.About()
		if s.person <= 0 || owner != (store.Ref{Type: "Patient", ID: s.patient}) || others {
			return problem.New(problem.Forbidden, "You may write in one person's record only, and about that person alone. Check whom this resource names.")
		}
	}
	ok, err := s.d.store.Permits(s.to(verb), d)
	if err == nil && !ok {
		err = problem.New(problem.Forbidden, "You may write some "+d.Type+" resources only, and this would not be one of them. Check what it says, or ask for more.")
	}
	return err
}

// shows tells whether a session may read what it just wrote a part of.
func (s *Session) shows(d *store.Draft) (bool, error) {
	if !s.sees(access.Read, d.Type) {
		return false, nil
	}
	return s.d.store.Permits(s.to(access.Read), d)
}
