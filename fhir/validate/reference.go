package validate

import (
	"bytes"
	"slices"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
	"github.com/bevanhealth/bevan/fhir/spec"
)

// container is the resource whose contained resources "#id" looks for.
type container struct {
	n       fhir.Node
	ids     map[string]*containedID // nil where nothing is contained
	current *containedID            // the contained resource that is being looked at
}

type containedID struct {
	n    fhir.Node
	used bool
}

func openContainer(n fhir.Node) container {
	b := container{n: n}
	for c := range n.Get("contained").Each() {
		if b.ids == nil {
			b.ids = map[string]*containedID{}
		}
		if id := c.Get("id").Str(); b.ids[id] == nil {
			b.ids[id] = &containedID{n: c}
		}
	}
	return b
}

// used notes that something points to a contained resource.
func (b *container) used(id []byte) *containedID {
	c := b.ids[string(id)]
	if c != nil {
		c.used = true
	}
	return c
}

// contained looks at the rules of a contained resource (R4, dom-2 to dom-5).
func (w *walker) contained(n fhir.Node) {
	id := n.Get("id")
	w.box.current = w.box.ids[id.Str()]
	switch {
	case !id.Exists():
		w.report(n, "id", Error, Invariant, "A contained resource must have an id, so that a reference can name it. Add one.")
	case w.box.current != nil && w.box.current.n != n:
		w.fail(id, Invariant, "Another contained resource has the id %s. Give each its own.", quote(id))
	}
	meta := n.Get("meta")
	for _, name := range []string{"versionId", "lastUpdated", "security"} {
		if m := meta.Get(name); m.Exists() {
			w.fail(m, Invariant, "A contained resource must not have %q. Remove it.", "meta."+name)
		}
	}
}

// closeContainer warns of contained resources that nothing points to (dom-3),
// and that point to nothing themselves with "#".
func (w *walker) closeContainer() {
	if w.box.ids == nil || w.full {
		return
	}
	for c := range w.box.n.Get("contained").Each() {
		if id := w.box.ids[c.Get("id").Str()]; id.n == c && !id.used {
			w.report(c, "", Warning, Invariant, "Nothing in the resource points to this contained resource. Point to it or remove it.")
		}
	}
}

// reference looks at a Reference: its text, and whether it may point there.
func (w *walker) reference(n fhir.Node, ref *spec.TypeRef) {
	r := n.Get("reference")
	named := n.Get("type")
	if r.Kind() != fhir.String {
		w.logical(n, r, named)
		w.target(named, nameOf(named), ref)
		return
	}
	typ, ok := w.place(r, r.Text())
	if !ok {
		return
	}
	if typ == "" {
		w.target(named, nameOf(named), ref)
		return
	}
	w.target(r, typ, ref)
	if said := nameOf(named); said != "" && said != typ {
		w.fail(named, Invariant, "The reference points to a %s, but \"type\" says %s. Correct one of them.", typ, said)
	}
}

// logical looks at a Reference without a text.
func (w *walker) logical(n, r, named fhir.Node) {
	if r.Exists() || !named.Exists() {
		return // of the wrong form, or with something else to go by
	}
	for _, name := range []string{"identifier", "display", "extension", "_reference"} {
		if n.Get(name).Exists() {
			return
		}
	}
	w.report(n, "", Warning, Invariant, "The reference points to nothing. Add \"reference\", \"identifier\" or \"display\".")
}

// nameOf reads Reference.type where it names a resource type of R4.
func nameOf(named fhir.Node) string {
	if t := spec.LookupBytes(named.Text()); t != nil && t.Kind == spec.Resource {
		return t.Name
	}
	return ""
}

// place reads where a reference leads (R4 sections 2.3.0.1 and 2.24.0.1): the
// type as far as the text tells. It is not ok after an issue.
func (w *walker) place(r fhir.Node, s []byte) (typ string, ok bool) {
	switch {
	case len(s) == 0:
		return "", false // an empty string, already reported
	case hasBlank(s):
		w.fail(r, Value, "%s holds a blank. Write a reference as Type/id, a full address, urn:uuid:... or #id.", quote(r))
		return "", false
	case s[0] == '#':
		return w.fragment(r, s[1:])
	case bytes.HasPrefix(s, []byte("urn:")):
		if !uriOK(s) {
			w.fail(r, Value, "%s is not a urn:uuid: or urn:oid: in its exact form. Correct it.", quote(r))
			return "", false
		}
		return "", true
	case bytes.HasPrefix(s, []byte("http://")), bytes.HasPrefix(s, []byte("https://")):
		return typeAtEnd(s), true
	case bytes.Contains(s, []byte("://")):
		return "", true
	}
	return w.relative(r, s)
}

// relative reads Type/id and, in a transaction, Type?query.
func (w *walker) relative(r fhir.Node, s []byte) (typ string, ok bool) {
	if name, _, found := bytes.Cut(s, []byte("?")); found && spec.IsResource(string(name)) {
		if !w.searchRefs {
			w.fail(r, Value, "A search may stand for a reference only in a transaction. Write Type/id.")
		}
		return string(name), w.searchRefs
	}
	if typ = typeAtEnd(s); typ == "" || !bytes.HasPrefix(s, []byte(typ+"/")) {
		w.fail(r, Value, "%s is no reference. Write it as Type/id with a resource type of R4, a full address, urn:uuid:... or #id.", quote(r))
		return "", false
	}
	return typ, true
}

// fragment reads "#id", and "#", which a contained resource may use for the
// one that holds it.
func (w *walker) fragment(r fhir.Node, id []byte) (typ string, ok bool) {
	if len(id) == 0 {
		if w.box.current != nil {
			w.box.current.used = true
		}
		return resourceName(w.box.n), true
	}
	c := w.box.used(id)
	if c == nil {
		w.fail(r, Invariant, "%s leads to no contained resource. Contain a resource with that id or correct the reference.", quote(r))
		return "", false
	}
	return resourceName(c.n), true
}

func resourceName(n fhir.Node) string {
	if t := spec.LookupBytes(n.Get("resourceType").Text()); t != nil && t.Kind == spec.Resource {
		return t.Name
	}
	return ""
}

// typeAtEnd finds the type in .../Type/id and .../Type/id/_history/version, ""
// where the text does not end so.
func typeAtEnd(s []byte) string {
	s, _, _ = bytes.Cut(s, []byte("#"))
	if at := bytes.LastIndex(s, []byte("/_history/")); at >= 0 {
		if !fhir.ValidID(s[at+len("/_history/"):]) {
			return ""
		}
		s = s[:at]
	}
	slash := bytes.LastIndexByte(s, '/')
	if slash < 0 || !fhir.ValidID(s[slash+1:]) {
		return ""
	}
	s = s[:slash]
	if t := spec.LookupBytes(s[bytes.LastIndexByte(s, '/')+1:]); t != nil && t.Kind == spec.Resource && !t.Abstract {
		return t.Name
	}
	return ""
}

// target checks the type that a reference leads to.
func (w *walker) target(at fhir.Node, typ string, ref *spec.TypeRef) {
	if typ == "" || ref.Targets == nil || slices.Contains(ref.Targets, typ) {
		return
	}
	w.fail(at, Structure, "A reference here may point to %s, but this one points to %s. Point to the right resource or use another element.",
		either(ref.Targets), typ)
}

// either joins names as "a, b or c".
func either(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
