package record

import (
	"cmp"
	"crypto/rand"
	"fmt"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/access/label"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record/internal/store"
)

// place settles which resource operation i is about.
func (p *planner) place(i int) error {
	op := &p.ops[i]
	if op.If != nil {
		return p.placeIf(i, op)
	}
	switch op.Method {
	case Post:
		return p.create(i, op)
	case Put:
		if p.s.narrow(access.Update, op.Key.Type) {
			return p.putSeen(i, op, store.Ref(op.Key))
		}
		if there, err := p.s.hidden(p.ctx, access.Update, store.Ref(op.Key)); err != nil || there {
			return cmp.Or(err, unseen(store.Ref(op.Key)))
		}
		st := step{op: i, ref: store.Ref(op.Key), how: store.Put, expect: op.IfMatch, body: op.Body}
		if op.MustExist {
			st.expect = store.Present
		}
		p.name(op, st.ref)
		return p.add(st)
	case Patch:
		return p.patch(i, op, store.Ref(op.Key))
	case Delete:
		if p.s.narrow(access.Delete, op.Key.Type) || p.s.base.Viewpoint != nil {
			return p.deleteSeen(i, op, store.Ref(op.Key))
		}
		return p.add(step{op: i, ref: store.Ref(op.Key), how: store.Delete, expect: op.IfMatch})
	}
	return problem.New(problem.Internal, "")
}

// create gives a new resource its id.
func (p *planner) create(i int, op *Op) error {
	id, err := fhir.NewID(rand.Reader)
	if err != nil {
		return problem.Wrap(problem.Unavailable, "", err)
	}
	st := step{op: i, ref: store.Ref{Type: op.Key.Type, ID: id}, how: store.Post, expect: store.Absent, fresh: true, body: op.Body, retry: true}
	p.name(op, st.ref)
	return p.add(st)
}

// name makes known where an entry's fullUrl leads. An entry that is posted
// gets a new id, so what refers to its old one must follow.
func (p *planner) name(op *Op, ref store.Ref) {
	if op.FullURL == "" {
		return
	}
	to := ref.Type + "/" + ref.ID
	p.places[op.FullURL] = to
	if r := fhir.ParseReference(op.FullURL); r.Form == fhir.Absolute && op.Method == Post {
		p.places[r.Type+"/"+r.ID] = to
	}
}

// patch works the patch out on the current version. The version must still be
// current when it is written; otherwise the patch is worked out again.
func (p *planner) patch(i int, op *Op, ref store.Ref) error {
	v, err := p.s.d.store.Read(p.ctx, p.s.to(access.Update), ref, 0)
	if err != nil {
		return err
	}
	if v == nil || v.Encoded == nil {
		return problem.New(problem.NotFound, "There is no "+ref.Type+"/"+ref.ID+" to change. Check the id.")
	}
	if op.IfMatch != 0 && v.Version != op.IfMatch {
		return staleProblem(step{ref: ref}, v.Version)
	}
	current, err := v.Tree()
	if err != nil {
		return err
	}
	body, err := op.Patched(current)
	if err != nil {
		return err
	}
	p.name(op, ref)
	return p.add(step{op: i, ref: ref, how: store.Patch, expect: v.Version, body: body, retry: true})
}

// placeIf settles a conditional operation by its search. The search is run
// again under the write lock: a different answer there plans everything anew.
func (p *planner) placeIf(i int, op *Op) error {
	q, err := p.s.within(p.ctx, *op.If)
	if err != nil {
		return err
	}
	limit := 2
	if op.Method == Delete && op.Multiple {
		limit = maxConditional + 1
	}
	found, err := p.matches(q, limit)
	if err != nil {
		return err
	}
	switch {
	case len(found) > maxConditional:
		return problem.New(problem.PreconditionFailed, fmt.Sprintf("More than %d resources match. Narrow the search down.", maxConditional))
	case len(found) > 1 && !(op.Method == Delete && op.Multiple):
		return problem.New(problem.PreconditionFailed, "More than one resource matches, so it is not clear which one is meant. Narrow the search down.")
	}
	switch op.Method {
	case Post:
		return p.createIf(i, op, found)
	case Put:
		return p.updateIf(i, op, found)
	case Patch:
		if len(found) == 0 {
			return problem.New(problem.NotFound, "Nothing matches, so there is nothing to change. Check the search.")
		}
		return p.patch(i, op, found[0].Ref)
	}
	p.out[i].Resource.Key = op.Key
	p.out[i].Resource.Method = Delete
	for _, v := range found {
		if op.IfMatch != 0 && v.Version != op.IfMatch {
			return staleProblem(step{ref: v.Ref}, v.Version)
		}
		if p.s.narrow(access.Delete, v.Type) {
			if _, err := p.changeable(access.Delete, v.Ref); err != nil {
				return err
			}
		}
		if err := p.add(step{op: i, ref: v.Ref, how: store.Delete, expect: v.Version, retry: true}); err != nil {
			return err
		}
	}
	return nil
}

// maxConditional bounds how many resources one conditional delete removes.
const maxConditional = 1000

// matches finds the resources that answer a condition and guards the answer.
func (p *planner) matches(q search.Query, limit int) ([]*store.Version, error) {
	if len(q.Criteria) == 0 {
		return nil, problem.New(problem.PreconditionFailed, "The condition says nothing. Name at least one search parameter, such as identifier.")
	}
	found, guard, err := p.s.d.store.Match(p.ctx, p.s.to(access.Search), q, limit)
	p.guards = append(p.guards, guard)
	return found, err
}

func (p *planner) createIf(i int, op *Op, found []*store.Version) error {
	if len(found) == 0 {
		return p.create(i, op)
	}
	r, err := p.s.resource(found[0])
	if err != nil {
		return err
	}
	p.given = append(p.given, found[0])
	p.out[i] = Outcome{Resource: r}
	p.name(op, found[0].Ref)
	return nil
}

func (p *planner) updateIf(i int, op *Op, found []*store.Version) error {
	id := ""
	if op.Body != nil {
		id = op.Body.Root().Get("id").Str()
	}
	switch {
	case len(found) == 1 && id != "" && id != found[0].ID:
		return problem.New(problem.Invalid, "The resource that matches has another id than the one in the body. Leave the id out, or mend it.")
	case len(found) == 1:
		if op.IfMatch != 0 && found[0].Version != op.IfMatch {
			return staleProblem(step{ref: found[0].Ref}, found[0].Version)
		}
		if p.s.narrow(access.Update, found[0].Type) {
			if _, err := p.changeable(access.Update, found[0].Ref); err != nil {
				return err
			}
		}
		p.name(op, found[0].Ref)
		return p.add(step{op: i, ref: found[0].Ref, how: store.Put, expect: found[0].Version, body: op.Body, retry: true})
	case id != "":
		ref := store.Ref{Type: op.Key.Type, ID: id}
		if p.s.narrow(access.Update, ref.Type) {
			return unseen(ref)
		}
		if there, err := p.s.hidden(p.ctx, access.Update, ref); err != nil || there {
			return cmp.Or(err, unseen(ref))
		}
		v, err := p.s.d.store.Read(p.ctx, p.s.to(access.Update), ref, 0)
		if err != nil {
			return err
		}
		if v != nil && v.Encoded != nil {
			return problem.New(problem.Conflict, "Nothing matches, but there is a resource with the id in the body already. Mend the search, or leave the id out.")
		}
		p.name(op, ref)
		return p.add(step{op: i, ref: ref, how: store.Put, expect: store.Absent, body: op.Body, retry: true})
	}
	return p.create(i, op)
}

// ensureAll drops what a load has brought before. Content that equals any
// version of the resource, however old, changes nothing: a load that is run
// again must not bring back what was mended since.
func (p *planner) ensureAll() error {
	var refs []store.Ref
	for _, st := range p.steps {
		if p.ops[st.op].Ensure {
			refs = append(refs, st.ref)
		}
	}
	if len(refs) == 0 {
		return nil
	}
	have, err := p.s.d.store.Current(p.ctx, p.s.to(access.Update), refs)
	if err != nil {
		return err
	}
	kept := p.steps[:0]
	for _, st := range p.steps {
		if p.ops[st.op].Ensure {
			v := have[st.ref]
			st.expect, st.retry = store.Absent, true
			if v != nil {
				st.expect = v.Version
				if v.Encoded == nil {
					st.expect = store.Absent
				}
				if st.body, err = p.rewritten(st.body); err != nil {
					return opError(st.op, err)
				}
				same, err := p.s.d.store.Holds(p.ctx, p.s.to(access.Update), v, fhir.ContentHash(st.body))
				if err != nil {
					return err
				}
				if same {
					p.out[st.op] = Outcome{Resource: Resource{Key: Key(st.ref), Version: v.Version}}
					continue
				}
			}
		}
		kept = append(kept, st)
	}
	p.steps = kept
	return nil
}

// draft prepares one step's version.
func (p *planner) draft(st *step) error {
	if st.body == nil {
		d := p.s.d.store.Tombstone(st.ref)
		d.Expect, d.Mask = st.expect, p.s.word()
		p.drafts = append(p.drafts, d)
		return nil
	}
	body, err := p.rewritten(st.body)
	if err != nil {
		return err
	}
	d, err := p.s.d.store.Draft(st.ref, st.how, body)
	if err != nil {
		return problem.Wrap(problem.Unprocessable, "This resource can't be stored: its id or meta is not of the right kind. Mend it and send it again.", err)
	}
	if st.ref.Type == "SearchParameter" {
		if err := p.s.d.store.CheckParam(body); err != nil {
			return err
		}
	}
	if st.ref.Type == "Consent" {
		if err := p.s.d.store.CheckChoice(body); err != nil {
			return err
		}
	}
	if r := p.s.who.Role; (r == access.RoleSelf || r == access.RoleProxy) && d.Says()&label.Imposed != 0 {
		return imposed()
	}
	if err := p.allowed(st, &d); err != nil {
		return err
	}
	d.Expect, d.Fresh, d.Mask = st.expect, st.fresh, d.Mask|p.s.word()
	p.drafts = append(p.drafts, d)
	return nil
}

// rewritten is the body with references to entries of the same transaction,
// and conditional references, replaced by the resource's place.
func (p *planner) rewritten(t *fhir.Tree) (*fhir.Tree, error) {
	var edits []fhir.Edit
	for id := range int32(t.NodeCount()) {
		n := t.NodeAt(id)
		if n.Kind() != fhir.String {
			continue
		}
		text := n.Text()
		isRef := n.KeyIs("reference")
		if !isRef && !strings.HasPrefix(string(text[:min(4, len(text))]), "urn:") {
			continue
		}
		to, ok := p.places[string(text)]
		if !ok && isRef && strings.Contains(string(text), "?") {
			var err error
			if to, err = p.conditional(string(text)); err != nil {
				return nil, err
			}
			ok = true
		}
		if ok {
			from, end := n.Span()
			edits = append(edits, fhir.Edit{From: from, To: end, With: fhir.AppendString(nil, to)})
		}
	}
	if len(edits) == 0 {
		return t, nil
	}
	return fhir.Parse(fhir.Splice(t.Bytes(), edits), fhir.Limits{Bytes: 2*len(t.Bytes()) + 1024, Depth: 1000, Nodes: t.NodeCount() + 1})
}

// conditional resolves a reference such as Practitioner?identifier=1 (R4
// section 3.1.0.11.2): exactly one resource must answer.
func (p *planner) conditional(text string) (string, error) {
	typ, query, _ := strings.Cut(text, "?")
	pairs, err := readPairs(query)
	if err != nil {
		return "", err
	}
	q, err := search.Parse(p.s.Registry(), []string{typ}, nil, pairs, search.Options{Strict: true})
	if err != nil {
		return "", err
	}
	if q, err = p.s.within(p.ctx, q); err != nil { // a chain asks about resources of another type
		return "", err
	}
	found, err := p.matches(q, 2)
	if err != nil {
		return "", err
	}
	if len(found) != 1 {
		return "", problem.New(problem.PreconditionFailed, fmt.Sprintf("The reference %q must lead to one resource, and leads to %s. Mend it, or load what it refers to first.",
			clip(text), map[bool]string{true: "none", false: "several"}[len(found) == 0]))
	}
	to := found[0].Type + "/" + found[0].ID
	p.places[text] = to
	p.given = append(p.given, found[0])
	return to, nil
}

func clip(s string) string {
	if len(s) > 100 {
		return s[:100] + "…"
	}
	return s
}
