package exchange

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/search"
	"github.com/bevanhealth/bevan/fhir/spec"
	"github.com/bevanhealth/bevan/fhir/validate"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// limits are those of a file that an operator loads: larger than what a
// stranger may send.
var limits = fhir.Limits{Bytes: maxDoc, Nodes: 64 << 20}

// group is what is written by one call of Transact: a Bundle, or lines that
// happen to stand together.
type group struct {
	ops   []record.Op
	where []reject // the place of each op, without an error
}

// batches puts ops into groups.
type batches []group

// add puts an op into the last group, or into a new one where the last one is
// already about the same resource: one call writes a resource once only.
func (b *batches) add(have map[record.Key]bool, op record.Op, at reject) {
	if len(*b) == 0 || have[op.Key] {
		*b = append(*b, group{})
		clear(have)
	}
	have[op.Key] = true
	g := &(*b)[len(*b)-1]
	g.ops = append(g.ops, op)
	g.where = append(g.where, at)
}

// groups turns the documents of a lot into writes, and tells what can not be
// written.
func (l *lot) groups(reg *search.Registry) (out []group, bad []reject) {
	bad = l.bad
	var loose batches
	have := map[record.Key]bool{}
	for _, d := range l.docs {
		at := reject{file: l.src.path, line: d.line}
		t, err := fhir.Parse(d.text, limits)
		if err != nil {
			bad = append(bad, at.because(syntaxProblem(err)))
			continue
		}
		if isExchangeBundle(t.Root()) {
			b := bundleReader{reg: reg, at: at}
			out = append(out, b.read(t)...)
			bad = append(bad, b.bad...)
			continue
		}
		op, err := resourceOp(t)
		if err != nil {
			bad = append(bad, at.because(err))
			continue
		}
		loose.add(have, op, at)
	}
	return append(out, loose...), bad
}

func syntaxProblem(err error) error {
	var syn *fhir.SyntaxError
	if errors.As(err, &syn) && syn.TooBig {
		return problem.Wrap(problem.TooLarge, syn.Msg, err)
	}
	return problem.Wrap(problem.Invalid, "This is not valid JSON: "+err.Error(), err).WithCode("structure")
}

// isExchangeBundle tells whether a resource is a Bundle whose entries are
// meant to be stored one by one. A document or a message is one thing that was
// written, and perhaps signed, as a whole; it is stored as it is.
func isExchangeBundle(n fhir.Node) bool {
	if !n.Get("resourceType").Is("Bundle") {
		return false
	}
	switch n.Get("type").Str() {
	case "transaction", "batch", "collection", "searchset", "history":
		return true
	}
	return false
}

// resourceOp is the write of a resource that stands by itself.
func resourceOp(t *fhir.Tree) (record.Op, error) {
	if err := check(t); err != nil {
		return record.Op{}, err
	}
	return record.Op{Method: record.Put, Key: ownKey(t), Body: t, Ensure: true}, nil
}

// check holds a resource against the specification.
func check(t *fhir.Tree) error {
	var issues []problem.Issue
	for _, is := range validate.Resource(t, validate.Options{}) {
		if is.Severity == validate.Error && !isSearchReference(t, is) {
			issues = append(issues, problem.Issue{Sentence: is.Message, Place: is.Path, Code: string(is.Code)})
		}
	}
	if len(issues) > 0 {
		return problem.Many(problem.Unprocessable, issues)
	}
	return nil
}

// isSearchReference tells whether an issue is about a reference such as
// Practitioner?identifier=7, which the record resolves.
func isSearchReference(t *fhir.Tree, is validate.Issue) bool {
	if !strings.HasSuffix(is.Path, ".reference") || is.Offset >= len(t.Bytes()) {
		return false
	}
	text := bytes.TrimPrefix(t.Bytes()[is.Offset:], []byte(`"reference"`))
	text = bytes.TrimLeft(text[:min(len(text), 128)], " \t\r\n:\"")
	typ, _, found := bytes.Cut(text, []byte{'?'})
	return found && spec.IsResource(string(typ))
}

// ownKey is the id that a resource brings itself. One without an id gets one
// that follows from its content, so that loading it again finds it again.
func ownKey(t *fhir.Tree) record.Key {
	root := t.Root()
	k := record.Key{Type: root.Get("resourceType").Str(), ID: root.Get("id").Str()}
	if !fhir.ValidID(k.ID) {
		h := fhir.ContentHash(t)
		k.ID = hex.EncodeToString(h[:])
	}
	return k
}

// bundleReader reads the entries of one Bundle.
type bundleReader struct {
	reg  *search.Registry
	at   reject
	refs map[string]string // fullUrl to Type/id
	bad  []reject
}

func (b *bundleReader) read(t *fhir.Tree) batches {
	b.refs = map[string]string{}
	for _, e := range fhir.Entries(t.Root()) {
		if k := entryKey(e); e.FullURL != "" && k.ID != "" {
			b.refs[e.FullURL] = k.String()
		}
	}
	var out batches
	have := map[record.Key]bool{}
	for i, e := range fhir.Entries(t.Root()) {
		at := b.at
		at.entry = i + 1
		op, err := b.entry(t, e)
		if err != nil {
			b.bad = append(b.bad, at.because(err))
			continue
		}
		out.add(have, op, at)
	}
	return out
}

func (b *bundleReader) entry(t *fhir.Tree, e fhir.Entry) (record.Op, error) {
	k := entryKey(e)
	if e.Request.Get("method").Is("DELETE") {
		if !fhir.ValidID(k.ID) {
			return record.Op{}, problem.New(problem.Invalid, "This entry deletes something but does not name it by type and id. Name it, such as Patient/123.")
		}
		return record.Op{Method: record.Delete, Key: k}, nil
	}
	if e.Request.Get("method").Is("PATCH") {
		return record.Op{}, problem.New(problem.Unsupported, "This entry is a patch, and a load takes whole resources only. Send patches to the FHIR interface.")
	}
	if e.Resource.Kind() != fhir.Object {
		return record.Op{}, problem.New(problem.Invalid, "This entry has no resource. Put one in, or leave the entry out.").WithCode("required")
	}
	one, err := fhir.Parse(b.relinked(t, e.Resource), limits)
	if err != nil {
		return record.Op{}, syntaxProblem(err)
	}
	if err := check(one); err != nil {
		return record.Op{}, err
	}
	if k.ID == "" {
		k = ownKey(one)
	}
	op := record.Op{Method: record.Put, Key: k, Body: one, Ensure: true}
	if cond := e.Request.Get("ifNoneExist").Str(); cond != "" {
		op.Method = record.Post
		op.If, err = condition(b.reg, k.Type, cond)
	}
	return op, err
}

// entryKey is the place at which an entry's resource is kept: the one that its
// request names, the id in its fullUrl, or the resource's own id.
func entryKey(e fhir.Entry) record.Key {
	k := record.Key{Type: e.Resource.Get("resourceType").Str()}
	address, _, _ := strings.Cut(e.Request.Get("url").Str(), "?")
	switch e.Request.Get("method").Str() {
	case "PUT", "DELETE":
		if r := fhir.ParseReference(address); r.ID != "" && r.Type != "" && (r.Type == k.Type || k.Type == "") {
			return record.Key{Type: r.Type, ID: r.ID}
		}
	}
	if id, ok := strings.CutPrefix(e.FullURL, "urn:uuid:"); ok && fhir.ValidID(id) {
		k.ID = id
		return k
	}
	if r := fhir.ParseReference(e.FullURL); r.Type == k.Type && fhir.ValidID(r.ID) {
		k.ID = r.ID
		return k
	}
	if id := e.Resource.Get("id").Str(); fhir.ValidID(id) {
		k.ID = id
	}
	return k
}

// relinked is the bytes of a resource with its references to other entries of
// the Bundle leading to where those are kept. It is done here, not in the
// write, so that a Bundle may be split and a bad entry left out.
func (b *bundleReader) relinked(t *fhir.Tree, n fhir.Node) []byte {
	from, to := n.Span()
	var edits []fhir.Edit
	for id := n.ID() + 1; ; id++ {
		c := t.NodeAt(id)
		at, end := c.Span()
		if !c.Exists() || at >= to {
			break
		}
		if !c.KeyIs("reference") || c.Kind() != fhir.String {
			continue
		}
		if place, ok := b.refs[string(c.Text())]; ok {
			edits = append(edits, fhir.Edit{From: at - from, To: end - from, With: fhir.AppendString(nil, place)})
		}
	}
	if len(edits) == 0 {
		return n.Raw()
	}
	return fhir.Splice(n.Raw(), edits)
}

// condition reads an ifNoneExist.
func condition(reg *search.Registry, typ, query string) (*search.Query, error) {
	pairs, err := pairsOf(query)
	if err != nil {
		return nil, err
	}
	q, err := search.Parse(reg, []string{typ}, nil, pairs, search.Options{Strict: true})
	if err == nil && len(q.Criteria) == 0 {
		err = problem.New(problem.Invalid, "ifNoneExist names nothing to look for. Give it a search such as identifier=123.")
	}
	return &q, err
}
