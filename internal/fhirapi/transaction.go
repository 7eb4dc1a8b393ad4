package fhirapi

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/internal/access"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
	"github.com/bevanhealth/bevan/internal/web"
)

// transaction does all writes of a Bundle or none, then its reads
// (http://hl7.org/fhir/R4/http.html#trules). A read that fails after the
// writes are done says so in its own entry: what is written stays.
func (c *call) transaction(steps []step) error {
	order := slices.Clone(steps)
	slices.SortStableFunc(order, byRank)
	writes := order
	for i := range order {
		if order[i].rank == rankRead {
			writes = order[:i]
			break
		}
	}
	ops, err := c.ops(writes)
	if err != nil {
		return err
	}
	outs := []record.Outcome{}
	s, err := c.open(access.Operations)
	if err == nil && len(ops) > 0 {
		outs, err = s.Transact(c.ctx, ops)
	}
	if err != nil {
		return transactionError(writes, err)
	}
	return c.transacted(order, outs)
}

// transacted writes the response, in the order of the request.
func (c *call) transacted(order []step, outs []record.Outcome) error {
	type answer struct {
		st   *step
		out  record.Outcome
		read *memory
	}
	answers := make([]answer, len(order))
	for i := range order {
		st := &order[i]
		a := answer{st: st}
		if i < len(outs) {
			a.out = outs[i]
		} else {
			a.read = &memory{}
			c.inner(st, a.read)
		}
		answers[st.index] = a
	}
	b := newBundle("transaction-response")
	defer b.free()
	for _, a := range answers {
		if a.read != nil {
			b.answer(c, a.read)
		} else {
			b.outcome(c, a.st, a.out)
		}
	}
	return c.send(http.StatusOK, b.end())
}

// ops turns the writing entries into one call of the record.
func (c *call) ops(writes []step) ([]record.Op, error) {
	ops := make([]record.Op, 0, len(writes))
	keys := map[record.Key]int{}
	urls := map[string]int{}
	for i := range writes {
		st := &writes[i]
		op, err := c.op(st)
		if err == nil {
			err = refuseLog(op)
		}
		if err != nil {
			return nil, entryError(st, err)
		}
		op.FullURL = st.entry.FullURL
		if err := once(keys, op, st); err != nil {
			return nil, err
		}
		if first, twice := urls[op.FullURL]; twice && op.FullURL != "" {
			return nil, entryError(st, problem.New(problem.Invalid, "It has the same fullUrl as entry "+strconv.Itoa(first+1)+". Give each entry its own."))
		}
		urls[op.FullURL] = st.index
		ops = append(ops, op)
	}
	return ops, nil
}

// once refuses a transaction that writes one resource twice: there would be no
// right order (http.html#trules).
func once(keys map[record.Key]int, op record.Op, st *step) error {
	if op.Key.ID == "" || op.If != nil || op.Method == record.Post {
		return nil
	}
	if first, twice := keys[op.Key]; twice {
		return entryError(st, problem.New(problem.Invalid, op.Key.String()+" is already written by entry "+strconv.Itoa(first+1)+". A transaction may write each resource once only."))
	}
	keys[op.Key] = st.index
	return nil
}

// op reads one writing entry.
func (c *call) op(st *step) (record.Op, error) {
	typ, id, err := st.target()
	if err != nil {
		return record.Op{}, err
	}
	if st.entry.Request.Get("ifNoneMatch").Exists() || st.entry.Request.Get("ifModifiedSince").Exists() {
		return record.Op{}, problem.New(problem.Unsupported, "ifNoneMatch and ifModifiedSince are for GET. Use ifMatch, or ifNoneExist to create only what is not there.")
	}
	match := st.entry.Request.Get("ifMatch").Str()
	if st.method == "DELETE" {
		return c.deleteOp(typ, id, st.query, match)
	}
	if !st.entry.Resource.Exists() {
		return record.Op{}, problem.New(problem.Invalid, "It has no resource. Put the resource to write into the entry.").WithCode("required")
	}
	body, kind := st.body()
	t, err := parse(body)
	if err != nil {
		return record.Op{}, err
	}
	if st.method == "PATCH" {
		as := bodyFHIR
		if kind == "application/json-patch+json" {
			as = bodyJSONPatch
		}
		return c.patchOp(typ, id, st.query, match, as, t)
	}
	if err := checkEntry(t, typ, true); err != nil {
		return record.Op{}, err
	}
	if st.method == "POST" {
		return c.createOp(typ, t, st.entry.Request.Get("ifNoneExist").Str())
	}
	return c.updateOp(typ, id, st.query, match, t)
}

// target is the type and id that a writing entry names.
func (s *step) target() (typ, id string, err error) {
	typ, id, _ = strings.Cut(s.path, "/")
	switch {
	case strings.Contains(s.path, "$") || strings.Contains(s.path, "_search"):
		return "", "", problem.New(problem.Unsupported, "Operations and searches by POST can not be part of a transaction. Send them by themselves, or in a batch.")
	case !spec.IsResource(typ):
		return "", "", problem.New(problem.Invalid, quote(typ)+" is not a resource type of FHIR R4. Check the url.")
	case id != "" && !fhir.ValidID(id):
		return "", "", problem.New(problem.Invalid, quote(id)+" can not be an id. Check the url.")
	case s.method == "POST" && id != "":
		return "", "", problem.New(problem.Invalid, "POST takes a type only, such as Patient. Use PUT to write under an id.")
	}
	return typ, id, nil
}

// transactionError says which entry stopped a transaction.
func transactionError(writes []step, err error) error {
	var at *record.OpError
	if errors.As(err, &at) && at.Index >= 0 && at.Index < len(writes) {
		return entryError(&writes[at.Index], at.Err)
	}
	return err
}

// entryError puts an entry's place in front of what was wrong with it.
func entryError(st *step, err error) error {
	p := problem.Of(err)
	n := strconv.Itoa(st.index)
	intro := "Entry " + strconv.Itoa(st.index+1) + " (" + st.String() + "): "
	issues := problem.IssuesOf(err)
	for i := range issues {
		issues[i].Sentence = intro + issues[i].Sentence
		place := "Bundle.entry[" + n + "]"
		if in := issues[i].Place; in != "" {
			place += ".resource"
			if _, rest, ok := strings.Cut(in, "."); ok {
				place += "." + rest
			}
		}
		issues[i].Place = place
	}
	issues[len(issues)-1].Sentence += " Nothing of this transaction was done."
	whole := &problem.Problem{Kind: p.Kind, Issues: issues, Cause: p.Cause}
	if status := web.Status(err); status != p.Kind.Status() {
		return web.WithStatus(status, whole)
	}
	return whole
}

func bodyOf(b []byte) io.ReadCloser { return io.NopCloser(bytes.NewReader(b)) }

// decode64 is the content of a base64Binary, nil when it is none.
func decode64(n fhir.Node) []byte {
	b, err := base64.StdEncoding.DecodeString(strings.Join(strings.Fields(n.Str()), ""))
	if err != nil {
		return nil
	}
	return b
}
