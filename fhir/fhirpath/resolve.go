package fhirpath

import (
	"bytes"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
)

// referenceText is the literal reference that an item holds: of a Reference
// its reference element, of a uri or canonical its text.
func referenceText(it Item) fhir.Node {
	switch n := it.node; n.Kind() {
	case fhir.Object:
		return n.Get("reference")
	case fhir.String:
		return n
	}
	return fhir.Node{}
}

// refersTo decides `resolve() is T` without fetching anything: by the text of
// the reference (Patient/123, http://…/Patient/123/_history/2), by
// Reference.type, or by a resource in the same document.
func (m *machine) refersTo(it Item, want typeRef) bool {
	if it.val != nil || want.fhir == nil {
		return false
	}
	ref := referenceText(it).Text()
	if name := typeInReference(ref); len(name) > 0 {
		return named(name, want.fhir)
	}
	if name := it.node.Get("type").Text(); len(name) > 0 && 'A' <= name[0] && name[0] <= 'Z' {
		return named(name, want.fhir)
	}
	if len(ref) == 0 || ref[0] != '#' && m.env.Resolve == nil && !inBundle(it.node) {
		return false
	}
	target, ok := m.resolve(it)
	return ok && want.is(target)
}

// named tells whether the type of that name is t or derived from it.
func named(name []byte, t *spec.Type) bool {
	return string(name) == t.Name || t.Abstract && isA(spec.Lookup(string(name)), t)
}

// typeInReference finds the resource type in a literal reference, empty where
// it has none: an id never comes without its type (R4 "references").
func typeInReference(ref []byte) []byte {
	if i := bytes.IndexByte(ref, '#'); i >= 0 {
		ref = ref[:i]
	}
	if i := bytes.Index(ref, []byte("/_history/")); i >= 0 {
		ref = ref[:i]
	}
	end := bytes.LastIndexByte(ref, '/')
	if end <= 0 || end == len(ref)-1 {
		return nil
	}
	from := bytes.LastIndexByte(ref[:end], '/') + 1
	if name := ref[from:end]; len(name) > 0 && 'A' <= name[0] && name[0] <= 'Z' {
		return name
	}
	return nil
}

// resolve finds the target of a reference: by the caller, else in the
// document, else as a stub that knows only its type.
func (m *machine) resolve(it Item) (Item, bool) {
	if it.val != nil {
		s, ok := it.val.(String)
		if !ok {
			return Item{}, false
		}
		return m.resolveText(string(s), fhir.Node{})
	}
	ref := referenceText(it).Str()
	if found, ok := m.resolveText(ref, it.node); ok {
		return found, true
	}
	return m.stub(it.node.Get("type").Text())
}

// stub stands for a target that nobody here can fetch; a caller that resolves
// references has already said that there is none.
func (m *machine) stub(name []byte) (Item, bool) {
	t := spec.Lookup(string(name))
	if m.env.Resolve != nil || t == nil || !spec.IsResource(t.Name) {
		return Item{}, false
	}
	return Item{val: stub{t}}, true
}

func (m *machine) resolveText(ref string, from fhir.Node) (Item, bool) {
	if ref == "" {
		return Item{}, false
	}
	if strings.HasPrefix(ref, "#") {
		return m.contained(ref[1:], from)
	}
	if m.env.Resolve != nil {
		if it, ok := m.env.Resolve(ref); ok {
			return it, true
		}
	}
	if it, ok := m.findEntry(ref, from); ok {
		return it, true
	}
	return m.stub(typeInReference([]byte(ref)))
}

// contained finds a contained resource; "#" alone is the container itself.
func (m *machine) contained(id string, from fhir.Node) (Item, bool) {
	c := container(from)
	if !c.Exists() {
		c = m.resource().node
	}
	if id == "" {
		return ResourceAt(c), c.Exists()
	}
	list := c.Get("contained")
	for r := firstOf(list); r.Exists(); r = nextOf(list, r) {
		if err := m.tick(1); err != nil {
			break
		}
		if r.Get("id").Is(id) {
			return ResourceAt(r), true
		}
	}
	return Item{}, false
}

// container is the resource that holds n and is not itself contained.
func container(n fhir.Node) fhir.Node {
	for ; n.Exists(); n = n.Parent() {
		if n.Get("resourceType").Exists() && !n.Parent().KeyIs("contained") && !n.KeyIs("contained") {
			return n
		}
	}
	return fhir.Node{}
}

// inBundle tells whether the document that n stands in is a Bundle.
func inBundle(n fhir.Node) bool {
	return n.Exists() && n.Tree().Root().Get("resourceType").Is("Bundle")
}

// findEntry looks for an entry whose fullUrl is the reference, or ends with it
// where the reference is relative.
func (m *machine) findEntry(ref string, from fhir.Node) (Item, bool) {
	if !from.Exists() {
		from = m.resource().node
	}
	if !inBundle(from) {
		return Item{}, false
	}
	relative := !strings.Contains(ref, ":")
	list := from.Tree().Root().Get("entry")
	for e := firstOf(list); e.Exists(); e = nextOf(list, e) {
		if err := m.tick(1); err != nil {
			break
		}
		url := e.Get("fullUrl").Str()
		if url == ref || relative && strings.HasSuffix(url, "/"+ref) {
			if r := e.Get("resource"); r.Exists() {
				return ResourceAt(r), true
			}
		}
	}
	return Item{}, false
}

// resource is %resource: what the caller says, else the resource that holds
// the input.
func (m *machine) resource() Item {
	if m.env.Resource.exists() {
		return m.env.Resource
	}
	for i := range m.root {
		for n := m.root[i].node; n.Exists(); n = n.Parent() {
			if n.Get("resourceType").Exists() {
				return ResourceAt(n)
			}
		}
	}
	return Item{}
}

// rootResource is %rootResource: the container of a contained resource.
func (m *machine) rootResource() Item {
	if m.env.RootResource.exists() {
		return m.env.RootResource
	}
	r := m.resource()
	if c := container(r.node); c.Exists() {
		return ResourceAt(c)
	}
	return r
}
