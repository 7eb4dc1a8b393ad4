package validate

import (
	"bytes"
	"strings"

	"github.com/bevanhealth/bevan/fhir"
)

// xhtml looks at a narrative (R4 section 2.24.0.14 and invariants txt-1 and
// txt-2): well-formed, one div in the XHTML name space, none but the allowed
// elements and attributes, nothing that runs, and not blank.
func (w *walker) xhtml(n fhir.Node, s []byte) {
	x := markup{s: s}
	if fault := x.document(); fault != "" {
		w.fail(n, Value, "The narrative must be plain XHTML in one <div>. %s", fault)
	}
}

const xhtmlNamespace = "http://www.w3.org/1999/xhtml"

var (
	allowedElements = words(`a abbr acronym b big blockquote br caption cite code col colgroup dd dfn div dl dt em
		h1 h2 h3 h4 h5 h6 hr i img li ol p pre q samp small span strong sub sup table tbody td tfoot th thead tr tt ul var`)
	allowedAttributes = words(`abbr accesskey align alt axis bgcolor border cellhalign cellpadding cellspacing cellvalign
		char charoff charset cite class colspan compact coords dir frame headers height href hreflang hspace id lang
		longdesc name nowrap rel rev rowspan rules scope shape span src start style summary tabindex title type valign
		value vspace width xml:lang xml:space`)
)

func words(s string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(s) {
		m[w] = true
	}
	return m
}

// markup reads XML strictly, without a tree. Its answers are what is wrong, in
// words, or "".
type markup struct {
	s       []byte
	at      int
	open    [maxNesting]struct{ from, to int } // the names of the open elements
	depth   int
	content bool // text that is no blank, or a picture
}

const maxNesting = 64

func (x *markup) document() string {
	x.blanks()
	if x.at == len(x.s) || x.s[x.at] != '<' {
		return "Start it with <div>."
	}
	for {
		if fault := x.tag(); fault != "" {
			return fault
		}
		if x.depth == 0 {
			break
		}
		if fault := x.characters(); fault != "" {
			return fault
		}
	}
	x.blanks()
	switch {
	case x.at < len(x.s):
		return "Nothing may follow the last </div>."
	case !x.content:
		return "It has no text; write something or leave the narrative out."
	}
	return ""
}

func (x *markup) blanks() {
	for x.at < len(x.s) && blank(x.s[x.at]) {
		x.at++
	}
}

func (x *markup) rest() []byte { return x.s[x.at:] }

// skip moves over a text, if it comes next.
func (x *markup) skip(text string) bool {
	if !bytes.HasPrefix(x.rest(), []byte(text)) {
		return false
	}
	x.at += len(text)
	return true
}

// characters reads text up to the next <.
func (x *markup) characters() string {
	for x.at < len(x.s) {
		switch c := x.s[x.at]; {
		case c == '<':
			return ""
		case c == '&':
			if fault := x.entity(); fault != "" {
				return fault
			}
			x.content = true
			continue
		case c < ' ' && !blank(c):
			return "It holds a control character."
		case !blank(c):
			x.content = true
		}
		x.at++
	}
	return "It ends before </" + string(x.top()) + ">."
}

func (x *markup) top() []byte {
	if x.depth == 0 {
		return []byte("div")
	}
	t := x.open[x.depth-1]
	return x.s[t.from:t.to]
}

// entity reads &amp; and its like. HTML's named ones do not exist in XML.
func (x *markup) entity() string {
	end := bytes.IndexByte(x.s[x.at:min(len(x.s), x.at+12)], ';')
	if end < 0 {
		return "Write & as &amp;."
	}
	name := x.s[x.at+1 : x.at+end]
	x.at += end + 1
	switch string(name) {
	case "amp", "lt", "gt", "quot", "apos":
		return ""
	}
	if digits, ok := bytes.CutPrefix(name, []byte("#x")); ok && only(digits, "0123456789abcdefABCDEF") {
		return ""
	}
	if digits, ok := bytes.CutPrefix(name, []byte("#")); ok && only(digits, "0123456789") {
		return ""
	}
	return "Write &" + clip(string(name)) + "; as the character itself or its number."
}

func only(s []byte, set string) bool {
	for _, c := range s {
		if strings.IndexByte(set, c) < 0 {
			return false
		}
	}
	return len(s) > 0
}

// tag reads what starts with <.
func (x *markup) tag() string {
	switch {
	case x.skip("<!--"):
		return x.until("-->")
	case x.skip("</"):
		return x.closing()
	case x.at+1 < len(x.s) && (x.s[x.at+1] == '!' || x.s[x.at+1] == '?'):
		return "Declarations and instructions (<! and <?) are not allowed."
	}
	x.at++
	from := x.at
	name := x.name()
	switch {
	case !allowedElements[string(name)]:
		return "The element <" + clip(string(name)) + "> is not allowed."
	case x.depth == 0 && string(name) != "div":
		return "Start it with <div>."
	case x.depth == maxNesting:
		return "It is nested too deep."
	}
	x.open[x.depth] = struct{ from, to int }{from, x.at}
	x.depth++
	return x.attributes(string(name) == "img")
}

func (x *markup) until(end string) string {
	i := bytes.Index(x.rest(), []byte(end))
	if i < 0 {
		return "A comment does not end."
	}
	x.at += i + len(end)
	return ""
}

// name reads the name of an element or attribute; "" if there is none.
func (x *markup) name() []byte {
	from := x.at
	for x.at < len(x.s) {
		c := x.s[x.at]
		if !(c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == ':' || c == '-' || c == '_' || c == '.') {
			break
		}
		x.at++
	}
	return x.s[from:x.at]
}

func (x *markup) closing() string {
	name := x.name()
	x.blanks()
	if x.depth == 0 || !bytes.Equal(name, x.top()) || !x.skip(">") {
		return "</" + clip(string(name)) + "> does not close <" + string(x.top()) + ">."
	}
	x.depth--
	return ""
}

// attributes reads the rest of an opening tag.
func (x *markup) attributes(picture bool) string {
	var names [32][]byte
	n, space := 0, x.depth > 1
	for {
		was := x.at
		x.blanks()
		switch {
		case x.skip("/>"):
			x.depth--
			return x.opened(space)
		case x.skip(">"):
			return x.opened(space)
		case x.at == was:
			return "A tag is not written right near " + clip(string(x.rest()[:min(20, len(x.rest()))])) + "."
		}
		name := x.name()
		value, fault := x.attributeValue()
		if fault != "" {
			return fault + " (" + clip(string(name)) + ")"
		}
		for _, other := range names[:n] {
			if bytes.Equal(other, name) {
				return "The attribute " + clip(string(name)) + " is given twice."
			}
		}
		if n == len(names) {
			return "A tag has too many attributes."
		}
		names[n], n = name, n+1
		switch {
		case string(name) == "xmlns":
			if string(value) != xhtmlNamespace {
				return "The only name space allowed is " + xhtmlNamespace + "."
			}
			space = true
		case !allowedAttributes[string(name)]:
			return "The attribute " + clip(string(name)) + " is not allowed."
		case (string(name) == "href" || string(name) == "src") && runs(value, string(name) == "src"):
			return "An address must not run a script, nor hold characters written as numbers."
		}
		x.content = x.content || picture && string(name) == "src"
	}
}

// opened ends an opening tag: the outermost must have named its name space.
func (x *markup) opened(space bool) string {
	if !space {
		return "Write it as <div xmlns=\"" + xhtmlNamespace + "\">."
	}
	return ""
}

func (x *markup) attributeValue() ([]byte, string) {
	const bad = "An attribute must have a value in quotes."
	x.blanks()
	if !x.skip("=") {
		return nil, bad
	}
	x.blanks()
	if x.at == len(x.s) || x.s[x.at] != '"' && x.s[x.at] != '\'' {
		return nil, bad
	}
	quote := x.s[x.at]
	x.at++
	from := x.at
	for x.at < len(x.s) && x.s[x.at] != quote {
		switch x.s[x.at] {
		case '<':
			return nil, "Write < in an attribute as &lt;."
		case '&':
			if fault := x.entity(); fault != "" {
				return nil, fault
			}
			continue
		}
		x.at++
	}
	if x.at == len(x.s) {
		return nil, bad
	}
	x.at++
	return x.s[from : x.at-1], ""
}

// runs tells whether an address may be a script: one of the schemes that run,
// blanks and control characters passed over as browsers do. Characters written
// as numbers have no use in an address but to hide one. Only a picture may
// hold its data.
func runs(address []byte, picture bool) bool {
	scheme, data, found := bytes.Cut(address, []byte(":"))
	if bytes.Contains(address, []byte("&#")) {
		return true
	}
	if !found {
		return false
	}
	switch plain := strings.ToLower(string(bytes.Map(visible, scheme))); plain {
	case "javascript", "vbscript":
		return true
	case "data":
		return !picture || !bytes.HasPrefix(bytes.ToLower(data), []byte("image/"))
	}
	return false
}

func visible(r rune) rune {
	if r <= ' ' {
		return -1
	}
	return r
}
