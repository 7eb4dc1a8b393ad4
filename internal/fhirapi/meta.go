package fhirapi

import (
	"bytes"
	"net/http"
	"slices"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/internal/problem"
	"github.com/bevanhealth/bevan/internal/record"
)

// meta answers $meta of a resource or of one of its versions
// (http://hl7.org/fhir/R4/resource-operation-meta.html).
func (c *call) meta() error {
	if err := c.known(); err != nil {
		return err
	}
	res, err := c.fetch()
	if err != nil {
		return err
	}
	return c.sendMeta(&res)
}

func (c *call) sendMeta(res *record.Resource) error {
	t, err := fhir.Parse(res.Body, fhir.Limits{})
	if err != nil {
		return problem.Wrap(problem.Internal, "", err)
	}
	b := append([]byte(nil), `{"resourceType":"Parameters","parameter":[{"name":"return","valueMeta":`...)
	b = append(b, t.Root().Get("meta").Raw()...)
	b = append(b, `}]}`...)
	return c.send(http.StatusOK, b)
}

// metaAdd and metaDelete change the profiles, tags and security labels of a
// resource and answer its meta (resource-operation-meta-add.html,
// resource-operation-meta-delete.html). The change makes a new version like
// any other, so that nobody's record changes without a trace.
func (c *call) metaAdd() error    { return c.changeMeta(merged) }
func (c *call) metaDelete() error { return c.changeMeta(without) }

// metaLists are the parts of a meta that the operations change.
var metaLists = []string{"profile", "security", "tag"}

func (c *call) changeMeta(change func(have, given []fhir.Node) []fhir.Node) error {
	sent, err := c.parameters()
	if err != nil {
		return err
	}
	given := parameter(sent, "meta").Get("valueMeta")
	if given.Kind() != fhir.Object {
		return problem.New(problem.Invalid, "Send a Parameters resource with one parameter named meta that holds a valueMeta.").WithCode("required")
	}
	op := record.Op{Method: record.Patch, Key: record.Key{Type: c.typ, ID: c.id}}
	if op.IfMatch, err = ifMatch(c.r.Header.Get("If-Match")); err != nil {
		return err
	}
	op.Patched = func(current *fhir.Tree) (*fhir.Tree, error) {
		t, err := parse(withMeta(current, given, change))
		if err != nil {
			return nil, err
		}
		return t, check(t, c.typ)
	}
	out, err := c.transact(op)
	if err != nil {
		return err
	}
	c.version(&out.Resource)
	return c.sendMeta(&out.Resource)
}

// withMeta is the resource with its lists of labels changed and every other
// byte as it was.
func withMeta(t *fhir.Tree, given fhir.Node, change func(have, given []fhir.Node) []fhir.Node) []byte {
	meta := t.Root().Get("meta")
	out := []byte{'{'}
	member := func(name string) {
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = append(append(append(out, '"'), name...), `":`...)
	}
	for m := range meta.Each() {
		if !slices.Contains(metaLists, m.Key()) {
			member(string(m.RawKey()))
			out = append(out, m.Raw()...)
		}
	}
	for _, name := range metaLists {
		items := change(slices.Collect(meta.Get(name).Items()), slices.Collect(given.Get(name).Items()))
		if len(items) == 0 {
			continue
		}
		member(name)
		for i, it := range items {
			out = append(out, "[,"[min(i, 1)])
			out = append(out, it.Raw()...)
		}
		out = append(out, ']')
	}
	out = append(out, '}')
	return fhir.Splice(t.Bytes(), []fhir.Edit{metaEdit(t, out)})
}

// metaEdit puts a new meta in the place of the old one. An empty meta is not
// FHIR, so it is taken out, or not put in.
func metaEdit(t *fhir.Tree, out []byte) fhir.Edit {
	meta := t.Root().Get("meta")
	from, to := meta.MemberSpan()
	switch empty := len(out) == 2; {
	case !meta.Exists() && empty:
		return fhir.Edit{}
	case !meta.Exists():
		_, to := t.Root().Get("resourceType").MemberSpan()
		return fhir.Edit{From: to, To: to, With: append([]byte(`,"meta":`), out...)}
	case !empty:
		from, to = meta.Span()
		return fhir.Edit{From: from, To: to, With: out}
	case meta.Next().Exists():
		to, _ = meta.Next().MemberSpan()
	default:
		// The last member goes with the comma before it.
		from = bytes.LastIndexByte(t.Bytes()[:from], ',')
	}
	return fhir.Edit{From: from, To: to}
}

func merged(have, given []fhir.Node) []fhir.Node {
	return append(have, without(given, have)...)
}

// without is list without those that also stand in other.
func without(list, other []fhir.Node) []fhir.Node {
	return slices.DeleteFunc(list, func(n fhir.Node) bool {
		return slices.ContainsFunc(other, func(o fhir.Node) bool { return sameLabel(n, o) })
	})
}

// sameLabel compares profiles by their text and codings by system and code.
func sameLabel(a, b fhir.Node) bool {
	if a.Kind() == fhir.Object && b.Kind() == fhir.Object {
		return a.Get("system").Str() == b.Get("system").Str() && a.Get("code").Str() == b.Get("code").Str()
	}
	return a.Kind() == fhir.String && b.Kind() == fhir.String && a.Str() == b.Str()
}
