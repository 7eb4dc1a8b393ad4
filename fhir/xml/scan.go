package xml

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// Limits bounds what Read accepts. A zero field takes its default.
type Limits struct {
	Bytes      int // length of the document
	Depth      int // nesting of elements
	Elements   int // in the document
	Attributes int // of one element
	Text       int // bytes of one attribute or narrative, as written
}

// DefaultLimits is what a server should accept from a stranger.
var DefaultLimits = Limits{Bytes: 4 << 20, Depth: 64, Elements: 200_000, Attributes: 32, Text: 1 << 20}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits
	for _, f := range []struct {
		to   *int
		from int
	}{{&l.Bytes, d.Bytes}, {&l.Depth, d.Depth}, {&l.Elements, d.Elements}, {&l.Attributes, d.Attributes}, {&l.Text, d.Text}} {
		if *f.to <= 0 {
			*f.to = f.from
		}
	}
	return l
}

// Error tells why a document is not FHIR as XML that Bevan accepts, and where. Msg
// says what to do and holds nothing of what the document says about anybody.
type Error struct {
	Line   int    // from 1
	Path   string // the element, such as Bundle.entry[2].resource.status; "" before the first
	Msg    string
	TooBig bool // a limit was met: the text may be good all the same
}

func (e *Error) Error() string {
	if e.Path == "" {
		return fmt.Sprintf("%s (line %d)", e.Msg, e.Line)
	}
	return fmt.Sprintf("%s (line %d, %s)", e.Msg, e.Line, e.Path)
}

// The name spaces that may be named.
const (
	fhirSpace   = "http://hl7.org/fhir"
	xhtmlSpace  = "http://www.w3.org/1999/xhtml"
	schemaSpace = "http://www.w3.org/2001/XMLSchema-instance"
)

// elem is an element.
type elem struct {
	name     string
	at       int // where it begins in the document
	attrs    []attr
	children []*elem
	raw      []byte // a narrative as it stands in the document, with its tags
}

type attr struct{ name, value string }

func (e *elem) attr(name string) (string, bool) {
	for _, a := range e.attrs {
		if a.name == name {
			return a.value, true
		}
	}
	return "", false
}

// scanner reads the bytes of a document into elements.
type scanner struct {
	src    []byte
	at     int
	limits Limits
	count  int

	within  []*elem // those that are open, from the first
	opening string  // the name of the one whose attributes are read
}

// fault is a place with what is wrong there; Read adds the line.
type fault struct {
	at     int
	way    []step
	msg    string
	tooBig bool
}

// step is a name on the way to an element, with its number among those of the same
// name that lie beside it.
type step struct {
	name string
	nth  int
}

func (f *fault) Error() string { return f.msg }

func (s *scanner) fail(msg string) error {
	var way []step
	for i, e := range s.within {
		if i == 0 {
			way = append(way, step{e.name, 0})
			continue
		}
		way = append(way, step{e.name, s.within[i-1].count(e.name)})
	}
	if s.opening != "" {
		nth := 0
		if n := len(s.within); n > 0 {
			nth = s.within[n-1].count(s.opening)
		}
		way = append(way, step{s.opening, nth})
	}
	return &fault{at: s.at, way: way, msg: msg}
}

func (s *scanner) tooBig(msg string) error {
	f, _ := s.fail(msg).(*fault)
	f.tooBig = true
	return f
}

// count is how many elements of a name lie in e.
func (e *elem) count(name string) (n int) {
	for _, c := range e.children {
		if c.name == name {
			n++
		}
	}
	return n
}

func (s *scanner) has(prefix string) bool { return bytes.HasPrefix(s.src[s.at:], []byte(prefix)) }

func (s *scanner) peek() byte {
	if s.at < len(s.src) {
		return s.src[s.at]
	}
	return 0
}

func (s *scanner) space() {
	for s.at < len(s.src) && isSpace(s.src[s.at]) {
		s.at++
	}
}

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// document reads the whole: an optional declaration, one element, and nothing else
// but comments and white space.
func (s *scanner) document() (*elem, error) {
	if err := s.declaration(); err != nil {
		return nil, err
	}
	if err := s.between(); err != nil {
		return nil, err
	}
	if s.peek() != '<' {
		return nil, s.fail("This is not XML: it does not begin with an element. Send a FHIR resource as XML.")
	}
	root, err := s.element(1, "")
	if err != nil {
		return nil, err
	}
	if err := s.between(); err != nil {
		return nil, err
	}
	if s.at < len(s.src) {
		return nil, s.fail("There is more text after the end of the document. Send one document only.")
	}
	return root, nil
}

// declaration reads <?xml version="1.0" encoding="UTF-8"?>, and a byte order mark
// before it, which some writers put there and which says nothing else than UTF-8.
func (s *scanner) declaration() error {
	if s.has("\xef\xbb\xbf") {
		s.at += 3
	}
	if !s.has("<?xml") || s.at+5 >= len(s.src) || !isSpace(s.src[s.at+5]) {
		return nil
	}
	end := bytes.Index(s.src[s.at:min(len(s.src), s.at+200)], []byte("?>"))
	if end < 0 {
		return s.fail("The XML declaration does not end. Close it with ?>.")
	}
	said := strings.Fields(strings.ReplaceAll(strings.ToLower(string(s.src[s.at+5:s.at+end])), "'", `"`))
	for _, w := range said {
		switch w {
		case `version="1.0"`, `encoding="utf-8"`, `standalone="yes"`, `standalone="no"`:
		default:
			return s.fail("Only XML 1.0 in UTF-8 is read. Write the document as that.")
		}
	}
	s.at += end + 2
	return nil
}

// between passes over white space and comments.
func (s *scanner) between() error {
	for {
		s.space()
		switch {
		case s.has("<!--"):
			if err := s.comment(); err != nil {
				return err
			}
		case s.has("<!DOCTYPE"), s.has("<!ENTITY"):
			return s.fail("A document type is not allowed, nor are entities of its own. Take it out.")
		case s.has("<!"):
			return s.fail("CDATA and declarations are not allowed. Write the text with &lt; and &amp;.")
		case s.has("<?"):
			return s.fail("Instructions to programs (<? ... ?>) are not allowed. Take them out.")
		default:
			return nil
		}
	}
}

func (s *scanner) comment() error {
	end := bytes.Index(s.src[s.at+4:], []byte("--"))
	if end < 0 || s.at+4+end+2 >= len(s.src) || s.src[s.at+4+end+2] != '>' {
		return s.fail("A comment does not end. Close it with -->, and write no -- within.")
	}
	inside := s.src[s.at+4 : s.at+4+end]
	if i := badText(inside); i >= 0 {
		s.at += 4 + i
		return s.fail("There is a byte that is not text. Write the document in UTF-8.")
	}
	s.at += 4 + end + 3
	return nil
}

// badText is the place of the first byte that XML does not allow, or -1 (XML 1.0, 2.2).
func badText(b []byte) int {
	for i := 0; i < len(b); {
		r, n := utf8.DecodeRune(b[i:])
		if r == utf8.RuneError && n <= 1 || !isChar(r) {
			return i
		}
		i += n
	}
	return -1
}

func isChar(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= 0x20 && r <= 0xD7FF || r >= 0xE000 && r <= 0xFFFD || r >= 0x10000 && r <= 0x10FFFF
}

// name reads a name without a prefix: every name of FHIR is made of letters and
// digits, those of XHTML and its attributes have dashes too.
func (s *scanner) name() (string, error) {
	from := s.at
	for s.at < len(s.src) {
		c := s.src[s.at]
		letter := c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z'
		if !letter && (s.at == from || !(c >= '0' && c <= '9' || c == '-' || c == '.' || c == '_')) {
			break
		}
		s.at++
		if s.at-from > 100 {
			return "", s.tooBig("A name is longer than 100 letters.")
		}
	}
	if s.at == from {
		return "", s.fail("A name of letters and digits is missing here.")
	}
	if s.peek() == ':' && !(string(s.src[from:s.at]) == "xmlns" || string(s.src[from:s.at]) == "xsi" || string(s.src[from:s.at]) == "xml") {
		return "", s.fail("Names with a prefix are not read. Give FHIR's name space to the first element as xmlns, and write names without a prefix.")
	}
	return string(s.src[from:s.at]), nil
}

// quoted reads the value of an attribute, as XML 1.0, 3.3.3 has it.
func (s *scanner) quoted() (string, error) {
	quote := s.peek()
	if quote != '"' && quote != '\'' {
		return "", s.fail("The value of an attribute stands in quotes.")
	}
	s.at++
	end := bytes.IndexByte(s.src[s.at:], quote)
	if end < 0 {
		return "", s.fail("The value of an attribute does not end. Close its quote.")
	}
	if end > s.limits.Text {
		return "", s.tooBig("A value is longer than the " + strconv.Itoa(s.limits.Text) + " bytes that are allowed.")
	}
	raw := s.src[s.at : s.at+end]
	if i := badText(raw); i >= 0 {
		s.at += i
		return "", s.fail("There is a byte that is not text. Write the document in UTF-8.")
	}
	if i := bytes.IndexByte(raw, '<'); i >= 0 {
		s.at += i
		return "", s.fail("A < in a value is written &lt;.")
	}
	if !bytes.ContainsAny(raw, "&\r\n\t") {
		s.at += end + 1
		return string(raw), nil
	}
	value, err := s.unescaped(end)
	s.at++
	return value, err
}

// unescaped reads end bytes with the five entities, references by number, and
// white space of any kind as blanks.
func (s *scanner) unescaped(end int) (string, error) {
	var out strings.Builder
	for stop := s.at + end; s.at < stop; {
		switch c := s.src[s.at]; c {
		case '&':
			r, err := s.reference()
			if err != nil {
				return "", err
			}
			out.WriteRune(r)
		case '\r':
			if s.at+1 < stop && s.src[s.at+1] == '\n' {
				s.at++
			}
			fallthrough
		case '\n', '\t':
			out.WriteByte(' ')
			s.at++
		default:
			out.WriteByte(c)
			s.at++
		}
	}
	return out.String(), nil
}

// reference reads one of the five entities, or a character by its number.
func (s *scanner) reference() (rune, error) {
	end := bytes.IndexByte(s.src[s.at:min(len(s.src), s.at+12)], ';')
	if end < 0 {
		return 0, s.fail("An & in a text is written &amp;.")
	}
	name := string(s.src[s.at+1 : s.at+end])
	if r, ok := map[string]rune{"lt": '<', "gt": '>', "amp": '&', "quot": '"', "apos": '\''}[name]; ok {
		s.at += end + 1
		return r, nil
	}
	digits, numbered := strings.CutPrefix(name, "#")
	if !numbered {
		return 0, s.fail("Only &lt; &gt; &amp; &quot; &apos; and characters by number are read. Write the character itself.")
	}
	base := 10
	if hex, ok := strings.CutPrefix(digits, "x"); ok {
		digits, base = hex, 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n > 0x10FFFF || !isChar(rune(n)) {
		return 0, s.fail("A character by number is none that XML allows.")
	}
	s.at += end + 1
	return rune(n), nil
}
