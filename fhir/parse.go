package fhir

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf8"
)

// Limits bounds what Parse accepts. A zero field takes its default.
type Limits struct {
	Bytes int // length of the document
	Depth int // nesting of objects and arrays
	Nodes int // values in the document
}

// DefaultLimits is what a server should accept from a stranger.
var DefaultLimits = Limits{Bytes: 64 << 20, Depth: 200, Nodes: 4 << 20}

// SyntaxError tells why and where a document is not JSON that Bevan accepts.
type SyntaxError struct {
	Offset int // bytes from the start of the document
	Msg    string
	TooBig bool // a limit was met: the text may be JSON all the same
}

func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%s (at byte %d)", e.Msg, e.Offset)
}

// Parse reads one JSON document (RFC 8259), strictly: it refuses duplicate
// member names, lone surrogates, bad UTF-8, a byte order mark, and anything
// after the value, since two readers of such a text may see different values.
// The tree shares src, which must not be written to afterwards. The error is a
// *SyntaxError.
func Parse(src []byte, l Limits) (*Tree, error) {
	t := new(Tree)
	if err := ParseInto(t, src, l); err != nil {
		return nil, err
	}
	return t, nil
}

// ParseInto is Parse into a tree whose memory is used again: for work that
// reads many documents one after the other and keeps none. Every Node of what
// the tree held before becomes invalid. After an error the tree is empty, and
// its root absent.
func ParseInto(t *Tree, src []byte, l Limits) error {
	l = l.withDefaults()
	if len(src) > l.Bytes {
		*t = Tree{nodes: t.nodes[:0]}
		return &SyntaxError{Offset: l.Bytes, TooBig: true,
			Msg: fmt.Sprintf("The document is longer than the %d bytes that are allowed. Send it in smaller parts.", l.Bytes)}
	}
	if cap(t.nodes) == 0 {
		t.nodes = make([]node, 0, guessNodes(src))
	}
	*t = Tree{src: src, nodes: t.nodes[:0]}
	p := parser{src: src, limits: l, t: t}
	p.space()
	p.value(node{}, 0)
	if p.err == nil {
		p.space()
		if p.at < len(src) {
			p.fail("There is more text after the end of the document. Send one document only.")
		}
	}
	if p.err != nil {
		*t = Tree{nodes: t.nodes[:0]}
		return p.err
	}
	return nil
}

// guessNodes says how many nodes to make room for. Each value but the first of
// its object or array follows a comma, and FHIR has fewer objects and arrays
// than commas. The bounds are for text that is made to mislead: what is really
// there makes its own room.
func guessNodes(src []byte) int {
	return min(2*bytes.Count(src, []byte{','}), len(src)/8, 1<<17) + 8
}

func (l Limits) withDefaults() Limits {
	if l.Bytes <= 0 {
		l.Bytes = DefaultLimits.Bytes
	}
	if l.Depth <= 0 {
		l.Depth = DefaultLimits.Depth
	}
	if l.Nodes <= 0 {
		l.Nodes = DefaultLimits.Nodes
	}
	return l
}

type parser struct {
	src    []byte
	at     int
	limits Limits
	t      *Tree
	err    *SyntaxError
}

func (p *parser) fail(msg string) {
	if p.err == nil {
		p.err = &SyntaxError{Offset: p.at, Msg: msg}
	}
}

// space steps over white space, eight blanks at a time: published JSON is
// indented.
func (p *parser) space() {
	at, src := p.at, p.src
	for at < len(src) && src[at] <= ' ' {
		switch src[at] {
		case ' ', '\n', '\t', '\r':
			at++
		default:
			p.at = at
			return
		}
		for len(src)-at >= 8 && binary.LittleEndian.Uint64(src[at:]) == ones*' ' {
			at += 8
		}
	}
	p.at = at
}

// value reads one value into a node that already carries its name and parent,
// and returns the node's index.
func (p *parser) value(n node, depth int) uint32 {
	i := uint32(len(p.t.nodes))
	if len(p.t.nodes) >= p.limits.Nodes {
		p.fail(fmt.Sprintf("The document holds more than the %d values that are allowed. Send it in smaller parts.", p.limits.Nodes))
		p.err.TooBig = true
		return i
	}
	if p.at >= len(p.src) {
		p.fail("The document ends where a value should be. Send the whole document.")
		return i
	}
	n.from = uint32(p.at)
	p.t.nodes = append(p.t.nodes, n)
	kind := None
	escaped := false
	switch c := p.src[p.at]; {
	case c == '{':
		kind = Object
		p.object(i, depth+1)
	case c == '[':
		kind = Array
		p.array(i, depth+1)
	case c == '"':
		kind = String
		escaped = p.str()
	case c == '-' || c >= '0' && c <= '9':
		kind = Number
		p.number()
	case c == 't':
		kind = True
		p.word("true")
	case c == 'f':
		kind = False
		p.word("false")
	case c == 'n':
		kind = Null
		p.word("null")
	default:
		p.fail("A value should start here, but this character cannot start one.")
	}
	d := &p.t.nodes[i]
	d.kind, d.escaped, d.to = kind, escaped, uint32(p.at)
	return i
}

func (p *parser) tooDeep(depth int) bool {
	if depth <= p.limits.Depth {
		return false
	}
	p.fail(fmt.Sprintf("The document is nested more than %d levels deep. Send a flatter one.", p.limits.Depth))
	p.err.TooBig = true
	return true
}

func (p *parser) object(self uint32, depth int) {
	if p.tooDeep(depth) {
		return
	}
	p.at++
	p.space()
	if p.at < len(p.src) && p.src[p.at] == '}' {
		p.at++
		return
	}
	var names nameSet
	last := uint32(0)
	for p.err == nil {
		if p.at >= len(p.src) || p.src[p.at] != '"' {
			p.fail(`A member name in double quotes should be here.`)
			return
		}
		n := node{parent: self, member: true, keyFrom: uint32(p.at + 1)}
		n.keyEscaped = p.str()
		if p.err != nil {
			return
		}
		n.keyTo = uint32(p.at - 1)
		if !names.add(p.t, self, n) {
			p.at = int(n.keyFrom) - 1
			p.fail(fmt.Sprintf("The name %q stands twice in the same object. Keep one of the two.", clip(p.src[n.keyFrom:n.keyTo])))
			return
		}
		p.space()
		if p.at >= len(p.src) || p.src[p.at] != ':' {
			p.fail("A colon should follow the member name.")
			return
		}
		p.at++
		p.space()
		if last = p.link(last, p.value(n, depth)); p.err != nil || p.closes('}') {
			return
		}
	}
}

func (p *parser) array(self uint32, depth int) {
	if p.tooDeep(depth) {
		return
	}
	p.at++
	p.space()
	if p.at < len(p.src) && p.src[p.at] == ']' {
		p.at++
		return
	}
	last := uint32(0)
	for p.err == nil {
		if last = p.link(last, p.value(node{parent: self}, depth)); p.err != nil || p.closes(']') {
			return
		}
	}
}

func (p *parser) link(last, i uint32) uint32 {
	if last != 0 && p.err == nil {
		p.t.nodes[last].next = i
	}
	return i
}

// closes reads what follows an item: the closing bracket, or a comma and
// where the next item starts.
func (p *parser) closes(end byte) bool {
	p.space()
	if p.at >= len(p.src) {
		p.fail("The document ends before this object or array is closed. Send the whole document.")
		return true
	}
	switch p.src[p.at] {
	case end:
		p.at++
		return true
	case ',':
		p.at++
		p.space()
		return false
	}
	p.fail("A comma or a closing bracket should be here.")
	return true
}

func (p *parser) word(w string) {
	if len(p.src)-p.at < len(w) || string(p.src[p.at:p.at+len(w)]) != w {
		p.fail("A value should start here, but this word is not one. Text needs double quotes.")
		return
	}
	p.at += len(w)
}

func (p *parser) digits() bool {
	start := p.at
	for p.at < len(p.src) && p.src[p.at] >= '0' && p.src[p.at] <= '9' {
		p.at++
	}
	return p.at > start
}

func (p *parser) number() {
	ok := true
	if p.src[p.at] == '-' {
		p.at++
	}
	if p.at < len(p.src) && p.src[p.at] == '0' {
		p.at++
	} else {
		ok = p.digits()
	}
	if ok && p.at < len(p.src) && p.src[p.at] == '.' {
		p.at++
		ok = p.digits()
	}
	if ok && p.at < len(p.src) && p.src[p.at]|0x20 == 'e' {
		p.at++
		if p.at < len(p.src) && (p.src[p.at] == '+' || p.src[p.at] == '-') {
			p.at++
		}
		ok = p.digits()
	}
	if !ok {
		p.fail("This number is not written as JSON asks. Write it like 12, -3.50 or 6.0e2.")
	}
}

// plain marks the bytes that stand for themselves in a string.
var plain = func() (t [256]bool) {
	for c := 0x20; c < 0x80; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// ones has 1 in each of its eight bytes, highs the highest bit.
const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// plainPrefix returns how many bytes of b from i on are plain: the index after
// them. Eight bytes are looked at in one step: a byte of x-ones*c borrows into
// its highest bit where x was below c, and where x^c was 0 for equality. The
// lowest bit found is always right, which is the only one used.
func plainPrefix(b []byte, i int) int {
	for len(b)-i >= 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		quote, back := x^ones*'"', x^ones*'\\'
		stop := ((quote-ones)&^quote | (back-ones)&^back | (x-ones*' ')&^x | x) & highs
		if stop != 0 {
			return i + bits.TrailingZeros64(stop)/8
		}
		i += 8
	}
	for i < len(b) && plain[b[i]] {
		i++
	}
	return i
}

// str reads a string with its quotes and tells whether it holds escapes.
func (p *parser) str() (escaped bool) {
	start, src := p.at, p.src
	beyondASCII := false
	for i := plainPrefix(src, start+1); ; i = plainPrefix(src, i) {
		if i >= len(src) {
			p.at = start
			p.fail("This text has no closing quote.")
			return escaped
		}
		switch c := src[i]; {
		case c == '"':
			p.at = i + 1
			if beyondASCII && !utf8.Valid(src[start+1:i]) {
				p.at = start
				p.fail("This text is not valid UTF-8. Save the document as UTF-8.")
			}
			return escaped
		case c == '\\':
			escaped = true
			n := escapeLen(src[i:])
			if n == 0 {
				p.at = i
				p.fail(`This backslash escape is not valid JSON, or is half of a surrogate pair.`)
				return escaped
			}
			i += n
		case c >= 0x80:
			beyondASCII = true
			for i < len(src) && src[i] >= 0x80 {
				i++
			}
		default:
			p.at = i
			p.fail(`A control character must be written as an escape, such as \n.`)
			return escaped
		}
	}
}

func clip(b []byte) []byte {
	if len(b) > 60 {
		return b[:60]
	}
	return b
}
