package fhir

import (
	"iter"
	"strconv"
)

// Kind is the JSON kind of a node.
type Kind uint8

// The kinds of a node. None is the kind of an absent node.
const (
	None Kind = iota
	Object
	Array
	String
	Number
	True
	False
	Null
)

var kindNames = [...]string{"nothing", "object", "array", "string", "number", "true", "false", "null"}

func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "Kind(" + strconv.Itoa(int(k)) + ")"
}

// Tree is a parsed JSON document: one slice of nodes over the bytes that came
// in. It is read-only and safe for concurrent use.
type Tree struct {
	src   []byte
	nodes []node
}

// A node's children follow it directly in the slice; next leads over the
// whole subtree to the following sibling.
type node struct {
	keyFrom, keyTo uint32 // the member name between its quotes; equal for items and the root
	from, to       uint32 // the value, a string with its quotes
	next           uint32 // index of the next sibling, 0 for none
	parent         uint32
	kind           Kind
	keyEscaped     bool
	escaped        bool
	member         bool
}

// Node points at one value of a Tree. The zero Node is absent: every method
// may be called on it and answers with nothing.
type Node struct {
	t *Tree
	i uint32
}

// Root returns the document's value, absent for a tree that holds none.
func (t *Tree) Root() Node { return t.NodeAt(0) }

// Bytes returns exactly what Parse was given. Callers must not write to it.
func (t *Tree) Bytes() []byte { return t.src }

// NodeCount tells how many values the document holds.
func (t *Tree) NodeCount() int { return len(t.nodes) }

// NodeAt returns the node with the given ID, absent if there is none.
func (t *Tree) NodeAt(id int32) Node {
	if id < 0 || int(id) >= len(t.nodes) {
		return Node{}
	}
	return Node{t, uint32(id)}
}

// Strings gives the strings among the members of that name, at any depth and in the
// order of the document, such as all of the references.
func (t *Tree) Strings(name string) iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for id := range int32(len(t.nodes)) {
			if n := t.NodeAt(id); n.Kind() == String && n.KeyIs(name) && !yield(n) {
				return
			}
		}
	}
}

func (n Node) node() *node { return &n.t.nodes[n.i] }

// Exists tells whether the node is there at all. A JSON null exists.
func (n Node) Exists() bool { return n.t != nil }

// Tree returns the tree that the node belongs to, nil for an absent node.
func (n Node) Tree() *Tree { return n.t }

// ID returns the node's position in document order, unique in its tree.
func (n Node) ID() int32 { return int32(n.i) }

// Kind returns the JSON kind, None for an absent node.
func (n Node) Kind() Kind {
	if n.t == nil {
		return None
	}
	return n.node().kind
}

// IsScalar tells whether the node is a string, number or boolean.
func (n Node) IsScalar() bool {
	k := n.Kind()
	return k >= String && k <= False
}

// IsMember tells whether the node is the member of an object.
func (n Node) IsMember() bool { return n.t != nil && n.node().member }

// Key returns the decoded member name, "" for the root and array items.
func (n Node) Key() string {
	if n.t == nil {
		return ""
	}
	d := n.node()
	raw := n.t.src[d.keyFrom:d.keyTo]
	if d.keyEscaped {
		return string(unescape(nil, raw))
	}
	return string(raw)
}

// KeyIs tells whether the node is a member of that name, without allocating.
func (n Node) KeyIs(name string) bool {
	if n.t == nil {
		return false
	}
	d := n.node()
	return d.member && keyEqual(n.t.src[d.keyFrom:d.keyTo], d.keyEscaped, name)
}

func keyEqual(raw []byte, escaped bool, name string) bool {
	if escaped {
		return string(unescape(nil, raw)) == name
	}
	return string(raw) == name
}

// RawKey returns the member name as it stands between its quotes. It equals
// Key unless the name was written with escapes.
func (n Node) RawKey() []byte {
	if n.t == nil {
		return nil
	}
	d := n.node()
	return n.t.src[d.keyFrom:d.keyTo]
}

// First returns the first member or item.
func (n Node) First() Node {
	if n.t == nil {
		return Node{}
	}
	d := n.node()
	if d.kind != Object && d.kind != Array {
		return Node{}
	}
	c := n.i + 1
	if int(c) >= len(n.t.nodes) || n.t.nodes[c].parent != n.i {
		return Node{}
	}
	return Node{n.t, c}
}

// Next returns the following sibling.
func (n Node) Next() Node {
	if n.t == nil {
		return Node{}
	}
	if nx := n.node().next; nx != 0 {
		return Node{n.t, nx}
	}
	return Node{}
}

// Parent returns the object or array that holds the node, absent for the root.
func (n Node) Parent() Node {
	if n.t == nil || n.i == 0 {
		return Node{}
	}
	return Node{n.t, n.node().parent}
}

// Get returns the member of that name of an object.
func (n Node) Get(name string) Node {
	if n.Kind() != Object {
		return Node{}
	}
	for c := n.First(); c.t != nil; c = c.Next() {
		d := c.node()
		if int(d.keyTo-d.keyFrom) != len(name) && !d.keyEscaped {
			continue
		}
		if keyEqual(n.t.src[d.keyFrom:d.keyTo], d.keyEscaped, name) {
			return c
		}
	}
	return Node{}
}

// At returns item i of an array.
func (n Node) At(i int) Node {
	if n.Kind() != Array || i < 0 {
		return Node{}
	}
	c := n.First()
	for ; i > 0 && c.t != nil; i-- {
		c = c.Next()
	}
	return c
}

// Len counts the members or items.
func (n Node) Len() int {
	k := 0
	for c := n.First(); c.t != nil; c = c.Next() {
		k++
	}
	return k
}

// Each yields the members or items in order.
func (n Node) Each() iter.Seq[Node] {
	return func(yield func(Node) bool) {
		for c := n.First(); c.t != nil; c = c.Next() {
			if !yield(c) {
				return
			}
		}
	}
}

// Items yields the items of an array; any other node yields itself once, and
// an absent one nothing.
func (n Node) Items() iter.Seq[Node] {
	if n.Kind() == Array {
		return n.Each()
	}
	return func(yield func(Node) bool) {
		if n.t != nil {
			yield(n)
		}
	}
}

// Raw returns the value's bytes as they came. Callers must not write to them.
func (n Node) Raw() []byte {
	if n.t == nil {
		return nil
	}
	d := n.node()
	return n.t.src[d.from:d.to:d.to]
}

// Span returns where the value lies in Tree.Bytes.
func (n Node) Span() (from, to int) {
	if n.t == nil {
		return 0, 0
	}
	d := n.node()
	return int(d.from), int(d.to)
}

// MemberSpan returns where the member lies, from the quote before its name to
// the end of its value; for an item or the root it equals Span.
func (n Node) MemberSpan() (from, to int) {
	from, to = n.Span()
	if n.IsMember() {
		from = int(n.node().keyFrom) - 1
	}
	return from, to
}

// Str returns the decoded text of a string, the literal text of a number or a
// boolean, and "" for anything else.
func (n Node) Str() string {
	switch n.Kind() {
	case String:
		d := n.node()
		raw := n.t.src[d.from+1 : d.to-1]
		if d.escaped {
			return string(unescape(nil, raw))
		}
		return string(raw)
	case Number, True, False:
		return string(n.Raw())
	}
	return ""
}

// Text is Str without a copy where the bytes can be shared: the result must
// not be written to and is valid as long as the tree.
func (n Node) Text() []byte {
	switch n.Kind() {
	case String:
		d := n.node()
		raw := n.t.src[d.from+1 : d.to-1]
		if d.escaped {
			return unescape(nil, raw)
		}
		return raw
	case Number, True, False:
		return n.Raw()
	}
	return nil
}

// Is tells whether the node is a string of that value, without allocating
// where the string was written without escapes.
func (n Node) Is(s string) bool {
	if n.Kind() != String {
		return false
	}
	d := n.node()
	return keyEqual(n.t.src[d.from+1:d.to-1], d.escaped, s)
}
